"""One row of a sheet becomes many: cells below, merged cells, conditional formats, heights and print set-up move.

openpyxl's own ``insert_rows`` moves cells only.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openpyxl.formatting.formatting import ConditionalFormatting, ConditionalFormattingList
from openpyxl.formula.translate import Translator
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange

if TYPE_CHECKING:
    from openpyxl.formatting.rule import Rule
    from openpyxl.worksheet.worksheet import Worksheet


@dataclass(frozen=True)
class Growth:
    """The row ``pattern`` of a sheet is followed by ``extra`` more like it."""

    pattern: int
    extra: int

    def row(self, number: int) -> int:
        """Where a row is afterwards."""
        return number + self.extra if number > self.pattern else number

    def moved(self, cells: CellRange) -> CellRange:
        """Where a range is afterwards; one that holds the pattern holds the new rows too."""
        last = cells.max_row + (self.extra if cells.max_row >= self.pattern else 0)
        return CellRange(
            min_col=cells.min_col, max_col=cells.max_col, min_row=self.row(cells.min_row), max_row=last
        )

    def apply(self, sheet: Worksheet) -> None:
        """Move all that stands below the pattern. The new rows have their merged cells, and no values yet."""
        sheet.row_dimensions.pop(self.pattern, None)  # the rows of a table are as high as their text
        if self.extra < 1:
            return
        last_row, last_column = sheet.max_row, sheet.max_column
        if last_row > self.pattern:
            below = CellRange(min_col=1, max_col=last_column, min_row=self.pattern + 1, max_row=last_row)
            sheet.move_range(below, rows=self.extra)
        self._move_heights(sheet)
        self._move_merged(sheet)
        self._move_formats(sheet)
        self._move_print(sheet)

    def _move_heights(self, sheet: Worksheet) -> None:
        below = {
            number: sheet.row_dimensions[number] for number in sheet.row_dimensions if number > self.pattern
        }
        for number in below:
            del sheet.row_dimensions[number]
        for number, height in below.items():
            height.index = self.row(number)
            sheet.row_dimensions[self.row(number)] = height

    def _move_merged(self, sheet: Worksheet) -> None:
        merged = []
        for cells in sheet.merged_cells.ranges:
            if cells.min_row == cells.max_row == self.pattern:
                merged += [self._same_columns(cells, row) for row in range(self.extra + 1)]
            else:
                merged.append(self.moved(cells))
        sheet.merged_cells = MultiCellRange(merged)

    def _same_columns(self, cells: CellRange, further: int) -> CellRange:
        row = self.pattern + further
        return CellRange(min_col=cells.min_col, max_col=cells.max_col, min_row=row, max_row=row)

    def _move_formats(self, sheet: Worksheet) -> None:
        moved = ConditionalFormattingList()
        for formats in sheet.conditional_formatting:
            where = MultiCellRange([self.moved(cells) for cells in formats.sqref.sorted()])
            for rule in formats.rules:
                moved.add(ConditionalFormatting(where), self._seen_from(rule, formats.sqref, where))
        sheet.conditional_formatting = moved

    @staticmethod
    def _seen_from(rule: Rule, before: MultiCellRange, after: MultiCellRange) -> Rule:
        """The rule for a range that moved: its addresses without a $ are counted from the range's first cell."""
        old, new = (ranges.sorted()[0].coord.partition(":")[0] for ranges in (before, after))
        seen = copy(rule)
        seen.formula = [
            Translator(f"={text}", origin=old).translate_formula(new)[1:] for text in rule.formula
        ]
        return seen

    def _move_print(self, sheet: Worksheet) -> None:
        if sheet.print_area:
            areas = [
                CellRange(part.rpartition("!")[2].replace("$", "")) for part in sheet.print_area.split(",")
            ]
            sheet.print_area = ",".join(self.moved(area).coord for area in areas)
        for page_break in sheet.row_breaks.brk:
            page_break.id = self.row(page_break.id)
