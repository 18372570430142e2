"""How high a row must be for wrapped text: some readers take a row's height from the file and never fit it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from openpyxl.utils import column_index_from_string

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

# Widths of Arial's letters as parts of the font's size; of all others that of a capital.
OTHER, BLANK, WIDEST = 0.72, 0.278, 1.02
WIDTHS = {
    **dict.fromkeys("ijl'|", 0.222),
    **dict.fromkeys("ftI.,:;!/\\[] ", BLANK),
    **dict.fromkeys('r()-`"', 0.333),
    **dict.fromkeys("cksvxyzJ", 0.5),
    **dict.fromkeys("abdeghnopquL0123456789#$£?_+<=>~", 0.556),
    **dict.fromkeys("FTZ", 0.611),
    **dict.fromkeys("ABEKPSVXY&", 0.667),
    **dict.fromkeys("GOQ", 0.778),
    **dict.fromkeys("mM%", 0.833),
    **dict.fromkeys("W@", WIDEST),
}
BOLD = 1.07
POINTS_OF_A_DIGIT = 5.25  # a column's width counts digits of 7 pixels, at 96 pixels and 72 points to the inch
POINTS_OF_AN_INDENT = 7.0
DEFAULT_WIDTH = 8.43
DEFAULT_SIZE = 10.0
HIGHEST = 409.0  # points that a row may be high
LINE, MARGIN = 1.2, 2.6  # a line's height as a part of the font's size; points above and below a cell's text


@dataclass(frozen=True)
class TextBox:
    """Where a text goes: points across, the font's size in points."""

    width: float
    size: float
    bold: bool

    def height(self, text: str) -> float:
        """How many points high a row must be for ``text``."""
        return min(self.lines(text) * self.size * LINE + MARGIN, HIGHEST)

    def lines(self, text: str) -> int:
        """How many lines ``text`` takes up when it wraps between words."""
        if len(text) * self._points(WIDEST) <= self.width and "\n" not in text:
            return 1
        return _lines(self, text)

    def wrapped(self, paragraph: str) -> int:
        """How many lines a text without line breaks takes up."""
        lines, used, blank = 1, 0.0, self._points(BLANK)
        for word in paragraph.split(" "):
            needed = sum(self._points(WIDTHS.get(letter, OTHER)) for letter in word)
            if used and used + blank + needed > self.width:
                lines, used = lines + 1, 0.0
            elif used:
                used += blank
            over = max(0, math.ceil((used + needed) / self.width) - 1)  # a word longer than a line is broken
            lines, used = lines + over, used + needed - over * self.width
        return lines

    def _points(self, width: float) -> float:
        return width * self.size * (BOLD if self.bold else 1.0)


@lru_cache(maxsize=4096)  # a schedule's texts repeat: suppliers, files, descriptions
def _lines(box: TextBox, text: str) -> int:
    return sum(box.wrapped(paragraph) for paragraph in text.split("\n"))


def text_box(cell: Cell) -> TextBox | None:
    """The box of a cell, or of the merged cells that it is the first of; None where its text does not wrap."""
    if not cell.alignment.wrap_text:
        return None
    sheet = cast("Worksheet", cell.parent)
    last = cell.column
    for merged in sheet.merged_cells.ranges:
        if (merged.min_row, merged.min_col) == (cell.row, cell.column):
            last = merged.max_col
    digits = sum(_column_width(sheet, column) for column in range(cell.column, last + 1))
    indent = POINTS_OF_AN_INDENT * (cell.alignment.indent or 0)
    width = max(digits * POINTS_OF_A_DIGIT - indent, POINTS_OF_A_DIGIT)
    return TextBox(width, float(cell.font.sz or DEFAULT_SIZE), bool(cell.font.b))


def _column_width(sheet: Worksheet, column: int) -> float:
    """A column's width in digits; Excel writes neighbours of one width down as one."""
    for letter, found in sheet.column_dimensions.items():
        first = found.min or column_index_from_string(letter)
        if first <= column <= (found.max or first):
            return found.width or DEFAULT_WIDTH
    return DEFAULT_WIDTH
