"""A claim prepared: worked out from the ledger, kept as a draft, and written as a workbook.

A claim takes every eligible, allocated share of a line up to its last day in so far as no earlier claim holds it,
within the caps; the arithmetic is in ``sql/claiming/`` (contract, section 5). All amounts are pounds.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.claiming.assets import register
from grantkit.claiming.claims import FIGURES, Claim, ClaimPeriod, all_claims, check_turn, period_of
from grantkit.claiming.forms import template_of_draft, with_form
from grantkit.claiming.returns import default_target, shown_path, write_return
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import ZERO, show, to_pennies
from grantkit.position import KINDS, budgets_at, needs_explaining, position
from grantkit.relations import set_as_at
from grantkit.workspace import Workspace, user

if TYPE_CHECKING:
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger


#: What the summary takes from the award's position at the claim's last day.
STANDING_FIGURES = ("budget_to_date", "eligible", "ineligible", "variance", "forecast", "full_year_variance")


def prepare(
    ledger: Ledger,
    workspace: Workspace,
    name: str,
    out: Path | None = None,
    template: str | None = None,
    *,
    force: bool = False,
) -> Claim:
    """Work a claim out from the ledger, keep it as a draft and write its workbook, in the transaction that is open.

    ``template`` is a funder's form to be filled beside it (``force``: in spite of what speaks against that); by
    default the one that the draft had before. Raises RequestError where it is not this claim's turn, UnreadableError
    where a workbook cannot be written, and as ``with_form``.
    """
    settings = workspace.settings
    period = period_of(settings, name)
    claims = all_claims(ledger)
    check_turn(claims, settings, period.claim)
    version = 1 + sum(claim.claim == period.claim and claim.status == "withdrawn" for claim in claims)
    draft = compute(ledger, settings, period)
    draft = replace(draft, version=version, claim_id=ledger.value("claiming/next_claim"))
    draft = replace(draft, facts=_facts(ledger, settings, draft))
    _keep_lines(ledger, draft)
    kept = {
        "lines_sha256": lines_hash(ledger, draft),
        "assets": [asset.as_json() for asset in register(ledger, settings, draft.ends)],
    }
    draft = replace(draft, facts=draft.facts | kept)
    target = out or default_target(workspace, draft)
    workspace.check_output(target, ledger)
    if template is None:
        template, forced = template_of_draft(claims, period.claim)
        force = force or forced
    draft = with_form(ledger, workspace, draft, target, template, force=force)
    draft = replace(
        draft, workbook=shown_path(workspace, target), sha256=write_return(ledger, workspace, draft, target)
    )
    _keep(ledger, draft)
    return draft


def compute(ledger: Ledger, settings: Settings, period: ClaimPeriod) -> Claim:
    """Work a claim's figures out from the ledger as it stands, without keeping anything; it has no facts yet.

    Leaves the tables ``claim_worth``, ``claim_item`` and ``claim_taken`` (its lines) behind.
    """
    set_as_at(ledger, period.ends)
    before = {row["work_stream"]: row["claimed_before"] for row in ledger.records("claiming/before")}
    budgets = budgets_at(ledger, settings, period.ends)
    by_stream = {
        stream.code: sum((budgets[stream.code, kind] for kind in KINDS), ZERO)
        for stream in settings.work_streams
    }
    _check_streams(before, by_stream)
    _set_caps(ledger, settings, period, by_stream, before)
    ledger.run("claiming/due")
    ledger.run("claiming/take")
    rows = {row["work_stream"]: row for row in ledger.records("claiming/by_stream")}
    streams = tuple(
        (code, _figures(budget, before.get(code, ZERO), rows[code])) for code, budget in by_stream.items()
    )
    return Claim(
        claim_id=0,
        claim=period.claim,
        version=0,
        status="draft",
        starts=period.starts,
        ends=period.ends,
        basis=settings.award.claim_basis,
        lines=ledger.value("claiming/line_count"),
        unallocated=ledger.value("claiming/unallocated"),
        work_streams=streams,
        facts={},
        prepared_at=now(),
        prepared_by=user(),
        settings_sha256=settings.text_sha256,
    )


def _facts(ledger: Ledger, settings: Settings, draft: Claim) -> dict[str, Any]:
    """What is kept with a claim beside its figures, just after ``compute``: how it comes about, what it leaves out."""
    ledger.run("claiming/leave_out")
    return {
        "reconciliation": _reconciliation(ledger),
        "streams": _headings(ledger, settings, draft.ends),
        "rests_on": ledger.records("claiming/rests_on")[0],
        "left_out": left_out(ledger, draft),
    }


def _check_streams(before: dict[str, Decimal], budgets: dict[str, Decimal]) -> None:
    for code, amount in before.items():
        if amount != 0 and code not in budgets:
            raise RequestError(
                f"{show(amount)} is claimed in work stream {code}, which grant.toml no longer has",
                hint=f"put {code} back (its budget may be 0.00), so that what was claimed can be given back in it",
            )


def _set_caps(
    ledger: Ledger,
    settings: Settings,
    period: ClaimPeriod,
    budgets: dict[str, Decimal],
    before: dict[str, Decimal],
) -> None:
    """A stream may reach its budget and the tolerance above it, all of them together the award."""
    ledger.run("claiming/cap_table")
    allowed = Decimal(100) + settings.stream_overspend
    ledger.fill(
        "claim_cap",
        [
            (code, to_pennies(budget * allowed / 100), before.get(code, ZERO))
            for code, budget in budgets.items()
        ],
    )
    ledger.set_variables(
        {
            "claim_starts": period.starts,
            "claim_basis": settings.award.claim_basis,
            "paid_limit": datetime.date.max if period.final else period.ends,
            "award_left": settings.award.amount - sum(before.values(), ZERO),
        }
    )


def _figures(budget: Decimal, before: Decimal, row: dict[str, Any]) -> dict[str, Decimal]:
    this_claim = row["resource"] + row["capital"]
    cumulative = before + this_claim
    return {
        "budget": budget,
        "claimed_before": before,
        "resource": row["resource"],
        "capital": row["capital"],
        "this_claim": this_claim,
        "late": row["late"],
        "accruals": row["accruals"],
        "adjustments": row["adjustments"],
        "held_back": row["worth"] - before - this_claim,
        "cumulative": cumulative,
        "remaining": budget - cumulative,
    }


def _reconciliation(ledger: Ledger) -> list[dict[str, str | None]]:
    """The steps from the ledger's total to what is claimable, each with pounds as text."""
    return [
        {"step": row["step"], "detail": row["detail"], "amount": show(row["amount"])}
        for row in ledger.records("claiming/reconciliation")
    ]


def _headings(ledger: Ledger, settings: Settings, ends: datetime.date) -> dict[str, dict[str, Any]]:
    """What the summary says of each stream beside the claim's figures, at the claim's last day: pounds as text."""
    budgets = budgets_at(ledger, settings, ends)
    before = {
        (row["work_stream"], row["cost_type"]): row["amount"]
        for row in ledger.records("claiming/before_by_kind")
    }
    standings = {row.code: row for row in position(ledger, settings, ends).streams}
    return {
        stream.code: {
            "name": stream.name,
            "original": show(stream.budget),
            "virements": show(sum((budgets[stream.code, kind] for kind in KINDS), ZERO) - stream.budget),
            **{f"{kind}_budget": show(budgets[stream.code, kind]) for kind in KINDS},
            **{f"{kind}_before": show(before.get((stream.code, kind), ZERO)) for kind in KINDS},
            **{figure: show(getattr(standings[stream.code], figure)) for figure in STANDING_FIGURES},
            "rag": standings[stream.code].rag,
            "explain": needs_explaining(settings, standings[stream.code]),
        }
        for stream in settings.work_streams
    }


def left_out(ledger: Ledger, claim: Claim) -> list[str]:
    """Sentences on what a claim leaves out, or rests on that came after its last day."""
    found = []
    if claim.unallocated:
        found.append(f"{claim.unallocated:,.2f} of eligible cost has no work stream and is not claimed")
    if held_back := claim.total["held_back"]:
        found.append(f"{held_back:,.2f} is held back by the budgets or the award and stays claimable")
    refused = ledger.records("claiming/open_rejects")[0]
    if refused["rows"]:
        rows = "1 refused row is" if refused["rows"] == 1 else f"{refused['rows']:,} refused rows are"
        money = f", {refused['net']:,.2f} as far as that can be read" if refused["net"] is not None else ""
        found.append(f"{rows} not mended yet{money}: grantkit rejects lists them")
    extract = ledger.value("position/newest_extract")
    if claim.basis == "accrued" and extract is not None and extract > claim.ends:
        found.append(f"the accruals rest on receipts as they stood on {extract}, after {claim.ends}")
    return found


def lines_hash(ledger: Ledger, claim: Claim) -> str:
    """SHA-256 over the lines that a kept claim rests on, each with its source file's hash and row."""
    found: str = ledger.value("claiming/lines_hash", {"claim_id": claim.claim_id})
    return found


def _keep_lines(ledger: Ledger, claim: Claim) -> None:
    ledger.fill(
        "store.claim_stream",
        [
            (claim.claim_id, position, code, *(figures[figure] for figure in FIGURES))
            for position, (code, figures) in enumerate(claim.work_streams, 1)
        ],
    )
    ledger.set_variables({"claim_id": claim.claim_id})
    for step in ("ask_causes", "causes", "keep_lines", "keep_left_out"):
        ledger.run(f"claiming/{step}")


def _keep(ledger: Ledger, claim: Claim) -> None:
    facts = claim.facts | {"workbook": claim.workbook, "sha256": claim.sha256}
    ledger.fill(
        "store.claim",
        [
            (
                *(claim.claim_id, claim.claim, claim.version, claim.starts, claim.ends, claim.basis),
                *(claim.settings_sha256, claim.unallocated, json.dumps(facts)),
                *(claim.prepared_at, claim.prepared_by),
            )
        ],
    )
    write_entry(
        ledger,
        "claim prepare",
        {"claim": claim.claim},
        {"claim_id": claim.claim_id, "version": claim.version, "this_claim": show(claim.total["this_claim"])},
    )
