"""Source files: whether they are there, what they are, and which signs count as blanks in their cells."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.errors import Place, UnreadableError
from grantkit.evidence import look_at

if TYPE_CHECKING:
    from pathlib import Path

_ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: How other files begin that are given the name of a ledger: what they are, and what to do.
_OTHER_KINDS = (
    ((b"%pdf",), "a PDF document", "export the ledger as CSV (UTF-8) or XLSX"),
    (
        (b"<!doc", b"<html", b"<?xml", b"<head", b"<tabl"),
        "a web page",
        "open it in a spreadsheet program and save it as XLSX, or export the ledger as CSV (UTF-8)",
    ),
    ((b"\x1f\x8b", b"7z\xbc\xaf", b"rar!"), "a compressed archive", "unpack it and import the files in it"),
)
#: All signs that count as blanks around a cell's text.
BLANKS = " \t\n\r\x0b\x0c\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
#: What a folder of ledgers is searched for.
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods")

Cells = Sequence[str]


@dataclass(frozen=True)
class Source:
    """A file to be imported, known to be there and not empty. ``sha256`` is of its bytes."""

    path: Path
    sha256: str
    is_spreadsheet: bool


def open_source(path: Path) -> Source:
    """Look at a file before anything is read from it.

    Raises UnreadableError where it is missing, a folder, empty, or not to be read.
    """
    sha256, start = look_at(
        path, of_folder="name the files in it", of_nothing="export it again from the finance system"
    )
    for signs, what, hint in _OTHER_KINDS:
        if start.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(signs):
            raise UnreadableError(f"this is {what}, not a ledger", where=Place(str(path)), hint=hint)
    return Source(path, sha256, start.startswith((_ZIP, OLD_OFFICE)))


def has_text(cells: Cells) -> bool:
    """Whether any cell of a row holds more than blanks."""
    return "".join(cells).strip(BLANKS) != ""
