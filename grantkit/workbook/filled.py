"""A sheet that comes back filled in by a person: its cells, whatever program saved it, and its mistakes."""

from __future__ import annotations

import hashlib
import io
import warnings
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from grantkit.errors import Place, RequestError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openpyxl import Workbook

    from grantkit.workbook.sheets import Column

#: Mistakes of one sheet that are listed.
MOST_LISTED = 50
SIGNIFICANT_DIGITS = 15  # of a spreadsheet's binary number


class SheetError(RequestError):
    """Mistakes in a filled-in sheet, found in one reading; nothing of it is applied (exit 2)."""

    def __init__(self, sheet: Place, mistakes: Sequence[RequestError]) -> None:
        first, *self.others = mistakes[:MOST_LISTED]
        super().__init__(first.what, where=first.where, hint=first.hint)
        if len(mistakes) > MOST_LISTED:
            self.others.append(
                RequestError(
                    f"{len(mistakes) - MOST_LISTED} more mistakes",
                    where=sheet,
                    hint="mend these first, and apply it again",
                )
            )

    def lines(self) -> list[str]:
        return super().lines() + [line for other in self.others for line in other.lines()]


@dataclass(frozen=True)
class SheetCells:
    """All rows of a sheet from its first on. A formula's cell holds what it came to when the workbook was saved."""

    path: Path
    sheet: str
    sha256: str
    rows: list[tuple[Any, ...]]

    def place(self, row: int | None = None, column: str | None = None) -> Place:
        """Where in the sheet something stands."""
        return Place(str(self.path), sheet=self.sheet, row=row, column=column)

    @property
    def title(self) -> str:
        """What stands in the first cell: which sheet this is."""
        return cell_text(self.rows[0][0])

    def check_header(self, header_row: int, columns: Sequence[Column], *, kind: str, fresh: str) -> None:
        """Raises RequestError where the header is not that of this ``kind`` of sheet; ``fresh`` is how to get one."""
        for place, (cell, column) in enumerate(zip(self.rows[header_row - 1], columns, strict=True), 1):
            found = cell_text(cell)
            if found != column.header:
                raise RequestError(
                    f"the header is {found or 'blank'}, and a {kind} has {column.header} there",
                    where=self.place(header_row, get_column_letter(place)),
                    hint=f"put rows and columns back as they were, or {fresh}",
                )


def read_cells(
    path: Path, sheet: str, *, kind: str, header_row: int, columns: Sequence[Column], fresh: str
) -> SheetCells:
    """The cells of a filled-in sheet under its own header; further columns are left aside.

    Raises UnreadableError where the file is no workbook that can be read, RequestError where it is no such ``kind`` of
    sheet or its header was changed. A formula that no program has worked out stays as it is typed.
    """
    content = _content(path)
    workbook = _open(path, content, values=False)
    if sheet not in workbook.sheetnames:
        raise RequestError(
            f"this is no {kind}: it has no sheet called {sheet}", where=Place(str(path)), hint=fresh
        )
    rows = _rows(workbook, sheet, header_row, len(columns))
    found = SheetCells(path, sheet, hashlib.sha256(content).hexdigest(), rows)
    found.check_header(header_row, columns, kind=kind, fresh=fresh)
    if any(is_formula(cell) for row in rows[header_row:] for cell in row):
        worked_out = _rows(_open(path, content, values=True), sheet, header_row, len(columns))
        for written, known in zip(rows, worked_out, strict=True):
            for cell, value in zip(written, known, strict=True):
                if is_formula(cell) and value.value is not None:
                    cell.value = value.value
    return found


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


def _rows(workbook: Workbook, sheet: str, header_row: int, width: int) -> list[tuple[Any, ...]]:
    found = workbook[sheet]
    last_row = max(found.max_row, header_row)
    return list(found.iter_rows(min_row=1, max_row=last_row, min_col=1, max_col=width))


# --- what a cell says -------------------------------------------------------------------------------------------


def is_formula(cell: Any) -> bool:
    """Whether a formula was typed into the cell."""
    return bool(cell.data_type == "f")


def cell_text(cell: Any) -> str:
    """What a cell shows, without blanks around it: a whole number without a decimal point."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(getattr(value, "text", value)).strip()


def cell_number(cell: Any) -> Decimal | None:
    """The decimal that a number's cell stands for, its shortest of at most 15 significant digits (contract, section 3).

    None where the cell holds something else.
    """
    value = cell.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(format(value, f".{SIGNIFICANT_DIGITS}g"))


def cell_day(cell: Any) -> date | None:
    """The day that a cell holds: a spreadsheet's date, or one typed as text. None where it holds no day."""
    value = cell.value
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else None
    if isinstance(value, date):
        return value
    text = cell_text(cell)
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
