"""The variance report's command: on the screen, as JSON, as a workbook, an HTML file or Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, asked, day
from grantkit.cli.manager import remark
from grantkit.errors import Place, RequestError

if TYPE_CHECKING:
    from grantkit.reporting.drivers import Driver
    from grantkit.reporting.variance import Variance, VarianceReport
    from grantkit.workspace import Workspace

ENDINGS = (".xlsx", ".html", ".md")
#: Lines of one driver that the screen shows.
SHOWN_LINES = 2


def add_commands(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("variance")(variance)


def variance(
    context: typer.Context,
    as_at: AsAt = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Write the report: a workbook (.xlsx), a page (.html) or Markdown (.md). May be said again.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Budget against eligible cost by work stream, kind, quarter and month, the forecast, and what makes it up."""
    from grantkit.reporting.variance import variance as report

    files = out or []
    _check_endings(files)
    with asked(context).ledger() as (workspace, settings, ledger):
        for file in files:
            workspace.check_output(file, ledger)
        found = report(ledger, settings, day(as_at, "--as-at"))
        for file in files:
            _write(workspace, found, file)
            console.note(f"wrote {file}")
    if as_json:
        console.print_json(found.as_json())
    else:
        _show(found)
    remark(found.position)


def _check_endings(files: list[Path]) -> None:
    for file in files:
        if file.suffix.lower() not in ENDINGS:
            raise RequestError(
                "the report is not written in this form",
                where=Place(str(file)),
                hint=f"name a file that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}",
            )


def _write(workspace: Workspace, found: VarianceReport, file: Path) -> None:
    """Write the report in the form that the file's ending says; what the form needs is loaded only then."""
    match file.suffix.lower():
        case ".xlsx":
            from grantkit.reporting.variance_workbook import write_variance

            write_variance(workspace, found, file)
        case ".html":
            from grantkit.reporting.variance_html import write_html

            write_html(found, file)
        case _:
            from grantkit.reporting.variance_markdown import write_markdown

            write_markdown(found, file)


# --- on the screen ----------------------------------------------------------------------------------------------


def _show(found: VarianceReport) -> None:
    """The page for the board: whole pounds, so that it fits."""
    _show_streams(found)
    _show_reasons(found)
    _show_drivers(found)
    _show_milestones(found)
    _show_unit_costs(found)


def _show_streams(found: VarianceReport) -> None:
    shown = ("budget", "budget_to_date", "eligible", "variance")
    listing = console.Listing(
        [console.Column("work stream")]
        + [console.Column(name.replace("_", " "), figures=True) for name in shown]
        + [console.Column("%", figures=True)]
        + [console.Column(name, figures=True) for name in ("forecast", "year's variance")]
        + [console.Column("rag")],
        title=f"{found.award.reference}, {found.award.title}\nvariance at {found.as_at}, pounds",
    )
    for row in (*found.rows, found.total):
        if row is found.total:
            listing.rule()
        standing = row.standing
        listing.add(
            *(standing.code, *(console.whole(getattr(standing, figure)) for figure in shown)),
            "" if row.variance_pct is None else f"{row.variance_pct:,}",
            *(console.whole(standing.forecast), console.whole(standing.full_year_variance)),
            row.rag or "",
            emphasise=row is found.total,
        )
    console.print_listing(listing)


def _show_reasons(found: VarianceReport) -> None:
    rows = [row for row in found.rows if row.reason_shown]
    if not rows:
        return
    listing = console.Listing(
        [
            console.Column("work stream"),
            console.Column("variance", figures=True),
            console.Column("reason", wraps=True),
        ],
        width=console.NARROW,
    )
    for row in rows:
        listing.add(row.standing.code, console.whole(row.standing.variance), row.reason_shown)
    console.print_text()
    console.print_listing(listing)


def _show_drivers(found: VarianceReport) -> None:
    listing = console.Listing(
        [console.Column("work stream")]
        + [console.Column(name, figures=True) for name in ("variance", "timing", "price", "scope", "rest")],
        title="what makes up the variance, pounds",
        width=console.NARROW,
    )
    for row in (*found.rows, found.total):
        if row is found.total:
            listing.rule()
        drivers = row.drivers
        amounts = (row.standing.variance, *(each.amount for each in drivers.each), drivers.rest)
        listing.add(row.standing.code, *map(console.whole, amounts), emphasise=row is found.total)
    console.print_text()
    console.print_listing(listing)
    _show_driver_lines(found)


def _show_driver_lines(found: VarianceReport) -> None:
    drivers = [(row, driver) for row in found.rows for driver in row.drivers.each if driver.lines]
    if not drivers:
        return
    listing = console.Listing(
        [
            console.Column("work stream"),
            console.Column("driver"),
            console.Column("largest", wraps=True),
            console.Column("date"),
            console.Column("amount", figures=True),
            console.Column("line", figures=True),
        ],
        width=console.NARROW,
    )
    for row, driver in drivers:
        _add_lines(listing, row, driver)
    console.print_text()
    console.print_listing(listing)


def _add_lines(listing: console.Listing, row: Variance, driver: Driver) -> None:
    for number, line in enumerate(driver.lines[:SHOWN_LINES]):
        listing.add(
            *(row.standing.code if not number else "", driver.name if not number else ""),
            f"{line.name}, {line.supplier}" if line.supplier else line.name,
            *(str(line.dated), console.whole(line.amount), str(line.line_id)),
        )


def _show_milestones(found: VarianceReport) -> None:
    if not found.open_milestones:
        return
    listing = console.Listing(
        [console.Column("milestone not reached", wraps=True), console.Column("stream")]
        + [console.Column("due"), console.Column("status")]
        + [console.Column(name, figures=True) for name in ("eligible", "spent")],
        width=console.NARROW,
    )
    for each in found.open_milestones:
        spent = "" if each.spent_pct is None else f"{each.spent_pct} %"
        listing.add(
            *(each.name, each.stream or "(award)", str(each.due), each.status),
            *(console.whole(each.eligible), spent),
            emphasise=each.flagged,
        )
    console.print_text()
    console.print_listing(listing)


def _show_unit_costs(found: VarianceReport) -> None:
    measures = found.unit_costs.measures if found.unit_costs else ()
    counted = [each for each in measures if each.total.quantity]
    if not counted:
        return
    from grantkit.reporting.unit_costs import show_quantity

    listing = console.Listing(
        [console.Column("measure"), console.Column("unit", wraps=True)]
        + [console.Column(name, figures=True) for name in ("counted", "eligible", "for each")],
        width=console.NARROW,
    )
    for each in counted:
        total = each.total
        listing.add(
            *(each.measure.name, each.measure.unit, show_quantity(total.quantity)),
            *(console.whole(total.eligible), console.pounds(total.per_unit(total.eligible))),
        )
    console.print_text()
    console.print_listing(listing)
