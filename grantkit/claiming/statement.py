"""The statement of grant usage at the year's end: what the grant was, what it paid for, what is due or repayable.

What the grant pays is what is claimed, less disallowed, and what a claim would take (or give back) if worked out
at the statement's date, within the budgets and the award; the arithmetic is that of claims. All amounts are pounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grantkit.claiming.claims import STANDING, ClaimPeriod, all_claims
from grantkit.claiming.preparing import compute
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.position import KINDS, UNALLOCATED, budgets_at, settled_by_stream
from grantkit.shipped import template
from grantkit.workbook.award import AwardFacts
from grantkit.workbook.statement_report import (
    ClaimRow,
    Receipt,
    StatementReport,
    Step,
    Usage,
    VirementRow,
    write_statement_report,
)
from grantkit.workbook.statement_usage import FIGURES
from grantkit.workbook.wording import in_words
from grantkit.workspace import Workspace, user

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from grantkit.claiming.claims import Claim
    from grantkit.settings import Settings
    from grantkit.store import Ledger

Heading = tuple[str, str]


def statement(ledger: Ledger, settings: Settings, as_at: datetime.date | None = None) -> StatementReport:
    """How the grant was used up to the end of a day, by default the award's last.

    Raises RequestError where a claim that stands reaches beyond that day: it cannot be taken apart.
    """
    award = settings.award
    day = as_at or award.ends
    standing = [claim for claim in all_claims(ledger) if claim.status in STANDING]
    _check_reach(standing, day)
    name = "FINAL" if day >= award.ends else "statement"
    compute(ledger, settings, ClaimPeriod(name, award.starts, day))
    ledger.run("claiming/leave_out")
    ledger.run("claiming/claim_heading")
    rows = ledger.records("claiming/usage")
    usage = _usage(ledger, settings, rows, day)
    not_yet_claimed = sum((row.not_yet_claimed for row in usage), ZERO)
    return StatementReport(
        award=AwardFacts.of(award),
        as_at=day,
        basis=award.claim_basis,
        final_claim=_final_claim(ledger, standing),
        draft_because=_draft_because(standing, not_yet_claimed),
        prepared_at=now(),
        prepared_by=user(),
        usage=usage,
        claims=tuple(map(_claim_row, standing)),
        receipts=tuple(Receipt(**row) for row in ledger.records("claiming/receipts")),
        virements=_virements(ledger, day),
        steps=_steps(award.claim_basis, rows),
        signatory=settings.signatory,
        declaration=settings.declaration,
    )


def write_statement(workspace: Workspace, report: StatementReport, target: Path) -> str:
    """Write the statement's workbook; gives its SHA-256.

    Raises UnreadableError where the template cannot be read or the workbook not be written.
    """
    own = template(workspace.folder, "statement.xlsx")
    return write_statement_report(report, target, template=own, moment=now())


def _check_reach(standing: Sequence[Claim], day: datetime.date) -> None:
    beyond = [claim for claim in standing if claim.ends > day]
    if beyond:
        last = max(claim.ends for claim in beyond)
        raise RequestError(
            f"{beyond[0].claim} is {beyond[0].status} and reaches up to {beyond[0].ends}, beyond {day}",
            hint=f"a statement is drawn up at {last} or later: --as-at {last}",
        )


# --- whether it is final ----------------------------------------------------------------------------------------


def _last_final(standing: Sequence[Claim]) -> Claim | None:
    finals = [claim for claim in standing if claim.claim.startswith("FINAL")]
    return finals[-1] if finals else None


def _final_claim(ledger: Ledger, standing: Sequence[Claim]) -> str:
    """Where the final claim stands, in words."""
    final = _last_final(standing)
    if final is None:
        return "Not submitted"
    if final.status != "settled":
        return f"{final.claim} is submitted and not settled"
    days = [row["dated"] for row in ledger.records("claiming/receipts") if row["claim"] == final.claim]
    return f"{final.claim} was settled on {in_words(max(days))}"


def _draft_because(standing: Sequence[Claim], not_yet_claimed: Decimal) -> tuple[str, ...]:
    """Why a statement is no more than a draft; nothing where it is final."""
    final, why = _last_final(standing), []
    if final is None or final.status != "settled":
        why.append(f"the claim {final.claim if final else 'FINAL'} is not settled")
    elif not_yet_claimed:
        why.append(f"what came to light after {final.claim} is not claimed yet")
    return tuple(why)


# --- its figures ------------------------------------------------------------------------------------------------


def _usage(
    ledger: Ledger, settings: Settings, rows: Sequence[dict[str, Any]], day: datetime.date
) -> tuple[Usage, ...]:
    """The figures of every heading, work streams in the order of the settings, last what has no work stream."""
    budgets, received = budgets_at(ledger, settings, day), _received(ledger)
    original = {
        (stream.code, kind): getattr(stream, kind) for stream in settings.work_streams for kind in KINDS
    }
    found = []
    for row in rows:
        heading = row["work_stream"], row["cost_type"]
        first = original.get(heading, ZERO)
        found.append(
            Usage(
                code=row["work_stream"],
                name=row["name"],
                cost_type=row["cost_type"],
                original=first,
                virements=budgets.get(heading, ZERO) - first,
                eligible=row["eligible"],
                claimable=ZERO if row["work_stream"] == UNALLOCATED else row["worth"],
                claimed=row["claimed"],
                disallowed=row["disallowed"],
                received=received.get(heading, ZERO),
                not_yet_claimed=row["taken"],
                held_back=row["held_back"],
            )
        )
    return tuple(found)


def _received(ledger: Ledger) -> dict[Heading, Decimal]:
    """What the funder paid, by heading: of each claim as ``status`` shares it over streams, and so again over kinds."""
    kinds: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in ledger.records("claiming/headings_claimed"):
        kinds.setdefault((row["claim_id"], row["work_stream"]), []).append(row)
    streams: dict[int, list[dict[str, Any]]] = {}
    for row in ledger.records("position/settled"):
        if row["received"] is not None:
            streams.setdefault(row["claim_id"], []).append(row)
    found: dict[Heading, Decimal] = {}
    for claim_id, of_claim in streams.items():
        taken = [(row["claimed"], row["disallowed"]) for row in of_claim]
        shares = settled_by_stream(of_claim[0]["received"], taken)
        for row, amount in zip(of_claim, shares, strict=True):
            for heading, part in _by_kind(
                row["work_stream"], amount, kinds.get((claim_id, row["work_stream"]), ())
            ):
                found[heading] = found.get(heading, ZERO) + part
    return found


def _by_kind(code: str, amount: Decimal, kinds: Sequence[dict[str, Any]]) -> list[tuple[Heading, Decimal]]:
    """A stream's part of a payment, shared over the kinds in which the claim took something there."""
    if not kinds:
        return [((code, KINDS[0]), amount)] if amount else []
    shares = settled_by_stream(amount, [(row["claimed"], row["disallowed"]) for row in kinds])
    left = amount - sum(shares, ZERO)  # where the claim's lines of the stream cancel each other out
    return [
        ((code, row["cost_type"]), share + (left if place == 0 else ZERO))
        for place, (row, share) in enumerate(zip(kinds, shares, strict=True))
    ]


def _claim_row(claim: Claim) -> ClaimRow:
    assert claim.submitted_at is not None
    return ClaimRow(
        claim=claim.claim,
        version=claim.version,
        status=claim.status,
        starts=claim.starts,
        ends=claim.ends,
        submitted_on=claim.submitted_at.date(),
        claimed=claim.total["this_claim"],
        disallowed=claim.disallowed,
        received=claim.received,
    )


def _virements(ledger: Ledger, day: datetime.date) -> tuple[VirementRow, ...]:
    """The virements dated up to a day, in the order of their dates."""
    moves = ledger.records("position/budget_moves", {"as_at": day})
    return tuple(
        VirementRow(
            number=move["move"],
            dated=move["dated"],
            from_stream=move["from_stream"],
            from_kind=move["from_kind"],
            to_stream=move["to_stream"],
            to_kind=move["to_kind"],
            amount=move["amount"],
            reason=move["reason"],
            approved_by=move["approved_by"],
            entered_by=move["user_name"],
        )
        for move in sorted(moves, key=lambda move: (move["dated"], move["move"]))
    )


def _steps(basis: str, rows: Sequence[dict[str, Any]]) -> tuple[Step, ...]:
    """From eligible expenditure to what is claimable on the claim basis; each row is a heading's sums."""
    in_streams = [row for row in rows if row["work_stream"] != UNALLOCATED]

    def added(of: Sequence[dict[str, Any]], figure: str) -> Decimal:
        return sum((row[figure] for row in of), ZERO)

    eligible = added(rows, "eligible")
    steps = [
        Step("Eligible expenditure", "By accounting date, less what the funder disallowed", eligible),
        Step("Less: in no work stream", "Cannot be claimed", added(in_streams, "eligible") - eligible),
    ]
    if basis == "accrued":
        detail = "Accruals at the statement's date"
        steps.append(Step("Add: received and not yet invoiced", detail, added(in_streams, "accrued")))
    if basis == "paid":
        unpaid = added(in_streams, "worth") - added(in_streams, "eligible")
        steps.append(Step("Less: not paid", "On the paid basis only payments count", unpaid))
    return tuple(steps)


# --- shown ------------------------------------------------------------------------------------------------------


def as_json(report: StatementReport) -> dict[str, Any]:
    """The statement's figures, money and dates as the contract writes them."""
    total = report.total
    streams = [row for row in report.streams if row.code != UNALLOCATED]
    left = next(row for row in report.streams if row.code == UNALLOCATED)
    return {
        "as_at": report.as_at.isoformat(),
        "status": report.status.lower(),
        "draft_because": list(report.draft_because),
        "award": {"reference": report.award.reference, "amount": show(report.award.amount)},
        "received": show(total.received),
        "eligible": show(total.eligible),
        "earned": show(total.earned),
        "claimed": show(total.claimed),
        "disallowed": show(total.disallowed),
        "settled": show(total.received),
        "outstanding": show(total.outstanding),
        "not_yet_claimed": show(total.not_yet_claimed),
        "held_back": show(total.held_back),
        "due": show(report.due),
        "repayable": show(report.repayable),
        "unspent": show(report.unspent),
        "residual": show(report.residual),
        "work_streams": [
            {"code": row.code, "name": row.name, **_figures(row), **_kinds(report, row)} for row in streams
        ],
        "unallocated": _figures(left),
        "kinds": [{"kind": row.cost_type, **_figures(row)} for row in report.kinds],
        "total": _figures(total),
        "reconciliation": [
            {"step": step.step, "detail": step.detail, "amount": show(step.amount)} for step in report.steps
        ],
        "claims": [_claim_json(claim) for claim in report.claims],
        "receipts": [_receipt_json(receipt) for receipt in report.receipts],
        "virements": [_virement_json(move) for move in report.virements],
    }


def _figures(row: Usage) -> dict[str, str | None]:
    return {figure: show(getattr(row, figure)) for figure in FIGURES}


def _kinds(report: StatementReport, stream: Usage) -> dict[str, dict[str, str | None]]:
    """A stream's figures by kind."""
    return {row.cost_type: _figures(row) for row in report.usage if row.code == stream.code}


def _claim_json(claim: ClaimRow) -> dict[str, Any]:
    return {
        "claim": claim.claim,
        "version": claim.version,
        "status": claim.status,
        "from": claim.starts.isoformat(),
        "to": claim.ends.isoformat(),
        "submitted_on": claim.submitted_on.isoformat(),
        "this_claim": show(claim.claimed),
        "disallowed": show(claim.disallowed),
        "received": show(claim.received),
        "outstanding": show(claim.outstanding),
    }


def _receipt_json(receipt: Receipt) -> dict[str, Any]:
    return {
        "claim": receipt.claim,
        "date": receipt.dated.isoformat(),
        "received": show(receipt.received),
        "disallowed": show(receipt.disallowed),
        "reason": receipt.reason,
        "entered_by": receipt.entered_by,
    }


def _virement_json(move: VirementRow) -> dict[str, Any]:
    return {
        "number": move.number,
        "date": move.dated.isoformat(),
        "from": {"work_stream": move.from_stream, "kind": move.from_kind},
        "to": {"work_stream": move.to_stream, "kind": move.to_kind},
        "amount": show(move.amount),
        "reason": move.reason,
        "approved_by": move.approved_by,
        "entered_by": move.entered_by,
    }
