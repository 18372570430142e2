"""What the award will come to: by each method, by month and quarter, and when a stream's money is gone. Pounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, share, show
from grantkit.periods import budget_to_date, month_end, months_of, quarters
from grantkit.position import UNALLOCATED, Position, Standing, outturns, position

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from grantkit.settings import Settings
    from grantkit.store import Ledger

METHODS = ("profile", "run-rate", "committed", "planned")


@dataclass(frozen=True)
class MonthForecast:
    """One month (its first day): what was spent in it, or is expected to be; one month may have both."""

    month: datetime.date
    actual: Decimal
    to_come: Decimal

    @property
    def amount(self) -> Decimal:
        """Both together."""
        return self.actual + self.to_come


@dataclass(frozen=True)
class Forecast:
    """One stream (or UNALLOCATED, or the total): its outturn by the method in force, and by each of them.

    ``months`` runs over the award; ``left`` is what remains of the budget at its end (below 0: overspent).
    """

    standing: Standing
    method: str | None
    by_method: Mapping[str, Decimal]
    months: tuple[MonthForecast, ...]

    @property
    def low(self) -> Decimal:
        """The lowest outturn of all methods."""
        return min(self.by_method.values())

    @property
    def high(self) -> Decimal:
        """The highest outturn of all methods."""
        return max(self.by_method.values())

    @property
    def runs_out(self) -> datetime.date | None:
        """The first month (its first day) at whose end more is spent than the budget holds, if there is one."""
        spent = ZERO
        for month in self.months:
            spent += month.amount
            if spent > self.standing.budget:
                return month.month
        return None

    def as_json(self) -> dict[str, Any]:
        """One row of the document for scripts."""
        spent = ZERO
        months = []
        for month in self.months:
            spent += month.amount
            months.append(
                {
                    "month": f"{month.month:%Y-%m}",
                    "actual": show(month.actual),
                    "to_come": show(month.to_come),
                    "cumulative": show(spent),
                }
            )
        return {
            "code": self.standing.code,
            "method": self.method,
            "budget": show(self.standing.budget),
            "eligible": show(self.standing.eligible),
            "forecast": show(self.standing.forecast),
            "low": show(self.low),
            "high": show(self.high),
            "methods": {method: show(amount) for method, amount in self.by_method.items()},
            "left": show(self.standing.full_year_variance),
            "runs_out": f"{self.runs_out:%Y-%m}" if self.runs_out else None,
            "months": months,
        }


@dataclass(frozen=True)
class ForecastReport:
    """The award's forecast at a date; ``quarters`` are (quarter, actual, to come) of all streams together."""

    position: Position
    streams: tuple[Forecast, ...]
    unallocated: Forecast
    total: Forecast
    quarters: tuple[tuple[str, Decimal, Decimal], ...]

    def as_json(self) -> dict[str, Any]:
        """The document for scripts."""
        return {
            "as_at": self.position.as_at.isoformat(),
            "work_streams": [row.as_json() for row in self.streams],
            "unallocated": self.unallocated.as_json(),
            "total": self.total.as_json(),
            "quarters": [
                {"quarter": name, "actual": show(actual), "to_come": show(to_come)}
                for name, actual, to_come in self.quarters
            ],
        }


def forecasts(ledger: Ledger, settings: Settings, as_at: datetime.date | None = None) -> ForecastReport:
    """The forecast at the end of a day (by default the contract's default date)."""
    found = position(ledger, settings, as_at)
    spent: dict[str, dict[datetime.date, Decimal]] = {}
    for row in ledger.records("reporting/by_month"):
        spent.setdefault(row["work_stream"], {})[row["month"]] = row["eligible"]
    rows = [_forecast(settings, found, row, spent) for row in (*found.streams, found.unallocated)]
    total = Forecast(
        found.total,
        None,
        {method: sum((row.by_method[method] for row in rows), ZERO) for method in METHODS},
        tuple(
            MonthForecast(
                months[0].month,
                sum((month.actual for month in months), ZERO),
                sum((month.to_come for month in months), ZERO),
            )
            for months in zip(*(row.months for row in rows), strict=True)
        ),
    )
    return ForecastReport(found, tuple(rows[:-1]), rows[-1], total, _by_quarter(settings, total))


def _forecast(
    settings: Settings,
    found: Position,
    row: Standing,
    spent: Mapping[str, Mapping[datetime.date, Decimal]],
) -> Forecast:
    award, method = settings.award, settings.method(row.code)
    plans = [plan for plan in found.planned if plan.work_stream == row.code and plan.counts_at(found.as_at)]
    held, planned = row.accrued + row.committed, sum((plan.amount for plan in plans), ZERO)
    by_method = outturns(award, found.as_at, row.budget, row.budget_to_date, row.eligible, held, planned)
    in_months: dict[datetime.date, Decimal] = {}
    if method == "planned":
        for plan in plans:
            in_months[plan.month] = in_months.get(plan.month, ZERO) + plan.amount
    rest = row.forecast - row.eligible - sum(in_months.values(), ZERO)
    shape = _shape(settings, found.as_at, row.code) if method == "profile" else None
    spread = _spread(rest, _months_left(settings, found.as_at), shape)
    of_stream = spent.get(row.code, {})
    return Forecast(
        row,
        method,
        by_method,
        tuple(
            MonthForecast(
                month,
                of_stream.get(month, ZERO),
                spread.get(month, ZERO) + in_months.get(month, ZERO),
            )
            for month in months_of(award.starts, award.ends)
        ),
    )


def _months_left(settings: Settings, as_at: datetime.date) -> list[datetime.date]:
    """The award's months that are not over at the end of a day; its last one where all are."""
    months = months_of(settings.award.starts, settings.award.ends)
    return [month for month in months if min(month_end(month), settings.award.ends) > as_at] or [months[-1]]


def _shape(settings: Settings, as_at: datetime.date, code: str) -> list[Decimal] | None:
    """How much of its budget the profile gives each month that is left; None where it gives none."""
    if code == UNALLOCATED:
        return None
    award, stream = settings.award, settings.stream(code)
    hundred = sum(stream.profile, ZERO) * 10_000
    parts, before = [], budget_to_date(hundred, stream.profile, award.starts, award.ends, as_at)
    for month in _months_left(settings, as_at):
        reached = budget_to_date(hundred, stream.profile, award.starts, award.ends, month_end(month))
        parts.append(reached - before)
        before = reached
    return parts if sum(parts, ZERO) > 0 else None


def _spread(
    amount: Decimal, months: Sequence[datetime.date], shape: Sequence[Decimal] | None
) -> dict[datetime.date, Decimal]:
    """An amount over months, as the shape has it, else evenly; to the penny."""
    weights = shape or [Decimal(1) for _ in months]
    return dict(zip(months, share(amount, weights), strict=True))


def _by_quarter(settings: Settings, total: Forecast) -> tuple[tuple[str, Decimal, Decimal], ...]:
    award, rows = settings.award, []
    for quarter in quarters(award.starts, award.ends):
        months = [m for m in total.months if month_end(m.month) >= quarter.starts and m.month <= quarter.ends]
        rows.append(
            (
                quarter.name,
                sum((month.actual for month in months), ZERO),
                sum((month.to_come for month in months), ZERO),
            )
        )
    return tuple(rows)
