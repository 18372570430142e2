"""The list of checks: what a workbook recomputes from its own cells, and whether it agrees to the penny."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grantkit.workbook.cells import Formula

if TYPE_CHECKING:
    from grantkit.workbook.template import Template

COLUMNS = ("number", "what", "where", "result")


def agree(one: str, other: str) -> str:
    """A condition: two expressions are equal at the penny. Numbers in cells are binary, so they are rounded."""
    return f"ROUND(({one})-({other}),2)=0"


def every(*conditions: str) -> str:
    """A condition: each of ``conditions`` holds."""
    return f"AND({','.join(conditions)})"


@dataclass
class CheckList:
    """The checks of one workbook, in the order in which they are shown."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, where: str, what: str, condition: str) -> None:
        """Add a check: on which sheet, what must hold, and the condition as an expression."""
        self.rows.append((what, where, condition))

    def write(self, template: Template) -> None:
        """Fill the table ``checks`` and the cell ``all_checks``. Raises UnreadableError where a name is missing."""
        table = template.table("checks", COLUMNS)
        table.open_up(len(self.rows))
        table.write(
            [
                (number, what, where, Formula(condition))
                for number, (what, where, condition) in enumerate(self.rows, start=1)
            ]
        )
        template.put("all_checks", Formula(f"AND({table.whole('result')})"))
