"""What an XLSX says of its cells and calamine does not: errors, formulas without a value, hidden rows, stray cells.

calamine gives an error and a formula without a stored value as blanks. A blank cell may be left out (VAT is then
0.00); a cell that shows ``#N/A`` may not, so its text is put back. And it lays out the whole rectangle up to the
farthest cell, which for one stray cell at the sheet's far corner takes more memory than a machine has.
"""

from __future__ import annotations

import contextlib
import functools
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree

from grantkit.errors import Place, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
NO_VALUE = "(a formula without a value)"
LETTERS = 26
#: Bytes that a sheet may unpack to (one of a million rows has about as many), and any other part, which is held whole.
_LARGEST_SHEET, _LARGEST_PART = 700_000_000, 250_000_000
_BOOK = re.compile(r"(?:.*/)?workbook[0-9]*[.](?:xml|bin)|content[.]xml")
_SHEETS = ("xl/worksheets/", "content.xml")
#: No part unpacks to more than so many times its size.
_MOST_COMPRESSION = 1032
#: Bytes that a cell may hold; it costs its row from far fewer on.
_LONGEST_CELL = 64_000_000
#: Cells that a sheet's rectangle may have beyond what its own cells explain.
_MOST_BLANK_CELLS = 20_000_000
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_CHUNK, _LARGE_CHUNK = 1 << 16, 1 << 20
#: Of a tag that goes on behind a chunk, so many bytes are kept.
_LONGEST_TAG = 1 << 16
#: In an ODS, rows and cells may stand for many.
_ODS_ROW_END = b"</table:table-row>"
_REPEATED_ROWS = re.compile(rb'<table:table-row[^>]*?number-rows-repeated="([0-9]+)"')
_REPEATED_CELLS = re.compile(rb'table-cell[^>]*?number-columns-repeated="([0-9]+)"')
#: How far a sheet may reach, nearest first, and how the letters and numbers of places up to there are written.
_COLUMNS = {26: rb"[A-Z]", 78: rb"(?:[A-Z]|[AB][A-Z])", 702: rb"[A-Z]{1,2}", 18_278: rb"[A-Z]{1,3}"}
_ROWS = {
    99_999: rb"[0-9]{1,5}",
    199_999: rb"(?:[0-9]{1,5}|1[0-9]{5})",
    999_999: rb"[0-9]{1,6}",
    1_999_999: rb"(?:[0-9]{1,6}|1[0-9]{6})",
}
_PLACE = re.compile(rb'<(?:c|row(?: [^>]*?)?) r="([A-Z]*)([0-9]+)"')
_PREFIXED = re.compile(rb":(?:c|row)\s")
_HIDDEN = re.compile(rb'<row [^>]*\bhidden="(?:1|true)"')
_ROW_END, _ERROR = b"</row>", b't="e"'
_FORMULA, _PREFIXED_FORMULA = re.compile(rb"<f"), re.compile(rb":f[\s/>]")
_ANY_PLACE = re.compile(
    rb"""<(?:\w+:)?(?:c|row)\s[^>]*?\br\s*=\s*["']\s*\$?([A-Za-z]*)\$?([0-9]*)[^"'>]*["']"""
)


@dataclass
class SheetParts:
    """``odd_cells``: row number → column (from 0) → what the cell shows. ``hidden_rows``: how many are hidden."""

    odd_cells: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: int = 0


def check_archive(path: Path) -> None:
    """Raises UnreadableError where a workbook's archive is broken, or unpacks to more than a ledger can hold."""
    where = Place(str(path))
    with _damage_told(path), zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if not any(_BOOK.fullmatch(name) for name in names):
            if any(name.startswith("xl/") for name in names):
                raise ValueError("its part xl/workbook.xml is missing")
            raise UnreadableError(
                "this is an archive, not a workbook", where=where, hint="unpack it and import the files in it"
            )
        for part in parts:
            limit = _LARGEST_SHEET if part.filename.startswith(_SHEETS) else _LARGEST_PART
            size = part.file_size if part.file_size > limit else _unpacked_size(archive, part, limit)
            if size > limit:
                raise UnreadableError(
                    f"{part.filename} in it unpacks to over {limit // 10**6} MB, more than any ledger has",
                    where=where,
                    hint="export the ledger as CSV",
                )
        if "content.xml" in names:
            with archive.open("content.xml") as data:
                _check_repeats(data, path)


def _check_repeats(data: IO[bytes], path: Path) -> None:
    """Raises UnreadableError where an ODS, in which a row or a cell may stand for many, reaches too far."""
    row = width = reach = cells = 0
    before = b""
    while chunk := data.read(_CHUNK):
        text = before + chunk
        end = max(text.rfind(_ODS_ROW_END), 0)
        for piece in text[:end].split(_ODS_ROW_END):
            if b"<table:table " in piece:
                row = width = 0
            if found := _REPEATED_ROWS.search(piece):
                row += int(found[1][-12:])
            else:
                row += 1
            last = piece.rfind(b"value-type=")
            if last < 0:
                continue
            own = piece[: piece.find(b">", last)]
            beside = sum(int(times[-12:]) - 1 for times in _REPEATED_CELLS.findall(own))
            cells += own.count(b"value-type=")
            width = max(width, own.count(b"table-cell") - own.count(b"/table:table-cell") + beside)
            reach = max(reach, row * width)
        if reach > _MOST_BLANK_CELLS + 20 * cells:
            raise UnreadableError(
                f"a sheet of it reaches to {reach:,} cells, by cells that are repeated or stand far out",
                where=Place(str(path)),
                hint="delete the columns and rows beyond the ledger, or export it as CSV",
            )
        before = text[end:]


def _unpacked_size(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limit: int) -> int:
    """What a part really unpacks to; of one that is too small for the limit, what it says. A sheet is checked later."""
    if part.compress_size * _MOST_COMPRESSION <= limit or part.filename.startswith(_SHEETS):
        return part.file_size
    said, part.file_size = part.file_size, limit + 1
    size = 0
    with archive.open(part) as data:
        while chunk := data.read(_CHUNK):
            size += len(chunk)
    part.file_size = said
    return size


@contextlib.contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """A workbook's archive or XML that cannot be read, in words."""
    try:
        yield
    except (
        *(zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, OSError, ValueError),
        *(NotImplementedError, RuntimeError),
    ) as problem:
        raise damaged(path, problem) from problem


def damaged(path: Path, problem: BaseException) -> UnreadableError:
    """What to tell of a workbook that cannot be read; the reader's own words stand behind a colon."""
    text = " ".join(str(problem).split())[:200]
    return UnreadableError(
        f"the workbook is damaged or cut short: {text[:1].lower()}{text[1:]}",
        where=Place(str(path)),
        hint="export it again from the finance system, or open it in Excel and save it again as XLSX",
    )


def sheet_parts(path: Path, sheet: str) -> SheetParts:
    """What the XML of a sheet says; nothing for any other kind of workbook.

    Raises UnreadableError where it is broken, or cells stand so far out that the sheet cannot be laid out.
    """
    if not zipfile.is_zipfile(path):
        return SheetParts()
    with _damage_told(path), zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return SheetParts()
        with archive.open(part) as data:
            facts = _Facts().read(data)
        whole = facts.has_odd_places
        if facts.reach_too_far():
            with archive.open(part) as data:
                facts.measure(data)
            _check_reach(facts, path, sheet)
        found = SheetParts(hidden_rows=facts.hidden)
        if facts.has_odd_cells:
            with archive.open(part) as data:
                found.odd_cells = _odd_cells(data, whole=whole)
        return found


@functools.cache
def _beyond(last_row: int, last_column: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A cell, and a row, that stands farther out, or says its place as hardly any program writes it."""
    row, column = _ROWS[last_row], _COLUMNS[last_column]
    return (
        re.compile(rb'<c(?! r="%s%s")(?:[\t\r\n]| [^>]*\br\s*=)' % (column, row)),
        re.compile(rb'<row(?! (?:[^>]*?\s)?r="%s")(?:[\t\r\n]| [^>]*\br\s*=)' % row),
    )


@dataclass
class _Facts:
    """What is known of a sheet's XML once it is read.

    ``last_row`` and ``last_column`` are at first no less than they are, and ``cells`` no more; measured, all are exact.
    """

    cells: int = 0
    last_row: int = min(_ROWS)
    last_column: int = min(_COLUMNS)
    hidden: int = 0
    has_odd_cells: bool = False
    has_odd_places: bool = False

    def read(self, data: IO[bytes]) -> _Facts:
        """Read a sheet's XML a chunk at a time, so that a large one is never held.

        Every search goes through the whole of it, and takes as long as DuckDB's work on its rows: there are few.
        """
        before = b""
        run = 0
        while chunk := data.read(_CHUNK):
            run = 0 if b"<" in chunk else run + len(chunk)
            if run > _LONGEST_CELL:
                raise ValueError(f"a cell in it holds over {_LONGEST_CELL // 10**6} MB of text")
            text = before + chunk
            end = _end_of_tags(text)
            self._look_far(text, end)
            if self.last_row > min(_ROWS) or self.last_column > min(_COLUMNS):  # else they need no count
                self.cells += chunk.count(b"<c ")
            self.has_odd_cells = self.has_odd_cells or self._has_odd_cell(text)
            self.hidden += len(_HIDDEN.findall(text, 0, end))
            before = text[end : end + _LONGEST_TAG]
        return self

    def _look_far(self, text: bytes, end: int) -> None:
        """Widen the reach to all places in these tags; once one is odd, they have to be measured anyway."""
        self.has_odd_places = self.has_odd_places or _PREFIXED.search(text, 0, end) is not None
        for cell_or_row in (0, 1):
            while not self.has_odd_places and (
                found := _beyond(self.last_row, self.last_column)[cell_or_row].search(text, 0, end)
            ):
                self._widen(_PLACE.match(text, found.start()))

    def _widen(self, place: re.Match[bytes] | None) -> None:
        reach = self.last_row, self.last_column
        letters, digits = place.groups() if place else (b"", b"")
        rows = (last for last, written in _ROWS.items() if re.fullmatch(written, digits))
        columns = (last for last, written in _COLUMNS.items() if re.fullmatch(written, letters))
        self.last_row = max(self.last_row, next(rows, 0))
        self.last_column = max(self.last_column, next(columns, 0))
        self.has_odd_places = reach == (self.last_row, self.last_column)

    def _has_odd_cell(self, text: bytes) -> bool:
        prefixed = self.has_odd_places and _PREFIXED_FORMULA.search(text) is not None
        return prefixed or _ERROR in text or _FORMULA.search(text) is not None

    def reach_too_far(self) -> bool:
        """Whether the sheet's rectangle has, or may have, more cells than its own explain."""
        return self.has_odd_places or self.last_row * self.last_column > _MOST_BLANK_CELLS + 20 * self.cells

    def measure(self, data: IO[bytes]) -> None:
        """Read every cell's place, however it is written."""
        self.cells = self.last_row = self.last_column = 0
        self.has_odd_places = False
        before = b""
        while chunk := data.read(_LARGE_CHUNK):
            text = before + chunk
            end = text.rfind(b"<")
            looked_at = end if len(chunk) == _LARGE_CHUNK else len(text)
            for letters, digits in _ANY_PLACE.findall(text, 0, looked_at):
                self.cells += bool(letters)
                self.last_row = max(self.last_row, int(digits[-20:] or b"0"))
                self.last_column = max(self.last_column, _column(letters[-20:].decode().upper()) + 1)
            before = text[end:] if end >= 0 else b""


def _end_of_tags(text: bytes) -> int:
    """Where the last whole tag of a piece of XML ends, or the text behind it."""
    begun = text.rfind(b"<")
    return len(text) if text.rfind(b">") > begun else max(begun, 0)


def _check_reach(facts: _Facts, path: Path, sheet: str) -> None:
    far = facts.last_row > _MOST_ROWS or facts.last_column > _MOST_COLUMNS
    if far or facts.reach_too_far():
        raise UnreadableError(
            f"the sheet reaches to column {facts.last_column:,} and row {facts.last_row:,} for {facts.cells:,} cells",
            where=Place(str(path), sheet=sheet),
            hint="delete the columns and rows beyond the ledger, or export it as CSV",
        )


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds a sheet."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - it has a bounded size
    if "xl/_rels/workbook.xml.rels" not in archive.namelist():
        return None
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iter(f"{_MAIN}sheet"):
        if entry.get("name") == sheet:
            part = posixpath.normpath(posixpath.join("/xl", targets.get(entry.get(_LINK), ""))).lstrip("/")
            return part if part in archive.namelist() else None
    return None


def _odd_cells(data: IO[bytes], *, whole: bool) -> dict[int, dict[int, str]]:
    """The cells that show an error, and formulas without a value; ``whole`` where not all rows end in the usual way."""
    found: dict[int, dict[int, str]] = {}
    parser: Any = ElementTree.XMLPullParser(["end"])
    for piece in iter(lambda: data.read(_CHUNK), b"") if whole else _odd_rows(data):
        parser.feed(piece)
        for _, element in parser.read_events():
            if element.tag == f"{_MAIN}row":
                for cell in element.iter(f"{_MAIN}c"):
                    _keep_odd(cell, found)
                element.clear()
    parser.close()
    return found


def _odd_rows(data: IO[bytes]) -> Iterator[bytes]:
    """A sheet's XML without the rows that hold no error and no formula: to parse those takes as long as an import."""
    is_first = True
    before = b""
    while chunk := data.read(_LARGE_CHUNK):
        *rows, before = (before + chunk).split(_ROW_END)
        for row in rows:
            if is_first or _ERROR in row or b"<f" in row:
                yield row + _ROW_END
                is_first = False
    yield before


def _keep_odd(cell: ElementTree.Element, found: dict[int, dict[int, str]]) -> None:
    value = cell.findtext(f"{_MAIN}v") or ""
    formula = cell.find(f"{_MAIN}f") is not None
    if cell.get("t") == "e" or (formula and not value and cell.find(f"{_MAIN}is") is None):
        place = re.fullmatch(r"([A-Z]+)([0-9]+)", cell.get("r", ""))
        if place and cell.get("t") != "str":
            found.setdefault(int(place[2]), {})[_column(place[1])] = value or NO_VALUE


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number - 1
