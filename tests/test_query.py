"""Queries: the relations that the contract documents, and that no statement can write, or read a file (section 6)."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import openpyxl
import pytest
from product import LEDGER, Workspace, is_refused, settings

from grantkit.auditing.queries import ask, lines_where
from grantkit.errors import RequestError
from grantkit.relations import lay_documented, lay_relations, set_as_at
from grantkit.settings import read_settings
from grantkit.store import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STREAMS = {"EXISTING": ("60000.00", "90000.00"), "MOBILE": "50000.00"}
RULES = """
[[allocation]]
split = { EXISTING = "60", MOBILE = "40" }
project = "P-SHARED"
[[allocation]]
work_stream = "EXISTING"
cost_centre = "CC10*"
[[ineligible]]
reason = "Hospitality"
account = "62*"
[capital]
account = "1*"
"""
INVOICES = """\
document,line,supplier_id,supplier,invoice_date,accounting_date,net,vat,po,po_line,cost_centre,account,project
INV-1,1,S1,Acme,2024-04-30,2024-05-01,1000.01,200.00,PO-1,1,CC101,1100,
INV-2,1,S1,Acme,,2024-05-02,100.00,,,,,4100,P-SHARED
INV-3,1,S2,Bee,,2024-05-03,50.00,,,,CC102,6201,
INV-4,1,S2,Bee,,2024-05-04,7.00,,,,CC9,4100,
INV-5,1,S2,Bee,,soon,7.00,,,,CC9,4100,
"""
ORDERS = "po,line,supplier,order_date,net,received\nPO-1,1,Acme,2024-04-02,5000.00,2000.00\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An award with a submitted claim, a decision, a virement and a settlement; tests only read it."""
    workspace = Workspace(tmp_path_factory.mktemp("award"), settings(STREAMS, rules=RULES))
    workspace.write("orders.csv", ORDERS)
    workspace.write("invoices.csv", INVOICES)
    workspace.take_in("orders.csv", kind="orders")
    workspace.take_in("invoices.csv", code=1)
    workspace.do("decide", "5", "--stream", "MOBILE", "--reason", "coded wrongly")
    move = ("EXISTING", "MOBILE", "100.00", "--kind", "resource", "--date", "2024-05-01", "--reason", "need")
    workspace.do("budget", "move", *move)
    workspace.do("claim", "prepare", "Q1")
    workspace.do("claim", "submit", "Q1", "--yes")
    workspace.do(
        *("claim", "settle", "Q1", "--received", "1.00", "--date", "2024-08-01"),
        *("--disallow", "2=10.00", "--reason", "no evidence"),
    )
    return workspace


# --------------------------------------------------------------------------------------
# Relations
# --------------------------------------------------------------------------------------

INVOICE_COLUMNS = (
    *("line_id", "batch", "file", "row", "document", "line", "supplier_id", "supplier", "invoice_date"),
    *("accounting_date", "net", "vat", "gross", "cost", "po", "po_line", "cost_centre", "account", "project"),
    *("category", "description", "paid_date"),
)
DOCUMENTED = {
    "invoice_lines": INVOICE_COLUMNS,
    "order_lines": (
        *("line_id", "batch", "file", "row", "po", "line", "supplier_id", "supplier", "order_date", "net"),
        *("received", "status", "cost_centre", "account", "project", "category", "description"),
    ),
    "allocations": ("line_id", "work_stream", "amount", "eligible", "reason"),
    "claims": ("claim",),
    "claim_lines": ("claim", "line_id", "work_stream", "cost_type", "amount", "kind"),
    "batches": ("batch", "file"),
    "rejects": ("batch", "file", "row", "column_name", "value", "code", "message"),
    "decisions": ("line_id", "reason"),
    "audit_log": (),
    "line_versions": ("line_id", "batch", "row", "document", "net"),
    "claim_versions": ("claim", "version"),
    "claim_version_lines": ("claim", "line_id", "work_stream", "cost_type", "amount", "kind"),
    "settlements": ("claim",),
    "disallowances": ("claim", "line_id", "amount"),
    "budget_moves": ("amount",),
}


@pytest.mark.parametrize("relation", DOCUMENTED)
def test_documented_relations_have_the_contracts_columns(workspace: Workspace, relation: str) -> None:
    out = workspace.do("query", f"select * from {relation}", "--format", "csv").out
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert [name for name in header if name in DOCUMENTED[relation]] == list(DOCUMENTED[relation])
    assert rows, f"{relation} is empty, so that nothing was tried"


def test_invoice_lines_also_tell_the_date_that_counts(workspace: Workspace) -> None:
    found = workspace.query("select accounting_date, counts_on from invoice_lines where document = 'INV-1'")
    assert found == [{"accounting_date": "2024-05-01", "counts_on": "2024-05-01"}]


def test_allocations_have_a_row_for_each_line_and_stream(workspace: Workspace) -> None:
    found = workspace.query(
        "select line_id, work_stream, amount, eligible, reason from allocations order by all"
    )
    assert [list(row.values()) for row in found] == [
        [2, "EXISTING", "1000.01", "990.01", "Disallowed by the funder"],
        [3, "EXISTING", "60.00", "60.00", None],
        [3, "MOBILE", "40.00", "40.00", None],
        [4, "EXISTING", "50.00", "0.00", "Hospitality"],
        [5, "MOBILE", "7.00", "7.00", None],
    ]


def test_claim_lines_add_up_to_the_claim(workspace: Workspace) -> None:
    (found,) = workspace.query("select sum(amount) as total from claim_lines where claim = 'Q1'")
    claim = workspace.json("claim", "show", "Q1")
    assert found["total"] == claim["total"]["this_claim"] == "1107.01"
    kinds = workspace.query("select distinct kind, cost_type from claim_lines order by all")
    assert kinds == [
        {"kind": "current", "cost_type": "capital"},
        {"kind": "current", "cost_type": "resource"},
    ]


def test_no_relation_holds_a_binary_floating_point_number(workspace: Workspace) -> None:
    terms = read_settings(workspace.folder / "grant.toml")
    with open_ledger(workspace.ledger) as ledger:
        lay_relations(ledger, terms)
        lay_documented(ledger)
        set_as_at(ledger, terms.award.ends)
        columns = ledger.connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
    relations = {table for table, _, _ in columns}
    assert set(DOCUMENTED) <= relations
    binary = [row for row in columns if any(kind in row[2] for kind in ("DOUBLE", "FLOAT", "REAL"))]
    assert binary == []


# --------------------------------------------------------------------------------------
# Formats
# --------------------------------------------------------------------------------------

SQL = "select document, net, accounting_date, line_id, paid_date from invoice_lines order by line_id limit 2"
ROWS = [
    ["INV-1", "1000.01", "2024-05-01", 2, None],
    ["INV-2", "100.00", "2024-05-02", 3, None],
]


def test_json_has_money_as_text_and_dates_as_iso(workspace: Workspace) -> None:
    names = ["document", "net", "accounting_date", "line_id", "paid_date"]
    want = [dict(zip(names, row, strict=True)) for row in ROWS]
    assert json.loads(workspace.do("query", SQL, "--json").out) == want
    assert workspace.do("query", SQL, "--json").out == workspace.do("query", SQL, "--format", "json").out
    assert workspace.json("query", "select * from invoice_lines where false") == []


def test_sums_of_money_are_text_with_two_decimals(workspace: Workspace) -> None:
    assert workspace.query("select sum(net) as net, -sum(vat) as vat from invoice_lines") == [
        {"net": "1157.01", "vat": "-200.00"}
    ]


def test_csv_has_a_header_and_the_rows(workspace: Workspace) -> None:
    out = workspace.do("query", SQL, "--format", "csv").out
    assert out.splitlines() == [
        "document,net,accounting_date,line_id,paid_date",
        "INV-1,1000.01,2024-05-01,2,",
        "INV-2,100.00,2024-05-02,3,",
    ]


def test_a_table_shows_the_rows_without_colour(workspace: Workspace) -> None:
    out = workspace.do("query", SQL).out
    assert "INV-1" in out
    assert "1000.01" in out
    assert "\x1b" not in out
    assert not set(out) & set("│┃━─┏")


def test_a_workbook_has_figures_as_numbers_and_text_that_is_no_formula(
    workspace: Workspace, tmp_path: Path
) -> None:
    target = tmp_path / "lines.xlsx"
    sql = "select document, net, '=1+1' as note from invoice_lines order by line_id limit 1"
    workspace.do("query", sql, "--format", "xlsx", "--out", target)
    cells = list(openpyxl.load_workbook(target).active.iter_rows())  # type: ignore[union-attr]
    assert [[cell.value for cell in row] for row in cells] == [
        ["document", "net", "note"],
        ["INV-1", 1000.01, "=1+1"],
    ]
    assert [cell.data_type for cell in cells[1]] == ["s", "n", "s"]


@pytest.mark.parametrize("shape", ["csv", "json", "jsonl"])
def test_out_writes_the_same_to_a_file(workspace: Workspace, tmp_path: Path, shape: str) -> None:
    target = tmp_path / f"lines.{shape}"
    done = workspace.do("query", SQL, "--format", shape, "--out", target)
    assert done.out == ""
    assert target.read_text(encoding="utf-8") == workspace.do("query", SQL, "--format", shape).out


def test_a_parquet_file_keeps_types_and_pennies(workspace: Workspace, tmp_path: Path) -> None:
    target = tmp_path / "lines.parquet"
    wide = "99999999999999999999999999999999999999"
    sql = (
        "select document, net, net, accounting_date, paid_date, line_id, vat = 0 as untaxed,"
        f" {wide}::hugeint as wide, [net] as nested, '' as blank,"
        " timestamp '2024-05-01 09:30:00' as moment from invoice_lines order by line_id limit 2"
    )
    workspace.do("query", sql, "--format", "parquet", "--out", target)
    found = duckdb.read_parquet(str(target))
    assert dict(zip(found.columns, map(str, found.types), strict=True)) == {
        "document": "VARCHAR",
        "net": "DECIMAL(18,2)",
        "net_2": "DECIMAL(18,2)",
        "accounting_date": "DATE",
        "paid_date": "DATE",
        "line_id": "BIGINT",
        "untaxed": "BOOLEAN",
        "wide": "DECIMAL(38,0)",
        "nested": "VARCHAR",
        "blank": "VARCHAR",
        "moment": "TIMESTAMP",
    }
    moment = datetime.datetime(2024, 5, 1, 9, 30)  # noqa: DTZ001 - as the ledger has it, without a zone
    first, second = found.fetchall()
    net, day = Decimal("1000.01"), datetime.date(2024, 5, 1)
    assert first == ("INV-1", net, net, day, None, 2, False, Decimal(wide), '["1000.01"]', "", moment)
    assert second[:2] == ("INV-2", Decimal("100.00"))
    workspace.do("query", "select 1 as one where false", "--format", "parquet", "--out", target)
    assert duckdb.read_parquet(str(target)).fetchall() == []


def test_a_number_that_parquet_has_no_room_for_is_refused_and_not_lost(
    workspace: Workspace, tmp_path: Path
) -> None:
    target = tmp_path / "wide.parquet"
    sql = "select 100000000000000000000000000000000000000::hugeint as wide"
    assert is_refused(workspace.run("query", sql, "--format", "parquet", "--out", target))
    assert not target.exists()
    workspace.do("query", "select md5_number('x') as wide", "--format", "parquet", "--out", target)
    assert duckdb.read_parquet(str(target)).fetchall() == [("221188521546444818284084528980898927773",)]


@pytest.mark.parametrize("shape", ["xlsx", "parquet"])
def test_what_is_no_text_needs_a_file(workspace: Workspace, shape: str) -> None:
    assert is_refused(workspace.run("query", SQL, "--format", shape))


def test_what_json_has_no_number_for_is_null(workspace: Workspace) -> None:
    shown = workspace.query("select 1/0 as endless, 0.0/0 as none, [1/0] as listed, 1.5::double as number")
    assert shown == [{"endless": None, "none": None, "listed": [None], "number": 1.5}]


@pytest.mark.parametrize("seconds", [0.1, 1.5])
def test_an_interrupted_query_ends_as_interrupted(workspace: Workspace, seconds: float) -> None:
    """Whether the signal comes as the command starts or while DuckDB works."""
    sql = "select count(*) from range(10000000) a, range(1000000) b where a.range * b.range % 7 = 3"
    command = [sys.executable, "-m", "grantkit", "-w", str(workspace.folder), "query", sql]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(seconds)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert "Traceback" not in said or seconds < 1  # before grantkit is there, Python itself speaks
    assert running.returncode in ({130} if seconds > 1 else {130, 1, -signal.SIGINT})


def test_a_mistyped_option_is_no_sql(workspace: Workspace) -> None:
    refused = workspace.run("query", "select 1", "--formt", "csv")
    assert is_refused(refused)
    assert "did you mean --format?" in refused.err


def test_only_what_is_not_eligible_has_a_reason(tmp_path: Path) -> None:
    at = Workspace(tmp_path, settings({"A": "600.00", "B": "600.00"}))
    header = "document,line,supplier,accounting_date,net"
    at.take_in(at.write("i.csv", f"{header}\nI1,1,S,2024-05-01,10.00\n"))
    at.do("decide", 1, "--split", "A=50,B=50", "--ineligible-amount", "5.00", "--reason", "a gift")
    reasons = "select distinct reason from allocations"
    assert at.query(reasons) == [{"reason": "a gift"}]
    at.take_in(at.write("again.csv", f"{header}\nI1,1,S,2024-05-01,-10.00\n"))  # of the other sign
    assert at.query("select amount, eligible, reason from allocations order by work_stream") == [
        {"amount": "-5.00", "eligible": "-5.00", "reason": None},
        {"amount": "-5.00", "eligible": "-5.00", "reason": None},
    ]


def test_a_time_with_a_zone_is_to_be_cast(workspace: Workspace) -> None:
    refused = workspace.run("query", "select now()")
    assert is_refused(refused)
    assert "cast it to timestamp" in refused.err
    assert workspace.do("query", "select now()::timestamp as moment").out


def test_a_file_that_cannot_be_written_is_said_so(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder", encoding="utf-8")
    assert is_refused(
        workspace.run("query", SQL, "--format", "csv", "--out", tmp_path / "taken" / "x.csv"), code=3
    )


def test_sql_from_a_file_and_from_standard_input(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "lines.sql").write_text(f"-- the first lines\n{SQL};\n", encoding="utf-8")
    want = workspace.do("query", SQL, "--format", "csv").out
    assert workspace.do("query", "--file", tmp_path / "lines.sql", "--format", "csv").out == want
    assert workspace.run("query", "-", "--format", "csv", stdin=SQL).out == want


@pytest.mark.parametrize("words", [(), ("select 1", "--file", "x.sql")])
def test_sql_comes_from_one_place(workspace: Workspace, words: tuple[str, ...]) -> None:
    assert is_refused(workspace.run("query", *words))


def test_a_file_of_sql_that_is_absent(workspace: Workspace, tmp_path: Path) -> None:
    assert is_refused(workspace.run("query", "--file", tmp_path / "absent.sql"), code=3)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS one;",
        "select 1 as one -- a remark; drop table batches",
        "/* first; */ select 1 as one",
        "with a as (select 1 as one) select * from a",
        "with recursive n(one) as (select 1 union all select one + 1 from n where one < 1) select one from n",
        "from (values (1)) as v(one)",
        "select one from (select 1 as one) as x",
        "select count(*) as one from batches where file = 'orders.csv'",
        "select distinct 1 as one from invoice_lines as i join allocations as a using (line_id)",
        "select max(1) over () as one from range(1)",
        "select '; delete from batches' <> '' and true as one",
        'select 1 as "one;"',
    ],
)
def test_statements_that_only_read_are_answered(workspace: Workspace, sql: str) -> None:
    (found,) = workspace.query(sql)
    assert list(found.values()) in ([1], [True])


def test_the_hint_of_a_faulty_query_is_a_command_that_works(workspace: Workspace) -> None:
    done = workspace.run("query", "select nonsense from invoice_lines")
    assert is_refused(done)
    if "describe" in done.err:
        assert workspace.run("query", "describe invoice_lines").code == 0


def test_a_mistyped_relation_is_answered_with_the_nearest(workspace: Workspace) -> None:
    done = workspace.run("query", "select * from invoice_line_s")
    assert is_refused(done)
    assert "invoice_lines" in done.err


# --------------------------------------------------------------------------------------
# Nothing can be written, no file read
# --------------------------------------------------------------------------------------

SECRET = "a-secret-that-no-query-shows"
READS_FILES = (
    *("select * from read_csv('secret.csv')", "select * from read_csv_auto('secret.csv')"),
    *("select * from READ_CSV('secret.csv')", "select * from system.main.read_csv('secret.csv')"),
    *("select * from 'secret.csv'", 'select * from "secret.csv"', "from 'secret.csv'", "from '*.csv'"),
    *("select * from sniff_csv('secret.csv')", "select * from read_text('secret.csv')"),
    *("select * from read_blob('grant.toml')", "select * from read_text('*')", "select * from glob('*')"),
    *("select * from read_json('secret.json')", "select * from read_json_auto('secret.json')"),
    *("select * from read_ndjson('secret.json')", "select * from read_json_objects('secret.json')"),
    *("select * from read_parquet('x.parquet')", "select * from parquet_scan('x.parquet')"),
    *(
        "select * from 'x.parquet'",
        "select * from 'secret.json'",
        "select * from parquet_metadata('x.parquet')",
    ),
    *(
        "select * from parquet_schema('x.parquet')",
        "select * from read_xlsx('x.xlsx')",
        "select * from 'x.xlsx'",
    ),
    *("select * from sqlite_scan('x.db', 't')", "select * from postgres_scan('', 'public', 't')"),
    *(
        "select (select content from read_text('secret.csv'))",
        "select 1 where exists (from read_text('secret.csv'))",
    ),
    *("select * from batches, read_text('secret.csv')", "select * from batches join 'secret.csv' on true"),
    "with a as (from read_text('secret.csv')) select * from a",
    "with a as (from 'secret.csv') select * from a",
    'select * from (with "secret.csv" as (select 1) select 1) as x, "secret.csv"',
    'with a as (with "secret.csv" as (select 1) select 1) select * from "secret.csv"',
    "select * from batches union all by name select * from 'secret.csv'",
    "select [x for x in (select list(content) from read_text('secret.csv'))]",
    "select * from query('select * from read_text(''secret.csv'')')",
    *("select * from query_table('secret.csv')", "select * from query_table(['secret.csv'])"),
    "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "pivot 'secret.csv' on a",
    *("describe 'secret.csv'", "summarize 'secret.csv'", "describe select * from read_csv('secret.csv')"),
    "explain select * from read_csv('secret.csv')",
    *(
        "select getenv('HOME')",
        "select GETENV('HOME')",
        "select system.main.getenv('HOME')",
        "select 'HOME'.getenv()",
    ),
    *("select list_transform([1], lambda x: getenv('HOME'))", "select list_transform(['HOME'], getenv)"),
    *("select getvariable('settings')", "select current_setting('temp_directory')"),
    *(
        "select * from duckdb_settings()",
        "select * from duckdb_secrets()",
        "select * from which_secret('s3://x', 's3')",
    ),
    *(
        "select * from duckdb_databases()",
        "select * from pragma_database_list()",
        "select * from duckdb_temporary_files()",
    ),
    *(
        "select * from ledger",
        "select * from connection",
        "select * from sql",
        "select * from sys",
        "select * from workspace",
    ),
    *("select * from batches at (version => 1)", "select * from store.information_schema.nothing"),
)
WRITES = (
    f"copy (select 1) to '{LEDGER}'",
    f"copy (select 1) to '{LEDGER}' (format csv, use_tmp_file false)",
    f"explain analyze copy (select 1) to '{LEDGER}' (format csv, use_tmp_file false)",
    f"copy (select 1) to '{LEDGER}.wal' (format csv, use_tmp_file false)",
    *("copy batches to 'out.csv'", "copy batches from 'secret.csv'", "copy (select 1) to 'out' (format parquet)"),
    *("copy (select 1) to stdout", "copy from database store to memory", "explain analyze select 1"),
    *("export database 'out'", f"export database '{LEDGER}.wal'", "import database 'out'"),
    *("attach 'x.duckdb'", f"attach '{LEDGER}' as again", "attach ':memory:' as m", "detach store", "use memory"),
    *("install httpfs", "load httpfs", "load './x.duckdb_extension'", "update extensions"),
    *("set enable_external_access = true", "set threads = 1", "reset threads"),
    "set variable as_at = date '2030-01-01'",
    *("reset all", "pragma database_list", "pragma version", "pragma enable_profiling", "pragma memory_limit = '1TB'"),
    *("call pragma_version()", "call enable_logging()", "call force_checkpoint(store)", "checkpoint"),
    "force checkpoint store",
    "select * from enable_logging(storage => 'file', storage_path => 'log')",
    *("select * from enable_logging()", "select * from disable_logging()", "select * from truncate_duckdb_logs()"),
    *("select * from enable_profiling()", "select * from checkpoint('store')"),
    "select * from force_checkpoint('store')",
    *("select * from duckdb_logs()", "select write_log('x')", "select * from set_allowed_directories(['/'])"),
    *("select 1; select 2", "select 1; drop table store.batch", "select 1 -- x\n; delete from store.batch"),
    *("select 1 /* ; */ ; delete from store.batch", "; ; delete from store.batch", "select 1;/**/checkpoint"),
    *("begin", "begin; delete from store.batch; commit", "commit", "rollback", "abort"),
    *("delete from store.batch", "delete from batches", "truncate store.batch", "update store.batch set file = 'x'"),
    *("insert into store.batch select * from store.batch", "insert into memory.x values (1)"),
    "merge into store.batch using batches on false when matched then delete",
    "with gone as (delete from store.batch returning *) select * from gone",
    "with new as (insert into store.batch select * from store.batch returning *) select * from new",
    "with a as materialized (select 1) insert into store.batch select * from store.batch",
    "select * from (delete from store.batch returning *)",
    *("create table t as select 1", "create table store.t as select 1", "create or replace view batches as select 1"),
    *("create temp table t (a int)", "create macro f() as 1", "create or replace temp macro f() as table select 1"),
    *("create sequence s", "create schema s", "create index i on store.batch (batch)", "create type t as enum ('a')"),
    *("create secret s (type s3)", "comment on table store.batch is 'x'", "create function f() as 1"),
    *("drop table store.batch", "drop view batches", "drop schema store", "alter table store.batch rename to b"),
    *("alter table store.batch add column x int", "alter view batches rename to b"),
    *("vacuum", "vacuum analyze", "analyze", "prepare p as select 1", "execute p", "deallocate p"),
    *("pivot batches on kind using count(*)", "select nextval('s')", "select 1 into t"),
    "pivot (delete from store.batch returning *) on kind",
)  # fmt: skip
CANNOT_BE_CARRIED_OUT = (
    *(
        "",
        " ",
        "-- nothing",
        "/* nothing */",
        ";",
        "nonsense",
        "select",
        "select 1 +",
        "select $1",
        "select ?",
    ),
    *(
        "select * from nowhere",
        "select nothing from batches",
        "select 1/0 + 'x'",
        "select cast('x' as integer)",
    ),
    *("select error('stop')", "select * from batches where", "select 'unended", "select (((", "selec 1"),
)


@pytest.fixture(scope="module")
def guarded(workspace: Workspace) -> Iterator[Workspace]:
    """The award with files beside it that nobody may read; the current folder is the award's."""
    workspace.write("secret.csv", f"a,b\n{SECRET},1\n")
    workspace.write("secret.json", json.dumps([{"a": SECRET}]))
    with duckdb.connect() as other:
        other.execute("copy (select 1 as a) to '" + str(workspace.folder / "x.parquet") + "'")
    before = os.getcwd()  # noqa: PTH109
    os.chdir(workspace.folder)
    yield workspace
    os.chdir(before)


#: Tried through the whole command, one by one; all of them are tried on an open ledger below.
TYPED = [*READS_FILES[::3], *WRITES[::3], *CANNOT_BE_CARRIED_OUT[::3]]


@pytest.mark.thorough
@pytest.mark.parametrize("sql", TYPED)
def test_a_statement_that_does_more_than_read_the_ledger_is_refused(guarded: Workspace, sql: str) -> None:
    before = guarded.files()
    done = guarded.run("query", "-", "--json", stdin=sql)
    assert is_refused(done), done
    assert SECRET not in done.err
    assert guarded.files() == before


def test_every_such_statement_is_refused_on_an_open_ledger(guarded: Workspace) -> None:
    before = guarded.files()
    answered, changed, silent = [], [], []
    with open_ledger(guarded.ledger) as ledger:
        lay_relations(ledger, read_settings(guarded.folder / "grant.toml"))
        for sql in (*READS_FILES, *WRITES, *CANNOT_BE_CARRIED_OUT):
            try:
                answered.append((sql, list(ask(ledger, sql, timeout=20).rows)))
            except RequestError as refusal:
                if not refusal.hint or SECRET in str(refusal.lines()):
                    silent.append((sql, refusal.lines()))
            if guarded.files() != before:
                changed.append(sql)
                break
    assert (answered, changed, silent) == ([], [], [])


def test_after_all_that_the_ledger_is_as_it_was(guarded: Workspace) -> None:
    assert guarded.query("select count(*) as lines, sum(net) as net from invoice_lines") == [
        {"lines": 4, "net": "1157.01"}
    ]
    assert guarded.json("claim", "show", "Q1")["total"]["this_claim"] == "1107.01"


def smuggled(sql: str) -> tuple[str, ...]:
    return (
        f"line_id in ({sql})",
        f"true) union all ({sql}",
        f"true); {sql}; select (true",
        f"exists ({sql})",
    )


@pytest.mark.parametrize("sql", ["select * from read_text('secret.csv')", f"copy (select 1) to '{LEDGER}'"])
def test_a_condition_of_decide_is_held_to_the_same(guarded: Workspace, sql: str) -> None:
    before = guarded.files()
    for condition in smuggled(sql):
        done = guarded.run("decide", "--where", condition, "--stream", "MOBILE", "--reason", "because")
        assert is_refused(done), (condition, done)
        assert SECRET not in done.err
    assert guarded.files() == before


@pytest.mark.thorough
def test_no_condition_of_decide_does_more_than_read(guarded: Workspace) -> None:
    before = guarded.files()
    answered = []
    with open_ledger(guarded.ledger) as ledger:
        lay_relations(ledger, read_settings(guarded.folder / "grant.toml"))
        for condition in (c for sql in (*READS_FILES[::2], *WRITES[::2]) for c in smuggled(sql)):
            with contextlib.suppress(RequestError):
                answered.append((condition, lines_where(ledger, condition)))
    assert answered == []
    assert guarded.files() == before


def test_a_file_of_sql_with_a_nul_in_it_hides_nothing(guarded: Workspace) -> None:
    before = guarded.files()
    done = guarded.run("query", "-", stdin=f"select 1\0; copy (select 1) to '{LEDGER}'")
    assert "Traceback" not in done.err
    assert guarded.files() == before


@pytest.mark.parametrize("name", [LEDGER, "grant.toml"])
def test_the_answer_is_not_written_over_the_ledger_or_the_settings(guarded: Workspace, name: str) -> None:
    before = guarded.files()
    done = guarded.run("query", "select 1 as one", "--format", "csv", "--out", guarded.folder / name)
    after = guarded.files()
    for path, content in before.items():
        guarded.write(path, content)  # whatever happened, the next tests find the award as it was
    assert is_refused(done)
    assert after == before


def test_a_statement_that_runs_too_long_is_stopped(guarded: Workspace) -> None:
    sql = "select count(*) from range(1000000) a, range(1000000) b, range(1000000) c where a.range + b.range < c.range"
    done = guarded.run("query", sql, "--timeout", "1")
    assert is_refused(done)
    assert "1 second" in done.err


def test_rows_that_come_too_slowly_are_stopped_too(guarded: Workspace) -> None:
    sql = "select a.range from range(1000000) a, range(1000000) b where a.range + b.range < 0 or b.range > 999998"
    done = guarded.run(
        "query", sql, "--timeout", "1", "--format", "csv", "--out", guarded.folder / "slow.csv"
    )
    assert done.code == 2
    assert "Traceback" not in done.err
    assert not (guarded.folder / "slow.csv").exists()


def test_a_statement_that_wants_too_much_memory_is_stopped(guarded: Workspace) -> None:
    done = guarded.run("query", "select length(string_agg(repeat('x', 1000000), '')) as n from range(3000)")
    assert is_refused(done)
    assert "memory" in done.err
    assert guarded.query("select 1 as one") == [{"one": 1}]


# --------------------------------------------------------------------------------------
# Help on the way: relations, queries that ship, places of mistakes
# --------------------------------------------------------------------------------------


def test_the_relations_say_what_a_row_is_and_name_their_columns(workspace: Workspace) -> None:
    found = {each["name"]: each for each in workspace.json("relations")["relations"]}
    assert {"invoice_lines", "order_lines", "allocations", "claims", "claim_lines", "batches"} <= found.keys()
    assert all(each["meaning"].startswith("One row: ") for each in found.values())
    columns = [column["name"] for column in found["claim_lines"]["columns"]]
    assert columns[:6] == ["claim", "line_id", "work_stream", "cost_type", "amount", "kind"]
    refused = workspace.run("relations", "invoice_line")
    assert is_refused(refused)
    assert "did you mean invoice_lines?" in refused.err


def test_every_query_that_ships_can_be_run(workspace: Workspace) -> None:
    names = [line.partition(" ")[0] for line in workspace.do("query", "--list").out.splitlines()]
    assert len(names) > 5
    for name in names:
        words = ("--param", "supplier=A*") if name == ":of-supplier" else ()
        assert isinstance(workspace.json("query", name, *words), list)


def test_a_parameter_is_a_text_and_never_sql(workspace: Workspace) -> None:
    sql = "select count(*) as n from invoice_lines where supplier = $who"
    assert workspace.json("query", sql, "--param", "who=Acme") == [{"n": 2}]
    assert workspace.json("query", sql, "--param", "who=' or '1'='1") == [{"n": 0}]
    assert is_refused(workspace.run("query", sql))
    assert is_refused(workspace.run("query", sql, "--param", "who"))


def test_json_lines_are_one_document_a_line(workspace: Workspace) -> None:
    sql = "select document, net from invoice_lines order by document limit 2"
    lines = workspace.do("query", sql, "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"document": "INV-1", "net": "1000.01"},
        {"document": "INV-2", "net": "100.00"},
    ]


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("select nett from invoice_lines", "(line 1)\n  select nett from invoice_lines\n         ^"),
        (
            "select *\nfrom invoice_lines wher net = 1",
            "(line 2, character 25)\n  from invoice_lines wher net = 1\n" + " " * 26 + "^",
        ),
    ],
)
def test_a_mistake_in_a_query_is_shown_in_its_place(workspace: Workspace, sql: str, place: str) -> None:
    refused = workspace.run("query", sql)
    assert is_refused(refused)
    assert place in refused.err
