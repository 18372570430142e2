"""A claim submitted: frozen as it was prepared, with its workbook as it went to the funder. Amounts are pounds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grantkit.audit_log import write_entry
from grantkit.claiming.claims import Claim, period_of
from grantkit.claiming.forms import form_json, with_submitted_form
from grantkit.claiming.preparing import compute
from grantkit.claiming.returns import write_return
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import show
from grantkit.workspace import Workspace, user

if TYPE_CHECKING:
    from decimal import Decimal

    from grantkit.settings import Settings
    from grantkit.store import Ledger


def check_submittable(claim: Claim) -> None:
    """Raises RequestError where a claim is not a draft."""
    if claim.status != "draft":
        again = "prepare the next claim, or withdraw this one and prepare it again"
        raise RequestError(
            f"{claim.claim} is {claim.status} already",
            hint={
                "withdrawn": f"prepare it again first: grantkit claim prepare {claim.claim}",
                "settled": "what has come to light since goes into the next claim",
            }.get(claim.status, again),
        )


def check_two_people(settings: Settings, claim: Claim) -> None:
    """Raises RequestError where the settings want two people for a claim and this would be the same one twice."""
    if settings.two_people and user().casefold() == claim.prepared_by.casefold():
        raise RequestError(
            f"{claim.prepared_by} prepared {claim.claim} and cannot submit it: [claim] two_people = true",
            hint="somebody else submits it; whoever prepares it last has prepared it",
        )


def changed_since(ledger: Ledger, settings: Settings, draft: Claim) -> Decimal | None:
    """What a draft would come to if it were prepared now; None where that is what it comes to."""
    anew = compute(ledger, settings, period_of(settings, draft.claim))
    same = anew.work_streams == draft.work_streams and anew.unallocated == draft.unallocated
    return None if same else anew.total["this_claim"]


def submit(
    ledger: Ledger,
    workspace: Workspace,
    draft: Claim,
    approved_by: str | None = None,
    in_spite: str | None = None,
) -> Claim:
    """Freeze a draft as it was prepared and write its workbook as submitted, in the transaction that is open.

    ``in_spite`` is a sentence on what spoke against it, for the workbook and the record. Raises RequestError where it
    is not a draft, or who prepared it may not submit it; UnreadableError where the workbook cannot be written; and as
    ``with_submitted_form``.
    """
    check_submittable(draft)
    check_two_people(workspace.settings, draft)
    claim = replace(
        draft, status="submitted", submitted_at=now(), submitted_by=user(), approved_by=approved_by
    )
    if in_spite:
        claim = replace(claim, facts=claim.facts | {"left_out": [*claim.facts.get("left_out", ()), in_spite]})
    assert claim.workbook is not None
    target = workspace.folder / claim.workbook
    claim = with_submitted_form(ledger, workspace, claim)
    claim = replace(claim, sha256=write_return(ledger, workspace, claim, target))
    ledger.fill(
        "store.claim_submission",
        [
            (
                *(claim.claim_id, claim.submitted_at, claim.submitted_by, claim.workbook, claim.sha256),
                claim.approved_by,
            )
        ],
    )
    write_entry(
        ledger,
        "claim submit",
        {"claim": claim.claim, "approved_by": approved_by, "in_spite": in_spite},
        {
            "claim_id": claim.claim_id,
            "version": claim.version,
            "this_claim": show(claim.total["this_claim"]),
            "workbook": claim.workbook,
            "sha256": claim.sha256,
            **form_json(claim),
        },
    )
    return claim
