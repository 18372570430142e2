"""Planned spend: what officers expect to spend beside what is ordered. Amounts are pounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import show
from grantkit.periods import month_end
from grantkit.position import PlannedSpend, planned_spend
from grantkit.workspace import user

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from grantkit.settings import Settings
    from grantkit.store import Ledger


def add_plan(
    ledger: Ledger,
    settings: Settings,
    stream: str,
    amount: Decimal,
    kind: str,
    month: datetime.date,
    reason: str,
) -> PlannedSpend:
    """Keep planned spend in a month (its first day), in the transaction that is open.

    Raises RequestError where the month is over or outside the award, the amount is not above 0.00, the stream does
    not exist, or no reason is given.
    """
    code = settings.stream(stream.upper()).code
    _check(settings, amount, month, reason)
    plan = PlannedSpend(
        ledger.value("deciding/next_plan"), code, kind, month, amount, reason.strip(), now(), user()
    )
    ledger.fill("store.planned_spend", [tuple(vars(plan).values())])
    facts = {"work_stream": code, "kind": kind, "month": f"{month:%Y-%m}", "amount": show(amount)}
    write_entry(ledger, "forecast add", {**facts, "reason": plan.reason}, {"plan": plan.plan})
    return plan


def _check(settings: Settings, amount: Decimal, month: datetime.date, reason: str) -> None:
    award = settings.award
    if amount <= 0:
        raise RequestError(
            f"planned spend is above 0.00, and this is {show(amount)}",
            hint="what is planned no more is dropped: grantkit forecast drop",
        )
    if month_end(month) < award.starts or month > award.ends:
        raise RequestError(
            f"{month:%Y-%m} is outside the award", hint=f"it runs from {award.starts} to {award.ends}"
        )
    if month_end(month) < now().date():
        raise RequestError(
            f"{month:%Y-%m} is over: what was spent in it is in the ledger",
            hint="plan it for the month in which it is expected now",
        )
    if not reason.strip():
        raise RequestError("the reason is blank", hint="say what is planned: --reason TEXT")


def drop_plan(ledger: Ledger, number: int, reason: str) -> PlannedSpend:
    """Take planned spend back, in the transaction that is open; its record stays.

    Raises RequestError where none of that number stands or no reason is given.
    """
    found = next((plan for plan in planned_spend(ledger) if plan.plan == number), None)
    if found is None:
        raise RequestError(
            f"no planned spend has the number {number}", hint="grantkit forecast list gives the numbers"
        )
    if not reason.strip():
        raise RequestError("the reason is blank", hint="say why: ordered by now, or given up")
    ledger.fill("store.planned_spend_dropped", [(number, reason.strip(), now(), user())])
    write_entry(ledger, "forecast drop", {"plan": number, "reason": reason.strip()}, {})
    return found
