"""Single cells of a workbook's XML changed in place: every other byte of it stays as it is.

openpyxl writes a workbook anew from what it understands of it, and leaves out what it does not: shapes, form
controls, the newer validations and conditional formats, text that is formatted in parts. Somebody else's form must
come back as they made it, so its cells are changed where they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat
from xml.sax.saxutils import escape

from openpyxl.utils import column_index_from_string, get_column_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
SHORT_DATE = "15"  # Excel's own number format d-mmm-yy, in which nobody takes the month for the day
#: What stands before the calculation settings in a workbook's part, the last of them first.
BEFORE_CALCULATION = ("definedNames", "externalReferences", "functionGroups", "sheets")


@dataclass
class Element:
    """Where an element stands in a part: its start tag from ``start`` to ``inside``, the whole of it to ``end``."""

    name: str
    attributes: dict[str, str]
    start: int
    inside: int
    parent: Element | None
    end: int = 0
    children: list[Element] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether it is one tag without an end tag."""
        return self.inside == self.end

    def inner_end(self, part: bytes) -> int:
        """Where its end tag begins."""
        return self.end if self.closed else part.rindex(b"</", self.inside, self.end)


@dataclass(frozen=True)
class Edit:
    """The bytes from ``start`` to ``end`` give way to others."""

    start: int
    end: int
    content: bytes


@dataclass(frozen=True)
class Content:
    """What goes into a cell: a number as its digits, a text, or nothing; ``style`` in place of the cell's own."""

    number: str | None = None
    text: str | None = None
    style: int | None = None


def elements(part: bytes, *wanted: str) -> list[Element]:
    """The elements of these names in the order of the part; the parent of each is the nearest of them around it.

    Raises ExpatError where the part is no XML, ValueError where it is not in UTF-8.
    """
    declared = DECLARED.match(part)
    if part.startswith(UTF_16) or (declared and declared[1].lower() != b"utf-8"):
        raise ValueError("a part of it is not written in UTF-8")
    found: list[Element] = []
    around: list[Element | None] = []
    parser = expat.ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        parent = next((each for each in reversed(around) if each), None)
        element = None
        if name.rpartition(":")[2] in wanted:
            at = parser.CurrentByteIndex
            tag = TAG.match(part, at)
            assert tag is not None, "expat has read it as a start tag"
            element = Element(name, attributes, at, tag.end(), parent)
            found.append(element)
            if parent:
                parent.children.append(element)
        around.append(element)

    def finish(name: str) -> None:
        element, at = around.pop(), parser.CurrentByteIndex
        if element:
            own = part[element.start : element.inside].endswith(b"/>")
            element.end = element.inside if own else part.index(b">", at) + 1
            assert own or part.startswith(b"</" + name.encode(), at)

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.Parse(part, True)  # noqa: FBT003 - the whole of it
    return found


def named(found: Iterable[Element], name: str) -> Iterator[Element]:
    """Those of one name, whatever their prefix."""
    return (each for each in found if each.name.rpartition(":")[2] == name)


def edited(part: bytes, edits: Iterable[Edit]) -> bytes:
    """The part with its edits, which do not overlap."""
    pieces, done = [], 0
    for edit in sorted(
        edits, key=lambda edit: (edit.start, edit.end)
    ):  # stable: what goes to one place stays in order
        pieces += [part[done : edit.start], edit.content]
        done = edit.end
    return b"".join([*pieces, part[done:]])


# --- a sheet ----------------------------------------------------------------------------------------------------


class SheetPart:
    """A sheet's part: which cells it has, and how they come to hold something else."""

    def __init__(self, part: bytes) -> None:
        self.part = part
        found = elements(part, "col", "sheetData", "row", "c", "f", "v")
        self.data = next(named(found, "sheetData"))
        self.prefix = self.data.name.removesuffix("sheetData")
        self.columns = [each for each in named(found, "col") if "min" in each.attributes]
        self.rows: dict[int, Element] = {}
        self.cells: dict[tuple[int, int], Element] = {}
        row = column = 0
        for element in found:
            if element.name == f"{self.prefix}row" and element.parent is self.data:
                row, column = int(element.attributes.get("r", row + 1)), 0
                self.rows[row] = element
            elif element.name == f"{self.prefix}c" and element.parent is self.rows.get(row):
                letters = element.attributes.get("r", "").rstrip("0123456789")
                column = column_index_from_string(letters) if letters else column + 1
                self.cells[row, column] = element

    def style(self, row: int, column: int) -> int:
        """The number of a cell's style: its own, else its row's, else its column's."""
        if (row, column) in self.cells:
            return int(self.cells[row, column].attributes.get("s", 0))
        if row in self.rows and self.rows[row].attributes.get("customFormat") in {"1", "true"}:
            return int(self.rows[row].attributes.get("s", 0))
        for each in self.columns:
            if int(each.attributes["min"]) <= column <= int(each.attributes["max"]):
                return int(each.attributes.get("style", 0))
        return 0

    def filled(
        self, contents: Mapping[tuple[int, int], Content], heights: Mapping[int, float] | None = None
    ) -> bytes:
        """The part with ``contents`` in its cells, and with no results of formulas that rest on what was there.

        ``heights`` are of rows that have to be higher for their text, in points.
        """
        edits = [*self._without_results(contents)]
        added: dict[int, list[tuple[int, bytes]]] = {}
        for (row, column), content in sorted(contents.items()):
            xml = self._cell(row, column, content)
            if (row, column) in self.cells:
                cell = self.cells[row, column]
                edits.append(Edit(cell.start, cell.end, xml))
            elif content.number is not None or content.text is not None:
                added.setdefault(row, []).append((column, xml))
        heights = heights or {}
        for row in sorted({*added, *heights} & {*self.rows}):
            edits += self._row_edits(row, added.pop(row, []), heights.get(row))
        return edited(self.part, [*edits, *self._rows_added(list(added.items()))])

    def _without_results(self, contents: Mapping[tuple[int, int], Content]) -> Iterator[Edit]:
        """A formula's stored result is of the blank form; without it, every reader has to work it out."""
        for place, cell in self.cells.items():
            if place in contents or not any(named(cell.children, "f")):
                continue
            tag = self.part[cell.start : cell.inside]
            yield Edit(cell.start, cell.inside, with_attributes(tag, t=None))
            for value in named(cell.children, "v"):
                yield Edit(value.start, value.end, b"")

    def _cell(self, row: int, column: int, content: Content) -> bytes:
        x, style = self.prefix, self.style(row, column) if content.style is None else content.style
        tag = f'<{x}c r="{get_column_letter(column)}{row}"' + (f' s="{style}"' if style else "")
        if content.number is not None:
            xml = f"{tag}><{x}v>{content.number}</{x}v></{x}c>"
        elif content.text is not None:
            text = escape(content.text, {"\r": "&#13;"})
            xml = f'{tag} t="inlineStr"><{x}is><{x}t xml:space="preserve">{text}</{x}t></{x}is></{x}c>'
        else:
            xml = f"{tag}/>"
        return xml.encode()

    def _row_edits(self, row: int, cells: list[tuple[int, bytes]], height: float | None) -> Iterator[Edit]:
        """A row's own tag, and cells that it did not have, each before the next that it has."""
        element = self.rows[row]
        tag = self.part[element.start : element.inside]
        if height is not None:
            tag = with_attributes(tag, ht=f"{height:g}", customHeight="1")
        if cells:
            tag = with_attributes(tag, spans=None)
        if element.closed:
            inner = b"".join(xml for _, xml in cells)
            yield Edit(element.start, element.end, _opened(tag, inner, element.name) if cells else tag)
            return
        yield Edit(element.start, element.inside, tag)
        known = sorted((at[1], cell) for at, cell in self.cells.items() if at[0] == row)
        for column, xml in cells:
            later = (cell.start for other, cell in known if other > column)
            place = next(later, element.inner_end(self.part))
            yield Edit(place, place, xml)

    def _rows_added(self, rows: list[tuple[int, list[tuple[int, bytes]]]]) -> Iterator[Edit]:
        """Rows that the sheet did not have, each before the next that it has."""
        x = self.prefix
        texts = [
            (
                row,
                b'<%srow r="%d">%s</%srow>'
                % (x.encode(), row, b"".join(xml for _, xml in cells), x.encode()),
            )
            for row, cells in rows
        ]
        if self.data.closed and texts:
            tag = self.part[self.data.start : self.data.end]
            inner = b"".join(xml for _, xml in texts)
            yield Edit(self.data.start, self.data.end, _opened(tag, inner, self.data.name))
            return
        known = sorted((number, element) for number, element in self.rows.items())
        for row, xml in texts:
            later = (element.start for other, element in known if other > row)
            place = next(later, self.data.inner_end(self.part))
            yield Edit(place, place, xml)


def with_attributes(tag: bytes, **attributes: str | None) -> bytes:
    """A start tag with other attributes; None takes one away."""
    for name, value in attributes.items():
        tag = re.sub(rb"""\s%s\s*=\s*("[^"]*"|'[^']*')""" % name.encode(), b"", tag)
        if value is not None:
            tag = re.sub(rb"(<[^\s/>]+)", rb'\1 %s="%s"' % (name.encode(), value.encode()), tag, count=1)
    return tag


def _opened(tag: bytes, inner: bytes, name: str) -> bytes:
    """An element that was one tag, with something in it."""
    return tag.removesuffix(b"/>").rstrip() + b">" + inner + b"</" + name.encode() + b">"


# --- styles and the workbook ------------------------------------------------------------------------------------


class StylesPart:
    """The part of the cells' styles, to which more can be added."""

    def __init__(self, part: bytes) -> None:
        self.part = part
        self.list = next(named(elements(part, "cellXfs", "xf"), "cellXfs"))
        self.added: list[bytes] = []
        self._known: dict[tuple[int, str, str], int] = {}

    def changed(self, style: int, **attributes: str) -> int:
        """The number of a style that is ``style`` but for some attributes."""
        key = (style, *next(iter(attributes.items())))
        if key not in self._known:
            element = self.list.children[style]
            tag = self.part[element.start : element.inside]
            tag = with_attributes(tag, **attributes)
            self.added.append(tag + self.part[element.inside : element.end])
            self._known[key] = len(self.list.children) + len(self.added) - 1
        return self._known[key]

    def as_date(self, style: int) -> int:
        """The style in the number format of a date."""
        return self.changed(style, numFmtId=SHORT_DATE, applyNumberFormat="1")

    def as_text(self, style: int) -> int:
        """The style of text that would act as a formula if somebody typed it: it stays text when it is edited."""
        return self.changed(style, quotePrefix="1")

    def content(self) -> bytes:
        """The part with the styles that were added."""
        if not self.added:
            return self.part
        tag = self.part[self.list.start : self.list.inside]
        tag = with_attributes(tag, count=str(len(self.list.children) + len(self.added)))
        end = self.list.inner_end(self.part)
        return edited(
            self.part,
            [Edit(self.list.start, self.list.inside, tag), Edit(end, end, b"".join(self.added))],
        )


def worked_out_on_opening(part: bytes) -> bytes:
    """A workbook's part that has a spreadsheet work every formula out as it opens the file."""
    found = elements(part, "calcPr", *BEFORE_CALCULATION)
    for settings in named(found, "calcPr"):
        tag = with_attributes(part[settings.start : settings.inside], fullCalcOnLoad="1")
        return edited(part, [Edit(settings.start, settings.inside, tag)])
    before = next(each for name in BEFORE_CALCULATION for each in named(found, name))
    prefix = before.name.removesuffix(before.name.rpartition(":")[2])
    tag = f'<{prefix}calcPr fullCalcOnLoad="1"/>'.encode()
    return edited(part, [Edit(before.end, before.end, tag)])
