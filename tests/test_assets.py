"""The register of assets: which lines are in it, what they cost, and what an officer adds to them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from openpyxl import load_workbook
from product import Workspace, is_refused, settings
from spreadsheet import saved_again

pytestmark = pytest.mark.thorough

STREAMS = {"EXISTING": ("200000.00", "200000.00"), "MOBILE": ("100000.00", "100000.00")}
RULES = """
[[allocation]]
work_stream = "EXISTING"
cost_centre = ["CC1"]

[[allocation]]
split = { EXISTING = "60", MOBILE = "40" }
cost_centre = ["CC2"]

[[ineligible]]
reason = "Not for the pilot"
account = ["19*"]

[capital]
account = ["1*"]
"""
INVOICES = (
    *(
        "document",
        "line",
        "supplier_id",
        "supplier",
        "invoice_date",
        "accounting_date",
        "net",
        "po",
        "cost_centre",
    ),
    *("account", "description"),
)
HEADER = 3
ITEM, LOCATION, LIFE, DISPOSED_ON, DISPOSAL = 11, 12, 13, 14, 15


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "award", settings(STREAMS, rules=RULES))


def a_line(
    document, net, account="1100", centre="CC1", *, on="2024-05-02", booked="2024-05-10", what="Camera"
):
    return (document, "1", "S1", "Acme", on, booked, net, "PO-1", centre, account, what)


def take_in(workspace, *rows, name="invoices.csv"):
    workspace.write_csv(name, INVOICES, rows)
    workspace.take_in(name)


def assets(workspace, *words):
    return {each["document"]: each for each in workspace.json("assets", *words)["assets"]}


def written(workspace, name="assets.xlsx"):
    path = workspace.folder / name
    workspace.do("assets", "--out", path)
    return path


def fill_in(path, answers):
    """Write answers into the sheet by (document, column)."""
    workbook = load_workbook(path)
    for row in workbook["Assets"].iter_rows(min_row=HEADER + 1):
        for (document, column), value in answers.items():
            if row[1].value == document:
                row[column - 1].value = value
    workbook.save(path)
    return path


# --- which lines ------------------------------------------------------------------------------------------------


def test_capital_lines_from_the_threshold_on_with_their_eligible_cost(workspace):
    take_in(
        workspace,
        a_line("at", "2500.00"),
        a_line("below", "2499.99"),
        a_line("resource", "9000.00", "4100"),
        a_line("ineligible", "9000.00", "1900"),
        a_line("shared", "3000.01", centre="CC2"),
        a_line("nowhere", "9000.00", centre="CC9"),
        a_line("later", "9000.00", booked="2024-08-01", on=""),
    )
    found = assets(workspace, "--as-at", "2024-06-30")
    assert {name: each["cost"] for name, each in found.items()} == {"at": "2500.00", "shared": "3000.01"}
    assert found["shared"]["work_streams"] == ["EXISTING", "MOBILE"]
    assert found["at"] == {
        "line_id": 1,
        "item": "Camera",
        "supplier": "Acme",
        "document": "at",
        "line": "1",
        "date": "2024-05-02",
        "cost": "2500.00",
        "claimed": "0.00",
        "work_streams": ["EXISTING"],
        "order": "PO-1",
        "location": None,
        "useful_life": None,
        "disposed_on": None,
        "disposal": None,
        "credits": [],
    }
    shown = workspace.json("assets")
    assert (shown["threshold"], shown["as_at"], len(shown["assets"])) == ("2500.00", "2024-08-31", 3)
    assert shown["total"] == {"cost": "14500.01", "claimed": "0.00"}
    assert shown["assets"][-1]["date"] == "2024-08-01"  # no invoice date: the accounting date that counts


def test_the_threshold_is_a_setting_and_a_partly_ineligible_line_counts_by_what_is_eligible(tmp_path):
    text = settings(STREAMS, rules=f'{RULES}\n[assets]\nthreshold = "1000.00"\n')
    workspace = Workspace(tmp_path / "award", text)
    take_in(workspace, a_line("one", "1500.00"), a_line("two", "1500.00"))
    workspace.do("decide", "1", "--ineligible-amount", "500.01", "--reason", "private use")
    workspace.do("decide", "2", "--ineligible-amount", "500.00", "--reason", "private use")
    assert {name: each["cost"] for name, each in assets(workspace).items()} == {"two": "1000.00"}


def test_what_is_claimed_so_far_less_what_was_disallowed(workspace):
    take_in(workspace, a_line("one", "10000.00", centre="CC2"), a_line("two", "3000.00"))
    for claim in ("prepare", "submit"):
        workspace.do("claim", claim, "Q1")
    assert {name: each["claimed"] for name, each in assets(workspace, "--as-at", "2024-05-31").items()} == {
        "one": "0.00",  # the claim ends on 30 June
        "two": "0.00",
    }
    found = assets(workspace, "--as-at", "2024-06-30")
    assert {name: (each["cost"], each["claimed"]) for name, each in found.items()} == {
        "one": ("10000.00", "10000.00"),
        "two": ("3000.00", "3000.00"),
    }
    settle = ("--received", "12000.00", "--disallow", "1=1000.00", "--date", "2024-08-01", "--reason", "no")
    workspace.do("claim", "settle", "Q1", *settle)
    found = assets(workspace, "--as-at", "2024-06-30")
    assert (found["one"]["cost"], found["one"]["claimed"]) == ("9000.00", "9000.00")
    # claimed, and by now decided otherwise: it was bought with the grant until that is given back
    workspace.do("decide", "2", "--ineligible", "--reason", "stolen")
    found = assets(workspace, "--as-at", "2024-06-30")
    assert (found["two"]["cost"], found["two"]["claimed"]) == ("0.00", "3000.00")


def test_a_credit_note_reduces_nothing_and_is_shown_where_it_names_supplier_and_document(workspace):
    other = ("INV-1", "1", "S2", "Borough", "2024-05-02", "2024-05-10", "-70.00", "", "CC1", "1100", "credit")
    take_in(workspace, a_line("INV-1", "5000.00"), a_line("INV-2", "5000.00"), other)
    credit = ("INV-1", "2", "S1", "Acme Ltd", "", "2024-06-03", "-1200.00", "", "CC1", "1100", "returned")
    take_in(workspace, credit, name="credits.csv")
    found = assets(workspace)
    assert {name: each["cost"] for name, each in found.items()} == {"INV-1": "5000.00", "INV-2": "5000.00"}
    assert found["INV-2"]["credits"] == []
    assert found["INV-1"]["credits"] == [
        {"line_id": 4, "document": "INV-1", "line": "2", "date": "2024-06-03", "cost": "-1200.00"}
    ]
    assert "line 4 of 3 June 2024: -£1,200.00" in workspace.do("assets").err
    sheet = load_workbook(written(workspace))["Assets"]
    assert sheet["J4"].value == "line 4 of 3 June 2024: -£1,200.00"


# --- the sheet --------------------------------------------------------------------------------------------------


def test_only_the_answers_are_open_and_facts_are_numbers_and_days(workspace):
    take_in(workspace, a_line("INV-1", "12345.67"), a_line("007", "2500.10"))
    sheet = load_workbook(written(workspace))["Assets"]
    assert sheet.protection.sheet
    unlocked = {cell.column for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == {ITEM, LOCATION, LIFE, DISPOSED_ON, DISPOSAL}
    first = [cell.value for cell in sheet[HEADER + 1]]
    assert first[:8] == [1, "INV-1", "1", "Acme", datetime(2024, 5, 2), 12345.67, 0, "EXISTING"]  # noqa: DTZ001
    assert sheet["B5"].value == "007"
    assert (sheet["E6"].value, sheet["F6"].value) == ("Total", 14845.77)
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"whole", "date"}
    assert written(workspace).read_bytes() == written(workspace, "again.xlsx").read_bytes()


def test_text_of_a_ledger_stays_text(workspace):
    attack = "=cmd|' /C calc'!A0"
    take_in(workspace, a_line(attack, "5000.00", what=attack))
    path = written(workspace)
    sheet = load_workbook(path)["Assets"]
    for place in ("B4", f"{'K'}4"):
        assert (sheet[place].data_type, sheet[place].value, sheet[place].quotePrefix) == ("s", attack, True)
    assert workspace.json("assets", "apply", path) == {"workbook": str(path), "entered": [], "unchanged": 1}


def test_there_and_back(workspace):
    take_in(workspace, a_line("one", "5000.00"), a_line("two", "5000.00"))
    path = fill_in(
        written(workspace),
        {
            ("one", ITEM): "Dome camera",
            ("one", LOCATION): " Croydon, London Road ",
            ("one", LIFE): 7,
            ("one", DISPOSED_ON): date(2025, 1, 5),
            ("one", DISPOSAL): "scrapped",
        },
    )
    assert workspace.json("assets", "apply", path) == {"workbook": str(path), "entered": [1], "unchanged": 1}
    answers = ("item", "location", "useful_life", "disposed_on", "disposal")
    found = assets(workspace)["one"]
    assert [found[name] for name in answers] == [
        "Dome camera",
        "Croydon, London Road",
        7,
        "2025-01-05",
        "scrapped",
    ]
    assert workspace.json("assets", "apply", path)["entered"] == []
    # the register is written with what is kept, and what is emptied there is kept no more
    path = written(workspace)
    assert workspace.json("assets", "apply", path)["unchanged"] == 2
    fill_in(
        path, {("one", ITEM): None, ("one", DISPOSED_ON): None, ("one", DISPOSAL): None, ("one", LIFE): "8"}
    )
    workspace.do("assets", "apply", path)
    found = assets(workspace)["one"]
    assert [found[name] for name in answers] == ["Camera", "Croydon, London Road", 8, None, None]
    log = workspace.query(
        "select command, cast(arguments as varchar) as arguments from audit_log order by entry"
    )
    assert [row["command"] for row in log].count("assets apply") == 2
    assert "assets.xlsx" in log[-1]["arguments"]


def test_saved_by_libreoffice_it_says_the_same(workspace):
    take_in(workspace, a_line("007", "5000.00"), a_line("MAY-24", "5000.00", what="=1+1"))
    path = fill_in(
        written(workspace),
        {("007", LIFE): 5, ("007", DISPOSED_ON): date(2024, 9, 1), ("007", DISPOSAL): "sold"},
    )
    assert workspace.json("assets", "apply", saved_again(path))["entered"] == [1]
    found = assets(workspace)
    assert (found["007"]["disposed_on"], found["007"]["useful_life"]) == ("2024-09-01", 5)
    assert found["MAY-24"]["item"] == "=1+1"


def test_one_mistake_and_nothing_is_taken_in(workspace):
    take_in(workspace, *(a_line(f"INV-{number}", "5000.00") for number in range(5)))
    answers = {(f"INV-{number}", LOCATION): "Croydon" for number in range(5)}
    path = fill_in(written(workspace), {**answers, ("INV-3", LIFE): "long"})
    before = workspace.files()
    done = workspace.run("assets", "apply", path)
    assert is_refused(done)
    assert "sheet Assets, row 7, column useful life: long is no useful life in years" in done.err
    assert workspace.files() == before
    assert {each["location"] for each in assets(workspace).values()} == {None}


def test_an_entry_stays_with_its_line_through_a_restatement(workspace):
    take_in(workspace, a_line("INV-1", "5000.00"))
    path = fill_in(written(workspace), {("INV-1", LOCATION): "Croydon"})
    take_in(workspace, a_line("INV-1", "5500.00"), name="restated.csv")
    workspace.do("assets", "apply", path)
    found = assets(workspace)["INV-1"]
    assert (found["cost"], found["location"]) == ("5500.00", "Croydon")
