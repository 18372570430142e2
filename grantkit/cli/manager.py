"""Commands of the grant manager: where the money stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, asked, day
from grantkit.cli.breakdowns import By, show_breakdown, show_stream
from grantkit.money import show

if TYPE_CHECKING:
    import datetime

    from grantkit.position import Position, Standing
    from grantkit.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("status")(status)


def status(
    context: typer.Context,
    stream: Annotated[
        str | None, typer.Argument(metavar="[STREAM]", help="Only this work stream, and more of it.")
    ] = None,
    by: Annotated[By | None, typer.Option(help="Take the position apart.")] = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:
    """Where the award stands, by work stream; or one work stream; or by kind, month, quarter, supplier or account."""
    if stream is not None or by is not None:
        _status_of(context, stream, by, day(as_at, "--as-at"), as_json=as_json)
        return
    from grantkit.claiming.shortfalls import shortfalls
    from grantkit.position import position

    with asked(context).ledger() as (_, settings, ledger):
        found = position(ledger, settings, day(as_at, "--as-at"))
        outstanding = shortfalls(ledger)
    if as_json:
        console.print_json(_status_json(settings, found))
    else:
        _show_status(settings, found)
    remark(found)
    for sentence in outstanding.values():
        console.note(f"note: {sentence}")


def _status_of(
    context: typer.Context, stream: str | None, by: By | None, at: datetime.date | None, *, as_json: bool
) -> None:
    """One work stream, or the position by something."""
    from grantkit.position import FIGURES, UNALLOCATED
    from grantkit.reporting.breakdowns import Breakdown, breakdown, stream_status

    with asked(context).ledger() as (_, settings, ledger):
        code = None if stream is None else stream.upper()
        if code not in {None, UNALLOCATED}:
            code = settings.stream(code).code
        found = (
            stream_status(ledger, settings, code, at)
            if by is None and code is not None
            else breakdown(ledger, settings, by or By.stream, code, at)
        )
    if as_json:
        console.print_json(found.as_json() if isinstance(found, Breakdown) else found.as_json(FIGURES))
    elif isinstance(found, Breakdown):
        show_breakdown(found, code)
    else:
        show_stream(found)
    remark(found.position)


def _status_json(settings: Settings, found: Position) -> dict[str, Any]:
    from grantkit.position import FIGURES

    award = settings.award
    part = ("invoiced", "eligible", "ineligible", "accrued", "committed")
    return {
        "award": {
            "reference": award.reference,
            "amount": show(award.amount),
            "unbudgeted": show(settings.unbudgeted),
            "starts": award.starts.isoformat(),
            "ends": award.ends.isoformat(),
        },
        "as_at": found.as_at.isoformat(),
        "work_streams": [
            {"code": row.code, "name": row.name, **_figures(row, FIGURES), "rag": row.rag}
            for row in found.streams
        ],
        "unallocated": {**_figures(found.unallocated, part), "lines": found.unallocated.lines},
        "total": {**_figures(found.total, FIGURES), "rag": found.total.rag},
    }


def _figures(row: Standing, figures: tuple[str, ...]) -> dict[str, str | None]:
    return {figure: show(getattr(row, figure)) for figure in figures}


def _show_status(settings: Settings, found: Position) -> None:
    shown = ("budget", "eligible", "accrued", "committed", "available", "variance", "forecast")
    listing = console.Listing(
        [
            console.Column("work stream"),
            *(console.Column(figure, figures=True) for figure in shown),
            console.Column("used", spare=True),
            console.Column("rag"),
        ],
        title=f"{settings.award.reference}, {settings.award.title}\nat {found.as_at}, pounds",
    )
    for row in (*found.streams, found.unallocated):
        rag = row.rag if row is not found.unallocated else ""
        listing.add(row.code, *_whole(row, shown), console.bar(row.eligible, row.budget), rag)
    listing.rule()
    total = found.total
    listing.add(
        "TOTAL", *_whole(total, shown), console.bar(total.eligible, total.budget), total.rag, emphasise=True
    )
    console.print_listing(listing)


def _whole(row: Standing, figures: tuple[str, ...]) -> list[str]:
    """Whole pounds: the table has to fit the screen; the pence are in the JSON and the workbooks."""
    return [console.whole(getattr(row, figure)) for figure in figures]


def remark(found: Position) -> None:
    """Say what does not count in a position, what its figures rest on, and what is left to be done."""
    invoices, orders = (
        console.counted(n, f"{name} line") for n, name in zip(found.after, ("invoice", "order"), strict=True)
    )
    if any(found.after):
        console.note(f"note: {invoices} and {orders} dated after {found.as_at} do not count here")
    if found.unallocated.lines:
        lines = console.counted(found.unallocated.lines, "invoice line")
        console.note(
            f"note: no work stream for {lines} ({console.pounds(found.unallocated.invoiced)}): not claimable until"
            " a rule or a decision gives one"
        )
    if found.later_extract is not None:
        console.note(
            f"note: the accruals rest on receipts as they stood on {found.later_extract}, after {found.as_at}"
        )
