"""The variance report's charts: by work stream, cumulative with its range, from budget to forecast, and small ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openpyxl.chart import BarChart, LineChart
from openpyxl.worksheet.cell_range import CellRange

from grantkit.workbook.charts import Spot, begin_axis, charts_of, find_chart, lay_copy, point

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from grantkit.workbook.template import Table, Template
    from grantkit.workbook.variance_data import VarianceReport
    from grantkit.workbook.variance_details import DetailTables

SMALL_ACROSS = 3
SMALL_WIDTH, SMALL_HEIGHT = 11.2, 7.0  # centimetres
SMALL_COLUMNS, SMALL_ROWS = 4, 15  # of the sheet, for each small chart
SMALL_FIRST_ROW = 5
BOARD_HEIGHT = 9.2
BOARD_SPOTS = ((1, 16.2), (6, 13.0), (11, 15.0))  # the column that a chart begins in, and its width


@dataclass(frozen=True)
class ChartTables:
    """The tables that the charts stand on."""

    variance: Table
    cumulative: Table
    details: DetailTables


def draw(template: Template, data: VarianceReport, tables: ChartTables) -> None:
    """Point the template's charts at the tables, which are written, and lay copies of them where they are needed.

    Raises UnreadableError where the template lacks a chart.
    """
    charts = template.area("charts_title").sheet
    streams, quarters, bridge = tables.variance, tables.cumulative, tables.details.bridge
    columns = find_chart(template, BarChart, charts)
    point(
        *(template, columns, streams.sheet, streams.range_of("code")),
        [streams.range_of(figure) for figure in ("budget_to_date", "eligible")],
    )
    lines = find_chart(template, LineChart, charts)
    point(
        *(template, lines, quarters.sheet, quarters.range_of("quarter")),
        [quarters.range_of(figure) for figure in ("profile", "actual", "forecast", "low", "high")],
    )
    steps = find_chart(template, BarChart, template.area("bridge_title").sheet)
    point(
        *(template, steps, bridge.sheet, bridge.range_of("step")),
        [bridge.range_of(figure) for figure in ("base", "whole", "over", "under", "below")],
    )
    if data.bridge_floor:
        begin_axis(steps, data.bridge_floor, "£, the axis does not begin at zero")
    board = template.area("board_charts")
    for chart, (column, width) in zip((columns, lines, steps), BOARD_SPOTS, strict=True):
        lay_copy(chart, Spot(board.sheet, board.cells.min_row, column, width, BOARD_HEIGHT))
    _draw_streams(template, data, tables.details.months)


def _draw_streams(template: Template, data: VarianceReport, months: Table) -> None:
    """A small chart for each work stream with a budget or with cost, after the pattern of the template's."""
    sheet: Worksheet = template.area("streams_title").sheet
    pattern = find_chart(template, LineChart, sheet)
    charts_of(sheet).remove(pattern)
    first, drawn = 0, 0
    for row in data.rows:
        last = first + len(row.months) - 1
        if row.budget or row.eligible or row.forecast:
            across, down = drawn % SMALL_ACROSS, drawn // SMALL_ACROSS
            at = SMALL_FIRST_ROW + down * SMALL_ROWS, 1 + across * SMALL_COLUMNS
            chart = lay_copy(pattern, Spot(sheet, *at, SMALL_WIDTH, SMALL_HEIGHT), row.code)
            point(
                *(template, chart, months.sheet, _rows(months, "month", first, last)),
                [
                    _rows(months, figure, first, last)
                    for figure in ("profile_to_date", "eligible_to_date", "forecast_to_date")
                ],
            )
            drawn += 1
        first = last + 1
    end = SMALL_FIRST_ROW + max(1, -(-drawn // SMALL_ACROSS)) * SMALL_ROWS
    sheet.print_area = f"A1:L{end}"


def _rows(table: Table, column: str, first: int, last: int) -> CellRange:
    """The cells of a column in some of a table's rows, counted from 0."""
    cells = table.range_of(column)
    return CellRange(
        min_col=cells.min_col,
        max_col=cells.max_col,
        min_row=table.first_row + first,
        max_row=table.first_row + last,
        title=table.sheet.title,
    )
