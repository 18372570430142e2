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
from grantkit.claiming.phrases import BY_HAND, KINDS, OF_KIND, OF_LINE, OF_STREAM, SINGLE, STREAM_NAME, TOTAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantkit.claiming.phrases import Phrases
    from grantkit.workbook.form_inputs import Input

SURE, POSSIBLE = 0.75, 0.6
ALIKE = 0.84  # of two words, one of which may be a slip of the pen
IGNORED = frozenset(
    ("the", "of", "a", "an", "your", "please", "enter", "insert", "gbp", "in", "for", "and", "by")
)
ENDING = re.compile(r"(?<=[a-z]{3})(?<!s)s$")  # of a plural


class Match(NamedTuple):
    """A figure that a label may mean, and how alike the two are, 0 to 1."""

    figure: str | None
    alike: float


def propose(inputs: Sequence[Input], streams: Mapping[str, str]) -> tuple[list[Proposal], list[RowsTable]]:
    """What may go into each input, and the tables that rows may go into; ``streams`` gives names by code."""
    tables = _tables(inputs)
    left = [each for each in inputs if not any(_is_column(each, table) for table in tables)]
    proposals = []
    for each in left:
        beside = any(_in_rows(each, table) for table in tables)
        found = Match(None, 0.0) if beside else figure_for(each, streams)
        figure = found.figure if found.alike >= POSSIBLE else None
        proposals.append(Proposal(str(each.place), each.label, figure, sure=found.alike >= SURE))
    return _each_once(proposals), tables


def _each_once(proposals: list[Proposal]) -> list[Proposal]:
    """What the form has once goes where it is named first; elsewhere it is a question."""
    seen: set[str] = set()
    found = []
    for each in proposals:
        again = each.figure in seen and not (each.figure or "").startswith(("total.", "stream."))
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
    label = found.left or found.above[0]  # beside a row's label a column's heading says nothing by itself
    if likeness_to_any(label, BY_HAND) >= SURE:
        return Match(None, 0.0)
    return max(nearest(label, SINGLE), _in_total(label), key=lambda match: match.alike)


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
    is_total = likeness_to_any(label, TOTAL) >= SURE
    return (
        "total"
        if is_total or (_kind_of(label) and not set(rest) - {"total", "expenditure", "cost"})
        else None
    )


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
                rows_of_form = min(each.rows for each in headed if each.letters in columns)
                found.append(RowsTable(sheet, kind, row, row + rows_of_form - 1, columns))
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


def _in_rows(found: Input, table: RowsTable) -> bool:
    return found.place.sheet == table.sheet and table.first_row <= found.place.row <= table.last_row


def _is_column(found: Input, table: RowsTable) -> bool:
    return _in_rows(found, table) and found.letters in table.columns


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


def likeness_to_any(label: str, phrases: Sequence[str]) -> float:
    """How alike a label and the nearest of some phrases are, 0 to 1."""
    return max(likeness(label, phrase) for phrase in phrases)


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
