"""The auditor's command that hands over all that stands behind a claim."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked


def add_commands(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("evidence")(evidence)


def evidence(
    context: typer.Context,
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="A submitted claim: Q2.")],
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="Where to write it.")],
    as_json: AsJson = False,
) -> None:
    """Write a submitted claim with all that stands behind it to one zip file that verifies itself."""
    from grantkit.auditing.bundle import write_bundle

    with asked(context).ledger() as (workspace, _settings, ledger):
        workspace.check_output(out, ledger)
        written = write_bundle(ledger, workspace, claim, out)
    if as_json:
        console.print_json(written.as_json())
    console.note(f"wrote {out}: {written.claim}, version {written.version}, {written.files:,} files")
    console.note(f"SHA-256 of its MANIFEST.json: {written.manifest_sha256}")
    console.note("next: unpack it, and python3 verify.py in its folder")
