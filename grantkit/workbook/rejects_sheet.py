"""Sheets of refused rows, one a batch, to be corrected by a person and imported again.

The rows stand in their source's own columns, as text, so that a spreadsheet program changes nothing in them. Before
them stands which refused row each is, locked, and what is wrong with it; the cells that are wrong are marked and carry
a note.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from grantkit.workbook.cells import inert, put, put_text, share_style, style_of
from grantkit.workbook.heights import POINTS_OF_A_DIGIT, TextBox
from grantkit.workbook.saving import save
from grantkit.workbook.sheets import DARK, GREY, HEADING, TEXT, THIN
from grantkit.workbook.wording import moment_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

#: The headers of grantkit's own columns, by which a sheet is known when it comes back.
REFERENCE, WHAT_IS_WRONG = "grantkit row", "what is wrong"
OWN_COLUMNS = (REFERENCE, WHAT_IS_WRONG)
HEADER_ROW = 3
#: Rows that one sheet holds: more than a person corrects at a time.
MOST_ROWS = 5000

SIZE = 9
WRONG = PatternFill("solid", fgColor="FFF8CBAD")
OWN = PatternFill("solid", fgColor="FFF2F2F2")
REFERENCE_WIDTH, WRONG_WIDTH = 11, 46
NARROWEST, WIDEST = 8, 40
NOTE_WIDTH = 260  # pixels
POINTS_OF_A_PIXEL = 0.75
LONGEST_NAME = 31
NEVER_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
GUIDE = (
    "Correct the marked cells and save the workbook; then: grantkit import FILE.xlsx. A row that nobody corrects is"
    " refused again; one whose cells are emptied goes on waiting."
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: in the column of this header, or (None) as a whole; ``value`` is what stands there."""

    column: str | None
    value: str | None
    message: str


@dataclass(frozen=True)
class RefusedRow:
    """A refused row: its name (``3:57``), its cells as they came, its faults.

    What stands in no column of the source (text beyond the header, a row that could not be parted) is put behind the
    last one: there it is seen, and left there it is refused again.
    """

    reference: str
    cells: Sequence[str]
    faults: Sequence[Fault]

    def beside(self, width: int) -> list[str]:
        """The cells of ``width`` columns, and what stands in none."""
        cells = [*self.cells[:width], *[""] * (width - len(self.cells))]
        return cells + [fault.value for fault in self.faults if fault.column is None and fault.value]


@dataclass(frozen=True)
class RefusedSheet:
    """The refused rows of one batch under their file's own header."""

    batch: int
    file: str
    header: Sequence[str]
    rows: Sequence[RefusedRow]


def write_refused_sheets(sheets: Sequence[RefusedSheet], target: Path, *, moment: datetime) -> str:
    """Write the sheets into one workbook; gives the file's SHA-256.

    The same sheets and ``moment`` give the same bytes. Raises UnreadableError where the file cannot be written.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for each in sheets:
        sheet = workbook.create_sheet(sheet_name(each.batch, each.file))
        _write_heading(sheet, each, moment)
        _write_rows(sheet, each)
        _set_up(sheet, each)
    workbook.properties.title, workbook.properties.creator = "Refused rows", "grantkit"
    return save(workbook, target, moment)


def sheet_name(batch: int, file: str) -> str:
    """A name that a sheet may have; the batch's number makes it the only one of its kind."""
    return NEVER_IN_NAMES.sub("_", inert(f"batch {batch} {file}"))[:LONGEST_NAME].rstrip("' ")


def _write_heading(sheet: Worksheet, each: RefusedSheet, moment: datetime) -> None:
    title, guide = _cell(sheet, 1, 1), _cell(sheet, 2, 1)
    title.font = Font(name="Arial", size=14, bold=True, color=DARK)
    guide.font = Font(name="Arial", size=SIZE, color=GREY)
    put_text(title, f"Refused rows of batch {each.batch}, {each.file}")
    put_text(guide, f"Written on {moment_in_words(moment)}. {GUIDE}")
    style = None
    for place, header in enumerate((*OWN_COLUMNS, *each.header), 1):
        cell = _cell(sheet, HEADER_ROW, place)
        if style is None:
            cell.font = Font(name="Arial", size=SIZE, bold=True, color=DARK)
            cell.fill, cell.border, cell.number_format = HEADING, Border(bottom=THIN), TEXT
            cell.alignment = Alignment(vertical="center")
            style = style_of(cell)
        share_style(cell, style)
        put(cell, header)


# --- rows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Styles:
    """The styles that cells share: of the reference, of what is wrong, of the source's cells, and marked ones."""

    reference: Any
    reference_marked: Any
    wrong: Any
    data: Any
    data_marked: Any


def _styles(sheet: Worksheet) -> _Styles:
    """Made on a cell that is written over afterwards."""
    cell = _cell(sheet, HEADER_ROW + 1, 1)

    def style(
        fill: PatternFill | None, *, locked: bool, wraps: bool = False, colour: str | None = None
    ) -> Any:
        cell.font = Font(name="Arial", size=SIZE, color=colour)
        cell.fill = fill or PatternFill()
        cell.border, cell.number_format = Border(bottom=THIN), TEXT
        cell.alignment = Alignment(vertical="top", wrap_text=wraps)
        cell.protection = Protection(locked=locked)
        return copy(style_of(cell))

    return _Styles(
        reference=style(OWN, locked=True, colour=GREY),
        reference_marked=style(WRONG, locked=True),
        wrong=style(OWN, locked=True, wraps=True),
        data=style(None, locked=False),
        data_marked=style(WRONG, locked=False),
    )


def _write_rows(sheet: Worksheet, each: RefusedSheet) -> None:
    styles = _styles(sheet)
    box = TextBox(WRONG_WIDTH * POINTS_OF_A_DIGIT, SIZE, bold=False)
    for number, row in enumerate(each.rows, HEADER_ROW + 1):
        marked, of_row = _by_cell(each.header, row.faults)
        _write(
            sheet, number, 1, row.reference, styles.reference_marked if of_row else styles.reference, of_row
        )
        told = inert("\n".join(map(_told, row.faults)))
        _write(sheet, number, 2, told, styles.wrong)
        for place, text in enumerate(row.beside(len(each.header))):
            notes = marked.get(place, []) if place < len(each.header) else of_row
            style = styles.data_marked if notes else styles.data
            _write(sheet, number, len(OWN_COLUMNS) + 1 + place, text, style, notes)
        sheet.row_dimensions[number].height = box.height(told)


def _by_cell(header: Sequence[str], faults: Iterable[Fault]) -> tuple[dict[int, list[str]], list[str]]:
    """The notes of each cell by its place (0-based), and those of the row as a whole."""
    marked: dict[int, list[str]] = {}
    of_row: list[str] = []
    for fault in faults:
        if fault.column is not None and fault.column in header:
            marked.setdefault(list(header).index(fault.column), []).append(fault.message)
        else:
            of_row.append(_told(fault))
    return marked, of_row


def _told(fault: Fault) -> str:
    """A fault in words: the column, what stands there, and the message."""
    parts = [part for part in (fault.column, fault.value) if part]
    return f"{', '.join(parts)}: {fault.message}" if parts else fault.message


def _write(sheet: Worksheet, row: int, place: int, text: str, style: Any, notes: Sequence[str] = ()) -> None:
    cell = _cell(sheet, row, place)
    share_style(cell, style)
    put(cell, text)
    if notes:
        told = inert("\n".join(notes))
        lines = TextBox(NOTE_WIDTH * POINTS_OF_A_PIXEL * 0.9, SIZE, bold=False).height(told)
        cell.comment = Comment(told, "grantkit", width=NOTE_WIDTH, height=int(lines / POINTS_OF_A_PIXEL) + 16)


def _set_up(sheet: Worksheet, each: RefusedSheet) -> None:
    """Widths by what stands in the columns, the header in sight, only the source's cells open to changes."""
    for place, header in enumerate(each.header):
        texts = [header, *(row.beside(len(each.header))[place] for row in each.rows)]
        width = max(len(line) for text in texts for line in (text.split("\n") or [""]))
        letter = get_column_letter(len(OWN_COLUMNS) + 1 + place)
        sheet.column_dimensions[letter].width = min(max(width, NARROWEST), WIDEST) + 2
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = REFERENCE_WIDTH, WRONG_WIDTH
    sheet.freeze_panes = f"{get_column_letter(len(OWN_COLUMNS) + 1)}{HEADER_ROW + 1}"
    sheet.row_dimensions[1].height, sheet.row_dimensions[HEADER_ROW].height = 22, 18
    sheet.sheet_view.showGridLines = False
    sheet.protection.enable()  # without a password: it keeps from slips, not from people
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"


def _cell(sheet: Worksheet, row: int, place: int) -> Cell:
    return cast("Cell", sheet.cell(row, place))
