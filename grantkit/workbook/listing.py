"""A plain sheet of rows, as a query gives them: a header, then numbers as numbers and text as text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from grantkit.workbook.cells import Value, put
from grantkit.workbook.saving import save

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from openpyxl.cell.cell import Cell

WIDEST = 60


def write_listing(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], target: Path, *, moment: datetime
) -> str:
    """Write rows under a header with a filter; gives the file's SHA-256.

    Raises UnreadableError where it cannot be written, or an amount is too large for a spreadsheet's number.
    """
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Rows"
    widths = [len(column) for column in columns]
    for number, row in enumerate([columns, *rows], 1):
        for place, value in enumerate(row, 1):
            cell = cast("Cell", sheet.cell(number, place))
            put(cell, _shown(value))
            widths[place - 1] = max(widths[place - 1], len(str(value or "")))
            if number == 1:
                cell.font = Font(bold=True)
            elif isinstance(value, Decimal):
                cell.number_format = "#,##0.00;[Red]-#,##0.00"
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = min(width, WIDEST) + 2
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    return save(workbook, target, moment)


def _shown(value: object) -> Value:
    return value if isinstance(value, str | int | Decimal | date | None) else str(value)
