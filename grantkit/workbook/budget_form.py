"""The form of opening budgets and profiles: the work streams of ``grant.toml``, to be filled in and read back.

Names, budgets and profiles are open, and all cells of the blank rows below them, for streams that are new. The check
column says in words what grantkit would refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from grantkit.workbook.cells import Formula, Value, inert, put, put_text, share_style
from grantkit.workbook.filled import cell_number, cell_text, read_cells
from grantkit.workbook.saving import save
from grantkit.workbook.sheets import (
    GREY,
    MONEY,
    PER_CENT,
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
    from datetime import datetime
    from decimal import Decimal
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from grantkit.workbook.filled import SheetCells

SHEET, KIND = "Budgets", "form of budgets"
HEADER_ROW = 7
AWARD_ROW, SUM_ROW, LEFT_ROW = 3, 4, 5
FROZEN_COLUMNS = 2
NEW_ROWS = 10
FRESH_FORM = "write the form anew: grantkit budget form --out FILE.xlsx"
OK = "ok"

CODE, NAME = Column("code", 13), Column("name", 36)
RESOURCE, CAPITAL = Column("resource", 15, MONEY), Column("capital", 15, MONEY)
BUDGET, ADDS_UP, CHECK = (
    Column("budget", 15, MONEY),
    Column("profile, sum", 10, PER_CENT),
    Column("check", 46),
)
TO_ATTEND_TO = PatternFill("solid", bgColor="FFF8CBAD")


@dataclass(frozen=True)
class StreamBudget:
    """A work stream's opening budgets in pounds, and its profile in per cent, one entry for each quarter."""

    code: str
    name: str
    resource: Decimal
    capital: Decimal
    profile: tuple[Decimal, ...]


@dataclass(frozen=True)
class FilledBudget:
    """A row of a form that came back: its texts as they are typed, its figures as numbers where they are such.

    ``row`` is the number that a spreadsheet shows. What is blank is an empty text.
    """

    row: int
    code: str
    name: str
    resource: Decimal | str
    capital: Decimal | str
    profile: tuple[Decimal | str, ...]


@dataclass(frozen=True)
class FilledForm:
    """A form as a person gives it back."""

    cells: SheetCells
    rows: tuple[FilledBudget, ...]


def title_of(reference: str) -> str:
    """The title of an award's form of budgets."""
    return inert(f"{reference}: opening budgets and profiles")


def columns_of(quarters: int) -> tuple[Column, ...]:
    """The form's columns for an award of so many quarters."""
    profile = (Column(f"Q{number} %", 8, PER_CENT) for number in range(1, quarters + 1))
    return (CODE, NAME, RESOURCE, CAPITAL, BUDGET, *profile, ADDS_UP, CHECK)


# --- writing ----------------------------------------------------------------------------------------------------


def write_budget_form(
    streams: Sequence[StreamBudget],
    target: Path,
    *,
    reference: str,
    award: Decimal,
    quarters: int,
    moment: datetime,
) -> str:
    """Write the streams as they are, and rows for new ones; ``award`` is pounds. Gives the file's SHA-256.

    The same streams and ``moment`` give the same bytes. Raises UnreadableError where the file cannot be written.
    """
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = SHEET
    columns = columns_of(quarters)
    last_row = HEADER_ROW + len(streams) + NEW_ROWS
    guide = (
        f"Written on {moment_in_words(moment)}. Fill in the yellow cells: pounds before virements, and the per cent"
        f" of the budget that each quarter is expected to spend; a new work stream goes into a blank row. Then:"
        " grantkit budget read FILE.xlsx"
    )
    write_title(sheet, title_of(reference), guide)
    write_header(sheet, HEADER_ROW, columns)
    _write_sums(sheet, award, last_row)
    _write_streams(sheet, streams, columns, last_row)
    _mark_faults(sheet, columns, last_row)
    _validate(sheet, columns, len(streams), last_row)
    protect(sheet, header_row=HEADER_ROW, frozen_columns=FROZEN_COLUMNS)
    print_wide(sheet, pages=1, header_row=HEADER_ROW)
    workbook.properties.title, workbook.properties.creator = title_of(reference), "grantkit"
    return save(workbook, target, moment)


def _write_sums(sheet: Worksheet, award: Decimal, last_row: int) -> None:
    """The award, what the budgets come to, and what is left of it."""
    first = HEADER_ROW + 1
    sums = {
        AWARD_ROW: ("award", (None, None, award)),
        SUM_ROW: (
            "all budgets",
            tuple(Formula(f"SUM({letter}{first}:{letter}{last_row})") for letter in "CDE"),
        ),
        LEFT_ROW: ("not budgeted", (None, None, Formula(f"E{AWARD_ROW}-E{SUM_ROW}"))),
    }
    for row, (label, values) in sums.items():
        named = cell_at(sheet, row, 1)
        named.font, named.alignment = Font(name="Arial", size=9, color=GREY), NAME.aligned("top", wraps=False)
        put_text(named, label)
        for place, value in enumerate(values, 3):
            cell = cell_at(sheet, row, place)
            cell.font, cell.number_format = Font(name="Arial", size=9), MONEY
            cell.alignment = RESOURCE.aligned("top", wraps=False)
            put(cell, value)
    check = cell_at(sheet, LEFT_ROW, 6)
    check.font, check.alignment = Font(name="Arial", size=9), NAME.aligned("top", wraps=False)
    over = f'"the budgets are "&TEXT(-E{LEFT_ROW},"#,##0.00")&" more than the award"'
    put(check, Formula(f'IF(ROUND(E{LEFT_ROW},2)<0,{over},"{OK}")'))


def _write_streams(
    sheet: Worksheet, streams: Sequence[StreamBudget], columns: Sequence[Column], last_row: int
) -> None:
    open_columns = [column for column in columns if column not in {BUDGET, ADDS_UP, CHECK}]
    styles: dict[tuple[int, bool], Any] = {}
    for row in range(HEADER_ROW + 1, last_row + 1):
        index = row - HEADER_ROW - 1
        known = streams[index] if index < len(streams) else None
        for place, (column, value) in enumerate(zip(columns, _values(known, columns, row), strict=True), 1):
            cell = cell_at(sheet, row, place)
            is_open = column in open_columns and not (known and column is CODE)
            if (place, is_open) in styles:
                share_style(cell, styles[place, is_open])
            else:
                grey = column in {BUDGET, ADDS_UP, CHECK}
                styles[place, is_open] = body_style(cell, column, is_open=is_open, grey=grey)
            if column is CHECK:
                cell.number_format = "General"
            put(cell, value)


def _values(stream: StreamBudget | None, columns: Sequence[Column], row: int) -> tuple[Value, ...]:
    quarters = len(columns) - 7
    first, last = get_column_letter(6), get_column_letter(5 + quarters)
    profile, adds_up = f"{first}{row}:{last}{row}", f"{get_column_letter(6 + quarters)}{row}"
    filled = f"COUNTA(A{row}:D{row},{profile})"
    checks = (
        f'IF(OR(A{row}="",B{row}=""),"code or name is missing",'
        f'IF(COUNT(C{row}:D{row})<2,"resource or capital is missing: 0 where there is none",'
        f'IF(COUNT({profile})<{quarters},"a quarter is missing: 0 where nothing is spent",'
        f'IF({adds_up}<>100,"the profile adds up to "&{adds_up}&", not to 100","{OK}"))))'
    )
    ends: tuple[Value, ...] = (
        Formula(f'IF(COUNT({profile})=0,"",ROUND(SUM({profile}),4))'),
        Formula(f'IF({filled}=0,"",{checks})'),
    )
    budget = Formula(f'IF(COUNT(C{row}:D{row})=0,"",SUM(C{row}:D{row}))')
    if stream is None:
        return (None, None, None, None, budget, *[None] * quarters, *ends)
    return (stream.code, stream.name, stream.resource, stream.capital, budget, *stream.profile, *ends)


def _mark_faults(sheet: Worksheet, columns: Sequence[Column], last_row: int) -> None:
    """A check that says anything but ok stands out. On texts: LibreOffice 7.4 fails to print one over a truth value."""
    letter, first = get_column_letter(len(columns)), HEADER_ROW + 1
    for cells, seen in ((f"{letter}{first}:{letter}{last_row}", f"${letter}{first}"), ("F5", "$F$5")):
        faulty = f'AND({seen}<>"",{seen}<>"{OK}")'
        rule = FormulaRule(formula=[faulty], fill=TO_ATTEND_TO)  # type: ignore[no-untyped-call]
        sheet.conditional_formatting.add(cells, rule)


def _validate(sheet: Worksheet, columns: Sequence[Column], known: int, last_row: int) -> None:
    first, last_quarter = HEADER_ROW + 1, get_column_letter(len(columns) - 2)
    pounds = _validation("decimal", "An amount in pounds", "Digits with at most two decimals, 0.00 or more.")
    pounds.operator, pounds.formula1 = "greaterThanOrEqual", "0"
    pounds.add(f"C{first}:D{last_row}")
    share = _validation("decimal", "Per cent of the budget", "From 0 to 100; the quarters add up to 100.")
    share.operator, share.formula1, share.formula2 = "between", "0", "100"
    share.add(f"F{first}:{last_quarter}{last_row}")
    code = _validation(
        "textLength", "Code of a new work stream", "Capitals, digits, - and _, a letter first."
    )
    code.operator, code.formula1, code.formula2 = "between", "1", "40"
    code.add(f"A{first + known}:A{last_row}")
    for each in (pounds, share, code):
        sheet.add_data_validation(each)


def _validation(kind: Any, title: str, text: str) -> DataValidation:
    found = DataValidation(kind, allow_blank=True)
    found.showErrorMessage = found.showInputMessage = True
    found.errorTitle = found.promptTitle = title
    found.error = found.prompt = text
    return found


# --- reading ----------------------------------------------------------------------------------------------------


def read_budget_form(path: Path, *, quarters: int) -> FilledForm:
    """Read a filled-in form: its rows with a code, a name or a figure.

    Raises UnreadableError where the file is no workbook that can be read, RequestError where it is no form of budgets
    of an award of so many quarters, or its header was changed.
    """
    columns = columns_of(quarters)
    cells = read_cells(path, SHEET, kind=KIND, header_row=HEADER_ROW, columns=columns, fresh=FRESH_FORM)
    rows = []
    for number, row in enumerate(cells.rows[HEADER_ROW:], HEADER_ROW + 1):
        code, name, resource, capital = row[:4]
        profile = row[5 : 5 + quarters]
        if any(cell_text(cell) for cell in (*row[:4], *profile)):
            rows.append(
                FilledBudget(
                    *(number, cell_text(code), cell_text(name), _figure(resource), _figure(capital)),
                    tuple(_figure(cell) for cell in profile),
                )
            )
    return FilledForm(cells, tuple(rows))


def _figure(cell: Any) -> Decimal | str:
    """A number, or what else is typed there; a cell in a format of per cent holds hundredths of what it shows."""
    found = cell_number(cell)
    if found is None:
        return cell_text(cell)
    return found * 100 if "%" in cell.number_format else found
