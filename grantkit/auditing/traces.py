"""From a figure to its lines and from a line to its cell, and back. All amounts are pounds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.position import UNALLOCATED, default_as_at
from grantkit.relations import lay_documented, set_as_at

if TYPE_CHECKING:
    from grantkit.settings import Settings
    from grantkit.store import Ledger


@dataclass(frozen=True)
class Trace:
    """What stands behind a figure. The lines' amounts add up to ``total``.

    ``figure`` says what it is; ``versions`` and ``claims`` are given for a single line: all that became of it.
    """

    target: str
    figure: str
    total: Decimal
    lines: list[dict[str, Any]]
    versions: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, with a line's own history beside it."""
        document: dict[str, Any] = {
            "target": self.target,
            "figure": self.figure,
            "total": show(self.total),
            "lines": [_shown(line) for line in self.lines],
        }
        if self.versions:
            document["versions"] = [_shown(version) for version in self.versions]
            document["claims"] = [_shown(claim) for claim in self.claims]
        return document


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: show(value) if isinstance(value, Decimal) else _day(value) for name, value in row.items()}


def _day(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.date) else value


def trace(ledger: Ledger, settings: Settings, target: str, as_at: datetime.date | None = None) -> Trace:
    """Trace a claim (``Q2``), a stream in a claim (``Q2/EXISTING``), a stream (``EXISTING``) or a line by its number.

    Raises RequestError where there is no such thing.
    """
    lay_documented(ledger)
    set_as_at(ledger, as_at or default_as_at(ledger, settings.award))
    if target.isdigit():
        return _trace_line(ledger, int(target))
    name, slash, stream = target.upper().partition("/")
    streams = [each.code for each in settings.work_streams]
    if not slash and name in {*streams, UNALLOCATED}:
        return _trace_stream(ledger, name, as_at or default_as_at(ledger, settings.award))
    if slash and stream not in streams:
        raise RequestError(f"there is no work stream {stream}", hint=f"work streams: {', '.join(streams)}")
    return _trace_claim(ledger, name, stream or None, streams)


def _trace_line(ledger: Ledger, line_id: int) -> Trace:
    lines = ledger.records("auditing/trace_line", {"line_id": line_id})
    versions = ledger.records("auditing/line_history", {"line_id": line_id})
    if not versions:
        raise RequestError(
            f"there is no line {line_id}",
            hint='line numbers are in: grantkit query "select * from invoice_lines"',
        )
    return Trace(
        target=str(line_id),
        figure="the line's cost, by the streams that it goes to (of an order line: its accrual)",
        total=sum((line["amount"] for line in lines), ZERO),
        lines=lines,
        versions=versions,
        claims=ledger.records("auditing/line_claims", {"line_id": line_id}),
    )


def _trace_stream(ledger: Ledger, stream: str, as_at: datetime.date) -> Trace:
    lines = ledger.records("auditing/trace_stream", {"work_stream": stream})
    return Trace(stream, f"eligible at {as_at}", sum((line["amount"] for line in lines), ZERO), lines)


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
