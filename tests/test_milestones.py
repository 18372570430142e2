"""Milestones: reached, late or overdue, beside the money of their work streams; and the file that shows each."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from product import Workspace, is_refused, settings

from grantkit.evidence import recall
from grantkit.relations import lay_relations
from grantkit.reporting.milestones import milestones
from grantkit.settings import read_settings
from grantkit.store import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

OCTOBER = "2024-10-08T09:00:00"
STREAMS = {"A": ("60000.00", "40000.00"), "B": "40000.00"}
RULES = """
[[allocation]]
work_stream = "A"
cost_centre = "CA"
[[milestone]]
stream = "A"
name = "Evaluation published"
due = 2024-09-30
kind = "evaluation"
evidence = "The report"
[[milestone]]
stream = "B"
name = "Legal review"
due = 2024-06-28
kind = "assessment"
[[milestone]]
name = "Grant agreement published"
due = 2024-05-31
kind = "governance"
"""
PROOF = b"%PDF-1.7 not a ledger \x00\xff"


@pytest.fixture(scope="module")
def spent(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A has spent 25,000.00 of 100,000.00 by the end of August, B nothing of 40,000.00. Only looked at."""
    workspace = Workspace(tmp_path_factory.mktemp("spent"), settings(STREAMS, rules=RULES))
    header = ("document", "line", "supplier", "accounting_date", "net", "cost_centre")
    workspace.write_csv("i.csv", header, [("I1", 1, "S", "2024-08-01", "25000.00", "CA")])
    workspace.take_in("i.csv")
    workspace.write("report.pdf", PROOF)
    return workspace


@pytest.fixture
def award(spent: Workspace, tmp_path: Path) -> Workspace:
    return spent.copied(tmp_path)


def listed(award: Workspace, *words: str, now: str = OCTOBER) -> dict[str, dict[str, Any]]:
    rows = award.json("milestone", "list", *words, now=now)["milestones"]
    return {row["name"]: row for row in rows}


def done(award: Workspace, name: str, date: str, *words: object, now: str = OCTOBER) -> None:
    award.do("milestone", "done", name, "--date", date, *words, now=now)


def test_status_and_days_by_due_and_done(award: Workspace) -> None:
    done(award, "legal REVIEW", "2024-06-20")
    done(award, "Grant agreement published", "2024-06-03")
    rows = listed(award)
    assert list(rows) == ["Grant agreement published", "Legal review", "Evaluation published"]
    said = {name: (row["status"], row["days"], row["done"]) for name, row in rows.items()}
    assert said == {
        "Grant agreement published": ("done late", 3, "2024-06-03"),
        "Legal review": ("done", 8, "2024-06-20"),
        "Evaluation published": ("overdue", 8, None),
    }
    on_the_day = listed(award, "--as-at", "2024-09-30")["Evaluation published"]
    assert (on_the_day["status"], on_the_day["days"], on_the_day["flagged"]) == ("due", 0, False)
    before = listed(award, "--as-at", "2024-06-19")["Legal review"]
    assert (before["status"], before["days"], before["done"]) == ("due", 9, None)


def test_the_money_stands_beside_and_only_spent_money_is_flagged(spent: Workspace) -> None:
    rows = listed(spent)
    money = {
        name: (row["stream"], row["budget"], row["eligible"], row["spent_pct"], row["flagged"])
        for name, row in rows.items()
    }
    assert money == {
        "Evaluation published": ("A", "100000.00", "25000.00", "25.0", True),
        "Legal review": ("B", "40000.00", "0.00", "0.0", False),
        "Grant agreement published": (None, "140000.00", "25000.00", "17.9", True),
    }
    shown = spent.do("milestone", "list", now=OCTOBER)
    assert "warning: Evaluation published: overdue by 8 days, with 25,000.00 spent in A" in shown.err
    assert "warning: Legal review" not in shown.err


def test_the_newest_counts_and_the_older_ones_stay(award: Workspace, tmp_path: Path) -> None:
    done(award, "Legal review", "2024-06-20", "--evidence", tmp_path / "report.pdf")
    done(award, "Legal review", "2024-07-01")
    row = listed(award)["Legal review"]
    assert (row["done"], row["status"], row["evidence"]) == ("2024-07-01", "done late", None)
    kept = award.query("select entry, done_on, evidence, user_name from milestones_done order by entry")
    assert [(each["entry"], each["done_on"], each["evidence"]) for each in kept] == [
        (1, "2024-06-20", "report.pdf"),
        (2, "2024-07-01", None),
    ]
    assert {each["user_name"] for each in kept} == {"finance"}
    logged = award.query("select arguments from audit_log where command = 'milestone done' order by 1")
    assert len(logged) == 2


def test_evidence_is_kept_byte_for_byte(award: Workspace, tmp_path: Path) -> None:
    done(award, "Evaluation published", "2024-10-01", "--evidence", tmp_path / "report.pdf")
    row = listed(award)["Evaluation published"]
    assert (row["evidence"], row["wanted"]) == ("report.pdf", "The report")
    assert row["evidence_sha256"] == hashlib.sha256(PROOF).hexdigest()
    assert recall(award.evidence, row["evidence_sha256"]) == PROOF
    (logged,) = award.query("select arguments from audit_log where command = 'milestone done'")
    assert row["evidence_sha256"] in str(logged["arguments"])


def test_evidence_that_cannot_be_kept_leaves_nothing_behind(tmp_path: Path) -> None:
    award = Workspace(tmp_path, settings(STREAMS, rules=RULES))
    award.write("report.pdf", PROOF)
    award.write("ledgers/evidence", "a file in the folder's place")
    words = (
        "milestone",
        "done",
        "Legal review",
        "--date",
        "2024-06-20",
        "--evidence",
        tmp_path / "report.pdf",
    )
    assert is_refused(award.run(*words, now=OCTOBER), 3)
    assert award.query("from milestones_done") == []
    assert award.query("select * from audit_log") == []


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("Legal reviews", "--date", "2024-06-20"), 2, "did you mean Legal review?"),
        (("Masts", "--date", "2024-06-20"), 2, 'there is no milestone "Masts"'),
        (("Legal review", "--date", "2024-10-09"), 2, "still to come"),
        (("Legal review", "--date", "2024-03-31"), 2, "before the award"),
        (("Legal review", "--date", "2024-06-20", "--evidence", "none.pdf"), 3, "there is no such file"),
        (("Legal review", "--date", "2024-06-20", "--evidence", "/"), 3, "this is a folder"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    spent: Workspace, words: tuple[str, ...], code: int, what: str
) -> None:
    before = spent.files()
    refused = spent.run("milestone", "done", *words, now=OCTOBER)
    assert is_refused(refused, code)
    assert what in refused.err
    assert spent.files() == before


def test_by_default_as_things_stand_today_or_at_the_ledgers_date(award: Workspace) -> None:
    assert award.json("milestone", "list", now=OCTOBER)["as_at"] == "2024-10-08"
    assert award.json("milestone", "list", now="2024-08-12T09:00:00")["as_at"] == "2024-08-31"
    after = "2025-05-12T09:00:00"
    done(award, "Evaluation published", "2025-05-09", now=after)
    assert listed(award, now=after)["Evaluation published"]["status"] == "done late"


def test_a_milestone_that_the_settings_name_no_longer_is_told(award: Workspace) -> None:
    done(award, "Legal review", "2024-06-20")
    award.write("grant.toml", settings(STREAMS, rules=RULES.replace("Legal review", "Legal advice")))
    found = award.json("milestone", "list", now=OCTOBER)
    assert found["unknown"] == ["Legal review"]
    assert "Legal review was said to be done" in award.do("milestone", "list", now=OCTOBER).err


def test_the_function_for_reports_gives_the_same_rows(award: Workspace, tmp_path: Path) -> None:
    terms = read_settings(tmp_path / "grant.toml")
    with open_ledger(award.ledger) as ledger:
        lay_relations(ledger, terms)
        rows = milestones(ledger, terms, terms.award.ends)
    assert [row.as_json() for row in rows] == list(listed(award, "--as-at", "2025-03-31").values())


def test_an_award_without_milestones_has_an_empty_list(tmp_path: Path) -> None:
    award = Workspace(tmp_path)
    assert award.json("milestone", "list")["milestones"] == []
    refused = award.run("milestone", "done", "Legal review", "--date", "2024-06-20")
    assert is_refused(refused)
    assert "[[milestone]]" in refused.err
