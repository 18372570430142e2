"""Claims as they stand, and which of them comes next. All amounts are pounds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.claiming.forms import form_json
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.periods import quarters

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable
    from decimal import Decimal

    from grantkit.settings import Settings
    from grantkit.store import Ledger

FIGURES = (
    *("budget", "claimed_before", "resource", "capital", "this_claim", "late", "accruals", "adjustments"),
    *("held_back", "cumulative", "remaining"),
)
STANDING = ("submitted", "settled")


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


def check_turn(claims: list[Claim], settings: Settings, name: str) -> None:
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
