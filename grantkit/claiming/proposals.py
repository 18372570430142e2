"""What may go into the inputs of a funder's form, proposed by the labels beside them.

A label and a phrase are compared word by word, a slip of the pen forgiven; how alike they are is the share of words
that both have. A row that names a work stream and a column that names a figure meet in that stream's figure.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from grantkit.claiming.mappings import Proposal, RowsTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grantkit.workbook.form_inputs import Input

    Phrases = Mapping[str, Sequence[str]]

SURE, POSSIBLE = 0.75, 0.6
ALIKE = 0.84  # of two words, one of which may be a slip of the pen
IGNORED = frozenset(("the", "of", "a", "an", "your", "please", "enter", "insert", "gbp", "in", "for", "and", "by"))
ENDING = re.compile(r"(?<=[a-z]{3})(?<!s)s$")  # of a plural

#: Figures that a form has once.
SINGLE: Phrases = {
    "award.reference": (
        *("grant reference", "grant reference number", "grant number", "award reference", "agreement reference"),
        *("grant agreement reference", "agreement number", "reference number", "grant ref", "our reference"),
        *("project reference", "unique reference number", "URN", "grant id", "award number", "reference"),
    ),
    "award.title": (
        *("grant title", "name of grant", "project title", "project name", "award title", "grant name"),
        *("title of project", "programme", "scheme", "project", "name of project", "grant scheme"),
    ),
    "award.funder": ("funder", "grant funder", "awarding body", "funding body", "grantor", "authority", "department"),
    "award.recipient": (
        *("recipient", "grant recipient", "organisation", "name of organisation", "organisation name", "grantee"),
        *("force", "police force", "claimant", "recipient organisation", "policing body", "applicant"),
        *("police and crime commissioner", "local policing body", "force name", "name of recipient"),
    ),
    "award.amount": (
        *("total grant", "grant award", "total grant award", "grant awarded", "award amount", "grant amount"),
        *("maximum grant", "value of grant", "total award", "total grant allocation", "grant allocation"),
        *("total funding awarded", "maximum sum", "grant offered", "amount awarded", "total grant value"),
    ),
    "award.starts": ("grant start date", "project start date", "start date", "award start date", "funding start"),
    "award.ends": ("grant end date", "project end date", "end date", "award end date", "funding end", "expiry date"),
    "claim.period": (
        *("claim period", "period of claim", "period covered", "reporting period", "period", "funding period"),
        *("period of this claim", "period covered by this claim", "claim period dates"),
    ),
    "claim.name": ("claim", "claim number", "claim no", "claim name", "claim reference"),
    "claim.quarter": ("quarter", "claim quarter", "quarter claimed", "quarter number", "which quarter"),
    "claim.from": (
        *("period from", "claim period from", "from", "period start", "claim from", "period start date"),
        *("start of period", "claim period start", "claim period start date", "date from", "period beginning"),
    ),
    "claim.to": (
        *("period to", "claim period to", "to", "period end", "claim to", "period end date", "period ending"),
        *("end of period", "claim period end", "claim period end date", "date to", "quarter ending"),
    ),
    "claim.financial_year": ("financial year", "year", "fiscal year", "grant year"),
    "claim.version": ("version", "claim version", "revision"),
    "claim.status": ("status", "claim status", "draft or final"),
    "claim.basis": ("basis", "basis of claim", "accounting basis", "claim basis"),
    "claim.lines": ("number of transactions", "number of lines", "transactions", "number of items"),
    "claim.prepared_by": ("prepared by", "completed by", "form completed by", "claim prepared by", "compiled by"),
    "claim.prepared_on": ("date prepared", "date completed", "date of completion", "prepared on", "date of claim"),
    "claim.submitted_on": ("date submitted", "submission date", "date of submission", "submitted on"),
    "claim.submitted_by": ("submitted by", "claim submitted by"),
    "claim.approved_by": ("approved by", "authorised by", "claim approved by"),
    "total.this_claim": (
        *("total claimed this period", "amount claimed", "total claim", "amount of this claim", "total claimed"),
        *("total this claim", "grant claimed this period", "amount claimed this period", "claim amount"),
        *("total amount claimed", "amount of claim", "amount of grant claimed", "claim value", "payment requested"),
        *("total expenditure this period", "total amount of this claim", "total grant claimed this period"),
    ),
}
#: Figures that a form may have of each work stream, and in total.
OF_STREAM: Phrases = {
    "this_claim": (
        *("this claim", "claimed this period", "amount claimed", "claim this period", "expenditure this period"),
        *("actual this period", "actual expenditure", "spend this period", "expenditure in period", "actual"),
        *("this period", "this quarter", "claim this quarter", "expenditure this quarter", "claimed this quarter"),
        *("actual spend", "current claim", "amount claimed this period", "claim", "grant claimed"),
    ),
    "original": ("original budget", "original allocation", "budget agreed", "original agreed budget"),
    "virements": ("virement", "budget movement", "budget transfer", "transfer between headings"),
    "budget": (
        *("budget", "approved budget", "agreed budget", "current budget", "allocation", "grant allocation"),
        *("revised budget", "total budget", "annual budget", "full year budget", "budget allocation", "profile"),
    ),
    "claimed_before": (
        *("previously claimed", "claimed previously", "previous claims", "claimed to date prior", "prior claims"),
        *("claimed before", "total previously claimed", "previous claim", "claimed previous period", "prior claim"),
        *("amount previously claimed", "expenditure previously claimed", "claimed in earlier periods"),
    ),
    "late": ("prior period items", "late items", "prior period"),
    "adjustments": ("adjustment", "prior period adjustment", "correction"),
    "accruals": ("accrual", "accrual movement", "accrued"),
    "cumulative": (
        *("cumulative", "cumulative claim", "cumulative expenditure", "total to date", "claimed to date"),
        *("cumulative to date", "expenditure to date", "total claimed to date", "spend to date", "year to date"),
        *("cumulative total", "cumulative spend", "cumulative claimed", "actual to date"),
    ),
    "remaining": (
        *("remaining", "balance", "balance remaining", "remaining budget", "unspent", "budget remaining"),
        *("remaining balance", "unclaimed balance", "balance of grant", "remaining grant", "left to claim"),
    ),
    "held_back": ("held back", "not claimed", "above budget"),
    "budget_to_date": ("budget to date", "profile to date", "profiled spend", "planned to date", "profiled budget"),
    "eligible": ("eligible", "eligible expenditure", "eligible cost", "eligible to date"),
    "ineligible": ("ineligible", "ineligible expenditure", "ineligible cost"),
    "variance": ("variance", "variance to date", "variance against profile", "under overspend", "variation"),
    "forecast": (
        *("forecast", "forecast outturn", "full year forecast", "year end forecast", "forecast to year end"),
        *("projected outturn", "estimated outturn", "outturn", "forecast full year", "forecast year end"),
    ),
    "full_year_variance": ("full year variance", "forecast variance", "variance at year end"),
    "rag": ("rag", "rag rating", "rag status"),
    "explanation": ("explanation", "commentary", "comments", "narrative", "reason for variance", "explanation of variance"),
}
#: Headings of a column that names the work streams.
STREAM_NAME: Phrases = {
    "name": (
        *("work stream", "workstream", "heading", "budget heading", "cost heading", "category", "activity"),
        *("cost category", "budget line", "item", "description", "item of expenditure", "expenditure heading"),
        *("work package", "expenditure type", "type of expenditure", "name", "expenditure category"),
    ),
    "code": ("code", "work stream code", "heading code", "reference"),
}
#: Headings of a list of transactions.
OF_LINE: Phrases = {
    "number": ("no", "number", "item number", "line number"),
    "supplier": ("supplier", "supplier name", "payee", "vendor", "paid to"),
    "document": ("invoice number", "invoice no", "invoice", "invoice ref", "document", "document number"),
    "date": ("date", "invoice date", "transaction date", "date of invoice", "date paid", "posting date"),
    "description": ("description", "details", "description of expenditure", "goods or services", "item"),
    "work_stream_name": ("work stream", "workstream", "heading", "cost heading", "category"),
    "cost_type": ("resource or capital", "type", "resource capital", "revenue or capital", "cost type"),
    "po": ("purchase order", "order number", "po", "po number", "purchase order number"),
    "net": ("net", "invoice amount", "net amount", "invoice value"),
    "amount": ("amount", "amount claimed", "claimed", "value", "cost", "amount claimed net"),
}
#: How forms call the two kinds of money, and a stream's figures of one of them.
KINDS = {"resource": ("resource", "revenue", "rdel"), "capital": ("capital", "cdel")}
OF_KIND = {
    "budget": "{}_budget", "original": "{}_budget", "claimed_before": "{}_before", "this_claim": "{}",
    "cumulative": "{}_cumulative", "remaining": "{}_remaining",
}  # fmt: skip
TOTAL = ("total", "grand total", "overall total", "total all work streams", "total grant")


class Match(NamedTuple):
    """A figure that a label may mean, and how alike the two are, 0 to 1."""

    figure: str | None
    alike: float


def propose(inputs: Sequence[Input], streams: Mapping[str, str]) -> tuple[list[Proposal], list[RowsTable]]:
    """What may go into each input, and the tables that rows may go into; ``streams`` gives names by code."""
    tables = _tables(inputs)
    left = [each for each in inputs if not any(_in_table(each, table) for table in tables)]
    proposals = []
    for each in left:
        found = figure_for(each, streams)
        figure = found.figure if found.alike >= POSSIBLE else None
        proposals.append(Proposal(str(each.place), each.label, figure, sure=found.alike >= SURE))
    return _each_once(proposals), tables


def _each_once(proposals: list[Proposal]) -> list[Proposal]:
    """What the form has once goes where it is named first; elsewhere it is a question."""
    seen: set[str] = set()
    found = []
    for each in proposals:
        again = each.figure in SINGLE and each.figure in seen
        found.append(Proposal(each.cell, each.label, each.figure, sure=False) if again else each)
        if each.sure and each.figure:
            seen.add(each.figure)
    return found


def figure_for(found: Input, streams: Mapping[str, str]) -> Match:
    """The figure that an input's labels mean: where row and column meet, else what one of them says by itself."""
    above = " ".join(found.above)
    for row, column in ((found.left, above), (above, found.left)):
        whose = _whose(row, streams)
        if whose and column:
            figure, alike = _of_stream(column, kind=_kind_of(row) if whose == "total" else None)
            if figure and not (whose == "total" and figure in {"rag", "explanation"}):
                return Match(f"{whose}.{figure}", alike)
    best = Match(None, 0.0)
    for label in (found.left, *found.above[:1]):
        if label:
            best = max(best, nearest(label, SINGLE), _in_total(label), key=lambda match: match.alike)
            if best.alike >= SURE:
                break
    return best


def _whose(label: str, streams: Mapping[str, str]) -> str | None:
    """``stream.CODE`` where a label names a work stream, ``total`` where it names all of them or a kind of money."""
    best, alike = None, SURE
    for code, name in streams.items():
        found = max(likeness(label, name), likeness(label, code), likeness(label, f"{code} {name}"))
        if found >= alike and (best is None or found > alike):
            best, alike = f"stream.{code}", found
    if best:
        return best
    words = _words(label)
    rest = tuple(word for word in words if not any(word in names for names in KINDS.values()))
    is_total = any(_alike(words, _words(each)) >= SURE for each in TOTAL)
    return "total" if is_total or (_kind_of(label) and not set(rest) - {"total", "expenditure", "cost"}) else None


def _in_total(label: str) -> Match:
    """What a label by itself says of all work streams: ``Cumulative expenditure``, ``Capital claimed this period``."""
    figure, alike = _of_stream(label, kind=None)
    if not figure or figure in {"rag", "explanation"}:
        return Match(None, 0.0)
    return Match(f"total.{figure}", alike - 0.01)  # what the form has once goes before it


def _of_stream(label: str, kind: str | None) -> Match:
    """The figure of a stream that a heading means, of one kind of money where it, or ``kind``, says so."""
    kind = kind or _kind_of(label)
    if not kind:
        return nearest(label, OF_STREAM)
    rest = " ".join(word for word in _words(label) if word not in KINDS[kind])
    found = nearest(rest, OF_STREAM) if rest else Match("this_claim", SURE)
    if found.figure not in OF_KIND:
        return Match(None, 0.0)
    return Match(OF_KIND[found.figure].format(kind), found.alike)


def _kind_of(label: str) -> str | None:
    words = set(_words(label))
    found = [kind for kind, names in KINDS.items() if words.intersection(names)]
    return found[0] if len(found) == 1 else None


# --- tables -----------------------------------------------------------------------------------------------------


def _tables(inputs: Sequence[Input]) -> list[RowsTable]:
    """Rows of a form without labels of their own, whose headings say what each column is."""
    rows: dict[tuple[str, int], list[Input]] = {}
    for each in inputs:
        rows.setdefault((each.place.sheet, each.place.row), []).append(each)
    found = []
    for (sheet, row), cells in rows.items():
        headed = [each for each in cells if each.above]
        if cells[0].left or len(headed) < 3:
            continue
        for kind, phrases, needed in (
            ("lines", OF_LINE, {"amount", "net"}),
            ("streams", {**STREAM_NAME, **OF_STREAM}, {"name", "code"}),
        ):
            columns = _columns(headed, phrases, of_stream=kind == "streams")
            enough = len(columns) >= 3 and needed.intersection(columns.values())
            if enough and (kind == "streams" or {"supplier", "document"}.intersection(columns.values())):
                found.append(RowsTable(sheet, kind, row, row + max(each.rows for each in cells) - 1, columns))
                break
    return found


def _columns(cells: Sequence[Input], phrases: Phrases, *, of_stream: bool) -> dict[str, str]:
    """The figure of each column that its heading names; a figure goes into the column that names it best."""
    best: dict[str, tuple[float, str]] = {}
    for each in cells:
        heading = " ".join(each.above)
        found = nearest(each.above[0], phrases)
        if of_stream and (found.alike < SURE or _kind_of(heading)) and found.figure not in STREAM_NAME:
            found = _of_stream(heading, kind=None)
        if found.figure and found.alike >= SURE and found.alike > best.get(found.figure, (0.0, ""))[0]:
            best[found.figure] = (found.alike, each.letters)
    in_order = sorted(best.items(), key=lambda item: (len(item[1][1]), item[1][1]))
    return {letters: figure for figure, (_, letters) in in_order}


def _in_table(found: Input, table: RowsTable) -> bool:
    return found.place.sheet == table.sheet and table.first_row <= found.place.row <= table.last_row


# --- likeness ---------------------------------------------------------------------------------------------------


def nearest(label: str, phrases: Phrases) -> Match:
    """The figure whose phrase is most like a label; of several the first."""
    words = _words(label)
    best = Match(None, 0.0)
    for figure, those in phrases.items():
        alike = max(_alike(words, _words(phrase)) for phrase in those)
        if alike > best.alike:
            best = Match(figure, alike)
    return best


def likeness(label: str, phrase: str) -> float:
    """How alike a label and a phrase are, 0 to 1: the share of words that both have."""
    return _alike(_words(label), _words(phrase))


@lru_cache(maxsize=4096)
def _words(label: str) -> tuple[str, ...]:
    """The words of a label that mean something, in the singular; numbering in front and units do not count."""
    plain = re.sub(r"^\s*([0-9]+[.)]?|[a-z][.)])([0-9.]*)\s+", "", label.casefold())
    plain = re.sub(r"\([^)]*\)", " ", plain) if re.sub(r"\([^)]*\)", "", plain).strip() else plain
    words = [ENDING.sub("", word) for word in re.findall(r"[a-z0-9]+", plain.replace("'", ""))]
    return tuple(word for word in words if word not in IGNORED) or tuple(words)


@lru_cache(maxsize=65536)
def _alike(words: tuple[str, ...], others: tuple[str, ...]) -> float:
    if not words or not others:
        return 0.0
    left = list(others)
    shared = 0
    for word in words:
        found = next((other for other in left if _same(word, other)), None)
        if found is not None:
            left.remove(found)
            shared += 1
    return 2 * shared / (len(words) + len(others))


def _same(word: str, other: str) -> bool:
    if word == other:
        return True
    long_enough = min(len(word), len(other)) >= 5
    return long_enough and difflib.SequenceMatcher(None, word, other).ratio() >= ALIKE
