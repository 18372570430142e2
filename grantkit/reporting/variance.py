"""Budget to date against eligible cost, by stream and quarter, and what the year will come to. Pounds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, per_cent, show, to_pennies
from grantkit.periods import Quarter, budget_to_date, quarters
from grantkit.position import KINDS, Position, Standing, budgets_at, position

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from grantkit.settings import Award, Settings
    from grantkit.store import Ledger


@dataclass(frozen=True)
class QuarterVariance:
    """One quarter: the budget that falls due in it, the eligible cost dated in it up to the as-at date."""

    quarter: str
    budget: Decimal
    eligible: Decimal

    @property
    def variance(self) -> Decimal:
        """Budget less eligible: positive is underspent."""
        return self.budget - self.eligible


@dataclass(frozen=True)
class Variance:
    """One stream (or UNALLOCATED, or the total) against its budget, with its quarters."""

    standing: Standing
    quarters: tuple[QuarterVariance, ...]

    @property
    def variance_pct(self) -> Decimal | None:
        """The variance in per cent of the budget to date, to one decimal; None where that is zero."""
        return per_cent(self.standing.variance, self.standing.budget_to_date)

    def as_json(self, *, with_rag: bool = True) -> dict[str, Any]:
        """The contract's shape of one row."""
        row = self.standing
        figures = ("budget", "budget_to_date", "eligible", "variance")
        per_cent = self.variance_pct
        shown: dict[str, Any] = {figure: show(getattr(row, figure)) for figure in figures}
        shown["variance_pct"] = None if per_cent is None else str(per_cent)
        shown |= {figure: show(getattr(row, figure)) for figure in ("forecast", "full_year_variance")}
        if with_rag:
            shown["rag"] = row.rag
        shown["quarters"] = [
            {
                "quarter": q.quarter,
                "budget": show(q.budget),
                "eligible": show(q.eligible),
                "variance": show(q.variance),
            }
            for q in self.quarters
        ]
        return shown


@dataclass(frozen=True)
class VarianceReport:
    """The award's variance at a date; ``cumulative`` are (quarter, profile, actual, forecast) at the quarters' ends."""

    position: Position
    streams: tuple[Variance, ...]
    unallocated: Variance
    total: Variance
    cumulative: tuple[tuple[str, Decimal, Decimal | None, Decimal | None], ...]

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        return {
            "as_at": self.position.as_at.isoformat(),
            "work_streams": [
                {"code": row.standing.code, "name": row.standing.name, **row.as_json()}
                for row in self.streams
            ],
            "unallocated": self.unallocated.as_json(with_rag=False),
            "total": self.total.as_json(),
        }


def variance(ledger: Ledger, settings: Settings, as_at: datetime.date | None = None) -> VarianceReport:
    """The variance at the end of a day (by default the contract's default date)."""
    found = position(ledger, settings, as_at)
    spent = {
        (row["work_stream"], row["quarter"]): row["eligible"]
        for row in ledger.records("reporting/by_quarter")
    }
    spans = quarters(settings.award.starts, settings.award.ends)
    budgets = [budgets_at(ledger, settings, min(span.ends, found.as_at)) for span in spans]
    streams = tuple(_variance(settings, row, spans, budgets, spent) for row in found.streams)
    unallocated = _variance(settings, found.unallocated, spans, budgets, spent)
    total = Variance(found.total, _sum_of_quarters([*streams, unallocated], spans))
    return VarianceReport(
        found, streams, unallocated, total, _cumulative(settings.award, found, total, spans)
    )


def _variance(
    settings: Settings,
    row: Standing,
    spans: tuple[Quarter, ...],
    budgets: Sequence[Mapping[tuple[str, str], Decimal]],
    spent: Mapping[tuple[str, str], Decimal],
) -> Variance:
    """A quarter's budget is the budget to date at its end (with the virements dated by then) less that at its start."""
    award = settings.award
    profile = next((s.profile for s in settings.work_streams if s.code == row.code), None)
    due, before = [], ZERO
    for span, headings in zip(spans, budgets, strict=True):
        budget = sum((headings.get((row.code, kind), ZERO) for kind in KINDS), ZERO)
        to_date = budget_to_date(budget, profile, award.starts, award.ends, span.ends) if profile else ZERO
        due.append(to_date - before)
        before = to_date
    return Variance(
        row,
        tuple(
            QuarterVariance(span.name, budget, spent.get((row.code, span.name), ZERO))
            for span, budget in zip(spans, due, strict=True)
        ),
    )


def _sum_of_quarters(rows: list[Variance], spans: tuple[Quarter, ...]) -> tuple[QuarterVariance, ...]:
    return tuple(
        QuarterVariance(
            span.name,
            sum((row.quarters[n].budget for row in rows), ZERO),
            sum((row.quarters[n].eligible for row in rows), ZERO),
        )
        for n, span in enumerate(spans)
    )


def _cumulative(
    award: Award, found: Position, total: Variance, spans: tuple[Quarter, ...]
) -> tuple[tuple[str, Decimal, Decimal | None, Decimal | None], ...]:
    """Profile, actual and forecast at each quarter's end; what is still to come follows the profile's shape."""
    points: list[tuple[str, Decimal, Decimal | None, Decimal | None]] = []
    profile, actual = ZERO, ZERO
    to_come = found.total.forecast - found.total.eligible
    due_after = sum((q.budget for q in total.quarters), ZERO) - found.total.budget_to_date
    for span, quarter in zip(spans, total.quarters, strict=True):
        profile += quarter.budget
        actual += quarter.eligible
        reached = span.starts <= found.as_at
        forecast = None
        if span.ends >= found.as_at or span.ends == award.ends:
            due = profile - found.total.budget_to_date
            part = Fraction(due) / Fraction(due_after) if due_after else Fraction(span.ends == award.ends)
            forecast = found.total.eligible + to_pennies(Fraction(to_come) * part)
        points.append((span.name, profile, actual if reached else None, forecast))
    return tuple(points)
