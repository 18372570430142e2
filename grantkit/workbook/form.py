"""A form that somebody else made: its cells are found by address or by defined name, and filled where they stand.

Only the bytes of the cells that are filled change (``cell_edits.py``), and the stored results of formulas go, as they
are of the blank form: a spreadsheet works them out as it opens the file. So nothing of the form is lost on the way,
not even what openpyxl does not know and would drop: pictures, shapes, form controls, the newer validations and
conditional formats, macros. openpyxl only reads the form here.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries
from openpyxl.utils.datetime import to_excel
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from grantkit.errors import Place, UnreadableError
from grantkit.workbook.cell_edits import Content, SheetPart, StylesPart, elements, worked_out_on_opening
from grantkit.workbook.cells import ACTS_IF_TYPED, FIRST_YEAR, inert, number
from grantkit.workbook.heights import text_box
from grantkit.workbook.saving import check_closed, package_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from grantkit.workbook.cells import Value

OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
MOST_BYTES = 500_000_000  # that a form's parts may unpack to
ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
#: Parts whose content rests on the cells, or vouches for them, and stays as it was in the blank form.
STALE_PARTS = {
    "_xmlsignatures/": "its digital signature, which holds only for the blank form",
    "xl/pivotCache/": "its pivot tables, which show the blank form's figures until somebody refreshes them",
}


@dataclass(frozen=True, order=True)
class FormCell:
    """A cell of a form; of merged cells the first."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{self.sheet}!{get_column_letter(self.column)}{self.row}"


class Form:
    """A form opened to be read and filled. ``sha256`` is that of its file."""

    def __init__(self, path: Path, shown: str | None = None) -> None:
        """Open ``path``, told to a person as ``shown``.

        Raises UnreadableError where it is missing, open elsewhere or no workbook.
        """
        self.shown = shown or str(path)
        check_closed(path, self.shown)
        self.content = _bytes_of(path, self.shown)
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        self.parts = _parts_of(self.content, self.shown)
        self.workbook = _workbook_of(self.content, self.shown)
        try:
            self.sheets = self._sheets()
        except (ExpatError, LookupError, ValueError) as problem:
            raise damaged(self.shown, problem) from problem

    @property
    def stale(self) -> list[str]:
        """What of the form no longer holds once it is filled, in words."""
        return [
            words
            for start, words in STALE_PARTS.items()
            if any(name.startswith(start) for name in self.parts)
        ]

    def _sheets(self) -> dict[str, str]:
        """The name of the part of each sheet with cells, by the sheet's title."""
        main = self._related("", "officeDocument")[0]
        targets = self._relations(main)
        found = {}
        for sheet in elements(self.parts[main], "sheet"):
            number = next((value for key, value in sheet.attributes.items() if key.endswith(":id")), "")
            if number in targets:
                found[sheet.attributes["name"]] = targets[number][1]
        return {title: found[title] for title in (sheet.title for sheet in self.workbook.worksheets)}

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part is related to: kind and name of the other part, by the relation's number."""
        folder, name = posixpath.split(part)
        relations = self.parts[posixpath.join(folder, "_rels", f"{name}.rels")]
        return {
            each.attributes["Id"]: (
                each.attributes["Type"].rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, each.attributes["Target"])).lstrip("/"),
            )
            for each in elements(relations, "Relationship")
        }

    def _related(self, part: str, kind: str) -> list[str]:
        return [name for found, name in self._relations(part).values() if found == kind]

    # --- looking ------------------------------------------------------------------------------------------------

    def find(self, reference: str) -> FormCell | None:
        """The cell at ``Sheet!A1`` or at a defined name; None where the form has no such sheet or name."""
        title, sign, address = reference.rpartition("!")
        if not sign:
            defined = self.workbook.defined_names.get(reference)
            places = list(defined.destinations) if defined is not None else []
            if len(places) != 1:
                return None
            title, address = places[0][0], places[0][1].partition(":")[0]
        title = title.removeprefix("'").removesuffix("'").replace("''", "'")
        found = ADDRESS.fullmatch(address.upper())
        if title not in self.sheets or not found:
            return None
        column, row = column_index_from_string(found[1]), int(found[2])
        return self.first_of_merged(FormCell(title, row, column))

    def first_of_merged(self, place: FormCell) -> FormCell:
        """The cell itself, or the first of the merged cells that it is one of."""
        for merged in self.workbook[place.sheet].merged_cells.ranges:
            if (
                merged.min_row <= place.row <= merged.max_row
                and merged.min_col <= place.column <= merged.max_col
            ):
                return FormCell(place.sheet, merged.min_row, merged.min_col)
        return place

    def formula(self, place: FormCell) -> str | None:
        """The formula that a cell holds or is part of; None where there is none."""
        sheet = self.workbook[place.sheet]
        value = sheet.cell(place.row, place.column).value
        if isinstance(value, ArrayFormula | DataTableFormula):
            return f"of the cells {value.ref}"
        if isinstance(value, str) and value.startswith("="):
            return value
        for ranges in self._formulas_over_several[place.sheet]:
            left, top, right, bottom = ranges
            if top <= place.row <= bottom and left <= place.column <= right:
                return "of several cells"
        return None

    @cached_property
    def _formulas_over_several(self) -> dict[str, list[tuple[int, int, int, int]]]:
        """The ranges of each sheet that one formula fills."""
        found: dict[str, list[tuple[int, int, int, int]]] = {}
        for sheet in self.workbook.worksheets:
            values = (cell.value for row in sheet.iter_rows() for cell in row)
            several = (value for value in values if isinstance(value, ArrayFormula | DataTableFormula))
            found[sheet.title] = [range_boundaries(value.ref) for value in several if value.ref]  # type: ignore[misc]
        return found

    def choices(self, place: FormCell) -> tuple[str, ...] | None:
        """What a validation of the cell lets somebody choose from, where it lists that itself; else None."""
        address = f"{get_column_letter(place.column)}{place.row}"
        for rule in self.workbook[place.sheet].data_validations.dataValidation:
            if rule.type == "list" and address in rule.sqref and (rule.formula1 or "").startswith('"'):
                return tuple(each.strip() for each in rule.formula1.strip('"').split(","))
        return None

    # --- filling ------------------------------------------------------------------------------------------------

    def filled(self, values: Mapping[FormCell, Value]) -> bytes:
        """The form with ``values`` in its cells, as the bytes of a file; the same values give the same bytes.

        Raises UnreadableError for an amount that a spreadsheet's number cannot hold, or a part that is no XML.
        """
        try:
            return self._filled(values)
        except (ExpatError, StopIteration, UnicodeDecodeError, ValueError, IndexError) as problem:
            raise damaged(self.shown, problem) from problem

    def _filled(self, values: Mapping[FormCell, Value]) -> bytes:
        main = self._related("", "officeDocument")[0]
        styles_at = self._related(main, "styles")[0]
        styles, changed = StylesPart(self.parts[styles_at]), {}
        for title, part in self.sheets.items():
            sheet = SheetPart(self.parts[part])
            contents = {
                (place.row, place.column): self._content(place, value, sheet, styles)
                for place, value in values.items()
                if place.sheet == title
            }
            changed[part] = sheet.filled(contents, self._heights(title, values))
        changed[styles_at] = styles.content()
        changed[main] = worked_out_on_opening(self.parts[main])
        return package_of(self.parts | changed)

    def _heights(self, title: str, values: Mapping[FormCell, Value]) -> dict[int, float]:
        """The rows that are too low for the texts that go into them, with the points that they need."""
        sheet, found = self.workbook[title], dict[int, float]()
        for place, value in values.items():
            box = text_box(_cell(sheet, place)) if place.sheet == title and isinstance(value, str) else None
            if box is None or self._several_rows(place):
                continue
            high = sheet.row_dimensions[place.row].height or sheet.sheet_format.defaultRowHeight
            needed = box.height(str(value))
            if needed > max(high, found.get(place.row, 0.0)):
                found[place.row] = needed
        return found

    def _several_rows(self, place: FormCell) -> bool:
        merged = self.workbook[place.sheet].merged_cells.ranges
        return any(
            (each.min_row, each.min_col) == (place.row, place.column) and each.max_row > each.min_row
            for each in merged
        )

    def _content(self, place: FormCell, value: Value, sheet: SheetPart, styles: StylesPart) -> Content:
        """What goes into a cell: pounds to the exact penny, dates as dates, text that never acts as a formula."""
        style = sheet.style(place.row, place.column)
        if value is None or value == "":
            return Content()
        if isinstance(value, Decimal):
            return Content(number=repr(number(value)).removesuffix(".0"))
        if isinstance(value, int):
            return Content(number=str(value))
        if isinstance(value, date) and value.year >= FIRST_YEAR:
            days = to_excel(value, self.workbook.epoch)  # type: ignore[no-untyped-call]
            dated = is_date_format(_cell(self.workbook[place.sheet], place).number_format)
            return Content(number=f"{days:.0f}", style=None if dated else styles.as_date(style))
        text = inert(value.isoformat() if isinstance(value, date) else str(value))
        return Content(text=text, style=styles.as_text(style) if text.startswith(ACTS_IF_TYPED) else None)


def _bytes_of(path: Path, shown: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise UnreadableError(
            f"the form cannot be read: {problem.strerror or problem}",
            where=Place(shown),
            hint="check its name, and close it if it is open in Excel",
        ) from problem


def _parts_of(content: bytes, shown: str) -> dict[str, bytes]:
    """The parts of a package by name, in its order."""
    if content.startswith(OLD_OFFICE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise UnreadableError(
            "the form is protected by a password"
            if encrypted
            else "this is a workbook of the old kind (.xls)",
            where=Place(shown),
            hint="save a copy without a password" if encrypted else "save it in Excel as .xlsx",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) <= MOST_BYTES:
                return {entry.filename: archive.read(entry) for entry in entries}
    except (
        *(zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, ValueError),
    ) as problem:
        raise damaged(shown, problem) from problem
    raise damaged(shown, ValueError("it unpacks to more than a form can be"))


def _workbook_of(content: bytes, shown: str) -> Workbook:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl does not know is no matter here
            return load_workbook(io.BytesIO(content))
    except (
        *(InvalidFileException, zipfile.BadZipFile, ElementTree.ParseError, OSError),
        *(LookupError, ValueError, TypeError, AttributeError),
    ) as problem:
        raise damaged(shown, problem) from problem


def damaged(shown: str, problem: BaseException) -> UnreadableError:
    """The error for a form that is no workbook, or a broken one."""
    text = str(problem).strip().splitlines()
    return UnreadableError(
        f"the form is no workbook, or a damaged one: {text[0] if text else type(problem).__name__}",
        where=Place(shown),
        hint="open it in Excel and save it again as .xlsx, or ask whoever sent it for a fresh copy",
    )


def _cell(sheet: Worksheet, place: FormCell) -> Cell:
    cell = sheet.cell(place.row, place.column)
    assert isinstance(cell, Cell)
    return cell
