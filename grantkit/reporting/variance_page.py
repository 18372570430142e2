"""The variance report as a page: one part for the board, and what its figures are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.reporting.drivers import MEANINGS, SHOWN_LINES
from grantkit.reporting.forecasts import METHODS
from grantkit.reporting.pages import (
    Cell,
    Page,
    PageTable,
    Section,
    headings,
    money,
    per_cent_of,
    rating_of,
)
from grantkit.reporting.unit_costs import show_quantity
from grantkit.workbook.wording import in_words, period

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grantkit.reporting.drivers import Driver
    from grantkit.reporting.kinds import KindVariance
    from grantkit.reporting.milestones import MilestoneStanding
    from grantkit.reporting.unit_costs import UnitCost
    from grantkit.reporting.variance import MonthVariance, QuarterVariance, Variance, VarianceReport
    from grantkit.settings import Measure

FIGURES = (
    *("original budget", "budget", "budget to date", "eligible", "accrued", "committed"),
    *("variance", "%", "forecast", "full-year variance"),
)
STREAM = ("work stream", "name")
#: Charts, by the names that a section has for them.
COLUMNS, CUMULATIVE, BRIDGE, STREAMS = "columns", "cumulative", "bridge", "streams"
SIGNS = (
    "Variance is budget to date less eligible cost to date, full-year variance budget less forecast: above zero is"
    " underspent, below zero overspent. The per cent is of the budget to date."
)
RATING = (
    "Red: forecast above budget by over 5 %, or eligible above budget. Amber: forecast above budget, or below it by"
    " over 10 %. Green: neither."
)
KIND_ROUNDING = (
    "The budget to date is the work stream's profile applied to the budget of the kind. The two kinds add up to the"
    " work stream: a penny that rounding leaves over goes to one of them."
)
DRIVERS = (
    "Variance = timing - price - scope + rest. The rest is what falls due by the profile and is not ordered; below"
    " zero, what is ordered and does not fall due yet."
)


def page_of(found: VarianceReport) -> Page:
    """The report as a page."""
    award, at = found.award, in_words(found.as_at)
    return Page(
        title=f"{award.reference}: variance at {at}",
        about=(
            award.title,
            f"{award.recipient}; funded by {award.funder}; {period(award.starts, award.ends)}; pounds",
        ),
        figures=tuple(_main_figures(found)),
        sections=tuple(_sections(found)),
    )


def _main_figures(found: VarianceReport) -> Iterator[tuple[str, Cell]]:
    total = found.total
    row = total.standing
    yield "award", money(found.award.amount)
    yield "budget", money(row.budget)
    yield "budget to date", money(row.budget_to_date)
    yield "eligible to date", money(row.eligible, total.trace)
    yield "variance", money(row.variance, total.trace)
    yield "forecast", money(row.forecast)
    yield "lowest forecast", money(total.outlook.low)
    yield "highest forecast", money(total.outlook.high)
    yield "full-year variance", money(row.full_year_variance)
    yield "rating", rating_of(total.rag)


def _sections(found: VarianceReport) -> Iterator[Section]:
    yield Section(
        "For the board",
        tuple(_board(found)),
        (COLUMNS, CUMULATIVE, BRIDGE),
        (SIGNS, RATING, *found.remarks),
    )
    yield Section("By kind of money", (_kinds(found),), notes=(KIND_ROUNDING,))
    yield Section("By quarter", (_quarters(found), _cumulative(found)))
    yield Section("By month", (_months(found),), (STREAMS,))
    yield Section("What makes up the variance", tuple(_drivers(found)), notes=(DRIVERS,))
    yield Section("Forecast", (_outlook(found), _bridge(found)))
    if found.unit_costs:
        costs = found.unit_costs.measures
        rows = ((each.measure, row) for each in costs for row in (*each.streams, each.total))
        yield Section("Unit costs", (_unit_costs("Each measure by work stream", rows),))
    yield Section("Where a figure comes from", (), notes=tuple(_how_to_trace(found)))


# --- for the board ----------------------------------------------------------------------------------------------


def _board(found: VarianceReport) -> Iterator[PageTable]:
    rows = (_stream(row) for row in (*found.rows, found.total))
    yield PageTable("By work stream", headings(STREAM, FIGURES, ("rag",)), tuple(rows), total=True)
    explained = tuple(_reason(row) for row in found.rows if row.reason_shown)
    if explained:
        yield PageTable("Why it varies", headings(("work stream",), ("variance",), ("reason",)), explained)
    if found.open_milestones:
        yield PageTable(
            "Milestones not reached, beside the money",
            headings(
                ("due", "milestone", "work stream", "status"),
                ("budget", "eligible", "spent, %"),
                ("to look at",),
            ),
            tuple(_milestone(each) for each in found.open_milestones),
        )
    if found.unit_costs:
        totals = ((each.measure, each.total) for each in found.unit_costs.measures)
        yield _unit_costs("Unit costs of the award", totals)


def _stream(row: Variance) -> tuple[Cell, ...]:
    figures, trace = row.standing, row.trace
    return (
        *(Cell(figures.code, trace), Cell(figures.name)),
        *(money(row.original), money(figures.budget), money(figures.budget_to_date)),
        money(figures.eligible, trace),
        *(money(figures.accrued, row.target("accrued")), money(figures.committed, row.target("committed"))),
        *(money(figures.variance, trace), per_cent_of(row.variance_pct)),
        *(money(figures.forecast), money(figures.full_year_variance), rating_of(row.rag)),
    )


def _reason(row: Variance) -> tuple[Cell, ...]:
    return (
        Cell(row.standing.code, row.trace),
        money(row.standing.variance, row.trace),
        Cell(row.reason_shown, None, None if row.reason else "todo"),
    )


def _milestone(each: MilestoneStanding) -> tuple[Cell, ...]:
    return (
        *(Cell(in_words(each.due)), Cell(each.name), Cell(each.stream or "award", each.stream)),
        *(Cell(each.status), money(each.budget), money(each.eligible, each.stream)),
        per_cent_of(each.spent_pct),
        Cell("overdue, and money is spent", None, "todo") if each.flagged else Cell(""),
    )


def _unit_costs(caption: str, costs: Iterable[tuple[Measure, UnitCost]]) -> PageTable:
    columns = headings(
        ("measure", "unit", "work stream"),
        ("counted", "eligible", "for each", "of it resource", "of it capital"),
    )
    return PageTable(caption, columns, tuple(_unit_cost(measure, row) for measure, row in costs))


def _unit_cost(measure: Measure, row: UnitCost) -> tuple[Cell, ...]:
    each = (row.per_unit(amount) for amount in (row.eligible, row.resource, row.capital))
    target = row.code if row.streams == (row.code,) else None
    return (
        *(Cell(measure.name), Cell(measure.unit), Cell(row.code, target)),
        *(Cell(show_quantity(row.quantity)), money(row.eligible, target)),
        *(money(amount) for amount in each),
    )


# --- taken apart ------------------------------------------------------------------------------------------------


def _kinds(found: VarianceReport) -> PageTable:
    rows = [_kind(row, kind) for row in (*found.rows, found.total) for kind in row.kinds]
    return PageTable("Resource and capital", headings((*STREAM, "kind"), FIGURES, ("rag",)), tuple(rows))


def _kind(row: Variance, kind: KindVariance) -> tuple[Cell, ...]:
    trace = kind.trace
    return (
        *(Cell(row.standing.code, trace), Cell(row.standing.name), Cell(kind.kind)),
        *(money(kind.original), money(kind.budget), money(kind.budget_to_date), money(kind.eligible, trace)),
        *(money(kind.accrued), money(kind.committed), money(kind.variance, trace)),
        *(per_cent_of(kind.variance_pct), money(kind.forecast), money(kind.full_year_variance)),
        rating_of(kind.rag),
    )


def _quarters(found: VarianceReport) -> PageTable:
    rows = [
        _period(row, quarter.quarter, quarter)
        for row in (*found.rows, found.total)
        for quarter in row.quarters
    ]
    columns = headings((*STREAM, "quarter"), ("budget", "eligible", "variance"))
    return PageTable("Each quarter", columns, tuple(rows))


def _period(row: Variance, name: str, part: QuarterVariance | MonthVariance) -> tuple[Cell, ...]:
    trace = part.trace
    return (
        *(Cell(row.standing.code, row.trace), Cell(row.standing.name), Cell(name, trace)),
        *(money(part.budget), money(part.eligible, trace), money(part.variance, trace)),
    )


def _cumulative(found: VarianceReport) -> PageTable:
    columns = headings(("to the end of",), ("profile", "actual", "forecast", "lowest", "highest"))
    rows = (
        (Cell(at.quarter), *(money(each) for each in (at.profile, at.actual, at.forecast, at.low, at.high)))
        for at in found.cumulative
    )
    return PageTable("All work streams, cumulative", columns, tuple(rows))


def _months(found: VarianceReport) -> PageTable:
    columns = headings(
        (*STREAM, "month"),
        (
            *("budget", "eligible", "variance", "to come"),
            *("profile to date", "eligible to date", "forecast to date"),
        ),
    )
    rows = [
        (*_period(row, month.name, month), *_month(month))
        for row in (*found.rows, found.total)
        for month in row.months
    ]
    return PageTable("Each month", columns, tuple(rows))


def _month(month: MonthVariance) -> tuple[Cell, ...]:
    to_date = (month.profile_to_date, month.eligible_to_date, month.forecast_to_date)
    return (money(month.to_come), *(money(amount) for amount in to_date))


# --- drivers ----------------------------------------------------------------------------------------------------


def _drivers(found: VarianceReport) -> Iterator[PageTable]:
    columns = headings(STREAM, ("variance", "timing", "price", "scope", "rest"))
    rows = (_driver_sums(row) for row in (*found.rows, found.total))
    yield PageTable("By work stream", columns, tuple(rows), total=True)
    for row in found.rows:
        for driver in row.drivers.each:
            if driver.lines:
                yield _driver(row.standing.code, driver)


def _driver_sums(row: Variance) -> tuple[Cell, ...]:
    found, figures = row.drivers, row.standing
    return (
        *(Cell(figures.code, row.trace), Cell(figures.name), money(figures.variance, row.trace)),
        *(money(found.timing.amount), money(found.price.amount)),
        *(money(found.scope.amount, row.target("no-order")), money(found.rest)),
    )


def _driver(code: str, driver: Driver) -> PageTable:
    texts, more = ("order or document", "supplier", "date"), ("lines to trace",)
    wanted = {"timing": ("accrued", "committed"), "price": ("ordered", "invoiced"), "scope": ()}[driver.name]
    rows: list[tuple[Cell, ...]] = [
        (
            *(Cell(line.name), Cell(line.supplier or ""), Cell(in_words(line.dated))),
            *(money(getattr(line, figure)) for figure in wanted),
            money(line.amount, str(line.line_id)),
            Cell(_line_ids(line.line_ids)),
        )
        for line in driver.shown
    ]
    count, amount = driver.not_shown
    if count:
        blank = (Cell("") for _ in range(2 + len(wanted)))
        rows.append((Cell(f"{count:,} smaller"), *blank, money(amount), Cell("")))
    caption = f"{code}, {driver.name}: {MEANINGS[driver.name]}"
    return PageTable(caption, headings(texts, (*wanted, "amount"), more), tuple(rows))


def _line_ids(found: Iterable[int]) -> str:
    """The first lines to trace, and how many there are beside them."""
    ids = list(found)
    more = len(ids) - SHOWN_LINES
    return ", ".join(map(str, ids[:SHOWN_LINES])) + (f" and {more:,} more" if more > 0 else "")


# --- forecast ---------------------------------------------------------------------------------------------------


def _outlook(found: VarianceReport) -> PageTable:
    columns = headings(
        (*STREAM, "method"), (*METHODS, "lowest", "highest", "forecast", "budget", "full-year variance")
    )
    rows = (
        (
            *(Cell(row.standing.code, row.trace), Cell(row.standing.name), Cell(row.outlook.method or "")),
            *(money(row.outlook.by_method[method]) for method in METHODS),
            *(money(row.outlook.low), money(row.outlook.high), money(row.standing.forecast)),
            *(money(row.standing.budget), money(row.standing.full_year_variance)),
        )
        for row in (*found.rows, found.total)
    )
    return PageTable("Outturn by method", columns, tuple(rows), total=True)


def _bridge(found: VarianceReport) -> PageTable:
    rows = ((Cell(step.label), money(step.change), money(step.after)) for step in found.bridge)
    return PageTable("From budget to forecast", headings(("step",), ("change", "after it")), tuple(rows))


def _how_to_trace(found: VarianceReport) -> Iterator[str]:
    code, quarter = found.streams[0].standing.code, found.total.quarters[0].quarter
    day = found.as_at.isoformat()
    yield f"The lines behind a figure, with file and row: grantkit trace {code} --as-at {day}"
    yield (
        f"In place of {code}: {code}:{quarter} (a quarter), {code}:{found.total.months[0].name} (a month),"
        f" {code}:resource and {code}:capital, {code}:no-order, {code}:accrued and {code}:committed; TOTAL for all"
        " work streams; a line's number."
    )
    yield "Budgets come from grant.toml and the virements since: grantkit budget history"
