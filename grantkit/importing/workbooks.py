"""Workbooks (XLSX, XLSM, XLS, ODS): their sheets, and the text of their cells."""

from __future__ import annotations

import contextlib
import datetime
import functools
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.errors import Place, RequestError, UnreadableError
from grantkit.importing.sheet_parts import SheetParts, check_archive, damaged, sheet_parts
from grantkit.importing.sources import OLD_OFFICE, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantkit.importing.texts import Row


class Sheet:
    """A sheet, laid out once and read as often as needed."""

    def __init__(self, source: Source, name: str, sheet: Any, parts: SheetParts) -> None:
        self.source = source
        self.name = name
        self.hidden_rows = parts.hidden_rows
        self._sheet = sheet
        self._odd_cells = parts.odd_cells
        self._merged = _merged_downwards(sheet)

    def rows(self) -> Iterator[Row]:
        """The rows from the sheet's first one, blank ones too."""
        start = self._sheet.start
        left = [""] * (start[1] if start else 0)
        above: dict[int, str] = {}
        for row, values in enumerate(self._sheet.iter_rows() if start else (), 1):
            cells = left + [value if type(value) is str else cell_text(value) for value in values]
            if row in self._odd_cells:
                for column, text in self._odd_cells[row].items():
                    cells += [""] * (column + 1 - len(cells))
                    cells[column] = text
            if row in self._merged:
                self._spread_merged(row, values, cells, above)
            yield row, cells, None

    def _spread_merged(self, row: int, values: list[Any], cells: list[str], above: dict[int, str]) -> None:
        """Give the cells merged with those above them their text; ``above`` goes along from row to row."""
        for column, first in self._merged[row].items():
            if column >= len(cells):  # merged beyond the sheet's last column
                continue
            if first:
                number = isinstance(values[column - self._sheet.start[1]], float | int)
                above[column] = "" if number else cells[column]
            else:
                cells[column] = above[column]


def _merged_downwards(sheet: Any) -> dict[int, dict[int, bool]]:
    """Row → column → whether a cell merged with those below it begins there.

    Its text counts for each of its rows, as a reader takes it; an amount is not repeated.
    """
    merged: dict[int, dict[int, bool]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if (
            bottom > top
            and right == left
            and bottom - top < 100_000
            and sheet.start
            and left >= sheet.start[1]
        ):
            for row in range(top, bottom + 1):
                merged.setdefault(row + 1, {})[left] = row == top
    return merged


def open_sheets(source: Source, sheet: str | None) -> list[Sheet]:
    """The visible sheets of a workbook, or the one that is named, hidden or not.

    Raises UnreadableError where the file is not what it seems, RequestError where it has no such sheet.
    """
    import python_calamine

    with _no_panic(source):
        if not _is_old(source):
            check_archive(source.path)
        workbook = python_calamine.CalamineWorkbook.from_path(str(source.path))
        named = [
            found.name
            for found in workbook.sheets_metadata
            if found.typ == python_calamine.SheetTypeEnum.WorkSheet
            and (sheet is not None or found.visible == python_calamine.SheetVisibleEnum.Visible)
        ]
        if sheet is not None and sheet not in named:
            raise RequestError(
                f"there is no sheet {sheet}",
                where=Place(str(source.path)),
                hint=f"sheets: {', '.join(named)}",
            )
        sheets = []
        for name in [sheet] if sheet is not None else named:
            parts = sheet_parts(source.path, name)
            sheets.append(Sheet(source, name, workbook.get_sheet_by_name(name), parts))
        return sheets


def _is_old(source: Source) -> bool:
    with source.path.open("rb") as file:
        return file.read(8) == OLD_OFFICE


@contextlib.contextmanager
def _no_panic(source: Source) -> Iterator[None]:
    """Whatever the reader of workbooks says of a broken one, in words; also where it gives up altogether."""
    import python_calamine

    where = Place(str(source.path))
    try:
        yield
    except python_calamine.PasswordError as problem:
        raise UnreadableError(
            "the workbook is protected by a password", where=where, hint="save a copy without a password"
        ) from problem
    except python_calamine.WorksheetNotFound as problem:
        raise damaged(source.path, ValueError(f"its sheet {problem} is missing")) from problem
    except (python_calamine.CalamineError, OSError, ValueError) as problem:
        raise _broken_workbook(source, problem) from problem
    except BaseException as problem:
        if type(problem).__name__ == "PanicException":  # it is no Exception, and has no name to import
            raise _broken_workbook(source, problem) from None
        raise


def _broken_workbook(source: Source, problem: BaseException) -> UnreadableError:
    where = Place(str(source.path))
    with source.path.open("rb") as file:
        old_office = file.read(8) == OLD_OFFICE
        file.seek(0)
        encrypted = old_office and "EncryptedPackage".encode("utf-16-le") in file.read()
    if encrypted:
        return UnreadableError(
            "the workbook is protected by a password", where=where, hint="save a copy without a password"
        )
    return damaged(source.path, problem)


#: A ledger has few days, each many times.
_iso = functools.lru_cache(4096)(datetime.date.isoformat)


def cell_text(value: object) -> str:
    """A spreadsheet's cell as text: numbers as their shortest decimal of at most 15 significant digits, dates ISO."""
    if type(value) is float:  # what most cells are that hold no text
        text = f"{value:.15g}"
        return text if "e" not in text else format(Decimal(text), "f")
    if type(value) is datetime.date:
        return _iso(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return cell_text(float(value))
    return "" if value is None else str(value)
