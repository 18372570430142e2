"""A workbook as a spreadsheet program sees it: LibreOffice opens it, works its formulas out and saves it again."""

from __future__ import annotations

import atexit
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell


@functools.cache
def profile() -> str:
    """Where LibreOffice keeps its own settings: one folder for all tests of a process, which makes it start sooner."""
    folder = tempfile.mkdtemp(prefix="office-profile-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder).as_uri()


def converted(paths: Iterable[Path], out: Path, suffix: str = "xlsx") -> list[Path]:
    """The files as LibreOffice saves them in a folder, all in one go. Skips the test where LibreOffice is missing."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    paths = list(paths)
    subprocess.run(
        [
            *(soffice, f"-env:UserInstallation={profile()}", "--headless", "--convert-to", suffix),
            *("--outdir", str(out), *map(str, paths)),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return [(out / path.name).with_suffix(f".{suffix}") for path in paths]


def saved_again(path: Path) -> Path:
    """The file as LibreOffice saves it, its formulas worked out."""
    (again,) = converted([path], path.parent / "saved-again")
    return again


def recalculated(path: Path) -> Workbook:
    """The values of the workbook's cells once LibreOffice has worked them out."""
    return load_workbook(saved_again(path), data_only=True)


def all_recalculated(paths: Iterable[Path], out: Path) -> list[Workbook]:
    """The same of several workbooks, whose names differ, with one start of LibreOffice."""
    return [load_workbook(path, data_only=True) for path in converted(paths, out)]


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
