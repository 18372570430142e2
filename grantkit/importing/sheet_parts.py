"""What an XLSX says of its cells and calamine does not: errors, formulas without a value, hidden rows, stray cells.

calamine gives an error and a formula without a stored value as blanks. A blank cell may be left out (VAT is then
0.00); a cell that shows ``#N/A`` may not, so its text is put back. And it lays out the whole rectangle up to the
farthest cell, which for one stray cell at the sheet's far corner takes more memory than a machine has.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree

from grantkit.errors import Place, UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
NO_VALUE = "(a formula without a value)"
LETTERS = 26
#: Bytes that one part of a workbook may unpack to: a sheet of a million rows has about as many.
_LARGEST_PART = 700_000_000
#: Cells that a sheet's rectangle may have beyond what its own cells explain.
_MOST_BLANK_CELLS = 20_000_000
_CHUNK, _OVERLAP = 1 << 20, 64
_FAR = re.compile(rb' r="([A-Z]{2,3})[0-9]+"')
_ROW = re.compile(rb'<row [^>]*?r="([0-9]+)"')


@dataclass
class SheetParts:
    """``odd_cells``: row number → column (from 0) → what the cell shows. ``hidden_rows``: how many are hidden."""

    odd_cells: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: int = 0


def check_archive(path: Path) -> None:
    """Raises UnreadableError where a workbook's archive is broken, or unpacks to more than a ledger can hold."""
    where = Place(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            largest = max((part.file_size for part in archive.infolist()), default=0)
            names = {part.filename for part in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise UnreadableError(
            f"this is no workbook that can be read: {problem}",
            where=where,
            hint="open it in Excel and save it again as XLSX, or export it as CSV",
        ) from problem
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml", "[Content_Types].xml"}:
        raise UnreadableError(
            "this is an archive, not a workbook", where=where, hint="unpack it and import the files in it"
        )
    if largest > _LARGEST_PART:
        raise UnreadableError(
            f"the workbook unpacks to {largest / 1e9:.1f} GB, more than any ledger's sheet",
            where=where,
            hint="export the ledger as CSV",
        )


def sheet_parts(path: Path, sheet: str) -> SheetParts:
    """What the XML of a sheet says; nothing for any other kind of workbook.

    Raises UnreadableError where cells stand so far out that the sheet cannot be laid out.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is None:
                return SheetParts()
            with archive.open(part) as data:
                facts = _Facts().read(data)
            _check_reach(facts, path, sheet)
            found = SheetParts(hidden_rows=facts.hidden)
            if facts.has_odd_cells:
                with archive.open(part) as data:
                    found.odd_cells = _odd_cells(data)
            return found
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError, ValueError, NotImplementedError):
        return SheetParts()


@dataclass
class _Facts:
    cells: int = 0
    last_row: int = 0
    last_column: int = LETTERS
    far: str = ""
    hidden: int = 0
    has_odd_cells: bool = False

    def read(self, data: IO[bytes]) -> _Facts:
        """Read a sheet's XML a chunk at a time, so that a large one is never held."""
        before = b""
        while chunk := data.read(_CHUNK):
            text = before + chunk
            self.cells += chunk.count(b"<c ")
            self.has_odd_cells = self.has_odd_cells or b't="e"' in text or b"<f" in text
            for letters in set(_FAR.findall(text)):
                self.last_column = max(self.last_column, _column(letters.decode()) + 1)
            rows = _ROW.findall(text, max(0, text.rfind(b"<row ", 0, -_OVERLAP)))
            self.last_row = max([self.last_row, *(int(row) for row in rows if len(row) < 9)])
            self.hidden += len(re.findall(rb'<row [^>]*hidden="1"', text))
            before = text[-_OVERLAP:]
        return self


def _check_reach(facts: _Facts, path: Path, sheet: str) -> None:
    if facts.last_row * facts.last_column > _MOST_BLANK_CELLS + 20 * facts.cells:
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
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iter(f"{_MAIN}sheet"):
        if entry.get("name") == sheet:
            return posixpath.normpath(posixpath.join("/xl", targets[entry.get(_LINK)])).lstrip("/")
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
