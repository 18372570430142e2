"""The claim's workbook: what the funder gets, filled from the claim as it is kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from grantkit.shipped import template
from grantkit.workbook.award import AwardFacts
from grantkit.workbook.claim_return import (
    ClaimReturn,
    ReconciliationStep,
    ScheduleLine,
    StreamFigures,
    write_claim_return,
)
from grantkit.workspace import Workspace, now

if TYPE_CHECKING:
    from pathlib import Path

    from grantkit.claiming.claims import Claim
    from grantkit.store import Ledger


def default_target(workspace: Workspace, claim: Claim) -> Path:
    """Where a claim's workbook goes: ``claims/PCD-1663-Q2.xlsx``, with the version behind it from the second on."""
    reference = re.sub(r"[^A-Za-z0-9]+", "-", workspace.settings.award.reference).strip("-")
    version = "" if claim.version == 1 else f"-v{claim.version}"
    return workspace.claims / f"{reference}-{claim.claim}{version}.xlsx"


def shown_path(workspace: Workspace, target: Path) -> str:
    """A path as it is told and kept: within the workspace without it, elsewhere whole."""
    try:
        return target.resolve().relative_to(workspace.folder.resolve()).as_posix()
    except ValueError:
        return str(target)


def write_return(ledger: Ledger, workspace: Workspace, claim: Claim, target: Path) -> str:
    """Write a claim's workbook; gives its SHA-256.

    Raises UnreadableError where the template cannot be read or the workbook not be written.
    """
    award = workspace.settings.award
    data = ClaimReturn(
        award=AwardFacts.of(award),
        claim=claim.claim,
        version=claim.version,
        status=claim.status,
        starts=claim.starts,
        ends=claim.ends,
        basis=claim.basis,
        prepared_at=claim.prepared_at,
        prepared_by=claim.prepared_by,
        submitted_at=claim.submitted_at,
        submitted_by=claim.submitted_by,
        streams=tuple(_stream(claim, code, figures) for code, figures in claim.work_streams),
        schedule=[
            ScheduleLine(**row) for row in ledger.records("claiming/schedule", {"claim_id": claim.claim_id})
        ],
        reconciliation=tuple(
            ReconciliationStep(step["step"], step["detail"], _pounds(step["amount"]))
            for step in claim.facts["reconciliation"]
        ),
        unallocated=claim.unallocated,
        left_out=tuple(left_out(claim)),
    )
    return write_claim_return(data, target, template=template(workspace.folder, "claim.xlsx"), moment=now())


def _stream(claim: Claim, code: str, figures: dict[str, Any]) -> StreamFigures:
    facts = claim.facts["streams"][code]
    pounds = {name: _pounds(value) for name, value in facts.items() if name != "name"}
    return StreamFigures(code=code, name=facts["name"], **pounds, **figures)


def _pounds(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def left_out(claim: Claim) -> list[str]:
    """Sentences on what a claim leaves out."""
    found = []
    held_back = claim.total["held_back"]
    if claim.unallocated:
        found.append(f"{claim.unallocated:,.2f} of eligible cost has no work stream and is not claimed")
    if held_back:
        found.append(f"{held_back:,.2f} is held back by the budgets or the award and stays claimable")
    return found
