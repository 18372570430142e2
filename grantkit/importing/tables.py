"""Tables: what a source file or one of its sheets holds, first as a grid of text, then under a header.

A CSV file without blank records, ragged rows or quotes in odd places is *plain*: DuckDB reads it as it lies, and
its n-th record is the spreadsheet's row n. Any other file takes the exact path: record by record, or a spreadsheet
through calamine, into a plain copy that carries the row numbers.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from grantkit.errors import Place, RequestError, UnreadableError
from grantkit.importing.sources import BLANKS, Cells, Source, has_text
from grantkit.importing.texts import (
    LONGEST_RECORD,
    Dialect,
    Padding,
    Row,
    find_dialect,
    find_padding,
    lies_plain,
    read_rows,
)

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from grantkit.importing.profiles import Profile
    from grantkit.importing.workbooks import Sheet

#: Rows with text that are looked at to find the header and what the columns hold.
SAMPLE = 1000
#: A table that is wider is no ledger.
MOST_COLUMNS = 1000
#: Parts the cells of a plain copy: no cell has it.
SEPARATOR = "\x1f"
_BLANK_BEFORE, _BLANK_AFTER = f" {SEPARATOR}", f"{SEPARATOR} "
_RULE = re.compile(r"\s*[-=_]*\s*")


@dataclass(frozen=True)
class Grid:
    """A text file or a sheet as rows of text cells.

    ``sample``: its first rows that hold text, by row number, without lines of dashes, which say nothing of a column.
    """

    source: Source
    dialect: Dialect | None
    sheet: Sheet | None
    sample: tuple[tuple[int, Cells], ...]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(str(self.source.path), sheet=self.sheet.name if self.sheet else None)

    def rows(self) -> Iterator[Row]:
        """All rows that hold any text, each with its row number and what is broken about it."""
        for row, cells, broken in _rows(self.source, self.dialect, self.sheet):
            if broken or has_text(cells):
                yield row, cells, broken


@dataclass(frozen=True)
class Table:
    """A grid under its header. ``header_row`` is the row that the header ends in.

    ``plain`` says that DuckDB may read the file as it lies; ``padding`` what may stand around its cells' texts.
    """

    grid: Grid
    header: tuple[str, ...]
    header_row: int
    plain: bool
    padding: Padding

    @property
    def source(self) -> Source:
        """The file."""
        return self.grid.source

    @property
    def sheet(self) -> str | None:
        """The sheet's name; None of a text file."""
        return self.grid.sheet.name if self.grid.sheet else None

    @property
    def sample(self) -> list[Cells]:
        """The first rows below the header, each as wide as the header."""
        width = len(self.header)
        below = (cells for row, cells in self.grid.sample if row > self.header_row)
        return [[*cells[:width], *[""] * (width - len(cells))] for cells in below]


def read_grids(source: Source, sheet: str | None, profile: Profile | None) -> list[Grid]:
    """What a file holds: one grid of a text file, one for each sheet of a workbook (or only the one named).

    A profile may say the sheet, the encoding and the delimiter. Raises UnreadableError where the file is not what
    it seems, RequestError where it has no such sheet.
    """
    if source.is_spreadsheet:
        from grantkit.importing.workbooks import open_sheets

        wanted = sheet or (profile.sheet if profile else None)
        found = [_grid(source, None, each) for each in open_sheets(source, wanted)]
        return [grid for grid in found if grid.sample]
    if sheet is not None:
        raise RequestError(
            f"a text file has no sheet {sheet}", where=Place(str(source.path)), hint="leave out --sheet"
        )
    given = (profile.encoding, profile.delimiter) if profile else (None, None)
    grid = _grid(source, find_dialect(source, *given), None)
    if not grid.sample:
        raise UnreadableError(
            "the file holds nothing but blanks",
            where=grid.place,
            hint="export it again from the finance system",
        )
    return [grid]


def _rows(source: Source, dialect: Dialect | None, sheet: Sheet | None) -> Iterator[Row]:
    if sheet is not None:
        return _rows_of(sheet)
    assert dialect is not None
    return read_rows(source.path, dialect)


def _rows_of(sheet: Sheet) -> Iterator[Row]:
    """A sheet's rows; one that is too long for a ledger's comes as its beginning, as in a text file."""
    for row, cells, broken in sheet.rows():
        if len("".join(cells)) > LONGEST_RECORD:
            yield row, [next(text for cell in cells if (text := cell.strip(BLANKS)))[:100]], "too-long"
        else:
            yield row, cells, broken


def _grid(source: Source, dialect: Dialect | None, sheet: Sheet | None) -> Grid:
    texts = (
        (row, cells, broken)
        for row, cells, broken in _rows(source, dialect, sheet)
        if has_text(cells) and not _is_rule(cells)
    )
    first = list(islice(texts, SAMPLE))
    sample = tuple((row, cells) for row, cells, _ in first)
    widest = max((len(cells) for _, cells in sample), default=0)
    grid = Grid(source, dialect, sheet, sample)
    if first and first[0][2] == "too-long":
        raise UnreadableError(
            f"its first row has over {LONGEST_RECORD:,} characters, and no ledger's header is so long",
            where=replace(grid.place, row=first[0][0]),
            hint="export the ledger's own columns only",
        )
    if widest > MOST_COLUMNS and len(header_of(max((c for _, c in sample), key=len))) > MOST_COLUMNS:
        raise UnreadableError(
            f"a row of it has {widest:,} cells, and no ledger has more than {MOST_COLUMNS:,} columns",
            where=grid.place,
            hint="export the ledger's own columns only",
        )
    return grid


def _is_rule(cells: Cells) -> bool:
    return all(_RULE.fullmatch(cell) for cell in cells)


def header_of(cells: Cells) -> tuple[str, ...]:
    """A header's texts, up to its last one."""
    texts = [cell.strip(BLANKS) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def under_header(grid: Grid, header: tuple[str, ...], header_row: int) -> Table:
    """The grid as a table under this header."""
    path, dialect = grid.source.path, grid.dialect
    plain = dialect is not None and header_row == 1 and lies_plain(path, dialect)
    padding = find_padding(path, dialect.delimiter) if dialect is not None and plain else Padding.ANY
    return Table(grid, header, header_row, plain, padding)


def write_plain_copy(table: Table, target: io.TextIOBase) -> tuple[int, Padding]:
    """Write the rows for DuckDB: row number, number of cells, text beyond the header, what is broken, the cells.

    Gives the length of the longest record, in bytes at most, and what pads the cells: nothing, or any sign.
    """
    width, in_sheet = len(table.header), table.sheet is not None
    separators = width + 3
    longest, padded = 0, False
    # A blank cell in quotes comes as a text of no letters, and not as null: only a padded file is read for that.
    all_quoted, some_quoted = (
        csv.writer(target, quoting=how, lineterminator="\n", delimiter=SEPARATOR).writerow
        for how in (csv.QUOTE_ALL, csv.QUOTE_MINIMAL)
    )
    for row, found, broken in table.grid.rows():
        if row <= table.header_row:
            continue
        beyond, count, cells = "", len(found), found
        if broken:
            beyond = next((cell for cell in found if '"' in cell or not cell.isascii()), found[0])[:100]
            count, cells = width, [*found[:width], *[""] * (width - len(found))]
        elif count > width:
            beyond = next((cell for cell in found[width:] if cell.strip(BLANKS)), "")[:LONGEST_RECORD]
            cells = found[:width]
        elif count < width:
            cells = [*found, *[""] * (width - count)]
        carried = [str(row), str(width if in_sheet else count), beyond, broken or ""]
        line = SEPARATOR.join([*carried, *cells])
        if "\n" in line or "\r" in line or line.count(SEPARATOR) != separators:
            longest, padded = max(longest, all_quoted([*carried, *cells])), True
            continue
        written = some_quoted([*carried, *cells]) if '"' in line else target.write(line + "\n")
        longest, padded = max(longest, written), padded or _may_be_padded(line)
    return 4 * longest, Padding.ANY if padded else Padding.NONE


def _may_be_padded(line: str) -> bool:
    """Whether blanks may stand around a cell of a copied line; where it has more than ASCII's signs, they may."""
    if not line.isascii() or "\t" in line or "\x0b" in line or "\x0c" in line:
        return True
    return line[-1] == " " or _BLANK_AFTER in line or _BLANK_BEFORE in line
