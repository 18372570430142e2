"""From a figure to its lines, from a line to its cell: the traced lines add up to the figure, always (section 6).

``GRANTKIT_YEARS`` is how many generated years are played (1), ``GRANTKIT_YEARS_FROM`` the first seed of further ones.
"""

from __future__ import annotations

import csv
import io
import os
import random
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from histories import history
from product import Workspace, is_refused, settings
from test_agreement import SHOWS_FIGURES, Product

from grantkit.auditing.traces import trace
from grantkit.relations import lay_relations
from grantkit.settings import read_settings
from grantkit.store import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

LINE_FIELDS = {
    *("line_id", "file", "sha256", "row", "document", "line", "supplier", "accounting_date", "net"),
    *("work_stream", "amount", "claim"),
}
YEARS = int(os.environ.get("GRANTKIT_YEARS", "1"))
FIRST_YEAR = int(os.environ.get("GRANTKIT_YEARS_FROM", "1000"))
#: Its history has accruals, adjustments, splits, withdrawn and settled claims; the demonstration has late lines.
SEED = 32


def played(folder: Path, seed: int) -> Workspace:
    """A generated year, played to its end through the commands; what is refused on the way changes nothing."""
    folder.mkdir()
    commands = history(random.Random(seed), folder, decisions=True, quarters=2, lines=8)
    product = Product(folder)
    for command in commands:
        if command[0] in {"status", "variance"} or command[:2] in (["claim", "list"], ["claim", "show"]):
            continue
        shows = any(tuple(command[: len(verb)]) == verb for verb in SHOWS_FIGURES)
        product.run(*product.words(command), *(["--json"] if shows else []))
    return workspace_in(folder)


def workspace_in(folder: Path) -> Workspace:
    return Workspace(folder, (folder / "grant.toml").read_text(encoding="utf-8"))


@pytest.fixture(
    scope="module",
    params=[
        *(pytest.param(year, marks=pytest.mark.thorough) for year in (SEED, "demo")),
        *range(FIRST_YEAR, FIRST_YEAR + YEARS - 1),
    ],
    ids=lambda year: "the demo" if year == "demo" else f"year {year}",
)
def award(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("award") / "folder"
    if request.param == "demo":
        Workspace(folder.parent).do("demo", folder)
        return workspace_in(folder)
    return played(folder, request.param)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An order of 9,000.00, half received; a restated invoice, in two claims; the accrued basis."""
    workspace = Workspace(
        tmp_path_factory.mktemp("small"), settings({"A": "90000.00", "B": "90000.00"}, claim_basis="accrued")
    )
    workspace.write(
        "o.csv", "po,line,supplier,order_date,net,received\nPO-1,1,Acme,2024-04-10,9000.00,4500.00\n"
    )
    workspace.write("i1.csv", "document,line,supplier,accounting_date,net\nINV-1,1,Acme,2024-05-01,145.00\n")
    workspace.write(
        "i2.csv", "document,line,supplier,accounting_date,net\n\nINV-1,1,Acme,2024-05-02,150.00\n"
    )
    workspace.take_in("o.csv", kind="orders")
    workspace.take_in("i1.csv")
    workspace.do("claim", "prepare", "Q1")
    workspace.do("claim", "submit", "Q1", "--yes")
    workspace.take_in("i2.csv")
    workspace.do("claim", "prepare", "Q2")
    return workspace


def total_of(lines: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))


def traced_all(award: Workspace, targets: list[str], as_at: str | None = None) -> dict[str, dict[str, Any]]:
    """What ``trace TARGET --json`` gives, for many targets on a ledger that is opened once."""
    terms, day = read_settings(award.folder / "grant.toml"), date.fromisoformat(as_at) if as_at else None
    with open_ledger(award.ledger) as ledger:
        lay_relations(ledger, terms)
        return {target: trace(ledger, terms, target, day).as_json() for target in targets}


def claims_of(award: Workspace) -> list[str]:
    listed = award.json("claim", "list")["claims"]
    return sorted({claim["claim"] for claim in listed})


def source_rows(award: Workspace, name: str) -> tuple[list[str], list[list[str]]]:
    """A source file as a spreadsheet numbers it: its header, and all its records."""
    (path,) = [p for p in award.folder.rglob("*.csv") if p.name == name]
    with path.open(encoding="utf-8-sig", newline="") as text:
        records = list(csv.reader(text))
    return [name.strip().lower() for name in records[0]], records


# --------------------------------------------------------------------------------------
# Figures to lines
# --------------------------------------------------------------------------------------


def test_a_claim_traces_to_lines_that_add_up_to_it(award: Workspace) -> None:
    names = claims_of(award)
    assert names, "there is no claim to trace"
    for name in names:
        claim, traced = award.json("claim", "show", name), award.json("trace", name)
        assert traced["target"] == name
        assert traced["total"] == claim["total"]["this_claim"]
        assert total_of(traced["lines"]) == Decimal(traced["total"])
        assert len(traced["lines"]) == claim["lines"]
        assert all(line.keys() >= LINE_FIELDS for line in traced["lines"])
        assert {line["claim"] for line in traced["lines"]} <= {name}


def test_a_stream_in_a_claim_traces_to_its_part(award: Workspace) -> None:
    rows = {
        f"{name}/{row['code']}": row
        for name in claims_of(award)
        for row in award.json("claim", "show", name)["work_streams"]
    }
    traces = traced_all(award, list(rows))
    assert award.json("trace", next(iter(rows))) == next(iter(traces.values()))
    for target, row in rows.items():
        traced = traces[target]
        assert traced["total"] == row["this_claim"], target
        assert total_of(traced["lines"]) == Decimal(traced["total"])
        assert {line["work_stream"] for line in traced["lines"]} <= {row["code"]}


def test_a_stream_traces_to_what_is_eligible_of_it(award: Workspace) -> None:
    for as_at in (None, "2024-08-15"):
        words = ("--as-at", as_at) if as_at else ()
        rows = award.json("status", *words)["work_streams"]
        traces = traced_all(award, [row["code"] for row in rows], as_at)
        assert award.json("trace", rows[0]["code"], *words) == traces[rows[0]["code"]]
        for row in rows:
            traced = traces[row["code"]]
            assert traced["total"] == row["eligible"], (row["code"], as_at)
            assert total_of(traced["lines"]) == Decimal(traced["total"])
            assert {line["work_stream"] for line in traced["lines"]} <= {row["code"]}


def test_what_is_published_of_a_month_traces_to_its_lines(award: Workspace) -> None:
    terms = read_settings(award.folder / "grant.toml").award
    first, last = terms.starts.year * 12 + terms.starts.month - 1, terms.ends.year * 12 + terms.ends.month - 1
    step = 1 if YEARS > 1 else 4
    months = [f"{each // 12:04}-{each % 12 + 1:02}" for each in range(first, last + 1, step)]
    traces = traced_all(award, [f"publish:{month}" for month in months])
    seen = 0
    for month in months:
        rows = list(csv.DictReader(io.StringIO(award.run("publish", "--month", month).out)))
        traced = traces[f"publish:{month}"]
        assert Decimal(traced["total"]) == sum(Decimal(row["Amount"]) for row in rows), month
        assert total_of(traced["lines"]) == Decimal(traced["total"])
        seen += len(rows)
    assert seen or YEARS > 1  # a generated year may have nothing to show


def test_no_row_of_any_file_is_left_out(award: Workspace) -> None:
    shown = award.json("trace", "--coverage")
    assert (shown["complete"], shown["uncovered"]) == (True, [])
    batches = award.query("select sum(rows_read) as rows from batches")
    assert shown["rows"] == int(batches[0]["rows"])


def test_traced_lines_stand_in_their_files_at_their_rows(award: Workspace) -> None:
    targets = [*claims_of(award), *(row["code"] for row in award.json("status")["work_streams"])]
    files: dict[str, tuple[list[str], list[list[str]]]] = {}
    seen = 0
    for traced in traced_all(award, targets).values():
        for line in traced["lines"]:
            if line["file"] is None:
                continue  # no version of the line counts any more
            if line["file"] not in files:
                files[line["file"]] = source_rows(award, line["file"])
            header, records = files[line["file"]]
            record = dict(zip(header, records[line["row"] - 1], strict=False))
            assert line["document"] == record.get("document", record.get("po", "")).strip()
            assert (line["line"] or "") == record.get("line", "").strip()
            assert line["supplier"] in {record.get(n, "").strip() for n in ("supplier", "supplier_id")}
            seen += 1
    assert seen or YEARS > 1  # a generated year may have nothing to show


def test_a_line_traces_to_its_cost_and_to_the_claims_that_hold_it(award: Workspace) -> None:
    lines = award.query("select line_id, document, cost, file, row from invoice_lines order by line_id")
    held: dict[int, list[tuple[str, str]]] = {}
    for part in award.query("select line_id, claim, amount from claim_version_lines"):
        held.setdefault(part["line_id"], []).append((part["claim"], part["amount"]))
    lines = lines[:: max(1, len(lines) // 40)]
    traces = traced_all(award, [str(line["line_id"]) for line in lines])
    for line in lines:
        traced = traces[str(line["line_id"])]
        assert traced["total"] == line["cost"]
        assert total_of(traced["lines"]) == Decimal(line["cost"])
        assert traced["lines"][0]["document"] == line["document"]
        assert (traced["versions"][-1]["file"], traced["versions"][-1]["row"]) == (line["file"], line["row"])
        assert sorted((c["claim"], c["amount"]) for c in traced["claims"]) == sorted(
            held.get(line["line_id"], [])
        )


# --------------------------------------------------------------------------------------
# One line, told by hand
# --------------------------------------------------------------------------------------


def test_a_restated_line_shows_both_versions_and_both_claims(small: Workspace) -> None:
    traced = small.json("trace", "2")
    assert traced["total"] == "150.00"
    told = [(v["file"], v["row"], v["net"], v["accounting_date"]) for v in traced["versions"]]
    assert told == [("i1.csv", 2, "145.00", "2024-05-01"), ("i2.csv", 3, "150.00", "2024-05-02")]
    held = [(c["claim"], c["status"], c["amount"], c["kind"]) for c in traced["claims"]]
    assert held == [("Q1", "submitted", "145.00", "current"), ("Q2", "draft", "5.00", "adjustment")]


def test_a_submitted_claim_traces_to_the_version_that_it_claimed(small: Workspace) -> None:
    (line,) = [line for line in small.json("trace", "Q1/A")["lines"] if line["line_id"] == 2]
    assert (line["file"], line["row"], line["net"], line["amount"]) == ("i1.csv", 2, "145.00", "145.00")


def test_an_accrual_shows_the_orders_number_and_what_was_ordered(small: Workspace) -> None:
    traced = small.json("trace", "Q1")
    assert traced["total"] == "4645.00"
    (accrual,) = [line for line in traced["lines"] if line["line_id"] == 1]
    assert (accrual["document"], accrual["net"], accrual["amount"]) == ("PO-1", "9000.00", "4500.00")
    assert (accrual["file"], accrual["row"], accrual["line"]) == ("o.csv", 2, "1")


def test_the_date_that_counts_is_the_same_whatever_is_traced(tmp_path: Path) -> None:
    at = Workspace(tmp_path, settings({"A": "90000.00"}))
    at.take_in(at.write("i.csv", "document,line,supplier,accounting_date,net\nI1,1,S,2024-05-02,10.00\n"))
    at.do("decide", 1, "--accounting-date", "2024-06-01", "--reason", "the work was done then")
    at.json("claim", "prepare", "Q1")
    for target in ("A", "Q1", "Q1/A", "1"):
        assert [line["accounting_date"] for line in at.json("trace", target)["lines"]] == ["2024-06-01"], (
            target
        )


def test_a_line_is_told_though_its_source_file_is_gone(tmp_path: Path) -> None:
    at = Workspace(tmp_path, settings({"A": "90000.00"}))
    at.take_in(at.write("i.csv", "document,line,supplier,accounting_date,net\nI1,1,S,2024-05-02,10.00\n"))
    for kept in at.evidence.glob("*.zst"):
        kept.unlink()
    traced = at.json("trace", 1)
    assert traced["versions"][0]["cells"] is None
    assert len(traced["unchecked"]) == 1
    shown = at.do("trace", 1)
    assert "stream by grant.toml" in shown.out
    assert "error: " in shown.err


def test_an_order_line_without_an_accrual_goes_to_its_streams(tmp_path: Path) -> None:
    rules = '[[allocation]]\nsplit = { A = "60", B = "40" }\nsupplier = "*"'
    at = Workspace(tmp_path, settings({"A": "900.00", "B": "900.00"}, rules=rules))
    at.take_in(at.write("o.csv", "po,line,supplier,order_date,net\nP1,1,S,2024-05-02,10.00\n"), kind="orders")
    traced = at.json("trace", 1)
    assert [(line["work_stream"], line["amount"]) for line in traced["lines"]] == [
        ("A", "0.00"),
        ("B", "0.00"),
    ]


def test_trace_on_the_screen_names_file_row_and_total(small: Workspace) -> None:
    out = small.do("trace", "Q1").out
    for text in ("i1.csv", "o.csv", "INV-1", "PO-1", "4,645.00"):
        assert text in out


def test_a_target_may_be_written_small(small: Workspace) -> None:
    assert small.json("trace", "q1/a") == small.json("trace", "Q1/A")


@pytest.mark.parametrize("target", ["Q3", "Q1/C", "C", "99", "-1", "Q1/", "/A", "1.5", "Q1/A/B", "FINAL"])
def test_what_is_not_there_cannot_be_traced(small: Workspace, target: str) -> None:
    assert is_refused(small.run("trace", target))
