"""Native charts: drawn and styled in the template, pointed at the cells that a report fills.

A chart's file keeps the values that it shows beside the cells' addresses, and readers that do not calculate draw
those: so both are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

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

from grantkit.errors import Place, UnreadableError
from grantkit.workbook.template import absolute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.chart._chart import ChartBase
    from openpyxl.worksheet.cell_range import CellRange
    from openpyxl.worksheet.worksheet import Worksheet

    from grantkit.workbook.template import Template

    Chart = TypeVar("Chart", bound=ChartBase)

POUNDS_AND_PENCE = "#,##0.00"


def point(
    template: Template,
    chart_type: type[Chart],
    sheet: Worksheet,
    names: CellRange,
    values: Sequence[CellRange],
) -> None:
    """Point the template's chart of ``chart_type`` at ``names`` and, series by series, at ``values`` of ``sheet``.

    Raises UnreadableError where the template has no such chart or another number of series in it.
    """
    chart = _find(template, chart_type)
    if len(chart.ser) != len(values):
        raise UnreadableError(
            f"the template's {chart_type.__name__} has {len(chart.ser)} series where {len(values)} are needed",
            where=Place(str(template.path)),
            hint="give it that many series, or take a fresh copy of the template",
        )
    for series, cells in zip(chart.ser, values, strict=True):
        series.cat = AxDataSource(strRef=_texts(sheet, names))
        series.val = NumDataSource(numRef=_numbers(sheet, cells))


def _find(template: Template, chart_type: type[Chart]) -> Chart:
    for sheet in template.workbook.worksheets:
        charts: list[ChartBase] = getattr(sheet, "_charts")  # noqa: B009 - openpyxl has no public list of them
        for chart in charts:
            if isinstance(chart, chart_type):
                return chart
    raise UnreadableError(
        f"the template has no {chart_type.__name__}",
        where=Place(str(template.path)),
        hint="put the chart back, or take a fresh copy of the template",
    )


def _texts(sheet: Worksheet, cells: CellRange) -> StrRef:
    texts = [sheet.cell(*place).value for place in cells.cells]
    points = [StrVal(idx=index, v=str(text)) for index, text in enumerate(texts)]
    return StrRef(f=absolute(sheet, cells), strCache=StrData(ptCount=len(texts), pt=points))


def _numbers(sheet: Worksheet, cells: CellRange) -> NumRef:
    found = [sheet.cell(*place).value for place in cells.cells]
    points = [NumVal(idx=index, v=repr(value)) for index, value in enumerate(found) if value is not None]
    cache = NumData(formatCode=POUNDS_AND_PENCE, ptCount=len(found), pt=points)
    return NumRef(f=absolute(sheet, cells), numCache=cache)
