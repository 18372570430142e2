"""Milestones beside the money: what is reached, late or overdue, and what its work stream has spent. Pounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.clock import now
from grantkit.money import per_cent, show
from grantkit.position import default_as_at, position

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from grantkit.settings import Milestone, Settings
    from grantkit.store import Ledger


@dataclass(frozen=True)
class MilestoneStanding:
    """A milestone at a date, beside the money of its work stream (None: the award as a whole).

    ``done`` is the day on which it was reached, if that is not after the date. ``status`` is ``done``,
    ``done late``, ``overdue`` or ``due``, and ``days`` how many days lie between ``due`` and the day on which it was
    reached (or the date itself), never negative. ``wanted`` is what is to show it; ``evidence`` the name of the file
    that does, kept under ``evidence_sha256``. ``budget`` and ``eligible`` are pounds.
    """

    name: str
    stream: str | None
    kind: str
    due: datetime.date
    done: datetime.date | None
    status: str
    days: int
    wanted: str | None
    evidence: str | None
    evidence_sha256: str | None
    budget: Decimal
    eligible: Decimal

    @property
    def spent_pct(self) -> Decimal | None:
        """Eligible cost in per cent of the budget, to one decimal; None where that is zero."""
        return per_cent(self.eligible, self.budget)

    @property
    def flagged(self) -> bool:
        """Whether money is spent and the milestone is overdue."""
        return self.status == "overdue" and self.eligible > 0

    def as_json(self) -> dict[str, Any]:
        """One row of the document for scripts."""
        spent = self.spent_pct
        return {
            "name": self.name,
            "stream": self.stream,
            "kind": self.kind,
            "due": self.due.isoformat(),
            "done": None if self.done is None else self.done.isoformat(),
            "status": self.status,
            "days": self.days,
            "wanted": self.wanted,
            "evidence": self.evidence,
            "evidence_sha256": self.evidence_sha256,
            "budget": show(self.budget),
            "eligible": show(self.eligible),
            "spent_pct": None if spent is None else str(spent),
            "flagged": self.flagged,
        }


def milestones_as_at(ledger: Ledger, settings: Settings) -> datetime.date:
    """The day that milestones are asked for by default: today, or what the ledger's figures are at if that is later.

    A milestone is overdue whether or not the ledger is up to date; no eligible line is dated between the two.
    """
    return max(default_as_at(ledger, settings.award), now().date())


def milestones(ledger: Ledger, settings: Settings, as_at: datetime.date) -> list[MilestoneStanding]:
    """All milestones of ``grant.toml`` at the end of a day, by the day on which they are due."""
    found = position(ledger, settings, as_at)
    money = {row.code: (row.budget, row.eligible) for row in found.streams}
    total = (found.total.budget, found.total.eligible)
    entries = {row["milestone"].casefold(): row for row in ledger.records("reporting/milestones_done")}
    rows = [
        _standing(
            each,
            entries.get(each.name.casefold()),
            total if each.stream is None else money[each.stream],
            as_at,
        )
        for each in settings.milestones
    ]
    return sorted(rows, key=lambda row: row.due)


def milestones_unknown(ledger: Ledger, settings: Settings) -> list[str]:
    """Milestones that were said to be reached and that ``grant.toml`` no longer names."""
    known = {each.name.casefold() for each in settings.milestones}
    done = [row["milestone"] for row in ledger.records("reporting/milestones_done")]
    return [name for name in done if name.casefold() not in known]


def _standing(
    milestone: Milestone, entry: dict[str, Any] | None, money: tuple[Decimal, Decimal], as_at: datetime.date
) -> MilestoneStanding:
    if entry is not None and entry["done_on"] > as_at:
        entry = None
    done: datetime.date | None = entry["done_on"] if entry else None
    late = (done or as_at) > milestone.due
    open_or_late = ("due", "overdue") if done is None else ("done", "done late")
    return MilestoneStanding(
        name=milestone.name,
        stream=milestone.stream,
        kind=milestone.kind,
        due=milestone.due,
        done=done,
        status=open_or_late[late],
        days=abs(((done or as_at) - milestone.due).days),
        wanted=milestone.evidence,
        evidence=entry["evidence"] if entry else None,
        evidence_sha256=entry["evidence_sha256"] if entry else None,
        budget=money[0],
        eligible=money[1],
    )
