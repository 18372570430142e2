"""Commands of the grant manager: where the money stands, claims, variance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, asked, day
from grantkit.money import show

if TYPE_CHECKING:
    from grantkit.position import Position, Standing
    from grantkit.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("status")(status)
    claims = typer.Typer(help="Claims: prepare, look at, submit.")
    claims.command("prepare")(claim_prepare)
    claims.command("show")(claim_show)
    claims.command("list")(claim_list)
    claims.command("submit")(claim_submit)
    app.add_typer(claims, name="claim")


def status(context: typer.Context, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Where the award stands, by work stream."""
    from grantkit.position import position

    with asked(context).ledger() as (_, settings, ledger):
        found = position(ledger, settings, day(as_at, "--as-at"))
    if as_json:
        console.print_json(_status_json(settings, found))
    else:
        _show_status(settings, found)
    _remark(found)


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
            {"code": row.code, "name": row.name, **_figures(row, FIGURES), "rag": row.rag} for row in found.streams
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
            console.Column("used"),
            console.Column("rag"),
        ],
        title=f"{settings.award.reference} at {found.as_at}: pounds",
    )
    for row in (*found.streams, found.unallocated):
        rag = row.rag if row is not found.unallocated else ""
        listing.add(row.code, *_whole(row, shown), console.bar(row.eligible, row.budget), rag)
    listing.rule()
    total = found.total
    listing.add("TOTAL", *_whole(total, shown), console.bar(total.eligible, total.budget), total.rag, emphasise=True)
    console.print_listing(listing)


def _whole(row: Standing, figures: tuple[str, ...]) -> list[str]:
    """Whole pounds: the table has to fit the screen; the pence are in the JSON and the workbooks."""
    return [f"{getattr(row, figure):,.0f}" for figure in figures]


def _remark(found: Position) -> None:
    invoices, orders = found.after
    if invoices or orders:
        console.note(
            f"note: {invoices:,} invoice lines and {orders:,} order lines are dated after {found.as_at}"
            " and do not count here"
        )
    if found.unallocated.lines:
        console.note(
            f"note: {found.unallocated.lines:,} invoice lines"
            f" ({console.pounds(found.unallocated.invoiced)}) have no work stream and cannot be claimed"
        )
    if found.later_extract is not None:
        console.note(
            f"note: the accruals rest on receipts as they stood on {found.later_extract}, after {found.as_at}"
        )


# --- claims -----------------------------------------------------------------------------------------------------


def claim_prepare(
    context: typer.Context,
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="Q1, Q2, … or FINAL.")],
    as_json: AsJson = False,
) -> None:
    """Work a claim out from the ledger and write its workbook as a draft."""
    from grantkit.claiming import claims

    with asked(context).ledger(write=True) as (_, settings, ledger), ledger.transaction():
        found = claims.prepare(ledger, settings, claim)
    console.print_json(found.as_json())


def claim_show(context: typer.Context, claim: str, as_json: AsJson = False) -> None:
    """A claim as prepared or submitted."""
    from grantkit.claiming import claims

    with asked(context).ledger() as (_, _settings, ledger):
        console.print_json(claims.find_claim(ledger, claim).as_json())


def claim_list(context: typer.Context, as_json: AsJson = False) -> None:
    """All claims, withdrawn ones included."""


def claim_submit(
    context: typer.Context,
    claim: str,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Freeze a claim as it goes to the funder."""
    from dataclasses import replace

    from grantkit.claiming import claims

    with asked(context).ledger(write=True) as (_, settings, ledger), ledger.transaction():
        found = claims.find_claim(ledger, claim)
        claims.check_submittable(found)
        found = replace(claims.submitted(found), workbook="x", sha256="y")
        claims.record_submission(ledger, found)
    console.print_json(found.as_json())
