"""The variance report: the same figure in the JSON, the workbook, the page, Markdown and on the screen.

``GRANTKIT_YEARS`` is how many generated years are played (1), ``GRANTKIT_YEARS_FROM`` the first seed (89, a year with
virements and with every driver). Of several years each has its claims too.
"""

from __future__ import annotations

import http.server
import os
import random
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from auditor import UNALLOCATED, ZERO
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from product import Workspace, is_refused, settings
from spreadsheet import all_recalculated
from test_agreement import compare
from variance_figures import figures, in_all, played

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

YEARS = int(os.environ.get("GRANTKIT_YEARS", "1"))
FIRST_YEAR = int(os.environ.get("GRANTKIT_YEARS_FROM", "89"))
SEEDS = range(FIRST_YEAR, FIRST_YEAR + YEARS)
#: What a generated text may hold that would act in HTML or Markdown.
ATTACK = '<script>alert(1)</script> | **x** `y` "z" & [a](javascript:b) ![c](http://d)'

# --- the files of a report, read back ---------------------------------------------------------------------------


@dataclass
class Table:
    """A table of a page: its headings, and its rows as (text, target of trace)."""

    caption: str
    head: list[str] = field(default_factory=list)
    rows: list[list[tuple[str, str | None]]] = field(default_factory=list)

    def texts(self) -> list[list[str]]:
        return [[text for text, _ in row] for row in self.rows]


class PageReader(HTMLParser):
    """Tables, elements and addresses of an HTML file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._where: list[str] = []
        self._trace: str | None = None
        self._text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append(Table(""))
        elif tag == "tr" and self._in("tbody"):
            self.tables[-1].rows.append([])
        if tag in {"caption", "th", "td"}:
            self._text, self._trace = "", dict(attrs).get("data-trace")
        if tag not in {"meta", "link"}:
            self._where.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._where.pop() == tag
        if tag == "caption":
            self.tables[-1].caption = self._text
        elif tag == "th":
            self.tables[-1].head.append(self._text)
        elif tag == "td":
            self.tables[-1].rows[-1].append((self._text, self._trace))

    def handle_data(self, data: str) -> None:
        self._text += data

    def _in(self, tag: str) -> bool:
        return tag in self._where


def markdown_tables(text: str) -> list[Table]:
    """The tables of a Markdown file under their headings, what is escaped or bold as it is meant."""
    tables, caption = [], ""
    for line in text.splitlines():
        if line.startswith("#"):
            caption = unescaped(line.lstrip("# "))
        elif line.startswith("|"):
            cells = [unescaped(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not tables or tables[-1].caption != caption:
                tables.append(Table(caption, head=cells))
            elif not all(re.fullmatch(r" ?-+:? ?", cell) for cell in cells):
                tables[-1].rows.append([(cell, None) for cell in cells])
    return tables


def unescaped(text: str) -> str:
    text = re.sub(r"^\*\*(.*)\*\*$", r"\1", text)
    return re.sub(r"\\(.)", r"\1", text)


def named(book: Any, name: str) -> list[Any]:
    """The values of the cells that a defined name stands for."""
    ((title, reference),) = book.defined_names[name].destinations
    left, top, right, bottom = range_boundaries(reference.replace("$", ""))
    return [
        book[title].cell(row, column).value
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    ]


def total_of(book: Any, table: str, column: str) -> Any:
    """The value of a column in a table's row of totals."""
    ((title, reference),) = book.defined_names[f"{table}_total_row"].destinations
    _, row, _, _ = range_boundaries(reference.replace("$", ""))
    ((_, place),) = book.defined_names[f"{table}_{column}"].destinations
    column_number, _, _, _ = range_boundaries(place.replace("$", ""))
    return book[title].cell(row, column_number).value


def in_pounds(value: Any) -> str | None:
    """A cell's number as the JSON has it."""
    return None if value is None else f"{Decimal(repr(value)):.2f}".replace("-0.00", "0.00")


def as_read(amount: str | None) -> str:
    """A figure of the JSON as a page shows it."""
    return "" if amount is None else f"{Decimal(amount):,.2f}"


def whole(amount: str) -> str:
    """A figure of the JSON as a table on the screen shows it."""
    rounded = Decimal(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return f"{rounded + 0:,}"


# --- generated years --------------------------------------------------------------------------------------------


@dataclass
class Year:
    """A generated year: its workspace, the auditor of it, a day in it, and the report in all its forms."""

    seed: int
    workspace: Workspace
    auditor: Any
    as_at: date
    json: dict[str, Any]
    book: Any
    page: PageReader
    markdown: list[Table]
    screen: str

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The streams' rows of the JSON by code, and UNALLOCATED's."""
        found = {row["code"]: row for row in self.json["work_streams"]}
        return {**found, UNALLOCATED: self.json["unallocated"]}

    @property
    def all_rows(self) -> list[tuple[str, dict[str, Any]]]:
        return [*self.rows.items(), ("TOTAL", self.json["total"])]

    def table(self, caption: str, number: int = 0) -> Table:
        """A table of the page by its caption."""
        return [table for table in self.page.tables if table.caption == caption][number]


@pytest.fixture(scope="module", params=SEEDS)
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Year:
    seed: int = request.param
    folder = tmp_path_factory.mktemp(f"year{seed}")
    rng = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRANTKIT_NOW", "2025-04-10T09:00:00")
        patch.setenv("GRANTKIT_USER", "finance")
        auditor = played(rng, folder, quarters=2 + seed % 2, lines=6, claims=YEARS > 1)
    workspace = Workspace(folder, (folder / "grant.toml").read_text(encoding="utf-8"))
    ends = [end for quarter in auditor.settings.quarters for end in quarter.month_ends]
    as_at = [ends[-2:][0], ends[-1], ends[len(ends) // 2], ends[len(ends) // 2].replace(day=11)][seed % 4]
    files = [folder / f"report.{ending}" for ending in ("xlsx", "html", "md")]
    shown = workspace.do("variance", "--as-at", as_at, *(word for file in files for word in ("--out", file)))
    return Year(
        seed=seed,
        workspace=workspace,
        auditor=auditor,
        as_at=as_at,
        json=workspace.json("variance", "--as-at", as_at),
        book=load_workbook(files[0]),
        page=PageReader(files[1].read_text(encoding="utf-8")),
        markdown=markdown_tables(files[2].read_text(encoding="utf-8")),
        screen=shown.out,
    )


def test_the_figures_are_the_auditors(year: Year) -> None:
    wanted = figures(year.auditor, year.as_at)
    for code, row in year.rows.items():
        assert compare(wanted[code], row, code) == []
    for figure in ("original", "budget", "budget_to_date", "eligible", "accrued", "committed", "forecast"):
        assert year.json["total"][figure] == in_all(wanted, figure), figure
    assert compare(year.auditor.variance(year.as_at), year.json) == []


def test_the_two_kinds_add_up_to_the_stream(year: Year) -> None:
    for code, row in year.all_rows:
        for figure in (
            *("original", "budget", "budget_to_date", "eligible", "accrued", "committed"),
            *("variance", "forecast", "full_year_variance"),
        ):
            parts = sum(Decimal(kind[figure]) for kind in row["kinds"].values())
            assert parts == Decimal(row[figure]), (code, figure)
        budget = Decimal(row["budget"])
        for kind in row["kinds"].values() if budget and code not in {UNALLOCATED, "TOTAL"} else ():
            exact = Decimal(row["budget_to_date"]) * Decimal(kind["budget"]) / budget
            assert abs(Decimal(kind["budget_to_date"]) - exact) < Decimal("0.01"), code


def test_months_and_quarters_add_up(year: Year) -> None:
    for code, row in year.all_rows:
        for spans in (row["months"], row["quarters"]):
            assert sum(Decimal(span["budget"]) for span in spans) == Decimal(row["budget"]), code
            assert sum(Decimal(span["eligible"]) for span in spans) == Decimal(row["eligible"]), code
        to_come = sum(Decimal(month["to_come"]) for month in row["months"])
        assert Decimal(row["eligible"]) + to_come == Decimal(row["forecast"]), code


def test_the_lines_of_a_driver_add_up_to_it(year: Year) -> None:
    for code, row in year.all_rows:
        drivers = row["drivers"]
        timing, price, scope = (Decimal(drivers[name]["amount"]) for name in ("timing", "price", "scope"))
        assert timing - price - scope + Decimal(drivers["rest"]) == Decimal(row["variance"]), code
        for name in ("timing", "price", "scope"):
            lines = drivers[name]["largest"]
            listed = sum((Decimal(line["amount"]) for line in lines), ZERO)
            assert listed + Decimal(drivers[name]["others"]["amount"]) == Decimal(drivers[name]["amount"])
            sizes = [abs(Decimal(line["amount"])) for line in lines]
            assert sizes == sorted(sizes, reverse=True)
            assert all(line["line_id"] == line["line_ids"][0] for line in lines)


def test_the_bridge_leads_from_budget_to_forecast(year: Year) -> None:
    first, *steps, last = year.json["bridge"]
    assert first["after"] == year.json["total"]["budget"]
    assert last["after"] == steps[-1]["after"] == year.json["total"]["forecast"]
    changes = {step["step"]: -Decimal(step["change"]) for step in steps}
    assert changes == {code: Decimal(row["full_year_variance"]) for code, row in year.rows.items()}


# --- the forms of the report ------------------------------------------------------------------------------------

BOARD = (
    *("original", "budget", "budget_to_date", "eligible", "accrued", "committed"),
    *("variance", "variance_pct", "forecast", "full_year_variance"),
)


def row_as_read(row: dict[str, Any]) -> list[str]:
    return [
        ("" if row[figure] is None else f"{Decimal(row[figure]):,}")
        if figure == "variance_pct"
        else as_read(row[figure])
        for figure in BOARD
    ]


def cumulative(year: Year) -> list[list[str]]:
    """Profile, eligible cost and forecast from the award's start to each month's end, of all rows."""
    found = []
    for _, row in year.all_rows:
        sums = dict.fromkeys(("budget", "eligible", "to_come"), ZERO)
        for month in row["months"]:
            sums = {name: amount + Decimal(month[name]) for name, amount in sums.items()}
            begins, is_last = month["month"] > f"{year.as_at:%Y-%m}", month["month"] >= f"{year.as_at:%Y-%m}"
            found.append(
                [
                    as_read(str(sums["budget"])),
                    "" if begins else as_read(str(sums["eligible"])),
                    as_read(str(sums["eligible"] + sums["to_come"])) if is_last else "",
                ]
            )
    return found


def test_the_page_has_the_jsons_figures(year: Year) -> None:
    board, kinds = year.table("By work stream"), year.table("Resource and capital")
    assert [row[2:12] for row in board.texts()] == [row_as_read(row) for _, row in year.all_rows]
    assert [row[0] for row in board.texts()] == [code for code, _ in year.all_rows]
    of_kinds = [kind for _, row in year.all_rows for kind in row["kinds"].values()]
    assert [row[3:13] for row in kinds.texts()] == [row_as_read(kind) for kind in of_kinds]
    figures_of = ("budget", "eligible", "variance")
    for caption, name in (("Each quarter", "quarters"), ("Each month", "months")):
        wanted = [
            [code, span[name[:-1]], *(as_read(span[figure]) for figure in figures_of)]
            for code, row in year.all_rows
            for span in row[name]
        ]
        found = [[row[0], *row[2:6]] for row in year.table(caption).texts()]
        assert found == wanted
    months = [month for _, row in year.all_rows for month in row["months"]]
    assert [row[6] for row in year.table("Each month").texts()] == [as_read(m["to_come"]) for m in months]
    assert [row[7:] for row in year.table("Each month").texts()] == cumulative(year)
    drivers = [
        [
            as_read(row["variance"]),
            *(as_read(row["drivers"][name]["amount"]) for name in ("timing", "price", "scope")),
            as_read(row["drivers"]["rest"]),
        ]
        for _, row in year.all_rows
    ]
    assert [row[2:] for row in year.table("By work stream", 1).texts()] == drivers


def test_the_page_has_the_forecasts_and_the_lines_behind_a_variance(year: Year) -> None:
    outlook = [
        [*(as_read(row["methods"][name]) for name in ("profile", "run-rate", "committed", "planned"))]
        + [as_read(row[name]) for name in ("low", "high", "forecast", "budget", "full_year_variance")]
        for _, row in year.all_rows
    ]
    assert [row[3:] for row in year.table("Outturn by method").texts()] == outlook
    points = ("profile", "actual", "forecast", "low", "high")
    cumulative = [[at["quarter"], *(as_read(at[each]) for each in points)] for at in year.json["cumulative"]]
    assert year.table("All work streams, cumulative").texts() == cumulative
    bridge = [[at["step"], as_read(at["change"]), as_read(at["after"])] for at in year.json["bridge"]]
    assert year.table("From budget to forecast").texts() == bridge
    for code, row in year.rows.items():
        for name in ("timing", "price", "scope"):
            tables = [each for each in year.page.tables if each.caption.startswith(f"{code}, {name}: ")]
            lines = row["drivers"][name]["largest"]
            assert len(tables) == bool(lines)
            for line, (*_, amount, _ids) in zip(lines, tables[0].rows if tables else (), strict=False):
                assert amount == (as_read(line["amount"]), line["trace"])


def test_markdown_has_the_same_tables_as_the_page(year: Year) -> None:
    captions = [table.caption for table in year.page.tables]
    found = [table for table in year.markdown if table.caption in captions]
    assert [table.caption for table in found] == captions
    for of_page, of_markdown in zip(year.page.tables, found, strict=True):
        assert of_markdown.head == of_page.head
        flat = [[" ".join(text.split()) for text in row] for row in of_page.texts()]
        assert of_markdown.texts() == flat, of_page.caption


def test_the_workbook_has_the_jsons_figures(year: Year) -> None:
    book = year.book
    for figure in BOARD:
        wanted = [row[figure] for _, row in year.all_rows]
        found = [*named(book, f"board_{figure}"), total_of(book, "board", figure)]
        if figure == "variance_pct":
            assert [None if value is None else Decimal(repr(value)) for value in found] == [
                None if value is None else Decimal(value) for value in wanted
            ]
        else:
            assert [in_pounds(value) for value in found] == wanted, figure
        kinds = [kind[figure] for row in year.rows.values() for kind in row["kinds"].values()]
        if figure != "variance_pct":
            assert [in_pounds(value) for value in named(book, f"kinds_{figure}")] == kinds, figure
    for name, table, columns in (
        ("quarters", "quarters", ("budget", "eligible", "variance")),
        ("months", "months", ("budget", "eligible", "variance", "to_come")),
    ):
        for column in columns:
            found = [in_pounds(value) for value in named(book, f"{table}_{column}")]
            assert found == [span[column] for row in year.rows.values() for span in row[name]]
            of_all = [in_pounds(value) for value in named(book, f"total_{table}_{column}")]
            assert of_all == [span[column] for span in year.json["total"][name]]
    for method in ("profile", "run-rate", "committed", "planned"):
        column = f"outlook_{method.replace('-', '_')}"
        assert [in_pounds(v) for v in named(book, column)] == [
            r["methods"][method] for r in year.rows.values()
        ]
    for name in ("timing", "price", "scope"):
        found = [in_pounds(value) for value in named(book, f"drivers_{name}")]
        assert found == [row["drivers"][name]["amount"] for row in year.rows.values()]
    assert [in_pounds(v) for v in named(book, "bridge_after")] == [s["after"] for s in year.json["bridge"]]
    for column in ("profile", "actual", "forecast", "low", "high"):
        found = [in_pounds(value) for value in named(book, f"cumulative_{column}")]
        assert found == [at[column] for at in year.json["cumulative"]]


def test_the_workbook_lists_every_line_behind_a_variance(year: Year) -> None:
    columns = [
        named(year.book, f"driver_lines_{name}") for name in ("work_stream", "driver", "amount", "line_ids")
    ]
    found: dict[tuple[str, str], list[tuple[str | None, str]]] = {}
    for stream, driver, amount, ids in zip(*columns, strict=True):
        found.setdefault((stream, driver), []).append((in_pounds(amount), ids))
    for code, row in year.rows.items():
        for name in ("timing", "price", "scope"):
            driver, listed = row["drivers"][name], found.get((code, name), [])
            assert len(listed) == driver["lines"]
            first = [(line["amount"], ", ".join(map(str, line["line_ids"]))) for line in driver["largest"]]
            assert listed[: len(first)] == first


def test_the_screen_has_the_jsons_figures_in_whole_pounds(year: Year) -> None:
    lines = [line.split() for line in year.screen.splitlines()]
    for code, row in year.all_rows:
        shown = [whole(row[figure]) for figure in ("budget", "budget_to_date", "eligible", "variance")]
        ours = [line for line in lines if line[:1] == [code]]
        assert ours[0][1:5] == shown, code
        assert whole(row["forecast"]) in ours[0], code
        drivers = row["drivers"]
        amounts = [row["variance"], *(drivers[each]["amount"] for each in ("timing", "price", "scope"))]
        assert [code, *map(whole, [*amounts, drivers["rest"]])] in ours, code


# --- where a figure comes from ----------------------------------------------------------------------------------


def test_every_target_of_the_page_traces_to_its_figure(year: Year) -> None:
    from grantkit.auditing.traces import trace
    from grantkit.relations import lay_relations
    from grantkit.settings import read_settings
    from grantkit.store import open_ledger

    wanted = targets_of(year)
    assert {each for _, attrs in year.page.elements if (each := attrs.get("data-trace"))} >= set(wanted)
    ours = read_settings(year.workspace.folder / "grant.toml")
    with open_ledger(year.workspace.folder / ours.award.store) as ledger:
        lay_relations(ledger, ours)
        for target, amount in list(wanted.items())[:: 4 if YEARS == 1 else 1]:
            found = trace(ledger, ours, target, year.as_at)
            assert found.target == target
            assert found.total == Decimal(amount), target
            assert sum((line["amount"] for line in found.lines), ZERO) == found.total, target


def targets_of(year: Year) -> dict[str, str]:
    """What each target stands for by the JSON."""
    found = {}
    for _, row in year.all_rows:
        found[row["trace"]] = row["eligible"]
        for span in (*row["months"], *row["kinds"].values()):
            found[span["trace"]] = span["eligible"]
        for span in row["quarters"]:
            found[f"{row['trace']}:{span['quarter']}"] = span["eligible"]
        for figure in ("accrued", "committed"):
            found[f"{row['trace']}:{figure}"] = row[figure]
        found[f"{row['trace']}:no-order"] = row["drivers"]["scope"]["amount"]
    return found


def test_a_part_of_time_has_its_first_and_its_last_day(tmp_path: Path) -> None:
    award = Workspace(tmp_path)
    days = {"2024-04-01": "1.00", "2024-06-30": "2.00", "2024-07-01": "4.00", "2024-07-31": "8.00"}
    award.write_csv(
        "invoices.csv",
        ("document", "supplier", "accounting_date", "net"),
        [(day, "S", day, net) for day, net in days.items()],
    )
    award.take_in("invoices.csv")
    for part, total in (("Q1", "3.00"), ("q2", "12.00"), ("2024-06", "2.00"), ("2024-07", "12.00")):
        assert award.json("trace", f"existing:{part}")["total"] == total
    assert award.json("trace", "TOTAL:Q2", "--as-at", "2024-07-30")["total"] == "4.00"


def test_a_part_that_is_none_is_refused_with_those_that_are(tmp_path: Path) -> None:
    award = Workspace(tmp_path)
    for target in ("EXISTING:", "EXISTING:Q5", "EXISTING:2024-13", "EXISTING:0000-01", "EXISTING:money"):
        done = award.run("trace", target)
        assert is_refused(done)
        assert "accrued, committed, no-order" in done.err
    assert is_refused(award.run("trace", "NOWHERE:Q1"))


def test_a_stream_that_is_called_total_keeps_its_name(tmp_path: Path) -> None:
    award = Workspace(tmp_path, settings({"TOTAL": "1000.00", "B": "1000.00"}))
    found = award.json("variance")
    assert found["work_streams"][0]["trace"] == "TOTAL"
    assert found["total"]["trace"] is None
    assert {span["trace"] for span in found["total"]["months"]} == {None}


# --- reasons, milestones, texts ---------------------------------------------------------------------------------


def overspent(folder: Path, **award: str) -> Workspace:
    """A stream whose variance has to be explained, with a supplier whose name would act in a page."""
    workspace = Workspace(folder, settings({"EXISTING": "80000.00", "NEW": "20000.00"}, **award))
    header = ("document", "supplier", "accounting_date", "net", "po", "account")
    rows = [("I1", ATTACK, "2024-05-01", "30000.00", "", "=A1"), ("I2", "S", "2024-06-01", "1.50", "P1", "")]
    workspace.write_csv("invoices.csv", header, rows)
    workspace.write_csv(
        "orders.csv",
        ("po", "line", "supplier", "order_date", "net", "received", "status"),
        [
            ("P1", "1", "S", "2024-05-01", "1.00", "1.00", "closed"),
            ("P2", "1", ATTACK, "2024-05-01", "9.00", "4.00", "open"),
        ],
    )
    workspace.take_in("orders.csv", kind="orders")
    workspace.take_in("invoices.csv")
    return workspace


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The overspent award, for tests that change nothing in it."""
    return overspent(tmp_path_factory.mktemp("small"))


def test_a_reason_is_the_newest_note_of_the_claim_that_ends_then(tmp_path: Path) -> None:
    award = overspent(tmp_path)
    row = award.json("variance", "--as-at", "2024-06-30")["work_streams"][0]
    assert (row["reason"], row["reason_required"]) == (None, True)
    assert "reason required" in award.do("variance", "--as-at", "2024-06-30").out
    award.do("claim", "prepare", "Q1")
    for text in ("First", "Masts came early"):
        award.do("claim", "note", "Q1", "EXISTING", text)
    assert "Masts came early" in award.do("variance", "--as-at", "2024-06-30").out
    assert award.json("variance", "--as-at", "2024-06-29")["work_streams"][0]["reason"] is None
    award.do("claim", "withdraw", "Q1", "--reason", "Not yet")
    assert award.json("variance", "--as-at", "2024-06-30")["work_streams"][0]["reason"] is None


def test_the_price_of_an_order_names_its_invoices(small: Workspace) -> None:
    drivers = small.json("variance", "--as-at", "2024-06-30")["work_streams"][0]["drivers"]
    assert drivers["price"]["amount"] == "0.50"
    (line,) = drivers["price"]["largest"]
    assert (line["document"], line["ordered"], line["invoiced"]) == ("P1", "1.00", "1.50")
    documents = {
        row["line_id"]: row["document"] for row in small.query("select line_id, document from invoice_lines")
    }
    assert [documents.get(each) for each in line["line_ids"]] == [None, "I2"]
    (line,) = drivers["timing"]["largest"]
    assert (line["accrued"], line["committed"], line["amount"]) == ("4.00", "5.00", "9.00")


def test_only_orders_that_are_done_and_count_have_a_price(tmp_path: Path) -> None:
    refused = '\n[[ineligible]]\nreason = "Gifts"\naccount = "62*"\n'
    rules = '[[allocation]]\nwork_stream = "EXISTING"\nsupplier = "*"\n' + refused
    award = Workspace(tmp_path, settings(rules=rules))
    orders = [
        ("WAITS", "1", "S", "2024-05-01", "8.00", "8.00", "closed", ""),
        ("OPEN", "1", "S", "2024-05-01", "8.00", "3.00", "open", ""),
        ("GONE", "1", "S", "2024-05-01", "8.00", "0.00", "cancelled", ""),
        ("GIFT", "1", "S", "2024-05-01", "2.00", "2.00", "closed", "6200"),
        ("EARLY", "1", "S", "2024-03-01", "2.00", "2.00", "closed", ""),
        ("UNUSED", "1", "S", "2024-05-01", "8.00", "0.00", "closed", ""),
        ("CHEAPER", "1", "S", "2024-05-01", "8.00", "3.00", "closed", ""),
    ]
    header = ("po", "line", "supplier", "order_date", "net", "received", "status", "account")
    award.write_csv("orders.csv", header, orders)
    award.write_csv(
        "invoices.csv",
        ("document", "supplier", "accounting_date", "net", "po"),
        [(f"I-{po}", "S", "2024-06-01", "3.00", po) for po, *_ in orders if po != "UNUSED"],
    )
    award.take_in("orders.csv", kind="orders")
    award.take_in("invoices.csv")
    drivers = award.json("variance", "--as-at", "2024-06-30")["work_streams"][0]["drivers"]
    found = {line["document"]: line["amount"] for line in drivers["price"]["largest"]}
    assert found == {"CHEAPER": "-5.00"}
    held = {line["document"]: line["amount"] for line in drivers["timing"]["largest"]}
    assert held == {"WAITS": "5.00", "OPEN": "5.00"}


def test_texts_of_a_ledger_do_nothing_in_a_page(tmp_path: Path) -> None:
    award = overspent(tmp_path, title=ATTACK.replace('"', "'"), reference="<b>& PCD")
    award.do("variance", "--out", tmp_path / "v.html", "--out", tmp_path / "v.md")
    page = PageReader((tmp_path / "v.html").read_text(encoding="utf-8"))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "b", "a", "img", "iframe", "object", "style script"}
    assert any(ATTACK in text for table in page.tables for row in table.texts() for text in row)
    markdown = (tmp_path / "v.md").read_text(encoding="utf-8")
    assert "<script>" not in markdown
    assert not re.search(r"(?<!\\)\]\(", markdown)
    tables = markdown_tables(markdown)
    assert any(ATTACK in text for table in tables for row in table.texts() for text in row)


def test_nothing_in_the_page_needs_a_network(year: Year) -> None:
    for tag, attrs in year.page.elements:
        addresses = [attrs.get(name) for name in ("src", "href", "action", "srcset", "xlink:href")]
        assert set(addresses) <= {None, "data:,"}, tag
    text = (year.workspace.folder / "report.html").read_text(encoding="utf-8")
    assert "url(" not in text
    assert "@import" not in text
    assert not {tag for tag, _ in year.page.elements} & {"script", "iframe", "object", "embed"}


def test_a_milestone_that_is_overdue_stands_beside_the_money(tmp_path: Path) -> None:
    extra = '\n[[milestone]]\nstream = "EXISTING"\nname = "DPIA"\ndue = 2024-05-31\nkind = "assessment"\n'
    extra += '\n[[measure]]\nname = "alerts"\nunit = "alerts"\n'
    award = overspent(tmp_path)
    award.write("grant.toml", (tmp_path / "grant.toml").read_text(encoding="utf-8") + extra)
    award.write_csv(
        "measures.csv", ("date", "measure", "stream", "value"), [("2024-05-02", "alerts", "EXISTING", 4)]
    )
    award.do("measure", "import", tmp_path / "measures.csv")
    files = [tmp_path / "v.html", tmp_path / "v.xlsx"]
    shown = award.do("variance", "--as-at", "2024-06-30", "--out", files[0], "--out", files[1])
    assert "DPIA" in shown.out
    page = PageReader(files[0].read_text(encoding="utf-8"))
    (table,) = [each for each in page.tables if each.caption.startswith("Milestones")]
    assert table.texts() == [
        [
            *("31 May 2024", "DPIA", "EXISTING", "overdue", "80,000.00", "30,001.50", "37.5"),
            "overdue, and money is spent",
        ]
    ]
    (costs,) = [each for each in page.tables if each.caption == "Unit costs of the award"]
    assert costs.texts() == [["alerts", "alerts", "TOTAL", "4", "30,001.50", "7,500.38", "7,500.38", "0.00"]]
    book = load_workbook(files[1])
    assert named(book, "milestones_flag") == ["overdue, and money is spent"]
    assert named(book, "unit_costs_per_unit") == [7500.38]


# --- the files --------------------------------------------------------------------------------------------------


def column_of(reference: str) -> str:
    """The sheet and the column of a range."""
    return re.sub(r"\d+", "", reference.partition(":")[0])


def test_the_charts_stand_on_real_cells(year: Year) -> None:
    book = year.book
    assert [len(getattr(book[name], "_charts")) for name in ("Board", "Charts", "Bridge")] == [3, 2, 1]  # noqa: B009
    drawn = sum(
        any(Decimal(row[figure]) for figure in ("budget", "eligible", "forecast"))
        for row in year.rows.values()
    )
    charts = [chart for sheet in book for chart in getattr(sheet, "_charts")]  # noqa: B009
    assert len(getattr(book["Streams"], "_charts")) == drawn  # noqa: B009
    assert len(charts) == 6 + drawn
    assert sum(tag == "svg" for tag, _ in year.page.elements) == 3 + drawn
    columns = [
        column_of(book.defined_names[f"months_{name}_to_date"].attr_text)
        for name in ("profile", "eligible", "forecast")
    ]
    for chart in getattr(book["Streams"], "_charts"):  # noqa: B009
        assert [column_of(series.val.numRef.f) for series in chart.series] == columns
    for chart in charts:
        for series in chart.series:
            for reference, kept in ((series.val.numRef, "numCache"), (series.cat.strRef, "strCache")):
                title, _, cells = reference.f.rpartition("!")
                left, top, right, bottom = range_boundaries(cells.replace("$", ""))
                assert left == right
                sheet = book[title.strip("'")]
                values = [sheet.cell(row, left).value for row in range(top, bottom + 1)]
                points = {point.idx: point.v for point in getattr(reference, kept).pt}
                there = {place: value for place, value in enumerate(values) if value is not None}
                assert points.keys() == there.keys()
                assert all(
                    str(points[at]) == str(value) or float(points[at]) == value for at, value in there.items()
                )


def test_several_files_are_written_and_no_other_form(small: Workspace, tmp_path: Path) -> None:
    done = small.run("variance", "--out", tmp_path / "a.html", "--out", tmp_path / "b.pdf")
    assert is_refused(done)
    assert not (tmp_path / "a.html").exists()
    assert is_refused(small.run("variance", "--out", small.folder / "grant.toml"))
    found = small.json("variance", "--out", tmp_path / "A.HTML", "--out", tmp_path / "b.md")
    assert found["as_at"] == "2024-06-30"
    first = (tmp_path / "A.HTML").read_bytes()
    small.do("variance", "--out", tmp_path / "A.HTML")
    assert (tmp_path / "A.HTML").read_bytes() == first


def test_an_award_that_holds_nothing_has_a_report(tmp_path: Path) -> None:
    award = Workspace(
        tmp_path, settings({"EXISTING": "0.00"}, starts="2024-04-15", ends="2024-04-20", profile=["100"])
    )
    files = [word for ending in ("xlsx", "html", "md") for word in ("--out", tmp_path / f"v.{ending}")]
    found = award.json("variance", *files)
    assert found["total"]["kinds"]["capital"]["budget_to_date"] == "0.00"
    assert found["work_streams"][0]["drivers"]["timing"]["largest"] == []


def test_a_forecast_below_zero_is_bridged(tmp_path: Path) -> None:
    award = Workspace(tmp_path, settings({"EXISTING": "100.00", "NEW": "50.00"}, forecast="committed"))
    award.write_csv(
        "invoices.csv",
        ("document", "supplier", "accounting_date", "net"),
        [("C1", "S", "2024-05-01", "-500.00")],
    )
    award.take_in("invoices.csv")
    award.do("variance", "--out", tmp_path / "v.xlsx", "--out", tmp_path / "v.html")
    book = load_workbook(tmp_path / "v.xlsx")
    columns = ("change", "after", "base", "whole", "over", "under", "below")
    rows = list(zip(*(named(book, f"bridge_{column}") for column in columns), strict=True))
    assert rows == [
        (150, 150, 0, 150, None, None, 0),
        (-600, -450, 0, None, None, 150, -450),
        (-50, -500, -450, None, None, 0, -50),
        (0, -500, -500, None, None, 0, 0),
        (-500, -500, 0, 0, None, None, -500),
    ]


@pytest.mark.thorough
def test_recalculated_every_check_is_true(tmp_path_factory: pytest.TempPathFactory, year: Year) -> None:
    if (year.seed - FIRST_YEAR) % 10:
        return  # of many years each tenth: LibreOffice takes longer than all else
    folder = tmp_path_factory.mktemp("recalculated")
    source = year.workspace.folder / "report.xlsx"
    award = overspent(folder / "small", forecast="committed")
    award.do("variance", "--out", folder / "small.xlsx")
    files = (source, folder / "small.xlsx")
    for file, values in zip(files, all_recalculated(files, folder / "out"), strict=True):
        formulas = load_workbook(file)
        cells = [
            (sheet.title, cell.coordinate)
            for sheet in formulas
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]
        assert len(cells) > 50
        assert [at for at in cells if values[at[0]][at[1]].value is not True] == []


# --- in a browser -----------------------------------------------------------------------------------------------

WIDTHS = (1280, 400)
HARNESS = """<!DOCTYPE html><title>-</title><link rel="icon" href="data:,">
<iframe src="v.html" style="width: 1280px; height: 900px; border: 0"></iframe>
<iframe src="v.html" style="width: 400px; height: 900px; border: 0"></iframe>
<script>
onload = () => {
  const frames = [...document.querySelectorAll("iframe")];
  document.body.dataset.wide = frames.map(each => each.contentDocument.documentElement.scrollWidth).join(" ");
};
</script>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and notes what is asked for."""

    asked: list[str] = []  # noqa: RUF012 - of the class, so that the test sees it

    def log_message(self, *_: object) -> None:
        self.asked.append(self.path)


@pytest.mark.thorough
def test_a_browser_shows_the_page_without_a_word(small: Workspace, tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("Chromium (chromium) is not installed")
    small.do("variance", "--out", tmp_path / "v.html")
    (tmp_path / "frames.html").write_text(HARNESS, encoding="utf-8")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Quiet.asked.clear()
    try:
        done = subprocess.run(
            [
                *(browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
                *("--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}"),
                *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--window-size=1800,1000"),
                *("--virtual-time-budget=3000", "--dump-dom"),
                f"http://127.0.0.1:{server.server_port}/frames.html",
            ],
            capture_output=True,
            timeout=120,
            check=True,
        )
    finally:
        server.shutdown()
        server.server_close()
    said = done.stderr.decode(errors="replace")
    assert "CONSOLE" not in said, said
    assert set(Quiet.asked) == {"/frames.html", "/v.html"}
    found = re.search(r'data-wide="(\d+) (\d+)"', done.stdout.decode(errors="replace"))
    assert found is not None
    assert (int(found[1]), int(found[2])) <= WIDTHS, "the page is wider than its window"
    assert int(found[2]) <= WIDTHS[1]


# --- the position taken apart -----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["kind", "month", "quarter", "supplier", "account", "stream"])
def test_the_parts_of_the_position_add_up_to_it(year: Year, by: str) -> None:
    status = year.workspace.json("status", "--as-at", year.as_at)
    found = year.workspace.json("status", "--by", by, "--as-at", year.as_at)
    rows = {row["code"]: row for row in status["work_streams"]}
    rows |= {UNALLOCATED: {**dict.fromkeys(("budget", "available"), "0.00"), **status["unallocated"]}}
    assert [row["code"] for row in found["work_streams"]] == list(rows)
    parts = {row["code"]: row["parts"] for row in found["work_streams"]}
    for figure in ("budget", "invoiced", "eligible", "accrued", "committed", "available"):
        every = [part for some in parts.values() for part in some]
        if figure == "available" or not every or figure not in every[0]:
            continue
        for code, row in rows.items():
            assert sum((Decimal(part[figure]) for part in parts[code]), ZERO) == Decimal(row[figure]), code
        total = sum((Decimal(part[figure]) for part in found["total"]["parts"]), ZERO)
        assert total == Decimal(status["total"][figure])


def test_one_stream_has_its_own_figures(year: Year) -> None:
    status = year.workspace.json("status", "--as-at", year.as_at)
    for row in status["work_streams"][:1]:
        code = row["code"]
        found = year.workspace.json("status", code.lower(), "--as-at", year.as_at)
        assert found["work_stream"] == row
        for figure in ("invoiced", "eligible", "accrued", "committed"):
            of_all = sum((Decimal(part[figure]) for part in found["suppliers"]), ZERO)
            assert of_all == Decimal(row[figure])
        for figure in ("accrued", "committed"):
            assert sum((Decimal(each[figure]) for each in found["orders"]), ZERO) == Decimal(row[figure])
        by = year.workspace.json("status", code, "--by", "account", "--as-at", year.as_at)
        assert sum((Decimal(part["eligible"]) for part in by["total"]["parts"]), ZERO) == Decimal(
            row["eligible"]
        )


def test_the_new_tables_fit_eighty_columns(year: Year) -> None:
    asked = [["--by", by] for by in ("kind", "month", "supplier", "stream")]
    for words in (*asked, [next(iter(year.rows))]):
        shown = year.workspace.do("status", *words, "--as-at", year.as_at).out
        assert max(map(len, shown.splitlines()), default=0) <= 80, words  # of a year without spending nothing
        assert shown.isascii(), "piped, so without blocks"


def test_sparklines_are_blocks_where_the_terminal_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from grantkit import console

    amounts = [Decimal(amount) for amount in ("-5", "0", "1", "50", "100")]
    assert console.sparkline(amounts) == "...+@"
    assert console.sparkline([ZERO, ZERO]) == ".."
    assert console.sparkline([]) == ""
    monkeypatch.setattr(console, "_draws_blocks", lambda: True)
    assert console.sparkline(amounts) == "▁▁▁▅█"


def test_a_stream_that_is_none_is_refused(tmp_path: Path) -> None:
    award = Workspace(tmp_path)
    assert is_refused(award.run("status", "NOWHERE"))
    assert is_refused(award.run("status", "--by", "colour"))
