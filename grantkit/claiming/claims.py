"""The life of a claim: prepared from the ledger, submitted, and frozen from then on.

A claim takes every eligible, allocated share of a line up to its last day in so far as no earlier claim holds it,
within the caps; the arithmetic is in ``sql/claiming/`` (contract, section 5). All amounts are pounds.
"""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.claiming.assets import register
from grantkit.claiming.forms import form_json, template_of_draft, with_form, with_submitted_form
from grantkit.claiming.returns import default_target, shown_path, write_return
from grantkit.errors import RequestError
from grantkit.money import ZERO, show, to_pennies
from grantkit.periods import quarters
from grantkit.position import KINDS, budgets_at, needs_explaining, position
from grantkit.relations import set_as_at
from grantkit.workspace import Workspace, now, user

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger

FIGURES = (
    *("budget", "claimed_before", "resource", "capital", "this_claim", "late", "accruals", "adjustments"),
    *("held_back", "cumulative", "remaining"),
)
STANDING = ("submitted", "settled")
#: What the summary takes from the award's position at the claim's last day.
STANDING_FIGURES = ("budget_to_date", "eligible", "ineligible", "variance", "forecast", "full_year_variance")


@dataclass(frozen=True)
class ClaimPeriod:
    """The days that a claim is for, both inclusive. ``final`` claims span the award and come after its quarters."""

    claim: str
    starts: datetime.date
    ends: datetime.date

    @property
    def final(self) -> bool:
        """Whether this is one of the claims after the last quarter's."""
        return self.claim.startswith("FINAL")


@dataclass(frozen=True)
class Claim:
    """A claim with its streams' figures (keys of ``FIGURES``, pounds), in one of its states."""

    claim_id: int
    claim: str
    version: int
    status: str
    starts: datetime.date
    ends: datetime.date
    basis: str
    lines: int
    unallocated: Decimal
    work_streams: tuple[tuple[str, dict[str, Decimal]], ...]
    facts: dict[str, Any]
    prepared_at: datetime.datetime
    prepared_by: str
    settings_sha256: str
    submitted_at: datetime.datetime | None = None
    submitted_by: str | None = None
    approved_by: str | None = None
    workbook: str | None = None
    sha256: str | None = None
    disallowed: Decimal = ZERO
    received: Decimal = ZERO
    withdrawal_reason: str | None = None

    @property
    def total(self) -> dict[str, Decimal]:
        """The sum of the streams' figures."""
        return {
            figure: sum((figures[figure] for _, figures in self.work_streams), ZERO) for figure in FIGURES
        }

    @property
    def outstanding(self) -> Decimal:
        """What the funder has still to pay (or, below 0, to be paid back)."""
        return self.total["this_claim"] - self.disallowed - self.received

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        shown: dict[str, Any] = {
            "claim": self.claim,
            "version": self.version,
            "status": self.status,
            "from": self.starts.isoformat(),
            "to": self.ends.isoformat(),
            "lines": self.lines,
            "unallocated": show(self.unallocated),
            "work_streams": [{"code": code, **_shown(figures)} for code, figures in self.work_streams],
            "total": _shown(self.total),
            "workbook": self.workbook,
            "sha256": self.sha256,
        }
        shown |= form_json(self)
        if self.approved_by:
            shown["approved_by"] = self.approved_by
        if self.status != "draft":
            shown |= {
                "disallowed": show(self.disallowed),
                "received": show(self.received),
                "outstanding": show(self.outstanding),
            }
        return shown


def _shown(figures: dict[str, Decimal]) -> dict[str, str | None]:
    return {figure: show(figures[figure]) for figure in FIGURES}


# --- looking ----------------------------------------------------------------------------------------------------


def all_claims(ledger: Ledger) -> list[Claim]:
    """Every claim ever prepared, withdrawn ones included, in the order in which they were prepared."""
    return [_claim(ledger, row) for row in ledger.records("claiming/all_claims")]


def _claim(ledger: Ledger, row: dict[str, Any]) -> Claim:
    facts = json.loads(row["facts"])
    if "form" in facts and row["submitted_at"]:
        form = ledger.value("claiming/submitted_form", {"claim_id": row["claim_id"]})
        facts["form"]["sha256"] = form or facts["form"]["sha256"]
    streams = ledger.records("claiming/streams_of_claim", {"claim_id": row["claim_id"]})
    return Claim(
        claim_id=row["claim_id"],
        claim=row["claim"],
        version=row["version"],
        status=row["status"],
        starts=row["starts"],
        ends=row["ends"],
        basis=row["basis"],
        lines=row["lines"],
        unallocated=row["unallocated"],
        work_streams=tuple((stream.pop("code"), stream) for stream in streams),
        facts=facts,
        prepared_at=row["prepared_at"],
        prepared_by=row["prepared_by"],
        settings_sha256=row["settings_sha256"],
        submitted_at=row["submitted_at"],
        submitted_by=row["submitted_by"],
        approved_by=row["approved_by"],
        workbook=row["workbook"] or facts.pop("workbook"),
        sha256=row["sha256"] or facts.pop("sha256"),
        disallowed=row["disallowed"],
        received=row["received"],
        withdrawal_reason=row["withdrawal_reason"],
    )


def find_claim(ledger: Ledger, name: str) -> Claim:
    """The claim of this name that counts: its newest version.

    Raises RequestError where none was prepared.
    """
    found = [claim for claim in all_claims(ledger) if claim.claim == name.upper()]
    if not found:
        raise RequestError(
            f"there is no claim {name}", hint=f"prepare it with: grantkit claim prepare {name.upper()}"
        )
    return found[-1]


# --- what comes next --------------------------------------------------------------------------------------------


def period_of(settings: Settings, name: str) -> ClaimPeriod:
    """The days of a claim by its name: ``Q1`` …, ``FINAL``, ``FINAL2`` ….

    Raises RequestError where the award has no such claim.
    """
    award, wanted = settings.award, name.upper()
    periods = {
        quarter.name: ClaimPeriod(quarter.name, quarter.starts, quarter.ends)
        for quarter in quarters(award.starts, award.ends)
    }
    if re.fullmatch(r"FINAL([2-9]|[1-9][0-9]+)?", wanted):
        return ClaimPeriod(wanted, award.starts, award.ends)
    if wanted not in periods:
        raise RequestError(
            f"the award has no claim {name}", hint=f"its claims are: {', '.join(periods)}, then FINAL"
        )
    return periods[wanted]


def names_in_order(settings: Settings) -> Iterable[str]:
    """The award's claims in the order in which they are submitted, without end."""
    yield from (quarter.name for quarter in quarters(settings.award.starts, settings.award.ends))
    yield "FINAL"
    number = 2
    while True:
        yield f"FINAL{number}"
        number += 1


def _check_turn(claims: list[Claim], settings: Settings, name: str) -> None:
    """A claim is prepared when those before it are submitted, and no other one is a draft."""
    state = {claim.claim: claim.status for claim in claims}
    if state.get(name) in STANDING:
        raise RequestError(
            f"{name} is {state[name]} already",
            hint="what has come to light since goes into the next claim"
            + ("; a submitted claim can be withdrawn" if state[name] == "submitted" else ""),
        )
    for draft in (claim for claim in claims if claim.status == "draft" and claim.claim != name):
        raise RequestError(
            f"{draft.claim} is still a draft, and only one claim is at a time",
            hint=f"submit it, or withdraw it with: grantkit claim withdraw {draft.claim} --reason TEXT",
        )
    earlier = ""
    for each in names_in_order(settings):
        if each == name:
            break
        if state.get(each) not in STANDING:
            raise RequestError(
                f"{name} comes after {each}, which is not submitted",
                hint=f"claims go in order; next is: grantkit claim prepare {each}",
            )
        earlier = each
    if re.fullmatch(r"FINAL[0-9]+", name) and state.get(earlier) != "settled":
        raise RequestError(
            f"{name} takes what comes to light after {earlier} is settled, and it is not",
            hint=f"settle {earlier}, or withdraw it and prepare it again",
        )


# --- preparing --------------------------------------------------------------------------------------------------


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
    _check_turn(claims, settings, period.claim)
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


# --- submitting -------------------------------------------------------------------------------------------------


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
