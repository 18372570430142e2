"""The sheet Schedule: every line that the claim takes something of, and the subtotals by work stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.workbook.cells import Formula, Value
from grantkit.workbook.checks import agree, every
from grantkit.workbook.claim_summary import COST_TYPES, in_schedule, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.claim_return import ClaimReturn, ScheduleLine
    from grantkit.workbook.claim_summary import SummaryTables
    from grantkit.workbook.template import Table, Template

COLUMNS = (
    *("work_stream", "cost_type", "kind", "date", "supplier", "document", "line", "po", "description"),
    *("net", "amount", "line_id", "file", "sheet", "row"),
)
KINDS = ("current", "late", "adjustment", "accrual")
SUBTOTALS = ("lines", "resource", "capital", "amount")


@dataclass(frozen=True)
class ScheduleTables:
    """The tables of the sheet Schedule, opened up: the lines, and the subtotals below them."""

    lines: Table
    subtotals: Table


def place(template: Template, data: ClaimReturn) -> ScheduleTables:
    """Open up the sheet's tables. Raises UnreadableError where the template lacks one of their names."""
    tables = ScheduleTables(
        template.table("schedule", COLUMNS), template.table("subtotal", ("code", "name", *SUBTOTALS, "check"))
    )
    tables.lines.open_up(len(data.schedule))
    tables.subtotals.open_up(len(data.streams))
    return tables


def write(
    template: Template, data: ClaimReturn, tables: ScheduleTables, summary: SummaryTables, checks: CheckList
) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    lines = tables.lines
    lines.write_lines(_row(line) for line in in_order(data))
    if not data.schedule:
        template.put_sentence("schedule_description", in_words(data))
    lines.filter_from("work_stream")
    _write_subtotals(data, tables.subtotals, summary)
    where, total = lines.sheet.title, summary.streams.total_at("this_claim")
    checks.add(where, "The lines add up to the claim", agree(f"SUM({lines.whole('amount')})", total))
    checks.add(
        where,
        "There are as many lines as the cover says",
        agree(f"COUNT({lines.whole('amount')})", "claim_lines"),
    )
    checks.add(
        where,
        "Each work stream's subtotals are the sums of its lines and agree with the summary",
        every(tables.subtotals.whole("check"), tables.subtotals.total_at("check")),
    )


def in_order(data: ClaimReturn) -> list[ScheduleLine]:
    """The lines by stream in the claim's order, then kind, date (none last), line and cost type."""
    streams = {stream.code: place for place, stream in enumerate(data.streams)}
    kinds = {kind: place for place, kind in enumerate(KINDS)}

    def place_of(line: ScheduleLine) -> tuple[object, ...]:
        return (
            streams.get(line.work_stream, len(streams)),
            kinds.get(line.kind, len(kinds)),
            line.dated or date.max,
            line.line_id,
            line.cost_type != "resource",
        )

    return sorted(data.schedule, key=place_of)


def _row(line: ScheduleLine) -> tuple[str | int | Decimal | date | None, ...]:
    return (
        line.work_stream,
        line.cost_type,
        line.kind,
        line.dated,
        line.supplier,
        line.document,
        line.line,
        line.po,
        line.description,
        line.net,
        line.amount,
        line.line_id,
        line.file,
        line.sheet,
        line.row,
    )


def _write_subtotals(data: ClaimReturn, table: Table, summary: SummaryTables) -> None:
    counts = {stream.code: 0 for stream in data.streams}
    sums = {(stream.code, cost_type): ZERO for stream in data.streams for cost_type in COST_TYPES}
    for line in data.schedule:
        counts[line.work_stream] += 1
        sums[line.work_stream, line.cost_type] += line.amount
    rows: list[Sequence[Value]] = []
    for index, stream in enumerate(data.streams):
        resource, capital = (sums[stream.code, cost_type] for cost_type in COST_TYPES)
        check = Formula(_subtotal_check(table, summary, index))
        rows.append(
            (stream.code, stream.name, counts[stream.code], resource, capital, resource + capital, check)
        )
    table.write(rows)
    resource, capital = (
        sum((sums[stream.code, cost_type] for stream in data.streams), ZERO) for cost_type in COST_TYPES
    )
    sums_agree = [agree(f"SUM({table.whole(column)})", table.total_at(column)) for column in SUBTOTALS]
    table.write_total(
        {
            "lines": len(data.schedule),
            "resource": resource,
            "capital": capital,
            "amount": resource + capital,
            "check": Formula(every(*sums_agree)),
        }
    )


def _subtotal_check(table: Table, summary: SummaryTables, index: int) -> str:
    code = table.at("code", index)
    amount = table.at("amount", index)
    return every(
        agree(table.at("lines", index), f"SUMPRODUCT((schedule_work_stream={code})*1)"),
        *(
            agree(table.at(cost_type, index), in_schedule(work_stream=code, cost_type=cost_type))
            for cost_type in COST_TYPES
        ),
        agree(amount, in_schedule(work_stream=code)),
        agree(amount, summary.streams.reference("this_claim", index)),
    )
