"""The working paper of a sample: how it was drawn, its lines, and room for what the auditor finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook

from grantkit.workbook.cells import Value, put, share_style
from grantkit.workbook.filled import cell_number, cell_text, read_cells
from grantkit.workbook.saving import save
from grantkit.workbook.sheets import (
    COUNT,
    DAY,
    MONEY,
    Column,
    body_style,
    cell_at,
    print_wide,
    protect,
    write_header,
    write_title,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

SHEET, KIND = "Sample", "working paper of a sample"
HEADER_ROW = 3
FRESH = "draw it anew: grantkit sample --out FILE.xlsx"
FACTS = (
    Column("line id", 8, COUNT),
    Column("supplier", 28),
    Column("document", 16),
    Column("line", 6),
    Column("date", 11, DAY),
    Column("amount", 14, MONEY),
    Column("running total", 15, MONEY),
    Column("hits", 6, COUNT),
    Column("file", 24),
    Column("row", 7, COUNT),
)
ANSWERS = (Column("audited amount", 15, MONEY), Column("auditor's finding", 50))
COLUMNS = (*FACTS, *ANSWERS)
AUDITED = len(FACTS)


@dataclass(frozen=True)
class FilledLine:
    """A row that came back: the line's number (None where there is none) and the amount that it should have been.

    ``audited`` is pounds, None where the cell is blank, and the text where it is no number.
    """

    row: int
    line_id: int | None
    audited: Decimal | str | None


def write_sample_paper(
    lines: Sequence[Sequence[Value]],
    facts: Mapping[str, Value],
    apart: Sequence[tuple[int, Decimal]],
    target: Path,
    *,
    title: str,
    moment: datetime,
) -> str:
    """Write the paper; each of ``lines`` has the values of ``FACTS``, ``apart`` the credits by line, in pounds.

    Gives the file's SHA-256. Raises UnreadableError where it cannot be written.
    """
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = SHEET
    write_title(
        sheet,
        title,
        "Fill in the yellow cells: what each amount should have been. Then: grantkit sample evaluate FILE.xlsx",
    )
    write_header(sheet, HEADER_ROW, COLUMNS)
    styles = [
        body_style(cell_at(sheet, HEADER_ROW + 1, place), column, is_open=column in ANSWERS)
        for place, column in enumerate(COLUMNS, 1)
    ]
    for row, values in enumerate(lines, HEADER_ROW + 1):
        for place, (value, style) in enumerate(zip((*values, None, None), styles, strict=True), 1):
            cell = cell_at(sheet, row, place)
            share_style(cell, style)
            put(cell, value)
    protect(sheet, header_row=HEADER_ROW, frozen_columns=1)
    print_wide(sheet, pages=1, header_row=HEADER_ROW)
    _write_facts(workbook.create_sheet("How it was drawn"), title, facts)
    if apart:
        _write_credits(workbook.create_sheet("Credits"), title, apart)
    return save(workbook, target, moment)


def _write_facts(sheet: Worksheet, title: str, facts: Mapping[str, Value]) -> None:
    columns = (Column("what", 34), Column("value", 30))
    write_title(sheet, title, "The same seed over the same ledger draws the same lines.")
    write_header(sheet, HEADER_ROW, columns)
    for row, (name, value) in enumerate(facts.items(), HEADER_ROW + 1):
        put(cell_at(sheet, row, 1), name)
        cell = cell_at(sheet, row, 2)
        put(cell, value)
    protect(sheet, header_row=HEADER_ROW, frozen_columns=1)
    print_wide(sheet, pages=1)


def _write_credits(sheet: Worksheet, title: str, apart: Sequence[tuple[int, Decimal]]) -> None:
    columns = (Column("line id", 10, COUNT), Column("amount", 16, MONEY))
    write_title(sheet, title, "Credits are not drawn from: look at them by themselves.")
    write_header(sheet, HEADER_ROW, columns)
    for row, (line_id, amount) in enumerate(apart, HEADER_ROW + 1):
        put(cell_at(sheet, row, 1), line_id)
        cell = cell_at(sheet, row, 2)
        cell.number_format = MONEY
        put(cell, amount)
    protect(sheet, header_row=HEADER_ROW, frozen_columns=1)
    print_wide(sheet, pages=1, header_row=HEADER_ROW)


def read_sample_paper(path: Path) -> tuple[str, list[FilledLine]]:
    """The title of a paper that came back, and its rows. Raises UnreadableError, or RequestError where it is none."""
    cells = read_cells(path, SHEET, kind=KIND, header_row=HEADER_ROW, columns=COLUMNS, fresh=FRESH)
    found = []
    for number, row in enumerate(cells.rows[HEADER_ROW:], HEADER_ROW + 1):
        if any(cell_text(cell) for cell in row):
            found.append(_filled(number, row))
    return cells.title, found


def _filled(number: int, row: tuple[Any, ...]) -> FilledLine:
    text = cell_text(row[0])
    audited = row[AUDITED]
    amount = cell_number(audited)
    return FilledLine(
        number,
        int(text) if text.isascii() and text.isdigit() else None,
        amount if amount is not None else (cell_text(audited) or None),
    )
