"""Commands for the year's end: the register of assets, and the statement of grant usage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, asked, day
from grantkit.errors import RequestError
from grantkit.money import show

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from grantkit.claiming.assets import Asset
    from grantkit.settings import Settings
    from grantkit.workbook.statement_report import StatementReport


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    registers = typer.Typer(
        help="Assets bought with the grant: listed, into a sheet to fill in, and back.",
        rich_markup_mode=None,
        invoke_without_command=True,
    )
    registers.callback()(assets)
    registers.command("apply")(assets_apply)
    app.add_typer(registers, name="assets")
    app.command("statement")(statement)


# --- assets -----------------------------------------------------------------------------------------------------


def assets(
    context: typer.Context,
    as_at: AsAt = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write the register as a sheet to be filled in.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The register of assets bought with the grant; take a filled-in one back with: assets apply."""
    from grantkit.claiming.assets import register, write_register
    from grantkit.position import default_as_at

    if context.invoked_subcommand is not None:
        _check_no_options({"as-at": as_at is not None, "out": out is not None, "json": as_json}, context)
        return
    with asked(context).ledger() as (workspace, settings, ledger):
        workspace.check_output(out, ledger)
        at = day(as_at, "--as-at") or default_as_at(ledger, settings.award)
        found = register(ledger, settings, at)
        if out is not None:
            write_register(found, settings, at, out)
    if as_json:
        _print_register(found, settings, at, out)
    elif out is None:
        _show_register(found, settings, at)
    if out is not None:
        console.note(f"wrote {out}: {console.counted(len(found), 'asset')}")
        console.note(f"next: fill in location, useful life and disposal, then grantkit assets apply {out}")


def _check_no_options(given: dict[str, bool], context: typer.Context) -> None:
    for name in (name for name, is_given in given.items() if is_given):
        command = context.invoked_subcommand
        raise RequestError(
            f"--{name} stands before {command}",
            hint=f"options of a command stand behind it: see grantkit assets {command} --help",
        )


def _print_register(found: Sequence[Asset], settings: Settings, at: datetime.date, out: Path | None) -> None:
    from grantkit.claiming.assets import totals

    cost, claimed = totals(found)
    console.print_json(
        {
            "as_at": at.isoformat(),
            "threshold": show(settings.asset_threshold),
            "assets": [asset.as_json() for asset in found],
            "total": {"cost": show(cost), "claimed": show(claimed)},
            "workbook": None if out is None else str(out),
        }
    )


def _show_register(found: Sequence[Asset], settings: Settings, at: datetime.date) -> None:
    from grantkit.claiming.assets import credits_in_words, totals

    listing = console.Listing(
        [
            console.Column("line", figures=True),
            *(console.Column(name, wraps=True) for name in ("item", "supplier", "document")),
            console.Column("date"),
            *(console.Column(name, figures=True) for name in ("cost", "claimed")),
            *(console.Column(name, wraps=True) for name in ("location", "life", "disposed")),
        ],
        title=f"assets of {console.pounds(settings.asset_threshold)} or more, at {at}, pounds",
    )
    for asset in found:
        document = f"{asset.document or ''}{'/' + asset.line if asset.line else ''}"
        disposed = f"{asset.disposed_on}: {asset.disposal}" if asset.disposed_on else ""
        listing.add(
            *(str(asset.line_id), asset.item or "", asset.supplier or "", document, str(asset.dated)),
            *(console.pounds(asset.cost), console.pounds(asset.claimed), asset.location or ""),
            *(str(asset.useful_life or ""), disposed),
        )
    listing.rule()
    cost, claimed = totals(found)
    listing.add(
        "", "TOTAL", "", "", "", console.pounds(cost), console.pounds(claimed), "", "", "", emphasise=True
    )
    console.print_listing(listing)
    for asset in (asset for asset in found if asset.credits):
        console.note(
            f"note: credit notes under the document of line {asset.line_id}: {credits_in_words(asset)}"
        )


def assets_apply(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.xlsx", readable=False, help="The register, filled in.")
    ],
    as_json: AsJson = False,
) -> None:
    """Take a filled-in register back: item, location, useful life and disposal of each asset, or of none."""
    from grantkit.claiming.assets import apply_register
    from grantkit.workbook.asset_sheet import read_asset_sheet

    ask = asked(context)
    workspace = ask.workspace()
    _ = workspace.settings  # mistakes in grant.toml come before anything is read
    sheet = read_asset_sheet(file)
    # where there is no ledger yet none is made: every line of the sheet is unknown
    held = workspace.store.exists()
    with ask.ledger(write=held, record_only=True) as (_, settings, ledger), ledger.transaction():
        applied = apply_register(ledger, settings, sheet)
    if as_json:
        console.print_json(
            {"workbook": str(file), "entered": applied.entered, "unchanged": applied.unchanged}
        )
    told = [
        f"entered {console.counted(len(applied.entered), 'asset')}" if applied.entered else "nothing changed"
    ]
    if applied.unchanged:
        told.append(f"{console.counted(applied.unchanged, 'row')} already so")
    console.note(f"{file}: {', '.join(told)}")


# --- the statement ----------------------------------------------------------------------------------------------


def statement(
    context: typer.Context,
    as_at: AsAt = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write the workbook with its certificate.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How the grant was used, what is due and what repayable, at the award's end or another day."""
    from grantkit.claiming import statement as statements

    with asked(context).ledger() as (workspace, settings, ledger):
        workspace.check_output(out, ledger)
        found = statements.statement(ledger, settings, day(as_at, "--as-at"))
        sha256 = None if out is None else statements.write_statement(workspace, found, out)
    if as_json:
        workbook = None if out is None else str(out)
        console.print_json(statements.as_json(found) | {"workbook": workbook, "sha256": sha256})
    else:
        _show_statement(found)
    for reason in found.draft_because:
        console.note(f"note: this is a draft: {reason}")
    if out is not None:
        console.note(f"wrote {out}")


def _show_statement(found: StatementReport) -> None:
    total = found.total
    whole = console.Listing(
        [console.Column("the grant as a whole"), console.Column("pounds", figures=True)],
        title=f"{found.award.reference}, {found.award.title}\nstatement of grant usage at {found.as_at}",
    )
    for label, figure in (
        ("award", found.award.amount),
        ("received from the funder (settled)", total.received),
        ("eligible expenditure", total.eligible),
        ("paid by the grant", total.earned),
        ("claimed", total.claimed),
        ("disallowed", total.disallowed),
        ("outstanding", total.outstanding),
        ("not yet claimed", total.not_yet_claimed),
        ("due from the funder", found.due),
        ("repayable to the funder", found.repayable),
        ("unspent", found.unspent),
    ):
        whole.add(label, console.pounds(figure))
    console.print_listing(whole)
    console.print_text()
    _show_usage(found)


def _show_usage(found: StatementReport) -> None:
    shown = ("budget", "eligible", "claimed", "disallowed", "received", "outstanding", "not_yet_claimed")
    listing = console.Listing(
        [console.Column("work stream")]
        + [console.Column(name.replace("_", " "), figures=True) for name in (*shown, "unspent")]
    )
    rows = [(row.code, row) for row in found.streams]
    for label, row in (*rows, *((row.cost_type, row) for row in found.kinds), ("TOTAL", found.total)):
        if label in {"resource", "TOTAL"}:
            listing.rule()
        figures = (getattr(row, name) for name in (*shown, "unspent"))
        listing.add(label, *(console.whole(figure) for figure in figures), emphasise=label == "TOTAL")
    console.print_listing(listing)
