"""The sheet Variance: each work stream against its profile and its budget at the claim's last day, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.money import ZERO, per_cent
from grantkit.workbook.cells import Formula, Value
from grantkit.workbook.checks import agree, every

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.claim_return import ClaimReturn, StreamFigures
    from grantkit.workbook.claim_summary import SummaryTables
    from grantkit.workbook.template import Table, Template

FIGURES = ("budget", "budget_to_date", "eligible", "ineligible", "variance", "forecast", "full_year_variance")
COLUMNS = ("code", "name", *FIGURES[:5], "variance_pct", *FIGURES[5:], "rag", "explanation", "check")
#: What stands in the place of an explanation that is due; the template's conditional format marks it.
MISSING = "MISSING: an officer has to explain this variance (grantkit claim note)"


def write(template: Template, data: ClaimReturn, summary: SummaryTables, checks: CheckList) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    table = template.table("standing", COLUMNS)
    table.open_up(len(data.streams))
    rows: list[Sequence[Value]] = []
    for index, stream in enumerate(data.streams):
        rows.append((*_row(stream), Formula(_check(data, table, summary, index))))
    table.write(rows)
    totals = {figure: sum((getattr(stream, figure) for stream in data.streams), ZERO) for figure in FIGURES}
    sums = every(*(agree(f"SUM({table.whole(figure)})", table.total_at(figure)) for figure in FIGURES))
    pct = per_cent(totals["variance"], totals["budget_to_date"])
    table.write_total({**totals, "variance_pct": pct, "check": Formula(sums)})
    where = table.sheet.title
    checks.add(
        where,
        "Each work stream: profile to date less eligible cost is the variance; budget less forecast the year's",
        every(table.whole("check")),
    )
    checks.add(where, "Totals are the sums of the work streams", table.total_at("check"))


def _row(stream: StreamFigures) -> tuple[Value, ...]:
    return (
        *(stream.code, stream.name, stream.budget, stream.budget_to_date, stream.eligible, stream.ineligible),
        *(stream.variance, per_cent(stream.variance, stream.budget_to_date)),
        *(stream.forecast, stream.full_year_variance, stream.rag),
        stream.explanation or (MISSING if stream.needs_explaining else None),
    )


def _check(data: ClaimReturn, table: Table, summary: SummaryTables, index: int) -> str:
    at = {figure: table.at(figure, index) for figure in FIGURES}
    conditions = [
        agree(at["budget"], summary.streams.reference("budget", index)),
        agree(f"{at['budget_to_date']}-{at['eligible']}", at["variance"]),
        agree(f"{at['budget']}-{at['forecast']}", at["full_year_variance"]),
    ]
    if data.basis == "invoiced":  # on the other bases cost counts by another date than it is claimed by
        claimed = "+".join(
            summary.streams.reference(figure, index)
            for figure in ("claimed_before", "this_claim", "held_back")
        )
        conditions.append(agree(at["eligible"], claimed))
    return every(*conditions)
