"""Ledgers that public bodies published, as they are: rows and money as an independent count has them.

The files and the count (``INDEX.md``) lie beside the repository, in ``../shared/real``; without them these tests
are skipped.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from product import REPOSITORY, Workspace, settings

if TYPE_CHECKING:
    from pathlib import Path

REAL = REPOSITORY.parent / "shared" / "real"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="there are no real ledgers in ../shared/real")

#: One profile for all quarters, whose headers change as such files' do. Six rows of one quarter name no supplier in
#: any way ("Difference A/c"); the constant stands for theirs.
OXFORD = """
kind = "invoices"

[columns]
document = "Trans No"
net = "Amount"
accounting_date = "Paid Date"
paid_date = "Paid Date"
supplier_id = "Supplier ID"
supplier = "Supplier Name"
cost_centre = ["Organisational Unit", "Service Area"]
account = "Expenditure Code"
category = ["Capital or Revenue", "Type", "CapOrRev", "Type of Expenditure"]
description = ["Expenditure Category", "Expenditure Catergory"]

[constants]
supplier = "(not named)"
"""
PHOENIX = """
kind = "invoices"
no_document = true
date_order = "month-day-year"
currency = "USD"

[columns]
net = "Invoice Net Amt"
accounting_date = "Check/Payment Date"
supplier = "Vendor Name"
cost_centre = "Dept. Descrptn"
description = "Commitmt Item Name"
"""
SCOTTSDALE = """
kind = "invoices"
no_document = true
date_order = "month-day-year"

[columns]
net = "PaymentAmount"
accounting_date = "PaymentDate"
supplier = "VendorName"
cost_centre = "Center"
account = "Account"
project = "Fund"
"""
#: File, profile, rows, rows taken in, their net: INDEX.md.
COUNTED = [
    ("oxford/expenditure-over-500-jan-mar-2014.csv", OXFORD, 3860, 3859, "13413467.98"),
    ("oxford/expenditure-over-500-jul-sep-2015.csv", OXFORD, 3461, 3461, "11227481.07"),
    ("oxford/expenditure-over-500-apr-jun-2016.csv", OXFORD, 3335, 3335, "11597335.91"),
    ("oxford/expenditure-over-500-jan-mar-2017.csv", OXFORD, 3913, 3913, "13397989.24"),
    ("oxford/expenditure-over-500-oct-dec-2017.csv", OXFORD, 3855, 3855, "17382055.90"),
    ("us/phoenix-april-2018.csv", PHOENIX, 44123, 44123, "160828460.22"),
    ("us/scottsdale.csv", SCOTTSDALE, 23612, 23612, "290657324.27"),
]


def with_profile(folder: Path, profile: str, grant_toml: str | None = None) -> Workspace:
    workspace = Workspace(folder, grant_toml)
    workspace.write("profiles/published.toml", profile)
    return workspace


@pytest.mark.parametrize(
    ("file", "profile", "rows", "taken", "net"),
    COUNTED,
    ids=[name.rpartition("/")[2] for name, *_ in COUNTED],
)
def test_rows_and_money_of_a_published_ledger(
    tmp_path: Path, file: str, profile: str, rows: int, taken: int, net: str
) -> None:
    workspace = with_profile(tmp_path, profile)
    code = int(taken < rows)
    done = workspace.take_in(REAL / file, "--profile", "published", code=code)
    assert done["rows"] == {
        "read": rows,
        "accepted": taken,
        "unchanged": 0,
        "restated": 0,
        "rejected": rows - taken,
        "ignored": 0,
    }
    assert done["net"]["accepted"] == net
    for again in ([], ["--again"]):
        done = workspace.take_in(REAL / file, "--profile", "published", *again, code=code)
        assert (done["rows"]["accepted"], done["rows"]["restated"], done["rows"]["unchanged"]) == (
            0,
            0,
            taken,
        )
        assert done["net"]["unchanged"] == net
    held = workspace.query("select count(*) as lines, sum(net) as net from invoice_lines")
    assert held == [{"lines": taken, "net": net}]


def test_the_stray_row_at_the_end_is_refused_by_its_number(tmp_path: Path) -> None:
    file = REAL / "oxford" / "expenditure-over-500-jan-mar-2014.csv"
    done = with_profile(tmp_path, OXFORD).take_in(file, "--profile", "published", code=1)
    assert {reject["row"] for reject in done["rejects"]} == {3861}


def test_a_file_whose_dates_are_spoiled_gives_no_line(tmp_path: Path) -> None:
    workspace = with_profile(tmp_path, OXFORD)
    file = REAL / "oxford" / "expenditure-over-500-apr-jun-2014.csv"
    workspace.run("import", file, "--kind", "invoices", "--profile", "published")
    assert workspace.query("select * from invoice_lines") == []


def test_all_oxford_quarters_stand_side_by_side(tmp_path: Path) -> None:
    workspace = with_profile(tmp_path, OXFORD)
    quarters = [row for row in COUNTED if row[1] is OXFORD]
    for file, _, rows, taken, _ in quarters:
        workspace.take_in(REAL / file, "--profile", "published", code=int(taken < rows))
    total = sum(Decimal(net) for *_, net in quarters)
    held = workspace.query("select count(*) as lines, sum(net) as net from invoice_lines")
    assert held == [{"lines": sum(taken for _, _, _, taken, _ in quarters), "net": str(total)}]


@pytest.mark.parametrize("basis", ["invoiced", "paid"])
def test_a_claim_traces_to_rows_that_stand_in_the_file_at_that_number(tmp_path: Path, basis: str) -> None:
    streams = {"COUNCIL": ("10000000.00", "10000000.00")}
    award = settings(streams, starts="2015-04-01", ends="2016-03-31", amount="20000000.00", claim_basis=basis)
    workspace = with_profile(tmp_path, OXFORD, award + '\n[capital]\ncategory = "Capital"\n')
    file = REAL / "oxford" / "expenditure-over-500-jul-sep-2015.csv"
    workspace.take_in(file, "--profile", "published")
    for words in (("prepare", "Q1"), ("submit", "Q1", "--yes"), ("prepare", "Q2")):
        workspace.do("claim", *words)
    claim = workspace.json("claim", "show", "Q2")
    assert claim["total"]["this_claim"] == "11227481.07"
    assert claim["lines"] == 3461
    traced = workspace.json("trace", "Q2/COUNCIL")
    assert traced["total"] == "11227481.07"
    with file.open(encoding="utf-8-sig", newline="") as text:
        records = list(csv.reader(text))
    place = {name: index for index, name in enumerate(records[0])}
    for line in traced["lines"]:
        record = records[line["row"] - 1]
        assert line["file"] == file.name
        assert line["document"] == record[place["Trans No"]].strip()
        assert line["supplier"] == record[place["Supplier Name"]].strip() or "(not named)"
        assert Decimal(line["net"]) == Decimal(line["amount"]) == Decimal(record[place["Amount"]])
    assert sorted(line["row"] for line in traced["lines"]) == list(range(2, 3463))
