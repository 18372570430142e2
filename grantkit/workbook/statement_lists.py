"""The sheets Claims, Virements and Reconciliation of a statement: what its figures are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.workbook.cells import Formula
from grantkit.workbook.checks import agree, every

if TYPE_CHECKING:
    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.statement_report import StatementReport
    from grantkit.workbook.statement_usage import UsageTables
    from grantkit.workbook.template import Table, Template

AMOUNTS = ("claimed", "disallowed", "received", "outstanding")
#: What the reconciliation takes from the statement's totals beside these.
OTHERS = ("claimable", "held_back", "not_yet_claimed")
#: Headings in one check: a formula is at most 8,192 characters long.
MOST_CONDITIONS = 16
CLAIM_COLUMNS = ("claim", "version", "claim_state", "starts", "ends", "submitted_on", *AMOUNTS, "check")
RECEIPT_COLUMNS = ("claim", "date", "received", "disallowed", "reason", "entered_by")
VIREMENT_COLUMNS = (
    *("number", "date", "from_stream", "from_kind", "to_stream", "to_kind"),
    *("amount", "reason", "approved_by", "entered_by"),
)


# --- claims -----------------------------------------------------------------------------------------------------


def write_claims(template: Template, data: StatementReport, usage: UsageTables, checks: CheckList) -> None:
    """Write the sheet Claims. Raises UnreadableError where the template lacks a name."""
    claims, receipts = template.table("claims", CLAIM_COLUMNS), template.table("receipts", RECEIPT_COLUMNS)
    claims.open_up(len(data.claims))
    receipts.open_up(len(data.receipts))
    claims.write(
        (
            *(claim.claim, claim.version, claim.status, claim.starts, claim.ends, claim.submitted_on),
            *(getattr(claim, amount) for amount in AMOUNTS),
            Formula(_claim_check(claims, index)),
        )
        for index, claim in enumerate(data.claims)
    )
    sums = {amount: sum((getattr(claim, amount) for claim in data.claims), ZERO) for amount in AMOUNTS}
    with_usage = [agree(claims.total_at(amount), usage.streams.total_at(amount)) for amount in AMOUNTS]
    added = [agree(f"SUM({claims.whole(amount)})", claims.total_at(amount)) for amount in AMOUNTS]
    claims.write_total({**sums, "check": Formula(every(*added, *with_usage))})
    _write_receipts(data, receipts, claims, checks)


def _claim_check(claims: Table, index: int) -> str:
    at = {amount: claims.at(amount, index) for amount in AMOUNTS}
    name = claims.at("claim", index)
    return every(
        agree(f"{at['claimed']}-{at['disallowed']}-{at['received']}", at["outstanding"]),
        *(
            agree(at[amount], f"SUMPRODUCT((receipts_claim={name})*receipts_{amount})")
            for amount in ("received", "disallowed")
        ),
    )


def _write_receipts(data: StatementReport, receipts: Table, claims: Table, checks: CheckList) -> None:
    receipts.write(
        (
            *(receipt.claim, receipt.dated, receipt.received, receipt.disallowed),
            *(receipt.reason, receipt.entered_by),
        )
        for receipt in data.receipts
    )
    receipts.write_total(
        {
            "received": sum((receipt.received or ZERO for receipt in data.receipts), ZERO),
            "disallowed": sum((receipt.disallowed for receipt in data.receipts), ZERO),
        }
    )
    _check_claims(receipts, claims, checks)


def _check_claims(receipts: Table, claims: Table, checks: CheckList) -> None:
    where = claims.sheet.title
    if claims.rows:
        checks.add(
            where,
            "Each claim: less what was disallowed and received it is outstanding, and the funder's answers make these",
            every(claims.whole("check")),
        )
    checks.add(
        where, "The claims' totals are their sums and those of the statement", claims.total_at("check")
    )
    answers = []
    for amount in ("received", "disallowed"):
        total = receipts.total_at(amount)
        answers += [agree(f"SUM({receipts.whole(amount)})", total), agree(total, claims.total_at(amount))]
    checks.add(where, "What was received and disallowed is the sum of the funder's answers", every(*answers))


# --- virements --------------------------------------------------------------------------------------------------


def write_virements(template: Template, data: StatementReport, usage: UsageTables, checks: CheckList) -> None:
    """Write the sheet Virements. Raises UnreadableError where the template lacks a name."""
    table = template.table("virements", VIREMENT_COLUMNS)
    table.open_up(len(data.virements))
    table.write(
        (
            *(move.number, move.dated, move.from_stream, move.from_kind.capitalize()),
            *(move.to_stream, move.to_kind.capitalize()),
            *(move.amount, move.reason, move.approved_by, move.entered_by),
        )
        for move in data.virements
    )
    table.write_total({"amount": sum((move.amount for move in data.virements), ZERO)})
    _check_virements(table, usage.detail, checks)


def _check_virements(table: Table, detail: Table, checks: CheckList) -> None:
    """Each heading's virements are what was moved in less what was moved out."""
    moved = []
    for index in range(detail.rows):
        code, kind = detail.reference("code", index), detail.reference("cost_type", index)
        into, out = (
            f"SUMPRODUCT((virements_{way}_stream={code})*(virements_{way}_kind={kind})*virements_amount)"
            for way in ("to", "from")
        )
        moved.append(agree(detail.reference("virements", index), f"{into}-{out}"))
    where = table.sheet.title
    for start in range(0, len(moved), MOST_CONDITIONS):
        part = moved[start : start + MOST_CONDITIONS]
        what = f"{_headings(start, len(part))}: virements are what was moved in and out"
        checks.add(where, what, every(*part))
    added = agree(f"SUM({table.whole('amount')})", table.total_at("amount"))
    to_nothing = agree(detail.total_at("virements"), "0")
    what = "The virements add up to their total, and to nothing over all headings"
    checks.add(where, what, every(added, to_nothing))


def _headings(start: int, number: int) -> str:
    return f"Headings {start + 1} to {start + number} of the sheet By kind"


# --- reconciliation ---------------------------------------------------------------------------------------------


def write_reconciliation(
    template: Template, data: StatementReport, usage: UsageTables, checks: CheckList
) -> None:
    """Write the sheet Reconciliation. Raises UnreadableError where the template lacks a name."""
    table = template.table("reconciliation", ("step", "detail", "amount"))
    table.open_up(len(data.steps))
    table.write((step.step, step.detail, step.amount) for step in data.steps)
    total = data.total
    figures = {
        "claimable": sum((step.amount for step in data.steps), ZERO),
        "held_back": -total.held_back,
        "earned": total.earned,
        "less_claimed": -total.claimed,
        "add_disallowed": total.disallowed,
        "not_yet_claimed": total.not_yet_claimed,
        "claimed": total.claimed,
        "less_disallowed": -total.disallowed,
        "less_received": -total.received,
        "outstanding": total.outstanding,
        "balance": data.balance,
        "by_receipts": total.earned - total.received,
        "residual": data.residual,
    }
    conditions = _steps_hold({figure: usage.streams.total_at(figure) for figure in (*AMOUNTS, *OTHERS)})
    for figure, amount in figures.items():
        template.put(f"reconciliation_{figure}", amount)
        template.put(f"reconciliation_{figure}_check", Formula(conditions[figure]))
    where = table.sheet.title
    steps = [f"reconciliation_{figure}_check" for figure in figures if figure != "residual"]
    checks.add(where, "The steps lead from eligible expenditure to what is due or repayable", every(*steps))
    checks.add(where, "The residual is 0.00", every("reconciliation_residual_check"))


def _steps_hold(at: dict[str, str]) -> dict[str, str]:
    """A condition for each figure of the reconciliation; ``at`` has the totals of the statement."""

    def this(figure: str) -> str:
        return f"reconciliation_{figure}"

    return {
        "claimable": every(
            agree(this("claimable"), "SUM(reconciliation_amount)"), agree(this("claimable"), at["claimable"])
        ),
        "held_back": agree(this("held_back"), f"-{at['held_back']}"),
        "earned": every(
            agree(this("earned"), f"{this('claimable')}+{this('held_back')}"),
            agree(this("earned"), "statement_earned"),
        ),
        "less_claimed": agree(this("less_claimed"), f"-{at['claimed']}"),
        "add_disallowed": agree(this("add_disallowed"), at["disallowed"]),
        "not_yet_claimed": every(
            agree(
                this("not_yet_claimed"), f"{this('earned')}+{this('less_claimed')}+{this('add_disallowed')}"
            ),
            agree(this("not_yet_claimed"), at["not_yet_claimed"]),
        ),
        "claimed": agree(this("claimed"), at["claimed"]),
        "less_disallowed": agree(this("less_disallowed"), f"-{at['disallowed']}"),
        "less_received": agree(this("less_received"), f"-{at['received']}"),
        "outstanding": every(
            agree(
                this("outstanding"), f"{this('claimed')}+{this('less_disallowed')}+{this('less_received')}"
            ),
            agree(this("outstanding"), at["outstanding"]),
        ),
        "balance": every(
            agree(this("balance"), f"{this('outstanding')}+{this('not_yet_claimed')}"),
            agree(this("balance"), "statement_due-statement_repayable"),
        ),
        "by_receipts": agree(this("by_receipts"), f"{this('earned')}+{this('less_received')}"),
        "residual": every(
            agree(this("residual"), f"{this('balance')}-{this('by_receipts')}"), agree(this("residual"), "0")
        ),
    }
