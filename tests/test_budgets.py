"""Budgets: moved and followed, written into a form, and read back into grant.toml."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from product import Workspace, is_refused, settings
from spreadsheet import recalculated, saved_again

if TYPE_CHECKING:
    from pathlib import Path

HEADER = 7
COLUMNS = {"code": 1, "name": 2, "resource": 3, "capital": 4, "Q1": 6, "Q2": 7, "Q3": 8, "Q4": 9}
GRANT = """# The pilot's settings.
[award]
reference = "PCD 1663"
title = "Static Cameras Pilot"
funder = "Home Office"
recipient = "Mayor's Office for Policing and Crime"
amount = "300000.00"    # as decided
starts = 2024-04-01
ends = 2025-03-31

[[work_stream]]
code = "EXISTING"
name = 'Existing cameras'
resource = "60000.00"   # agreed in May
capital = "120000.00"
profile = [
  "10",  # a slow beginning
  "30", "40", "20",
]

# Made up until the evaluator is chosen.
[[work_stream]]
code = "EVAL"
name = "Evaluation"
resource = "100000"
capital = "0.00"
profile = ["25.0", "25", "25", "25"]

# --- where lines go ---
[[allocation]]
work_stream = "EXISTING"
supplier = "*"
"""


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "award", GRANT)


def move(workspace, *words, date="2024-05-01", kind="resource"):
    return workspace.run("budget", "move", *words, "--kind", kind, "--date", date, "--reason", "need")


def form(workspace, **changes):
    """The form as it is written, with changes by row and column: ``EVAL_resource=…``, or by cell: ``A10=…``."""
    path = workspace.folder / "budgets.xlsx"
    workspace.do("budget", "form", "--out", path)
    workbook = load_workbook(path)
    sheet = workbook["Budgets"]
    rows = {sheet.cell(row, 1).value: row for row in range(HEADER + 1, sheet.max_row + 1)}
    for name, value in changes.items():
        code, _, column = name.rpartition("_")
        cell = sheet.cell(rows[code], COLUMNS[column]) if code else sheet[name]
        cell.value = value
    workbook.save(path)
    return path


def new_stream(row, *values):
    letters = ("A", "B", "C", "D", "F", "G", "H", "I")
    return {f"{letter}{row}": value for letter, value in zip(letters, values, strict=True)}


def grant(workspace):
    return (workspace.folder / "grant.toml").read_text(encoding="utf-8")


# --- moves and their history ------------------------------------------------------------------------------------


def test_worked_case_6_and_the_kinds_of_one_stream(workspace):
    assert move(workspace, "EXISTING", "EVAL", "12000.00").code == 0  # 6.67 % of the giver
    refused = move(workspace, "EXISTING", "EVAL", "7000.00")  # together 10.56 %
    assert is_refused(refused)
    assert "--approved-by" in refused.err
    assert is_refused(move(workspace, "EXISTING", "EVAL", "7000.00", "--approved-by", "  "))
    assert move(workspace, "EXISTING", "EVAL", "7000.00", "--approved-by", "A. Funder").code == 0
    within = ("EXISTING", "EXISTING", "1000.00", "--to-kind", "capital")
    assert is_refused(move(workspace, *within))
    assert move(workspace, *within, "--approved-by", "A. Funder").code == 0
    assert is_refused(move(workspace, "EXISTING", "EXISTING", "1.00", "--approved-by", "A. Funder"))
    shown = {
        row["code"]: row for row in workspace.json("budget", "show", "--as-at", "2024-05-01")["work_streams"]
    }
    assert shown["EXISTING"] == {
        "code": "EXISTING",
        "original": "180000.00",
        "virements": "-19000.00",
        "current": "161000.00",
        "resource": "40000.00",
        "capital": "121000.00",
    }
    assert shown["EVAL"]["current"] == "119000.00"


def test_a_move_below_what_is_claimed_goes_through_with_a_warning_that_names_it(workspace):
    rows = [("INV-1", "1", "Acme", "2024-05-01", "60000.00")]
    workspace.write_csv("invoices.csv", ("document", "line", "supplier", "accounting_date", "net"), rows)
    workspace.take_in("invoices.csv")
    workspace.do("claim", "prepare", "Q1")
    workspace.do("claim", "submit", "Q1", "--yes")
    done = move(workspace, "EXISTING", "EVAL", "120000.00", "--approved-by", "A. Funder", kind="capital")
    assert (done.code, "warning" in done.err) == (0, False)  # 60,000.00 is left, and as much is claimed
    done = move(workspace, "EXISTING", "EVAL", "0.01", "--approved-by", "A. Funder")
    assert done.code == 0
    assert (
        "warning: EXISTING keeps a budget of 59999.99, below the 60000.00 that is claimed in it" in done.err
    )
    # and so does a form that leaves less
    done = workspace.run("budget", "read", form(workspace, EXISTING_resource=50000))
    assert done.code == 0
    assert "EXISTING keeps a budget of 49999.99, below the 60000.00" in done.err


def test_the_history_runs_in_the_order_of_the_dates(workspace):
    for amount, date in (("300.00", "2024-09-01"), ("50.00", "2024-05-01"), ("7.00", "2024-09-01")):
        move(workspace, "EXISTING", "EVAL", amount, date=date)
    move(workspace, "EVAL", "EVAL", "20.00", "--to-kind", "capital", "--approved-by", "B", date="2024-06-01")
    found = workspace.json("budget", "history")
    steps = [
        (m["number"], m["date"], m["amount"], m["from"]["budget"], m["to"]["budget"])
        for m in found["virements"]
    ]
    assert steps == [
        (2, "2024-05-01", "50.00", "59950.00", "100050.00"),
        (4, "2024-06-01", "20.00", "100030.00", "20.00"),
        (1, "2024-09-01", "300.00", "59650.00", "100330.00"),
        (3, "2024-09-01", "7.00", "59643.00", "100337.00"),
    ]
    last = found["virements"][1]
    assert (last["reason"], last["approved_by"], last["entered_by"]) == ("need", "B", "finance")
    assert last["entered_at"] == "2025-04-10T09:00:00"
    assert found["original"][0] == {
        "code": "EXISTING",
        "resource": "60000.00",
        "capital": "120000.00",
        "budget": "180000.00",
    }
    shown = workspace.json("budget", "show", "--as-at", "2025-03-31")["work_streams"]
    for of_history, of_show in zip(found["current"], shown, strict=True):
        assert of_history["budget"] == of_show["current"]
        assert all(of_history[kind] == of_show[kind] for kind in ("resource", "capital"))


# --- the form ---------------------------------------------------------------------------------------------------


def test_a_form_that_nobody_changed_changes_nothing(workspace):
    before = workspace.files()
    shown = workspace.json("budget", "read", form(workspace))
    assert (shown["changes"], shown["added"]) == ([], [])
    assert {name: content for name, content in workspace.files().items() if name != "budgets.xlsx"} == before


def test_only_what_a_person_fills_in_is_open(workspace):
    sheet = load_workbook(form(workspace))["Budgets"]
    assert sheet.protection.sheet
    unlocked = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    of_row = {f"{letter}8" for letter in "BCDFGHI"}
    assert {name for name in unlocked if name.endswith("8") and len(name) == 2} == of_row
    assert "A10" in unlocked
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"decimal", "textLength"}


def test_only_what_was_changed_changes_in_the_settings(workspace):
    path = form(
        workspace, EXISTING_resource=70000.5, EXISTING_Q1=10.25, EXISTING_Q2=29.75, EVAL_name="Eval & more"
    )
    shown = workspace.json("budget", "read", path)
    assert shown["changes"] == [
        {"work_stream": "EXISTING", "field": "resource", "from": "60000.00", "to": "70000.50"},
        {
            "work_stream": "EXISTING",
            "field": "profile",
            "from": "10, 30, 40, 20",
            "to": "10.25, 29.75, 40, 20",
        },
        {"work_stream": "EVAL", "field": "name", "from": "Evaluation", "to": "Eval & more"},
    ]
    expected = (
        GRANT.replace('"60000.00"', '"70000.50"').replace('"10",', '"10.25",').replace('"30",', '"29.75",')
    )
    assert grant(workspace) == expected.replace('"Evaluation"', '"Eval & more"')
    log = workspace.query("select command, cast(result as varchar) as result from audit_log order by entry")
    assert log[-1]["command"] == "budget read"
    assert "70000.50" in log[-1]["result"]


def test_a_new_stream_stands_behind_the_others_and_before_their_remarks(workspace):
    row = new_stream(10, "POLICE", "Police response", 1000, 0, 25, 25, 25, 25)
    shown = workspace.json("budget", "read", form(workspace, **row))
    assert shown["added"] == ["POLICE"]
    new = (
        '\n[[work_stream]]\ncode = "POLICE"\nname = "Police response"\nresource = "1000.00"\ncapital = "0.00"\n'
        'profile = ["25", "25", "25", "25"]\n'
    )
    assert grant(workspace) == GRANT.replace("\n# --- where", f"{new}\n# --- where")
    assert workspace.json("budget", "show")["total"]["original"] == "281000.00"


def test_windows_line_ends_and_a_file_without_a_last_one_stay_what_they_are(workspace):
    text = "\r\n".join(GRANT.split("\n")[: GRANT[: GRANT.index("\n# --- where")].count("\n")])
    workspace.write("grant.toml", text)
    row = new_stream(10, "POLICE", "Police", 1000, 0, 25, 25, 25, 25)
    workspace.do("budget", "read", form(workspace, EVAL_capital=5, **row))
    content = (workspace.folder / "grant.toml").read_bytes()
    assert b'resource = "100000"\r\ncapital = "5.00"\r\n' in content
    assert content.count(b"\n") == content.count(b"\r\n")
    assert [stream["code"] for stream in tomllib.loads(content.decode())["work_stream"]] == [
        *("EXISTING", "EVAL", "POLICE")
    ]


def test_streams_that_stand_apart_are_not_moved(workspace):
    second, rules = GRANT.index("# Made up"), GRANT.index("# --- where")
    text = f"{GRANT[:second]}{GRANT[rules:]}\n{GRANT[second:rules]}"
    workspace.write("grant.toml", text)
    done = workspace.run("budget", "read", form(workspace, EVAL_capital=5))
    assert is_refused(done)
    assert "bring the [[work_stream]] tables together" in done.err
    assert grant(workspace) == text


def test_a_dry_run_shows_and_changes_nothing(workspace):
    path = form(workspace, EVAL_capital=5)
    before = workspace.files()
    done = workspace.do("budget", "read", path, "--dry-run")
    assert "0.00" in done.out
    assert "5.00" in done.out
    assert workspace.files() == before


def test_settings_that_cannot_be_written_leave_no_trace(workspace, monkeypatch):
    move(workspace, "EXISTING", "EVAL", "1.00")
    path = form(workspace, EVAL_capital=5)
    entries = workspace.query("select command from audit_log")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("grantkit.workspace.Path.replace", full)
        done = workspace.run("budget", "read", path)
    assert is_refused(done, code=3)
    assert "grant.toml: cannot be written: No space left on device" in done.err
    assert grant(workspace) == GRANT
    assert workspace.query("select command from audit_log") == entries
    assert not list(workspace.folder.glob(".grant.toml*"))


def test_a_binary_number_is_read_as_its_shortest_decimal(workspace):
    workspace.do("budget", "read", form(workspace, EVAL_resource=0.1 + 0.2, EXISTING_Q1=9.7 + 0.1 + 0.2))
    stream = tomllib.loads(grant(workspace))["work_stream"]
    assert stream[1]["resource"] == "0.30"
    assert stream[0]["profile"][0] == "10"


def test_amounts_and_shares_may_be_typed_as_texts_or_in_a_format_of_per_cent(workspace):
    path = form(workspace, EVAL_resource="£99,000.00", EVAL_Q1="50%", EVAL_Q2=0)
    workbook = load_workbook(path)
    workbook["Budgets"]["H9"].value, workbook["Budgets"]["H9"].number_format = 0.3, "0%"
    workbook["Budgets"]["I9"].value = 20
    workbook.save(path)
    workspace.do("budget", "read", path)
    stream = tomllib.loads(grant(workspace))["work_stream"][1]
    assert (stream["resource"], stream["profile"]) == ("99000.00", ["50", "0", "30", "20"])


def test_a_budget_less_than_virements_have_moved_out_is_refused(workspace):
    move(workspace, "EXISTING", "EVAL", "5000.00")
    move(workspace, "EVAL", "EXISTING", "5000.00", date="2024-06-01")
    path = form(workspace, EXISTING_resource=4999.99)
    before = workspace.files()
    done = workspace.run("budget", "read", path)
    assert is_refused(done)
    assert "row 8, column resource: EXISTING would have -0.01 of resource at 2024-05-01" in done.err
    assert workspace.files() == before
    workspace.do("budget", "read", form(workspace, EXISTING_resource=5000))


@pytest.mark.thorough
def test_worked_out_by_libreoffice_the_checks_say_what_is_wrong_and_it_reads_the_same(workspace):
    row = new_stream(10, "POLICE", "Police", 100000, None, 25, 25, 25, 24.5)
    path = form(workspace, EXISTING_Q1=11, EVAL_resource="=50000*2", **row)
    sheet = recalculated(path)["Budgets"]
    assert [sheet.cell(r, 11).value for r in (8, 9, 10, 11)] == [
        *("the profile adds up to 101, not to 100", "ok"),
        *("resource or capital is missing: 0 where there is none", None),
    ]
    assert (sheet["C4"].value, sheet["D4"].value, sheet["E5"].value) == (260000, 120000, -80000)
    assert sheet["F5"].value == "the budgets are 80,000.00 more than the award"
    done = workspace.run("budget", "read", saved_again(form(workspace, EVAL_resource="=50000*2-1")))
    assert done.code == 0
    assert Decimal(tomllib.loads(grant(workspace))["work_stream"][1]["resource"]) == Decimal("99999.00")


def test_the_same_settings_and_clock_give_the_same_form(workspace):
    one, two = workspace.folder / "one.xlsx", workspace.folder / "two.xlsx"
    workspace.do("budget", "form", "--out", one)
    workspace.do("budget", "form", "--out", two)
    assert one.read_bytes() == two.read_bytes()


def test_text_of_the_settings_stays_text(tmp_path):
    text = settings({"A": "10.00"}).replace("Stream A", '=HYPERLINK(\\"http://evil.example\\")')
    workspace = Workspace(tmp_path / "award", text)
    cell = load_workbook(form(workspace))["Budgets"]["B8"]
    assert (cell.data_type, cell.value[:10]) == ("s", "=HYPERLINK")
    assert cell.quotePrefix
    assert workspace.json("budget", "read", form(workspace))["changes"] == []


def test_an_award_of_many_quarters_has_as_many_columns(tmp_path):
    shares = ["10"] * 10
    workspace = Workspace(tmp_path / "award", settings({"A": "10.00"}, ends="2026-09-30", profile=shares))
    sheet = load_workbook(form(workspace))["Budgets"]
    assert [cell.value for cell in sheet[HEADER]][5:15] == [f"Q{number} %" for number in range(1, 11)]
    assert workspace.json("budget", "read", form(workspace))["changes"] == []


def test_a_negative_amount_behind_a_switch_is_an_amount(tmp_path: Path) -> None:
    at = Workspace(tmp_path, settings({"A": "900.00", "B": "900.00"}))
    words = ("--kind", "resource", "--date", "2024-05-01", "--reason", "x")
    refused = at.run("budget", "move", "A", "B", "--json", "-5", *words)
    assert is_refused(refused)
    assert "no such option" not in refused.err
