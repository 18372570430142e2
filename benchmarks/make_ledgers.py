"""Writes the ledgers and settings that the benchmarks run on: made-up figures, the same for the same seed."""

from __future__ import annotations

import csv
import datetime
import random
import shutil
import sys
from itertools import islice
from pathlib import Path

from openpyxl import Workbook

SETTINGS = """\
[award]
reference = "BENCH"
title = "Benchmark"
funder = "Home Office"
recipient = "MOPAC"
amount = "9000000000.00"
starts = 2024-04-01
ends = 2025-03-31

[[work_stream]]
code = "EXISTING"
name = "Existing cameras"
resource = "1000000000.00"
capital = "2000000000.00"
profile = ["10", "30", "40", "20"]
[[work_stream]]
code = "MOBILE"
name = "Dismounted cameras"
resource = "2000000000.00"
capital = "1000000000.00"
profile = ["25", "25", "25", "25"]
[[work_stream]]
code = "NEW"
name = "New cameras"
resource = "1000000000.00"
capital = "2000000000.00"
profile = ["0", "10", "40", "50"]

[[allocation]]
split = { EXISTING = "33.33", MOBILE = "33.33", NEW = "33.34" }
project = "P-00*"
[[allocation]]
work_stream = "EXISTING"
cost_centre = ["CC10*", "CC11*"]
[[allocation]]
work_stream = "MOBILE"
cost_centre = ["CC12*", "CC13*"]
[[allocation]]
work_stream = "NEW"
supplier = "Supplier 1*"
[[allocation]]
split = { EXISTING = "60", MOBILE = "40" }
description = "*camera mount 7*"

[[ineligible]]
reason = "Hospitality and entertainment"
account = ["62*"]

[capital]
account = ["1*"]
"""
HEADER = (
    "document,line,supplier_id,supplier,invoice_date,accounting_date,net,vat,gross,po,po_line,"
    "cost_centre,account,project,category,description,paid_date\n"
)
ORDER_HEADER = (
    "po,line,supplier_id,supplier,order_date,net,received,status,"
    "cost_centre,account,project,category,description\n"
)
BOOK_COLUMNS = 15


def coding(rng: random.Random) -> str:
    """cost_centre,account,project,category,description"""
    return (
        f"CC{rng.randrange(100, 160)},{rng.choice((4100, 4777, 5305, 6201, 1201))},"
        f"P-{rng.randrange(400):04d},{rng.choice(('Revenue', 'Capital'))},"
        f"camera mount {rng.randrange(100000)} phase {rng.randrange(4)}"
    )


def order(rng: random.Random, n: int, days: list[datetime.date]) -> str:
    """The ``n``-th order line."""
    supplier, net = rng.randrange(2000), rng.randrange(1000, 2000000)
    return (
        f"PO{n // 2:07d},{n % 2 + 1},S{supplier:05d},Supplier {supplier} Ltd,{rng.choice(days)},"
        f"{net / 100:.2f},{net * rng.randrange(0, 3) / 200:.2f},open,{coding(rng)}\n"
    )


def invoice(rng: random.Random, n: int, days: list[datetime.date], lines: int) -> str:
    """The ``n``-th invoice line of so many."""
    supplier, net, day = rng.randrange(2000), rng.randrange(100, 900000), rng.choice(days)
    vat = net // 5
    po, po_line = "", ""
    if rng.random() < 0.7:
        po, po_line = f"PO{rng.randrange(max(1, lines // 10)):07d}", rng.choice(("1", "2", ""))
    return (
        f"INV{n // 4:08d},{n % 4 + 1},S{supplier:05d},Supplier {supplier} Ltd,{day},{day},"
        f"{net / 100:.2f},{vat / 100:.2f},{(net + vat) / 100:.2f},{po},{po_line},{coding(rng)},\n"
    )


def write(folder: Path, lines: int, seed: int = 1663) -> None:
    """Write ``grant.toml``, ``invoices.csv`` (``lines`` rows), ``orders.csv`` (a fifth as many), and what comes of it.

    ``grown.csv`` is the invoices and a tenth more, as a cumulative extract grows. In ``blanks.csv`` every thousandth
    line has a blank record behind it; in ``quotes.csv`` every thousandth has a quote within a cell's text, or one that
    opens a cell and is never closed. ``book.xlsx`` holds the first tenth in typed cells, 15 columns wide.
    """
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "grant.toml").write_text(SETTINGS)
    days = [datetime.date(2024, 4, 1) + datetime.timedelta(days=n) for n in range(365)]
    with (folder / "orders.csv").open("w") as out:
        out.write(ORDER_HEADER)
        out.writelines(order(rng, n, days) for n in range(lines // 5))
    with (folder / "invoices.csv").open("w") as out:
        out.write(HEADER)
        out.writelines(invoice(rng, n, days, lines) for n in range(lines))
    shutil.copyfile(folder / "invoices.csv", folder / "grown.csv")
    with (folder / "grown.csv").open("a") as out:
        out.writelines(invoice(rng, n, days, lines) for n in range(lines, lines + lines // 10))
    write_odd(folder)
    write_book(folder, lines // 10)


def write_odd(folder: Path) -> None:
    """Write the invoices with blank records, and with quotes in odd places."""
    with (
        (folder / "invoices.csv").open() as lines,
        (folder / "blanks.csv").open("w") as blanks,
        (folder / "quotes.csv").open("w") as quotes,
    ):
        for n, line in enumerate(lines):
            blanks.write(line + "\n" if n % 1000 == 1 else line)
            odd = {1: '6" camera mount', 501: '"camera mount'}.get(n % 1000, "camera mount")
            quotes.write(line.replace("camera mount", odd))


def write_book(folder: Path, lines: int) -> None:
    """Write the first invoice lines as a workbook: dates and amounts as such, without the last two columns."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Invoices")
    with (folder / "invoices.csv").open(newline="") as file:
        rows = csv.reader(file)
        header = next(rows)[:BOOK_COLUMNS]
        sheet.append(header)
        for cells in islice(rows, lines):
            sheet.append([typed(name, cell) for name, cell in zip(header, cells, strict=False)])
    book.save(folder / "book.xlsx")


def typed(name: str, cell: str) -> datetime.date | float | str | None:
    """A cell as a spreadsheet holds it."""
    if name.endswith("_date"):
        return datetime.date.fromisoformat(cell)
    return float(cell) if name in {"net", "vat", "gross"} else cell or None


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
