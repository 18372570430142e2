"""The demonstration: it works in a fresh folder, says that it is made up, and its figures are right."""

from __future__ import annotations

import re
import shlex
import shutil
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from auditor import Auditor
from product import REPOSITORY, Result, Workspace, is_refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LEDGERS = REPOSITORY / "ledgers"
QUARTERS = ("q1", "q2", "q3", "q4")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The demonstration, played once, in an empty folder: that folder, and what it printed."""
    here = tmp_path_factory.mktemp("anywhere")
    (here / "demo").mkdir()
    return here / "demo", Workspace(here).run("demo", here / "demo")


@pytest.fixture(scope="module")
def demo(told: tuple[Path, Result]) -> Workspace:
    folder, _ = told
    return Workspace(folder, (folder / "grant.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def auditor(tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """The auditor's account of the same year: quarter by quarter the extracts, then the claim, as the demo does."""
    folder = tmp_path_factory.mktemp("auditor")
    shutil.copy(LEDGERS / "grant.toml", folder)
    account = Auditor(folder)
    for quarter in QUARTERS:
        if quarter == QUARTERS[-1]:
            moved = {"kind": "resource", "date": date(2025, 1, 20), "reason": "as the demo does"}
            account.budget_move("EVAL", "RESPONSE", "4500.00", **moved)
        for kind in ("orders", "invoices"):
            account.import_file(LEDGERS / f"{kind}-2024-{quarter}.csv", kind)
        account.prepare(quarter.upper())
        if quarter != QUARTERS[-1]:
            account.submit(quarter.upper())
    return account


def agrees(want: Any, got: Any) -> bool:
    """Whether everything that the auditor says is said, whatever else is said beside it."""
    if isinstance(want, dict):
        return all(agrees(value, got[key]) for key, value in want.items())
    if isinstance(want, list):
        return len(want) == len(got) and all(agrees(a, b) for a, b in zip(want, got, strict=True))
    return bool(want == got)


def test_it_ends_well_and_says_that_its_figures_are_made_up(told: tuple[Path, Result]) -> None:
    _, done = told
    assert done.code == 0, done.err
    assert "made-up" in done.out.lower()
    assert "Traceback" not in done.out + done.err
    assert "\x1b" not in done.out


def test_every_surface_says_that_its_figures_are_made_up(demo: Workspace) -> None:
    said = re.compile(r"made[- ]up|sample", re.IGNORECASE)
    books = sorted(demo.folder.rglob("*.xlsx"))
    assert len(books) == 5  # four claims, one variance report
    for book in books:
        sheets = openpyxl.load_workbook(book, read_only=True).worksheets
        cells = [str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row]
        assert any(said.search(cell) for cell in cells), book.name
    for name in ("status", "variance", "unit-costs"):
        assert said.search(demo.do(name).out), name
    for words in (("milestone", "list"), ("measure", "list")):
        assert said.search(demo.do(*words).out), words


def test_it_refuses_a_folder_that_is_not_empty(told: tuple[Path, Result], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "notes.txt").write_text("mine", encoding="utf-8")
    outside = Workspace(tmp_path / "elsewhere")
    assert is_refused(outside.run("demo", kept))
    assert [path.name for path in kept.iterdir()] == ["notes.txt"]
    assert is_refused(outside.run("demo", kept / "notes.txt"))
    assert is_refused(outside.run("demo", told[0]))


def test_it_works_in_an_empty_folder_and_ends_with_three_commands_that_work(
    told: tuple[Path, Result], demo: Workspace, tmp_path: Path
) -> None:
    folder, done = told
    lines = done.out.partition("Try next:")[2].splitlines()
    proposed = [shlex.split(line) for line in lines if line.strip().startswith("grantkit ")]
    assert len(proposed) == 3
    for _, *words in proposed:
        assert words[:2] == ["-w", str(folder)]
        demo.copied(tmp_path / "copy").do(*words[2:])


def test_the_position_at_the_years_end_is_the_auditors(demo: Workspace, auditor: Auditor) -> None:
    for words, as_at in (((), None), (("--as-at", "2025-03-31"), auditor.settings.ends)):
        want, got = auditor.status(as_at), demo.json("status", *words)
        assert agrees(want, got), (want, got)


def test_the_claims_are_the_auditors(demo: Workspace, auditor: Auditor) -> None:
    for quarter in QUARTERS:
        want, got = auditor.show(quarter.upper()), demo.json("claim", "show", quarter.upper())
        assert agrees(want, got), (want, got)


def test_three_claims_are_submitted_and_the_fourth_is_a_draft(demo: Workspace) -> None:
    listed = demo.json("claim", "list")["claims"]
    assert [(claim["claim"], claim["version"], claim["status"]) for claim in listed] == [
        *((quarter, 1, "submitted") for quarter in ("Q1", "Q2", "Q3")),
        ("Q4", 1, "draft"),
    ]


# --------------------------------------------------------------------------------------
# The figures of ledgers/README.md
# --------------------------------------------------------------------------------------

README = (LEDGERS / "README.md").read_text(encoding="utf-8")


def table_below(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, each cell as text."""
    text = README.partition(f"{heading}\n")[2]
    lines = [line for line in text.partition("\n#")[0].splitlines() if line.startswith("|")]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return rows[2:]


def test_refused_rows_are_those_that_the_readme_lists(demo: Workspace) -> None:
    listed = sorted((file, int(row)) for file, row, _ in table_below("### Refused"))
    assert len(listed) == 8
    refused = demo.query("select distinct file, row from rejects order by all")
    assert [(reject["file"], reject["row"]) for reject in refused] == listed


def test_each_refused_row_has_the_reason_that_the_readme_gives(demo: Workspace) -> None:
    """The codes that the contract has for what the README describes."""
    codes = {
        "there is no such day": "bad-date",
        "letter O": "bad-amount",
        "cut short": "too-few-cells",
        "no document number": "missing-value",
        "is not": "does-not-add-up",
        "another currency": "bad-currency",
        "line 1": "conflict",
    }
    wanted = {
        (file, int(row)): next(code for words, code in codes.items() if words in what)
        for file, row, what in table_below("### Refused")
    }
    found = {(r["file"], r["row"]): r["code"] for r in demo.query("select file, row, code from rejects")}
    assert found == wanted


def test_eligible_by_stream_and_quarter_is_as_the_readme_says(demo: Workspace) -> None:
    rows = {
        row[0]: row[1:]
        for row in table_below("## Eligible by stream and quarter, once all eight files are in")
    }
    variance = demo.json("variance", "--as-at", "2025-03-31")
    for stream in variance["work_streams"]:
        quarters = [f"{Decimal(q['eligible']):,.2f}" for q in stream["quarters"]]
        assert [*quarters, *money(stream)] == rows[stream["code"]], stream["code"]
    assert f"{Decimal(demo.json('status')['unallocated']['eligible']):,.2f}" == rows["UNALLOCATED"][4]


def test_what_was_counted_and_costs_is_as_the_readme_says(demo: Workspace) -> None:
    listed = {row[0]: row[1:] for row in table_below("## What was counted")}
    counted = {
        (row["work_stream"], row["measure"]): row["quantity"]
        for row in demo.json("measure", "list")["measures"]
    }
    names = ("deployments", "deployment-days", "deployment-hours", "alerts", "people-engaged")
    costs = {
        (row["code"], each["measure"]): row["cost_per_unit"]
        for each in demo.json("unit-costs")["measures"]
        for row in (*each["work_streams"], each["total"])
    }
    for stream, cells in listed.items():
        assert [counted.get((stream, name), "") for name in names] == cells[:5], stream
        each_of = [costs.get((stream, name)) for name in ("deployment-days", "deployment-hours")]
        assert [f"{Decimal(cost):,.2f}" if cost else "" for cost in each_of] == cells[5:], stream
    award = re.findall(r"whole award comes to ([0-9,.]+) for a day and ([0-9.]+) for an hour", README)[0]
    whole = (costs["TOTAL", "deployment-days"], costs["TOTAL", "deployment-hours"])
    assert tuple(each.replace(",", "") for each in award) == whole


def test_one_milestone_is_overdue(demo: Workspace) -> None:
    found = demo.json("milestone", "list", "--as-at", "2025-03-31")["milestones"]
    overdue = [row for row in found if row["status"] == "overdue"]
    assert [(row["name"], row["eligible"]) for row in overdue] == [("Evaluation published", "59868.20")]
    assert f"{Decimal(overdue[0]['eligible']):,.2f} is spent" in README


def test_the_year_tells_a_story(demo: Workspace, auditor: Auditor) -> None:
    """One stream late and explained, one over in spite of a virement, and what a day costs of three camera types."""
    end = auditor.settings.ends
    shown = demo.json("variance", "--as-at", "2025-03-31")
    rows = {row["code"]: row for row in shown["work_streams"]}
    late, over = rows["EVAL"], rows["RESPONSE"]
    assert Decimal(late["eligible"]) < Decimal("0.8") * Decimal(late["budget"])
    assert (late["rag"], over["rag"]) == ("amber", "red")
    assert Decimal(over["eligible"]) > Decimal(over["budget"]) == auditor.budget("RESPONSE", end)["resource"]
    assert "2,629.06" in README
    assert f"{Decimal(over['eligible']) - Decimal(over['budget']):,.2f}" == "2,629.06"
    (move,) = demo.query("from budget_moves")
    assert (move["from_stream"], move["to_stream"], move["amount"]) == ("EVAL", "RESPONSE", "4500.00")
    (days,) = demo.json("unit-costs", "--measure", "deployment-days")["measures"]
    assert [row["code"] for row in days["work_streams"]] == ["EXISTING", "MOBILE", "NEW"]
    assert all(Decimal(row["cost_per_unit"]) > 0 for row in days["work_streams"])
    page = (demo.folder / "board.html").read_text(encoding="utf-8")
    assert "only since September" in page
    assert "made-up" in page


def test_the_folder_of_ledgers_leaves_the_measures_out(demo: Workspace) -> None:
    done = demo.run("import", demo.folder / "ledgers", "--dry-run")
    assert "measures-2024.csv holds measures and is left out" in done.err
    assert "error:" not in done.err


def money(stream: Mapping[str, str]) -> list[str]:
    return [f"{Decimal(stream[name]):,.2f}" for name in ("eligible", "budget")]


def test_lines_without_a_stream_are_those_that_the_readme_lists(demo: Workspace) -> None:
    listed = [
        row for row in table_below("### Changed since, late, or hard to place") if "no stream" in row[2]
    ]
    found = demo.query(
        """select file, row from invoice_lines semi join (from allocations where work_stream = 'UNALLOCATED')
        using (line_id) order by all"""
    )
    assert [(line["file"], line["row"]) for line in found] == sorted(
        (file, int(row)) for file, row, _ in listed
    )
    assert demo.json("status")["unallocated"]["lines"] == len(listed)


def test_the_ledgers_hold_as_many_lines_as_the_readme_says(demo: Workspace) -> None:
    orders, invoices, payroll = (
        int(number)
        for number in re.findall(
            r"Altogether (\d+) order lines and (\d+) invoice lines, (\d+) of them", README
        )[0]
    )
    (found,) = demo.query(
        """select (select count(*) from order_lines) as orders, count(*) as invoices,
            count(*) filter (where supplier = 'Payroll') as payroll from invoice_lines"""
    )
    assert (found["orders"], found["invoices"], found["payroll"]) == (orders, invoices, payroll)


def test_every_row_of_the_sample_says_that_it_is_made_up(demo: Workspace) -> None:
    for relation in ("invoice_lines", "order_lines"):
        notes = demo.query(f"select distinct extra ->> 'note' as note from {relation}")
        assert notes == [{"note": "SAMPLE - MADE-UP FIGURES"}]
