"""What has changed in a claim: line by line, from what to what, and why. Amounts are pounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.claiming.claims import STANDING, Claim, find_claim, period_of
from grantkit.claiming.preparing import compute
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.settings_changes import SettingChange, changes_between

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from grantkit.settings import Settings
    from grantkit.store import Ledger


@dataclass(frozen=True)
class LineDifference:
    """A line whose amount differs in one stream and kind of money, and the causes in words."""

    line_id: int
    work_stream: str
    cost_type: str
    before: Decimal
    now: Decimal
    cause: str
    document: str | None
    line: str | None
    supplier: str | None

    def as_json(self) -> dict[str, Any]:
        """One row for scripts."""
        return {
            **vars(self),
            "before": show(self.before),
            "now": show(self.now),
            "difference": show(self.now - self.before),
        }


@dataclass(frozen=True)
class ClaimDifference:
    """A claim then and now. Of a draft: what it took when it was prepared, and takes now (or took next time).

    Of a submitted claim: what lines were worth to date when it was prepared, and are worth now at the same date.
    """

    claim: Claim
    before: str
    now: str
    lines: tuple[LineDifference, ...]
    settings: tuple[SettingChange, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the differences."""
        return sum((line.now - line.before for line in self.lines), ZERO)

    def as_json(self) -> dict[str, Any]:
        """One document for scripts."""
        return {
            "claim": self.claim.claim,
            "version": self.claim.version,
            "status": self.claim.status,
            "before": self.before,
            "now": self.now,
            "lines": [line.as_json() for line in self.lines],
            "difference": show(self.total),
            "settings": [vars(change) for change in self.settings],
        }


def difference(ledger: Ledger, settings: Settings, name: str) -> ClaimDifference:
    """What has changed in a claim since it was prepared, or submitted.

    Where nothing has changed in a draft since it was last prepared, that is compared with the time before. Raises
    RequestError where there is no such claim or it was withdrawn.
    """
    claim = find_claim(ledger, name)
    if claim.status == "withdrawn":
        raise RequestError(
            f"{claim.claim} is withdrawn", hint=f"prepare it again: grantkit claim prepare {claim.claim}"
        )
    compute(ledger, settings, period_of(settings, claim.claim))
    today = f"worked out on {_moment(now())}"
    if claim.status in STANDING:
        ledger.set_variables({"before_claim_id": claim.claim_id})
        ledger.run("claiming/compare_submitted")
        assert claim.submitted_at is not None
        return _compared(ledger, settings, claim, f"as submitted on {_moment(claim.submitted_at)}", today)
    times = ledger.records("claiming/preparations", {"claim": claim.claim, "version": claim.version})
    prepared = [f"as prepared on {_moment(time['prepared_at'])} by {time['prepared_by']}" for time in times]
    ledger.set_variables({"before_claim_id": times[0]["claim_id"], "now_claim_id": None})
    ledger.run("claiming/compare_prepared")
    found = _compared(ledger, settings, claim, prepared[0], today)
    if found.lines or found.settings or len(times) == 1:
        return found
    ledger.set_variables({"before_claim_id": times[1]["claim_id"], "now_claim_id": times[0]["claim_id"]})
    ledger.run("claiming/compare_prepared")
    return _compared(ledger, settings, claim, prepared[1], prepared[0], times[1]["settings_sha256"])


def _compared(
    ledger: Ledger, settings: Settings, claim: Claim, before: str, today: str, sha256: str | None = None
) -> ClaimDifference:
    ledger.run("claiming/compare")
    ledger.run("claiming/causes")
    lines = tuple(LineDifference(**row) for row in ledger.records("claiming/differences"))
    text = ledger.value("claiming/settings_text", {"sha256": sha256 or claim.settings_sha256})
    changes = () if text is None else tuple(changes_between(text, settings.text))
    return ClaimDifference(claim, before, today, lines, changes)


def _moment(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
