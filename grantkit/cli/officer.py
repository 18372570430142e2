"""Commands of the finance officer: a workspace, ledgers in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, Asked, amount, asked, day
from grantkit.cli.demonstration import demo
from grantkit.errors import GrantkitError, RequestError

if TYPE_CHECKING:
    from grantkit.importing.ledgers import ImportResult, Request
    from grantkit.importing.profiles import Profile


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("demo")(demo)
    app.command("init")(init)
    app.command("import")(import_)
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


def import_(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", readable=False, help="CSV or XLSX exports of the finance system."),
    ],
    kind: Annotated[str, typer.Option(help="orders or invoices.")] = "",
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="How other columns than the canonical ones are to be read."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="The sheet of a workbook.")] = None,
    extract_date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day on which the file was exported; by default today."),
    ] = None,
    again: Annotated[bool, typer.Option(help="Take a file that came before as if it were new.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would come of it and keep nothing.")] = False,
    strict: Annotated[bool, typer.Option(help="Take in nothing where one row is refused.")] = False,
    as_json: AsJson = False,
) -> int:
    """Take ledgers in: each line counted once, every refused row named."""
    from grantkit.importing.ledgers import Request, import_file
    from grantkit.importing.profiles import canonical, find_profile, read_profile

    ask = asked(context)
    workspace = ask.workspace()
    _ = workspace.settings  # mistakes in grant.toml come before anything is read
    layout = read_profile(find_profile(profile, workspace.folder)) if profile else None
    kind = _kind(kind, layout)
    request = Request(
        kind=kind,
        profile=layout or canonical(kind),
        sheet=sheet,
        extract_date=day(extract_date, "--extract-date"),
        again=again,
        dry_run=dry_run,
        strict=strict,
        wait=ask.wait,
    )
    results: list[ImportResult] = []
    problems: list[GrantkitError] = []
    for file in files:
        try:
            with console.Progress() as progress:
                results.append(import_file(workspace, file, request, progress))
        except GrantkitError as problem:
            problems.append(problem)
            console.print_error(problem)
    if not results:
        return max(problem.exit_code for problem in problems)
    if as_json:
        console.print_json({"imports": [result.as_json() for result in results]})
    else:
        _show_imports(results, request)
    if any(result.batch is not None and result.before is None for result in results):
        _code_ahead(ask)
    rejected = any(result.rows["rejected"] for result in results)
    return console.ATTENTION if rejected or problems else console.DONE


def _code_ahead(ask: Asked) -> None:
    """Of a large ledger, leave the coding of its lines ready for the next command."""
    from grantkit.store import is_large

    if is_large(ask.workspace().store):
        with ask.ledger():
            pass


def _kind(asked_for: str, profile: Profile | None) -> str:
    of_profile = profile.kind if profile else None
    kind = asked_for or of_profile or ""
    if profile and of_profile and kind != of_profile:
        raise RequestError(
            f"--kind is {kind}, and the profile {profile.name} is for {of_profile}",
            hint="leave out --kind, or name another profile",
        )
    if kind not in {"orders", "invoices"}:
        what = f"--kind is {asked_for}" if asked_for else "--kind is missing"
        raise RequestError(what, hint="say what the ledger holds: --kind orders or --kind invoices")
    return kind


def _show_imports(results: list[ImportResult], request: Request) -> None:
    from grantkit.importing.ledgers import ROWS

    shown = [name for name in ROWS if name in {"read", "accepted"} or any(r.rows[name] for r in results)]
    listing = console.Listing(
        [
            console.Column("file", wraps=True),
            *(console.Column(name, figures=True) for name in shown),
            console.Column("net accepted", figures=True),
        ]
    )
    for result in results:
        listing.add(
            result.file, *(f"{result.rows[name]:,}" for name in shown), console.pounds(result.net["accepted"])
        )
    console.print_listing(listing)
    for result in results:
        _show_remarks(result, request)
    rejects = [(result, reject) for result in results for reject in result.rejects]
    if rejects:
        table = console.Listing(
            [
                console.Column("file"),
                console.Column("row", figures=True),
                console.Column("column"),
                console.Column("value"),
                console.Column("refused because", wraps=True),
            ]
        )
        for result, reject in rejects[:50]:
            place = result.file if result.sheet is None else f"{result.file} [{result.sheet}]"
            table.add(place, str(reject.row), reject.column or "(row)", reject.value or "", reject.message)
        console.print_text()
        console.print_listing(table)
        if len(rejects) > 50:
            console.note(f"and {len(rejects) - 50:,} more; all of them: grantkit query 'from rejects'")
        console.note("hint: correct these rows in the finance system; they come in with its next extract")


def _show_remarks(result: ImportResult, request: Request) -> None:
    if result.before is not None:
        console.note(
            f"{result.file} was taken in before, as batch {result.before}: nothing changed (--again takes it anew)"
        )
    elif request.dry_run:
        console.note(f"{result.file}: dry run, nothing kept")
    elif result.refused_by_strict:
        console.note(f"{result.file}: rows are refused and --strict is set: nothing taken in")
    if result.rows["restated"]:
        console.note(
            f"{result.file}: {result.rows['restated']} restated, net {console.pounds(result.net['restated_from'])}"
            f" became {console.pounds(result.net['restated'])}"
        )


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
    wanted = _lines_meant(ask, lines or [], where)
    with ask.ledger(write=True, record_only=True) as (_, _settings, ledger), ledger.transaction():
        count = decisions.decide(ledger, wanted, decision)
    if as_json:
        console.print_json({"lines": wanted, "decided": count})
    console.note(f"decided about {console.counted(count, 'line')}")


def _eligibility(ineligible: bool, eligible: bool, amount_given: str | None) -> str | None:
    if amount_given is not None:
        return "amount"
    return "ineligible" if ineligible else "eligible" if eligible else None


def _lines_meant(ask: Asked, lines: list[str], where: str | None) -> list[int]:
    if bool(lines) == (where is not None):
        raise RequestError("say which lines", hint="give their numbers, or --where with a condition")
    for text in lines:
        if not text.isdigit():
            raise RequestError(
                f"there is no line {text}",
                hint='line numbers are in: grantkit query "select * from invoice_lines"',
            )
    if where is None:
        return [int(text) for text in lines]
    from grantkit.auditing.queries import lines_where

    with ask.ledger() as (_, _settings, ledger):
        found = lines_where(ledger, where)
    if not found:
        raise RequestError("no line meets the condition", hint="try it in: grantkit query")
    return found
