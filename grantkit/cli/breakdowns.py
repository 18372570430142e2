"""What ``status`` shows beside the award's table: by something, or one work stream. Tables of 80 columns."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from grantkit import console
from grantkit.money import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from grantkit.reporting.breakdowns import Breakdown, Part, StreamStatus

#: Suppliers, accounts and orders that a table on the screen shows at most; the JSON has all.
SHOWN_PARTS = 20
SHOWN_OF_STREAM = 5


class By(StrEnum):
    """What the position can be taken apart by."""

    kind = "kind"
    month = "month"
    quarter = "quarter"
    supplier = "supplier"
    account = "account"
    stream = "stream"


def show_breakdown(found: Breakdown, stream: str | None) -> None:
    """A position by something, of all streams or of one."""
    of = f"{stream}, " if stream else ""
    title = f"{of}by {found.by} at {found.position.as_at}, pounds"
    match found.by:
        case "kind":
            _show_kinds(found, title)
        case "month" | "quarter":
            _show_spans(found, title)
        case "supplier" | "account":
            _show_largest(found.total, found.by, title, SHOWN_PARTS)
        case _:
            _show_streams(found, title)


def _held(part: Part) -> Decimal:
    return part.figures["accrued"] + part.figures["committed"]


def _budgeted(part: Part) -> list[str]:
    figures = part.figures
    amounts = (figures["budget"], figures["eligible"], _held(part), figures["available"])
    return [*map(console.whole, amounts), console.bar(figures["eligible"], figures["budget"])]


def _columns(*names: str) -> list[console.Column]:
    return [console.Column(name, figures=True) for name in names]


def _show_kinds(found: Breakdown, title: str) -> None:
    listing = console.Listing(
        [
            *(console.Column("work stream"), console.Column("kind")),
            *_columns("budget", "eligible", "held", "available"),
            console.Column("used", spare=True),
        ],
        title=f"{title}; held: accrued and committed",
        width=console.NARROW,
    )
    for code, parts in found.streams.items():
        for part in parts:
            listing.add(code, part.name or "", *_budgeted(part))
    listing.rule()
    for part in found.total:
        listing.add("TOTAL", part.name or "", *_budgeted(part), emphasise=True)
    console.print_listing(listing)


def _show_streams(found: Breakdown, title: str) -> None:
    listing = console.Listing(
        [
            *(console.Column("work stream"), *_columns("budget", "eligible", "held", "available")),
            *(console.Column("used", spare=True), console.Column("rag")),
        ],
        title=f"{title}; held: accrued and committed",
        width=console.NARROW,
    )
    ratings = {row.code: row.rag for row in found.position.streams}
    for part in found.total:
        listing.add(part.name or "", *_budgeted(part), ratings.get(part.name or "", ""))
    listing.rule()
    listing.add("TOTAL", *_budgeted(sum_of(found.total)), "", emphasise=True)
    console.print_listing(listing)


def sum_of(parts: tuple[Part, ...]) -> Part:
    """Parts added up."""
    from grantkit.reporting.breakdowns import Part

    figures = {name: sum((part.figures[name] for part in parts), ZERO) for name in parts[0].figures}
    return Part("TOTAL", None, figures, sum(part.lines or 0 for part in parts))


def _show_spans(found: Breakdown, title: str) -> None:
    """The months or quarters of all, and each stream as a line of small columns."""
    listing = console.Listing(
        [console.Column(found.by), *_columns("budget", "eligible", "variance"), console.Column("spent")],
        title=title,
        width=console.NARROW,
    )
    for part in (*found.total, sum_of(found.total)):
        if part.name == "TOTAL":
            listing.rule()
        amounts = (part.figures[figure] for figure in ("budget", "eligible", "variance"))
        spent = console.bar(part.figures["eligible"], part.figures["budget"])
        listing.add(part.name or "", *map(console.whole, amounts), spent, emphasise=part.name == "TOTAL")
    console.print_listing(listing)
    if len(found.streams) > 1:
        _show_shapes(found)


def _show_shapes(found: Breakdown) -> None:
    listing = console.Listing(
        [console.Column("work stream"), *_columns("eligible"), console.Column(f"each {found.by}")],
        width=console.NARROW,
    )
    for code, parts in found.streams.items():
        amounts = [part.figures["eligible"] for part in parts]
        listing.add(code, console.whole(sum(amounts, ZERO)), console.sparkline(amounts))
    console.print_text()
    console.print_listing(listing)


def _show_largest(parts: tuple[Part, ...], by: str, title: str | None, most: int) -> None:
    """The largest parts, what the others come to, and the sum."""
    if not parts:
        console.note(f"note: nothing to show by {by}")
        return
    listing = console.Listing(
        [
            *(console.Column(by, wraps=True), *_columns("lines", "invoiced", "eligible", "held")),
            console.Column("share"),
        ],
        title=title,
        width=console.NARROW,
    )
    total = sum_of(parts)
    for part in parts[:most]:
        _add_part(listing, _label(part), part, total)
    if others := parts[most:]:
        _add_part(listing, console.counted(len(others), "other"), sum_of(others), total)
    listing.rule()
    _add_part(listing, "TOTAL", total, total, emphasise=True)
    console.print_listing(listing)


def _label(part: Part) -> str:
    if part.name is None:
        return "(none)"
    return part.name if part.label in {None, part.name} else f"{part.label} ({part.name})"


def _add_part(
    listing: console.Listing, label: str, part: Part, total: Part, *, emphasise: bool = False
) -> None:
    figures = part.figures
    amounts = (figures["invoiced"], figures["eligible"], _held(part))
    share = console.bar(figures["eligible"], total.figures["eligible"])
    listing.add(label, f"{part.lines:,}", *map(console.whole, amounts), share, emphasise=emphasise)


# --- one stream -------------------------------------------------------------------------------------------------


def show_stream(found: StreamStatus) -> None:
    """One stream: its figures, its months as a line, its largest suppliers and orders, its next milestones."""
    row = found.standing
    amounts = [part.figures["eligible"] for part in found.months]
    listing = console.Listing(
        [
            console.Column("kind"),
            *_columns("budget", "eligible", "held", "available"),
            console.Column("used", spare=True),
        ],
        title=f"{row.code}{', ' + row.name if row.name else ''}\nat {found.position.as_at}, pounds",
        width=console.NARROW,
    )
    for part in (*found.kinds, sum_of(found.kinds)):
        if part.name == "TOTAL":
            listing.rule()
        listing.add(part.name or "", *_budgeted(part), emphasise=part.name == "TOTAL")
    console.print_listing(listing)
    rating = f", {row.rag}" if row.budget else ""
    console.print_text()
    console.print_text(
        f"due by the profile {console.whole(row.budget_to_date)}, variance {console.whole(row.variance)},"
        f" forecast {console.whole(row.forecast)}{rating}"
    )
    console.print_text(f"claimed {console.whole(row.claimed)}, received {console.whole(row.settled)}")
    console.print_text(f"eligible by month  {console.sparkline(amounts)}")
    if found.suppliers:
        console.print_text()
        _show_largest(found.suppliers, "supplier", None, SHOWN_OF_STREAM)
    _show_orders(found)
    _show_milestones(found)


def _show_orders(found: StreamStatus) -> None:
    if not found.orders:
        return
    listing = console.Listing(
        [
            *(console.Column("order"), console.Column("supplier", wraps=True), console.Column("date")),
            *_columns("accrued", "committed", "line"),
        ],
        width=console.NARROW,
    )
    for order in found.orders[:SHOWN_OF_STREAM]:
        amounts = (order.accrued, order.committed)
        listing.add(
            *(order.name, order.supplier or "", str(order.dated), *map(console.whole, amounts)),
            str(order.line_id),
        )
    if others := found.orders[SHOWN_OF_STREAM:]:
        sums = (
            sum((order.accrued for order in others), ZERO),
            sum((order.committed for order in others), ZERO),
        )
        listing.add(console.counted(len(others), "other"), "", "", *map(console.whole, sums), "")
    console.print_text()
    console.print_listing(listing)


def _show_milestones(found: StreamStatus) -> None:
    if not found.milestones:
        return
    listing = console.Listing(
        [console.Column("next milestones", wraps=True), console.Column("due"), console.Column("status")],
        width=console.NARROW,
    )
    for each in found.milestones[:SHOWN_OF_STREAM]:
        days = console.counted(each.days, "day")
        status = f"overdue, {days}" if each.status == "overdue" else f"due in {days}"
        listing.add(each.name, str(each.due), status, emphasise=each.flagged)
    console.print_text()
    console.print_listing(listing)
