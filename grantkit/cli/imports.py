"""The import command: files and folders in, what came of each out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, Asked, amount, asked, day
from grantkit.errors import GrantkitError, RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantkit.importing.missing import MissingLine
    from grantkit.importing.profiles import Profile
    from grantkit.importing.recognition import Finding
    from grantkit.importing.results import ImportResult, Request

#: Refused rows, changed cells and missing lines that the screen shows of each.
SHOWN = 50
_LONGEST_VALUE = 40


def add_commands(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("import")(import_)


def import_(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", readable=False, help="Exports of the finance system, or folders of them."
        ),
    ],
    kind: Annotated[str, typer.Option(help="orders or invoices; by default as the file shows.")] = "",
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="How the columns are to be read; by default as recognised."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="The sheet of a workbook.")] = None,
    extract_date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day on which the file was exported; by default today."),
    ] = None,
    date_for: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=DATE", help="A date that the file lacks: accounting_date=2024-06-30."),
    ] = None,
    date_order: Annotated[
        str | None,
        typer.Option(
            metavar="ORDER", help="day-month-year or month-day-year, where dates can be read both ways."
        ),
    ] = None,
    expect_rows: Annotated[
        int | None,
        typer.Option(metavar="N", help="The finance system's count of lines; else nothing is taken in."),
    ] = None,
    expect_net: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="The finance system's net total; else nothing is taken in."),
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(
            metavar="keep|withdraw",
            help="What becomes of lines that an earlier extract had and this one lacks.",
        ),
    ] = None,
    again: Annotated[bool, typer.Option(help="Take a file that came before as if it were new.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would come of it and keep nothing.")] = False,
    strict: Annotated[bool, typer.Option(help="Take in nothing where one row is refused.")] = False,
    as_json: AsJson = False,
) -> int:
    """Take ledgers in: each line counted once, every refused row named."""
    from grantkit.importing.profiles import find_profile
    from grantkit.importing.results import Request

    ask = asked(context)
    workspace = ask.workspace()
    _ = workspace.settings  # mistakes in grant.toml come before anything is read
    layout = find_profile(profile, workspace.folder) if profile else None
    request = Request(
        kind=_kind(kind, layout),
        profile=layout,
        sheet=sheet,
        extract_date=day(extract_date, "--extract-date"),
        dates=_dates(date_for or []),
        date_order=_one_of(date_order, "--date-order", ("day-month-year", "month-day-year")),
        expect_rows=expect_rows,
        expect_net=None if expect_net is None else amount(expect_net, "--expect-net"),
        missing=_one_of(missing, "--missing", ("keep", "withdraw")),  # type: ignore[arg-type]
        again=again,
        dry_run=dry_run,
        strict=strict,
        wait=ask.wait,
    )
    paths = _paths(ask, files, request)
    if len(paths) > 1 and (expect_rows is not None or expect_net is not None):
        raise RequestError("control totals are those of one file", hint="import the files one by one")
    results, worst = _import_all(ask, paths, files, request, quiet=as_json)
    if not results:
        return worst
    if as_json:
        console.print_json({"imports": [result.as_json() for result in results]})
    else:
        _show_imports(results, request)
    if any(result.batch is not None and result.before is None for result in results):
        _code_ahead(ask)
    wanting = worst or any(result.needs_attention for result in results)
    return console.ATTENTION if wanting else console.DONE


def _import_all(
    ask: Asked, paths: Sequence[Path], named: Sequence[Path], request: Request, *, quiet: bool
) -> tuple[list[ImportResult], int]:
    """Import each file by itself; gives what came of those that could be, and the worst exit code of the others.

    ``named`` are those that somebody named, and not the folder that they are in.
    """
    from grantkit.importing.ledgers import MeasuresError, import_file

    def show(file: Path, findings: tuple[Finding, ...]) -> None:
        if findings and not quiet:
            _show_findings(file, findings)

    results: list[ImportResult] = []
    worst = console.DONE
    for file in paths:
        try:
            with console.Progress() as progress:
                results += import_file(ask.workspace(), file, request, progress, show)
        except GrantkitError as problem:
            if (
                isinstance(problem, MeasuresError) and file not in named
            ):  # a folder may hold them beside ledgers
                console.note(f"{file.name} holds measures and is left out: grantkit measure import {file}")
                continue
            worst = max(worst, problem.exit_code)
            console.print_error(problem)
    return results, worst


def _paths(ask: Asked, named: Sequence[Path], request: Request) -> list[Path]:
    """The files meant: those of a folder or a pattern in the order of their contents' dates."""
    from grantkit.importing.folders import files_in
    from grantkit.importing.sources import ENDINGS

    paths: list[Path] = []
    for path in named:
        found = files_in(path, ask.workspace(), request)
        if found is None:
            paths.append(path)
        elif found:
            paths += [each for each in found if each not in paths]
        else:
            raise RequestError(
                f"there is no ledger in {path}",
                hint=f"ledgers end in one of: {', '.join(ENDINGS)}",
            )
    return paths


def _code_ahead(ask: Asked) -> None:
    """Of a large ledger, leave the coding of its lines ready for the next command."""
    from grantkit.store import is_large

    if is_large(ask.workspace().store):
        with ask.ledger():
            pass


def _kind(asked_for: str, profile: Profile | None) -> str | None:
    of_profile = profile.kind if profile else None
    if asked_for and asked_for not in {"orders", "invoices"}:
        raise RequestError(
            f"--kind is {asked_for}", hint="say what the ledger holds: --kind orders or --kind invoices"
        )
    if profile and asked_for and of_profile and asked_for != of_profile:
        raise RequestError(
            f"--kind is {asked_for}, and the profile {profile.name} is for {of_profile}",
            hint="leave out --kind, or name another profile",
        )
    return asked_for or of_profile


def _one_of(value: str | None, option: str, choices: tuple[str, ...]) -> str | None:
    if value is not None and value not in choices:
        raise RequestError(f"{option} is {value}", hint=f"{option} is one of: {', '.join(choices)}")
    return value


def _dates(given: Sequence[str]) -> dict[str, str]:
    from grantkit.importing.profiles import DATES

    known = sorted({name for names in DATES.values() for name in names})
    dates: dict[str, str] = {}
    for text in given:
        name, _, value = text.partition("=")
        if name not in known:
            raise RequestError(
                f"--date-for names no date of a ledger: {text}",
                hint=f"write it as accounting_date=2024-06-30; dates: {', '.join(known)}",
            )
        found = day(value, f"--date-for {name}")
        assert found is not None
        dates[name] = found.isoformat()
    return dates


# --- what came of it --------------------------------------------------------------------------------------------


def _show_findings(file: Path, findings: tuple[Finding, ...]) -> None:
    listing = console.Listing(
        [
            console.Column("recognised"),
            console.Column("as", wraps=True),
            console.Column("because", wraps=True),
        ],
        title=file.name,
    )
    for finding in findings:
        listing.add(finding.what, finding.found, finding.why)
    console.print_listing(listing)
    console.print_text()


def _show_imports(results: list[ImportResult], request: Request) -> None:
    from grantkit.importing.results import ROWS

    shown = [name for name in ROWS if name in {"read", "accepted"} or any(r.rows[name] for r in results)]
    listing = console.Listing(
        [
            console.Column("file", wraps=True),
            *(console.Column(name, figures=True) for name in shown),
            console.Column("net accepted", figures=True),
        ]
    )
    one_a_file = len({result.file for result in results}) == len(results)
    for result in results:
        name = result.file if one_a_file else _place(result)
        listing.add(
            name, *(f"{result.rows[name]:,}" for name in shown), console.pounds(result.net["accepted"])
        )
    if len(results) > 1:
        listing.rule()
        listing.add(
            f"{len(results)} {'files' if one_a_file else 'imports'}",
            *(f"{sum(result.rows[name] for result in results):,}" for name in shown),
            console.pounds(
                sum((result.net["accepted"] for result in results), start=results[0].net["accepted"] * 0)
            ),
            emphasise=True,
        )
    console.print_listing(listing)
    for result in results:
        _show_remarks(result, request)
    _show_changes(results)
    _show_missing(results)
    _show_rejects(results)


def _show_remarks(result: ImportResult, request: Request) -> None:
    file = result.file
    _show_whether_kept(result, request)
    if result.rows["restated"]:
        console.note(
            f"{file}: {result.rows['restated']} restated, net {console.pounds(result.net['restated_from'])}"
            f" became {console.pounds(result.net['restated'])}"
        )
    if result.kind == "invoices" and result.net["accepted"] < 0:
        console.warn(f"{file}: the lines come to less than nothing, {console.pounds(result.net['accepted'])}")
        console.note(
            'hint: where the export shows invoices as negative, say so in a profile: sign = "negated"'
        )
    if result.settled:
        console.note(f"{file}: settles {console.counted(result.settled, 'refused row')} of earlier imports")
    if result.hidden_rows:
        hidden = console.counted(result.hidden_rows, "row")
        console.note(f"{file}: {hidden} hidden in the sheet, taken in like the others")
    _show_ignored(result)
    for each in result.ignored:
        if each.disagrees:
            console.warn(
                f"{file}, row {each.row}: the total there is {console.pounds(each.net)}, and the lines above it come to"
                f" {console.pounds(each.expected)}"
            )


def _show_whether_kept(result: ImportResult, request: Request) -> None:
    """Say where nothing was taken in, and why."""
    file = result.file
    if result.before is not None:
        console.note(
            f"{file} was taken in before, as batch {result.before}: nothing changed (--again takes it anew)"
        )
    elif result.control_mismatch:
        console.warn(f"{file}: {' and '.join(result.control_mismatch)}: nothing taken in")
    elif request.dry_run:
        console.note(f"{file}: dry run, nothing kept")
    elif result.refused_by_strict:
        console.note(f"{file}: rows are refused and --strict is set: nothing taken in")


def _show_ignored(result: ImportResult) -> None:
    by_reason: dict[str, list[int]] = {}
    for each in result.ignored:
        by_reason.setdefault(each.reason, []).append(each.row)
    for reason, rows in by_reason.items():
        named = ", ".join(str(row) for row in rows[:8]) + (
            f" and {len(rows) - 8:,} more" if len(rows) > 8 else ""
        )
        console.note(f"{result.file}: ignored as {reason}: row{'s' if len(rows) > 1 else ''} {named}")


def _show_changes(results: list[ImportResult]) -> None:
    changes = [(result, change) for result in results for change in result.changes]
    if not changes:
        return
    table = console.Listing(
        [
            console.Column("file"),
            console.Column("row", figures=True),
            console.Column("line", figures=True),
            console.Column("restated"),
            console.Column("was", wraps=True),
            console.Column("is", wraps=True),
        ]
    )
    for result, change in changes[:SHOWN]:
        table.add(
            _place(result),
            str(change.row),
            str(change.line_id),
            change.column,
            change.old or "",
            change.new or "",
        )
    console.print_text()
    console.print_listing(table)
    if len(changes) > SHOWN:
        console.note(f"and {len(changes) - SHOWN:,} more cells; all of them: grantkit batch show N")


def _show_missing(results: list[ImportResult]) -> None:
    """The lines that an extract lacks, where a person has not said already that they are to be kept."""
    missing = [
        (result, line) for result in results if result.missing_answered != "keep" for line in result.missing
    ]
    if missing:
        _list_missing(missing)
    for result in results:
        if not result.missing:
            continue
        counted = console.counted(len(result.missing), "line")
        if result.missing_answered == "withdraw":
            console.note(f"{result.file}: {counted} withdrawn: they count no more")
        elif result.missing_answered == "keep":
            console.note(f"{result.file}: {counted} kept, though this extract lacks them")
        else:
            console.warn(f"{result.file} lacks {counted} that earlier extracts had; they still count")
            console.note("hint: import it again with --missing keep or --missing withdraw")


def _list_missing(missing: list[tuple[ImportResult, MissingLine]]) -> None:
    table = console.Listing(
        [
            console.Column("missing in"),
            console.Column("line", figures=True),
            console.Column("came from", wraps=True),
            console.Column("document"),
            console.Column("supplier", wraps=True),
            console.Column("net", figures=True),
            console.Column("looks like", wraps=True),
        ]
    )
    for result, line in missing[:SHOWN]:
        like = f"row {line.like_row}, {console.pounds(line.like_net)}" if line.like_row is not None else ""
        number = " ".join(part for part in (line.document, line.line) if part)
        table.add(
            _place(result),
            str(line.line_id),
            f"{line.file}, row {line.row}",
            number,
            line.supplier or "",
            console.pounds(line.net),
            like,
        )
    console.print_text()
    console.print_listing(table)
    if len(missing) > SHOWN:
        console.note(f"and {len(missing) - SHOWN:,} more")


def _show_rejects(results: list[ImportResult]) -> None:
    rejects = []
    for result in results:
        spoiled = {(each.column, each.code) for each in result.spoiled}
        _show_spoiled(result)
        rejects += [(result, r) for r in result.rejects if (r.column, r.code) not in spoiled]
    if not rejects:
        return
    table = console.Listing(
        [
            console.Column("file"),
            console.Column("row", figures=True),
            console.Column("column"),
            console.Column("value"),
            console.Column("refused because", wraps=True),
        ]
    )
    for result, reject in rejects[:SHOWN]:
        table.add(
            _place(result),
            str(reject.row),
            reject.column or "(row)",
            _short(reject.value or ""),
            reject.message,
        )
    console.print_text()
    console.print_listing(table)
    if len(rejects) > SHOWN:
        console.note(f"and {len(rejects) - SHOWN:,} more; all of them: grantkit query 'from rejects'")
    console.note("hint: correct these rows in the finance system; they come in with its next extract")
    if any(result.batch is not None for result, _ in rejects):
        console.note("hint: or correct them in a sheet and import that: grantkit rejects --out FILE.xlsx")


def _show_spoiled(result: ImportResult) -> None:
    """A column in which every row is wrong is one matter."""
    for each in result.spoiled:
        what = f"{_place(result)}: column {each.column or '(row)'}: all {each.rows:,} rows are refused"
        example = f", as {_short(each.example)!r} is there" if each.example else ""
        console.warn(f"{what}{example}: {each.message}")
        if each.field in {"accounting_date", "order_date"}:
            console.note(
                f"hint: export it again, or give the date from outside: --date-for {each.field}=2024-06-30"
            )


def _place(result: ImportResult) -> str:
    return result.file if result.sheet is None else f"{result.file} [{result.sheet}]"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
