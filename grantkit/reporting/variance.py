"""The variance report: budget, profile, cost and outturn by stream, kind, month and quarter, and why. Pounds.

Everything that any view of the report shows is worked out here: the workbook, the HTML page, the Markdown and the
terminal only set it out. Each figure with lines behind it has its target for ``grantkit trace``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, per_cent, show, to_pennies
from grantkit.periods import budget_to_date, month_end, months_of, quarters
from grantkit.position import KINDS, UNALLOCATED, Position, Standing, budgets_at, needs_explaining
from grantkit.reporting.bridges import BridgeStep, axis_floor, bridge
from grantkit.reporting.drivers import Drivers, driver_lines, drivers_in_all, drivers_of
from grantkit.reporting.forecasts import Forecast, ForecastReport, forecasts
from grantkit.reporting.kinds import KindVariance, kinds_in_all, kinds_of
from grantkit.reporting.milestones import MilestoneStanding, milestones
from grantkit.reporting.unit_costs import UnitCostReport, unit_costs

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from grantkit.settings import Award, Settings
    from grantkit.store import Ledger

REASON_REQUIRED = "reason required"


@dataclass(frozen=True)
class QuarterVariance:
    """One quarter: the budget that falls due in it, the eligible cost dated in it up to the as-at date."""

    quarter: str
    budget: Decimal
    eligible: Decimal
    trace: str | None = None

    @property
    def variance(self) -> Decimal:
        """Budget less eligible: positive is underspent."""
        return self.budget - self.eligible


@dataclass(frozen=True)
class MonthVariance:
    """One month (its first day): the budget that falls due in it, the eligible cost dated in it, what is to come.

    The three ``_to_date`` run from the award's start: the profile, the eligible cost (None before it is known), and
    the forecast (None before the month of the as-at date).
    """

    month: datetime.date
    budget: Decimal
    eligible: Decimal
    to_come: Decimal
    profile_to_date: Decimal
    eligible_to_date: Decimal | None
    forecast_to_date: Decimal | None
    trace: str | None

    @property
    def name(self) -> str:
        """``2024-07``."""
        return f"{self.month:%Y-%m}"

    @property
    def variance(self) -> Decimal:
        """Budget less eligible: positive is underspent."""
        return self.budget - self.eligible


@dataclass(frozen=True)
class Variance:
    """One stream (or UNALLOCATED, or the total) against its budget.

    ``original`` is the budget before virements. ``reason`` is what an officer wrote to the stream in a claim that ends
    on the as-at date; ``needs_reason`` whether the variance is so large that there has to be one. ``trace`` is the
    target whose lines make up the eligible cost (None where there is none: a stream of its own is called TOTAL).
    """

    standing: Standing
    original: Decimal
    quarters: tuple[QuarterVariance, ...]
    months: tuple[MonthVariance, ...]
    kinds: tuple[KindVariance, ...]
    outlook: Forecast
    drivers: Drivers
    reason: str | None
    needs_reason: bool
    trace: str | None

    @property
    def variance_pct(self) -> Decimal | None:
        """The variance in per cent of the budget to date, to one decimal; None where that is zero."""
        return per_cent(self.standing.variance, self.standing.budget_to_date)

    @property
    def has_money(self) -> bool:
        """Whether there is anything to draw: a budget, a cost or a forecast."""
        return any((self.standing.budget, self.standing.eligible, self.standing.forecast))

    @property
    def rag(self) -> str | None:
        """The stream's rating; None for UNALLOCATED, which has no budget to be rated by."""
        return None if self.standing.code == UNALLOCATED else self.standing.rag

    @property
    def reason_shown(self) -> str:
        """The reason, or that one is required."""
        return self.reason or (REASON_REQUIRED if self.needs_reason else "")

    def target(self, part: str) -> str | None:
        """The target of ``trace`` for a part of the stream: a quarter, a month, a kind, ``accrued`` …"""
        return None if self.trace is None else f"{self.trace}:{part}"

    def as_json(self, *, with_rag: bool = True) -> dict[str, Any]:
        """The contract's shape of one row, and beside it what the other views show."""
        row = self.standing
        shown: dict[str, Any] = {
            figure: show(getattr(row, figure))
            for figure in ("budget", "budget_to_date", "eligible", "variance")
        }
        shown["variance_pct"] = None if self.variance_pct is None else str(self.variance_pct)
        shown |= {figure: show(getattr(row, figure)) for figure in ("forecast", "full_year_variance")}
        if with_rag:
            shown["rag"] = row.rag
        shown["quarters"] = [_period(q.quarter, "quarter", q) for q in self.quarters]
        return {
            **shown,
            "original": show(self.original),
            "accrued": show(row.accrued),
            "committed": show(row.committed),
            "method": self.outlook.method,
            "low": show(self.outlook.low),
            "high": show(self.outlook.high),
            "methods": {method: show(amount) for method, amount in self.outlook.by_method.items()},
            "reason": self.reason,
            "reason_required": self.needs_reason,
            "kinds": {kind.kind: kind.as_json() for kind in self.kinds},
            "months": [
                {**_period(month.name, "month", month), "to_come": show(month.to_come), "trace": month.trace}
                for month in self.months
            ],
            "drivers": self.drivers.as_json(),
            "trace": self.trace,
        }


def _period(name: str, what: str, period: QuarterVariance | MonthVariance) -> dict[str, Any]:
    return {
        what: name,
        "budget": show(period.budget),
        "eligible": show(period.eligible),
        "variance": show(period.variance),
    }


@dataclass(frozen=True)
class CumulativePoint:
    """All streams together from the award's start to a quarter's end; None is not yet known, or past.

    ``low`` and ``high`` are where the lowest and the highest of the forecast's methods would have it.
    """

    quarter: str
    profile: Decimal
    actual: Decimal | None
    forecast: Decimal | None
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True)
class VarianceReport:
    """The award's variance at a date: streams in the order of ``grant.toml``, what has none, and their sum.

    ``bridge`` leads from the budget to the forecast; ``milestones`` are by the day on which they are due;
    ``unit_costs`` is None where ``grant.toml`` has no measures.
    """

    award: Award
    position: Position
    streams: tuple[Variance, ...]
    unallocated: Variance
    total: Variance
    cumulative: tuple[CumulativePoint, ...]
    bridge: tuple[BridgeStep, ...]
    milestones: tuple[MilestoneStanding, ...]
    unit_costs: UnitCostReport | None

    @property
    def as_at(self) -> datetime.date:
        """The last day that counts."""
        return self.position.as_at

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on what the figures rest on, or leave to be done."""
        found = []
        if self.position.later_extract is not None:
            found.append(
                f"The accruals rest on receipts as they stood on {self.position.later_extract}, after {self.as_at}."
            )
        if lines := self.unallocated.standing.lines:
            counted = "1 invoice line has" if lines == 1 else f"{lines:,} invoice lines have"
            found.append(f"{counted} no work stream: not claimable until a rule or a decision gives one.")
        return tuple(found)

    @property
    def bridge_floor(self) -> Decimal:
        """Where the bridge's axis begins, in pounds."""
        return axis_floor(self.bridge)

    @property
    def rows(self) -> tuple[Variance, ...]:
        """The streams, then UNALLOCATED."""
        return (*self.streams, self.unallocated)

    @property
    def open_milestones(self) -> tuple[MilestoneStanding, ...]:
        """The milestones that are not reached, by the day on which they are due."""
        return tuple(each for each in self.milestones if each.done is None)

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, and beside it what the other views show."""
        return {
            "as_at": self.as_at.isoformat(),
            "work_streams": [
                {"code": row.standing.code, "name": row.standing.name, **row.as_json()}
                for row in self.streams
            ],
            "unallocated": self.unallocated.as_json(with_rag=False),
            "total": self.total.as_json(),
            "cumulative": [
                {
                    "quarter": at.quarter,
                    **{
                        name: show(getattr(at, name))
                        for name in ("profile", "actual", "forecast", "low", "high")
                    },
                }
                for at in self.cumulative
            ],
            "bridge": [step.as_json() for step in self.bridge],
            "milestones": [each.as_json() for each in self.milestones],
            "remarks": list(self.remarks),
        }


def variance(ledger: Ledger, settings: Settings, as_at: datetime.date | None = None) -> VarianceReport:
    """The variance at the end of a day (by default the contract's default date)."""
    outlook = forecasts(ledger, settings, as_at)
    found = outlook.position
    rows = tuple(_rows(ledger, settings, outlook))
    total = _in_all(settings, outlook, rows)
    return VarianceReport(
        award=settings.award,
        position=found,
        streams=rows[:-1],
        unallocated=rows[-1],
        total=total,
        cumulative=_cumulative(settings.award, outlook, total),
        bridge=bridge(found),
        milestones=tuple(milestones(ledger, settings, found.as_at)) if settings.milestones else (),
        unit_costs=unit_costs(ledger, settings, found.as_at) if settings.measures else None,
    )


def _rows(ledger: Ledger, settings: Settings, outlook: ForecastReport) -> Iterator[Variance]:
    """Each stream, then UNALLOCATED."""
    found = outlook.position
    spent = {
        (row["work_stream"], row["quarter"]): row["eligible"]
        for row in ledger.records("reporting/by_quarter")
    }
    drivers = driver_lines(ledger)
    reasons = {row["work_stream"]: row["text"] for row in ledger.records("reporting/reasons")}
    kinds = kinds_of(ledger, settings, found)
    spans = quarters(settings.award.starts, settings.award.ends)
    months = [month_end(month) for month in months_of(settings.award.starts, settings.award.ends)]
    quarter_budgets = [budgets_at(ledger, settings, min(span.ends, found.as_at)) for span in spans]
    month_budgets = [budgets_at(ledger, settings, min(end, found.as_at)) for end in months]
    original = {stream.code: stream.budget for stream in settings.work_streams}
    for future in (*outlook.streams, outlook.unallocated):
        row = future.standing
        by_quarter = due_in(settings, row.code, [span.ends for span in spans], quarter_budgets)
        by_month = due_in(settings, row.code, months, month_budgets)
        yield Variance(
            standing=row,
            original=original.get(row.code, ZERO),
            quarters=tuple(
                QuarterVariance(name, due, spent.get((row.code, name), ZERO), f"{row.code}:{name}")
                for name, due in zip((span.name for span in spans), by_quarter, strict=True)
            ),
            months=_months(found.as_at, future, by_month, row.code),
            kinds=kinds[row.code],
            outlook=future,
            drivers=drivers_of(drivers, row.code, row.variance),
            reason=reasons.get(row.code),
            needs_reason=row.code != UNALLOCATED and needs_explaining(settings, row),
            trace=row.code,
        )


def due_in(
    settings: Settings,
    code: str,
    ends: Sequence[datetime.date],
    budgets: Sequence[Mapping[tuple[str, str], Decimal]],
) -> list[Decimal]:
    """The budget that falls due in each span: to date at its end (with the virements dated by then), less before."""
    award = settings.award
    profile = next((s.profile for s in settings.work_streams if s.code == code), None)
    due, before = [], ZERO
    for end, headings in zip(ends, budgets, strict=True):
        budget = sum((headings.get((code, kind), ZERO) for kind in KINDS), ZERO)
        to_date = budget_to_date(budget, profile, award.starts, award.ends, end) if profile else ZERO
        due.append(to_date - before)
        before = to_date
    return due


def _months(
    as_at: datetime.date, outlook: Forecast, due: Sequence[Decimal], trace: str | None
) -> tuple[MonthVariance, ...]:
    """The months; the forecast begins in the month of the as-at date, where it is what is known by then."""
    rows, profile, eligible, forecast = [], ZERO, ZERO, ZERO
    for month, budget in zip(outlook.months, due, strict=True):
        profile, eligible, forecast = profile + budget, eligible + month.actual, forecast + month.amount
        rows.append(
            MonthVariance(
                month=month.month,
                budget=budget,
                eligible=month.actual,
                to_come=month.to_come,
                profile_to_date=profile,
                eligible_to_date=eligible if month.month <= as_at else None,
                forecast_to_date=forecast if month_end(month.month) >= as_at else None,
                trace=None if trace is None else f"{trace}:{month.month:%Y-%m}",
            )
        )
    return tuple(rows)


def _in_all(settings: Settings, outlook: ForecastReport, rows: Sequence[Variance]) -> Variance:
    """The total: every figure is the sum of the rows."""
    trace = None if any(stream.code == "TOTAL" for stream in settings.work_streams) else "TOTAL"
    due = [
        sum((month.budget for month in months), ZERO)
        for months in zip(*(r.months for r in rows), strict=True)
    ]
    return Variance(
        standing=outlook.position.total,
        original=sum((row.original for row in rows), ZERO),
        quarters=tuple(
            _sum_of_quarters(trace, same) for same in zip(*(r.quarters for r in rows), strict=True)
        ),
        months=_months(outlook.position.as_at, outlook.total, due, trace),
        kinds=kinds_in_all([row.kinds for row in rows], trace),
        outlook=outlook.total,
        drivers=drivers_in_all([row.drivers for row in rows]),
        reason=None,
        needs_reason=False,
        trace=trace,
    )


def _sum_of_quarters(trace: str | None, rows: Sequence[QuarterVariance]) -> QuarterVariance:
    return QuarterVariance(
        rows[0].quarter,
        sum((row.budget for row in rows), ZERO),
        sum((row.eligible for row in rows), ZERO),
        None if trace is None else f"{trace}:{rows[0].quarter}",
    )


def _cumulative(award: Award, outlook: ForecastReport, total: Variance) -> tuple[CumulativePoint, ...]:
    """Profile, actual and forecast at each quarter's end; what is still to come follows the profile's shape."""
    found, points = outlook.position, []
    profile, actual = ZERO, ZERO
    due_after = sum((q.budget for q in total.quarters), ZERO) - found.total.budget_to_date
    for span, quarter in zip(quarters(award.starts, award.ends), total.quarters, strict=True):
        profile += quarter.budget
        actual += quarter.eligible
        part = None
        if span.ends >= found.as_at or span.ends == award.ends:
            due = profile - found.total.budget_to_date
            part = Fraction(due) / Fraction(due_after) if due_after else Fraction(span.ends == award.ends)
        known = actual if span.starts <= found.as_at else None
        ends = (found.total.forecast, outlook.total.low, outlook.total.high)
        ahead = (_on_the_way(found.total.eligible, end, part) for end in ends)
        points.append(CumulativePoint(span.name, profile, known, *ahead))
    return tuple(points)


def _on_the_way(eligible: Decimal, outturn: Decimal, part: Fraction | None) -> Decimal | None:
    """What is spent once ``part`` of what is to come has come."""
    return None if part is None else eligible + to_pennies(Fraction(outturn - eligible) * part)
