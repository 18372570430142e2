"""Decisions about lines: where a line goes, whether the grant may pay it, the date that counts.

The newest decision about each of these counts; the older ones are kept (contract, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import show
from grantkit.workspace import user

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from grantkit.settings import Settings
    from grantkit.store import Ledger

MOST_DECIMALS = -4


@dataclass(frozen=True)
class Decision:
    """What is decided about the lines named; None leaves an aspect alone.

    ``shares``: (stream, per cent) pairs; ``eligibility``: ``eligible``, ``ineligible`` or ``amount``, the last with
    ``ineligible_amount`` in pounds; ``accounting_date`` counts in place of the ledger's.
    """

    reason: str
    shares: tuple[tuple[str, Decimal], ...] | None = None
    eligibility: str | None = None
    ineligible_amount: Decimal | None = None
    accounting_date: datetime.date | None = None


def read_split(text: str, settings: Settings) -> tuple[tuple[str, Decimal], ...]:
    """``EXISTING=60,MOBILE=40`` as shares. Raises RequestError where it is no split of 100 per cent."""
    shares: list[tuple[str, Decimal]] = []
    for part in text.split(","):
        code, _, per_cent = part.partition("=")
        try:
            value = Decimal(per_cent.strip())
            exponent = value.as_tuple().exponent
            sound = value > 0 and isinstance(exponent, int) and exponent >= MOST_DECIMALS
        except ArithmeticError:
            sound = False
        if not sound:
            raise RequestError(
                f"this is no share of a split: {part.strip()}",
                hint="write per cents of at most four decimals, such as EXISTING=60,MOBILE=40",
            )
        shares.append((settings.stream(code.strip().upper()).code, value))
    total = sum((value for _, value in shares), Decimal(0))
    if total != 100 or len({code for code, _ in shares}) != len(shares):
        raise RequestError(
            f"the split adds up to {total} per cent" if total != 100 else "the split names a stream twice",
            hint="the shares of a split name each stream once and add up to 100",
        )
    return tuple(shares)


def decide(ledger: Ledger, line_ids: Sequence[int], decision: Decision) -> int:
    """Keep a decision about each of the lines, in the transaction that is open; gives how many lines it is about.

    Raises RequestError where a line is not in the ledger, or the decision cannot be about such a line; then nothing
    is kept.
    """
    if not decision.reason.strip():
        raise RequestError("the reason is blank", hint="say why: an auditor will ask")
    if decision.shares is None and decision.eligibility is None and decision.accounting_date is None:
        raise RequestError(
            "nothing is decided",
            hint="give --stream or --split, --eligible, --ineligible or --ineligible-amount, or --accounting-date",
        )
    wanted = list(dict.fromkeys(line_ids))
    found = {row["line_id"]: row for row in ledger.records("deciding/lines_named", {"line_ids": wanted})}
    for line_id in wanted:
        _check(line_id, found.get(line_id), decision)
    _keep(ledger, wanted, decision)
    write_entry(ledger, "decide", {"lines": wanted, **_as_facts(decision)}, {"lines": len(wanted)})
    return len(wanted)


def _check(line_id: int, line: dict[str, Any] | None, decision: Decision) -> None:
    if line is None:
        raise RequestError(
            f"there is no line {line_id}",
            hint='line numbers are in: grantkit query "select * from invoice_lines"',
        )
    if line["ledger"] == "order" and (decision.accounting_date or decision.ineligible_amount is not None):
        raise RequestError(
            f"line {line_id} is an order line",
            hint="--accounting-date and --ineligible-amount are for invoice lines",
        )
    amount = decision.ineligible_amount
    if amount is not None and (amount == 0 or (amount > 0) != (line["cost"] > 0)):
        raise RequestError(
            f"the ineligible amount {show(amount)} has not the sign of line {line_id}, costing {show(line['cost'])}",
            hint="an ineligible amount has the sign of the line's cost and counts up to it",
        )


def _keep(ledger: Ledger, line_ids: Sequence[int], decision: Decision) -> None:
    """One row for each line and each aspect that is decided, and one for each share of a stream's."""
    aspects: list[tuple[str, str | None, Decimal | None, datetime.date | None]] = []
    if decision.shares is not None:
        aspects.append(("stream", None, None, None))
    if decision.eligibility is not None:
        aspects.append(("eligibility", decision.eligibility, decision.ineligible_amount, None))
    if decision.accounting_date is not None:
        aspects.append(("date", None, None, decision.accounting_date))
    rows: list[tuple[object, ...]] = []
    shares: list[tuple[object, ...]] = []
    first, moment, who = ledger.value("deciding/next_decision"), now(), user()
    for line_id in line_ids:
        for aspect, eligibility, amount, day in aspects:
            number = first + len(rows)
            rows.append((number, line_id, aspect, eligibility, amount, day, decision.reason, moment, who))
            if aspect == "stream":
                shares += [
                    (number, place, code, value)
                    for place, (code, value) in enumerate(decision.shares or (), 1)
                ]
    ledger.fill("store.decision", rows)
    ledger.fill("store.decision_share", shares)


def _as_facts(decision: Decision) -> dict[str, Any]:
    return {
        "reason": decision.reason,
        "shares": [[code, str(value)] for code, value in decision.shares or ()],
        "eligibility": decision.eligibility,
        "ineligible_amount": show(decision.ineligible_amount),
        "accounting_date": decision.accounting_date.isoformat() if decision.accounting_date else None,
    }
