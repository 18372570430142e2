"""From a figure to its lines and from a line to its cell, and back. All amounts are pounds."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.auditing.line_history import line_history, shown
from grantkit.auditing.publication import SPENDING, published_lines
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.periods import month_end, quarters
from grantkit.position import KINDS, UNALLOCATED, default_as_at
from grantkit.relations import lay_documented, set_as_at

if TYPE_CHECKING:
    from decimal import Decimal

    from grantkit.auditing.line_history import LineHistory
    from grantkit.settings import Settings
    from grantkit.store import Ledger


TOTAL = "TOTAL"
HELD = {"accrued": "received and not invoiced (accrued)", "committed": "ordered and not received (committed)"}
NO_ORDER = "no-order"
PUBLISHED = "publish:"


@dataclass(frozen=True)
class Trace:
    """What stands behind a figure. The lines' amounts add up to ``total``.

    ``figure`` says what it is; ``history`` is given for a single line: all that became of it.
    """

    target: str
    figure: str
    total: Decimal
    lines: list[dict[str, Any]]
    history: LineHistory | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, with a line's own history beside it."""
        document: dict[str, Any] = {
            "target": self.target,
            "figure": self.figure,
            "total": show(self.total),
            "lines": [shown(line) for line in self.lines],
        }
        return document if self.history is None else {**document, **self.history.as_json()}


@dataclass(frozen=True)
class _Part:
    """A part of a stream's figure: what it is called and means, and what its lines have in common (None: no matter)."""

    name: str
    figure: str
    first: datetime.date | None = None
    last: datetime.date | None = None
    is_capital: bool | None = None
    has_order: bool | None = None
    held: str | None = None


def trace(ledger: Ledger, settings: Settings, target: str, as_at: datetime.date | None = None) -> Trace:
    """Trace a claim (``Q2``), a stream in a claim (``Q2/EXISTING``), a stream (``EXISTING``) or a line by its number.

    Of a stream also a part: of what is eligible that of a quarter (``EXISTING:Q2``), a month (``EXISTING:2024-07``), a
    kind of money (``EXISTING:resource``) or of the lines without an order (``EXISTING:no-order``); and what its orders
    hold (``EXISTING:accrued``, ``EXISTING:committed``). ``TOTAL`` is all streams and UNALLOCATED together. What was
    published of a month is ``publish:2024-10``, or ``publish:2024-10:orders`` and ``publish:2024-10:contracts``.

    Raises RequestError where there is no such thing.
    """
    lay_documented(ledger)
    set_as_at(ledger, as_at or default_as_at(ledger, settings.award))
    if target.isdigit():
        return _trace_line(ledger, settings, int(target))
    if target.lower().startswith(PUBLISHED):
        return _trace_published(ledger, settings, target.lower())
    streams = [each.code for each in settings.work_streams]
    name, colon, part = target.upper().partition(":")
    if name in {*streams, UNALLOCATED, TOTAL}:
        day = as_at or default_as_at(ledger, settings.award)
        of_it = _part(settings, name, part) if colon else _Part("", "eligible")
        return _trace_stream(
            ledger, name, None if name == TOTAL and name not in streams else name, of_it, day
        )
    name, slash, stream = target.upper().partition("/")
    if slash and stream not in streams:
        raise RequestError(f"there is no work stream {stream}", hint=f"work streams: {', '.join(streams)}")
    return _trace_claim(ledger, name, stream or None, streams)


def _part(settings: Settings, stream: str, name: str) -> _Part:
    """The part of a stream that is called ``name``, in capitals. Raises RequestError where there is none."""
    award, asked, name = settings.award, name, name.lower()
    spans = quarters(award.starts, award.ends)
    for span in spans:
        if name == span.name.lower():
            return _Part(span.name, f"eligible, dated in {span.name},", first=span.starts, last=span.ends)
    if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", name) and not name.startswith("0000"):
        month = datetime.date.fromisoformat(f"{name}-01")
        return _Part(name, f"eligible, dated in {name},", first=month, last=month_end(month))
    if name in KINDS:
        return _Part(name, f"eligible, {name},", is_capital=name == "capital")
    if name == NO_ORDER:
        return _Part(name, "eligible, of lines that belong to no order,", has_order=False)
    if name in HELD:
        return _Part(name, HELD[name], held=name)
    parts = ", ".join((spans[0].name, f"{award.starts:%Y-%m}", *KINDS, *HELD, NO_ORDER))
    raise RequestError(
        f"{stream} has no part {asked or 'without a name'}",
        hint=f"write {stream}:{spans[0].name}, or another of: {parts}",
    )


def _trace_line(ledger: Ledger, settings: Settings, line_id: int) -> Trace:
    lines = ledger.records("auditing/trace_line", {"line_id": line_id})
    history = line_history(ledger, settings, line_id)
    if history is None:
        raise RequestError(
            f"there is no line {line_id}",
            hint='line numbers are in: grantkit query "select * from invoice_lines"',
        )
    return Trace(
        target=str(line_id),
        figure="the line's cost, by the streams that it goes to (of an order line: its accrual)",
        total=sum((line["amount"] for line in lines), ZERO),
        lines=lines,
        history=history,
    )


def _trace_stream(ledger: Ledger, name: str, stream: str | None, part: _Part, as_at: datetime.date) -> Trace:
    """A stream (None: all of them and UNALLOCATED), or a part of it."""
    ledger.run("auditing/share_claimed")
    if part.held is not None:
        lines = ledger.records("auditing/trace_held", {"work_stream": stream, "held": part.held})
    else:
        lines = ledger.records(
            "auditing/trace_stream",
            {
                "work_stream": stream,
                "first": part.first,
                "last": part.last,
                "is_capital": part.is_capital,
                "has_order": part.has_order,
            },
        )
    target = f"{name}:{part.name}" if part.name else name
    return Trace(target, f"{part.figure} at {as_at}", sum((line["amount"] for line in lines), ZERO), lines)


def _trace_published(ledger: Ledger, settings: Settings, target: str) -> Trace:
    """What stands behind a list that was published of a month."""
    month, _, what = target.removeprefix(PUBLISHED).partition(":")
    lines = published_lines(ledger, settings, month, what or SPENDING)
    total = sum((line["amount"] for line in lines), ZERO)
    return Trace(target, f"{what or SPENDING} of {month} as published", total, lines)


def _trace_claim(ledger: Ledger, name: str, stream: str | None, streams: list[str]) -> Trace:
    found = ledger.records("auditing/claim_named", {"claim": name})
    if not found:
        raise RequestError(
            f"there is nothing to trace under {name}",
            hint=f"trace a claim (Q1, Q1/{streams[0]}), a work stream ({', '.join(streams)}) or a line's number",
        )
    claim = found[0]
    lines = ledger.records(
        "auditing/trace_claim", {"claim_id": claim["claim_id"], "claim": name, "work_stream": stream}
    )
    return Trace(
        target=name if stream is None else f"{name}/{stream}",
        figure=f"{claim['status']} claim, version {claim['version']}",
        total=sum((line["amount"] for line in lines), ZERO),
        lines=lines,
    )
