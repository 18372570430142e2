"""Random histories of one award, and how to play them.

``history`` writes the settings and the quarters' extracts of a made-up award into a folder and
returns the commands of its life in turn. Same seed, same history. ``play`` carries one such
command out on the auditor and returns what the command's ``--json`` must contain.

The generator keeps to what the contract settles. With ``moot`` it also writes what the contract
leaves to judgement (see ``MOOT_*``): there a difference is a question, not yet a fault.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from auditor import (
    COST_TYPES,
    LEDGERS,
    PENNY,
    ZERO,
    Auditor,
    Claim,
    Invoice,
    Order,
    Quarter,
    Refused,
    end_of_month,
    quarters_of_award,
    to_the_penny,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Command = list[str]
Cells = dict[str, str]  # canonical column → text

# --------------------------------------------------------------------------------------
# Playing a command on the auditor
# --------------------------------------------------------------------------------------


class Arguments:
    """One command's words, taken apart: positions, and options with or without a value."""

    FLAGS = frozenset({"--eligible", "--ineligible", "--yes", "--again", "--strict", "--dry-run"})

    def __init__(self, words: Sequence[str]) -> None:
        self.positions: list[str] = []
        self.options: dict[str, list[str]] = {}
        rest = iter(words)
        for word in rest:
            name, equals, value = word.partition("=")
            if not word.startswith("--"):
                self.positions.append(word)
            elif name in self.FLAGS:
                self.options[name] = [""]
            else:
                self.options.setdefault(name, []).append(value if equals else next(rest))

    def has(self, name: str) -> bool:
        return name in self.options

    def text(self, name: str) -> str | None:
        return self.options[name][-1] if name in self.options else None

    def day(self, name: str) -> date | None:
        return date.fromisoformat(self.options[name][-1]) if name in self.options else None


def named_line(auditor: Auditor, name: str) -> int:
    """``@invoice:supplier|document|line`` or ``@order:po|line`` → the line's id."""
    kind, _, key = name.removeprefix("@").partition(":")
    return auditor.line_id(kind, key)


def play(auditor: Auditor, command: Command) -> dict[str, Any] | None:
    """Carries one command out and returns what its ``--json`` must contain, if anything.

    Raises ``Refused`` where the command line must answer with exit code 2.
    """
    verb, args = command[0], Arguments(command[1:])
    if verb == "import":
        return play_import(auditor, args)
    if verb == "status":
        return auditor.status(args.day("--as-at"))
    if verb == "variance":
        return auditor.variance(args.day("--as-at"))
    if verb == "decide":
        play_decision(auditor, args)
        return None
    if verb == "budget":
        return play_budget(auditor, args)
    if verb == "undo":
        auditor.undo(int(args.positions[0]), args.text("--reason") or "")
        return None
    if verb == "claim":
        return play_claim(auditor, args)
    raise ValueError(f"no such command in a history: {verb}")


def play_import(auditor: Auditor, args: Arguments) -> dict[str, Any]:
    (path,) = args.positions
    found = auditor.import_file(
        auditor.workspace / path.removeprefix("@file:"),
        args.text("--kind") or "",
        extract_date=args.day("--extract-date"),
        again=args.has("--again"),
        strict=args.has("--strict"),
        dry_run=args.has("--dry-run"),
    )
    return {"imports": [found]}


def play_decision(auditor: Auditor, args: Arguments) -> None:
    split = args.text("--split")
    auditor.decide(
        [named_line(auditor, name) for name in args.positions],
        stream=args.text("--stream"),
        split=dict(part.split("=") for part in split.split(",")) if split else None,
        ineligible=args.has("--ineligible"),
        eligible=args.has("--eligible"),
        ineligible_amount=args.text("--ineligible-amount"),
        accounting_date=args.day("--accounting-date"),
        reason=args.text("--reason") or "",
    )


def play_budget(auditor: Auditor, args: Arguments) -> dict[str, Any] | None:
    if args.positions[0] == "show":
        return auditor.budget_show(args.day("--as-at"))
    _, giver, receiver, amount = args.positions
    auditor.budget_move(
        giver,
        receiver,
        amount,
        kind=args.text("--kind") or "",
        to_kind=args.text("--to-kind"),
        date=args.day("--date") or date.min,
        reason=args.text("--reason") or "",
        approved_by=args.text("--approved-by"),
    )
    return None


def play_claim(auditor: Auditor, args: Arguments) -> dict[str, Any] | None:
    what, name = args.positions[0], (args.positions[1:] or [""])[0]
    if what == "list":
        return auditor.claim_list()
    if what == "show":
        return auditor.show(name)
    if what == "prepare":
        return auditor.prepare(name)
    if what == "settle":
        return play_settlement(auditor, name, args)
    if what == "submit":
        auditor.submit(name)
    elif what == "withdraw":
        auditor.withdraw(name, args.text("--reason") or "")
    return None


def play_settlement(auditor: Auditor, name: str, args: Arguments) -> dict[str, Any]:
    disallow = [word.rpartition("=") for word in args.options.get("--disallow", [])]
    auditor.settle(
        name,
        received=args.text("--received"),
        date=args.day("--date") or date.min,
        disallow=[(named_line(auditor, line), amount) for line, _, amount in disallow],
        reason=args.text("--reason"),
    )
    return dict(Auditor.settlement(auditor.newest(name)))


# --------------------------------------------------------------------------------------
# The award
# --------------------------------------------------------------------------------------

CODES = ("EXISTING", "MOBILE", "NEW", "DEPLOY", "ENGAGE-2", "ASSURE", "E_VAL1")
COST_CENTRES = ("CC{n}04", "CC{n}15", "CC{n}99", "CC{n}15", "XX9", "", "")
ACCOUNTS = ("1201", "4100", "4777", "5305", "6210", "6299", "")
PROJECTS = ("P-NEW", "P-N1", "P-SHARED", "", "")
CATEGORIES = ("Capital", "Revenue", "capital", "")
DESCRIPTIONS = (
    "Brackets",
    'Mounts, "heavy"',
    "Ethics panel fee",
    "Survey\nphase 2",
    "Lobbying lunch",
    "=HYPERLINK(1)",
    "@SUM(A1)",
    "Café, £5",
    "Cameras",
    "",
)
UNITS = (Decimal(1), Decimal("0.5"), Decimal("0.01"), Decimal("0.0001"))


def add_months(day: date, months: int) -> date:
    """The first day of the month that many months on."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def some_day(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, max(0, (last - first).days)))


def percentages(rng: random.Random, parts: int, *, nil_allowed: bool) -> list[str]:
    """Shares of 100 in a coarse or a fine unit, as text without needless zeros."""
    unit = rng.choice(UNITS)
    units = int(100 / unit)
    least = 0 if nil_allowed and rng.random() < 0.3 else 1
    left = units - least * parts
    cuts = sorted(rng.randint(0, left) for _ in range(parts - 1))
    sizes = [b - a + least for a, b in zip([0, *cuts], [*cuts, left], strict=True)]
    return [f"{(size * unit).normalize():f}" for size in sizes]


@dataclass
class Award:
    starts: date
    ends: date
    amount: Decimal
    codes: list[str]
    settings: str  # the text of grant.toml
    quarters: list[Quarter] = field(init=False)

    def __post_init__(self) -> None:
        self.quarters = quarters_of_award(self.starts, self.ends)


def draw_span(rng: random.Random, quarters: int | None) -> tuple[date, date]:
    starts = rng.choice(
        (
            date(2024, 4, 1),
            date(2024, 4, 1),
            date(2024, 4, 15),
            date(2023, 11, 1),
            date(2024, 2, 29),
            date(2024, 1, 31),
        )
    )
    months = rng.choice((12, 12, 12, 12, 14, 18, 1, 3, 7, 10))
    if quarters:
        months = min(months, 3 * quarters)
    last_month = add_months(starts, months - 1)
    ends = end_of_month(last_month)
    if rng.random() < 0.2:
        ends = max(starts, last_month.replace(day=20))
    return starts, ends


def draw_award(rng: random.Random, quarters: int | None, lines: int, *, moot: bool) -> Award:
    starts, ends = draw_span(rng, quarters)
    codes = list(CODES[: rng.choice((1, 2, 3, 4, 5, 7))])
    rng.shuffle(codes)
    of_quarters = len(quarters_of_award(starts, ends))
    likely_cost = Decimal(of_quarters * lines * 1500)
    amount = to_the_penny(likely_cost * rng.choice((3, 6, 10, 15, 40)) / 10) + rng.randint(0, 99) * PENNY
    text = [draw_terms(rng, amount, starts, ends)]
    text += draw_streams(rng, codes, amount, of_quarters)
    text += draw_rules(rng, codes, moot=moot)
    if rng.random() < 0.6:
        text.append(f'[tolerance]\nstream_overspend = "{rng.choice(("0", "2.5", "10", "33.3333", "300"))}"')
    if rng.random() < 0.4:
        text.append(f'[virement]\nlimit = "{rng.choice(("0", "5", "10", "25.5"))}"')
    return Award(starts, ends, amount, codes, "\n\n".join(text) + "\n")


METHODS = ("profile", "run-rate", "committed")


def draw_terms(rng: random.Random, amount: Decimal, starts: date, ends: date) -> str:
    return "\n".join(
        (
            "[award]",
            'reference = "PCD 1663"',
            'title = "Facial Recognition Static Cameras Infrastructure Pilot"',
            'funder = "Home Office"',
            'recipient = "Mayor\'s Office for Policing and Crime"',
            f'amount = "{amount}"',
            f"starts = {starts}",
            f"ends = {ends}",
            f'vat = "{rng.choice(("recoverable", "recoverable", "irrecoverable"))}"',
            f'claim_basis = "{rng.choice(("invoiced", "paid", "accrued", "accrued"))}"',
            f'forecast = "{rng.choice(METHODS)}"',
            'store = "grantkit.duckdb"',
        )
    )


def draw_streams(rng: random.Random, codes: Sequence[str], amount: Decimal, quarters: int) -> list[str]:
    """Budgets of both kinds that come to the award or leave some of it unbudgeted."""
    budgeted = int(amount / PENNY * rng.choice((10, 10, 10, 9, 5)) / 10)
    cuts = sorted(rng.randint(0, budgeted) for _ in codes[1:])
    if rng.random() < 0.2:
        cuts = [0, *cuts[1:]][: len(cuts)]  # a stream without a budget
    found = []
    budgets = [high - low for low, high in zip([0, *cuts], [*cuts, budgeted], strict=True)]
    for n, (code, budget) in enumerate(zip(codes, budgets, strict=True), start=1):
        resource = rng.choice((0, budget, rng.randint(0, budget), rng.randint(0, budget)))
        profile = ", ".join(f'"{p}"' for p in percentages(rng, quarters, nil_allowed=True))
        own = f'\nforecast = "{rng.choice(METHODS)}"' if rng.random() < 0.2 else ""
        found.append(
            f'[[work_stream]]\ncode = "{code}"\nname = "Work stream {n}"\n'
            f'resource = "{resource * PENNY}"\ncapital = "{(budget - resource) * PENNY}"\n'
            f"profile = [{profile}]{own}"
        )
    return found


def toml_list(patterns: Sequence[str]) -> str:
    quoted = [f'"{p}"' for p in patterns]
    return quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"


def rule_text(table: str, answer: str, patterns: Mapping[str, Sequence[str]]) -> str:
    lines = [f"{name} = {toml_list(values)}" for name, values in patterns.items()]
    return "\n".join([table, *([answer] if answer else []), *lines])


def any_case(rng: random.Random, text: str) -> str:
    return rng.choice((text, text, text.lower(), text.upper()))


def draw_answer(rng: random.Random, codes: Sequence[str], *, shared: bool) -> str:
    """To one stream, or split over two to four of them in any order."""
    if not shared or len(codes) < 2:
        return f'work_stream = "{rng.choice(codes)}"'
    among = rng.sample(list(codes), rng.randint(2, min(4, len(codes))))
    shares = percentages(rng, len(among), nil_allowed=False)
    return "split = { " + ", ".join(f'{c} = "{p}"' for c, p in zip(among, shares, strict=True)) + " }"


def draw_rules(rng: random.Random, codes: Sequence[str], *, moot: bool) -> list[str]:
    """Rules of every field, with wildcards, in any case; some streams have no cost centre of their own."""
    special: list[tuple[bool, dict[str, Sequence[str]]]] = [
        (False, {"supplier_id": ["S001*"], "project": ["P-NEW", any_case(rng, "P-N?")]}),
        (True, {"project": [any_case(rng, "P-SHARED")]}),
        (True, {"description": [any_case(rng, "*panel*")]}),
        (True, {"description": ["survey*phase ?"]}),
        (False, {"po": [any_case(rng, "PO0000?")]}),
        (False, {"supplier": [any_case(rng, "*7, Ltd")], "account": ["4*", "5305"]}),
        (True, {"category": [any_case(rng, "Cap*")], "account": ["1???"], "cost_centre": ["XX9"]}),
    ]
    chosen = [rule for rule in special if rng.random() < 0.5]
    found = [rule_text("[[allocation]]", draw_answer(rng, codes, shared=shared), p) for shared, p in chosen]
    for n, code in enumerate(codes):
        if rng.random() < 0.85:
            patterns = [any_case(rng, f"CC{n}0*"), any_case(rng, f"CC{n}15")]
            found.append(rule_text("[[allocation]]", f'work_stream = "{code}"', {"cost_centre": patterns}))
    if rng.random() < 0.3:
        rng.shuffle(found)
    for reason, name, pattern in (
        ("Hospitality", "account", "62*"),
        ("Lobbying", "description", "*LOBBY*"),
        ("Related party", "supplier_id", "s0003"),
    ):
        if rng.random() < 0.6:
            found.append(rule_text("[[ineligible]]", f'reason = "{reason}"', {name: [pattern]}))
    capital = rng.choice(
        (
            {"account": ["1*"]},
            {"category": ["capital"]},
            {"account": ["1*", "41*"], "category": ["Cap*"]},
            {"cost_centre": ["*4", "*5"]},
        )
    )
    if not moot or rng.random() < 0.7:
        found.append(rule_text("[capital]", "", capital))
    for treatment, name, pattern in (("irrecoverable", "account", "53*"), ("recoverable", "project", "P-*")):
        if rng.random() < 0.25:
            found.append(rule_text("[[vat]]", f'vat = "{treatment}"', {name: [pattern]}))
    return found


# --------------------------------------------------------------------------------------
# The ledgers behind the extracts, quarter by quarter
# --------------------------------------------------------------------------------------

Entry = dict[str, Any]  # canonical column → value: text, Decimal, date or None

MOOT_MONEY = ("£-{0}", "- {0}", "£ {0}", "{0} CR")
MOOT_DATES = ("{d}/{m}/{y}", "{d}-{mon}-{y}", "{dd}-{MON}-{yy}")


class Books:
    """What the finance system holds; each quarter it grows, changes and is extracted."""

    def __init__(self, rng: random.Random, award: Award, lines: int, *, moot: bool) -> None:
        self.rng, self.award, self.lines, self.moot = rng, award, lines, moot
        self.orders: list[Entry] = []
        self.invoices: list[Entry] = []
        self.purchase_orders: dict[str, list[Entry]] = {}
        self.big = rng.random() < 0.15

    def pounds(self, most: int) -> Decimal:
        return self.rng.randint(1, most * (4000 if self.big else 100)) * PENNY

    def coding(self) -> Entry:
        rng = self.rng
        return {
            "cost_centre": rng.choice(COST_CENTRES).format(n=rng.randint(0, len(self.award.codes))),
            "account": rng.choice(ACCOUNTS),
            "project": rng.choice(PROJECTS),
            "category": rng.choice(CATEGORIES),
            "description": rng.choice(DESCRIPTIONS),
        }

    def supplier(self) -> Entry:
        n = self.rng.randint(0, 19)
        both = {"supplier_id": f"S00{n:02}", "supplier": f"Supplier {n}, Ltd"}
        without = self.rng.choice(("", "", "", "", "", "supplier_id", "supplier"))
        return {name: "" if name == without else text for name, text in both.items()}

    def day(self, quarter: Quarter) -> date:
        """Mostly in the quarter; now and then late, early, or outside the award."""
        rng, award = self.rng, self.award
        first, last = rng.choice(
            (
                *[(quarter.starts, quarter.ends)] * 12,
                (award.starts, quarter.ends),
                (quarter.starts, quarter.ends + timedelta(days=100)),
                (award.starts - timedelta(days=40), award.starts - timedelta(days=1)),
                (award.ends + timedelta(days=1), award.ends + timedelta(days=40)),
            )
        )
        return some_day(rng, first, last)

    # ---- growth

    def grow(self, quarter: Quarter) -> None:
        for entry in (*self.orders, *self.invoices):
            entry["new"] = False
        for _ in range(self.rng.randint(0, max(1, self.lines // 3))):
            self.add_order(quarter)
        for _ in range(self.rng.randint(0, self.lines)):
            self.add_invoice(quarter)

    def add_order(self, quarter: Quarter) -> None:
        """One to three lines, numbered or not."""
        rng = self.rng
        po, ordered_on, supplier = f"PO{len(self.purchase_orders):05}", self.day(quarter), self.supplier()
        numbered = rng.random() < 0.8
        entries = []
        for n in range(1, rng.choice((1, 1, 1, 2, 3)) + 1):
            net = self.pounds(6000)
            entries.append(
                {
                    "po": po,
                    "line": str(n) if numbered else "",
                    **supplier,
                    "order_date": ordered_on,
                    "net": net,
                    "received": rng.choice((ZERO, net, to_the_penny(net * rng.randint(1, 110) / 100))),
                    "status": rng.choice(("open", "Open", "", "open", "closed", "CANCELLED")),
                    **self.coding(),
                    "new": True,
                }
            )
        self.orders += entries
        self.purchase_orders[po] = entries

    def order_named(self, invoice: Entry) -> Entry:
        """Which order an invoice names, and how exactly."""
        rng = self.rng
        if not self.purchase_orders or rng.random() < 0.25:
            unknown = rng.choice(("", "", "PO99999", f"PO{len(self.purchase_orders):05}"))
            return {"po": unknown, "po_line": rng.choice(("", "1")) if unknown == "PO99999" else ""}
        # the more lines an order has, the more is to be shared out over them
        po = rng.choice(list(self.purchase_orders))
        lines = self.purchase_orders[po]
        named = rng.choice(("", lines[0]["line"], lines[-1]["line"], lines[-1]["line"], "77"))
        if self.moot and not lines[0]["line"] and rng.random() < 0.3:
            named = "1"  # an order line without a number: does "1" name it?
        if rng.random() < 0.7:
            invoice |= {name: lines[0][name] for name in ("supplier_id", "supplier")}
        return {"po": po, "po_line": named}

    def add_invoice(self, quarter: Quarter) -> None:
        rng = self.rng
        sign = -1 if rng.random() < 0.13 else 1
        accounted = self.day(quarter)
        invoice: Entry = {
            "document": f"INV{rng.randint(0, 12 + 3 * self.lines):05}",
            "line": str(len(self.invoices)) if rng.random() < 0.75 else "",
            **self.supplier(),
            "invoice_date": rng.choice((None, accounted, accounted - timedelta(days=rng.randint(0, 30)))),
            "accounting_date": accounted,
            **self.coding(),
            "paid_date": self.payment_date(accounted),
            "new": True,
        }
        invoice |= self.amounts(sign * rng.choice((self.pounds(4000),) * 20 + (ZERO,)))
        invoice |= self.order_named(invoice)
        self.invoices.append(invoice)
        if not invoice["line"]:
            self.add_twins(invoice)

    def amounts(self, net: Decimal) -> Entry:
        vat = to_the_penny(net * self.rng.choice((0, 5, 20, 20)) / 100)
        return {"net": net, "vat": vat, "gross": net + vat}

    def payment_date(self, accounted: date) -> date | None:
        if self.rng.random() < 0.25:
            return None
        return accounted + timedelta(days=self.rng.choice((-5, 0, 14, 30, 45, 60, 90)))

    def add_twins(self, invoice: Entry) -> None:
        """Truly identical rows, and rows that differ in the day of payment only."""
        chance = self.rng.random()
        if chance < 0.3:
            self.invoices.append(dict(invoice))
        elif chance < 0.5:
            self.invoices.append({**invoice, "paid_date": self.payment_date(invoice["accounting_date"])})

    # ---- change

    def change(self) -> None:
        """Restatements: receipts, closures, corrections, payments."""
        for order in self.orders:
            if not order["new"] and self.rng.random() < 0.25:
                self.change_order(order)
        for invoice in self.invoices:
            if not invoice["new"] and self.rng.random() < 0.15:
                self.change_invoice(invoice)

    def change_order(self, order: Entry) -> None:
        rng = self.rng
        what = rng.choice(("received", "received", "status", "net", "coding", "date"))
        if what == "received":
            order["received"] = rng.choice(
                (order["net"], to_the_penny(order["net"] * rng.randint(0, 110) / 100))
            )
        elif what == "status":
            order["status"] = rng.choice(("closed", "open", "cancelled"))
        elif what == "net":
            order["net"] = self.pounds(6000)
        elif what == "date":
            order["order_date"] += timedelta(days=rng.randint(-30, 30))
        else:
            order |= self.coding()

    def change_invoice(self, invoice: Entry) -> None:
        rng = self.rng
        what = rng.choice(("paid", "paid", "net", "net", "sign", "coding", "date", "order"))
        if what == "paid":
            invoice["paid_date"] = self.payment_date(invoice["accounting_date"])
        elif what == "net":
            invoice |= self.amounts(to_the_penny(invoice["net"] * rng.choice((50, 90, 101, 150)) / 100))
        elif what == "sign":
            invoice |= self.amounts(-invoice["net"])
        elif what == "coding":
            invoice |= self.coding()
        elif what == "date":
            invoice["accounting_date"] += timedelta(days=rng.randint(-60, 90))
        else:
            invoice |= {"po_line": ""}

    # ---- extracts

    def extract(self, entries: list[Entry]) -> list[Entry]:
        """Everything new, most of what is older, now and then in another order; an order's own
        lines come together."""
        rng = self.rng
        keep = rng.choice((0.3, 0.8, 1.0))
        asked: dict[Any, bool] = {}
        found = []
        for entry in entries:
            whole = entry["po"] if "order_date" in entry else id(entry)
            if entry["new"] or asked.setdefault(whole, rng.random() < keep):
                found.append(entry)
        if rng.random() < 0.15:
            rng.shuffle(found)
        return found


# --------------------------------------------------------------------------------------
# Files
# --------------------------------------------------------------------------------------

COLUMNS = {kind: tuple(f.name for f in fields(ledger)) for kind, ledger in LEDGERS.items()}
NEEDED = {"orders": Order.NEEDED, "invoices": Invoice.NEEDED}
OPTIONAL = {
    "orders": ("line", "received", "status", "cost_centre", "account", "project", "category", "description"),
    "invoices": (
        "line",
        "invoice_date",
        "vat",
        "gross",
        "po",
        "po_line",
        "cost_centre",
        "account",
        "project",
        "category",
        "description",
        "paid_date",
    ),
}
EXTRA_COLUMNS = ("approver", "site", "remarks")
BAD_AMOUNTS = ("12,3O4.00", "1e3", "1,23.00", "-5.00-", "5,00", "12.345", "(7.00)-", "n/a", "1.2.3")
BAD_CURRENCIES = ("$12.00", "EUR 5.00", "USD 1,000.00", "€7.50")
BAD_DATES = (
    "soon",
    "31/02/2024",
    "2024-13-01",
    "32/01/2024",
    "2024-02-30",
    "00/05/2024",
    "29-Feb-23",
    "05-Avr-24",
)


class Scribe:
    """Writes one extract, in a layout and a hand of its own."""

    def __init__(self, rng: random.Random, kind: str, dropped: set[str], *, moot: bool) -> None:
        self.rng, self.kind, self.moot = rng, kind, moot
        self.oddness = rng.choice((0.0, 0.1, 0.5))
        self.columns = [c for c in COLUMNS[kind] if c not in dropped]
        if rng.random() < 0.3:
            self.columns += rng.sample(EXTRA_COLUMNS, rng.randint(1, 2))
        if rng.random() < 0.35:
            rng.shuffle(self.columns)
        self.header_style = rng.choice((str, str, str, str.upper, str.title))
        self.bad_share = rng.choice((0.0, 0.05, 0.25))

    # ---- cells

    def money(self, amount: Decimal) -> str:
        if self.rng.random() >= self.oddness:
            return f"{amount:.2f}"
        figure = self.rng.choice((f"{abs(amount):.2f}", f"{abs(amount):,.2f}", f"{abs(amount):,.2f}00"))
        if not amount % 1:
            figure = self.rng.choice((figure, f"{abs(amount):.0f}", f"{abs(amount):,.1f}"))
        signed = ["-{0}", "{0}-", "({0})", "{0}CR", "-£{0}", "£{0}-", "£{0}CR"]
        plain = ["{0}", "£{0}", "GBP {0}", "GBP{0}", " {0} "]
        if self.moot:
            signed, plain = [*signed, *MOOT_MONEY[:2], *MOOT_MONEY[3:]], [*plain, MOOT_MONEY[2]]
        return self.rng.choice(signed if amount < 0 else plain).format(figure)

    def day(self, day: date) -> str:
        if self.rng.random() >= self.oddness:
            return day.isoformat()
        styles = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%y", " %Y-%m-%d "]
        if self.moot and self.rng.random() < 0.3:
            month = day.strftime("%b")
            return self.rng.choice(MOOT_DATES).format(
                d=day.day,
                dd=f"{day.day:02}",
                m=day.month,
                y=day.year,
                yy=f"{day:%y}",
                mon=month,
                MON=month.upper(),
            )
        return day.strftime(self.rng.choice(styles))

    def cells(self, entry: Entry) -> Cells:
        """An entry as it is written down; a gap may be left where the reader fills it."""
        found: Cells = {}
        for name in COLUMNS[self.kind]:
            value = entry[name]
            if isinstance(value, Decimal):
                found[name] = self.money(value)
            elif isinstance(value, date):
                found[name] = self.day(value)
            else:
                found[name] = str(value or "")
                if found[name] and self.rng.random() < self.oddness / 5:
                    found[name] = f" {found[name]}  "
        self.leave_gaps(entry, found)
        return found

    def leave_gaps(self, entry: Entry, cells: Cells) -> None:
        if self.kind == "orders":
            if not entry["received"] and self.rng.random() < 0.3:
                cells["received"] = ""
            return
        if not entry["vat"] and self.rng.random() < 0.3:
            cells["vat"] = ""
        if "vat" not in self.columns or self.rng.random() < 0.3:
            cells["gross"] = ""

    # ---- rows

    def rows(self, entries: Sequence[Entry]) -> list[list[str]]:
        """The extract's rows, with what goes wrong in such files strewn among them."""
        found: list[list[str]] = []
        for entry in entries:
            cells = self.cells(entry)
            found.append(self.row(cells))
            if self.rng.random() < self.bad_share:
                found += self.trouble(entry, cells)
            if self.rng.random() < 0.03:
                found.append(self.rng.choice(([], [" "], [""] * len(self.columns))))
        return found

    def row(self, cells: Cells) -> list[str]:
        extra = {name: self.rng.choice(("", "Jo", "North; 2nd floor")) for name in EXTRA_COLUMNS}
        return [{**extra, **cells}[name] for name in self.columns]

    def trouble(self, entry: Entry, cells: Cells) -> list[list[str]]:
        """The same row again, or one or two rows that are wrong in some way."""
        what = self.rng.choice(
            ("again", "conflict", "spoilt", "spoilt", "spoilt", "late spoilt", "short", "long", "tail")
        )
        if what == "again":
            return [self.row(self.cells(entry))]
        if what == "conflict":
            return self.conflict(entry)
        strange = {**cells, **({"document": "BAD1"} if self.kind == "invoices" else {"po": "PO90000"})}
        if what == "late spoilt":  # the good row's identity: the bad one takes no part in it
            strange = cells
        if what == "short":
            return [self.row(strange)[: self.length_of_short_row()]]
        if what == "long":
            return [[*self.row(strange), self.rng.choice(("x", "0.00"))]]
        if what == "tail":
            return [[*self.row(strange), *self.rng.choice(([""], [" ", ""]))]]
        spoilt = dict(strange)
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            spoilt |= self.spoil(spoilt)
        return [self.row(spoilt)]

    def conflict(self, entry: Entry) -> list[list[str]]:
        """One identity with two contents, once or twice each."""
        line = self.rng.choice(("c1", entry["line"]))
        other = "document" if self.kind == "invoices" else "po"
        first = {**entry, "line": line, other: f"CLASH{self.rng.randint(1, 3)}"}
        net = first["net"] + 5
        second = {**first, "net": net, **({"gross": net + first["vat"]} if self.kind == "invoices" else {})}
        if self.kind == "invoices" and self.rng.random() < 0.3:
            second = {**first, "paid_date": date(2024, 12, 24)}
        chosen = self.rng.choice(
            ((first, second), (first, first, second), (first, second, first), (second, second))
        )
        return [self.row(self.cells(e)) for e in chosen]

    def spoil(self, cells: Cells) -> Cells:
        rng = self.rng
        money = [c for c in ("net", "vat", "gross", "received") if c in self.columns]
        days = [c for c in self.columns if c.endswith("_date")]
        what = rng.choice(("amount", "currency", "date", "missing", "supplier", "sum", "status"))
        if what == "amount":
            return {rng.choice(money): rng.choice(BAD_AMOUNTS)}
        if what == "currency":
            return {rng.choice(money): rng.choice(BAD_CURRENCIES)}
        if what == "date":
            return {rng.choice(days): rng.choice(BAD_DATES)}
        if what == "missing":
            return {rng.choice(NEEDED[self.kind]): rng.choice(("", "  "))}
        if what == "supplier":
            return {"supplier": "", "supplier_id": " "}
        if what == "status" and self.kind == "orders":
            return {"status": "maybe"}
        if what == "sum" and self.kind == "invoices":
            return {"gross": "99999999.99"}
        return {}

    def length_of_short_row(self) -> int:
        """Before the last column that is needed under any reading, or after all that may be."""
        place = {name: n for n, name in enumerate(self.columns)}
        last = max(place[name] for name in NEEDED[self.kind])
        past_all = max(last, place.get("supplier", 0), place.get("supplier_id", 0)) + 1
        return self.rng.choice((self.rng.randint(0, last), self.rng.randint(past_all, len(self.columns))))

    # ---- the file

    def write(self, path: Path, entries: Sequence[Entry]) -> None:
        header = [self.header_style(name) for name in self.columns]
        rows = self.rows(entries)
        encoding = self.rng.choice(("utf-8", "utf-8-sig"))
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(
                file,
                lineterminator=self.rng.choice(("\n", "\r\n")),
                quoting=self.rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
            )
            writer.writerow(header)
            writer.writerows(rows)


def columns_left_out(rng: random.Random, kind: str) -> set[str]:
    """A ledger may lack any optional column; without VAT there is no gross either."""
    if rng.random() < 0.6:
        return set()
    left_out = set(rng.sample(OPTIONAL[kind], rng.randint(1, 3)))
    if "vat" in left_out:
        left_out.add("gross")
    if rng.random() < 0.2:
        left_out.add(rng.choice(("supplier", "supplier_id")))
    return left_out


# --------------------------------------------------------------------------------------
# The officer: what is done with the extracts
# --------------------------------------------------------------------------------------


class Officer:
    """Chooses the commands, and plays them on an auditor of its own to know what can be asked next."""

    def __init__(self, rng: random.Random, folder: Path, award: Award, *, moot: bool) -> None:
        self.rng, self.folder, self.award, self.moot = rng, folder, award, moot
        self.auditor = Auditor(folder)
        self.commands: list[Command] = []

    def do(self, *words: str) -> None:
        """Asks for it, whether or not it will be refused."""
        self.commands.append(list(words))
        try:
            play(self.auditor, list(words))
        except Refused:
            return

    # ---- taking in, and asking how it stands

    def take_in(self, name: str, kind: str) -> None:
        words = ["import", name, "--kind", kind]
        if self.rng.random() < 0.1:
            self.do(*words, "--dry-run")
        if self.rng.random() < 0.1:
            words += ["--extract-date", "2024-12-31"]
        if self.moot and self.rng.random() < 0.1:
            self.do(*words, "--strict")
        self.do(*words)

    def take_in_again(self, names: Sequence[tuple[str, str]]) -> None:
        name, kind = self.rng.choice(names)
        again = ["--again"] if self.rng.random() < 0.4 else []
        self.do("import", name, "--kind", kind, *again)

    def undo(self) -> None:
        """An import is taken back: mostly the newest, now and then one of the others."""
        newest = len(self.auditor.batches)
        number = newest if self.rng.random() < 0.5 else self.rng.randint(1, newest + 1)
        self.do("undo", str(number), "--reason", "another award's")

    def some_date(self, quarter: Quarter) -> date:
        award, rng = self.award, self.rng
        return rng.choice(
            (
                quarter.ends,
                some_day(rng, quarter.starts, quarter.ends),
                some_day(rng, award.starts, award.ends),
                award.starts - timedelta(days=1),
                award.ends + timedelta(days=10),
            )
        )

    def ask_how_it_stands(self, quarter: Quarter) -> None:
        self.do("status")
        self.do("status", "--as-at", self.some_date(quarter).isoformat())
        if self.rng.random() < 0.6:
            at = ["--as-at", self.some_date(quarter).isoformat()] if self.rng.random() < 0.5 else []
            self.do("variance", *at)

    # ---- decisions

    def numbered_lines(self, kind: str) -> list[tuple[str, int]]:
        """The lines that can be named: those with a line number."""
        return [
            ("@" + str(identity[0]) + ":" + "|".join(identity[1:]), line_id)
            for identity, line_id in self.auditor.known.items()
            if isinstance(identity, tuple)
            and identity[0] == kind
            and line_id in self.auditor.versions  # it counts
            and isinstance(identity[-1], str)
            and identity[-1]
        ]

    def decide(self, quarter: Quarter) -> None:
        kind = self.rng.choice(("invoice", "invoice", "invoice", "order"))
        lines = self.numbered_lines(kind)
        if not lines:
            return
        chosen = self.rng.sample(lines, min(len(lines), self.rng.choice((1, 1, 1, 2))))
        answers = [self.about_the_stream(), self.about_eligibility(kind, [i for _, i in chosen])]
        if kind == "invoice":
            answers.append(self.about_the_date(quarter))
        some = self.rng.sample(answers, self.rng.choice((1, 1, 1, 1, 2, len(answers))))
        words = [word for answer in some for word in answer]
        self.do("decide", *[name for name, _ in chosen], *words, "--reason", "seen the paper")

    def about_the_stream(self) -> Command:
        rng, codes = self.rng, self.award.codes
        if len(codes) < 2 or rng.random() < 0.4:
            return ["--stream", rng.choice(codes)]
        among = rng.sample(codes, rng.randint(2, min(3, len(codes))))
        shares = percentages(rng, len(among), nil_allowed=False)
        return ["--split", ",".join(f"{c}={p}" for c, p in zip(among, shares, strict=True))]

    def about_eligibility(self, kind: str, line_ids: Sequence[int]) -> Command:
        """An amount is asked for one invoice line that costs or gives back something."""
        rng = self.rng
        if kind == "invoice" and len(line_ids) == 1 and rng.random() < 0.5:
            cost = self.auditor.cost(self.auditor.invoices[line_ids[0]])
            if part := to_the_penny(cost * rng.randint(1, 100) / 100):
                return ["--ineligible-amount", f"{part}"]
        return [rng.choice(("--eligible", "--ineligible"))]

    def about_the_date(self, quarter: Quarter) -> Command:
        days = (self.award.ends, self.award.starts, self.some_date(quarter), self.some_date(quarter))
        return ["--accounting-date", self.rng.choice(days).isoformat()]

    # ---- virements

    def move_budget(self) -> None:
        """A virement that leaves every budget above nil at every date, approved or within the limit."""
        rng, codes = self.rng, self.award.codes
        if len(codes) < 2:
            return
        giver, receiver = rng.sample(codes, 2)
        kind = rng.choice(COST_TYPES)
        to_kind = rng.choice((kind, kind, kind, COST_TYPES[1 - COST_TYPES.index(kind)]))
        on = some_day(rng, self.award.starts, self.award.ends)
        days = [on, self.award.ends, *(move.on for move in self.auditor.virements)]
        least = min(self.auditor.budget(giver, day)[kind] for day in days)
        amount = to_the_penny(least * rng.choice((2, 5, 30)) / 100)
        if amount <= 0:
            return
        words = ["budget", "move", giver, receiver, f"{amount}", "--kind", kind]
        words += ["--to-kind", to_kind] if to_kind != kind else []
        words += ["--date", on.isoformat(), "--reason", "need"]
        self.do(*words, *(["--approved-by", "Head of Finance"] if rng.random() < 0.7 else []))

    # ---- claims

    def claim(self, quarter: Quarter, name: str, *, decisions: bool) -> None:
        self.do("claim", "prepare", name)
        if self.moot and self.rng.random() < 0.1:
            self.do("claim", "withdraw", name, "--reason", "too early")  # a draft: does it take a version?
            self.do("claim", "prepare", name)
        if decisions and self.rng.random() < 0.3:
            self.do("claim", "show", name)
        self.do("claim", "submit", name, "--yes")
        if decisions and self.rng.random() < 0.3:
            self.do("claim", "withdraw", name, "--reason", "typing")
            for _ in range(self.rng.randint(1, 4)):
                self.decide(quarter)
            self.do("claim", "prepare", name)
            self.do("claim", "submit", name, "--yes")

    def settle(self, quarter: Quarter, name: str) -> None:
        """A payment in one or two parts, with or without something disallowed."""
        rng, claim = self.rng, self.auditor.newest(name)
        if not claim.stands:
            return
        for _ in range(rng.choice((1, 1, 2))):
            words = self.disallowances(claim) if rng.random() < 0.6 else []
            taken_off = sum((Decimal(word.rpartition("=")[2]) for word in words if "=" in word), ZERO)
            words += self.payment(claim.outstanding - taken_off) if rng.random() < 0.8 or not words else []
            if words:
                self.do(
                    "claim", "settle", name, *words, "--date", (claim.to + timedelta(days=40)).isoformat()
                )
                self.do("status")
        if claim.outstanding and rng.random() < 0.7:
            self.do("claim", "settle", name, f"--received={claim.outstanding}", "--date", "2025-06-30")
        self.do("claim", "show", name)
        self.do("status", "--as-at", self.some_date(quarter).isoformat())

    def payment(self, outstanding: Decimal) -> Command:
        if outstanding > 0:
            part = to_the_penny(outstanding * self.rng.choice((100, 100, 40, 73)) / 100)
            return [f"--received={part}"] if part else []
        return [f"--received={outstanding}"] if outstanding < 0 else []

    def disallowances(self, claim: Claim) -> Command:
        """Up to three lines that this claim took and no later one touches."""
        rng = self.rng
        later = self.auditor.standing()[self.auditor.standing().index(claim) + 1 :]
        touched = {x.line_id for c in later for x in c.lines}
        words: Command = []
        lines = self.numbered_lines("invoice") + self.numbered_lines("order")
        names = {line_id: name for name, line_id in lines}
        candidates = sorted({x.line_id for x in claim.lines} & set(names))
        both_ways = [i for i in candidates if any(x.amount < 0 for x in claim.lines if x.line_id == i)]
        chosen = rng.sample(candidates, min(len(candidates), 3))
        for line_id in dict.fromkeys([*rng.sample(both_ways, min(len(both_ways), 2)), *chosen]):
            taken = sum(claim.taken_of(line_id).values(), ZERO)
            amount = to_the_penny(taken * rng.choice((100, 50, 33, 7)) / 100)
            if amount > 0 and (self.moot or line_id not in touched):
                words += ["--disallow", f"{names[line_id]}={amount}"]
        return [*words, "--reason", "no evidence"] if words else []

    # ---- requests that are refused, with exit code 2 and nothing changed

    def ask_for_what_is_refused(self) -> None:
        rng, codes, award = self.rng, self.award.codes, self.award
        first, last = codes[0], codes[-1]
        invoices = [name for name, _ in self.numbered_lines("invoice")]
        on = ["--date", award.starts.isoformat(), "--reason", "need"]
        requests: list[Command] = [
            ["claim", "prepare", "Q99"],
            ["claim", "submit", "Q98", "--yes"],
            ["budget", "move", first, last, "-5", "--kind", "resource", *on],
            ["budget", "move", first, "NOSUCH", "5.00", "--kind", "resource", *on],
        ]
        if len(codes) > 1:
            too_much = ["budget", "move", first, last, f"{award.amount + 1}", "--kind", "resource", *on]
            requests += [[*too_much, "--approved-by", "Head of Finance"]]
            requests += [
                ["budget", "move", first, last, "0.01", "--kind", "resource", "--to-kind", "capital", *on]
            ]
        if invoices:
            requests += [["decide", invoices[0], "--stream", "NOSUCH", "--reason", "r"]]
            requests += [["decide", invoices[0], "--split", f"{first}=99.99", "--reason", "r"]]
            if cost := self.auditor.cost(self.auditor.invoices[named_line(self.auditor, invoices[0])]):
                other_sign = f"{-cost}"
                requests += [["decide", invoices[0], "--ineligible-amount", other_sign, "--reason", "r"]]
        for claim in self.auditor.standing():
            if claim.outstanding > 0:
                more = f"--received={claim.outstanding + PENNY}"
                requests.append(["claim", "settle", claim.name, more, "--date", "2025-06-30"])
            if claim.status == "settled" or claim is not self.auditor.standing()[-1]:
                requests.append(["claim", "withdraw", claim.name, "--reason", "r"])
        self.do(*rng.choice(requests))


# --------------------------------------------------------------------------------------
# The whole history
# --------------------------------------------------------------------------------------


def history(
    rng: random.Random,
    folder: Path,
    *,
    decisions: bool = False,
    quarters: int | None = None,
    lines: int = 16,
    moot: bool = False,
    undos: bool = False,
) -> list[Command]:
    """Writes the settings and the extracts into the folder and returns the commands in turn.

    ``quarters`` and ``lines`` (new invoice lines in a quarter, at most) keep a history small;
    ``decisions`` adds what people decide, move, settle and withdraw, and the FINAL claims;
    ``undos`` takes imports back, some of them to take them in again.
    """
    award = draw_award(rng, quarters, max(1, lines), moot=moot)
    (folder / "grant.toml").write_text(award.settings, encoding="utf-8")
    books = Books(rng, award, lines, moot=moot)
    officer = Officer(rng, folder, award, moot=moot)
    dropped = {kind: columns_left_out(rng, kind) for kind in COLUMNS}
    written: list[tuple[str, str]] = []
    for quarter in award.quarters:
        take_in_quarter(rng, folder, books, officer, quarter, dropped, written)
        if undos:
            undo_some(rng, officer, written)
        officer.ask_how_it_stands(quarter)
        if decisions:
            decide_in_quarter(rng, officer, quarter)
        officer.claim(quarter, quarter.name, decisions=decisions)
        if decisions:
            settle_some(rng, officer, quarter)
    if decisions:
        finish(rng, folder, books, officer, award.quarters[-1], dropped, written)
    return officer.commands


def take_in_quarter(
    rng: random.Random,
    folder: Path,
    books: Books,
    officer: Officer,
    quarter: Quarter,
    dropped: dict[str, set[str]],
    written: list[tuple[str, str]],
) -> None:
    books.grow(quarter)
    books.change()
    number = len(written) // 2 + 1
    kinds = ["orders", "invoices"] if rng.random() < 0.8 else ["invoices", "orders"]
    for kind in kinds:
        name = f"{kind}-q{number}.csv"
        left_out = dropped[kind] if rng.random() < 0.9 else columns_left_out(rng, kind)
        entries = books.extract(books.orders if kind == "orders" else books.invoices)
        Scribe(rng, kind, left_out, moot=books.moot).write(folder / name, entries)
        officer.take_in(name, kind)
        written.append((name, kind))
    if rng.random() < 0.3:
        officer.take_in_again(written)


def undo_some(rng: random.Random, officer: Officer, written: list[tuple[str, str]]) -> None:
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        officer.undo()
        if rng.random() < 0.3:
            officer.take_in_again(written)


def decide_in_quarter(rng: random.Random, officer: Officer, quarter: Quarter) -> None:
    for _ in range(rng.randint(0, 8)):
        officer.decide(quarter)
    for _ in range(rng.randint(0, 2)):
        officer.move_budget()
    if rng.random() < 0.3:
        officer.ask_for_what_is_refused()
    officer.ask_how_it_stands(quarter)


def settle_some(rng: random.Random, officer: Officer, quarter: Quarter) -> None:
    """Mostly the claim just submitted; now and then an older one that is still waiting."""
    waiting = [c.name for c in officer.auditor.standing() if c.outstanding or c.status == "submitted"]
    if waiting and rng.random() < 0.8:
        officer.settle(quarter, waiting[-1] if rng.random() < 0.8 else rng.choice(waiting))


def finish(
    rng: random.Random,
    folder: Path,
    books: Books,
    officer: Officer,
    quarter: Quarter,
    dropped: dict[str, set[str]],
    written: list[tuple[str, str]],
) -> None:
    """After the award's end: another extract, FINAL, and what comes to light after it."""
    for name in ("FINAL", "FINAL2"):
        if name == "FINAL2" and officer.auditor.newest("FINAL").status != "settled" and not books.moot:
            break
        if rng.random() < 0.5:
            take_in_quarter(rng, folder, books, officer, quarter, dropped, written)
        decide_in_quarter(rng, officer, quarter)
        officer.claim(quarter, name, decisions=True)
        if name == "FINAL":
            settle_for_good(officer, name)
        officer.ask_how_it_stands(quarter)
    officer.do("claim", "list")
    officer.do("budget", "show", "--as-at", officer.award.ends.isoformat())


def settle_for_good(officer: Officer, name: str) -> None:
    """A FINAL claim of nothing has nothing to settle: then no FINAL2 follows it here."""
    claim = officer.auditor.newest(name)
    if claim.outstanding:
        officer.do("claim", "settle", name, f"--received={claim.outstanding}", "--date", "2025-07-08")
