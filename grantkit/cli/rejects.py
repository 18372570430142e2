"""Commands about refused rows: which ones wait, a sheet to correct them in, dismissing one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked
from grantkit.errors import RequestError

if TYPE_CHECKING:
    from grantkit.importing.rejects import RefusedCell, Written

#: Faults that the screen shows.
SHOWN = 50
_LONGEST_VALUE = 30


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    refused = typer.Typer(
        help="Refused rows that wait: listed, into a sheet to correct, or dismissed.",
        rich_markup_mode=None,
        invoke_without_command=True,
    )
    refused.callback()(rejects)
    refused.command("dismiss")(rejects_dismiss)
    app.add_typer(refused, name="rejects")


def rejects(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.xlsx", help="Write the rows that wait into a workbook to be corrected."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that were settled too, and how.")] = False,
    batch: Annotated[int | None, typer.Option(metavar="N", help="Those of one import only.")] = None,
    as_json: AsJson = False,
) -> int:
    """The refused rows that wait: for a correction, the finance system's next extract, or a reason to dismiss them."""
    from grantkit.importing.rejects import refused_cells, rows_in, write_waiting

    if context.invoked_subcommand is not None:
        _nothing_before(context, out=out, all=all_, batch=batch, json=as_json)
        return console.DONE
    written = None
    with asked(context).ledger(record_only=True) as (workspace, _, ledger):
        workspace.check_output(out, ledger)
        cells = refused_cells(ledger, batch=batch, with_settled=all_)
        if out is not None:
            written = write_waiting(ledger, cells, out)
    if as_json:
        _print_json(cells, out if written and written.sheets else None)
    elif out is None:
        _show(cells, with_settled=all_)
    if written is not None and out is not None:
        _tell_written(written, out)
    waiting = rows_in(cell for cell in cells if cell.settled is None)
    if out is None and not as_json:
        _tell_waiting(waiting)
    return console.ATTENTION if waiting else console.DONE


def _nothing_before(context: typer.Context, **given: Any) -> None:
    for option, value in given.items():
        if value is not None and value is not False:
            command = context.invoked_subcommand
            raise RequestError(
                f"--{option} stands before {command}",
                hint=f"options of a command stand behind it: see grantkit rejects {command} --help",
            )


def _print_json(cells: list[RefusedCell], workbook: Path | None) -> None:
    from grantkit.importing.rejects import rows_in

    document: dict[str, Any] = {"rejects": [cell.as_json() for cell in cells], "rows": rows_in(cells)}
    if workbook is not None:
        document["workbook"] = str(workbook)
    console.print_json(document)


def _show(cells: list[RefusedCell], *, with_settled: bool) -> None:
    if not cells:
        return
    listing = console.Listing(
        [
            console.Column("row"),
            console.Column("file", wraps=True),
            console.Column("column"),
            console.Column("value", wraps=True),
            console.Column("refused because", wraps=True),
            console.Column("remedy", wraps=True),
            *([console.Column("settled", wraps=True)] if with_settled else []),
        ]
    )
    for cell in cells[:SHOWN]:
        listing.add(
            *(cell.reference, cell.file if cell.sheet is None else f"{cell.file} [{cell.sheet}]"),
            *(cell.column or "(row)", _short(cell.value or ""), cell.reason, cell.remedy),
            *([str(cell.settled or "waits")] if with_settled else []),
        )
    console.print_listing(listing)
    if len(cells) > SHOWN:
        console.note(f"and {len(cells) - SHOWN:,} more; --out FILE.xlsx or --json gives all of them")


def _tell_waiting(waiting: int) -> None:
    if not waiting:
        console.note("no refused row waits")
        return
    console.note(f"{console.counted(waiting, 'refused row')} {'waits' if waiting == 1 else 'wait'}")
    console.note(
        "hint: correct them in a sheet: grantkit rejects --out FILE.xlsx; or let one go:"
        " grantkit rejects dismiss ROW --reason TEXT"
    )


def _tell_written(written: Written, out: Path) -> None:
    if written.sheets:
        rows, sheets = console.counted(written.rows, "refused row"), console.counted(written.sheets, "sheet")
        console.note(f"wrote {out}: {rows} on {sheets}")
    if written.too_many:
        more = console.counted(written.too_many, "row")
        console.warn(f"{more} more than a sheet holds left out: they come once these are corrected")
    if written.not_kept:
        rows = console.counted(written.not_kept, "row")
        console.warn(f"{rows} left out: the grantkit that refused them kept no cells of them")
        console.note("hint: import their files again with --again, or dismiss them: grantkit rejects dismiss")
    if written.sheets:
        console.note(f"next: correct the marked cells, then grantkit import {out}")
    elif not written.not_kept:
        console.note(f"no refused row waits: {out} was not written")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def rejects_dismiss(
    context: typer.Context,
    rows: Annotated[
        list[str], typer.Argument(metavar="ROW…", help="Refused rows by their names, such as 3:57.")
    ],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why nothing comes of them; an auditor will ask.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Let refused rows go, with a reason; they stay on record and wait no more."""
    from grantkit.importing.rejects import dismiss

    ask = asked(context)
    # where there is no ledger yet none is made: every row is unknown
    held = ask.workspace().store.exists()
    with ask.ledger(write=held, record_only=True) as (_, _settings, ledger), ledger.transaction():
        done = dismiss(ledger, rows, reason)
    if as_json:
        named = [{"batch": batch, "row": row} for batch, row in done]
        console.print_json({"dismissed": named, "rows": len(named), "reason": reason})
    console.note(f"dismissed {console.counted(len(done), 'refused row')}: {reason}")
