"""What makes up a stream's variance: the orders and lines behind it, by timing, price and scope. Pounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, show

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from decimal import Decimal

    from grantkit.store import Ledger

TIMING, PRICE, SCOPE = DRIVERS = ("timing", "price", "scope")
MEANINGS = {
    TIMING: "ordered, or received, and not invoiced yet",
    PRICE: "orders invoiced in full, or closed and invoiced: invoiced less ordered",
    SCOPE: "eligible lines that belong to no order",
}
#: Lines of one driver that a stream keeps, the largest; the rest are summed up.
MOST_LINES = 5000
#: Lines of one driver that a page shows.
SHOWN_LINES = 10


@dataclass(frozen=True)
class DriverLine:
    """One line behind a variance, with its part of the stream.

    ``document`` and ``line`` are those of the order (timing, price) or of the invoice (scope), ``dated`` its date.
    ``accrued`` and ``committed`` are given for timing, ``ordered`` and ``invoiced`` (of the whole order line, net) for
    price. ``line_ids`` are the lines to trace: the line itself and, for price, the invoice lines that belong to it.
    """

    line_id: int
    document: str | None
    line: str | None
    supplier: str | None
    dated: datetime.date
    amount: Decimal
    accrued: Decimal | None
    committed: Decimal | None
    ordered: Decimal | None
    invoiced: Decimal | None
    line_ids: tuple[int, ...]

    @property
    def name(self) -> str:
        """The document and its line: ``PO-77/1``."""
        return f"{self.document or ''}/{self.line}" if self.line else self.document or ""

    def as_json(self) -> dict[str, Any]:
        """One row of the document for scripts."""
        known = {
            name: show(getattr(self, name))
            for name in ("accrued", "committed", "ordered", "invoiced")
            if getattr(self, name) is not None
        }
        return {
            "line_id": self.line_id,
            "document": self.document,
            "line": self.line,
            "supplier": self.supplier,
            "date": self.dated.isoformat(),
            "amount": show(self.amount),
            **known,
            "line_ids": list(self.line_ids),
            "trace": str(self.line_id),
        }


@dataclass(frozen=True)
class Driver:
    """One driver of a stream's variance: the sum of all its ``count`` lines, and the largest of them, in order."""

    name: str
    amount: Decimal
    count: int
    lines: tuple[DriverLine, ...]

    @property
    def shown(self) -> tuple[DriverLine, ...]:
        """The lines that a page shows."""
        return self.lines[:SHOWN_LINES]

    @property
    def not_shown(self) -> tuple[int, Decimal]:
        """How many lines a page leaves out, and what they come to."""
        return self.count - len(self.shown), self.amount - sum((line.amount for line in self.shown), ZERO)

    @property
    def not_listed(self) -> tuple[int, Decimal]:
        """How many lines are not among ``lines``, and what they come to."""
        return self.count - len(self.lines), self.amount - sum((line.amount for line in self.lines), ZERO)

    def as_json(self) -> dict[str, Any]:
        """The driver with the lines that a page shows."""
        count, amount = self.not_shown
        return {
            "amount": show(self.amount),
            "lines": self.count,
            "largest": [line.as_json() for line in self.shown],
            "others": {"lines": count, "amount": show(amount)},
        }


@dataclass(frozen=True)
class Drivers:
    """What makes up a variance: ``variance = timing - price - scope + rest``.

    Money that is ordered and not invoiced makes for an underspend; a dearer price, and cost that nobody ordered, for
    an overspend. ``rest`` is what remains: what falls due by the profile and is not ordered (below 0: what is ordered
    and does not fall due yet).
    """

    timing: Driver
    price: Driver
    scope: Driver
    rest: Decimal

    @property
    def each(self) -> tuple[Driver, Driver, Driver]:
        """The three with lines behind them."""
        return self.timing, self.price, self.scope

    def as_json(self) -> dict[str, Any]:
        """The document for scripts."""
        return {**{driver.name: driver.as_json() for driver in self.each}, "rest": show(self.rest)}


def driver_lines(ledger: Ledger) -> dict[tuple[str, str], Driver]:
    """Every stream's drivers that have lines, by stream and name, at the date that is set."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in ledger.records("reporting/drivers", {"most": MOST_LINES}):
        found.setdefault((row["work_stream"], row["driver"]), []).append(row)
    return {
        key: Driver(key[1], rows[0]["whole"], rows[0]["lines"], tuple(_line(row) for row in rows))
        for key, rows in found.items()
    }


def drivers_of(found: dict[tuple[str, str], Driver], code: str, variance: Decimal) -> Drivers:
    """The drivers of one stream (or UNALLOCATED), whose variance they make up."""
    timing, price, scope = (found.get((code, name)) or Driver(name, ZERO, 0, ()) for name in DRIVERS)
    return Drivers(timing, price, scope, variance - timing.amount + price.amount + scope.amount)


def drivers_in_all(rows: Sequence[Drivers]) -> Drivers:
    """The drivers of all streams together: their sums, without lines of their own."""
    timing, price, scope = (
        Driver(
            name,
            sum((getattr(row, name).amount for row in rows), ZERO),
            sum(getattr(row, name).count for row in rows),
            (),
        )
        for name in DRIVERS
    )
    return Drivers(timing, price, scope, sum((row.rest for row in rows), ZERO))


def _line(row: dict[str, Any]) -> DriverLine:
    return DriverLine(
        line_id=row["line_id"],
        document=row["document"],
        line=row["line"],
        supplier=row["supplier"],
        dated=row["dated"],
        amount=row["amount"],
        accrued=row["accrued"],
        committed=row["committed"],
        ordered=row["ordered"],
        invoiced=row["invoiced"],
        line_ids=(row["line_id"], *(row["line_ids"] or ())),
    )
