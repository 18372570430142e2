"""What an XLSX says of its cells and calamine does not: errors, formulas without a value, hidden rows, stray cells.

calamine gives an error and a formula without a stored value as blanks. A blank cell may be left out (VAT is then
0.00); a cell that shows ``#N/A`` may not, so its text is put back. And it lays out the whole rectangle up to the
farthest cell, which for one stray cell at the sheet's far corner takes more memory than a machine has.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
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
_CHUNK, _OVERLAP = 1 << 20, 64
_FAR = re.compile(rb' r="([A-Z]{2,3})[0-9]+"')
_ROW = re.compile(rb'<row [^>]*?r="([0-9]+)"')
#: In an ODS, rows and cells may stand for many.
_ROW_END = b"</table:table-row>"
_REPEATED_ROWS = re.compile(rb'<table:table-row[^>]*?number-rows-repeated="([0-9]+)"')
_REPEATED_CELLS = re.compile(rb'table-cell[^>]*?number-columns-repeated="([0-9]+)"')
#: A cell whose row number has so many digits, most digits first: what a cell says counts, and not what its row does.
_DEEP = {digits: re.compile(rb' r="[A-Z]{1,3}[0-9]{%d}"' % digits) for digits in (7, 6, 5)}
#: Places that are written in another way than nearly all programs write them.
_ODD_PLACES = (
    re.compile(rb'<c (?!r="[A-Z]{1,3}[0-9]{1,7}")[^>]*\br\s*='),
    re.compile(rb'<row (?![^>]*?r="[0-9]{1,7}")[^>]*\br\s*='),
    re.compile(rb"<c[\t\r\n]"),
    re.compile(rb":c\s"),
    re.compile(rb"<row[\t\r\n]"),
    re.compile(rb":row\s"),
)
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
        end = max(text.rfind(_ROW_END), 0)
        for piece in text[:end].split(_ROW_END):
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
        if facts.reach_too_far():
            with archive.open(part) as data:
                facts.measure(data)
            _check_reach(facts, path, sheet)
        found = SheetParts(hidden_rows=facts.hidden)
        if facts.has_odd_cells:
            with archive.open(part) as data:
                found.odd_cells = _odd_cells(data)
        return found


@dataclass
class _Facts:
    """``last_row`` and ``last_column`` are at first no less than they are, and exact once they are measured."""

    cells: int = 0
    last_row: int = 0
    last_column: int = LETTERS
    hidden: int = 0
    has_odd_cells: bool = False
    has_odd_places: bool = False

    def read(self, data: IO[bytes]) -> _Facts:
        """Read a sheet's XML a chunk at a time, so that a large one is never held."""
        before = b""
        run = 0
        while chunk := data.read(_CHUNK):
            text = before + chunk
            run = 0 if b"<" in chunk else run + len(chunk)
            if run > _LONGEST_CELL:
                raise ValueError(f"a cell in it holds over {_LONGEST_CELL // 10**6} MB of text")
            self.cells += chunk.count(b"<c ")
            self.has_odd_cells = self.has_odd_cells or b't="e"' in text or b"<f" in text
            for letters in set(_FAR.findall(text)):
                self.last_column = max(self.last_column, _column(letters.decode()) + 1)
            rows = _ROW.findall(text, max(0, text.rfind(b"<row ", 0, -_OVERLAP)))
            self.last_row = max([self.last_row, *(int(row) for row in rows if len(row) < 20)])
            self._look_deep(text[: text.rfind(b"<")])
            self.hidden += len(re.findall(rb'<row [^>]*hidden="1"', text))
            before = text[-_OVERLAP:]
        return self

    def _look_deep(self, text: bytes) -> None:
        for digits, pattern in _DEEP.items():
            if self.last_row >= min(10**digits, _MOST_ROWS):
                break
            if pattern.search(text):
                self.last_row = min(10**digits, _MOST_ROWS)
        self.has_odd_places = self.has_odd_places or any(odd.search(text) for odd in _ODD_PLACES)

    def reach_too_far(self) -> bool:
        """Whether the sheet's rectangle has, or may have, more cells than its own explain."""
        return self.has_odd_places or self.last_row * self.last_column > _MOST_BLANK_CELLS + 20 * self.cells

    def measure(self, data: IO[bytes]) -> None:
        """Read every cell's place, however it is written."""
        self.cells = self.last_row = self.last_column = 0
        self.has_odd_places = False
        before = b""
        while chunk := data.read(_CHUNK):
            text = before + chunk
            end = text.rfind(b"<")
            for letters, digits in _ANY_PLACE.findall(text, 0, end if len(chunk) == _CHUNK else len(text)):
                self.cells += bool(letters)
                self.last_row = max(self.last_row, int(digits[-20:] or b"0"))
                self.last_column = max(self.last_column, _column(letters[-20:].decode().upper()) + 1)
            before = text[end:] if end >= 0 else b""


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


def _odd_cells(data: IO[bytes]) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for _, element in ElementTree.iterparse(data):  # noqa: S314 - calamine has read it before
        if element.tag == f"{_MAIN}row":
            for cell in element.iter(f"{_MAIN}c"):
                value = cell.findtext(f"{_MAIN}v") or ""
                formula = cell.find(f"{_MAIN}f") is not None
                if cell.get("t") == "e" or (formula and not value and cell.find(f"{_MAIN}is") is None):
                    place = re.fullmatch(r"([A-Z]+)([0-9]+)", cell.get("r", ""))
                    if place and cell.get("t") != "str":
                        found.setdefault(int(place[2]), {})[_column(place[1])] = value or NO_VALUE
            element.clear()
    return found


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number - 1
