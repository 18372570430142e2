"""The cases that a grant accountant worked by hand, through the command line; figures as they were worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from product import Workspace, is_refused, settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

INVOICES = "document,line,supplier,accounting_date,net,po,cost_centre"
ORDERS = "po,line,supplier,order_date,net,received,status"
GRANT = {"A": "800000.00"}


class Award(Workspace):
    """An award of 800,000.00 from April 2024 to March 2025, whose ledgers come in row by row."""

    def bring(self, kind: str, header: str, *rows: str) -> None:
        name = f"{kind}-{len(list(self.folder.glob('*.csv')))}.csv"
        self.write(name, "\n".join([header, *rows, ""]))
        self.take_in(name, kind=kind)

    def invoices(self, *rows: str) -> None:
        self.bring("invoices", INVOICES, *rows)

    def orders(self, *rows: str) -> None:
        self.bring("orders", ORDERS, *rows)

    def claim(self, name: str) -> dict[str, Any]:
        """Prepare and submit a claim; its totals."""
        total: dict[str, Any] = self.json("claim", "prepare", name)["total"]
        self.do("claim", "submit", name, "--yes")
        return total

    def takes(self, name: str) -> list[tuple[str, str, str]]:
        """What a claim takes and gives back: document, kind and amount, as its schedule has them."""
        rows = self.query(
            "select document, kind, amount from claim_lines join invoice_lines using (line_id)"
            f" where claim = '{name}' order by document, amount"
        )
        return [(row["document"], row["kind"], row["amount"]) for row in rows]


# --------------------------------------------------------------------------------------
# 1. Shares
# --------------------------------------------------------------------------------------

THIRDS = """
[[allocation]]
split = { A = "33.33", B = "33.33", C = "%s" }
supplier = "*"
"""


def test_1_shares_add_up_to_the_penny(tmp_path: Path) -> None:
    streams = {"A": "200000.00", "B": "200000.00", "C": "200000.00"}
    award = Award(tmp_path, settings(streams, rules=THIRDS % "33.34"))
    award.invoices("I1,1,S,2024-05-01,10.00,,", "I2,1,S,2024-05-01,1000.01,,", "I3,1,S,2024-05-01,-10.00,,")
    rows = award.query("select line_id, amount from allocations order by line_id, work_stream")
    shares = {i: [row["amount"] for row in rows if row["line_id"] == i] for i in (1, 2, 3)}
    assert shares == {
        1: ["3.33", "3.33", "3.34"],
        2: ["333.30", "333.30", "333.41"],
        3: ["-3.33", "-3.33", "-3.34"],
    }
    assert [row["eligible"] for row in award.json("status")["work_streams"]] == ["333.30", "333.30", "333.41"]


def test_1_a_claim_takes_the_same_shares(tmp_path: Path) -> None:
    streams = {"A": "200000.00", "B": "200000.00", "C": "200000.00"}
    award = Award(tmp_path, settings(streams, rules=THIRDS % "33.34"))
    award.invoices("I1,1,S,2024-05-01,10.00,,", "I2,1,S,2024-05-01,1000.01,,")
    shown = award.json("claim", "prepare", "Q1")
    assert [row["this_claim"] for row in shown["work_streams"]] == ["336.63", "336.63", "336.75"]
    assert (shown["total"]["this_claim"], shown["lines"]) == ("1010.01", 6)
    shares = award.query("select amount from claim_lines where line_id = 2 order by work_stream")
    assert [row["amount"] for row in shares] == ["333.30", "333.30", "333.41"]


def test_1_shares_that_do_not_add_up_to_100_are_refused(tmp_path: Path) -> None:
    streams = {"A": "200000.00", "B": "200000.00", "C": "200000.00"}
    award = Award(tmp_path, settings(streams, rules=THIRDS % "33.33"))
    for words in (("status",), ("claim", "prepare", "Q1")):
        done = award.run(*words)
        assert is_refused(done)
        assert "99.99" in done.err


def test_1_a_decided_split_of_99_99_is_refused_too(tmp_path: Path) -> None:
    award = Award(tmp_path, settings({"A": "1000.00", "B": "1000.00"}))
    award.invoices("I1,1,S,2024-05-01,10.00,,")
    assert is_refused(award.run("decide", "1", "--split", "A=33.33,B=66.66", "--reason", "by use"))
    assert award.query("select * from decisions") == []


# --------------------------------------------------------------------------------------
# 2. Late and credit
# --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def case_2(tmp_path_factory: pytest.TempPathFactory) -> Award:
    """82,345.67 claimed in the first quarter."""
    award = Award(tmp_path_factory.mktemp("case-2"), settings(GRANT))
    award.invoices("I1,1,S,2024-05-01,82345.67,,")
    assert award.claim("Q1")["this_claim"] == "82345.67"
    return award


def test_2_a_late_invoice_and_a_credit_note(case_2: Award, tmp_path: Path) -> None:
    award = case_2.copied(tmp_path)
    award.invoices(
        "I2,1,S,2024-08-01,79650.00,,", "I3,1,S,2024-06-30,5500.00,,", "C1,1,S,2024-08-02,-2345.67,,"
    )
    total = award.claim("Q2")
    assert (total["this_claim"], total["cumulative"]) == ("82804.33", "165150.00")
    assert (total["late"], total["adjustments"]) == ("5500.00", "0.00")


def test_2_the_same_credit_as_a_correction_of_the_claimed_line(case_2: Award, tmp_path: Path) -> None:
    award = case_2.copied(tmp_path)
    award.invoices(
        "I1,1,S,2024-05-01,80000.00,,", "I2,1,S,2024-08-01,79650.00,,", "I3,1,S,2024-06-30,5500.00,,"
    )
    total = award.claim("Q2")
    assert (total["this_claim"], total["cumulative"]) == ("82804.33", "165150.00")
    assert (total["late"], total["adjustments"]) == ("5500.00", "-2345.67")
    assert award.json("claim", "show", "Q1")["total"]["this_claim"] == "82345.67"


# --------------------------------------------------------------------------------------
# 3. Cap
# --------------------------------------------------------------------------------------


def test_3_the_award_caps_the_last_claim(tmp_path: Path) -> None:
    award = Award(tmp_path, settings(GRANT, starts="2024-10-01", profile=("50", "50")))  # two quarters
    award.invoices("I1,1,S,2024-11-01,742000.00,,", "I2,1,S,2025-02-01,71500.00,,")
    totals = [award.claim(name) for name in ("Q1", "Q2")]
    assert [total["this_claim"] for total in totals] == ["742000.00", "58000.00"]
    assert totals[-1]["held_back"] == "13500.00"
    assert (totals[-1]["cumulative"], totals[-1]["remaining"]) == ("800000.00", "0.00")
    assert award.takes("Q2") == [("I2", "current", "58000.00")]
    # what is held back falls to the force: there is no room for it after the year
    final = award.claim("FINAL")
    assert (final["this_claim"], final["held_back"], final["cumulative"]) == ("0.00", "13500.00", "800000.00")
    assert award.takes("FINAL") == []


# --------------------------------------------------------------------------------------
# 4. After Q4
# --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def case_4(tmp_path_factory: pytest.TempPathFactory) -> Award:
    """An award of one quarter of which all is claimed, and 12,500.00 are held back."""
    award = Award(tmp_path_factory.mktemp("case-4"), settings(GRANT, starts="2025-01-01", profile=("100",)))
    award.invoices("I1,1,S,2025-01-02,742000.00,,", "I2,1,S,2025-02-01,70500.00,,")
    total = award.claim("Q1")
    assert (total["cumulative"], total["held_back"]) == ("800000.00", "12500.00")
    return award


@pytest.mark.parametrize(
    ("credit", "eligible", "gives_back", "takes_its_place", "held_back"),
    [
        ("-12000.00", "800500.00", "0.00", "12000.00", "500.00"),
        ("-13700.00", "798800.00", "-1200.00", "12500.00", "0.00"),
    ],
)
def test_4_a_credit_after_the_year_goes_back_in_the_final_claim(
    case_4: Award,
    tmp_path: Path,
    credit: str,
    eligible: str,
    gives_back: str,
    takes_its_place: str,
    held_back: str,
) -> None:
    award = case_4.copied(tmp_path)
    award.invoices(f"C1,1,S,2025-05-01,{credit},,")
    (line,) = award.query("select line_id from invoice_lines where document = 'C1'")
    award.do("decide", line["line_id"], "--accounting-date", "2025-03-31", "--reason", "refund for the year")
    assert award.json("status", "--as-at", "2025-03-31")["total"]["eligible"] == eligible
    final = award.claim("FINAL")
    assert (final["this_claim"], final["held_back"]) == (gives_back, held_back)
    assert award.takes("FINAL") == [("C1", "current", credit), ("I2", "adjustment", takes_its_place)]


def test_4_what_is_given_back_is_settled_by_exactly_that(case_4: Award, tmp_path: Path) -> None:
    award = case_4.copied(tmp_path)
    award.invoices("C1,1,S,2025-03-31,-13700.00,,")
    assert award.claim("FINAL")["this_claim"] == "-1200.00"
    on = ("--date", "2025-06-30")
    for wrong in ("1200.00", "-1199.99", "-1200.01", "0.00"):
        assert is_refused(award.run("claim", "settle", "FINAL", f"--received={wrong}", *on)), wrong
    settled = award.json("claim", "settle", "FINAL", "--received=-1200.00", *on)
    assert (settled["status"], settled["received"], settled["outstanding"]) == ("settled", "-1200.00", "0.00")
    total = award.json("status", "--as-at", "2025-03-31")["total"]
    assert (total["claimed"], total["settled"]) == ("798800.00", "-1200.00")


def test_4_without_the_decision_the_credit_lies_outside_the_award(tmp_path: Path) -> None:
    award = Award(tmp_path, settings(GRANT, starts="2025-01-01", profile=("100",)))
    award.invoices("I1,1,S,2025-01-31,1000.00,,")
    award.claim("Q1")
    award.invoices("C1,1,S,2025-05-01,-100.00,,")
    assert award.claim("FINAL")["this_claim"] == "0.00"


# --------------------------------------------------------------------------------------
# 5. Accruals
# --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def case_5(tmp_path_factory: pytest.TempPathFactory) -> Award:
    """Of an order that is received as a whole, 2,500.00 are invoiced, and the rest is claimed as an accrual."""
    award = Award(tmp_path_factory.mktemp("case-5"), settings(GRANT, claim_basis="accrued"))
    award.orders("P1,1,S,2024-04-10,9000.00,9000.00,open")
    award.invoices("I1,1,S,2024-06-01,2500.00,P1,")
    total = award.claim("Q1")
    assert (total["accruals"], total["this_claim"]) == ("6500.00", "9000.00")
    return award


def test_5_an_accrual_is_claimed_and_goes_back_as_the_invoice_comes(case_5: Award, tmp_path: Path) -> None:
    award = case_5.copied(tmp_path)
    award.invoices("I2,1,S,2024-07-15,6480.00,P1,")
    assert award.json("status", "--as-at", "2024-09-30")["total"]["accrued"] == "20.00"
    total = award.claim("Q2")
    assert (total["accruals"], total["this_claim"]) == ("-6480.00", "0.00")
    held = award.query("select kind, amount from claim_lines where claim = 'Q2' order by amount")
    assert [(line["kind"], line["amount"]) for line in held] == [
        ("accrual", "-6480.00"),
        ("current", "6480.00"),
    ]

    award.orders("P1,1,S,2024-04-10,9000.00,8980.00,closed")
    total = award.claim("Q3")
    assert (total["accruals"], total["this_claim"], total["cumulative"]) == ("-20.00", "-20.00", "8980.00")


@pytest.mark.parametrize("basis", ["invoiced", "paid"])
def test_5_on_another_basis_nothing_is_accrued_in_a_claim(tmp_path: Path, basis: str) -> None:
    award = Award(tmp_path, settings(GRANT, claim_basis=basis))
    award.orders("P1,1,S,2024-04-10,9000.00,9000.00,open")
    award.bring(
        "invoices",
        "document,line,supplier,accounting_date,net,po,paid_date",
        "I1,1,S,2024-06-01,2500.00,P1,2024-06-20",
    )
    assert award.json("status", "--as-at", "2024-06-30")["total"]["accrued"] == "6500.00"
    total = award.claim("Q1")
    assert (total["accruals"], total["this_claim"]) == ("0.00", "2500.00")


def test_5_without_the_receipt_put_right_the_last_20_00_stay_claimed(case_5: Award, tmp_path: Path) -> None:
    award = case_5.copied(tmp_path)
    award.invoices("I2,1,S,2024-07-15,6480.00,P1,")
    award.orders("P1,1,S,2024-04-10,9000.00,9000.00,closed")  # closed, and still 9,000.00 receipted
    total = award.claim("Q2")
    assert (total["accruals"], total["this_claim"], total["cumulative"]) == ("-6480.00", "0.00", "9000.00")
    assert award.claim("Q3")["this_claim"] == "0.00"


# --------------------------------------------------------------------------------------
# 6. Virement
# --------------------------------------------------------------------------------------


def test_6_a_virement_is_tested_by_what_leaves_the_giver(tmp_path: Path) -> None:
    award = Award(tmp_path, settings({"A": "180000.00", "B": "100000.00"}))
    words = ("--kind", "resource", "--date", "2024-05-01", "--reason", "more deployments")
    award.do("budget", "move", "A", "B", "12000.00", *words)  # 6.67 % of the giver, 12 % of the receiver
    refused = award.run("budget", "move", "A", "B", "7000.00", *words)  # together 10.56 %
    assert is_refused(refused)
    assert "--approved-by" in refused.err
    assert current_budgets(award) == {"A": "168000.00", "B": "112000.00"}
    award.do("budget", "move", "A", "B", "7000.00", *words, "--approved-by", "Head of Finance")
    assert current_budgets(award) == {"A": "161000.00", "B": "119000.00"}
    assert award.json("budget", "show", "--as-at", "2024-04-30")["work_streams"][0]["current"] == "180000.00"


def test_6_a_claim_has_the_budgets_of_its_last_day(tmp_path: Path) -> None:
    award = Award(tmp_path, settings({"A": "180000.00", "B": "100000.00"}))
    award.invoices("I1,1,S,2024-05-10,170000.00,,")
    words = ("--kind", "resource", "--reason", "more deployments")
    award.do("budget", "move", "A", "B", "12000.00", *words, "--date", "2024-06-30")
    award.do("budget", "move", "A", "B", "6000.00", *words, "--date", "2024-07-01")  # 10 % in all, no more
    rows = award.json("claim", "prepare", "Q1")["work_streams"]
    assert [row["budget"] for row in rows] == ["168000.00", "112000.00"]
    assert (rows[0]["this_claim"], rows[0]["held_back"]) == ("168000.00", "2000.00")
    award.do("claim", "submit", "Q1", "--yes")
    rows = award.json("claim", "prepare", "Q2")["work_streams"]
    assert [row["budget"] for row in rows] == ["162000.00", "118000.00"]
    # the budget has fallen below what is claimed: nothing is given back for that, and nothing more is taken
    assert (rows[0]["this_claim"], rows[0]["held_back"]) == ("0.00", "2000.00")
    assert (rows[0]["cumulative"], rows[0]["remaining"]) == ("168000.00", "-6000.00")


def current_budgets(award: Award) -> dict[str, str]:
    shown = award.json("budget", "show", "--as-at", "2024-05-01")
    return {row["code"]: row["current"] for row in shown["work_streams"]}


# --------------------------------------------------------------------------------------
# 7. Outturn by commitments (without an officer's forecast lines)
# --------------------------------------------------------------------------------------


def test_7_the_outturn_is_what_is_eligible_accrued_and_committed(tmp_path: Path) -> None:
    award = Award(tmp_path, settings(GRANT, forecast="committed"))
    award.invoices("I1,1,S,2024-05-01,396000.00,,")
    award.orders("P1,1,S,2024-05-10,134000.00,14000.00,open")
    total = award.json("status", "--as-at", "2024-06-30")["total"]
    assert (total["eligible"], total["accrued"], total["committed"]) == ("396000.00", "14000.00", "120000.00")
    assert total["forecast"] == "530000.00"
