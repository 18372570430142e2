"""Commands about imports: which there were, what each brought, and taking one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked
from grantkit.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantkit.importing.batches import Batch, BatchDetail, Undone

Number = Annotated[str, typer.Argument(metavar="N", help="The batch's number.")]

#: Rows of a list that the screen shows at most.
SHOWN_ROWS = 50


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("batches")(batches)
    one = typer.Typer(help="One import: what it brought.", rich_markup_mode=None)
    one.command("show")(batch_show)
    app.add_typer(one, name="batch")
    app.command("undo")(undo)


def batches(context: typer.Context, as_json: AsJson = False) -> None:
    """All imports, undone ones included."""
    from grantkit.importing.batches import all_batches

    with asked(context).ledger(record_only=True) as (_, _settings, ledger):
        found = all_batches(ledger)
    if as_json:
        console.print_json({"batches": [batch.as_json() for batch in found]})
    else:
        _show_batches(found)


def _show_batches(found: list[Batch]) -> None:
    listing = console.Listing(
        [
            console.Column("batch", figures=True),
            console.Column("kind"),
            console.Column("file", wraps=True),
            console.Column("profile", wraps=True),
            console.Column("extract"),
            console.Column("imported"),
            console.Column("rows"),
            console.Column("net accepted", figures=True),
            *([console.Column("undone")] if any(batch.undone for batch in found) else []),
        ]
    )
    for batch in found:
        undone = [f"{batch.undone.at:%Y-%m-%d}"] if batch.undone else []
        listing.add(
            *(str(batch.batch), batch.kind, _place(batch), batch.profile, str(batch.extract_date)),
            *(f"{batch.imported_at:%Y-%m-%d}\n{batch.imported_by}", _rows_told(batch)),
            *(console.pounds(batch.net["accepted"]), *undone),
        )
    console.print_listing(listing)
    if not found:
        console.note("nothing was imported yet; next: grantkit import FILE --kind orders")


def _rows_told(batch: Batch) -> str:
    """How many rows the file had, and how many of them became what, one below the other."""
    return "\n".join(f"{rows:,} {part}" for part, rows in batch.rows.items() if rows or part == "read")


def _place(batch: Batch) -> str:
    return batch.file if batch.sheet is None else f"{batch.file} [{batch.sheet}]"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise RequestError(f"there is no batch {text}", hint="the batches are in: grantkit batches")
    return int(text)


# --- one batch --------------------------------------------------------------------------------------------------


def batch_show(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """What one import brought: its rows and money, what was refused, ignored and restated, and who holds its lines."""
    from grantkit.importing.batches import show_batch

    with asked(context).ledger(record_only=True) as (_, _settings, ledger):
        found = show_batch(ledger, _number(number))
    if as_json:
        console.print_json(found.as_json())
    else:
        _show_detail(found)


def _show_detail(found: BatchDetail) -> None:
    batch = found.batch
    _show_head(batch)
    for each in found.recognised:
        console.print_text(f"recognised: {each['what']} {each['found']} ({each['why']})")
    _show_parts(batch)
    _show_rejects(found.rejects)
    _show_ignored(found.ignored)
    _show_restated(found.restated)
    _show_missing(found.missing)
    for claim in found.claims:
        console.print_text(
            f"\n{claim['claim']}, version {claim['version']} ({claim['status']}), holds"
            f" {console.counted(claim['lines'], 'line')} of it: it cannot be undone"
        )


def _show_head(batch: Batch) -> None:
    console.print_text(f"batch {batch.batch}: {batch.kind} from {_place(batch)}, profile {batch.profile}")
    console.print_text(f"SHA-256 {batch.sha256}")
    console.print_text(
        f"extract of {batch.extract_date}, imported {batch.imported_at:%Y-%m-%d %H:%M} by {batch.imported_by}"
    )
    if batch.undone:
        undone = batch.undone
        console.print_text(f"undone {undone.at:%Y-%m-%d %H:%M} by {undone.by}: {undone.reason}")


def _show_parts(batch: Batch) -> None:
    listing = console.Listing(
        [console.Column("part"), console.Column("rows", figures=True), console.Column("net", figures=True)]
    )
    for part, rows in batch.rows.items():
        listing.add(part, f"{rows:,}", console.pounds(batch.net.get(part)))
    console.print_text()
    console.print_listing(listing)


def _show_rejects(rejects: list[dict[str, Any]]) -> None:
    columns = [console.Column("row", figures=True), console.Column("column"), console.Column("value")]
    columns += [console.Column("refused because", wraps=True), console.Column("settled", wraps=True)]
    rows = [
        (
            *(str(reject["row"]), reject["column"] or "(row)", reject["value"] or "", reject["message"]),
            _how_settled(reject["settled"]),
        )
        for reject in rejects
    ]
    _show_list("refused rows", columns, rows)


def _how_settled(settled: dict[str, Any] | None) -> str:
    if settled is None:
        return "open"
    if settled["by_batch"] is not None:
        return f"replaced by batch {settled['by_batch']}, row {settled['by_row']}"
    return f"dismissed: {settled['reason']}"


def _show_ignored(ignored: list[dict[str, Any]]) -> None:
    columns = [console.Column("row", figures=True), console.Column("ignored as", wraps=True)]
    columns += [console.Column("shows", figures=True), console.Column("lines above", figures=True)]
    rows = [
        (str(row["row"]), row["reason"], console.pounds(row["net"]), console.pounds(row["expected"]))
        for row in ignored
    ]
    _show_list("ignored rows", columns, rows)


def _show_restated(restated: list[dict[str, Any]]) -> None:
    columns = [console.Column("line", figures=True), console.Column("row", figures=True)]
    columns += [console.Column("document"), console.Column("supplier", wraps=True)]
    columns += [console.Column("net before", figures=True), console.Column("net now", figures=True)]
    rows = [
        (
            *(str(row["line_id"]), str(row["row"]), row["document"] or "", row["supplier"] or ""),
            *(console.pounds(row["net_before"]), console.pounds(row["net"])),
        )
        for row in restated
    ]
    _show_list("restated lines", columns, rows)


def _show_missing(missing: list[dict[str, Any]]) -> None:
    answers = {None: "open", "keep": "it still counts", "withdraw": "it counts no more"}
    columns = [console.Column("line", figures=True), console.Column("document"), console.Column("supplier")]
    columns += [console.Column("dated"), console.Column("net", figures=True), console.Column("answer")]
    rows = [
        (
            *(str(row["line_id"]), row["document"] or "", row["supplier"] or ""),
            *(str(row["accounting_date"]), console.pounds(row["net"]), answers[row["answer"]]),
        )
        for row in missing
    ]
    _show_list("lines of earlier extracts that this one lacks", columns, rows)


def _show_list(title: str, columns: list[console.Column], rows: Sequence[tuple[str, ...]]) -> None:
    """A titled list, cut where it would fill the screen; nothing where it is empty."""
    if not rows:
        return
    listing = console.Listing(columns)
    for row in rows[:SHOWN_ROWS]:
        listing.add(*row)
    console.print_text(f"\n{title}")
    console.print_listing(listing)
    if len(rows) > SHOWN_ROWS:
        console.note(f"and {len(rows) - SHOWN_ROWS:,} more; --json gives all of them")


# --- undoing ----------------------------------------------------------------------------------------------------


def undo(
    context: typer.Context,
    number: Number,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; an auditor will ask.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take an import back: its lines count no more, unless other imports say them too; nothing is deleted."""
    from grantkit.importing.batches import undo as take_back

    with (
        asked(context).ledger(write=True, record_only=True) as (_, _settings, ledger),
        ledger.transaction(),
    ):
        done = take_back(ledger, _number(number), reason)
    if as_json:
        console.print_json(done.as_json())
    _say_undone(done)


def _say_undone(done: Undone) -> None:
    console.note(f"batch {done.batch.batch}, {_place(done.batch)}, is undone")
    gone, returned, revived, kept = (done.changes[name] for name in ("gone", "returned", "revived", "kept"))
    if gone.lines:
        console.note(
            f"{console.counted(gone.lines, 'line')} no longer {_counts(gone.lines)}:"
            f" net {console.pounds(gone.net_before)}"
        )
    if returned.lines:
        console.note(
            f"{console.counted(returned.lines, 'line')} returned to what earlier batches say: net"
            f" {console.pounds(returned.net_before)} became {console.pounds(returned.net_after)}"
        )
    if revived.lines:
        console.note(
            f"{console.counted(revived.lines, 'line')} that it had withdrawn {_counts(revived.lines)} again: net"
            f" {console.pounds(revived.net_after)}"
        )
    if kept.lines:
        console.note(
            f"{console.counted(kept.lines, 'line')} of it still {_counts(kept.lines)}, as other batches say so"
            f" too: net {console.pounds(kept.net_after)}"
        )
    for claim in done.drafts:
        console.warn(f"the draft {claim} rests on lines that changed: grantkit claim prepare {claim}")


def _counts(lines: int) -> str:
    return "counts" if lines == 1 else "count"
