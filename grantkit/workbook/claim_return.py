"""The claim return: the workbook that a chief finance officer signs and the funder pays by.

All amounts are pounds; a negative claim gives money back. Figures are written as they are given: whether they agree
with each other is said by the workbook's checks, which recompute them with formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.workbook import (
    claim_assets,
    claim_declaration,
    claim_left_out,
    claim_prior_period,
    claim_reconciliation,
    claim_schedule,
    claim_summary,
    claim_variance,
)
from grantkit.workbook.checks import CheckList
from grantkit.workbook.saving import save
from grantkit.workbook.template import Template
from grantkit.workbook.wording import moment_in_words, period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from pathlib import Path

    from grantkit.workbook.award import AwardFacts

SHEETS = (
    *("claim", "variance", "schedule", "prior", "left", "reconciliation", "assets", "declaration", "checks"),
)


@dataclass(frozen=True)
class StreamFigures:
    """One work stream's figures in a claim: its budget, and what it is claimed to date.

    ``resource`` and ``capital`` are the two kinds of ``this_claim``; ``late``, ``accruals`` and ``adjustments`` are
    parts of it; ``held_back`` did not fit and is not in it. ``budget_to_date`` to ``rag`` are the award's position at
    the claim's last day (contract, section 4); ``needs_explaining`` says that an explanation is due.
    """

    code: str
    name: str
    original: Decimal
    virements: Decimal
    budget: Decimal
    resource_budget: Decimal
    capital_budget: Decimal
    claimed_before: Decimal
    resource_before: Decimal
    capital_before: Decimal
    resource: Decimal
    capital: Decimal
    this_claim: Decimal
    late: Decimal
    accruals: Decimal
    adjustments: Decimal
    held_back: Decimal
    cumulative: Decimal
    remaining: Decimal
    budget_to_date: Decimal
    eligible: Decimal
    ineligible: Decimal
    variance: Decimal
    forecast: Decimal
    full_year_variance: Decimal
    rag: str
    needs_explaining: bool = False
    explanation: str | None = None


@dataclass(frozen=True)
class ScheduleLine:
    """What a claim takes of one ledger line in one work stream and of one cost type.

    ``cost_type`` is ``resource`` or ``capital``, ``kind`` is ``current``, ``late``, ``adjustment`` or ``accrual``;
    ``net`` is what the ledger line says, ``amount`` what is claimed of it; ``row`` is its row in the source file.
    """

    work_stream: str
    cost_type: str
    kind: str
    amount: Decimal
    line_id: int
    document: str | None
    line: str | None
    supplier: str | None
    dated: date | None
    net: Decimal
    description: str | None
    po: str | None
    file: str
    sheet: str | None
    row: int
    cause: str | None = None


@dataclass(frozen=True)
class LeftOutLine:
    """What a claim leaves out of a ledger line in one work stream, to date: ``amount`` in pounds, and why.

    ``kind`` is ``held-back``, ``ineligible`` or ``unallocated``.
    """

    kind: str
    work_stream: str
    cost_type: str
    reason: str | None
    amount: Decimal
    line_id: int
    document: str | None
    line: str | None
    supplier: str | None
    dated: date | None
    net: Decimal
    file: str
    row: int


@dataclass(frozen=True)
class LeftOutKind:
    """How many lines and pounds a claim leaves out as ``kind``, whether or not the workbook lists each."""

    kind: str
    lines: int
    amount: Decimal


@dataclass(frozen=True)
class AssetLine:
    """An asset bought with the grant: ``cost`` in pounds, ``useful_life`` in years."""

    item: str | None
    supplier: str | None
    document: str | None
    line: str | None
    dated: date | None
    cost: Decimal
    work_streams: str
    po: str | None
    location: str | None
    useful_life: int | None
    disposal: str | None
    line_id: int


@dataclass(frozen=True)
class ReconciliationStep:
    """One step from the ledger's total to what is claimable to date; all ``amount`` add up to the latter."""

    step: str
    detail: str | None
    amount: Decimal


@dataclass(frozen=True)
class ClaimReturn:
    """All that a claim's workbook shows. ``starts`` and ``ends`` are inclusive; times are UTC unless they say so.

    ``unallocated`` is the eligible cost to date that no work stream can claim, ``left_out`` are sentences about what
    the claim leaves out, ``left_out_lines`` its lines (of a kind that is too long for a sheet, none).
    ``lines_sha256`` is the hash of the ledger's lines that the claim rests on; ``declaration`` are clauses in the
    place of the template's, where there are any. Assets are those from ``asset_threshold`` pounds on.
    """

    award: AwardFacts
    claim: str
    version: int
    status: str
    starts: date
    ends: date
    basis: str
    prepared_at: datetime
    prepared_by: str
    submitted_at: datetime | None
    submitted_by: str | None
    streams: tuple[StreamFigures, ...]
    schedule: Sequence[ScheduleLine]
    reconciliation: tuple[ReconciliationStep, ...]
    unallocated: Decimal
    left_out: tuple[str, ...]
    left_out_kinds: tuple[LeftOutKind, ...]
    left_out_lines: Sequence[LeftOutLine]
    assets: Sequence[AssetLine]
    asset_threshold: Decimal
    lines_sha256: str
    approved_by: str | None = None
    signatory: str = "Chief finance officer"
    declaration: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """What the claim asks for, in pounds; below zero: what it gives back."""
        return sum((stream.this_claim for stream in self.streams), ZERO)

    @property
    def name(self) -> str:
        """``claim Q2, version 1``."""
        return f"claim {self.claim}, version {self.version}"

    @property
    def prepared(self) -> str:
        """When and by whom it was prepared."""
        return f"{moment_in_words(self.prepared_at)}, by {self.prepared_by}"

    @property
    def submitted(self) -> str:
        """When and by whom it was submitted; a draft was not."""
        if self.submitted_at is None:
            return "Not submitted"
        by = f", by {self.submitted_by}" if self.submitted_by else ""
        return f"{moment_in_words(self.submitted_at)}{by}"

    @property
    def banner(self) -> str:
        """The status as it stands on every sheet."""
        if self.submitted_at is None:
            return f"{self.status.upper()}: not submitted. Prepared on {self.prepared}"
        when = f"on {self.submitted}"
        return (
            f"SUBMITTED {when}" if self.status == "submitted" else f"{self.status.upper()}: submitted {when}"
        )


def write_claim_return(data: ClaimReturn, target: Path, *, template: Path, moment: datetime) -> str:
    """Fill ``template`` with a claim and write it to ``target``; returns the SHA-256 of the file.

    The same claim and the same ``moment`` give the same bytes. Raises UnreadableError where the template lacks a
    name or cannot be read, or the file cannot be written; nothing is written then.
    """
    filled = Template(template)
    schedule = claim_schedule.place(filled, data)
    summary = claim_summary.place(filled, data)
    checks = CheckList()
    claim_summary.write(filled, data, summary, checks)
    claim_variance.write(filled, data, summary, checks)
    claim_schedule.write(filled, data, schedule, summary, checks)
    claim_prior_period.write(filled, data, summary, checks)
    claim_left_out.write(filled, data, checks)
    claim_assets.write(filled, data, checks)
    claim_reconciliation.write(filled, data, summary, checks)
    claim_declaration.write(filled, data)
    _write_headings(filled, data)
    checks.write(filled)
    return save(filled.workbook, target, moment, filled.splices)


def _write_headings(template: Template, data: ClaimReturn) -> None:
    subject = f"{data.award.reference}, {data.name}: {period(data.starts, data.ends)}"
    for sheet in SHEETS:
        template.put_all(
            {f"{sheet}_title": data.award.title, f"{sheet}_subject": subject, f"{sheet}_status": data.banner}
        )
    template.print_on_every_page(
        {
            "award_reference": data.award.reference,
            "claim": f"{data.claim}, version {data.version}",
            "status": data.status.upper(),
            "recipient": data.award.recipient,
            "watermark": "DRAFT" if data.status == "draft" else "",
        }
    )
    template.set_subject(subject, data.prepared_by)
