"""Commands of the finance officer who publishes: what the public is shown of a month, and who decides about names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked
from grantkit.errors import RequestError
from grantkit.money import ZERO

if TYPE_CHECKING:
    from grantkit.auditing.publication import Publication
    from grantkit.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    publishing = typer.Typer(
        help="What the public is shown: spending, orders and contracts above a threshold.",
        rich_markup_mode=None,
        invoke_without_command=True,
    )
    publishing.callback()(publish)
    publishing.command("decide")(publish_decide)
    app.add_typer(publishing, name="publish")


def publish(
    context: typer.Context,
    month: Annotated[str | None, typer.Option(metavar="MONTH", help="Which month: 2024-10.")] = None,
    orders: Annotated[bool, typer.Option("--orders", help="Orders in place of spending.")] = False,
    contracts: Annotated[bool, typer.Option("--contracts", help="Contracts in place of spending.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write it to a file.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Write the file's Table Schema beside it: FILE.schema.json.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """A month's spending as CSV to be published; exit 1 while rows wait for a decision, as they may name a person."""
    if context.invoked_subcommand is not None:
        return
    from grantkit.auditing import publication

    if month is None:
        raise RequestError("--month is not given", hint="grantkit publish --month 2024-10")
    if orders and contracts:
        raise RequestError("--orders and --contracts are two lists", hint="publish one after the other")
    if schema and out is None:
        raise RequestError("--schema has no file to stand beside", hint="name one: --out FILE.csv --schema")
    what = publication.ORDERS if orders else publication.CONTRACTS if contracts else publication.SPENDING
    with asked(context).ledger() as (workspace, settings, ledger):
        beside = out.with_suffix(".schema.json") if out and schema else None
        for target in (out, beside):
            workspace.check_output(target, ledger)
        found = publication.publish(ledger, settings, month, what)
    _write(found, out, beside, as_json=as_json)
    _tell(found, settings)
    if found.waiting:
        raise typer.Exit(console.ATTENTION)


def _write(found: Publication, out: Path | None, beside: Path | None, *, as_json: bool) -> None:
    """The list to its file, with its schema beside it; else to standard output, where the JSON goes in any case."""
    from grantkit.auditing.publication import schema_of
    from grantkit.workspace import replacing

    if out is not None:
        with replacing(out) as target:
            target.write(found.as_csv())
        console.note(f"wrote {out}")
    if beside is not None:
        with replacing(beside) as target:
            target.write(schema_of(found.what).read_text(encoding="utf-8"))
        console.note(f"wrote {beside}")
    if as_json:
        console.print_json(found.as_json())
    elif out is None:
        console.print_text(found.as_csv().rstrip("\n"))


def _tell(found: Publication, settings: Settings) -> None:
    """What is published, what is left out and why, and what waits, by its line."""
    redacted = sum(row.redacted is not None for row in found.rows)
    without_names = f", {redacted:,} of them without names" if redacted else ""
    console.note(
        f"{found.what} above {console.pounds(found.threshold)} in {found.month}:"
        f" {console.counted(len(found.rows), 'row')}, {console.pounds(found.total)}{without_names}"
    )
    for reason in dict.fromkeys(item.exclude for item in found.excluded):
        left_out = [item.amount for item in found.excluded if item.exclude == reason]
        console.note(
            f"left out: {console.counted(len(left_out), 'line')}, {console.pounds(sum(left_out, ZERO))}: {reason}"
        )
    texts = (settings.publish.value_for_money, *(each.value_for_money for each in settings.work_streams))
    if found.rows and not any(texts):
        console.note("hint: say why the spending is good value: [publish] value_for_money in grant.toml")
    for item in found.waiting:
        console.warn(
            f"line {item.line_id} may name a person ({item.may_name}) and is not published:"
            f" {item.supplier}, {item.purpose or 'no purpose'}, {console.pounds(item.amount)}"
        )
    if found.waiting:
        console.note("hint: grantkit publish decide LINE… --as-is|--redact|--exclude --reason TEXT")


def publish_decide(
    context: typer.Context,
    lines: Annotated[list[int], typer.Argument(metavar="LINE…", help="The lines.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")],
    as_is: Annotated[bool, typer.Option("--as-is", help="Publish them: no person is named.")] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Publish them without supplier and purpose.")
    ] = False,
    exclude: Annotated[bool, typer.Option("--exclude", help="Do not publish them.")] = False,
) -> None:
    """Decide whether lines are published as they are, without names, or not at all; the newest decision counts."""
    from grantkit.auditing.publication import TREATMENTS, decide

    chosen = [name for name, wanted in zip(TREATMENTS, (as_is, redact, exclude), strict=True) if wanted]
    if len(chosen) != 1:
        what = "nothing is decided" if not chosen else "two things are decided at once"
        raise RequestError(what, hint="say one of --as-is, --redact or --exclude")
    with asked(context).ledger(write=True) as (_, _settings, ledger), ledger.transaction():
        decided = decide(ledger, lines, chosen[0], reason)
    console.note(f"decided on {console.counted(len(decided), 'line')}: {chosen[0]}")
