"""A template: a workbook whose places are found by defined names, so that a person can restyle it in Excel.

A name stands for one cell (``award_reference``), or for a table: ``summary_first_row`` is the row that every row of
the table is patterned on, ``summary_budget`` a column of it, ``summary_total_row`` the row of its totals. What
stands below a table moves down as the table grows, and the names with it.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.cell_range import CellRange

from grantkit.errors import Place, UnreadableError
from grantkit.workbook.cells import Value, inert, put, quoted_style, share_style, style_of
from grantkit.workbook.growth import Growth
from grantkit.workbook.heights import text_box
from grantkit.workbook.lines import Line, LineWriter, Splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.header_footer import HeaderFooterItem
    from openpyxl.worksheet.worksheet import Worksheet

    from grantkit.workbook.heights import TextBox

FRESH_COPY = "put the name back (Formulas, Name Manager), or take a fresh copy of the template"
PLACE = re.compile(r"\$?[A-Z]{1,3}\$?[0-9]+(:\$?[A-Z]{1,3}\$?[0-9]+)?")
ROW_LIMIT = 1_048_576  # of a sheet
PRINTED_LIMIT = 60  # of a text in a header: Excel takes 255 characters for its three parts and their formats


@dataclass
class Area:
    """Where a defined name points: one range on one sheet."""

    sheet: Worksheet
    cells: CellRange


class Template:
    """A workbook opened from a template, to be filled in by name."""

    def __init__(self, path: Path) -> None:
        """Open ``path``. Raises UnreadableError where it is missing or no workbook."""
        self.path = path
        self.workbook = _open(path)
        self.areas = self._read_names()
        self.splices: list[Splice] = []

    def _read_names(self) -> dict[str, Area]:
        """Every name that points to cells of one sheet; others, and those whose cells were deleted, are no matter."""
        found = {}
        for name, defined in self.workbook.defined_names.items():
            places = [place for place in defined.destinations if PLACE.fullmatch(place[1])]
            if len(places) == 1 and places[0][0] in self.workbook.sheetnames:
                title, reference = places[0]
                sheet, cells = self.workbook[title], CellRange(reference.replace("$", ""))
                if cells.coord in {merged.coord for merged in sheet.merged_cells.ranges}:
                    # Excel names merged cells as a range; a formula that reads a value wants one cell.
                    cells = CellRange(cells.coord.partition(":")[0])
                    defined.attr_text = absolute(sheet, cells)
                found[name] = Area(sheet, cells)
        return found

    def area(self, name: str) -> Area:
        """Where ``name`` points. Raises UnreadableError where the template has no such name."""
        try:
            return self.areas[name]
        except KeyError:
            raise UnreadableError(
                f"the template has no defined name {name}, or it points to no cell",
                where=Place(str(self.path)),
                hint=FRESH_COPY,
            ) from None

    def cell(self, name: str) -> Cell:
        """The cell at ``name`` (the first of a range). Raises UnreadableError where the name is missing."""
        area = self.area(name)
        return written_cell(area.sheet, area.cells.min_row, area.cells.min_col)

    def put(self, name: str, value: Value) -> None:
        """Write into the cell at ``name``. Raises UnreadableError where the name is missing."""
        put(self.cell(name), value)

    def put_sentence(self, name: str, text: str) -> None:
        """Write a sentence and make its row as high as the merged cells need. Raises as ``put``."""
        cell = self.cell(name)
        put(cell, text)
        box = text_box(cell)
        if box:
            self.area(name).sheet.row_dimensions[cell.row].height = box.height(text)

    def put_all(self, values: Mapping[str, Value]) -> None:
        """Write every value into the cell at its name. Raises UnreadableError where a name is missing."""
        for name, value in values.items():
            self.put(name, value)

    def put_row(
        self, sheet: Worksheet, row: int, pattern: int, column: int, texts: tuple[str, str | None]
    ) -> None:
        """Write a letter and a sentence into a row that looks like the row ``pattern``; hide it where it has none."""
        letter, sentence = texts
        for place, text in ((column - 1, letter if sentence else None), (column, sentence)):
            cell = written_cell(sheet, row, place)
            share_style(cell, style_of(written_cell(sheet, pattern, place)))
            put(cell, text)
        sheet.row_dimensions[row].hidden = sentence is None
        box = text_box(written_cell(sheet, row, column))
        if box and sentence:
            sheet.row_dimensions[row].height = box.height(sentence)

    def table(self, prefix: str, columns: Sequence[str]) -> Table:
        """The table at ``<prefix>_first_row``. Raises UnreadableError where one of its names is missing."""
        return Table(self, prefix, columns)

    def grow(self, sheet: Worksheet, pattern: int, rows: int) -> None:
        """Turn the row ``pattern`` of ``sheet`` into ``rows`` rows; what stands below moves down, names with it."""
        growth = Growth(pattern, rows - 1)
        growth.apply(sheet)
        for name, area in self.areas.items():
            if area.sheet is sheet and not (name.endswith("_first_row") and area.cells.min_row == pattern):
                area.cells = growth.moved(area.cells)
                self.workbook.defined_names[name].attr_text = absolute(sheet, area.cells)

    def print_on_every_page(self, texts: Mapping[str, str]) -> None:
        """Replace ``[name]`` in the sheets' headers and footers by its text."""
        for sheet in self.workbook.worksheets:
            for band in (sheet.oddHeader, sheet.oddFooter):
                _fill_band(band, texts)

    def set_subject(self, subject: str, author: str) -> None:
        """Write what the file is about, and who prepared it, into its properties."""
        properties = self.workbook.properties
        properties.title, properties.creator, properties.lastModifiedBy = (
            inert(subject),
            "grantkit",
            inert(author),
        )


class Table:
    """Rows patterned on one row of a template. Open up every table of a sheet first, then write."""

    def __init__(self, template: Template, prefix: str, columns: Sequence[str]) -> None:
        self.template, self.prefix = template, prefix
        self.sheet = template.area(f"{prefix}_first_row").sheet
        self.columns = {column: template.area(f"{prefix}_{column}").cells.min_col for column in columns}
        self.rows = 0

    @property
    def first_row(self) -> int:
        """The number of the table's first row, as a spreadsheet shows it."""
        return int(self.template.area(f"{self.prefix}_first_row").cells.min_row)

    @property
    def total_row(self) -> int:
        """The number of the row of totals. Raises UnreadableError where the template names none."""
        return int(self.template.area(f"{self.prefix}_total_row").cells.min_row)

    def open_up(self, rows: int) -> None:
        """Make room for ``rows`` rows; for none the pattern stays, blank.

        Raises UnreadableError where a sheet cannot hold so many.
        """
        if self.first_row + rows > ROW_LIMIT:
            raise UnreadableError(
                f"{rows:,} rows are more than a sheet can hold",
                where=Place(str(self.template.path), sheet=self.sheet.title),
                hint="read them with: grantkit query, --format csv",
            )
        self.rows = rows
        self.template.grow(self.sheet, self.first_row, max(rows, 1))

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Write ``rows``, each with its values in the order of the columns, in the styles of the pattern."""
        pattern = _styles(self.sheet, self.first_row)
        plain = [column for column in pattern if column not in self.columns.values()]
        boxes = self._text_boxes()
        for number, values in enumerate(rows, start=self.first_row):
            for column in plain:
                _styled(self.sheet, number, column, pattern[column])
            height = 0.0
            for column, value in zip(self.columns.values(), values, strict=True):
                put(_styled(self.sheet, number, column, pattern.get(column)), value)
                if column in boxes and isinstance(value, str):
                    height = max(height, boxes[column].height(value))
            if height:
                self.sheet.row_dimensions[number].height = height

    def write_lines(self, rows: Iterable[Line]) -> None:
        """Write any number of rows without formulas, in the styles of the pattern, as the file is saved.

        openpyxl holds a cell as an object of its own: beyond some ten thousand rows that takes long. These rows go
        straight into the saved sheet, in the place of the pattern.
        """
        if not self.rows:
            return
        styles = {}
        for column in self.columns.values():
            cell = written_cell(self.sheet, self.first_row, column)
            style = style_of(cell)
            known = cast("Any", self.template.workbook)._cell_styles  # noqa: SLF001
            styles[column] = (known.add(style), known.add(quoted_style(style)))
        writer = LineWriter(self.first_row, list(self.columns.values()), styles, self._text_boxes())
        self.template.splices.append(Splice(self.sheet, self.first_row, lambda: writer.rows(rows)))

    def _text_boxes(self) -> dict[int, TextBox]:
        """The boxes of the columns whose text wraps."""
        found = {
            column: text_box(written_cell(self.sheet, self.first_row, column))
            for column in self.columns.values()
        }
        return {column: box for column, box in found.items() if box}

    def write_total(self, values: Mapping[str, Value]) -> None:
        """Write into the row of totals, by column. Raises UnreadableError where the template names none."""
        for column, value in values.items():
            put(written_cell(self.sheet, self.total_row, self.columns[column]), value)

    def filter_from(self, column: str) -> None:
        """Lay the sheet's filter over the table and its heading, which begins with ``column``."""
        header = self.range_of(column, *self.columns)
        header.expand(up=1)
        self.sheet.auto_filter.ref = header.coord

    def at(self, column: str, index: int) -> str:
        """The address of a cell of the table by its row's place (0 first), as a formula on the same sheet has it."""
        return f"{get_column_letter(self.columns[column])}{self.first_row + index}"

    def reference(self, column: str, index: int) -> str:
        """The same as a formula on any sheet has it."""
        letter = get_column_letter(self.columns[column])
        return f"{quote_sheetname(self.sheet.title)}!${letter}${self.first_row + index}"

    def total_at(self, column: str) -> str:
        """The address of a cell of the row of totals, as a formula on any sheet has it."""
        letter = get_column_letter(self.columns[column])
        return f"{quote_sheetname(self.sheet.title)}!${letter}${self.total_row}"

    def whole(self, column: str) -> str:
        """The name that a formula has for the cells of ``column`` in all the table's rows."""
        return f"{self.prefix}_{column}"

    def range_of(self, *columns: str) -> CellRange:
        """The cells from the first of ``columns`` to the last, in all the table's rows (the pattern, where none)."""
        numbers = [self.columns[column] for column in columns]
        last = self.first_row + max(self.rows, 1) - 1
        return CellRange(
            min_col=min(numbers),
            max_col=max(numbers),
            min_row=self.first_row,
            max_row=last,
            title=self.sheet.title,
        )


def absolute(sheet: Worksheet, cells: CellRange) -> str:
    """``'Claim'!$A$4`` or ``'Claim'!$A$4:$A$9``, as a defined name or a chart has it."""
    first = f"${get_column_letter(cells.min_col)}${cells.min_row}"
    last = f"${get_column_letter(cells.max_col)}${cells.max_row}"
    return f"{quote_sheetname(sheet.title)}!{first if first == last else f'{first}:{last}'}"


def written_cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """The cell that a value goes into: of merged cells the first."""
    for merged in sheet.merged_cells.ranges:
        if merged.min_row <= row <= merged.max_row and merged.min_col <= column <= merged.max_col:
            row, column = merged.min_row, merged.min_col
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)
    return cell


def _open(path: Path) -> Workbook:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl cannot keep is in the templates' README
            return load_workbook(path)
    except OSError as problem:
        raise UnreadableError(
            f"the template cannot be read: {problem.strerror or problem}",
            where=Place(str(path)),
            hint="check its name, and close it if it is open in Excel",
        ) from problem
    except (BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError) as problem:
        raise UnreadableError(
            "the template is not a workbook that can be read (.xlsx)",
            where=Place(str(path)),
            hint="save it in Excel as .xlsx without a password, or take a fresh copy of the template",
        ) from problem


def _styles(sheet: Worksheet, row: int) -> dict[int, Any]:
    """The style of each cell in a pattern row, by its column."""
    columns = range(1, sheet.max_column + 1)
    return {column: style_of(cell) for column in columns if (cell := sheet.cell(row, column)).has_style}


def _styled(sheet: Worksheet, row: int, column: int, style: Any) -> Any:
    """The cell, in the pattern's style where it has one."""
    cell = sheet.cell(row, column)
    if style is not None:
        share_style(cell, style)
    return cell


def _fill_band(band: HeaderFooterItem | None, texts: Mapping[str, str]) -> None:
    if band is None:
        return
    for part in (band.left, band.center, band.right):
        for name, text in texts.items():
            if part.text and f"[{name}]" in part.text:
                shown = inert(text).replace("\n", " ").replace("&", "&&")
                if len(shown) > PRINTED_LIMIT:
                    shown = shown[: PRINTED_LIMIT - 1].rstrip("&") + "…"
                part.text = part.text.replace(f"[{name}]", shown)
