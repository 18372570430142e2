"""The position taken apart: by kind of money, month, quarter, supplier or account, and one stream by itself. Pounds.

Every part adds up to the position's own figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, show
from grantkit.periods import month_end, months_of, quarters
from grantkit.position import UNALLOCATED, Position, Standing, budgets_at, position
from grantkit.reporting.kinds import KindVariance, kinds_of
from grantkit.reporting.milestones import MilestoneStanding, milestones
from grantkit.reporting.variance import due_in

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from grantkit.settings import Settings
    from grantkit.store import Ledger

#: What the position can be taken apart by, and the figures that each part has.
FIGURES = {
    "kind": ("budget", "eligible", "accrued", "committed", "available"),
    "month": ("budget", "eligible", "variance"),
    "quarter": ("budget", "eligible", "variance"),
    "supplier": ("invoiced", "eligible", "accrued", "committed"),
    "account": ("invoiced", "eligible", "accrued", "committed"),
    "stream": ("budget", "eligible", "accrued", "committed", "available"),
}


@dataclass(frozen=True)
class Part:
    """A part of a stream (or of all): its name, in other words ``label``, and its figures.

    ``name`` is None for lines that have none; ``lines`` counts invoice lines where they are counted.
    """

    name: str | None
    label: str | None
    figures: Mapping[str, Decimal]
    lines: int | None = None

    def as_json(self, by: str) -> dict[str, Any]:
        """One row of the document for scripts."""
        row: dict[str, Any] = {by: self.name}
        if by in {"supplier", "stream"}:
            row["name"] = self.label
        if self.lines is not None:
            row["lines"] = self.lines
        return row | {figure: show(amount) for figure, amount in self.figures.items()}


@dataclass(frozen=True)
class Breakdown:
    """A position by something: the parts of each stream (by code, UNALLOCATED too), and those of all together."""

    by: str
    position: Position
    streams: Mapping[str, tuple[Part, ...]]
    total: tuple[Part, ...]

    def as_json(self) -> dict[str, Any]:
        """The document for scripts."""
        return {
            "as_at": self.position.as_at.isoformat(),
            "by": self.by,
            "work_streams": [
                {"code": code, "parts": [part.as_json(self.by) for part in parts]}
                for code, parts in self.streams.items()
            ],
            "total": {"parts": [part.as_json(self.by) for part in self.total]},
        }


def breakdown(
    ledger: Ledger, settings: Settings, by: str, stream: str | None = None, as_at: datetime.date | None = None
) -> Breakdown:
    """The position by ``by`` at the end of a day, of all streams or of one."""
    return _apart(ledger, settings, position(ledger, settings, as_at), by, stream)


def _apart(ledger: Ledger, settings: Settings, found: Position, by: str, stream: str | None) -> Breakdown:
    rows = [row for row in (*found.streams, found.unallocated) if stream in {None, row.code}]
    match by:
        case "kind":
            streams = _by_kind(ledger, settings, found, rows)
        case "month" | "quarter":
            streams = _by_span(ledger, settings, found, rows, by)
        case "supplier" | "account":
            streams = _by_line(ledger, by, rows, stream)
        case _:
            streams = {
                row.code: (Part(row.code, row.name, {each: getattr(row, each) for each in FIGURES[by]}),)
                for row in rows
            }
    return Breakdown(by, found, streams, _in_all(streams, largest_first=by in {"supplier", "account"}))


def _by_kind(
    ledger: Ledger, settings: Settings, found: Position, rows: list[Standing]
) -> dict[str, tuple[Part, ...]]:
    kinds = kinds_of(ledger, settings, found)
    return {row.code: tuple(_kind(kind) for kind in kinds[row.code]) for row in rows}


def _kind(kind: KindVariance) -> Part:
    figures = {each: getattr(kind, each) for each in ("budget", "eligible", "accrued", "committed")}
    available = kind.budget - kind.eligible - kind.accrued - kind.committed
    return Part(kind.kind, None, figures | {"available": available})


def _by_span(
    ledger: Ledger, settings: Settings, found: Position, rows: list[Standing], by: str
) -> dict[str, tuple[Part, ...]]:
    """Months or quarters: the budget that falls due in each, and the eligible cost dated in it."""
    award = settings.award
    if by == "month":
        months = months_of(award.starts, award.ends)
        spans = [(f"{month:%Y-%m}", month_end(month)) for month in months]
        spent = {
            (row["work_stream"], f"{row['month']:%Y-%m}"): row["eligible"]
            for row in ledger.records("reporting/by_month")
        }
    else:
        spans = [(span.name, span.ends) for span in quarters(award.starts, award.ends)]
        spent = {
            (row["work_stream"], row["quarter"]): row["eligible"]
            for row in ledger.records("reporting/by_quarter")
        }
    ends = [end for _, end in spans]
    budgets = [budgets_at(ledger, settings, min(end, found.as_at)) for end in ends]
    return {
        row.code: tuple(
            _span(name, budget, spent.get((row.code, name), ZERO))
            for (name, _), budget in zip(spans, due_in(settings, row.code, ends, budgets), strict=True)
        )
        for row in rows
    }


def _span(name: str, budget: Decimal, eligible: Decimal) -> Part:
    return Part(name, None, {"budget": budget, "eligible": eligible, "variance": budget - eligible})


def _by_line(
    ledger: Ledger, by: str, rows: list[Standing], stream: str | None
) -> dict[str, tuple[Part, ...]]:
    """By something that each line has, the largest eligible cost first."""
    parts: dict[str, list[Part]] = {row.code: [] for row in rows}
    for row in ledger.records("reporting/by_part", {"by": by, "work_stream": stream}):
        figures = {figure: row[figure] for figure in FIGURES[by]}
        parts[row["work_stream"]].append(Part(row["part"], row["name"], figures, row["lines"]))
    return {code: tuple(found) for code, found in parts.items()}


def _in_all(streams: Mapping[str, tuple[Part, ...]], *, largest_first: bool) -> tuple[Part, ...]:
    """The parts of all streams together, those of one name added up."""
    found: dict[str | None, list[Part]] = {}
    for parts in streams.values():
        for part in parts:
            found.setdefault(part.name, []).append(part)
    total = [
        Part(
            name,
            next((part.label for part in same if part.label), None),
            {figure: sum((part.figures[figure] for part in same), ZERO) for figure in same[0].figures},
            None if same[0].lines is None else sum(part.lines or 0 for part in same),
        )
        for name, same in found.items()
    ]
    return tuple(sorted(total, key=lambda part: -part.figures["eligible"]) if largest_first else total)


# --- one stream -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenOrder:
    """An order line with what it holds in a stream; ``name`` is the order's number and its line's."""

    line_id: int
    name: str
    supplier: str | None
    dated: datetime.date
    accrued: Decimal
    committed: Decimal

    def as_json(self) -> dict[str, Any]:
        """One row of the document for scripts."""
        return {
            "line_id": self.line_id,
            "order": self.name,
            "supplier": self.supplier,
            "date": self.dated.isoformat(),
            "accrued": show(self.accrued),
            "committed": show(self.committed),
        }


@dataclass(frozen=True)
class StreamStatus:
    """One stream at a date: its figures, its kinds and months, its suppliers and orders, and what it has to reach.

    Suppliers and orders stand the largest first; ``milestones`` are those that are not reached, by the day on which
    they are due.
    """

    position: Position
    standing: Standing
    kinds: tuple[Part, ...]
    months: tuple[Part, ...]
    suppliers: tuple[Part, ...]
    orders: tuple[OpenOrder, ...]
    milestones: tuple[MilestoneStanding, ...]

    def as_json(self, figures: tuple[str, ...]) -> dict[str, Any]:
        """The document for scripts; ``figures`` are those that a stream's row has."""
        row = self.standing
        return {
            "as_at": self.position.as_at.isoformat(),
            "work_stream": {
                "code": row.code,
                "name": row.name,
                **{figure: show(getattr(row, figure)) for figure in figures},
                "rag": None if row.code == UNALLOCATED else row.rag,
            },
            "kinds": [part.as_json("kind") for part in self.kinds],
            "months": [part.as_json("month") for part in self.months],
            "suppliers": [part.as_json("supplier") for part in self.suppliers],
            "orders": [order.as_json() for order in self.orders],
            "milestones": [each.as_json() for each in self.milestones],
        }


def stream_status(
    ledger: Ledger, settings: Settings, code: str, as_at: datetime.date | None = None
) -> StreamStatus:
    """One stream (or UNALLOCATED) at the end of a day."""
    found = position(ledger, settings, as_at)
    by_kind, by_month, by_supplier = (
        _apart(ledger, settings, found, by, code) for by in ("kind", "month", "supplier")
    )
    standing = next(row for row in (*found.streams, found.unallocated) if row.code == code)
    return StreamStatus(
        position=found,
        standing=standing,
        kinds=by_kind.streams[code],
        months=by_month.streams[code],
        suppliers=by_supplier.streams[code],
        orders=tuple(_orders(ledger, code)),
        milestones=tuple(
            each
            for each in (milestones(ledger, settings, found.as_at) if settings.milestones else ())
            if each.stream == code and each.done is None
        ),
    )


def _orders(ledger: Ledger, code: str) -> Iterator[OpenOrder]:
    for row in ledger.records("reporting/open_orders", {"work_stream": code}):
        name = f"{row['po']}/{row['line']}" if row["line"] else row["po"]
        yield OpenOrder(
            *(row["line_id"], name, row["supplier"], row["order_date"], row["accrued"], row["committed"])
        )
