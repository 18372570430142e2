"""The statement of grant usage: worked by hand, held against the other commands and against the auditor."""

from __future__ import annotations

import contextlib
import random
import re
from decimal import Decimal

import pytest
from auditor import Auditor, Refused
from histories import history, play
from openpyxl import load_workbook
from product import CLOCK, REPOSITORY, Workspace, is_refused, settings
from spreadsheet import all_recalculated, cells_named, recalculated, values_named
from test_agreement import FIRST_SEED, HISTORIES, Product

pytestmark = pytest.mark.thorough

INVOICES = ("document", "line", "supplier", "accounting_date", "net", "cost_centre", "account", "paid_date")
ORDERS = ("po", "line", "supplier", "order_date", "net", "received", "cost_centre", "account")
STREAMS = {"EXISTING": ("500000.00", "100000.00"), "MAY-24": ("200000.00", "0.00")}
RULES = """
[[allocation]]
work_stream = "EXISTING"
cost_centre = ["CC1"]

[[allocation]]
work_stream = "MAY-24"
cost_centre = ["CC2"]

[[ineligible]]
reason = "Hospitality"
account = ["62*"]

[capital]
account = ["1*"]
"""
AT_THE_END = "2025-03-31"
TEMPLATES = REPOSITORY / "report_templates"
FIGURES = (
    *("original", "virements", "budget", "eligible", "claimable", "claimed", "disallowed", "received"),
    *("outstanding", "not_yet_claimed", "held_back", "unspent"),
)


def a_workspace(tmp_path, **award):
    return Workspace(tmp_path / "award", settings(STREAMS, rules=RULES, **award))


@pytest.fixture
def workspace(tmp_path):
    return a_workspace(tmp_path)


def an_invoice(document, net, on="2024-05-14", centre="CC1", account="4100", paid=""):
    return (document, "1", "Acme", on, net, centre, account, paid)


def take_in(workspace, *rows, name="invoices.csv"):
    workspace.write_csv(name, INVOICES, rows)
    workspace.take_in(name)


def claim(workspace, name):
    workspace.do("claim", "prepare", name)
    workspace.do("claim", "submit", name)


def settle(workspace, name, received, *words, on="2025-06-30"):
    workspace.do("claim", "settle", name, f"--received={received}", "--date", on, *words)


def whole(shown):
    names = (
        "eligible",
        "earned",
        "claimed",
        "received",
        "outstanding",
        "not_yet_claimed",
        "due",
        "repayable",
        "unspent",
    )
    return {name: shown[name] for name in names}


# --- worked by hand ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worked_case_4(tmp_path_factory):
    """An award of one quarter, all of it claimed and paid, with 12,500.00 beyond it."""
    one_quarter = settings({"EXISTING": "800000.00"}, starts="2025-01-01", profile=("100",))
    workspace = Workspace(tmp_path_factory.mktemp("case") / "award", one_quarter)
    take_in(
        workspace, an_invoice("I1", "742000.00", "2025-01-14"), an_invoice("I2", "70500.00", "2025-02-01")
    )
    claim(workspace, "Q1")
    settle(workspace, "Q1", "800000.00")
    return workspace


def test_worked_case_4_before_the_credit(worked_case_4):
    assert whole(worked_case_4.json("statement")) == {
        "eligible": "812500.00",
        "earned": "800000.00",
        "claimed": "800000.00",
        "received": "800000.00",
        "outstanding": "0.00",
        "not_yet_claimed": "0.00",
        "due": "0.00",
        "repayable": "0.00",
        "unspent": "0.00",
    }


@pytest.mark.parametrize(
    ("credit", "eligible", "repayable", "held_back"),
    [("-12000.00", "800500.00", "0.00", "500.00"), ("-13700.00", "798800.00", "1200.00", "0.00")],
)
def test_worked_case_4_what_a_credit_makes_repayable(
    worked_case_4, tmp_path, credit, eligible, repayable, held_back
):
    workspace = worked_case_4.copied(tmp_path / "award")
    take_in(workspace, an_invoice("C1", credit, "2025-05-01"), name="credit.csv")
    workspace.do("decide", "3", "--accounting-date", AT_THE_END, "--reason", "refund for the year")
    shown = workspace.json("statement")
    assert (shown["eligible"], shown["repayable"], shown["due"]) == (eligible, repayable, "0.00")
    assert (shown["held_back"], shown["unspent"], shown["residual"]) == (held_back, repayable, "0.00")
    assert shown["status"] == "draft"
    # claimed in FINAL it is outstanding, and once paid back nothing is left
    claim(workspace, "FINAL")
    shown = workspace.json("statement")
    minus = "0.00" if repayable == "0.00" else f"-{repayable}"
    assert (shown["outstanding"], shown["not_yet_claimed"], shown["repayable"]) == (minus, "0.00", repayable)
    assert shown["status"] == "draft"
    settle(workspace, "FINAL", minus)
    shown = workspace.json("statement")
    assert (shown["status"], shown["draft_because"]) == ("final", [])
    assert (shown["due"], shown["repayable"], shown["unspent"]) == ("0.00", "0.00", repayable)
    assert Decimal(shown["received"]) == Decimal("800000.00") - Decimal(repayable)


@pytest.fixture(scope="module")
def a_year(tmp_path_factory):
    """Costs of both kinds in two streams and in none; a virement, a disallowance, a payment in part. Only looked at."""
    workspace = a_workspace(tmp_path_factory.mktemp("year"))
    take_in(
        workspace,
        an_invoice("I1", "40000.00"),
        an_invoice("I2", "10000.00", account="1100"),
        an_invoice("I3", "20000.00", centre="CC2"),
        an_invoice("I4", "700.00", centre="CC9"),
        an_invoice("I5", "300.00", account="6200"),
    )
    move = ("--kind", "resource", "--date", "2024-06-01", "--reason", "need")
    workspace.do("budget", "move", "EXISTING", "MAY-24", "5000.00", *move)
    claim(workspace, "Q1")  # 70,000.00
    settle(workspace, "Q1", "60000.00", "--disallow", "1=1000.00", "--reason", "not for the pilot")
    take_in(workspace, an_invoice("I6", "8000.00", "2024-08-01"), name="q2.csv")
    claim(workspace, "Q2")
    take_in(workspace, an_invoice("I7", "500.00", "2024-11-01"), name="q3.csv")
    return workspace


def test_a_year_by_hand(a_year):
    shown = a_year.json("statement")
    assert whole(shown) == {
        "eligible": "78200.00",  # 70,700 - 1,000 disallowed + 8,000 + 500
        "earned": "77500.00",
        "claimed": "78000.00",
        "received": "60000.00",
        "outstanding": "17000.00",
        "not_yet_claimed": "500.00",
        "due": "17500.00",
        "repayable": "0.00",
        "unspent": "722500.00",
    }
    assert (shown["disallowed"], shown["settled"], shown["residual"]) == ("1000.00", "60000.00", "0.00")
    assert [(step["step"], step["amount"]) for step in shown["reconciliation"]] == [
        ("Eligible expenditure", "78200.00"),
        ("Less: in no work stream", "-700.00"),
    ]
    streams = {row["code"]: row for row in shown["work_streams"]}
    existing = streams["EXISTING"]
    # of 60,000.00 received 69,000.00 still count: 49,000.00 and 20,000.00
    assert [existing[name] for name in ("claimed", "disallowed", "received")] == [
        "58000.00",
        "1000.00",
        "42608.70",
    ]
    assert streams["MAY-24"]["received"] == "17391.30"
    assert [existing[kind]["received"] for kind in ("resource", "capital")] == ["33913.05", "8695.65"]
    assert (existing["virements"], existing["budget"], existing["unspent"]) == (
        "-5000.00",
        "595000.00",
        "537500.00",
    )
    assert [row["eligible"] for row in shown["kinds"]] == ["68200.00", "10000.00"]
    assert shown["unallocated"]["eligible"] == "700.00"
    assert [row["amount"] for row in shown["virements"]] == ["5000.00"]
    assert [(row["claim"], row["received"], row["disallowed"]) for row in shown["receipts"]] == [
        ("Q1", "60000.00", "1000.00")
    ]
    assert [(row["claim"], row["status"], row["outstanding"]) for row in shown["claims"]] == [
        ("Q1", "settled", "9000.00"),
        ("Q2", "submitted", "8000.00"),
    ]


def test_on_the_accrued_basis_accruals_count_and_on_the_paid_basis_only_payments(tmp_path):
    accrued = a_workspace(tmp_path / "one", claim_basis="accrued")
    accrued.write_csv(
        "orders.csv", ORDERS, [("PO-1", "1", "Acme", "2024-05-01", "9000.00", "6500.00", "CC1", "4100")]
    )
    accrued.take_in("orders.csv", kind="orders")
    take_in(accrued, an_invoice("I1", "100.00"))
    shown = accrued.json("statement")
    assert (shown["eligible"], shown["earned"], shown["not_yet_claimed"]) == ("100.00", "6600.00", "6600.00")
    assert shown["reconciliation"][-1]["amount"] == "6500.00"
    paid = a_workspace(tmp_path / "two", claim_basis="paid")
    take_in(paid, an_invoice("I1", "100.00", paid="2025-04-20"), an_invoice("I2", "30.00"))
    shown = paid.json("statement")
    assert (shown["eligible"], shown["earned"], shown["residual"]) == ("130.00", "100.00", "0.00")
    assert shown["reconciliation"][-1]["amount"] == "-30.00"
    assert paid.json("statement", "--as-at", "2024-12-31")["earned"] == "0.00"


def test_a_statement_is_not_drawn_up_within_a_claim(a_year):
    done = a_year.run("statement", "--as-at", "2024-09-29")
    assert is_refused(done)
    assert "Q2 is submitted and reaches up to 2024-09-30, beyond 2024-09-29" in done.err
    assert a_year.json("statement", "--as-at", "2024-09-30")["not_yet_claimed"] == "0.00"


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """An award of one quarter whose FINAL is settled."""
    workspace = Workspace(
        tmp_path_factory.mktemp("ended") / "short",
        settings(STREAMS, rules=RULES, starts="2025-01-01", profile=("100",)),
    )
    for name in ("Q1", "FINAL"):
        claim(workspace, name)
    assert workspace.json("statement")["draft_because"] == ["the claim FINAL is not settled"]
    settle(workspace, "FINAL", "0.00")
    return workspace


def test_final_until_something_comes_to_light(ended, tmp_path):
    workspace = ended.copied(tmp_path / "short")
    assert workspace.json("statement")["status"] == "final"
    take_in(workspace, an_invoice("late", "10.00", "2025-01-14"))
    shown = workspace.json("statement")
    assert shown["draft_because"] == ["what came to light after FINAL is not claimed yet"]
    assert shown["due"] == "10.00"


# --- the workbook -----------------------------------------------------------------------------------------------


def written(workspace, name="statement.xlsx"):
    path = workspace.folder / name
    workspace.do("statement", "--out", path)
    return path


def pennies(value):
    return Decimal(repr(value)).quantize(Decimal("0.01"))


CHANGED = ("usage_received", "detail_claimed", "receipts_received", "virements_amount")


@pytest.fixture(scope="module")
def of_the_year(a_year):
    """The year's statement; only looked at."""
    return written(a_year)


@pytest.fixture(scope="module")
def books(a_year, of_the_year, tmp_path_factory):
    """Statements as LibreOffice works them out: the year's, one of nothing, and the year's with a figure changed."""
    folder = tmp_path_factory.mktemp("statements")
    paths = {"a year": of_the_year}
    paths["nothing"] = written(a_workspace(folder / "empty"), "nothing.xlsx")
    for name in CHANGED:
        book, paths[name] = load_workbook(of_the_year), folder / f"{name}.xlsx"
        cells_named(book, name)[0].value += 0.01
        book.save(paths[name])
    return dict(zip(paths, all_recalculated(paths.values(), folder / "recalculated"), strict=True))


def test_recalculated_every_check_is_true_and_the_figures_are_those_of_the_command(
    a_year, of_the_year, books
):
    shown = a_year.json("statement")
    as_written, book = load_workbook(of_the_year), books["a year"]
    checks = [
        cell for sheet in as_written for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert len(checks) > 50
    for cell in checks:
        assert book[cell.parent.title][cell.coordinate].value is True, (
            f"{cell.parent.title}!{cell.coordinate}"
        )
    for name in (
        "received",
        "eligible",
        "earned",
        "claimed",
        "disallowed",
        "outstanding",
        "due",
        "repayable",
    ):
        (value,) = values_named(book, f"statement_{name}")
        assert pennies(value) == Decimal(shown[name])
    (residual,) = values_named(book, "reconciliation_residual")
    assert residual == 0
    rows = {
        row["code"]: row for row in (*shown["work_streams"], {"code": "UNALLOCATED", **shown["unallocated"]})
    }
    assert values_named(book, "usage_code") == list(rows)
    for figure in FIGURES:
        assert [pennies(value) for value in values_named(book, f"usage_{figure}")] == [
            Decimal(row[figure]) for row in rows.values()
        ]
    assert values_named(book, "claims_claim") == ["Q1", "Q2"]
    assert values_named(book, "virements_amount") == [5000]


@pytest.mark.parametrize("name", CHANGED)
def test_a_figure_that_is_changed_makes_a_check_fail(books, name):
    assert values_named(books[name], "all_checks") == [False]
    assert values_named(books[name], "statement_all_checks") == [False]


def test_a_draft_says_so_on_every_sheet_and_a_final_one_does_not(ended, tmp_path):
    book = load_workbook(written(Workspace(tmp_path / "award", (ended.folder / "grant.toml").read_text())))
    assert book.sheetnames == [
        *("Statement", "By kind", "Claims", "Virements", "Reconciliation", "Certificate", "Checks")
    ]
    for sheet in book:
        assert sheet["A4"].value.startswith(
            "DRAFT: the claim FINAL is not settled. Drawn up on 10 April 2025"
        )
        assert (sheet.oddHeader.center.text or "").endswith("DRAFT")
        assert sheet.protection.sheet
        assert sheet.page_setup.paperSize == 9  # A4
    for sheet in load_workbook(written(ended)):
        assert sheet["A4"].value.startswith("FINAL: FINAL was settled on 30 June 2025. Drawn up on")
        assert "DRAFT" not in (sheet.oddHeader.center.text or "")


def test_an_empty_ledger_gives_a_statement_of_nothing_whose_checks_hold(books):
    assert values_named(books["nothing"], "all_checks") == [True]
    assert values_named(books["nothing"], "statement_unspent") == [800000]


def test_the_certificate_has_the_settings_clauses_and_signatory(tmp_path):
    rules = f'{RULES}\n[claim]\nsignatory = "Treasurer"\ndeclaration = ["all of it is true."]\n'
    workspace = Workspace(tmp_path / "award", settings(STREAMS, rules=rules))
    take_in(workspace, an_invoice("I1", "100.00"))
    book = load_workbook(written(workspace))
    assert values_named(book, "certificate_signatory") == ["Treasurer"]
    assert values_named(book, "certificate_clauses") == ["all of it is true.", None, None, None, None]
    (sentence,) = values_named(book, "certificate_statement")
    assert sentence.startswith("Under the award PCD 1663 of £800,000.00 by the funder, Home Office,")
    assert "eligible expenditure of £100.00 up to 31 March 2025" in sentence
    assert sentence.endswith("£100.00 is due from the funder, Home Office.")
    unlocked = {
        sheet.title for sheet in book for row in sheet.iter_rows() for c in row if not c.protection.locked
    }
    assert unlocked == {"Certificate"}


def test_text_of_the_ledger_stays_text_and_the_bytes_are_the_same(workspace):
    attack = "=cmd|' /C calc'!A0"
    words = ("--kind", "resource", "--date", "2024-06-01", "--approved-by", attack, "--reason", attack)
    workspace.do("budget", "move", "EXISTING", "MAY-24", "5.00", *words)
    path = written(workspace)
    book = load_workbook(path)
    for name in ("virements_reason", "virements_approved_by"):
        (cell,) = cells_named(book, name)
        assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", attack, True)
    assert path.read_bytes() == written(workspace, "again.xlsx").read_bytes()


def test_the_readme_lists_every_name_of_the_template():
    listed = set(re.findall(r"`([a-z_]+)`", (TEMPLATES / "README.md").read_text(encoding="utf-8")))
    assert set(load_workbook(TEMPLATES / "statement.xlsx").defined_names) <= listed


def test_no_conditional_format_lies_on_a_check(of_the_year):
    """LibreOffice 7.4 dies on printing one over a truth value."""
    for sheet in load_workbook(of_the_year):
        checks = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert not [c for c in checks if any(c in formats for formats in sheet.conditional_formatting)]


# --- against the other commands, and the auditor ----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + max(1, HISTORIES // 4)))
def test_over_a_generated_history_it_agrees_with_the_auditor(seed, tmp_path, monkeypatch):
    monkeypatch.setenv("GRANTKIT_NOW", CLOCK)
    monkeypatch.setenv("GRANTKIT_USER", "finance")
    monkeypatch.delenv("GRANTKIT_WORKSPACE", raising=False)
    commands = history(random.Random(seed), tmp_path, decisions=True, quarters=1, lines=6)
    auditor, product = Auditor(tmp_path), Product(tmp_path)
    for command in commands:
        if command[0] not in {"status", "variance"} and command[1:2] not in (["show"], ["list"]):
            product.run(*product.words(command))
            with contextlib.suppress(Refused):
                play(auditor, command)
    workspace, end = Workspace(tmp_path, (tmp_path / "grant.toml").read_text()), auditor.settings.ends
    shown = workspace.json("statement")
    assert_agrees(shown, auditor, end)
    path = tmp_path / "statement.xlsx"
    workspace.do("statement", "--out", path)
    assert values_named(recalculated(path), "all_checks") == [True]


def assert_agrees(shown, auditor, end):
    status, budgets = auditor.status(end), auditor.budget_show(end)
    total = shown["total"]
    claimed = Decimal(total["claimed"]) - Decimal(total["disallowed"])
    assert total["eligible"] == status["total"]["eligible"]
    assert total["received"] == shown["settled"] == status["total"]["settled"]
    assert claimed == Decimal(status["total"]["claimed"])
    assert [total[name] for name in ("original", "virements", "budget")] == [
        budgets["total"][name] for name in ("original", "virements", "current")
    ]
    for row, of_status, of_budgets in zip(
        shown["work_streams"], status["work_streams"], budgets["work_streams"], strict=True
    ):
        assert row["eligible"] == of_status["eligible"]
        assert row["received"] == of_status["settled"]
        assert Decimal(row["claimed"]) - Decimal(row["disallowed"]) == Decimal(of_status["claimed"])
        assert [row[kind]["budget"] for kind in ("resource", "capital")] == [
            of_budgets[kind] for kind in ("resource", "capital")
        ]
        for figure in FIGURES:
            assert Decimal(row[figure]) == sum(Decimal(row[kind][figure]) for kind in ("resource", "capital"))
    standing = auditor.standing()
    assert Decimal(total["claimed"]) == sum(c.total for c in standing)
    assert Decimal(total["outstanding"]) == sum(c.outstanding for c in standing)
    due = auditor.drawn_up("FINAL", 1).figures["total"]
    assert (total["not_yet_claimed"], total["held_back"]) == (due["this_claim"], due["held_back"])
    assert shown["residual"] == "0.00"
