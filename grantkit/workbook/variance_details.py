"""Sheets of the variance report that take its figures apart: by kind and month, by driver, by method of forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.workbook.cells import Formula, Value
from grantkit.workbook.checks import agree, every
from grantkit.workbook.variance_data import FIGURES, rated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.template import Table, Template
    from grantkit.workbook.variance_data import KindFigures, MonthFigures, VarianceReport, VarianceRow

SUMMED = tuple(figure for figure in FIGURES if figure != "variance_pct")
KIND_COLUMNS = ("code", "name", "kind", *FIGURES, "rag", "check")
MONTH_FIGURES = ("budget", "eligible", "variance", "to_come")
TO_DATE = ("profile_to_date", "eligible_to_date", "forecast_to_date")
MONTH_COLUMNS = ("code", "name", "month", *MONTH_FIGURES, *TO_DATE, "check")
DRIVERS = ("timing", "price", "scope")
LINE_COLUMNS = (
    *("work_stream", "driver", "document", "supplier", "date"),
    *("ordered", "invoiced", "accrued", "committed", "amount", "line_ids"),
)
METHODS = {"profile": "profile", "run-rate": "run_rate", "committed": "committed", "planned": "planned"}
OUTLOOK_FIGURES = (*METHODS.values(), "low", "high", "forecast", "budget", "full_year_variance")
BRIDGE_FIGURES = ("change", "after", "base", "whole", "over", "under", "below")


@dataclass(frozen=True)
class DetailTables:
    """The tables of these sheets."""

    kinds: Table
    total_kinds: Table
    months: Table
    total_months: Table
    drivers: Table
    driver_lines: Table
    outlook: Table
    bridge: Table


def place(template: Template, data: VarianceReport) -> DetailTables:
    """Find the tables and make room in them. Raises UnreadableError where the template lacks a name."""
    tables = DetailTables(
        template.table("kinds", KIND_COLUMNS),
        template.table("total_kinds", KIND_COLUMNS),
        template.table("months", MONTH_COLUMNS),
        template.table("total_months", MONTH_COLUMNS),
        template.table("drivers", ("code", "name", "variance", *DRIVERS, "rest", "check")),
        template.table("driver_lines", LINE_COLUMNS),
        template.table("outlook", ("code", "name", "method", *OUTLOOK_FIGURES, "check")),
        template.table("bridge", ("step", *BRIDGE_FIGURES, "check")),
    )
    tables.kinds.open_up(sum(len(row.kinds) for row in data.rows))
    tables.total_kinds.open_up(len(data.total.kinds))
    tables.months.open_up(sum(len(row.months) for row in data.rows))
    tables.total_months.open_up(len(data.total.months))
    tables.drivers.open_up(len(data.rows))
    tables.driver_lines.open_up(len(data.driver_lines))
    tables.outlook.open_up(len(data.rows))
    tables.bridge.open_up(len(data.bridge))
    return tables


def write(data: VarianceReport, tables: DetailTables, variance: Table, checks: CheckList) -> None:
    """Write the sheets; ``variance`` is the table by work stream, which they have to agree with."""
    _write_kinds(data, tables, variance, checks)
    _write_months(data, tables, variance, checks)
    _write_drivers(data, tables, variance, checks)
    _write_outlook(data, tables, variance, checks)
    _write_bridge(data, tables, variance, checks)


def standing_check(at: Mapping[str, str]) -> str:
    """That the figures of one row, given by their addresses, follow from each other."""
    to_date, variance, per_cent = at["budget_to_date"], at["variance"], at["variance_pct"]
    return every(
        agree(f"{to_date}-{at['eligible']}", variance),
        # Half a unit of the last decimal, and a little more as per cents in cells are binary.
        f'IF(ROUND({to_date},2)=0,{per_cent}="",ABS({variance}/{to_date}*100-{per_cent})<0.0501)',
        agree(f"{at['budget']}-{at['forecast']}", at["full_year_variance"]),
    )


def sum_where(table: Table, figure: str, **where: str) -> str:
    """The sum of a column over the rows whose other columns are what the cells given (or texts in quotes) say.

    Not SUMIFS, which would take a code such as MAY-24 for a date.
    """
    conditions = "*".join(f"({table.whole(column)}={cell})" for column, cell in where.items())
    return f"SUMPRODUCT({conditions}*{table.whole(figure)})"


# --- by kind of money -------------------------------------------------------------------------------------------


def _write_kinds(data: VarianceReport, tables: DetailTables, variance: Table, checks: CheckList) -> None:
    table, total = tables.kinds, tables.total_kinds
    rows = [(n, row, kind) for n, row in enumerate(data.rows) for kind in row.kinds]
    table.write(
        (*_kind_row(row, kind), Formula(_kind_check(table, place, variance, n)))
        for place, (n, row, kind) in enumerate(rows)
    )
    total.write(
        (*_kind_row(data.total, kind), Formula(_total_kind_check(tables, place)))
        for place, kind in enumerate(data.total.kinds)
    )
    where = table.sheet.title
    checks.add(
        where,
        "Each kind: the variances follow from its figures, and the kinds of a work stream add up to it",
        every(table.whole("check")),
    )
    checks.add(where, "All work streams: each kind is the sum of the streams", every(total.whole("check")))


def _kind_row(row: VarianceRow, kind: KindFigures) -> tuple[Value, ...]:
    return (row.code, row.name, kind.kind, *(getattr(kind, figure) for figure in FIGURES), rated(kind.rag))


def _kind_check(table: Table, place: int, variance: Table, stream: int) -> str:
    code = table.at("code", place)
    shared = ("budget", "budget_to_date", "eligible", "forecast")
    return every(
        standing_check({figure: table.at(figure, place) for figure in FIGURES}),
        *(agree(sum_where(table, each, code=code), variance.reference(each, stream)) for each in shared),
    )


def _total_kind_check(tables: DetailTables, place: int) -> str:
    total = tables.total_kinds
    kind = total.at("kind", place)
    return every(
        standing_check({figure: total.at(figure, place) for figure in FIGURES}),
        *(agree(total.at(figure, place), sum_where(tables.kinds, figure, kind=kind)) for figure in SUMMED),
    )


# --- by month ---------------------------------------------------------------------------------------------------


def _write_months(data: VarianceReport, tables: DetailTables, variance: Table, checks: CheckList) -> None:
    table, total = tables.months, tables.total_months
    rows = [
        (n, row, month, place) for n, row in enumerate(data.rows) for place, month in enumerate(row.months)
    ]
    table.write(
        (*_month_row(row, month), Formula(_month_check(table, at - place, at, len(row.months), variance, n)))
        for at, (n, row, month, place) in enumerate(rows)
    )
    total.write(
        (*_month_row(data.total, month), Formula(_total_month_check(tables, place)))
        for place, month in enumerate(data.total.months)
    )
    where = table.sheet.title
    checks.add(
        where,
        "Each month: budget less eligible is the variance, the cumulative figures are what the months so far add up"
        " to, and all months come to the work stream's eligible cost and forecast",
        every(table.whole("check")),
    )
    checks.add(where, "All work streams: each month is the sum of the streams", every(total.whole("check")))


def _month_row(row: VarianceRow, month: MonthFigures) -> tuple[Value, ...]:
    figures = (getattr(month, figure) for figure in (*MONTH_FIGURES, *TO_DATE))
    return (row.code, row.name, month.name, *figures)


def _running(table: Table, first: int, place: int) -> str:
    """That a month's figures follow from each other and from the months before, from the row ``first`` on."""
    so_far = {
        figure: f"SUM({table.at(figure, first)}:{table.at(figure, place)})"
        for figure in ("budget", "eligible", "to_come")
    }
    eligible, forecast = table.at("eligible_to_date", place), table.at("forecast_to_date", place)
    both = f"{so_far['eligible']}+{so_far['to_come']}"
    return every(
        agree(f"{table.at('budget', place)}-{table.at('eligible', place)}", table.at("variance", place)),
        agree(table.at("profile_to_date", place), so_far["budget"]),
        f'IF({eligible}="",TRUE,{agree(eligible, so_far["eligible"])})',
        f'IF({forecast}="",TRUE,{agree(forecast, both)})',
    )


def _month_check(table: Table, first: int, place: int, months: int, variance: Table, stream: int) -> str:
    last = first + months - 1
    of_all = {
        figure: f"SUM({table.at(figure, first)}:{table.at(figure, last)})"
        for figure in ("eligible", "to_come")
    }
    return every(
        _running(table, first, place),
        agree(of_all["eligible"], variance.reference("eligible", stream)),
        agree(f"{of_all['eligible']}+{of_all['to_come']}", variance.reference("forecast", stream)),
    )


def _total_month_check(tables: DetailTables, place: int) -> str:
    total = tables.total_months
    month = total.at("month", place)
    sums = [
        agree(total.at(each, place), sum_where(tables.months, each, month=month)) for each in MONTH_FIGURES
    ]
    return every(_running(total, 0, place), *sums)


# --- drivers ----------------------------------------------------------------------------------------------------


def _write_drivers(data: VarianceReport, tables: DetailTables, variance: Table, checks: CheckList) -> None:
    table = tables.drivers
    figures = ("variance", *DRIVERS, "rest")
    table.write(
        (*_driver_row(row), Formula(_driver_check(tables, variance, place)))
        for place, row in enumerate(data.rows)
    )
    sums = every(*(agree(f"SUM({table.whole(each)})", table.total_at(each)) for each in figures))
    _, _, *total = _driver_row(data.total)
    table.write_total({**dict(zip(figures, total, strict=True)), "check": Formula(sums)})
    tables.driver_lines.write_lines(
        tuple(getattr(line, column) for column in LINE_COLUMNS) for line in data.driver_lines
    )
    tables.driver_lines.filter_from("work_stream")
    where = table.sheet.title
    checks.add(
        where,
        "Each work stream: timing less price less scope, and the rest, is the variance, and each is the sum of its"
        " orders and lines",
        every(table.whole("check")),
    )
    checks.add(where, "The total is the sum of the rows", table.total_at("check"))


def _driver_row(row: VarianceRow) -> tuple[Value, ...]:
    found = row.drivers
    return (row.code, row.name, row.variance, found.timing, found.price, found.scope, found.rest)


def _driver_check(tables: DetailTables, variance: Table, place: int) -> str:
    table, code = tables.drivers, tables.drivers.at("code", place)
    at = {figure: table.at(figure, place) for figure in ("variance", *DRIVERS, "rest")}
    return every(
        agree(at["variance"], variance.reference("variance", place)),
        agree(f"{at['timing']}-{at['price']}-{at['scope']}+{at['rest']}", at["variance"]),
        *(
            agree(at[name], sum_where(tables.driver_lines, "amount", work_stream=code, driver=f'"{name}"'))
            for name in DRIVERS
        ),
    )


# --- forecast ---------------------------------------------------------------------------------------------------


def _write_outlook(data: VarianceReport, tables: DetailTables, variance: Table, checks: CheckList) -> None:
    table = tables.outlook
    table.write(
        (
            row.code,
            row.name,
            row.outlook.method,
            *_outlook(row),
            Formula(_outlook_check(table, variance, place)),
        )
        for place, row in enumerate(data.rows)
    )
    summed = (*METHODS.values(), "forecast", "budget", "full_year_variance")
    total = {figure: table.total_at(figure) for figure in OUTLOOK_FIGURES}
    sums = (agree(f"SUM({table.whole(figure)})", total[figure]) for figure in summed)
    check = every(*sums, *_range(total))
    table.write_total(
        {**dict(zip(OUTLOOK_FIGURES, _outlook(data.total), strict=True)), "check": Formula(check)}
    )
    where = table.sheet.title
    checks.add(
        where,
        "Each work stream: lowest and highest are those of the methods, the forecast is that of the method in force",
        every(table.whole("check")),
    )
    checks.add(
        where, "The total is the sum of the rows, its range that of its methods", table.total_at("check")
    )


def _outlook(row: VarianceRow) -> Iterable[Value]:
    found = row.outlook
    methods = (found.profile, found.run_rate, found.committed, found.planned)
    return (*methods, found.low, found.high, row.forecast, row.budget, row.full_year_variance)


def _range(at: Mapping[str, str]) -> tuple[str, str]:
    methods = ",".join(at[method] for method in METHODS.values())
    return agree(f"MIN({methods})", at["low"]), agree(f"MAX({methods})", at["high"])


def _outlook_check(table: Table, variance: Table, place: int) -> str:
    at = {figure: table.at(figure, place) for figure in OUTLOOK_FIGURES}
    method = table.at("method", place)
    chosen = "+".join(f'({method}="{name}")*{at[column]}' for name, column in METHODS.items())
    return every(
        *_range(at),
        agree(chosen, at["forecast"]),
        agree(f"{at['budget']}-{at['forecast']}", at["full_year_variance"]),
        *(agree(at[each], variance.reference(each, place)) for each in ("forecast", "budget")),
    )


def _write_bridge(data: VarianceReport, tables: DetailTables, variance: Table, checks: CheckList) -> None:
    table = tables.bridge
    rows: list[Sequence[Value]] = []
    for place, step in enumerate(data.bridge):
        is_end = place in {0, len(data.bridge) - 1}
        end = "budget" if place == 0 else "forecast"
        check = _bridge_check(table, place, variance.total_at(end) if is_end else None)
        rows.append((step.step, *(getattr(step, figure) for figure in BRIDGE_FIGURES), Formula(check)))
    table.write(rows)
    checks.add(
        table.sheet.title,
        "From budget to forecast: each step leads from the sum before it to the sum after, and its column shows that",
        every(table.whole("check")),
    )


def _bridge_check(table: Table, place: int, end: str | None) -> str:
    """A step's column reaches from the sum before to the sum after; the first and the last stand on zero."""
    at = {figure: table.at(figure, place) for figure in BRIDGE_FIGURES}
    before = "0" if end else table.at("after", place - 1)
    above = f"MAX({at['base']},0)+N({at['whole']})+N({at['over']})+N({at['under']})"
    conditions = [
        agree(f"{before}+{at['change']}", at["after"]),
        agree(above, f"MAX({before},{at['after']},0)"),
        agree(f"MIN({at['base']},0)+{at['below']}", f"MIN({before},{at['after']},0)"),
    ]
    if end:
        conditions.append(agree(at["after"], end))
        if place:
            conditions.append(agree(at["after"], table.at("after", place - 1)))
    return every(*conditions)
