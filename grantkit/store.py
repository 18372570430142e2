"""The ledger's store: the one home of DuckDB.

The tables live in a catalogue called ``store`` (today a DuckDB file); the main database is in memory and holds the
temporary tables and views that give the tables their meaning. SQL lives in files under ``sql/``; nothing here or
elsewhere pastes SQL together.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import importlib.resources
import itertools
import json
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from grantkit import __version__
from grantkit.clock import now
from grantkit.errors import Place, UnreadableError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Params = Mapping[str, Any]

#: Memory that DuckDB may use before it spills into the workspace.
MEMORY_LIMIT = "1GB"
#: Bytes of a ledger below which a second thread costs more than it brings.
SMALL_LEDGER = 24_000_000


def _sql_folder() -> Traversable:
    return importlib.resources.files("grantkit") / "sql"


@functools.cache
def statement(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return (_sql_folder() / f"{name}.sql").read_text(encoding="utf-8")


@functools.cache
def names_in(folder: str) -> tuple[str, ...]:
    """The SQL files of one folder of ``sql/``, in the order of their names."""
    found = (entry.name for entry in (_sql_folder() / folder).iterdir())
    return tuple(f"{folder}/{name.removesuffix('.sql')}" for name in sorted(found) if name.endswith(".sql"))


class MalformedTextError(Exception):
    """A CSV file that only the exact path can read; its message is for nobody but the caller."""


class QueryError(Exception):
    """What DuckDB says of a person's statement that it cannot carry out."""


class Ledger:
    """An open ledger. Use it as a context manager; ``open_ledger`` makes it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
        self.connection = connection
        self.path = path
        self._locked = False
        self._timer: threading.Timer | None = None
        self._structures: dict[str, dict[str, str]] = {}
        #: Whether the file was made to be written to now: where nothing comes of that, nothing is left behind.
        self.is_new = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, problem: BaseException | None, __: object) -> None:
        nothing = self.path if problem is not None and self.is_new and self._is_empty() else None
        if nothing and os.name == "posix":  # before others, who wait for the lock, can have it
            nothing.unlink(missing_ok=True)
        self.close()
        if nothing and os.name != "posix":
            nothing.unlink(missing_ok=True)
        if isinstance(problem, duckdb.Error) and not isinstance(problem, duckdb.ProgrammingError):
            raise _unreadable(self.path or Path("ledger"), problem, write=True) from problem

    def _is_empty(self) -> bool:
        with contextlib.suppress(duckdb.Error):
            return not self.rows("auditing/last_entry")
        return False

    def close(self) -> None:
        """Close the connection and let go of the file."""
        if self._timer is not None:
            self._timer.cancel()
        self.connection.close()

    def run(self, name: str, params: Params | None = None) -> None:
        """Run the statements of ``sql/<name>.sql``. Raises MalformedTextError where a CSV file is not plain."""
        self._execute(name, params)

    def rows(self, name: str, params: Params | None = None) -> list[tuple[Any, ...]]:
        """All rows that ``sql/<name>.sql`` gives."""
        return self._execute(name, params).fetchall()

    def records(self, name: str, params: Params | None = None) -> list[dict[str, Any]]:
        """All rows that ``sql/<name>.sql`` gives, each with its columns' names."""
        result = self._execute(name, params)
        columns = [column[0] for column in result.description or []]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def table(self, name: str, params: Params | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns that ``sql/<name>.sql`` gives, and all rows."""
        result = self._execute(name, params)
        return [column[0] for column in result.description or []], result.fetchall()

    def value(self, name: str, params: Params | None = None) -> Any:
        """The first column of the only row that ``sql/<name>.sql`` gives."""
        row = self._execute(name, params).fetchone()
        return None if row is None else row[0]

    def _execute(self, name: str, params: Params | None) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(statement(name), dict(params or {}))
        except (duckdb.InvalidInputException, duckdb.NotImplementedException) as problem:
            if "CSV Error" in str(problem) or "CSV Reader" in str(problem):  # the latter of a very long line
                raise MalformedTextError(str(problem)) from problem
            raise

    def set_variables(self, values: Params) -> None:
        """Set the variables that relations read with ``getvariable()``."""
        for name, value in values.items():
            if not re.fullmatch(r"[a-z_0-9]+", name):
                raise ValueError(f"not a variable's name: {name}")
            # without its type an unknown would be a whole number, which texts cannot be compared with
            typed = "cast($value as varchar)" if value is None else "$value"
            self.connection.execute(f"set variable {name} = {typed}", {"value": value})

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table that has exactly their columns.

        They travel as one JSON text, decimals and dates as strings: binding values one by one is far slower.
        """
        if not rows:
            return
        names = list(self._structure(table))
        text = json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=_as_text)
        self.connection.execute(
            f"insert into {table} select unnest(from_json($rows, $structure), recursive := true)",
            {"rows": text, "structure": json.dumps([self._structure(table)])},
        )

    def _structure(self, table: str) -> dict[str, str]:
        """A table's columns and their types."""
        if table not in self._structures:
            described = self.connection.execute(f"describe {table}").fetchall()
            self._structures[table] = {
                name: "VARCHAR" if kind == "JSON" else kind for name, kind, *_ in described
            }
        return self._structures[table]

    @property
    def is_large(self) -> bool:
        """Whether working things out anew is felt."""
        return self.path is not None and is_large(self.path)

    def read_kept(self, state: str) -> bool:
        """Take the coding of lines that is kept beside the ledger, if it rests on this state."""
        kept = self._kept_path()
        if not kept.exists():
            return False
        try:
            self._attach_kept(kept, " (read_only)")
        except duckdb.Error:
            return False
        with contextlib.suppress(duckdb.Error):
            if self.value("kept/found") == state:
                self.run("kept/read")
                return True
        self.connection.execute("detach kept")
        return False

    def write_kept(self, state: str) -> None:
        """Keep the coding of lines beside the ledger; where that cannot be done it is worked out anew each time."""
        part = self._kept_path().with_suffix(f".{os.getpid()}.part")
        self.set_variables({"coding_state": state})
        try:
            self._attach_kept(part, "")
            try:
                self.run("kept/write")
            finally:
                self.connection.execute("detach kept")
            part.replace(self._kept_path())
        except (duckdb.Error, OSError):
            part.unlink(missing_ok=True)

    def _attach_kept(self, path: Path, mode: str) -> None:
        quoted = str(path).replace("'", "''")
        self.connection.execute(f"attach '{quoted}' as kept{mode}")

    def _kept_path(self) -> Path:
        assert self.path is not None
        return self.path.with_name(f".{self.path.name}.coding")

    def lock(self) -> None:
        """Take away every way to files and settings, for good: from here on only what a statement reads."""
        if not self._locked:
            self.connection.execute("set enable_external_access = false")
            self.connection.execute("set lock_configuration = true")
            self._locked = True

    def ask(
        self, sql: str, *, timeout: float, params: Params | None = None
    ) -> tuple[list[tuple[str, str]], Iterator[tuple[Any, ...]]]:
        """Run a person's statement, already checked, and give its columns and, as they are asked for, its rows.

        The columns are pairs of name and type.

        Raises QueryError where it fails or takes longer than ``timeout`` seconds.
        """
        self._timer = timer = threading.Timer(timeout, self.connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            result = self.connection.execute(sql, dict(params or {}))
        except duckdb.Error as problem:
            timer.cancel()
            raise _query_error(problem, timeout) from problem
        columns = [(column[0], str(column[1])) for column in result.description or []]

        def rows() -> Iterator[tuple[Any, ...]]:
            try:
                while batch := result.fetchmany(1000):
                    yield from batch
            except duckdb.Error as problem:
                raise _query_error(problem, timeout) from problem
            finally:
                timer.cancel()

        return columns, rows()

    def view_of_rows(self, name: str) -> None:
        """Make the view ``source_rows`` over what ``sql/<name>.sql`` reads: row, cells, beyond, broken, c1, c2, …"""
        self.connection.sql(statement(name)).create_view("source_rows", replace=True)

    def view_of_column(self, view: str, number: int) -> None:
        """Make a view (row, cell) of one column of ``source_rows``, counted from 1."""
        rows = self.connection.view("source_rows")
        column = duckdb.ColumnExpression
        rows.select(column("row"), column(f"c{number}").alias("cell")).create_view(view, replace=True)

    def view_of_source(
        self,
        *,
        fields: Mapping[str, str],
        parts: Mapping[str, tuple[str, str, int]],
        constants: Mapping[str, str | None],
        extra: Mapping[str, str],
    ) -> None:
        """Make the view ``source_text`` over ``source_rows``.

        Its columns: row, cells, beyond, broken; each field of ``fields`` from the column that it names, each of
        ``parts`` from what a group of a pattern finds in one (a blank takes the field's constant, if it has one),
        each other one of ``constants`` with its value; and ``extra``, the columns left over by their headers, as JSON.

        Raises QueryError where a pattern is none that DuckDB knows.
        """
        column, constant, function = (
            duckdb.ColumnExpression,
            duckdb.ConstantExpression,
            duckdb.FunctionExpression,
        )

        def filled(source: duckdb.Expression, text: str | None) -> duckdb.Expression:
            if text is None:
                return source
            not_blank = function("trim", source) != constant("")
            return duckdb.CoalesceOperator(duckdb.CaseExpression(not_blank, source), constant(text))

        found = {field: column(source) for field, source in fields.items()}
        found |= {
            field: function("regexp_extract", column(source), constant(pattern), constant(group))
            for field, (source, pattern, group) in parts.items()
        }
        left_over: duckdb.Expression = constant(None)
        if extra:
            pairs = [part for header, source in extra.items() for part in (constant(header), column(source))]
            left_over = function("json_object", *pairs)
        chosen = [column(name) for name in ("row", "cells", "beyond", "broken")]
        chosen += [filled(source, constants.get(field)).alias(field) for field, source in found.items()]
        chosen += [
            constant(text).cast("varchar").alias(field)
            for field, text in constants.items()
            if field not in found
        ]
        chosen.append(left_over.cast("json").alias("extra"))
        try:
            self.connection.view("source_rows").select(*chosen).create_view("source_text", replace=True)
        except duckdb.Error as problem:
            raise QueryError(str(problem)) from problem

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.connection.execute("begin transaction")
        try:
            yield
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self.connection.execute("rollback")
            raise
        self.connection.execute("commit")


def _as_text(value: object) -> str:
    """What JSON has no type for."""
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def is_large(path: Path) -> bool:
    """Whether a ledger is so large that working things out anew is felt."""
    return path.is_file() and path.stat().st_size >= SMALL_LEDGER


def _query_error(problem: duckdb.Error, timeout: float) -> QueryError:
    if isinstance(problem, duckdb.InterruptException):
        return QueryError(f"it took longer than {timeout:g} seconds")
    if isinstance(problem, duckdb.OutOfMemoryException):
        return QueryError(f"it needs more memory than {MEMORY_LIMIT}")
    if "'pytz'" in str(problem):
        return QueryError("a time with a zone, as now() gives, cannot be shown: cast it to timestamp")
    return QueryError(str(problem))


def write_parquet(columns: Mapping[str, str], rows: Iterable[Sequence[Any]], target: Path) -> None:
    """Write rows to a Parquet file, each column with its type; HUGEINT, as sums are, as DECIMAL(38, 0).

    What is no number, text, truth value or point in time goes as text, nested values as JSON. The file is written by
    a database of its own: where the rows come from, files are out of reach. Raises QueryError where a whole number
    has more than 38 digits.
    """
    wide = "HUGEINT" in columns.values()
    kept = {f"c{number}": _kept_as(kind) for number, kind in enumerate(columns.values(), 1)}
    with Ledger(duckdb.connect(":memory:", config={"memory_limit": MEMORY_LIMIT}), None) as scratch:
        scratch.set_variables({"rows": "[]", "structure": json.dumps([kept])})
        scratch.run("kept/answer")
        coming = iter(rows)
        while batch := list(itertools.islice(coming, 10_000)):
            if any(isinstance(value, int) and abs(value) >= 10**38 for row in batch for value in row if wide):
                raise QueryError("a whole number has more than 38 digits: cast it to varchar")
            scratch.fill("answer", batch)
        named = [
            duckdb.ColumnExpression(short).alias(name) for short, name in zip(kept, columns, strict=True)
        ]
        scratch.connection.table("answer").select(*named).write_parquet(str(target))


def _kept_as(kind: str) -> str:
    if kind == "HUGEINT":
        return "DECIMAL(38,0)"
    plain = re.fullmatch(
        r"U?(TINY|SMALL|BIG)?INT(EGER)?|FLOAT|DOUBLE|BOOLEAN|DATE|TIME|TIMESTAMP|DECIMAL\(.*\)", kind
    )
    return kind if plain else "VARCHAR"


def open_ledger(path: Path, *, write: bool = False, wait: float = 0.0, much_to_do: bool = False) -> Ledger:
    """Open the workspace's ledger.

    ``write`` makes the file where there is none and migrates an older one; without it the file is opened read-only,
    and an absent ledger is an empty one. ``much_to_do`` gives a small ledger all cores too. ``wait`` is how many
    seconds to wait while another process holds the file.

    Raises UnreadableError where the file is no ledger, is held by another process, or was written by a newer
    grantkit.
    """
    connection = _connect(path, all_cores=much_to_do or is_large(path))
    ledger = Ledger(connection, path)
    try:
        if not write and not path.exists():
            connection.execute("attach ':memory:' as store")
            _migrate(ledger)
        else:
            ledger.is_new = not path.exists()
            _attach(connection, path, write=write, wait=wait)
            _check_version(ledger, write=write)
    except BaseException:
        connection.close()
        raise
    return ledger


def _connect(path: Path, *, all_cores: bool) -> duckdb.DuckDBPyConnection:
    """An in-memory database that keeps to itself: no extensions, no looking into Python, spilling beside the ledger."""
    return duckdb.connect(
        ":memory:",
        config={
            "temp_directory": str(path.parent / ".grantkit-spill"),
            "memory_limit": MEMORY_LIMIT,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            # the relations join the large side to small look-ups on the right; a guess can only be worse
            "disabled_optimizers": "build_side_probe_side",
            **({} if all_cores else {"threads": "1"}),
        },
    )


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, *, write: bool, wait: float) -> None:
    mode = "" if write else " (read_only)"
    quoted = str(path).replace("'", "''")
    until = time.monotonic() + wait
    while True:
        try:
            connection.execute(f"attach '{quoted}' as store{mode}")
            return
        except duckdb.Error as problem:
            busy = re.search(r"Conflicting lock is held in .*?\(PID (\d+)\)", str(problem))
            if busy is None:
                raise _unreadable(path, problem, write=write) from problem
            if time.monotonic() >= until:
                raise UnreadableError(
                    f"the ledger is busy, used by process {busy[1]}",
                    where=Place(path.name),
                    hint="try again when that command is done, or let this one wait: grantkit --wait 60 …",
                ) from problem
        time.sleep(0.1)


def _unreadable(path: Path, problem: duckdb.Error, *, write: bool) -> UnreadableError:
    text = str(problem)
    where = Place(path.name)
    if path.is_dir():
        return UnreadableError(
            "this is a folder, not a ledger", where=where, hint="name another file under store in grant.toml"
        )
    if "Permission denied" in text:
        done = "written" if write else "read"
        return UnreadableError(
            f"the ledger cannot be {done}: Permission denied",
            where=where,
            hint="check the folder and its permissions",
        )
    if (
        "not a valid DuckDB database file" in text
        or "Serialization" in text
        or "checksum" in text
        or "enough bytes" in text
    ):
        return UnreadableError(
            "this file is no grantkit ledger, or it is damaged",
            where=where,
            hint="name another file under store in grant.toml, or put back a copy of the ledger",
        )
    if "version number" in text:
        return UnreadableError(
            "the ledger was written by a newer version of DuckDB", where=where, hint="upgrade grantkit"
        )
    if isinstance(problem, duckdb.OutOfMemoryException):
        return UnreadableError(
            f"this needs more memory than {MEMORY_LIMIT}, or more room on the disk to spill to",
            where=where,
            hint="free some room on the disk that holds the workspace",
        )
    return UnreadableError(
        f"the ledger cannot be read or written: {text.splitlines()[0]}",
        where=where,
        hint="check the folder's permissions and the room on its disk",
    )


def _version(ledger: Ledger) -> int | None:
    """The schema's version; 0 where the file holds nothing yet, None where it is somebody else's database."""
    tables = {
        row[0]
        for row in ledger.connection.execute(
            "select table_name from duckdb_tables() where database_name = 'store'"
        ).fetchall()
    }
    if not tables:
        return 0
    if "schema_version" not in tables:
        return None
    row = ledger.connection.execute("select max(version) from store.schema_version").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _check_version(ledger: Ledger, *, write: bool) -> None:
    found, newest = _version(ledger), len(names_in("schema"))
    where = Place(ledger.path.name if ledger.path else "ledger")
    if found is None:
        raise UnreadableError(
            "this DuckDB file is no grantkit ledger",
            where=where,
            hint="name another file under store in grant.toml",
        )
    if found > newest:
        raise UnreadableError(
            f"the ledger was written by a newer grantkit (schema {found}; this one knows {newest})",
            where=where,
            hint="upgrade grantkit",
        )
    if found < newest:
        if not write:
            ledger.connection.execute("detach store")
            _upgrade(ledger)
        else:
            _migrate(ledger, found)


def _upgrade(ledger: Ledger) -> None:
    """Migrate a ledger of an older version, then look at it read-only again."""
    assert ledger.path is not None
    _attach(ledger.connection, ledger.path, write=True, wait=0)
    _migrate(ledger, _version(ledger) or 0)
    ledger.connection.execute("detach store")
    _attach(ledger.connection, ledger.path, write=False, wait=0)


def _migrate(ledger: Ledger, found: int = 0) -> None:
    """Bring the schema up to date, all of it or nothing."""
    moment = now()
    with ledger.transaction():
        for number, name in enumerate(names_in("schema"), 1):
            if number > found:
                ledger.connection.execute(statement(name))
                ledger.fill("store.schema_version", [(number, moment, __version__)])
