"""The coding sheet: lines that no work stream takes, to be filled in by a person and read back.

Only the answers' cells are unlocked. They are formatted as text, so that a stream called MAY-24 stays what it is and
nothing that is typed there becomes a formula.
"""

from __future__ import annotations

import hashlib
import io
import warnings
import zlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from grantkit.errors import Place, RequestError, UnreadableError
from grantkit.workbook.cells import Value, inert, put, put_text, share_style, style_of
from grantkit.workbook.saving import save
from grantkit.workbook.template import absolute
from grantkit.workbook.wording import moment_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

SHEET, STREAMS = "Coding", "Work streams"
STREAM_NAMES = "work_streams"
HEADER_ROW = 3
FROZEN_COLUMNS = 3
FRESH_SHEET = "write the sheet anew: grantkit coding --out FILE.xlsx"

TEXT, MONEY, DAY, COUNT = "@", "#,##0.00;[Red]-#,##0.00", "dd/mm/yyyy", "0"
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

    def aligned(self, vertical: str) -> Alignment:
        """Money stands to the right, a little off the next column, and all else to the left."""
        money = self.shape == MONEY
        return Alignment(
            horizontal="right" if money else "left",
            indent=1 if money else 0,
            vertical=vertical,
            wrap_text=vertical == "center",
        )


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
    _write_heading(sheet, title_of(reference), _guide(streams, moment))
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
    for place, (header, width) in enumerate((("work stream", 22), ("name", 60)), 1):
        _heading_cell(sheet, 1, place, Column(header, width))
    for row, stream in enumerate(streams, 2):
        for place, text in enumerate(stream, 1):
            cell = _cell(sheet, row, place)
            cell.font = Font(name="Arial", size=9)
            put_text(cell, text)
    codes = CellRange(min_col=1, max_col=1, min_row=2, max_row=max(len(streams), 1) + 1)
    workbook.defined_names[STREAM_NAMES] = DefinedName(STREAM_NAMES, attr_text=absolute(sheet, codes))
    sheet.freeze_panes = "A2"
    sheet.protection.enable()
    _print_wide(sheet, pages=1)


def _write_heading(sheet: Worksheet, title: str, guide: str) -> None:
    first, second = _cell(sheet, 1, 1), _cell(sheet, 2, 1)
    first.font = Font(name="Arial", size=14, bold=True, color=DARK)
    second.font = Font(name="Arial", size=9, color=GREY)
    put_text(first, title)
    put_text(second, guide)
    for place, column in enumerate(COLUMNS, 1):
        _heading_cell(sheet, HEADER_ROW, place, column)


def _heading_cell(sheet: Worksheet, row: int, place: int, column: Column) -> None:
    cell = _cell(sheet, row, place)
    cell.font = Font(name="Arial", size=9, bold=True, color=DARK)
    cell.fill, cell.border = HEADING, Border(bottom=THIN)
    cell.alignment = column.aligned("center")
    put_text(cell, column.header)
    sheet.column_dimensions[get_column_letter(place)].width = column.width


def _write_lines(sheet: Worksheet, lines: Sequence[UncodedLine]) -> None:
    styles = [_style(sheet, place, column) for place, column in enumerate(COLUMNS, 1)] if lines else []
    for row, line in enumerate(lines, HEADER_ROW + 1):
        for place, (value, style) in enumerate(zip(_values(line), styles, strict=True), 1):
            cell = _cell(sheet, row, place)
            share_style(cell, style)
            put(cell, value)


def _style(sheet: Worksheet, place: int, column: Column) -> Any:
    """The style that all cells of a column share, made on the first of them."""
    cell = _cell(sheet, HEADER_ROW + 1, place)
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
    last = get_column_letter(len(COLUMNS))
    sheet.freeze_panes = f"{get_column_letter(FROZEN_COLUMNS + 1)}{HEADER_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{last_row}"
    sheet.row_dimensions[1].height, sheet.row_dimensions[HEADER_ROW].height = 22, 26
    sheet.sheet_view.showGridLines = False
    sheet.protection.enable()  # without a password: it keeps from slips, not from people
    sheet.protection.autoFilter = sheet.protection.formatColumns = sheet.protection.formatRows = False
    _print_wide(sheet, pages=2)
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.print_title_cols = f"A:{get_column_letter(FROZEN_COLUMNS)}"
    assert sheet.oddFooter is not None
    sheet.oddFooter.right.text = "Page &P of &N"


def _print_wide(sheet: Worksheet, *, pages: int) -> None:
    """On A4 landscape, so many pages wide."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


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


def _cell(sheet: Worksheet, row: int, place: int) -> Cell:
    return cast("Cell", sheet.cell(row, place))


# --- reading ----------------------------------------------------------------------------------------------------


def read_coding_sheet(path: Path) -> FilledSheet:
    """Read a filled-in sheet, its rows with an answer or a reason and all others that hold anything.

    Raises UnreadableError where the file is no workbook that can be read, and RequestError where it is no coding
    sheet or its header was changed.
    """
    content = _content(path)
    workbook = _open(path, content, values=False)
    if SHEET not in workbook.sheetnames:
        raise RequestError(
            f"this is no coding sheet: it has no sheet called {SHEET}",
            where=Place(str(path)),
            hint=FRESH_SHEET,
        )
    cells = _cells(workbook)
    _check_header(path, cells)
    if any(_is_formula(cell) for row in cells[HEADER_ROW:] for cell in row):
        # what the formulas came to when the workbook was saved; one that was never worked out stays as it is typed
        for written, known in zip(cells, _cells(_open(path, content, values=True)), strict=True):
            for cell, found in zip(written, known, strict=True):
                if _is_formula(cell) and found.value is not None:
                    cell.value = found.value
    rows = tuple(
        _filled(number, row)
        for number, row in enumerate(cells[HEADER_ROW:], HEADER_ROW + 1)
        if any(_text(cell) for cell in row)
    )
    title = _text(cells[0][0])
    return FilledSheet(path, hashlib.sha256(content).hexdigest(), title, rows)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise UnreadableError(
            f"cannot be read: {problem.strerror or problem}",
            where=Place(str(path)),
            hint="check its name, and close it if it is open in Excel",
        ) from problem


def _open(path: Path, content: bytes, *, values: bool) -> Workbook:
    if (
        content.startswith(bytes.fromhex("d0cf11e0a1b11ae1"))
        and "EncryptedPackage".encode("utf-16-le") in content
    ):
        raise UnreadableError(
            "the workbook is protected by a password",
            where=Place(str(path)),
            hint="save a copy without a password",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl does not keep is not read here either
            return load_workbook(io.BytesIO(content), data_only=values)
    except (
        *(BadZipFile, ParseError, zlib.error, EOFError, RuntimeError),  # RuntimeError: an encrypted zip
        *(AttributeError, IndexError, KeyError, OSError, TypeError, ValueError),
    ) as problem:
        raise UnreadableError(
            "this is no workbook that can be read (.xlsx)",
            where=Place(str(path)),
            hint="open it in Excel and save it again as XLSX",
        ) from problem


def _cells(workbook: Workbook) -> list[tuple[Any, ...]]:
    """All rows of the sheet from its first on, as wide as a coding sheet."""
    sheet = workbook[SHEET]
    last_row = max(sheet.max_row, HEADER_ROW)
    return list(sheet.iter_rows(min_row=1, max_row=last_row, min_col=1, max_col=len(COLUMNS)))


def _check_header(path: Path, cells: list[tuple[Any, ...]]) -> None:
    for place, (cell, column) in enumerate(zip(cells[HEADER_ROW - 1], COLUMNS, strict=True), 1):
        found = _text(cell)
        if found != column.header:
            raise RequestError(
                f"the header is {found or 'blank'}, and a coding sheet has {column.header} there",
                where=Place(str(path), sheet=SHEET, row=HEADER_ROW, column=get_column_letter(place)),
                hint=f"put rows and columns back as they were, or {FRESH_SHEET}",
            )


def _filled(number: int, row: tuple[Any, ...]) -> FilledRow:
    def at(header: str) -> Any:
        return row[PLACES[header] - 1]

    return FilledRow(
        row=number,
        line_id=_whole_number(at("line id")),
        ledger=_text(at("ledger")),
        document=_text(at("document")),
        line=_text(at("line")),
        net=_pounds(at("net")),
        work_stream=_text(at("work stream")),
        reason=_text(at("reason")),
    )


def _is_formula(cell: Any) -> bool:
    return bool(cell.data_type == "f")


def _text(cell: Any) -> str:
    """What a cell shows, without blanks around it: a whole number without a decimal point."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(getattr(value, "text", value)).strip()


def _whole_number(cell: Any) -> int | None:
    text = _text(cell)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _pounds(cell: Any) -> Decimal | None:
    """The decimal that a number's cell stands for: its shortest one."""
    value = cell.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(repr(value))
