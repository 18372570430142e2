"""What the public is shown: spending, orders and contracts above a threshold, month by month.

The Elected Local Policing Bodies (Specified Information) Order 2011 (SI 2011/3050) asks a policing body for every item
of spending over £500, with its recipient, its purpose and why it is thought good value, and for contracts over
£10,000; the Local Government Transparency Code gives the columns that councils publish it in, and orders over £5,000
likewise.

An item of spending is an invoice: what one supplier sent under one number. Where its total exceeds the threshold each
of its lines is a row, so that purposes that differ are told apart, and a large invoice does not vanish because it was
split over small lines. A credit of more than the threshold is published with its minus, or what was published before
would stay overstated. The date is the accounting date that counts, the amount the cost: net of VAT that can be
reclaimed, as the Code says. All spending in the ledger is published, whether or not the grant pays for it.

An order, or a contract, is all lines of one number that were not cancelled, at what was ordered. Each line of an order
is a row, in the month of its order date; a contract is one row, in the month of its first.

A row with personal data is published without supplier and purpose and is never left out for that. What may name a
person waits until somebody decides. A month is worked out anew each time, from the ledger as it stands: what came late
or was corrected is in it when it is published again. All amounts are pounds.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.auditing.names import named_person, supplier_person
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.periods import month_end
from grantkit.position import UNALLOCATED
from grantkit.shipped import shipped
from grantkit.workspace import user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger

REDACTED = "REDACTED PERSONAL DATA"
SPENDING, ORDERS, CONTRACTS = "spending", "orders", "contracts"
LISTS = (SPENDING, ORDERS, CONTRACTS)
TREATMENTS = ("as-is", "redact", "exclude")
#: How the number by which a row can be asked for is called in each list.
NUMBERS = {SPENDING: "Transaction number", ORDERS: "Order number", CONTRACTS: "Contract number"}
#: The other columns of every list, before and behind it.
BEFORE = ("Body", "Date", "Supplier", "Amount", "Category", "Purpose")
BEHIND = ("Capital or revenue", "Procurement category", "Value for money")


@dataclass(frozen=True)
class Item:
    """A line of the ledger that is published or might be, as the ledger has it, with what rules and persons say of it.

    ``redact`` and ``exclude`` are reasons, None where the line is neither; ``may_name`` are the words that nobody has
    decided about.
    """

    line_id: int
    dated: datetime.date
    supplier: str | None
    amount: Decimal
    work_streams: tuple[str, ...]
    purpose: str | None
    number: str | None
    is_capital: bool
    procurement_category: str | None
    redact: str | None = None
    exclude: str | None = None
    may_name: str | None = None


@dataclass(frozen=True)
class PublishedRow:
    """One row of a list, its texts as they are published, with the lines that it stands for."""

    items: tuple[Item, ...]
    body: str
    date: datetime.date
    supplier: str
    amount: Decimal
    category: str
    purpose: str
    number: str
    capital_or_revenue: str
    procurement_category: str
    value_for_money: str

    def cells(self) -> list[str]:
        """The row's cells, in the order of the columns."""
        texts = (self.supplier, f"{self.amount:.2f}", self.category, self.purpose, self.number)
        return [
            *(self.body, self.date.isoformat(), *texts),
            *(self.capital_or_revenue, self.procurement_category, self.value_for_money),
        ]

    def as_json(self) -> dict[str, Any]:
        """One row of the document for scripts: the columns, and the lines behind them."""
        shown = {name: value for name, value in vars(self).items() if name != "items"}
        shown |= {"date": self.date.isoformat(), "amount": show(self.amount)}
        return {**shown, "redacted": self.redacted, "lines": [item.line_id for item in self.items]}

    @property
    def redacted(self) -> str | None:
        """Why supplier and purpose are not shown; None where they are."""
        return next((item.redact for item in self.items if item.redact), None)


@dataclass
class Publication:
    """One list of one month: what is published, what waits for a person, what is left out, in the ledger's order."""

    what: str
    month: str
    threshold: Decimal
    rows: list[PublishedRow] = field(default_factory=list)
    waiting: list[Item] = field(default_factory=list)
    excluded: list[Item] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """The sum of the published rows. It is told, and never published: a total is no item."""
        return sum((row.amount for row in self.rows), ZERO)

    @property
    def columns(self) -> tuple[str, ...]:
        """The header."""
        return (*BEFORE, NUMBERS[self.what], *BEHIND)

    def as_csv(self) -> str:
        """The list as it is published: one header row, ISO dates, plain amounts."""
        target = io.StringIO()
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(row.cells() for row in self.rows)
        return target.getvalue()

    def as_json(self) -> dict[str, Any]:
        """One document for scripts. It names who is not to be named, and is not for publication."""
        return {
            "list": self.what,
            "month": self.month,
            "threshold": show(self.threshold),
            "rows": [row.as_json() for row in self.rows],
            "total": show(self.total),
            "waiting": [
                {
                    "line_id": item.line_id,
                    "amount": show(item.amount),
                    "supplier": item.supplier,
                    "purpose": item.purpose,
                    "may_name": item.may_name,
                }
                for item in self.waiting
            ],
            "excluded": [
                {"line_id": item.line_id, "amount": show(item.amount), "reason": item.exclude}
                for item in self.excluded
            ],
        }


def month_of(text: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of a month written as 2024-10. Raises RequestError where it is none."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) or text.startswith("0000"):
        raise RequestError(f"{text} is no month", hint="write it as 2024-10")
    first = datetime.date.fromisoformat(f"{text}-01")
    return first, month_end(first)


def schema_of(what: str) -> Path:
    """The Table Schema (frictionless) of a list, which travels with grantkit."""
    return shipped("schemas") / f"publish-{what}.json"


def publish(ledger: Ledger, settings: Settings, month: str, what: str = SPENDING) -> Publication:
    """A month's list as the ledger stands. Raises RequestError where the month is none."""
    first, last = month_of(month)
    of = settings.publish
    threshold = {
        SPENDING: of.threshold,
        ORDERS: of.orders_threshold,
        CONTRACTS: of.contracts_threshold,
    }[what]
    ledger.run("auditing/publication_decisions")
    asked = {
        "first": first,
        "last": last,
        "threshold": threshold,
        "procurement_category": of.procurement_category,
    }
    if what == SPENDING:
        rows = ledger.records("auditing/publish_spending", asked)
    else:
        rows = ledger.records("auditing/publish_orders", {**asked, "whole": what == CONTRACTS})
    found = Publication(what, month, threshold)
    for group in _groups([_judged(row) for row in rows], what):
        found.excluded += [item for item in group if item.exclude]
        kept = [item for item in group if not item.exclude]
        if waiting := [item for item in kept if item.may_name]:
            found.waiting += waiting
        elif kept:
            found.rows.append(_row(settings, kept))
    return found


def _groups(items: list[Item], what: str) -> list[list[Item]]:
    """The lines that make up one row: each by itself, and those of a contract together."""
    if what != CONTRACTS:
        return [[item] for item in items]
    by_number: dict[str | None, list[Item]] = {}
    for item in items:
        by_number.setdefault(item.number, []).append(item)
    return list(by_number.values())


def _judged(row: dict[str, Any]) -> Item:
    """A line with what becomes of it: by a person's decision, else by the rules, else by what its texts look like.

    ``as-is`` holds for the texts that were looked at; ``redact`` and ``exclude`` stay with the line, whatever it says.
    """
    seen = (row.pop("seen_supplier"), row.pop("seen_purpose"))
    treatment, reason = row.pop("treatment"), row.pop("decided_because")
    item = Item(**{**row, "work_streams": tuple(row["work_streams"])})
    if treatment == "as-is" and seen == (item.supplier, item.purpose):
        return _with(item)
    if treatment in {"redact", "exclude"}:
        return _with(item, **{treatment: reason})
    if item.exclude or item.redact:
        return item
    return _with(item, may_name=supplier_person(item.supplier) or named_person(item.purpose))


def _with(item: Item, **told: str | None) -> Item:
    return Item(**{**vars(item), "redact": None, "exclude": None, **told})


def _row(settings: Settings, items: list[Item]) -> PublishedRow:
    """What is published of a line, or of a contract's lines together."""
    hidden = any(item.redact for item in items)
    codes = list(dict.fromkeys(code for item in items for code in item.work_streams))
    return PublishedRow(
        items=tuple(items),
        body=_cell(settings.publish.body or settings.award.recipient),
        date=min(item.dated for item in items),
        supplier=REDACTED if hidden else _joined(item.supplier for item in items),
        amount=sum((item.amount for item in items), ZERO),
        category=_joined(_stream_name(settings, code) for code in codes),
        purpose=REDACTED if hidden else _joined(item.purpose for item in items),
        number=_cell(items[0].number),
        capital_or_revenue=_joined("Capital" if item.is_capital else "Revenue" for item in items),
        procurement_category=_joined(item.procurement_category for item in items),
        value_for_money=_joined(_value_for_money(settings, code) for code in codes),
    )


def _stream_name(settings: Settings, code: str) -> str:
    return "Not allocated" if code == UNALLOCATED else settings.stream(code).name


def _value_for_money(settings: Settings, code: str) -> str | None:
    own = None if code == UNALLOCATED else settings.stream(code).value_for_money
    return own or settings.publish.value_for_money


def _joined(texts: Any) -> str:
    """Texts behind one another, each once."""
    return _cell("; ".join(dict.fromkeys(text for text in texts if text)))


def _cell(text: str | None) -> str:
    """A text as a cell: on one line, and never a formula to the spreadsheet that somebody opens the file with."""
    plain = " ".join((text or "").split())
    return f"'{plain}" if plain.startswith(("=", "+", "-", "@")) else plain


# --- decisions --------------------------------------------------------------------------------------------------


def decide(ledger: Ledger, lines: Sequence[int], treatment: str, reason: str) -> list[int]:
    """Keep a person's decision about publishing lines, in the transaction that is open; gives the lines.

    ``treatment`` is one of ``TREATMENTS``. Raises RequestError where a line is not there, or no reason is given.
    """
    if not reason.strip():
        raise RequestError("the reason is blank", hint="say why: an auditor will ask")
    wanted = sorted(set(lines))
    texts = {row["line_id"]: row for row in ledger.records("auditing/publishable_lines", {"lines": wanted})}
    if missing := [line for line in wanted if line not in texts]:
        raise RequestError(
            f"there is no line {', '.join(map(str, missing))}",
            hint="grantkit publish --month MONTH names the lines that wait",
        )
    number = ledger.value("auditing/next_publication_decision")
    ledger.fill(
        "store.publication_decision",
        [
            (
                *(number, line, treatment, texts[line]["supplier"], texts[line]["purpose"]),
                *(reason.strip(), now(), user()),
            )
            for line in wanted
        ],
    )
    arguments = {"lines": wanted, "treatment": treatment, "reason": reason.strip()}
    write_entry(ledger, "publish decide", arguments, {"decision": number})
    return wanted


# --- traces -----------------------------------------------------------------------------------------------------


def published_lines(ledger: Ledger, settings: Settings, month: str, what: str) -> list[dict[str, Any]]:
    """The lines behind a published list, each with its cell and what of it was published (``amount``).

    They say what the ledger says, redacted or not. Raises RequestError where the month or the list is none.
    """
    if what not in LISTS:
        raise RequestError(
            f"there is no list {what} to publish",
            hint=f"lists: {', '.join(LISTS)}, as in publish:2024-10:orders",
        )
    items = [item for row in publish(ledger, settings, month, what).rows for item in row.items]
    cells = {
        row["line_id"]: row
        for row in ledger.records("auditing/trace_published", {"lines": [item.line_id for item in items]})
    }
    return [
        {
            **cells[item.line_id],
            "accounting_date": item.dated,
            "work_stream": ", ".join(item.work_streams),
            "amount": item.amount,
            "claim": None,
        }
        for item in items
    ]
