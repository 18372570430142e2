"""``verify`` and ``seal``: an untouched history agrees, and one value changed behind grantkit's back is named."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pytest
import zstandard
from product import Workspace, is_refused, settings

from grantkit.auditing.proof import Verification, verify, verify_rows
from grantkit.relations import lay_record
from grantkit.store import open_ledger
from grantkit.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

RULES = """
[[allocation]]
work_stream = "A"
cost_centre = "CC1"
[[allocation]]
work_stream = "B"
cost_centre = "CC2"
[[ineligible]]
reason = "Hospitality"
account = "62*"
[capital]
account = "1*"
[assets]
threshold = "100.00"
[[milestone]]
stream = "A"
name = "Legal review"
due = 2024-06-28
kind = "assessment"
[[measure]]
name = "deployment days"
unit = "days"
"""
STREAMS = {"A": ("60000.00", "5000.00"), "B": "50000.00"}
INVOICES = (
    *(
        "document",
        "line",
        "supplier_id",
        "supplier",
        "invoice_date",
        "accounting_date",
        "net",
        "vat",
        "gross",
    ),
    *(
        "po",
        "po_line",
        "cost_centre",
        "account",
        "project",
        "category",
        "description",
        "paid_date",
        "extra_1",
    ),
)
ORDERS = (
    *("po", "line", "supplier_id", "supplier", "order_date", "net", "received", "status", "cost_centre"),
    *("account", "project", "category", "description"),
)


def invoice(n: int, net: str = "", date: str = "2024-05-08") -> tuple[object, ...]:
    """A line in which every cell is filled."""
    net = net or f"{100 + n}.25"
    gross = f"{float(net) + 10:.2f}"
    coding = ("CC1" if n % 2 else "CC2", "1000" if n % 3 == 0 else "4000", "P-1", "Revenue", f"Camera {n}")
    return (
        *(f"INV-{n}", "1", "S1", "Acme", "2024-05-07", date, net, "10.00", gross, f"PO{n}", "1"),
        *(*coding, "2024-06-01", ""),
    )


def order(n: int, received: str = "0.00") -> tuple[object, ...]:
    coding = ("CC1", "4000", "P-1", "Revenue", f"Cameras {n}")
    return (f"PO{n}", "1", "S1", "Acme", "2024-04-20", "900.00", received, "open", *coding)


def lived(folder: Path) -> Workspace:
    """A history with everything in it that commands leave behind."""
    at = Workspace(folder, settings(STREAMS, rules=RULES, amount="120000.00"))
    at.write_csv("orders.csv", ORDERS, [order(n) for n in range(1, 25)])
    at.take_in("orders.csv", kind="orders")
    rows = [invoice(n) for n in range(1, 27)]
    at.write_csv("invoices.csv", INVOICES, [*rows, invoice(27, "10.00")])
    at.take_in("invoices.csv")
    bad = [("BAD-1", "1", "S1", "Acme", "", "2024-05-09", "12,3O4.00")]
    total = ("Total", "", "", "", "", "", "341.61", "", "")
    at.write_csv("more.csv", INVOICES, [*bad, invoice(1), invoice(2, "111.11"), invoice(28), total])
    at.take_in("more.csv", code=1)
    at.do("rejects", "dismiss", "3:2", "--reason", "a test of the finance system")
    at.write_csv("undone.csv", INVOICES, [invoice(29)])
    at.take_in("undone.csv")
    at.do("undo", 4, "--reason", "the wrong file")
    at.do("decide", 30, "--split", "A=60,B=40", "--reason", "it is shared")
    at.do("decide", 31, "--ineligible-amount", "5.00", "--reason", "a gift")
    at.do("decide", 32, "--accounting-date", "2024-05-20", "--reason", "the work was done then")
    move = ("budget", "move", "A", "B", "100.00", "--kind", "resource", "--date", "2024-05-01")
    at.do(*move, "--reason", "more is needed", "--approved-by", "A. Funder")
    at.write_csv("orders-later.csv", ORDERS, [order(n) for n in range(2, 25)])
    at.take_in("orders-later.csv", "--missing", "keep", kind="orders")
    at.json("claim", "prepare", "Q1", "--template", "modelled-home-office-return")
    at.do("claim", "note", "Q1", "A", "as planned")
    at.do("claim", "submit", "Q1", "--yes", "--approved-by", "C. Finance")
    answer = ("claim", "settle", "Q1", "--received", "1000.00", "--date", "2024-08-01", "--reason", "part")
    at.do(*answer, "--disallow", "35=3.00")
    at.json("claim", "prepare", "Q2")
    at.do("claim", "withdraw", "Q2", "--reason", "too early")
    planned = ("forecast", "add", "A", "500.00", "--kind", "resource", "--month")
    at.do(*planned, "2024-09", "--reason", "a mast", now="2024-07-15T09:00:00")
    at.do(*planned, "2024-10", "--reason", "another", now="2024-07-15T09:00:00")
    at.do("forecast", "drop", 2, "--reason", "given up")
    at.do("sample", "--method", "mus", "--size", 4, "--seed", 1, "--out", at.folder / "sample.xlsx")
    at.do("check", "settle", "unknown-order", 51, "--reason", "an order of last year")
    at.do("publish", "decide", 30, "--redact", "--reason", "names a person")
    report = at.write("review.pdf", b"%PDF-1.7 the review")
    at.do("milestone", "done", "Legal review", "--date", "2024-06-20", "--evidence", report)
    at.write("days.csv", "date,measure,stream,value\n2024-05-01,deployment days,A,2\n")
    at.do("measure", "import", at.folder / "days.csv")
    register = at.folder / "assets.xlsx"
    at.do("assets", "--out", register)
    fill_in(register)
    at.do("assets", "apply", register)
    return at


def fill_in(register: Path) -> None:
    """Write everything that the sheet of assets asks for into its first line."""
    book = openpyxl.load_workbook(register)
    sheet = book.worksheets[0]
    for column, value in enumerate(("A camera", "Croydon", 5, datetime.date(2025, 3, 1), "scrapped"), 11):
        sheet.cell(4, column).value = value
    book.save(register)


# --- untouched --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return lived(tmp_path_factory.mktemp("proof") / "award")


@pytest.fixture(scope="module")
def restored(template: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, bytes]:
    """A copy of the history whose ledger is put back before each use."""
    folder = tmp_path_factory.mktemp("copy") / "award"
    shutil.copytree(template.folder, folder)
    return Workspace(folder, (template.folder / "grant.toml").read_text()), template.ledger.read_bytes()


@pytest.fixture
def at(restored: tuple[Workspace, bytes]) -> Workspace:
    """The history, to be altered in its ledger only."""
    workspace, ledger = restored
    workspace.ledger.write_bytes(ledger)
    return workspace


@pytest.fixture
def own(template: Workspace, tmp_path: Path) -> Workspace:
    """The history, to be altered wherever."""
    shutil.copytree(template.folder, tmp_path / "award")
    return Workspace(tmp_path / "award", (template.folder / "grant.toml").read_text())


def mismatches(at: Workspace, *words: object) -> list[dict[str, str]]:
    """What ``verify`` names; it exits with 1 where that is anything."""
    done = at.run("verify", "--json", *words)
    shown = json.loads(done.out)
    assert set(shown) == {"ok", "checked", "mismatches"}
    assert done.code == (0 if shown["ok"] else 1), done.err
    assert shown["ok"] is not bool(shown["mismatches"])
    assert all(set(row) == {"what", "where", "expected", "found"} for row in shown["mismatches"])
    found: list[dict[str, str]] = shown["mismatches"]
    return found


def test_an_untouched_history_agrees(template: Workspace) -> None:
    before = template.files()
    shown = template.json("verify")
    assert (shown["ok"], shown["mismatches"]) == (True, [])
    log = template.query("select count(*) as entries from audit_log")
    assert shown["checked"] == {
        "batches": 5,
        "source_files": 7,
        "claims": 1,
        "workbooks": 2,
        "log_entries": log[0]["entries"],
        "batches_read_again": 5,
    }
    assert template.files() == before
    assert "everything agrees" in template.do("verify").err


# --- the ledger altered behind grantkit's back ------------------------------------------------------------------


@contextlib.contextmanager
def opened(at: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """The ledger's own file, without grantkit."""
    connection = duckdb.connect(str(at.ledger))
    try:
        yield connection
    finally:
        connection.close()


class Record:
    """A ledger that stays open: what is altered in it is taken back behind each test."""

    def __init__(self, folder: Path, ledger: Any) -> None:
        self.workspace, self.ledger = find_workspace(folder), ledger

    def execute(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement over the ledger's tables."""
        found: list[tuple[Any, ...]] = self.ledger.connection.execute(sql, list(values)).fetchall()
        return found

    def mismatches(self) -> list[Any]:
        """What ``verify --quick`` names."""
        return verify(self.ledger, self.workspace).mismatches

    def tables_named(self) -> set[str]:
        """The tables that the part of it names that holds rows against the log."""
        found = Verification()
        verify_rows(found, self.ledger)
        return {row.what.removeprefix("table ") for row in found.mismatches}


@pytest.fixture(scope="module")
def kept_open(template: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    folder = tmp_path_factory.mktemp("open") / "award"
    shutil.copytree(template.folder, folder)
    with open_ledger(folder / "grantkit.duckdb", write=True) as ledger:
        lay_record(ledger, find_workspace(folder).settings)
        yield Record(folder, ledger)


@pytest.fixture
def record(kept_open: Record) -> Iterator[Record]:
    """The history's ledger in a transaction that comes to nothing."""
    kept_open.execute("begin")
    yield kept_open
    kept_open.execute("rollback")


def altered(column: str, kind: str) -> str:
    """An SQL expression for another value of a column."""
    if kind == "JSON":
        return "cast('{\"x\": 1}' as json)"
    if kind in {"DATE", "TIMESTAMP"}:
        return f"coalesce({column}, cast('2024-05-05' as {kind})) + interval 1 day"
    if kind == "VARCHAR":
        return f"coalesce({column}, '') || 'x'"
    return f"coalesce({column}, 0) + {'0.01' if kind.startswith('DECIMAL') else '1'}"


def alter(run: Callable[[str], list[tuple[Any, ...]]], table: str, column: str, nth: int = 0) -> None:
    """Change one value in the ``nth`` row of a table."""
    (kind,) = (row[1] for row in run(f"describe {table}") if row[0] == column)
    rows = run(f"select rowid from {table} order by rowid")
    run(f"update {table} set {column} = {altered(column, kind)} where rowid = {rows[nth][0]}")


def alter_file(at: Workspace, table: str, column: str, nth: int = 0) -> None:
    """The same in the ledger's own file."""
    with opened(at) as connection:
        alter(lambda sql: connection.execute(sql).fetchall(), table, column, nth)


AUDIT_LOG = (
    *("entry", "logged_at", "user_name", "system_user", "command", "arguments", "result"),
    *("grantkit_version", "previous_hash", "hash", "added"),
)
#: Columns that hold what a line's source file says: they are read again from there.
CELLS = {"invoice_line": {*INVOICES, "extra"} - {"extra_1"}, "order_line": {*ORDERS, "extra"}}


def columns_of(record: Record) -> dict[str, list[str]]:
    """The columns of every table, those left out that are read again from the source files."""
    found: dict[str, list[str]] = {}
    catalogue = "select table_name, column_name from duckdb_columns() where database_name = 'store'"
    for table, column in record.execute(f"{catalogue} order by table_name, column_index"):
        if column not in CELLS.get(table, ()):
            found.setdefault(table, []).append(column)
    del found["schema_version"]  # says nothing of the award
    return found


def test_there_are_rows_in_every_table(record: Record) -> None:
    tables = columns_of(record)
    assert len(tables) > 30
    assert [table for table in tables if not record.execute(f"from store.{table} limit 1")] == []


@pytest.mark.parametrize("nth", range(25))
def test_a_value_that_was_altered_is_named(record: Record, nth: int) -> None:
    """The nth column of every table that has so many, in its last row: each of those tables is named, and no other."""
    tables = columns_of(record)
    assert max(len(columns) for columns in tables.values()) <= 25
    altered_in = {table: columns[nth] for table, columns in tables.items() if len(columns) > nth}
    altered_in.pop("audit_log", None)
    for table, column in altered_in.items():
        alter(record.execute, f"store.{table}", column, -1)
    assert record.tables_named() == set(altered_in)


@pytest.mark.parametrize("column", AUDIT_LOG)
def test_a_value_of_the_audit_log_that_was_altered_is_named(record: Record, column: str) -> None:
    alter(record.execute, "store.audit_log", column, 4)
    assert "audit log" in {row.what for row in record.mismatches()}


def test_no_column_of_the_audit_log_is_left_out(record: Record) -> None:
    assert set(AUDIT_LOG) == set(columns_of(record)["audit_log"])


def test_where_a_value_was_altered_is_told(record: Record) -> None:
    alter(record.execute, "store.budget_move", "reason")
    (named,) = record.mismatches()
    (entry,) = record.execute("select entry from store.audit_log where command = 'budget move'")
    assert named.what == "table budget_move"
    assert named.where == f"row 1, added by entry {entry[0]} (budget move, finance)"
    assert named.expected != named.found


def test_a_ledger_of_a_time_before_entries_told_of_rows_agrees_and_is_covered_from_its_next_entry_on(
    own: Workspace,
) -> None:
    with opened(own) as connection:
        connection.execute("update audit_log set added = null")
    rewrite(own, 0, "")
    assert mismatches(own, "--quick") == []
    own.do("decide", 40, "--ineligible", "--reason", "a second look")
    assert mismatches(own, "--quick") == []
    alter_file(own, "claim_note", "text")
    assert [row["what"] for row in mismatches(own, "--quick")] == ["table claim_note"]


def test_a_row_that_no_command_added_is_named_and_no_later_command_covers_it(own: Workspace) -> None:
    with opened(own) as connection:
        connection.execute("insert into decision select * replace (99 as decision) from decision limit 1")
    for _ in range(2):
        (named,) = mismatches(own, "--quick")
        assert (named["what"], named["where"]) == ("table decision", "row 4")
        assert named["expected"] == "added by no entry of the audit log"
        own.do("decide", 40, "--ineligible", "--reason", "a second look")


def test_several_entries_of_one_command_tell_of_each_row_once(own: Workspace) -> None:
    own.take_in(
        own.write_csv(
            "uncoded.csv", INVOICES, [(*invoice(n)[:11], "CC9", *invoice(n)[12:]) for n in (61, 62)]
        )
    )
    sheet = own.folder / "coding.xlsx"
    own.do("coding", "--out", sheet)
    book = openpyxl.load_workbook(sheet)
    rows = book.worksheets[0]
    header = {cell.value: cell.column for row in rows.iter_rows(max_row=8) for cell in row if cell.value}
    lines = [row for row in range(1, rows.max_row + 1) if isinstance(rows.cell(row, 1).value, int)]
    assert len(lines) == 2
    for row, stream in zip(lines, "AB", strict=True):
        rows.cell(row, header["work stream"]).value = stream
        rows.cell(row, header["reason"]).value = f"it is for {stream}"
    book.save(sheet)
    own.do("coding", "apply", sheet)
    assert mismatches(own, "--quick") == []


def test_a_line_from_a_sheet_of_corrected_rows_is_covered_by_its_entry(own: Workspace) -> None:
    own.take_in(
        own.write_csv("bad.csv", INVOICES, [("B1", "1", "S1", "Acme", "", "2024-05-09", "1O.00")]), code=1
    )
    sheet = own.folder / "rejects.xlsx"
    assert own.run("rejects", "--out", sheet).code == 1  # there are some
    book = openpyxl.load_workbook(sheet)
    (cell,) = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "1O.00"]
    cell.value = "10.00"
    book.save(sheet)
    own.do("import", sheet)
    assert mismatches(own) == []
    with opened(own) as connection:
        connection.execute("update invoice_line set supplier = 'Mallory' where document = 'B1'")
    assert [row["what"] for row in mismatches(own, "--quick")] == ["table invoice_line"]


@pytest.mark.parametrize(
    ("table", "column"), [("audit_log", "hash"), ("batch", "net_ignored"), ("decision", "reason")]
)
def test_the_command_says_so(at: Workspace, table: str, column: str) -> None:
    alter_file(at, table, column)
    assert mismatches(at, "--quick")
    assert "was altered" in at.run("verify", "--quick").err


@pytest.mark.parametrize(
    ("table", "file", "columns"),
    [
        ("invoice_line", "invoices.csv", [name for name in INVOICES if name != "extra_1"]),
        ("order_line", "orders.csv", ORDERS),
    ],
)
def test_each_cell_of_a_line_is_read_again_from_its_source_file(
    at: Workspace, table: str, file: str, columns: list[str]
) -> None:
    """One value in each of so many lines: each is named with its file and row."""
    for nth, column in enumerate(columns):
        alter_file(at, table, column, nth)
    named = {row["where"] for row in mismatches(at)}
    assert {f"{file}, row {nth + 2}" for nth in range(len(columns))} <= named
    assert f"{file}, row {len(columns) + 2}" not in named


@pytest.mark.parametrize(
    ("table", "column"), [("batch", "sheet"), ("batch_reading", "batch"), ("batch_reading", "profile_text")]
)
def test_how_a_file_was_read_is_part_of_it(at: Workspace, table: str, column: str) -> None:
    alter_file(at, table, column)
    assert mismatches(at)


def test_a_batch_of_an_unheard_of_kind_is_named_and_stops_nothing(at: Workspace) -> None:
    alter_file(at, "batch", "kind")
    alter_file(at, "invoice_line", "net", 3)
    named = {row["where"] for row in mismatches(at)}
    assert {"orders.csv", "invoices.csv, row 5"} <= named


@pytest.mark.parametrize("nth", [0, -1])
def test_a_row_that_was_taken_out_is_missed(record: Record, nth: int) -> None:
    """The first and the last row of every table."""
    tables = set(columns_of(record)) - {"audit_log"}
    for table in tables:
        rows = record.execute(f"select rowid from store.{table} order by rowid")
        record.execute(f"delete from store.{table} where rowid = {rows[nth][0]}")
    named = {row.what.removeprefix("table ") for row in record.mismatches()}
    assert named >= tables


# --- files ------------------------------------------------------------------------------------------------------


def flip(path: Path, place: int) -> None:
    """Turn one bit of a file round."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_byte_of_a_kept_source_file(own: Workspace) -> None:
    kept = sorted(own.evidence.glob("*.zst"))
    assert len(kept) == 7
    for path in kept:
        content = path.read_bytes()
        flip(path, len(content) // 2)
        (named,) = [row for row in mismatches(own, "--quick") if row["what"].startswith("source file")]
        assert named["expected"] == path.name.removesuffix(".zst")
        path.write_bytes(content)
    assert mismatches(own, "--quick") == []


def test_a_source_file_that_was_swapped_or_is_gone(own: Workspace) -> None:
    one, *_ = sorted(own.evidence.glob("*.zst"))
    other = zstandard.ZstdDecompressor().stream_reader(one.read_bytes()).read().replace(b"2024", b"2025", 1)
    one.write_bytes(zstandard.ZstdCompressor().compress(other))
    assert [row["expected"] for row in mismatches(own, "--quick")] == [one.name.removesuffix(".zst")]
    one.unlink()
    named = mismatches(own)
    assert any(row["what"].startswith("source file") for row in named)


def test_a_byte_of_what_went_to_the_funder_and_a_file_that_is_gone(own: Workspace) -> None:
    """The claim's workbook, and the funder's own form."""
    sent = sorted((own.folder / "claims").glob("PCD-1663-Q1*"))
    assert len(sent) == 2
    for path in sent:
        content = path.read_bytes()
        flip(path, len(content) // 2)
        (named,) = mismatches(own, "--quick")
        assert named["what"].startswith("claim Q1")
        assert named["where"] == f"claims/{path.name}"
        path.unlink()
        (named,) = mismatches(own, "--quick")
        assert "No such file" in named["found"]
        path.write_bytes(content)


# --- the audit log ----------------------------------------------------------------------------------------------


def hash_of(previous: str, fields: list[str]) -> str:
    text = json.dumps([previous, *fields], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entries(at: Workspace) -> list[tuple[Any, ...]]:
    """Each entry's number, moment, the rest that its hash covers, the hash of the one before, and its own."""
    with opened(at) as connection:
        rows = connection.execute(
            "select * exclude (previous_hash, hash), previous_hash, hash from audit_log order by entry"
        ).fetchall()
    return [tuple(value for value in row if value is not None) for row in rows]


def test_each_entrys_hash_covers_the_one_before(template: Workspace) -> None:
    previous = "0" * 64
    for number, row in enumerate(entries(template), 1):
        entry, moment, *facts, before, own_hash = row
        assert (entry, before) == (number, previous)
        assert own_hash == hash_of(previous, [str(entry), moment.isoformat(), *facts])
        previous = own_hash


@pytest.mark.parametrize("which", ["first", "decide", "sample"])
def test_an_entry_that_was_taken_out_is_missed(record: Record, which: str) -> None:
    """The first, one in the middle, the last: behind that one the chain goes on as if nothing were missing."""
    condition = "entry = 1" if which == "first" else f"command = '{which}'"
    newest = f"select max(entry) from store.audit_log where {condition}"
    assert record.execute(f"delete from store.audit_log where entry = ({newest}) returning 1")
    assert record.mismatches()


def test_a_last_entry_about_decisions_is_missed_too(own: Workspace) -> None:
    own.do("decide", 40, "--ineligible", "--reason", "a second look")
    assert mismatches(own, "--quick") == []
    with opened(own) as connection:
        connection.execute("delete from audit_log where entry = (select max(entry) from audit_log)")
    assert {row["what"] for row in mismatches(own, "--quick")} == {"table decision"}


# --- seals ------------------------------------------------------------------------------------------------------


def rewrite(at: Workspace, nth: int, user: str) -> None:
    """Put another user into an entry, and work out all hashes from there on anew, as a careful forger would."""
    rows = entries(at)
    previous = "0" * 64
    with opened(at) as connection:
        for number, row in enumerate(rows, 1):
            entry, moment, name, *facts = row[:-2]
            name = user if number == nth else name
            found = hash_of(previous, [str(entry), moment.isoformat(), name, *facts])
            sql = "update audit_log set user_name = ?, previous_hash = ?, hash = ? where entry = ?"
            connection.execute(sql, [name, previous, found, entry])
            previous = found


def test_a_ledger_goes_on_from_its_seal(own: Workspace) -> None:
    seal = own.folder / "seal.txt"
    own.do("seal", "--out", seal)
    assert own.do("seal").out == seal.read_text()  # the same state, the same clock
    head = entries(own)[-1]
    assert f"entry {head[0]}\nhash {head[-1]}\n" in seal.read_text()
    assert mismatches(own, "--quick", "--seal", seal) == []
    own.do("decide", 40, "--ineligible", "--reason", "a second look")
    assert mismatches(own, "--quick", "--seal", seal) == []
    later = own.folder / "later.txt"
    own.do("seal", "--out", later)
    assert later.read_text() != seal.read_text()
    with opened(own) as connection:  # back to where the first seal was written
        connection.execute("delete from audit_log where entry = (select max(entry) from audit_log)")
        connection.execute("delete from decision where line_id = 40")
    assert mismatches(own, "--quick", "--seal", seal) == []
    (named,) = mismatches(own, "--quick", "--seal", later)
    assert (named["what"], named["found"]) == ("seal", "no such entry")


def test_a_log_that_was_written_anew_agrees_with_itself_and_not_with_the_seal(own: Workspace) -> None:
    seal = own.folder / "seal.txt"
    own.do("seal", "--out", seal)
    rewrite(own, 3, "somebody.else")
    assert mismatches(own, "--quick") == []
    (named,) = mismatches(own, "--quick", "--seal", seal)
    assert (named["what"], named["where"]) == ("seal", f"entry {len(entries(own))}")


def test_another_ledger_is_refused(own: Workspace, tmp_path: Path) -> None:
    other = Workspace(tmp_path / "other", settings(STREAMS, rules=RULES, amount="120000.00"))
    other.write_csv("orders.csv", ORDERS, [order(1)])
    other.take_in("orders.csv", kind="orders")
    other.do("seal", "--out", tmp_path / "seal.txt")
    (named,) = mismatches(own, "--quick", "--seal", tmp_path / "seal.txt")
    assert named["what"] == "seal"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "entry 3\nhash abc\n",
        "grantkit seal of PCD 1663\nentry three\nhash abc\n",
        "grantkit seal of PCD 1663\nentry 3\n",
        "grantkit seal of PCD 1663\nhash abc\n",
        "grantkit seal of PCD 1663\nentry ²\nhash abc\n",
        "grantkit seal of PCD 1663\nentry " + "9" * 5000 + "\nhash abc\n",
    ],
)
def test_what_is_no_seal_is_refused(at: Workspace, text: str) -> None:
    seal = at.write("no-seal.txt", text)
    assert is_refused(at.run("verify", "--quick", "--seal", seal))


def test_a_seal_that_cannot_be_read_is_refused(at: Workspace) -> None:
    assert is_refused(at.run("verify", "--quick", "--seal", at.folder / "missing.txt"), 3)
    assert is_refused(at.run("seal", "--out", at.folder / "grant.toml"))


def test_a_seal_for_scripts_says_the_same(own: Workspace) -> None:
    shown, text = own.json("seal"), own.do("seal").out
    assert f"entry {shown['entry']}\nhash {shown['hash']}\n" in text
    assert {f"{name.replace('_', ' ')} {value}" for name, value in shown["totals"].items()} <= set(
        text.splitlines()
    )


def test_the_same_commands_at_the_same_time_give_the_same_seal(tmp_path: Path) -> None:
    seals = []
    for name in ("one", "other"):
        at = Workspace(tmp_path / name, settings(STREAMS, rules=RULES, amount="120000.00"))
        at.write_csv("orders.csv", ORDERS, [order(1)])
        at.take_in("orders.csv", kind="orders")
        seals.append(at.do("seal").out)
    assert seals[0] == seals[1]


def test_an_empty_ledger_has_nothing_to_seal(tmp_path: Path) -> None:
    refused = Workspace(tmp_path).run("seal")
    assert refused.code in (2, 3)
    assert is_refused(refused, refused.code)
