"""Lines that an earlier extract of a source had and a later one lacks, found beside the tables that an import makes."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from product import Workspace

from grantkit.importing.missing import MissingLine, answer_missing, find_missing
from grantkit.store import Ledger, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HEADER = ("document", "line", "supplier", "accounting_date", "net")
ORDER_HEADER = ("po", "line", "supplier", "order_date", "net")
MAY, JUNE, JULY = "2024-05-31", "2024-06-15", "2024-07-01"
THREE = (("A", "1", MAY, "10.00"), ("B", "1", MAY, "20.00"), ("Z", "1", MAY, "5.00"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "award")


@pytest.fixture(scope="module")
def of_may(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An extract of three lines of May, each with its number: 1 is of A, 2 of B, 3 of Z. Only looked at."""
    workspace = Workspace(tmp_path_factory.mktemp("may") / "award")
    take_in(workspace, *THREE)
    return workspace


@pytest.fixture
def three(of_may: Workspace, tmp_path: Path) -> Workspace:
    return of_may.copied(tmp_path / "award")


def take_in(workspace: Workspace, *rows: tuple[str, ...], kind: str = "invoices") -> None:
    """An extract with these rows: document, line, date, net."""
    header = HEADER if kind == "invoices" else ORDER_HEADER
    cells = [(document, line, "Acme", date, net) for document, line, date, net in rows]
    file = workspace.write_csv("extract.csv", header, cells)
    assert workspace.run("import", file, "--kind", kind).code < 2  # 1 where it lacks lines of an earlier one


def tables(
    ledger: Ledger,
    said: Iterable[int],
    refused: Iterable[tuple[Any, ...]] = (),
    fresh: Iterable[tuple[Any, ...]] = (),
) -> None:
    """The tables that an import makes of its file, by hand."""
    run = ledger.connection.execute
    run("create or replace temp table said (line_id bigint)")
    run("create or replace temp table refused_identity (who varchar, document varchar, line varchar)")
    run(
        "create or replace temp table fresh_lines (row bigint, line_id bigint, who varchar, document varchar,"
        " net decimal(18, 2), date date)"
    )
    ledger.fill("said", [(number,) for number in said])
    ledger.fill("refused_identity", list(refused))
    ledger.fill("fresh_lines", list(fresh))


def missing(
    workspace: Workspace,
    said: Iterable[int],
    refused: Iterable[tuple[Any, ...]] = (),
    fresh: Iterable[tuple[Any, ...]] = (),
    *,
    first: str = "2024-05-01",
    last: str = "2024-05-31",
    **other: Any,
) -> list[MissingLine]:
    """What a file that says these lines lacks."""
    kind = other.pop("kind", "invoices")
    with open_ledger(workspace.ledger) as ledger:
        ledger.run("relations/01_current")
        tables(ledger, said, refused, fresh)
        row = ledger.connection.execute(
            "select profile_sha256 from store.batch where kind = ?", [kind]
        ).fetchone()
        assert row is not None
        asked = {"kind": kind, "profile_sha256": row[0], "sheet": None, "batch": None, **other}
        return find_missing(
            ledger,
            **asked,
            first_day=datetime.date.fromisoformat(first),
            last_day=datetime.date.fromisoformat(last),
        )


def numbers(found: list[MissingLine]) -> list[int]:
    return [line.line_id for line in found]


def test_lines_of_an_extract_that_comes_again_are_missing_where_they_do_not(of_may: Workspace) -> None:
    (line,) = missing(of_may, said=[1, 3])
    assert (line.line_id, line.file, line.row) == (2, "extract.csv", 3)
    assert (line.document, line.line, line.supplier, str(line.net)) == ("B", "1", "Acme", "20.00")
    assert line.dated == datetime.date.fromisoformat(MAY)
    assert line.like_row is None


def test_nothing_is_missing_where_not_more_than_half_comes_again_or_all(workspace: Workspace) -> None:
    take_in(workspace, ("A", "1", MAY, "1.00"), ("B", "1", MAY, "2.00"), ("C", "1", MAY, "3.00"))
    assert missing(workspace, said=[1]) == []
    assert numbers(missing(workspace, said=[1, 3])) == [2]
    assert missing(workspace, said=[1, 2, 3]) == []


def test_half_is_enough_where_a_new_line_looks_like_the_one_without_a_number(workspace: Workspace) -> None:
    take_in(workspace, ("A", "1", MAY, "1.00"), ("B", "", MAY, "2.00"))
    assert missing(workspace, said=[1]) == []
    assert missing(workspace, said=[1], fresh=[(3, 12, "Acme", "X", 2, JUNE)]) == []
    assert numbers(missing(workspace, said=[1], fresh=[(3, 12, "Acme", "B", 5, MAY)])) == [2]


def test_only_the_days_that_the_file_covers_are_compared(workspace: Workspace) -> None:
    take_in(
        workspace,
        ("A", "1", MAY, "1.00"),
        ("Z", "1", MAY, "5.00"),
        ("B", "1", JUNE, "2.00"),
        ("C", "1", JULY, "3.00"),
    )
    assert missing(workspace, said=[1, 2]) == []
    assert numbers(missing(workspace, said=[1, 2], last="2024-06-30")) == [3]
    assert missing(workspace, said=[1, 2], first="2024-06-01", last="2024-07-31") == []


def test_each_batch_is_compared_by_what_it_said_unchanged_rows_included(workspace: Workspace) -> None:
    take_in(workspace, ("A", "1", MAY, "1.00"))
    take_in(workspace, ("B", "1", MAY, "2.00"), ("C", "1", MAY, "3.00"), ("D", "1", MAY, "4.00"))
    take_in(workspace, ("A", "1", MAY, "1.00"), ("B", "1", MAY, "2.00"), ("C", "1", MAY, "3.00"))
    # of batch 2 two lines of three come again, of batch 3 too, of batch 1 none of one
    assert numbers(missing(workspace, said=[2, 3])) == [1, 4]


def test_another_source_says_nothing_of_what_is_missing(of_may: Workspace) -> None:
    assert missing(of_may, said=[1, 3], sheet="Sheet1") == []
    assert missing(of_may, said=[1, 3], profile_sha256="another") == []
    assert missing(of_may, said=[1, 3], batch=1) == []
    assert numbers(missing(of_may, said=[1, 3], batch=2)) == [2]


def test_a_line_that_a_later_extract_says_again_is_not_missing_from_an_earlier_one(
    three: Workspace,
) -> None:
    take_in(three, ("A", "1", MAY, "10.00"), ("Z", "1", MAY, "5.00"))
    assert numbers(missing(three, said=[1, 3], batch=2)) == [2]
    take_in(three, ("B", "1", MAY, "20.00"), ("A", "1", MAY, "10.00"), ("Z", "1", MAY, "5.00"))
    assert missing(three, said=[1, 3], batch=2) == []
    three.do("undo", 3, "--reason", "wrong file")
    assert numbers(missing(three, said=[1, 3], batch=2)) == [2]


def test_an_undone_batch_says_nothing_of_what_is_missing(workspace: Workspace) -> None:
    take_in(workspace, ("A", "1", MAY, "10.00"), ("B", "1", MAY, "20.00"))
    take_in(workspace, ("A", "1", MAY, "10.00"), ("C", "1", JULY, "20.00"))
    workspace.do("undo", 1, "--reason", "wrong file")
    assert missing(workspace, said=[1]) == []


def test_the_date_is_that_of_the_version_that_counts(three: Workspace) -> None:
    take_in(three, ("B", "1", JULY, "21.00"))
    assert missing(three, said=[1, 3]) == []
    (line,) = missing(three, said=[1, 3], last="2024-07-31")
    assert (line.line_id, str(line.net)) == (2, "21.00")


@pytest.mark.parametrize(
    ("refused", "is_missing"),
    [
        (("Acme", "B", "1"), False),
        ((None, "B", "1"), False),  # its supplier may be what it was refused for
        (("Other", "B", "1"), True),
        (("Acme", "B", None), True),
        (("Acme", None, "1"), True),
    ],
)
def test_a_line_in_a_refused_row_is_not_missing(
    of_may: Workspace, refused: tuple[Any, ...], is_missing: bool
) -> None:
    assert numbers(missing(of_may, said=[1, 3], refused=[refused])) == ([2] if is_missing else [])


def test_an_order_line_is_known_without_its_supplier(workspace: Workspace) -> None:
    take_in(
        workspace,
        ("PO-1", "1", MAY, "10.00"),
        ("PO-2", "", MAY, "20.00"),
        ("PO-3", "1", MAY, "5.00"),
        kind="orders",
    )
    (line,) = missing(workspace, said=[1, 3], kind="orders")
    assert (line.line_id, line.document, line.line) == (2, "PO-2", None)
    assert missing(workspace, said=[1, 3], refused=[("Other", "PO-2", None)], kind="orders") == []


def test_a_line_without_a_number_is_shown_with_the_new_line_most_like_it(workspace: Workspace) -> None:
    take_in(workspace, ("A", "", MAY, "10.00"), ("B", "", MAY, "20.00"), ("Z", "1", MAY, "5.00"))
    other, document, net, date, nothing = (
        (2, 11, "Other", "B", 20, MAY),
        (3, 12, "Acme", "B", 1, JULY),
        (4, 13, "Acme", "X", 20, MAY),
        (5, 14, "Acme", "X", 1, MAY),
        (6, 15, "Acme", "X", 1, JULY),
    )
    for fresh, row in (
        ([other, nothing], None),
        ([nothing, date], 5),
        ([date, net], 4),
        ([date, net, document], 3),
    ):
        (line,) = missing(workspace, said=[1, 3], fresh=fresh)
        assert line.like_row == row
    assert (line.like_line_id, line.like_document, str(line.like_net)) == (12, "B", "1.00")
    assert line.like_dated == datetime.date.fromisoformat(JULY)


def test_a_line_with_a_number_is_like_no_other(of_may: Workspace) -> None:
    (line,) = missing(of_may, said=[1, 3], fresh=[(3, 12, "Acme", "B", 20, MAY)])
    assert line.like_row is None


@pytest.mark.parametrize(
    ("answers", "is_missing"),
    [([None], True), (["keep"], False), ([None, "keep"], False), (["keep", "withdraw"], False)],
)
def test_what_a_person_has_said_of_a_missing_line(
    three: Workspace, monkeypatch: pytest.MonkeyPatch, answers: list[Any], is_missing: bool
) -> None:
    take_in(three, ("A", "1", MAY, "10.00"), ("Z", "1", MAY, "5.00"))
    for hour, answer in enumerate(answers):
        monkeypatch.setenv("GRANTKIT_NOW", f"2025-04-11T{hour:02}:00:00")
        found = missing(three, said=[1, 3], batch=2)
        with open_ledger(three.ledger, write=True) as ledger, ledger.transaction():
            ledger.run("relations/01_current")
            answer_missing(ledger, 2, found or [2], answer)
    assert numbers(missing(three, said=[1, 3])) == ([2] if is_missing else [])
    counts = [row["line_id"] for row in three.query("from invoice_lines order by line_id")]
    assert counts == ([1, 3] if answers[-1] == "withdraw" else [1, 2, 3])


def test_a_file_that_comes_again_and_lacks_lines_leaves_an_entry(workspace: Workspace) -> None:
    later = [("A", "1", MAY, "1.00"), ("B", "1", MAY, "2.00")]
    take_in(workspace, ("C", "1", MAY, "3.00"), *later)
    take_in(workspace, *later)
    take_in(workspace, *later)
    logged = workspace.query("select result from audit_log where command = 'import --missing'")
    assert [row["result"] for row in logged] == ['{"lines": [1]}']
    assert workspace.json("verify")["ok"]
