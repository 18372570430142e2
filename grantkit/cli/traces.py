"""``trace``: from a figure to its lines, from a line to its cell and to all that became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsAt, AsJson, asked, day
from grantkit.errors import GrantkitError, Place, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantkit.auditing.line_history import LineHistory
    from grantkit.auditing.traces import Trace
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace


def add_commands(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("trace")(trace)


def trace(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            help="Q2, Q2/EXISTING, EXISTING, EXISTING:Q2, EXISTING:2024-07, EXISTING:resource, EXISTING:no-order,"
            " EXISTING:accrued, EXISTING:committed (TOTAL for all streams), publish:2024-07, or a line's number."
        ),
    ] = None,
    as_at: AsAt = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--coverage", help="What became of every row of every file; exit 1 where one has no reason."
        ),
    ] = False,
    full: Annotated[
        bool | None,
        typer.Option(
            "--full/--brief",
            help="Of a line also its cells as they came and the findings of all checks; left out by itself where the"
            " ledger is large.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Go from a figure to its lines, and from a line to its cell; or see that no row is left out anywhere."""
    from grantkit.auditing.traces import trace as follow

    if whole == (target is not None):
        raise RequestError(
            "nothing is named to be traced"
            if target is None
            else "a target and --coverage are two questions",
            hint="grantkit trace Q2, trace EXISTING, trace 57, or trace --coverage",
        )
    if target is None:
        _show_coverage(context, as_json=as_json)
        return

    with asked(context).ledger() as (workspace, settings, ledger):
        found = follow(ledger, settings, target, day(as_at, "--as-at"))
        if found.history is not None and (not ledger.is_large if full is None else full):
            _complete(found.history, ledger, workspace, int(target))
    if as_json:
        console.print_json(found.as_json())
    else:
        _show_trace(found)


def _complete(history: LineHistory, ledger: Ledger, workspace: Workspace, line_id: int) -> None:
    """Add what takes time in a large ledger: each version's cells as they came, and the findings."""
    from grantkit.auditing.line_history import add_findings
    from grantkit.importing.rereading import cells_as_they_came

    missing: list[GrantkitError] = []
    for version in history.versions:
        try:
            cells = cells_as_they_came(ledger, workspace.evidence, version["batch"], version["row"])
        except GrantkitError as problem:  # the rest of the line's story is told all the same
            cells = None
            missing.append(problem)
        version["cells"] = None if cells is None else [{"column": name, "cell": cell} for name, cell in cells]
    add_findings(history, ledger, workspace.settings, workspace.folder, line_id)
    history.unchecked[:0] = missing


def _show_coverage(context: typer.Context, *, as_json: bool) -> None:
    from grantkit.auditing.coverage import coverage

    with asked(context).ledger() as (_, _settings, ledger):
        found = coverage(ledger)
    if as_json:
        console.print_json(found.as_json())
    else:
        listing = console.Listing(
            [
                *(console.Column("ledger"), console.Column("what became of the rows")),
                *(console.Column("rows", figures=True), console.Column("net", figures=True)),
            ]
        )
        for outcome in found.outcomes:
            listing.add(outcome.ledger, outcome.outcome, f"{outcome.rows:,}", console.pounds(outcome.net))
        listing.rule()
        listing.add("", "rows of all files", f"{found.rows:,}", "", emphasise=True)
        console.print_listing(listing)
    for each in found.uncovered:
        console.warn(
            f"batch {each.batch}, {each.file}: {each.rows_read:,} rows were read, and {each.rows_told:,} have an"
            " outcome"
        )
    if found.uncovered:
        raise typer.Exit(console.ATTENTION)


def _show_trace(found: Trace) -> None:
    listing = console.Listing(
        [
            console.Column("line", figures=True),
            console.Column("file", wraps=True),
            console.Column("row", figures=True),
            console.Column("document"),
            console.Column("supplier", wraps=True),
            console.Column("dated"),
            console.Column("stream"),
            console.Column("amount", figures=True),
            console.Column("claim"),
        ],
        title=f"{found.target}: {found.figure}",
    )
    for line in found.lines:
        place = str(Place(line["file"] or "(taken back)", sheet=line["sheet"]))
        listing.add(
            *(
                str(line["line_id"]),
                place,
                str(line["row"] or ""),
                line["document"] or "",
                line["supplier"] or "",
            ),
            *(str(line["accounting_date"] or ""), line["work_stream"], console.pounds(line["amount"])),
            line["claim"] or "",
        )
    listing.rule()
    listing.add("", "total", "", "", "", "", "", console.pounds(found.total), "", emphasise=True)
    console.print_listing(listing)
    if found.history is not None:
        _show_history(found.history)


def _show_history(history: LineHistory) -> None:
    """What became of a line, a sentence each."""
    for sentence in (*_brought(history), *history.placing, *_made_of_it(history), *_audited(history)):
        console.print_text(sentence)
    for problem in history.unchecked:
        console.print_error(problem)
    if history.findings is None:
        console.note("note: --full adds its cells as they came, and what the checks find")


def _brought(history: LineHistory) -> Iterator[str]:
    """The rows that brought it, and the orders and invoices beside it."""
    for row in history.rejects:
        place = Place(row["file"], sheet=row["sheet"], row=row["row"])
        yield f"refused before: {place}: {row['faults']}"
    for version in history.versions:
        place = Place(version["file"], sheet=version["sheet"], row=version["row"])
        word = "as it counts" if version["counts"] else "undone" if version["undone"] else "before"
        yield f"{word}: {place}, batch {version['batch']}, net {console.pounds(version['net'])}"
        yield from (
            f"    {pair['column']}: {pair['cell']}" for pair in version.get("cells") or () if pair["cell"]
        )
    for order in history.orders:
        yield (
            f"order: {_numbered(order['po'], order)}, ordered {console.pounds(order['net'])},"
            f" received {console.pounds(order['received'])}, {order['status']}"
        )
    for invoice in history.invoices:
        yield (
            f"invoiced: {_numbered(invoice['document'], invoice)}, {invoice['accounting_date']},"
            f" net {console.pounds(invoice['net'])}"
        )


def _numbered(document: str | None, row: dict[str, Any]) -> str:
    """A document and its line as the finance system numbers them, and the ledger's own number."""
    return f"{' '.join(filter(None, (document, row['line'])))} (line {row['line_id']})"


def _made_of_it(history: LineHistory) -> Iterator[str]:
    """Decisions, claims and what the funder answered."""
    for decision in history.decisions:
        stands = "" if decision["counts"] else " (a newer one replaced it)"
        yield (
            f"decision {decision['decision']} about its {decision['aspect']}: {decision['user_name']},"
            f" {decision['decided_at']:%Y-%m-%d}: {decision['reason']}{stands}"
        )
    for claim in history.claims:
        yield (
            f"claim: {claim['claim']} ({claim['status']}) has {console.pounds(claim['amount'])} of it"
            f" in {claim['work_stream']}, {claim['cost_type']}, {claim['kind']}"
        )
    for answer in history.settlements:
        received = "" if answer["received"] is None else f" {console.pounds(answer['received'])} received,"
        yield (
            f"settlement: {answer['claim']}, {answer['dated']}:{received}"
            f" {console.pounds(answer['disallowed'])} disallowed of this line"
        )


def _audited(history: LineHistory) -> Iterator[str]:
    """Samples that drew it, and findings of the checks."""
    for drawn in history.samples:
        yield (
            f"sample {drawn['sample']} ({drawn['method']}): drawn by {drawn['user_name']},"
            f" {drawn['drawn_at']:%Y-%m-%d}, at {console.pounds(drawn['amount'])}"
        )
    for finding in history.findings or ():
        settled = "" if finding.reason is None else f"; settled by {finding.settled_by}: {finding.reason}"
        yield f"finding: {finding.code} ({finding.severity}): {finding.message}{settled}"
