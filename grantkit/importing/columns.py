"""The meaning of each column, from its name and from what it holds.

A name proposes, the content disposes: a column called Amount that holds no amounts is none. What the names leave open
is taken from the content only where one column alone can be meant.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from grantkit.importing.contents import Content, content_of, is_amount
from grantkit.importing.headers import meanings, words
from grantkit.importing.profiles import AMOUNTS, DATES, FIELDS, KINDS, NEEDED, Marked, loosely
from grantkit.importing.sources import BLANKS, Cells

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a spreadsheet makes of dates that it takes for times: the column still is that of dates.
_SPOILED_DATES = {"00:00:00", "0:00", "00:00"}
CARRIERS = ("sign", "line_type", "currency", "undelivered", "credit")
#: Names of a column of debits, beside which one of credits stands.
_DEBITS = {words(name) for name in ("debit", "debit amount", "dr", "entered dr", "accounted dr", "debits")}
_CAPITAL_OR_REVENUE = {"CAPITAL", "REVENUE", "CAP", "REV", "C", "R", "RESOURCE"}
_DEBIT_CREDIT = ({"S", "H"}, {"D", "C"}, {"DR", "CR"}, {"DEBIT", "CREDIT"})
_CREDIT_TYPES = {
    *("CRN", "CREDIT MEMO", "CREDIT", "CREDIT NOTE", "CN", "KG", "ACCPAYCREDIT", "PCN", "PC", "CR", "REFUND"),
    *("PURCHASE CREDIT", "SUPPLIER CREDIT", "CREDIT INVOICE", "PURCHASE CREDIT MEMO", "SCR", "CREDITNOTE"),
}
_LINE_NUMBER = re.compile("[0-9]{1,7}")
_SHORT = re.compile(".{1,3}")
_TAX_TYPES = {"TAX", "VAT", "REC_TAX", "T", "INPUT TAX", "TAX LINE"}
_STATUS_WORDS = {
    "open": {
        "OPEN",
        "APPROVED",
        "RELEASED",
        "ACTIVE",
        "ORDERED",
        "PART RECEIVED",
        "PARTIALLY RECEIVED",
        "SENT",
        "ISSUED",
    },
    "closed": {
        *(
            "CLOSED",
            "FINALLY CLOSED",
            "CLOSED FOR INVOICE",
            "CLOSED FOR RECEIVING",
            "COMPLETE",
            "COMPLETED",
            "X",
        ),
        *("FULLY INVOICED", "INVOICED", "FINISHED", "CLOSE"),
    },
    "cancelled": {"CANCELLED", "CANCELED", "DELETED", "L", "REJECTED", "VOID", "WITHDRAWN"},
}


@dataclass
class Columns:
    """What the columns of a table mean.

    ``fields`` and ``carriers`` give each one's column (0-based), ``why`` the reason for it.
    """

    fields: dict[str, int] = field(default_factory=dict)
    carriers: dict[str, int] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    decimal: str = "."
    date_formats: tuple[str, ...] = ()
    no_document: bool = False
    repeated: tuple[str, ...] = ()
    line_type: Marked | None = None
    status: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Columns that look like the document's number under a name that nobody knows.
    candidates: tuple[int, ...] = ()


def contents_of(header: Sequence[str], sample: Sequence[Cells]) -> list[Content]:
    """The content of each column under a header."""
    return [content_of([cells[index] for cells in sample]) for index in range(len(header))]


def find_columns(
    header: Sequence[str], sample: Sequence[Cells], contents: Sequence[Content], kind: str
) -> Columns:
    """What each column means, for a ledger of this kind."""
    return _Finder(header, sample, contents, kind).find()


class _Finder:
    def __init__(
        self, header: Sequence[str], sample: Sequence[Cells], contents: Sequence[Content], kind: str
    ) -> None:
        self.header = header
        self.kind = kind
        self.sample = sample
        self.contents = contents
        self.found = Columns()
        self.used: set[int] = set()

    def find(self) -> Columns:
        self._by_name()
        self._credits()
        self._amount_left()
        self._date_left()
        self._document_left()
        self._decimal_sign()
        self._line_types()
        self._statuses()
        self._gross_repeated()
        self._description_twice()
        return self.found

    # --- names

    def _by_name(self) -> None:
        claims = [
            (rank, index, name)
            for index, text in enumerate(self.header)
            if text
            for name, rank in self._meanings(index, text)
        ]
        for rank, index, name in sorted(claims):
            place = self.found.carriers if name in CARRIERS else self.found.fields
            if (
                name not in place
                and index not in self.used
                and self._content_fits(name, self.contents[index])
            ):
                place[name] = index
                self.used.add(index)
                slip = f", read as a slip for {name}" if rank >= 100 else ""
                self.found.why[name] = f"its name{slip}{self._content_note(name, self.contents[index])}"

    def _meanings(self, index: int, text: str) -> list[tuple[str, int]]:
        found = meanings(text, self.kind)
        if any(name == "supplier*" for name, _ in found):
            return [("supplier_id" if self._is_supplier_id(index) else "supplier", 50)]
        if any(name == "sign" for name, _ in found) and self.contents[index].values <= _CAPITAL_OR_REVENUE:
            return [("category", 50)]
        return found

    def _is_supplier_id(self, index: int) -> bool:
        """Whether a column called Supplier or Vendor holds numbers: by the other columns, else by its content."""
        others = {
            name
            for other, text in enumerate(self.header)
            if other != index and text
            for name, _ in meanings(text, self.kind)
        }
        if "supplier" in others and "supplier_id" not in others:
            return self.contents[index].codes >= 0.5
        return "supplier_id" not in others and self.contents[index].codes >= 0.8

    def _content_fits(self, name: str, content: Content) -> bool:
        if not content.texts:
            return name not in {"line", "sign", "line_type"}
        if name in DATES[self.kind]:
            return content.dates >= 0.5 or bool(content.odd_dates) or content.values <= _SPOILED_DATES
        if name in {*AMOUNTS[self.kind], "undelivered", "credit"}:
            return content.amounts >= 0.5
        fits = {
            "line": content.share(_LINE_NUMBER)
            >= 0.5,  # one broken row must not change what all lines are known by
            "sign": _debit_credit(Counter(text.upper() for text in content.texts)) is not None
            or bool(content.values & _CREDIT_TYPES),
            "currency": content.share(_SHORT) >= 0.5,
            **dict.fromkeys(("document", "supplier", "supplier_id"), content.dates < 0.5),
        }
        return fits.get(name, True)

    def _content_note(self, name: str, content: Content) -> str:
        if name in DATES[self.kind]:
            return f", and {content.dates:.0%} of its cells are dates" if not content.odd_dates else ""
        if name in AMOUNTS[self.kind]:
            return f", and {content.amounts:.0%} of its cells are amounts" if content.texts else ""
        return ""

    def _credits(self) -> None:
        """A column of credits counts beside one of debits only: beside amounts it says what they say already."""
        net = self.found.fields.get("net")
        if "credit" in self.found.carriers and (net is None or words(self.header[net]) not in _DEBITS):
            self.used.discard(self.found.carriers.pop("credit"))

    # --- what the names leave open

    def _put(self, name: str, index: int, why: str) -> None:
        self.found.fields[name] = index
        self.found.why[name] = why
        self.used.add(index)

    def _left(self) -> list[int]:
        """Columns whose names say nothing, for either kind of ledger."""
        return [
            index
            for index, text in enumerate(self.header)
            if index not in self.used and not any(meanings(text, kind) for kind in KINDS)
        ]

    def _amount_left(self) -> None:
        fields = self.found.fields
        if "net" in fields:
            return
        if "gross" in fields and "vat" not in fields:
            self._put("net", fields.pop("gross"), "the file's only amount")
            return
        left = [
            i for i in self._left() if self.contents[i].amounts >= 0.9 and any(self.contents[i].decimal_votes)
        ]
        if len(left) == 1:
            self._put("net", left[0], "the only column of amounts")

    def _date_left(self) -> None:
        fields = self.found.fields
        needed = next(name for name in NEEDED[self.kind] if name in DATES[self.kind])
        if needed in fields:
            return
        dated = [name for name in ("invoice_date", "paid_date") if name in fields]
        if dated:
            one = (
                "the file's only date"
                if len(dated) == 1
                else "there is no date of posting; the invoice's is taken"
            )
            fields[needed] = fields[dated[0]]
            self.found.why[needed] = one
            return
        left = [index for index in self._left() if self.contents[index].dates >= 0.8]
        if len(left) == 1:
            self._put(needed, left[0], "the only column of dates")

    def _document_left(self) -> None:
        fields = self.found.fields
        canonical_only = all(text.casefold() in FIELDS[self.kind] for text in self.header if text)
        if self.kind != "invoices" or "document" in fields or canonical_only:
            return
        if {"net", "accounting_date"} <= fields.keys() and fields.keys() & {"supplier", "supplier_id"}:
            self.found.candidates = tuple(
                index
                for index in self._left()
                if self.contents[index].codes >= 0.8
                and self.contents[index].distinct >= 0.8
                and self.contents[index].dates < 0.5
            )
            self.found.no_document = not self.found.candidates
            self.found.why["no_document"] = (
                "no column has a document's number; lines are known by their content"
            )

    # --- how the cells are written

    def _decimal_sign(self) -> None:
        named = [i for n, i in self.found.fields.items() if n in AMOUNTS[self.kind]]
        named += [i for n, i in self.found.carriers.items() if n in {"credit", "undelivered"}]
        votes = [self.contents[index].decimal_votes for index in named]
        point, comma = (sum(vote[side] for vote in votes) for side in (0, 1))
        self.found.decimal = "," if comma > point else "."
        self.found.why["decimal"] = (
            f"{max(point, comma):,} amounts can only be meant so, {min(point, comma):,} not"
        )
        dated = {self.found.fields[name] for name in DATES[self.kind] if name in self.found.fields}
        self.found.date_formats = tuple(
            sorted({form for index in dated for form in self.contents[index].odd_dates})
        )

    def _line_types(self) -> None:
        index = self.found.carriers.pop("line_type", None)
        if index is None:
            return
        tax = sorted({t for t in self.contents[index].texts if t.upper() in _TAX_TYPES})
        if tax and "vat" not in self.found.fields:
            self.found.carriers["line_type"] = index
            self.found.line_type = Marked(self.header[index], tuple(tax))

    def _statuses(self) -> None:
        index = self.found.fields.get("status")
        if index is None:
            return
        texts = set(self.contents[index].texts)
        for status, known in _STATUS_WORDS.items():
            meant = tuple(
                sorted(t for t in texts if t.upper().replace("_", " ") in known and t.lower() != status)
            )
            if meant:
                self.found.status[status] = meant

    def _gross_repeated(self) -> None:
        """A gross that does not add up row by row is the document's, where it is the same on each of its rows."""
        fields = self.found.fields
        if not {"net", "gross"} <= fields.keys():
            return
        rows = [row for cells in self.sample if (row := self._amounts(cells)) is not None]
        wrong = sum(net + vat != gross for net, vat, gross in rows)
        if wrong <= len(rows) * 0.3:
            return
        by_document: dict[str, set[str]] = {}
        for cells in self.sample:
            document = cells[fields["document"]] if "document" in fields else ""
            by_document.setdefault(document, set()).add(cells[fields["gross"]].strip(BLANKS))
        if all(len(amounts) == 1 for amounts in by_document.values()):
            self.found.repeated = ("gross",)
            self.found.why["gross"] = "its name; the document's amount, repeated on each of its lines"
        else:
            self.found.why.pop("gross", None)
            del fields["gross"]

    def _description_twice(self) -> None:
        """Several columns of one name are the descriptions of other columns: none of them is the line's."""
        index = self.found.fields.get("description")
        names = [loosely(text) for text in self.header]
        if index is not None and names.count(names[index]) > 1:
            del self.found.fields["description"]

    def _amounts(self, cells: Cells) -> tuple[Decimal, Decimal, Decimal] | None:
        found = []
        for name in ("net", "vat", "gross"):
            index = self.found.fields.get(name)
            text = cells[index].strip(BLANKS) if index is not None else ""
            if name == "vat" and not text:
                found.append(Decimal(0))
            elif not is_amount(text, self.found.decimal):
                return None
            else:
                found.append(_decimal(text, self.found.decimal))
        return found[0], found[1], found[2]


def _decimal(text: str, sign: str) -> Decimal:
    digits = "".join(each for each in text.replace(sign, "!") if each.isdigit() or each == "!").replace(
        "!", "."
    )
    negative = any(mark in text.upper() for mark in ("-", "(", "CR"))
    return Decimal(f"{'-' if negative else ''}{digits or '0'}")


def _debit_credit(counts: Counter[str]) -> set[str] | None:
    """The pair of words for debit and credit that the rows have, a broken one left out of account."""
    for pair in _DEBIT_CREDIT:
        most = sum(counts[word] for word in pair) >= sum(counts.values()) * 0.8
        if counts.keys() <= pair or (most and all(counts[word] for word in pair)):
            return pair
    return None


def sign_values(
    rows: Sequence[tuple[str | None, int, int]],
) -> tuple[tuple[str, ...], str]:
    """The values of a sign's column that make an amount negative, and why; none where amounts carry their own signs.

    ``rows``: each value with how many of its amounts are below zero and above it.
    """
    named = [(value, below, above) for value, below, above in rows if value]
    counts: Counter[str] = Counter()
    for value, below, above in named:
        counts[value.upper()] += below + above
    negative_somewhere = any(below for _, below, _ in named)
    if pair := _debit_credit(counts):
        if negative_somewhere:
            return (), "amounts carry their own signs"
        named = [each for each in named if each[0].upper() in pair]
        fewer = min(named, key=lambda each: each[2])
        return (fewer[0],) if len(named) == 2 else (), "debits and credits: the fewer are given back"
    credits_ = [each for each in named if each[0].upper() in _CREDIT_TYPES]
    if not credits_ or any(below for _, below, _ in credits_):
        return (), "credits carry their own signs"
    return tuple(value for value, _, _ in credits_), "credits stand without a sign"
