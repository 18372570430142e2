"""Saving a workbook so that the same figures and the same moment give the same bytes."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import zipfile
from typing import IO, TYPE_CHECKING

from openpyxl.writer.excel import ExcelWriter

from grantkit.errors import Place, UnreadableError
from grantkit.workbook.wording import utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from openpyxl import Workbook

    from grantkit.workbook.lines import Splice

FIRST_ENTRIES = ("[Content_Types].xml", "_rels/.rels")
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows
UNIX = 3
ORDINARY_FILE = 0o100644 << 16


def save(workbook: Workbook, target: Path, moment: datetime, splices: Sequence[Splice] = ()) -> str:
    """Write ``workbook`` to ``target`` as of ``moment``, whole or not at all; returns the file's SHA-256.

    ``splices`` are rows that go straight into the file. Raises UnreadableError where it cannot be written.
    """
    workbook.properties.created = workbook.properties.modified = utc(moment).replace(microsecond=0)
    workbook.calculation.fullCalcOnLoad = True  # the checks have no values yet
    content = _repacked(_package(workbook), splices)
    _replace(target, content)
    return hashlib.sha256(content).hexdigest()


def _package(workbook: Workbook) -> io.BytesIO:
    # Not workbook.save, which puts the present time in place of the moment and compresses what is packed anew below.
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        ExcelWriter(workbook, archive).save()
    return package


def _repacked(package: io.BytesIO, splices: Sequence[Splice]) -> bytes:
    """The same entries, without the traces of when and where they were packed, with the rows that are spliced in."""
    packed = io.BytesIO()
    of_sheet: dict[str, list[Splice]] = {}
    for splice in sorted(splices, key=lambda splice: splice.row):
        of_sheet.setdefault(splice.sheet.path.lstrip("/"), []).append(splice)
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as result:
        for name in sorted(source.namelist(), key=lambda name: (name not in FIRST_ENTRIES, name)):
            entry = _entry(name)
            if name in of_sheet:
                with result.open(entry, "w", force_zip64=True) as sheet:
                    _splice(source.read(name), of_sheet[name], sheet)
            else:
                result.writestr(entry, source.read(name))
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry of a package, without the traces of when and where it was packed."""
    entry = zipfile.ZipInfo(name, ENTRY_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = UNIX, ORDINARY_FILE
    return entry


def package_of(parts: Mapping[str, bytes]) -> bytes:
    """A package of these parts, in their order."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(_entry(name), content)
    return package.getvalue()


def save_content(content: bytes, target: Path) -> str:
    """Write a file whole or not at all; returns its SHA-256.

    Raises UnreadableError where it cannot be written, or somebody has the file that is there open.
    """
    check_closed(target)
    _replace(target, content)
    return hashlib.sha256(content).hexdigest()


def check_closed(path: Path, shown: str | None = None) -> None:
    """Raises UnreadableError where the file that Excel or LibreOffice lays beside an open workbook is there.

    On a shared drive nothing else tells: the workbook itself could be read and replaced under somebody's hands.
    """
    for program, name in (("Excel", f"~${path.name}"), ("LibreOffice", f".~lock.{path.name}#")):
        if (path.parent / name).exists():
            raise UnreadableError(
                f"it is open in {program}",
                where=Place(shown or str(path)),
                hint=f"close it there; if nobody has it open, delete the file {name} beside it",
            )


def _splice(content: bytes, splices: Sequence[Splice], sheet: IO[bytes]) -> None:
    """Write a sheet with rows in the place of others, the upper ones first."""
    done = 0
    for splice in splices:
        found = re.compile(rb'<row r="%d"[^>]*?(/>|>.*?</row>)' % splice.row, re.DOTALL).search(content, done)
        assert found is not None, "the pattern row has styled cells, so openpyxl writes it"
        sheet.write(content[done : found.start()])
        for rows in splice.rows():
            sheet.write(rows)
        done = found.end()
    sheet.write(content[done:])


def _replace(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(target)
    except OSError as problem:
        raise UnreadableError(
            f"cannot be written: {problem.strerror or problem}",
            where=Place(str(target)),
            hint="close it if it is open in Excel, check that its folder can be written to, or name another file",
        ) from problem
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
