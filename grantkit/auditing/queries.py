"""A person's own SQL over the ledger: exactly one statement that reads, and nothing that it could hurt.

The ledger is attached read-only, access to files is off and the configuration locked. That alone does not protect
a DuckDB file, so the statement is parsed first: it must be one SELECT over the ledger's relations, with no table
function but a few that only make rows, and no function that reaches outside (see docs/architecture.md).
"""

from __future__ import annotations

import datetime
import difflib
import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit import store
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.relations import lay_documented
from grantkit.store import Ledger, QueryError, names_in, statement
from grantkit.workspace import replacing_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

#: Table functions that only make rows out of their arguments.
TABLE_FUNCTIONS = frozenset(
    {
        "range",
        "generate_series",
        "unnest",
        "repeat",
        "json_each",
        "json_tree",
        "duckdb_columns",
        "duckdb_views",
    }
)
#: Functions that reach outside the statement, or change something.
REFUSED_FUNCTIONS = frozenset(
    {
        *("getenv", "nextval", "currval", "write_log", "query", "query_table", "sleep_ms", "setseed"),
        *("current_setting", "getvariable", "parse_duckdb_log_message", "json_execute_serialized_sql"),
    }
)


@dataclass(frozen=True)
class Answer:
    """A query's columns, their types, and its rows, which are read as they are asked for."""

    columns: list[str]
    types: list[str]
    rows: Iterator[tuple[Any, ...]]

    @property
    def names(self) -> list[str]:
        """The columns' names with a number behind those that come again, as an object's keys must differ."""
        names: list[str] = []
        for column in self.columns:
            again = sum(name == column or name.startswith(f"{column}_") for name in names)
            names.append(column if column not in names else f"{column}_{again + 1}")
        return names

    def plain_rows(self) -> Iterator[Sequence[Any]]:
        """The rows with nested values, times and whatever else is no plain number, text or day as ``plain`` has it."""
        odd = [place for place, kind in enumerate(self.types) if not re.fullmatch(_PLAIN_TYPES, kind)]
        if not odd:
            yield from self.rows
            return
        for values in self.rows:
            row = list(values)
            for place in odd:
                row[place] = plain(row[place])
            yield row


#: Types whose values are written as they are: millions of rows need not be looked at cell by cell.
_PLAIN_TYPES = r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BOOLEAN|VARCHAR|JSON|DATE|DECIMAL\(.*\)"


def ask(
    ledger: Ledger, sql: str, *, timeout: float = 60.0, params: Mapping[str, str] | None = None
) -> Answer:
    """Run one statement that reads. ``timeout`` is in seconds; ``params`` are texts for its ``$name``.

    Raises RequestError where it is not exactly one SELECT over the ledger's relations, or fails.
    """
    lay_documented(ledger)
    check(ledger, sql)
    ledger.lock()
    try:
        columns, rows = ledger.ask(sql, timeout=timeout, params=params)
    except QueryError as problem:
        raise _failed(ledger, sql, str(problem)) from problem
    return Answer([name for name, _ in columns], [kind for _, kind in columns], _rows(ledger, sql, rows))


@dataclass(frozen=True)
class Relation:
    """A relation that a query may read: what one row of it is, and its columns with their types."""

    name: str
    meaning: str
    columns: tuple[tuple[str, str], ...]


def documented_relations(ledger: Ledger, name: str | None = None) -> list[Relation]:
    """The documented relations, or the one of that name. Raises RequestError, proposing the nearest, for another."""
    lay_documented(ledger)
    found = {row[0]: row[1] for row in ledger.rows("auditing/relations_documented")}
    if name is not None and name not in found:
        near = difflib.get_close_matches(name, found, n=1)
        raise RequestError(
            f"there is no relation {name}",
            hint=f"did you mean {near[0]}?" if near else f"relations: {', '.join(found)}",
        )
    return [
        Relation(each, meaning, tuple(ledger.rows("auditing/columns_of", {"name": each})))
        for each, meaning in found.items()
        if name in {None, each}
    ]


def named_queries() -> dict[str, str]:
    """The queries that travel with grantkit: what each shows, by its name."""
    return {
        name.rpartition("/")[2]: " ".join(
            line.removeprefix("--").strip() for line in statement(name).splitlines() if line.startswith("--")
        )
        for name in names_in("queries")
    }


def named_query(name: str) -> str:
    """The SQL of a query that travels with grantkit. Raises RequestError, proposing the nearest, for another."""
    known = named_queries()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean :{near[0]}?" if near else "grantkit query --list names them"
        raise RequestError(f"there is no query called {name}", hint=hint)
    return statement(f"queries/{name}")


def write_workbook(answer: Answer, target: Path) -> None:
    """Write a query's rows to a workbook. Raises UnreadableError where it cannot be written."""
    from grantkit.workbook.listing import write_listing

    write_listing(answer.columns, answer.rows, target, moment=now())


def write_parquet(answer: Answer, target: Path) -> None:
    """Write a query's rows to a Parquet file, nested values as JSON.

    Raises UnreadableError where it cannot be written, RequestError where a number is too large for it.
    """
    columns = dict(zip(answer.names, answer.types, strict=True))
    try:
        with replacing_file(target) as part:
            store.write_parquet(columns, answer.plain_rows(), part)
    except QueryError as problem:
        raise RequestError(f"the query fails: {problem}", hint="cast(… as varchar) in the query") from problem


def lines_where(ledger: Ledger, condition: str) -> list[int]:
    """The numbers of the invoice lines for which a condition holds, or of the order lines where only they have its
    columns.

    Raises RequestError where it is no condition over either.
    """
    statements = [
        f"select line_id from {name} where ({condition}\n)"  # noqa: S608 - checked as every query is
        for name in ("invoice_lines", "order_lines")
    ]
    try:
        return [row[0] for row in ask(ledger, statements[0]).rows]
    except RequestError as problem:
        if "not found" not in problem.what:
            raise
        return [row[0] for row in ask(ledger, statements[1]).rows]


def _rows(ledger: Ledger, sql: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    try:
        yield from rows
    except QueryError as problem:
        raise _failed(ledger, sql, str(problem)) from problem


def check(ledger: Ledger, sql: str) -> None:
    """Refuse what is not exactly one SELECT over the ledger's relations. Raises RequestError."""
    if not sql.strip():
        raise RequestError("the query is empty", hint='for example: grantkit query "select * from batches"')
    if "\0" in sql:
        raise RequestError("the query holds a NUL character", hint="take it out")
    tree = json.loads(ledger.value("auditing/parse", {"sql": sql}))
    if tree["error"]:
        if tree["error_type"] == "parser":
            raise _failed(
                ledger, sql, f"Parser Error: {tree['error_message']}", position=tree.get("position")
            )
        raise RequestError("only a SELECT is allowed here", hint="a query reads; it cannot change anything")
    if len(tree["statements"]) != 1:
        raise RequestError("only one statement is allowed", hint="run them one by one")
    relations = _relations(ledger)
    for node in _nodes(tree["statements"][0]):
        _check_node(node, relations | _common_tables(tree["statements"][0]))


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _common_tables(tree: object) -> set[str]:
    """The names that the statement itself gives to its WITH clauses."""
    return {
        str(entry["key"]).lower()
        for node in _nodes(tree)
        if isinstance(node.get("cte_map"), dict)
        for entry in node["cte_map"].get("map", [])
    }


def _relations(ledger: Ledger) -> set[str]:
    return {row[0].lower() for row in ledger.rows("auditing/relation_names")}


def _check_node(node: dict[str, Any], relations: set[str]) -> None:
    if node.get("type") == "TABLE_FUNCTION":
        name = str(node["function"].get("function_name", "")).lower()
        if name not in TABLE_FUNCTIONS:
            raise RequestError(
                f"the function {name} is not allowed in a query",
                hint=f"a query reads the ledger's relations: {_listed()}",
            )
    elif node.get("type") == "FUNCTION" and str(node.get("function_name", "")).lower() in REFUSED_FUNCTIONS:
        raise RequestError(
            f"the function {node['function_name']} is not allowed in a query",
            hint="a query reads the ledger and nothing else",
        )
    elif node.get("type") == "BASE_TABLE":
        _check_table(node, relations)


def _check_table(node: dict[str, Any], relations: set[str]) -> None:
    name = str(node.get("table_name", ""))
    if node.get("schema_name") == "information_schema" or name.lower() in relations:
        return
    near = difflib.get_close_matches(name.lower(), sorted(relations), n=1)
    raise RequestError(
        f"there is no relation {name}",
        hint=f"did you mean {near[0]}?" if near else f"relations: {_listed()}",
    )


def _listed() -> str:
    return (
        "invoice_lines, order_lines, allocations, claims, claim_lines, batches, rejects, decisions, audit_log"
    )


def _failed(ledger: Ledger, sql: str, message: str, position: str | None = None) -> RequestError:
    """DuckDB's own words about a faulty statement, shortened, with the place where it says one."""
    del ledger
    first, _, rest = message.partition("\n")
    proposed = next(
        (line.strip() for line in rest.splitlines() if "Did you mean" in line or "Candidate" in line), None
    )
    shown = (
        first.removeprefix("Parser Error: ").removeprefix("Binder Error: ").removeprefix("Catalog Error: ")
    )
    place = _place(sql, rest, position)
    return RequestError(
        f"the query fails: {shown}{place}", hint=proposed or "columns: grantkit relations invoice_lines"
    )


def _place(sql: str, told: str, position: str | None) -> str:
    """The line at fault with a caret under the place, where DuckDB says one: by its position, or drawn by itself."""
    if position is not None and str(position).isdigit():
        before = sql[: int(position)]
        column = len(before) - before.rfind("\n") - 1
        line = sql.splitlines()[before.count("\n")] if sql.splitlines()[before.count("\n") :] else ""
        return f" (line {before.count(chr(10)) + 1}, character {column + 1})\n  {line}\n  {' ' * column}^"
    drawn = re.search(r"^(LINE ([0-9]+): )(.*)\n( *)\^", told, re.MULTILINE)
    if drawn is None:
        return ""
    column = max(len(drawn[4]) - len(drawn[1]), 0)
    return f" (line {drawn[2]})\n  {drawn[3]}\n  {' ' * column}^"


def plain(value: object) -> Any:
    """A value as JSON has it: money and other decimals as text, dates ISO, the rest as it is."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
