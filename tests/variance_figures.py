"""The variance report's figures by a second reading: plain Python over the auditor, which shares no code with it."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from auditor import COST_TYPES, UNALLOCATED, ZERO, Auditor, Refused, pounds, share_out, to_the_penny
from histories import history, play
from test_agreement import Product

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

ONLY_ASKS = ({"status"}, {"variance"}, {"claim", "show"}, {"claim", "list"}, {"budget", "show"})


def played(rng: random.Random, folder: Path, *, quarters: int, lines: int, claims: bool) -> Auditor:
    """A generated year with decisions and virements (and claims), carried out on the product; the auditor of it."""
    commands = history(rng, folder, decisions=True, quarters=quarters, lines=lines)
    auditor, product = Auditor(folder), Product(folder)
    for command in commands:
        if any(asks <= set(command[:2]) for asks in ONLY_ASKS) or (command[0] == "claim" and not claims):
            continue
        code, _, said = product.answer(command)
        refused = True
        with contextlib.suppress(Refused):
            play(auditor, command)
            refused = False
        assert (code == 2) == refused, f"{command}: exit {code}\n{said}"
    return auditor


def figures(auditor: Auditor, as_at: date) -> dict[str, dict[str, Any]]:
    """Each stream's figures, and UNALLOCATED's, as the report's JSON has them."""
    rows = auditor.status_rows(as_at)
    return {code: _stream(auditor, as_at, code, row) for code, row in rows.items()}


def _stream(auditor: Auditor, as_at: date, code: str, row: dict[str, Decimal]) -> dict[str, Any]:
    stream = next((s for s in auditor.settings.streams if s.code == code), None)
    methods = _methods(auditor, as_at, code, row)
    return {
        "original": pounds(sum(stream.budget.values(), ZERO) if stream else ZERO),
        **{name: pounds(row[name]) for name in ("budget", "budget_to_date", "eligible", "accrued")},
        **{name: pounds(row[name]) for name in ("committed", "variance", "forecast", "full_year_variance")},
        "methods": {name: pounds(amount) for name, amount in methods.items()},
        "low": pounds(min(methods.values())),
        "high": pounds(max(methods.values())),
        "kinds": {kind: _kind(auditor, as_at, code, kind) for kind in COST_TYPES},
        "months": _months(auditor, as_at, code),
        "drivers": _drivers(auditor, as_at, code, row),
    }


def _methods(auditor: Auditor, as_at: date, code: str, row: dict[str, Decimal]) -> dict[str, Decimal]:
    elapsed, months = auditor.settings.months_elapsed(as_at), auditor.settings.months
    as_profiled = row["eligible"] + row["budget"] - row["budget_to_date"]
    held = row["eligible"] + row["accrued"] + row["committed"]
    return {
        "profile": as_profiled,
        "run-rate": to_the_penny(row["eligible"] * months / elapsed) if elapsed else as_profiled,
        "committed": held,
        "planned": held + sum((a for s, month, a in auditor.plans if s == code and month > as_at), ZERO),
    }


def _eligible(auditor: Auditor, as_at: date, code: str, wanted: Callable[[int], bool]) -> Decimal:
    return sum(
        (
            share.eligible
            for line_id in auditor.invoices_up_to(as_at)
            if wanted(line_id)
            for share in auditor.shares_of(line_id)
            if share.stream == code
        ),
        ZERO,
    )


def _held(auditor: Auditor, amounts: dict[int, Decimal], code: str, kind: str) -> Decimal:
    of_kind = {i: a for i, a in amounts.items() if auditor.cost_type(auditor.orders[i]) == kind}
    return auditor.by_stream(of_kind).get(code, ZERO)


def _kind(auditor: Auditor, as_at: date, code: str, kind: str) -> dict[str, str]:
    stream = next((s for s in auditor.settings.streams if s.code == code), None)
    eligible = _eligible(auditor, as_at, code, lambda i: auditor.cost_type(auditor.invoices[i]) == kind)
    return {
        "original": pounds(stream.budget[kind] if stream else ZERO),
        "budget": pounds(auditor.budget(code, as_at)[kind] if stream else ZERO),
        "eligible": pounds(eligible),
        "accrued": pounds(_held(auditor, auditor.accrued(as_at), code, kind)),
        "committed": pounds(_held(auditor, auditor.committed(as_at), code, kind)),
    }


def _months(auditor: Auditor, as_at: date, code: str) -> list[dict[str, str]]:
    found, before = [], ZERO
    for end in (end for quarter in auditor.settings.quarters for end in quarter.month_ends):
        to_date = ZERO if code == UNALLOCATED else auditor.budget_to_date_seen_from(code, end, as_at)
        eligible = _eligible(
            auditor, as_at, code, lambda i, end=end: _month_of(auditor, i) == (end.year, end.month)
        )
        found.append(
            {
                "month": f"{end:%Y-%m}",
                "budget": pounds(to_date - before),
                "eligible": pounds(eligible),
                "variance": pounds(to_date - before - eligible),
            }
        )
        before = to_date
    return found


def _month_of(auditor: Auditor, line_id: int) -> tuple[int, int]:
    day = auditor.counts_on(line_id)
    return day.year, day.month


def _drivers(auditor: Auditor, as_at: date, code: str, row: dict[str, Decimal]) -> dict[str, Any]:
    """Timing: accrued and committed. Price: what orders that are done were dearer. Scope: cost without an order."""
    timing = row["accrued"] + row["committed"]
    price = _dearer(auditor, as_at).get(code, ZERO)
    scope = _eligible(auditor, as_at, code, lambda i: not auditor.order_lines_of(auditor.invoices[i]))
    rest = row["variance"] - timing + price + scope
    return {
        "timing": {"amount": pounds(timing)},
        "price": {"amount": pounds(price)},
        "scope": {"amount": pounds(scope)},
        "rest": pounds(rest),
    }


def _dearer(auditor: Auditor, as_at: date) -> dict[str, Decimal]:
    invoiced, found = auditor.invoiced_on_orders(as_at), dict[str, Decimal]()
    for line_id in auditor.counting_orders(as_at):
        order, of_it = auditor.orders[line_id], invoiced.get(line_id, ZERO)
        above = of_it > order.net > 0 or of_it < order.net < 0
        if of_it and (above or (order.status == "closed" and order.received <= of_it)):
            for stream, part in share_out(of_it - order.net, auditor.split_of(line_id)).items():
                found[stream] = found.get(stream, ZERO) + part
    return found


def in_all(rows: dict[str, dict[str, Any]], figure: str) -> str:
    """The sum of a figure over the streams, UNALLOCATED among them."""
    return pounds(sum((Decimal(row[figure]) for row in rows.values()), ZERO))
