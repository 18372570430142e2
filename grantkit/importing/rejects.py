"""Refused rows as work: which ones wait, a sheet to correct them in, and dismissing one with a reason.

A refused row is named by its batch and its row number in the file: ``3:57``. It waits until another row replaces it or
a person dismisses it; its record stays.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.importing.batches import find_batch
from grantkit.workbook.rejects_sheet import MOST_ROWS, Fault, RefusedRow, RefusedSheet, write_refused_sheets
from grantkit.workspace import user

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from grantkit.store import Ledger

_REFERENCE = re.compile(r"([1-9][0-9]{0,8}):([1-9][0-9]{0,11})", re.ASCII)
Reference = tuple[int, int]


def reference_of(text: str) -> Reference | None:
    """The batch and row that ``3:57`` names; None where the text is no such reference."""
    found = _REFERENCE.fullmatch(text.strip())
    return (int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True)
class Settled:
    """Why a refused row needs no more work, and since when (UTC): a row replaced it, or ``by`` dismissed it."""

    by_batch: int | None
    by_row: int | None
    reason: str | None
    at: datetime.datetime
    by: str

    def __str__(self) -> str:
        if self.by_batch is not None:
            return f"replaced by batch {self.by_batch}, row {self.by_row}"
        return f"dismissed by {self.by} on {self.at.date()}: {self.reason}"

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "by_batch": self.by_batch,
            "by_row": self.by_row,
            "reason": self.reason,
            "at": self.at.isoformat(),
            "by": self.by,
        }


@dataclass(frozen=True)
class RefusedCell:
    """One fault of a refused row; ``settled`` is None while the row waits.

    ``column`` is the file's own header, None where the row as a whole is meant. ``message`` says what is wrong and,
    behind a colon, what to do.
    """

    batch: int
    file: str
    sheet: str | None
    row: int
    column: str | None
    value: str | None
    code: str
    message: str
    settled: Settled | None

    @property
    def reference(self) -> str:
        """The row's name: ``3:57``."""
        return f"{self.batch}:{self.row}"

    @property
    def reason(self) -> str:
        """What is wrong."""
        return self.message.partition(": ")[0]

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.message.partition(": ")[2]

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {**vars(self), "settled": self.settled.as_json() if self.settled else None}


def rows_in(cells: Iterable[RefusedCell]) -> int:
    """How many rows these faults are of."""
    return len({cell.reference for cell in cells})


def refused_cells(
    ledger: Ledger, *, batch: int | None = None, with_settled: bool = False
) -> list[RefusedCell]:
    """The faults of the refused rows that wait, of the imports that stand, in their order; of one batch, or of all.

    The relations of the record must be laid. Raises RequestError where there is no such batch.
    """
    if batch is not None:
        find_batch(ledger, batch)
    found = ledger.records("importing/rejects", {"batch": batch, "settled": with_settled})
    return [_cell(row) for row in found]


def _cell(row: dict[str, Any]) -> RefusedCell:
    done = {name: row.pop(name) for name in ("by_batch", "by_row", "reason", "settled_at", "user_name")}
    settled = None
    if done["settled_at"] is not None:
        settled = Settled(*done.values())
    return RefusedCell(**row, settled=settled)


# --- the sheet --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """What a workbook of refused rows holds: rows and sheets (one a batch).

    ``not_kept`` rows are left out as an older grantkit kept no cells of them, ``too_many`` as their sheet is full.
    """

    rows: int
    sheets: int
    not_kept: int
    too_many: int


def write_waiting(ledger: Ledger, cells: Sequence[RefusedCell], target: Path) -> Written:
    """Write the rows of these faults that wait into a workbook to be corrected; no file where there are none.

    Raises UnreadableError where the file cannot be written.
    """
    faults: dict[Reference, list[Fault]] = {}
    for cell in cells:
        if cell.settled is None:
            faults.setdefault((cell.batch, cell.row), []).append(Fault(cell.column, cell.value, cell.message))
    rows: dict[int, list[RefusedRow]] = {}
    for batch, row, came in ledger.rows("importing/rejected_rows", {"batch": None}):
        if (batch, row) in faults:
            refused = RefusedRow(f"{batch}:{row}", json.loads(came), faults.pop((batch, row)))
            rows.setdefault(batch, []).append(refused)
    known = {each["batch"]: each for each in ledger.records("importing/batches_read")}
    sheets = [
        RefusedSheet(batch, known[batch]["file"], json.loads(known[batch]["header"]), found[:MOST_ROWS])
        for batch, found in rows.items()
    ]
    if sheets:
        write_refused_sheets(sheets, target, moment=now())
    written = sum(len(sheet.rows) for sheet in sheets)
    return Written(
        rows=written,
        sheets=len(sheets),
        not_kept=len(faults),
        too_many=sum(map(len, rows.values())) - written,
    )


# --- dismissing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What became of a refused row. ``cells`` are as they came, None where they were not kept."""

    cells: list[str] | None
    undone: bool
    settled: str | None

    @property
    def waits(self) -> bool:
        """Whether it still needs work."""
        return not self.undone and self.settled is None


def standings(ledger: Ledger, batches: Iterable[int]) -> dict[Reference, Standing]:
    """What became of each refused row of these batches. The relations of ``01_current`` must be laid."""
    found = ledger.records("importing/refused_rows_of", {"batches": sorted({*batches})})
    return {(row["batch"], row["row"]): _standing(row) for row in found}


def _standing(row: dict[str, Any]) -> Standing:
    settled = None
    if row["by_batch"] is not None:
        settled = f"batch {row['by_batch']}, row {row['by_row']}, replaced it"
    elif row["settled"]:
        settled = f"{row['user_name']} dismissed it: {row['reason']}"
    return Standing(json.loads(row["cells"]) if row["cells"] else None, row["undone"], settled)


def why_it_does_not_wait(reference: Reference, standing: Standing | None) -> str | None:
    """In words why nothing can be done about a row; None where it waits."""
    name = f"{reference[0]}:{reference[1]}"
    if standing is None:
        return f"there is no refused row {name}"
    if standing.undone:
        return f"the refused row {name} waits no more: batch {reference[0]} was undone"
    if standing.settled:
        return f"the refused row {name} waits no more: {standing.settled}"
    return None


def dismiss(ledger: Ledger, rows: Sequence[str], reason: str) -> list[Reference]:
    """Settle refused rows (``3:57``) with a reason, all of them or none, in the transaction that is open.

    Raises RequestError where the reason is blank, and where one of them is none, or waits no more.
    """
    if not reason.strip():
        raise RequestError("the reason is blank", hint="say why, with --reason TEXT: an auditor will ask")
    named = list(dict.fromkeys(_reference(row) for row in rows))
    known = standings(ledger, (batch for batch, _ in named))
    for reference in named:
        problem = why_it_does_not_wait(reference, known.get(reference))
        if problem:
            raise RequestError(problem, hint="the rows that wait are in: grantkit rejects")
    moment, name = now(), user()
    ledger.fill(
        "store.reject_settled", [(*reference, None, None, reason, moment, name) for reference in named]
    )
    said = {"rows": [f"{batch}:{row}" for batch, row in named], "reason": reason}
    write_entry(ledger, "rejects dismiss", said, {"rows": len(named)})
    return named


def _reference(text: str) -> Reference:
    found = reference_of(text)
    if found is None:
        raise RequestError(
            f"{text} names no refused row",
            hint="write it as its batch and its row, as grantkit rejects shows: 3:57",
        )
    return found
