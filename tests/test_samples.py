"""``sample`` and ``sample evaluate``: what the contract draws, drawn a second time; worked and published cases."""

from __future__ import annotations

import os
import random
import shutil
from decimal import Decimal
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING, Any

import pytest
from histories import history
from openpyxl import Workbook, load_workbook
from product import Workspace, is_refused, settings

from grantkit.auditing.evaluations import poisson_factor, upper_rate
from grantkit.auditing.samples import attribute_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SEED = int(os.environ.get("GRANTKIT_SEED", "1"))
HISTORIES = int(os.environ.get("GRANTKIT_HISTORIES", "2"))
FACTORS = {80: "1.61", 90: "2.31", 95: "3.00", 99: "4.61"}
HEADER_ROW, AUDITED = 3, 11
Lines = list[tuple[int, int]]  # line id and pence

# --- the contract, a second time --------------------------------------------------------------------------------


def pence(text: str) -> int:
    found = Fraction(text) * 100
    assert found.denominator == 1
    return int(found)


def pounds(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-2):.2f}"


def hits_by_hand(lines: Lines, interval: int, start: int) -> list[tuple[int, str, str, int]]:
    """Each line that is hit: id, amount, running total, how often."""
    found, total, hit = [], 0, start
    for line, amount in lines:
        total += amount
        hits = 0
        while hit <= total:
            hits += 1
            hit += interval
        if hits:
            found.append((line, pounds(amount), pounds(total), hits))
    return found


def start_of(seed: int, interval: int) -> int:
    return random.Random(seed).randrange(1, interval + 1)


def selected(found: dict[str, Any]) -> list[tuple[int, str, str, int]]:
    return [(row["line_id"], row["amount"], row["running_total"], row["hits"]) for row in found["selected"]]


def population(at: Workspace, stream: str | None, claim: str | None) -> tuple[Lines, Lines]:
    """The positive lines and the credits, by the documented relations."""
    sql = "select line_id, work_stream, eligible as amount from allocations"
    if claim:
        sql = f"select line_id, work_stream, amount from claim_lines where claim = '{claim}'"
    sums: dict[int, int] = {}
    for row in at.query(sql):
        if row["work_stream"] != "UNALLOCATED" and stream in (None, row["work_stream"]):
            sums[row["line_id"]] = sums.get(row["line_id"], 0) + pence(row["amount"])
    lines = sorted(sums.items())
    return [pair for pair in lines if pair[1] > 0], [pair for pair in lines if pair[1] < 0]


def draw(at: Workspace, *words: object, code: int = 0) -> Any:
    return at.json("sample", *words, code=code)


def agrees(at: Workspace, seed: int, stream: str | None = None, claim: str | None = None) -> None:
    """Hold one sample of each method against its second reading."""
    lines, credit_lines = population(at, stream, claim)
    rng = random.Random(seed)
    asked = [
        *(("--stream", stream) if stream else ()),
        *(("--claim", claim) if claim else ()),
        "--seed",
        seed,
    ]
    value = sum(amount for _, amount in lines)
    if not lines:
        assert is_refused(at.run("sample", "--method", "mus", "--size", 1, *asked))
        return
    confidence = rng.choice(list(FACTORS))
    materiality = rng.randint(max(500, value // 8), value)
    by_size = rng.random() < 0.5
    size = rng.randint(1, len(lines))
    words = (
        ("--size", size) if by_size else ("--confidence", confidence, "--materiality", pounds(materiality))
    )
    found = draw(at, "--method", "mus", *words, *asked)
    interval = value // size if by_size else int(Fraction(materiality) / Fraction(FACTORS[confidence]))
    assert found["method"] == "mus"
    assert found["population"] == {"lines": len(lines), "value": pounds(value)}
    assert (found["interval"], found["start"]) == (pounds(interval), pounds(start_of(seed, interval)))
    assert selected(found) == hits_by_hand(lines, interval, start_of(seed, interval))
    assert [(row["line_id"], pence(row["amount"])) for row in found["credits"]["listed"]] == credit_lines
    found = draw(at, "--method", "random", "--size", size, *asked)
    drawn = random.Random(seed).sample([line for line, _ in lines], size)
    assert sorted(row["line_id"] for row in found["selected"]) == sorted(drawn)
    assert {row["line_id"]: pence(row["amount"]) for row in found["selected"]}.items() <= dict(lines).items()


# --- over generated histories -----------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(SEED, SEED + HISTORIES))
def test_every_draw_is_the_contracts(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    at = Workspace(tmp_path)
    submitted: str | None = None
    for words in history(rng, tmp_path, quarters=1, lines=14):
        if words[0] == "import" or words[:2] in (["claim", "prepare"], ["claim", "submit"]):
            done = at.run(*(tmp_path / word if (tmp_path / word).exists() else word for word in words))
            assert done.code in (0, 1), done.err
            submitted = words[2] if words[0] == "claim" else submitted
    assert submitted
    streams = [
        row["work_stream"] for row in at.query("select distinct work_stream from allocations order by 1")
    ]
    named = [stream for stream in streams if stream != "UNALLOCATED"]
    agrees(at, seed)
    agrees(at, seed + 1, claim=submitted)
    for stream in named[:1]:
        agrees(at, seed + 2, stream=stream)
        agrees(at, seed + 3, stream=stream, claim=submitted)


# --- worked case 10 ---------------------------------------------------------------------------------------------


def ledger(folder: Path, amounts: Sequence[str], **award: str) -> Workspace:
    at = Workspace(folder, settings(**award))
    rows = [(f"D{n}", 1, "Acme", "2024-05-07", amount) for n, amount in enumerate(amounts, 1)]
    at.write_csv("invoices.csv", ("document", "line", "supplier", "accounting_date", "net"), rows)
    at.take_in("invoices.csv")
    return at


@pytest.fixture(scope="module")
def case_10(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """800,000.00, of which one line is 30,000.00; credits beside it."""
    rng = random.Random(10)
    amounts = [rng.randint(100, 900_000) for _ in range(250)]
    amounts = [amount * 77_000_000 // sum(amounts) for amount in amounts]
    amounts[7] += 77_000_000 - sum(amounts)
    amounts.insert(100, 3_000_000)
    return ledger(tmp_path_factory.mktemp("case10"), [*map(pounds, amounts), "-125.50", "-0.01"])


@pytest.mark.parametrize("seed", range(4))
def test_800000_at_40000_and_95_per_cent_are_60_draws(case_10: Workspace, seed: int) -> None:
    words = ("--confidence", 95, "--materiality", "40,000.00", "--seed", seed)
    found = draw(case_10, "--method", "mus", *words)
    assert found["population"] == {"lines": 251, "value": "800000.00"}
    assert (found["interval"], found["start"]) == ("13333.33", pounds(start_of(seed, 1_333_333)))
    assert sum(row["hits"] for row in found["selected"]) == 60
    assert next(row["hits"] for row in found["selected"] if row["amount"] == "30000.00") >= 2
    assert found["credits"]["value"] == "-125.51"
    assert draw(case_10, "--method", "mus", *words) == found
    cells = found["selected"][0]
    assert (cells["document"], cells["supplier"]) == (f"D{cells['line_id']}", "Acme")
    assert (cells["file"], cells["row"]) == ("invoices.csv", cells["line_id"] + 1)


def test_20_draws_by_size_have_an_interval_of_40000(case_10: Workspace) -> None:
    found = draw(case_10, "--method", "mus", "--size", 20, "--seed", 3)
    assert found["interval"] == "40000.00"
    assert sum(row["hits"] for row in found["selected"]) == 20


def test_a_draw_changes_nothing_unless_it_is_kept(case_10: Workspace) -> None:
    before = case_10.files()
    case_10.do("sample", "--method", "random", "--size", 5, "--seed", 3)
    assert case_10.files() == before


# --- the published case -----------------------------------------------------------------------------------------


def test_the_published_case(tmp_path: Path) -> None:
    """Book value 2,500,000, tolerable 125,000, expected 27,722, at 95 per cent."""
    rng = random.Random(93)
    amounts = [rng.randint(100, 2_000_000) for _ in range(400)]
    amounts = [amount * 250_000_000 // sum(amounts) for amount in amounts]
    amounts[0] += 250_000_000 - sum(amounts)
    at = ledger(tmp_path, [*map(pounds, amounts)])
    asked = ("--confidence", 95, "--materiality", "125000", "--expected", "27722", "--seed", 1)
    found = draw(at, "--method", "mus", *asked, "--out", tmp_path / "paper.xlsx")
    assert found["interval"] == "26881.60"
    assert sum(row["hits"] for row in found["selected"]) == 93
    fill_in(tmp_path / "paper.xlsx", {row["line_id"]: row["amount"] for row in found["selected"]})
    shown = at.json("sample", "evaluate", tmp_path / "paper.xlsx")
    assert (shown["projected"], shown["upper_limit"]) == ("0.00", "80644.80")
    assert shown["errors"] == []
    assert shown["accepted"] is True


# --- tables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confidence", "factors"),
    [(95, "3.00 4.75 6.30 7.76 9.16"), (90, "2.31 3.89 5.33 6.69 8.00"), (80, "1.61"), (99, "4.61")],
)
def test_the_published_factors(confidence: int, factors: str) -> None:
    expected = factors.split()
    assert [str(poisson_factor(confidence, errors)) for errors in range(len(expected))] == expected


@pytest.mark.parametrize(
    ("confidence", "rate", "errors", "size"),
    [
        (95, "5", 0, 59),
        (95, "10", 0, 29),
        (95, "5", 1, 93),
        (90, "5", 0, 45),
        (90, "10", 0, 22),
        (95, "1", 0, 299),
    ],
)
def test_the_published_sizes_of_attribute_samples(confidence: int, rate: str, errors: int, size: int) -> None:
    assert attribute_size(confidence, Decimal(rate), errors) == size


def at_most(errors: int, size: int, rate: Fraction) -> Fraction:
    return sum(
        (comb(size, count) * rate**count * (1 - rate) ** (size - count) for count in range(errors + 1)),
        Fraction(0),
    )


@pytest.mark.parametrize(("errors", "size"), [(0, 59), (1, 93), (3, 40), (0, 1), (7, 30)])
@pytest.mark.parametrize("confidence", [80, 90, 95, 99])
def test_the_upper_rate_is_the_lowest_that_so_few_errors_speak_against(
    errors: int, size: int, confidence: int
) -> None:
    found, step, risk = (
        Fraction(upper_rate(errors, size, confidence)) / 100,
        Fraction(1, 10_000),
        Fraction(100 - confidence, 100),
    )
    assert at_most(errors, size, found) <= risk < at_most(errors, size, found - step)


# --- a paper that comes back ------------------------------------------------------------------------------------


def fill_in(path: Path, audited: dict[int, Any]) -> None:
    """Write into a paper what each line should have been; lines that are not named stay blank."""
    book = load_workbook(path)
    sheet = book["Sample"]
    for row in sheet.iter_rows(min_row=HEADER_ROW + 1):
        if row[0].value in audited:
            value = audited[row[0].value]
            row[AUDITED - 1].value = float(value) if isinstance(value, str | Decimal) else value
    book.save(path)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A sample of four lines, each of them hit, at an interval of 1,000.00; its paper is ``paper.xlsx``."""
    amounts = ["800.00", "500.00", "1500.00", "900.00", "200.00", "-10.00"]
    at = ledger(tmp_path_factory.mktemp("drawn"), amounts)
    seed = next(seed for seed in range(99) if start_of(seed, 100_000) <= 30_000)
    asked = ("--confidence", 95, "--materiality", "3000.00", "--seed", seed)
    found = draw(at, "--method", "mus", *asked, "--out", at.folder / "paper.xlsx")
    assert found["interval"] == "1000.00"
    assert [row["line_id"] for row in found["selected"]] == [1, 2, 3, 4]
    return at


@pytest.fixture
def paper(drawn: Workspace, tmp_path: Path) -> tuple[Workspace, Path]:
    """That ledger, and a copy of the paper."""
    shutil.copy(drawn.folder / "paper.xlsx", tmp_path / "paper.xlsx")
    return drawn, tmp_path / "paper.xlsx"


RIGHT = {1: "800", 2: "500", 3: "1500", 4: "900"}


def test_taintings_worked_out_by_hand(paper: tuple[Workspace, Path]) -> None:
    """A half of 800, a fifth of 500, a hundred of a line above the interval, and a quarter too little of 900."""
    at, path = paper
    fill_in(path, {1: "400", 2: "400", 3: "1400", 4: "1125"})
    shown = at.json("sample", "evaluate", path, code=1)
    errors = [(row["line_id"], Decimal(row["tainting"]), row["projected"]) for row in shown["errors"]]
    assert errors == [
        (1, Decimal("0.5"), "500.00"),
        (2, Decimal("0.2"), "200.00"),
        (3, Decimal("0.0667"), "100.00"),
        (4, Decimal("-0.25"), "-250.00"),
    ]
    assert shown["projected"] == "550.00"
    # 3.00 x 1,000; 500 + 200 + 100; (4.75 - 3.00 - 1) x 500 and (6.30 - 4.75 - 1) x 200
    assert shown["upper_limit"] == "4285.00"
    assert shown["accepted"] is False
    assert (shown["tested"], shown["confidence"], shown["materiality"]) == (4, 95, "3000.00")


def test_nothing_wrong_is_the_basic_precision_and_accepted_at_the_limit(
    paper: tuple[Workspace, Path],
) -> None:
    at, path = paper
    fill_in(path, RIGHT)
    shown = at.json("sample", "evaluate", path)
    assert (shown["projected"], shown["upper_limit"], shown["accepted"]) == ("0.00", "3000.00", True)


def test_an_understatement_alone_raises_no_limit(paper: tuple[Workspace, Path]) -> None:
    at, path = paper
    fill_in(path, RIGHT | {4: "1125"})
    shown = at.json("sample", "evaluate", path)
    assert (shown["projected"], shown["upper_limit"]) == ("-250.00", "3000.00")


def test_the_paper_holds_values_and_the_credits(paper: tuple[Workspace, Path]) -> None:
    path = paper[1]
    book = load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    rows = [row[:10] for row in book["Sample"].iter_rows(min_row=HEADER_ROW + 1, values_only=True)]
    assert [(row[0], row[2], row[5], row[6], row[7], row[8], row[9]) for row in rows] == [
        (1, "D1", 800, 800, 1, "invoices.csv", 2),
        (2, "D2", 500, 1300, 1, "invoices.csv", 3),
        (3, "D3", 1500, 2800, 1, "invoices.csv", 4),
        (4, "D4", 900, 3700, 1, "invoices.csv", 5),
    ]
    assert list(book["Credits"].iter_rows(min_row=HEADER_ROW + 1, values_only=True)) == [(6, -10)]
    facts = {row[0]: row[1] for row in book["How it was drawn"].iter_rows(values_only=True)}
    assert (facts["interval, pounds"], facts["population, lines"], facts["drawn by"]) == (1000, 5, "finance")


def test_an_attribute_sample_is_evaluated_by_its_errors(tmp_path: Path) -> None:
    at = ledger(tmp_path, [f"{n}.10" for n in range(10, 80)])
    asked = ("--method", "attribute", "--confidence", 95, "--rate", 5, "--seed", 4)
    found = draw(at, *asked, "--out", tmp_path / "paper.xlsx")
    assert len(found["selected"]) == 59
    amounts = {row["line_id"]: row["amount"] for row in found["selected"]}
    fill_in(tmp_path / "paper.xlsx", amounts)
    shown = at.json("sample", "evaluate", tmp_path / "paper.xlsx")
    assert (shown["error_rate"], shown["upper_rate"], shown["accepted"]) == ("0.00", "4.96", True)
    fill_in(tmp_path / "paper.xlsx", {next(iter(amounts)): "1.00"})
    shown = at.json("sample", "evaluate", tmp_path / "paper.xlsx", code=1)
    assert (shown["error_rate"], shown["accepted"]) == ("1.69", False)
    assert Decimal(shown["upper_rate"]) > 5


# --- what cannot be ---------------------------------------------------------------------------------------------

MUS = ("--method", "mus", "--seed", 1)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((*MUS, "--confidence", 95, "--materiality", "0"), "materiality"),
        ((*MUS, "--confidence", 95, "--materiality", "-5"), "materiality"),
        ((*MUS, "--confidence", 95, "--materiality", "much"), "--materiality is no amount"),
        ((*MUS, "--confidence", 95, "--materiality", "0.02"), "interval"),
        ((*MUS, "--confidence", 95, "--materiality", "1000", "--expected", "625"), "expected"),
        ((*MUS, "--confidence", 95, "--materiality", "1000", "--expected", "-1"), "expected"),
        ((*MUS, "--confidence", 85, "--materiality", "1000"), "--confidence is 85"),
        ((*MUS, "--confidence", 95), "how large"),
        ((*MUS, "--materiality", "1000"), "how large"),
        (MUS, "how large"),
        ((*MUS, "--size", 5, "--confidence", 95, "--materiality", "1000"), "twice"),
        ((*MUS, "--size", 0), "sample of 0"),
        ((*MUS, "--size", -3), "sample of -3"),
        ((*MUS, "--size", 999_999), "interval"),
        ((*MUS, "--size", 1, "--stream", "NOWHERE"), "NOWHERE"),
        ((*MUS, "--size", 1, "--claim", "Q1"), "no claim Q1"),
        (("--method", "random", "--seed", 1, "--size", 6), "larger than the population of 5 lines"),
        (
            ("--method", "attribute", "--seed", 1, "--confidence", 95, "--rate", 5),
            "larger than the population",
        ),
        (("--method", "attribute", "--seed", 1, "--confidence", 95, "--rate", 0), "rate"),
        (("--method", "attribute", "--seed", 1, "--confidence", 95, "--rate", 100), "rate"),
        (("--method", "attribute", "--seed", 1, "--confidence", 95, "--rate", "0.0001"), "million"),
        (("--method", "best", "--seed", 1, "--size", 1), "best"),
        (("--method", "mus", "--size", 1), "--seed"),
        (("--seed", 1, "--size", 1), "--method"),
        (("--method", "mus", "--seed", "x", "--size", 1), "--seed"),
    ],
)
def test_a_draw_that_does_not_hold_together_is_refused(
    drawn: Workspace, words: tuple[object, ...], what: str
) -> None:
    before = drawn.ledger.read_bytes()
    refused = drawn.run("sample", *words, "--out", drawn.folder / "never.xlsx")
    assert is_refused(refused)
    assert what in refused.err
    assert drawn.ledger.read_bytes() == before
    assert not (drawn.folder / "never.xlsx").exists()


def test_the_largest_expected_misstatement_that_leaves_anything(drawn: Workspace) -> None:
    words = ("--confidence", 95, "--materiality", "1000", "--expected", "624.00")
    assert draw(drawn, *MUS, *words)["interval"] == "0.53"


def put(sheet: Any, row: int, column: int, value: object) -> None:
    sheet.cell(row, column).value = value


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("line 3 has no audited amount", lambda sheet: put(sheet, 6, AUDITED, None)),
        ("line 3 has no audited amount", lambda sheet: sheet.delete_rows(6)),
        ("line 5 is none of this sample", lambda sheet: (put(sheet, 8, 1, 5), put(sheet, 8, AUDITED, 1))),
        ("line 2 a second time", lambda sheet: (put(sheet, 8, 1, 2), put(sheet, 8, AUDITED, 500))),
        ("names no line", lambda sheet: put(sheet, 6, 1, "D3")),
        ("names no line", lambda sheet: put(sheet, 6, 1, None)),
        ("the audited amount is no number: about 500", lambda sheet: put(sheet, 5, AUDITED, "about 500")),
        ("the audited amount is no number: =2*250", lambda sheet: put(sheet, 5, AUDITED, "=2*250")),
        ("does not say which sample", lambda sheet: put(sheet, 1, 1, "My sample")),
        ("there is no sample 7", lambda sheet: put(sheet, 1, 1, "PCD 1663: sample 7, mus")),
        ("the header is", lambda sheet: put(sheet, HEADER_ROW, AUDITED, "amount found")),
        ("has no sheet called Sample", lambda sheet: setattr(sheet, "title", "Other")),
    ],
)
def test_a_paper_that_is_not_filled_in_rightly_is_refused(
    paper: tuple[Workspace, Path], what: str, change: Any
) -> None:
    at, path = paper
    fill_in(path, RIGHT)
    book = load_workbook(path)
    change(book["Sample"])
    book.save(path)
    refused = at.run("sample", "evaluate", path)
    assert is_refused(refused)
    assert what in refused.err


def test_an_amount_as_text_is_read_as_money(paper: tuple[Workspace, Path]) -> None:
    at, path = paper
    fill_in(path, RIGHT)
    book = load_workbook(path)
    put(book["Sample"], 4, AUDITED, "800.00")
    book.save(path)
    assert at.json("sample", "evaluate", path)["errors"] == []


def test_what_is_no_paper_is_refused(drawn: Workspace, tmp_path: Path) -> None:
    Workbook().save(tmp_path / "other.xlsx")
    assert is_refused(drawn.run("sample", "evaluate", tmp_path / "other.xlsx"))
    (tmp_path / "text.xlsx").write_text("no workbook")
    assert is_refused(drawn.run("sample", "evaluate", tmp_path / "text.xlsx"), 3)
    assert is_refused(drawn.run("sample", "evaluate", tmp_path / "missing.xlsx"), 3)


def test_a_sample_whose_paper_cannot_be_written_is_not_kept(drawn: Workspace) -> None:
    before = drawn.query("select count(*) as n from audit_log")
    refused = drawn.run("sample", *MUS, "--size", 2, "--out", drawn.folder / "invoices.csv" / "paper.xlsx")
    assert is_refused(refused, 3)
    assert drawn.query("select count(*) as n from audit_log") == before


def test_there_is_nothing_to_draw_from_credits_alone(tmp_path: Path) -> None:
    at = ledger(tmp_path, ["-10.00", "-20.00"])
    refused = at.run("sample", *MUS, "--size", 1)
    assert is_refused(refused)
    assert "no line to draw from" in refused.err
