"""Files of measures: what was counted beside the money, by day, measure and work stream.

A value is known by its date, measure and work stream. One that comes again with another value is restated, and the
older one kept; one that stands twice in a file with different values is refused, as nobody can know which is right.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import GrantkitError, Place, RequestError
from grantkit.evidence import kept_beside
from grantkit.importing.profiles import loosely
from grantkit.importing.results import Reject
from grantkit.importing.sources import BLANKS, Source, open_source
from grantkit.importing.tables import header_of, read_grids
from grantkit.workspace import user

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path

    from grantkit.importing.tables import Grid
    from grantkit.settings import Measure, Settings
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace

COLUMNS = ("date", "measure", "stream", "value")
OUTCOMES = ("read", "accepted", "unchanged", "restated", "rejected")
#: The name that the settings and the ledger's own files have for it, as ``loosely`` compares it.
_ALSO = {"workstream": "stream"}
_HEADER_WITHIN = 60
_REMEDY = "a file of measures has the columns date, measure, stream and value; any others are left alone"

#: What a value is known by: its day, its measure, its work stream.
Key = tuple["datetime.date", str, str]


@dataclass(frozen=True)
class MeasureFile:
    """A file of measures, or one of its sheets, under its header. ``columns``: field → index of its column."""

    source: Source
    grid: Grid
    header: tuple[str, ...]
    header_row: int
    columns: dict[str, int]

    @property
    def sheet(self) -> str | None:
        """The sheet's name; None of a text file."""
        return self.grid.sheet.name if self.grid.sheet else None


@dataclass(frozen=True)
class Restated:
    """A value that came with another figure than before, in the measure's unit."""

    row: int
    dated: datetime.date
    measure: str
    work_stream: str
    was: Decimal
    now: Decimal

    def as_json(self) -> dict[str, Any]:
        """One entry of the document for scripts."""
        return {
            "row": self.row,
            "date": self.dated.isoformat(),
            "measure": self.measure,
            "work_stream": self.work_stream,
            "was": f"{self.was.normalize():f}",
            "now": f"{self.now.normalize():f}",
        }


@dataclass(frozen=True)
class MeasureImport:
    """What became of a file of measures. ``entry`` is None where nothing was kept.

    ``before`` is the entry under which the same file was taken in, and which left nothing to take.
    """

    entry: int | None
    file: str
    sheet: str | None
    sha256: str
    dry_run: bool
    rows: dict[str, int]
    rejects: list[Reject] = field(default_factory=list)
    restated: list[Restated] = field(default_factory=list)
    before: int | None = None
    refused_by_strict: bool = False

    def as_json(self) -> dict[str, Any]:
        """The document for scripts, its rows and rejects in the shape that ``import`` has."""
        return {
            "entry": self.entry,
            "file": self.file,
            "sheet": self.sheet,
            "sha256": self.sha256,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "restated": [each.as_json() for each in self.restated],
            "rejects": [vars(reject) for reject in self.rejects],
        }


@dataclass(frozen=True)
class _Value:
    """A row that can be read."""

    row: int
    key: Key
    value: Decimal


# --- which file it is -------------------------------------------------------------------------------------------


def look_at(path: Path, sheet: str | None = None) -> MeasureFile:
    """The measures that a file holds, of a workbook the only sheet that holds any.

    Raises UnreadableError where the file cannot be read, RequestError where it has no such columns, or several
    sheets have.
    """
    source = open_source(path)
    grids = read_grids(source, sheet, None)
    fitting = [found for grid in grids if (found := _under_header(source, grid)) is not None]
    if len(fitting) > 1:
        names = ", ".join(str(each.sheet) for each in fitting)
        raise RequestError(
            f"several sheets hold measures: {names}", where=Place(str(path)), hint="say which: --sheet NAME"
        )
    if not fitting:
        raise _no_header(source, grids)
    return fitting[0]


def holds_measures(source: Source) -> bool:
    """Whether a file that is no ledger is a file of measures."""
    try:
        return any(_under_header(source, grid) is not None for grid in read_grids(source, None, None))
    except GrantkitError:
        return False


def _under_header(source: Source, grid: Grid) -> MeasureFile | None:
    for row, cells in grid.sample[:_HEADER_WITHIN]:
        header = header_of(cells)
        names = _names(header)
        if set(COLUMNS) <= set(names):
            twice = next((name for name in COLUMNS if names.count(name) > 1), None)
            if twice:
                raise RequestError(
                    f"the header has {twice} {names.count(twice)} times",
                    where=dataclasses.replace(grid.place, row=row),
                    hint="rename or take out the column that is not meant",
                )
            return MeasureFile(source, grid, header, row, {name: names.index(name) for name in COLUMNS})
    return None


def _names(header: Sequence[str]) -> list[str]:
    return [_ALSO.get(loosely(text), loosely(text)) for text in header]


def _no_header(source: Source, grids: list[Grid]) -> RequestError:
    """What is missing in the row that has most of the columns."""
    nearest, where = set[str](), Place(str(source.path))
    for grid in grids:
        for row, cells in grid.sample[:_HEADER_WITHIN]:
            found = set(COLUMNS) & set(_names(header_of(cells)))
            if len(found) > len(nearest):
                nearest, where = found, dataclasses.replace(grid.place, row=row)
    if not nearest:
        return RequestError("no row of it is a header of measures", where=where, hint=_REMEDY)
    lacking = ", ".join(name for name in COLUMNS if name not in nearest)
    return RequestError(f"the header lacks {lacking}", where=where, hint=_REMEDY)


# --- taking it in -----------------------------------------------------------------------------------------------


def take_in(
    workspace: Workspace,
    ledger: Ledger,
    found: MeasureFile,
    *,
    again: bool = False,
    dry_run: bool = False,
    strict: bool = False,
) -> MeasureImport:
    """Take in what the file measures; the file itself is kept among the evidence.

    A file that was taken in before restates nothing, whatever came in since, unless ``again``. With ``strict`` a
    refused row keeps all others out.

    Raises UnreadableError where the evidence cannot be written; nothing is kept then.
    """
    values, rejects = _read(ledger, workspace.settings, found)
    values, repeated, conflicts = _one_of_each(values, found.header[found.columns["value"]])
    ledger.run("relations/09_measures")
    before: int | None = None
    if not again:
        same_file = {"sha256": found.source.sha256, "sheet": found.sheet}
        before = ledger.value("importing/measures_taken_before", same_file)
    new, restated = _compare(ledger, values, came_before=before is not None)
    rejects = sorted([*rejects, *conflicts], key=lambda reject: reject.row)
    refused = len({reject.row for reject in rejects})
    rows = {
        "read": len(values) + repeated + refused,
        "accepted": len(new) - len(restated),
        "unchanged": len(values) + repeated - len(new),
        "restated": len(restated),
        "rejected": refused,
    }
    strictly = strict and refused > 0
    kept = not (dry_run or strictly or (before is not None and not new))
    return MeasureImport(
        entry=_keep(workspace, ledger, found, rows, new) if kept else None,
        file=found.source.path.name,
        sheet=found.sheet,
        sha256=found.source.sha256,
        dry_run=dry_run,
        rows=rows,
        rejects=rejects,
        restated=restated,
        before=None if new else before,
        refused_by_strict=strictly,
    )


def _one_of_each(values: list[_Value], header: str) -> tuple[list[_Value], int, list[Reject]]:
    """The first row of each value, how many say the same again, and the rows of those that say different things."""
    by_key: dict[Key, list[_Value]] = {}
    for value in values:
        by_key.setdefault(value.key, []).append(value)
    first, repeated, conflicts = list[_Value](), 0, list[Reject]()
    for rows in by_key.values():
        if len({each.value for each in rows}) == 1:
            first.append(rows[0])
            repeated += len(rows) - 1
            continue
        places = ", ".join(str(each.row) for each in rows)
        message = (
            f"the same day, measure and work stream have different values in rows {places}:"
            " take out those that are wrong"
        )
        conflicts += [
            Reject(each.row, header, f"{each.value.normalize():f}", "conflict", message) for each in rows
        ]
    return first, repeated, conflicts


def _compare(
    ledger: Ledger, values: list[_Value], *, came_before: bool
) -> tuple[list[_Value], list[Restated]]:
    """The values that the ledger does not hold so, and of those the ones that take another's place."""
    held = {
        (row["dated"], row["measure"].casefold(), row["work_stream"]): row["value"]
        for row in ledger.records("importing/measures_current")
    }
    new, restated = [], []
    for each in values:
        dated, measure, stream = each.key
        was = held.get((dated, measure.casefold(), stream))
        if was is None:
            new.append(each)
        elif was != each.value and not came_before:
            new.append(each)
            restated.append(Restated(each.row, *each.key, was, each.value))
    return new, restated


def _keep(
    workspace: Workspace, ledger: Ledger, found: MeasureFile, rows: dict[str, int], new: list[_Value]
) -> int:
    source = found.source
    entry = int(ledger.value("importing/next_measure_import"))
    head = {"entry": entry, "file": source.path.name, "sheet": found.sheet, "sha256": source.sha256}
    with ledger.transaction(), kept_beside(source.path, workspace.evidence, source.sha256):
        counts = [rows[name] for name in OUTCOMES]
        ledger.fill("store.measure_import", [(*head.values(), *counts, now(), user())])
        lines = [(entry, each.key[1], each.key[2], each.key[0], each.value, each.row) for each in new]
        ledger.fill("store.measure_value", lines)
        write_entry(ledger, "measure import", head, {f"rows_{name}": rows[name] for name in OUTCOMES})
    return entry


# --- its rows ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """A row's number and the texts of its cells; ``fault`` is a cause for which it is no row of the table."""

    row: int
    cells: dict[str, str | None]
    fault: str | None = None


def _rows(found: MeasureFile) -> Iterator[_Row]:
    """The rows below the header that hold any text. One that ends early is blank from there on."""
    needed, width = max(found.columns.values()) + 1, len(found.header)
    for row, cells, broken in found.grid.rows():
        if row <= found.header_row:
            continue
        fault = broken
        if not fault and any(cell.strip(BLANKS) for cell in cells[width:]):
            fault = "too-many-cells"
        if not fault and len(cells) < needed and found.sheet is None:
            fault = "too-few-cells"
        texts = {
            name: (cells[index].strip(BLANKS) or None) if index < len(cells) else None
            for name, index in found.columns.items()
        }
        yield _Row(row, texts, fault)


def _read(ledger: Ledger, settings: Settings, found: MeasureFile) -> tuple[list[_Value], list[Reject]]:
    """The file's rows that can be read, and the faults of the others."""
    rows = list(_rows(found))
    ledger.set_variables({"date_order": "day-month-year", "odd_blanks": None})
    ledger.run("importing/cells")
    ledger.run("importing/measure_cells")
    ledger.fill("measure_cell", [(each.row, each.cells["date"], each.cells["value"]) for each in rows])
    judge = _Judge(ledger, settings, {name: found.header[index] for name, index in found.columns.items()})
    values, rejects = [], []
    for row, read in zip(rows, ledger.records("importing/measures_read"), strict=True):
        faults = judge.faults(row, read)
        rejects += faults
        if not faults:
            key = (read["dated"], judge.measure(row).name, judge.stream(row))
            values.append(_Value(row.row, key, read["value"]))
    return values, rejects


class _Judge:
    """Says what is wrong with a row, each fault with the column as the file names it and what to do."""

    def __init__(self, ledger: Ledger, settings: Settings, headers: dict[str, str]) -> None:
        self.ledger = ledger
        self.settings = settings
        self.headers = headers

    def measure(self, row: _Row) -> Measure:
        """The measure that a row names. Raises RequestError, proposing the nearest, where there is none."""
        return self.settings.measure(row.cells["measure"] or "")

    def stream(self, row: _Row) -> str:
        """The work stream that a row names. Raises RequestError, proposing the nearest, where there is none."""
        return self.settings.stream((row.cells["stream"] or "").upper()).code

    def faults(self, row: _Row, read: dict[str, Any]) -> list[Reject]:
        """Everything that is wrong with a row; ``read`` is what its date and its value say."""
        if row.fault:
            code = row.fault if row.fault.startswith("too-") and row.fault != "too-long" else "bad-value"
            return [Reject(row.row, None, None, code, self._known(row.fault))]
        found = [
            self._fault(row, name, "missing-value", self._known("missing-value"))
            for name in COLUMNS
            if row.cells[name] is None
        ]
        if row.cells["date"] is not None:
            found += self._date(row, read["dated"])
        found += self._names(row)
        if row.cells["value"] is not None and read["value"] is None:
            found.append(self._value(row, negative=read["is_negative"]))
        return found

    def _fault(self, row: _Row, name: str, code: str, message: str) -> Reject:
        return Reject(row.row, self.headers[name], row.cells[name], code, message)

    def _known(self, cause: str) -> str:
        """What is said of the same fault in a ledger."""
        return str(self.ledger.value("importing/reject_message", {"cause": cause}))

    def _date(self, row: _Row, dated: datetime.date | None) -> list[Reject]:
        award = self.settings.award
        if dated is None:
            return [self._fault(row, "date", "bad-date", self._known("bad-date"))]
        if award.starts <= dated <= award.ends:
            return []
        message = (
            f"this day is outside the award, {award.starts} to {award.ends}: correct it or take the row out"
        )
        return [self._fault(row, "date", "outside-award", message)]

    def _names(self, row: _Row) -> list[Reject]:
        """Whether measure and work stream exist, and belong together."""
        found: list[Reject] = []
        measure, stream = None, None
        try:
            measure = self.measure(row)
        except RequestError as problem:
            if row.cells["measure"] is not None:
                found.append(
                    self._fault(row, "measure", "unknown-measure", f"{problem.what}: {problem.hint}")
                )
        try:
            stream = self.stream(row)
        except RequestError as problem:
            if row.cells["stream"] is not None:
                found.append(self._fault(row, "stream", "unknown-stream", f"{problem.what}: {problem.hint}"))
        if measure is not None and stream is not None and not measure.counts_in(stream):
            named = ", ".join(measure.work_streams or ())
            message = (
                f"{measure.name} is counted in {named} only: correct the row, or add {stream} in grant.toml"
            )
            found.append(self._fault(row, "stream", "wrong-stream", message))
        return found

    def _value(self, row: _Row, *, negative: bool) -> Reject:
        if negative:
            message = (
                "what is counted is never below 0: give the value that counts for the day, not a correction"
            )
            return self._fault(row, "value", "negative-value", message)
        message = "this is no number with four decimals at most: write it as 12, 7.5 or 1,250"
        return self._fault(row, "value", "bad-value", message)
