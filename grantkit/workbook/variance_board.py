"""The page for the board: where the grant stands, on one sheet of A4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.workbook.cells import Formula, Value
from grantkit.workbook.checks import agree, every
from grantkit.workbook.variance_data import FIGURES, rated
from grantkit.workbook.variance_details import SUMMED, standing_check, sum_where

if TYPE_CHECKING:
    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.template import Table, Template
    from grantkit.workbook.variance_data import VarianceReport, VarianceRow

SHARED = ("budget", "budget_to_date", "eligible", "variance", "forecast", "full_year_variance")
MILESTONE_COLUMNS = ("due", "name", "work_stream", "status", "budget", "eligible", "spent_pct", "flag")
UNIT_COST_COLUMNS = (
    *("measure", "unit", "quantity", "cost", "per_unit", "resource_per_unit", "capital_per_unit", "check"),
)


@dataclass(frozen=True)
class BoardTables:
    """The tables of the page."""

    streams: Table
    milestones: Table
    unit_costs: Table


def place(template: Template, data: VarianceReport) -> BoardTables:
    """Find the tables and make room in them. Raises UnreadableError where the template lacks a name."""
    tables = BoardTables(
        template.table("board", ("code", "name", *FIGURES, "rag", "reason", "check")),
        template.table("milestones", MILESTONE_COLUMNS),
        template.table("unit_costs", UNIT_COST_COLUMNS),
    )
    tables.streams.open_up(len(data.rows))
    tables.milestones.open_up(len(data.milestones))
    tables.unit_costs.open_up(len(data.unit_costs))
    return tables


def write(
    template: Template,
    data: VarianceReport,
    tables: BoardTables,
    others: tuple[Table, Table],
    checks: CheckList,
) -> None:
    """Write the page; ``others`` are the tables by work stream and by kind, which it has to agree with."""
    _write_head(template, data)
    table = tables.streams
    table.write((*_row(row), Formula(_check(table, place, others))) for place, row in enumerate(data.rows))
    total = {figure: table.total_at(figure) for figure in FIGURES}
    sums = (agree(f"SUM({table.whole(figure)})", total[figure]) for figure in SUMMED)
    _, _, *values = _row(data.total)
    table.write_total(
        {
            **dict(zip((*FIGURES, "rag", "reason"), values, strict=True)),
            "check": Formula(every(standing_check(total), *sums)),
        }
    )
    _write_milestones(data, tables.milestones)
    _write_unit_costs(data, tables.unit_costs)
    _add_checks(data, tables, checks)


def _write_head(template: Template, data: VarianceReport) -> None:
    total = data.total
    template.put_all({f"head_{figure}": getattr(total, figure) for figure in SHARED})
    template.put_all(
        {
            "head_award": data.award.amount,
            "head_low": total.outlook.low,
            "head_high": total.outlook.high,
            "head_rag": rated(total.rag),
            "head_all_checks": Formula("all_checks"),
            "board_remarks": data.remarks,
        }
    )


def _row(row: VarianceRow) -> tuple[Value, ...]:
    figures = (getattr(row, figure) for figure in FIGURES)
    return (row.code, row.name, *figures, rated(row.rag), row.reason)


def _check(table: Table, place: int, others: tuple[Table, Table]) -> str:
    variance, kinds = others
    at = {figure: table.at(figure, place) for figure in FIGURES}
    code = table.at("code", place)
    return every(
        standing_check(at),
        *(agree(at[figure], variance.reference(figure, place)) for figure in SHARED),
        *(
            agree(at[each], sum_where(kinds, each, code=code))
            for each in ("original", "accrued", "committed")
        ),
    )


def _write_milestones(data: VarianceReport, table: Table) -> None:
    table.write(tuple(getattr(row, column) for column in MILESTONE_COLUMNS) for row in data.milestones)


def _write_unit_costs(data: VarianceReport, table: Table) -> None:
    table.write(
        (
            *(getattr(row, column) for column in UNIT_COST_COLUMNS[:-1]),
            Formula(_unit_cost_check(table, place)),
        )
        for place, row in enumerate(data.unit_costs)
    )


def _unit_cost_check(table: Table, place: int) -> str:
    """The cost is the award's eligible cost; times what was counted it comes back, but for the rounding of each."""
    quantity, cost, per_unit = (table.at(column, place) for column in ("quantity", "cost", "per_unit"))
    return every(
        agree(cost, "head_eligible"),
        f'IF({quantity}=0,{per_unit}="",ABS({cost}/{quantity}-{per_unit})<0.00501)',
    )


def _add_checks(data: VarianceReport, tables: BoardTables, checks: CheckList) -> None:
    where, table = tables.streams.sheet.title, tables.streams
    checks.add(
        where,
        "Each row: the variances follow from its figures, which are those of the sheets by work stream and by kind",
        every(table.whole("check")),
    )
    checks.add(where, "The total is the sum of the rows", table.total_at("check"))
    heads = (agree(f"head_{figure}", table.total_at(figure)) for figure in SHARED)
    checks.add(where, "The page's head shows the total", every(*heads))
    if data.unit_costs:
        checks.add(
            where,
            "Each unit cost is the award's eligible cost for each unit counted",
            every(tables.unit_costs.whole("check")),
        )
