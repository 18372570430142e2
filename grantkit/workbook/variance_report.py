"""The variance report: budget against actual by work stream, and by all that makes it up, with charts.

All amounts are pounds; a positive variance is underspent. Figures are written as they are given: whether they agree
with each other is said by the workbook's checks, which recompute them with formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.workbook import variance_board, variance_charts, variance_details
from grantkit.workbook.cells import Formula, Value
from grantkit.workbook.checks import CheckList, agree, every
from grantkit.workbook.saving import save
from grantkit.workbook.template import Template
from grantkit.workbook.variance_data import (
    BridgeRow,
    CumulativePoint,
    DriverFigures,
    DriverRow,
    KindFigures,
    MilestoneRow,
    MonthFigures,
    OutlookFigures,
    QuarterFigures,
    UnitCostRow,
    VarianceReport,
    VarianceRow,
    rated,
)
from grantkit.workbook.wording import in_words

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from grantkit.workbook.template import Table

__all__ = [
    "BridgeRow",
    "CumulativePoint",
    "DriverFigures",
    "DriverRow",
    "KindFigures",
    "MilestoneRow",
    "MonthFigures",
    "OutlookFigures",
    "QuarterFigures",
    "UnitCostRow",
    "VarianceReport",
    "VarianceRow",
    "write_variance_report",
]

SHEETS = (
    *("board", "variance", "kinds", "quarters", "months", "drivers"),
    *("outlook", "charts", "bridge", "streams", "checks"),
)
FIGURES = (
    "budget",
    "budget_to_date",
    "eligible",
    "variance",
    "variance_pct",
    "forecast",
    "full_year_variance",
)
SUMMED = tuple(figure for figure in FIGURES if figure != "variance_pct")
QUARTER_FIGURES = ("budget", "eligible", "variance")
CUMULATIVE = ("profile", "actual", "forecast", "low", "high")
FORECASTS = {
    "profile": "eligible to date, and the rest of the year as profiled",
    "run-rate": "eligible to date by month, kept up for all months of the award",
    "committed": "eligible to date, and what is accrued and committed",
    "planned": "eligible to date, what is accrued and committed, and what officers plan",
}


@dataclass(frozen=True)
class _Tables:
    variance: Table
    quarters: Table
    total_quarters: Table
    cumulative: Table
    details: variance_details.DetailTables
    board: variance_board.BoardTables


def write_variance_report(data: VarianceReport, target: Path, *, template: Path, moment: datetime) -> str:
    """Fill ``template`` with a report and write it to ``target``; returns the SHA-256 of the file.

    The same report and the same ``moment`` give the same bytes. Raises UnreadableError where the template lacks a
    name or a chart or cannot be read, or the file cannot be written; nothing is written then.
    """
    filled = Template(template)
    tables = _place(filled, data)
    checks = CheckList()
    _write_variance(data, tables, checks)
    _write_quarters(data, tables, checks)
    _write_cumulative(data, tables, checks)
    variance_details.write(data, tables.details, tables.variance, checks)
    others = (tables.variance, tables.details.kinds)
    variance_board.write(filled, data, tables.board, others, checks)
    _write_headings(filled, data)
    checks.write(filled)
    variance_charts.draw(
        filled, data, variance_charts.ChartTables(tables.variance, tables.cumulative, tables.details)
    )
    return save(filled.workbook, target, moment, filled.splices)


def _place(template: Template, data: VarianceReport) -> _Tables:
    tables = _Tables(
        template.table("variance", ("code", "name", *FIGURES, "rag", "check")),
        template.table("quarters", ("code", "name", "quarter", *QUARTER_FIGURES, "check")),
        template.table("total_quarters", ("quarter", *QUARTER_FIGURES, "check")),
        template.table("cumulative", ("quarter", *CUMULATIVE, "check")),
        variance_details.place(template, data),
        variance_board.place(template, data),
    )
    tables.variance.open_up(len(data.rows))
    tables.quarters.open_up(sum(len(row.quarters) for row in data.rows))
    tables.total_quarters.open_up(len(data.total.quarters))
    tables.cumulative.open_up(len(data.cumulative))
    return tables


def _write_headings(template: Template, data: VarianceReport) -> None:
    award, as_at = data.award, in_words(data.as_at)
    subject = f"{award.reference}, variance at {as_at}"
    for sheet in SHEETS:
        template.put_all({f"{sheet}_title": award.title, f"{sheet}_subject": subject})
    template.put_all(
        {
            "award_reference": award.reference,
            "award_funder": award.funder,
            "award_recipient": award.recipient,
            "award_amount": award.amount,
            "award_starts": award.starts,
            "award_ends": award.ends,
            "variance_as_at": data.as_at,
            "variance_all_checks": Formula("all_checks"),
        }
    )
    method = FORECASTS.get(data.forecast_method)
    meaning = f"Forecast method: {data.forecast_method}{f' ({method})' if method else ''}."
    template.put_sentence("variance_forecast_method", meaning)
    template.print_on_every_page(
        {"award_reference": award.reference, "as_at": as_at, "recipient": award.recipient}
    )
    template.set_subject(subject, "grantkit")


# --- by work stream ---------------------------------------------------------------------------------------------


def _write_variance(data: VarianceReport, tables: _Tables, checks: CheckList) -> None:
    table = tables.variance
    table.write(
        (row.code, row.name, *_figures(row), Formula(_stream_check(tables, index)))
        for index, row in enumerate(data.rows)
    )
    in_total = {figure: table.total_at(figure) for figure in FIGURES}
    sums = [agree(f"SUM({table.whole(figure)})", table.total_at(figure)) for figure in SUMMED]
    table.write_total(
        {
            **dict(zip((*FIGURES, "rag"), _figures(data.total), strict=True)),
            "check": Formula(every(variance_details.standing_check(in_total), *sums)),
        }
    )
    where = table.sheet.title
    checks.add(
        where,
        "Each row: budget to date less eligible is the variance, in pounds and per cent; budget less forecast is the "
        "full-year variance; its quarters add up to the budget and to the eligible cost to date",
        every(table.whole("check")),
    )
    checks.add(where, "The total is the sum of the rows", table.total_at("check"))


def _figures(row: VarianceRow) -> tuple[Value, ...]:
    return (*(getattr(row, figure) for figure in FIGURES), rated(row.rag))


def _stream_check(tables: _Tables, index: int) -> str:
    table, quarters = tables.variance, tables.quarters
    quarters_agree = [
        agree(
            table.at(figure, index),
            f"SUMPRODUCT(({quarters.whole('code')}={table.at('code', index)})*{quarters.whole(figure)})",
        )
        for figure in ("budget", "eligible")
    ]
    at = {figure: table.at(figure, index) for figure in FIGURES}
    return every(variance_details.standing_check(at), *quarters_agree)


# --- by quarter -------------------------------------------------------------------------------------------------


def _write_quarters(data: VarianceReport, tables: _Tables, checks: CheckList) -> None:
    table = tables.quarters
    quarters = [(row, quarter) for row in data.rows for quarter in row.quarters]
    table.write(
        (
            row.code,
            row.name,
            quarter.quarter,
            quarter.budget,
            quarter.eligible,
            quarter.variance,
            Formula(_quarter_check(table, index)),
        )
        for index, (row, quarter) in enumerate(quarters)
    )
    _write_total_quarters(data, tables)
    where = table.sheet.title
    checks.add(where, "Each quarter: budget less eligible is the variance", every(table.whole("check")))
    checks.add(
        where,
        "All work streams: each quarter is the sum of the streams",
        every(tables.total_quarters.whole("check")),
    )


def _quarter_check(table: Table, index: int) -> str:
    budget, eligible, variance = (table.at(figure, index) for figure in QUARTER_FIGURES)
    return agree(f"{budget}-{eligible}", variance)


def _write_total_quarters(data: VarianceReport, tables: _Tables) -> None:
    table, streams, rows = tables.total_quarters, tables.quarters, []
    for index, quarter in enumerate(data.total.quarters):
        name = table.at("quarter", index)
        sums = [
            agree(
                table.at(figure, index),
                f"SUMPRODUCT(({streams.whole('quarter')}={name})*{streams.whole(figure)})",
            )
            for figure in QUARTER_FIGURES
        ]
        check = Formula(every(_quarter_check(table, index), *sums))
        rows.append((quarter.quarter, quarter.budget, quarter.eligible, quarter.variance, check))
    table.write(rows)


def _write_cumulative(data: VarianceReport, tables: _Tables, checks: CheckList) -> None:
    table = tables.cumulative
    table.write(
        (
            at.quarter,
            *(getattr(at, figure) for figure in CUMULATIVE),
            Formula(_cumulative_check(tables, index)),
        )
        for index, at in enumerate(data.cumulative)
    )
    checks.add(
        table.sheet.title,
        "Cumulative: profile and actual are what all quarters so far add up to, and at the award's end the forecast"
        " is the outturn",
        every(table.whole("check")),
    )


def _cumulative_check(tables: _Tables, index: int) -> str:
    table, quarters = tables.cumulative, tables.total_quarters
    last = min(index, quarters.rows - 1)
    profile, actual = table.at("profile", index), table.at("actual", index)
    budgets = f"SUM({quarters.at('budget', 0)}:{quarters.at('budget', last)})"
    eligible = f"SUM({quarters.at('eligible', 0)}:{quarters.at('eligible', last)})"
    conditions = [agree(profile, budgets), f'IF({actual}="",TRUE,{agree(actual, eligible)})']
    if index == quarters.rows - 1:  # at the award's end the forecast and its range are those of the outturn
        outlook = tables.details.outlook
        conditions += [
            agree(table.at(figure, index), outlook.total_at(figure)) for figure in ("forecast", "low", "high")
        ]
    return every(*conditions)
