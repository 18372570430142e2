"""What a unit of each measure costs: eligible cost against what was counted beside it. Pounds, to the penny."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from grantkit.errors import RequestError
from grantkit.money import ZERO, show, to_pennies
from grantkit.position import UNALLOCATED, default_as_at
from grantkit.relations import set_as_at

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from grantkit.settings import Measure, Settings
    from grantkit.store import Ledger


@dataclass(frozen=True)
class MeasureSum:
    """A measure in one work stream, summed from ``first_day`` to ``last_day`` over so many values, in ``unit``.

    ``after`` counts the values dated after the day asked for.
    """

    measure: str
    unit: str
    work_stream: str
    quantity: Decimal
    values: int
    first_day: datetime.date | None
    last_day: datetime.date | None
    after: int

    def as_json(self) -> dict[str, Any]:
        """One row of the document for scripts."""
        return {
            "measure": self.measure,
            "unit": self.unit,
            "work_stream": self.work_stream,
            "quantity": show_quantity(self.quantity),
            "values": self.values,
            "first_day": self.first_day and self.first_day.isoformat(),
            "last_day": self.last_day and self.last_day.isoformat(),
        }


@dataclass(frozen=True)
class MeasureReport:
    """All measures at a date. ``unknown`` are measures with values that ``grant.toml`` no longer names or counts."""

    as_at: datetime.date
    sums: tuple[MeasureSum, ...]
    unknown: tuple[tuple[str, str], ...]

    @property
    def after(self) -> int:
        """How many values are dated after the date, and do not count."""
        return sum(row.after for row in self.sums)

    def as_json(self) -> dict[str, Any]:
        """The document for scripts."""
        return {
            "as_at": self.as_at.isoformat(),
            "measures": [row.as_json() for row in self.sums],
            "after": self.after,
            "unknown": [{"measure": measure, "work_stream": stream} for measure, stream in self.unknown],
        }


@dataclass(frozen=True)
class UnitCost:
    """Eligible cost to date in pounds, and what was counted beside it; of one work stream, or of the whole award.

    ``streams`` are the targets of ``trace`` whose lines make up the cost.
    """

    code: str
    streams: tuple[str, ...]
    resource: Decimal
    capital: Decimal
    quantity: Decimal

    @property
    def eligible(self) -> Decimal:
        """Resource and capital together."""
        return self.resource + self.capital

    def per_unit(self, amount: Decimal) -> Decimal | None:
        """An amount for each unit, half up to the penny; None where nothing was counted."""
        return to_pennies(Fraction(amount) / Fraction(self.quantity)) if self.quantity else None

    def as_json(self) -> dict[str, Any]:
        """One row of the document for scripts; the three costs for a unit are each rounded by themselves."""
        return {
            "code": self.code,
            "eligible": show(self.eligible),
            "resource": show(self.resource),
            "capital": show(self.capital),
            "quantity": show_quantity(self.quantity),
            "cost_per_unit": show(self.per_unit(self.eligible)),
            "resource_per_unit": show(self.per_unit(self.resource)),
            "capital_per_unit": show(self.per_unit(self.capital)),
            "trace": list(self.streams),
        }


@dataclass(frozen=True)
class MeasureCosts:
    """The unit costs of one measure: of each work stream that has it, and of the whole award."""

    measure: Measure
    streams: tuple[UnitCost, ...]
    total: UnitCost


@dataclass(frozen=True)
class UnitCostReport:
    """Unit costs at a date. ``unallocated`` is the eligible cost that has no work stream, and is in the total only."""

    as_at: datetime.date
    measures: tuple[MeasureCosts, ...]
    unallocated: Decimal
    after: int

    def as_json(self) -> dict[str, Any]:
        """The document for scripts."""
        return {
            "as_at": self.as_at.isoformat(),
            "measures": [
                {
                    "measure": each.measure.name,
                    "unit": each.measure.unit,
                    "work_streams": [row.as_json() for row in each.streams],
                    "total": each.total.as_json(),
                }
                for each in self.measures
            ],
        }


def show_quantity(quantity: Decimal) -> str:
    """What was counted, without zeros behind the point: ``12``, ``7.5``."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def measure_sums(ledger: Ledger, settings: Settings, as_at: datetime.date | None = None) -> MeasureReport:
    """All measures of ``grant.toml`` by work stream, up to a day (by default the contract's default date)."""
    day = as_at or default_as_at(ledger, settings.award)
    set_as_at(ledger, day)
    found = {
        (row["measure"].casefold(), row["work_stream"]): row
        for row in ledger.records("reporting/measure_sums")
    }
    sums = []
    for measure in settings.measures:
        for stream in settings.work_streams:
            key = (measure.name.casefold(), stream.code)
            if measure.counts_in(stream.code) and key in found:
                sums.append(_sum(measure, found.pop(key)))
    unknown = tuple((row["measure"], row["work_stream"]) for row in found.values())
    return MeasureReport(day, tuple(sums), unknown)


def _sum(measure: Measure, row: dict[str, Any]) -> MeasureSum:
    return MeasureSum(
        measure=measure.name,
        unit=measure.unit,
        work_stream=row["work_stream"],
        quantity=row["quantity"],
        values=row["values_counted"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        after=row["values_after"],
    )


def unit_costs(
    ledger: Ledger, settings: Settings, as_at: datetime.date | None = None, names: Sequence[str] = ()
) -> UnitCostReport:
    """What a unit of the measures named (by default of all) costs at the end of a day.

    A work stream has a measure where ``grant.toml`` names it for the measure, or, where it names none, where
    something was measured. Raises RequestError where there is no such measure, or none at all.
    """
    wanted = tuple(dict.fromkeys(settings.measure(name) for name in names)) or settings.measures
    if not wanted:
        raise RequestError("grant.toml has no [[measure]]", hint="add one: its name and its unit")
    counted = measure_sums(ledger, settings, as_at)
    sums = {(row.measure, row.work_stream): row for row in counted.sums if row.values}
    spent = {
        row["work_stream"]: (row["resource"], row["capital"]) for row in ledger.records("reporting/by_kind")
    }
    measures = tuple(_costs(settings, measure, sums, spent) for measure in wanted)
    unallocated = sum(spent.get(UNALLOCATED, ()), ZERO)
    after = sum(row.after for row in counted.sums if row.measure in {each.name for each in wanted})
    return UnitCostReport(counted.as_at, measures, unallocated, after)


def _costs(
    settings: Settings,
    measure: Measure,
    sums: dict[tuple[str, str], MeasureSum],
    spent: dict[str, tuple[Decimal, Decimal]],
) -> MeasureCosts:
    """The whole award's cost is that of all its streams and of what has none, whether measured there or not."""
    rows = []
    codes = [stream.code for stream in settings.work_streams]
    for code in codes:
        found = sums.get((measure.name, code))
        if found is not None or (measure.work_streams and code in measure.work_streams):
            quantity = found.quantity if found else Decimal(0)
            rows.append(UnitCost(code, (code,), *spent.get(code, (ZERO, ZERO)), quantity))
    all_of_it = (*codes, UNALLOCATED)
    resource, capital = (
        sum((spent[code][kind] for code in all_of_it if code in spent), ZERO) for kind in (0, 1)
    )
    quantity = sum((row.quantity for row in rows), Decimal(0))
    return MeasureCosts(measure, tuple(rows), UnitCost("TOTAL", all_of_it, resource, capital, quantity))
