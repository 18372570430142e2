"""Text files: their encoding, what parts their cells, and their records under the row numbers of a spreadsheet.

A file is read record by record, a blank line being a record too. A quote that is opened and never closed costs its
own row and not the rest of the file: the lines behind it are read as if it were not there.
"""

from __future__ import annotations

import codecs
import csv
import functools
import mmap
import re
import sys
from collections import Counter, deque
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from grantkit.errors import Place, UnreadableError
from grantkit.importing.headers import names_known
from grantkit.importing.profiles import DELIMITERS, KINDS
from grantkit.importing.sources import BLANKS, Cells, Source, has_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

#: Row number, cells, and what is broken about the record (None, or a cause that ``cells.sql`` has words for).
Row = tuple[int, Cells, str | None]
#: A record that is longer than this (in characters) is no row of a ledger.
LONGEST_RECORD = 2_000_000
_LONG_LINE = 1_000_000
#: A quoted cell that runs over more lines than this was never closed.
_MOST_LINES = 500
_START = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Letters and signs as UTF-8 has them and Windows-1252 hardly ever: Ã©, â€“.
_UTF_8 = re.compile(rb"[\xc3\xc2][\x80-\xbf]|[\xe2-\xe3][\x80-\xbf]{2}")
_RULE = re.compile(r"\s*(-{2,}|={2,})([ \t]+(-+|=+))+\s*")
#: What may be a record without text: delimiters, quotes and (the bytes of) blanks between two line ends.
_BLANK_RECORD = re.compile(rb'\n[,;|"\t \x0b\x0c\r\x80-\xff]*(?:\n|\Z)')
#: Quotes that readers understand differently: after a blank, or before anything but a delimiter.
_ODD_QUOTE = re.compile(rb'[ \t]"|"[ \t]')
_MIXED_ENDS = re.compile(rb"\r(?!\n)|(?<!\r)\n")
#: The blanks that stand in cells, as UTF-8 has them; within quotes, line ends may too.
_ODD_BLANKS = (*(blank.encode() for blank in BLANKS if blank not in " \r\n"), b'"')


_AS_WINDOWS = "grantkit-windows-1252"


def _as_windows(problem: UnicodeError) -> tuple[str, int]:
    """Read what is no UTF-8 as Windows-1252."""
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    return problem.object[problem.start : problem.end].decode("cp1252"), problem.end


codecs.register_error(_AS_WINDOWS, _as_windows)


@dataclass(frozen=True)
class Dialect:
    """How a text file is written: its encoding, and what parts the cells, a delimiter or fixed columns.

    ``mixed`` says that some of its lines are Windows-1252 in the midst of UTF-8.
    """

    encoding: str
    delimiter: str = ","
    slices: tuple[slice, ...] = ()
    mixed: bool = False

    def __str__(self) -> str:
        parted = "fixed columns under a line of dashes" if self.slices else DELIMITERS[self.delimiter]
        mixed = " and Windows-1252" if self.mixed else ""
        return f"{_SHOWN.get(self.encoding, self.encoding)}{mixed}, {parted}"

    @property
    def errors(self) -> str:
        """How bytes that the encoding does not have are read."""
        return _AS_WINDOWS if self.mixed else "strict"


_SHOWN = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16", "utf-32": "UTF-32"}


def find_dialect(source: Source, encoding: str | None = None, delimiter: str | None = None) -> Dialect:
    """How the file is written; what is given is taken for granted.

    Raises UnreadableError where it is no text.
    """
    mixed = False
    with source.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        encoding = _known_encoding(encoding, source) or _encoding(data, source)
        if encoding == "cp1252" and _UTF_8.search(data):
            encoding, mixed = "utf-8-sig", True
    dialect = Dialect(encoding, mixed=mixed)
    try:
        with source.path.open(encoding=encoding, errors=dialect.errors, newline="") as text:
            start = text.read(_START)
    except (UnicodeError, LookupError) as problem:
        raise UnreadableError(
            f"this is no {encoding} text: {problem}",
            where=Place(str(source.path)),
            hint="export the ledger as CSV (UTF-8) or XLSX",
        ) from problem
    if delimiter is None:
        slices = _fixed_columns(start.splitlines())
        if slices:
            return replace(dialect, slices=slices)
    return replace(dialect, delimiter=delimiter or _delimiter(start))


def _known_encoding(encoding: str | None, source: Source) -> str | None:
    if encoding is None:
        return None
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise UnreadableError(
            f"there is no encoding {encoding}",
            where=Place(str(source.path)),
            hint="the usual ones are utf-8, utf-16 and windows-1252",
        ) from None


def _encoding(data: mmap.mmap, source: Source) -> str:
    """By the file's mark, else UTF-16, UTF-8 or Windows-1252, whichever the bytes are."""
    for mark, encoding in _MARKS:
        if data[: len(mark)] == mark:
            return _decodes(data, encoding, source)
    if data.find(b"\0") >= 0:
        return _without_mark(data, source)
    if is_ascii(data):
        return "utf-8-sig"
    for encoding in ("utf-8-sig", "cp1252"):
        if _undecodable(data, encoding) is None:
            return encoding
    place = _undecodable(data, "cp1252") or 0
    line = data[:place].count(b"\n") + 1
    raise UnreadableError(
        f"this is neither UTF-8 nor Windows-1252 text: byte {data[place]:#04x} in line {line:,} is no character",
        where=Place(str(source.path)),
        hint="export the ledger as CSV (UTF-8) or XLSX",
    )


def _without_mark(data: mmap.mmap, source: Source) -> str:
    """UTF-16 without a mark shows by its zeros: every other byte of plain letters is one."""
    start = data[:4096]
    odd, even = start[1::2].count(0), start[::2].count(0)
    for share, other, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if share > len(start) * 0.3 and other < len(start) * 0.05:
            return _decodes(data, encoding, source)
    line = data[: data.find(b"\0")].count(b"\n") + 1
    raise UnreadableError(
        f"this is no text: a zero byte stands in line {line:,}, and no CSV file has one",
        where=Place(str(source.path)),
        hint="export the ledger again, as CSV (UTF-8) or XLSX",
    )


def _decodes(data: mmap.mmap, encoding: str, source: Source) -> str:
    place = _undecodable(data, encoding)
    if place is None:
        return encoding
    line = data[:place].count(b"\n") + 1
    raise UnreadableError(
        f"this begins as {_SHOWN.get(encoding, encoding)} and goes on as something else in line {line:,}",
        where=Place(str(source.path)),
        hint="export the ledger again, as CSV (UTF-8) or XLSX",
    )


def _undecodable(data: mmap.mmap, encoding: str) -> int | None:
    """The place of the first byte that this encoding does not have; None where it has them all."""
    decoder = codecs.getincrementaldecoder(encoding)()
    step = 1 << 24
    for start in range(0, len(data), step):
        try:
            decoder.decode(data[start : start + step], final=start + step >= len(data))
        except UnicodeDecodeError as problem:
            return min(start + problem.start, len(data) - 1)
    return None


def is_ascii(data: mmap.mmap) -> bool:
    """Whether a file holds plain ASCII only."""
    step = 1 << 24
    return all(data[start : start + step].isascii() for start in range(0, len(data), step))


def _fixed_columns(lines: list[str]) -> tuple[slice, ...]:
    """The columns that a line of dashes under the header marks, if one does."""
    for above, line in pairwise(lines[:200]):
        if _RULE.fullmatch(line) and above.strip() and not _RULE.fullmatch(above):
            starts = [run.start() for run in re.finditer(r"[-=]+", line)]
            return tuple(
                slice(0 if index == 0 else start, following)
                for index, (start, following) in enumerate(zip(starts, [*starts[1:], None], strict=True))
            )
    return ()


def _delimiter(start: str) -> str:
    """The delimiter under which a row has most names of columns, or else that parts most cells alike."""

    def parted(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(start.splitlines(keepends=True), delimiter=delimiter)
        records = [cells for cells in islice(reader, 500) if has_text(cells)]
        others = tuple(sign for sign in DELIMITERS if sign != delimiter)
        names = [[c for c in cells if not any(o in c.strip() for o in others)] for cells in records[:60]]
        named = max((names_known(cells, kind) for cells in names for kind in KINDS), default=0)
        widths = Counter(map(len, records))
        return named, max((count * (width - 1) for width, count in widths.items()), default=0)

    return max(DELIMITERS, key=parted)


# --- records ----------------------------------------------------------------------------------------------------


def read_rows(path: Path, dialect: Dialect) -> Iterator[Row]:
    """All records of a text file, blank ones too."""
    with path.open(encoding=dialect.encoding, errors=dialect.errors, newline="") as file:
        yield from _fixed_rows(file, dialect) if dialect.slices else _delimited_rows(file, dialect.delimiter)


def _fixed_rows(lines: Iterable[str], dialect: Dialect) -> Iterator[Row]:
    edges = [part.start for part in dialect.slices[1:]]
    for row, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        crossing = any(text[edge - 1 : edge].strip(BLANKS) for edge in edges)
        cells = [text[part].strip(BLANKS) for part in dialect.slices]
        yield row, cells, "crossing" if crossing and not _RULE.fullmatch(text) else None


def _delimited_rows(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    waiting: deque[str] = deque()
    row = 0
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        row += 1
        if len(line) > LONGEST_RECORD:
            yield row, [line[:100]], "too-long"
        elif '"' not in line:
            yield row, line.rstrip("\r\n").split(delimiter), None
        else:
            cells = next(csv.reader((line,), delimiter=delimiter), [])
            goes_on = cells and cells[-1].endswith(
                ("\r", "\n")
            )  # a line's end belongs to no cell but a quoted one
            if goes_on or (line[-1] not in "\r\n" and _left_open(line, delimiter)):
                yield row, *_quoted_over_lines(line, waiting, lines, delimiter)
            else:
                yield row, cells, None


@functools.cache
def _cell(delimiter: str) -> re.Pattern[str]:
    """One cell and what ends it; its group is there where the cell is quoted, and empty where nothing closes that."""
    sign = re.escape(delimiter)
    return re.compile(f'(?:"(?:[^"]|"")*("|\\Z))?([^{sign}\r\n]*)(?:{sign}|\r\n|\r|\n|\\Z)')


def _left_open(line: str, delimiter: str) -> bool:
    """Whether a quoted cell goes on behind the line's end."""
    return any(found[1] == "" for found in _cell(delimiter).finditer(line))


def _closes_well(record: str, delimiter: str) -> bool:
    """Whether nothing but blanks stands between each closing quote and the cell's end."""
    return not any(found[1] and found[2].strip(BLANKS) for found in _cell(delimiter).finditer(record))


def _quoted_over_lines(
    line: str, waiting: deque[str], lines: Iterator[str], delimiter: str
) -> tuple[Cells, str | None]:
    """The record that begins in this line; where its quote is never closed, the line by itself, as broken."""
    taken, length, is_open = [line], len(line), True
    while is_open and len(taken) < _MOST_LINES and length <= LONGEST_RECORD:
        following = waiting.popleft() if waiting else next(lines, None)
        if following is None:
            break
        taken.append(following)
        length += len(following)
        is_open = '"' not in following or _left_open("".join(taken), delimiter)
    if not is_open and _closes_well("".join(taken), delimiter):
        return next(csv.reader(taken, delimiter=delimiter)), None
    waiting.extendleft(reversed(taken[1:]))
    return line.rstrip("\r\n").split(delimiter), "open-quote"


# --- as it lies -------------------------------------------------------------------------------------------------


def lies_plain(path: Path, dialect: Dialect) -> bool:
    """Whether records are lines as a spreadsheet counts them and quotes mean the same to every reader."""
    if (
        dialect.encoding != "utf-8-sig"
        or dialect.mixed
        or dialect.slices
        or any(sign in str(path) for sign in "*?[")
    ):
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        mixed_ends = data.find(b"\r") >= 0 and _MIXED_ENDS.search(data) is not None
        starts_blank = data[:1] in {b"\r", b"\n"}
        odd_quotes = data.find(b'"') >= 0 and _ODD_QUOTE.search(data) is not None
        end = len(data)
        while end and data[end - 1 : end] in {b"\r", b"\n"}:
            end -= 1
        odd = mixed_ends or starts_blank or odd_quotes or _has_long_line(data)
        return not (odd or _BLANK_RECORD.search(data, 0, end))


def _has_long_line(data: mmap.mmap) -> bool:
    """Whether a line is so long that DuckDB may leave it out without a word."""
    place, end = 0, len(data)
    while end - place > _LONG_LINE:
        line_end = data.rfind(b"\n", place, place + _LONG_LINE)
        if line_end < 0:
            return True
        place = line_end + 1
    return False


class Padding(Enum):
    """What stands around the texts of a file's cells: nothing, plain blanks at most, or any sign that is a blank."""

    NONE = "none"
    PLAIN = "plain"
    ANY = "any"


def find_padding(path: Path, delimiter: str) -> Padding:
    """What pads the cells; an ASCII file is asked about ASCII's blanks only, and one with quotes may hold any."""
    sign = delimiter.encode()
    beside = [b" " + sign, sign + b" ", b" \n", b"\n ", b" \r"]
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        ascii_only = is_ascii(data)
        odd = [blank for blank in _ODD_BLANKS if blank != sign and (blank.isascii() or not ascii_only)]
        if any(data.find(blank, 3) >= 0 for blank in odd):
            return Padding.ANY
        padded = data[:1] == b" " or data[-1:] == b" " or any(data.find(each) >= 0 for each in beside)
        return Padding.PLAIN if padded else Padding.NONE
