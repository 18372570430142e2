"""``verify`` and ``seal``: an untouched history agrees, and one value changed behind grantkit's back is named."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import zstandard
from product import Workspace, is_refused, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = """
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
STREAMS = {"A": ("60000.00", "5000.00"), "B": "50000.00"}
INVOICES = (
    *("document", "line", "supplier_id", "supplier", "invoice_date", "accounting_date", "net", "vat", "gross"),
    *("po", "po_line", "cost_centre", "account", "project", "category", "description", "paid_date", "extra_1"),
)
ORDERS = (
    *("po", "line", "supplier_id", "supplier", "order_date", "net", "received", "status", "cost_centre"),
    *("account", "project", "category", "description"),
)


def invoice(n: int, net: str = "", date: str = "2024-05-08") -> tuple[object, ...]:
    """A line in which every cell is filled."""
    net = net or f"{100 + n}.25"
    gross = f"{float(net) + 10:.2f}"
    coding = ("CC1" if n % 2 else "CC2", "1000" if n % 3 == 0 else "4000", "P-1", "Revenue", f"Camera {n}")
    return (
        *(f"INV-{n}", "1", "S1", "Acme", "2024-05-07", date, net, "10.00", gross, f"PO{n}", "1"),
        *(*coding, "2024-06-01", ""),
    )


def order(n: int, received: str = "0.00") -> tuple[object, ...]:
    coding = ("CC1", "4000", "P-1", "Revenue", f"Cameras {n}")
    return (f"PO{n}", "1", "S1", "Acme", "2024-04-20", "900.00", received, "open", *coding)


def lived(folder: Path) -> Workspace:
    """A history with everything in it that commands leave behind."""
    at = Workspace(folder, settings(STREAMS, rules=RULES, amount="120000.00"))
    at.write_csv("orders.csv", ORDERS, [order(n) for n in range(1, 25)])
    at.take_in("orders.csv", kind="orders")
    rows = [invoice(n) for n in range(1, 27)]
    at.write_csv("invoices.csv", INVOICES, [*rows, invoice(27, "1O.00".replace("O", "0"))])
    at.take_in("invoices.csv")
    bad = [("BAD-1", "1", "S1", "Acme", "", "2024-05-09", "12,3O4.00")]
    at.write_csv("more.csv", INVOICES, [*bad, invoice(1), invoice(2, "111.11"), invoice(28)])
    at.take_in("more.csv", code=1)
    at.write_csv("undone.csv", INVOICES, [invoice(29)])
    at.take_in("undone.csv")
    at.do("undo", 4, "--reason", "the wrong file")
    at.do("decide", 30, "--split", "A=60,B=40", "--reason", "it is shared")
    at.do("decide", 31, "--ineligible-amount", "5.00", "--reason", "a gift")
    at.do("decide", 32, "--accounting-date", "2024-05-20", "--reason", "the work was done then")
    move = ("budget", "move", "A", "B", "100.00", "--kind", "resource", "--date", "2024-05-01")
    at.do(*move, "--reason", "more is needed", "--approved-by", "A. Funder")
    at.json("claim", "prepare", "Q1")
    at.do("claim", "note", "Q1", "A", "as planned")
    at.do("claim", "submit", "Q1", "--yes", "--approved-by", "C. Finance")
    answer = ("claim", "settle", "Q1", "--received", "1000.00", "--date", "2024-08-01", "--reason", "part")
    at.do(*answer, "--disallow", "35=3.00")
    at.json("claim", "prepare", "Q2")
    at.do("claim", "submit", "Q2", "--yes")
    at.do("claim", "withdraw", "Q2", "--reason", "too early")
    at.do("forecast", "add", "A", "500.00", "--kind", "resource", "--month", "2024-09", "--reason", "a mast", now="2024-07-15T09:00:00")
    at.do("sample", "--method", "mus", "--size", 4, "--seed", 1, "--out", at.folder / "sample.xlsx")
    return at
