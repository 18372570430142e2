"""Lines that an earlier extract of a source had and a later one lacks: found, and answered by a person.

A finance system that corrects a posting without a line number sends a new line and leaves the old one out; unless
somebody says that the old one counts no more, both do. Amounts are pounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from grantkit.clock import now
from grantkit.workspace import user

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable
    from decimal import Decimal

    from grantkit.store import Ledger

#: What a person says of a missing line: it still counts, or it counts no more. None: it was noticed, nobody has said.
Answer = Literal["keep", "withdraw"] | None


@dataclass(frozen=True)
class MissingLine:
    """A line of the ledger that a file should say again and does not, with the cell that said it last.

    ``dated`` is the accounting date of an invoice line, the order date of an order line, whose ``document`` is the
    order's number. The ``like_`` fields are the file's new line that looks most like one without a line number, if
    any does; ``like_line_id`` is None in a dry run.
    """

    line_id: int
    file: str
    row: int
    document: str | None
    line: str | None
    supplier: str | None
    dated: datetime.date
    net: Decimal
    like_row: int | None = None
    like_line_id: int | None = None
    like_document: str | None = None
    like_dated: datetime.date | None = None
    like_net: Decimal | None = None


def find_missing(
    ledger: Ledger,
    *,
    kind: str,
    profile_sha256: str,
    sheet: str | None,
    batch: int | None,
    first_day: datetime.date,
    last_day: datetime.date,
) -> list[MissingLine]:
    """The lines that the file being taken in lacks, in the order of their numbers; no line is changed.

    Each earlier batch of the same kind, profile and sheet that stands is compared in the days that the file covers,
    ``first_day`` to ``last_day`` (inclusive): where the file says more than half of the batch's lines there again, and
    not all, the others are missing. ``batch`` is the one being taken in, None in a dry run. The import's temporary
    tables ``said``, ``fresh_lines`` and ``refused_identity`` must be there, and the relations of ``01_current`` laid
    before the batch was kept.
    """
    ledger.set_variables(
        {
            "kind": kind,
            "profile_sha256": profile_sha256,
            "sheet": sheet,
            "missing_batch": batch,
            "first_day": first_day,
            "last_day": last_day,
        }
    )
    ledger.run("importing/missing")
    return [MissingLine(**row) for row in ledger.records("importing/missing_lines")]


def answer_missing(ledger: Ledger, batch: int, lines: Iterable[MissingLine | int], answer: Answer) -> None:
    """Keep what a person says of missing lines (by themselves or their numbers), in the transaction that is open.

    With ``withdraw`` they count no more from ``batch`` on, until that is undone or they come again.
    """
    numbers = [line if isinstance(line, int) else line.line_id for line in lines]
    moment, name = now(), user()
    ledger.fill("store.missing_line", [(batch, number, answer, moment, name) for number in numbers])
    if answer == "withdraw" and numbers:
        ledger.run("importing/withdraw_lines", {"by_batch": batch, "line_ids": numbers})
