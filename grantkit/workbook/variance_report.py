"""The variance report: budget against actual by work stream and by quarter, with charts.

All amounts are pounds; a positive variance is underspent. Figures are written as they are given: whether they agree
with each other is said by the workbook's checks, which recompute them with formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openpyxl.chart import BarChart, LineChart

from grantkit.workbook.cells import Formula, Value
from grantkit.workbook.charts import point
from grantkit.workbook.checks import CheckList, agree, every
from grantkit.workbook.saving import save
from grantkit.workbook.template import Template
from grantkit.workbook.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from pathlib import Path

    from grantkit.workbook.award import AwardFacts
    from grantkit.workbook.template import Table

SHEETS = ("variance", "quarters", "charts", "checks")
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
FORECASTS = {
    "profile": "eligible to date, and the rest of the year as profiled",
    "run-rate": "eligible to date by month, kept up for all months of the award",
    "committed": "eligible to date, and what is accrued and committed",
}
NOT_RATED = "not rated"


@dataclass(frozen=True)
class QuarterFigures:
    """One quarter: the budget that falls due in it, the eligible cost dated in it, and what lies between."""

    quarter: str
    budget: Decimal
    eligible: Decimal
    variance: Decimal


@dataclass(frozen=True)
class VarianceRow:
    """One work stream, or all of them, at the as-at date.

    ``variance_pct`` is per cent of the budget to date, None where that is zero; ``rag`` is ``red``, ``amber``,
    ``green``, or None where there is nothing to rate.
    """

    code: str
    name: str
    budget: Decimal
    budget_to_date: Decimal
    eligible: Decimal
    variance: Decimal
    variance_pct: Decimal | None
    forecast: Decimal
    full_year_variance: Decimal
    rag: str | None
    quarters: tuple[QuarterFigures, ...]


@dataclass(frozen=True)
class CumulativePoint:
    """All streams together from the award's start to a quarter's end; None is not yet known."""

    quarter: str
    profile: Decimal
    actual: Decimal | None
    forecast: Decimal | None


@dataclass(frozen=True)
class VarianceReport:
    """All that the workbook shows: ``rows`` are the streams in order, then ``UNALLOCATED``; ``total`` is their sum."""

    award: AwardFacts
    as_at: date
    forecast_method: str
    rows: tuple[VarianceRow, ...]
    total: VarianceRow
    cumulative: tuple[CumulativePoint, ...]


@dataclass(frozen=True)
class _Tables:
    variance: Table
    quarters: Table
    total_quarters: Table
    cumulative: Table


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
    _write_charts(filled, tables)
    _write_headings(filled, data)
    checks.write(filled)
    return save(filled.workbook, target, moment)


def _place(template: Template, data: VarianceReport) -> _Tables:
    tables = _Tables(
        template.table("variance", ("code", "name", *FIGURES, "rag", "check")),
        template.table("quarters", ("code", "name", "quarter", *QUARTER_FIGURES, "check")),
        template.table("total_quarters", ("quarter", *QUARTER_FIGURES, "check")),
        template.table("cumulative", ("quarter", "profile", "actual", "forecast", "check")),
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
    in_total = [table.total_at(figure) for figure in FIGURES]
    sums = [agree(f"SUM({table.whole(figure)})", table.total_at(figure)) for figure in SUMMED]
    table.write_total(
        {
            **dict(zip((*FIGURES, "rag"), _figures(data.total), strict=True)),
            "check": Formula(every(_row_check(in_total), *sums)),
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
    rag = row.rag.capitalize() if row.rag else NOT_RATED
    return (*(getattr(row, figure) for figure in FIGURES), rag)


def _row_check(at: Sequence[str]) -> str:
    budget, to_date, eligible, variance, per_cent, forecast, full_year = at
    return every(
        agree(f"{to_date}-{eligible}", variance),
        # Half a unit of the last decimal, and a little more as per cents in cells are binary.
        f'IF(ROUND({to_date},2)=0,{per_cent}="",ABS({variance}/{to_date}*100-{per_cent})<0.0501)',
        agree(f"{budget}-{forecast}", full_year),
    )


def _stream_check(tables: _Tables, index: int) -> str:
    table, quarters = tables.variance, tables.quarters
    quarters_agree = [
        agree(
            table.at(figure, index),
            f"SUMPRODUCT(({quarters.whole('code')}={table.at('code', index)})*{quarters.whole(figure)})",
        )
        for figure in ("budget", "eligible")
    ]
    return every(_row_check([table.at(figure, index) for figure in FIGURES]), *quarters_agree)


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
        (at.quarter, at.profile, at.actual, at.forecast, Formula(_cumulative_check(tables, index)))
        for index, at in enumerate(data.cumulative)
    )
    checks.add(
        table.sheet.title,
        "Cumulative: profile and actual are what all quarters so far add up to",
        every(table.whole("check")),
    )


def _cumulative_check(tables: _Tables, index: int) -> str:
    table, quarters = tables.cumulative, tables.total_quarters
    last = min(index, quarters.rows - 1)
    profile, actual = table.at("profile", index), table.at("actual", index)
    budgets = f"SUM({quarters.at('budget', 0)}:{quarters.at('budget', last)})"
    eligible = f"SUM({quarters.at('eligible', 0)}:{quarters.at('eligible', last)})"
    return every(agree(profile, budgets), f'IF({actual}="",TRUE,{agree(actual, eligible)})')


# --- charts -----------------------------------------------------------------------------------------------------


def _write_charts(template: Template, tables: _Tables) -> None:
    streams, quarters = tables.variance, tables.cumulative
    point(
        template,
        BarChart,
        streams.sheet,
        streams.range_of("code"),
        [streams.range_of(figure) for figure in ("budget_to_date", "eligible")],
    )
    point(
        template,
        LineChart,
        quarters.sheet,
        quarters.range_of("quarter"),
        [quarters.range_of(figure) for figure in ("profile", "actual", "forecast")],
    )
