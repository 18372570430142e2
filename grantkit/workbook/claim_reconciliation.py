"""The sheet Reconciliation: from the ledger's total to this claim, with nothing left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.workbook.cells import Formula
from grantkit.workbook.checks import agree, every

if TYPE_CHECKING:
    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.claim_return import ClaimReturn
    from grantkit.workbook.claim_summary import SummaryTables
    from grantkit.workbook.template import Template


def write(template: Template, data: ClaimReturn, summary: SummaryTables, checks: CheckList) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    table = template.table("reconciliation", ("step", "detail", "amount"))
    table.open_up(len(data.reconciliation))
    table.write((step.step, step.detail, step.amount) for step in data.reconciliation)
    claimable = sum((step.amount for step in data.reconciliation), ZERO)
    before = sum((stream.claimed_before for stream in data.streams), ZERO)
    held_back = sum((stream.held_back for stream in data.streams), ZERO)
    schedule = sum((line.amount for line in data.schedule), ZERO)
    arrived = claimable - before - held_back
    template.put_all(
        {
            "reconciliation_claimable": claimable,
            "reconciliation_claimed_before": -before,
            "reconciliation_held_back": -held_back,
            "reconciliation_arrived": arrived,
            "reconciliation_this_claim": schedule,
            "reconciliation_residual": arrived - schedule,
        }
    )
    _write_checks(template, table.sheet.title, summary, checks)


def _write_checks(template: Template, where: str, summary: SummaryTables, checks: CheckList) -> None:
    streams = summary.streams
    parts = ("claimable", "claimed_before", "held_back")
    conditions = {
        "claimable": agree("reconciliation_claimable", "SUM(reconciliation_amount)"),
        "claimed_before": agree("reconciliation_claimed_before", f"-{streams.total_at('claimed_before')}"),
        "held_back": agree("reconciliation_held_back", f"-{streams.total_at('held_back')}"),
        "arrived": agree("reconciliation_arrived", "+".join(f"reconciliation_{part}" for part in parts)),
        "this_claim": every(
            agree("reconciliation_this_claim", "SUM(schedule_amount)"),
            agree("reconciliation_this_claim", streams.total_at("this_claim")),
        ),
        "residual": every(
            agree("reconciliation_residual", "reconciliation_arrived-reconciliation_this_claim"),
            agree("reconciliation_residual", "0"),
        ),
    }
    for figure, condition in conditions.items():
        template.put(f"reconciliation_{figure}_check", Formula(condition))
    steps = [f"reconciliation_{figure}_check" for figure in conditions if figure != "residual"]
    checks.add(where, "The steps from the ledger's total lead to this claim", every(*steps))
    checks.add(where, "The residual is 0.00", every("reconciliation_residual_check"))
