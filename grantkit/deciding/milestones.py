"""Milestones of ``grant.toml`` that are reached: who said so, and the file that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.evidence import hash_of, kept_beside
from grantkit.workspace import user

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from grantkit.settings import Milestone, Settings
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace


def milestone_meant(settings: Settings, name: str, done_on: datetime.date) -> Milestone:
    """The milestone of that name, which may have been reached on that day.

    Raises RequestError where there is none, or the day is still to come or before the award.
    """
    found = settings.milestone(name)
    if done_on > now().date():
        raise RequestError(
            f"--date is {done_on}, which is still to come",
            hint="say it once it is done; what is expected is the milestone's due in grant.toml",
        )
    if done_on < settings.award.starts:
        raise RequestError(
            f"--date is {done_on}, before the award",
            hint=f"it starts on {settings.award.starts}; what was done before counts from that day",
        )
    return found


def mark_done(
    workspace: Workspace, ledger: Ledger, milestone: Milestone, done_on: datetime.date, evidence: Path | None
) -> str | None:
    """Keep that a milestone was reached on a day, and the file that shows it; gives that file's SHA-256.

    An earlier entry about the same milestone stays on record and counts no more. Raises UnreadableError where the
    file cannot be read, or not be kept; nothing is kept then.
    """
    if evidence is None:
        with ledger.transaction():
            _write(ledger, milestone.name, done_on, None, None)
        return None
    sha256 = hash_of(evidence)
    with ledger.transaction(), kept_beside(evidence, workspace.evidence, sha256):
        _write(ledger, milestone.name, done_on, evidence.name, sha256)
    return sha256


def _write(
    ledger: Ledger, name: str, done_on: datetime.date, evidence: str | None, sha256: str | None
) -> None:
    entry = ledger.value("deciding/next_milestone_done")
    ledger.fill("store.milestone_done", [(entry, name, done_on, evidence, sha256, now(), user())])
    facts = {"milestone": name, "date": done_on, "evidence": evidence, "sha256": sha256}
    write_entry(ledger, "milestone done", facts, {"entry": entry})
