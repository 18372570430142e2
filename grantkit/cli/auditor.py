"""Commands of the auditor: queries, the relations that they read, and what the settings said when."""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grantkit import console
from grantkit.cli.asked import AsJson, asked, no_such_option
from grantkit.errors import RequestError

if TYPE_CHECKING:
    from grantkit.auditing.queries import Answer

#: Rows that a table on the screen shows at most.
SHOWN_ROWS = 500


class Format(StrEnum):
    """How a query's rows are written."""

    table = "table"
    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    xlsx = "xlsx"
    parquet = "parquet"


#: What is not for the screen.
FILES = {Format.xlsx: "a workbook", Format.parquet: "a Parquet file"}


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("query", context_settings={"ignore_unknown_options": True})(query)
    app.command("relations")(relations)
    settings = typer.Typer(help="The settings and what changed in them.", rich_markup_mode=None)
    settings.callback()(lambda: None)  # with one command alone a group is no group
    settings.command("log")(settings_log)
    app.add_typer(settings, name="settings")


def query(
    context: typer.Context,
    sql: Annotated[
        str | None,
        typer.Argument(
            metavar="SQL", help="One SELECT; - reads it from standard input; :NAME is one that ships."
        ),
    ] = None,
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the SQL from a file.")] = None,
    shape: Annotated[Format, typer.Option("--format", help="How the rows are written.")] = Format.table,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write them to a file.")] = None,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="Stop a query that takes longer.")] = 60.0,
    param: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What $NAME in the query stands for.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="The queries that ship, by name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run one SELECT over the ledger; it can change nothing and reach no file."""
    from grantkit.auditing import queries

    if listed:
        for name, meaning in queries.named_queries().items():
            console.print_text(f":{name}  {meaning}")
        return
    shape = Format.json if as_json else shape
    if shape in FILES and out is None:
        raise RequestError(f"{FILES[shape]} is not for the screen", hint=f"name a file: --out FILE.{shape}")
    text = _statement(context, sql, file)
    with asked(context).ledger() as (workspace, _settings, ledger):
        workspace.check_output(out, ledger)
        _write(queries.ask(ledger, text, timeout=timeout, params=_params(param or ())), shape, out)


def _params(words: Sequence[str]) -> dict[str, str]:
    found = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.isidentifier():
            raise RequestError(f"--param is no name and value: {word}", hint="write it as supplier=Acme")
        found[name] = value
    return found


def _statement(context: typer.Context, sql: str | None, file: Path | None) -> str:
    if (sql is None) == (file is None):
        what = "no query is given" if sql is None else "two queries are given"
        raise RequestError(what, hint="give the SQL, or - for standard input, or --file FILE")
    if file is not None:
        from grantkit.workspace import read_text

        return read_text(file)
    assert sql is not None
    if sql.startswith(":"):
        from grantkit.auditing.queries import named_query

        return named_query(sql[1:])
    if sql.startswith("--") and "\n" not in sql:
        raise no_such_option(context, sql.split()[0])
    return sys.stdin.read() if sql == "-" else sql


def _write(answer: Answer, shape: Format, out: Path | None) -> None:
    if shape in FILES:
        from grantkit.auditing.queries import write_parquet, write_workbook

        assert out is not None
        (write_workbook if shape is Format.xlsx else write_parquet)(answer, out)
        console.note(f"wrote {out}")
        return
    if out is None:
        _write_text(answer, shape)
        return
    from grantkit.workspace import replacing

    with replacing(out) as target:
        _write_to(answer, shape if shape is not Format.table else Format.csv, target)
    console.note(f"wrote {out}")


def _write_text(answer: Answer, shape: Format) -> None:
    if shape is not Format.table:
        _write_to(answer, shape, sys.stdout)
        return
    listing = console.Listing([console.Column(name, wraps=True) for name in answer.columns])
    for row in itertools.islice(answer.rows, SHOWN_ROWS):
        listing.add(*(_text(value) for value in row))
    more = sum(1 for _ in answer.rows)
    console.print_listing(listing)
    if more:
        console.note(f"note: {more:,} more rows; --format csv writes them all")


def _write_to(answer: Answer, shape: Format, target: Any) -> None:
    if shape is Format.csv:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows(answer.plain_rows())
        return
    names = answer.names
    rows = (dict(zip(names, row, strict=True)) for row in answer.plain_rows())
    if shape is Format.jsonl:
        console.write_json_lines(rows, target)
    else:
        console.write_json_list(rows, target)


def _text(value: object) -> str:
    from grantkit.auditing.queries import plain

    shown = plain(value)
    return "" if shown is None else str(shown)


def relations(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="This one, with its columns.")] = None,
    as_json: AsJson = False,
) -> None:
    """The relations that a query may read: what one row is, and their columns."""
    from grantkit.auditing.queries import documented_relations

    with asked(context).ledger() as (_, _settings, ledger):
        found = documented_relations(ledger, name)
    if as_json:
        document = [
            {
                "name": each.name,
                "meaning": each.meaning,
                "columns": [dict(zip(("name", "type"), column, strict=True)) for column in each.columns],
            }
            for each in found
        ]
        console.print_json({"relations": document})
        return
    for each in found:
        console.print_text(f"{each.name}: {each.meaning}")
        if name is None:
            console.print_text(f"    {', '.join(column for column, _ in each.columns)}")
        else:
            for column, kind in each.columns:
                console.print_text(f"    {column}  {kind.lower()}")


# --- settings ---------------------------------------------------------------------------------------------------


def settings_log(context: typer.Context, as_json: AsJson = False) -> None:
    """What grant.toml said when: its versions, what each changed, and the claims that rest on it."""
    from grantkit.auditing.settings_log import settings_log as versions

    with asked(context).ledger(record_only=True) as (_, settings, ledger):
        found = versions(ledger, settings)
    if as_json:
        console.print_json({"versions": [version.as_json() for version in found]})
        return
    listing = console.Listing(
        [console.Column("version", figures=True)]
        + [console.Column(name) for name in ("from", "user", "met by", "claims")]
        + [console.Column("changed", wraps=True)]
    )
    for version in found:
        changed = "\n".join(map(str, version.changes)) or ("" if version is not found[0] else "the first")
        listing.add(
            "" if version.version is None else str(version.version),
            "not used yet" if version.noted_at is None else f"{version.noted_at:%Y-%m-%d %H:%M}",
            *(version.user or "", version.command or "", ", ".join(version.claims), changed),
        )
    console.print_listing(listing)
