"""The statement of grant usage: the workbook in which a chief finance officer certifies how a grant was used.

All amounts are pounds. Figures are written as they are given: whether they agree with each other is said by the
workbook's checks, which recompute them with formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.workbook import statement_certificate, statement_lists, statement_usage
from grantkit.workbook.checks import CheckList
from grantkit.workbook.saving import save
from grantkit.workbook.template import Template
from grantkit.workbook.wording import in_words, moment_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from decimal import Decimal
    from pathlib import Path

    from grantkit.workbook.award import AwardFacts

SHEETS = ("statement", "detail", "claims", "virements", "reconciliation", "certificate", "checks")


@dataclass(frozen=True)
class Usage:
    """How a heading (work stream, kind of money, or several of them together) used the grant.

    ``original`` and ``virements`` are budgets; ``eligible`` is expenditure that the grant may pay, ``claimable`` what
    of it counts on the claim basis and has a work stream. ``not_yet_claimed`` is what a claim would take now, below 0
    what it would give back; ``held_back`` is what the budgets or the award do not cover.
    """

    code: str
    name: str
    cost_type: str
    original: Decimal = ZERO
    virements: Decimal = ZERO
    eligible: Decimal = ZERO
    claimable: Decimal = ZERO
    claimed: Decimal = ZERO
    disallowed: Decimal = ZERO
    received: Decimal = ZERO
    not_yet_claimed: Decimal = ZERO
    held_back: Decimal = ZERO

    @property
    def budget(self) -> Decimal:
        """The current budget."""
        return self.original + self.virements

    @property
    def outstanding(self) -> Decimal:
        """What the funder has still to pay of what is claimed; below 0: what has still to be paid back of it."""
        return self.claimed - self.disallowed - self.received

    @property
    def earned(self) -> Decimal:
        """What the grant pays, once all is claimed."""
        return self.claimed - self.disallowed + self.not_yet_claimed

    @property
    def unspent(self) -> Decimal:
        """What of the budget the grant does not pay."""
        return self.budget - self.earned


#: The figures of a heading that are added up; the others follow from them.
ADDED = (
    *(
        "original",
        "virements",
        "eligible",
        "claimable",
        "claimed",
        "disallowed",
        "received",
        "not_yet_claimed",
    ),
    "held_back",
)


def together(rows: Iterable[Usage], *, code: str = "", name: str = "", cost_type: str = "") -> Usage:
    """Several headings as one."""
    found = list(rows)
    sums = {figure: sum((getattr(row, figure) for row in found), ZERO) for figure in ADDED}
    return Usage(code, name, cost_type, **sums)


@dataclass(frozen=True)
class ClaimRow:
    """A claim that stands. ``starts`` and ``ends`` are inclusive."""

    claim: str
    version: int
    status: str
    starts: date
    ends: date
    submitted_on: date
    claimed: Decimal
    disallowed: Decimal
    received: Decimal

    @property
    def outstanding(self) -> Decimal:
        """What is neither received nor disallowed."""
        return self.claimed - self.disallowed - self.received


@dataclass(frozen=True)
class Receipt:
    """One answer of the funder to a claim: money received (below 0: paid back), disallowed, or both."""

    claim: str
    dated: date
    received: Decimal | None
    disallowed: Decimal
    reason: str | None
    entered_by: str


@dataclass(frozen=True)
class VirementRow:
    """Money moved from one heading to another."""

    number: int
    dated: date
    from_stream: str
    from_kind: str
    to_stream: str
    to_kind: str
    amount: Decimal
    reason: str
    approved_by: str | None
    entered_by: str


@dataclass(frozen=True)
class Step:
    """One step from the eligible expenditure to what is claimable; all ``amount`` add up to the latter."""

    step: str
    detail: str | None
    amount: Decimal


@dataclass(frozen=True)
class StatementReport:
    """All that the statement shows, up to the end of ``as_at``. Times are UTC unless they say so.

    ``usage`` has two rows for each work stream, and for what has none; ``draft_because`` says why this is a draft, and
    is empty where the statement is final. ``declaration`` has clauses in place of the template's, if any.
    """

    award: AwardFacts
    as_at: date
    basis: str
    final_claim: str
    draft_because: tuple[str, ...]
    prepared_at: datetime
    prepared_by: str
    usage: tuple[Usage, ...]
    claims: tuple[ClaimRow, ...]
    receipts: tuple[Receipt, ...]
    virements: tuple[VirementRow, ...]
    steps: tuple[Step, ...]
    signatory: str = "Chief finance officer"
    declaration: tuple[str, ...] = ()

    @property
    def total(self) -> Usage:
        """The award as a whole."""
        return together(self.usage, name="Total")

    @property
    def streams(self) -> tuple[Usage, ...]:
        """Each work stream, both kinds together, and last what has none."""
        names = {row.code: row.name for row in self.usage}
        return tuple(
            together((row for row in self.usage if row.code == code), code=code, name=name)
            for code, name in names.items()
        )

    @property
    def kinds(self) -> tuple[Usage, ...]:
        """Resource and capital, all work streams together."""
        return tuple(
            together((row for row in self.usage if row.cost_type == kind), cost_type=kind)
            for kind in ("resource", "capital")
        )

    @property
    def balance(self) -> Decimal:
        """What is due from the funder; below 0: what is repayable to it."""
        return self.total.outstanding + self.total.not_yet_claimed

    @property
    def due(self) -> Decimal:
        """What is due from the funder, or 0."""
        return max(self.balance, ZERO)

    @property
    def repayable(self) -> Decimal:
        """What is repayable to the funder, or 0."""
        return max(-self.balance, ZERO)

    @property
    def unspent(self) -> Decimal:
        """What of the award the grant does not pay."""
        return self.award.amount - self.total.earned

    @property
    def residual(self) -> Decimal:
        """The balance by claims less the balance by what the grant pays and what was received: 0.00."""
        return self.balance - (self.total.earned - self.total.received)

    @property
    def status(self) -> str:
        """``DRAFT`` or ``FINAL``."""
        return "DRAFT" if self.draft_because else "FINAL"

    @property
    def banner(self) -> str:
        """The status as it stands on every sheet."""
        drawn_up = f"Drawn up on {moment_in_words(self.prepared_at)}, by {self.prepared_by}"
        why = f": {'; '.join(self.draft_because)}" if self.draft_because else f": {self.final_claim}"
        return f"{self.status}{why}. {drawn_up}"


def write_statement_report(data: StatementReport, target: Path, *, template: Path, moment: datetime) -> str:
    """Fill ``template`` with a statement and write it to ``target``; returns the SHA-256 of the file.

    The same statement and the same ``moment`` give the same bytes. Raises UnreadableError where the template lacks a
    name or cannot be read, or the file cannot be written; nothing is written then.
    """
    filled = Template(template)
    usage = statement_usage.place(filled, data)
    checks = CheckList()
    statement_usage.write(filled, data, usage, checks)
    statement_lists.write_claims(filled, data, usage, checks)
    statement_lists.write_virements(filled, data, usage, checks)
    statement_lists.write_reconciliation(filled, data, usage, checks)
    statement_certificate.write(filled, data)
    _write_headings(filled, data)
    checks.write(filled)
    return save(filled.workbook, target, moment)


def _write_headings(template: Template, data: StatementReport) -> None:
    subject = f"{data.award.reference}, statement of grant usage up to {in_words(data.as_at)}"
    for sheet in SHEETS:
        template.put_all(
            {f"{sheet}_title": data.award.title, f"{sheet}_subject": subject, f"{sheet}_status": data.banner}
        )
    template.print_on_every_page(
        {
            "award_reference": data.award.reference,
            "as_at": in_words(data.as_at),
            "status": data.status,
            "watermark": "DRAFT" if data.draft_because else "",
            "recipient": data.award.recipient,
        }
    )
    template.set_subject(subject, data.prepared_by)
