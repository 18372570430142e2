"""Lines read again from the stored source files, by the importer itself, and compared with what the ledger holds."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from grantkit.errors import GrantkitError, Place
from grantkit.evidence import recall
from grantkit.importing import corrections, reading
from grantkit.importing.profiles import KINDS, parse_profile
from grantkit.importing.recognition import Wanted, recognise
from grantkit.importing.sources import open_source
from grantkit.store import MalformedTextError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from grantkit.importing.recognition import Recognised
    from grantkit.store import Ledger

_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Misread:
    """What does not agree: where (a batch, and a row of its file), what the source file says, what the ledger holds."""

    batch: int
    where: str
    expected: str
    found: str


def reread(ledger: Ledger, evidence: Path) -> Iterator[Misread | int]:
    """Read every batch's source file again; gives the number of each batch that was, and whatever does not agree.

    Sheets of corrected rows are left out: they hold what a person typed, and their file's hash is all there is. The
    relations of ``01_current`` must be laid.
    """
    for batch in ledger.records("importing/batches_to_reread"):
        try:
            content = recall(evidence, batch["sha256"])
        except GrantkitError as problem:
            yield Misread(batch["batch"], batch["file"], f"the source file {batch['sha256']}", problem.what)
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(batch["file"]).name
            path.write_bytes(content)
            yield from _reread(ledger, path, batch)


def cells_as_they_came(ledger: Ledger, evidence: Path, batch: int, row: int) -> list[tuple[str, str]] | None:
    """A row of a batch's source file: its columns' headers, each with its cell as it came.

    None where the file was read before it was kept how. Raises UnreadableError where the file is gone or cannot be
    read as it was.
    """
    kept = ledger.records("importing/batches_to_reread")
    read_by = next((each for each in kept if each["batch"] == batch), None)
    if read_by is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(read_by["file"]).name
        path.write_bytes(recall(evidence, read_by["sha256"]))
        return _either_way(_recognised(path, read_by), lambda found: _cells(ledger, found, row))


def _cells(ledger: Ledger, found: Recognised, row: int) -> list[tuple[str, str]]:
    with reading.rows_laid(ledger, found):
        cells = ledger.rows("importing/cells_of_row", {"row": row})
    return list(zip(found.table.header, cells[0][0], strict=True)) if cells else []


def _recognised(path: Path, read_by: dict[str, Any]) -> Recognised:
    """A source file under the profile, the kind and the sheet that its batch was read by."""
    profile = parse_profile(read_by["profile_text"], read_by["profile"], Place(read_by["file"]))
    wanted = Wanted(kind=read_by["kind"], profile=profile, sheet=read_by["sheet"], folder=path.parent)
    return recognise(open_source(path), wanted)


def _either_way(found: Recognised, read: Callable[[Recognised], list[_Row]]) -> list[_Row]:
    """What ``read`` makes of a file: as it lies where that seems safe, exactly where it does not or turns out not."""
    if found.table.plain:
        try:
            return read(found)
        except MalformedTextError:
            found = found.read_exactly()
    return read(found)


def _reread(ledger: Ledger, path: Path, batch: dict[str, Any]) -> Iterator[Misread | int]:
    try:
        if batch["kind"] not in KINDS:
            yield Misread(batch["batch"], batch["file"], f"a ledger of {' or '.join(KINDS)}", batch["kind"])
            return
        found = _recognised(path, batch)
        if corrections.holds_references(found.table.grid):
            return
        ledger.set_variables({"batch": batch["batch"]})
        rows = _either_way(found, lambda table: _staged(ledger, table))
    except GrantkitError as problem:
        yield Misread(batch["batch"], batch["file"], "a file that can be read as it was", problem.what)
        return
    yield batch["batch"]
    for row in rows:
        where = f"{batch['file']}, row {row['row']}"
        if row["expected"] is None:
            yield Misread(batch["batch"], where, "no such line", _shown(json.loads(row["found"])))
        else:
            yield Misread(batch["batch"], where, *_difference(row["expected"], row["found"]))


def _difference(expected: str, found: str) -> tuple[str, str]:
    """The cells in which two rows (JSON) differ: as they should be, and as they are."""
    one, other = (json.loads(text, parse_float=str, parse_int=str) for text in (expected, found))
    differing = [name for name in one if one[name] != other[name]]
    return _shown({name: one[name] for name in differing}), _shown({name: other[name] for name in differing})


def _shown(cells: dict[str, Any]) -> str:
    return ", ".join(f"{name} {'blank' if value is None else value}" for name, value in cells.items())


def _staged(ledger: Ledger, found: Recognised) -> list[dict[str, Any]]:
    with reading.rows_laid(ledger, found) as laid:
        settled = reading.settle_open_questions(ledger, laid)
        reading.stage(ledger, settled)
        reading.fold(ledger, settled.profile)
        return ledger.records(f"importing/reread_{settled.kind}")
