"""The working paper of a run of checks: what each found, line by line, with room for the auditor's own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from grantkit.clock import now
from grantkit.workbook.listing import Sheet, write_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from grantkit.auditing.checks import CheckResult, CheckRun
    from grantkit.settings import Settings
    from grantkit.store import Ledger

COLUMNS = (
    *(
        "finding",
        "message",
        "amount £",
        "line id",
        "supplier",
        "document",
        "line",
        "date",
        "net £",
        "file",
        "row",
    ),
    *("settled because", "auditor's comment"),
)
PLACES = ("supplier", "document", "line", "accounting_date", "net", "file", "row")


def lines_of(ledger: Ledger, found: CheckRun) -> dict[int, dict[str, Any]]:
    """The cells of all lines that findings name, by line."""
    results = found.results
    named = sorted({line for each in results for f in (*each.findings, *each.settled) for line in f.lines})
    return {row["line_id"]: row for row in ledger.records("auditing/lines_named", {"lines": named})}


def write_paper(
    found: CheckRun, settings: Settings, lines: Mapping[int, Mapping[str, Any]], target: Path
) -> str:
    """Write the paper: a summary, then one sheet a check; gives its SHA-256. Raises UnreadableError."""
    award = settings.award
    summary = Sheet(
        "Summary",
        ("check", "severity", "open", "settled", "amount £", "meaning", "what to do"),
        [
            (
                *(each.check.code, each.check.severity, len(each.findings), len(each.settled), each.value),
                *(each.check.meaning, each.check.remedy),
            )
            for each in found.results
        ],
        (f"{award.reference}, {award.title}: checks at {found.as_at}",),
    )
    sheets = [_sheet(each, lines) for each in found.results if each.findings or each.settled]
    return write_sheets([summary, *sheets], target, moment=now())


def _sheet(result: CheckResult, lines: Mapping[int, Mapping[str, Any]]) -> Sheet:
    check = result.check
    heading = (f"{check.code} ({check.severity})", check.meaning, check.remedy)
    # a file may be called what no sheet may
    title = re.sub(r"[][:*?/\\]", "-", check.code)
    return Sheet(title, COLUMNS, list(_rows(result, lines)), heading)


def _rows(result: CheckResult, lines: Mapping[int, Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """One row for each line of each finding; the finding's amount stands in its first."""
    for number, finding in enumerate((*result.findings, *result.settled), 1):
        settled = f"{finding.reason} ({finding.settled_by})" if finding.reason else None
        for place, line in enumerate(finding.lines or (None,)):
            cells = lines.get(line, {}) if line is not None else {}
            yield (
                *(number, finding.message, None if place else finding.amount, line),
                *(cells.get(name) for name in PLACES),
                *(settled, None),
            )
