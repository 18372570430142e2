"""What stands behind a claim: what it leaves out, why lines differ, who agreed, and the settings that it rests on."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from auditor import Auditor
from openpyxl import load_workbook
from product import Workspace, is_refused, settings

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "document,line,supplier,accounting_date,net,vat,po,cost_centre,account,paid_date"
STREAMS = {"A": ("5000.00", "5000.00"), "B": "5000.00"}
RULES = """
[[allocation]]
work_stream = "A"
cost_centre = "CC1*"
[[allocation]]
work_stream = "B"
cost_centre = "CC2*"
[[ineligible]]
reason = "Hospitality"
account = "62*"
[capital]
account = "1*"
"""
Q1 = (
    "I1,1,Acme,2024-05-01,1000.00,200.00,,CC1,4000,",
    "I2,1,Acme,2024-05-02,500.00,0.00,,CC2,4000,",
    "I3,1,Caterers,2024-05-03,60.00,12.00,,CC2,6200,",
    "I4,1,Nobody,2024-06-03,70.00,0.00,,,,",
)


class Award(Workspace):
    """An award of 20,000.00 whose ledgers come in row by row."""

    def __init__(self, folder: Path, rules: str = RULES, **award: str) -> None:
        super().__init__(folder, settings(STREAMS, rules=rules, **{"amount": "20000.00", **award}))

    def invoices(self, *rows: str) -> None:
        name = f"invoices-{len(list(self.folder.glob('*.csv')))}.csv"
        self.write(name, "\n".join([HEADER, *rows, ""]))
        self.take_in(name, code=0)

    def submit(self, name: str) -> dict[str, Any]:
        prepared: dict[str, Any] = self.json("claim", "prepare", name)
        self.do("claim", "submit", name, "--yes")
        return prepared

    def causes(self, claim: str) -> dict[int, str]:
        """Why lines of a claim are not current, by line."""
        book = load_workbook(self.folder / "claims" / f"PCD-1663-{claim}.xlsx")
        sheet = book["Prior period"]
        place = {cell.value: cell.column - 1 for cell in sheet[6]}
        rows = [row for row in sheet.iter_rows(min_row=7, values_only=True) if row[place["Line id"]]]
        return {row[place["Line id"]]: row[place["Cause"]] for row in rows}

    def change_settings(self, before: str, after: str) -> None:
        text = (self.folder / "grant.toml").read_text()
        assert before in text
        self.write("grant.toml", text.replace(before, after))


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> Award:
    """One quarter claimed: 1,000.00 of A and 500.00 of B; 60.00 not eligible, 70.00 in no stream."""
    award = Award(tmp_path_factory.mktemp("claimed"))
    award.invoices(*Q1)
    award.submit("Q1")
    return award


@pytest.fixture(scope="module")
def drafted(claimed: Award, tmp_path_factory: pytest.TempPathFactory) -> Award:
    """The same with a draft of the next one."""
    award = claimed.copied(tmp_path_factory.mktemp("drafted"))
    award.json("claim", "prepare", "Q2")
    return award


@pytest.fixture
def award(claimed: Award, tmp_path: Path) -> Award:
    return claimed.copied(tmp_path)


@pytest.fixture
def draft(drafted: Award, tmp_path: Path) -> Award:
    return drafted.copied(tmp_path)


def line_ids(award: Award) -> dict[str, int]:
    rows = award.query("select document, line_id from invoice_lines")
    return {row["document"]: row["line_id"] for row in rows}


# --- causes -----------------------------------------------------------------------------------------------------


def test_each_prior_period_item_says_what_made_it_one(award: Award) -> None:
    award.invoices("I1,1,Acme,2024-05-01,900.00,180.00,,CC1,4000,", "L1,1,Acme,2024-04-09,33.00,0,,CC1,4000,")
    ids = line_ids(award)
    award.do("decide", ids["I2"], "--stream", "A", "--reason", "It was for the cameras")
    award.do("decide", ids["I3"], "--eligible", "--reason", "A working lunch of the panel")
    award.do("decide", ids["I4"], "--stream", "B", "--reason", "Asked the budget holder")
    award.submit("Q2")
    causes = award.causes("Q2")
    assert causes[ids["I1"]] == ("restated in batch 2: net from 1000.00 to 900.00, VAT from 200.00 to 180.00")
    assert causes[ids["L1"]] == "came in after Q1 was prepared (batch 2, invoices-1.csv)"
    assert causes[ids["I2"]] == ("stream decided by finance on 2025-04-10: It was for the cameras")
    assert causes[ids["I3"]] == (
        "not eligible in Q1: Hospitality; eligible decided by finance on 2025-04-10: A working lunch of the panel"
    )
    assert causes[ids["I4"]] == (
        "in no work stream in Q1; stream decided by finance on 2025-04-10: Asked the budget holder"
    )


def test_a_line_that_a_changed_rule_moves_says_so(award: Award) -> None:
    award.change_settings('cost_centre = "CC1*"', 'cost_centre = ["CC1*", "CC2*"]')
    award.submit("Q2")
    ids = line_ids(award)
    assert award.causes("Q2") == {ids["I2"]: "grant.toml changed after Q1 was prepared"}


def test_what_was_held_back_says_so_when_there_is_room(tmp_path: Path) -> None:
    award = Award(tmp_path)
    award.invoices("I1,1,Acme,2024-05-01,6000.00,0,,CC2,4000,")
    prepared = award.submit("Q1")
    assert prepared["total"]["held_back"] == "1000.00"
    move = ("budget", "move", "A", "B", "600.00", "--kind", "resource", "--date", "2024-07-02")
    award.do(*move, "--reason", "more is needed")
    award.submit("Q2")
    assert award.causes("Q2") == {1: "held back in Q1"}


def test_an_accrual_that_goes_back_says_what_came(tmp_path: Path) -> None:
    award = Award(tmp_path, claim_basis="accrued")
    header = "po,line,supplier,order_date,net,received,status,cost_centre"
    award.write("orders.csv", f"{header}\nPO1,1,Acme,2024-05-01,9000.00,3000.00,open,CC1\n")
    award.take_in("orders.csv", kind="orders")
    award.submit("Q1")
    award.write("orders-2.csv", f"{header}\nPO1,1,Acme,2024-05-01,9000.00,2500.00,open,CC1\n")
    award.take_in("orders-2.csv", kind="orders")
    award.submit("Q2")
    assert award.causes("Q1") == {1: "received and not yet invoiced at the claim's last day"}
    assert award.causes("Q2") == {1: "restated in batch 2: received from 3000.00 to 2500.00"}


# --- claim diff -------------------------------------------------------------------------------------------------


def test_a_submitted_claim_is_compared_with_what_its_lines_are_worth_now(award: Award) -> None:
    ids = line_ids(award)
    assert award.json("claim", "diff", "Q1")["lines"] == []
    award.do(
        *("claim", "settle", "Q1", "--received", "1480.00", "--date", "2024-08-01"),
        *("--disallow", f"{ids['I2']}=20.00", "--reason", "no receipt"),
    )
    award.invoices("I1,1,Acme,2024-05-01,900.00,180.00,,CC1,4000,")
    found = award.json("claim", "diff", "Q1")
    shown = [(row["line_id"], row["before"], row["now"], row["cause"]) for row in found["lines"]]
    assert shown == [
        (
            *(ids["I1"], "1000.00", "900.00"),
            "restated in batch 2: net from 1000.00 to 900.00, VAT from 200.00 to 180.00",
        ),
        (ids["I2"], "500.00", "480.00", "disallowed by the funder on 2024-08-01: no receipt"),
    ]
    assert found["difference"] == "-120.00"


def test_the_differences_of_a_submitted_claim_are_the_next_claims_adjustments(award: Award) -> None:
    award.invoices(
        "I1,1,Acme,2024-05-01,900.00,0,,CC2,4000,", "I2,1,Acme,2024-05-02,501.00,0,,CC2,1000,", *Q1[2:]
    )
    found = award.json("claim", "diff", "Q1")
    differences = {
        (row["line_id"], row["work_stream"], row["cost_type"]): Decimal(row["difference"])
        for row in found["lines"]
    }
    award.submit("Q2")
    rows = award.query("select line_id, work_stream, cost_type, amount from claim_lines where claim = 'Q2'")
    assert differences == {
        (row["line_id"], row["work_stream"], row["cost_type"]): Decimal(row["amount"]) for row in rows
    }


def test_a_draft_is_compared_with_the_last_time_that_it_was_prepared(draft: Award) -> None:
    award = draft
    award.invoices("N1,1,Acme,2024-08-01,10.00,0,,CC1,4000,")
    later = award.json("claim", "diff", "Q2")
    assert [(row["line_id"], row["before"], row["now"]) for row in later["lines"]] == [(5, "0.00", "10.00")]
    assert later["now"].startswith("worked out on")
    award.json("claim", "prepare", "Q2")
    again = award.json("claim", "diff", "Q2")
    assert again["lines"] == later["lines"]
    assert again["now"].startswith("as prepared on")


def test_a_change_of_settings_never_touches_what_was_submitted(award: Award) -> None:
    before = award.json("claim", "show", "Q1")
    award.change_settings('vat = "recoverable"', 'vat = "irrecoverable"')
    found = award.json("claim", "diff", "Q1")
    assert found["settings"] == [{"where": "[award] vat", "before": "recoverable", "after": "irrecoverable"}]
    assert {row["cause"] for row in found["lines"]} == {"grant.toml changed after Q1 was prepared"}
    assert found["difference"] == "200.00"
    assert award.json("claim", "prepare", "Q2")["total"]["adjustments"] == "200.00"
    assert award.json("claim", "show", "Q1") == before


# --- what is left out -------------------------------------------------------------------------------------------


def test_submitting_names_what_is_left_out_and_the_workbook_lists_it(award: Award) -> None:
    award.write(
        "bad.csv", f"{HEADER}\nX1,1,Acme,2024-08-01,1O.00,0,,CC1,4000,\nX2,1,Acme,2024-13-01,9.50,0,,CC1,,\n"
    )
    award.take_in("bad.csv", code=1)
    award.json("claim", "prepare", "Q2")
    said = award.do("claim", "submit", "Q2", "--yes").err
    assert "note: 70.00 of eligible cost has no work stream and is not claimed" in said
    assert "note: 2 refused rows are not mended yet, 9.50 as far as that can be read" in said
    book = load_workbook(award.folder / "claims" / "PCD-1663-Q2.xlsx")
    listed = [row[:4] for row in book["Left out"].iter_rows(min_row=7, max_row=8, values_only=True)]
    assert listed == [
        ("not eligible", "B", "resource", "Hospitality"),
        ("no work stream", "UNALLOCATED", "resource", None),
    ]
    sentences = [row[0] for row in book["Claim"].iter_rows(values_only=True) if row[0]]
    assert any("2 refused rows are not mended yet" in str(sentence) for sentence in sentences)


@pytest.mark.parametrize("basis", ["invoiced", "paid", "accrued"])
def test_what_a_claim_leaves_out_adds_up_with_what_it_takes_to_the_ledger(tmp_path: Path, basis: str) -> None:
    award = Award(tmp_path, claim_basis=basis)
    award.invoices(
        *(
            f"{row}{paid}"
            for row, paid in zip(Q1, ("2024-06-01", "", "2024-06-02", "2024-06-03"), strict=True)
        ),
        "I9,1,Acme,2024-05-04,6000.00,0,,CC2,4000,2024-06-30",
        "I10,1,Acme,2023-05-04,5.00,0,,CC2,4000,2024-06-30",
    )
    award.submit("Q1")
    facts = json.loads(award.query("select facts from claims")[0]["facts"])
    steps = sum(Decimal(step["amount"]) for step in facts["reconciliation"])
    total = award.json("claim", "show", "Q1")["total"]
    assert steps == Decimal(total["cumulative"]) + Decimal(total["held_back"])
    book = load_workbook(tmp_path / "claims" / "PCD-1663-Q1.xlsx")
    sheet = book["Left out"]
    sums: dict[str, Decimal] = {}
    for row in sheet.iter_rows(min_row=7, values_only=True):
        if isinstance(row[10], int):  # a line's number
            sums[row[0]] = sums.get(row[0], Decimal(0)) + Decimal(str(row[9]))
    not_eligible = sum(
        Decimal(step["amount"]) for step in facts["reconciliation"] if step["step"] == "Less: not eligible"
    )
    assert sums["not eligible"] == -not_eligible == Decimal("65.00")
    assert sums["held back"] == Decimal(total["held_back"])
    assert sums["no work stream"] == Decimal(award.json("claim", "show", "Q1")["unallocated"])


# --- people -----------------------------------------------------------------------------------------------------


def test_whoever_prepared_a_claim_cannot_submit_it_where_two_people_are_wanted(award: Award) -> None:
    award.write("grant.toml", (award.folder / "grant.toml").read_text() + "\n[claim]\ntwo_people = true\n")
    award.json("claim", "prepare", "Q2")
    before = award.ledger.read_bytes()
    refused = award.run("claim", "submit", "Q2", "--yes")
    assert is_refused(refused)
    assert "finance prepared Q2 and cannot submit it" in refused.err
    assert award.ledger.read_bytes() == before


def test_who_agreed_to_a_claim_is_on_its_cover(draft: Award) -> None:
    award = draft
    shown = award.json("claim", "submit", "Q2", "--yes", "--approved-by", "C. Finance")
    assert shown["approved_by"] == "C. Finance"
    book = load_workbook(award.folder / "claims" / "PCD-1663-Q2.xlsx")
    assert "C. Finance" in [cell.value for cell in book["Claim"][13]]


# --- notes ------------------------------------------------------------------------------------------------------


def explanations(award: Award, claim: str) -> dict[str, str | None]:
    sheet = load_workbook(award.folder / "claims" / f"PCD-1663-{claim}.xlsx")["Variance"]
    place = {cell.value: cell.column - 1 for cell in sheet[6]}
    return {
        row[0]: row[place["Explanation"]]
        for row in sheet.iter_rows(min_row=7, values_only=True)
        if row[0] in STREAMS
    }


def test_a_large_variance_is_to_be_explained_and_marked_until_it_is(tmp_path: Path) -> None:
    limits = '[variance]\nexplain_over = { per_cent = "10", amount = "1000.00" }\n'
    award = Award(tmp_path, rules=RULES + limits)
    award.invoices("I1,1,Acme,2024-05-01,2250.01,0,,CC1,4000,", "I2,1,Acme,2024-05-01,250.00,0,,CC2,4000,")
    # a quarter of each budget is due: A 2,500.00 less 2,250.01, within both; B 1,250.00 less 250.00, at the limit
    assert "has to be explained" not in award.do("claim", "prepare", "Q1").err
    award.invoices("I2,1,Acme,2024-05-01,249.99,0,,CC2,4000,")
    assert "the variance of B has to be explained" in award.do("claim", "prepare", "Q1").err
    assert (explanations(award, "Q1")["B"] or "").startswith("MISSING")
    award.do("claim", "note", "Q1", "b", "Not what is said in the end")
    award.do("claim", "note", "Q1", "B", "The survey starts in July")
    award.do("claim", "submit", "Q1", "--yes")
    assert explanations(award, "Q1") == {"A": None, "B": "The survey starts in July"}


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("Q1", "A", "why"), "Q1 is submitted"),
        (("Q2", "C", "why"), "there is no work stream"),
        (("Q2", "A", " "), "the note is blank"),
        (("Q3", "A", "why"), "there is no claim Q3"),
    ],
)
def test_a_note_that_belongs_nowhere_is_refused(drafted: Award, words: tuple[str, ...], what: str) -> None:
    before = drafted.ledger.read_bytes()
    refused = drafted.run("claim", "note", *words)
    assert is_refused(refused)
    assert what in refused.err
    assert drafted.ledger.read_bytes() == before


# --- settings ---------------------------------------------------------------------------------------------------


def test_the_settings_log_says_what_changed_when_and_which_claims_rest_on_it(award: Award) -> None:
    award.change_settings('account = "62*"', 'account = ["62*", "63*"]')
    award.change_settings('resource = "5000.00"\ncapital = "0.00"', 'resource = "4000.00"\ncapital = "0.00"')
    award.json("claim", "prepare", "Q2")
    award.change_settings("[capital]", "# what is capital\n[capital]")
    log = award.json("settings", "log")["versions"]
    assert [(v["version"], v["command"], v["claims"]) for v in log] == [
        (1, "import", ["Q1"]),
        (2, "claim prepare", ["Q2"]),
        (None, None, []),
    ]
    assert log[1]["changes"] == [
        {"where": "work stream B resource", "before": "5000.00", "after": "4000.00"},
        {
            "where": "ineligible rule 1",
            "before": "reason = Hospitality for account 62*",
            "after": "reason = Hospitality for account 62*, 63*",
        },
    ]
    assert log[2]["changes"] == []


def test_a_refused_command_leaves_no_settings_behind(award: Award) -> None:
    award.change_settings('account = "62*"', 'account = "63*"')
    before = award.ledger.read_bytes()
    assert is_refused(award.run("claim", "prepare", "Q4"))
    assert award.ledger.read_bytes() == before


# --- VAT --------------------------------------------------------------------------------------------------------


def test_blocked_vat_is_a_cost_of_the_lines_that_a_rule_names(tmp_path: Path) -> None:
    blocked = '[[vat]]\nvat = "irrecoverable"\naccount = "40*"\n'
    award = Award(tmp_path, rules=RULES + blocked)
    award.invoices(*Q1, "I5,1,Acme,2024-05-01,100.00,20.00,,CC1,4100,")
    rows = award.query("select document, cost from invoice_lines order by document")
    assert {row["document"]: row["cost"] for row in rows} == {
        "I1": "1200.00",
        "I2": "500.00",
        "I3": "60.00",
        "I4": "70.00",
        "I5": "100.00",
    }
    auditor = Auditor(tmp_path)
    auditor.import_file(tmp_path / "invoices-0.csv", "invoices")
    assert award.json("status")["total"]["eligible"] == auditor.status()["total"]["eligible"] == "1870.00"


# --- what was not received --------------------------------------------------------------------------------------


def test_what_was_not_received_is_shown_until_it_is_explained(award: Award) -> None:
    said = award.do("claim", "settle", "Q1", "--received", "1400.00", "--date", "2024-08-01").err
    assert "Q1: 100.00 of what was claimed is outstanding, and nothing says why" in said
    assert "nothing says why" in award.do("status").err
    nothing_more = ("claim", "settle", "Q1", "--received", "0", "--date", "2024-09-01")
    award.do(*nothing_more, "--reason", "the rest is in the next payment")
    said = award.do("claim", "list").err
    assert said == "note: Q1: 100.00 of what was claimed is outstanding (the rest is in the next payment)\n"
    award.do("claim", "settle", "Q1", "--received", "100.00", "--date", "2024-10-01")
    assert award.do("claim", "list").err == ""


# --- assets -----------------------------------------------------------------------------------------------------


def test_the_claim_lists_the_assets_that_the_grant_bought(tmp_path: Path) -> None:
    award = Award(tmp_path, rules=RULES + '[assets]\nthreshold = "800.00"\n')
    award.invoices(
        "C1,1,Acme,2024-05-01,800.00,160.00,,CC1,1100,",
        "C2,1,Acme,2024-05-01,799.99,160.00,,CC1,1100,",
        "R1,1,Acme,2024-05-01,900.00,160.00,,CC1,4100,",
    )
    award.submit("Q1")
    sheet = load_workbook(tmp_path / "claims" / "PCD-1663-Q1.xlsx")["Assets"]
    rows = [row for row in sheet.iter_rows(min_row=7, values_only=True) if row[1]]
    assert [(row[2], row[5], row[6], row[11]) for row in rows] == [("C1", 800, "A", 1)]


# --- open findings ----------------------------------------------------------------------------------------------


def test_open_findings_on_a_claims_lines_are_named_and_may_refuse_it(tmp_path: Path) -> None:
    award = Award(tmp_path)
    award.invoices("A-1,1,Acme,2024-05-01,800.00,0,,CC1,4000,", "A1,1,Acme,2024-05-09,800.00,0,,CC1,4000,")
    award.json("claim", "prepare", "Q1")
    named = "open findings on lines of this claim: 1 of duplicate-invoice (high)"
    award.write(
        "grant.toml", (tmp_path / "grant.toml").read_text() + '\n[claim]\nrefuse_open_findings = "high"\n'
    )
    refused = award.run("claim", "submit", "Q1", "--yes")
    assert refused.code == 2
    assert named in refused.err
    assert "Q1 has open findings: 1 of duplicate-invoice (high)" in refused.err
    done = award.do("claim", "submit", "Q1", "--yes", "--override", "two cameras, two invoices")
    assert named in done.err
    sheet = load_workbook(tmp_path / "claims" / "PCD-1663-Q1.xlsx")["Claim"]
    said = "submitted in spite of open findings, 1 of duplicate-invoice (high): two cameras, two invoices"
    assert said in [cell.value for row in sheet.iter_rows() for cell in row]


def test_a_settled_finding_refuses_nothing(tmp_path: Path) -> None:
    award = Award(tmp_path, rules=RULES + '[claim]\nrefuse_open_findings = "high"\n')
    award.invoices("A-1,1,Acme,2024-05-01,800.00,0,,CC1,4000,", "A1,1,Acme,2024-05-09,800.00,0,,CC1,4000,")
    award.json("claim", "prepare", "Q1")
    award.do("check", "settle", "duplicate-invoice", "1", "--reason", "two cameras")
    award.do("claim", "submit", "Q1", "--yes")
