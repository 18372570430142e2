"""Commands of the auditor: samples drawn, and what their findings come to."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, amount, asked
from grantkit.errors import Place, RequestError

if TYPE_CHECKING:
    from grantkit.auditing.evaluations import Evaluation
    from grantkit.auditing.samples import Sample, SampleRequest
    from grantkit.settings import Award
    from grantkit.store import Ledger

CELLS = ("supplier", "document", "line", "accounting_date", "net", "file", "row")


class Method(StrEnum):
    """How lines are drawn."""

    mus = "mus"
    random = "random"
    attribute = "attribute"


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    samples = typer.Typer(
        help="Samples of lines, drawn and evaluated.", rich_markup_mode=None, invoke_without_command=True
    )
    samples.callback()(sample)
    samples.command("evaluate")(sample_evaluate)
    app.add_typer(samples, name="sample")


def sample(
    context: typer.Context,
    method: Annotated[Method | None, typer.Option(help="How lines are drawn.")] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Any whole number: it repeats the draw.")
    ] = None,
    stream: Annotated[str | None, typer.Option(metavar="CODE", help="Of this work stream only.")] = None,
    claim: Annotated[str | None, typer.Option(metavar="CLAIM", help="Of what this claim took only.")] = None,
    size: Annotated[int | None, typer.Option(metavar="N", help="How many draws.")] = None,
    confidence: Annotated[int | None, typer.Option(metavar="PER_CENT", help="80, 90, 95 or 99.")] = None,
    materiality: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="The misstatement that would matter, in pounds.")
    ] = None,
    expected: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="The misstatement that is expected, in pounds.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option(metavar="PER_CENT", help="attribute: the rate of errors that is tolerable.")
    ] = None,
    errors: Annotated[int, typer.Option(metavar="N", help="attribute: how many errors are expected.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write the working paper, and keep the sample.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a sample of lines; the same seed over the same ledger draws the same."""
    if context.invoked_subcommand is not None:
        return
    from grantkit.auditing.samples import SampleRequest

    if method is None or seed is None:
        missing = "--method" if method is None else "--seed"
        raise RequestError(f"{missing} is not given", hint="grantkit sample --method mus|random --seed N …")
    request = SampleRequest(
        method=method.value,
        seed=seed,
        stream=stream.upper() if stream else None,
        claim=claim.upper() if claim else None,
        size=size,
        confidence=confidence,
        materiality=None if materiality is None else amount(materiality, "--materiality"),
        expected=Decimal("0.00") if expected is None else amount(expected, "--expected"),
        rate=None if rate is None else _per_cent(rate),
        errors=errors,
    )
    _draw(context, request, out, as_json=as_json)


def _per_cent(text: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,3}([.][0-9]{1,4})?", text):
        raise RequestError(f"--rate is no per cent: {text}", hint="write it as 5 or 2.5")
    return Decimal(text)


def _draw(context: typer.Context, request: SampleRequest, out: Path | None, *, as_json: bool) -> None:
    from dataclasses import replace

    from grantkit.auditing import samples

    with asked(context).ledger(write=out is not None) as (workspace, settings, ledger):
        workspace.check_output(out, ledger)
        found = samples.draw(ledger, settings, request)
        cells = _cells(ledger, [line.line_id for line in found.selected])
        if out is not None:
            with ledger.transaction():
                found = replace(found, number=samples.keep(ledger, found))
                _write_paper(found, cells, settings.award, out)
            console.note(f"wrote {out}")
    if as_json:
        from grantkit.auditing.queries import plain

        console.print_json(found.as_json({line: plain(row) for line, row in cells.items()}))
    else:
        _show(found, cells)


def _cells(ledger: Ledger, lines: list[int]) -> dict[int, dict[str, Any]]:
    rows = ledger.records("auditing/lines_named", {"lines": lines})
    return {row["line_id"]: {name: row[name] for name in CELLS} for row in rows}


def _write_paper(found: Sample, cells: dict[int, dict[str, Any]], award: Award, out: Path) -> None:
    from grantkit.clock import now
    from grantkit.workbook.sample_paper import write_sample_paper
    from grantkit.workspace import user

    rows = []
    for line in found.selected:
        cell = cells.get(line.line_id, dict.fromkeys(CELLS))
        rows.append(
            (
                *(line.line_id, cell["supplier"], cell["document"], cell["line"], cell["accounting_date"]),
                *(line.amount, line.running_total, line.hits, cell["file"], cell["row"]),
            )
        )
    facts = {name.replace("_", " "): value for name, value in found.request.as_json().items()}
    facts |= {
        "population, lines": found.lines,
        "population, pounds": found.value,
        "credits apart, lines": len(found.apart),
        "credits apart, pounds": found.credit_value,
        "interval, pounds": found.interval,
        "start, pounds": found.start,
        "drawn by": user(),
    }
    title = f"{award.reference}: sample {found.number}, {found.request.method}"
    write_sample_paper(rows, facts, found.apart, out, title=title, moment=now())


def _show(found: Sample, cells: dict[int, dict[str, Any]]) -> None:
    listing = console.Listing(
        [
            *(console.Column("line", figures=True), console.Column("document"), console.Column("supplier")),
            *(console.Column(name, figures=True) for name in ("amount", "running total", "hits")),
        ],
        title=f"{len(found.selected):,} of {found.lines:,} lines, {console.pounds(found.value)} pounds",
    )
    for line in found.selected:
        cell = cells.get(line.line_id, {})
        listing.add(
            *(str(line.line_id), cell.get("document") or "", cell.get("supplier") or ""),
            *(console.pounds(line.amount), console.pounds(line.running_total), str(line.hits)),
        )
    console.print_listing(listing)
    if found.interval is not None:
        console.note(f"interval {console.pounds(found.interval)}, start {console.pounds(found.start)}")
    if found.apart:
        credits_apart = console.counted(len(found.apart), "credit")
        console.note(
            f"note: {credits_apart} ({console.pounds(found.credit_value)}) stand apart and are not drawn from"
        )


def sample_evaluate(
    context: typer.Context,
    paper: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The paper, filled in.")],
    as_json: AsJson = False,
) -> None:
    """What a sample's findings say of the whole population; exit 1 where it cannot be accepted."""
    from grantkit.auditing.evaluations import evaluate

    number, audited = _read_paper(paper)
    with asked(context).ledger(record_only=True) as (_, _settings, ledger):
        found = evaluate(ledger, number, audited)
    if as_json:
        console.print_json(found.as_json())
    else:
        _tell(found)
    if found.accepted is False:
        raise typer.Exit(console.ATTENTION)


def _read_paper(path: Path) -> tuple[int, dict[int, Decimal]]:
    from grantkit.workbook.sample_paper import SHEET, read_sample_paper

    title, rows = read_sample_paper(path)
    number = re.search(r": sample ([0-9]+), ", title)
    if number is None:
        raise RequestError(
            "the paper does not say which sample it is",
            where=Place(str(path), sheet=SHEET, row=1),
            hint="put the title back",
        )
    audited: dict[int, Decimal] = {}
    for row in rows:
        where = Place(str(path), sheet=SHEET, row=row.row)
        if row.line_id is None or row.line_id in audited:
            what = "names no line" if row.line_id is None else f"names line {row.line_id} a second time"
            raise RequestError(
                f"the row {what}", where=where, hint="put the row back as it was drawn, or take it out"
            )
        if row.audited is not None:
            audited[row.line_id] = _pounds(row.audited, where)
    return int(number[1]), audited


def _pounds(audited: Decimal | str, where: Place) -> Decimal:
    """An audited amount, which some programs save as a text."""
    if isinstance(audited, Decimal):
        return audited
    try:
        return amount(audited, "the audited amount")
    except RequestError as problem:
        raise RequestError(
            f"the audited amount is no number: {audited}", where=where, hint="write the pounds: 1234.50"
        ) from problem


def _tell(found: Evaluation) -> None:
    console.print_text(
        f"sample {found.sample}, {found.method}: {found.tested:,} lines tested, {len(found.errors):,} misstated"
    )
    for error in found.errors:
        console.print_text(
            f"  line {error.line_id}: {console.pounds(error.amount)} should be {console.pounds(error.audited)},"
            f" projected {console.pounds(error.projected)}"
        )
    if found.method == "mus":
        console.print_text(
            f"projected misstatement {console.pounds(found.projected)}, upper limit at {found.confidence} per cent"
            f" {console.pounds(found.upper_limit)}"
        )
        limit = f"the materiality of {console.pounds(found.materiality)}"
    else:
        console.print_text(
            f"rate of errors {found.error_rate} per cent, upper limit at {found.confidence} per cent"
            f" {found.upper_rate} per cent"
        )
        limit = f"the tolerable rate of {found.tolerable_rate} per cent"
    if found.accepted is not None:
        verdict = "within" if found.accepted else "above"
        console.print_text(f"the upper limit is {verdict} {limit}")
