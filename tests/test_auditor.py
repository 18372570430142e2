"""The auditor itself: against the worked histories, cases worked by hand, and what must always hold."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from auditor import HUNDRED, ZERO, Auditor, CellError, Refused, pounds, read_date, read_money, share_out
from histories import Command, history, play
from test_agreement import compare

CASES = Path(__file__).parents[1].parent / "shared" / "cases"
WORKED = sorted((p.parent for p in CASES.glob("*/grant.toml")), key=lambda p: int(p.name.split("-")[0]))
HISTORIES = int(os.environ.get("GRANTKIT_HISTORIES", "12"))
FIRST_SEED = int(os.environ.get("GRANTKIT_SEED", "1"))
AT_A_TIME = max(1, min(10, HISTORIES // 6))


# --------------------------------------------------------------------------------------
# The worked histories
# --------------------------------------------------------------------------------------


def steps_of(case: Path) -> Iterator[tuple[Command, dict[str, Any] | None]]:
    """A case's commands, each with what it must show. ``expected.json`` tells them by quarters:
    orders, invoices, two positions, the claim."""
    if (case / "steps.json").exists():
        for step in json.loads((case / "steps.json").read_text(encoding="utf-8")):
            yield step["do"], step["expect"]
        return
    for n, step in enumerate(json.loads((case / "expected.json").read_text(encoding="utf-8")), start=1):
        for file in step["imports"]:
            yield ["import", file["file"], "--kind", file["kind"]], {"imports": [file]}
        for position in step["status"]:
            at = ["--as-at", position["asked"]] if position["asked"] else []
            yield ["status", *at], position
        yield ["claim", "prepare", f"Q{n}"], step["claim"]
        yield ["claim", "submit", f"Q{n}", "--yes"], None


def without_names(expected: dict[str, Any]) -> dict[str, Any]:
    """Only the figures: not which file or date was asked for."""
    figures = {key: value for key, value in expected.items() if key not in ("asked", "listed")}
    if "imports" in figures:
        kept = ("rows", "net", "rejects")
        figures["imports"] = [{k: v for k, v in one.items() if k in kept} for one in figures["imports"]]
    return figures


@pytest.mark.parametrize("case", WORKED or [None], ids=lambda case: case.name if case else "none")
def test_worked_history(case: Path | None) -> None:
    if case is None:
        pytest.skip("the worked histories are not beside this checkout")
    auditor = Auditor(case)
    bad = []
    for n, (command, expected) in enumerate(steps_of(case), start=1):
        shown = play(auditor, command)
        if expected is None:
            continue
        assert shown is not None
        found = compare(without_names(expected), shown)
        if "listed" in expected:
            found += compare(expected["listed"], sorted([c["claim"], c["status"]] for c in shown["claims"]))
        bad += [f"step {n} {' '.join(command)}: {line}" for line in found]
    assert not bad, f"{case.name}: {len(bad)} figures differ\n" + "\n".join(bad[:40])


# --------------------------------------------------------------------------------------
# Cases worked by hand in the domain notes
# --------------------------------------------------------------------------------------

SETTINGS = """
[award]
reference = "PCD 1663"
title = "Pilot"
funder = "Home Office"
recipient = "MOPAC"
amount = "800000.00"
starts = 2024-04-01
ends = 2025-03-31
vat = "recoverable"
claim_basis = "{basis}"
forecast = "profile"
store = "grantkit.duckdb"

[[work_stream]]
code = "A"
name = "A"
resource = "{a}"
capital = "0.00"
profile = ["25", "25", "25", "25"]
[[work_stream]]
code = "B"
name = "B"
resource = "{b}"
capital = "0.00"
profile = ["25", "25", "25", "25"]

[[allocation]]
work_stream = "A"
account = "*"
"""

Books = Callable[..., Auditor]


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """An award of 800,000.00, nearly all of it stream A's, in which everything falls."""

    def opened(basis: str = "invoiced", a: str = "800000.00", b: str = "0.00") -> Auditor:
        (tmp_path / "grant.toml").write_text(SETTINGS.format(basis=basis, a=a, b=b), encoding="utf-8")
        return Auditor(tmp_path)

    return opened


def invoices(auditor: Auditor, *rows: str) -> None:
    """Each row: document, accounting date, net, order."""
    path = auditor.workspace / "invoices.csv"
    cells = (row.split(",") for row in rows)
    lines = ["document,line,supplier,accounting_date,net,po"]
    lines += [f"{document},1,S,{day},{net},{po}" for document, day, net, po in cells]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert not auditor.import_file(path, "invoices")["rejects"]


def orders(auditor: Auditor, *rows: str) -> None:
    path = auditor.workspace / "orders.csv"
    header = "po,line,supplier,order_date,net,received,status"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    assert not auditor.import_file(path, "orders")["rejects"]


def claimed(auditor: Auditor, name: str) -> dict[str, str]:
    """Prepares and submits a claim, and gives its totals."""
    total: dict[str, str] = auditor.prepare(name)["total"]
    auditor.submit(name)
    return total


@pytest.mark.parametrize(
    ("amount", "shares"),
    [
        ("10.00", ["3.33", "3.33", "3.34"]),
        ("1000.01", ["333.30", "333.30", "333.41"]),
        ("-10.00", ["-3.33", "-3.33", "-3.34"]),
        ("0.00", ["0.00", "0.00", "0.00"]),
    ],
)
def test_shares_add_up(amount: str, shares: list[str]) -> None:
    split = {"A": Decimal("33.33"), "B": Decimal("33.33"), "C": Decimal("33.34")}
    assert [pounds(part) for part in share_out(Decimal(amount), split).values()] == shares


def test_ties_go_to_the_stream_listed_first() -> None:
    half = {"B": Decimal(50), "A": Decimal(50)}
    assert share_out(Decimal("0.01"), half) == {"B": Decimal("0.01"), "A": ZERO}
    assert share_out(Decimal("-0.01"), half) == {"B": Decimal("-0.01"), "A": ZERO}


def test_late_invoice_and_credit(books: Books) -> None:
    auditor = books()
    invoices(auditor, "I1,2024-05-01,82345.67,")
    assert claimed(auditor, "Q1")["this_claim"] == "82345.67"
    invoices(auditor, "I2,2024-08-01,79650.00,", "I3,2024-06-30,5500.00,", "C1,2024-08-02,-2345.67,")
    total = claimed(auditor, "Q2")
    assert (total["this_claim"], total["late"], total["cumulative"]) == ("82804.33", "5500.00", "165150.00")


def test_cap_of_the_award(books: Books) -> None:
    auditor = books()
    invoices(auditor, "I1,2024-05-01,742000.00,", "I2,2025-02-01,71500.00,")
    totals = [claimed(auditor, name) for name in ("Q1", "Q2", "Q3", "Q4")]
    assert (totals[3]["this_claim"], totals[3]["held_back"]) == ("58000.00", "13500.00")


@pytest.mark.parametrize(("credit", "final"), [("-12000.00", "0.00"), ("-13700.00", "-1200.00")])
def test_what_final_gives_back(books: Books, credit: str, final: str) -> None:
    auditor = books()
    invoices(auditor, "I1,2024-05-01,742000.00,")
    for name in ("Q1", "Q2", "Q3"):
        claimed(auditor, name)
    invoices(auditor, "I2,2025-02-01,70500.00,")
    total = claimed(auditor, "Q4")
    assert (total["this_claim"], total["held_back"]) == ("58000.00", "12500.00")
    invoices(auditor, f"C1,2025-05-01,{credit},")
    auditor.decide([auditor.line_id("invoice", "S|C1|1")], accounting_date=date(2025, 3, 31), reason="refund")
    assert claimed(auditor, "FINAL")["this_claim"] == final


def test_accruals_come_and_go(books: Books) -> None:
    auditor = books("accrued")
    orders(auditor, "P1,1,S,2024-04-10,9000.00,9000.00,open")
    invoices(auditor, "I1,2024-06-01,2500.00,P1")
    assert claimed(auditor, "Q1")["accruals"] == "6500.00"
    invoices(auditor, "I2,2024-07-15,6480.00,P1")
    total = claimed(auditor, "Q2")
    assert (total["accruals"], total["this_claim"]) == ("-6480.00", "0.00")
    orders(auditor, "P1,1,S,2024-04-10,9000.00,8980.00,closed")
    assert claimed(auditor, "Q3")["accruals"] == "-20.00"


def test_virement_limit_tests_the_giver(books: Books) -> None:
    auditor = books(a="180000.00", b="100000.00")

    def move(amount: str, approver: str | None = None) -> None:
        on = date(2024, 5, 1)
        auditor.budget_move("A", "B", amount, kind="resource", date=on, reason="need", approved_by=approver)

    move("12000.00")
    with pytest.raises(Refused, match="approver"):
        move("7000.00")
    move("7000.00", "Head of Finance")
    assert auditor.budget_show(date(2024, 5, 1))["work_streams"][0]["current"] == "161000.00"


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1,200.00", "1200.00"),
        ("£1200.5", "1200.50"),
        ("GBP 12.5000", "12.50"),
        ("(7.00)", "-7.00"),
        ("7.00CR", "-7.00"),
        ("7-", "-7.00"),
        ("-£240.30", "-240.30"),
    ],
)
def test_money_cells(cell: str, amount: str) -> None:
    assert read_money(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["1,23.00", "5,00", "1e3", "12,3O4.00", "-5.00-", "12.345", "", "EUR 1e3"])
def test_bad_amounts(cell: str) -> None:
    with pytest.raises(CellError, match="bad-amount"):
        read_money(cell)


@pytest.mark.parametrize("cell", ["$12.00", "EUR 5.00", "-€5.00"])
def test_other_currencies(cell: str) -> None:
    with pytest.raises(CellError, match="bad-currency"):
        read_money(cell)


@pytest.mark.parametrize("cell", ["2024-04-05", "05/04/2024", "05.04.24", "05-04-2024", "05-Apr-24"])
def test_date_cells(cell: str) -> None:
    assert read_date(cell) == date(2024, 4, 5)


# --------------------------------------------------------------------------------------
# What must hold in every history
# --------------------------------------------------------------------------------------

SUMMED = ("invoiced", "eligible", "ineligible", "accrued", "committed")


def money(text: str) -> Decimal:
    return Decimal(text)


def check_import(shown: dict[str, Any]) -> None:
    for one in shown["imports"]:
        rows = dict(one["rows"])
        assert rows.pop("read") == sum(rows.values())
        assert rows["rejected"] == len({r["row"] for r in one["rejects"]})


def check_status(shown: dict[str, Any], auditor: Auditor, as_at: date) -> None:
    """The total is the sum of the rows, and holds the cost of every invoice line dated up to then."""
    for name in SUMMED:
        parts = sum((money(row[name]) for row in (*shown["work_streams"], shown["unallocated"])), ZERO)
        assert money(shown["total"][name]) == parts, name
    whole = sum((auditor.cost(auditor.invoices[i]) for i in auditor.invoices_up_to(as_at)), ZERO)
    assert money(shown["total"]["invoiced"]) == whole
    total = shown["total"]
    assert money(total["invoiced"]) == money(total["eligible"]) + money(total["ineligible"])
    assert money(total["budget"]) + money(shown["award"]["unbudgeted"]) == auditor.settings.award


def check_claim(shown: dict[str, Any], auditor: Auditor) -> None:
    """Nothing is lost between what is eligible, what was claimed, what is claimed and what waits."""
    final = shown["claim"].startswith("FINAL")
    worth = auditor.worth(date.fromisoformat(shown["to"]), final=final)
    for row in (*shown["work_streams"], shown["total"]):
        code = row.get("code")
        allocated = (
            a for (_, stream, _), a in worth.items() if stream in ([code] if code else auditor.settings.codes)
        )
        accounted = money(row["claimed_before"]) + money(row["this_claim"]) + money(row["held_back"])
        assert sum(allocated, ZERO) == accounted, code
        assert money(row["this_claim"]) == money(row["resource"]) + money(row["capital"])
        assert money(row["cumulative"]) == money(row["claimed_before"]) + money(row["this_claim"])
        assert money(row["held_back"]) >= 0
    taken = money(shown["total"]["this_claim"])
    assert taken <= 0 or money(shown["total"]["cumulative"]) <= auditor.settings.award


def check_splits(auditor: Auditor) -> None:
    for line_id, invoice in auditor.invoices.items():
        assert sum(auditor.split_of(line_id).values()) == HUNDRED
        assert sum((share.cost for share in auditor.shares_of(line_id)), ZERO) == auditor.cost(invoice)


def check(command: Command, shown: dict[str, Any], auditor: Auditor) -> None:
    if command[0] == "import":
        check_import(shown)
        check_splits(auditor)
    elif command[0] == "status":
        check_status(shown, auditor, date.fromisoformat(shown["as_at"]))
    elif command[:2] == ["claim", "prepare"]:
        check_claim(shown, auditor)


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + HISTORIES, AT_A_TIME))
def test_what_always_holds(first: int, tmp_path: Path) -> None:
    for seed in range(first, min(first + AT_A_TIME, FIRST_SEED + HISTORIES)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        commands = history(random.Random(seed), folder, decisions=seed % 3 != 0)
        auditor = Auditor(folder)
        for command in commands:
            try:
                shown = play(auditor, command)
            except Refused:
                continue
            if shown is not None:
                check(command, shown, auditor)


def test_same_seed_same_history(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        commands = history(random.Random(11), folder, decisions=True)
        found.append((commands, {p.name: p.read_bytes() for p in sorted(folder.iterdir())}))
    assert found[0] == found[1]
