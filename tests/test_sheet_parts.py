"""What a sheet's XML says beyond its cells' values, in whatever way a program writes it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from grantkit.errors import UnreadableError
from grantkit.importing import sheet_parts as parts

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FIRST = '<row r="1"><c r="A1"><v>1</v></c></row>'
FORMULA = {2: {1: parts.NO_VALUE}}


def book(path: Path, rows: str) -> Path:
    """A workbook of one sheet, S, with these rows."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        )
    return path


@pytest.fixture(params=[1 << 16, 61], ids=["usual chunks", "tiny chunks"])
def _chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_CHUNK", request.param)
    monkeypatch.setattr(parts, "_LARGE_CHUNK", 5 * request.param)


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="9"><c r="ZZZ900000"><v>1</v></c></row>',
        '<row r="900000"><c r="AD900000"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>',
        '<row r="9999999"><c r="A9999999"><v>1</v></c></row>',
        '<row r="4294967295"><c><v>1</v></c></row>',
        "<row r='4'><c  r = 'A4294967295'><v>1</v></c></row>",
        '<row\tr="2"><c\nr="XFD1048576"><v>1</v></c></row>',
        '<row r="2"><c s="1" t="n" r="XFD1048576"><v>1</v></c></row>',
        '<x:row r="1"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
    ],
)
def test_a_far_cell_is_refused_however_its_place_is_written(tmp_path: Path, rows: str) -> None:
    with pytest.raises(UnreadableError, match="the sheet reaches to column"):
        parts.sheet_parts(book(tmp_path / "far.xlsx", FIRST + rows), "S")


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize(
    ("rows", "hidden", "odd"),
    [
        ('<row r="2"><c r="CB90000"><v>1</v></c></row>', 0, {}),
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', 0, {}),
        ('<row r="2"><c r="A0000001"><v>1</v></c><c r="5"><v>1</v></c></row>', 0, {}),
        ('<row r="2" hidden="true"/><row ht="1" hidden="1" r="3"/><row r="4" hidden="false"/>', 2, {}),
        (FIRST * 40 + '<row r="2"><c r="B2" t="e"><v>#N/A</v></c></row>' + FIRST * 40, 0, {2: {1: "#N/A"}}),
        ('<row r="2"><c r="B2"><f>1</f></c><c r="C2"><f>1</f><v>4</v></c></row>', 0, FORMULA),
        ('<row r="2"><c t="e" r="B2"><v>#N/A</v></c></row>', 0, {2: {1: "#N/A"}}),
        ('<x:row r="2"><x:c r="B2"><x:f>1</x:f></x:c></x:row>', 0, FORMULA),
    ],
)
def test_hidden_rows_errors_and_formulas(
    tmp_path: Path, rows: str, hidden: int, odd: dict[int, dict[int, str]]
) -> None:
    found = parts.sheet_parts(book(tmp_path / "near.xlsx", FIRST + rows), "S")
    assert (found.hidden_rows, found.odd_cells) == (hidden, odd)
