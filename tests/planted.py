"""Ledgers with faults planted in them, each known, among innocent lines that come near; same seed, same ledgers.

It shares no code with the checks: what a fault is stands here a second time, as the contract has it. Every scenario
has suppliers, documents and amounts of its own, so that no two of them meet by accident; a line that is not told
otherwise is posted on a working day inside the award, has a work stream, and costs less than an order is needed for.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from product import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from product import Workspace

FIRST, LAST = date(2024, 4, 1), date(2025, 3, 31)
#: As published for England and Wales.
HOLIDAYS = (
    date(2024, 3, 29),
    date(2024, 4, 1),
    date(2024, 5, 6),
    date(2024, 5, 27),
    date(2024, 8, 26),
    date(2024, 12, 25),
    date(2024, 12, 26),
    date(2025, 1, 1),
    date(2025, 4, 18),
    date(2025, 4, 21),
)
INVOICE_COLUMNS = (
    *("document", "line", "supplier_id", "supplier", "invoice_date", "accounting_date", "net", "vat", "po"),
    *("po_line", "cost_centre", "category", "description", "paid_date"),
)
ORDER_COLUMNS = (
    *("po", "line", "supplier_id", "supplier", "order_date", "net", "received", "status", "cost_centre"),
)
RULES = """
[[allocation]]
work_stream = "EXISTING"
cost_centre = "CC1*"
[[no_order_needed]]
supplier = "Payroll*"
"""
PENNY = Decimal("0.01")
WORDS = {
    "Lobbying of members": True,
    "Contribution in kind (a van)": True,
    "In-kind support": True,
    "Depreciation of poles": True,
    "impairment": True,
    "Loan (interest)": True,
    "Finance lease, cabinets": True,
    "Leaving gift": True,
    "Gifts/tokens": True,
    "Catering for the panel": True,
    "Entertaining visitors": True,
    "Table wine": True,
    "Penalty notice": True,
    "Parking fines": True,
    "Provision for dilapidations": True,
    "Bad debts written off": True,
    "Redundancy": True,
    "Swinefleet survey": False,
    "Refined brackets": False,
    "Disinterested review": False,
    "Fine mesh guard": False,
    "Providing masts": False,
    "Mankind exhibition, cameras": False,
}


@dataclass(eq=False)
class Row:
    """A row of one of the ledgers, known by itself."""

    kind: str
    cells: dict[str, Any]


@dataclass
class Planted:
    """The ledgers, and by each check's code the rows of each finding that it has to give, and no other."""

    rng: random.Random
    no_order_from: Decimal
    order_limit: Decimal
    rows: dict[str, list[Row]] = field(default_factory=lambda: {"orders": [], "invoices": []})
    expected: dict[str, list[tuple[Row, ...]]] = field(default_factory=dict)
    used: set[Decimal] = field(default_factory=set)
    suppliers: int = 0

    # --- rows, innocent unless told otherwise

    def supplier(self) -> dict[str, Any]:
        """A supplier that no other scenario has."""
        self.suppliers += 1
        return {"supplier_id": f"S{self.suppliers:05d}", "supplier": f"Supplier {self.suppliers} Ltd"}

    def number(self) -> str:
        return f"DOC{self.rng.randrange(10)}-{self.suppliers}-{len(self.rows['invoices']) + 17}"

    def amount(self, low: int = 100, high: int = 74_000) -> Decimal:
        """Pounds from so many pence, no whole number of pounds, and like no other amount in the ledgers."""
        while True:
            found = self.rng.randint(low, high) * PENNY
            near = {found + step * PENNY for step in range(-3, 4)}
            if found % 1 and not near & self.used:
                self.used.add(found)
                return found

    def working_day(self, first: date = FIRST, last: date = LAST) -> date:
        while True:
            day = first + timedelta(days=self.rng.randint(0, (last - first).days))
            if day.isoweekday() < 6 and day not in HOLIDAYS:
                return day

    def invoice(self, who: dict[str, Any], **cells: Any) -> Row:
        posted = cells.get("accounting_date") or self.working_day()
        net = cells.get("net")
        row = {
            "document": self.number(),
            "line": "1",
            **who,
            "invoice_date": posted - timedelta(days=self.rng.randint(0, 20)),
            "accounting_date": posted,
            "net": self.amount() if net is None else net,
            "vat": Decimal(0),
            "cost_centre": self.rng.choice(("CC10", "CC11", "cc1")),
        } | cells
        return self._add("invoices", row)

    def order(self, who: dict[str, Any], **cells: Any) -> Row:
        row = {
            "po": f"PO{len(self.rows['orders']) + 1:05d}",
            "line": "1",
            **who,
            "order_date": self.working_day(last=date(2024, 9, 30)),
            "net": self.amount(),
            "received": Decimal(0),
            "status": self.rng.choice(("open", "closed", "")),
            "cost_centre": "CC10",
        } | cells
        return self._add("orders", row)

    def ordered(self, who: dict[str, Any], order: Row, **cells: Any) -> Row:
        """An invoice for an order's line, or for its only line without saying so."""
        later = order.cells["order_date"] + timedelta(days=self.rng.randint(0, 40))
        posted = self.working_day(later, later + timedelta(days=10))
        line = self.rng.choice((order.cells["line"], ""))
        facts = {"po": order.cells["po"], "po_line": line, "invoice_date": later, "accounting_date": posted}
        return self.invoice(who, **facts | cells)

    def _add(self, kind: str, cells: dict[str, Any]) -> Row:
        row = Row(kind, cells)
        self.rows[kind].append(row)
        return row

    def expect(self, code: str, *rows: Row) -> None:
        """A finding of exactly these rows; ``last of`` stands for whichever of two came in last."""
        self.expected.setdefault(code, []).append(rows)

    # --- taking it in

    def settings(self) -> str:
        limits = f'[checks]\nno_order_from = "{self.no_order_from}"\norder_limit = "{self.order_limit}"\n'
        return settings(rules=RULES + limits)

    def take_in(self, workspace: Workspace) -> dict[int, Row]:
        """Import both ledgers, their rows in any order; gives the rows by the ids that their lines got."""
        found: dict[int, Row] = {}
        for kind, columns in (("orders", ORDER_COLUMNS), ("invoices", INVOICE_COLUMNS)):
            rows = self.rows[kind]
            self.rng.shuffle(rows)
            cells = [[row.cells.get(column, "") for column in columns] for row in rows]
            workspace.write_csv(f"{kind}.csv", columns, cells)
            taken = workspace.take_in(f"{kind}.csv", kind=kind)
            assert taken["rows"]["accepted"] == len(rows), taken
            lines = workspace.query(f"select line_id, row from {kind.removesuffix('s')}_lines")
            found |= {line["line_id"]: rows[line["row"] - 2] for line in lines}
        return found


def planted(seed: int) -> Planted:
    """The ledgers of this seed."""
    rng = random.Random(seed)
    limits = ("1000.00", "5000.00") if seed % 2 == 0 else ("750.50", "3000.00")
    ledgers = Planted(rng, *map(Decimal, limits))
    plots = [*SCENARIOS]
    rng.shuffle(plots)
    for plot in plots:
        plot(ledgers)
    return ledgers


# --- scenarios ------------------------------------------------------------------------------------------------------


def spellings(rng: random.Random) -> Iterator[str]:
    """One document's number as several people write it: other case, punctuation, blanks, leading zeros."""
    n, tail = rng.randint(101, 99_999), rng.choice(("", "A", "-3"))
    found = [
        f"INV-{n}{tail}",
        f"inv {n}{tail}",
        f"INV00{n}{tail}",
        f"Inv/0{n}{tail.lower()}",
        f"I.N.V. {n}{tail}",
    ]
    rng.shuffle(found)
    return iter(found)


def duplicates(at: Planted) -> None:
    """The same invoice entered twice or three times under numbers that look otherwise; some of several lines."""
    who, names, total = at.supplier(), spellings(at.rng), at.amount(low=3000)
    rows = [at.invoice(who, document=next(names), net=total) for _ in range(at.rng.randint(1, 3))]
    part = Decimal("10.13")
    split = next(names)
    rows += [
        at.invoice(who, document=split, line=line, net=net)
        for line, net in (("1", total - part), ("2", part))
    ]
    at.expect("duplicate-invoice", *rows)


def duplicate_with_one_reversed(at: Planted) -> None:
    """Three, one of them taken back under its own number: the other two."""
    who, names, total = at.supplier(), spellings(at.rng), at.amount()
    days = sorted(at.working_day(date(2024, 5, 7), date(2024, 8, 2)) for _ in range(3))
    first, *others = (at.invoice(who, document=next(names), net=total, accounting_date=day) for day in days)
    back = at.working_day(date(2024, 9, 2), date(2025, 2, 28))
    line = at.rng.choice(("2", ""))
    at.invoice(who, document=first.cells["document"], line=line, net=-total, accounting_date=back)
    at.expect("duplicate-invoice", *others)


def reversed_pair(at: Planted) -> None:
    """A charge and the credit that takes it back, the number spelled in two ways: none."""
    who, names, total = at.supplier(), spellings(at.rng), at.amount()
    at.invoice(who, document=next(names), net=total, accounting_date=at.working_day(last=date(2024, 8, 1)))
    back = at.working_day(date(2024, 9, 2), date(2025, 2, 28))
    at.invoice(who, document=next(names), net=-total, accounting_date=back)


def nearly_duplicates(at: Planted) -> None:
    """The same number a penny apart; numbers that differ by a zero inside; two like lines of one invoice."""
    who, names, total = at.supplier(), spellings(at.rng), at.amount()
    at.invoice(who, document=next(names), net=total)
    at.invoice(who, document=next(names), net=total + PENNY)
    other = at.supplier()
    days = iter([date(2024, 5, 8), date(2024, 6, 12), date(2024, 7, 10)])
    for number in ("INV-1", "INV-10", "INV-1A"):
        day = next(days)
        at.invoice(other, document=number, net=total + 2 * PENNY, accounting_date=day, invoice_date=day)
    third, net = at.supplier(), at.amount()
    at.invoice(third, document="B-1", line="1", net=net)
    at.invoice(third, document="B-1", line="2", net=net)


def likely_duplicates(at: Planted) -> None:
    """One day and total under two numbers; one number and total of two suppliers."""
    who, day, total = at.supplier(), at.working_day(), at.amount()
    same_day = {"invoice_date": day, "accounting_date": day, "net": total}
    at.expect("likely-duplicate", *(at.invoice(who, **same_day) for _ in range(at.rng.randint(2, 3))))
    number, total = at.number(), at.amount()
    rows = [at.invoice(at.supplier(), document=number, net=total) for _ in range(2)]
    at.expect("likely-duplicate", *rows)


def recurring_rent(at: Planted) -> None:
    """The same amount every month; the same day a penny apart; the same number of two suppliers, another total."""
    who, rent = at.supplier(), at.amount()
    for month in range(4, 13):
        posted = at.working_day(date(2024, month, 2), date(2024, month, 12))
        at.invoice(who, net=rent, invoice_date=date(2024, month, 1), accounting_date=posted)
    other, day, total = at.supplier(), at.working_day(), at.amount()
    at.invoice(other, invoice_date=day, accounting_date=day, net=total)
    at.invoice(other, invoice_date=day, accounting_date=day, net=total + PENNY)
    number = at.number()
    for _ in range(2):
        at.invoice(at.supplier(), document=number)


def overspent(at: Planted) -> None:
    """A penny above what was ordered, of one line, or of an order of two lines that no invoice tells apart."""
    who = at.supplier()
    order = at.order(who, net=Decimal("600.10"))
    at.ordered(who, order, net=Decimal("400.05"))
    at.ordered(who, order, net=Decimal("200.06"))
    at.expect("order-overspent", order)
    other, po = at.supplier(), f"PO-TWO-{at.suppliers}"
    first = at.order(other, po=po, line="1", net=Decimal("300.00"))
    second = at.order(other, po=po, line="2", net=Decimal("200.00"), order_date=first.cells["order_date"])
    at.ordered(other, first, net=Decimal("500.01"), po_line="")
    at.expect("order-overspent", Row("last of", {"rows": (first, second)}))


def spent_in_full(at: Planted) -> None:
    """Exactly what was ordered; above it with VAT only; above it until a credit came."""
    who = at.supplier()
    order = at.order(who, net=Decimal("600.10"))
    at.ordered(who, order, net=Decimal("600.10"), vat=Decimal("120.02"))
    other = at.supplier()
    credited = at.order(other, net=Decimal("300.30"), order_date=date(2024, 4, 4))
    at.ordered(other, credited, net=Decimal("320.30"))
    at.ordered(other, credited, net=Decimal("-20.00"), accounting_date=date(2025, 1, 14))


def unallocated(at: Planted) -> None:
    """No rule, no order; beside one that takes its stream from its order."""
    at.expect("unallocated", at.invoice(at.supplier(), cost_centre=at.rng.choice(("", "CC2", "XCC1"))))
    who = at.supplier()
    at.ordered(who, at.order(who, net=Decimal("900.00")), cost_centre="")


def no_order(at: Planted) -> None:
    """From the limit on, beside one a penny below, one with an order, and payroll."""
    limit = at.no_order_from
    row = at.invoice(at.supplier(), net=limit)
    at.expect("no-order", row)
    if limit % 1000 == 0:
        at.expect("round-sum", row)
    at.expect("no-order", at.invoice(at.supplier(), net=limit + Decimal("123.45")))
    at.invoice(at.supplier(), net=limit - PENNY)
    at.invoice({"supplier_id": "", "supplier": f"Payroll {at.suppliers}"}, net=limit + Decimal("4321.09"))
    who = at.supplier()
    at.ordered(who, at.order(who, net=limit + 500), net=limit + Decimal("0.51"))


def unknown_order(at: Planted) -> None:
    at.expect("unknown-order", at.invoice(at.supplier(), po=f"PO-LOST-{at.suppliers}"))
    at.expect("unknown-order", at.invoice(at.supplier(), po=f"PO-LOST-{at.suppliers}", po_line="1"))


def retrospective(at: Planted) -> None:
    """Ordered a day after the invoice, or after the posting where it has no date; beside those of the same day."""
    day = at.working_day(date(2024, 5, 1), date(2024, 9, 30))
    for days, invoice_date in ((1, day), (0, day), (1, ""), (0, "")):
        who = at.supplier()
        order = at.order(who, net=Decimal("990.00"), order_date=day + timedelta(days=days))
        row = at.ordered(who, order, invoice_date=invoice_date, accounting_date=day)
        if days:
            at.expect("retrospective-order", row)
    who = at.supplier()
    order = at.order(who, net=Decimal("990.00"), order_date=date(2024, 6, 5))
    posted = {"invoice_date": date(2024, 6, 4), "accounting_date": date(2024, 6, 10)}
    at.expect("retrospective-order", at.ordered(who, order, **posted))


def outside(at: Planted) -> None:
    for day in (date(2024, 3, 28), date(2025, 4, 1)):
        at.expect("outside-award", at.invoice(at.supplier(), accounting_date=day))
    for day in (date(2024, 4, 2), date(2025, 3, 31)):
        at.invoice(at.supplier(), accounting_date=day)


def split_orders(at: Planted) -> None:
    """Together exactly at the limit, on the seventh day after the first; one of the orders has two lines."""
    who, first = at.supplier(), at.working_day(date(2024, 4, 2), date(2024, 11, 29))
    third = (at.order_limit / 3).quantize(PENNY)
    days = [first, first + timedelta(days=at.rng.randint(0, 7)), first + timedelta(days=7)]
    nets = [third, third - Decimal("5.05"), at.order_limit - 2 * third]
    rows = [at.order(who, order_date=day, net=net) for day, net in zip(days, nets, strict=True)]
    po = rows[1].cells["po"]
    rows.append(at.order(who, po=po, line="2", order_date=days[1], net=Decimal("5.05")))
    at.expect("split-order", *rows)


def orders_apart(at: Planted) -> None:
    """Eight days apart; a penny below together; one of them at the limit by itself; of two suppliers."""
    half, first = at.order_limit / 2, date(2024, 6, 3)
    who = at.supplier()
    at.order(who, order_date=first, net=half)
    at.order(who, order_date=first + timedelta(days=8), net=half)
    below = at.supplier()
    at.order(below, order_date=first, net=half)
    at.order(below, order_date=first + timedelta(days=7), net=half - PENNY)
    large = at.supplier()
    at.order(large, order_date=first, net=at.order_limit)
    at.order(large, order_date=first, net=half)
    for _ in range(2):
        at.order(at.supplier(), order_date=first, net=half)


def stale_receipts(at: Planted) -> None:
    """91 days before the award's last day, beside 90 days, and beside one that is invoiced in full."""
    for days in (91, 90, 200):
        who, received = at.supplier(), at.amount(high=40_000)
        order = at.order(
            who, net=Decimal("400.50"), received=received, order_date=LAST - timedelta(days=days)
        )
        if days == 200:
            at.ordered(who, order, net=received)
        elif days == 91:
            at.ordered(who, order, net=received - PENNY)
            at.expect("stale-receipt", order)


def variants(at: Planted) -> None:
    """One id under two names, in one ledger or over both; one name under two ids; beside an id without a name."""
    who = at.supplier()
    rows = [at.invoice(who), at.invoice({**who, "supplier": f"{who['supplier']} (UK)"})]
    at.expect("supplier-variants", *rows)
    who = at.supplier()
    rows = [at.invoice(who), at.order({**who, "supplier": f"{who['supplier']} plc"})]
    at.expect("supplier-variants", *rows)
    who = at.supplier()
    rows = [at.invoice(who), at.invoice({**who, "supplier_id": f"{who['supplier_id']}X"})]
    at.expect("supplier-variants", *rows)
    who = at.supplier()
    at.invoice(who)
    at.order(who)
    at.invoice({**who, "supplier": ""})


def round_sums(at: Planted) -> None:
    for net in ("1000.00", f"{at.rng.randint(2, 9)}000.00"):
        who = at.supplier()
        at.expect("round-sum", at.ordered(who, at.order(who, net=Decimal(30_000)), net=Decimal(net)))
    for net in ("999.99", "1000.01", "1500.00", "2999.99"):
        who = at.supplier()
        at.ordered(who, at.order(who, net=Decimal(30_000)), net=Decimal(net))


def weekends(at: Planted) -> None:
    """Saturday and Sunday, beside Friday and Monday."""
    friday = date(2024, 6, 7) + timedelta(weeks=at.rng.randint(0, 9))
    for days in range(4):
        row = at.invoice(at.supplier(), accounting_date=friday + timedelta(days=days))
        if days in (1, 2):
            at.expect("weekend-posting", row)


def holidays(at: Planted) -> None:
    """Holidays of England and Wales, beside the days before and after, and a holiday that is Scotland's alone."""
    for day in at.rng.sample([day for day in HOLIDAYS if FIRST < day < LAST], 3):
        at.expect("bank-holiday-posting", at.invoice(at.supplier(), accounting_date=day))
    for day in (date(2024, 12, 24), date(2024, 12, 27), date(2025, 1, 2), date(2024, 8, 5)):
        at.invoice(at.supplier(), accounting_date=day)


def credit_notes(at: Planted) -> None:
    """Nothing before it; too little before it; enough, but later. Beside those that an earlier invoice covers."""
    before, credited, later = date(2024, 5, 8), date(2024, 7, 3), date(2024, 9, 4)
    amount = at.amount(low=5000)
    at.expect("credit-without-invoice", at.invoice(at.supplier(), net=-amount))
    for day, net in ((before, amount - PENNY), (later, amount + 100)):
        who = at.supplier()
        at.invoice(who, accounting_date=day, net=net)
        at.expect("credit-without-invoice", at.invoice(who, accounting_date=credited, net=-amount))
    for net in (amount, amount + Decimal("33.33")):
        who = at.supplier()
        at.invoice(who, accounting_date=before, net=net)
        at.invoice(who, accounting_date=credited, net=-amount)


def paid_early(at: Planted) -> None:
    day = at.working_day(date(2024, 5, 1), date(2025, 2, 28))
    for days in (-1, 0, 30):
        paid = day + timedelta(days=days)
        row = at.invoice(at.supplier(), invoice_date=day, accounting_date=day, paid_date=paid)
        if days < 0:
            at.expect("paid-before-invoice", row)


def credits_after_the_end(at: Planted) -> None:
    """Of a supplier that the award paid, beside one that it never paid, and a charge."""
    after = date(2025, 4, 9)
    who, amount = at.supplier(), at.amount()
    at.invoice(who, net=amount + 1)
    late = at.invoice(who, net=-amount, accounting_date=after)
    at.expect("credit-after-year-end", late)
    other = at.supplier()
    before = at.invoice(other, net=amount + 2, accounting_date=date(2024, 3, 27))
    never = at.invoice(other, net=-amount - PENNY, accounting_date=after)
    charge = at.invoice(who, accounting_date=after)
    for row in (late, before, never, charge):
        at.expect("outside-award", row)


def words(at: Planted) -> None:
    for text in at.rng.sample(list(WORDS), 12):
        row = at.invoice(at.supplier(), description=text)
        if WORDS[text]:
            at.expect("key-words", row)


def innocent(at: Planted) -> None:
    """Ordinary lines of suppliers that come again, some with a line number of their own and some without."""
    for _ in range(4):
        who = at.supplier()
        for _ in range(at.rng.randint(1, 5)):
            at.invoice(who, line=at.rng.choice(("", "1")), category=at.rng.choice(("Revenue", "Capital")))


SCENARIOS: tuple[Callable[[Planted], None], ...] = (
    *(duplicates, duplicate_with_one_reversed, reversed_pair, nearly_duplicates, likely_duplicates),
    *(recurring_rent, overspent, spent_in_full, unallocated, no_order, unknown_order, retrospective, outside),
    *(split_orders, orders_apart, stale_receipts, variants, round_sums, weekends, holidays, credit_notes),
    *(paid_early, credits_after_the_end, words, innocent),
)
