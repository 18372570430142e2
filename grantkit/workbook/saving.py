"""Saving a workbook so that the same figures and the same moment give the same bytes."""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

from openpyxl.writer.excel import ExcelWriter

from grantkit.errors import Place, UnreadableError
from grantkit.workbook.wording import utc

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from openpyxl import Workbook

FIRST_ENTRIES = ("[Content_Types].xml", "_rels/.rels")
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows
UNIX = 3
ORDINARY_FILE = 0o100644 << 16


def save(workbook: Workbook, target: Path, moment: datetime) -> str:
    """Write ``workbook`` to ``target`` as of ``moment``, whole or not at all; returns the file's SHA-256.

    Raises UnreadableError where it cannot be written.
    """
    workbook.properties.created = workbook.properties.modified = utc(moment).replace(microsecond=0)
    workbook.calculation.fullCalcOnLoad = True  # the checks have no values yet
    content = _repacked(_package(workbook))
    _replace(target, content)
    return hashlib.sha256(content).hexdigest()


def _package(workbook: Workbook) -> io.BytesIO:
    # Not workbook.save, which puts the present time in place of the moment and compresses what is packed anew below.
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        ExcelWriter(workbook, archive).save()
    return package


def _repacked(package: io.BytesIO) -> bytes:
    """The same entries, without the traces of when and where they were packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as result:
        for name in sorted(source.namelist(), key=lambda name: (name not in FIRST_ENTRIES, name)):
            entry = zipfile.ZipInfo(name, ENTRY_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = UNIX, ORDINARY_FILE
            result.writestr(entry, source.read(name))
    return packed.getvalue()


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
