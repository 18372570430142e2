"""A terminal of 80 columns: nothing that a table says is cut off there, and what is spare gives way."""

from __future__ import annotations

import re

import pytest
from product import Workspace, settings

from grantkit import console

STREAMS = {"EXISTING": ("400000.00", "100000.00"), "RESPONSE": "300000.00"}
RULES = """
[[allocation]]
work_stream = "EXISTING"
cost_centre = "CC1"
[[milestone]]
stream = "EXISTING"
name = "Police response in place before the first deployment"
due = 2024-06-28
kind = "deployment"
evidence = "Minutes of the operational planning group"
[[measure]]
name = "deployment-days"
unit = "deployments"
"""
LINES = (
    ("I1", "Vantrickle Power & Street Works Ltd", "2024-05-01", "215000.25", "CC1"),
    ("I2", "Umberlow", "2024-06-01", "120000.50", "CC9"),
)


@pytest.fixture(scope="module")
def award(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("narrow"), settings(STREAMS, rules=RULES))
    header = ("document", "supplier", "accounting_date", "net", "cost_centre")
    found.take_in(found.write_csv("i.csv", header, LINES))
    found.write("days.csv", "date,measure,stream,value\n2024-05-01,deployment-days,EXISTING,2\n")
    found.do("measure", "import", found.folder / "days.csv")
    found.json("claim", "prepare", "Q1")
    return found


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw as on a terminal of 80 columns."""
    monkeypatch.setattr(console, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


def drawn(award: Workspace, *words: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", award.do(*words).out)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(
    "words",
    [
        *(
            ("status",),
            ("status", "--by", "kind"),
            ("status", "--by", "month"),
            ("status", "--by", "supplier"),
        ),
        *(("status", "EXISTING"), ("variance",), ("forecast", "show"), ("claim", "show", "Q1"), ("log",)),
    ],
    ids=" ".join,
)
def test_it_fits_and_nothing_is_cut_off(award: Workspace, words: tuple[str, ...]) -> None:
    shown = drawn(award, *words)
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown


@pytest.mark.usefixtures("narrow")
def test_the_bar_gives_way_to_figures(award: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "used" not in drawn(award, "status")
    assert "335,001" in drawn(award, "status")
    monkeypatch.setenv("COLUMNS", "120")
    assert "used" in drawn(award, "status")


@pytest.mark.usefixtures("narrow")
def test_text_wraps_and_is_there_to_the_last_word(award: Workspace) -> None:
    shown = drawn(award, "milestone", "list")
    words = set(shown.split())
    assert {"Police", "response", "in", "place", "before", "the", "first", "deployment"} <= words
    assert {"Minutes", "of", "the", "operational", "planning", "group"} <= words
    assert "deployment-days" in drawn(award, "unit-costs")
