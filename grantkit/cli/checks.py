"""Commands of the auditor: checks over all lines, and what was found settled."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked, day

if TYPE_CHECKING:
    from grantkit.auditing.checks import CheckRun

#: Findings of one check that the screen shows at most.
SHOWN_FINDINGS = 10


class Severity(StrEnum):
    """How grave a finding is."""

    low = "low"
    medium = "medium"
    high = "high"


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    checks = typer.Typer(
        help="Checks over the ledger: what should not be.",
        rich_markup_mode=None,
        invoke_without_command=True,
    )
    checks.callback()(check)
    checks.command("settle")(check_settle)
    app.add_typer(checks, name="check")


def check(
    context: typer.Context,
    only: Annotated[list[str] | None, typer.Option(metavar="CODE", help="Run this check only.")] = None,
    fail_on: Annotated[Severity, typer.Option(help="Exit 1 from this severity on.")] = Severity.medium,
    as_at: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Receipts, budgets and claims as on this day (2024-09-30); lines of any date.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write a working paper, one sheet a check.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="Stop an own check that takes longer.")
    ] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Run the checks that ship, and the organisation's own in checks/; exit 1 where something grave is found."""
    if context.invoked_subcommand is not None:
        return
    from grantkit.auditing.checks import run_checks

    with asked(context).ledger() as (workspace, settings, ledger):
        workspace.check_output(out, ledger)
        found = run_checks(
            ledger, settings, workspace.folder, only=only or (), as_at=day(as_at, "--as-at"), timeout=timeout
        )
        if out is not None:
            from grantkit.auditing.check_paper import lines_of, write_paper

            write_paper(found, settings, lines_of(ledger, found), out)
            console.note(f"wrote {out}")
    if as_json:
        console.print_json(found.as_json())
    else:
        _show(found)
    for problem in found.broken:
        console.print_error(problem)
    if found.broken or found.reaches(fail_on.value):
        raise typer.Exit(console.ATTENTION)


def _show(found: CheckRun) -> None:
    listing = console.Listing(
        [
            *(console.Column("check"), console.Column("severity")),
            *(console.Column(name, figures=True) for name in ("open", "settled", "pounds")),
        ],
        title=f"checks at {found.as_at}",
    )
    for result in found.results:
        listing.add(
            *(result.check.code, result.check.severity, str(len(result.findings)), str(len(result.settled))),
            console.pounds(result.value),
        )
    console.print_listing(listing)
    for result in found.results:
        if not result.findings:
            continue
        console.print_text()
        console.print_text(f"{result.check.code} ({result.check.severity}): {result.check.meaning}")
        for finding in result.findings[:SHOWN_FINDINGS]:
            lines = ", ".join(map(str, finding.lines[:8])) + (" …" if len(finding.lines) > 8 else "")
            console.print_text(f"  {f'line {lines}: ' if lines else ''}{finding.message}")
        if len(result.findings) > SHOWN_FINDINGS:
            console.print_text(
                f"  … {len(result.findings) - SHOWN_FINDINGS:,} more: --json, or --out FILE.xlsx"
            )
        if result.check.remedy:
            console.note(f"hint: {result.check.remedy}")


def check_settle(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The check.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it is no fault.")],
    lines: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="LINE…", help="The lines of its findings; none for one that is about no lines."
        ),
    ] = None,
) -> None:
    """Settle findings with a reason; they open again once their lines change."""
    from grantkit.auditing.checks import settle_findings

    with asked(context).ledger(write=True) as (workspace, settings, ledger), ledger.transaction():
        found = settle_findings(ledger, settings, workspace.folder, code, lines or (), reason)
    console.note(f"settled {console.counted(len(found), 'finding')} of {code}")
