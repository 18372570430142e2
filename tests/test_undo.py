"""Imports taken back: in any order, nothing deleted, and the figures as if the import had never been made."""

from __future__ import annotations

import json
import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from product import CLOCK, Workspace, is_refused, settings

from grantkit.importing.missing import answer_missing
from grantkit.store import open_ledger

pytestmark = pytest.mark.thorough

EXAMPLES = int(os.environ.get("GRANTKIT_EXAMPLES", "3"))
HEADER = ("document", "line", "supplier", "accounting_date", "net", "paid_date")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "award")


def take_in(workspace: Workspace, file: Path, *words: str, kind: str = "invoices") -> dict[str, Any]:
    """Import a file, whether or not something of it needs attention, as lines that it lacks do."""
    done = workspace.run("import", file, "--kind", kind, *words, "--json")
    assert done.code < 2, done.err
    found: dict[str, Any] = json.loads(done.out)["imports"][0]
    return found


def extract(workspace: Workspace, name: str, nets: dict[str, str], *words: str) -> dict[str, Any]:
    """Import an extract with a line of each document, at its net."""
    rows = [(document, "1", "Acme", "2024-05-01", net, "") for document, net in nets.items()]
    return take_in(workspace, workspace.write_csv(name, HEADER, rows), *words)


def undo(workspace: Workspace, batch: int) -> dict[str, Any]:
    found: dict[str, Any] = workspace.json("undo", batch, "--reason", "wrong file")
    return found


def counting(workspace: Workspace) -> dict[str, tuple[int, str]]:
    """The documents that count, each with its line's number and net."""
    rows = workspace.query("select document, line_id, net from invoice_lines order by line_id")
    return {row["document"]: (row["line_id"], row["net"]) for row in rows}


def withdraw(workspace: Workspace, batch: int, *lines: int) -> None:
    """Say of lines that they are missing from a batch's file and count no more."""
    with open_ledger(workspace.ledger, write=True) as ledger, ledger.transaction():
        ledger.run("relations/01_current")
        answer_missing(ledger, batch, lines, "withdraw")


# --------------------------------------------------------------------------------------
# What counts
# --------------------------------------------------------------------------------------


def test_a_line_that_only_the_undone_batch_says_counts_no_more(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"B": "20.00"})
    done = undo(workspace, 1)
    assert done["lines"]["gone"] == {"lines": 1, "net_before": "10.00", "net_after": "0.00"}
    assert counting(workspace) == {"B": (2, "20.00")}
    assert len(workspace.query("from line_versions")) == 2


def test_an_unchanged_row_keeps_a_line_whose_batch_is_undone(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"A": "10.00", "B": "20.00"})
    assert undo(workspace, 1)["lines"]["kept"]["lines"] == 1
    assert counting(workspace) == {"A": (1, "10.00"), "B": (2, "20.00")}
    undo(workspace, 2)
    assert counting(workspace) == {}


def test_an_undone_restatement_returns_the_line_to_what_it_was(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"A": "11.00"})
    done = undo(workspace, 2)
    assert done["lines"]["returned"] == {"lines": 1, "net_before": "11.00", "net_after": "10.00"}
    assert counting(workspace) == {"A": (1, "10.00")}


def test_a_restatement_stands_when_the_batch_before_it_is_undone(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"A": "11.00"})
    extract(workspace, "july.csv", {"A": "11.00", "B": "1.00"})
    undo(workspace, 1)
    undo(workspace, 2)
    assert counting(workspace) == {"A": (1, "11.00"), "B": (2, "1.00")}


def test_an_unchanged_row_says_the_version_of_its_time(workspace: Workspace) -> None:
    """June's file said £10; with July's £11 undone it is June's word that counts, and not July's."""
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"A": "10.00", "B": "1.00"})
    extract(workspace, "july.csv", {"A": "11.00"})
    undo(workspace, 1)
    assert counting(workspace)["A"] == (1, "11.00")
    undo(workspace, 3)
    assert counting(workspace)["A"] == (1, "10.00")


def test_a_row_from_before_it_said_which_version_it_repeats(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"A": "10.00", "B": "1.00"})
    extract(workspace, "july.csv", {"A": "11.00"})
    with open_ledger(workspace.ledger, write=True) as ledger:
        ledger.connection.execute("update store.unchanged_row set held_batch = null")
    undo(workspace, 1)
    undo(workspace, 3)
    assert counting(workspace)["A"] == (1, "10.00")


def test_a_line_that_comes_again_is_the_same_line(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00", "B": "20.00"})
    workspace.do("decide", 1, "--ineligible", "--reason", "a party")
    undo(workspace, 1)
    done = extract(workspace, "june.csv", {"C": "5.00", "A": "12.00"})
    assert (done["rows"]["accepted"], done["net"]["accepted"]) == (2, "17.00")
    assert counting(workspace) == {"A": (1, "12.00"), "C": (3, "5.00")}
    assert workspace.json("status")["total"]["ineligible"] == "12.00"


def test_lines_without_numbers_come_again_as_the_same_lines(workspace: Workspace) -> None:
    rows = [("A", "", "Acme", "2024-05-01", "10.00", "")] * 2
    take_in(workspace, workspace.write_csv("may.csv", HEADER, rows))
    undo(workspace, 1)
    done = take_in(workspace, workspace.write_csv("june.csv", HEADER, [*rows, rows[0]]))
    assert done["rows"]["accepted"] == 3
    assert [row["line_id"] for row in workspace.query("from invoice_lines order by line_id")] == [1, 2, 3]


@pytest.mark.parametrize("line", ["1", ""])
def test_order_lines_come_again_as_the_same_lines(workspace: Workspace, line: str) -> None:
    header = ("po", "line", "supplier", "order_date", "net")
    file = workspace.write_csv("o.csv", header, [("PO-1", line, "Acme", "2024-05-01", "10.00")])
    take_in(workspace, file, kind="orders")
    undo(workspace, 1)
    assert workspace.query("from order_lines") == []
    rows = [("PO-0", line, "Acme", "2024-05-01", "1.00"), ("PO-1", line, "Acme", "2024-05-02", "12.00")]
    done = take_in(workspace, workspace.write_csv("o.csv", header, rows), kind="orders")
    assert done["rows"]["accepted"] == 2
    lines = workspace.query("select po, line_id, net from order_lines order by line_id")
    assert [tuple(row.values()) for row in lines] == [("PO-1", 1, "12.00"), ("PO-0", 2, "1.00")]


def test_one_row_said_twice_in_the_file_that_brings_it_again(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    undo(workspace, 1)
    rows = [("A", "1", "Acme", "2024-05-01", "10.00", "")] * 2
    done = take_in(workspace, workspace.write_csv("june.csv", HEADER, rows))
    assert (done["rows"]["accepted"], done["rows"]["unchanged"]) == (1, 1)
    assert counting(workspace) == {"A": (1, "10.00")}


def test_a_withdrawn_line_counts_no_more_until_the_withdrawal_is_undone(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00", "B": "20.00"})
    extract(workspace, "june.csv", {"B": "20.00", "C": "5.00"})
    withdraw(workspace, 2, 1)
    assert list(counting(workspace)) == ["B", "C"]
    done = undo(workspace, 2)
    assert done["lines"]["revived"] == {"lines": 1, "net_before": "0.00", "net_after": "10.00"}
    assert counting(workspace) == {"A": (1, "10.00"), "B": (2, "20.00")}


def test_a_withdrawn_line_that_comes_again_counts_again(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00", "B": "20.00"})
    extract(workspace, "june.csv", {"B": "20.00"})
    withdraw(workspace, 2, 1)
    assert extract(workspace, "july.csv", {"B": "20.00", "A": "10.00"})["rows"]["accepted"] == 1
    assert counting(workspace) == {"A": (1, "10.00"), "B": (2, "20.00")}


def test_the_undone_file_can_be_taken_in_again(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    undo(workspace, 1)
    done = extract(workspace, "may.csv", {"A": "10.00"})
    assert (done["batch"], done["rows"]["accepted"]) == (2, 1)
    assert counting(workspace) == {"A": (1, "10.00")}


# --------------------------------------------------------------------------------------
# Any sequence of imports, withdrawals and undos, against the rule in plain Python
# --------------------------------------------------------------------------------------

Key = tuple[str, ...]
Row = tuple[str, str, str, str]  # document, line, net, payment date


class Rule:
    """Which content of a line counts: the one that the newest batch that stands says; None says: it is no more."""

    def __init__(self) -> None:
        self.said: list[dict[Key, Row | None]] = []
        self.files: list[tuple[Row, ...]] = []
        self.undone: set[int] = set()
        self.numbers: dict[Key, int] = {}

    def current(self, key: Key) -> Row | None:
        for number in reversed(range(len(self.said))):
            if number not in self.undone and key in self.said[number]:
                return self.said[number][key]
        return None

    def take_in(self, rows: tuple[Row, ...]) -> dict[str, int]:
        outcomes = {"accepted": 0, "unchanged": 0, "restated": 0}
        if any(rows == file for n, file in enumerate(self.files) if n not in self.undone):
            return {**outcomes, "unchanged": len(rows)}
        says = keyed(rows)
        for key, row in says.items():
            held = self.current(key)
            self.numbers.setdefault(key, len(self.numbers) + 1)
            outcomes["accepted" if held is None else "unchanged" if held == row else "restated"] += 1
        self.said.append(dict(says))
        self.files.append(rows)
        return outcomes

    def counting(self) -> dict[int, Row]:
        held = {number: self.current(key) for key, number in self.numbers.items()}
        return {number: row for number, row in sorted(held.items()) if row is not None}


def keyed(rows: tuple[Row, ...]) -> dict[Key, Row]:
    """A row with a line number is its document and line; one without is its content and which of those it is."""
    found: dict[Key, Row] = {}
    for row in rows:
        document, line, net, _ = row
        occurrence = str(sum(key[:3] == (document, "", net) for key in found) + 1)
        found[(document, line) if line else (document, "", net, occurrence)] = row
    return found


def one_of_each_number(rows: list[Row]) -> tuple[Row, ...]:
    return tuple(row for n, row in enumerate(rows) if not row[1] or row[:2] not in [r[:2] for r in rows[:n]])


NETS = ("10.00", "11.00", "-3.00")
ROWS = st.one_of(
    st.tuples(st.sampled_from("ABCD"), st.just("1"), st.sampled_from(NETS), st.just("")),
    st.tuples(
        st.sampled_from("AB"), st.just(""), st.sampled_from(NETS[:2]), st.sampled_from(["", "2024-06-01"])
    ),
)
EXTRACTS = st.lists(ROWS, min_size=1, max_size=7).map(one_of_each_number)
STEPS = st.lists(
    st.one_of(EXTRACTS, EXTRACTS, st.integers(0, 7), st.tuples(st.just("withdraw"), st.integers(0, 20))),
    min_size=3,
    max_size=12,
)


def file_of(workspace: Workspace, rows: tuple[Row, ...]) -> Path:
    cells = [(document, line, "Acme", "2024-05-01", net, paid) for document, line, net, paid in rows]
    return workspace.write_csv("extract.csv", HEADER, cells)


def current(workspace: Workspace) -> dict[int, Row]:
    """The invoice lines that count; read from the relation itself, as a command for each step takes its time."""
    sql = "select line_id, document, line, net, paid_date from invoice_current order by line_id"
    with open_ledger(workspace.ledger) as ledger:
        ledger.run("relations/01_current")
        held = ledger.connection.execute(sql).fetchall()
    return {
        line_id: (document, line or "", str(net), str(paid or ""))
        for line_id, document, line, net, paid in held
    }


def withdraw_one(workspace: Workspace, rule: Rule, which: int) -> None:
    """Withdraw some line that counts and that the newest batch does not say, in the name of that batch."""
    newest = len(rule.said) - 1
    if newest < 0 or newest in rule.undone:
        return
    keys = [key for key in rule.numbers if rule.current(key) is not None and key not in rule.said[newest]]
    if keys:
        key = keys[which % len(keys)]
        withdraw(workspace, newest + 1, rule.numbers[key])
        rule.said[newest][key] = None


def undo_one(workspace: Workspace, rule: Rule, number: int) -> None:
    done = workspace.run("undo", number + 1, "--reason", "a test")
    if number >= len(rule.said) or number in rule.undone:
        assert is_refused(done)
        return
    assert done.code == 0, done.err
    rule.undone.add(number)


@examples(max_examples=EXAMPLES, deadline=None)
@given(steps=STEPS)
def test_imports_and_undos_in_any_order_follow_the_rule(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace, rule = Workspace(Path(folder)), Rule()
        for step in steps:
            if isinstance(step, int):
                undo_one(workspace, rule, step)
            elif step[0] == "withdraw":
                withdraw_one(workspace, rule, step[1])
            else:
                rows = take_in(workspace, file_of(workspace, step))["rows"]
                outcomes = rule.take_in(step)
                assert {name: rows[name] for name in outcomes} == outcomes
            assert current(workspace) == rule.counting()
        invoiced = sum((Decimal(net) for _, _, net, _ in rule.counting().values()), Decimal("0.00"))
        assert workspace.json("status", "--as-at", "2025-03-31")["total"]["invoiced"] == str(invoiced)


# --------------------------------------------------------------------------------------
# Claims
# --------------------------------------------------------------------------------------


def submit(workspace: Workspace, claim: str) -> None:
    workspace.do("claim", "prepare", claim)
    workspace.do("claim", "submit", claim, "--yes")


@pytest.fixture(scope="module")
def of_all(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("claimed"))
    extract(workspace, "may.csv", {"A": "10.00", "B": "20.00"})
    submit(workspace, "Q1")
    return workspace


@pytest.fixture
def claimed(of_all: Workspace, tmp_path: Path) -> Workspace:
    """A batch of two lines, A and B, of 30.00 together, all of them claimed in Q1."""
    return of_all.copied(tmp_path / "claimed")


def test_a_batch_with_lines_in_a_submitted_claim_is_not_undone(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"A": "10.00", "B": "20.00"})
    submit(workspace, "Q1")
    before = workspace.files()
    done = workspace.run("undo", 1, "--reason", "wrong file")
    assert is_refused(done)
    assert "Q1" in done.err
    assert "grantkit claim withdraw Q1" in done.err
    assert workspace.files().keys() == before.keys()
    assert len(workspace.query("from batches where undone")) == 0
    workspace.do("claim", "withdraw", "Q1", "--reason", "to be corrected")
    undo(workspace, 1)


def test_a_batch_that_alone_upholds_a_claimed_version_is_not_undone(workspace: Workspace) -> None:
    """The version is that of an undone batch: it counts, and is claimed, only as this one says it again."""
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"A": "10.00", "B": "20.00"})
    undo(workspace, 1)
    extract(workspace, "july.csv", {"A": "10.00", "C": "0.00"})
    submit(workspace, "Q1")
    undo(workspace, 3)  # June's says A as well
    assert is_refused(workspace.run("undo", 2, "--reason", "wrong file"))


def test_the_hint_names_every_claim_in_the_way_newest_first(claimed: Workspace) -> None:
    workspace = claimed
    submit(workspace, "Q2")
    assert "withdraw Q2 first, then Q1:" in workspace.run("undo", 1, "--reason", "x").err
    workspace.do("claim", "settle", "Q1", "--received", "30.00", "--date", "2024-08-01")
    assert "Q1 is settled and stays" in workspace.run("undo", 1, "--reason", "x").err


def test_a_batch_that_only_repeats_claimed_lines_is_undone(claimed: Workspace) -> None:
    workspace = claimed
    extract(workspace, "june.csv", {"A": "10.00"}, "--again")
    extract(workspace, "july.csv", {"A": "11.00"})
    undo(workspace, 3)
    undo(workspace, 2)
    assert counting(workspace) == {"A": (1, "10.00"), "B": (2, "20.00")}


def test_a_draft_on_the_lines_is_named(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    workspace.do("claim", "prepare", "Q1")
    done = workspace.run("undo", 1, "--reason", "wrong file", "--json")
    assert done.code == 0
    assert "warning: the draft Q1 rests on lines that changed: grantkit claim prepare Q1" in done.err


def kinds(workspace: Workspace, claim: str) -> list[tuple[int, str, str]]:
    rows = workspace.query(
        f"select line_id, kind, amount from claim_lines where claim = '{claim}' order by line_id, kind"
    )
    return [(row["line_id"], row["kind"], row["amount"]) for row in rows]


def test_a_claimed_line_that_is_withdrawn_comes_back_as_money_to_give_back(claimed: Workspace) -> None:
    workspace = claimed
    extract(workspace, "june.csv", {"B": "20.00"})
    withdraw(workspace, 2, 1)
    found = workspace.json("claim", "prepare", "Q2")
    assert (found["total"]["this_claim"], found["total"]["adjustments"]) == ("-10.00", "-10.00")
    assert kinds(workspace, "Q2") == [(1, "adjustment", "-10.00")]
    sheet = openpyxl.load_workbook(workspace.folder / found["workbook"])
    assert any(cell.value == "(taken back)" for page in sheet for row in page.iter_rows() for cell in row)
    workspace.do("claim", "submit", "Q2", "--yes")
    traced = workspace.json("trace", "Q2")
    assert traced["total"] == "-10.00"
    # the withdrawal is undone: the line is claimed again, as what it is worth now
    undo(workspace, 2)
    workspace.do("claim", "prepare", "Q3")
    assert kinds(workspace, "Q3") == [(1, "adjustment", "10.00")]


def test_an_accrual_whose_order_is_withdrawn_goes_back(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "award", settings(claim_basis="accrued"))
    header = ("po", "line", "supplier", "order_date", "net", "received")
    rows = [
        ("PO-1", "1", "Acme", "2024-05-01", "10.00", "10.00"),
        ("PO-2", "1", "Acme", "2024-05-01", "5.00", "5.00"),
    ]
    take_in(workspace, workspace.write_csv("o.csv", header, rows), kind="orders")
    submit(workspace, "Q1")
    take_in(workspace, workspace.write_csv("o2.csv", header, rows[1:]), kind="orders")
    withdraw(workspace, 2, 1)
    workspace.do("claim", "prepare", "Q2")
    assert kinds(workspace, "Q2") == [(1, "accrual", "-10.00")]


# --------------------------------------------------------------------------------------
# What is kept, and what is shown
# --------------------------------------------------------------------------------------


def test_an_undo_is_in_the_audit_log(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    undo(workspace, 1)
    entry = workspace.query("select command, user_name, arguments, result from audit_log order by entry")[-1]
    assert (entry["command"], entry["user_name"]) == ("undo", "finance")
    assert "wrong file" in str(entry["arguments"])
    assert "may.csv" in str(entry["result"])


def test_the_list_of_batches(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00"})
    extract(workspace, "june.csv", {"A": "12.00", "B": "1.00"})
    undo(workspace, 1)
    first, second = workspace.json("batches")["batches"]
    assert first["undone"] == {"at": CLOCK, "by": "finance", "reason": "wrong file"}
    assert (second["batch"], second["file"], second["undone"]) == (2, "june.csv", None)
    assert (second["rows"]["accepted"], second["rows"]["restated"]) == (1, 1)
    assert second["net"]["restated_from"] == "10.00"


def test_a_batch_shows_what_became_of_its_rows(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00", "B": "2.00"})
    extract(workspace, "june.csv", {"A": "12.00", "C": "1O.00"})
    withdraw(workspace, 2, 2)
    shown = workspace.json("batch", "show", 2)
    restated = {"line_id": 1, "row": 2, "document": "A", "line": "1", "supplier": "Acme"}
    assert shown["restated"] == [{**restated, "net_before": "10.00", "net": "12.00"}]
    (reject,) = shown["rejects"]
    assert (reject["row"], reject["code"], reject["settled"]) == (3, "bad-amount", None)
    (missing,) = shown["missing"]
    assert (missing["line_id"], missing["net"], missing["answer"]) == (2, "2.00", "withdraw")
    assert shown["claims"] == []


def test_a_batch_shows_the_claims_that_hold_its_lines(of_all: Workspace) -> None:
    shown = of_all.json("batch", "show", 1)
    assert shown["claims"] == [{"claim": "Q1", "version": 1, "status": "submitted", "lines": 2}]


def test_a_batch_shows_how_its_file_was_read(workspace: Workspace) -> None:
    extract(workspace, "may.csv", {"A": "10.00", "C": "1O.00", "D": "1O.00"})
    with open_ledger(workspace.ledger, write=True) as ledger:
        recognised = '[{"what": "date order", "found": "day first", "why": "31/05/2024"}]'
        ledger.connection.execute("delete from store.batch_reading")
        ledger.fill("store.batch_reading", [(1, 3, "[]", "", recognised)])
        ledger.connection.execute("delete from store.ignored_row")
        ledger.fill("store.ignored_row", [(1, 9, "total", Decimal("10.00"), Decimal("11.00"))])
        ledger.fill("store.reject_settled", [(1, 3, None, None, "not ours", "2024-07-15", "finance")])
        ledger.fill(
            "store.reject_settled", [(1, 4, 7, 2, None, "2024-07-15", "finance")]
        )  # no such batch stands
    shown = workspace.json("batch", "show", 1)
    assert (shown["header_row"], shown["recognised"][0]["found"]) == (3, "day first")
    assert shown["ignored"] == [{"row": 9, "reason": "total", "net": "10.00", "expected": "11.00"}]
    first, second = (reject["settled"] for reject in shown["rejects"])
    assert first == {"by_batch": None, "by_row": None, "reason": "not ours"}
    assert second is None
    told = workspace.do("batch", "show", 1).out
    assert "recognised: date order day first (31/05/2024)" in told
    assert "dismissed: not ours" in told


def test_a_command_that_is_refused_leaves_no_ledger_behind(tmp_path: Path) -> None:
    at = Workspace(tmp_path / "fresh")
    assert is_refused(at.run("undo", 1, "--reason", "nothing is there"))
    assert list(at.files()) == ["grant.toml"]
    assert is_refused(at.run("decide", 1, "--ineligible", "--reason", "nothing is there"))
    assert list(at.files()) == ["grant.toml"]
