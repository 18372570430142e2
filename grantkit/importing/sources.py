"""Source files, read as text: what is in which cell, under the row number that a spreadsheet shows.

A CSV file without blank records, ragged rows or quotes in odd places is *plain*: DuckDB reads it as it lies, and
its n-th record is the spreadsheet's row n. Any other file takes the exact path: record by record through the
standard library's CSV reader, or a spreadsheet through calamine, into a plain copy that carries the row numbers.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import hashlib
import mmap
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.errors import Place, RequestError, UnreadableError
from grantkit.importing.error_cells import unreadable_cells

if TYPE_CHECKING:
    import io
    from pathlib import Path

_SPREADSHEET = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: How other files begin that are given the name of a ledger: what they are, and what to do.
_OTHER_KINDS = (
    ((b"%pdf",), "a PDF document", "export the ledger as CSV (UTF-8) or XLSX"),
    (
        (b"<!doc", b"<html", b"<?xml", b"<head", b"<tabl"),
        "a web page",
        "open it in a spreadsheet program and save it as XLSX, or export the ledger as CSV (UTF-8)",
    ),
)
#: What may be a record without text: delimiters, quotes and (the bytes of) blanks between two line ends.
_BLANK_RECORD = re.compile(rb'\n[,"\t \x0b\x0c\r\x80-\xff]*(?:\n|\Z)')
#: Quotes that readers understand differently: after a blank, or before anything but a delimiter.
_ODD_QUOTE = re.compile(rb'[ \t]"|"[ \t]')
_MIXED_ENDS = re.compile(rb"\r(?!\n)|(?<!\r)\n")
#: All signs that count as blanks around a cell's text.
BLANKS = " \t\n\r\x0b\x0c\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
#: Those of them that stand in cells, as UTF-8 has them; within quotes, line ends may too.
_ODD_BLANKS = (*(blank.encode() for blank in BLANKS if blank not in " \r\n"), b'"')

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

Cells = Sequence[str]


@dataclass(frozen=True)
class Source:
    """A file to be imported, known to be there and not empty. ``sha256`` is of its bytes."""

    path: Path
    sha256: str
    is_spreadsheet: bool


@dataclass(frozen=True)
class Table:
    """A table of text cells: its header, the row in which that stands, and what the rows below need.

    ``plain`` says that DuckDB may read the file as it lies; ``odd_blanks`` that cells may be padded with other
    blanks than the plain one.
    """

    source: Source
    sheet: str | None
    header: tuple[str, ...]
    header_row: int
    plain: bool
    odd_blanks: bool
    encoding: str = "utf-8-sig"

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """The rows below the header that hold any text, each with its row number."""
        read = _spreadsheet_rows if self.source.is_spreadsheet else _text_rows
        for row, cells in read(self):
            if row > self.header_row and any(cell.strip(BLANKS) for cell in cells):
                yield row, cells


def open_source(path: Path) -> Source:
    """Look at a file before anything is read from it.

    Raises UnreadableError where it is missing, a folder, empty, or not to be read.
    """
    where = Place(str(path))
    if path.is_dir():
        raise UnreadableError("this is a folder", where=where, hint="name the files in it")
    try:
        with path.open("rb") as file:
            start = file.read(64)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise UnreadableError(
            "there is no such file", where=where, hint="check the name and the folder"
        ) from None
    except OSError as problem:
        raise UnreadableError(
            f"cannot be read: {problem.strerror}", where=where, hint="check the permissions of the file"
        ) from problem
    if not start:
        raise UnreadableError(
            "the file is empty", where=where, hint="export it again from the finance system"
        )
    for signs, what, hint in _OTHER_KINDS:
        if start.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(signs):
            raise UnreadableError(f"this is {what}, not a ledger", where=where, hint=hint)
    return Source(path, sha256, start.startswith((_SPREADSHEET, _OLD_OFFICE)))


def read_tables(source: Source, sheet: str | None) -> list[Table]:
    """The tables in a file: one of a text file, one for each sheet of a spreadsheet (or only the one named).

    Raises UnreadableError where the file is not what it seems, RequestError where it has no such sheet.
    """
    if source.is_spreadsheet:
        return _spreadsheet_tables(source, sheet)
    if sheet is not None:
        raise RequestError(
            f"a text file has no sheet {sheet}", where=Place(str(source.path)), hint="leave out --sheet"
        )
    return [_text_table(source)]


# --- text -------------------------------------------------------------------------------------------------------


def _text_table(source: Source) -> Table:
    with source.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(b"\0") >= 0:
            raise UnreadableError(
                "this is no text: it holds bytes that no CSV file has",
                where=Place(str(source.path)),
                hint="export the ledger as CSV (UTF-8) or XLSX",
            )
        encoding = _encoding(data, source)
        header_row, header = _first_record(source, encoding)
        plain = encoding == "utf-8-sig" and header_row == 1 and _is_plain(data, source.path)
        return Table(
            source=source,
            sheet=None,
            header=header,
            header_row=header_row,
            plain=plain,
            odd_blanks=not plain or _has_odd_blanks(data),
            encoding=encoding,
        )


def _encoding(data: mmap.mmap, source: Source) -> str:
    """UTF-8 (with or without mark) or Windows-1252, whichever the bytes are."""
    step = 1 << 24
    if _is_ascii(data):
        return "utf-8-sig"
    for encoding in ("utf-8-sig", "cp1252"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for start in range(0, len(data), step):
                decoder.decode(data[start : start + step], final=start + step >= len(data))
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnreadableError(
        "this is neither UTF-8 nor Windows-1252 text",
        where=Place(str(source.path)),
        hint="export the ledger as CSV (UTF-8) or XLSX",
    )


def _is_ascii(data: mmap.mmap) -> bool:
    step = 1 << 24
    return all(data[start : start + step].isascii() for start in range(0, len(data), step))


def _has_odd_blanks(data: mmap.mmap) -> bool:
    """Whether cells may be padded with more than the plain blank; an ASCII file is asked about ASCII's only."""
    ascii_only = _is_ascii(data)
    return any(data.find(blank, 3) >= 0 for blank in _ODD_BLANKS if blank.isascii() or not ascii_only)


def _is_plain(data: mmap.mmap, path: Path) -> bool:
    """Whether records are lines as a spreadsheet counts them and quotes mean the same to every reader."""
    if any(sign in str(path) for sign in "*?["):
        return False
    mixed_ends = data.find(b"\r") >= 0 and _MIXED_ENDS.search(data) is not None
    starts_blank = data[:1] in {b"\r", b"\n"}
    odd_quotes = data.find(b'"') >= 0 and _ODD_QUOTE.search(data) is not None
    end = len(data)
    while end and data[end - 1 : end] in {b"\r", b"\n"}:
        end -= 1
    return not (mixed_ends or starts_blank or odd_quotes or _BLANK_RECORD.search(data, 0, end))


def _first_record(source: Source, encoding: str) -> tuple[int, tuple[str, ...]]:
    """The first record that holds text, which is the header, and its row number."""
    with source.path.open(encoding=encoding, newline="") as file:
        for row, cells in enumerate(csv.reader(file), 1):
            if any(cell.strip(BLANKS) for cell in cells):
                return row, _header(cells)
    raise UnreadableError(
        "the file holds nothing but blanks",
        where=Place(str(source.path)),
        hint="export it again from the finance system",
    )


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    texts = [cell.strip(BLANKS) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _text_rows(table: Table) -> Iterator[tuple[int, Cells]]:
    with table.source.path.open(encoding=table.encoding, newline="") as file:
        yield from enumerate(csv.reader(file), 1)


# --- spreadsheets -----------------------------------------------------------------------------------------------


def _spreadsheet_tables(source: Source, sheet: str | None) -> list[Table]:
    import python_calamine

    where = Place(str(source.path))
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(source.path))
        visible = [
            found.name
            for found in workbook.sheets_metadata
            if found.typ == python_calamine.SheetTypeEnum.WorkSheet
            and (sheet is not None or found.visible == python_calamine.SheetVisibleEnum.Visible)
        ]
        if sheet is not None and sheet not in visible:
            raise RequestError(
                f"there is no sheet {sheet}", where=where, hint=f"sheets: {', '.join(visible)}"
            )
        wanted = [sheet] if sheet is not None else visible
        return [table for name in wanted if (table := _sheet_table(source, workbook, name)) is not None]
    except python_calamine.PasswordError as problem:
        raise UnreadableError(
            "the workbook is protected by a password", where=where, hint="save a copy without a password"
        ) from problem
    except (python_calamine.CalamineError, OSError) as problem:
        raise _broken_workbook(source, problem) from problem


def _broken_workbook(source: Source, problem: Exception) -> UnreadableError:
    where = Place(str(source.path))
    with source.path.open("rb") as file:
        old_office = file.read(8) == _OLD_OFFICE
        file.seek(0)
        encrypted = old_office and "EncryptedPackage".encode("utf-16-le") in file.read()
    if encrypted:
        return UnreadableError(
            "the workbook is protected by a password", where=where, hint="save a copy without a password"
        )
    return UnreadableError(
        f"this is no workbook that can be read: {problem}",
        where=where,
        hint="open it in Excel and save it again as XLSX, or export it as CSV",
    )


def _sheet_table(source: Source, workbook: object, name: str) -> Table | None:
    for row, cells in _sheet_rows(workbook, name, source.path):
        if any(cell.strip(BLANKS) for cell in cells):
            return Table(source, name, _header(cells), row, plain=False, odd_blanks=True)
    return None


def _sheet_rows(workbook: object, name: str, path: Path) -> Iterator[tuple[int, Cells]]:
    sheet = workbook.get_sheet_by_name(name)  # type: ignore[attr-defined]
    odd = unreadable_cells(path, name)
    for row, values in enumerate(sheet.to_python(skip_empty_area=False), 1):
        cells = [cell_text(value) for value in values]
        for column, text in odd.get(row, {}).items():
            cells += [""] * (column + 1 - len(cells))
            cells[column] = text
        yield row, cells


def _spreadsheet_rows(table: Table) -> Iterator[tuple[int, Cells]]:
    import python_calamine

    assert table.sheet is not None
    workbook = python_calamine.CalamineWorkbook.from_path(str(table.source.path))
    yield from _sheet_rows(workbook, table.sheet, table.source.path)


def cell_text(value: object) -> str:
    """A spreadsheet's cell as text: numbers as their shortest decimal of at most 15 significant digits, dates ISO."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | int):
        text = format(value, ".15g")
        return text if "e" not in text else _without_exponent(text)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else str(value)


def _without_exponent(text: str) -> str:
    from decimal import Decimal

    return format(Decimal(text), "f")


# --- the exact path ---------------------------------------------------------------------------------------------


def write_plain_copy(table: Table, target: io.TextIOBase) -> int:
    """Write the rows for DuckDB: row number, number of cells, text beyond the header, then the header's cells.

    Gives the length of the longest record, in bytes at most.
    """
    width = len(table.header)
    blank = [""] * width
    longest = 0
    write = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
    for row, cells in table.rows():
        beyond = next((cell for cell in cells[width:] if cell.strip(BLANKS)), "")
        count = width if table.source.is_spreadsheet else len(cells)
        longest = max(longest, write([row, count, beyond, *cells[:width], *blank[len(cells) :]]))
    return 4 * longest
