"""Refused rows that come back corrected, in a workbook that ``grantkit rejects --out`` wrote.

Each of its sheets is an import by itself, read as its source file was. The first column says which refused row each
row replaces; the rows go on where the source file stopped, so that a true second line counts as one.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grantkit.errors import Place, RequestError
from grantkit.importing.layout import lay_out
from grantkit.importing.profiles import Profile, parse_profile
from grantkit.importing.recognition import Finding, Recognised
from grantkit.importing.rejects import Reference, Standing, reference_of, standings, why_it_does_not_wait
from grantkit.importing.sources import BLANKS, Source, has_text
from grantkit.importing.tables import Grid, header_of, read_grids, under_header
from grantkit.workbook.cells import inert
from grantkit.workbook.rejects_sheet import REFERENCE, WHAT_IS_WRONG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grantkit.importing.sources import Cells
    from grantkit.importing.texts import Row
    from grantkit.store import Ledger

#: The header is looked for in so many rows with text.
_HEADER_WITHIN = 60
#: Rows that one error names.
_MOST_NAMED = 10
_AFRESH = "write the rows that wait afresh: grantkit rejects --out FILE.xlsx"


@dataclass(frozen=True)
class Corrections:
    """Which refused rows of a batch the rows of a sheet replace: row of the sheet → row of the batch's file."""

    batch: int
    rows: dict[int, int]


@dataclass(frozen=True)
class _SourceColumns(Grid):
    """A sheet of refused rows without grantkit's own columns. A cell that nobody changed is as it first came, also
    where a workbook cannot hold that.
    """

    own: frozenset[int] = frozenset()
    came: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """The rows that hold anything of the source's."""
        for row, cells, broken in super().rows():
            kept = _without(cells, self.own)
            if has_text(kept):
                yield row, _as_they_came(kept, self.came.get(row, ())), broken


def _without(cells: Cells, own: frozenset[int]) -> list[str]:
    return [cell for index, cell in enumerate(cells) if index not in own]


def _as_they_came(cells: list[str], came: Sequence[str]) -> list[str]:
    before = [*came[: len(cells)], *[""] * (len(cells) - len(came))]
    return [old if inert(old) == inert(cell) else cell for cell, old in zip(cells, before, strict=True)]


# --- recognising it ---------------------------------------------------------------------------------------------


def holds_references(grid: Grid) -> bool:
    """Whether it is a sheet of refused rows."""
    return _header_row(grid) is not None


def _header_row(grid: Grid) -> tuple[int, Cells] | None:
    for row, cells in grid.sample[:_HEADER_WITHIN]:
        if any(cell.strip(BLANKS) == REFERENCE for cell in cells):
            return row, cells
    return None


def returned_grids(source: Source, sheet: str | None) -> list[Grid]:
    """The sheets of a workbook of refused rows; none where it is another one.

    Raises RequestError where other sheets stand among them, and where the rows come in a text file.
    """
    if not source.is_spreadsheet:
        raise RequestError(
            "refused rows come back in a workbook, and this is a text file",
            where=Place(str(source.path)),
            hint="save the sheet as XLSX and import that",
        )
    grids = read_grids(source, sheet, None)
    returned = [grid for grid in grids if holds_references(grid)]
    others = [grid for grid in grids if grid not in returned]
    if returned and others:
        raise RequestError(
            f"the sheet has no column {REFERENCE}, as the others have",
            where=others[0].place,
            hint="take the sheet out, or import one by itself: --sheet NAME",
        )
    return returned


# --- reading it -------------------------------------------------------------------------------------------------


def read_returned(
    ledger: Ledger, grids: Sequence[Grid], *, again: bool
) -> list[tuple[Recognised, Corrections]]:
    """Each sheet as a table to be imported, with what its rows replace; a sheet without rows is left out.

    The relations of ``01_current`` must be laid. Raises RequestError where a reference names no refused row that
    waits (but for sheets that were taken in before, unless ``again``) or stands twice, and where the header was
    changed.
    """
    found = []
    for grid in grids:
        sheet = _Returned(grid)
        if sheet.named:
            found.append(sheet.recognised(ledger, again=again))
    if not found:
        raise RequestError(
            "no refused row is left in it", where=Place(str(grids[0].source.path)), hint=_AFRESH
        )
    return found


class _Returned:
    """A sheet of refused rows as it came back."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        head = _header_row(grid)
        assert head is not None
        self.header_row, cells = head
        names = [cell.strip(BLANKS) for cell in cells]
        self.own = frozenset(i for i, name in enumerate(names) if name in {REFERENCE, WHAT_IS_WRONG})
        self.header = header_of(_without(cells, self.own))
        at = names.index(REFERENCE)
        #: Row of the sheet → what stands there as its reference.
        self.named = {
            row: found[at].strip(BLANKS) if at < len(found) else ""
            for row, found, _ in grid.rows()
            if row > self.header_row and has_text(_without(found, self.own))
        }

    def recognised(self, ledger: Ledger, *, again: bool) -> tuple[Recognised, Corrections]:
        """Read as the batch was that its rows are of."""
        references = {row: self._reference(row, text) for row, text in self.named.items()}
        batch = self._only_batch(references)
        known = standings(ledger, [batch])
        how = next(
            (each for each in ledger.records("importing/batches_read") if each["batch"] == batch), None
        )
        first = next(iter(references))
        if how is None:
            raise self._wrong([first], f"there is no refused row {self.named[first]}")
        found = self._under_its_header(how, {row: known.get(ref) for row, ref in references.items()})
        if again or not _taken_before(ledger, found):
            self._check(references, known)
        return found, Corrections(batch, {row: ref[1] for row, ref in references.items()})

    def _reference(self, row: int, text: str) -> Reference:
        found = reference_of(text)
        if found is None:
            what = f"{text} names no refused row" if text else "the row does not say which one it replaces"
            raise self._wrong([row], what, hint="put its reference back, or take the row out")
        return found

    def _only_batch(self, references: dict[int, Reference]) -> int:
        """The batch that the rows are of: most of them say which."""
        counted = Counter(batch for batch, _ in references.values())
        batch = counted.most_common(1)[0][0]
        for row, (other, _) in references.items():
            if other != batch:
                raise self._wrong(
                    [row],
                    f"{self.named[row]} is of batch {other}, and the other rows are of batch {batch}",
                    hint="put each row back on the sheet of its batch",
                )
        return batch

    def _check(self, references: dict[int, Reference], known: dict[Reference, Standing]) -> None:
        first: dict[Reference, int] = {}
        for row, reference in references.items():
            if reference in first:
                raise self._wrong([first[reference], row], f"{self.named[row]} stands twice")
            first[reference] = row
        gone = {row: why_it_does_not_wait(ref, known.get(ref)) for row, ref in references.items()}
        problems = {row: why for row, why in gone.items() if why}
        if problems:
            row, why = next(iter(problems.items()))
            alike = [other for other in problems if other != row]
            more = f"; nor do those of {_rows(alike)}" if alike else ""
            raise self._wrong([row], f"{why}{more}", hint=f"take these rows out, or {_AFRESH}")

    def _wrong(self, rows: list[int], what: str, hint: str = f"take it out, or {_AFRESH}") -> RequestError:
        where = dataclasses.replace(self.grid.place, row=rows[0], column=REFERENCE)
        return RequestError(
            what if len(rows) == 1 else f"{what}, here and in {_rows(rows[1:])}", where=where, hint=hint
        )

    def _under_its_header(self, how: dict[str, Any], came: dict[int, Standing | None]) -> Recognised:
        header = tuple(json.loads(how["header"]))
        self._check_header(header, how["batch"])
        where = dataclasses.replace(self.grid.place, row=self.header_row)
        profile = _profile(how)
        cells = {row: standing.cells for row, standing in came.items() if standing and standing.cells}
        given = {each.name: getattr(self.grid, each.name) for each in dataclasses.fields(Grid)}
        grid = _SourceColumns(**given, own=self.own, came=cells)
        finding = Finding("rows", f"refused ones of batch {how['batch']}", f"the column {REFERENCE}")
        return Recognised(
            under_header(grid, header, self.header_row),
            how["kind"],
            profile,
            lay_out(header, profile, how["kind"], where),
            (finding,),
        )

    def _check_header(self, header: tuple[str, ...], batch: int) -> None:
        """The columns are the source's own, in their order: else cells would land under others' headers."""
        kept = header_of([inert(text) for text in header])
        width = max(len(kept), len(self.header))
        for index in range(width):
            was, now = (texts[index] if index < len(texts) else "" for texts in (kept, self.header))
            if was != now:
                raise RequestError(
                    f"the header is {now or 'blank'}, and the file of batch {batch} has {was or 'nothing'} there",
                    where=dataclasses.replace(self.grid.place, row=self.header_row, column=now or was),
                    hint=f"put the header back as it was, or {_AFRESH}",
                )


def _rows(rows: Sequence[int]) -> str:
    named = ", ".join(str(row) for row in rows[:_MOST_NAMED])
    more = f" and {len(rows) - _MOST_NAMED:,} more" if len(rows) > _MOST_NAMED else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {named}{more}"


def _profile(how: Mapping[str, Any]) -> Profile:
    """The profile that the batch was read with, under the SHA-256 that it had."""
    profile = parse_profile(how["profile_text"], how["profile"], Place(f"{how['profile']}.toml"))
    return dataclasses.replace(profile, sha256=how["profile_sha256"])


def _taken_before(ledger: Ledger, found: Recognised) -> bool:
    return bool(ledger.records("importing/taken_before", same_file(found)))


def same_file(found: Recognised) -> dict[str, Any]:
    """By what a file is known to have been taken in before."""
    return {
        "sha256": found.table.source.sha256,
        "kind": found.kind,
        "sheet": found.table.sheet,
        "profile_sha256": found.profile.sha256,
    }


# --- counting on ------------------------------------------------------------------------------------------------


def take_up(ledger: Ledger, corrects: Corrections, profile: Profile) -> None:
    """Find what the source file has said so far, and bring amounts of whole documents to nothing where it said them."""
    ledger.set_variables({"corrected_batch": corrects.batch})
    ledger.run("importing/said_by_source")
    if "net" in profile.repeated:
        ledger.run("importing/net_repeated_before")


def settle(ledger: Ledger, corrects: Corrections, head: Mapping[str, Any]) -> None:
    """Settle each refused row by the one that replaced it, in the transaction that is open.

    A row that is no line here (it looks like a total) replaces none: what it stands for goes on waiting.
    """
    ignored = {row for row, *_ in ledger.rows("importing/ignored_rows")}
    done = (head["batch"], None, head["imported_at"], head["user_name"])
    ledger.fill(
        "store.reject_settled",
        [
            (corrects.batch, refused, done[0], row, *done[1:])
            for row, refused in corrects.rows.items()
            if row not in ignored
        ],
    )
