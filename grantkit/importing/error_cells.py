"""Cells of an XLSX that show an error, or whose formula has no stored value: calamine gives both as blanks.

A blank cell may be left out (VAT is then 0.00); a cell that shows ``#N/A`` may not, so its text is put back.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
NO_VALUE = "(a formula without a value)"
LETTERS = 26


def unreadable_cells(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """Row number → column (from 0) → what the cell shows. Empty for any other kind of workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            data = archive.read(part) if part else b""
            if b't="e"' not in data and b"<f" not in data:
                return {}
            return _odd_cells(ElementTree.fromstring(data))  # noqa: S314 - calamine has read it before
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError):
        return {}


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iter(f"{_MAIN}sheet"):
        if entry.get("name") == sheet:
            return posixpath.normpath(posixpath.join("/xl", targets[entry.get(_LINK)])).lstrip("/")
    return None


def _odd_cells(root: ElementTree.Element) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for cell in root.iter(f"{_MAIN}c"):
        value = cell.findtext(f"{_MAIN}v") or ""
        formula = cell.find(f"{_MAIN}f") is not None
        if cell.get("t") == "e" or (formula and not value and cell.find(f"{_MAIN}is") is None):
            place = re.fullmatch(r"([A-Z]+)([0-9]+)", cell.get("r", ""))
            if place and cell.get("t") != "str":
                found.setdefault(int(place[2]), {})[_column(place[1])] = value or NO_VALUE
    return found


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number - 1
