"""The register of assets as a sheet, to be filled in: where each asset is, how long it serves, what became of it.

Facts from the ledger are locked. The open cells are texts, whole years and days, so that nothing that is typed there
becomes a formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from grantkit.workbook.cells import Value, inert, put, share_style
from grantkit.workbook.filled import cell_day, cell_text, read_cells
from grantkit.workbook.heights import text_box
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
from grantkit.workbook.wording import moment_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from grantkit.workbook.filled import SheetCells

SHEET, KIND = "Assets", "register of assets"
HEADER_ROW = 3
FROZEN_COLUMNS = 3
FRESH_SHEET = "write the register anew: grantkit assets --out FILE.xlsx"
LONGEST_LIFE = 100  # years

FACTS = (
    Column("line id", 8, COUNT),
    Column("document", 16),
    Column("line", 6),
    Column("supplier", 30),
    Column("date", 11, DAY),
    Column("cost", 14, MONEY),
    Column("claimed", 14, MONEY),
    Column("work streams", 22),
    Column("order", 12),
    Column("credit notes", 26),
)
ANSWERS = (
    Column("item", 34),
    Column("location", 26),
    Column("useful life", 9, COUNT),
    Column("disposed on", 11, DAY),
    Column("disposal", 24),
)
COLUMNS = (*FACTS, *ANSWERS)
PLACES = {column.header: place for place, column in enumerate(COLUMNS, 1)}
WRAPPED = {"supplier", "work streams", "credit notes", "item", "location", "disposal"}


@dataclass(frozen=True)
class AssetRow:
    """An asset as its row shows it: ``cost`` and ``claimed`` are pounds, ``useful_life`` years."""

    line_id: int
    document: str | None
    line: str | None
    supplier: str | None
    dated: date
    cost: Decimal
    claimed: Decimal
    work_streams: str
    order: str | None
    credits: str
    item: str | None
    location: str | None
    useful_life: int | None
    disposed_on: date | None
    disposal: str | None


@dataclass(frozen=True)
class FilledAsset:
    """A row of a register that came back: what it says the line is, and the answers without blanks around them.

    ``row`` is the number that a spreadsheet shows; ``line_id`` is None where there is no such number.
    ``disposed_on`` is a day, or the text that is none; ``useful_life`` is as it is typed.
    """

    row: int
    line_id: int | None
    document: str
    line: str
    item: str
    location: str
    useful_life: str
    disposed_on: date | str
    disposal: str

    @property
    def blank(self) -> bool:
        """Whether nothing is filled in."""
        return not (self.item or self.location or self.useful_life or self.disposed_on or self.disposal)


@dataclass(frozen=True)
class FilledRegister:
    """A register as a person gives it back."""

    cells: SheetCells
    rows: tuple[FilledAsset, ...]


def title_of(reference: str) -> str:
    """The title of an award's register of assets."""
    return inert(f"{reference}: assets bought with the grant")


# --- writing ----------------------------------------------------------------------------------------------------


def write_asset_sheet(
    assets: Sequence[AssetRow], target: Path, *, reference: str, subject: str, moment: datetime
) -> str:
    """Write the register; ``subject`` says from which cost on and up to which day. Gives the file's SHA-256.

    The same assets and ``moment`` give the same bytes. Raises UnreadableError where the file cannot be written, or an
    amount is too large for a spreadsheet's number.
    """
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = SHEET
    guide = (
        f"{subject}. Written on {moment_in_words(moment)}. Fill in the yellow cells; useful life is years."
        " Then: grantkit assets apply FILE.xlsx"
    )
    write_title(sheet, title_of(reference), guide)
    write_header(sheet, HEADER_ROW, COLUMNS)
    last_row = HEADER_ROW + len(assets)
    _write_assets(sheet, assets)
    if assets:
        _write_total(sheet, assets, last_row + 1)
        _validate(sheet, last_row)
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(len(COLUMNS))}{last_row}"
    protect(sheet, header_row=HEADER_ROW, frozen_columns=FROZEN_COLUMNS)
    print_wide(sheet, pages=2, header_row=HEADER_ROW, frozen_columns=FROZEN_COLUMNS)
    workbook.properties.title, workbook.properties.creator = title_of(reference), "grantkit"
    return save(workbook, target, moment)


def _write_assets(sheet: Worksheet, assets: Sequence[AssetRow]) -> None:
    styles: list[Any] = []
    for row, asset in enumerate(assets, HEADER_ROW + 1):
        height = 0.0
        for place, (column, value) in enumerate(zip(COLUMNS, _values(asset), strict=True), 1):
            cell = cell_at(sheet, row, place)
            if row == HEADER_ROW + 1:
                wraps = column.header in WRAPPED
                styles.append(body_style(cell, column, is_open=column in ANSWERS, wraps=wraps))
            share_style(cell, styles[place - 1])
            put(cell, value)
            box = text_box(cell)
            if box and isinstance(value, str):
                height = max(height, box.height(value))
        sheet.row_dimensions[row].height = height or None


def _values(asset: AssetRow) -> tuple[Value, ...]:
    return (
        *(asset.line_id, asset.document, asset.line, asset.supplier, asset.dated, asset.cost, asset.claimed),
        *(asset.work_streams, asset.order, asset.credits),
        *(asset.item, asset.location, asset.useful_life, asset.disposed_on, asset.disposal),
    )


def _write_total(sheet: Worksheet, assets: Sequence[AssetRow], row: int) -> None:
    bold = Font(name="Arial", size=9, bold=True)
    label = cell_at(sheet, row, PLACES["date"])
    label.font, label.alignment = bold, COLUMNS[PLACES["date"] - 1].aligned("top", wraps=False)
    put(label, "Total")
    for name in ("cost", "claimed"):
        cell, column = cell_at(sheet, row, PLACES[name]), COLUMNS[PLACES[name] - 1]
        cell.font, cell.number_format, cell.alignment = bold, MONEY, column.aligned("top", wraps=False)
        put(cell, sum((getattr(asset, name) for asset in assets[1:]), getattr(assets[0], name)))


def _validate(sheet: Worksheet, last_row: int) -> None:
    years = DataValidation(
        "whole", operator="between", formula1="1", formula2=str(LONGEST_LIFE), allow_blank=True
    )
    years.promptTitle = years.errorTitle = "Useful life"
    years.prompt = years.error = f"Whole years, from 1 to {LONGEST_LIFE}."
    day = DataValidation("date", operator="greaterThanOrEqual", formula1="DATE(1950,1,1)", allow_blank=True)
    day.promptTitle = day.errorTitle = "Disposed on"
    day.prompt = day.error = "The day on which it was sold, scrapped, lost or given away."
    for rule, column in ((years, "useful life"), (day, "disposed on")):
        rule.showErrorMessage = rule.showInputMessage = True
        letter = get_column_letter(PLACES[column])
        rule.add(f"{letter}{HEADER_ROW + 1}:{letter}{last_row}")
        sheet.add_data_validation(rule)


# --- reading ----------------------------------------------------------------------------------------------------


def read_asset_sheet(path: Path) -> FilledRegister:
    """Read a filled-in register: its rows with a line id, and all others in which an answer stands.

    Raises UnreadableError where the file is no workbook that can be read, RequestError where it is no register of
    assets or its header was changed.
    """
    cells = read_cells(path, SHEET, kind=KIND, header_row=HEADER_ROW, columns=COLUMNS, fresh=FRESH_SHEET)
    rows = (_filled(number, row) for number, row in enumerate(cells.rows[HEADER_ROW:], HEADER_ROW + 1))
    return FilledRegister(cells, tuple(row for row in rows if row.line_id is not None or not row.blank))


def _filled(number: int, row: tuple[Any, ...]) -> FilledAsset:
    def at(header: str) -> Any:
        return row[PLACES[header] - 1]

    line_id, disposed_on = cell_text(at("line id")), at("disposed on")
    return FilledAsset(
        row=number,
        line_id=int(line_id) if line_id.isascii() and line_id.isdigit() and len(line_id) < 19 else None,
        document=cell_text(at("document")),
        line=cell_text(at("line")),
        item=cell_text(at("item")),
        location=cell_text(at("location")),
        useful_life=cell_text(at("useful life")),
        disposed_on=cell_day(disposed_on) or cell_text(disposed_on),
        disposal=cell_text(at("disposal")),
    )
