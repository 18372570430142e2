"""Resource and capital: each stream's budget, cost and outturn by kind of money. Pounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, per_cent, share, show
from grantkit.position import KINDS, UNALLOCATED, Position, Standing, budgets_at, outturns, rating

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from grantkit.settings import Settings
    from grantkit.store import Ledger

FIGURES = ("original", "budget", "budget_to_date", "eligible", "accrued", "committed", "forecast")


@dataclass(frozen=True)
class KindVariance:
    """One kind of money of a stream (or UNALLOCATED, or the total). The two kinds add up to the stream, to the penny.

    The budget to date is the stream's profile applied to the kind's budget, and the forecast the stream's method
    applied to the kind's figures; where rounding each by itself would leave a penny over, it is given to one of them.
    """

    kind: str
    original: Decimal
    budget: Decimal
    budget_to_date: Decimal
    eligible: Decimal
    accrued: Decimal
    committed: Decimal
    forecast: Decimal
    rated: bool
    trace: str | None

    @property
    def variance(self) -> Decimal:
        """Budget to date less eligible: positive is underspent."""
        return self.budget_to_date - self.eligible

    @property
    def variance_pct(self) -> Decimal | None:
        """The variance in per cent of the budget to date, to one decimal; None where that is zero."""
        return per_cent(self.variance, self.budget_to_date)

    @property
    def full_year_variance(self) -> Decimal:
        """Budget less forecast."""
        return self.budget - self.forecast

    @property
    def rag(self) -> str | None:
        """The rating by the kind's own figures, under the rule of a stream; None for UNALLOCATED."""
        return rating(self.budget, self.eligible, self.forecast) if self.rated else None

    def as_json(self) -> dict[str, Any]:
        """The kind as a part of a stream's row."""
        pct = self.variance_pct
        return {
            **{figure: show(getattr(self, figure)) for figure in FIGURES},
            "variance": show(self.variance),
            "variance_pct": None if pct is None else str(pct),
            "full_year_variance": show(self.full_year_variance),
            "rag": self.rag,
            "trace": self.trace,
        }


def kinds_of(ledger: Ledger, settings: Settings, found: Position) -> dict[str, tuple[KindVariance, ...]]:
    """Each stream's kinds, and those of UNALLOCATED, at a position's date."""
    figures: dict[tuple[str, str], dict[str, Decimal]] = {}
    for stream in settings.work_streams:
        for kind in KINDS:
            figures.setdefault((stream.code, kind), {})["original"] = getattr(stream, kind)
    for key, budget in budgets_at(ledger, settings, found.as_at).items():
        figures.setdefault(key, {})["budget"] = budget
    for row in ledger.records("reporting/by_kind"):
        for kind in KINDS:
            figures.setdefault((row["work_stream"], kind), {})["eligible"] = row[kind]
    for row in ledger.records("reporting/held_by_kind"):
        held = figures.setdefault((row["work_stream"], KINDS[row["is_capital"]]), {})
        held |= {"accrued": row["accrued"], "committed": row["committed"]}
    return {
        row.code: _kinds(settings, found, row, [figures.get((row.code, kind), {}) for kind in KINDS])
        for row in (*found.streams, found.unallocated)
    }


def _kinds(
    settings: Settings, found: Position, row: Standing, figures: Sequence[Mapping[str, Decimal]]
) -> tuple[KindVariance, ...]:
    """A stream's resource and capital; capital's outturn is what is left of the stream's."""
    due = _due(row, [known.get("budget", ZERO) for known in figures])
    resource, capital = (
        KindVariance(
            kind=kind,
            **{figure: known.get(figure, ZERO) for figure in FIGURES if figure != "budget_to_date"},
            budget_to_date=to_date,
            rated=row.code != UNALLOCATED,
            trace=f"{row.code}:{kind}",
        )
        for kind, known, to_date in zip(KINDS, figures, due, strict=True)
    )
    resource = replace(resource, forecast=_forecast(settings, found, row, resource))
    return resource, replace(capital, forecast=row.forecast - resource.forecast)


def _due(row: Standing, budgets: Sequence[Decimal]) -> list[Decimal]:
    """The budget to date of each kind; no budget of a kind is below 0."""
    return share(row.budget_to_date, budgets) if row.budget else [ZERO for _ in budgets]


def _forecast(settings: Settings, found: Position, row: Standing, part: KindVariance) -> Decimal:
    """The kind's outturn by the stream's method."""
    planned = sum(
        (
            plan.amount
            for plan in found.planned
            if (plan.work_stream, plan.kind) == (row.code, part.kind) and plan.counts_at(found.as_at)
        ),
        ZERO,
    )
    by_method = outturns(
        *(settings.award, found.as_at, part.budget, part.budget_to_date, part.eligible),
        *(part.accrued + part.committed, planned),
    )
    return by_method[settings.method(row.code)]


def kinds_in_all(rows: Sequence[tuple[KindVariance, ...]], trace: str | None) -> tuple[KindVariance, ...]:
    """The kinds of the award: the sums of the streams'."""
    return tuple(
        KindVariance(
            kind=same[0].kind,
            **{figure: sum((getattr(part, figure) for part in same), ZERO) for figure in FIGURES},
            rated=True,
            trace=None if trace is None else f"{trace}:{same[0].kind}",
        )
        for same in zip(*rows, strict=True)
    )
