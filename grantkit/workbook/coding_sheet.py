"""The coding sheet: lines that no work stream takes, to be filled in by a person and read back.

Only the answers' cells are unlocked. They are formatted as text, so that a stream called MAY-24 stays what it is and
nothing that is typed there becomes a formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Border, Font, Protection
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.datavalidation import DataValidation

from grantkit.errors import Place
from grantkit.workbook.cells import Value, inert, put, put_text, share_style, style_of
from grantkit.workbook.filled import cell_number, cell_text, read_cells
from grantkit.workbook.saving import save
from grantkit.workbook.sheets import (
    COUNT,
    DAY,
    GREY,
    MONEY,
    SUGGESTED,
    THIN,
    TO_FILL_IN,
    Column,
    cell_at,
    print_wide,
    protect,
    write_header,
    write_title,
)
from grantkit.workbook.template import absolute
from grantkit.workbook.wording import moment_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

SHEET, STREAMS = "Coding", "Work streams"
STREAM_NAMES = "work_streams"
HEADER_ROW = 3
FROZEN_COLUMNS = 3
FRESH_SHEET = "write the sheet anew: grantkit coding --out FILE.xlsx"

FACTS = (
    Column("line id", 8, COUNT),
    Column("ledger", 9),
    Column("document", 16),
    Column("line", 6),
    Column("order", 13),
    Column("supplier", 24),
    Column("date", 11, DAY),
    Column("net", 14, MONEY),
    Column("cost centre", 12),
    Column("account", 10),
    Column("project", 11),
    Column("category", 11),
    Column("description", 32),
    Column("source", 20),
    Column("source row", 8, COUNT),
)
ANSWERS = (Column("work stream", 22), Column("reason", 34))
SUGGESTIONS = (Column("suggestion (not applied)", 22), Column("suggested by", 46))
COLUMNS = (*FACTS, *ANSWERS, *SUGGESTIONS)
PLACES = {column.header: place for place, column in enumerate(COLUMNS, 1)}


@dataclass(frozen=True)
class UncodedLine:
    """A line of either ledger that no stream takes. ``net`` is pounds; ``dated`` the accounting or the order date.

    ``order`` is the one that an invoice line names. ``suggestion`` is what may be written as its work stream,
    ``suggested_by`` why; both are blank where nothing is known.
    """

    line_id: int
    ledger: str
    document: str | None
    line: str | None
    order: str | None
    supplier: str | None
    dated: date
    net: Decimal
    cost_centre: str | None
    account: str | None
    project: str | None
    category: str | None
    description: str | None
    source: str
    source_row: int
    suggestion: str = ""
    suggested_by: str = ""


@dataclass(frozen=True)
class FilledRow:
    """A row of a filled-in sheet: what it says the line is, and the answers, without blanks around them.

    ``row`` is the number that a spreadsheet shows; ``line_id`` and ``net`` (pounds) are None where the cell holds no
    such number.
    """

    row: int
    line_id: int | None
    ledger: str
    document: str
    line: str
    net: Decimal | None
    work_stream: str
    reason: str


@dataclass(frozen=True)
class FilledSheet:
    """A coding sheet as a person gives it back; ``title`` says for which award it was written."""

    path: Path
    sha256: str
    title: str
    rows: tuple[FilledRow, ...]

    def place(self, row: int | None = None, column: str | None = None) -> Place:
        """Where in the sheet something stands."""
        return Place(str(self.path), sheet=SHEET, row=row, column=column)


def title_of(reference: str) -> str:
    """The title of an award's coding sheet."""
    return inert(f"{reference}: lines without a work stream")


# --- writing ----------------------------------------------------------------------------------------------------


def write_coding_sheet(
    lines: Sequence[UncodedLine],
    streams: Sequence[tuple[str, str]],
    target: Path,
    *,
    reference: str,
    moment: datetime,
) -> str:
    """Write the lines, to be given one of ``streams`` (code, name) each; gives the file's SHA-256.

    The same lines, streams and ``moment`` give the same bytes. Raises UnreadableError where the file cannot be
    written, or an amount is too large for a spreadsheet's number.
    """
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = SHEET
    _write_streams(workbook, streams)
    write_title(sheet, title_of(reference), _guide(streams, moment))
    write_header(sheet, HEADER_ROW, COLUMNS)
    _write_lines(sheet, lines)
    _set_up(sheet, last_row=HEADER_ROW + len(lines))
    if lines:
        _add_drop_down(sheet, HEADER_ROW + len(lines), streams)
    workbook.properties.title, workbook.properties.creator = title_of(reference), "grantkit"
    return save(workbook, target, moment)


def _guide(streams: Sequence[tuple[str, str]], moment: datetime) -> str:
    return (
        f"Written on {moment_in_words(moment)}. In the yellow columns choose a work stream, or type a split such as"
        f" {_example(streams)}, and say why; a row left blank stays as it is. Then: grantkit coding apply FILE.xlsx"
    )


def _example(streams: Sequence[tuple[str, str]]) -> str:
    codes = [code for code, _ in streams[:2]]
    return f"{codes[0]}=60,{codes[1]}=40" if len(codes) == 2 else "EXISTING=60,MOBILE=40"


def _write_streams(workbook: Workbook, streams: Sequence[tuple[str, str]]) -> None:
    """The sheet of streams, and the name of its codes that the drop-down lists."""
    sheet = workbook.create_sheet(STREAMS)
    write_header(sheet, 1, (Column("work stream", 22), Column("name", 60)))
    for row, stream in enumerate(streams, 2):
        for place, text in enumerate(stream, 1):
            cell = cell_at(sheet, row, place)
            cell.font = Font(name="Arial", size=9)
            put_text(cell, text)
    codes = CellRange(min_col=1, max_col=1, min_row=2, max_row=max(len(streams), 1) + 1)
    workbook.defined_names[STREAM_NAMES] = DefinedName(STREAM_NAMES, attr_text=absolute(sheet, codes))
    sheet.freeze_panes = "A2"
    sheet.protection.enable()
    print_wide(sheet, pages=1)


def _write_lines(sheet: Worksheet, lines: Sequence[UncodedLine]) -> None:
    styles = [_style(sheet, place, column) for place, column in enumerate(COLUMNS, 1)] if lines else []
    for row, line in enumerate(lines, HEADER_ROW + 1):
        for place, (value, style) in enumerate(zip(_values(line), styles, strict=True), 1):
            cell = cell_at(sheet, row, place)
            share_style(cell, style)
            put(cell, value)


def _style(sheet: Worksheet, place: int, column: Column) -> Any:
    """The style that all cells of a column share, made on the first of them."""
    cell = cell_at(sheet, HEADER_ROW + 1, place)
    suggested = column in SUGGESTIONS
    cell.font = Font(name="Arial", size=9, italic=suggested, color=GREY if suggested else None)
    cell.number_format = column.shape
    cell.border = Border(bottom=THIN)
    cell.alignment = column.aligned("top")
    if column in ANSWERS:
        cell.fill, cell.protection = TO_FILL_IN, Protection(locked=False)
    elif suggested:
        cell.fill = SUGGESTED
    return style_of(cell)


def _values(line: UncodedLine) -> tuple[Value, ...]:
    return (
        *(
            line.line_id,
            line.ledger,
            line.document,
            line.line,
            line.order,
            line.supplier,
            line.dated,
            line.net,
        ),
        *(line.cost_centre, line.account, line.project, line.category, line.description),
        *(line.source, line.source_row),
        *(None, None),
        *(line.suggestion, line.suggested_by),
    )


def _set_up(sheet: Worksheet, *, last_row: int) -> None:
    """Header and first columns stay in sight, a filter, locked cells, and what is printed."""
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(len(COLUMNS))}{last_row}"
    protect(sheet, header_row=HEADER_ROW, frozen_columns=FROZEN_COLUMNS)
    print_wide(sheet, pages=2, header_row=HEADER_ROW, frozen_columns=FROZEN_COLUMNS)


def _add_drop_down(sheet: Worksheet, last_row: int, streams: Sequence[tuple[str, str]]) -> None:
    letter = get_column_letter(PLACES["work stream"])
    listed = DataValidation("list", formula1=f"={STREAM_NAMES}", allow_blank=True)
    listed.errorStyle = "information"  # a split stands on no list and may be typed
    listed.showErrorMessage = listed.showInputMessage = True
    listed.errorTitle, listed.error = (
        "Not on the list",
        f"Keep it if it is a split, such as {_example(streams)}.",
    )
    listed.promptTitle, listed.prompt = "Work stream", f"Choose one, or type a split: {_example(streams)}"
    listed.add(f"{letter}{HEADER_ROW + 1}:{letter}{last_row}")
    sheet.add_data_validation(listed)


# --- reading ----------------------------------------------------------------------------------------------------


def read_coding_sheet(path: Path) -> FilledSheet:
    """Read a filled-in sheet, its rows with an answer or a reason and all others that hold anything.

    Raises UnreadableError where the file is no workbook that can be read, and RequestError where it is no coding
    sheet or its header was changed.
    """
    cells = read_cells(
        path, SHEET, kind="coding sheet", header_row=HEADER_ROW, columns=COLUMNS, fresh=FRESH_SHEET
    )
    rows = tuple(
        _filled(number, row)
        for number, row in enumerate(cells.rows[HEADER_ROW:], HEADER_ROW + 1)
        if any(cell_text(cell) for cell in row)
    )
    return FilledSheet(path, cells.sha256, cells.title, rows)


def _filled(number: int, row: tuple[Any, ...]) -> FilledRow:
    def at(header: str) -> Any:
        return row[PLACES[header] - 1]

    return FilledRow(
        row=number,
        line_id=_whole_number(at("line id")),
        ledger=cell_text(at("ledger")),
        document=cell_text(at("document")),
        line=cell_text(at("line")),
        net=cell_number(at("net")),
        work_stream=cell_text(at("work stream")),
        reason=cell_text(at("reason")),
    )


def _whole_number(cell: Any) -> int | None:
    text = cell_text(cell)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
