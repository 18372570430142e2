"""``check``: every fault of a planted ledger is found and nothing beside it; settling, own checks, the paper."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from planted import LAST, Planted, planted
from product import Workspace, is_refused, settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SEED = int(os.environ.get("GRANTKIT_SEED", "1663"))
LEDGERS = int(os.environ.get("GRANTKIT_PLANTED", "2"))
SEVERITIES = {
    "duplicate-invoice": "high",
    "likely-duplicate": "medium",
    "order-overspent": "high",
    "unallocated": "high",
    "no-order": "medium",
    "unknown-order": "medium",
    "retrospective-order": "medium",
    "outside-award": "medium",
    "split-order": "medium",
    "stale-receipt": "medium",
    "claimed-then-changed": "high",
    "kind-over-budget": "high",
    "supplier-variants": "low",
    "round-sum": "low",
    "weekend-posting": "low",
    "credit-without-invoice": "low",
}
#: Beyond the contract; of no severity that it names.
FURTHER = {"benford", "bank-holiday-posting", "paid-before-invoice", "credit-after-year-end", "key-words"}
HEADER = (
    *("document", "line", "supplier_id", "supplier", "invoice_date", "accounting_date", "net", "vat"),
    *("po", "cost_centre", "account", "description", "paid_date"),
)
ORDERS = ("po", "line", "supplier", "order_date", "net", "received", "status", "cost_centre")


def checked(at: Workspace, *words: object, code: int | None = None) -> dict[str, dict[str, Any]]:
    """What each check says, by its code."""
    done = at.run("check", "--fail-on", "high", "--json", *words)
    assert done.code in ((0, 1) if code is None else (code,)), done.err
    return {check["code"]: check for check in json.loads(done.out)["checks"]}


def findings(at: Workspace, code: str, *words: object) -> list[dict[str, Any]]:
    """The open findings of one check."""
    found: list[dict[str, Any]] = checked(at, "--only", code, *words)[code]["findings"]
    return found


def invoices(at: Workspace, *rows: str | Sequence[object], name: str = "invoices.csv") -> None:
    """Take invoices in whose cells stand in the order of ``HEADER``; what is missing at the end is blank."""
    cells = [row.split(",") if isinstance(row, str) else list(row) for row in rows]
    at.write_csv(name, HEADER, [[*row, *[""] * (len(HEADER) - len(row))] for row in cells])
    at.take_in(name)


def orders(at: Workspace, *rows: str, name: str = "orders.csv") -> None:
    at.write_csv(name, ORDERS, [row.split(",") for row in rows])
    at.take_in(name, kind="orders")


def ids(at: Workspace) -> dict[str, int]:
    """Line ids of invoices by their document."""
    rows = at.query("select document, line_id from invoice_lines order by line_id desc")
    return {row["document"]: row["line_id"] for row in rows}


# --- planted ledgers --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=range(SEED, SEED + LEDGERS))
def ledgers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Planted ledgers, taken in and checked: what was planted, each row by its line id, what was found."""
    plan = planted(request.param)
    at = Workspace(tmp_path_factory.mktemp("planted"), plan.settings())
    rows = plan.take_in(at)
    return plan, rows, checked(at, "--as-at", LAST, code=1)


def expected_lines(plan: Planted, rows: dict[int, Any], code: str) -> Counter[frozenset[int]]:
    """The lines of each finding that is to be there."""
    number = {row: line for line, row in rows.items()}
    found = []
    for finding in plan.expected.get(code, []):
        lines = [
            max(number[one] for one in row.cells["rows"]) if row.kind == "last of" else number[row]
            for row in finding
        ]
        found.append(frozenset(lines))
    return Counter(found)


@pytest.mark.parametrize("code", [*SEVERITIES, *sorted(FURTHER)])
def test_every_planted_fault_is_found_and_nothing_else(ledgers: Any, code: str) -> None:
    plan, rows, found = ledgers
    expected = expected_lines(plan, rows, code)
    if code not in {"claimed-then-changed", "kind-over-budget", "benford"}:  # below, each by itself
        assert expected, "nothing is planted"
    got = Counter(frozenset(finding["lines"]) for finding in found[code]["findings"])
    assert got == expected, [
        [rows[line].cells for line in lines] for lines in ((got - expected) + (expected - got))
    ]


def test_the_json_has_the_contracts_shape(ledgers: Any) -> None:
    _, _, found = ledgers
    for code, check in found.items():
        assert check["severity"] == SEVERITIES.get(code, check["severity"])
        assert check["count"] == len(check["findings"])
        amounts = [Decimal(finding["amount"]) for finding in check["findings"]]
        assert check["value"] == f"{sum(amounts, Decimal('0.00')):.2f}"
        for finding in check["findings"]:
            assert set(finding) == {"lines", "amount", "message"}
            assert all(type(line) is int for line in finding["lines"])
            assert finding["amount"] == f"{Decimal(finding['amount']):.2f}"
            assert finding["message"]
    assert set(SEVERITIES) | FURTHER <= set(found)


# --- by definition, over made-up ledgers ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(SEED, SEED + LEDGERS - 1))
def test_a_split_order_is_one_by_definition_and_no_order_of_one_is_left_out(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    at = Workspace(tmp_path)
    held: dict[str, tuple[date, Decimal]] = {}
    for n in range(60):
        day = date(2024, 5, 1) + timedelta(days=rng.randint(0, 100))
        held[f"P{n}"] = (day, Decimal(rng.choice((1200, 1666.67, 2500, 2499.99, 3000, 4999.99, 5000))))
    rows = [f"{po},1,Acme,{day},{net:.2f},0,open,CC1" for po, (day, net) in held.items()]
    orders(at, *rows)
    number = {row["line_id"]: row["po"] for row in at.query("select line_id, po from order_lines")}
    small = {po: (day, net) for po, (day, net) in held.items() if net < 5000}
    split: set[str] = set()
    for day, _ in small.values():
        window = {po: net for po, (other, net) in small.items() if day <= other <= day + timedelta(days=7)}
        if len(window) > 1 and sum(window.values()) >= 5000:
            split |= set(window)
    named = []
    for finding in findings(at, "split-order"):
        found = [number[line] for line in finding["lines"]]
        days = [small[po][0] for po in found]
        assert max(days) - min(days) <= timedelta(days=7)
        assert sum(small[po][1] for po in found) >= 5000
        named += found
    assert set(named) == split
    assert split
    assert len(named) < 2 * len(split)  # no order stands in a finding for each order beside it


@pytest.mark.parametrize("seed", range(SEED, SEED + LEDGERS - 1))
def test_a_credit_needs_an_earlier_invoice_as_large(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    at = Workspace(tmp_path)
    days = [date(2024, 5, 1) + timedelta(days=n) for n in range(80)]
    rng.shuffle(days)  # none twice: which of one day's lines is earlier, nobody can say
    rows = [
        (
            f"D{n}",
            1,
            "",
            rng.choice(("Acme", "Bolt", "Coil")),
            "",
            day,
            rng.choice((-1, 1, 1)) * rng.randint(1, 90),
        )
        for n, day in enumerate(days)
    ]
    rows.append(("D-LAST", 1, "", "Acme", "", date(2024, 8, 1), -91))  # at least this one
    invoices(at, *rows)
    without = {
        row[0]
        for row in rows
        if row[6] < 0 and not any(o[3] == row[3] and o[5] < row[5] and o[6] >= -row[6] for o in rows)
    }
    number = {line: document for document, line in ids(at).items()}
    assert {number[f["lines"][0]] for f in findings(at, "credit-without-invoice")} == without


@pytest.mark.parametrize("seed", range(SEED, SEED + LEDGERS - 1))
def test_duplicates_are_grouped_by_supplier_total_and_plain_number(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    at = Workspace(tmp_path)
    plain: dict[str, tuple[str, int, tuple[str, ...]]] = {}
    rows = []
    for n in range(120):
        parts = (rng.choice(("A", "B")), str(rng.randint(1, 12)), rng.choice(("", "X")))
        zeros = rng.choice(("", "0", "000"))
        sign = rng.choice(("", "-", " ", "/", "."))
        document = f"{parts[0]}{sign}{zeros}{parts[1]}{sign}{parts[2]}"
        document = rng.choice((document, document.lower())).strip()
        who, total = rng.choice(("Acme", "Bolt")), rng.choice((100, 101))
        if any(row[0] == document and row[3] == who for row in rows):
            continue
        rows.append((document, 1, "", who, "", date(2024, 5, 1) + timedelta(days=n), total))
        plain[f"{who}|{document}"] = (who, total, parts)
    invoices(at, *rows)
    groups: dict[Any, set[str]] = {}
    for key, known in plain.items():
        groups.setdefault(known, set()).add(key)
    number = {
        row["line_id"]: f"{row['supplier']}|{row['document']}"
        for row in at.query("select line_id, supplier, document from invoice_lines")
    }
    found = {frozenset(number[line] for line in f["lines"]) for f in findings(at, "duplicate-invoice")}
    assert found == {frozenset(group) for group in groups.values() if len(group) > 1}
    assert len(found) > 3


# --- worked case 8 ----------------------------------------------------------------------------------------------


SPELLED = (
    "INV-00123,1,,Acme,2024-05-01,2024-05-07,1200.00",
    "inv 123,1,,Acme,2024-06-03,2024-06-04,1200.00",
    "INV00123,1,,Acme,2024-07-01,2024-07-02,1200.00",
)


def test_three_spellings_of_one_number_are_one_finding_of_three_lines(tmp_path: Path) -> None:
    at = Workspace(tmp_path)
    invoices(at, *SPELLED)
    (found,) = findings(at, "duplicate-invoice")
    assert found["lines"] == [1, 2, 3]
    assert not findings(at, "likely-duplicate")
    settle(at, "duplicate-invoice", 2)  # any of its lines settles it
    assert not findings(at, "duplicate-invoice")
    invoices(at, "Inv 0123,1,,Acme,2024-09-02,2024-09-03,1200.00", name="fourth.csv")
    assert [found["lines"] for found in findings(at, "duplicate-invoice")] == [[1, 2, 3, 4]]


def test_a_reversed_pair_is_netted_first(tmp_path: Path) -> None:
    """Under the line of its own or none, on the same day or later; where two of three are reversed, none is left."""
    at = Workspace(tmp_path)
    rows, expected = [], []
    for n, (line, posted) in enumerate(itertools.product(("2", "", "1x"), ("2024-07-02", "2024-08-01"))):
        who = f"Supplier {n}"
        expected.append([len(rows) + 1, len(rows) + 2])
        rows += [row.replace("Acme", who).replace("123", f"1{n}23") for row in SPELLED]
        rows.append(f"INV001{n}23,{line},,{who},{posted},{posted},-1200.00")
    rows += [
        *SPELLED,
        "INV-00123,2,,Acme,2024-08-01,2024-08-01,-1200",
        "inv-123,2,,Acme,2024-08-02,2024-08-02,-1200",
    ]
    rows += [
        f"R{month:02},1,,Landlord,2024-{month:02}-01,2024-{month:02}-01,4000.00" for month in range(4, 13)
    ]
    invoices(at, *rows)
    assert [found["lines"] for found in findings(at, "duplicate-invoice")] == expected
    assert not findings(at, "likely-duplicate")


# --- worked case 9 ----------------------------------------------------------------------------------------------

BENFORD = {digit: math.log10(1 + 1 / digit) for digit in range(1, 10)}


def population(deviation: float, lines: int) -> list[int]:
    """So many first digits with about that mean absolute deviation: 1 comes too rarely, 9 too often."""
    share = dict(BENFORD)
    share[1] -= deviation * 9 / 2
    share[9] += deviation * 9 / 2
    counts = {digit: round(share[digit] * lines) for digit in range(2, 10)}
    counts[1] = lines - sum(counts.values())
    return [digit for digit, count in counts.items() for _ in range(count)]


def digits_checked(at: Workspace, digits: Sequence[int]) -> tuple[float, list[dict[str, Any]]]:
    """The mean absolute deviation of lines with these first digits, and what the check finds."""
    rng = random.Random(9)
    rows = []
    for n, digit in enumerate(digits):
        scale = rng.choice((1, 10, 100, 1000))  # 0.05 has the first digit 5
        net = Decimal(digit * scale + rng.randint(0, scale - 1)) / 100
        rows.append((f"D{n}", 1, "", f"Supplier {n}", "", "2024-05-07", f"{net:.2f}"))
    invoices(at, *rows)
    counts = Counter(int(str(row[6]).lstrip("0.")[0]) for row in rows)
    deviation = sum(abs(counts[d] / len(rows) - BENFORD[d]) for d in BENFORD) / 9
    return deviation, findings(at, "benford")


@pytest.mark.parametrize(
    ("deviation", "lines", "is_found"),
    [(0, 300, False), (0.0135, 600, False), (0.0165, 600, True)],
    ids=["close", "marginal", "nonconforming"],
)
def test_first_digits_that_do_not_conform(
    tmp_path: Path, deviation: float, lines: int, is_found: bool
) -> None:
    at = Workspace(tmp_path)
    digits = population(deviation, lines)
    measured, found = digits_checked(at, digits)
    assert bool(found) is is_found is (measured >= 0.015)
    if found:
        assert f"{lines} amounts are nonconforming" in found[0]["message"]
        assert f"deviation {measured:.6f}" in found[0]["message"]
        counts, shares = Counter(digits), {digit: share * lines for digit, share in BENFORD.items()}
        assert is_refused(at.run("check", "settle", "benford", 1, "--reason", "why"))
        at.do("check", "settle", "benford", "--reason", "prices are bound by a catalogue")
        assert findings(at, "benford") == []
        chi_square = sum((counts[digit] - share) ** 2 / share for digit, share in shares.items())
        assert f"chi-square {chi_square:.3f} (15.507" in found[0]["message"]


def test_299_lines_are_too_few_for_first_digits(tmp_path: Path) -> None:
    assert digits_checked(Workspace(tmp_path), population(0.05, 299))[1] == []


# --- by hand ----------------------------------------------------------------------------------------------------


def test_an_empty_ledger_has_no_findings_and_orders_alone_are_checked_too(tmp_path: Path) -> None:
    at = Workspace(tmp_path)
    orders(at, "P1,1,Acme,2024-05-01,2500.00,0,open,CC1", "P2,1,Acme,2024-05-08,2500.00,60.00,open,CC1")
    assert {code for code, check in checked(at).items() if check["count"]} == {"split-order"}
    assert not findings(at, "stale-receipt", "--as-at", "2024-08-06")  # 90 days
    (found,) = findings(at, "stale-receipt", "--as-at", "2024-08-07")
    assert found["amount"] == "60.00"
    at.do("undo", 1, "--reason", "the wrong file")
    assert {check["count"] for check in checked(at, code=0).values()} == {0}


def test_cost_has_vat_where_that_is_irrecoverable_and_a_decided_date_counts(tmp_path: Path) -> None:
    at = Workspace(tmp_path, settings(vat="irrecoverable"))
    invoices(
        at,
        "A1,1,,Acme,2024-05-07,2024-05-07,833.34,166.66",
        "A2,1,,Acme,2024-05-08,2024-05-08,833.33,166.66",
        "A3,1,,Bolt,,2025-04-02,10.01",
        "A4,1,,Bolt,,2025-03-28,20.02",
    )
    at.do("decide", 3, "--accounting-date", "2025-03-31", "--reason", "the work was done in March")
    at.do("decide", 4, "--accounting-date", "2025-04-03", "--reason", "it was done in April")
    found = checked(at)
    (without,) = found["no-order"]["findings"]
    assert (without["lines"], without["amount"]) == ([1], "1000.00")
    assert [outside["lines"] for outside in found["outside-award"]["findings"]] == [[4]]


# --- claims -----------------------------------------------------------------------------------------------------

STREAMS = {"A": ("50000.00", "1000.00"), "B": "50000.00"}
CLAIM_RULES = """
[[allocation]]
work_stream = "A"
cost_centre = "CC1"
[[allocation]]
work_stream = "B"
cost_centre = "CC2"
[[ineligible]]
reason = "Hospitality"
account = "62*"
[capital]
account = "1*"
"""


#: What happens to a claimed line, and whether it is worth something else to the grant from then on.
CHANGES = {
    "net": True,
    "cost centre": True,
    "not eligible": True,
    "capital": True,
    "stream decided": True,
    "ineligible": True,
    "date decided": True,
    "paid": False,
    "reclaimed VAT": False,
    "same stream decided": False,
}


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(SEED, SEED + LEDGERS - 1))
def test_a_claimed_line_that_is_worth_something_else_is_named(tmp_path: Path, seed: int) -> None:
    """Until the next claim puts it right; that one then takes more capital than the award has."""
    rng = random.Random(seed)
    at = Workspace(tmp_path, settings(STREAMS, rules=CLAIM_RULES))
    lines = {
        f"D{n}": [
            "Acme",
            "",
            "2024-05-07",
            rng.randint(100, 9000) / 100,
            0,
            "",
            rng.choice(("CC1", "CC2")),
            "4000",
        ]
        for n in range(16)
    }
    lines["C1"] = ["Acme", "", "2024-05-07", "1000.00", 0, "", "CC1", "1000"]  # all the capital that there is
    submit(at, lines, "Q1")
    number = ids(at)
    answer = ("claim", "settle", "Q1", "--received", "1.00", "--date", "2024-08-01", "--reason", "no receipt")
    at.do(*answer, "--disallow", f"{number['D15']}=0.50")
    found = checked(at)
    assert not found["claimed-then-changed"]["count"]  # nor is what the funder took off a change
    assert not found["kind-over-budget"]["count"]  # to the penny
    changed = set()
    for name, change in zip(rng.sample(sorted(lines)[1:-1], 10), itertools.cycle(CHANGES), strict=False):
        alter(at, lines[name], number[name], change)
        changed |= {number[name]} if CHANGES[change] else set()
    take_in(at, lines, "again.csv")
    named = findings(at, "claimed-then-changed")
    assert {line for finding in named for line in finding["lines"]} == changed
    submit(at, {}, "Q2")
    capital = [Decimal(str(cells[3])) for cells in lines.values() if cells[7] == "1000"]
    found = checked(at, "--as-at", "2024-09-30")
    assert not found["claimed-then-changed"]["count"]
    (over,) = found["kind-over-budget"]["findings"]
    assert Decimal(over["amount"]) == sum(capital) - 1000 > 0
    assert over["lines"] == []
    at.do(
        "check",
        "settle",
        "kind-over-budget",
        "--reason",
        "a virement is asked for",
        now="2024-09-30T10:00:00",
    )
    shown = checked(at, "--as-at", "2024-09-30")["kind-over-budget"]
    assert (shown["count"], [each["amount"] for each in shown["settled"]]) == (0, [over["amount"]])
    move = ("budget", "move", "A", "A", over["amount"], "--kind", "resource", "--to-kind", "capital")
    at.do(*move, "--date", "2024-07-01", "--reason", "as agreed", "--approved-by", "A. Funder")
    assert not findings(at, "kind-over-budget", "--as-at", "2024-09-30")


def take_in(at: Workspace, lines: dict[str, list[Any]], name: str) -> None:
    if lines:
        invoices(at, *((document, 1, "", *cells) for document, cells in lines.items()), name=name)


def submit(at: Workspace, lines: dict[str, list[Any]], claim: str) -> None:
    take_in(at, lines, "lines.csv")
    at.json("claim", "prepare", claim)
    at.do("claim", "submit", claim, "--yes")


def alter(at: Workspace, cells: list[Any], line: int, change: str) -> None:
    """Change a line, or what is decided of it."""
    centre = cells[6]
    stream, other = ("A", "B") if centre == "CC1" else ("B", "A")
    decided = {
        "stream decided": ("--stream", other),
        "same stream decided": ("--stream", stream),
        "ineligible": ("--ineligible",),
        "date decided": ("--accounting-date", "2024-07-01"),
    }
    if change in decided:
        at.do("decide", line, *decided[change], "--reason", "looked at again")
    place, value = {
        "net": (3, round(float(cells[3]) + 0.01, 2)),
        "cost centre": (6, "CC1" if centre == "CC2" else "CC2"),
        "not eligible": (7, "6200"),
        "capital": (7, "1000"),
        "paid": (9, "2024-06-01"),
        "reclaimed VAT": (4, "3.00"),
    }.get(change, (4, 0))
    cells += [""] * (10 - len(cells))
    cells[place] = value


# --- asking -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A ledger with findings of all three severities: 1 is unallocated, 2 has no order, 3 is posted on a Saturday."""
    rules = '[[allocation]]\nwork_stream = "EXISTING"\ncost_centre = "CC1"\n'
    at = Workspace(tmp_path_factory.mktemp("some"), settings(rules=rules))
    invoices(
        at,
        "A1,1,,Acme,,2024-05-07,10.01,,,CC2",
        "A2,1,,Bolt,,2024-05-08,1234.56,,,CC1",
        "A3,1,,Coil,,2024-05-11,30.03,,,CC1",
    )
    return at


@pytest.fixture
def some(template: Workspace, tmp_path: Path) -> Workspace:
    """A copy of that ledger."""
    shutil.copytree(template.folder, tmp_path / "some")
    return Workspace(tmp_path / "some", (template.folder / "grant.toml").read_text())


@pytest.mark.parametrize(
    ("only", "fail_on", "code"),
    [
        ("unallocated", "high", 1),
        ("no-order", "high", 0),
        ("no-order", None, 1),
        ("weekend-posting", None, 0),
        ("weekend-posting", "low", 1),
    ],
)
def test_the_exit_code_goes_by_the_gravest_finding(
    some: Workspace, only: str, fail_on: str | None, code: int
) -> None:
    words = ("--only", only, *(("--fail-on", fail_on) if fail_on else ()))
    assert [check["code"] for check in some.json("check", *words, code=code)["checks"]] == [only]


def test_several_checks_run_in_the_order_in_which_they_are_named(some: Workspace) -> None:
    words = ("--only", "weekend-posting", "--only", "unallocated", "--only", "weekend-posting")
    assert list(checked(some, *words)) == ["weekend-posting", "unallocated"]


@pytest.mark.parametrize(
    "words", [("--only", "no-such-check"), ("--fail-on", "grave"), ("--as-at", "soon"), ("--only",)]
)
def test_what_is_asked_for_wrongly_is_refused(some: Workspace, words: tuple[str, ...]) -> None:
    assert is_refused(some.run("check", *words))


# --- settling ---------------------------------------------------------------------------------------------------


def settle(at: Workspace, code: str, *lines: int, reason: str = "looked at: it is right") -> None:
    at.do("check", "settle", code, *lines, "--reason", reason)


def test_a_settled_finding_is_counted_apart_and_on_record(some: Workspace) -> None:
    settle(some, "no-order", 2, reason="a subscription")
    shown = some.json("check", "--only", "no-order")["checks"][0]
    assert (shown["count"], shown["value"], shown["findings"]) == (0, "0.00", [])
    (apart,) = shown["settled"]
    assert (apart["lines"], apart["amount"]) == ([2], "1234.56")
    assert (apart["reason"], apart["user"]) == ("a subscription", "finance")
    (entry,) = some.query("select user_name from audit_log where command = 'check settle'")
    assert entry["user_name"] == "finance"
    assert is_refused(some.run("check", "settle", "no-order", 2, "--reason", "again"))


def test_a_settled_finding_opens_again_once_its_line_changes(some: Workspace) -> None:
    """By whatever: an amount, a text that no check looks at, a decision. What concerns other lines changes nothing."""
    settle(some, "no-order", 2)
    invoices(some, "A4,1,,Dyke,,2024-05-09,2345.67,,,CC1", name="more.csv")
    some.do("decide", 1, "--stream", "EXISTING", "--reason", "the budget holder said so")
    assert [found["lines"] for found in findings(some, "no-order")] == [[4]]
    invoices(some, "A2,1,,Bolt,,2024-05-08,1300.00,,,CC1", name="again.csv")
    assert [found["lines"] for found in findings(some, "no-order")] == [[2], [4]]
    settle(some, "no-order", 2)
    invoices(some, "A2,1,,Bolt,,2024-05-08,1300.00,,,CC1,,Another text", name="text.csv")
    assert [found["lines"] for found in findings(some, "no-order")] == [[2], [4]]
    settle(some, "no-order", 2, 4)
    some.do("decide", 2, "--eligible", "--reason", "the panel agreed")
    assert [found["lines"] for found in findings(some, "no-order")] == [[2]]


@pytest.mark.parametrize(
    "words",
    [
        ("no-order", 1, "--reason", "why"),  # another check's line
        ("no-order", 2, 3, "--reason", "why"),  # one of them
        ("no-order", 99, "--reason", "why"),
        ("no-order", 2, "--reason", "  "),
        ("no-order", 2),
        ("no-order", "A2", "--reason", "why"),
        ("no-such-check", 2, "--reason", "why"),
        ("no-order", "--reason", "why"),
    ],
)
def test_what_cannot_be_settled_changes_nothing(some: Workspace, words: tuple[object, ...]) -> None:
    before = some.ledger.read_bytes()
    assert is_refused(some.run("check", "settle", *words))
    assert some.ledger.read_bytes() == before


# --- own checks -------------------------------------------------------------------------------------------------

OWN = """-- severity: high
-- meaning: More than a man may sign for.
-- remedy: Ask.
select line_id, net as amount, document as message from invoice_lines where net > 1000
"""


def test_an_organisations_own_check_runs_with_the_others(some: Workspace) -> None:
    some.write("checks/large.sql", OWN)
    shown = checked(some)["large"]
    assert (shown["severity"], shown["count"], shown["value"]) == ("high", 1, "1234.56")
    assert shown["findings"] == [{"lines": [2], "amount": "1234.56", "message": "A2"}]
    assert some.run("check", "--only", "large", "--fail-on", "high").code == 1
    settle(some, "large", 2)
    assert checked(some, code=1)["large"]["count"] == 0


def test_an_own_check_may_give_several_lines_and_no_more(some: Workspace) -> None:
    some.write(
        "checks/pair.sql",
        "-- severity: low\nselect list(line_id order by line_id) as lines from invoice_lines",
    )
    assert findings(some, "pair") == [{"lines": [1, 2, 3], "amount": "0.00", "message": ""}]


BROKEN: dict[str, str | bytes] = {
    "columns": "-- severity: low\nselect nonsense from nowhere",
    "two": "-- severity: low\nselect line_id from invoice_lines; select 1 as line_id",
    "deletes": "-- severity: low\ndelete from store.invoice_line",
    "creates": "-- severity: low\ncreate table store.mine as select 1 as line_id",
    "reads": "-- severity: low\nselect line_id from read_csv('invoices.csv')",
    "no-line": "-- severity: low\nselect document from invoice_lines",
    "text-for-line": "-- severity: low\nselect document as line_id from invoice_lines",
    "text-for-amount": "-- severity: low\nselect line_id, document as amount from invoice_lines",
    "no-number": "-- severity: low\nselect line_id, 'nan'::double as amount from invoice_lines",
    "endless": "-- severity: low\nselect line_id, 'inf'::double as amount from invoice_lines",
    "stops": "-- severity: low\nselect line_id, error('stop') as message from invoice_lines",
    "grave": "-- severity: grave\nselect line_id from invoice_lines",
    "headless": "select line_id from invoice_lines",
    "empty": "-- severity: low\n",
    "no-text": b"-- severity: low\n\xff\xfe\x00",
    "round-sum": OWN,
}


def test_a_broken_own_check_names_itself_and_stops_no_other(some: Workspace) -> None:
    for name, text in BROKEN.items():
        some.write(f"checks/{name}.sql", text)
    some.write("checks/large.sql", OWN)
    before = some.ledger.read_bytes()
    done = some.run("check", "--fail-on", "high", "--json")
    assert done.code == 1
    assert "Traceback" not in done.err
    said = done.err.splitlines()
    for name in BROKEN:
        assert len([line for line in said if line.startswith(f"error: checks/{name}.sql")]) == 1
    assert len([line for line in said if line.startswith("hint:")]) == len(BROKEN)
    found = {check["code"]: check["count"] for check in json.loads(done.out)["checks"]}
    assert not (set(BROKEN) - {"round-sum"}) & set(found)
    assert (found["large"], found["no-order"], found["round-sum"]) == (1, 1, 0)
    assert some.ledger.read_bytes() == before


def test_a_broken_own_check_is_in_nobodys_way_who_does_not_ask_for_it(some: Workspace) -> None:
    some.write("checks/headless.sql", BROKEN["headless"])
    alone = some.run("check", "--only", "headless")
    assert alone.code == 1
    assert "error: checks/headless.sql" in alone.err
    assert some.run("check", "--only", "weekend-posting").code == 0
    settle(some, "no-order", 2)


def test_an_own_check_that_takes_too_long_is_stopped(some: Workspace) -> None:
    slow = "select sum(a.range) as line_id from range(100000) as a, range(100000) as b, range(1000) as c"
    some.write("checks/slow.sql", f"-- severity: low\n{slow}")
    done = some.run("check", "--only", "slow", "--timeout", "0.2")
    assert done.code == 1
    assert "error: checks/slow.sql" in done.err


# --- the working paper ------------------------------------------------------------------------------------------


def test_the_paper_shows_each_line_of_each_finding_and_text_is_text(tmp_path: Path) -> None:
    at = Workspace(tmp_path)
    invoices(
        at,
        "=01+1,1,,=cmd|' /C calc'!A0,2024-05-01,2024-05-07,1200.00,,,,,@SUM(A1)",
        "=1+1,1,,=cmd|' /C calc'!A0,2024-06-01,2024-06-04,1200.00",
        "B1,1,,+44 Ltd,2024-06-01,2024-06-04,2345.67",
    )
    settle(at, "no-order", 3, reason="=HYPERLINK(1)")
    shown = checked(at, "--out", at.folder / "paper.xlsx", code=1)
    book = load_workbook(at.folder / "paper.xlsx")
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate, cell.value)
    summary = {row[0]: row for row in book["Summary"].iter_rows(values_only=True) if row[0] in shown}
    assert set(summary) == set(shown)
    for code, check in shown.items():
        counted = (check["severity"], check["count"], len(check["settled"]), float(check["value"]))
        assert summary[code][1:5] == counted
        assert (code in book.sheetnames) is bool(check["count"] or check["settled"])
    rows = [row for row in book["duplicate-invoice"].iter_rows(values_only=True) if isinstance(row[0], int)]
    assert [(row[2], *row[3:10]) for row in rows] == [
        (
            1200,
            1,
            "=cmd|' /C calc'!A0",
            "=01+1",
            "1",
            datetime.fromisoformat("2024-05-07"),
            1200,
            "invoices.csv",
        ),
        (
            None,
            2,
            "=cmd|' /C calc'!A0",
            "=1+1",
            "1",
            datetime.fromisoformat("2024-06-04"),
            1200,
            "invoices.csv",
        ),
    ]
    assert [row[10] for row in rows] == [2, 3]
    settled = [row for row in book["no-order"].iter_rows(values_only=True) if row[3] == 3]
    assert settled[0][11] == "=HYPERLINK(1) (finance)"


def test_a_check_may_be_called_what_no_sheet_may_and_its_paper_is_the_same_again(some: Workspace) -> None:
    for name in ("[odd]*?", "summary", "a-name-that-is-longer-than-a-sheet-may-have", "a:b"):
        some.write(f"checks/{name}.sql", OWN)
    for name in ("paper.xlsx", "again.xlsx"):
        assert some.run("check", "--out", some.folder / name).code == 1
    assert (some.folder / "paper.xlsx").read_bytes() == (some.folder / "again.xlsx").read_bytes()
    sheets = load_workbook(some.folder / "paper.xlsx").sheetnames
    assert (
        len(sheets) == len(set(sheets)) == 1 + 3 + 4
    )  # the summary, three that ship and find something, these


@pytest.mark.parametrize("name", ["grant.toml", "grantkit.duckdb", "ledgers/evidence/paper.xlsx"])
def test_the_paper_is_not_written_over_the_workspace(some: Workspace, name: str) -> None:
    before = some.files()
    assert is_refused(some.run("check", "--out", some.folder / name))
    assert some.files() == before
