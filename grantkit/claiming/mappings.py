"""The mapping of a funder's form: which figure goes into which of its cells, as an officer can read and correct it.

A TOML file beside the form; ``report_templates/README.md`` says what it may hold.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grantkit.claiming.figures import AMOUNTS, LINE, WORDS, meant
from grantkit.errors import Place, SettingsError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: What the rows of a table may be, with the figures that its columns may have.
ROWS = {"streams": (*WORDS, *AMOUNTS), "lines": LINE}
LAST_ROW = 1_048_576
_KEYS = ("about", "form_sha256", "cells", "table", "labels")
_TABLE_KEYS = ("sheet", "rows", "first_row", "last_row", "columns")
_HEAD = "# Which figure of a claim goes into which cell of the form: correct it as you like.\n"
_HELP = """\
# A cell is "Sheet!C7" or a defined name. What can go into it: grantkit template figures
# Lines that begin with # do nothing: take the # away and name a figure.
"""


@dataclass(frozen=True)
class RowsTable:
    """Rows of a form: one for each work stream (``streams``) or line of the schedule (``lines``).

    ``columns`` gives the figure of each column's letters; rows from ``first_row`` to ``last_row`` are the form's.
    """

    sheet: str
    rows: str
    first_row: int
    last_row: int
    columns: dict[str, str]


@dataclass(frozen=True)
class Mapping:
    """``cells`` gives the figure of each cell; ``labels`` what stood beside a cell when the mapping was made."""

    name: str
    about: str = ""
    form_sha256: str | None = None
    cells: dict[str, str] = field(default_factory=dict)
    tables: tuple[RowsTable, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """An input of a form with what may go into it; ``sure`` is whether it is worth writing down as such."""

    cell: str
    label: str
    figure: str | None
    sure: bool


def read_mapping(path: Path, shown: str) -> Mapping:
    """The mapping in a file. Raises SettingsError with every mistake in it, UnreadableError where it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise UnreadableError(
            f"the mapping cannot be read: {getattr(problem, 'strerror', None) or problem}",
            where=Place(shown),
            hint="map the form anew with: grantkit template map FILE.xlsx",
        ) from problem
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(
            f"this is no TOML: {problem}",
            where=Place(shown),
            hint='a line of [cells] is written: "Claim!C7" = "total.this_claim"',
        ) from problem
    return _Reading(raw, shown).mapping(path.stem)


class _Reading:
    """A mapping's TOML on the way to a Mapping, with the mistakes that are found."""

    def __init__(self, raw: dict[str, Any], shown: str) -> None:
        self.raw, self.shown = raw, shown
        self.mistakes: list[SettingsError] = []

    def mapping(self, name: str) -> Mapping:
        for key in self.raw:
            if key not in _KEYS:
                self.wrong(f"unknown key {key}", f"a mapping may have: {', '.join(_KEYS)}")
        found = Mapping(
            name=name,
            about=self.text("about") or "",
            form_sha256=self.text("form_sha256"),
            cells=self.texts("cells", self.raw.get("cells", {})),
            tables=self.tables(),
            labels=self.texts("labels", self.raw.get("labels", {})),
        )
        raise_all(self.mistakes)
        return found

    def wrong(self, what: str, hint: str) -> None:
        self.mistakes.append(SettingsError(what, where=Place(self.shown), hint=hint))

    def text(self, key: str) -> str | None:
        value = self.raw.get(key)
        if value is not None and not isinstance(value, str):
            self.wrong(f"{key} is {value!r}", "write it as text in quotes")
            return None
        return value

    def texts(self, key: str, value: Any) -> dict[str, str]:
        """A table of texts."""
        if not isinstance(value, dict):
            self.wrong(f"{key} is no table", f'write [{key}], and below it: "Claim!C7" = "…"')
            return {}
        for name, each in value.items():
            if not isinstance(each, str):
                self.wrong(f'{key}: "{name}" is no text', f'write "{name}" = "total.this_claim"')
        return {name: each.strip() for name, each in value.items() if isinstance(each, str)}

    def tables(self) -> tuple[RowsTable, ...]:
        value = self.raw.get("table", [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong("table is no list of tables", "begin each of them with [[table]]")
            return ()
        return tuple(found for each in value if (found := self.table(each)))

    def table(self, raw: dict[str, Any]) -> RowsTable | None:
        before = len(self.mistakes)
        for key in sorted({*raw, *_TABLE_KEYS}):
            if key not in _TABLE_KEYS or key not in raw:
                what = "lacks" if key in _TABLE_KEYS else "has an unknown key"
                self.wrong(f"a [[table]] {what} {key}", f"a table has: {', '.join(_TABLE_KEYS)}")
        rows, first, last = raw.get("rows"), raw.get("first_row"), raw.get("last_row")
        if "rows" in raw and rows not in ROWS:
            self.wrong(f"rows is {rows!r}", f"rows is one of: {', '.join(ROWS)}")
        if not (type(first) is int and type(last) is int and 1 <= first <= last <= LAST_ROW):
            self.wrong(
                f"first_row is {first}, last_row {last}", "give the rows' numbers as the form shows them"
            )
        columns = self.texts("columns", raw.get("columns", {}))
        for letters, figure in columns.items():
            if not re.fullmatch(r"[A-Z]{1,3}", letters):
                self.wrong(f"{letters} is no column", "columns are named by their letters: A, B, … AA")
            elif rows in ROWS and figure not in ROWS[rows]:
                self.wrong(f"a row of {rows} has no figure {figure}", meant(figure, ROWS[rows]))
        if len(self.mistakes) > before:
            return None
        return RowsTable(str(raw["sheet"]), str(rows), int(first or 0), int(last or 0), columns)


def raise_all(mistakes: Sequence[SettingsError]) -> None:
    """Raises the mistakes as one error, where there are any."""
    if mistakes:
        first, *others = mistakes
        raise SettingsError(first.what, where=first.where, hint=first.hint, others=tuple(others))


def as_toml(mapping: Mapping, proposals: Sequence[Proposal]) -> str:
    """A mapping as the file that it is kept in, with what was proposed and what could not be."""
    lines = [_HEAD + _HELP]
    if mapping.about:
        lines.append(f"about = {_quoted(mapping.about)}")
    lines += [f"form_sha256 = {_quoted(mapping.form_sha256 or '')}", "", "[cells]"]
    for proposal in proposals:
        line = f"{_quoted(proposal.cell)} = {_quoted(proposal.figure or '…')}"
        if proposal.sure:
            lines.append(f"{line}  # {proposal.label}")
        else:
            lines.append(f"# {line}  # {proposal.label}{' (not sure)' if proposal.figure else ''}")
    for table in mapping.tables:
        lines += ["", *_table_lines(table)]
    lines += [
        "",
        "# What stands beside each cell: a form that says something else there has changed.",
        "[labels]",
    ]
    lines += [f"{_quoted(cell)} = {_quoted(label)}" for cell, label in mapping.labels.items()]
    return "\n".join([*lines, ""])


def _table_lines(table: RowsTable) -> list[str]:
    return [
        "[[table]]",
        f"sheet = {_quoted(table.sheet)}",
        f"rows = {_quoted(table.rows)}",
        f"first_row = {table.first_row}",
        f"last_row = {table.last_row}",
        "[table.columns]",
        *(f"{letters} = {_quoted(figure)}" for letters, figure in table.columns.items()),
    ]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
