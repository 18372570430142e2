"""Any ledger in: one ledger, written in many formats; from each the same lines, net and VAT, to the penny."""

from __future__ import annotations

import csv
import datetime
import io
import random
import tomllib
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from openpyxl import Workbook, load_workbook
from product import Workspace
from spreadsheet import converted

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

PENNY = Decimal("0.01")


class Line(NamedTuple):
    """A line of the ledger, as its owner knows it."""

    supplier_id: str
    supplier: str
    document: str
    line: str
    invoice_date: datetime.date
    accounting_date: datetime.date
    net: Decimal
    vat: Decimal
    cost_centre: str
    account: str
    description: str


HEADER = (
    *("Supplier No", "Supplier Name", "Invoice Number", "Line Number", "Invoice Date", "Posting Date"),
    *("Net Amount", "VAT Amount", "Cost Centre", "Nominal Code", "Description"),
)
SUPPLIERS = [
    ("0040117", "Larkfield Fabrications Ltd"),
    ("0040233", "Ozmere Networks, Cables & Co"),
    ("0040391", "Café Quillhaven"),
]


def ledger() -> list[Line]:
    """Sixty lines of about forty invoices: credits, thousands, pennies, VAT or none."""
    dice = random.Random(1663)
    lines: list[Line] = []
    number = 0
    while len(lines) < 60:
        number += 1
        supplier = dice.choice(SUPPLIERS)
        day = datetime.date(2024, 4, 1) + datetime.timedelta(days=dice.randrange(180))
        credit = number % 6 == 0
        rate = dice.choice([Decimal("0.2"), Decimal("0.2"), Decimal("0.05"), Decimal(0)])
        for place in range(1, min(dice.randint(1, 3), 60 - len(lines)) + 1):
            net = Decimal(dice.choice([dice.randint(1, 999), dice.randint(100_000, 2_500_000)])) * PENNY
            net = -net if credit else net
            lines.append(
                Line(
                    *supplier,
                    f"INV-{number:04}",
                    str(place),
                    day,
                    day + datetime.timedelta(days=dice.randint(0, 9)),
                    net,
                    (net * rate).quantize(PENNY),
                    f"CC{dice.randint(101, 109)}",
                    str(dice.randint(5000, 5999)),
                    f"Delivery {number}, part {place}",
                )
            )
    return lines


LEDGER = ledger()
Cell = Callable[[Any], str]


def plain(amount: Decimal) -> str:
    return f"{amount:.2f}"


def with_commas(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def european(amount: Decimal) -> str:
    return with_commas(amount).translate(str.maketrans(",.", ".,"))


def minus_behind(amount: Decimal) -> str:
    return f"{abs(amount):,.2f}-" if amount < 0 else with_commas(amount)


def in_parentheses(amount: Decimal) -> str:
    return f"({abs(amount):,.2f})" if amount < 0 else with_commas(amount)


def with_cr(amount: Decimal) -> str:
    return f"{abs(amount):,.2f}CR" if amount < 0 else with_commas(amount)


def with_pound_sign(amount: Decimal) -> str:
    return f"-£{abs(amount):,.2f}" if amount < 0 else f"£{amount:,.2f}"


def unsigned(amount: Decimal) -> str:
    return plain(abs(amount))


def iso(day: datetime.date) -> str:
    return day.isoformat()


def british(day: datetime.date) -> str:
    return f"{day:%d/%m/%Y}"


def american(day: datetime.date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def dotted(day: datetime.date) -> str:
    return f"{day:%d.%m.%Y}"


def serial(day: datetime.date) -> str:
    return str((day - datetime.date(1899, 12, 30)).days)


def rows_of(money: Cell = plain, date: Cell = british, lines: Sequence[Line] = LEDGER) -> list[list[str]]:
    shown: dict[type, Cell] = {Decimal: money, datetime.date: date, str: str}
    return [[shown[type(value)](value) for value in line] for line in lines]


def as_csv(rows: Sequence[Sequence[str]], ending: str = "\n", **how: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=ending, **how).writerows(rows)
    return text.getvalue()


# --- the formats ------------------------------------------------------------------------------------------------


def semicolons_and_decimal_comma() -> bytes:
    return as_csv([HEADER, *rows_of(european, dotted)], delimiter=";").encode()


def tabs_in_utf_16() -> bytes:
    return as_csv([HEADER, *rows_of(with_commas)], "\r\n", delimiter="\t").encode("utf-16")


def bars_and_pound_signs_in_windows_1252() -> bytes:
    return as_csv([HEADER, *rows_of(with_pound_sign)], "\r\n", delimiter="|").encode("cp1252")


def fixed_columns_under_dashes() -> bytes:
    rows = [list(HEADER), *rows_of(minus_behind)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    figures = {HEADER.index("Net Amount"), HEADER.index("VAT Amount")}
    laid = [
        "  ".join(
            cell.rjust(width) if index in figures else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    laid.insert(1, "  ".join("-" * width for width in widths))
    return ("\r\n".join(laid) + "\r\n").encode()


def lines_end_in_cr() -> bytes:
    return as_csv([HEADER, *rows_of()], "\r").encode()


def lines_end_as_they_like() -> bytes:
    endings = ["\n", "\r\n", "\r"]
    lines = as_csv([HEADER, *rows_of()]).split("\n")
    return "".join(line + endings[index % 3] for index, line in enumerate(lines) if line).encode()


def a_preamble_and_a_header_over_two_rows() -> bytes:
    above = [
        ["Accounts payable: invoice lines"],
        ["Run on 12/10/2024 at 08:15 by J SMITH"],
        ["Parameters:", "Period 2024-04 to 2024-09"],
        [],
        ["Company", "01"],
        ["Supplier", "", "Invoice", "", "", "Posting", "Net", "VAT", "Cost", "Nominal", "Line"],
        [
            *("No", "Name", "Number", "Line", "Date", "Date", "Amount"),
            *("Amount", "Centre", "Code", "Description"),
        ],
    ]
    return as_csv([*above, *rows_of()]).encode()


def month_first() -> bytes:
    return as_csv([HEADER, *rows_of(date=american)]).encode()


def dates_as_day_numbers() -> bytes:
    return as_csv([HEADER, *rows_of(date=serial)]).encode()


def quotes_everywhere_and_line_breaks() -> bytes:
    lines = [
        line._replace(description=f'{line.description}\n"as agreed",\r\nsee order')
        if index % 4 == 0
        else line
        for index, line in enumerate(LEDGER)
    ]
    return as_csv([HEADER, *rows_of(lines=lines)], "\r\n", quoting=csv.QUOTE_ALL).encode("utf-8-sig")


def minus_behind_the_amount() -> bytes:
    return as_csv([HEADER, *rows_of(minus_behind)]).encode()


def amounts_in_parentheses() -> bytes:
    return as_csv([HEADER, *rows_of(in_parentheses)]).encode()


def amounts_with_cr() -> bytes:
    return as_csv([HEADER, *rows_of(with_cr)]).encode()


def debits_and_credits_by_a_letter() -> bytes:
    rows = [[*row, "C" if line.net < 0 else "D"] for row, line in zip(rows_of(unsigned), LEDGER, strict=True)]
    return as_csv([[*HEADER, "D/C"], *rows]).encode()


def sap_debits_and_credits() -> bytes:
    rows = [[*row, "H" if line.net < 0 else "S"] for row, line in zip(rows_of(unsigned), LEDGER, strict=True)]
    return as_csv([[*HEADER, "Debit/Credit Ind."], *rows]).encode()


def debits_and_credits_in_two_columns() -> bytes:
    header = [*HEADER[:6], "Debit", "Credit", *HEADER[7:]]
    rows = []
    for row, line in zip(rows_of(), LEDGER, strict=True):
        amount = with_commas(abs(line.net))
        rows.append([*row[:6], *(["", amount] if line.net < 0 else [amount, ""]), *row[7:]])
    return as_csv([header, *rows]).encode()


def credit_notes_by_their_type() -> bytes:
    rows = [
        [*row, "Credit Note" if line.net < 0 else "Invoice"]
        for row, line in zip(rows_of(unsigned), LEDGER, strict=True)
    ]
    return as_csv([[*HEADER, "Document Type"], *rows]).encode()


def tax_in_rows_of_its_own() -> bytes:
    header = [*HEADER[:7], "Line Type", *HEADER[8:]]
    rows: list[list[str]] = []
    documents: dict[str, list[Line]] = defaultdict(list)
    for line in LEDGER:
        documents[line.document].append(line)
    for lines in documents.values():
        rows += [[*row[:7], "ITEM", *row[8:]] for row in rows_of(lines=lines)]
        tax = sum((line.vat for line in lines), Decimal(0))
        if tax:
            last = lines[-1]._replace(line=str(len(lines) + 1), net=tax, account="9310", description="VAT")
            rows += [[*row[:7], "TAX", *row[8:]] for row in rows_of(lines=[last])]
    return as_csv([header, *rows]).encode()


def workbook_with_real_cells() -> bytes:
    book = Workbook()
    notes = book.active
    notes.title = "Notes"
    for text in ("Extract for the grant", "Prepared by finance", "Figures as posted"):
        notes.append([text, None, datetime.date(2024, 10, 1)])
    sheet = book.create_sheet("Lines")
    sheet.append(HEADER)
    for line in LEDGER:
        sheet.append([float(value) if isinstance(value, Decimal) else value for value in line])
    return _bytes(book)


def workbook_with_numbers_as_text_and_a_total() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "AP"
    sheet.append(HEADER)
    for row in rows_of(with_commas):
        sheet.append(row)
    net, vat = (sum((getattr(line, name) for line in LEDGER), Decimal(0)) for name in ("net", "vat"))
    sheet.append(["Total", None, None, None, None, None, with_commas(net), with_commas(vat)])
    return _bytes(book)


def _bytes(book: Workbook) -> bytes:
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "semicolons.csv": semicolons_and_decimal_comma,
    "tabs.tsv": tabs_in_utf_16,
    "bars.txt": bars_and_pound_signs_in_windows_1252,
    "fixed.txt": fixed_columns_under_dashes,
    "cr.csv": lines_end_in_cr,
    "mixed.csv": lines_end_as_they_like,
    "preamble.csv": a_preamble_and_a_header_over_two_rows,
    "month-first.csv": month_first,
    "serials.csv": dates_as_day_numbers,
    "quotes.csv": quotes_everywhere_and_line_breaks,
    "minus-behind.csv": minus_behind_the_amount,
    "parentheses.csv": amounts_in_parentheses,
    "cr-amounts.csv": amounts_with_cr,
    "letters.csv": debits_and_credits_by_a_letter,
    "sap.csv": sap_debits_and_credits,
    "two-columns.csv": debits_and_credits_in_two_columns,
    "types.csv": credit_notes_by_their_type,
    "tax-rows.csv": tax_in_rows_of_its_own,
    "cells.xlsx": workbook_with_real_cells,
    "texts.xlsx": workbook_with_numbers_as_text_and_a_total,
}


# --- the same from all ------------------------------------------------------------------------------------------


def assert_the_same(workspace: Workspace, file: str, words: Sequence[str] = ()) -> dict[str, Any]:
    """Import the file as it is and hold what the ledger has against what was written."""
    shown: dict[str, Any] = workspace.json("import", workspace.folder / file, *words)["imports"][0]
    net, vat = (sum((getattr(line, name) for line in LEDGER), Decimal(0)) for name in ("net", "vat"))
    assert shown["rows"]["accepted"] == len(LEDGER)
    assert shown["rows"]["rejected"] == 0
    assert shown["net"]["accepted"] == plain(net)
    held = workspace.query(
        "select document, line, supplier_id, supplier, invoice_date, accounting_date, net, vat, cost_centre, account,"
        " split_part(description, chr(10), 1) as description from invoice_lines order by line_id"
    )
    of_document: dict[str, Decimal] = defaultdict(Decimal)
    for line, row in zip(LEDGER, held, strict=True):
        for name in ("document", "line", "supplier_id", "supplier", "cost_centre", "account", "description"):
            assert (row[name] or "").strip('"') == getattr(line, name), name
        assert row["accounting_date"] == iso(line.accounting_date)
        assert row["invoice_date"] == iso(line.invoice_date)
        assert Decimal(row["net"]) == line.net
        of_document[line.document] += Decimal(row["vat"]) - line.vat
    assert not any(of_document.values())
    assert sum(Decimal(row["vat"]) for row in held) == vat
    return shown


@pytest.mark.parametrize("file", FORMATS)
def test_the_same_net_and_vat_from_every_format(tmp_path: Path, file: str) -> None:
    workspace = Workspace(tmp_path / "w")
    workspace.write(file, FORMATS[file]())
    shown = assert_the_same(workspace, file)
    assert shown["profile"] == "recognised"
    # by the profile that is detected in it, it says the same, and so adds nothing
    workspace.do("profile", "detect", workspace.folder / file, "--name", "found")
    assert tomllib.loads((workspace.folder / "profiles" / "found.toml").read_text())["recognise"]
    again = workspace.json("import", workspace.folder / file, "--again")["imports"][0]
    assert (again["kind"], again["profile"]) == (shown["kind"], "found")
    assert again["rows"] == {**shown["rows"], "accepted": 0, "unchanged": len(LEDGER)}
    assert again["net"]["unchanged"] == shown["net"]["accepted"]


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_the_same_from_other_workbooks(tmp_path: Path, ending: str) -> None:
    workspace = Workspace(tmp_path / "w")
    converted([workspace.write("cells.xlsx", workbook_with_real_cells())], workspace.folder, ending)
    assert_the_same(workspace, f"cells.{ending}")


def test_the_formats_stand_in_each_others_place(tmp_path: Path) -> None:
    """The extract of one month may come in another format than the last one's: nothing counts twice."""
    workspace = Workspace(tmp_path / "w")
    for number, file in enumerate(("semicolons.csv", "cells.xlsx", "letters.csv", "preamble.csv")):
        workspace.write(file, FORMATS[file]())
        shown = workspace.json("import", workspace.folder / file)["imports"][0]
        assert shown["rows"]["unchanged" if number else "accepted"] == len(LEDGER)


def test_a_total_that_disagrees_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    path = workspace.write("texts.xlsx", workbook_with_numbers_as_text_and_a_total())
    book = load_workbook(path)
    total = book["AP"].cell(len(LEDGER) + 2, HEADER.index("Net Amount") + 1)
    right = Decimal(str(total.value).replace(",", ""))
    total.value = with_commas(right + 1)
    book.save(path)
    done = workspace.run("import", path)
    assert done.code == 1
    assert f"row {len(LEDGER) + 2}: the total there is {right + 1:,.2f}" in done.err
