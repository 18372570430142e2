"""A workbook as a spreadsheet program sees it: LibreOffice opens it, works its formulas out and saves it again."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell


def saved_again(path: Path) -> Path:
    """The file as LibreOffice saves it, its formulas worked out. Skips the test where LibreOffice is missing."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    out, profile = path.parent / "saved-again", (path.parent / "office-profile").as_uri()
    subprocess.run(
        [
            *(soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx"),
            *("--outdir", str(out), str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return out / path.name


def recalculated(path: Path) -> Workbook:
    """The values of the workbook's cells once LibreOffice has worked them out."""
    return load_workbook(saved_again(path), data_only=True)


def cells_named(book: Workbook, name: str) -> list[Cell]:
    """The cells that a defined name stands for, row by row."""
    ((title, reference),) = book.defined_names[name].destinations
    left, top, right, bottom = range_boundaries(reference.replace("$", ""))
    return [
        book[title].cell(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
    ]


def values_named(book: Workbook, name: str) -> list[object]:
    """What stands in the cells of a defined name."""
    return [cell.value for cell in cells_named(book, name)]
