"""Commands about budgets: looked at, moved between headings, and their opening figures by a form."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, amount, asked, day, required_day
from grantkit.money import ZERO

if TYPE_CHECKING:
    from grantkit.deciding.opening_budgets import Change, Plan
    from grantkit.deciding.virements import BudgetHistory

FIGURES = ("original", "virements", "current", "resource", "capital")


class Kind(StrEnum):
    """The two kinds of money in a grant."""

    resource = "resource"
    capital = "capital"


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    budgets = typer.Typer(
        help="Budgets: look at them, move money between headings, set them out.", rich_markup_mode=None
    )
    budgets.command("show")(budget_show)
    budgets.command("move")(budget_move)
    budgets.command("history")(budget_history)
    budgets.command("form")(budget_form)
    budgets.command("read")(budget_read)
    app.add_typer(budgets, name="budget")


def budget_move(
    context: typer.Context,
    giver: Annotated[str, typer.Argument(metavar="FROM", help="The work stream that gives.")],
    receiver: Annotated[str, typer.Argument(metavar="TO", help="The work stream that receives.")],
    pounds: Annotated[str, typer.Argument(metavar="AMOUNT", help="How much, in pounds.")],
    kind: Annotated[Kind, typer.Option(help="The kind of money that is given.")],
    date: Annotated[str, typer.Option(metavar="DATE", help="The day from which it counts.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")],
    to_kind: Annotated[Kind | None, typer.Option(help="The kind that it becomes, if another.")] = None,
    approved_by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who agreed, where that is needed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Move money between the headings of the award (a virement)."""
    from grantkit.deciding.virements import Virement, move_budget, show_budgets

    move = Virement(
        giver=giver.upper(),
        receiver=receiver.upper(),
        amount=amount(pounds, "AMOUNT"),
        kind=kind.value,
        to_kind=(to_kind or kind).value,
        dated=required_day(date, "--date"),
        reason=reason,
        approved_by=approved_by,
    )
    with asked(context).ledger(write=True, record_only=True) as (_, settings, ledger):
        with ledger.transaction():
            warning = move_budget(ledger, settings, move)
        budgets = show_budgets(ledger, settings, move.dated)
    if warning:
        console.warn(warning)
    _show_budgets(budgets, as_json=as_json)


def budget_show(context: typer.Context, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Original budgets, virements and current budgets, by work stream; the last two columns are of the current."""
    from grantkit.deciding.virements import show_budgets

    with asked(context).ledger() as (_, settings, ledger):
        budgets = show_budgets(ledger, settings, day(as_at, "--as-at"))
    _show_budgets(budgets, as_json=as_json)


def _show_budgets(budgets: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        console.print_json(budgets)
        return
    listing = console.Listing(
        [console.Column("work stream"), *(console.Column(name, figures=True) for name in FIGURES)],
        title=f"budgets at {budgets['as_at']}, pounds",
    )
    for row in budgets["work_streams"]:
        listing.add(row["code"], *(f"{Decimal(row[name]):,.2f}" for name in FIGURES))
    listing.rule()
    listing.add("TOTAL", *(f"{Decimal(budgets['total'][name]):,.2f}" for name in FIGURES), emphasise=True)
    console.print_listing(listing)


# --- history ----------------------------------------------------------------------------------------------------


def budget_history(context: typer.Context, as_json: AsJson = False) -> None:
    """From the original budgets by every virement, in the order of its date, to the current ones."""
    from grantkit.deciding.virements import budget_history as history

    with asked(context).ledger(record_only=True) as (_, settings, ledger):
        found = history(ledger, settings)
    if as_json:
        console.print_json(found.as_json())
        return
    _show_moves(found)
    if found.moves:
        _show_reasons(found)
    _show_headings(found)


def _show_moves(found: BudgetHistory) -> None:
    names = ("amount", "giver then", "receiver then")
    listing = console.Listing(
        [console.Column(name) for name in ("no", "date", "from", "to")]
        + [console.Column(name, figures=True) for name in names],
        title="virements in the order of their dates, with the budgets of giver and receiver once they count,"
        " pounds",
    )
    for move in found.moves:
        amounts = (move.amount, move.giver_budget, move.receiver_budget)
        listing.add(
            *(str(move.number), str(move.dated), " ".join(move.giver), " ".join(move.receiver)),
            *map(console.pounds, amounts),
        )
    if not found.moves:
        console.note("no money was moved: the original budgets are the current ones")
        return
    console.print_listing(listing)


def _show_reasons(found: BudgetHistory) -> None:
    listing = console.Listing(
        [
            console.Column("no"),
            console.Column("reason", wraps=True),
            console.Column("approved by", wraps=True),
            console.Column("entered by", wraps=True),
            console.Column("entered at"),
        ]
    )
    for move in found.moves:
        entered_at = f"{move.entered_at:%Y-%m-%d %H:%M}"
        listing.add(str(move.number), move.reason, move.approved_by or "", move.entered_by, entered_at)
    console.print_text()
    console.print_listing(listing)
    console.print_text()


def _show_headings(found: BudgetHistory) -> None:
    names = ("original", "virements", "current")
    listing = console.Listing(
        [console.Column("heading"), *(console.Column(name, figures=True) for name in names)]
    )
    sums = [ZERO, ZERO, ZERO]
    for heading, current in found.current.items():
        original = found.original.get(heading, ZERO)
        figures = (original, current - original, current)
        sums = [each + figure for each, figure in zip(sums, figures, strict=True)]
        listing.add(" ".join(heading), *map(console.pounds, figures))
    listing.rule()
    listing.add("TOTAL", *map(console.pounds, sums), emphasise=True)
    console.print_listing(listing)


# --- opening budgets --------------------------------------------------------------------------------------------


def budget_form(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE.xlsx", help="Where to write the form to be filled in.")],
    as_json: AsJson = False,
) -> None:
    """Write opening budgets and profiles into a form to fill in; take it back with: budget read."""
    from grantkit.deciding.opening_budgets import write_form

    with asked(context).ledger(record_only=True) as (workspace, settings, ledger):
        workspace.check_output(out, ledger)
    sha256 = write_form(settings, out)
    if as_json:
        streams = len(settings.work_streams)
        console.print_json({"workbook": str(out), "sha256": sha256, "work_streams": streams})
    console.note(f"wrote {out}: {console.counted(len(settings.work_streams), 'work stream')}")
    console.note(f"next: fill it in, then grantkit budget read {out} --dry-run")


def budget_read(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", readable=False, help="The form, filled in.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a filled-in form back into grant.toml: opening budgets, profiles, names and new work streams."""
    from grantkit.deciding import opening_budgets
    from grantkit.workbook.budget_form import read_budget_form

    ask = asked(context)
    settings = ask.workspace().settings
    form = read_budget_form(file, quarters=opening_budgets.quarter_count(settings))
    plan = opening_budgets.plan_budgets(settings, form)
    writes = bool(plan.changes) and not dry_run
    with ask.ledger(write=writes, record_only=True) as (_, _settings, ledger), ledger.transaction():
        warnings = opening_budgets.check_virements(ledger, plan)
        if writes:
            opening_budgets.keep_budgets(ledger, plan)
    for warning in warnings:
        console.warn(warning)
    if as_json:
        console.print_json(
            {
                "workbook": str(file),
                "dry_run": dry_run,
                "changes": [change.as_json() for change in plan.changes],
                "added": list(plan.added),
                "warnings": warnings,
            }
        )
    elif plan.changes:
        _show_changes(plan.changes)
    _tell_read(plan, dry_run=dry_run)


def _show_changes(changes: tuple[Change, ...]) -> None:
    listing = console.Listing(
        [
            console.Column("work stream"),
            console.Column(""),
            console.Column("old", wraps=True),
            console.Column("", wraps=True),
            console.Column("new", wraps=True),
        ]
    )
    for change in changes:
        listing.add(change.work_stream, change.field, change.old or "(new)", "->", change.new)
    console.print_listing(listing)


def _tell_read(plan: Plan, *, dry_run: bool) -> None:
    path = plan.form.cells.path
    if not plan.changes:
        console.note(f"{path}: grant.toml says so already; nothing changed")
        return
    streams = console.counted(len({change.work_stream for change in plan.changes}), "work stream")
    new = f", {len(plan.added)} of them new" if plan.added else ""
    if dry_run:
        console.note(f"{path}: would change {streams}{new} in grant.toml; nothing was changed (--dry-run)")
        return
    console.note(f"{path}: changed {streams}{new} in grant.toml")
    if plan.added:
        console.note("next: give the new work streams their [[allocation]] rules, then grantkit rules test")
