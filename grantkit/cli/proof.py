"""Commands of the auditor: who did what, and proof that nothing was altered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked, day

if TYPE_CHECKING:
    from grantkit.auditing.proof import Verification
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace

#: Mismatches that the screen shows at most.
SHOWN = 50


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("verify")(verify)
    app.command("seal")(seal)
    app.command("log")(log)


def verify(
    context: typer.Context,
    sealed: Annotated[
        Path | None, typer.Option("--seal", metavar="FILE", help="Whether the ledger goes on from this seal.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Do not read the source files' rows again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Work out again what is stored: files, batches, claims, workbooks, the log's chain; exit 1 where it differs."""
    from grantkit.auditing import proof

    with asked(context).ledger(record_only=True) as (workspace, _settings, ledger):
        found = proof.verify(ledger, workspace)
        if sealed is not None:
            proof.verify_seal(found, ledger, sealed)
        if not quick:
            _reread(found, ledger, workspace)
    if as_json:
        console.print_json(found.as_json())
    else:
        _show(found)
    if not found.ok:
        raise typer.Exit(console.ATTENTION)


def _reread(found: Verification, ledger: Ledger, workspace: Workspace) -> None:
    """Read the batches' source files again by the importer, and compare line by line."""
    from grantkit.importing.rereading import Misread, reread

    with console.Progress() as progress:
        found.count("batches_read_again", 0)
        for each in reread(ledger, workspace.evidence):
            if isinstance(each, Misread):
                found.miss(f"batch {each.batch}", each.where, each.expected, each.found)
            else:
                progress(f"read batch {each} again")
                found.count("batches_read_again")


def _show(found: Verification) -> None:
    listing = console.Listing([console.Column("checked"), console.Column("number", figures=True)])
    for kind, number in found.checked.items():
        listing.add(kind.replace("_", " "), f"{number:,}")
    console.print_listing(listing)
    for mismatch in found.mismatches[:SHOWN]:
        console.print_text(
            f"{mismatch.what}, {mismatch.where}: expected {mismatch.expected}, found {mismatch.found}"
        )
    if len(found.mismatches) > SHOWN:
        console.print_text(f"… {len(found.mismatches) - SHOWN:,} more: --json")
    if found.ok:
        console.note("everything agrees")
    else:
        agree = "does not agree" if len(found.mismatches) == 1 else "do not agree"
        console.warn(f"{console.counted(len(found.mismatches), 'thing')} {agree}: what is stored was altered")


def seal(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to a file.")] = None,
    as_json: AsJson = False,
) -> None:
    """The ledger's state in a few lines, for a board paper: verify --seal proves that it goes on from there."""
    from grantkit.auditing import proof
    from grantkit.workspace import replacing

    with asked(context).ledger(record_only=True) as (workspace, settings, ledger):
        workspace.check_output(out, ledger)
        found = proof.seal(ledger, settings)
    if out is not None:
        with replacing(out) as target:
            target.write(found.text())
        console.note(f"wrote {out}")
    if as_json:
        console.print_json(found.as_json())
    elif out is None:
        console.print_text(found.text().rstrip("\n"))


def log(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="From this day on.")] = None,
    user: Annotated[str | None, typer.Option(metavar="NAME", help="Of this person, by either name.")] = None,
    command: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Of this command: import, claim ….")
    ] = None,
    line: Annotated[int | None, typer.Option(metavar="LINE", help="What concerns this line.")] = None,
    as_json: AsJson = False,
) -> None:
    """Who did what: every command that changed something."""
    from grantkit.auditing.activity import activity

    with asked(context).ledger(record_only=True) as (_, _settings, ledger):
        found = activity(ledger, since=day(since, "--since"), user=user, command=command, line_id=line)
    if as_json:
        console.print_json({"entries": [entry.as_json() for entry in found]})
        return
    listing = console.Listing(
        [
            console.Column("entry", figures=True),
            *(console.Column(name) for name in ("when (UTC)", "user", "command")),
            console.Column("what", wraps=True),
        ]
    )
    for entry in found:
        who = (
            entry.user_name
            if entry.user_name == entry.system_user
            else f"{entry.user_name} ({entry.system_user})"
        )
        listing.add(str(entry.entry), f"{entry.logged_at:%Y-%m-%d %H:%M}", who, entry.command, entry.told)
    console.print_listing(listing)
