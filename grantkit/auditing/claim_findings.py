"""The open findings that concern a claim's lines, named before it goes to the funder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.auditing.checks import SEVERITIES, CheckResult, run_checks, shipped_checks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger

#: What is named: low findings are for an auditor's leisure.
LEAST = "medium"


def findings_on_claim(ledger: Ledger, settings: Settings, folder: Path, claim_id: int) -> list[CheckResult]:
    """The checks, the gravest first, that have open findings of at least medium severity on lines of a claim.

    Of each only those findings. The checks that ship are run, not an organisation's own.
    """
    held = {row[0] for row in ledger.rows("auditing/lines_of_claim", {"claim_id": claim_id})}
    codes = [check.code for check in shipped_checks() if reaches(check.severity, LEAST)]
    found = []
    for result in run_checks(ledger, settings, folder, only=codes).results:
        concerned = tuple(finding for finding in result.findings if held.intersection(finding.lines))
        if concerned:
            found.append(CheckResult(result.check, concerned, ()))
    return found


def reaches(severity: str, least: str) -> bool:
    """Whether a severity is at least another."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)


def told(results: Sequence[CheckResult]) -> str:
    """Findings in a few words: ``2 of duplicate-invoice (high), 1 of no-order (medium)``."""
    return ", ".join(f"{len(each.findings)} of {each.check.code} ({each.check.severity})" for each in results)
