"""The variance report as Markdown: the page's tables, for a wiki, an e-mail or a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grantkit.reporting.variance_page import page_of
from grantkit.workspace import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grantkit.reporting.pages import PageTable
    from grantkit.reporting.variance import VarianceReport

#: Characters that Markdown, or the HTML within it, could take for its own.
SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def write_markdown(found: VarianceReport, target: Path) -> None:
    """Write the report. Raises UnreadableError where it cannot be written."""
    with replacing(target) as file:
        file.write(as_markdown(found))


def as_markdown(found: VarianceReport) -> str:
    """The report as a Markdown document."""
    page = page_of(found)
    lines = [f"# {plain(page.title)}", "", *(f"{plain(text)}  " for text in page.about), ""]
    lines += _rows(["", ""], [[label, plain(cell.text)] for label, cell in page.figures], [False, True])
    for section in page.sections:
        lines += ["", f"## {plain(section.heading)}"]
        for table in section.tables:
            lines += ["", f"### {plain(table.caption)}", "", *_table(table)]
        for note in section.notes:
            lines += ["", plain(note)]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Text that stays what it is: on one line, its signs escaped."""
    return SIGNS.sub(r"\\\1", " ".join(text.split()))


def _table(table: PageTable) -> list[str]:
    last = len(table.rows) - 1
    rows = [
        [
            f"**{plain(cell.text)}**" if cell.text and table.total and place == last else plain(cell.text)
            for cell in row
        ]
        for place, row in enumerate(table.rows)
    ]
    return list(_rows([column.text for column in table.columns], rows, [c.figures for c in table.columns]))


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]], figures: Sequence[bool]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(' ---: ' if right else ' --- ' for right in figures)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
