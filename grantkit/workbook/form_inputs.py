"""Where a form wants something written, and which labels stand beside it.

A form tells by how it looks: on a protected sheet the cells that may be written in, else the blank cells with a
border, a fill or a validation; and where there are none of those either, the blank cells beside a label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter

from grantkit.workbook.form import Form, FormCell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS, MOST_COLUMNS = 2_000, 120  # of a sheet, that are looked at
LONGEST_LABEL = 160  # beyond it a text is guidance
SHOWN_OF_A_LABEL = 80
#: What stands in a cell that is to be overwritten.
PLACEHOLDER = re.compile(
    r"[<\[].*[>\]]|[dmy]{1,4}([/. -][dmy]{1,4}){2}|(please )?(select|choose|enter|insert)\b.*|£?0([.]0+)?|[._]{3,}",
    re.IGNORECASE,
)
WHITE = {"FFFFFFFF", "00FFFFFF", "00000000"}


@dataclass(frozen=True)
class Input:
    """A cell for somebody to fill, with the labels beside it: ``left`` of it, and ``above`` it, the nearest first.

    ``rows`` is how many inputs stand one below the other from there on, itself among them.
    """

    place: FormCell
    left: str
    above: tuple[str, ...]
    rows: int = 1

    @property
    def letters(self) -> str:
        """Its column's letters."""
        return get_column_letter(self.place.column)

    @property
    def label(self) -> str:
        """Both in one line, as a person names the cell: the row's, then the column's."""
        return " / ".join(part for part in (self.left, " / ".join(reversed(self.above))) if part)


class SheetReading:
    """One sheet of a form on the way to its inputs."""

    def __init__(self, form: Form, sheet: Worksheet) -> None:
        self.form, self.sheet = form, sheet
        self.rows = min(sheet.max_row, MOST_ROWS)
        self.columns = min(sheet.max_column, MOST_COLUMNS)
        self.texts: dict[tuple[int, int], str] = {}
        self.full: set[int] = set()
        for row in sheet.iter_rows(max_row=self.rows, max_col=self.columns):
            for cell in row:
                if cell.value is not None:
                    self.full.add(cell.row)
                    text = label_text(cell.value)
                    if text and not self._merged_with_more(cell):
                        self.texts[cell.row, cell.column] = text
        self.spread = {
            (row, column): (merged.min_row, merged.min_col)
            for merged in sheet.merged_cells.ranges
            for row in range(merged.min_row, min(merged.max_row, self.rows) + 1)
            for column in range(merged.min_col, min(merged.max_col, self.columns) + 1)
        }
        self.validated = {
            at for rule in sheet.data_validations.dataValidation for at in _addresses(rule.sqref, self)
        }
        self.places = self._places()

    def _merged_with_more(self, cell: Cell | MergedCell) -> bool:
        return isinstance(cell, MergedCell)

    def _places(self) -> set[tuple[int, int]]:
        """The cells that are inputs."""
        blank = [
            cell
            for row in self.sheet.iter_rows(max_row=self.rows, max_col=self.columns)
            for cell in row
            if isinstance(cell, Cell) and _is_blank(cell) and not self._hidden(cell)
        ]
        if self.sheet.protection.sheet:
            unlocked = {(cell.row, cell.column) for cell in blank if not cell.protection.locked}
            if unlocked:
                return unlocked
        marked = {(cell.row, cell.column) for cell in blank if self._is_marked(cell)}
        return marked or {
            (cell.row, cell.column) for cell in blank if (cell.row, cell.column - 1) in self.texts
        }

    def _hidden(self, cell: Cell) -> bool:
        column = self.sheet.column_dimensions.get(get_column_letter(cell.column))
        row = self.sheet.row_dimensions.get(cell.row)
        return bool((column is not None and column.hidden) or (row is not None and row.hidden))

    def _is_marked(self, cell: Cell) -> bool:
        """Whether a cell looks like a box to write in."""
        if (cell.row, cell.column) in self.validated:
            return True
        border = cell.border
        sides = [
            side for side in (border.left, border.right, border.top, border.bottom) if side and side.style
        ]
        filled = cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb not in WHITE
        return len(sides) >= 2 or (bool(sides) and filled)

    def inputs(self) -> Iterator[Input]:
        """The inputs in the order of rows; of a list without row labels only the first row."""
        for row, column in sorted(self.places):
            found = self.input_at(row, column)
            below_another = not found.left and (row - 1, column) in self.places
            if found.label and not below_another:
                yield found

    def input_at(self, row: int, column: int) -> Input:
        """The cell with the labels that stand beside it."""
        place, rows = FormCell(self.sheet.title, row, column), 1
        while (row + rows, column) in self.places:
            rows += 1
        left = self._left(row, column)
        return Input(place, left, tuple(self._above(row, column, alone=not left)), rows)

    def _left(self, row: int, column: int) -> str:
        """The nearest text to the left in the same row, also of merged cells that reach down to it."""
        for other in range(column - 1, 0, -1):
            at = self.spread.get((row, other), (row, other))
            if at in self.texts and at not in self.places:
                return self.texts[at]
        return ""

    def _above(self, row: int, column: int, *, alone: bool) -> Iterator[str]:
        """The headings over the column of a table that a cell is in; ``alone``: or a single label right above it."""
        for other in range(row - 1, 0, -1):
            at = self.spread.get((other, column), (other, column))
            if at in self.texts and at not in self.places:
                if (alone and other == row - 1) or self._is_heading(at[0]):
                    yield from self._stacked(at, column)
                return
            if other not in self.full and (other, column) not in self.places:
                return

    def _is_heading(self, row: int) -> bool:
        return sum(1 for text_row, _ in self.texts if text_row == row) >= 2

    def _stacked(self, at: tuple[int, int], column: int) -> Iterator[str]:
        """A heading, and the one right above it that it is grouped under."""
        yield self.texts[at]
        over = self.spread.get((at[0] - 1, column), (at[0] - 1, column))
        if over in self.texts and over not in self.places and self._is_heading(over[0]):
            yield self.texts[over]


def inputs_of(form: Form) -> list[Input]:
    """The inputs of a form's visible sheets, sheet by sheet."""
    sheets = [sheet for sheet in form.workbook.worksheets if sheet.sheet_state == "visible"]
    return [found for sheet in sheets for found in SheetReading(form, sheet).inputs()]


def readings_of(form: Form) -> dict[str, SheetReading]:
    """Every sheet of a form with where its labels and inputs are, by title."""
    return {sheet.title: SheetReading(form, sheet) for sheet in form.workbook.worksheets}


def label_text(value: object) -> str:
    """A cell's text as a label: on one line, without its colon; empty where it is none."""
    if not isinstance(value, str) or value.startswith("=") or PLACEHOLDER.fullmatch(value.strip()):
        return ""
    text = " ".join(re.sub("[\x00-\x1f\x7f-\x9f]", " ", value).split()).rstrip(" :*")
    if len(text) > LONGEST_LABEL or not re.search(r"[A-Za-z]", text):
        return ""
    return text if len(text) <= SHOWN_OF_A_LABEL else f"{text[: SHOWN_OF_A_LABEL - 1].rstrip()}…"


def _is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing but what is to be overwritten."""
    value = cell.value
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value == 0):
        return True
    return isinstance(value, str) and (not value.strip() or bool(PLACEHOLDER.fullmatch(value.strip())))


def _addresses(ranges: object, reading: SheetReading) -> Iterator[tuple[int, int]]:
    for cells in ranges.ranges:  # type: ignore[attr-defined]
        for row in range(cells.min_row, min(cells.max_row, reading.rows) + 1):
            for column in range(cells.min_col, min(cells.max_col, reading.columns) + 1):
                yield row, column
