"""The ledger's file: what is opened, migrated or refused, and who may hold it (exit 3, and nothing changed)."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from unittest import mock

import duckdb
import pytest
from product import LEDGER, Workspace, is_refused, settings
from test_agreement import first_disagreement

from grantkit import store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INVOICES = "document,line,supplier,accounting_date,net\nINV-1,1,Acme,2024-05-01,145.00\n"
STATUS = ("status", "--json")


@pytest.fixture(scope="module")
def award(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An award with one invoice line in its ledger; what changes it takes a copy."""
    workspace = Workspace(tmp_path_factory.mktemp("one-line") / "award")
    workspace.write("q1.csv", INVOICES)
    workspace.take_in("q1.csv")
    return workspace


@pytest.fixture
def workspace(award: Workspace, tmp_path: Path) -> Workspace:
    return award.copied(tmp_path / "award")


def every_command(workspace: Workspace) -> Iterator[tuple[str, ...]]:
    """Commands that read the ledger, and commands that write it."""
    yield from (STATUS, ("claim", "list"), ("variance",), ("trace", "1"), ("query", "select 1 as one"))
    yield ("import", str(workspace.write("q2.csv", INVOICES.replace("INV-1", "INV-2"))), "--kind", "invoices")
    yield ("claim", "prepare", "Q1")
    yield ("decide", "1", "--ineligible", "--reason", "why")


# --------------------------------------------------------------------------------------
# Files that are no ledger of this version
# --------------------------------------------------------------------------------------


def test_a_ledger_of_a_newer_grantkit_is_refused(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.ledger)) as ledger:
        ledger.execute("insert into schema_version values (99, '2031-01-01', '9.0.0')")
    before = workspace.ledger.read_bytes()
    for words in every_command(workspace):
        done = workspace.run(*words)
        assert is_refused(done, code=3), words
        assert "newer" in done.err
    assert workspace.ledger.read_bytes() == before


@pytest.mark.parametrize("sql", ["create table staff (name text)", "create table batch (batch integer)"])
def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path, sql: str) -> None:
    workspace = Workspace(tmp_path / "award")
    with duckdb.connect(str(workspace.ledger)) as theirs:
        theirs.execute(sql)
    before = workspace.ledger.read_bytes()
    for words in every_command(workspace):
        assert is_refused(workspace.run(*words), code=3), words
    assert workspace.ledger.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "emptied", "text", "scrambled"])
def test_a_damaged_ledger_is_refused_and_left_as_it_is(workspace: Workspace, damage: str) -> None:
    whole = workspace.ledger.read_bytes()
    scrambled = bytes(255 - byte for byte in whole[12288:20480])
    workspace.ledger.write_bytes(
        {
            "cut": whole[:5000],
            "emptied": b"",
            "text": b"These are my notes.\n",
            "scrambled": whole[:12288] + scrambled + whole[20480:],
        }[damage]
    )
    before = workspace.ledger.read_bytes()
    for words in every_command(workspace):
        assert is_refused(workspace.run(*words), code=3), words
    assert workspace.ledger.read_bytes() == before


def test_without_a_ledger_all_is_empty_and_reading_makes_none(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "award")
    assert workspace.json("status")["total"]["invoiced"] == "0.00"
    assert workspace.query("select * from invoice_lines") == []
    assert workspace.json("claim", "list") == {"claims": []}
    assert not workspace.ledger.exists()


def test_the_ledger_may_have_any_name_and_lie_elsewhere(tmp_path: Path) -> None:
    for name in ("the officer's ledger.duckdb", "../beside.duckdb", "$HOME {x} %s.duckdb"):
        workspace = Workspace(tmp_path / "award", settings(store=name))
        workspace.write("q1.csv", INVOICES)
        workspace.take_in("q1.csv")
        assert (workspace.folder / name).is_file()
        assert workspace.query("select document from invoice_lines") == [{"document": "INV-1"}]


# --------------------------------------------------------------------------------------
# Schema and migrations
# --------------------------------------------------------------------------------------

NEW_COLUMN = "alter table store.batch add column remark varchar; create table store.note (text varchar);"
BREAKS = NEW_COLUMN + " select error('the disk is full');"
MIGRATION = "schema/002_tried"


@contextlib.contextmanager
def with_migration(sql: str, name: str = MIGRATION) -> Iterator[None]:
    """grantkit as it will be once there is another migration."""
    statement, names_in = store.statement, store.names_in

    def names(folder: str) -> tuple[str, ...]:
        found = names_in(folder)
        return found if folder != "schema" or name in found else (*found, name)

    def text(asked: str) -> str:
        return sql if asked == name else statement(asked)

    with mock.patch.object(store, "names_in", names), mock.patch.object(store, "statement", text):
        yield


def tables(path: Path) -> set[str]:
    with duckdb.connect(str(path), read_only=True) as ledger:
        return {row[0] for row in ledger.execute("select table_name from duckdb_tables()").fetchall()}


def versions(path: Path) -> list[int]:
    with duckdb.connect(str(path), read_only=True) as ledger:
        return [row[0] for row in ledger.execute("select version from schema_version order by 1").fetchall()]


def test_an_empty_database_gets_the_whole_schema(tmp_path: Path) -> None:
    path = tmp_path / LEDGER
    duckdb.connect(str(path)).close()
    with store.open_ledger(path, write=True):
        pass
    assert {"batch", "invoice_line", "order_line", "reject", "claim", "audit_log"} <= tables(path)
    assert versions(path) == list(range(1, len(store.names_in("schema")) + 1))


def test_a_schema_that_fails_leaves_an_empty_database(tmp_path: Path) -> None:
    path = tmp_path / LEDGER
    duckdb.connect(str(path)).close()
    first = store.names_in("schema")[0]
    with (
        with_migration(store.statement(first) + BREAKS, first),
        pytest.raises(duckdb.Error, match="disk is full"),
    ):
        store.open_ledger(path, write=True)
    assert tables(path) == set()
    with store.open_ledger(path, write=True):
        pass
    assert versions(path)


@pytest.mark.parametrize(
    "words", [STATUS, ("decide", "1", "--ineligible", "--reason", "why")], ids=["read", "write"]
)
def test_an_older_ledger_is_migrated_and_keeps_its_data(workspace: Workspace, words: tuple[str, ...]) -> None:
    known = versions(workspace.ledger)
    before = workspace.query("select * exclude (remark) from (select *, null as remark from batches)")
    with with_migration(NEW_COLUMN):
        workspace.do(*words)
        assert workspace.query("select remark from batches") == [{"remark": None}]
        assert workspace.query("select document, net from invoice_lines") == [
            {"document": "INV-1", "net": "145.00"}
        ]
        assert workspace.query("select * exclude (remark) from batches") == before
        workspace.do(*words)
    assert versions(workspace.ledger) == [*known, known[-1] + 1]
    assert is_refused(workspace.run(*words), code=3)  # by this grantkit, which is now the older one


@pytest.mark.parametrize(
    "words", [STATUS, ("decide", "1", "--ineligible", "--reason", "why")], ids=["read", "write"]
)
def test_a_migration_that_fails_leaves_the_ledger_as_it_was(
    workspace: Workspace, words: tuple[str, ...]
) -> None:
    known, names = versions(workspace.ledger), tables(workspace.ledger)
    with with_migration(BREAKS):
        assert is_refused(workspace.run(*words), code=3)
    assert (versions(workspace.ledger), tables(workspace.ledger)) == (known, names)
    assert workspace.query("select document from invoice_lines") == [{"document": "INV-1"}]
    workspace.do(*words)


# --------------------------------------------------------------------------------------
# Several processes
# --------------------------------------------------------------------------------------

HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def held(path: Path, how: str = "write") -> Iterator[subprocess.Popen[str]]:
    """Another process has the ledger open, until its standard input ends."""
    words = [sys.executable, "-c", HOLDER, str(path), how]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        let_go(process)


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def test_a_ledger_that_another_process_writes_is_busy(workspace: Workspace) -> None:
    with held(workspace.ledger) as holder:
        for words in every_command(workspace):
            done = workspace.run(*words)
            assert is_refused(done, code=3), words
            assert str(holder.pid) in done.err
            assert "--wait" in done.err
    assert workspace.query("select count(*) as n from audit_log where command = 'import'") == [{"n": 1}]


def test_readers_share_the_ledger_and_a_writer_waits_for_them(workspace: Workspace) -> None:
    path = workspace.write("q2.csv", INVOICES.replace("INV-1", "INV-2"))
    with held(workspace.ledger, "read") as holder:
        assert workspace.json("status")["total"]["invoiced"] == "145.00"
        assert workspace.query("select document from invoice_lines") == [{"document": "INV-1"}]
        done = workspace.run("import", path, "--kind", "invoices")
        assert is_refused(done, code=3)
        assert str(holder.pid) in done.err
    workspace.do("import", path, "--kind", "invoices")


@pytest.mark.parametrize("writes", [False, True], ids=["read", "write"])
def test_wait_waits_until_the_ledger_is_let_go(workspace: Workspace, writes: bool) -> None:
    path = workspace.write("q2.csv", INVOICES.replace("INV-1", "INV-2"))
    words = ("import", path, "--kind", "invoices") if writes else STATUS
    waited = []
    with held(workspace.ledger) as holder:

        def the_other_ends(_seconds: float) -> None:
            waited.append(1)
            let_go(holder)

        with mock.patch.object(time, "sleep", the_other_ends):
            done = workspace.run("--wait", "60", *words)
    assert done.code == 0, done.err
    assert waited


def test_wait_gives_up_when_its_time_is_over(workspace: Workspace) -> None:
    with held(workspace.ledger) as holder:
        done = workspace.run("--wait", "0.2", *STATUS)
    assert is_refused(done, code=3)
    assert str(holder.pid) in done.err


def test_after_every_command_the_ledger_is_let_go(workspace: Workspace) -> None:
    for words in (*every_command(workspace), ("query", "select nonsense"), ("claim", "prepare", "Q9")):
        workspace.run(*words)
        with duckdb.connect(str(workspace.ledger)) as ledger:
            ledger.execute("select 1")
        assert not workspace.ledger.with_suffix(".duckdb.wal").exists()


# --------------------------------------------------------------------------------------
# What is kept beside a large ledger
# --------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_large_ledger_says_the_same_as_a_small_one(tmp_path: Path) -> None:
    """Of a large ledger the coding of lines is kept; whatever happens next, the figures are the auditor's."""
    with mock.patch.object(store, "SMALL_LEDGER", 0):
        assert first_disagreement(21, tmp_path, decisions=True, undos=True, quarters=1, lines=6) is None


@pytest.mark.parametrize("damage", [b"", b"These are my notes.\n", None], ids=["empty", "text", "cut"])
def test_a_damaged_file_beside_the_ledger_changes_no_figure(
    workspace: Workspace, damage: bytes | None
) -> None:
    want = workspace.json("status")
    with mock.patch.object(store, "SMALL_LEDGER", 0):
        assert workspace.json("status") == want
        beside = [path for path in workspace.folder.glob(f".{LEDGER}*") if path.is_file()]
        for path in beside:
            path.write_bytes(path.read_bytes()[:5000] if damage is None else damage)
        assert workspace.json("status") == want


def test_other_settings_change_a_large_ledgers_figures_at_once(workspace: Workspace) -> None:
    with mock.patch.object(store, "SMALL_LEDGER", 0):
        assert workspace.json("status")["total"]["eligible"] == "145.00"
        rule = '\n[[ineligible]]\nreason = "None of it"\nsupplier = "Acme"\n'
        workspace.write("grant.toml", settings() + rule)
        assert workspace.json("status")["total"]["eligible"] == "0.00"
