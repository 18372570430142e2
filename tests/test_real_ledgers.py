"""Ledgers that public bodies published, as they are: rows and money as an independent count has them.

The files and the count (``INDEX.md``) lie beside the repository, in ``../shared/real``; without them these tests
are skipped.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from product import REPOSITORY, Workspace, settings

if TYPE_CHECKING:
    from pathlib import Path

REAL = REPOSITORY.parent / "shared" / "real"
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not REAL.is_dir(), reason="there are no real ledgers in ../shared/real"),
]

#: File, rows, rows taken in, their net: INDEX.md.
COUNTED = [
    ("oxford/expenditure-over-500-jan-mar-2014.csv", 3860, 3859, "13413467.98"),
    ("oxford/expenditure-over-500-jul-sep-2015.csv", 3461, 3461, "11227481.07"),
    ("oxford/expenditure-over-500-apr-jun-2016.csv", 3335, 3335, "11597335.91"),
    ("oxford/expenditure-over-500-jan-mar-2017.csv", 3913, 3913, "13397989.24"),
    ("oxford/expenditure-over-500-oct-dec-2017.csv", 3855, 3855, "17382055.90"),
    ("us/phoenix-april-2018.csv", 44123, 44123, "160828460.22"),
    ("us/scottsdale.csv", 23612, 23612, "290657324.27"),
]


@pytest.fixture(scope="module")
def oxford(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, list[dict[str, Any]]]:
    """A folder of ledgers, taken in as a whole: the workspace, and what was said of each file in its turn."""
    workspace = Workspace(tmp_path_factory.mktemp("oxford"))
    return workspace, workspace.json("import", REAL / "oxford", code=1)["imports"]


def take_in(workspace: Workspace, file: str, *words: str, code: int = 0) -> Any:
    """Import a file with nothing said of it: what it is, and how it is to be read, are for the import to find."""
    return workspace.json("import", REAL / file, *words, code=code)["imports"][0]


@pytest.mark.parametrize(
    ("file", "rows", "taken", "net"), COUNTED, ids=[name.rpartition("/")[2] for name, *_ in COUNTED]
)
def test_rows_and_money_of_a_published_ledger(
    oxford: Any, tmp_path: Path, file: str, rows: int, taken: int, net: str
) -> None:
    folder, _, name = file.partition("/")
    if folder == "oxford":
        workspace, shown = oxford
        (done,) = (each for each in shown if each["file"] == name)
    else:
        workspace = Workspace(tmp_path)
        done = take_in(workspace, file)
    code = int(taken < rows)
    assert done["kind"] == "invoices"
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
        done = take_in(workspace, file, *again, code=code)
        assert [done["rows"][part] for part in ("accepted", "restated", "unchanged")] == [0, 0, taken]
        assert done["net"]["unchanged"] == net
    held = workspace.query(
        f"select count(*) as lines, sum(net) as net from invoice_lines where file = '{name}'"
    )
    assert held == [{"lines": taken, "net": net}]


def test_the_stray_row_at_the_end_is_refused_by_its_number(oxford: Any) -> None:
    (done,) = (each for each in oxford[1] if each["file"] == "expenditure-over-500-jan-mar-2014.csv")
    assert {reject["row"] for reject in done["rejects"]} == {3861}


def test_a_file_whose_dates_are_spoiled_gives_one_message_and_goes_in_with_its_remedy(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    file = REAL / "oxford" / "expenditure-over-500-apr-jun-2014.csv"
    done = workspace.run("import", file)
    assert done.code == 1
    warning, hint = done.err.splitlines()
    assert "Paid Date" in warning
    assert "3,836" in warning
    assert "00:00:00" in warning
    remedy = hint.rpartition(": ")[2].split("=")[0]
    assert workspace.query("select * from invoice_lines") == []
    done = workspace.json("import", file, *f"{remedy}=2014-06-30".split())["imports"][0]
    assert (done["rows"]["accepted"], done["net"]["accepted"]) == (3836, "14165887.28")
    assert workspace.query("select distinct accounting_date, paid_date from invoice_lines") == [
        {"accounting_date": "2014-06-30", "paid_date": None}
    ]
    assert workspace.json("rejects")["rows"] == 0


def test_a_folder_of_ledgers_goes_in_by_the_order_of_its_dates(oxford: Any) -> None:
    workspace, done = oxford
    good = [each["file"][-12:-4] for each in done if each["rows"]["accepted"]]
    assert good == ["mar-2014", "sep-2015", "jun-2016", "mar-2017", "dec-2017"]
    quarters = [counted for counted in COUNTED if counted[0].startswith("oxford/")]
    total = sum(Decimal(net) for *_, net in quarters)
    held = workspace.query("select count(*) as lines, sum(net) as net from invoice_lines")
    assert held == [{"lines": sum(taken for _, _, taken, _ in quarters), "net": str(total)}]


@pytest.mark.parametrize("basis", ["invoiced", "paid"])
def test_a_claim_traces_to_rows_that_stand_in_the_file_at_that_number(tmp_path: Path, basis: str) -> None:
    streams = {"COUNCIL": ("10000000.00", "10000000.00")}
    award = settings(streams, starts="2015-04-01", ends="2016-03-31", amount="20000000.00", claim_basis=basis)
    workspace = Workspace(tmp_path, award + '\n[capital]\ncategory = "Capital"\n')
    file = REAL / "oxford" / "expenditure-over-500-jul-sep-2015.csv"
    take_in(workspace, f"oxford/{file.name}")
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
