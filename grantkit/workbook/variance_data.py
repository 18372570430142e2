"""What the workbook of the variance report shows, as it is given. All amounts are pounds; above zero is underspent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from grantkit.workbook.award import AwardFacts

#: The figures of a work stream or of one kind of its money, in the order in which a table has them.
FIGURES = (
    *("original", "budget", "budget_to_date", "eligible", "accrued", "committed"),
    *("variance", "variance_pct", "forecast", "full_year_variance"),
)
NOT_RATED = "not rated"


@dataclass(frozen=True)
class QuarterFigures:
    """One quarter: the budget that falls due in it, the eligible cost dated in it, and what lies between."""

    quarter: str
    budget: Decimal
    eligible: Decimal
    variance: Decimal


@dataclass(frozen=True)
class MonthFigures:
    """One month, called ``2024-07``; the three ``_to_date`` run from the award's start, None where not known."""

    name: str
    budget: Decimal
    eligible: Decimal
    variance: Decimal
    to_come: Decimal
    profile_to_date: Decimal
    eligible_to_date: Decimal | None
    forecast_to_date: Decimal | None


@dataclass(frozen=True)
class KindFigures:
    """One kind of money (resource or capital) of a work stream, or of all of them."""

    kind: str
    original: Decimal
    budget: Decimal
    budget_to_date: Decimal
    eligible: Decimal
    accrued: Decimal
    committed: Decimal
    variance: Decimal
    variance_pct: Decimal | None
    forecast: Decimal
    full_year_variance: Decimal
    rag: str | None


@dataclass(frozen=True)
class OutlookFigures:
    """The outturn by each method; ``method`` is the one in force, None of a total."""

    method: str | None
    profile: Decimal
    run_rate: Decimal
    committed: Decimal
    planned: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class DriverFigures:
    """What makes up the variance: timing less price less scope, and the rest."""

    timing: Decimal
    price: Decimal
    scope: Decimal
    rest: Decimal


@dataclass(frozen=True)
class VarianceRow:
    """One work stream, or all of them, at the as-at date.

    ``variance_pct`` is per cent of the budget to date, None where that is zero; ``rag`` is ``red``, ``amber``,
    ``green``, or None where there is nothing to rate; ``reason`` what explains the variance, or that it has to be.
    """

    code: str
    name: str
    original: Decimal
    budget: Decimal
    budget_to_date: Decimal
    eligible: Decimal
    accrued: Decimal
    committed: Decimal
    variance: Decimal
    variance_pct: Decimal | None
    forecast: Decimal
    full_year_variance: Decimal
    rag: str | None
    reason: str
    quarters: tuple[QuarterFigures, ...]
    months: tuple[MonthFigures, ...]
    kinds: tuple[KindFigures, ...]
    outlook: OutlookFigures
    drivers: DriverFigures


@dataclass(frozen=True)
class CumulativePoint:
    """All streams together from the award's start to a quarter's end; None is not yet known, or past."""

    quarter: str
    profile: Decimal
    actual: Decimal | None
    forecast: Decimal | None
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True)
class BridgeRow:
    """A step from the budget to the forecast, and its stacked column: an invisible base, and what stands on it."""

    step: str
    change: Decimal
    after: Decimal
    base: Decimal
    whole: Decimal | None
    over: Decimal | None
    under: Decimal | None
    below: Decimal


@dataclass(frozen=True)
class DriverRow:
    """A line behind a variance; ``line_ids`` are what ``grantkit trace`` takes, ``date`` None for a sum of lines."""

    work_stream: str
    driver: str
    document: str
    supplier: str | None
    date: date | None
    ordered: Decimal | None
    invoiced: Decimal | None
    accrued: Decimal | None
    committed: Decimal | None
    amount: Decimal
    line_ids: str


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone that is not reached, beside the money of its work stream; ``flag`` says what is to be looked at."""

    due: date
    name: str
    work_stream: str
    status: str
    budget: Decimal
    eligible: Decimal
    spent_pct: Decimal | None
    flag: str


@dataclass(frozen=True)
class UnitCostRow:
    """What one of a measure's units costs the award; the three ``per_unit`` are None where nothing was counted."""

    measure: str
    unit: str
    quantity: Decimal
    cost: Decimal
    per_unit: Decimal | None
    resource_per_unit: Decimal | None
    capital_per_unit: Decimal | None


@dataclass(frozen=True)
class VarianceReport:
    """All that the workbook shows: ``rows`` are the streams in order, then ``UNALLOCATED``; ``total`` is their sum.

    ``bridge_floor`` is where the axis of the bridge's chart begins; ``remarks`` say what the figures rest on.
    """

    award: AwardFacts
    as_at: date
    forecast_method: str
    rows: tuple[VarianceRow, ...]
    total: VarianceRow
    cumulative: tuple[CumulativePoint, ...]
    bridge: tuple[BridgeRow, ...] = ()
    bridge_floor: Decimal = Decimal(0)
    driver_lines: tuple[DriverRow, ...] = ()
    milestones: tuple[MilestoneRow, ...] = ()
    unit_costs: tuple[UnitCostRow, ...] = ()
    remarks: str = ""


def rated(rag: str | None) -> str:
    """A rating as a sheet has it, as a word."""
    return rag.capitalize() if rag else NOT_RATED
