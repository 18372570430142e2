"""Ledgers in: what a file's cells and rows become, and that nothing counts twice (contract, section 3)."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import random
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import openpyxl
import pytest
import zstandard
from auditor import Auditor, Refused
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from product import Workspace, is_refused, settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER = "document,supplier,accounting_date,net"
EXAMPLES = int(os.environ.get("GRANTKIT_EXAMPLES", "6"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "award")


def rows_of(done: Mapping[str, Any]) -> dict[str, int]:
    """What became of a file's rows, but for what became of none."""
    return {name: count for name, count in done["rows"].items() if count}


def codes_of(done: Mapping[str, Any]) -> list[tuple[int, str | None, str]]:
    return [(reject["row"], reject["column"], reject["code"]) for reject in done["rejects"]]


def lines_of(workspace: Workspace, columns: str, relation: str = "invoice_lines") -> list[list[Any]]:
    return [
        list(line.values()) for line in workspace.query(f"select {columns} from {relation} order by line_id")
    ]


# --------------------------------------------------------------------------------------
# Columns
# --------------------------------------------------------------------------------------


def test_canonical_columns_in_any_order_and_case(workspace: Workspace) -> None:
    workspace.write(
        "q1.csv",
        "NET,Paid_Date,SUPPLIER,Accounting_Date,document,Vat,line\n"
        "120.00,2024-06-01,Acme,2024-05-02,INV-1,24.00,1\n",
    )
    assert rows_of(workspace.take_in("q1.csv")) == {"read": 1, "accepted": 1}
    columns = "document, line, supplier, accounting_date, net, vat, gross, paid_date"
    assert lines_of(workspace, columns) == [
        ["INV-1", "1", "Acme", "2024-05-02", "120.00", "24.00", "144.00", "2024-06-01"]
    ]


def test_missing_columns_have_the_contracts_defaults(workspace: Workspace) -> None:
    workspace.write("orders.csv", "po,supplier_id,order_date,net\nPO-1,S1,2024-05-02,100.00\n")
    workspace.take_in("orders.csv", kind="orders")
    assert lines_of(workspace, "po, line, net, received, status", "order_lines") == [
        ["PO-1", None, "100.00", "0.00", "open"]
    ]
    workspace.write("invoices.csv", "document,supplier_id,accounting_date,net\nINV-1,S1,2024-05-02,100.00\n")
    workspace.take_in("invoices.csv")
    assert lines_of(workspace, "vat, gross, supplier, paid_date") == [["0.00", "100.00", None, None]]


def test_extra_columns_are_kept_as_they_came(workspace: Workspace) -> None:
    workspace.write(
        "q1.csv",
        "document,Approver,supplier,accounting_date,net,Site No.\n"
        "INV-1,  J. Smith ,Acme,2024-05-02,120.00,007\nINV-2,,Acme,2024-05-02,80.00,\n",
    )
    workspace.take_in("q1.csv")
    kept = lines_of(workspace, """extra ->> 'Approver' as approver, extra ->> '$."Site No."' as site""")
    assert kept[0] == ["  J. Smith ", "007"]
    assert [text or "" for text in kept[1]] == ["", ""]


def test_an_extra_column_may_be_called_nearly_as_a_canonical_one(workspace: Workspace) -> None:
    workspace.write("orders.csv", "PO,Supplier,Order_Date,Net,PO #\nPO-1,S,2024-05-02,100.00,blue copy\n")
    workspace.take_in("orders.csv", kind="orders")
    kept = lines_of(workspace, """po, extra ->> '$."PO #"' as copy""", "order_lines")
    assert kept == [["PO-1", "blue copy"]]


def test_both_supplier_columns_may_each_be_blank_but_not_both(workspace: Workspace) -> None:
    workspace.write(
        "q1.csv",
        "document,supplier_id,supplier,accounting_date,net\n"
        "INV-1,S1,,2024-05-02,1.00\nINV-2,,Acme,2024-05-02,1.00\nINV-3,,,2024-05-02,1.00\n",
    )
    done = workspace.take_in("q1.csv", code=1)
    assert rows_of(done) == {"read": 3, "accepted": 2, "rejected": 1}
    assert codes_of(done) == [(4, "supplier", "missing-value")]


@pytest.mark.parametrize(
    ("kind", "header", "lacks"),
    [
        ("invoices", "document,supplier,net", "accounting_date"),
        ("invoices", "supplier,accounting_date,net", "document"),
        ("invoices", "document,accounting_date,net", "supplier"),
        ("orders", "supplier,order_date,net", "po"),
        ("orders", "po,supplier,order_date", "net"),
    ],
)
def test_a_file_without_a_needed_column_is_refused(
    workspace: Workspace, kind: str, header: str, lacks: str
) -> None:
    path = workspace.write("q1.csv", f"{header}\n{','.join('1' for _ in header.split(','))}\n")
    done = workspace.run("import", path, "--kind", kind)
    assert is_refused(done)
    assert lacks in done.err


# --------------------------------------------------------------------------------------
# Cells
# --------------------------------------------------------------------------------------

GOOD_MONEY = {
    "1200": "1200.00",
    "1200.5": "1200.50",
    "1200.50": "1200.50",
    "1200.5000": "1200.50",
    "0": "0.00",
    "-0.00": "0.00",
    "1,200.00": "1200.00",
    "1,234,567.89": "1234567.89",
    "£1,200.00": "1200.00",
    "GBP 1200.00": "1200.00",
    "GBP1,200": "1200.00",
    "-1200.00": "-1200.00",
    "1,200.00-": "-1200.00",
    "(1,200.00)": "-1200.00",
    "1200.00CR": "-1200.00",
    "1,200.00 CR": "-1200.00",
    "-£1,200.00": "-1200.00",
    "£1,200.00-": "-1200.00",
    "£1,200.00CR": "-1200.00",
    "(£1,200.00)": "-1200.00",
    "  1200.00  ": "1200.00",
    "\u00a01200.00\t": "1200.00",
    "0.01": "0.01",
    "9999999999999.99": "9999999999999.99",
}
BAD_MONEY = (
    *("12,3O4.00", "1e3", "1,23.00", "12,34,567.00", "1,2000.00", ",200.00", "1200,", "5,00", "1.200,00"),
    *(
        "12.345",
        "12.3450",
        "1.2.3",
        "-5.00-",
        "(5.00)-",
        "(-5.00)",
        "-5.00CR",
        "(5.00)CR",
        "--5.00",
        "+-5.00",
    ),
    *(
        "£",
        "GBP",
        "-",
        "()",
        "CR",
        "(",
        "5.00)",
        "£5.00£",
        "5.00 GBP CR DR",
        "n/a",
        "nil",
        "1 200.00",
        "0x10",
    ),
    *(
        "NaN",
        "Infinity",
        "1_000.00",
        "EUR 1e3",
        "$1,23.00",
        "£12.345",
        "12.00.",
        "\u0663.00",
        "\uff11\uff12.00",
    ),
)
FOREIGN_MONEY = (
    "$12.00",
    "€5.00",
    "EUR 5.00",
    "USD1,000.00",
    "-€5.00",
    "($12.50)",
    "$7.50CR",
    "CHF 1,200.00",
    "¥100",
)


def test_good_amounts(workspace: Workspace) -> None:
    workspace.write_csv(
        "q1.csv", HEADER.split(","), ((f"D{n}", "S", "2024-05-01", cell) for n, cell in enumerate(GOOD_MONEY))
    )
    workspace.take_in("q1.csv")
    read = [net for (net,) in lines_of(workspace, "net")]
    assert dict(zip(GOOD_MONEY, read, strict=True)) == GOOD_MONEY


@pytest.mark.parametrize(("cells", "code"), [(BAD_MONEY, "bad-amount"), (FOREIGN_MONEY, "bad-currency")])
def test_amounts_that_are_refused(workspace: Workspace, cells: Sequence[str], code: str) -> None:
    workspace.write_csv(
        "q1.csv", HEADER.split(","), ((f"D{n}", "S", "2024-05-01", cell) for n, cell in enumerate(cells))
    )
    done = workspace.take_in("q1.csv", code=1)
    assert rows_of(done) == {"read": len(cells), "rejected": len(cells)}
    found = {cells[reject["row"] - 2]: (reject["column"], reject["code"]) for reject in done["rejects"]}
    assert found == dict.fromkeys(cells, ("net", code))
    assert [reject["value"] for reject in done["rejects"]] == list(cells)


GOOD_DATES = {
    "2024-04-05": "2024-04-05",
    "05/04/2024": "2024-04-05",
    "5/4/2024": "2024-04-05",
    "05-04-2024": "2024-04-05",
    "05.04.2024": "2024-04-05",
    "05/04/24": "2024-04-05",
    "5.4.24": "2024-04-05",
    "05-04-24": "2024-04-05",
    "05-Apr-24": "2024-04-05",
    "5-Apr-2024": "2024-04-05",
    "29/02/2024": "2024-02-29",
    "31-Dec-99": "2099-12-31",
    "01/01/00": "2000-01-01",
    "  2024-04-05 ": "2024-04-05",
    "\u00a005/04/2024": "2024-04-05",
}
BAD_DATES = (
    *("31/06/2024", "2024-02-30", "29/02/2023", "29-Feb-23", "04/13/2024", "00/05/2024", "05/00/2024"),
    *("32/01/2024", "2024-13-01", "05-Avr-24", "soon", "00:00:00", "05/04-2024", "05/04/024", "05/04/20245"),
    *("0000-05-01", "01/05/0000"),  # there is no year 0
    *("2024/04/05", "2024-4-5", "/04/2024", "5//2024", "2024", "n/a", "05--04-2024"),
)


def test_good_dates(workspace: Workspace) -> None:
    workspace.write_csv(
        "q1.csv", HEADER.split(","), ((f"D{n}", "S", cell, "1.00") for n, cell in enumerate(GOOD_DATES))
    )
    workspace.take_in("q1.csv")
    read = [day for (day,) in lines_of(workspace, "accounting_date")]
    assert dict(zip(GOOD_DATES, read, strict=True)) == GOOD_DATES


def test_dates_that_are_refused(workspace: Workspace) -> None:
    workspace.write_csv(
        "q1.csv", HEADER.split(","), ((f"D{n}", "S", cell, "1.00") for n, cell in enumerate(BAD_DATES))
    )
    done = workspace.take_in("q1.csv", code=1)
    found = {BAD_DATES[row - 2]: (column, code) for row, column, code in codes_of(done)}
    assert found == dict.fromkeys(BAD_DATES, ("accounting_date", "bad-date"))


def test_surrounding_blanks_never_count(workspace: Workspace) -> None:
    blanks = " \t\u00a0\u2003\u3000"
    workspace.write_csv(
        "a.csv", [*HEADER.split(","), "line"], [["INV 1", "Acme Ltd", "2024-05-01", "10.00", "1"]]
    )
    workspace.write_csv(
        "b.csv",
        [f" {name}\t" for name in [*HEADER.split(","), "line"]],
        [[f"{blanks}{cell}{blanks}" for cell in ("INV 1", "Acme Ltd", "2024-05-01", "10.00", "1")]],
    )
    workspace.take_in("a.csv")
    assert rows_of(workspace.take_in("b.csv")) == {"read": 1, "unchanged": 1}


def test_an_orders_status_is_open_closed_or_cancelled(workspace: Workspace) -> None:
    workspace.write(
        "orders.csv",
        "po,supplier,order_date,net,Status\nP1,S,2024-05-01,1.00,CLOSED\nP2,S,2024-05-01,1.00,\n"
        "P3,S,2024-05-01,1.00,Cancelled\nP4,S,2024-05-01,1.00,on hold\n",
    )
    done = workspace.take_in("orders.csv", kind="orders", code=1)
    assert codes_of(done) == [(5, "Status", "bad-value")]
    assert [status for (status,) in lines_of(workspace, "status", "order_lines")] == [
        "closed",
        "open",
        "cancelled",
    ]


def test_net_and_vat_must_add_up_to_gross(workspace: Workspace) -> None:
    workspace.write(
        "q1.csv",
        "document,supplier,accounting_date,net,vat,Gross\n"
        "A,S,2024-05-01,100.00,20.00,120.00\nB,S,2024-05-01,100.00,20.00,\nC,S,2024-05-01,100.00,,100.00\n"
        "D,S,2024-05-01,100.00,20.00,102.00\nE,S,2024-05-01,100.00,,120.00\nF,S,2024-05-01,100.00,2O.00,120.00\n",
    )
    done = workspace.take_in("q1.csv", code=1)
    assert codes_of(done) == [
        (5, "Gross", "does-not-add-up"),
        (6, "Gross", "does-not-add-up"),
        (7, "vat", "bad-amount"),
    ]


def test_a_row_with_several_faults_is_one_rejected_row_with_several_entries(workspace: Workspace) -> None:
    workspace.write("q1.csv", f"{HEADER}\n,,31/06/2024,12.345\nINV-1,S,2024-05-01,1.00\n")
    done = workspace.take_in("q1.csv", code=1)
    assert rows_of(done) == {"read": 2, "accepted": 1, "rejected": 1}
    assert sorted(codes_of(done)) == [
        (2, "accounting_date", "bad-date"),
        (2, "document", "missing-value"),
        (2, "net", "bad-amount"),
        (2, "supplier", "missing-value"),
    ]
    assert all(reject["message"] for reject in done["rejects"])


def test_rejects_name_the_header_as_the_file_has_it(workspace: Workspace) -> None:
    workspace.write("q1.csv", "Document,SUPPLIER_ID,Accounting_Date, NET \nINV-1,,soon,x\n")
    done = workspace.take_in("q1.csv", code=1)
    assert sorted(codes_of(done)) == [
        (2, "Accounting_Date", "bad-date"),
        (2, "NET", "bad-amount"),
        (2, "SUPPLIER_ID", "missing-value"),
    ]


def test_a_ragged_row_has_one_entry_and_no_column(workspace: Workspace) -> None:
    workspace.write(
        "q1.csv",
        "document,supplier,accounting_date,net,description\n"
        "A,S,2024-05-01,1.00\n"  # ends early, after the last needed column: blank from there on
        "B,S,soon\n"
        "C,,soon,x,text,more\n"
        "D,S,2024-05-01,1.00,text,, \n",  # only blanks beyond the header
    )
    done = workspace.take_in("q1.csv", code=1)
    assert rows_of(done) == {"read": 4, "accepted": 2, "rejected": 2}
    assert codes_of(done) == [(3, None, "too-few-cells"), (4, None, "too-many-cells")]


def test_refused_rows_are_kept_with_their_reasons(workspace: Workspace) -> None:
    workspace.write("q1.csv", f"{HEADER}\nINV-1,S,2024-05-01,12.345\n")
    shown = workspace.take_in("q1.csv", code=1)["rejects"]
    kept = workspace.query("select row, column_name as column, value, code, message from rejects")
    assert kept == shown
    assert workspace.query("select count(*) as n from invoice_lines") == [{"n": 0}]


# --------------------------------------------------------------------------------------
# Row numbers, line ends, encodings
# --------------------------------------------------------------------------------------

AWKWARD = [
    *(HEADER, "A,S,2024-05-01,1.00", "", "B,S,2024-05-01,bad"),
    *(
        '"C\nover two lines",S,2024-05-01,1.00',
        " , ,,",
        '"D ""quoted""",S,2024-05-01,bad',
        "",
        "",
        "E,S,2024-05-01,1.00",
    ),
]


@pytest.mark.parametrize(  # each pair of the three together
    ("end", "last_end", "mark"),
    [
        ("\n", True, b""),
        ("\n", False, b"\xef\xbb\xbf"),
        ("\r\n", True, b"\xef\xbb\xbf"),
        ("\r\n", False, b""),
    ],
    ids=["LF", "LF, no final newline, BOM", "CRLF, BOM", "CRLF, no final newline"],
)
def test_row_numbers_are_a_spreadsheets(workspace: Workspace, end: str, last_end: bool, mark: bytes) -> None:
    workspace.write("q1.csv", mark + (end.join(AWKWARD) + (end if last_end else "")).encode())
    done = workspace.take_in("q1.csv", code=1)
    assert rows_of(done) == {"read": 5, "accepted": 3, "rejected": 2}
    assert codes_of(done) == [(4, "net", "bad-amount"), (7, "net", "bad-amount")]
    assert lines_of(workspace, "row, document") == [[2, "A"], [5, "C\nover two lines"], [10, "E"]]


def test_records_that_end_in_a_carriage_return(workspace: Workspace) -> None:
    workspace.write("q1.csv", f"{HEADER}\rA,S,2024-05-01,1.00\r\rB,S,2024-05-01,2.00\r")
    assert rows_of(workspace.take_in("q1.csv")) == {"read": 2, "accepted": 2}
    assert lines_of(workspace, "row, document, net") == [[2, "A", "1.00"], [4, "B", "2.00"]]


def test_windows_1252_and_utf8_say_the_same(workspace: Workspace) -> None:
    text = f"{HEADER},description\nA,Café \u2013 Zoë,2024-05-01,£12.00,“lamps”\n"
    workspace.write("utf8.csv", text.encode())
    workspace.write("windows.csv", text.encode("cp1252"))
    workspace.take_in("utf8.csv")
    assert lines_of(workspace, "supplier, net, description") == [["Café \u2013 Zoë", "12.00", "“lamps”"]]
    assert rows_of(workspace.take_in("windows.csv")) == {"read": 1, "unchanged": 1}


NAMES = ("it's.csv", "q1 [final]*.csv", "~q1.csv", "-q1.csv", "q1.csv.gz", "Straße?.csv", "{a,b}.csv")


@pytest.mark.thorough
def test_a_file_may_have_any_name(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = {name: f"D{number}" for number, name in enumerate(NAMES)}
    paths = [
        workspace.write(name, f"{HEADER}\n{document},S,2024-05-01,1.00\n")
        for name, document in documents.items()
    ]
    found = workspace.json("import", *paths, "--kind", "invoices")["imports"]
    assert {done["file"]: rows_of(done) for done in found} == {
        name: {"read": 1, "accepted": 1} for name in NAMES
    }
    monkeypatch.chdir(workspace.folder)
    again = workspace.do("import", "--kind", "invoices", "--again", "--json", "--", *NAMES)
    assert {done["file"]: rows_of(done) for done in json.loads(again.out)["imports"]} == {
        name: {"read": 1, "unchanged": 1} for name in NAMES
    }
    assert dict(lines_of(workspace, "file, document")) == documents


def test_a_header_without_rows_is_no_error(workspace: Workspace) -> None:
    workspace.write("q1.csv", f"{HEADER}\n")
    assert rows_of(workspace.take_in("q1.csv")) == {}


def test_text_in_a_cell_stays_as_it_is(workspace: Workspace) -> None:
    texts = [
        "=1+1",
        "@SUM(A1)",
        "0012",
        "NULL",
        "'quoted'",
        'say "ah"',
        "a,b",
        "a\nb",
        "C:\\x",
        "{}",
        "TRUE",
        "1e5",
    ]
    workspace.write_csv(
        "q1.csv", [*HEADER.split(","), "description"], ([t, "S", "2024-05-01", "1.00", t] for t in texts)
    )
    workspace.take_in("q1.csv")
    assert lines_of(workspace, "document, description") == [[text, text] for text in texts]


@pytest.mark.thorough
def test_lines_of_a_large_file_keep_their_rows_and_their_order(workspace: Workspace) -> None:
    """Each document holds its own row number; the second file meets a ledger that counts as large: all threads read."""
    count, width = 150_000, 180
    first = "".join(f"{row},S,2024-05-01,{row % 997}.{row % 100:02}\n" for row in range(2, count + 2))
    workspace.write("a.csv", f"{HEADER}\n{first}")
    rng = random.Random(7)
    second = "".join(f"{row},T,2024-06-01,1.00,{'x' * rng.randrange(width)}\n" for row in range(2, count + 2))
    workspace.write("b.csv", f"{HEADER},description\n{second}")
    for name in ("a.csv", "b.csv"):
        with mock.patch("grantkit.store.SMALL_LEDGER", 0):
            assert rows_of(workspace.take_in(name)) == {"read": count, "accepted": count}
    (found,) = workspace.query(
        """select count(*) as lines,
            count(*) filter (where document != row::varchar) as elsewhere,
            count(*) filter (where line_id != row - 1 + case file when 'a.csv' then 0 else 150000 end) as disordered
        from invoice_lines"""
    )
    assert found == {"lines": 2 * count, "elsewhere": 0, "disordered": 0}


# --------------------------------------------------------------------------------------
# Any CSV text: the product against the auditor's reading of the same file
# --------------------------------------------------------------------------------------

CELLS = {
    "document": st.sampled_from(["D1", "D2", "007", "7", "D 3", 'D"4', ""]),
    "line": st.sampled_from(["", "", "1", "2", "01"]),
    "supplier": st.sampled_from(["Acme", "Acme, Ltd", "ACME", "Bee\nCo", ""]),
    "supplier_id": st.sampled_from(["", "S1", "S2"]),
    "accounting_date": st.sampled_from(
        ["2024-05-01", "01/05/2024", "1.5.24", "01-May-24", "31/06/2024", "x", ""]
    ),
    "net": st.sampled_from(
        ["10.00", "10", "£10.00", "1,000.00", "-4.50", "(4.50)", "4.50CR", "1,00", "$3.00", ""]
    ),
    "vat": st.sampled_from(["", "0", "2.00", "2-", "two"]),
    "gross": st.sampled_from(["", "12.00", "10.00", "8"]),
    "paid_date": st.sampled_from(["", "2024-06-01", "2024-06-02", "never"]),
    "description": st.text(st.sampled_from("ab ,\"\n\r;é£'=\t"), max_size=6),
    "note": st.text(st.sampled_from('xy ",'), max_size=3),
}
NEEDED = ("document", "supplier", "accounting_date", "net")
ODD_RECORDS = (
    "",
    ",",
    ",,,,",
    " ",
    '""',
    '"",""',
    ' ""',
    "x",
    'A,"b',
    '"a"b,c',
    '"D1" ,Acme,2024-05-01,1.00',
    "\t",
)


@st.composite
def written(draw: st.DrawFn, cell: str) -> str:
    """A cell as some program writes it: bare where that can be, or quoted, with blanks inside or around."""
    cell = (
        draw(st.sampled_from(["", "", "", " ", "\u00a0", "\t"]))
        + cell
        + draw(st.sampled_from(["", "", "", " "]))
    )
    needs_quotes = any(sign in cell for sign in ',"\n\r')
    if needs_quotes or draw(st.integers(0, 3)) == 0:
        quoted = '"' + cell.replace('"', '""') + '"'
        return draw(st.sampled_from([quoted, quoted, quoted, f" {quoted}", f"{quoted} "]))
    return cell


@st.composite
def csv_texts(draw: st.DrawFn) -> bytes:
    """A small invoice ledger with all that exports do to CSV: it need not be well formed."""
    optional = draw(st.lists(st.sampled_from([n for n in CELLS if n not in NEEDED]), unique=True))
    columns = draw(st.permutations([*NEEDED, *optional]))
    # a quote behind a blank belongs to the name, which recognition overlooks and the auditor does not
    records = [",".join(draw(written(name)).removeprefix(" ") for name in columns)]
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(["row"] * 8 + ["short", "long", "odd", "twice"]))
        cells = [draw(written(draw(CELLS[name]))) for name in columns]
        if kind == "short":
            cells = cells[: draw(st.integers(1, len(cells)))]
        elif kind == "long":
            cells += draw(st.lists(st.sampled_from(["", " ", '""', "x"]), min_size=1, max_size=2))
        record = draw(st.sampled_from(ODD_RECORDS)) if kind == "odd" else ",".join(cells)
        records += [record] * (2 if kind == "twice" else 1)
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = end.join(records) + draw(st.sampled_from([end, end, "", end * 2]))
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text.encode()


def content(line: Any) -> dict[str, str | None]:
    """An auditor's line as a query's JSON has it."""
    return {
        name: (f"{value:.2f}" if isinstance(value, Decimal) else str(value))
        if value not in (None, "")
        else None
        for name, value in vars(line).items()
    }


@pytest.mark.thorough
@examples(max_examples=EXAMPLES, deadline=None)
@given(text=csv_texts())
def test_any_csv_text_reads_as_the_auditor_reads_it(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        path = workspace.write("ledger.csv", text)
        auditor = Auditor(workspace.folder)
        try:
            want = auditor.import_file(path, "invoices")
        except Refused:
            assert is_refused(workspace.run("import", path, "--kind", "invoices"))
            return
        got = workspace.take_in("ledger.csv", code=int(bool(want["rejects"])))
        lines = workspace.query("select * from invoice_lines")
    assert (got["rows"], got["net"]) == (want["rows"], want["net"])
    assert sorted(codes_of(got), key=str) == sorted(codes_of(want), key=str)
    found = {line["line_id"]: {name: line[name] for name in CELLS if name != "note"} for line in lines}
    expected = {i: content(line) for i, line in auditor.invoices.items()}
    assert found == {
        i: {name: line[name] for name in CELLS if name != "note"} for i, line in expected.items()
    }


# --------------------------------------------------------------------------------------
# Spreadsheets
# --------------------------------------------------------------------------------------

Sheet = list[list[Any]]
TYPED: Sheet = [
    [
        "document",
        "line",
        "supplier_id",
        "supplier",
        "accounting_date",
        "net",
        "vat",
        "paid_date",
        "description",
    ],
    ["00123", 1, "0007", "Acme", datetime.datetime(2024, 5, 1), 0.1 + 0.2, 0, None, "=SUM(A1)"],  # noqa: DTZ001
    [
        "00123",
        2,
        "0007",
        "Acme",
        datetime.date(2024, 5, 31),
        1200,
        240.0,
        datetime.date(2024, 6, 30),
        "Zoë\nLtd",
    ],
    [456, None, None, "Acme", "01/06/2024", 1234.56, None, None, None],
    [456789012345, None, None, "Acme", "05-Jun-24", -1.1 - 2.2, None, None, "TRUE"],
    ["456", "1", None, "Acme", datetime.datetime(2024, 6, 6), "1,200.00CR", "0", None, "0012"],  # noqa: DTZ001
    ["INV", "1", None, "Acme", datetime.datetime(2024, 6, 7), 98765432.1, 0.07, None, None],  # noqa: DTZ001
]
SAME_AS_TEXT = """\
document,line,supplier_id,supplier,accounting_date,net,vat,paid_date,description
00123,1,0007,Acme,2024-05-01,0.30,0.00,,=SUM(A1)
00123,2,0007,Acme,31/05/2024,1200.00,240.00,2024-06-30,"Zoë
Ltd"
456,,,Acme,2024-06-01,1234.56,,,
456789012345,,,Acme,2024-06-05,-3.30,,,TRUE
456,1,,Acme,2024-06-06,-1200.00,0,,0012
INV,1,,Acme,2024-06-07,98765432.10,0.07,,
"""


def xlsx(**sheets: Sheet) -> bytes:
    """A workbook with these sheets; one whose name begins with ``hidden`` is."""
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for line in sheet.iter_rows():
            for cell in line:
                if isinstance(cell.value, str) and cell.data_type == "f":
                    cell.data_type = "s"  # a text that begins like a formula, not one
        if name.startswith("hidden"):
            sheet.sheet_state = "hidden"
    book.save(target := io.BytesIO())
    return target.getvalue()


def small(document: str) -> Sheet:
    return [HEADER.split(","), [document, "S", "2024-05-01", 1.5]]


@pytest.mark.parametrize("first", ["xlsx", "csv"])
def test_a_workbook_says_the_same_as_its_csv(workspace: Workspace, first: str) -> None:
    files = {
        "xlsx": workspace.write("q1.xlsx", xlsx(Ledger=TYPED)),
        "csv": workspace.write("q1.csv", SAME_AS_TEXT),
    }
    done = workspace.take_in(files.pop(first))
    assert rows_of(done) == {"read": 6, "accepted": 6}
    assert done["net"]["accepted"] == "98766663.66"
    (second,) = files.values()
    assert rows_of(workspace.take_in(second)) == {"read": 6, "unchanged": 6}


def test_a_binary_number_is_its_shortest_decimal_of_at_most_fifteen_digits(workspace: Workspace) -> None:
    numbers = {
        0.1 + 0.2: "0.30",
        1.1 * 3: "3.30",
        4.35 * 100: "435.00",
        1e3: "1000.00",
        2.675: None,
        1e15: None,
    }
    rows = [[f"D{n}", "S", "2024-05-01", number] for n, number in enumerate(numbers)]
    workspace.write("q1.xlsx", xlsx(Ledger=[HEADER.split(","), *rows]))
    done = workspace.take_in("q1.xlsx", code=1)
    assert [net for (net,) in lines_of(workspace, "net")] == [text for text in numbers.values() if text]
    assert codes_of(done)[0] == (6, "net", "bad-amount")


def test_a_cell_that_shows_an_error_is_not_taken_for_a_blank_one(workspace: Workspace) -> None:
    """A VAT of #N/A is unknown, and no VAT at all is 0."""
    head = [*HEADER.split(","), "vat"]
    book = openpyxl.load_workbook(io.BytesIO(xlsx(Ledger=[head, ["A", "S", "2024-05-01", 1, "#N/A"]])))
    book.active["E2"].data_type = "e"  # type: ignore[index]
    book.save(workspace.folder / "q1.xlsx")
    done = workspace.take_in("q1.xlsx", code=1)
    assert codes_of(done) == [(2, "vat", "bad-amount")]


def test_rows_of_a_sheet_are_numbered_as_it_shows_them(workspace: Workspace) -> None:
    head = HEADER.split(",")
    sheet: Sheet = [[], head, ["A", "S", "2024-05-01", 1], [], [None, " "], ["B", "S", "2024-05-01", "x"]]
    workspace.write("q1.xlsx", xlsx(Ledger=sheet))
    done = workspace.take_in("q1.xlsx", code=1)
    assert rows_of(done) == {"read": 2, "accepted": 1, "rejected": 1}
    assert codes_of(done) == [(6, "net", "bad-amount")]
    assert lines_of(workspace, "row, document") == [[3, "A"]]


def test_the_sheet_that_holds_such_a_ledger_is_found_by_its_header(workspace: Workspace) -> None:
    workspace.write("q1.xlsx", xlsx(Notes=[["about", "this"]], June=small("A"), Orders=[["po"], ["P1"]]))
    assert workspace.take_in("q1.xlsx")["sheet"] == "June"
    assert lines_of(workspace, "document") == [["A"]]


def test_of_several_sheets_that_fit_one_has_to_be_named(workspace: Workspace) -> None:
    path = workspace.write("q1.xlsx", xlsx(May=small("A"), June=small("B")))
    done = workspace.run("import", path, "--kind", "invoices")
    assert is_refused(done)
    assert "May" in done.err
    assert "--sheet" in done.err
    assert workspace.take_in("q1.xlsx", "--sheet", "June")["sheet"] == "June"
    assert lines_of(workspace, "document") == [["B"]]


def test_a_hidden_sheet_is_taken_only_by_name(workspace: Workspace) -> None:
    path = workspace.write("q1.xlsx", xlsx(May=small("A"), hidden_june=small("B")))
    assert workspace.take_in("q1.xlsx")["sheet"] == "May"
    assert workspace.take_in("q1.xlsx", "--sheet", "hidden_june")["sheet"] == "hidden_june"
    assert lines_of(workspace, "document") == [["A"], ["B"]]
    assert is_refused(workspace.run("import", path, "--kind", "invoices", "--sheet", "July"))


def test_two_sheets_of_one_file_are_two_batches(workspace: Workspace) -> None:
    workspace.write("q1.xlsx", xlsx(May=small("A"), June=small("B")))
    for sheet in ("May", "June"):
        assert rows_of(workspace.take_in("q1.xlsx", "--sheet", sheet)) == {"read": 1, "accepted": 1}
    for sheet in ("May", "June"):
        assert rows_of(workspace.take_in("q1.xlsx", "--sheet", sheet)) == {"read": 1, "unchanged": 1}


# --------------------------------------------------------------------------------------
# Identity
# --------------------------------------------------------------------------------------

NUMBERED = "document,line,supplier_id,supplier,accounting_date,net,vat,paid_date"
BARE = "document,supplier,accounting_date,net,vat,paid_date"
ORDERS = "po,line,supplier,order_date,net,received,status"


def bring(
    workspace: Workspace, header: str, *rows: str, kind: str = "invoices", code: int = 0
) -> dict[str, Any]:
    """Take in a file of these rows."""
    name = f"{kind}-{len(list(workspace.folder.glob('*.csv')))}.csv"
    workspace.write(name, "\n".join([header, *rows, ""]))
    return workspace.take_in(name, kind=kind, code=code)


def test_the_next_cumulative_extract_adds_nothing_twice(workspace: Workspace) -> None:
    april = ["INV-1,1,S1,Acme,2024-04-05,100.00,20.00,", "INV-1,2,S1,Acme,2024-04-05,50.00,10.00,"]
    assert rows_of(bring(workspace, NUMBERED, *april)) == {"read": 2, "accepted": 2}
    done = bring(workspace, NUMBERED, *april, "INV-2,1,S1,Acme,2024-05-05,7.00,0.00,")
    assert rows_of(done) == {"read": 3, "accepted": 1, "unchanged": 2}
    assert done["net"]["accepted"] == "7.00"
    assert done["net"]["unchanged"] == "150.00"


def test_a_line_with_other_content_is_restated_and_the_old_version_kept(workspace: Workspace) -> None:
    bring(workspace, NUMBERED, "INV-1,1,S1,Acme,2024-04-05,145.00,0.00,")
    done = bring(workspace, NUMBERED, "INV-1,1,S1,Acme,2024-04-06,150.00,0.00,")
    assert rows_of(done) == {"read": 1, "restated": 1}
    assert (done["net"]["restated"], done["net"]["restated_from"]) == ("150.00", "145.00")
    assert lines_of(workspace, "line_id, net, accounting_date") == [[1, "150.00", "2024-04-06"]]
    versions = workspace.query("select line_id, batch, net from line_versions order by batch")
    assert [list(version.values()) for version in versions] == [[1, 1, "145.00"], [1, 2, "150.00"]]


def test_an_invoice_line_is_its_supplier_document_and_line(workspace: Workspace) -> None:
    rows = [
        "INV-1,1,S1,Acme,2024-04-05,1.00,0,",
        "INV-1,1,S2,Acme,2024-04-05,1.00,0,",  # another supplier, by its id
        "INV-1,01,S1,Acme,2024-04-05,1.00,0,",  # a line number is text
        "INV-1,1,,Acme,2024-04-05,1.00,0,",  # no id: the name is the supplier
    ]
    assert rows_of(bring(workspace, NUMBERED, *rows)) == {"read": 4, "accepted": 4}
    # the id tells the supplier, so another name restates
    assert rows_of(bring(workspace, NUMBERED, "INV-1,1,S1,ACME LTD,2024-04-05,1.00,0,")) == {
        "read": 1,
        "restated": 1,
    }


def test_content_is_what_the_cells_say(workspace: Workspace) -> None:
    header = "document,line,supplier,accounting_date,net,vat,gross"
    bring(workspace, header, 'INV-1,1,Acme,2024-04-05,"1,200.00",240.00,', "INV-2,1,Acme,2024-04-05,5.00,,")
    done = bring(
        workspace,
        header,
        "INV-1,1,Acme,05/04/2024,1200.00,240,£1440.00",
        "INV-2,1, Acme ,05-Apr-24,5,0,5.000",
    )
    assert rows_of(done) == {"read": 2, "unchanged": 2}
    bring(workspace, ORDERS, "P1,1,Acme,2024-04-05,10.00,,", kind="orders")
    done = bring(workspace, ORDERS, "P1,1,Acme,2024-04-05,10,0.00,Open", kind="orders")
    assert rows_of(done) == {"read": 1, "unchanged": 1}


def test_true_identical_lines_without_a_number_all_count(workspace: Workspace) -> None:
    twins = ["PERMIT,Council,2024-04-05,80.00,,"] * 2
    assert rows_of(bring(workspace, BARE, *twins)) == {"read": 2, "accepted": 2}
    assert rows_of(bring(workspace, BARE, *twins, *twins)) == {"read": 4, "accepted": 2, "unchanged": 2}
    assert workspace.query("select sum(net) as net from invoice_lines") == [{"net": "320.00"}]


def test_a_payment_date_that_comes_later_restates_the_line(workspace: Workspace) -> None:
    bring(workspace, BARE, *["PERMIT,Council,2024-04-05,80.00,,"] * 2)
    done = bring(
        workspace, BARE, "PERMIT,Council,2024-04-05,80.00,,2024-05-01", "PERMIT,Council,2024-04-05,80.00,,"
    )
    assert rows_of(done) == {"read": 2, "unchanged": 1, "restated": 1}
    assert lines_of(workspace, "line_id, paid_date") == [[1, "2024-05-01"], [2, None]]


def test_without_a_line_number_other_content_is_another_line(workspace: Workspace) -> None:
    bring(workspace, BARE, "INV-1,Acme,2024-04-05,80.00,,")
    assert rows_of(bring(workspace, BARE, "INV-1,Acme,2024-04-05,81.00,,")) == {"read": 1, "accepted": 1}


def test_refused_rows_are_not_counted_in_the_occurrence_number(workspace: Workspace) -> None:
    bring(workspace, ORDERS, "P1,,Acme,2024-04-05,10.00,,", "P1,,Acme,2024-04-05,20.00,,", kind="orders")
    done = bring(
        workspace,
        ORDERS,
        *("P1,,Acme,2024-04-05,10.00,bad,", "P1,,Acme,2024-04-05,10.00,,", "P1,,Acme,2024-04-05,25.00,,"),
        kind="orders",
        code=1,
    )
    assert rows_of(done) == {"read": 3, "unchanged": 1, "restated": 1, "rejected": 1}
    assert lines_of(workspace, "line_id, net", "order_lines") == [[1, "10.00"], [2, "25.00"]]


def test_an_order_line_is_its_number_and_line(workspace: Workspace) -> None:
    bring(workspace, ORDERS, "P1,1,Acme,2024-04-05,10.00,,", "P1,2,Acme,2024-04-05,10.00,,", kind="orders")
    done = bring(workspace, ORDERS, "P1,2,Bee,2024-04-09,11.00,11.00,closed", kind="orders")
    assert rows_of(done) == {"read": 1, "restated": 1}
    assert lines_of(workspace, "line_id, supplier, status", "order_lines") == [
        [1, "Acme", "open"],
        [2, "Bee", "closed"],
    ]


def test_one_identity_with_two_contents_refuses_every_such_row(workspace: Workspace) -> None:
    done = bring(
        workspace,
        NUMBERED,
        *("V/1,1,S1,Acme,2024-04-05,625.00,0,", "V/2,1,S1,Acme,2024-04-05,1.00,0,"),
        *("V/1,1,S1,Acme,2024-04-05,652.00,0,", "V/1,1,S1,Acme,2024-04-05,625.00,0,"),
        code=1,
    )
    assert rows_of(done) == {"read": 4, "accepted": 1, "rejected": 3}
    assert codes_of(done) == [(2, None, "conflict"), (4, None, "conflict"), (5, None, "conflict")]


def test_the_same_line_said_again_in_one_file_is_unchanged(workspace: Workspace) -> None:
    same = "V/1,1,S1,Acme,2024-04-05,625.00,0,"
    done = bring(workspace, NUMBERED, same, same, "V/1,1,S1,Acme,soon,1.00,0,", code=1)
    assert rows_of(done) == {"read": 3, "accepted": 1, "unchanged": 1, "rejected": 1}
    assert done["net"]["unchanged"] == "625.00"
    assert codes_of(done) == [(4, "accounting_date", "bad-date")]


def test_line_ids_are_one_series_in_the_order_of_arrival(workspace: Workspace) -> None:
    bring(workspace, BARE, "B,Acme,2024-04-05,1.00,,", "A,Acme,2024-04-05,1.00,,")
    bring(workspace, ORDERS, "P1,1,Acme,2024-04-05,10.00,,", kind="orders")
    bring(workspace, BARE, "A,Acme,2024-04-05,1.00,,", "C,Acme,2024-04-05,1.00,,")
    assert lines_of(workspace, "line_id, document") == [[1, "B"], [2, "A"], [4, "C"]]
    assert lines_of(workspace, "line_id, po", "order_lines") == [[3, "P1"]]


# --------------------------------------------------------------------------------------
# Files that come again, trials, several files
# --------------------------------------------------------------------------------------


def test_the_same_bytes_change_nothing_whatever_came_in_since(workspace: Workspace) -> None:
    workspace.write("old.csv", f"{NUMBERED}\nA,1,S1,Acme,2024-04-05,1.00,0,\nA,2,S1,Acme,soon,1.00,0,\n")
    workspace.write("new.csv", f"{NUMBERED}\nA,1,S1,Acme,2024-04-05,9.00,0,\n")
    workspace.write("old-copied.csv", (workspace.folder / "old.csv").read_bytes())
    workspace.take_in("old.csv", code=1)
    workspace.take_in("new.csv")
    for name in ("old.csv", "old-copied.csv"):
        done = workspace.take_in(name, code=1)
        assert rows_of(done) == {"read": 2, "unchanged": 1, "rejected": 1}
        assert done["net"]["unchanged"] == "1.00"
        assert codes_of(done) == [(3, "accounting_date", "bad-date")]
    assert lines_of(workspace, "net") == [["9.00"]]
    assert workspace.query("select count(*) as n from batches") == [{"n": 2}]


def test_again_takes_a_file_as_if_it_were_new(workspace: Workspace) -> None:
    workspace.write("old.csv", f"{NUMBERED}\nA,1,S1,Acme,2024-04-05,1.00,0,\n")
    workspace.write("new.csv", f"{NUMBERED}\nA,1,S1,Acme,2024-04-05,9.00,0,\n")
    workspace.take_in("old.csv")
    workspace.take_in("new.csv")
    assert rows_of(workspace.take_in("old.csv", "--again")) == {"read": 1, "restated": 1}
    assert lines_of(workspace, "line_id, net") == [[1, "1.00"]]
    assert rows_of(workspace.take_in("old.csv", "--again")) == {"read": 1, "unchanged": 1}


def test_a_dry_run_says_what_would_be_and_keeps_nothing(workspace: Workspace) -> None:
    text = f"{BARE}\nA,Acme,2024-04-05,1.00,,\nB,Acme,soon,1.00,,\n"
    workspace.write("q1.csv", text)
    dry = workspace.take_in("q1.csv", "--dry-run", code=1)
    assert (dry["batch"], dry["dry_run"]) == (None, True)
    assert workspace.query("select * from batches") == []
    assert not list(workspace.evidence.glob("*"))
    wet = workspace.take_in("q1.csv", code=1)
    assert (wet["batch"], wet["dry_run"]) == (1, False)
    assert {k: wet[k] for k in ("rows", "net", "rejects")} == {k: dry[k] for k in ("rows", "net", "rejects")}


def test_a_dry_run_on_a_ledger_leaves_its_bytes(workspace: Workspace) -> None:
    bring(workspace, NUMBERED, "A,1,S1,Acme,2024-04-05,1.00,0,")
    workspace.write("next.csv", f"{NUMBERED}\nA,1,S1,Acme,2024-04-05,2.00,0,\n")
    before = workspace.files()
    assert rows_of(workspace.take_in("next.csv", "--dry-run")) == {"read": 1, "restated": 1}
    assert workspace.files() == before


def test_strict_takes_nothing_in_where_one_row_is_refused(workspace: Workspace) -> None:
    path = workspace.write("q1.csv", f"{BARE}\nA,Acme,2024-04-05,1.00,,\nB,Acme,soon,1.00,,\n")
    done = workspace.take_in("q1.csv", "--strict", code=1)
    assert codes_of(done) == [(3, "accounting_date", "bad-date")]
    assert workspace.query("select * from batches") == []
    assert workspace.query("select * from invoice_lines") == []
    path.write_text(f"{BARE}\nA,Acme,2024-04-05,1.00,,\nB,Acme,2024-04-06,1.00,,\n", encoding="utf-8")
    assert rows_of(workspace.take_in("q1.csv", "--strict")) == {"read": 2, "accepted": 2}


def test_one_bad_file_among_several_leaves_the_good_ones(workspace: Workspace) -> None:
    good = [workspace.write(f"{n}.csv", f"{BARE}\n{n},Acme,2024-04-05,1.00,,\n") for n in "AB"]
    bad = workspace.write("bad.csv", "nothing,of,the,kind\n")
    done = workspace.run(
        "import", good[0], bad, workspace.folder / "absent.csv", good[1], "--kind", "invoices"
    )
    assert done.code == 1
    assert "bad.csv" in done.err
    assert "absent.csv" in done.err
    assert "Traceback" not in done.err
    assert lines_of(workspace, "document") == [["A"], ["B"]]


def test_all_files_bad_is_an_error_and_no_json(workspace: Workspace) -> None:
    bad = workspace.write("bad.csv", "nothing,of,the,kind\n")
    assert is_refused(workspace.run("import", bad, "--kind", "invoices", "--json"))
    assert is_refused(
        workspace.run("import", workspace.folder / "x.csv", "--kind", "invoices", "--json"), code=3
    )


def test_the_extract_date_is_kept_with_the_batch(workspace: Workspace) -> None:
    for name, words in (("a.csv", ("--extract-date", "2024-07-03")), ("b.csv", ())):
        workspace.write(name, f"{BARE}\n{name},Acme,2024-04-05,1.00,,\n")
        workspace.take_in(name, *words)
    kept = workspace.query("select extract_date from batches order by batch")
    assert [batch["extract_date"] for batch in kept] == ["2024-07-03", "2025-04-10"]


def test_the_import_shows_file_sheet_hash_kind_and_profile(workspace: Workspace) -> None:
    path = workspace.write("q1.csv", f"{BARE}\nA,Acme,2024-04-05,1.00,,\n")
    done = workspace.take_in(path)
    shown = {k: done[k] for k in ("batch", "file", "sheet", "sha256", "kind", "profile", "dry_run")}
    assert shown == {
        "batch": 1,
        "file": "q1.csv",
        "sheet": None,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "kind": "invoices",
        "profile": "canonical",
        "dry_run": False,
    }
    assert set(done["rows"]) == {"read", "accepted", "unchanged", "restated", "rejected", "ignored"}
    assert set(done["net"]) == {"accepted", "unchanged", "restated", "restated_from", "ignored"}


# --------------------------------------------------------------------------------------
# Profiles
# --------------------------------------------------------------------------------------

SPENDING = """
kind = "invoices"
[columns]
document = "Trans No"
net = ["Amount", "Net Amount"]
accounting_date = "Paid Date"
supplier = "Vendor"
"""


def test_a_profile_maps_columns_by_the_first_header_that_the_file_has(workspace: Workspace) -> None:
    workspace.write("profiles/council.toml", SPENDING)
    workspace.write("q1.csv", "Net Amount,trans_no,VENDOR,paid date\n12.00,T1,Acme,05/04/2024\n")
    done = workspace.take_in("q1.csv", "--profile", "council")
    assert done["profile"] == "council"
    assert lines_of(workspace, "document, supplier, accounting_date, net") == [
        ["T1", "Acme", "2024-04-05", "12.00"]
    ]


def test_a_profiles_constants_fill_what_the_file_lacks(workspace: Workspace) -> None:
    profile = (
        SPENDING.replace('supplier = "Vendor"', "")
        + '[constants]\nsupplier = "Payroll"\ncost_centre = "FR210"\n'
    )
    workspace.write("profiles/payroll.toml", profile)
    workspace.write("q1.csv", "Trans No,Paid Date,Amount\nJ1,2024-04-30,120.00\n")
    workspace.take_in("q1.csv", "--profile", "payroll")
    assert lines_of(workspace, "document, supplier, cost_centre") == [["J1", "Payroll", "FR210"]]


def test_a_profile_may_read_the_month_first(workspace: Workspace) -> None:
    workspace.write("profiles/us.toml", 'date_order = "month-day-year"' + SPENDING)
    rows = ["T1,4/25/2018,A,1.00", "T2,04/05/2018,A,1.00", "T3,2018-04-06,A,1.00", "T4,25/4/2018,A,1.00"]
    workspace.write("q1.csv", "\n".join(["Trans No,Paid Date,Vendor,Amount", *rows, ""]))
    done = workspace.take_in("q1.csv", "--profile", "us", code=1)
    assert [day for (day,) in lines_of(workspace, "accounting_date")] == [
        "2018-04-25",
        "2018-04-05",
        "2018-04-06",
    ]
    assert codes_of(done) == [(5, "Paid Date", "bad-date")]


def test_a_profile_may_take_amounts_in_dollars_as_they_stand(workspace: Workspace) -> None:
    workspace.write("profiles/us.toml", 'currency = "USD"' + SPENDING)
    rows = [
        'T1,2024-04-05,A,"$1,200.00"',
        "T2,2024-04-05,A,USD 3",
        "T3,2024-04-05,A,4.00",
        "T4,2024-04-05,A,£5.00",
    ]
    workspace.write("q1.csv", "\n".join(["Trans No,Paid Date,Vendor,Amount", *rows, ""]))
    done = workspace.take_in("q1.csv", "--profile", "us", code=1)
    assert [net for (net,) in lines_of(workspace, "net")] == ["1200.00", "3.00", "4.00"]
    assert codes_of(done) == [(5, "Amount", "bad-currency")]


def test_lines_of_a_file_without_documents_are_known_by_their_content(workspace: Workspace) -> None:
    profile = SPENDING.replace('document = "Trans No"', "").replace('kind = "invoices"', "no_document = true")
    workspace.write("profiles/city.toml", profile)
    rows = ["2024-04-05,Acme,10.00", "2024-04-05,Acme,10.00", "2024-04-05,Bee,10.00"]
    workspace.write("april.csv", "\n".join(["Paid Date,Vendor,Amount", *rows, ""]))
    workspace.write("may.csv", "\n".join(["Paid Date,Vendor,Amount", *rows, "2024-05-05,Acme,10.00", ""]))
    assert rows_of(workspace.take_in("april.csv", "--profile", "city")) == {"read": 3, "accepted": 3}
    done = workspace.take_in("may.csv", "--profile", "city")
    assert rows_of(done) == {"read": 4, "accepted": 1, "unchanged": 3}


def test_a_file_under_another_profile_is_not_the_same_file(workspace: Workspace) -> None:
    workspace.write("profiles/a.toml", SPENDING)
    workspace.write("profiles/b.toml", SPENDING + 'description = "Purpose"\n')
    workspace.write("q1.csv", "Trans No,Paid Date,Vendor,Amount,Purpose\nT1,2024-04-05,Acme,1.00,lamps\n")
    workspace.take_in("q1.csv", "--profile", "a")
    # without a line number the content is the identity, and the description is part of it
    assert rows_of(workspace.take_in("q1.csv", "--profile", "b")) == {"read": 1, "accepted": 1}


@pytest.mark.parametrize(
    "profile",
    [
        "datum_order = 'day-month-year'",
        "date_order = 'year first'",
        "currency = 'XXX'",
        "kind = 'receipts'",
        "no_document = 'yes'",
        "columns = 'Amount'",
        "[columns]\ndoc = 'Trans No'",
        "[columns]\nnet = []",
        "[columns]\nnet = 3",
        "[constants]\nsupplier = 7",
        "[constants]\nwho = 'x'",
        "this is no toml",
    ],
)
def test_a_mistake_in_a_profile_is_named(workspace: Workspace, profile: str) -> None:
    workspace.write("profiles/council.toml", profile)
    path = workspace.write("q1.csv", "Trans No,Paid Date,Vendor,Amount\nT1,2024-04-05,Acme,1.00\n")
    done = workspace.run("import", path, "--kind", "invoices", "--profile", "council")
    assert is_refused(done)
    assert "council.toml" in done.err


def test_an_unknown_profile_names_those_that_there_are(workspace: Workspace) -> None:
    workspace.write("profiles/council.toml", SPENDING)
    path = workspace.write("q1.csv", f"{BARE}\n")
    done = workspace.run("import", path, "--kind", "invoices", "--profile", "counsil")
    assert is_refused(done)
    assert "council" in done.err.replace("counsil", "")


# --------------------------------------------------------------------------------------
# Evidence, and whole or not at all
# --------------------------------------------------------------------------------------


def everything(workspace: Workspace) -> dict[str, Any]:
    names = ("batches", "line_versions", "rejects", "audit_log")
    return {name: workspace.query(f"select * from {name} order by all") for name in names}


def kept(workspace: Workspace) -> list[str]:
    return sorted(path.name for path in workspace.evidence.glob("*")) if workspace.evidence.is_dir() else []


def test_the_source_file_is_kept_as_it_came(workspace: Workspace) -> None:
    content = f"{BARE}\r\nA,Café,2024-04-05,1.00,,\r\n".encode("cp1252")
    path = workspace.write("q1.csv", content)
    sha256 = workspace.take_in("q1.csv")["sha256"]
    path.unlink()
    assert kept(workspace) == [f"{sha256}.zst"]
    with (workspace.evidence / f"{sha256}.zst").open("rb") as packed:
        assert zstandard.ZstdDecompressor().stream_reader(packed).read() == content


def test_where_the_evidence_cannot_be_kept_nothing_is_taken_in(workspace: Workspace) -> None:
    workspace.write("a.csv", f"{BARE}\nA,Acme,2024-04-05,1.00,,\n")
    workspace.take_in("a.csv")
    before = everything(workspace)
    moved = workspace.evidence.rename(workspace.folder / "moved")
    workspace.evidence.write_text("in the way", encoding="utf-8")
    path = workspace.write("b.csv", f"{BARE}\nB,Acme,2024-04-05,1.00,,\n")
    assert is_refused(workspace.run("import", path, "--kind", "invoices"), code=3)
    assert everything(workspace) == before
    assert workspace.evidence.read_text(encoding="utf-8") == "in the way"
    workspace.evidence.unlink()
    moved.rename(workspace.evidence)
    assert rows_of(workspace.take_in("b.csv")) == {"read": 1, "accepted": 1}


def test_an_import_that_breaks_off_leaves_nothing_behind(workspace: Workspace) -> None:
    workspace.write("a.csv", f"{BARE}\nA,Acme,2024-04-05,1.00,,\n")
    workspace.take_in("a.csv")
    before, files = everything(workspace), kept(workspace)
    workspace.write("b.csv", f"{BARE}\nB,Acme,2024-04-05,1.00,,\n")
    for name, again in (("b.csv", False), ("a.csv", True)):
        with mock.patch("grantkit.importing.ledgers.write_entry", side_effect=OSError("the disk is full")):
            words = ["--again"] if again else []
            done = workspace.run("import", workspace.folder / name, "--kind", "invoices", *words)
        assert done.code == 3
        assert everything(workspace) == before
        assert kept(workspace) == files


def test_a_second_award_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    one, two = (Workspace(tmp_path / name, settings(reference=name)) for name in ("one", "two"))
    one.write("q1.csv", f"{BARE}\nA,Acme,2024-04-05,1.00,,\n")
    one.take_in("q1.csv")
    assert two.query("select * from invoice_lines") == []


def test_ignored_rows_are_named_for_scripts_too(tmp_path: Path) -> None:
    at = Workspace(tmp_path)
    header = "document,line,supplier,accounting_date,net"
    file = at.write("i.csv", f"{header}\nI1,1,S,2024-05-01,10.00\nTotal,,,,10.00\nPage 1 of 1\n")
    assert at.take_in(file)["ignored"] == [
        {"row": 3, "reason": "a total", "net": "10.00", "expected": "10.00"},
        {"row": 4, "reason": "a page's or the report's footer", "net": None, "expected": None},
    ]
    assert "ignored" not in at.take_in(at.write("j.csv", f"{header}\nI2,1,S,2024-05-01,10.00\n"))


@pytest.mark.parametrize(
    ("total", "net", "agrees"),
    [
        ("Total,,,,,,7.00", "0.00", True),  # the gross alone
        ("Total,,,,,2.00,", "0.00", True),  # the VAT alone
        ("Total,,,,5.00,2.00,7.00", "5.00", True),
        ("Total,,,,,,6.00", "6.00", False),
    ],
)
def test_a_total_under_another_column_is_held_against_that_column(
    tmp_path: Path, total: str, net: str, agrees: bool
) -> None:
    at = Workspace(tmp_path)
    header = "document,line,supplier,accounting_date,net,vat,gross"
    rows = ("I1,1,S,2024-05-01,3.00,1.20,4.20", "I2,1,S,2024-05-01,2.00,0.80,2.80")
    shown = at.take_in(at.write("i.csv", "\n".join([header, *rows, total, ""])), code=0 if agrees else 1)
    assert (shown["rows"]["ignored"], shown["net"]["ignored"]) == (1, net)
    assert ("totals" in shown) is not agrees
