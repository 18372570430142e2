"""From the budget to the forecast, work stream by work stream: what a bridge (or waterfall) chart shows. Pounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, show

if TYPE_CHECKING:
    from grantkit.position import Position

BUDGET, OVER, UNDER, FORECAST = "budget", "over", "under", "forecast"


@dataclass(frozen=True)
class BridgeStep:
    """One step: what it changes, and what the sum is after it.

    ``kind`` is ``budget`` or ``forecast`` (the two ends), ``over`` where the forecast is above the stream's budget,
    else ``under``. The column of a step reaches from the sum before it to the sum after: it stands on an invisible
    ``base``, and its parts above and below zero are apart, as a stacked column is drawn.
    """

    label: str
    kind: str
    change: Decimal
    after: Decimal
    base: Decimal
    above: Decimal
    below: Decimal

    @property
    def reach(self) -> tuple[Decimal, Decimal]:
        """From where to where the column reaches, the lower end first."""
        before = self.after - self.change
        return min(before, self.after), max(before, self.after)

    def as_json(self) -> dict[str, Any]:
        """One row of the document for scripts."""
        return {"step": self.label, "change": show(self.change), "after": show(self.after)}


def bridge(found: Position) -> tuple[BridgeStep, ...]:
    """The budget, what each stream's forecast is above or below its own, and the forecast."""
    steps = [_step("Budget", BUDGET, found.total.budget, ZERO)]
    for row in (*found.streams, found.unallocated):
        change = row.forecast - row.budget
        steps.append(_step(row.code, OVER if change > 0 else UNDER, change, steps[-1].after))
    return (*steps, _step("Forecast", FORECAST, found.total.forecast, ZERO))


def axis_floor(steps: tuple[BridgeStep, ...]) -> Decimal:
    """Where the axis of the chart begins: at zero, or so near below the sums that the changes can be seen.

    A round number of pounds; the chart says that its axis does not begin at zero.
    """
    sums = [step.after for step in steps]
    spread = max(sums) - min(sums)
    floor = min(sums) - spread
    if floor <= 0 or spread == 0:
        return ZERO
    unit = Decimal(10) ** spread.adjusted()
    return (floor // unit * unit).quantize(ZERO)


def _step(label: str, kind: str, change: Decimal, before: Decimal) -> BridgeStep:
    after = before + change
    low, high = min(before, after), max(before, after)
    base = low if low > 0 else min(high, ZERO)
    return BridgeStep(
        label=label,
        kind=kind,
        change=change,
        after=after,
        base=base,
        above=max(high, ZERO) - max(base, ZERO),
        below=min(low, ZERO) - min(base, ZERO),
    )
