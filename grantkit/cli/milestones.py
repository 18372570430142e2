"""Commands of the grant manager about milestones: what is reached, and what stands beside the money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, asked, day, required_day

if TYPE_CHECKING:
    from grantkit.reporting.milestones import MilestoneStanding


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    milestones = typer.Typer(help="What the award has to have reached, and when.", rich_markup_mode=None)
    milestones.command("done")(milestone_done)
    milestones.command("list")(milestone_list)
    app.add_typer(milestones, name="milestone")


def milestone_done(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As grant.toml has it, capitals or not.")],
    date: Annotated[str, typer.Option(metavar="DATE", help="The day on which it was reached.")],
    evidence: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What shows it; a copy is kept with the workspace.", readable=False
        ),
    ] = None,
) -> None:
    """Say that a milestone is reached; said again, the newest counts and the older ones stay on record."""
    from grantkit.deciding.milestones import mark_done, milestone_meant
    from grantkit.evidence import hash_of

    ask = asked(context)
    found = milestone_meant(ask.workspace().settings, name, required_day(date, "--date"))
    if evidence is not None:
        hash_of(evidence)  # what cannot be read is said before there is a ledger
    done_on = required_day(date, "--date")
    with ask.ledger(write=True, record_only=True) as (workspace, _settings, ledger):
        sha256 = mark_done(workspace, ledger, found, done_on, evidence)
    late = (done_on - found.due).days
    when = f", {console.counted(late, 'day')} late" if late > 0 else ""
    console.note(f"{found.name}: done on {done_on}{when}")
    if evidence is not None:
        console.note(f"kept {evidence.name} as evidence, SHA-256 {sha256}")
    elif found.evidence is not None:
        console.note(f"hint: to keep what shows it ({found.evidence}), say it again with --evidence FILE")


def milestone_list(context: typer.Context, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Milestones, done and overdue, beside the money of their work streams; by default as things stand today."""
    from grantkit.reporting.milestones import milestones, milestones_as_at, milestones_unknown

    with asked(context).ledger() as (_, settings, ledger):
        at = day(as_at, "--as-at") or milestones_as_at(ledger, settings)
        found = milestones(ledger, settings, at)
        unknown = milestones_unknown(ledger, settings)
    if as_json:
        rows = [row.as_json() for row in found]
        console.print_json({"as_at": at.isoformat(), "milestones": rows, "unknown": unknown})
        return
    listing = console.Listing(
        [
            *(console.Column("milestone", wraps=True), console.Column("stream")),
            *(console.Column("due"), console.Column("done"), console.Column("status")),
            *(console.Column(name, figures=True) for name in ("budget", "eligible", "spent")),
        ],
        title=f"{settings.award.reference}, {settings.award.title}\nmilestones at {at}, pounds",
    )
    for row in found:
        spent = row.spent_pct
        listing.add(
            *(row.name, row.stream or "(award)", str(row.due), str(row.done or ""), _status(row)),
            *(console.whole(row.budget), console.whole(row.eligible), "" if spent is None else f"{spent} %"),
            emphasise=row.flagged,
        )
    console.print_listing(listing)
    _show_evidence(found)
    _show_flags(found, unknown)


def _status(row: MilestoneStanding) -> str:
    days = console.counted(row.days, "day")
    if row.status == "done":
        return "done"
    return f"due in {days}" if row.status == "due" else f"{row.status}, {days}"


def _show_evidence(found: list[MilestoneStanding]) -> None:
    if not found:
        return
    listing = console.Listing(
        [console.Column(name, wraps=True) for name in ("milestone", "kind", "to be shown by", "file kept")]
    )
    for row in found:
        listing.add(row.name, row.kind, row.wanted or "", row.evidence or "")
    console.print_text()
    console.print_listing(listing)


def _show_flags(found: list[MilestoneStanding], unknown: list[str]) -> None:
    for row in found:
        if row.flagged:
            console.warn(
                f"{row.name}: overdue by {console.counted(row.days, 'day')},"
                f" with {console.pounds(row.eligible)} spent in {row.stream or 'the award'}"
            )
    for name in unknown:
        console.note(f"note: {name} was said to be done, and grant.toml names it no longer")
