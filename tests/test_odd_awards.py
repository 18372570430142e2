"""Awards that are no financial year: how their quarters fall, and what can be claimed in each; all worked by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from auditor import Auditor
from product import Workspace, is_refused, settings
from test_agreement import compare

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

HEADER = ("document", "line", "supplier", "accounting_date", "net")


class Award(Workspace):
    """An award with one stream of 12,000.00, and the auditor's account of it beside the product's."""

    def __init__(self, folder: Path, starts: str, ends: str, profile: tuple[str, ...], **terms: str) -> None:
        budget = {"A": terms.pop("budget", "12000.00")}
        terms = {"amount": "12000.00", **terms}
        super().__init__(folder, settings(budget, starts=starts, ends=ends, profile=profile, **terms))
        self.auditor = Auditor(folder)

    def invoices(self, **dated: tuple[str, str]) -> None:
        """One line of each document: its accounting date and net."""
        name = f"invoices-{len(list(self.folder.glob('*.csv')))}.csv"
        rows = [(document, "1", "S", day, net) for document, (day, net) in dated.items()]
        file = self.write_csv(name, HEADER, rows)
        self.take_in(file)
        self.auditor.import_file(file, "invoices")

    def claim(self, name: str) -> dict[str, Any]:
        """Prepare and submit a claim, which must be the auditor's; the claim."""
        shown: dict[str, Any] = self.json("claim", "prepare", name)
        assert compare(self.auditor.prepare(name), shown) == []
        self.do("claim", "submit", name, "--yes")
        self.auditor.submit(name)
        return shown

    def spans(self, *names: str) -> dict[str, tuple[str, str]]:
        """The days of claims, which are prepared and submitted in this order."""
        shown = {name: self.claim(name) for name in names}
        return {name: (claim["from"], claim["to"]) for name, claim in shown.items()}

    def budget_to_date(self, *days: str) -> list[str]:
        """At each of these days; all of the position must be the auditor's too."""
        found = []
        for day in days:
            shown = self.json("status", "--as-at", day)
            assert compare(self.auditor.status(date.fromisoformat(day)), shown) == [], day
            found.append(shown["total"]["budget_to_date"])
        return found


# --------------------------------------------------------------------------------------
# Eighteen months: six quarters
# --------------------------------------------------------------------------------------


def eighteen_months(folder: Path) -> Award:
    return Award(folder, "2024-04-01", "2025-09-30", ("10", "20", "20", "20", "20", "10"))


def test_eighteen_months_have_six_quarters_with_one_cap_over_all(tmp_path: Path) -> None:
    award = eighteen_months(tmp_path)
    award.invoices(
        FIRST=("2024-05-20", "7000.00"), SECOND=("2025-05-20", "4000.00"), LAST=("2025-09-30", "2500.00")
    )
    assert award.spans("Q1", "Q2", "Q3", "Q4") == {
        "Q1": ("2024-04-01", "2024-06-30"),
        "Q2": ("2024-07-01", "2024-09-30"),
        "Q3": ("2024-10-01", "2024-12-31"),
        "Q4": ("2025-01-01", "2025-03-31"),
    }
    refused = award.run("claim", "prepare", "FINAL")
    assert is_refused(refused)
    assert "Q5" in refused.err
    assert is_refused(award.run("claim", "prepare", "Q7"))
    award.invoices(LATE=("2025-03-31", "7.00"))
    fifth = award.claim("Q5")
    assert (fifth["from"], fifth["to"], fifth["total"]["late"]) == ("2025-04-01", "2025-06-30", "7.00")
    sixth = award.claim("Q6")
    assert (sixth["from"], sixth["to"]) == ("2025-07-01", "2025-09-30")
    assert "FINAL" in award.run("claim", "prepare", "Q7").err  # what comes next
    # the second spring waits for Q5, though its months are those of Q1; and a new financial year begins nothing anew:
    # the sixth claim is what the award still has
    listed = award.json("claim", "list")["claims"]
    assert [(row["claim"], row["this_claim"]) for row in listed] == [
        *[("Q1", "7000.00"), ("Q2", "0.00"), ("Q3", "0.00"), ("Q4", "0.00")],
        *[("Q5", "4007.00"), ("Q6", "993.00")],
    ]
    assert sixth["total"]["held_back"] == "1507.00"
    final = award.json("claim", "prepare", "FINAL")
    assert (final["from"], final["to"]) == ("2024-04-01", "2025-09-30")
    assert (final["total"]["this_claim"], final["total"]["held_back"]) == ("0.00", "1507.00")


def test_budget_to_date_over_eighteen_months(tmp_path: Path) -> None:
    award = eighteen_months(tmp_path)
    days = ("2024-06-30", "2025-03-31", "2025-04-30", "2025-09-29", "2025-09-30", "2026-01-01")
    # 10 %; 10+20+20+20 %; a third of Q5's 20 % more; Q6's 10 % but for its last month; all; all
    assert award.budget_to_date(*days) == [
        "1200.00",
        "8400.00",
        "9200.00",
        "11600.00",
        "12000.00",
        "12000.00",
    ]


# --------------------------------------------------------------------------------------
# One month: one quarter
# --------------------------------------------------------------------------------------


def test_one_month_is_one_quarter_and_then_final(tmp_path: Path) -> None:
    award = Award(tmp_path, "2024-02-01", "2024-02-29", ("100",))
    award.invoices(IN=("2024-02-29", "100.00"), BEFORE=("2024-01-31", "20.00"), AFTER=("2024-03-01", "3.00"))
    assert award.budget_to_date("2024-02-28", "2024-02-29") == ["0.00", "12000.00"]
    first = award.claim("Q1")
    assert (first["from"], first["to"]) == ("2024-02-01", "2024-02-29")
    assert first["total"]["this_claim"] == "100.00"
    refused = award.run("claim", "prepare", "Q2")
    assert is_refused(refused)
    assert "its claims are: Q1, then FINAL" in refused.err
    award.invoices(FOUND=("2024-02-10", "5.00"))
    final = award.claim("FINAL")
    assert (final["from"], final["to"]) == ("2024-02-01", "2024-02-29")
    # nothing is dated before a FINAL's first day, which is the award's: what is found now is not late in it
    assert (final["total"]["this_claim"], final["total"]["late"]) == ("5.00", "0.00")


def test_what_comes_to_light_after_a_settled_final_goes_into_the_next(tmp_path: Path) -> None:
    award = Award(tmp_path, "2024-02-01", "2024-02-29", ("100",))
    award.invoices(IN=("2024-02-29", "100.00"))
    award.spans("Q1", "FINAL")
    refused = award.run("claim", "prepare", "FINAL2")
    assert is_refused(refused)  # FINAL is with the funder: it could be withdrawn and prepared again
    assert "settle" in refused.err
    settled = award.json("claim", "settle", "FINAL", "--received", "0.00", "--date", "2024-04-10")
    assert (settled["status"], settled["outstanding"]) == ("settled", "0.00")
    award.auditor.settle("FINAL", received="0.00", date=date(2024, 4, 10))
    award.invoices(IN=("2024-02-29", "90.00"))
    second = award.claim("FINAL2")
    assert (second["from"], second["to"]) == ("2024-02-01", "2024-02-29")
    assert (second["total"]["this_claim"], second["total"]["adjustments"]) == ("-10.00", "-10.00")


# --------------------------------------------------------------------------------------
# Five months: a last quarter of two
# --------------------------------------------------------------------------------------


def test_five_months_end_with_a_quarter_of_two(tmp_path: Path) -> None:
    award = Award(tmp_path, "2025-01-01", "2025-05-31", ("80", "20"))
    # four fifths; half of the last fifth more; all of it
    days = ("2025-03-31", "2025-04-30", "2025-05-30", "2025-05-31")
    assert award.budget_to_date(*days) == ["9600.00", "10800.00", "10800.00", "12000.00"]
    award.invoices(LAST=("2025-05-31", "40.00"), PAST=("2025-06-01", "8.00"))
    assert award.spans("Q1") == {"Q1": ("2025-01-01", "2025-03-31")}
    last = award.claim("Q2")
    assert (last["from"], last["to"]) == ("2025-04-01", "2025-05-31")
    assert last["total"]["this_claim"] == "40.00"
    assert award.json("claim", "prepare", "FINAL")["to"] == "2025-05-31"


# --------------------------------------------------------------------------------------
# Beginning on the 15th, ending in the middle of a month
# --------------------------------------------------------------------------------------


def test_a_beginning_on_the_15th_shortens_the_first_quarter_only(tmp_path: Path) -> None:
    award = Award(tmp_path, "2024-05-15", "2024-12-10", ("30", "40", "30"))
    award.invoices(
        EARLY=("2024-05-14", "1.00"),
        FIRST=("2024-05-15", "20.00"),
        LAST_OF_Q1=("2024-07-31", "300.00"),
        FIRST_OF_Q2=("2024-08-01", "4000.00"),
        LAST=("2024-12-10", "500.00"),
        PAST=("2024-12-11", "6.00"),
    )
    first, second, third = (award.claim(name) for name in ("Q1", "Q2", "Q3"))
    assert (first["from"], first["to"]) == ("2024-05-15", "2024-07-31")
    assert (second["from"], second["to"]) == ("2024-08-01", "2024-10-31")
    assert (third["from"], third["to"]) == ("2024-11-01", "2024-12-10")
    assert [c["total"]["this_claim"] for c in (first, second, third)] == ["320.00", "4000.00", "500.00"]
    final = award.json("claim", "prepare", "FINAL")
    assert (final["from"], final["to"]) == ("2024-05-15", "2024-12-10")
    status = award.json("status", "--as-at", "2025-01-31")["total"]
    assert (status["eligible"], status["ineligible"]) == ("4820.00", "7.00")


def test_months_that_begin_or_end_short_count_as_whole_ones(tmp_path: Path) -> None:
    award = Award(tmp_path, "2024-05-15", "2024-12-10", ("30", "40", "30"))
    found = award.budget_to_date(
        *("2024-05-14", "2024-05-30", "2024-05-31", "2024-07-31"),
        *("2024-08-31", "2024-11-30", "2024-12-09", "2024-12-10"),
    )
    # nothing; nothing; a third of 30 %; 30 %; a third of 40 % more; 70 % and half of 30 %; the same; all
    assert found == [
        *("0.00", "0.00", "1200.00", "3600.00"),
        *("5200.00", "10200.00", "10200.00", "12000.00"),
    ]


def test_an_award_that_ends_mid_month_is_as_at_its_end_by_default(tmp_path: Path) -> None:
    award = Award(tmp_path, "2024-05-15", "2024-12-10", ("30", "40", "30"))
    assert award.json("status")["as_at"] == "2024-05-15"  # an empty ledger
    award.invoices(IN=("2024-05-20", "1.00"))
    assert award.json("status")["as_at"] == "2024-05-31"
    award.invoices(LAST=("2024-12-02", "1.00"))
    assert award.json("status")["as_at"] == "2024-12-10"


def test_the_variance_of_an_odd_award_has_its_quarters(tmp_path: Path) -> None:
    award = Award(tmp_path, "2024-05-15", "2024-12-10", ("30", "40", "30"))
    award.invoices(FIRST=("2024-05-15", "20.00"), LAST=("2024-12-10", "500.00"))
    shown = award.json("variance", "--as-at", "2024-12-10")
    assert compare(award.auditor.variance(date(2024, 12, 10)), shown) == []
    assert [tuple(row.values()) for row in shown["total"]["quarters"]] == [
        ("Q1", "3600.00", "20.00", "3580.00"),
        ("Q2", "4800.00", "0.00", "4800.00"),
        ("Q3", "3600.00", "500.00", "3100.00"),
    ]


# --------------------------------------------------------------------------------------
# Two years
# --------------------------------------------------------------------------------------


def test_two_years_have_eight_quarters(tmp_path: Path) -> None:
    award = Award(tmp_path, "2024-04-01", "2026-03-31", ("12.5",) * 8)
    award.invoices(A=("2024-06-30", "7000.00"), B=("2025-06-30", "4000.00"), C=("2026-03-31", "2500.00"))
    assert award.budget_to_date("2025-03-31", "2025-05-31", "2026-03-31") == [
        *("6000.00", "7000.00", "12000.00"),
    ]
    shown = award.json("variance", "--as-at", "2026-03-31")
    assert compare(award.auditor.variance(date(2026, 3, 31)), shown) == []
    assert [(row["quarter"], row["eligible"]) for row in shown["total"]["quarters"]] == [
        *(("Q1", "7000.00"), ("Q2", "0.00"), ("Q3", "0.00"), ("Q4", "0.00")),
        *(("Q5", "4000.00"), ("Q6", "0.00"), ("Q7", "0.00"), ("Q8", "2500.00")),
    ]
    refused = award.run("claim", "prepare", "Q9")
    assert is_refused(refused)
    assert "its claims are: Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, then FINAL" in refused.err


# --------------------------------------------------------------------------------------
# Claims of nothing
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["invoiced", "paid", "accrued"])
def test_a_claim_of_no_lines_is_a_claim_and_says_so(tmp_path: Path, basis: str) -> None:
    award = Award(tmp_path, "2024-02-01", "2024-02-29", ("100",), claim_basis=basis)
    shown = award.claim("Q1")  # of an empty ledger
    assert (shown["lines"], shown["unallocated"]) == (0, "0.00")
    assert {shown["total"][name] for name in ("this_claim", "held_back", "cumulative")} == {"0.00"}
    assert award.query("from claim_lines") == []
    said = award.do("claim", "show", "Q1")
    assert "0 lines" in said.err
    assert (award.folder / shown["workbook"]).is_file()


def test_a_claim_may_leave_all_out(tmp_path: Path) -> None:
    rules = '[[allocation]]\nwork_stream = "A"\nsupplier = "Somebody else"'
    award = Award(tmp_path, "2024-02-01", "2024-02-29", ("100",), rules=rules)
    award.invoices(NOBODYS=("2024-02-10", "44.00"))
    shown = award.claim("Q1")
    assert (shown["lines"], shown["total"]["this_claim"], shown["unallocated"]) == (0, "0.00", "44.00")
    assert "44.00" in award.do("claim", "show", "Q1").err


def test_a_stream_without_a_budget_holds_everything_back(tmp_path: Path) -> None:
    award = Award(tmp_path, "2024-02-01", "2024-02-29", ("100",), budget="0.00")
    award.invoices(IN=("2024-02-10", "44.00"), BACK=("2024-02-11", "-4.00"))
    total = award.claim("Q1")["total"]
    # the credit goes first and makes room for as much of the invoice
    assert (total["this_claim"], total["held_back"], total["remaining"]) == ("0.00", "40.00", "0.00")
    rows = award.query("select line_id, amount from claim_lines order by line_id")
    assert [(row["line_id"], row["amount"]) for row in rows] == [(1, "4.00"), (2, "-4.00")]
