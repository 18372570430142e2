"""What finance systems call their columns: a header's text → the fields that it may stand for.

From the documentation of the systems and from published ledgers. Names are compared word by word, abbreviations
written out: ``Inv. No``, ``INVOICE_NUM`` and ``Invoice Number`` are one name.
"""

from __future__ import annotations

import functools
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Field → its names, the surest first. ``supplier*`` is a supplier's number or name, as the other columns and the
#: content say; ``sign``, ``line_type``, ``currency``, ``undelivered`` and ``credit`` say how a row is to
#: be taken.
_COMMON = {
    "supplier_id": (
        "supplier id, supplier number, supplier code, supplier account, vendor id, vendor number,"
        " vendor account, segment1,"
        " buy from vendor number, pay to vendor number, apar id, creditor number, creditor id, creditor code,"
        " payee id, payee number, account number supplier"
    ),
    "supplier": (
        "supplier name, vendor name, payee name, beneficiary name, creditor name, merchant name, apar name,"
        " buy from vendor name, contact name, payee, beneficiary, merchant, contact, name 1,"
        " paid to, trading name, name"
    ),
    "supplier*": "supplier, vendor, creditor",
    "cost_centre": (
        "cost centre, cost centre code, cost ctr, costc, department, dept, department code, department description,"
        " department name, organisational unit, organisation unit, service area, service, service code, directorate,"
        " division, centre, global dimension 1 code, cat1, tracking option1, business unit"
    ),
    "account": (
        "account, account code, account number, gl account, gl account number, general ledger account, nominal code,"
        " nominal, natural account, expense code, expenditure code, subjective, subjective code,"
        " detailed expenses type, commitment item, commitment item name, cost element"
    ),
    "project": (
        "project, project number, project code, project id, wbs element, wbs, job number, cat2, tracking option2,"
        " activity, fund"
    ),
    "category": (
        "category, capital or revenue, cap or rev, caporrev, capital revenue, revenue capital, type of expenditure,"
        " expenditure type, expenses type, expenditure category type, capital or resource, spend type"
    ),
    "description": (
        "description, line description, item description, invoice description, text, item text, short text,"
        " narrative, purpose, purpose of spend, purpose of expenditure, details, expenditure category,"
        " category description, merchant category, proc category, expense description, long text"
    ),
    "currency": "currency, curr, crcy, currency code, invoice currency, document currency, invoice currency code",
}
_INVOICES = _COMMON | {
    "document": (
        "document, invoice number, invoice, supplier invoice number, purchase invoice number, invoice reference,"
        " invoice id, document number, doc number, voucher number, voucher, transaction number, transaction id,"
        " transaction reference, transaction ref, our reference, payment reference, internal reference, reference,"
        " unique reference, journal number, journal"
    ),
    "line": (
        "line, line number, invoice line number, invoice line, distribution line number, dist number,"
        " distribution number, line item, item, sequence number, seq number, journal line, sequence"
    ),
    "invoice_date": (
        "invoice date, document date, doc date, voucher date, tax point, bill date,"
        " supplier invoice date, date of invoice"
    ),
    "accounting_date": (
        "accounting date, gl date, posting date, posted date, pstng date, date posted,"
        " effective date, transaction date,"
        " period end, period end date, journal date, period, date"
    ),
    "paid_date": (
        "paid date, payment date, pay date, date paid, date of payment, check date, cheque date, clearing date,"
        " clrng doc date, closed at date, check payment date, bacs date"
    ),
    "net": (
        "net, net amount, invoice net amount, net invoice amount, net amount gbp, net value, line amount excl vat,"
        " amount excl vat, amount excluding vat, amount ex vat, line amount, distribution amount, amount net of vat,"
        " line net amount, line net, amount in local currency, amount in lc, amount in company code currency,"
        " local amount, amount, amount gbp, cur amount, payment amount, paid amount, amount paid, value, debit,"
        " debit amount, dr, entered dr, accounted dr, debits, spend, total spend"
    ),
    "credit": "credit, credit amount, cr, entered cr, accounted cr, credits",
    "vat": (
        "vat, vat amount, tax amount, tax, line vat, recoverable tax, vat value, irrecoverable vat, line tax amount"
    ),
    "gross": (
        "gross, gross amount, gross value, amount including vat, amount incl vat, amount inc vat, invoice amount,"
        " invoice total, total amount, total, total gbp, line total, invoice gross amount"
    ),
    "po": (
        "po, po number, purchase order, purchase order number, purchasing document, order number, order, ebeln,"
        " order reference, po reference, official order number"
    ),
    "po_line": "po line, po line number, purchasing item, order line number, order line, ebelp, purchase order line",
    "sign": (
        "debit credit ind, debit credit indicator, debit credit, dc, dr cr, d c, shkzg, d c indicator,"
        " document type, doc type, invoice type, transaction type, type, invoice type lookup code"
    ),
    "line_type": "line type, line type lookup code, distribution type, line type code",
}
_ORDERS = _COMMON | {
    "po": (
        "po, po number, purchase order number, purchase order, purchasing document, order number, ebeln, order,"
        " order id, document number, order reference, po reference, purchase order id"
    ),
    "line": (
        "line, po line, po line number, line number, order line number, order line, purchasing item, item, item number,"
        " ebelp, line item, purchase order line"
    ),
    "order_date": (
        "order date, po date, purchase order date, date ordered, purchase date, document date, doc date, creation date,"
        " created on, date created, po creation date, approved date, raised date, date raised, date"
    ),
    "net": (
        "net, net amount, net order value, net value, ordered amount, order amount, amount ordered, po amount,"
        " order value, po value, net order amount, line value, line amount, line total, amount, value, po line amount"
    ),
    "received": (
        "received, amount received, received value, received amount, gr value, goods received value, delivered value,"
        " value received, receipted value, receipted amount, delivered amount, amount delivered"
    ),
    "undelivered": "still to be delivered value, still to be del value, outstanding value, amount outstanding",
    "status": (
        "status, po status, order status, closed code, closure status, line status, closure code, delivery completed,"
        " deletion indicator"
    ),
}
NAMES = {"invoices": _INVOICES, "orders": _ORDERS}

#: Abbreviation → the words that it stands for; words that say nothing stand for none.
_WORDS = {
    **dict.fromkeys(("no", "num", "nbr", "nr", "numb"), "number"),
    **dict.fromkeys(("amt", "amnt"), "amount"),
    **dict.fromkeys(("ref", "refn"), "reference"),
    **dict.fromkeys(("inv", "invc"), "invoice"),
    **dict.fromkeys(("desc", "descr", "dscr", "descrptn", "descriptn"), "description"),
    **dict.fromkeys(("center", "ctr"), "centre"),
    **dict.fromkeys(("dept", "dep"), "department"),
    **dict.fromkeys(("trans", "txn", "trn", "tran"), "transaction"),
    **dict.fromkeys(("vend", "vndr"), "vendor"),
    **dict.fromkeys(("supp", "suppl"), "supplier"),
    **dict.fromkeys(("acct", "acc", "ac"), "account"),
    **dict.fromkeys(("org", "organization", "organisation"), "organisation"),
    **dict.fromkeys(("organizational",), "organisational"),
    **dict.fromkeys(("dt",), "date"),
    **dict.fromkeys(("exc", "excluding"), "excl"),
    **dict.fromkeys(("inc", "including"), "incl"),
    "commitmt": "commitment",
    "dist": "distribution",
    "pymt": "payment",
    "pmt": "payment",
    "docno": "document number",
    "doc": "document",
    "costctr": "cost centre",
    "costc": "cost centre",
    "cc": "cost centre",
    "proj": "project",
    "nom": "nominal",
    "g": "",
    "l": "gl",
    "gbp": "",
    "the": "",
    "purch": "purchase",
    "ord": "order",
    "recvd": "received",
    "rcvd": "received",
    "qtr": "quarter",
}


@functools.cache
def words(header: str) -> str:
    """A header as it is compared: its words in full, without signs, case or blanks."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    found = [_WORDS.get(word, word) for word in re.findall(r"[a-z0-9]+", parted.casefold())]
    return "".join(found).replace(" ", "")


@functools.cache
def _known(kind: str) -> dict[str, list[tuple[str, int]]]:
    known: dict[str, list[tuple[str, int]]] = {}
    for field, names in NAMES[kind].items():
        for rank, name in enumerate(names.split(",")):
            known.setdefault(words(name.strip()), []).append((field, rank))
    return known


def meanings(header: str, kind: str) -> list[tuple[str, int]]:
    """The fields that a header may stand for, each with its rank among that field's names (0 is the surest).

    A header that is but a slip of the pen away from a known name counts as that name, after all known ones.
    """
    known = _known(kind)
    name = words(header)
    if name in known:
        return known[name]
    close = get_close_matches(name, known, 1, 0.9) if len(name) >= 8 else []
    return [(field, rank + 100) for field, rank in known[close[0]]] if close else []


def names_known(header: Sequence[str], kind: str) -> int:
    """How many of a header's texts are, to the letter, names of columns that such a ledger has."""
    known = _known(kind)
    return len({known[name][0][0] for text in header if (name := words(text)) in known})
