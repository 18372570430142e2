"""Broken ledgers, each from a number: a good ledger with its bytes flipped, its cells moved, its workbook's parts gone.

``mutant(seed)`` gives the same file for the same number, on every machine. Two in five are *confined*: the fault stands
in one row of a text file, and ``unharmed`` are the lines of all the others, which have to come through as they are.
"""

from __future__ import annotations

import datetime
import functools
import io
import random
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

PENNY = Decimal("0.01")
SHEET = "xl/worksheets/sheet1.xml"
INVOICES = ("document", "line", "supplier_id", "supplier", "invoice_date", "accounting_date", "net", "vat")
ORDERS = ("po", "line", "supplier_id", "supplier", "order_date", "net", "received", "status")
#: The same columns as a finance system calls them, which have to be recognised.
SYSTEMS = {
    "document": "Invoice Number",
    "line": "Line Number",
    "supplier_id": "Supplier No",
    "supplier": "Supplier Name",
    "invoice_date": "Invoice Date",
    "accounting_date": "Posting Date",
    "net": "Net Amount",
    "vat": "VAT Amount",
}
SUPPLIERS = (
    ("0040117", "Larkfield Fabrications Ltd"),
    ("0040233", "Ozmere Networks, Cables & Co"),
    ("0040391", "Café Quillhaven"),
    ("0040408", 'The "Old Forge" Works'),
)


@dataclass(frozen=True)
class Mutant:
    """A broken file. ``unharmed`` are the lines (document, line → net) that it must not cost; None where any may go."""

    name: str
    data: bytes
    kind: str
    how: tuple[str, ...]
    unharmed: dict[tuple[str, str], Decimal] | None = None


@dataclass
class Text:
    """A text ledger on its way to bytes: rows of cells, already quoted, and how they are written."""

    rows: list[list[str]]
    delimiter: str = ","
    encoding: str = "utf-8"
    ending: str = ".csv"
    line_end: str = "\n"
    kind: str = "invoices"
    nets: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    widths: tuple[int, ...] = ()

    def line(self, cells: list[str]) -> str:
        """A row as it stands in the file."""
        if self.widths:
            return " ".join(
                cell.ljust(width) for cell, width in zip(cells, self.widths, strict=False)
            ).rstrip()
        return self.delimiter.join(cells)

    def text(self) -> str:
        """The whole file."""
        return "".join(self.line(cells) + self.line_end for cells in self.rows)


# --- good ledgers -----------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """A line of a ledger, of either kind."""

    document: str
    line: str
    supplier_id: str
    supplier: str
    first: datetime.date
    second: datetime.date
    net: Decimal
    beside: Decimal


def lines(dice: random.Random, prefix: str) -> list[Line]:
    """From 5 to 40 lines, their documents' numbers under this prefix."""
    found = []
    for number in range(dice.randint(5, 40)):
        day = datetime.date(2024, 4, 1) + datetime.timedelta(days=dice.randrange(300))
        if number < 3:  # a date that can be read in one way only, whichever row is broken
            day = datetime.date(2024, 5, 14 + number)
        net = dice.choice([dice.randint(-90_000, 90_000), dice.randint(1, 9_000_000)]) * PENNY
        found.append(
            Line(
                f"{prefix}-{number // 2:03}",
                str(number % 2 + 1),
                *dice.choice(SUPPLIERS),
                day,
                day + datetime.timedelta(days=dice.randrange(9)),
                net,
                (net / 5).quantize(PENNY),
            )
        )
    return found


def quoted(cell: str, delimiter: str) -> str:
    """A cell as CSV has it."""
    if any(sign in cell for sign in (delimiter, '"', "\n")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def text_ledger(dice: random.Random, prefix: str) -> Text:
    """A ledger as one of the text files that a finance system writes."""
    found = lines(dice, prefix)
    make = dice.choice([canonical, canonical, orders, semicolons, utf_16, windows, fixed_width])
    text = make(found)
    text.line_end = dice.choice(["\n", "\r\n"])
    text.nets = {(line.document, line.line): line.net for line in found}
    return text


def cells_of(line: Line, date: str = "%Y-%m-%d") -> list[str]:
    """An invoice line's cells, amounts with a point."""
    dates = (line.first.strftime(date), line.second.strftime(date))
    return [
        line.document,
        line.line,
        line.supplier_id,
        line.supplier,
        *dates,
        f"{line.net}",
        f"{line.beside}",
    ]


def delimited(header: list[str], rows: list[list[str]], delimiter: str = ",") -> Text:
    return Text([[quoted(cell, delimiter) for cell in row] for row in [header, *rows]], delimiter)


def canonical(found: list[Line]) -> Text:
    return delimited(list(INVOICES), [cells_of(line) for line in found])


def orders(found: list[Line]) -> Text:
    rows = [[*cells_of(line)[:5], f"{line.net}", "0.00", "open"] for line in found]
    text = delimited(list(ORDERS), rows)
    text.kind = "orders"
    return text


def semicolons(found: list[Line]) -> Text:
    """Amounts with a decimal comma, dates with points."""
    rows = [
        [cell.replace(".", ",") if at > 5 else cell for at, cell in enumerate(cells_of(line, "%d.%m.%Y"))]
        for line in found
    ]
    return delimited(list(SYSTEMS.values()), rows, ";")


def utf_16(found: list[Line]) -> Text:
    text = delimited(list(SYSTEMS.values()), [cells_of(line, "%d/%m/%Y") for line in found], "\t")
    text.encoding, text.ending = "utf-16", ".txt"
    return text


def windows(found: list[Line]) -> Text:
    text = delimited(list(SYSTEMS.values()), [cells_of(line, "%d-%b-%y") for line in found], "|")
    text.encoding = "cp1252"
    return text


def fixed_width(found: list[Line]) -> Text:
    """A report under a line of dashes."""
    rows = [list(SYSTEMS.values()), *(cells_of(line, "%d/%m/%Y") for line in found)]
    widths = tuple(max(len(row[at]) for row in rows) for at in range(len(rows[0])))
    return Text([rows[0], ["-" * width for width in widths], *rows[1:]], ending=".lst.txt", widths=widths)


def workbook(found: list[Line]) -> Workbook:
    """A workbook with real numbers and dates, a title above the header and a sheet of notes."""
    book = Workbook()
    sheet = ledger_sheet(book)
    sheet.title = "Transactions"
    sheet.append(list(SYSTEMS.values()))
    for line in found:
        sheet.append([*line[:4], line.first, line.second, float(line.net), float(line.beside)])
    book.create_sheet("Notes").append(["Nothing to add."])
    return book


def ledger_sheet(book: Workbook) -> Worksheet:
    assert isinstance(book.active, Worksheet)
    return book.active


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_shared_strings(parts: dict[str, bytes]) -> None:
    """Move the sheet's texts to the part where most programs keep them."""
    texts: list[bytes] = []

    def share(found: re.Match[bytes]) -> bytes:
        texts.append(b"<si><t>" + found[1] + b"</t></si>")
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kinds = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    made = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    parts[SHEET] = re.sub(rb't="inlineStr"><is><t[^>]*>([^<]*)</t></is>', share, parts[SHEET])
    parts["xl/sharedStrings.xml"] = b'<sst xmlns="%b">%b</sst>' % (main, b"".join(texts))
    link = b'<Relationship Type="%b" Target="/xl/sharedStrings.xml" Id="rId77"/></Relationships>' % kinds
    entry = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%b"/></Types>' % made
    for name, end, more in (
        ("xl/_rels/workbook.xml.rels", b"</Relationships>", link),
        ("[Content_Types].xml", b"</Types>", entry),
    ):
        parts[name] = parts[name].replace(end, more)


# --- faults of one row ------------------------------------------------------------------------------------------

RowFault = Callable[[random.Random, list[str], Text], list[str]]


def row_open_quote(dice: random.Random, cells: list[str], _: Text) -> list[str]:
    at = dice.randrange(len(cells))
    return [*cells[:at], '"' + cells[at].strip('"').replace('""', ""), *cells[at + 1 :]]


def row_stray_quote(dice: random.Random, cells: list[str], _: Text) -> list[str]:
    at = dice.choice([at for at, cell in enumerate(cells) if '"' not in cell])
    place = dice.randrange(len(cells[at]) + 1)
    return [*cells[:at], cells[at][:place] + '"' + cells[at][place:], *cells[at + 1 :]]


def row_cut(dice: random.Random, cells: list[str], text: Text) -> list[str]:
    """The row ends early, in the middle of a cell."""
    line = text.line(cells)
    return [line[: dice.randrange(1, len(line))]]


def row_moved(dice: random.Random, cells: list[str], _: Text) -> list[str]:
    """A cell stands where another belongs, and all behind it are a place further."""
    at = dice.randrange(len(cells))
    return [*cells[:at], dice.choice(["", "x", *cells]), *cells[at:]]


def row_lost_cell(dice: random.Random, cells: list[str], _: Text) -> list[str]:
    at = dice.randrange(len(cells))
    return [*cells[:at], *cells[at + 1 :]]


def row_cell(*values: str) -> RowFault:
    def put(dice: random.Random, cells: list[str], _: Text) -> list[str]:
        at = dice.randrange(2, len(cells))
        return [*cells[:at], dice.choice(values), *cells[at + 1 :]]

    return put


ROW_FAULTS: dict[str, RowFault] = {
    "open quote": row_open_quote,
    "stray quote": row_stray_quote,
    "cut row": row_cut,
    "moved cell": row_moved,
    "lost cell": row_lost_cell,
    "huge number": row_cell("9" * 400, "1e308", "99999999999999.99", "-" + "9" * 40, "1" + "0" * 5000),
    "odd number": row_cell(
        "12,3O4.00", "1.2.3", "--5", "٣٤", "½", "NaN", "inf", "0x1F", "1_000", "+5", "\u22125.00"
    ),
    "odd date": row_cell(
        "31/02/2024", "0000-00-00", "2024-13-01", "99/99/9999", "29-Feb-23", "45000", "today"
    ),
    "formula": row_cell("=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "=HYPERLINK('http://x')", "#REF!", "#N/A"),
    "long cell": row_cell("x" * 40_000, "9" * 40_000, "é" * 20_000),
    "odd signs": row_cell(
        "\ufeff", "\u202e12.00", "\u2028", "\x0b", "\x1f", "\x1b[31m", "\x7f", "\u200b5", "😀", "\x85"
    ),
    "blank row": lambda _dice, cells, _text: [""] * len(cells),
}


def confined(seed: int, dice: random.Random) -> Mutant:
    """One row of a text file is broken; a cell's fault leaves the row's own identity alone or takes it away."""
    text = text_ledger(dice, f"INV-{seed}")
    names = [
        name
        for name in ROW_FAULTS
        if not text.widths or name in {"cut row", "odd number", "odd date", "formula"}
    ]
    name = dice.choice(names)
    first = 2 if text.widths else 1
    at = dice.randrange(first, len(text.rows))
    gone = (text.rows[at][0], text.rows[at][1])
    before = text.rows[at]
    text.rows[at] = ROW_FAULTS[name](dice, before, text)
    unharmed = {key: net for key, net in text.nets.items() if key != gone}
    data = text.text().encode(text.encoding, errors="replace")
    return Mutant(f"m{seed}{text.ending}", data, text.kind, (text.encoding, name, f"row {at + 1}"), unharmed)


# --- faults of a text file --------------------------------------------------------------------------------------

TextFault = Callable[[random.Random, str], str]
ODD_ENDS = ("\r", "\r\n", "\n\r", "\n\n", "\x0b", "\x0c", "\x85", "\u2028", "\r\r\n", "")
ODD_TEXTS = (
    *(
        '"',
        '""',
        '"""',
        "\0",
        "\ufeff",
        "\x1a",
        "\x1f",
        ",",
        ";",
        "\t",
        "|",
        "'",
        "\\",
        '\\"',
        "\n",
        "\r",
        "\x85",
    ),
    *("=1+1", "9" * 60, "-", "£", "é", "\u202e", "1e5", "x" * 3000, " ", "\xa0", "Total", "\udc80", "😀" * 9),
)


def insert_signs(dice: random.Random, text: str) -> str:
    for _ in range(dice.choice([1, 1, 2, 5, 40])):
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice(ODD_TEXTS) + text[at:]
    return text


def by_lines(change: Callable[[random.Random, list[str]], list[str]]) -> TextFault:
    return lambda dice, text: "".join(change(dice, text.splitlines(keepends=True) or [""]))


def cut_lines(dice: random.Random, rows: list[str]) -> list[str]:
    at = dice.randrange(len(rows))
    return rows[:at] + rows[at + dice.randint(1, 3) :]


def double_lines(dice: random.Random, rows: list[str]) -> list[str]:
    at = dice.randrange(len(rows))
    copies = rows[at : at + dice.randint(1, 4)] * dice.choice([1, 1, 3])
    to = dice.randrange(len(rows) + 1)
    return rows[:to] + copies + rows[to:]


def odd_ends(dice: random.Random, rows: list[str]) -> list[str]:
    share = dice.choice([0.05, 0.5, 1])
    end = dice.choice(ODD_ENDS)
    return [
        row.rstrip("\r\n") + (end if dice.random() < share else row[len(row.rstrip("\r\n")) :])
        for row in rows
    ]


def swap_lines(dice: random.Random, rows: list[str]) -> list[str]:
    rows = list(rows)
    for _ in range(dice.randint(1, 5)):
        one, two = dice.randrange(len(rows)), dice.randrange(len(rows))
        rows[one], rows[two] = rows[two], rows[one]
    return rows


def move_words(dice: random.Random, text: str) -> str:
    """Some stretch of the file stands elsewhere."""
    at, length = dice.randrange(len(text) + 1), dice.randrange(60)
    taken, rest = text[at : at + length], text[:at] + text[at + length :]
    to = dice.randrange(len(rest) + 1)
    return rest[:to] + taken + rest[to:]


def header_changed(dice: random.Random, rows: list[str]) -> list[str]:
    head = rows[0]
    changed = dice.choice(
        [
            head.upper(),
            head + head,
            head.rstrip("\r\n") + "," * dice.randint(1, 2000) + "\n",
            re.sub(r"\w+", lambda found: dice.choice([found[0], found[0], "net"]), head),
            re.sub(r"\w+", lambda found: dice.choice([found[0], found[0], ""]), head),
            '"' + head,
            "\n" * dice.randint(1, 70) + head,
            "Report of payments\n\n" + head,
            "",
        ]
    )
    return [changed, *rows[1:]]


def many_quotes(dice: random.Random, rows: list[str]) -> list[str]:
    return [('"' if dice.random() < 0.5 else "") + row for row in rows]


def totals(dice: random.Random, rows: list[str]) -> list[str]:
    footers = [
        "Total,,,,,,99.00,\n",
        "Page 1 of 2\n",
        "-----,-----\n",
        "Grand Total;1,00\n",
        "*** end of report\n",
        rows[0],
    ]
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(rows) + 1)
        rows = [*rows[:at], dice.choice(footers), *rows[at:]]
    return rows


TEXT_FAULTS: dict[str, TextFault] = {
    "signs": insert_signs,
    "cut": lambda dice, text: text[: dice.randrange(len(text) + 1)],
    "rows cut": by_lines(cut_lines),
    "rows twice": by_lines(double_lines),
    "rows swapped": by_lines(swap_lines),
    "line ends": by_lines(odd_ends),
    "words moved": move_words,
    "header": by_lines(header_changed),
    "open quotes": by_lines(many_quotes),
    "totals": by_lines(totals),
}

# --- faults of bytes --------------------------------------------------------------------------------------------

ByteFault = Callable[[random.Random, bytes], bytes]


def flip(dice: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 8, 60])):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def delete(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + data[at + dice.choice([1, 1, 2, 30]) :]


def insert(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.randbytes(dice.choice([1, 1, 2, 30])) + data[at:]


def splice(dice: random.Random, data: bytes) -> bytes:
    """A row in another encoding than the rest."""
    rows = data.split(b"\n")
    at = dice.randrange(len(rows))
    words = "INV-9,1,0040391,Café “Quillhaven” \u2013 ½ £,2024-04-01,2024-04-02,12.00,2.40"
    encoding = dice.choice(
        ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be", "utf-32", "cp037", "shift-jis", "cp437"]
    )
    return b"\n".join([*rows[:at], words.encode(encoding, errors="replace"), *rows[at:]])


def zeros(dice: random.Random, data: bytes) -> bytes:
    """A disk that lost a block."""
    at = dice.randrange(len(data) + 1)
    length = dice.choice([1, 2, 64, 512])
    return data[:at] + bytes(length) + data[at + dice.choice([0, length]) :]


def begin(dice: random.Random, data: bytes) -> bytes:
    signs = [
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\0\0\xfe\xff",
        b"<html>",
        b"%PDF",
        b"\n\n",
    ]
    return dice.choice(signs) + data


BYTE_FAULTS: dict[str, ByteFault] = {
    "flipped": flip,
    "deleted": delete,
    "inserted": insert,
    "spliced": splice,
    "zeros": zeros,
    "begins otherwise": begin,
    "cut short": lambda dice, data: data[: dice.randrange(len(data) + 1)],
    "twice": lambda dice, data: data + data[dice.randrange(len(data) + 1) :],
}


def text_mutant(seed: int, dice: random.Random) -> Mutant:
    """A text file with one to three faults anywhere; of the same few ledgers, so that lines come again and changed."""
    few = random.Random(dice.randrange(3))
    made = text_ledger(few, "INV")
    how = [made.encoding]
    text = made.text()
    for _ in range(dice.choice([0, 1, 1, 2])):
        name = dice.choice(list(TEXT_FAULTS))
        how.append(name)
        text = TEXT_FAULTS[name](dice, text)
    data = text.encode(made.encoding, errors="replace")
    for _ in range(dice.choice([0, 1, 1, 2]) if len(how) > 1 else 1):
        name = dice.choice(list(BYTE_FAULTS))
        how.append(name)
        data = BYTE_FAULTS[name](dice, data)
    return Mutant(f"m{seed}{made.ending}", data, made.kind, tuple(how))


# --- faults of workbooks ----------------------------------------------------------------------------------------

BookFault = Callable[[random.Random, Workbook], None]
PartsFault = Callable[[random.Random, dict[str, bytes]], None]
ANY_CELL = "ABCDEFGHIJKL"
A_MOMENT = datetime.datetime.fromisoformat("1900-01-01")
THE_LAST_MOMENT = datetime.datetime.fromisoformat("9999-12-31T23:59")


def odd_cells(dice: random.Random, book: Workbook) -> None:
    odd: list[Any] = [
        *(
            "#N/A",
            "#REF!",
            True,
            False,
            "=1+1",
            "=NOW()",
            "=[1]Other!A1",
            1e300,
            -1e-300,
            12345678901234567890,
        ),
        *(
            0.1 + 0.2,
            A_MOMENT,
            datetime.time(12, 30),
            datetime.timedelta(days=3),
            "",
            " ",
            "x" * 32_000,
        ),
        *("'5", "1,2", "\t", "line\nbreak", "_x0000_", THE_LAST_MOMENT, 60, 0, -1),
    ]
    for _ in range(dice.choice([1, 3, 20])):
        ledger_sheet(book)[f"{dice.choice(ANY_CELL)}{dice.randint(1, 45)}"] = dice.choice(odd)


def far_cells(dice: random.Random, book: Workbook) -> None:
    ledger_sheet(book)[dice.choice(["XFD1048576", "A150000", "XFD1", "ZZ5000", "I70000", "AMJ1200"])] = "x"


def merges(dice: random.Random, book: Workbook) -> None:
    for _ in range(dice.randint(1, 5)):
        left, right = sorted(dice.choices(range(1, 14), k=2))
        top, bottom = sorted(dice.choices([*range(1, 50), 1_048_576], k=2))
        ledger_sheet(book).merged_cells.add(
            f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"
        )


def sheets(dice: random.Random, book: Workbook) -> None:
    match dice.randrange(4):
        case 0:
            book.copy_worksheet(ledger_sheet(book)).title = "Again"
        case 1:
            ledger_sheet(book).sheet_state = dice.choice(["hidden", "veryHidden"])
        case 2:
            book.create_chartsheet("Chart", 0)
        case _:
            book.create_sheet("Empty", 0)


def rows_and_columns(dice: random.Random, book: Workbook) -> None:
    sheet = ledger_sheet(book)
    change = dice.choice([sheet.insert_rows, sheet.insert_cols, sheet.delete_cols, sheet.delete_rows])
    change(dice.randint(1, 9), dice.randint(1, 4))
    sheet.row_dimensions[dice.randint(1, 20)].hidden = True


BOOK_FAULTS: dict[str, BookFault] = {
    "odd cells": odd_cells,
    "far cells": far_cells,
    "merges": merges,
    "sheets": sheets,
    "rows and columns": rows_and_columns,
}


def in_part(change: ByteFault) -> PartsFault:
    def apply(dice: random.Random, parts: dict[str, bytes]) -> None:
        name = dice.choice([SHEET, *parts])
        if name in parts:
            parts[name] = change(dice, parts[name])

    return apply


def drop_part(dice: random.Random, parts: dict[str, bytes]) -> None:
    del parts[dice.choice(list(parts))]


def swap_parts(dice: random.Random, parts: dict[str, bytes]) -> None:
    one, two = dice.choice(list(parts)), dice.choice(list(parts))
    parts[one], parts[two] = parts[two], parts[one]


def break_xml(dice: random.Random, parts: dict[str, bytes]) -> None:
    name = dice.choice([SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", *parts])
    if name in parts:
        signs = [
            b"<",
            b">",
            b"</row>",
            b"&",
            b"]]>",
            b"<c r='",
            b"<!--",
            b"\0",
            b"&#0;",
            b'<row r="-5">',
            b"</sheetData>",
        ]
        at = dice.randrange(len(parts[name]) + 1)
        parts[name] = parts[name][:at] + dice.choice(signs) + parts[name][at:]


def sheet_text(*changes: tuple[bytes, bytes]) -> PartsFault:
    """In the sheet's XML, what matches becomes something else, once or throughout."""

    def apply(dice: random.Random, parts: dict[str, bytes]) -> None:
        if SHEET in parts:
            old, new = dice.choice(changes)
            found = list(re.finditer(old, parts[SHEET]))
            if found:
                hit = dice.choice(found)
                start, end = hit.span()
                whole = parts[SHEET]
                parts[SHEET] = dice.choice(
                    [whole[:start] + hit.expand(new) + whole[end:], re.sub(old, new, whole)]
                )

    return apply


dimensions = sheet_text(
    (rb'<dimension ref="[^"]*"', rb'<dimension ref="A1:XFD1048576"'),
    (rb'<dimension ref="[^"]*"', rb'<dimension ref="Z9:A1"'),
    (rb'<dimension ref="[^"]*"', rb'<dimension ref="A1:ZZZZZZ99999999999"'),
    (rb'<dimension ref="[^"]*"', rb'<dimension ref=""'),
    (rb'<dimension ref="[^"]*"/>', rb""),
)
references = sheet_text(
    (rb'<c r="[A-Z]+([0-9]+)"', rb'<c r="A\1"'),
    (rb'<c r="[A-Z]+([0-9]+)"', rb'<c r="XFD\1"'),
    (rb'<c r="[A-Z]+([0-9]+)"', rb'<c r="ZZZZZZZZ\1"'),
    (rb'<c r="([A-Z]+)[0-9]+"', rb'<c r="\g<1>0"'),
    (rb'<c r="([A-Z]+)[0-9]+"', rb'<c r="\g<1>99999999999999999999"'),
    (rb'<c r="([A-Z]+)[0-9]+"', rb'<c r="\g<1>4294967295"'),
    (rb'<c r="([A-Z]+)[0-9]+"', rb'<c r="\g<1>900000"'),
    (rb'<c r="[^"]*"', rb"<c"),
    (rb'<c r="([^"]*)"', rb"<c r='\1'"),
    (rb'<c r="[^"]*"', rb'<c r="$B$2"'),
    (rb'<c r="[^"]*"', rb'<c r=""'),
    (rb'<row r="[^"]*"', rb"<row"),
    (rb'<row r="[^"]*"', rb'<row r="0"'),
    (rb'<row r="[^"]*"', rb'<row r="1048576"'),
    (rb'<row r="[^"]*"', rb'<row r="99999999999"'),
)
values = sheet_text(
    (rb't="s"><v>[0-9]+', rb't="s"><v>99999'),
    (rb't="s"><v>[0-9]+', rb't="s"><v>-1'),
    (rb't="s"><v>[0-9]+', rb't="s"><v>x'),
    (rb't="n"><v>[^<]*', rb't="n"><v>1e999'),
    (rb't="n"><v>[^<]*', rb't="n"><v>NaN'),
    (rb't="n"><v>[^<]*', rb't="n"><v>'),
    (rb't="n"><v>[^<]*', rb't="e"><v>#N/A'),
    (rb't="n"><v>[^<]*', rb't="b"><v>7'),
    (rb't="n"><v>[^<]*', rb't="d"><v>2024-99-99'),
    (rb't="n"><v>[^<]*', rb't="zz"><v>5'),
    (rb't="n"><v>[^<]*', rb't="n"><v>-99999999999'),
    (rb't="n"><v>[^<]*', rb't="n"><v>2958466'),
    (rb't="n"><v>', rb't="n"><f>SUM(A1:A2)</f><v>'),
    (rb't="n"><v>[^<]*</v>', rb't="n"><f t="shared" ref="A1:XFD9999" si="7">A1</f>'),
    (rb's="[0-9]+"', rb's="9999"'),
    (rb's="[0-9]+"', rb's="-1"'),
)


def external_links(_: random.Random, parts: dict[str, bytes]) -> None:
    parts["xl/externalLinks/externalLink1.xml"] = (
        b"<externalLink xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'/>"
    )
    book = parts.get("xl/workbook.xml", b"")
    parts["xl/workbook.xml"] = book.replace(b"</sheets>", b"</sheets><externalReferences/>")


def macros(dice: random.Random, parts: dict[str, bytes]) -> None:
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + dice.randbytes(3000)
    types = parts.get("[Content_Types].xml", b"")
    parts["[Content_Types].xml"] = types.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")


def nested(dice: random.Random, parts: dict[str, bytes]) -> None:
    inner = zipped(parts)
    if dice.random() < 0.5:
        parts.clear()
    parts["ledger.xlsx"] = inner


def entities(_: random.Random, parts: dict[str, bytes]) -> None:
    """The XML that grows as it is read."""
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(9))
    for name in ("xl/workbook.xml", "xl/sharedStrings.xml", SHEET):
        if name in parts:
            body = re.sub(rb"^<\?xml[^>]*>", b"", parts[name])
            parts[name] = (
                b"<!DOCTYPE x [" + laughs + b"]>" + re.sub(rb">([^<>&]+)<", b">&l8;<", body, count=1)
            )


def sheet_links(dice: random.Random, parts: dict[str, bytes]) -> None:
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels", "[Content_Types].xml"):
        if name in parts and dice.random() < 0.5:
            words = re.findall(rb'"[^"]*"', parts[name])
            if words:
                new = dice.choice(
                    [*words, b'""', b'"../../etc/passwd"', b'"rId99"', b'"\xc3\xa9"', b'"http://x.invalid/a"']
                )
                parts[name] = parts[name].replace(dice.choice(words), new, dice.choice([1, -1]))


PARTS_FAULTS: dict[str, PartsFault] = {
    "bytes of a part": in_part(flip),
    "part cut": in_part(BYTE_FAULTS["cut short"]),
    "part dropped": drop_part,
    "parts swapped": swap_parts,
    "broken XML": break_xml,
    "dimension": dimensions,
    "references": references,
    "values": values,
    "external links": external_links,
    "macros": macros,
    "nested zip": nested,
    "entities": entities,
    "links": sheet_links,
}


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {part: archive.read(part) for part in archive.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 7, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def declared_sizes(dice: random.Random, data: bytes) -> bytes:
    """The archive says other sizes, methods or flags than it has."""
    changed = bytearray(data)
    places = [found.start() for found in re.finditer(rb"PK\x01\x02", data)]
    for place in dice.sample(places, k=dice.randint(1, len(places))) if places else ():
        offset, width = dice.choice(
            [(10, "<H"), (8, "<H"), (16, "<I"), (20, "<I"), (24, "<I"), (42, "<I"), (28, "<H")]
        )
        value = dice.choice([0, 1, 99, 0xFFFF, *([0xFFFFFFFF, 0x7FFFFFFF, 10_000] if width == "<I" else [])])
        struct.pack_into(width, changed, place + offset, value)
    return bytes(changed)


ARCHIVE_FAULTS: dict[str, ByteFault] = {
    **{
        name: BYTE_FAULTS[name]
        for name in ("flipped", "deleted", "inserted", "zeros", "cut short", "begins otherwise", "twice")
    },
    "declared sizes": declared_sizes,
}


@functools.cache
def good_workbook(which: int) -> tuple[Line, ...]:
    return tuple(lines(random.Random(which), "INV"))


def workbook_mutant(seed: int, dice: random.Random) -> Mutant:
    """A workbook with faults in its cells, its parts or its archive."""
    how = ["xlsx"]
    book = workbook(list(good_workbook(dice.randrange(3))))
    if dice.random() < 0.4:
        name = dice.choice(list(BOOK_FAULTS))
        how.append(name)
        BOOK_FAULTS[name](dice, book)
    data = saved(book)
    if dice.random() < 0.7 or len(how) == 1:
        parts = unzipped(data)
        if SHEET in parts and dice.random() < 0.7:
            with_shared_strings(parts)
        for _ in range(dice.choice([1, 1, 2])):
            name = dice.choice(list(PARTS_FAULTS))
            how.append(name)
            if parts:
                PARTS_FAULTS[name](dice, parts)
        data = zipped(parts)
    if dice.random() < 0.2:
        name = dice.choice(list(ARCHIVE_FAULTS))
        how.append(name)
        data = ARCHIVE_FAULTS[name](dice, data)
    return Mutant(f"m{seed}{dice.choice(['.xlsx', '.xlsx', '.xlsm', '.csv'])}", data, "invoices", tuple(how))


def other_mutant(seed: int, dice: random.Random, others: dict[str, bytes]) -> Mutant:
    """A workbook of another program's making (XLS, ODS), by its ending: its bytes or its parts are broken."""
    ending = dice.choice(sorted(others))
    data, name = others[ending], ""
    if data[:2] == b"PK" and dice.random() < 0.6:
        parts = unzipped(data)
        name = dice.choice(["bytes of a part", "part cut", "part dropped", "parts swapped", "nested zip"])
        PARTS_FAULTS[name](dice, parts)
        data = zipped(parts)
    else:
        name = dice.choice(list(ARCHIVE_FAULTS))
        data = ARCHIVE_FAULTS[name](dice, data)
    return Mutant(f"m{seed}{ending}", data, "invoices", (ending, name))


def mutant(seed: int, others: dict[str, bytes] | None = None) -> Mutant:
    """The broken file of this number; ``others`` are good workbooks of other programs, by their ending."""
    dice = random.Random(seed)
    draw = dice.random()
    if others and draw < 0.1:
        return other_mutant(seed, dice, others)
    if draw < 0.4:
        return confined(seed, dice)
    return text_mutant(seed, dice) if draw < 0.7 else workbook_mutant(seed, dice)
