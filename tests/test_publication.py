"""What is published: which rows, what becomes of names, who decides, and the Table Schema that each file keeps to."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from product import Workspace, is_refused, settings

from grantkit.auditing.names import named_person, supplier_person

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

INVOICES = (
    "document,line,supplier,accounting_date,net,vat,cost_centre,account,category,description,po,po_line"
)
ORDERS = "po,line,supplier,order_date,net,status,cost_centre,account,category,description"
RULES = """
[[allocation]]
work_stream = "A"
cost_centre = "CC1"
[[allocation]]
split = { A = "60", B = "40" }
cost_centre = "CC12"
[capital]
account = "1*"
[publish]
value_for_money = "By quotation"
[[redact]]
reason = "A sole trader"
supplier = "Cadwell"
[[exclude]]
reason = "Pay, which is published by rank"
supplier = "Payroll"
"""
BODY = "Mayor's Office for Policing and Crime"
REDACTED = "REDACTED PERSONAL DATA"


class Award(Workspace):
    """An award whose ledgers come in row by row."""

    def __init__(self, folder: Path, rules: str = RULES, **award: str) -> None:
        super().__init__(folder, settings({"A": "300000.00", "B": "300000.00"}, rules=rules, **award))

    def invoices(self, *rows: str) -> None:
        self._import("invoices", INVOICES, rows)

    def orders(self, *rows: str) -> None:
        self._import("orders", ORDERS, rows)

    def _import(self, kind: str, header: str, rows: tuple[str, ...]) -> None:
        name = f"{kind}-{len(list(self.folder.glob('*.csv')))}.csv"
        self.write(name, "\n".join([header, *rows, ""]))
        self.take_in(name, kind=kind)

    def published(self, *words: str, month: str = "2024-05", code: int = 0) -> list[dict[str, str]]:
        """The rows of the CSV, by their columns."""
        done = self.run("publish", "--month", month, *words)
        assert done.code == code, done.err
        return list(csv.DictReader(io.StringIO(done.out)))


@pytest.fixture
def award(tmp_path: Path) -> Award:
    return Award(tmp_path)


def numbers(rows: list[dict[str, str]], column: str = "Transaction number") -> list[str]:
    return [row[column] for row in rows]


# --- which rows -------------------------------------------------------------------------------------------------


def test_every_line_of_an_invoice_above_the_threshold_is_a_row(award: Award) -> None:
    award.invoices(
        "I1,1,Acme,2024-05-02,300.00,60.00,CC1,4000,Equipment,Cables,,",
        "I1,2,Acme,2024-05-02,200.01,40.00,CC12,1000,Equipment,Mast,,",
        "I2,1,Acme,2024-05-03,500.00,100.00,CC1,4000,,Exactly the threshold,,",
        "I3,1,Acme,2024-05-31,500.01,0.00,CC9,4000,,No stream,,",
        "I4,1,Acme,2024-05-31,-500.01,0.00,CC1,4000,,A credit,,",
        "I5,1,Acme,2024-05-31,400.00,0.00,CC1,4000,,The same number,,",
        "I5,1,Bolts,2024-05-31,400.00,0.00,CC1,4000,,of two suppliers,,",
        "I6,1,Acme,2024-06-01,900.00,0.00,CC1,4000,,The next month,,",
    )
    assert award.run("publish", "--month", "2024-05").out == (
        "Body,Date,Supplier,Amount,Category,Purpose,Transaction number,Capital or revenue,Procurement category,"
        "Value for money\n"
        f"{BODY},2024-05-02,Acme,300.00,Stream A,Cables,I1,Revenue,Equipment,By quotation\n"
        f"{BODY},2024-05-02,Acme,200.01,Stream A; Stream B,Mast,I1,Capital,Equipment,By quotation\n"
        f"{BODY},2024-05-31,Acme,500.01,Not allocated,No stream,I3,Revenue,,By quotation\n"
        f"{BODY},2024-05-31,Acme,-500.01,Stream A,A credit,I4,Revenue,,By quotation\n"
    )


def test_a_month_without_spending_has_a_header_and_no_rows(award: Award) -> None:
    done = award.do("publish", "--month", "2024-05")
    assert done.out.count("\n") == 1
    assert "spending above 500.00 in 2024-05: 0 rows, 0.00" in done.err


def test_the_date_that_counts_and_the_vat_that_cannot_be_reclaimed(tmp_path: Path) -> None:
    award = Award(tmp_path, vat="irrecoverable")
    award.invoices(
        "I1,1,Acme,2024-04-30,450.00,90.00,CC1,4000,,Survey,,",
        "I2,1,Acme,2024-05-30,416.67,83.33,CC1,4000,,Exactly 500.00 with its VAT,,",
    )
    award.do("decide", "1", "--accounting-date", "2024-05-01", "--reason", "Delivered in May")
    (row,) = award.published()
    assert (row["Date"], row["Amount"]) == ("2024-05-01", "540.00")
    assert award.published(month="2024-04") == []


def test_what_a_grant_does_not_pay_for_is_published_all_the_same(tmp_path: Path) -> None:
    award = Award(tmp_path, RULES + '[[ineligible]]\nreason = "Hospitality"\naccount = "62*"\n')
    award.invoices("I1,1,Caterers,2024-05-02,800.00,0.00,CC1,6200,,Reception,,")
    assert numbers(award.published()) == ["I1"]


def test_purpose_and_account_come_from_the_order_where_the_invoice_has_none(tmp_path: Path) -> None:
    rules = RULES.replace("[publish]", '[publish]\nprocurement_category = "account"\nbody = "The Force"')
    award = Award(tmp_path, rules)
    award.orders("P1,1,Acme,2024-04-02,800.00,open,CC1,5100,Cameras,Six brackets")
    award.invoices("I1,1,Acme,2024-05-02,800.00,0.00,,,,,P1,1")
    (row,) = award.published()
    assert (row["Body"], row["Purpose"], row["Procurement category"]) == ("The Force", "Six brackets", "5100")


def test_a_work_stream_may_say_by_itself_why_it_is_good_value(tmp_path: Path) -> None:
    text = settings({"A": "300000.00", "B": "300000.00"}, rules=RULES)
    award = Award(tmp_path)
    award.write("grant.toml", text.replace('code = "B"', 'code = "B"\nvalue_for_money = "By tender"'))
    award.invoices(
        "I1,1,Acme,2024-05-02,800.00,0.00,CC1,4000,,Of A,,",
        "I2,1,Acme,2024-05-02,800.00,0.00,CC12,4000,,Of both,,",
    )
    assert [row["Value for money"] for row in award.published()] == [
        "By quotation",
        "By quotation; By tender",
    ]


def test_the_thresholds_are_settings(tmp_path: Path) -> None:
    award = Award(
        tmp_path, RULES.replace("[publish]", '[publish]\nthreshold = "250.00"\norders_threshold = "0"')
    )
    award.invoices(
        "I1,1,Acme,2024-05-02,250.00,0.00,CC1,4000,,a,,",
        "I2,1,Acme,2024-05-02,250.01,0.00,CC1,4000,,b,,",
    )
    award.orders("P1,1,Acme,2024-05-02,1.00,open,CC1,4000,,c")
    assert numbers(award.published()) == ["I2"]
    assert numbers(award.published("--orders"), "Order number") == ["P1"]


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_are_those_of_an_account_in_plain_python(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    lines = [
        (
            f"D{dice.randrange(40)}",
            str(number),
            dice.choice(("Acme", "Bolts", "Payroll")),
            f"2024-05-{dice.randrange(1, 29):02}" if dice.random() < 0.7 else "2024-06-01",
            Decimal(dice.randrange(-30000, 60000)).scaleb(-2),
        )
        for number in range(120)
    ]
    award = Award(tmp_path)
    award.invoices(*(f"{d},{n},{s},{on},{net},0,CC1,4000,,x{n},," for d, n, s, on, net in lines))
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for document, _, supplier, _, net in lines:
        totals[supplier, document] += net
    expected = sorted(
        (on, f"x{number}", f"{net:.2f}")
        for document, number, supplier, on, net in lines
        if on.startswith("2024-05")
        and net
        and abs(totals[supplier, document]) > 500
        and supplier != "Payroll"
    )
    rows = award.published()
    assert sorted((row["Date"], row["Purpose"], row["Amount"]) for row in rows) == expected
    found = award.json("publish", "--month", "2024-05")
    assert Decimal(found["total"]) == sum(Decimal(amount) for _, _, amount in expected)


# --- orders and contracts ---------------------------------------------------------------------------------------


@pytest.fixture
def ordered(award: Award) -> Award:
    award.orders(
        "P1,1,Acme,2024-05-02,4000.00,open,CC1,1000,Cameras,Cameras",
        "P1,2,Acme,2024-05-02,1000.01,closed,CC1,4000,Works,Fitting",
        "P2,1,Acme,2024-05-02,5000.00,open,CC1,1000,,Exactly the threshold",
        "P3,1,Acme,2024-05-02,9000.00,cancelled,CC1,1000,,Never came",
        "P4,1,Bolts,2024-05-20,9000.00,open,CC1,1000,Cameras,Masts",
        "P4,2,Bolts,2024-06-03,1000.01,open,CC12,4000,Works,Ladders",
    )
    return award


def test_orders_are_published_line_by_line(ordered: Award) -> None:
    rows = ordered.published("--orders")
    assert [(row["Order number"], row["Amount"], row["Purpose"]) for row in rows] == [
        ("P1", "4000.00", "Cameras"),
        ("P1", "1000.01", "Fitting"),
        ("P4", "9000.00", "Masts"),
    ]
    assert [row["Amount"] for row in ordered.published("--orders", month="2024-06")] == ["1000.01"]


def test_a_contract_is_one_row_in_the_month_of_its_first_order_line(ordered: Award) -> None:
    (row,) = ordered.published("--contracts")
    assert row == {
        "Body": BODY,
        "Date": "2024-05-20",
        "Supplier": "Bolts",
        "Amount": "10000.01",
        "Category": "Stream A; Stream B",
        "Purpose": "Masts; Ladders",
        "Contract number": "P4",
        "Capital or revenue": "Capital; Revenue",
        "Procurement category": "Cameras; Works",
        "Value for money": "By quotation",
    }
    assert ordered.published("--contracts", month="2024-06") == []


def test_a_contract_of_which_one_line_may_name_a_person_waits_as_a_whole(award: Award) -> None:
    award.orders(
        "P1,1,Acme,2024-05-02,9000.00,open,CC1,1000,,Masts",
        "P1,2,Acme,2024-05-02,9000.00,open,CC1,1000,,Course for Sgt Miller",
    )
    assert award.published("--contracts", code=1) == []
    assert [row["Purpose"] for row in award.published("--orders", code=1)] == ["Masts"]
    award.do("publish", "decide", "2", "--redact", "--reason", "Names an officer")
    (row,) = award.published("--contracts")
    assert (row["Supplier"], row["Purpose"], row["Amount"]) == (REDACTED, REDACTED, "18000.00")


# --- names ------------------------------------------------------------------------------------------------------

LINES = (
    "I1,1,Acme,2024-05-02,800.00,0.00,CC1,4000,,Cables,,",
    "I2,1,Cadwell,2024-05-02,700.00,0.00,CC1,4000,,Advice by Dr Cadwell,,",
    "I3,1,Payroll,2024-05-02,600.00,0.00,CC1,4000,,Overtime PC Rowe,,",
    "I4,1,Training Ltd,2024-05-02,900.00,0.00,CC1,4000,,Course for Sgt Miller,,",
)


def test_a_redacted_row_stays_and_an_excluded_one_is_counted(award: Award) -> None:
    award.invoices(*LINES[:3])
    done = award.do("publish", "--month", "2024-05")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["Supplier"], row["Purpose"], row["Amount"]) for row in rows] == [
        ("Acme", "Cables", "800.00"),
        (REDACTED, REDACTED, "700.00"),
    ]
    assert "Cadwell" not in done.out
    assert done.err.splitlines() == [
        "spending above 500.00 in 2024-05: 2 rows, 1,500.00, 1 of them without names",
        "left out: 1 line, 600.00: Pay, which is published by rank",
    ]


def test_what_may_name_a_person_waits_until_somebody_decides(award: Award) -> None:
    award.invoices(*LINES)
    done = award.run("publish", "--month", "2024-05")
    assert done.code == 1
    assert "Miller" not in done.out
    assert (
        "warning: line 4 may name a person (Sgt Miller) and is not published:"
        " Training Ltd, Course for Sgt Miller, 900.00" in done.err
    )
    (waiting,) = award.json("publish", "--month", "2024-05", code=1)["waiting"]
    assert (waiting["line_id"], waiting["may_name"]) == (4, "Sgt Miller")
    for treatment, shown in (
        ("--redact", [(REDACTED, REDACTED)]),
        ("--exclude", []),
        ("--as-is", [("Training Ltd", "Course for Sgt Miller")]),
    ):
        award.do("publish", "decide", "4", treatment, "--reason", "Asked data protection")
        rows = [row for row in award.published() if row["Transaction number"] == "I4"]
        assert [(row["Supplier"], row["Purpose"]) for row in rows] == shown


def test_a_decision_beats_the_rules(award: Award) -> None:
    award.invoices(*LINES[:3])
    award.do("publish", "decide", "2", "3", "--as-is", "--reason", "They agreed to it")
    assert [row["Supplier"] for row in award.published()] == ["Acme", "Cadwell", "Payroll"]


def test_as_is_holds_for_the_text_that_was_looked_at(award: Award) -> None:
    award.invoices(LINES[3])
    award.do("publish", "decide", "1", "--as-is", "--reason", "A rank and no name")
    assert len(award.published()) == 1
    award.invoices(LINES[3].replace("Miller", "Dawson"))
    assert award.published(code=1) == []
    award.do("publish", "decide", "1", "--redact", "--reason", "An officer")
    award.invoices(LINES[3].replace("Miller", "Rowe"))
    assert [row["Purpose"] for row in award.published()] == [REDACTED]


def test_who_decided_is_in_the_log_and_verified(award: Award) -> None:
    award.invoices(*LINES)
    award.do("publish", "decide", "4", "1", "--redact", "--reason", " Asked ")
    entry = award.json("log", "--command", "publish")["entries"][-1]
    assert entry["arguments"] == {"lines": [1, 4], "treatment": "redact", "reason": "Asked"}
    assert award.json("log", "--line", "4")["entries"][-1]["command"] == "publish decide"
    assert award.json("verify", "--quick")["ok"]
    kept = award.query("select line_id, treatment, supplier, purpose, user_name from publication_decisions")
    assert kept[1] == {
        "line_id": 4,
        "treatment": "redact",
        "supplier": "Training Ltd",
        "purpose": "Course for Sgt Miller",
        "user_name": "finance",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Overtime, PC Rowe, deployment 1", "PC Rowe"),
        ("Fee of Prof. Ada Lovelace", "Prof. Ada Lovelace"),
        ("MR SMITH, TRAVEL", "MR SMITH"),
        ("Travel J. Smith", "J. Smith"),
        ("Travel, J.R. Smith", "J.R. Smith"),
        ("expenses of Nadia", "expenses of Nadia"),
        ("Re: Élodie Martin", "Re: Élodie Martin"),
        ("Refund to Carter", "Refund to Carter"),
        ("on behalf of O'Neill", "on behalf of O'Neill"),
        ("Payment to Jane Smith, June", "to Jane Smith"),
        ("Paper by Anne-Marie McDonald", "by Anne-Marie McDonald"),
        ("Queries: jane.smith@example.org", "jane.smith@example.org"),
        ("Backfill for data protection officer", None),
        ("Paper for London Policing Ethics Panel", None),
        ("Grant to Citizens Advice and others", None),
        ("Opinion on Article 8 and the Equality Act", None),
        ("Dismounting of cameras, units 1 to 3", None),
        ("Hire of PCs and a DC supply", None),
        ("miss a deployment", None),
        ("", None),
        (None, None),
    ],
)
def test_a_purpose_that_may_name_a_person(text: str | None, found: str | None) -> None:
    assert named_person(text) == found


@pytest.mark.parametrize(
    ("supplier", "flagged"),
    [
        *(
            ("J Smith", True),
            ("J. A. Smith", True),
            ("Smith, J", True),
            ("Dr Patel", True),
            ("O'Neill, J.R.", True),
        ),
        *(("J Smith & Sons Ltd", False), ("Thrumble, Dray & Co LLP", False), ("Acme Cameras Ltd", False)),
        *(("University of Wexcombe", False), ("Payroll", False), ("", False), (None, False)),
    ],
)
def test_a_supplier_that_may_be_a_person(supplier: str | None, flagged: bool) -> None:
    assert (supplier_person(supplier) is not None) is flagged


# --- the file ---------------------------------------------------------------------------------------------------


def faults(text: str, schema: dict[str, Any]) -> list[str]:
    """What of a CSV does not keep to a Table Schema: its header, types, needed cells and lists of values."""
    header, *rows = csv.reader(io.StringIO(text))
    fields = schema["fields"]
    found = [] if header == [field["name"] for field in fields] else [f"header {header}"]
    types = {
        "string": lambda cell: True,
        "number": lambda cell: re.fullmatch(r"-?[0-9]+[.][0-9]{2}", cell),
        "date": date.fromisoformat,
    }
    for number, row in enumerate(rows, 2):
        assert len(row) == len(fields)
        for field, cell in zip(fields, row, strict=True):
            limits = field.get("constraints", {})
            if not cell and limits.get("required"):
                found.append(f"row {number}: {field['name']} is missing")
            elif cell and not types[field["type"]](cell):
                found.append(f"row {number}: {cell} is no {field['type']}")
            elif "enum" in limits and cell not in limits["enum"]:
                found.append(f"row {number}: {cell} is none of {limits['enum']}")
    return found


@pytest.mark.parametrize("which", [[], ["--orders"], ["--contracts"]])
def test_each_list_keeps_to_the_schema_that_is_written_beside_it(ordered: Award, which: list[str]) -> None:
    ordered.invoices(*LINES[:3], "I9,1,Acme,2024-05-02,-700.00,0.00,CC1,4000,,,,")
    file = ordered.folder / "public" / "2024-05.csv"
    done = ordered.do("publish", "--month", "2024-05", *which, "--out", file, "--schema")
    assert not done.out
    schema = json.loads((file.parent / "2024-05.schema.json").read_text(encoding="utf-8"))
    text = file.read_bytes().decode("utf-8")
    assert len(text.splitlines()) > 1
    assert faults(text, schema) == []
    assert faults(text.replace("Revenue", "revenue").replace("Capital,", "capital,"), schema)


def test_no_text_of_a_ledger_is_a_formula_or_breaks_a_line(award: Award) -> None:
    award.write(
        "odd.csv",
        f'{INVOICES}\nI1,1,=cmd(),2024-05-02,800.00,0,CC1,4000,,"+44 and\n a break, £5",,\n'
        "@I2,1,Acme,2024-05-02,800.00,0,CC1,4000,,- labour,,\n",
    )
    award.take_in("odd.csv")
    first, second = award.published()
    assert (first["Supplier"], first["Purpose"]) == ("'=cmd()", "'+44 and a break, £5")
    assert (second["Transaction number"], second["Purpose"]) == ("'@I2", "'- labour")


def test_the_same_ledger_gives_the_same_bytes_and_changes_nothing(ordered: Award) -> None:
    ordered.invoices(*LINES[:3])
    before = ordered.files()
    first = ordered.do("publish", "--month", "2024-05", now="2026-01-01T00:00:00")
    assert ordered.do("publish", "--month", "2024-05") == first
    assert ordered.files() == before


# --- traces -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "words", "count"),
    [("", [], 3), (":orders", ["--orders"], 3), (":contracts", ["--contracts"], 2)],
)
def test_what_was_published_traces_to_its_cells(
    ordered: Award, target: str, words: list[str], count: int
) -> None:
    ordered.invoices(*LINES, "I5,1,Acme,2024-05-04,-650.25,0.00,CC12,4000,,Credit,,")
    rows = list(csv.DictReader(io.StringIO(ordered.run("publish", "--month", "2024-05", *words).out)))
    found = ordered.json("trace", f"publish:2024-05{target}")
    assert len(found["lines"]) == count
    assert Decimal(found["total"]) == sum(Decimal(row["Amount"]) for row in rows) != 0
    assert Decimal(found["total"]) == sum(Decimal(line["amount"]) for line in found["lines"])
    assert all(line["file"] and line["row"] and line["sha256"] for line in found["lines"])


def test_a_list_or_a_month_that_is_none_is_refused(award: Award) -> None:
    for words in (
        ("trace", "publish:2024-13"),
        ("trace", "publish:2024-05:invoices"),
        ("publish",),
        ("publish", "--month", "May"),
        ("publish", "--month", "2024-05", "--orders", "--contracts"),
        ("publish", "--month", "2024-05", "--schema"),
        ("publish", "--month", "2024-05", "--out", award.folder / "grant.toml"),
        ("publish", "decide", "1", "--reason", "none"),
        ("publish", "decide", "1", "--redact", "--as-is", "--reason", "both"),
        ("publish", "decide", "1", "--redact", "--reason", "no such line"),
        ("publish", "decide", "1", "--redact", "--reason", " "),
    ):
        assert is_refused(award.run(*words)), words
