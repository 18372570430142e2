"""Refused rows as work: written into a sheet, corrected there, imported again, or dismissed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook as Xlsx
from openpyxl import load_workbook
from product import Workspace, is_refused
from spreadsheet import saved_again

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough

HEADER = "document,supplier,accounting_date,net,vat,description"
FIRST_ROW = 4
ATTACKS = [
    "=1+1",
    "+44 20 7946 0000",
    "-1+2",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "_x0041_",
    "a\x01b",
    "#N/A",
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "award")


def take_csv(workspace: Workspace, *rows: str, name: str = "q1.csv", header: str = HEADER, **how: Any) -> Any:
    workspace.write(name, "\n".join([header, *rows, ""]))
    return workspace.take_in(name, **how)


def write_sheet(workspace: Workspace, name: str = "rejects.xlsx") -> Xlsx:
    """The waiting rows in a workbook, opened to be corrected."""
    workspace.json("rejects", "--out", workspace.folder / name, code=1)
    return load_workbook(workspace.folder / name)


def columns_of(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[FIRST_ROW - 1] if cell.value}


def row_of(sheet: Any, reference: str) -> int:
    return next(row for row in range(FIRST_ROW, sheet.max_row + 1) if sheet.cell(row, 1).value == reference)


def correct(sheet: Any, reference: str, **cells: str) -> None:
    columns = columns_of(sheet)
    for name, text in cells.items():
        sheet.cell(row_of(sheet, reference), columns[name]).value = text


def give_back(workspace: Workspace, book: Xlsx, name: str = "corrected.xlsx", code: int = 0) -> list[Any]:
    book.save(workspace.folder / name)
    done: list[Any] = workspace.json("import", workspace.folder / name, code=code)["imports"]
    return done


def counts(done: Any) -> dict[str, int]:
    return {name: count for name, count in done["rows"].items() if count}


def waiting(workspace: Workspace) -> list[str]:
    done = workspace.run("rejects", "--json")
    found = json.loads(done.out)["rejects"]
    assert done.code == (1 if found else 0), done.err
    return list(dict.fromkeys(f"{each['batch']}:{each['row']}" for each in found))


def settled(workspace: Workspace) -> dict[str, tuple[int | None, int | None]]:
    done = workspace.run("rejects", "--all", "--json")
    found = json.loads(done.out)["rejects"]
    assert done.code == (0 if all(each["settled"] for each in found) else 1), done.err
    return {
        f"{each['batch']}:{each['row']}": (each["settled"]["by_batch"], each["settled"]["by_row"])
        for each in found
        if each["settled"]
    }


# --- the sheet --------------------------------------------------------------------------------------------------


def test_the_sheet_holds_the_rows_as_they_came_with_marks_and_notes(workspace: Workspace) -> None:
    take_csv(
        workspace, "INV-1,Acme,2024-04-31,12.3O, 1.00,007", "INV-2,Acme,2024-04-30,1.00,0,A,beyond", code=1
    )
    sheet = write_sheet(workspace).worksheets[0]
    assert sheet.title == "batch 1 q1.csv"
    rows = list(sheet.iter_rows(min_row=FIRST_ROW))
    assert [cell.value for cell in rows[0][2:]] == [
        "INV-1",
        "Acme",
        "2024-04-31",
        "12.3O",
        " 1.00",
        "007",
        None,
    ]
    assert [cell.value for cell in rows[1][2:]][-2:] == ["A", "beyond"]
    noted = [[cell.coordinate for cell in row if cell.comment] for row in rows]
    assert noted == [["E4", "F4"], ["A5", "I5"]]
    assert "no date of the calendar" in sheet["E4"].comment.text
    assert sheet["E4"].fill.fgColor.rgb != sheet["C4"].fill.fgColor.rgb
    assert {cell.number_format for row in rows for cell in row[:8]} == {"@"}
    assert sheet.protection.sheet
    assert (sheet["A4"].protection.locked, sheet["E4"].protection.locked) == (True, False)
    assert sheet.freeze_panes == "C4"


def test_the_same_rows_at_the_same_moment_give_the_same_bytes(workspace: Workspace) -> None:
    take_csv(workspace, "INV-1,Acme,2024-04-31,12.3O,1.00,A", code=1)
    write_sheet(workspace, "a.xlsx")
    write_sheet(workspace, "b.xlsx")
    assert (workspace.folder / "a.xlsx").read_bytes() == (workspace.folder / "b.xlsx").read_bytes()


def test_nothing_in_the_sheet_acts_and_cells_that_nobody_touched_come_back_as_they_were(
    workspace: Workspace,
) -> None:
    quoted = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in ATTACKS]
    long = "x" * 40_000
    rows = [
        f"INV-{i},Acme,2024-04-31,1.00,0,{text}"
        for i, text in enumerate([*quoted, '"two\r\nlines"', long], 1)
    ]
    take_csv(workspace, *rows, code=1)
    book = write_sheet(workspace)
    sheet = book.worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows(min_row=FIRST_ROW) for cell in row if cell.value} == {
        "s"
    }
    for number in range(2, len(rows) + 2):
        correct(sheet, f"1:{number}", accounting_date="2024-04-30")
    (done,) = give_back(workspace, book)
    assert counts(done) == {"read": len(rows), "accepted": len(rows)}
    said = [
        row["description"]
        for row in workspace.query("select description from invoice_lines order by line_id")
    ]
    assert said == [*ATTACKS, "two\r\nlines", long]


def test_rows_of_which_an_older_grantkit_kept_no_cells_are_said_to_be_left_out(workspace: Workspace) -> None:
    import duckdb

    take_csv(workspace, "INV-1,Acme,2024-04-31,1.00,0,A", code=1)
    with duckdb.connect(str(workspace.ledger)) as ledger:
        ledger.execute("delete from rejected_row")
        ledger.execute("delete from batch_reading")
    done = workspace.run("rejects", "--out", workspace.folder / "rejects.xlsx")
    assert done.code == 1
    assert "1 row left out" in done.err
    assert not (workspace.folder / "rejects.xlsx").exists()
    workspace.do("rejects", "dismiss", "1:2", "--reason", "of an old file")
    assert waiting(workspace) == []


# --- and back ---------------------------------------------------------------------------------------------------


def test_corrected_rows_come_in_and_settle_what_they_replace(workspace: Workspace) -> None:
    take_csv(
        workspace,
        "INV-1,Acme,2024-04-02,100.00,20.00,A",
        "INV-2,Acme,2024-04-31,50.00,10.00,B",
        "INV-3,Acme,2024-04-30,12.3O,0,C",
        ",Acme,2024-04-30,7.00,0,D",
        code=1,
    )
    book = write_sheet(workspace)
    sheet = book.worksheets[0]
    correct(sheet, "1:3", accounting_date="30/04/2024")
    correct(sheet, "1:4", net="12.30")
    sheet.delete_rows(row_of(sheet, "1:5"))
    (done,) = give_back(workspace, book)
    assert (done["kind"], done["profile"], done["sheet"]) == ("invoices", "canonical", "batch 1 q1.csv")
    assert counts(done) == {"read": 2, "accepted": 2}
    assert done["net"]["accepted"] == "62.30"
    assert settled(workspace) == {"1:3": (2, 4), "1:4": (2, 5)}
    assert waiting(workspace) == ["1:5"]
    assert workspace.query("select sum(net) as net, count(*) as n from invoice_lines") == [
        {"net": "162.30", "n": 3}
    ]
    assert workspace.query("select distinct extra::varchar as extra from line_versions") == [{"extra": None}]


def test_a_row_that_is_refused_again_waits_in_place_of_the_one_before(workspace: Workspace) -> None:
    take_csv(workspace, "INV-1,Acme,2024-04-31,1.00,0,A", "INV-2,Acme,2024-04-30,2.00,0,B,beyond", code=1)
    book = write_sheet(workspace)
    correct(book.worksheets[0], "1:2", accounting_date="2024-04-32")
    (done,) = give_back(workspace, book, code=1)
    assert [(each["row"], each["code"]) for each in done["rejects"]] == [
        (4, "bad-date"),
        (5, "too-many-cells"),
    ]
    assert settled(workspace) == {"1:2": (2, 4), "1:3": (2, 5)}
    assert waiting(workspace) == ["2:4", "2:5"]
    book = write_sheet(workspace)
    correct(book.worksheets[0], "2:4", accounting_date="2024-04-30")
    book.worksheets[0].cell(row_of(book.worksheets[0], "2:5"), 9).value = None
    (done,) = give_back(workspace, book, "again.xlsx")
    assert (counts(done), waiting(workspace)) == ({"read": 2, "accepted": 2}, [])


def test_the_same_workbook_again_changes_nothing(workspace: Workspace) -> None:
    take_csv(workspace, "INV-1,Acme,2024-04-31,1.00,0,A", code=1)
    book = write_sheet(workspace)
    correct(book.worksheets[0], "1:2", accounting_date="2024-04-30")
    give_back(workspace, book)
    done = workspace.json("import", workspace.folder / "corrected.xlsx")["imports"][0]
    assert counts(done) == {"read": 1, "unchanged": 1}
    assert len(workspace.query("from batches")) == 2


def test_a_dry_run_keeps_nothing(workspace: Workspace) -> None:
    take_csv(workspace, "INV-1,Acme,2024-04-31,1.00,0,A", code=1)
    correct((book := write_sheet(workspace)).worksheets[0], "1:2", accounting_date="2024-04-30")
    book.save(workspace.folder / "corrected.xlsx")
    done = workspace.json("import", workspace.folder / "corrected.xlsx", "--dry-run")["imports"][0]
    assert (counts(done), waiting(workspace)) == ({"read": 1, "accepted": 1}, ["1:2"])


def test_each_batch_has_its_sheet_and_its_import(workspace: Workspace) -> None:
    take_csv(workspace, "INV-1,Acme,2024-04-31,1.00,0,A", code=1)
    orders = "po,supplier,order_date,net"
    take_csv(workspace, "PO-1,Acme,2024-05-01,1O.00", name="orders.csv", header=orders, kind="orders", code=1)
    book = write_sheet(workspace)
    correct(book.worksheets[0], "1:2", accounting_date="2024-04-30")
    correct(book.worksheets[1], "2:2", net="10.00")
    book.save(workspace.folder / "corrected.xlsx")
    done = workspace.json("import", workspace.folder / "corrected.xlsx", "--kind", "invoices")["imports"]
    assert [(each["batch"], each["kind"], counts(each)) for each in done] == [
        (3, "invoices", {"read": 1, "accepted": 1}),
        (4, "orders", {"read": 1, "accepted": 1}),
    ]
    assert waiting(workspace) == []


def test_rows_of_an_undone_import_wait_again(workspace: Workspace) -> None:
    take_csv(workspace, "INV-1,Acme,2024-04-31,1.00,0,A", code=1)
    correct((book := write_sheet(workspace)).worksheets[0], "1:2", accounting_date="2024-04-30")
    give_back(workspace, book)
    workspace.do("undo", "2", "--reason", "wrong date")
    assert waiting(workspace) == ["1:2"]
    (done,) = give_back(workspace, book)
    assert (counts(done), waiting(workspace)) == ({"read": 1, "accepted": 1}, [])
    workspace.do("undo", "1", "--reason", "wrong file")
    assert workspace.json("rejects", "--all") == {"rejects": [], "rows": 0}


# --- the layouts of sources -------------------------------------------------------------------------------------


def test_a_semicolon_file_with_decimal_comma_is_read_as_it_was(workspace: Workspace) -> None:
    header = "Invoice No;Vendor Name;Posting Date;Net Amount;VAT Amount;Region"
    rows = [f"INV-{i};Acme;{i:02}.04.2024;1.{i:03},50;0,00;North" for i in range(1, 15)]
    take_csv(workspace, *rows, "INV-15;Acme;15.04.2024;1.O15,50;0,00;North", header=header, code=1)
    (kept,) = workspace.json("batches")["batches"]
    assert kept["profile"] == "recognised"
    book = write_sheet(workspace)
    assert list(columns_of(book.worksheets[0]))[2:] == header.split(";")
    correct(book.worksheets[0], "1:16", **{"Net Amount": "1.015,50"})
    (done,) = give_back(workspace, book)
    assert (done["profile"], done["net"]["accepted"]) == ("recognised", "1015.50")
    assert workspace.query("select extra->>'Region' as region from line_versions where batch = 2") == [
        {"region": "North"}
    ]


def test_a_workbook_is_read_as_it_was(workspace: Workspace) -> None:
    import datetime

    book = Xlsx()
    book.active.title = "Ledger"
    for row in (
        HEADER.split(","),
        ["INV-1", "Acme", datetime.date(2024, 4, 2), 100.1, 20, "A"],
        ["INV-2", "Acme", "31 April", 50.25, 10, "B"],
    ):
        book.active.append(row)
    book.save(workspace.folder / "q1.xlsx")
    workspace.take_in("q1.xlsx", code=1)
    corrected = write_sheet(workspace)
    assert corrected.sheetnames == ["batch 1 q1.xlsx"]
    correct(corrected.worksheets[0], "1:3", accounting_date="2024-04-30")
    (done,) = give_back(workspace, corrected)
    assert done["net"]["accepted"] == "50.25"


# --- a true second line -----------------------------------------------------------------------------------------

SAME = "INV-1,Acme,2024-04-02,100.00,20.00,A"
BAD = "INV-1,Acme,2024-04-02,100.00,2O.00,A"


def correct_vat(workspace: Workspace, *references: str, name: str = "corrected.xlsx") -> dict[str, int]:
    book = write_sheet(workspace)
    for sheet in book.worksheets:
        for row in range(sheet.max_row, FIRST_ROW - 1, -1):
            if sheet.cell(row, 1).value not in references:
                sheet.delete_rows(row)
        for reference in references:
            correct(sheet, reference, vat="20.00")
    (done,) = give_back(workspace, book, name)
    return counts(done)


def test_a_corrected_row_like_lines_of_its_file_is_the_next_one(workspace: Workspace) -> None:
    take_csv(workspace, SAME, SAME, BAD, code=1)
    assert correct_vat(workspace, "1:4") == {"read": 1, "accepted": 1}
    # and so the next extract, in which all three are right, says the same three
    assert counts(take_csv(workspace, SAME, SAME, SAME, name="q2.csv")) == {"read": 3, "unchanged": 3}


def test_rows_that_are_corrected_one_after_the_other_all_count(workspace: Workspace) -> None:
    take_csv(workspace, SAME, BAD, BAD, BAD, code=1)
    assert correct_vat(workspace, "1:3", name="a.xlsx") == {"read": 1, "accepted": 1}
    assert correct_vat(workspace, "1:4", "1:5", name="b.xlsx") == {"read": 2, "accepted": 2}
    assert counts(take_csv(workspace, SAME, SAME, SAME, SAME, name="q2.csv")) == {"read": 4, "unchanged": 4}


def test_a_row_that_is_refused_twice_still_goes_on_from_its_file(workspace: Workspace) -> None:
    take_csv(workspace, SAME, SAME, BAD, BAD, code=1)
    book = write_sheet(workspace)
    correct(book.worksheets[0], "1:5", vat="20.00")
    (done,) = give_back(workspace, book, "a.xlsx", code=1)
    assert counts(done) == {"read": 2, "accepted": 1, "rejected": 1}
    assert correct_vat(workspace, "2:4", name="b.xlsx") == {"read": 1, "accepted": 1}
    assert counts(take_csv(workspace, *[SAME] * 4, name="q2.csv")) == {"read": 4, "unchanged": 4}


def test_a_row_that_came_another_way_meanwhile_is_not_counted_twice(workspace: Workspace) -> None:
    take_csv(workspace, SAME, ",Acme,2024-04-02,100.00,20.00,A", code=1)
    book = write_sheet(workspace)
    take_csv(workspace, SAME, SAME, name="q2.csv")
    correct(book.worksheets[0], "1:3", document="INV-1")
    (done,) = give_back(workspace, book)
    assert (counts(done), waiting(workspace)) == ({"read": 1, "unchanged": 1}, [])


def test_corrected_order_rows_without_a_line_go_on_from_their_file(workspace: Workspace) -> None:
    header = "po,supplier,order_date,net"
    rows = ["PO-1,Acme,2024-04-02,10.00", "PO-1,Acme,2024-04-02,2O.00", "PO-1,Acme,2024-04-02,30.00"]
    take_csv(workspace, *rows, header=header, kind="orders", code=1)
    correct((book := write_sheet(workspace)).worksheets[0], "1:3", net="20.00")
    (done,) = give_back(workspace, book)
    assert counts(done) == {"read": 1, "accepted": 1}
    assert workspace.query("select sum(net) as net from order_lines") == [{"net": "60.00"}]


def test_an_amount_of_the_whole_document_is_not_counted_again(workspace: Workspace) -> None:
    columns = "".join(f'{name} = "{name}"\n' for name in HEADER.split(",") if name != "vat")
    profile = f'kind = "invoices"\nrepeated = ["net"]\n[columns]\n{columns}'
    workspace.write("profiles/whole.toml", profile)
    workspace.write("q1.csv", f"{HEADER}\nINV-1,Acme,2024-04-02,90.00,0,A\nINV-1,Acme,2024-04-31,90.00,0,B\n")
    workspace.take_in("q1.csv", "--profile", "whole", code=1)
    correct((book := write_sheet(workspace)).worksheets[0], "1:3", accounting_date="2024-04-30")
    (done,) = give_back(workspace, book)
    assert (counts(done), done["net"]["accepted"]) == ({"read": 1, "accepted": 1}, "0.00")


# --- other ways -------------------------------------------------------------------------------------------------


def test_a_later_extract_with_the_same_line_settles_it(workspace: Workspace) -> None:
    header = "document,line,supplier,accounting_date,net"
    take_csv(workspace, "INV-1,1,Acme,2024-04-31,1.00", "INV-2,1,Acme,2024-04-3O,2.00", header=header, code=1)
    take_csv(workspace, "INV-1,1,Acme,2024-04-30,1.00", header=header, name="q2.csv")
    assert (settled(workspace), waiting(workspace)) == ({"1:2": (2, 2)}, ["1:3"])
    workspace.do("undo", "2", "--reason", "too early")
    assert waiting(workspace) == ["1:2", "1:3"]
    take_csv(workspace, "INV-1,1,Acme,2024-04-29,1.00", header=header, name="q3.csv")
    assert (settled(workspace), waiting(workspace)) == ({"1:2": (3, 2)}, ["1:3"])


def test_a_dismissed_row_stays_on_record(workspace: Workspace) -> None:
    take_csv(workspace, "INV-1,Acme,2024-04-31,1.00,0,A", "INV-2,Acme,2024-04-31,1.00,0,A", code=1)
    done = workspace.json("rejects", "dismiss", "1:2", "1:2", "--reason", "a test posting")
    assert done == {"dismissed": [{"batch": 1, "row": 2}], "rows": 1, "reason": "a test posting"}
    assert waiting(workspace) == ["1:3"]
    (shown,) = [each for each in workspace.json("rejects", "--all", code=1)["rejects"] if each["row"] == 2]
    assert shown["settled"] == {
        "by_batch": None,
        "by_row": None,
        "reason": "a test posting",
        "at": "2025-04-10T09:00:00",
        "by": "finance",
    }
    assert workspace.query("select command from audit_log order by entry desc limit 1") == [
        {"command": "rejects dismiss"}
    ]
    assert len(workspace.query("from rejects")) == 2


def test_references_that_fit_nothing_are_refused_and_nothing_changes(workspace: Workspace) -> None:
    take_csv(workspace, *(f"INV-{i},Acme,2024-04-31,1.00,0,A" for i in range(3)), code=1)
    before = workspace.ledger.read_bytes()
    for text in ("1:9", "1:3", "", "4", "7:2", "1:2 "):
        book = write_sheet(workspace)
        book.worksheets[0]["A4"] = text or None
        book.save(workspace.folder / "wrong.xlsx")
        done = workspace.run("import", workspace.folder / "wrong.xlsx")
        if text == "1:2 ":
            assert done.code == 1
        else:
            assert is_refused(done), text
            assert "row 4" in done.err
            assert workspace.ledger.read_bytes() == before


# --- LibreOffice ------------------------------------------------------------------------------------------------


def test_saved_by_libreoffice_it_comes_in_all_the_same(workspace: Workspace) -> None:
    take_csv(workspace, "INV-1,Acme,2024-04-31,0012.50,0,007", "INV-2,Acme,2024-04-30,1O,0,=1+1", code=1)
    book = write_sheet(workspace)
    correct(book.worksheets[0], "1:2", accounting_date="2024-04-30")
    book.save(workspace.folder / "corrected.xlsx")
    saved = saved_again(workspace.folder / "corrected.xlsx")
    after = load_workbook(saved).worksheets[0]
    assert "no amount in pounds" in after["F5"].comment.text
    assert [cell.value for cell in after[5]][2:] == ["INV-2", "Acme", "2024-04-30", "1O", "0", "=1+1"]
    assert after["H5"].data_type == "s"
    done = workspace.json("import", saved, code=1)["imports"][0]
    assert counts(done) == {"read": 2, "accepted": 1, "rejected": 1}
    said = workspace.query("select net, description from invoice_lines")
    assert said == [{"net": "12.50", "description": "007"}]
    assert waiting(workspace) == ["2:5"]
