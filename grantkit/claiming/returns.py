"""The claim's workbook: what the funder gets, filled from the claim as it is kept."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.claiming.notes import notes_of
from grantkit.clock import now
from grantkit.shipped import template
from grantkit.workbook.award import AwardFacts
from grantkit.workbook.claim_return import (
    AssetLine,
    ClaimReturn,
    LeftOutKind,
    LeftOutLine,
    ReconciliationStep,
    ScheduleLine,
    StreamFigures,
    write_claim_return,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grantkit.claiming.claims import Claim
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace

#: Lines of one kind that a claim leaves out, beyond which its workbook gives their sum and no list.
MOST_LEFT_OUT = 50_000


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
    settings, of_claim = workspace.settings, {"claim_id": claim.claim_id}
    notes = notes_of(ledger, claim.claim, claim.version)
    kinds, left_out = _left_out(ledger, claim)
    data = ClaimReturn(
        award=AwardFacts.of(settings.award),
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
        approved_by=claim.approved_by,
        streams=tuple(_stream(claim, code, figures, notes) for code, figures in claim.work_streams),
        schedule=[ScheduleLine(**row) for row in ledger.records("claiming/schedule", of_claim)],
        reconciliation=tuple(
            ReconciliationStep(step["step"], step["detail"], Decimal(step["amount"]))
            for step in claim.facts["reconciliation"]
        ),
        unallocated=claim.unallocated,
        left_out=tuple(claim.facts.get("left_out", ())),
        left_out_kinds=kinds,
        left_out_lines=left_out,
        assets=[_asset(asset) for asset in claim.facts.get("assets", ())],
        asset_threshold=settings.asset_threshold,
        lines_sha256=claim.facts.get("lines_sha256", ""),
        signatory=settings.signatory,
        declaration=settings.declaration,
    )
    return write_claim_return(data, target, template=template(workspace.folder, "claim.xlsx"), moment=now())


def _stream(claim: Claim, code: str, figures: dict[str, Any], notes: dict[str, str]) -> StreamFigures:
    facts = claim.facts["streams"][code]
    pounds = {name: Decimal(value) for name, value in facts.items() if name not in {"name", "rag", "explain"}}
    return StreamFigures(
        code=code,
        name=facts["name"],
        rag=facts["rag"],
        needs_explaining=facts["explain"],
        explanation=notes.get(code),
        **pounds,
        **figures,
    )


def _asset(facts: dict[str, Any]) -> AssetLine:
    disposed = " ".join(filter(None, (facts["disposed_on"], facts["disposal"])))
    return AssetLine(
        item=facts["item"],
        supplier=facts["supplier"],
        document=facts["document"],
        line=facts["line"],
        dated=datetime.date.fromisoformat(facts["date"]),
        cost=Decimal(facts["cost"]),
        work_streams=", ".join(facts["work_streams"]),
        po=facts["order"],
        location=facts["location"],
        useful_life=facts["useful_life"],
        disposal=disposed or None,
        line_id=facts["line_id"],
    )


def _left_out(ledger: Ledger, claim: Claim) -> tuple[tuple[LeftOutKind, ...], Sequence[LeftOutLine]]:
    """What a claim leaves out: the sums of each kind, and the lines of those that a sheet can hold."""
    of_claim = {"claim_id": claim.claim_id}
    kinds = tuple(LeftOutKind(**row) for row in ledger.records("claiming/left_out_kinds", of_claim))
    short = [kind.kind for kind in kinds if kind.lines <= MOST_LEFT_OUT]
    rows = ledger.records("claiming/left_out_lines", {**of_claim, "kinds": short}) if short else []
    return kinds, [LeftOutLine(**row) for row in rows]
