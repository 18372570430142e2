"""What the award will come to: the methods, what is planned, and the months in which money comes and runs out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from auditor import Auditor
from product import Workspace, is_refused, settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

OCTOBER = "2024-10-08T09:00:00"
INVOICES = "document,line,supplier,accounting_date,net,po,cost_centre"
ORDERS = "po,line,supplier,order_date,net,received,cost_centre"
STREAMS = {"A": ("60000.00", "40000.00"), "B": "40000.00"}
RULES = """
[[allocation]]
work_stream = "A"
cost_centre = "CA"
[[allocation]]
work_stream = "B"
cost_centre = "CB"
"""


def an_award(folder: Path, **award: str) -> Workspace:
    """Half a year: A spent 30,000.00 and holds 5,000.00 received and 15,000.00 on order; B spent 24,000.00."""
    workspace = Workspace(folder, settings(STREAMS, rules=RULES, **award))
    workspace.write_csv(
        "invoices.csv",
        INVOICES.split(","),
        [
            ("I1", 1, "S", "2024-05-01", "10000.00", "", "CA"),
            ("I2", 1, "S", "2024-08-01", "20000.00", "", "CA"),
            ("I3", 1, "S", "2024-09-01", "24000.00", "", "CB"),
        ],
    )
    workspace.write_csv(
        "orders.csv", ORDERS.split(","), [("P1", 1, "S", "2024-06-01", "20000.00", "5000.00", "CA")]
    )
    workspace.take_in("orders.csv", kind="orders")
    workspace.take_in("invoices.csv")
    return workspace


def plan(workspace: Workspace, *words: str, month: str = "2025-01") -> dict[str, Any]:
    return dict(
        workspace.json(
            *("forecast", "add", *words, "--kind", "resource", "--month", month, "--reason", "Masts"),
            now=OCTOBER,
        )
    )


def forecast(workspace: Workspace, *words: str) -> dict[str, Any]:
    """The rows of ``forecast show`` at the end of September, by stream."""
    found = workspace.json("forecast", "show", "--as-at", "2024-09-30", *words)
    return {row["code"]: row for row in (*found["work_streams"], found["unallocated"], found["total"])}


def test_each_method_and_the_range_of_all(tmp_path: Path) -> None:
    award = an_award(tmp_path)
    plan(award, "A", "7000.00")
    rows = forecast(award)
    # A: half of 100,000.00 was due; two of two quarters spent 30,000.00; 20,000.00 is received or on order
    assert rows["A"]["methods"] == {
        "profile": "80000.00",
        "run-rate": "60000.00",
        "committed": "50000.00",
        "planned": "57000.00",
    }
    assert (rows["A"]["forecast"], rows["A"]["low"], rows["A"]["high"]) == (
        "80000.00",
        "50000.00",
        "80000.00",
    )
    assert rows["A"]["left"] == "20000.00"
    assert rows["B"]["methods"]["run-rate"] == "48000.00"
    assert rows["TOTAL"]["methods"]["committed"] == "74000.00"


def test_a_stream_may_have_a_method_of_its_own(tmp_path: Path) -> None:
    award = an_award(tmp_path, forecast="committed")
    text = (tmp_path / "grant.toml").read_text()
    award.write("grant.toml", text.replace('code = "B"', 'code = "B"\nforecast = "run-rate"'))
    status = award.json("status", "--as-at", "2024-09-30")
    assert [row["forecast"] for row in status["work_streams"]] == ["50000.00", "48000.00"]
    assert status["total"]["forecast"] == "98000.00"
    rows = forecast(award)
    assert (rows["A"]["method"], rows["B"]["method"]) == ("committed", "run-rate")


def test_7_outturn_by_commitments_and_what_is_planned(tmp_path: Path) -> None:
    """Worked case 7: eligible 396,000.00, accrued 14,000.00, committed 120,000.00, planned 255,000.00."""
    for method, outturn in (("committed", "530000.00"), ("planned", "785000.00")):
        award = Workspace(tmp_path / method, settings({"A": "800000.00"}, forecast=method))
        award.write_csv("i.csv", INVOICES.split(","), [("I1", 1, "S", "2024-05-01", "396000.00", "", "")])
        award.write_csv(
            "o.csv", ORDERS.split(","), [("P1", 1, "S", "2024-06-01", "134000.00", "14000.00", "")]
        )
        award.take_in("o.csv", kind="orders")
        award.take_in("i.csv")
        plan(award, "a", "200000.00")
        plan(award, "A", "55000.00", month="2025-03")
        assert award.json("status", "--as-at", "2024-09-30")["total"]["forecast"] == outturn


def test_planned_spend_counts_until_its_month_is_over_or_it_is_dropped(tmp_path: Path) -> None:
    award = an_award(tmp_path, forecast="planned")
    plan(award, "B", "1000.00", month="2024-10")
    later = plan(award, "B", "500.00")
    auditor = Auditor(tmp_path)
    for kind in ("orders", "invoices"):
        auditor.import_file(tmp_path / f"{kind}.csv", kind)
    for month_end, amount in (("2024-10-31", "1000.00"), ("2025-01-31", "500.00")):
        auditor.plans.append(("B", type(auditor.settings.starts).fromisoformat(month_end), Decimal(amount)))
    for day, outturn in (("2024-09-30", "25500.00"), ("2024-10-31", "24500.00"), ("2025-01-31", "24000.00")):
        row = award.json("status", "--as-at", day)["work_streams"][1]
        known = auditor.status(type(auditor.settings.starts).fromisoformat(day))["work_streams"][1]
        assert row["forecast"] == known["forecast"] == outturn
    listed = award.json("forecast", "list", "--as-at", "2024-10-31")["planned"]
    assert [(row["plan"], row["counts"]) for row in listed] == [(1, False), (2, True)]
    award.do("forecast", "drop", later["plan"], "--reason", "ordered")
    assert award.json("status", "--as-at", "2024-09-30")["work_streams"][1]["forecast"] == "25000.00"


@pytest.mark.parametrize("method", ["profile", "run-rate", "committed", "planned"])
def test_months_and_quarters_add_up_to_the_outturn(tmp_path: Path, method: str) -> None:
    award = an_award(tmp_path, forecast=method)
    plan(award, "A", "7000.01")
    found = award.json("forecast", "show", "--as-at", "2024-09-30")
    for row in (*found["work_streams"], found["unallocated"], found["total"]):
        parts = [Decimal(month["actual"]) + Decimal(month["to_come"]) for month in row["months"]]
        assert sum(parts) == Decimal(row["forecast"])
        assert row["months"][-1]["cumulative"] == row["forecast"]
        assert sum(Decimal(month["actual"]) for month in row["months"]) == Decimal(row["eligible"])
        assert all(month["to_come"] == "0.00" for month in row["months"][:6])
    quarters = [Decimal(q["actual"]) + Decimal(q["to_come"]) for q in found["quarters"]]
    assert sum(quarters) == Decimal(found["total"]["forecast"])
    if method == "planned":
        january = next(m for m in found["work_streams"][0]["months"] if m["month"] == "2025-01")
        assert Decimal(january["to_come"]) > 7000


def test_the_month_in_which_a_stream_runs_out(tmp_path: Path) -> None:
    award = an_award(tmp_path, forecast="run-rate")
    rows = forecast(award)
    # B goes on at 4,000.00 a month: 40,000.00 is reached in January and passed in February
    assert rows["B"]["runs_out"] == "2025-02"
    assert rows["A"]["runs_out"] is None


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("A", "100.00", "--month", "2024-09"), "2024-09 is over"),
        (("A", "100.00", "--month", "2025-04"), "2025-04 is outside the award"),
        (("A", "100.00", "--month", "January"), "--month is no month: January"),
        (("C", "100.00", "--month", "2025-01"), "there is no work stream"),
        (("A", "0", "--month", "2025-01"), "planned spend is above 0.00"),
        (("A", "-5", "--month", "2025-01"), "planned spend is above 0.00"),
    ],
)
def test_what_cannot_be_planned_is_refused(tmp_path: Path, words: tuple[str, ...], what: str) -> None:
    award = an_award(tmp_path)
    before = award.ledger.read_bytes()
    refused = award.run("forecast", "add", *words, "--kind", "resource", "--reason", "Masts", now=OCTOBER)
    assert is_refused(refused)
    assert what in refused.err
    assert award.ledger.read_bytes() == before


def test_only_what_is_planned_can_be_dropped(tmp_path: Path) -> None:
    award = an_award(tmp_path)
    assert is_refused(award.run("forecast", "drop", "1", "--reason", "ordered"))
