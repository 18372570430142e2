"""The look of sheets that a person fills in: their columns, headings, locked and open cells, print set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from grantkit.workbook.cells import put_text, style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

TEXT, MONEY, DAY, COUNT = "@", "#,##0.00;[Red]-#,##0.00", "dd/mm/yyyy", "0"
PER_CENT = "General"  # as many decimals as it has
DARK, GREY = "FF1F3864", "FF595959"
HEADING = PatternFill("solid", fgColor="FFDCE3EC")
TO_FILL_IN = PatternFill("solid", fgColor="FFFFF2CC")
SUGGESTED = PatternFill("solid", fgColor="FFF2F2F2")
THIN = Side(style="thin", color="FFBFBFBF")


class Column(NamedTuple):
    """A column of the sheet: its header, its width in digits, the format of its cells."""

    header: str
    width: float
    shape: str = TEXT

    def aligned(self, vertical: str, *, wraps: bool | None = None) -> Alignment:
        """Money and shares stand to the right, a little off the next column, and all else to the left."""
        to_the_right = self.shape in {MONEY, PER_CENT}
        return Alignment(
            horizontal="right" if to_the_right else "left",
            indent=1 if to_the_right else 0,
            vertical=vertical,
            wrap_text=vertical == "center" if wraps is None else wraps,
        )


def cell_at(sheet: Worksheet, row: int, place: int) -> Cell:
    """The cell of a row and column, both counted from 1."""
    return cast("Cell", sheet.cell(row, place))


def write_title(sheet: Worksheet, title: str, guide: str) -> None:
    """What the sheet is, in its first row, and what to do with it, in its second."""
    first, second = cell_at(sheet, 1, 1), cell_at(sheet, 2, 1)
    first.font = Font(name="Arial", size=14, bold=True, color=DARK)
    second.font = Font(name="Arial", size=9, color=GREY)
    put_text(first, title)
    put_text(second, guide)


def write_header(sheet: Worksheet, row: int, columns: Sequence[Column]) -> None:
    """The headers in ``row``, from the first column on, each as wide as it says."""
    for place, column in enumerate(columns, 1):
        cell = cell_at(sheet, row, place)
        cell.font = Font(name="Arial", size=9, bold=True, color=DARK)
        cell.fill, cell.border = HEADING, Border(bottom=THIN)
        cell.alignment = column.aligned("center")
        put_text(cell, column.header)
        sheet.column_dimensions[get_column_letter(place)].width = column.width


def body_style(cell: Cell, column: Column, *, is_open: bool, wraps: bool = False, grey: bool = False) -> Any:
    """Style a cell below a header; gives the style, which others of its kind share. Only open ones are unlocked."""
    cell.font = Font(name="Arial", size=9, color=GREY if grey else None)
    cell.number_format = column.shape
    cell.border = Border(bottom=THIN)
    cell.alignment = column.aligned("top", wraps=wraps)
    if is_open:
        cell.fill, cell.protection = TO_FILL_IN, Protection(locked=False)
    return style_of(cell)


def protect(sheet: Worksheet, *, header_row: int, frozen_columns: int) -> None:
    """Lock all but the open cells, without a password: it keeps from slips, not from people. The header stays seen."""
    sheet.freeze_panes = f"{get_column_letter(frozen_columns + 1)}{header_row + 1}"
    sheet.row_dimensions[1].height, sheet.row_dimensions[header_row].height = 22, 26
    sheet.sheet_view.showGridLines = False
    sheet.protection.enable()
    sheet.protection.autoFilter = sheet.protection.formatColumns = sheet.protection.formatRows = False


def print_wide(
    sheet: Worksheet, *, pages: int, header_row: int | None = None, frozen_columns: int = 0
) -> None:
    """On A4 landscape, so many pages wide; the header, and on further pages the first columns, on each of them."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if header_row is None:
        return
    sheet.print_title_rows = f"{header_row}:{header_row}"
    if frozen_columns and pages > 1:
        sheet.print_title_cols = f"A:{get_column_letter(frozen_columns)}"
    assert sheet.oddFooter is not None
    sheet.oddFooter.right.text = "Page &P of &N"
