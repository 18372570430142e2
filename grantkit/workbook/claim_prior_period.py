"""The sheet Prior period: what of the claim is not of its own period, line by line with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.workbook.cells import Formula
from grantkit.workbook.checks import agree, every
from grantkit.workbook.claim_schedule import in_order

if TYPE_CHECKING:
    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.claim_return import ClaimReturn
    from grantkit.workbook.claim_summary import SummaryTables
    from grantkit.workbook.template import Template

COLUMNS = (
    *("work_stream", "cost_type", "kind", "date", "supplier", "document", "line", "amount", "line_id"),
    *("cause", "file", "sheet", "row"),
)


def write(template: Template, data: ClaimReturn, summary: SummaryTables, checks: CheckList) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    lines = [line for line in in_order(data) if line.kind != "current"]
    table = template.table("prior", COLUMNS)
    table.open_up(len(lines))
    table.write_lines(
        (
            *(
                line.work_stream,
                line.cost_type,
                line.kind,
                line.dated,
                line.supplier,
                line.document,
                line.line,
            ),
            *(line.amount, line.line_id, line.cause, line.file, line.sheet, line.row),
        )
        for line in lines
    )
    table.filter_from("work_stream")
    table.write_total({"amount": sum((line.amount for line in lines), ZERO)})
    total = table.total_at("amount")
    parts = "+".join(summary.streams.total_at(part) for part in ("late", "adjustments", "accruals"))
    template.put(
        "prior_check", Formula(every(agree(f"SUM({table.whole('amount')})", total), agree(parts, total)))
    )
    checks.add(
        table.sheet.title,
        "The items add up to what is late, adjusted and accrued in the summary",
        "prior_check",
    )
