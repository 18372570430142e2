"""Commands about what is counted beside the money: measures taken in, summed, and what a unit of each costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, asked, day
from grantkit.errors import Place

if TYPE_CHECKING:
    from grantkit.importing.measures import MeasureImport
    from grantkit.reporting.unit_costs import UnitCost, UnitCostReport
    from grantkit.settings import Settings

#: Refused rows and restated values that the screen shows of each.
SHOWN = 50


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    measures = typer.Typer(help="What was counted beside the money.", rich_markup_mode=None)
    measures.command("import")(measure_import)
    measures.command("list")(measure_list)
    app.add_typer(measures, name="measure")
    app.command("unit-costs")(unit_costs)


def measure_import(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            readable=False,
            help="CSV or a workbook, with the columns date, measure, stream, value.",
        ),
    ],
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="The sheet of a workbook.")] = None,
    again: Annotated[bool, typer.Option(help="Take a file that came before as if it were new.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would come of it and keep nothing.")] = False,
    strict: Annotated[bool, typer.Option(help="Take in nothing where one row is refused.")] = False,
    as_json: AsJson = False,
) -> int:
    """Take in what was counted: each value once, every refused row named."""
    from grantkit.importing.measures import look_at, take_in

    ask = asked(context)
    _ = ask.workspace().settings  # mistakes in grant.toml come before anything is read
    found = look_at(file, sheet)
    with ask.ledger(write=not dry_run, record_only=True) as (workspace, _settings, ledger):
        done = take_in(workspace, ledger, found, again=again, dry_run=dry_run, strict=strict)
    if as_json:
        console.print_json(done.as_json())
    else:
        _show_import(done)
    return console.ATTENTION if done.rows["rejected"] else console.DONE


def _show_import(done: MeasureImport) -> None:
    shown = [name for name, rows in done.rows.items() if rows or name in {"read", "accepted"}]
    listing = console.Listing(
        [console.Column("file", wraps=True), *(console.Column(name, figures=True) for name in shown)]
    )
    listing.add(done.file, *(f"{done.rows[name]:,}" for name in shown))
    console.print_listing(listing)
    if done.before is not None:
        console.note(f"{done.file} was taken in before: nothing changed (--again takes it anew)")
    elif done.dry_run:
        console.note(f"{done.file}: dry run, nothing kept")
    elif done.refused_by_strict:
        console.note(f"{done.file}: rows are refused and --strict is set: nothing taken in")
    _show_restated(done)
    _show_rejects(done)


def _place(done: MeasureImport) -> str:
    return str(Place(done.file, sheet=done.sheet))


def _show_restated(done: MeasureImport) -> None:
    from grantkit.reporting.unit_costs import show_quantity

    if not done.restated:
        return
    listing = console.Listing(
        [
            *(console.Column("file"), console.Column("row", figures=True), console.Column("restated")),
            *(console.Column("stream"), console.Column("date")),
            *(console.Column("was", figures=True), console.Column("is", figures=True)),
        ]
    )
    for each in done.restated[:SHOWN]:
        listing.add(
            *(_place(done), str(each.row), each.measure, each.work_stream, str(each.dated)),
            *(show_quantity(each.was), show_quantity(each.now)),
        )
    console.print_text()
    console.print_listing(listing)
    if len(done.restated) > SHOWN:
        console.note(f"and {len(done.restated) - SHOWN:,} more; all of them: --json")


def _show_rejects(done: MeasureImport) -> None:
    if not done.rejects:
        return
    listing = console.Listing(
        [
            *(console.Column("file"), console.Column("row", figures=True), console.Column("column")),
            *(console.Column("value"), console.Column("refused because", wraps=True)),
        ]
    )
    for each in done.rejects[:SHOWN]:
        listing.add(
            *(_place(done), str(each.row), each.column or "(row)"),
            *(" ".join((each.value or "").split())[:40], each.message),
        )
    console.print_text()
    console.print_listing(listing)
    if len(done.rejects) > SHOWN:
        console.note(f"and {len(done.rejects) - SHOWN:,} more; all of them: --json")
    console.note("hint: correct these rows and import the file again; the others stay as they are")


def measure_list(context: typer.Context, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """What was counted, by measure and work stream."""
    from grantkit.reporting.unit_costs import measure_sums, show_quantity

    with asked(context).ledger() as (_, settings, ledger):
        found = measure_sums(ledger, settings, day(as_at, "--as-at"))
    if as_json:
        console.print_json(found.as_json())
        return
    listing = console.Listing(
        [
            *(console.Column("measure"), console.Column("stream"), console.Column("sum", figures=True)),
            *(console.Column("unit"), console.Column("values", figures=True)),
            *(console.Column("from"), console.Column("to")),
        ],
        title=f"{settings.award.reference}, {settings.award.title}\nmeasures at {found.as_at}",
    )
    for row in found.sums:
        listing.add(
            *(row.measure, row.work_stream, show_quantity(row.quantity), row.unit, f"{row.values:,}"),
            *(str(row.first_day or ""), str(row.last_day or "")),
        )
    console.print_listing(listing)
    _note_after(found.after)
    for measure, stream in found.unknown:
        console.note(f"note: {measure} in {stream} was counted, and grant.toml no longer has it there")


def _note_after(count: int) -> None:
    if count:
        console.note(
            f"note: {console.counted(count, 'value')} dated after that day left out; name a later one: --as-at DATE"
        )


def unit_costs(
    context: typer.Context,
    measure: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this measure; may be given several times.")
    ] = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:
    """What a unit of each measure costs, by work stream: eligible cost to date against what was counted."""
    from grantkit.reporting.unit_costs import unit_costs as costs

    with asked(context).ledger() as (_, settings, ledger):
        found = costs(ledger, settings, day(as_at, "--as-at"), measure or ())
    if as_json:
        console.print_json(found.as_json())
    else:
        _show_costs(found, settings)


def _show_costs(found: UnitCostReport, settings: Settings) -> None:
    listing = console.Listing(
        [console.Column("measure", wraps=True), console.Column("stream"), console.Column("counted")]
        + [
            console.Column(name, figures=True)
            for name in ("resource", "capital", "eligible", "resource each", "cost each")
        ],
        title=f"{settings.award.reference}, {settings.award.title}\nunit costs at {found.as_at}, pounds",
    )
    for each in found.measures:
        name = each.measure.name
        for row in (*each.streams, each.total):
            listing.add(*_cost_cells(name, each.measure.unit, row), emphasise=row is each.total)
            name = ""
        if each is not found.measures[-1]:
            listing.rule()
    console.print_listing(listing)
    if found.unallocated:
        amount = console.pounds(found.unallocated)
        console.note(f"note: {amount} of eligible cost has no work stream, and is in the whole award's only")
    _note_after(found.after)


def _cost_cells(name: str, unit: str, row: UnitCost) -> tuple[str, ...]:
    from grantkit.reporting.unit_costs import show_quantity

    return (
        *(name, "whole award" if row.code == "TOTAL" else row.code),
        f"{show_quantity(row.quantity)} {unit}",
        *(console.whole(amount) for amount in (row.resource, row.capital, row.eligible)),
        *(console.pounds(row.per_unit(amount)) for amount in (row.resource, row.eligible)),
    )
