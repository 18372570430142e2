"""What becomes of a submitted claim: paid, disallowed in part, or withdrawn. Amounts are pounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.audit_log import write_entry
from grantkit.claiming.claims import STANDING, Claim, all_claims, find_claim
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import ZERO, share, show
from grantkit.workspace import user

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from decimal import Decimal

    from grantkit.store import Ledger


@dataclass(frozen=True)
class Settlement:
    """One answer of the funder: ``received`` pounds on ``dated``, ``disallowed`` (line, pounds) pairs, or both."""

    dated: datetime.date
    received: Decimal | None = None
    disallowed: Sequence[tuple[int, Decimal]] = ()
    reason: str | None = None


def settle(ledger: Ledger, name: str, answer: Settlement) -> Claim:
    """Record the funder's answer to a claim, in the transaction that is open.

    Raises RequestError where the claim is not with the funder, or the amounts are more than it holds.
    """
    claim = find_claim(ledger, name)
    if claim.status not in STANDING:
        raise RequestError(
            f"{claim.claim} is {claim.status}, and only a submitted claim can be settled",
            hint=f"prepare it again and submit it: grantkit claim prepare {claim.claim}"
            if claim.status == "withdrawn"
            else f"submit it first: grantkit claim submit {claim.claim}",
        )
    if answer.received is None and not answer.disallowed:
        raise RequestError(
            "nothing is settled", hint="give --received AMOUNT, --disallow LINE=AMOUNT, or both"
        )
    if answer.disallowed and not (answer.reason or "").strip():
        raise RequestError("a disallowance needs a reason", hint="say why: --reason TEXT")
    number: int = ledger.value("claiming/next_settlement")
    lost = sum((_disallow(ledger, claim, number, *each) for each in answer.disallowed), ZERO)
    if answer.received is not None:
        _check_received(claim, answer.received, claim.outstanding - lost)
    ledger.fill(
        "store.settlement",
        [(number, claim.claim_id, answer.dated, answer.received, answer.reason, now(), user())],
    )
    write_entry(
        ledger,
        "claim settle",
        {
            "claim": claim.claim,
            "date": answer.dated,
            "received": show(answer.received),
            "disallow": [[line_id, show(amount)] for line_id, amount in answer.disallowed],
            "reason": answer.reason,
        },
        {"settlement": number, "disallowed": show(lost)},
    )
    return find_claim(ledger, name)


def _disallow(ledger: Ledger, claim: Claim, number: int, line_id: int, amount: Decimal) -> Decimal:
    """Take an amount off where the claim took the line, in proportion to what it took there and still counts."""
    took = ledger.records("claiming/took", {"claim_id": claim.claim_id, "line_id": line_id})
    most = sum((row["amount"] for row in took), ZERO)
    if not took:
        raise RequestError(
            f"{claim.claim} took nothing of line {line_id}", hint=f"its lines: grantkit trace {claim.claim}"
        )
    if not 0 < amount <= most:
        raise RequestError(
            f"{show(amount)} cannot be disallowed of line {line_id}: {claim.claim} has {show(most)} of it",
            hint="disallow more than 0.00 and at most what the claim took and still counts",
        )
    shares = share(amount, [row["amount"] for row in took])
    event: int = ledger.value("claiming/next_disallowance")
    ledger.fill(
        "store.disallowance",
        [
            (event, number, claim.claim_id, line_id, row["work_stream"], row["cost_type"], part)
            for row, part in zip(took, shares, strict=True)
            if part != 0
        ],
    )
    return amount


def _check_received(claim: Claim, received: Decimal, outstanding: Decimal) -> None:
    if outstanding < 0 and received != outstanding:
        raise RequestError(
            f"{claim.claim} gives {show(-outstanding)} back, and {show(received)} is not that",
            hint=f"--received={show(outstanding)}",
        )
    if outstanding >= 0 and not 0 <= received <= outstanding:
        raise RequestError(
            f"{show(received)} cannot be received: {show(outstanding)} of {claim.claim} is outstanding",
            hint="a payment is at most what is outstanding; disallow what the funder does not pay",
        )


def withdraw(ledger: Ledger, name: str, reason: str | None) -> Claim:
    """Take a draft or a submitted claim back, in the transaction that is open; its record and workbook stay.

    Raises RequestError where it is settled, or a later claim rests on it, or a submitted one is given no reason.
    """
    claim = find_claim(ledger, name)
    if claim.status in {"settled", "withdrawn"}:
        raise RequestError(
            f"{claim.claim} is {claim.status}, and stays so",
            hint=f"prepare it again: grantkit claim prepare {claim.claim}"
            if claim.status == "withdrawn"
            else "what has to be corrected in a settled claim comes back as an adjustment in the next one",
        )
    if claim.status == "submitted" and not (reason or "").strip():
        raise RequestError("withdrawing a submitted claim needs a reason", hint="say why: --reason TEXT")
    for later in all_claims(ledger):
        if later.claim_id > claim.claim_id and later.status != "withdrawn":
            raise RequestError(
                f"{later.claim} is {later.status} and rests on {claim.claim}",
                hint=f"withdraw {later.claim} first",
            )
    ledger.fill("store.claim_withdrawal", [(claim.claim_id, now(), user(), reason)])
    write_entry(
        ledger, "claim withdraw", {"claim": claim.claim, "reason": reason}, {"claim_id": claim.claim_id}
    )
    return next(each for each in all_claims(ledger) if each.claim_id == claim.claim_id)
