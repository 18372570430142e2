"""The coding sheet: its cells, its suggestions, its way back; and the rules as they are tried."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from product import Workspace, is_refused, settings
from spreadsheet import saved_again

STREAMS = {"EXISTING": ("40000.00", "40000.00"), "MAY-24": "60000.00"}
RULES = """
[[allocation]]
work_stream = "EXISTING"
cost_centre = ["CC10*"]

[[allocation]]
split = { EXISTING = "60", MAY-24 = "40" }
cost_centre = ["CC101"]
account = ["4*"]

[[ineligible]]
reason = "Hospitality"
account = ["62*"]

[[ineligible]]
reason = "Anything else of that account"
account = ["6*"]

[capital]
account = ["1*"]

[[no_order_needed]]
description = ["payroll*"]
"""
INVOICES = (
    "document",
    "line",
    "supplier",
    "accounting_date",
    "net",
    "po",
    "cost_centre",
    "account",
    "description",
)
ORDERS = ("po", "line", "supplier", "order_date", "net", "received", "cost_centre", "account", "description")
ATTACKS = (
    '=HYPERLINK("http://evil.example","pay")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "#REF!",
)
HEADER = 3
STREAM, REASON, SUGGESTION, SUGGESTED_BY = 16, 17, 18, 19


@pytest.fixture
def workspace(tmp_path):
    """An award of two streams whose rules know cost centre CC10*."""
    return Workspace(tmp_path / "award", settings(STREAMS, rules=RULES))


def an_invoice(document, net="100.00", centre="", account="", *, supplier="Acme", po="", description=""):
    return (document, "1", supplier, "2024-05-01", net, po, centre, account, description)


def take_invoices(workspace, *rows, name="invoices.csv"):
    workspace.write_csv(name, INVOICES, rows)
    workspace.take_in(name)


def take_orders(workspace, *rows):
    workspace.write_csv("orders.csv", ORDERS, rows)
    workspace.take_in("orders.csv", kind="orders")


def written(workspace, name="coding.xlsx"):
    """The sheet as it is written, as cells."""
    workspace.do("coding", "--out", workspace.folder / name)
    return load_workbook(workspace.folder / name)


def rows_of(workbook):
    return list(workbook["Coding"].iter_rows(min_row=HEADER + 1))


def fill_in(workspace, answers, name="coding.xlsx"):
    """Give answers by document: (work stream, reason)."""
    workbook = load_workbook(workspace.folder / name)
    for row in rows_of(workbook):
        if row[2].value in answers:
            row[STREAM - 1].value, row[REASON - 1].value = answers[row[2].value]
    workbook.save(workspace.folder / name)


def figures(workspace):
    status = workspace.json("status")
    rows = {row["code"]: row for row in status["work_streams"]} | {"UNALLOCATED": status["unallocated"]}
    names = ("invoiced", "accrued", "committed")
    return {code: {name: Decimal(row[name]) for name in names} for code, row in rows.items()}


# --- the sheet --------------------------------------------------------------------------------------------------


def test_only_lines_without_a_stream_largest_first(workspace):
    take_orders(
        workspace,
        ("PO-1", "1", "Acme", "2024-04-10", "500.00", "0", "CC101", "", ""),
        ("PO-2", "1", "Acme", "2024-04-10", "300.00", "0", "", "4200", "hoist"),
    )
    take_invoices(
        workspace,
        an_invoice("ruled", centre="CC109"),
        an_invoice("by-order", po="PO-1"),
        an_invoice("of-uncoded-order", po="PO-2"),
        an_invoice("credit", "-5.50"),
        an_invoice("same-net"),
        an_invoice("decided", "900.00"),
    )
    workspace.do("decide", "8", "--stream", "EXISTING", "--reason", "asked")
    rows = rows_of(written(workspace))
    assert [row[2].value for row in rows] == ["PO-2", "of-uncoded-order", "same-net", "credit"]
    assert [row[1].value for row in rows] == ["order", "invoice", "invoice", "invoice"]
    # rules see the account of the order that an invoice is matched to, and so does whoever codes it
    assert [row[9].value for row in rows[:2]] == ["4200", "4200"]
    assert (rows[1][4].value, rows[0][4].value) == ("PO-2", None)
    shown = workspace.json("coding", "--out", workspace.folder / "coding.xlsx")
    assert (shown["lines"], shown["net"]) == (4, "494.50")


def test_cells_are_numbers_dates_and_locked_but_for_the_answers(workspace):
    take_invoices(workspace, an_invoice("INV-1", "1234567.89", "CC999"), an_invoice("007", "0.10"))
    workbook = written(workspace)
    sheet, rows = workbook["Coding"], rows_of(workbook)
    first = rows[0]
    assert first[7].value == 1234567.89
    assert first[7].number_format.startswith("#,##0.00")
    assert first[6].value == datetime(2024, 5, 1)  # noqa: DTZ001 - a cell's day has no zone
    assert rows[1][2].value == "007"
    assert [first[13].value, first[14].value] == ["invoices.csv", 2]
    assert sheet.protection.sheet
    unlocked = {cell.column for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == {STREAM, REASON}
    assert first[STREAM - 1].number_format == "@"  # MAY-24 is no date, and nothing typed there a formula
    assert sheet.freeze_panes == "D4"
    assert sheet.auto_filter.ref == "A3:S5"


def test_the_drop_down_lists_the_streams_and_leaves_room_for_a_split(workspace):
    take_invoices(workspace, an_invoice("INV-1"), an_invoice("INV-2"))
    workbook = written(workspace)
    (drop_down,) = workbook["Coding"].data_validations.dataValidation
    assert (drop_down.type, drop_down.formula1, str(drop_down.sqref)) == ("list", "=work_streams", "P4:P5")
    assert drop_down.errorStyle == "information"
    ((sheet, cells),) = workbook.defined_names["work_streams"].destinations
    assert [row[0].value for row in workbook[sheet][cells]] == ["EXISTING", "MAY-24"]


def test_the_same_lines_and_clock_give_the_same_bytes(workspace):
    take_invoices(workspace, *(an_invoice(f"INV-{i}", f"{i}.01") for i in range(1, 20)))
    written(workspace, "one.xlsx"), written(workspace, "two.xlsx")
    assert (workspace.folder / "one.xlsx").read_bytes() == (workspace.folder / "two.xlsx").read_bytes()


def test_nothing_without_a_stream_gives_a_sheet_without_rows(workspace):
    take_invoices(workspace, an_invoice("INV-1", centre="CC101"))
    done = workspace.do("coding", "--out", workspace.folder / "coding.xlsx")
    assert "every line has a work stream" in done.err
    assert not rows_of(load_workbook(workspace.folder / "coding.xlsx"))
    applied = workspace.json("coding", "apply", workspace.folder / "coding.xlsx")
    assert (applied["decided"], applied["blank"]) == (0, 0)


def test_more_than_a_person_codes_by_hand_is_said_and_comes_later(workspace, monkeypatch):
    monkeypatch.setattr("grantkit.deciding.coding.MOST_LINES", 2)
    take_invoices(workspace, *(an_invoice(f"INV-{i}", f"{i}.00") for i in range(1, 6)))
    shown = workspace.json("coding", "--out", workspace.folder / "coding.xlsx", code=1)
    assert (shown["lines"], shown["net"]) == (2, "9.00")
    assert (
        "3 smaller lines left out" in workspace.run("coding", "--out", workspace.folder / "coding.xlsx").err
    )


def test_text_of_a_ledger_stays_text(workspace):
    take_invoices(
        workspace,
        *(
            an_invoice(text, f"{i}.00", text, supplier=text, description=text)
            for i, text in enumerate(ATTACKS, 1)
        ),
    )
    for row in rows_of(written(workspace)):
        for column in (2, 5, 8, 12):
            assert row[column].data_type == "s"
            assert row[column].value in ATTACKS
            assert bool(row[column].quotePrefix) == row[column].value.startswith(("=", "+", "-", "@"))
    fill_in(workspace, {text: ("EXISTING", text) for text in ATTACKS})
    assert workspace.json("coding", "apply", workspace.folder / "coding.xlsx")["decided"] == len(ATTACKS)
    assert {row["reason"] for row in workspace.query("select reason from decisions")} == set(ATTACKS)


@pytest.mark.thorough
def test_saved_by_libreoffice_it_says_the_same(workspace):
    take_invoices(
        workspace,
        *(
            an_invoice(text, f"{i}.10", supplier=text)
            for i, text in enumerate((*ATTACKS, "007", "MAY-24"), 1)
        ),
    )
    before = written(workspace)
    fill_in(workspace, {"007": ("MAY-24", "=1+1"), ATTACKS[0]: ("EXISTING=60,MAY-24=40", "shared")})
    saved = saved_again(workspace.folder / "coding.xlsx")
    after = load_workbook(saved, data_only=True)
    for row, found in zip(rows_of(before), rows_of(after), strict=True):
        assert [cell.value for cell in row[: STREAM - 1]] == [cell.value for cell in found[: STREAM - 1]]
    applied = workspace.json("coding", "apply", saved)
    assert (applied["decided"], applied["warnings"]) == (2, [])
    said = {(row["work_streams"], row["reason"]) for row in workspace.query("select * from decisions")}
    assert ("EXISTING=60.0000,MAY-24=40.0000", "shared") in said
    assert {streams for streams, _ in said} == {"EXISTING=60.0000,MAY-24=40.0000", "MAY-24=100.0000"}


# --- suggestions ------------------------------------------------------------------------------------------------


def suggestions(workspace):
    return {
        row[2].value: (row[SUGGESTION - 1].value, row[SUGGESTED_BY - 1].value)
        for row in rows_of(written(workspace))
    }


def test_earlier_decisions_suggest_and_rules_do_not(workspace):
    take_invoices(
        workspace,
        an_invoice("ruled", centre="CC101"),
        *(an_invoice(f"decided-{i}", centre="CC200") for i in range(1, 4)),
        an_invoice("elsewhere", centre="CC300"),
        an_invoice("alike", centre="CC200"),
        an_invoice("other-coding", centre="CC400"),
        an_invoice("other-supplier", centre="CC200", supplier="Borough"),
    )
    assert set(suggestions(workspace).values()) == {(None, None)}
    workspace.do("decide", "2", "3", "--stream", "EXISTING", "--reason", "seen")
    workspace.do("decide", "4", "--stream", "MAY-24", "--reason", "seen")
    workspace.do("decide", "5", "--split", "EXISTING=33.3,MAY-24=66.7", "--reason", "seen")
    assert suggestions(workspace) == {
        "alike": ("EXISTING", "2 of 3 earlier decisions on this supplier and coding"),
        "other-coding": ("EXISTING", "2 of 4 earlier decisions on this supplier, coded otherwise"),
        "other-supplier": (None, None),
    }
    # of equally many the newest; and a decision that was replaced says nothing any more
    workspace.do("decide", "3", "--split", "EXISTING=33.3,MAY-24=66.7", "--reason", "again")
    found = suggestions(workspace)
    assert found["alike"] == (
        "EXISTING=33.3,MAY-24=66.7",
        "1 of 3 earlier decisions on this supplier and coding",
    )
    assert found["other-coding"][1].startswith("2 of 4")
    assert workspace.json("status")["unallocated"]["lines"] == 3  # a suggestion is never applied by itself


def test_a_stream_that_is_gone_leaves_its_lines_to_be_coded_and_suggests_nothing(workspace):
    take_invoices(workspace, an_invoice("one"), an_invoice("two"))
    workspace.do("decide", "1", "--split", "EXISTING=60,MAY-24=40", "--reason", "seen")
    workspace.write("grant.toml", settings({"EXISTING": "80000.00"}, rules=""))
    assert suggestions(workspace) == {"one": (None, None), "two": (None, None)}


# --- there and back ---------------------------------------------------------------------------------------------


def test_figures_move_by_exactly_the_lines_that_were_filled_in(workspace):
    take_orders(workspace, ("PO-2", "1", "Acme", "2024-04-10", "300.00", "120.00", "", "4200", ""))
    take_invoices(
        workspace,
        an_invoice("whole", "0.10"),
        an_invoice("shared", "10.01"),
        an_invoice("credit", "-0.03"),
        an_invoice("left", "7.00"),
    )
    before = figures(workspace)
    written(workspace)
    fill_in(
        workspace,
        {
            "PO-2": ("MAY-24", "the order"),
            "whole": ("existing", "the line"),
            "shared": (" EXISTING=60 , MAY-24=40 ", "both"),
            "credit": ("MAY-24", "back"),
        },
    )
    applied = workspace.json("coding", "apply", workspace.folder / "coding.xlsx")
    assert (applied["decided"], applied["blank"]) == (4, 1)
    after = figures(workspace)
    moved = {
        code: {name: after[code][name] - before[code][name] for name in after[code]}
        for code in ("EXISTING", "MAY-24", "UNALLOCATED")
    }
    nothing = Decimal("0.00")
    assert moved == {
        "EXISTING": {"invoiced": Decimal("6.11"), "accrued": nothing, "committed": nothing},
        "MAY-24": {"invoiced": Decimal("3.97"), "accrued": Decimal("120.00"), "committed": Decimal("180.00")},
        "UNALLOCATED": {
            "invoiced": Decimal("-10.08"),
            "accrued": Decimal("-120.00"),
            "committed": Decimal("-180.00"),
        },
    }
    kept = workspace.query("select * from decisions")
    again = workspace.json("coding", "apply", workspace.folder / "coding.xlsx")
    assert (again["decided"], again["unchanged"]) == (0, 4)
    assert workspace.query("select * from decisions") == kept


def test_a_common_reason_fills_only_blank_ones(workspace):
    take_invoices(workspace, an_invoice("one"), an_invoice("two"))
    written(workspace)
    fill_in(workspace, {"one": ("EXISTING", None), "two": ("EXISTING", "its own")})
    workspace.do("coding", "apply", workspace.folder / "coding.xlsx", "--reason", "all alike")
    reasons = workspace.query("select reason from decisions order by line_id")
    assert [row["reason"] for row in reasons] == ["all alike", "its own"]


def test_one_mistake_and_nothing_is_kept(workspace):
    take_invoices(workspace, *(an_invoice(f"INV-{i}") for i in range(5)))
    written(workspace)
    fill_in(workspace, {f"INV-{i}": ("EXISTING" if i else "EXISTNG", "seen") for i in range(5)})
    before = workspace.files()
    done = workspace.run("coding", "apply", workspace.folder / "coding.xlsx")
    assert is_refused(done)
    assert "row 4, column work stream" in done.err
    assert not workspace.query("select * from decisions")
    assert workspace.files() == before


def test_a_line_known_by_its_content_cannot_have_been_restated(workspace):
    rows = [("INV-1", "Acme", "2024-05-01", net) for net in ("10.00", "20.00")]
    workspace.write_csv("invoices.csv", ("document", "supplier", "accounting_date", "net"), rows)
    workspace.take_in("invoices.csv")
    workbook = written(workspace)
    first, second = rows_of(workbook)
    first[0].value, second[0].value = second[0].value, first[0].value  # as a sort of one column would do
    first[STREAM - 1].value, first[REASON - 1].value = "EXISTING", "seen"
    workbook.save(workspace.folder / "coding.xlsx")
    done = workspace.run("coding", "apply", workspace.folder / "coding.xlsx")
    assert is_refused(done)
    assert "row 4, column net: line 1 has the net 10.00, and this row 20" in done.err


def test_an_answer_that_is_a_formula_counts_as_what_it_came_to(workspace):
    take_invoices(workspace, an_invoice("one"))
    written(workspace)
    fill_in(workspace, {"one": ("=R4", "as suggested")})  # no spreadsheet has worked it out
    done = workspace.run("coding", "apply", workspace.folder / "coding.xlsx")
    assert is_refused(done)
    assert "=R4" in done.err


def test_the_audit_log_names_the_sheet(workspace):
    take_invoices(workspace, an_invoice("one"))
    written(workspace)
    fill_in(workspace, {"one": ("EXISTING", "seen")})
    workspace.do("coding", "apply", workspace.folder / "coding.xlsx")
    log = workspace.query(
        "select command, cast(arguments as varchar) as arguments from audit_log order by entry"
    )
    assert [row["command"] for row in log[-2:]] == ["decide", "coding apply"]
    assert "coding.xlsx" in log[-1]["arguments"]


# --- rules ------------------------------------------------------------------------------------------------------


def test_rules_are_counted_once_as_the_first_that_matches(workspace):
    take_orders(
        workspace,
        ("PO-1", "1", "Acme", "2024-04-10", "500.00", "0", "CC101", "4200", "payroll"),
        ("PO-2", "1", "Acme", "2024-04-10", "300.00", "0", "", "6200", ""),
    )
    take_invoices(
        workspace,
        an_invoice("one", "100.00", "CC101", "4100"),
        an_invoice("two", "50.00", "CC102", "1100"),
        an_invoice("by-order", "20.00", po="PO-1"),
        an_invoice("none", "3.00", "CC900", "6100", description="Payroll May"),
        an_invoice("decided", "4.00", "CC101", "6200"),
    )
    workspace.do("decide", "7", "--stream", "MAY-24", "--eligible", "--reason", "asked")
    tested = workspace.json("rules", "test")
    shown = {
        (rule["kind"], rule["rule"]): (
            *(rule["invoice_lines"], rule["cost"], rule["order_lines"]),
            *(rule["decided"], rule["takes_nothing"]),
        )
        for rule in tested["rules"]
    }
    assert shown == {
        ("allocation", 1): (4, "174.00", 1, 1, False),
        ("allocation", 2): (0, "0.00", 0, 0, True),
        ("ineligible", 1): (1, "4.00", 1, 1, False),
        ("ineligible", 2): (1, "3.00", 0, 0, False),
        ("capital", 1): (1, "50.00", 0, 0, False),
        ("no_order_needed", 1): (1, "3.00", None, 0, False),
    }
    pairs = [(p["kind"], p["rule"], p["taken_by"], p["invoice_lines"], p["cost"]) for p in tested["overlaps"]]
    assert pairs == [("allocation", 2, 1, 2, "120.00"), ("ineligible", 2, 1, 1, "4.00")]
    rest = tested["no_allocation_rule"]
    assert (rest["invoice_lines"], rest["cost"], rest["order_lines"]) == (1, "3.00", 1)


def test_rules_without_rules_or_lines(tmp_path):
    workspace = Workspace(tmp_path / "award", settings(STREAMS, rules=""))
    tested = workspace.json("rules", "test")
    assert (tested["rules"], tested["overlaps"]) == ([], [])
    take_invoices(workspace, an_invoice("one"))
    assert workspace.json("rules", "test")["no_allocation_rule"]["unallocated"]["cost"] == "100.00"
    assert "no allocation rule" in workspace.do("rules", "test").out
