"""What a submitted claim keeps: its workbook; and where a withdrawn one no longer counts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from product import Workspace

if TYPE_CHECKING:
    from pathlib import Path

INVOICES = "document,line,supplier,accounting_date,net\nI1,1,S,2024-05-01,100.00\nI2,1,S,2024-08-01,50.00\n"


@pytest.fixture
def award(tmp_path: Path) -> Workspace:
    found = Workspace(tmp_path)
    found.take_in(found.write("invoices.csv", INVOICES))
    return found


def submitted(award: Workspace, *out: object) -> tuple[Path, str]:
    """Q1's workbook and its SHA-256, once it is submitted."""
    award.do("claim", "prepare", "Q1", *out)
    shown = award.json("claim", "submit", "Q1", "--yes")
    return award.folder / shown["workbook"], shown["sha256"]


@pytest.mark.parametrize(
    "words",
    [
        ("claim", "prepare", "Q2", "--out"),
        ("variance", "--out"),
        ("coding", "--out"),
        ("query", "select 1", "--format", "xlsx", "--out"),
    ],
    ids=" ".join,
)
def test_no_command_writes_over_a_submitted_claims_workbook(award: Workspace, words: tuple[str, ...]) -> None:
    workbook, sha256 = submitted(award)
    award.run(*words, workbook)
    assert hashlib.sha256(workbook.read_bytes()).hexdigest() == sha256


def test_a_withdrawn_claims_workbook_stays(award: Workspace) -> None:
    mine = award.folder / "mine.xlsx"
    workbook, sha256 = submitted(award, "--out", mine)
    award.do("claim", "withdraw", "Q1", "--reason", "typing")
    award.run("claim", "prepare", "Q1", "--out", mine)
    assert hashlib.sha256(workbook.read_bytes()).hexdigest() == sha256


def test_a_withdrawn_claim_counts_nowhere(award: Workspace) -> None:
    submitted(award)
    award.do("claim", "withdraw", "Q1", "--reason", "typing")
    assert award.query("from claims") == []
    assert award.query("from claim_lines") == []
