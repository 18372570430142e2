"""Profiles: those that ship, each with an export in its system's layout; listing, checking and detecting them."""

from __future__ import annotations

import dataclasses
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from console_examples import parse, play
from product import REPOSITORY, Workspace, is_refused
from sybil import Document, Example
from test_real_ledgers import COUNTED, REAL

from grantkit.importing.profiles import Profile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

SAMPLES = REPOSITORY / "ledgers" / "formats"


class Sample(NamedTuple):
    """What is true of a sample export."""

    kind: str
    read: int
    lines: int
    net: str
    vat: str = "0.00"
    first: dict[str, str | None] = {}  # noqa: RUF012 (a tuple's default, never changed)
    rows: tuple[int, ...] = ()

    @property
    def relation(self) -> str:
        return "invoice_lines" if self.kind == "invoices" else "order_lines"


EXPECTED = {
    "council-spending.csv": Sample(
        *("invoices", 7, 7, "27779.32", "0.00"),
        {
            "document": "56286500_1",
            "supplier_id": "20000117",
            "supplier": "Larkfield Fabrications Ltd",
            "accounting_date": "2024-04-14",
            "paid_date": "2024-04-14",
            "account": "B1101",
            "cost_centre": "Direct Services",
            "category": "Revenue",
            "line": None,
        },
        (2, 3, 4, 5, 6, 7, 8),
    ),
    "journal.csv": Sample(
        *("invoices", 8, 7, "13981.98", "0.00"),
        {
            "document": "PAY-2404",
            "line": "1",
            "supplier": "Payroll",
            "supplier_id": None,
            "accounting_date": "2024-04-30",
            "net": "6412.75",
            "cost_centre": "CC160",
            "account": "1210",
            "project": "P0601",
            "description": "Overtime, constables",
            "po": None,
            "invoice_date": None,
        },
        (5, 6, 7, 8, 9, 10, 11),
    ),
    "journal-debit-credit.csv": Sample(
        *("invoices", 6, 5, "5859.77", "0.00"),
        {"document": "OT-0601", "line": "1", "supplier": "Payroll", "net": "4310.20", "account": "1210"},
        (2, 3, 4, 5, 6),
    ),
    "oracle-payables.csv": Sample(
        *("invoices", 10, 6, "4276.96", "855.39"),
        {
            "document": "LF-24-101",
            "line": "1",
            "supplier_id": "40117",
            "invoice_date": "2024-04-12",
            "accounting_date": "2024-04-16",
            "paid_date": "2024-05-14",
            "net": "1500.00",
            "vat": "300.00",
            "gross": "1800.00",
            "po": "24000101",
            "po_line": "1",
            "cost_centre": "CC110",
            "account": "52310",
            "project": "P0201",
        },
        (2, 3, 4, 6, 8, 10),
    ),
    "oracle-payables-r12.csv": Sample(
        *("invoices", 8, 4, "4550.00", "850.00"),
        {
            "document": "TQ-5512",
            "line": None,
            "net": "2500.00",
            "vat": "500.00",
            "project": "P0501",
            "cost_centre": "CC140",
            "account": "54100",
            "supplier": "Tern & Quay Legal LLP",
        },
        (2, 3, 6, 8),
    ),
    "oracle-purchasing.csv": Sample(
        *("orders", 6, 6, "18117.84", ""),
        {
            "po": "24000101",
            "line": "1",
            "supplier_id": "40117",
            "order_date": "2024-04-02",
            "received": "1500.00",
            "status": "open",
            "cost_centre": "CC110",
            "project": "P0201",
            "account": "52310",
            "category": "CAPITAL",
            "description": "Mounting frames",
        },
        (2, 3, 4, 5, 6, 7),
    ),
    "sap-fagll03.txt": Sample(
        *("invoices", 9, 6, "10144.96", "0.00"),
        {
            "document": "5100000412",
            "line": "2",
            "supplier_id": "200117",
            "net": "2500.00",
            "invoice_date": "2024-04-12",
            "accounting_date": "2024-04-16",
            "cost_centre": "CC110",
            "account": "452310",
            "project": "P-0201-01",
            "po": "4500012001",
            "po_line": "10",
        },
        (9, 10, 11, 14, 15, 16),
    ),
    "sap-fbl1n.txt": Sample(
        *("invoices", 15, 5, "5212.80", "0.00"),
        {
            "document": "5100000412",
            "line": "1",
            "supplier_id": "200117",
            "net": "3000.00",
            "supplier": "Larkfield Fabrications Ltd",
            "paid_date": "2024-05-14",
            "invoice_date": "2024-04-12",
            "accounting_date": "2024-04-16",
        },
        (8, 9, 10, 15, 16),
    ),
    "sap-me2n.xlsx": Sample(
        *("orders", 6, 5, "15410.50", ""),
        {
            "po": "4500012001",
            "line": "10",
            "supplier_id": "200117",
            "received": "1500.00",
            "supplier": "Larkfield Fabrications Ltd",
            "order_date": "2024-04-02",
            "status": "open",
            "cost_centre": "CC110",
            "account": "452310",
            "project": "P-0201-01",
            "category": "CAPITAL",
        },
        (2, 3, 4, 5, 6),
    ),
    "unit4.csv": Sample(
        *("invoices", 10, 5, "9480.00", "896.00"),
        {
            "document": "70012001",
            "line": "1",
            "supplier_id": "30051",
            "net": "2500.00",
            "vat": "500.00",
            "accounting_date": "2024-04-24",
            "invoice_date": "2024-04-19",
            "cost_centre": "CC140",
            "account": "4100",
            "project": "P0501",
        },
        (3, 4, 7, 9, 10),
    ),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "w")


def test_every_shipped_profile_has_a_sample_and_every_sample_its_expectation(workspace: Workspace) -> None:
    names = {each["name"] for each in workspace.json("profile", "list")["profiles"]}
    files = {path.name for path in SAMPLES.iterdir() if path.suffix != ".md"}
    assert {name.partition(".")[0] for name in files} == names
    assert files == set(EXPECTED)
    told = (SAMPLES / "README.md").read_text()
    assert all(f"`{name}`" in told for name in files)


class Ledger(NamedTuple):
    """A workspace, what an import of all samples in one go said of each, and the lines of each."""

    workspace: Workspace
    done: dict[str, dict[str, Any]]
    lines: dict[str, list[dict[str, Any]]]


def take_in_all(workspace: Workspace, *words: str) -> dict[str, dict[str, Any]]:
    return {each["file"]: each for each in workspace.json("import", SAMPLES, *words)["imports"]}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """All samples side by side, taken in with nothing said of any."""
    workspace = Workspace(tmp_path_factory.mktemp("samples") / "w")
    done = take_in_all(workspace)
    rows = [
        row
        for relation in ("invoice_lines", "order_lines")
        for row in workspace.query(f"select * from {relation} order by line_id")
    ]
    return Ledger(workspace, done, {file: [row for row in rows if row["file"] == file] for file in EXPECTED})


@pytest.mark.parametrize("file", EXPECTED)
def test_a_sample_is_recognised_by_itself(ledger: Ledger, file: str) -> None:
    sample, done, held = EXPECTED[file], ledger.done[file], ledger.lines[file]
    assert (done["profile"], done["kind"]) == (file.partition(".")[0], sample.kind)
    assert done["rows"] == {
        "read": sample.read,
        "accepted": sample.lines,
        **dict.fromkeys(("unchanged", "restated", "rejected"), 0),
        "ignored": sample.read - sample.lines,
    }
    assert done["net"]["accepted"] == sample.net
    assert tuple(row["row"] for row in held) == sample.rows
    assert sum(Decimal(row["net"]) for row in held) == Decimal(sample.net)
    if sample.kind == "invoices":
        assert sum(Decimal(row["vat"]) for row in held) == Decimal(sample.vat)
    assert {name: held[0][name] for name in sample.first} == sample.first


def test_samples_that_come_again_add_nothing(ledger: Ledger, tmp_path: Path) -> None:
    workspace = ledger.workspace.copied(tmp_path / "w")
    for words in ([], ["--again"]):
        done = take_in_all(workspace, *words)
        assert {file: each["rows"]["unchanged"] for file, each in done.items()} == {
            file: sample.lines for file, sample in EXPECTED.items()
        }
        for each in done.values():
            assert each["rows"]["accepted"] == each["rows"]["restated"] == each["rows"]["rejected"] == 0


def test_all_samples_stand_side_by_side(ledger: Ledger) -> None:
    assert {file: each["profile"] for file, each in ledger.done.items()} == {
        name: name.partition(".")[0] for name in EXPECTED
    }
    for relation in ("invoice_lines", "order_lines"):
        wanted = [each for each in EXPECTED.values() if each.relation == relation]
        held = ledger.workspace.query(f"select count(*) as lines, sum(net) as net from {relation}")[0]
        assert held == {
            "lines": sum(each.lines for each in wanted),
            "net": str(sum(Decimal(each.net) for each in wanted)),
        }


#: Sample → the cell of a total and what it is changed to: the lines above do not come to that.
TOTALS = {
    "journal.csv": ("13981.98", "13981.99"),
    "journal-debit-credit.csv": ('"6,105.01"', '"6,105.02"'),
    "unit4.csv": ("10376.00", "10376.01"),
    "sap-fbl1n.txt": ("2.212,80-", "2.212,81-"),
    "sap-fagll03.txt": ("10,144.96", "10,144.97"),
}


@pytest.mark.parametrize("file", TOTALS)
def test_a_samples_total_is_checked(workspace: Workspace, file: str) -> None:
    encoding = {"sap-fbl1n.txt": "cp1252", "sap-fagll03.txt": "utf-16"}.get(file, "utf-8")
    text = (SAMPLES / file).read_bytes().decode(encoding)
    old, new = TOTALS[file] if TOTALS[file][0] in text else (text.rsplit(";", 1)[1].strip(), "1.00")
    at = text.rindex(old)
    workspace.write(file, (text[:at] + new + text[at + len(old) :]).encode(encoding))
    done = workspace.run("import", workspace.folder / file)
    assert done.code == 1
    assert "and the lines above it come to" in done.err


def test_a_statuss_meaning_is_the_profiles(ledger: Ledger) -> None:
    assert [row["status"] for row in ledger.lines["oracle-purchasing.csv"]] == [
        "open",
        "closed",
        "open",
        "open",
        "closed",
        "cancelled",
    ]


def test_a_payment_among_invoices_is_left_out(ledger: Ledger) -> None:
    documents = {row["document"] for row in ledger.lines["sap-fbl1n.txt"]}
    assert documents
    assert "1500000088" not in documents


def test_blocked_vat_stays_cost(ledger: Ledger) -> None:
    (row,) = (row for row in ledger.lines["oracle-payables-r12.csv"] if row["row"] == 8)
    assert row["net"] == "50.00"


def test_a_vendor_list_with_points_is_read_too(workspace: Workspace) -> None:
    """The decimal sign is the user's setting, not the layout's."""
    text = (SAMPLES / "sap-fbl1n.txt").read_bytes().decode("cp1252")
    lines = [
        line.translate(str.maketrans(",.", ".,")) if "GBP" in line else line for line in text.splitlines()
    ]
    for day in ("04", "05"):
        lines = [line.replace(f",{day},2024", f".{day}.2024") for line in lines]
    workspace.write("uk.txt", "\r\n".join(lines).encode("cp1252"))
    for words in ([], ["--profile", "sap-fbl1n", "--again"]):
        done = workspace.json("import", workspace.folder / "uk.txt", *words)["imports"][0]
        assert done["rows"]["accepted"] + done["rows"]["unchanged"] == 5
        assert done["rows"]["rejected"] == 0
    held = workspace.query("select sum(net) as net from invoice_lines")
    assert held == [{"net": "5212.80"}]


def test_a_journal_with_a_supplier_is_not_payroll(workspace: Workspace) -> None:
    """A profile's constant does not stand in for a column that the file has."""
    text = (SAMPLES / "journal.csv").read_text().splitlines()[3:-1]
    rows = [f"{line},{name}" for line, name in zip(text, ["Supplier Name"] + ["Acme"] * 7, strict=True)]
    workspace.write("lines.csv", "\n".join(rows) + "\n")
    done = workspace.json("import", workspace.folder / "lines.csv")["imports"][0]
    assert done["profile"] == "recognised"
    assert {row["supplier"] for row in workspace.query("select supplier from invoice_lines")} == {"Acme"}


# --- list, show, check ------------------------------------------------------------------------------------------


def test_the_list_has_the_workspaces_own_in_place_of_the_shipped(workspace: Workspace) -> None:
    workspace.write("profiles/journal.toml", 'kind = "invoices"\nabout = "ours"\n')
    workspace.write("profiles/broken.toml", "kind = 1\n")
    found = {each["name"]: each for each in workspace.json("profile", "list")["profiles"]}
    assert found["journal"]["about"] == "ours"
    assert found["journal"]["where"].endswith("journal.toml")
    assert found["unit4"]["where"] == "shipped"
    assert "kind is 1" in found["broken"]["problem"]


def test_a_profile_is_shown_as_it_is(workspace: Workspace) -> None:
    text = '# mine\nkind = "orders"\n\n[columns]\npo = "Order"  # theirs\n'
    workspace.write("profiles/mine.toml", text)
    assert workspace.do("profile", "show", "mine").out == text
    assert is_refused(workspace.run("profile", "show", "nobody"))


@pytest.mark.parametrize("file", EXPECTED)
def test_a_check_says_that_a_sample_fits_and_touches_nothing(workspace: Workspace, file: str) -> None:
    before = workspace.files()
    found = workspace.json("profile", "check", file.partition(".")[0], SAMPLES / file)
    assert found["fits"]
    assert found["missing"] == []
    assert found["net"]["accepted"] == EXPECTED[file].net
    assert all(column["found"] for column in found["columns"] if column["needed"])
    assert workspace.files() == before


def test_a_check_says_what_does_not_fit(workspace: Workspace) -> None:
    workspace.write("a.csv", "Journal,Line,Posting Date,Sum\nJ1,1,30/04/2024,5.00\n")
    found = workspace.json("profile", "check", "journal", workspace.folder / "a.csv", code=1)
    assert found["missing"] == ["net"]
    assert found["not_read"] == ["Sum"]
    assert found["rows"] is None
    assert "net" in found["problem"]


def test_a_check_gives_the_rows_that_would_be_refused(workspace: Workspace) -> None:
    text = (SAMPLES / "journal.csv").read_text().replace("30/04/2024", "31/04/2024", 1)
    workspace.write("a.csv", text)
    found = workspace.json("profile", "check", "journal", workspace.folder / "a.csv", code=1)
    assert found["rows"]["rejected"] == 1
    assert (found["rejects"][0]["row"], found["rejects"][0]["column"]) == (5, "Posting Date")


# --- detect -----------------------------------------------------------------------------------------------------


def outcome(workspace: Workspace, path: Path, *words: str, code: int) -> dict[str, Any]:
    done: dict[str, Any] = workspace.json("import", path, "--dry-run", *words, code=code)["imports"][0]
    return {name: done[name] for name in ("kind", "profile", "rows", "net", "rejects")}


def assert_round_trip(workspace: Workspace, path: Path, code: int = 0) -> None:
    """The profile that is written is recognised, and gives what recognition gave without it."""
    without = outcome(workspace, path, code=code)
    workspace.do("profile", "detect", path, "--name", "found")
    written = tomllib.loads((workspace.folder / "profiles" / "found.toml").read_text())
    assert written["recognise"]
    assert outcome(workspace, path, code=code) == {**without, "profile": "found"}


@pytest.mark.parametrize("file", EXPECTED)
def test_what_is_detected_in_a_sample_reads_it_alike(workspace: Workspace, file: str) -> None:
    assert_round_trip(workspace, SAMPLES / file)
    named = outcome(workspace, SAMPLES / file, "--profile", "found", code=0)
    assert named == outcome(workspace, SAMPLES / file, code=0)


#: The large ones are read by test_real_ledgers.py.
OXFORD = [(file, int(taken < rows)) for file, rows, taken, _ in COUNTED if file.startswith("oxford/")]


@pytest.mark.skipif(not REAL.is_dir(), reason="there are no real ledgers in ../shared/real")
@pytest.mark.parametrize(("file", "code"), OXFORD)
def test_what_is_detected_in_a_real_ledger_reads_it_alike(workspace: Workspace, file: str, code: int) -> None:
    assert_round_trip(workspace, REAL / file, code)


def test_a_ledger_with_canonical_columns_can_be_detected_too(workspace: Workspace) -> None:
    workspace.write("a.csv", "document,supplier,accounting_date,net\nA,Acme,2024-05-06,1.00\n")
    workspace.do("profile", "detect", workspace.folder / "a.csv")
    done = workspace.json("import", workspace.folder / "a.csv", "--profile", "a")["imports"][0]
    assert done["rows"]["accepted"] == 1


def test_what_is_missing_is_asked_for(workspace: Workspace) -> None:
    path = workspace.write(
        "a.csv", "Alpha,Beta,Payee,Amount,Date\nA1,X9,Acme,1.50,30/04/2024\nA2,X8,Acme,2.50,29/04/2024\n"
    )
    done = workspace.run("profile", "detect", path, "--kind", "invoices")
    assert done.code == 1
    file = workspace.folder / "profiles" / "a.toml"
    text = file.read_text()
    asked = next(line for line in text.splitlines() if line.startswith("# document = "))
    assert "needed" in asked
    assert "Alpha, Beta" in asked
    file.write_text(text.replace(asked, 'document = "Beta"'))
    found = workspace.json("import", path, "--profile", "a")["imports"][0]
    assert found["rows"]["accepted"] == 2
    assert workspace.query("select document from invoice_lines order by line_id")[0] == {"document": "X9"}


def test_dates_that_can_be_read_both_ways_are_asked_for(workspace: Workspace) -> None:
    path = workspace.write(
        "a.csv",
        "Invoice Number,Payee,Amount,Date,Type\nA,Acme,1.50,03/04/2024,Invoice\nB,Acme,2.50,05/04/2024,Credit Note\n",
    )
    done = workspace.run("profile", "detect", path, "--out", "-")
    assert done.code == 1
    assert '# date_order = "day-month-year"  # needed: the dates can be read both ways' in done.out
    assert 'negative = ["Credit Note"]' in done.out


def test_a_profile_is_not_written_over(workspace: Workspace) -> None:
    path = SAMPLES / "journal.csv"
    workspace.do("profile", "detect", path)
    before = workspace.files()
    assert is_refused(workspace.run("profile", "detect", path))
    assert workspace.files() == before
    workspace.do("profile", "detect", path, "--force")
    workspace.do("profile", "detect", path, "--name", "other")
    workspace.do("profile", "detect", path, "--out", workspace.folder / "there.toml")
    assert (workspace.folder / "there.toml").is_file()
    assert is_refused(workspace.run("profile", "detect", path, "--name", "../other"))
    assert is_refused(workspace.run("profile", "detect", path, "--name", "a", "--out", "-"))


def test_detecting_needs_no_ledger_and_changes_none(workspace: Workspace) -> None:
    before = workspace.files()
    done = workspace.do("profile", "detect", SAMPLES / "journal.csv", "--out", "-")
    assert tomllib.loads(done.out)["kind"] == "invoices"
    assert workspace.files() == before


# --- the document -----------------------------------------------------------------------------------------------


def test_the_documents_examples_hold() -> None:
    path = REPOSITORY / "docs" / "profiles.md"
    document = Document(path.read_text(encoding="utf-8"), str(path))
    (region,) = parse(document)
    differs = play(Example(document, 1, 1, region, {}))
    assert not differs, differs


def test_the_document_has_every_key_of_a_profile() -> None:
    text = (REPOSITORY / "docs" / "profiles.md").read_text(encoding="utf-8")
    keys = {each.name for each in dataclasses.fields(Profile)} - {"name", "sha256", "rates"}
    assert [key for key in sorted(keys) if f"`{key}`" not in text and f"[{key}]" not in text] == []
