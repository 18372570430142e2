"""Commands about where lines go: the coding sheet out and in, and what the rules take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked
from grantkit.errors import RequestError
from grantkit.money import show

if TYPE_CHECKING:
    from grantkit.deciding.coding import Applied, Uncoded
    from grantkit.deciding.rules import RulesTest, Taken


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    codings = typer.Typer(
        help="Lines without a work stream: into a sheet to fill in, and back as decisions.",
        rich_markup_mode=None,
        invoke_without_command=True,
    )
    codings.callback()(coding)
    codings.command("apply")(coding_apply)
    app.add_typer(codings, name="coding")
    rules = typer.Typer(help="The rules of grant.toml.", rich_markup_mode=None)
    rules.callback()(_rules)
    rules.command("test")(rules_test)
    app.add_typer(rules, name="rules")


# --- the coding sheet -------------------------------------------------------------------------------------------


def coding(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Where to write the sheet to be filled in.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Write the lines that have no work stream into a sheet to fill in; take it back with: coding apply."""
    from grantkit.deciding.coding import uncoded_lines, write_uncoded

    if context.invoked_subcommand is not None:
        if out is not None or as_json:
            raise RequestError(
                f"--{'out' if out is not None else 'json'} stands before {context.invoked_subcommand}",
                hint=f"options of a command stand behind it: see grantkit coding {context.invoked_subcommand} --help",
            )
        return console.DONE
    if out is None:
        raise RequestError(
            "--out is missing", hint="say where the sheet goes: grantkit coding --out coding.xlsx"
        )
    with asked(context).ledger() as (workspace, settings, ledger):
        workspace.check_output(out, ledger)
        found = uncoded_lines(ledger)
        write_uncoded(found, settings, out)
    if as_json:
        console.print_json({"lines": len(found.lines), "net": show(found.net), "workbook": str(out)})
    _tell_written(found, out)
    return console.ATTENTION if found.left_out else console.DONE


def _tell_written(found: Uncoded, out: Path) -> None:
    if not found.lines:
        console.note(f"every line has a work stream: {out} lists none")
        return
    parts = []
    for ledger in ("invoice", "order"):
        number, net = found.of(ledger)
        if number:
            parts.append(f"{console.counted(number, f'{ledger} line')}, net {console.pounds(net)}")
    console.note(f"wrote {out}: {' and '.join(parts)}")
    if found.left_out:
        console.warn(
            f"{console.counted(found.left_out, 'smaller line')} left out: they come once these are coded"
        )
    console.note(f"next: fill in work stream and reason, then grantkit coding apply {out}")


def coding_apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", readable=False, help="The sheet, filled in.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason of rows that give none.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a filled-in sheet back: each row with a work stream becomes a decision, or none does."""
    from grantkit.deciding.coding import apply_sheet
    from grantkit.workbook.coding_sheet import read_coding_sheet

    ask = asked(context)
    workspace = ask.workspace()
    _ = workspace.settings  # mistakes in grant.toml come before anything is read
    sheet = read_coding_sheet(file)
    # where there is no ledger yet none is made: every line of the sheet is unknown
    held = workspace.store.exists()
    with ask.ledger(write=held, record_only=True) as (_, settings, ledger), ledger.transaction():
        applied = apply_sheet(ledger, settings, sheet, reason)
    if as_json:
        console.print_json(
            {
                "workbook": str(file),
                "decided": len(applied.decided),
                "unchanged": applied.unchanged,
                "blank": applied.blank,
                "lines": applied.decided,
                "warnings": [{"row": row, "message": text} for row, text in applied.warnings],
            }
        )
    _tell_applied(applied, file)


def _tell_applied(applied: Applied, file: Path) -> None:
    for row, text in applied.warnings:
        console.warn(f"{file}, row {row}: {text}")
    parts = [f"decided about {console.counted(len(applied.decided), 'line')}"]
    if applied.unchanged:
        parts.append(f"{console.counted(applied.unchanged, 'row')} already so")
    if applied.blank:
        parts.append(f"{console.counted(applied.blank, 'row')} left blank")
    if not applied.decided:
        parts[0] = "nothing changed"
    console.note(f"{file}: {', '.join(parts)}")


# --- rules ------------------------------------------------------------------------------------------------------


def _rules() -> None:
    """The rules of grant.toml."""


def rules_test(context: typer.Context, as_json: AsJson = False) -> None:
    """What each rule takes as the first that matches, and where several match the same lines."""
    from grantkit.deciding.rules import try_rules

    with asked(context).ledger() as (_, settings, ledger):
        found = try_rules(ledger, settings)
    if as_json:
        console.print_json(found.as_json())
        return
    _show_rules(found)
    if found.overlaps:
        console.print_text()
        _show_overlaps(found)


NOTHING = ("nothing", "", "")
FIGURES = ("lines", "cost", "orders")
NO_RULE = {"decision": "decided", "order": "as their order", "unallocated": "UNALLOCATED"}


def _show_rules(found: RulesTest) -> None:
    decided = any(rule.decided for rule in found.rules)
    listing = console.Listing(
        [
            console.Column("rule"),
            console.Column("matches", wraps=True),
            console.Column("gives", wraps=True),
            *(console.Column(figure, figures=True) for figure in FIGURES),
            *([console.Column("decided", figures=True)] if decided else []),
        ],
        title="what each rule takes as the first of its kind that matches: invoice lines, their cost in pounds,"
        "\norder lines",
    )

    def add(name: str, says: str, gives: str, figures: tuple[str, ...], by_person: str) -> None:
        listing.add(name, says, gives, *figures, *([by_person] if decided else []))

    for rule in found.rules:
        by_person = f"{rule.decided:,}" if rule.decided else ""
        figures = NOTHING if rule.takes.nothing else _figures(rule.takes, rule.kind)
        add(f"{rule.kind} {rule.number}", rule.says, rule.gives, figures, by_person)
    listing.rule()
    add("no allocation rule", "", "", _figures(found.no_rule), "")
    for name, part in found.unmatched.items():
        if not part.nothing:
            add(f"  {NO_RULE[name]}", "", "", _figures(part), "")
    console.print_listing(listing)


def _show_overlaps(found: RulesTest) -> None:
    listing = console.Listing(
        [console.Column("rule"), console.Column("also matches lines taken by")]
        + [console.Column(figure, figures=True) for figure in FIGURES]
    )
    for overlap in found.overlaps:
        kind = overlap.kind
        listing.add(f"{kind} {overlap.rule}", f"{kind} {overlap.taken_by}", *_figures(overlap.lines, kind))
    console.print_listing(listing)


def _figures(taken: Taken, kind: str = "") -> tuple[str, ...]:
    from grantkit.deciding.rules import OF_INVOICES_ONLY

    orders = "" if kind in OF_INVOICES_ONLY else f"{taken.order_lines:,}"
    return f"{taken.invoice_lines:,}", console.pounds(taken.cost), orders
