"""Coverage: every row of every file ever taken in is in a figure or carries a reason. Amounts are pounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.money import ZERO, show

if TYPE_CHECKING:
    from decimal import Decimal

    from grantkit.store import Ledger


@dataclass(frozen=True)
class Outcome:
    """What became of so many rows of one ledger's files, and the net that they say."""

    ledger: str
    outcome: str
    rows: int
    net: Decimal | None


@dataclass(frozen=True)
class Uncovered:
    """A batch of whose rows another number has an outcome than was read."""

    batch: int
    file: str
    rows_read: int
    rows_told: int


@dataclass(frozen=True)
class Coverage:
    """All outcomes, and the batches with rows that have none."""

    outcomes: tuple[Outcome, ...]
    uncovered: tuple[Uncovered, ...]

    @property
    def rows(self) -> int:
        """The rows of all files."""
        return sum(outcome.rows for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """One document for scripts."""
        return {
            "rows": self.rows,
            "net": show(sum((outcome.net or ZERO for outcome in self.outcomes), ZERO)),
            "complete": not self.uncovered,
            "outcomes": [{**vars(outcome), "net": show(outcome.net)} for outcome in self.outcomes],
            "uncovered": [vars(each) for each in self.uncovered],
        }


def coverage(ledger: Ledger) -> Coverage:
    """What became of every row of every file. The relations must be laid."""
    return Coverage(
        tuple(
            Outcome(row["ledger"], row["outcome"], row["lines"], row["net"])
            for row in ledger.records("auditing/coverage")
        ),
        tuple(Uncovered(**row) for row in ledger.records("auditing/uncovered")),
    )
