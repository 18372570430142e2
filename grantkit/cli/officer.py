"""Commands of the finance officer: a workspace, ledgers in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grantkit import console
from grantkit.cli import imports
from grantkit.cli.asked import AsJson, amount, asked, day, no_such_option
from grantkit.cli.demonstration import demo
from grantkit.errors import RequestError


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("demo")(demo)
    app.command("init")(init)
    imports.add_commands(app)
    app.command("decide", context_settings={"ignore_unknown_options": True})(decide)


def init(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The folder; made where it is absent.")
    ] = None,
) -> None:
    """Write a commented grant.toml for PCD 1663; never over one that is there."""
    from grantkit.settings import write_settings

    folder = folder or asked(context).folder or Path()
    written = write_settings(folder)
    console.note(f"wrote {written}: its budgets are examples, to be replaced before use")
    console.note(f"next: edit it, then grantkit -w {folder} import FILE --kind orders")


def decide(
    context: typer.Context,
    lines: Annotated[list[str] | None, typer.Argument(metavar="LINE…", help="Line numbers.")] = None,
    where: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="All lines for which this holds, of invoice_lines or order_lines."),
    ] = None,
    stream: Annotated[
        str | None, typer.Option(metavar="CODE", help="The work stream that the lines go to.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="A=60,B=40", help="The streams that they are shared over.")
    ] = None,
    ineligible: Annotated[bool, typer.Option("--ineligible", help="The grant may not pay them.")] = False,
    eligible: Annotated[
        bool, typer.Option("--eligible", help="The grant may pay them, whatever the rules say.")
    ] = False,
    ineligible_amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="So much of them the grant may not pay.")
    ] = None,
    accounting_date: Annotated[
        str | None, typer.Option(metavar="DATE", help="The date that counts in place of the ledger's.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; an auditor will ask.")] = "",
    as_json: AsJson = False,
) -> None:
    """Decide about lines: their work stream, their eligibility, the date that counts."""
    from grantkit.deciding import decisions

    ask = asked(context)
    settings = ask.workspace().settings
    if stream and split:
        raise RequestError(
            "--stream and --split are both given", hint="one stream, or a split of 100 per cent"
        )
    if sum((ineligible, eligible, ineligible_amount is not None)) > 1:
        raise RequestError(
            "more than one of --eligible, --ineligible and --ineligible-amount is given",
            hint="give one of them",
        )
    decision = decisions.Decision(
        reason=reason,
        shares=decisions.read_split(split or f"{stream}=100", settings) if split or stream else None,
        eligibility=_eligibility(ineligible, eligible, ineligible_amount),
        ineligible_amount=None
        if ineligible_amount is None
        else amount(ineligible_amount, "--ineligible-amount"),
        accounting_date=day(accounting_date, "--accounting-date"),
    )
    wanted = _lines_meant(context, lines or [], where)
    with ask.ledger(write=True, record_only=True) as (_, _settings, ledger), ledger.transaction():
        count = decisions.decide(ledger, wanted, decision)
    if as_json:
        console.print_json({"lines": wanted, "decided": count})
    console.note(f"decided about {console.counted(count, 'line')}")


def _eligibility(ineligible: bool, eligible: bool, amount_given: str | None) -> str | None:
    if amount_given is not None:
        return "amount"
    return "ineligible" if ineligible else "eligible" if eligible else None


def _lines_meant(context: typer.Context, lines: list[str], where: str | None) -> list[int]:
    if bool(lines) == (where is not None):
        raise RequestError("say which lines", hint="give their numbers, or --where with a condition")
    for text in lines:
        if text.startswith("--"):
            raise no_such_option(context, text)
        if not text.isdigit():
            raise RequestError(
                f"there is no line {text}",
                hint='line numbers are in: grantkit query "select * from invoice_lines"',
            )
    if where is None:
        return [int(text) for text in lines]
    from grantkit.auditing.queries import lines_where

    with asked(context).ledger() as (_, _settings, ledger):
        found = lines_where(ledger, where)
    if not found:
        raise RequestError("no line meets the condition", hint="try it in: grantkit query")
    return found
