"""Plain sheets of rows, as a query gives them: a header, then numbers as numbers and text as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from grantkit.workbook.cells import Value, put
from grantkit.workbook.saving import save

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

WIDEST = 60
LONGEST_TITLE = 31  # of a sheet


@dataclass(frozen=True)
class Sheet:
    """A sheet of rows under a header; ``heading`` are lines of text above it."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    heading: Sequence[str] = ()


def write_listing(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], target: Path, *, moment: datetime
) -> str:
    """Write rows under a header with a filter; gives the file's SHA-256.

    Raises UnreadableError where it cannot be written, or an amount is too large for a spreadsheet's number.
    """
    return write_sheets([Sheet("Rows", columns, rows)], target, moment=moment)


def write_sheets(sheets: Iterable[Sheet], target: Path, *, moment: datetime) -> str:
    """Write several sheets of rows into one file; gives its SHA-256. Raises as ``write_listing``."""
    workbook = Workbook()
    assert workbook.active is not None
    workbook.remove(workbook.active)
    for sheet in sheets:
        _write(workbook.create_sheet(sheet.title[:LONGEST_TITLE]), sheet)
    return save(workbook, target, moment)


def _write(sheet: Worksheet, listed: Sheet) -> None:
    for number, text in enumerate(listed.heading, 1):
        put(cast("Cell", sheet.cell(number, 1)), text)
        sheet.cell(number, 1).font = Font(bold=number == 1, size=12 if number == 1 else 10)
    header = len(listed.heading) + 1 + bool(listed.heading)
    widths = [len(column) for column in listed.columns]
    for number, row in enumerate([listed.columns, *listed.rows], header):
        for place, value in enumerate(row, 1):
            cell = cast("Cell", sheet.cell(number, place))
            put(cell, _shown(value))
            widths[place - 1] = max(widths[place - 1], len(str(value or "")))
            if number == header:
                cell.font = Font(bold=True)
            elif isinstance(value, Decimal):
                cell.number_format = "#,##0.00;[Red]-#,##0.00"
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = min(width, WIDEST) + 2
    sheet.freeze_panes = f"A{header + 1}"
    sheet.auto_filter.ref = (
        f"A{header}:{get_column_letter(len(listed.columns) or 1)}{max(sheet.max_row, header)}"
    )
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = (
        "landscape",
        1,
        0,
    )
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _shown(value: object) -> Value:
    return value if isinstance(value, str | int | Decimal | date | None) else str(value)
