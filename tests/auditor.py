"""An independent account of one grant, kept the slow way.

It reads ``grant.toml`` and the source files itself and works out, in plain Python and
Decimal, every figure that sections 3 to 5 of the contract promise. It shares no code with
the product. Where the two differ, one of them misreads the contract. Sentences in quotation
marks are the contract's own words.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, TypeVar

ZERO = Decimal("0.00")
PENNY = Decimal("0.01")
HUNDRED = Decimal(100)

UNALLOCATED = "UNALLOCATED"
RESOURCE, CAPITAL = "resource", "capital"
COST_TYPES = (RESOURCE, CAPITAL)

Key = TypeVar("Key", bound=Hashable)


class Refused(ValueError):  # noqa: N818 (a refusal, not an error of the auditor's)
    """A request that the contract answers with exit code 2: nothing has changed."""


# --------------------------------------------------------------------------------------
# Money and shares
# --------------------------------------------------------------------------------------


def to_the_penny(amount: Decimal) -> Decimal:
    """ "half up to the penny (a half away from zero)" """
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


def pounds(amount: Decimal) -> str:
    """ "a string with two decimals and an optional leading minus"; a nil is never minus nil"""
    return f"{amount + ZERO:.2f}" if amount else "0.00"


def share_out(amount: Decimal, weights: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Largest remainder: "ties to the stream that the split lists first; a negative amount is
    shared as its positive would be"."""
    pence = int(abs(amount) / PENNY)
    whole = sum((Fraction(w) for w in weights.values()), Fraction(0))
    exact = {key: pence * Fraction(w) / whole for key, w in weights.items()}
    shares = {key: int(x) for key, x in exact.items()}
    neediest = sorted(
        exact, key=lambda key: shares[key] - exact[key]
    )  # stable: ties stay in the split's order
    for key in neediest[: pence - sum(shares.values())]:
        shares[key] += 1
    sign = -1 if amount < 0 else 1
    return {key: sign * share * PENNY for key, share in shares.items()}


# --------------------------------------------------------------------------------------
# Dates, months and quarters
# --------------------------------------------------------------------------------------


def end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Quarter:
    """ "spans of three calendar months, counted from the month of the award's first day" """

    name: str
    starts: date
    ends: date
    month_ends: tuple[date, ...]

    def months_elapsed(self, as_at: date) -> int:
        """ "a month counts once its last day, or the award's, is reached" """
        return sum(1 for last_day in self.month_ends if last_day <= as_at)


def month_ends_of_award(starts: date, ends: date) -> list[date]:
    """The last day of each calendar month of the award; of the last month, the award's last day."""
    found, day = [], starts
    while end_of_month(day) < ends:
        found.append(end_of_month(day))
        day = end_of_month(day) + timedelta(days=1)
    return [*found, ends]


def quarters_of_award(starts: date, ends: date) -> list[Quarter]:
    """The first begins on the award's first day, the last ends on its last and may be shorter."""
    months = month_ends_of_award(starts, ends)
    found, first_day = [], starts
    for n in range(0, len(months), 3):
        these = tuple(months[n : n + 3])
        found.append(Quarter(f"Q{n // 3 + 1}", first_day, these[-1], these))
        first_day = these[-1] + timedelta(days=1)
    return found


# --------------------------------------------------------------------------------------
# Cells
# --------------------------------------------------------------------------------------


class CellError(Exception):
    """A cell that cannot be read; its text is the reject code."""


UNREADABLE = object()  # stands for the value of such a cell


GOOD_AMOUNT = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]{1,2}0*)?")
THREE_LETTER_CODE = re.compile(r"[A-Za-z]{3}")


def take_sign(text: str) -> tuple[str, int]:
    """Takes off each sign of a negative; a good amount has one of them at most."""
    signs = 0
    if text.startswith("(") and text.endswith(")"):
        text, signs = text[1:-1].strip(), signs + 1
    if text.upper().endswith("CR"):
        text, signs = text[:-2].strip(), signs + 1
    if text.endswith("-"):
        text, signs = text[:-1].strip(), signs + 1
    if text.startswith("-"):
        text, signs = text[1:].strip(), signs + 1
    return text, signs


def take_currency(text: str) -> tuple[str, bool]:
    """Takes off a currency's sign or code in front; tells whether it is ours."""
    if text.startswith("£"):
        return text[1:].strip(), True
    if text[:1] and unicodedata.category(text[0]) == "Sc":
        return text[1:].strip(), False
    if THREE_LETTER_CODE.match(text):
        return text[3:].strip(), text[:3].upper() == "GBP"
    return text, True


def read_money(text: str) -> Decimal:
    """ "an optional £ or GBP, commas at the thousands or none, at most two decimals (further
    zeros may follow), negative by one of a leading or trailing minus, parentheses or a
    trailing CR" """
    amount, signs = take_sign(text)
    amount, ours = take_currency(amount)
    if amount.startswith("-"):  # £-5.00: the minus still leads the figure
        amount, signs = amount[1:].strip(), signs + 1
    if signs > 1 or not GOOD_AMOUNT.fullmatch(amount):
        raise CellError("bad-amount")
    if not ours:  # "a good amount behind another currency's sign or three-letter code"
        raise CellError("bad-currency")
    value = Decimal(amount.replace(",", "")).quantize(PENNY)
    return -value if signs and value else value


ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
DAY_FIRST = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
MONTH_NAMED = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4}|[0-9]{2})")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read_date(text: str) -> date:
    """ "ISO, day/month/year with /, - or . and a two- or four-digit year, 05-Apr-24" """
    if found := ISO_DATE.fullmatch(text):
        year, month, day = (int(x) for x in found.groups())
    elif found := DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
    elif (found := MONTH_NAMED.fullmatch(text)) and found[2].lower() in MONTHS:
        day, month, year = int(found[1]), MONTHS.index(found[2].lower()) + 1, int(found[3])
    else:
        raise CellError("bad-date")
    if year < 100 and not ISO_DATE.fullmatch(text):  # "two digits of a year mean 20yy"
        year += 2000
    try:
        return date(year, month, day)
    except ValueError as error:
        raise CellError("bad-date") from error


def read_status(text: str) -> str:
    if text.lower() not in ("open", "closed", "cancelled"):
        raise CellError("bad-value")
    return text.lower()


# --------------------------------------------------------------------------------------
# Ledger lines: two of them are equal when their content is
# --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Invoice:
    document: str
    line: str
    supplier_id: str
    supplier: str
    invoice_date: date | None
    accounting_date: date
    net: Decimal
    vat: Decimal
    gross: Decimal
    po: str
    po_line: str
    cost_centre: str
    account: str
    project: str
    category: str
    description: str
    paid_date: date | None

    NEEDED: ClassVar[tuple[str, ...]] = ("document", "accounting_date", "net")
    MONEY: ClassVar[tuple[str, ...]] = ("net", "vat", "gross")
    DATES: ClassVar[tuple[str, ...]] = ("invoice_date", "accounting_date", "paid_date")

    def but_for_payment(self) -> tuple[Any, ...]:
        """An invoice row without ``line`` is known by this: "its content but for paid_date"."""
        return tuple(getattr(self, f.name) for f in fields(self) if f.name != "paid_date")


@dataclass(frozen=True)
class Order:
    po: str
    line: str
    supplier_id: str
    supplier: str
    order_date: date
    net: Decimal
    received: Decimal
    status: str
    cost_centre: str
    account: str
    project: str
    category: str
    description: str

    NEEDED: ClassVar[tuple[str, ...]] = ("po", "order_date", "net")
    MONEY: ClassVar[tuple[str, ...]] = ("net", "received")
    DATES: ClassVar[tuple[str, ...]] = ("order_date",)


Line = Invoice | Order
LEDGERS: dict[str, type[Invoice | Order]] = {"invoices": Invoice, "orders": Order}


@dataclass
class SourceRow:
    """One row of a file: what it says, or what is wrong with it."""

    number: int  # as a spreadsheet shows it
    line: Line | None = None
    faults: list[tuple[str | None, str]] = field(default_factory=list)  # (column, code)

    def refuse(self, column: str | None, code: str) -> None:
        self.line = None
        self.faults.append((column, code))


def records_of(text: str) -> Iterator[list[str] | None]:
    """The records of a CSV text. A quote that is opened in a line and not closed well (nothing but blanks between it
    and the cell's end) in that line or a later one costs its own line, which is None, and no other.
    """
    at = 0
    while at < len(text):
        cells, after = record_at(text, at)
        if cells is None:
            after = line_end(text, at)
        yield cells
        at = after


def line_end(text: str, at: int) -> int:
    """Where the line after this place begins."""
    while at < len(text) and text[at] not in "\r\n":
        at += 1
    return at + (2 if text[at : at + 2] == "\r\n" else 1)


def record_at(text: str, at: int) -> tuple[list[str] | None, int]:
    cells, lines, careless = [], 1, False
    while True:
        cell, quoted = "", text[at : at + 1] == '"'
        if quoted:
            at += 1
            while text[at : at + 1] != '"' or text[at : at + 2] == '""':
                if at >= len(text):
                    return None, at
                step = 2 if text[at : at + 2] in ('""', "\r\n") else 1
                lines += text[at] in "\r\n"
                cell += '"' if text[at : at + 2] == '""' else text[at : at + step]
                at += step
            at += 1
        rest = ""
        while at < len(text) and text[at] not in ",\r\n":
            rest += text[at]
            at += 1
        careless = careless or (quoted and rest.strip() != "")
        cells.append(cell + rest)
        if text[at : at + 1] != ",":
            return (None if careless and lines > 1 else cells), line_end(text, at)
        at += 1


class SourceFile:
    """A CSV file with the canonical columns, in any order and any case; others are passed over."""

    def __init__(self, path: Path, kind: str) -> None:
        self.kind, self.ledger = kind, LEDGERS[kind]
        raw = path.read_bytes()
        self.sha256 = hashlib.sha256(raw).hexdigest()
        records = list(records_of(raw.decode("utf-8-sig")))
        self.header = (records[0] or []) if records else []
        self.place = {name.strip().lower(): n for n, name in reversed(list(enumerate(self.header)))}
        if missing := [name for name in self.needed_columns() if name not in self.place]:
            raise Refused(f"{path.name} has no column {', '.join(missing)}")
        # Rows are counted as a person sees them: "a blank line is a row, a record with line breaks is one"
        self.rows = [
            self.read(number, cells)
            for number, cells in enumerate(records[1:], start=2)
            if cells is None or any(cell.strip() for cell in cells)
        ]
        self.refuse_conflicts()

    def needed_columns(self) -> list[str]:
        """What a row must reach to: for the supplier, the nearer of its two columns will do."""
        supplier = [name for name in ("supplier", "supplier_id") if name in self.place] or ["supplier"]
        return [*self.ledger.NEEDED, min(supplier, key=lambda name: self.place.get(name, 0))]

    def column(self, name: str) -> str:
        """ "column is the header as the file has it" """
        return self.header[self.place[name]].strip()

    def read(self, number: int, cells: list[str] | None) -> SourceRow:
        row = SourceRow(number)
        # "either is the row's only entry"
        if cells is None:
            row.refuse(None, "bad-value")
        elif any(cell.strip() for cell in cells[len(self.header) :]):
            row.refuse(None, "too-many-cells")
        elif len(cells) <= max(self.place[name] for name in self.needed_columns()):
            row.refuse(None, "too-few-cells")
        else:
            self.read_cells(row, cells)
        return row

    def read_cells(self, row: SourceRow, cells: list[str]) -> None:
        """ "A row that ends early is blank from there on." """
        names = [f.name for f in fields(self.ledger)]
        text = dict.fromkeys(names, "")
        for name in names:
            if name in self.place and self.place[name] < len(cells):
                text[name] = cells[self.place[name]].strip()
        self.note_missing(row, text)
        values: dict[str, Any] = dict(text)
        for name in (*self.ledger.MONEY, *self.ledger.DATES, *(["status"] if self.kind == "orders" else [])):
            values[name] = self.read_cell(row, name, text[name])
        if self.ledger is Invoice:
            self.check_sum(row, values)
        if not row.faults:
            row.line = self.without_gaps(values)

    def note_missing(self, row: SourceRow, text: dict[str, str]) -> None:
        for name in self.ledger.NEEDED:
            if not text[name]:
                row.refuse(self.column(name), "missing-value")
        if not text["supplier"] and not text["supplier_id"]:
            # "for a missing supplier the supplier column, or the id where the file has only that"
            only_id = "supplier" not in self.place
            row.refuse(self.column("supplier_id" if only_id else "supplier"), "missing-value")

    def read_cell(self, row: SourceRow, name: str, text: str) -> Any:
        if not text:
            return None
        reader: Callable[[str], Any] = read_status
        if name in self.ledger.MONEY:
            reader = read_money
        elif name in self.ledger.DATES:
            reader = read_date
        try:
            return reader(text)
        except CellError as fault:
            row.refuse(self.column(name), str(fault))
            return UNREADABLE

    def check_sum(self, row: SourceRow, values: dict[str, Any]) -> None:
        """ "does-not-add-up (net + VAT ≠ gross; the column is gross)", where all three can be read"""
        net, vat, gross = (values[name] for name in ("net", "vat", "gross"))
        if UNREADABLE in (net, vat, gross) or net is None or gross is None:
            return
        if net + (vat or ZERO) != gross:
            row.refuse(self.column("gross"), "does-not-add-up")

    def without_gaps(self, values: dict[str, Any]) -> Line:
        """ "A missing vat is 0, gross net + VAT, status open, received 0." """
        if self.ledger is Order:
            return Order(
                **{**values, "received": values["received"] or ZERO, "status": values["status"] or "open"}
            )
        vat = values["vat"] or ZERO
        return Invoice(**{**values, "vat": vat, "gross": values["net"] + vat})

    def identities(self) -> list[tuple[SourceRow, Hashable]]:
        """Each good row with what it is known by; "refused rows are not counted in either"."""
        seen: Counter[Hashable] = Counter()
        found: list[tuple[SourceRow, Hashable]] = []
        for row in self.rows:
            if row.line is None:
                continue
            identity: Hashable = identity_of(row.line)
            if not row.line.line:
                seen[identity] += 1
                identity = (identity, seen[identity])  # the occurrence number
            found.append((row, identity))
        return found

    def refuse_conflicts(self) -> None:
        """ "one identity twice in a file with different content: every such row is refused" """
        contents: dict[Hashable, set[Line]] = defaultdict(set)
        known = self.identities()
        for row, identity in known:
            if row.line is not None:
                contents[identity].add(row.line)
        for row, identity in known:
            if len(contents[identity]) > 1:
                row.refuse(None, "conflict")

    def rejects(self) -> list[dict[str, Any]]:
        return [
            {"row": row.number, "column": column, "code": code}
            for row in self.rows
            for column, code in row.faults
        ]


def identity_of(line: Line) -> Hashable:
    """What a line is known by from one extract to the next, but for the occurrence number."""
    if isinstance(line, Order):
        return ("order", line.po, line.line)
    if line.line:
        return ("invoice", line.supplier_id or line.supplier, line.document, line.line)
    return ("invoice", line.but_for_payment())


# --------------------------------------------------------------------------------------
# Settings
# --------------------------------------------------------------------------------------


def as_list(value: Any) -> list[str]:
    return [str(x) for x in value] if isinstance(value, list) else [str(value)]


def glob(pattern: str) -> re.Pattern[str]:
    """ "the whole value, ignoring case, with * and ? as wildcards" """
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(c) or re.escape(c) for c in pattern), re.IGNORECASE | re.DOTALL)


RULE_FIELDS = (
    "supplier_id",
    "supplier",
    "cost_centre",
    "account",
    "project",
    "category",
    "po",
    "description",
)


class Rule:
    """ "A rule matches when every field that it names matches; a field matches when any of its
    patterns does."

    ``[capital]`` is one such rule: account and category named together must both match (the
    worked histories with both decided this).
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.patterns = {
            name: [glob(p) for p in as_list(table[name])] for name in RULE_FIELDS if name in table
        }

    def matches(self, coding: Mapping[str, str]) -> bool:
        return bool(self.patterns) and all(
            any(p.fullmatch(coding[name]) for p in patterns) for name, patterns in self.patterns.items()
        )


Split = dict[str, Decimal]  # stream → per cent, in the order in which the split lists them


class Allocation(Rule):
    def __init__(self, table: Mapping[str, Any]) -> None:
        super().__init__(table)
        if "split" in table:
            self.split: Split = {code: Decimal(str(part)) for code, part in table["split"].items()}
        else:
            self.split = {str(table["work_stream"]): HUNDRED}


@dataclass(frozen=True)
class WorkStream:
    code: str
    name: str
    budget: dict[str, Decimal]  # by cost type, as in the settings
    profile: list[Decimal]


class Vat(Rule):
    def __init__(self, table: Mapping[str, Any]) -> None:
        super().__init__(table)
        self.is_cost: bool = table["vat"] == "irrecoverable"


class Settings:
    def __init__(self, path: Path) -> None:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        award = table["award"]
        self.reference: str = award["reference"]
        self.award = Decimal(str(award["amount"]))
        self.starts: date = award["starts"]
        self.ends: date = award["ends"]
        self.vat_is_cost: bool = award["vat"] == "irrecoverable"
        self.vat = [Vat(t) for t in table.get("vat", [])]
        self.basis: str = award["claim_basis"]
        self.forecast: str = award["forecast"]
        self.forecasts: dict[str, str | None] = {s["code"]: s.get("forecast") for s in table["work_stream"]}
        self.quarters = quarters_of_award(self.starts, self.ends)
        self.months = sum(len(q.month_ends) for q in self.quarters)
        self.streams = [
            WorkStream(
                s["code"],
                s["name"],
                {kind: Decimal(str(s[kind])) for kind in COST_TYPES},
                [Decimal(str(p)) for p in s["profile"]],
            )
            for s in table["work_stream"]
        ]
        self.codes = [s.code for s in self.streams]
        self.allocations = [Allocation(t) for t in table.get("allocation", [])]
        self.ineligible = [Rule(t) for t in table.get("ineligible", [])]
        self.capital = Rule(table.get("capital", {}))
        self.tolerance = Decimal(str(table.get("tolerance", {}).get("stream_overspend", "0")))
        self.virement_limit = Decimal(str(table.get("virement", {}).get("limit", "10")))

    def in_award(self, day: date) -> bool:
        return self.starts <= day <= self.ends

    def months_elapsed(self, as_at: date) -> int:
        return sum(q.months_elapsed(as_at) for q in self.quarters)


# --------------------------------------------------------------------------------------
# What people have done
# --------------------------------------------------------------------------------------


@dataclass
class Decision:
    """The newest of each sort about one line: "each leaving the others alone"."""

    split: Split | None = None
    eligibility: str | Decimal | None = None  # "eligible", "ineligible", or the amount that is ineligible
    accounting_date: date | None = None


@dataclass(frozen=True)
class Virement:
    giver: str
    receiver: str
    amount: Decimal
    kind: str
    to_kind: str
    on: date


@dataclass(frozen=True)
class ClaimLine:
    """One row of a claim's schedule."""

    line_id: int
    stream: str
    cost_type: str
    amount: Decimal
    kind: str  # current, late, adjustment, accrual

    @property
    def place(self) -> Place:
        return (self.line_id, self.stream, self.cost_type)


Place = tuple[int, str, str]  # a line's id, a work stream and a cost type


@dataclass
class Disallowance:
    """What the funder refused of one line in one claim."""

    line_id: int
    taken_off: dict[tuple[str, str], Decimal]  # by stream and cost type

    def by_stream(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for (stream, _), amount in self.taken_off.items():
            found[stream] += amount
        return {stream: amount for stream, amount in found.items() if amount}

    @property
    def amount(self) -> Decimal:
        return sum(self.taken_off.values(), ZERO)


@dataclass
class Claim:
    name: str
    version: int
    starts: date
    to: date
    figures: dict[str, Any]
    lines: list[ClaimLine]
    versions: dict[int, int] = field(default_factory=dict)  # line id → the batch that brought what it was
    status: str = "draft"
    disallowances: list[Disallowance] = field(default_factory=list)
    payments: list[Decimal] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        return self.status in ("submitted", "settled")

    @property
    def total(self) -> Decimal:
        return sum((x.amount for x in self.lines), ZERO)

    @property
    def disallowed(self) -> Decimal:
        return sum((d.amount for d in self.disallowances), ZERO)

    @property
    def received(self) -> Decimal:
        return sum(self.payments, ZERO)

    @property
    def outstanding(self) -> Decimal:
        return self.total - self.disallowed - self.received

    def claimed_by_stream(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for x in self.lines:
            found[x.stream] += x.amount
        return found

    def counted_by_stream(self) -> dict[str, Decimal]:
        """What it claimed, less what was disallowed."""
        found = self.claimed_by_stream()
        for d in self.disallowances:
            for stream, amount in d.by_stream().items():
                found[stream] -= amount
        return found

    def taken_of(self, line_id: int) -> dict[tuple[str, str], Decimal]:
        """What the claim took of a line and still counts, where it took; not where it gave back."""
        taken = {
            (x.stream, x.cost_type): x.amount for x in self.lines if x.line_id == line_id and x.amount > 0
        }
        for d in self.disallowances:
            if d.line_id == line_id:
                for place, amount in d.taken_off.items():
                    taken[place] -= amount
        return {place: amount for place, amount in taken.items() if amount > 0}


@dataclass(frozen=True)
class Share:
    """One invoice line's part in one stream."""

    line_id: int
    stream: str
    cost: Decimal
    eligible: Decimal


@dataclass(frozen=True)
class Due:
    """What a claim could take, or must give back, in one place."""

    place: Place
    amount: Decimal
    kind: str
    on: date


STATUS_SUMS = ("invoiced", "eligible", "ineligible", "accrued", "committed", "claimed", "settled")
STATUS_FIGURES = (
    "budget",
    *STATUS_SUMS,
    "available",
    "budget_to_date",
    "variance",
    "forecast",
    "full_year_variance",
)
CLAIM_FIGURES = (
    "budget",
    "claimed_before",
    "resource",
    "capital",
    "this_claim",
    "late",
    "accruals",
    "adjustments",
    "held_back",
    "cumulative",
    "remaining",
)
Row = dict[str, Decimal]


def total_of(rows: Iterable[Row]) -> Row:
    total: Row = defaultdict(Decimal)
    for row in rows:
        for name, amount in row.items():
            total[name] += amount
    return total


def in_pounds(row: Mapping[str, Decimal], names: Iterable[str]) -> dict[str, str]:
    return {name: pounds(row[name]) for name in names}


def rag(budget: Decimal, eligible: Decimal, forecast: Decimal) -> str:
    """ "red: forecast above budget by over 5 %, or eligible above budget. amber: forecast above
    budget, or below it by over 10 %. green otherwise." """
    if forecast > budget * Decimal("1.05") or eligible > budget:
        return "red"
    if forecast > budget or forecast < budget * Decimal("0.9"):
        return "amber"
    return "green"


@dataclass
class Batch:
    """One import that was kept, and what its file says: of each line, its content and the batch that brought that."""

    file: tuple[str, str]  # SHA-256 and kind
    said: dict[int, tuple[Line, int]] = field(default_factory=dict)
    undone: bool = False


class Auditor:
    """The ledgers, the decisions and the claims of one workspace, and every figure over them."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = Path(workspace)
        self.settings = Settings(self.workspace / "grant.toml")
        self.invoices: dict[int, Invoice] = {}
        self.orders: dict[int, Order] = {}
        self.known: dict[Hashable, int] = {}  # a line's identity → its id
        self.batches: list[Batch] = []
        self.versions: dict[int, int] = {}  # a line that counts → the number of the batch that brought it so
        self.order_ids: set[int] = set()  # those of lines that count no more too
        self.decisions: dict[int, Decision] = defaultdict(Decision)
        self.virements: list[Virement] = []
        self.plans: list[
            tuple[str, date, Decimal]
        ] = []  # what is planned: stream, the month's last day, pounds
        self.claims: list[Claim] = []

    # ---------------------------------------------------------------- taking files in

    def import_file(
        self,
        path: Path,
        kind: str,
        *,
        extract_date: date | None = None,
        again: bool = False,
        strict: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Takes a file in and says what became of each of its rows.

        The extract date changes no figure: it is only said beside the accruals. No row of a file
        with these columns is ``ignored`` here: the histories hold no totals or footers.
        """
        source = SourceFile(path, kind)
        rejects = source.rejects()
        nothing_kept = dry_run or (strict and bool(rejects))
        batch = Batch((source.sha256, kind))
        if not again and any(b.file == batch.file and not b.undone for b in self.batches):
            return self.report(source, [("unchanged", row.line, None) for row, _ in source.identities()])
        known = dict(self.known)
        self.batches.append(batch)
        outcomes = [self.take_in(batch, row.line, i) for row, i in source.identities() if row.line]
        if nothing_kept:
            self.batches.pop()
            self.known = known
            self.recount()
        return self.report(source, outcomes)

    def take_in(self, batch: Batch, line: Line, identity: Hashable) -> tuple[str, Line, Line | None]:
        """New in the ledger, already there, or there with other content. A line whose batches were
        undone is new to what counts, and still the same line."""
        # "one series over both ledgers in the order in which lines first came in"
        line_id = self.known.setdefault(identity, len(self.known) + 1)
        old = self.line(line_id) if line_id in self.versions else None
        version = self.versions[line_id] if old == line else len(self.batches)
        batch.said[line_id] = (line, version)
        self.put(line_id, line, version)  # "the new one now counts, in the old one's place"
        if old is None or old == line:
            return ("unchanged" if old else "accepted", line, None)
        return ("restated", line, old)

    def undo(self, number: int, reason: str) -> None:
        """ "A batch with lines in a submitted claim cannot be undone." """
        if not 0 < number <= len(self.batches) or self.batches[number - 1].undone or not reason.strip():
            raise Refused(f"batch {number} is not there to be undone")
        for claim in self.standing():
            if any(self.rests_on(line_id, version, number) for line_id, version in claim.versions.items()):
                raise Refused(f"{claim.name} holds its lines")
        self.batches[number - 1].undone = True
        self.recount()

    def rests_on(self, line_id: int, version: int, number: int) -> bool:
        """Whether a batch brought this version of a line, or is alone in saying it again."""
        saying = [
            n
            for n, batch in enumerate(self.batches, start=1)
            if not batch.undone and batch.said.get(line_id, (None, 0))[1] == version
        ]
        return version == number or saying == [number]

    def recount(self) -> None:
        """Of each line counts what the newest batch that stands says."""
        self.invoices, self.orders, self.versions = {}, {}, {}
        for batch in self.batches:
            if not batch.undone:
                for line_id, (line, version) in batch.said.items():
                    self.put(line_id, line, version)

    def put(self, line_id: int, line: Line, version: int) -> None:
        self.versions[line_id] = version
        if isinstance(line, Order):
            self.order_ids.add(line_id)
        if isinstance(line, Invoice):
            self.invoices[line_id] = line
        else:
            self.orders[line_id] = line

    def line(self, line_id: int) -> Line:
        if line_id in self.invoices:
            return self.invoices[line_id]
        if line_id in self.orders:
            return self.orders[line_id]
        raise Refused(f"there is no line {line_id}")

    def report(
        self, source: SourceFile, outcomes: Sequence[tuple[str, Line | None, Line | None]]
    ) -> dict[str, Any]:
        rows = Counter(outcome for outcome, _, _ in outcomes)
        net: Row = defaultdict(Decimal)
        for outcome, line, old in outcomes:
            net[outcome] += line.net if line else ZERO
            net["restated_from"] += old.net if old else ZERO
        return {
            "rows": {
                "read": len(source.rows),
                **{name: rows[name] for name in ("accepted", "unchanged", "restated")},
                "rejected": sum(1 for row in source.rows if row.faults),
                "ignored": 0,
            },
            "net": in_pounds(net, ("accepted", "unchanged", "restated", "restated_from", "ignored")),
            "rejects": source.rejects(),
        }

    def line_id(self, kind: str, key: str) -> int:
        """An invoice line by ``supplier|document|line``, an order line by ``po|line``."""
        parts = key.split("|")
        identity = (kind, *parts)
        if not parts[-1]:
            raise Refused("only a line with a line number can be named so")
        if self.known.get(identity) not in self.versions:
            raise Refused(f"there is no {kind} line {key}")
        return self.known[identity]

    # ---------------------------------------------------------------- decisions

    def decide(
        self,
        line_ids: Iterable[int],
        *,
        stream: str | None = None,
        split: Mapping[str, Any] | None = None,
        ineligible: bool = False,
        eligible: bool = False,
        ineligible_amount: Decimal | str | None = None,
        accounting_date: date | None = None,
        reason: str,
    ) -> None:
        shares = self.checked_split(stream, split)
        amount = None if ineligible_amount is None else Decimal(ineligible_amount)
        if not reason.strip() or sum((ineligible, eligible, amount is not None)) > 1:
            raise Refused("a decision has a reason, and one answer about eligibility at most")
        if shares is None and accounting_date is None and not (ineligible or eligible) and amount is None:
            raise Refused("nothing is decided")
        line_ids = list(line_ids)
        for line_id in line_ids:
            self.check_decision(line_id, amount, accounting_date)
        for line_id in line_ids:
            newest = self.decisions[line_id]
            if shares is not None:
                newest.split = shares
            if ineligible or eligible:
                newest.eligibility = "ineligible" if ineligible else "eligible"
            if amount is not None:
                newest.eligibility = amount
            if accounting_date is not None:
                newest.accounting_date = accounting_date

    def checked_split(self, stream: str | None, split: Mapping[str, Any] | None) -> Split | None:
        if stream is None and split is None:
            return None
        if stream is not None and split is not None:
            raise Refused("a stream or a split, not both")
        shares: Split = (
            {stream: HUNDRED} if stream else {c: Decimal(str(p)) for c, p in (split or {}).items()}
        )
        if unknown := [code for code in shares if code not in self.settings.codes]:
            raise Refused(f"there is no work stream {unknown[0]}")
        if sum(shares.values()) != HUNDRED or any(p <= 0 for p in shares.values()):
            raise Refused("the shares of a split add up to 100")
        return shares

    def check_decision(self, line_id: int, amount: Decimal | None, accounting_date: date | None) -> None:
        line = self.line(line_id)
        if isinstance(line, Order):
            if amount is not None or accounting_date is not None:
                raise Refused("that is decided about invoice lines only")
        elif amount is not None and amount * self.cost(line) <= 0:
            raise Refused("an ineligible amount has the sign of the line's cost")

    # ---------------------------------------------------------------- budgets

    def budget(self, code: str, as_at: date) -> dict[str, Decimal]:
        """By cost type: " ``budget`` at an as-at date includes the virements dated up to it"."""
        current = dict(next(s for s in self.settings.streams if s.code == code).budget)
        for move in self.virements:
            if move.on <= as_at:
                if move.giver == code:
                    current[move.kind] -= move.amount
                if move.receiver == code:
                    current[move.to_kind] += move.amount
        return current

    def budget_move(
        self,
        giver: str,
        receiver: str,
        amount: Decimal | str,
        *,
        kind: str,
        to_kind: str | None = None,
        date: date,
        reason: str,
        approved_by: str | None = None,
    ) -> None:
        move = Virement(giver, receiver, Decimal(amount), kind, to_kind or kind, date)
        if not {giver, receiver} <= set(self.settings.codes) or move.amount <= 0 or not reason.strip():
            raise Refused("a virement names two streams, an amount above nil and a reason")
        if giver == receiver and move.kind == move.to_kind:
            raise Refused("a virement goes somewhere else")
        if not approved_by and self.needs_approval(move):
            raise Refused("this virement needs an approver")
        self.virements.append(move)
        if self.some_budget_is_below_nil():
            self.virements.remove(move)
            raise Refused("no budget of a kind falls below 0")

    def needs_approval(self, move: Virement) -> bool:
        """ "the per cent of the giving stream's original budget that may leave it, all its virements
        out added up, approved ones too"; and "a move from one kind to the other always needs one" """
        original = sum(next(s for s in self.settings.streams if s.code == move.giver).budget.values(), ZERO)
        gone = sum((m.amount for m in self.virements if m.giver == move.giver), ZERO) + move.amount
        return move.kind != move.to_kind or gone > original * self.settings.virement_limit / HUNDRED

    def some_budget_is_below_nil(self) -> bool:
        """Looked at on each day on which money moves, so that no budget is below nil in between."""
        return any(
            amount < 0
            for move in self.virements
            for code in self.settings.codes
            for amount in self.budget(code, move.on).values()
        )

    def budget_show(self, as_at: date | None = None) -> dict[str, Any]:
        as_at = as_at or self.default_as_at()
        rows: dict[str, Row] = {}
        for stream in self.settings.streams:
            current = self.budget(stream.code, as_at)
            original, now = sum(stream.budget.values(), ZERO), sum(current.values(), ZERO)
            rows[stream.code] = {"original": original, "virements": now - original, "current": now, **current}
        names = ("original", "virements", "current", *COST_TYPES)
        return {
            "as_at": as_at.isoformat(),
            "work_streams": [{"code": code, **in_pounds(row, names)} for code, row in rows.items()],
            "total": in_pounds(total_of(rows.values()), names),
        }

    def budget_to_date(self, code: str, as_at: date) -> Decimal:
        """ "budget x the profile through the as-at date: whole quarters, and the current one by whole
        calendar months elapsed out of its months; rounded once" """
        stream = next(s for s in self.settings.streams if s.code == code)
        whole, part = Decimal(0), Decimal(0)
        months = 1
        for quarter, per_cent in zip(self.settings.quarters, stream.profile, strict=True):
            elapsed, of = quarter.months_elapsed(as_at), len(quarter.month_ends)
            if elapsed == of:
                whole += per_cent
            elif elapsed:
                part, months = per_cent * elapsed, of
        budget = sum(self.budget(code, as_at).values(), ZERO)
        return to_the_penny(budget * (whole * months + part) / (HUNDRED * months))

    # ---------------------------------------------------------------- matching, coding, streams

    def lines_of_order(self, po: str) -> dict[int, Order]:
        """In the order in which they came into the ledger, "whatever their status or date"."""
        return {i: self.orders[i] for i in sorted(self.orders) if self.orders[i].po == po}

    def order_lines_of(self, invoice: Invoice) -> list[int]:
        """The order line that an invoice line belongs to, or all those that it may belong to.

        An order line without a number has no number that a ``po_line`` could name.
        """
        if not invoice.po:
            return []
        lines = self.lines_of_order(invoice.po)
        if invoice.po_line:
            # "with a po_line that the order doesn't have to none"
            return [i for i, order in lines.items() if order.line == invoice.po_line]
        return list(lines)

    def coding(self, line: Line) -> dict[str, str]:
        """What rules see. "Where an invoice line's cost_centre, account or project is blank, rules
        see that of the order line that it is matched to"; of several, only what all agree on."""
        seen = {name: str(getattr(line, name)) for name in RULE_FIELDS}
        if isinstance(line, Invoice):
            orders = [self.orders[i] for i in self.order_lines_of(line)]
            for name in ("cost_centre", "account", "project"):
                said = {getattr(order, name) for order in orders}
                if not seen[name] and len(said) == 1:
                    seen[name] = said.pop()
        return seen

    def split_by_rule(self, line: Line) -> Split | None:
        coding = self.coding(line)
        return next((rule.split for rule in self.settings.allocations if rule.matches(coding)), None)

    def split_of(self, line_id: int) -> Split:
        """ "a person's decision, else the first allocation rule, else the stream of the order line
        that it is matched to, else UNALLOCATED. An order line: the same, without the last but one" """
        line = self.line(line_id)
        found = self.decisions[line_id].split or self.split_by_rule(line)
        if not found and isinstance(line, Invoice):
            splits = [self.split_of(i) for i in self.order_lines_of(line)]
            if splits and all(s == splits[0] for s in splits):
                found = splits[0]
        return found or {UNALLOCATED: HUNDRED}

    def cost_type(self, line: Line) -> str:
        return CAPITAL if self.settings.capital.matches(self.coding(line)) else RESOURCE

    # ---------------------------------------------------------------- cost and eligibility

    def cost(self, invoice: Invoice) -> Decimal:
        """With VAT where the award cannot reclaim it, unless a rule of [[vat]] says otherwise of the line."""
        coding = self.coding(invoice)
        ruled = next((rule.is_cost for rule in self.settings.vat if rule.matches(coding)), None)
        is_cost = self.settings.vat_is_cost if ruled is None else ruled
        return invoice.net + invoice.vat if is_cost else invoice.net

    def counts_on(self, line_id: int) -> date:
        """A decided accounting date "is the date that counts in place of the ledger's"."""
        return self.decisions[line_id].accounting_date or self.invoices[line_id].accounting_date

    def named_ineligible(self, line_id: int) -> bool:
        """By a decision or, where nobody has decided, by a rule."""
        decided = self.decisions[line_id].eligibility
        if decided is not None:
            return decided == "ineligible"
        coding = self.coding(self.line(line_id))
        return any(rule.matches(coding) for rule in self.settings.ineligible)

    def shares_of(self, line_id: int) -> list[Share]:
        """An invoice line's cost over its streams, and how much of each share is eligible."""
        invoice, split = self.invoices[line_id], self.split_of(line_id)
        cost = share_out(self.cost(invoice), split)
        ineligible = self.ineligible_shares(line_id, cost, split)
        return [Share(line_id, stream, cost[stream], cost[stream] - ineligible[stream]) for stream in split]

    def ineligible_shares(self, line_id: int, cost: dict[str, Decimal], split: Split) -> dict[str, Decimal]:
        decided = self.decisions[line_id].eligibility
        if not self.settings.in_award(self.counts_on(line_id)):  # a decision does not beat the award's dates
            return dict(cost)
        if isinstance(decided, Decimal):
            found = share_out(self.ineligible_amount(decided, sum(cost.values(), ZERO)), split)
        elif self.named_ineligible(line_id):
            return dict(cost)
        else:
            found = dict.fromkeys(split, ZERO)
        for stream, amount in self.disallowed_shares(line_id, split).items():
            # "in addition to what else is ineligible there and as far as the cost in the stream reaches"
            found[stream] += min(amount, max(ZERO, cost[stream] - found[stream]))
        return found

    @staticmethod
    def ineligible_amount(decided: Decimal, cost: Decimal) -> Decimal:
        """ "it has the sign of the line's cost and counts up to it (nothing once the cost has the
        other sign)" """
        if decided * cost <= 0:
            return ZERO
        return min(decided, cost) if cost > 0 else max(decided, cost)

    def disallowed_shares(self, line_id: int, split: Split) -> dict[str, Decimal]:
        """ "ineligible in those streams from then on, at every date"; "where the line has since been
        allocated away from one of them, the whole of that disallowance (each by itself) is shared as
        the cost is" """
        found: dict[str, Decimal] = defaultdict(Decimal)
        for claim in self.claims:
            for d in claim.disallowances:
                if d.line_id == line_id:
                    where = d.by_stream()
                    if not set(where) <= set(split):
                        where = share_out(d.amount, split)
                    for stream, amount in where.items():
                        found[stream] += amount
        return found

    # ---------------------------------------------------------------- accruals and commitments

    def invoiced_on_orders(self, as_at: date) -> dict[int, Decimal]:
        """The net of the invoice lines dated up to the date, on the order lines that they belong to."""
        belongs: dict[int, Decimal] = defaultdict(Decimal)
        open_sums: dict[str, Decimal] = defaultdict(Decimal)  # by order: what doesn't say which line
        for line_id, invoice in self.invoices.items():
            if self.counts_on(line_id) <= as_at:
                lines = self.order_lines_of(invoice)
                if len(lines) == 1:
                    belongs[lines[0]] += invoice.net
                elif lines:
                    open_sums[invoice.po] += invoice.net
        for po, amount in open_sums.items():
            for line_id, part in self.fill_the_room(po, amount, belongs).items():
                belongs[line_id] += part
        return belongs

    def fill_the_room(self, po: str, amount: Decimal, belongs: Mapping[int, Decimal]) -> dict[int, Decimal]:
        """ "fills the room that is left on them, in the order in which they came into the ledger; an
        excess, or a negative sum, falls on the last" """
        lines = self.lines_of_order(po)
        parts: dict[int, Decimal] = dict.fromkeys(lines, ZERO)
        for line_id, order in lines.items():
            room = max(ZERO, order.net - belongs.get(line_id, ZERO))
            parts[line_id] = max(ZERO, min(room, amount))
            amount -= parts[line_id]
        parts[list(lines)[-1]] += amount
        return parts

    def counting_orders(self, as_at: date) -> list[int]:
        """ "with an order date inside the award and up to the as-at date that is not cancelled and that
        no decision or ineligible rule names" """
        return [
            line_id
            for line_id, order in self.orders.items()
            if self.settings.in_award(order.order_date)
            and order.order_date <= as_at
            and order.status != "cancelled"
            and not self.named_ineligible(line_id)
        ]

    def accrued(self, as_at: date) -> dict[int, Decimal]:
        invoiced = self.invoiced_on_orders(as_at)
        return {
            i: max(ZERO, self.orders[i].received - invoiced.get(i, ZERO)) for i in self.counting_orders(as_at)
        }

    def committed(self, as_at: date) -> dict[int, Decimal]:
        """ "of such a line, if open: max(0, ordered - max(received, invoiced))" """
        invoiced = self.invoiced_on_orders(as_at)
        return {
            i: max(ZERO, self.orders[i].net - max(self.orders[i].received, invoiced.get(i, ZERO)))
            for i in self.counting_orders(as_at)
            if self.orders[i].status == "open"
        }

    def by_stream(self, amounts: Mapping[int, Decimal]) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for line_id, amount in amounts.items():
            for stream, part in share_out(amount, self.split_of(line_id)).items():
                found[stream] += part
        return found

    # ---------------------------------------------------------------- status and variance

    def default_as_at(self) -> date:
        """ "the last day of the month that holds the latest order date or accounting date that counts
        in the ledger, or the award's end if earlier; with an empty ledger, the award's start" """
        days = [order.order_date for order in self.orders.values()] + [
            self.counts_on(i) for i in self.invoices
        ]
        return min(end_of_month(max(days)), self.settings.ends) if days else self.settings.starts

    def invoices_up_to(self, as_at: date) -> list[int]:
        return [i for i in sorted(self.invoices) if self.counts_on(i) <= as_at]

    def status_rows(self, as_at: date) -> dict[str, Row]:
        """For each stream and for UNALLOCATED, "as a stream with a budget of 0", each figure."""
        sums: dict[str, Row] = {
            code: dict.fromkeys(STATUS_SUMS, ZERO) for code in (*self.settings.codes, UNALLOCATED)
        }
        for line_id in self.invoices_up_to(as_at):
            for share in self.shares_of(line_id):
                sums[share.stream]["invoiced"] += share.cost
                sums[share.stream]["eligible"] += share.eligible
                sums[share.stream]["ineligible"] += share.cost - share.eligible
        for name, amounts in (
            ("accrued", self.by_stream(self.accrued(as_at))),
            ("committed", self.by_stream(self.committed(as_at))),
            ("claimed", self.claimed(as_at)),
            ("settled", self.settled(as_at)),
        ):
            for code, amount in amounts.items():
                sums[code][name] += amount
        return {code: self.status_row(code, row, as_at) for code, row in sums.items()}

    def status_row(self, code: str, row: Row, as_at: date) -> Row:
        if code == UNALLOCATED:
            budget, to_date = ZERO, ZERO
        else:
            budget, to_date = sum(self.budget(code, as_at).values(), ZERO), self.budget_to_date(code, as_at)
        forecast = self.forecast(code, row, budget, to_date, as_at)
        return {
            **row,
            "budget": budget,
            "available": budget - row["eligible"] - row["accrued"] - row["committed"],
            "budget_to_date": to_date,
            "variance": to_date - row["eligible"],
            "forecast": forecast,
            "full_year_variance": budget - forecast,
        }

    def forecast(self, code: str, row: Row, budget: Decimal, to_date: Decimal, as_at: date) -> Decimal:
        """A stream's own method, else the award's. "run-rate: eligible ÷ whole months elapsed x months
        of the award (before one month has elapsed: as profile)" """
        elapsed = self.settings.months_elapsed(as_at)
        method = self.settings.forecasts.get(code) or self.settings.forecast
        if method == "committed":
            return row["eligible"] + row["accrued"] + row["committed"]
        if method == "planned":
            planned = sum(
                (amount for stream, month, amount in self.plans if stream == code and month > as_at), ZERO
            )
            return row["eligible"] + row["accrued"] + row["committed"] + planned
        if method == "run-rate" and elapsed:
            return to_the_penny(row["eligible"] * self.settings.months / elapsed)
        return row["eligible"] + budget - to_date

    def claimed(self, as_at: date) -> dict[str, Decimal]:
        """ "submitted and settled claims whose to is not after the as-at date, less what was
        disallowed, on whatever day they were submitted" """
        found: dict[str, Decimal] = defaultdict(Decimal)
        for claim in self.claims:
            if claim.stands and claim.to <= as_at:
                for stream, amount in claim.counted_by_stream().items():
                    found[stream] += amount
        return found

    def settled(self, as_at: date) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for claim in self.claims:
            if claim.stands and claim.to <= as_at and claim.payments:  # "with no payment recorded nothing is"
                for stream, amount in self.settled_by(claim).items():
                    found[stream] += amount
        return found

    def settled_by(self, claim: Claim) -> dict[str, Decimal]:
        """ "Streams that give money back do so in full, the rest is shared over the claim's other
        streams in proportion to what they claimed less what was disallowed (where nothing of those is
        left, in proportion to what they claimed; where they claimed nothing either, over those that
        give back)".

        A stream gives back when what it claimed less what was disallowed is below nil.
        """
        claimed, counted = claim.claimed_by_stream(), claim.counted_by_stream()
        in_order = [code for code in self.settings.codes if code in counted]
        giving = {code: counted[code] for code in in_order if counted[code] < 0}
        others = [code for code in in_order if code not in giving]
        rest = claim.received - sum(giving.values(), ZERO)
        for weights in (
            {code: counted[code] for code in others if counted[code] > 0},
            {code: claimed[code] for code in others if claimed[code] > 0},
            {code: -amount for code, amount in giving.items()},
        ):
            if weights:
                return total_of([giving, share_out(rest, weights)])
        return giving

    def status(self, as_at: date | None = None) -> dict[str, Any]:
        as_at = as_at or self.default_as_at()
        rows, settings = self.status_rows(as_at), self.settings
        total = total_of(rows.values())
        unbudgeted = settings.award - sum((rows[code]["budget"] for code in settings.codes), ZERO)
        return {
            "award": {
                "reference": settings.reference,
                "amount": pounds(settings.award),
                "unbudgeted": pounds(unbudgeted),
                "starts": settings.starts.isoformat(),
                "ends": settings.ends.isoformat(),
            },
            "as_at": as_at.isoformat(),
            "work_streams": [
                {
                    "code": s.code,
                    "name": s.name,
                    **in_pounds(rows[s.code], STATUS_FIGURES),
                    "rag": self.rag_of(rows[s.code]),
                }
                for s in settings.streams
            ],
            "unallocated": {
                **in_pounds(
                    rows[UNALLOCATED], ("invoiced", "eligible", "ineligible", "accrued", "committed")
                ),
                "lines": sum(1 for i in self.invoices_up_to(as_at) if UNALLOCATED in self.split_of(i)),
            },
            "total": {**in_pounds(total, STATUS_FIGURES), "rag": self.rag_of(total)},
        }

    @staticmethod
    def rag_of(row: Row) -> str:
        return rag(row["budget"], row["eligible"], row["forecast"])

    def variance(self, as_at: date | None = None) -> dict[str, Any]:
        as_at = as_at or self.default_as_at()
        rows = self.status_rows(as_at)
        quarters = {code: self.quarter_rows(code, as_at) for code in rows}
        total = total_of(rows.values())
        total_quarters = [
            total_of(quarters[code][n] for code in rows) for n in range(len(self.settings.quarters))
        ]
        return {
            "as_at": as_at.isoformat(),
            "work_streams": [
                {"code": code, **self.variance_row(rows[code], quarters[code])}
                for code in self.settings.codes
            ],
            "total": self.variance_row(total, total_quarters),
        }

    def variance_row(self, row: Row, quarters: Sequence[Row]) -> dict[str, Any]:
        names = ("budget", "budget_to_date", "eligible", "variance", "forecast", "full_year_variance")
        return {
            **in_pounds(row, names),
            "variance_pct": self.per_cent(row["variance"], row["budget_to_date"]),
            "rag": self.rag_of(row),
            "quarters": [
                {"quarter": quarter.name, **in_pounds(figures, ("budget", "eligible", "variance"))}
                for quarter, figures in zip(self.settings.quarters, quarters, strict=True)
            ],
        }

    @staticmethod
    def per_cent(part: Decimal, whole: Decimal) -> str | None:
        """ "one decimal, of budget to date, null when that is zero" """
        if not whole:
            return None
        return str((part * HUNDRED / whole).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))

    def quarter_rows(self, code: str, as_at: date) -> list[Row]:
        """ "the budget to date at its end less that at its start; what is dated in it".

        The budget to date at a quarter's end is the figure that ``status`` gives at that end, so
        with the virements dated up to it; nothing dated after the as-at date is in it.
        """
        found, before = [], ZERO
        for quarter in self.settings.quarters:
            to_date = (
                ZERO if code == UNALLOCATED else self.budget_to_date_seen_from(code, quarter.ends, as_at)
            )
            eligible = sum(
                (
                    share.eligible
                    for i in self.invoices_up_to(as_at)
                    if quarter.starts <= self.counts_on(i) <= quarter.ends
                    for share in self.shares_of(i)
                    if share.stream == code
                ),
                ZERO,
            )
            budget = to_date - before
            found.append({"budget": budget, "eligible": eligible, "variance": budget - eligible})
            before = to_date
        return found

    def budget_to_date_seen_from(self, code: str, day: date, as_at: date) -> Decimal:
        every_move = self.virements
        self.virements = [move for move in every_move if move.on <= as_at]
        try:
            return self.budget_to_date(code, day)
        finally:
            self.virements = every_move

    # ---------------------------------------------------------------- claims

    def standing(self) -> list[Claim]:
        return [claim for claim in self.claims if claim.stands]

    def draft(self) -> Claim | None:
        return next((claim for claim in self.claims if claim.status == "draft"), None)

    def next_claim(self) -> str:
        """ "Claims are submitted in order"; "What comes to light after a settled FINAL goes into
        FINAL2, and so on." """
        done, quarters = self.standing(), self.settings.quarters
        if len(done) < len(quarters):
            return quarters[len(done)].name
        n = len(done) - len(quarters) + 1
        if n > 1 and done[-1].status != "settled":
            raise Refused(f"{done[-1].name} is not settled yet")
        return "FINAL" if n == 1 else f"FINAL{n}"

    def newest(self, name: str) -> Claim:
        found = [claim for claim in self.claims if claim.name == name]
        if not found:
            raise Refused(f"there is no claim {name}")
        return found[-1]

    def prepare(self, claim: str) -> dict[str, Any]:
        if claim != self.next_claim():
            raise Refused(f"the next claim is {self.next_claim()}")
        draft = self.draft()
        if draft:  # "prepare may be run again while the claim is a draft"
            self.claims.remove(draft)
        version = 1 + sum(1 for c in self.claims if c.name == claim)
        self.claims.append(self.drawn_up(claim, version))
        return self.show(claim)

    def drawn_up(self, name: str, version: int) -> Claim:
        quarter = next((q for q in self.settings.quarters if q.name == name), None)
        starts = quarter.starts if quarter else self.settings.starts
        to = quarter.ends if quarter else self.settings.ends
        worth = self.worth(to, final=quarter is None)
        lines, held_back = self.within_the_caps(self.dues(worth, starts), to)
        figures = self.claim_figures(lines, held_back, to)
        unallocated = sum((a for (_, stream, _), a in worth.items() if stream == UNALLOCATED), ZERO)
        held = {x.line_id: self.versions[x.line_id] for x in lines if x.line_id in self.versions}
        return Claim(name, version, starts, to, {"unallocated": pounds(unallocated), **figures}, lines, held)

    def basis_date(self, line_id: int) -> date | None:
        """ "invoiced: by accounting date. paid: by payment date. accrued: invoiced, and what was
        received and not yet invoiced" """
        if self.settings.basis == "paid":
            return self.invoices[line_id].paid_date  # "a line with no payment date waits"
        return self.counts_on(line_id)

    def worth(self, to: date, *, final: bool) -> dict[Place, Decimal]:
        """What each line is worth now, dated up to ``to``: eligible shares and, on the accrued
        basis, accruals. FINAL "takes payments made after the award's end too"."""
        worth: dict[Place, Decimal] = {}
        for line_id, invoice in self.invoices.items():
            on = self.basis_date(line_id)
            no_limit = final and self.settings.basis == "paid"
            if on and (on <= to or no_limit):
                for share in self.shares_of(line_id):
                    worth[line_id, share.stream, self.cost_type(invoice)] = share.eligible
        if self.settings.basis == "accrued":
            for line_id, amount in self.accrued(to).items():
                for stream, part in share_out(amount, self.split_of(line_id)).items():
                    worth[line_id, stream, self.cost_type(self.orders[line_id])] = part
        return worth

    def claimed_so_far(self) -> dict[Place, Decimal]:
        """What standing claims took of each line, less what was disallowed of it."""
        found: dict[Place, Decimal] = defaultdict(Decimal)
        for claim in self.standing():
            for x in claim.lines:
                found[x.place] += x.amount
            for d in claim.disallowances:
                for (stream, cost_type), amount in d.taken_off.items():
                    found[d.line_id, stream, cost_type] -= amount
        return found

    def dues(self, worth: Mapping[Place, Decimal], starts: date) -> list[Due]:
        """The difference, in each stream and cost type, between what a line is worth and what was
        claimed of it. UNALLOCATED is never claimed."""
        claimed = self.claimed_so_far()
        seen = {x.line_id for claim in self.standing() for x in claim.lines}
        found = []
        for place in {**worth, **claimed}:
            line_id, stream, _ = place
            amount = worth.get(place, ZERO) - claimed.get(place, ZERO)
            if amount and stream != UNALLOCATED:
                found.append(
                    Due(place, amount, self.kind_of_due(line_id, seen, starts), self.date_of_due(line_id))
                )
        return found

    def kind_of_due(self, line_id: int, seen: set[int], starts: date) -> str:
        """ "A line that an earlier claim contains, in whichever stream, even if it was given back
        since" comes back as an adjustment; "what is dated before from and in no earlier claim is
        late"."""
        if line_id in self.order_ids:
            return "accrual"
        if line_id in seen:
            return "adjustment"
        return "late" if self.date_of_due(line_id) < starts else "current"

    def date_of_due(self, line_id: int) -> date:
        """ "each by date on the claim basis (an accrual by its order's date)"; a line whose payment
        date has gone comes last, as does one that counts no more"""
        if line_id not in self.versions:
            return date.max
        if line_id in self.orders:
            return self.orders[line_id].order_date
        return self.basis_date(line_id) or date.max

    def turn(self, due: Due) -> tuple[Any, ...]:
        """ "Everything negative goes first, then adjustments, then the rest, each by date on the claim
        basis, then in the order in which the lines first came in, then by stream in the order of
        grant.toml, resource first"; "positive accruals come after everything else" """
        line_id, stream, cost_type = due.place
        group = 0 if due.amount < 0 else {"adjustment": 1, "accrual": 3}.get(due.kind, 2)
        return (group, due.on, line_id, self.settings.codes.index(stream), COST_TYPES.index(cost_type))

    def within_the_caps(self, dues: Iterable[Due], to: date) -> tuple[list[ClaimLine], dict[str, Decimal]]:
        """ "a stream's cumulative claim may not exceed its budget plus tolerance, nor all of them the
        award"; "a line may be claimed in part"; "what does not fit is held_back" """
        room = self.room_of_streams(to)
        award_room = self.settings.award - sum(self.claimed_before().values(), ZERO)
        lines, held_back = [], dict.fromkeys(self.settings.codes, ZERO)
        for due in sorted(dues, key=self.turn):
            line_id, stream, cost_type = due.place
            # what is given back always is; nothing more is claimed until there is room
            amount = (
                min(due.amount, max(ZERO, min(room[stream], award_room))) if due.amount > 0 else due.amount
            )
            room[stream] -= amount
            award_room -= amount
            held_back[stream] += due.amount - amount
            if amount:
                lines.append(ClaimLine(line_id, stream, cost_type, amount, due.kind))
        return lines, held_back

    def room_of_streams(self, to: date) -> dict[str, Decimal]:
        before, more = self.claimed_before(), 1 + self.settings.tolerance / HUNDRED
        return {
            code: to_the_penny(sum(self.budget(code, to).values(), ZERO) * more) - before[code]
            for code in self.settings.codes
        }

    def claimed_before(self) -> dict[str, Decimal]:
        before = dict.fromkeys(self.settings.codes, ZERO)
        for claim in self.standing():
            for stream, amount in claim.counted_by_stream().items():
                before[stream] += amount
        return before

    def claim_figures(
        self, lines: list[ClaimLine], held_back: dict[str, Decimal], to: date
    ) -> dict[str, Any]:
        before = self.claimed_before()
        rows = {}
        for code in self.settings.codes:
            mine = [x for x in lines if x.stream == code]
            budget = sum(self.budget(code, to).values(), ZERO)
            rows[code] = self.claim_row(mine, budget, before[code], held_back[code])
        return {
            "lines": len(lines),
            "work_streams": [{"code": code, **in_pounds(row, CLAIM_FIGURES)} for code, row in rows.items()],
            "total": in_pounds(total_of(rows.values()), CLAIM_FIGURES),
        }

    @staticmethod
    def claim_row(lines: list[ClaimLine], budget: Decimal, before: Decimal, held_back: Decimal) -> Row:
        def amount_of(test: Callable[[ClaimLine], bool]) -> Decimal:
            return sum((x.amount for x in lines if test(x)), ZERO)

        this_claim = amount_of(lambda _: True)
        return {
            "budget": budget,
            "claimed_before": before,
            "resource": amount_of(lambda x: x.cost_type == RESOURCE),
            "capital": amount_of(lambda x: x.cost_type == CAPITAL),
            "this_claim": this_claim,
            "late": amount_of(lambda x: x.kind == "late"),
            "accruals": amount_of(lambda x: x.kind == "accrual"),
            "adjustments": amount_of(lambda x: x.kind == "adjustment"),
            "held_back": held_back,
            "cumulative": before + this_claim,
            "remaining": budget - before - this_claim,
        }

    def submit(self, claim: str) -> None:
        """ "submit freezes the lines, the figures and the workbook": those of the draft"""
        found = self.newest(claim)
        if found.status != "draft":
            raise Refused(f"{claim} is not a draft")
        found.status = "submitted"

    def show(self, claim: str) -> dict[str, Any]:
        """ "A submitted claim's own figures stay; its JSON also has disallowed, received and
        outstanding" """
        found = self.newest(claim)
        shown = {
            "claim": found.name,
            "status": found.status,
            "from": found.starts.isoformat(),
            "to": found.to.isoformat(),
            **found.figures,
        }
        return {**shown, **self.settlement(found)} if found.stands else shown

    @staticmethod
    def settlement(claim: Claim) -> dict[str, str]:
        return {
            "disallowed": pounds(claim.disallowed),
            "received": pounds(claim.received),
            "outstanding": pounds(claim.outstanding),
        }

    def settle(
        self,
        claim: str,
        *,
        received: Decimal | str | None = None,
        date: date,
        disallow: Iterable[tuple[int, Decimal | str]] = (),
        reason: str | None = None,
    ) -> None:
        found, refused_by_funder = self.newest(claim), [(i, Decimal(a)) for i, a in disallow]
        if not found.stands:
            raise Refused(f"{claim} is not submitted")
        if received is None and not refused_by_funder:
            raise Refused("a payment, a disallowance or both")
        if refused_by_funder and not (reason or "").strip():
            raise Refused("a disallowance has a reason")
        before = list(found.disallowances)
        try:
            found.disallowances += [self.disallowance(found, i, a) for i, a in refused_by_funder]
            if received is not None:
                self.check_payment(found, Decimal(received))
                found.payments.append(Decimal(received))
        except Refused:
            found.disallowances = before
            raise
        found.status = "settled"

    def disallowance(self, claim: Claim, line_id: int, amount: Decimal) -> Disallowance:
        """ "above 0.00 and at most what the claim took of the line and still counts. It comes off the
        streams and cost types in which the claim took the line, in proportion to what it took there
        and still counts (largest remainder, ties in the order of grant.toml, resource first)" """
        taken = claim.taken_of(line_id)
        if not ZERO < amount <= sum(taken.values(), ZERO):
            raise Refused("more than the claim took of the line and still counts")
        in_order = sorted(taken, key=lambda p: (self.settings.codes.index(p[0]), COST_TYPES.index(p[1])))
        return Disallowance(line_id, share_out(amount, {place: taken[place] for place in in_order}))

    @staticmethod
    def check_payment(claim: Claim, received: Decimal) -> None:
        """ "More than is outstanding is refused; where the outstanding is negative, --received is
        exactly that." """
        if claim.outstanding < 0 and received != claim.outstanding:
            raise Refused("what goes back is exactly what is outstanding")
        if claim.outstanding >= 0 and not ZERO <= received <= claim.outstanding:
            raise Refused("more than is outstanding")

    def withdraw(self, claim: str, reason: str) -> None:
        """ "a settled claim stays; a submitted one can go while no later claim stands" """
        found = self.newest(claim)
        if found.status not in ("draft", "submitted") or not reason.strip():
            raise Refused(f"{claim} is {found.status}")
        if found.stands and found is not self.standing()[-1]:
            raise Refused("a later claim stands")
        found.status = "withdrawn"

    def claim_list(self) -> dict[str, Any]:
        """In the order in which they were drawn up; what is outstanding only where a claim stands."""
        return {
            "claims": [
                {
                    "claim": claim.name,
                    "version": claim.version,
                    "status": claim.status,
                    "from": claim.starts.isoformat(),
                    "to": claim.to.isoformat(),
                    "this_claim": pounds(claim.total),
                    **(self.settlement(claim) if claim.stands else {}),
                }
                for claim in self.claims
            ]
        }
