"""Native charts: drawn and styled in the template, pointed at the cells that a report fills.

A template's chart is known by its sheet and its type. It is pointed at cells where it stands, or a copy of it is laid
elsewhere: the page for the board shows the charts of other sheets again, and each work stream has a copy of one.

A chart's file keeps the values that it shows beside the cells' addresses, and readers that do not calculate draw
those: so both are written.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.utils import get_column_letter

from grantkit.errors import Place, UnreadableError
from grantkit.workbook.cells import inert, number
from grantkit.workbook.template import absolute

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from openpyxl.chart._chart import ChartBase
    from openpyxl.worksheet.cell_range import CellRange
    from openpyxl.worksheet.worksheet import Worksheet

    from grantkit.workbook.template import Template

    Chart = TypeVar("Chart", bound=ChartBase)

POUNDS_AND_PENCE = "#,##0.00"


@dataclass(frozen=True)
class Spot:
    """Where a chart lies on a sheet: its upper left cell (row and column from 1), and its size in centimetres."""

    sheet: Worksheet
    row: int
    column: int
    width: float
    height: float


def find_chart(template: Template, chart_type: type[Chart], sheet: Worksheet) -> Chart:
    """The chart of ``chart_type`` on a sheet of the template. Raises UnreadableError where there is none."""
    for chart in charts_of(sheet):
        if isinstance(chart, chart_type):
            return chart
    raise UnreadableError(
        f"the template has no {chart_type.__name__} on this sheet",
        where=Place(str(template.path), sheet=sheet.title),
        hint="put the chart back, or take a fresh copy of the template",
    )


def charts_of(sheet: Worksheet) -> list[ChartBase]:
    """The charts that lie on a sheet; taken out of the list, one is not written."""
    charts: list[ChartBase] = getattr(sheet, "_charts")  # noqa: B009 - openpyxl has no public list of them
    return charts


def point(
    template: Template,
    chart: ChartBase,
    sheet: Worksheet,
    names: CellRange,
    values: Sequence[CellRange],
) -> None:
    """Point a chart of the template at ``names`` and, series by series, at ``values`` of ``sheet``.

    Raises UnreadableError where the chart has another number of series.
    """
    if len(chart.ser) != len(values):
        raise UnreadableError(
            f"the template's {type(chart).__name__} has {len(chart.ser)} series where {len(values)} are needed",
            where=Place(str(template.path)),
            hint="give it that many series, or take a fresh copy of the template",
        )
    for series, cells in zip(chart.ser, values, strict=True):
        series.cat = AxDataSource(strRef=_texts(sheet, names))
        series.val = NumDataSource(numRef=_numbers(sheet, cells))


def lay_copy(chart: Chart, spot: Spot, title: str | None = None) -> Chart:
    """Lay a copy of a chart on a sheet, with a title of its own where one is given."""
    copy: Any = deepcopy(chart)  # openpyxl's types know neither a size in fractions nor a title that is there
    copy.width, copy.height = spot.width, spot.height
    if title is not None:
        copy.title.tx.rich.p[0].r[0].t = inert(title)
    spot.sheet.add_chart(copy, f"{get_column_letter(spot.column)}{spot.row}")
    return cast("Chart", copy)


def begin_axis(chart: Any, floor: Decimal, title: str) -> None:
    """Let a chart's axis of values begin at ``floor``, and say so in the axis' title."""
    chart.y_axis.scaling.min = number(floor)
    chart.y_axis.title.tx.rich.p[0].r[0].t = title


def _texts(sheet: Worksheet, cells: CellRange) -> StrRef:
    texts = [sheet.cell(*place).value for place in cells.cells]
    points = [StrVal(idx=index, v=str(text)) for index, text in enumerate(texts)]
    return StrRef(f=absolute(sheet, cells), strCache=StrData(ptCount=len(texts), pt=points))


def _numbers(sheet: Worksheet, cells: CellRange) -> NumRef:
    found = [sheet.cell(*place).value for place in cells.cells]
    points = [NumVal(idx=index, v=repr(value)) for index, value in enumerate(found) if value is not None]
    cache = NumData(formatCode=POUNDS_AND_PENCE, ptCount=len(found), pt=points)
    return NumRef(f=absolute(sheet, cells), numCache=cache)
