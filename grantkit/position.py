"""Where an award stands at a date: budgets, cost, accruals, commitments, forecast, by work stream.

All amounts are pounds. The definitions are those of the contract, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, share, to_pennies
from grantkit.periods import budget_to_date, month_end, months_elapsed, months_in
from grantkit.relations import set_as_at

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from grantkit.settings import Award, Settings
    from grantkit.store import Ledger

UNALLOCATED = "UNALLOCATED"
KINDS = ("resource", "capital")
FIGURES = (
    *(
        "budget",
        "invoiced",
        "eligible",
        "ineligible",
        "accrued",
        "committed",
        "claimed",
        "settled",
        "available",
    ),
    *("budget_to_date", "variance", "forecast", "full_year_variance"),
)


@dataclass(frozen=True)
class Standing:
    """One stream (or UNALLOCATED, or the total) at a date. ``lines`` counts its invoice lines dated up to then."""

    code: str
    name: str
    lines: int
    budget: Decimal
    invoiced: Decimal
    eligible: Decimal
    ineligible: Decimal
    accrued: Decimal
    committed: Decimal
    claimed: Decimal
    settled: Decimal
    available: Decimal
    budget_to_date: Decimal
    variance: Decimal
    forecast: Decimal
    full_year_variance: Decimal

    @property
    def rag(self) -> str:
        """Red, amber or green, as the contract defines them (section 4)."""
        return rating(self.budget, self.eligible, self.forecast)


def rating(budget: Decimal, eligible: Decimal, forecast: Decimal) -> str:
    """Red, amber or green, as the contract defines them (section 4), from pounds."""
    if forecast * 100 > budget * 105 or eligible > budget:
        return "red"
    if forecast > budget or forecast * 100 < budget * 90:
        return "amber"
    return "green"


def needs_explaining(settings: Settings, standing: Standing) -> bool:
    """Whether a stream is further from its budget to date than may pass without a word: in pounds and per cent.

    The limits are those of ``[variance] explain_over``.
    """
    over, distance = settings.explain_over, abs(standing.variance)
    return distance > over.amount and distance * 100 > abs(standing.budget_to_date) * over.per_cent


@dataclass(frozen=True)
class PlannedSpend:
    """What an officer expects to spend and has not ordered: ``amount`` pounds in ``month`` (its first day)."""

    plan: int
    work_stream: str
    kind: str
    month: datetime.date
    amount: Decimal
    reason: str
    planned_at: datetime.datetime
    user_name: str

    def counts_at(self, day: datetime.date) -> bool:
        """Whether its month is not yet over at the end of a day: what was not ordered by then has lapsed."""
        return month_end(self.month) > day


@dataclass(frozen=True)
class Position:
    """The award at a date. ``after`` is the number of (invoice, order) lines dated after it, which do not count.

    ``later_extract`` is the day of the newest order extract where that is after the date.
    """

    as_at: datetime.date
    streams: tuple[Standing, ...]
    unallocated: Standing
    total: Standing
    planned: tuple[PlannedSpend, ...]
    after: tuple[int, int]
    later_extract: datetime.date | None


def budgets_at(ledger: Ledger, settings: Settings, as_at: datetime.date) -> dict[tuple[str, str], Decimal]:
    """The budget of each stream and kind after the virements dated up to a date (inclusive)."""
    budgets = {
        (stream.code, kind): getattr(stream, kind) for stream in settings.work_streams for kind in KINDS
    }
    for move in ledger.records("position/budget_moves", {"as_at": as_at}):
        giver, receiver = (move["from_stream"], move["from_kind"]), (move["to_stream"], move["to_kind"])
        budgets[giver] = budgets.get(giver, ZERO) - move["amount"]
        budgets[receiver] = budgets.get(receiver, ZERO) + move["amount"]
    return budgets


def default_as_at(ledger: Ledger, award: Award) -> datetime.date:
    """The last day of the month of the latest order or accounting date, or the award's end if earlier."""
    latest: datetime.date | None = ledger.value("position/latest_date")
    if latest is None:
        return award.starts
    return min(month_end(latest), award.ends)


def position(ledger: Ledger, settings: Settings, as_at: datetime.date | None = None) -> Position:
    """Where the award stands at the end of a day (by default the contract's default date)."""
    day = as_at or default_as_at(ledger, settings.award)
    set_as_at(ledger, day)
    sums = {row["work_stream"]: row for row in ledger.records("position/by_stream")}
    budgets = budgets_at(ledger, settings, day)
    settled = _settled(ledger.records("position/settled"))
    planned = planned_spend(ledger)
    rows = [
        _standing(settings, day, stream.code, stream.name, sums[stream.code], budgets, settled, planned)
        for stream in settings.work_streams
    ]
    unallocated = _standing(settings, day, UNALLOCATED, "", sums[UNALLOCATED], budgets, settled, planned)
    after = ledger.rows("position/after")[0]
    extract: datetime.date | None = ledger.value("position/newest_extract")
    return Position(
        as_at=day,
        streams=tuple(rows),
        unallocated=unallocated,
        total=total_of([*rows, unallocated]),
        planned=planned,
        after=(after[0], after[1]),
        later_extract=extract if extract is not None and extract > day else None,
    )


def _standing(
    settings: Settings,
    day: datetime.date,
    code: str,
    name: str,
    sums: dict[str, Any],
    budgets: dict[tuple[str, str], Decimal],
    settled: dict[str, Decimal],
    planned: Sequence[PlannedSpend],
) -> Standing:
    award = settings.award
    budget = sum((budgets.get((code, kind), ZERO) for kind in KINDS), ZERO)
    eligible, accrued, committed = sums["eligible"], sums["accrued"], sums["committed"]
    profile = settings.stream(code).profile if code != UNALLOCATED else None
    due = budget_to_date(budget, profile, award.starts, award.ends, day) if profile else ZERO
    to_come = sum((plan.amount for plan in planned if plan.work_stream == code and plan.counts_at(day)), ZERO)
    forecast = outturns(award, day, budget, due, eligible, accrued + committed, to_come)[
        settings.method(code)
    ]
    return Standing(
        code=code,
        name=name,
        lines=sums["lines"],
        budget=budget,
        invoiced=sums["invoiced"],
        eligible=eligible,
        ineligible=sums["invoiced"] - eligible,
        accrued=accrued,
        committed=committed,
        claimed=sums["claimed"],
        settled=settled.get(code, ZERO),
        available=budget - eligible - accrued - committed,
        budget_to_date=due,
        variance=due - eligible,
        forecast=forecast,
        full_year_variance=budget - forecast,
    )


def outturns(
    award: Award,
    day: datetime.date,
    budget: Decimal,
    due: Decimal,
    eligible: Decimal,
    held: Decimal,
    planned: Decimal,
) -> dict[str, Decimal]:
    """Outturn at the award's end by each method (contract, section 4); ``held`` is what is accrued and committed.

    ``planned`` is as ``committed``, with what officers plan and have not ordered yet.
    """
    elapsed = months_elapsed(award.starts, award.ends, day)
    as_profiled = eligible + budget - due
    months = months_in(award.starts, award.ends)
    return {
        "profile": as_profiled,
        "run-rate": to_pennies(Fraction(eligible) * months / elapsed) if elapsed else as_profiled,
        "committed": eligible + held,
        "planned": eligible + held + planned,
    }


def planned_spend(ledger: Ledger) -> tuple[PlannedSpend, ...]:
    """All planned spend that stands, in the order in which it was entered."""
    return tuple(PlannedSpend(**row) for row in ledger.records("position/planned"))


def total_of(rows: Sequence[Standing]) -> Standing:
    """The sum of the rows; its RAG follows from its own figures."""
    sums = {figure: sum((getattr(row, figure) for row in rows), ZERO) for figure in FIGURES}
    return Standing(code="TOTAL", name="Total", lines=sum(row.lines for row in rows), **sums)


def _settled(rows: Iterable[dict[str, Any]]) -> dict[str, Decimal]:
    """What the funder paid, by stream, over all claims that count."""
    claims: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        if row["received"] is not None:
            claims.setdefault(row["claim_id"], []).append(row)
    settled: dict[str, Decimal] = {}
    for streams in claims.values():
        amounts = settled_by_stream(
            streams[0]["received"], [(row["claimed"], row["disallowed"]) for row in streams]
        )
        for row, amount in zip(streams, amounts, strict=True):
            settled[row["work_stream"]] = settled.get(row["work_stream"], ZERO) + amount
    return settled


def settled_by_stream(received: Decimal, streams: Sequence[tuple[Decimal, Decimal]]) -> list[Decimal]:
    """Share what was received for a claim over its streams, given as (claimed, disallowed) pounds.

    Streams that give money back do so in full; the rest is shared over the others in proportion to what they
    claimed less what was disallowed, failing that to what they claimed, failing that over those that give back
    (contract, section 4, "settled").
    """
    left = [claimed - disallowed for claimed, disallowed in streams]
    given_back = [min(amount, ZERO) for amount in left]
    rest = received - sum(given_back, ZERO)
    for weights in (
        [max(amount, ZERO) for amount in left],
        [
            max(claimed, ZERO) if amount >= 0 else ZERO
            for (claimed, _), amount in zip(streams, left, strict=True)
        ],
        [-amount for amount in given_back],
    ):
        if sum(weights, ZERO) > 0:
            return [back + part for back, part in zip(given_back, share(rest, weights), strict=True)]
    return given_back
