"""Rows of a sheet written straight into its XML: text that stays text, pounds, dates, and no formulas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

from grantkit.workbook.cells import ACTS_IF_TYPED, FIRST_YEAR, inert, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from grantkit.workbook.heights import TextBox

Line: TypeAlias = "Sequence[str | int | Decimal | date | None]"
DAY_NOUGHT = date(1899, 12, 30)  # as serial dates from March 1900 on have it
ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Splice:
    """Rows that take the place of the row ``row`` of ``sheet`` when the file is saved."""

    sheet: Worksheet
    row: int
    rows: Callable[[], Iterator[bytes]]


class LineWriter:
    """Rows from ``first_row`` on. Styles are numbers in the workbook's list: as it is, and for text that might act."""

    def __init__(
        self,
        first_row: int,
        columns: Sequence[int],
        styles: Mapping[int, tuple[int, int]],
        boxes: Mapping[int, TextBox],
    ) -> None:
        self.first_row = first_row
        self.columns = [(get_column_letter(column), *styles[column], boxes.get(column)) for column in columns]

    def rows(self, lines: Iterable[Line]) -> Iterator[bytes]:
        """The rows as XML, in pieces. Raises UnreadableError for an amount that no cell holds to the penny."""
        written: list[str] = []
        for place, line in enumerate(lines, self.first_row):
            written.append(self._row(place, line))
            if len(written) == ROWS_AT_ONCE:
                yield "".join(written).encode()
                written.clear()
        yield "".join(written).encode()

    def _row(self, place: int, line: Line) -> str:
        cells, height = [], 0.0
        for (letter, plain, quoted, box), value in zip(self.columns, line, strict=True):
            at = f'<c r="{letter}{place}" s="'
            if value is None or value == "":
                cells.append(f'{at}{plain}"/>')
            elif isinstance(value, str) or (isinstance(value, date) and value.year < FIRST_YEAR):
                text = value if isinstance(value, str) else value.isoformat()
                style = quoted if text.startswith(ACTS_IF_TYPED) else plain
                shown = escape(inert(text))
                cells.append(f'{at}{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>')
                if box is not None:
                    height = max(height, box.height(text))
            else:
                cells.append(f'{at}{plain}"><v>{_digits(value)}</v></c>')
        fitted = f' ht="{height:.2f}" customHeight="1"' if height else ""
        return f'<row r="{place}"{fitted}>{"".join(cells)}</row>'


def _digits(value: Decimal | int | date) -> str:
    if isinstance(value, Decimal):
        return repr(number(value))
    return str((value - DAY_NOUGHT).days if isinstance(value, date) else value)
