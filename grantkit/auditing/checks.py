"""Audit checks: queries that return what should not be. One SQL file each, whose header says what it means.

The checks that ship are in ``sql/checks/``; an organisation's own are the ``checks/*.sql`` of its workspace, which run
under the lock of every person's query. All amounts are pounds.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from grantkit.audit_log import write_entry
from grantkit.auditing import queries
from grantkit.clock import now
from grantkit.errors import GrantkitError, Place, RequestError
from grantkit.money import ZERO, show, to_pennies
from grantkit.position import default_as_at
from grantkit.relations import set_as_at
from grantkit.store import names_in, statement
from grantkit.workspace import read_text, user

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger

SEVERITIES = ("low", "medium", "high")
#: By line: the batch whose version counts, and the newest decision about it, None where there is none.
Versions: TypeAlias = "dict[int, list[int | None]]"


@dataclass(frozen=True)
class Check:
    """One check: its code, how grave what it finds is, what it means and what to do. ``file`` is an own check's."""

    code: str
    severity: str
    meaning: str
    remedy: str
    sql: str
    file: Path | None = None


class Finding(NamedTuple):  # of a large ledger there are a million
    """What one check found: the lines concerned, pounds, and a sentence; settled where ``reason`` says why."""

    code: str
    lines: tuple[int, ...]
    amount: Decimal
    message: str
    reason: str | None = None
    settled_by: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract's shape; of a settled one also why and by whom."""
        shown: dict[str, Any] = {
            "lines": list(self.lines),
            "amount": show(self.amount),
            "message": self.message,
        }
        return shown if self.reason is None else {**shown, "reason": self.reason, "user": self.settled_by}


@dataclass(frozen=True)
class CheckResult:
    """A check with what it found; ``settled`` findings are counted apart."""

    check: Check
    findings: tuple[Finding, ...]
    settled: tuple[Finding, ...]

    @property
    def value(self) -> Decimal:
        """The sum of the open findings' amounts."""
        return sum((finding.amount for finding in self.findings), ZERO)

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, with the settled findings beside it."""
        return {
            "code": self.check.code,
            "severity": self.check.severity,
            "meaning": self.check.meaning,
            "remedy": self.check.remedy,
            "count": len(self.findings),
            "value": show(self.value),
            "findings": [finding.as_json() for finding in self.findings],
            "settled": [finding.as_json() for finding in self.settled],
        }


@dataclass
class CheckRun:
    """All checks that were run at a date, and the own checks that could not be (each an error with its file)."""

    as_at: datetime.date
    results: list[CheckResult] = field(default_factory=list)
    broken: list[GrantkitError] = field(default_factory=list)

    def reaches(self, severity: str) -> bool:
        """Whether there is an open finding of that severity or a graver one."""
        least = SEVERITIES.index(severity)
        return any(
            result.findings and SEVERITIES.index(result.check.severity) >= least for result in self.results
        )

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        return {"as_at": self.as_at.isoformat(), "checks": [result.as_json() for result in self.results]}


# --- which checks there are -------------------------------------------------------------------------------------


@functools.cache
def shipped_checks() -> tuple[Check, ...]:
    """The checks that travel with grantkit, the gravest first."""
    found = [_parse(name.rpartition("/")[2], statement(name)) for name in names_in("checks")]
    return tuple(sorted(found, key=lambda check: (-SEVERITIES.index(check.severity), check.code)))


def own_checks(folder: Path) -> tuple[list[Check], dict[str, GrantkitError]]:
    """An organisation's own checks in ``checks/`` of its workspace, and what is wrong with the others, by code."""
    found: list[Check] = []
    broken: dict[str, GrantkitError] = {}
    known = {check.code for check in shipped_checks()}
    for path in sorted((folder / "checks").glob("*.sql")):
        try:
            check = _parse(path.stem, read_text(path), path)
            if check.code in known:
                raise RequestError("a check of this name ships with grantkit", hint="call the file otherwise")
            found.append(check)
        except GrantkitError as problem:
            broken[path.stem] = _in_file(problem, path)
    return found, broken


def _in_file(problem: GrantkitError, path: Path) -> GrantkitError:
    return RequestError(problem.what, where=Place(f"checks/{path.name}"), hint=problem.hint)


def _parse(code: str, text: str, file: Path | None = None) -> Check:
    """A check from its file: comments at its top give severity, meaning and remedy, each over any number of lines."""
    head: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        said = line.removeprefix("--").strip()
        if named := re.match(r"(severity|meaning|remedy):\s*(.*)", said):
            key, said = named[1], named[2]
            head[key] = said
        elif key:
            head[key] += f" {said}"
    if head.get("severity") not in SEVERITIES:
        raise RequestError(
            "this check does not say how grave it is",
            hint="begin the file with: -- severity: low (or medium, or high)",
        )
    return Check(code, head["severity"], head.get("meaning", ""), head.get("remedy", ""), text, file)


# --- running ----------------------------------------------------------------------------------------------------


def run_checks(
    ledger: Ledger,
    settings: Settings,
    folder: Path,
    *,
    only: Sequence[str] = (),
    as_at: datetime.date | None = None,
    timeout: float = 60.0,
) -> CheckRun:
    """Run the checks (all, or those whose codes are named) over the ledger's lines; receipts as at a date.

    Own checks that cannot be run are named and stop no other. Afterwards the ledger is locked where there were any.
    Raises RequestError where a code is not known.
    """
    own, broken = own_checks(folder)
    wanted = _wanted([*shipped_checks(), *own], broken, only)
    day = as_at or default_as_at(ledger, settings.award)
    _prepare(ledger, settings, day)
    settled = _settlements(ledger)
    run = CheckRun(day, broken=[broken[code] for code in broken if not only or code in only])
    for check in wanted:
        try:
            findings = _findings(ledger, check, timeout)
        except GrantkitError as problem:
            assert check.file is not None
            run.broken.append(_in_file(problem, check.file))
            continue
        if any(code == check.code for code, _ in settled):
            versions = _versions(ledger, findings)
            findings = [_marked(finding, settled, versions) for finding in findings]
        run.results.append(
            CheckResult(
                check,
                tuple(finding for finding in findings if finding.reason is None),
                tuple(finding for finding in findings if finding.reason is not None),
            )
        )
    return run


def _wanted(checks: list[Check], broken: Mapping[str, GrantkitError], only: Sequence[str]) -> list[Check]:
    if not only:
        return checks
    known = {check.code: check for check in checks}
    for code in only:
        if code not in known and code not in broken:
            raise RequestError(f"there is no check {code}", hint=f"checks: {', '.join(known)}")
    return [known[code] for code in dict.fromkeys(only) if code in known]


def _prepare(ledger: Ledger, settings: Settings, day: datetime.date) -> None:
    set_as_at(ledger, day)
    ledger.set_variables(
        {
            "no_order_from": settings.no_order_from,
            "order_limit": settings.order_limit,
            "claim_basis": settings.award.claim_basis,
            "bank_holidays": bank_holidays(settings.award.starts.year - 1, settings.award.ends.year + 1),
        }
    )
    ledger.run("auditing/checked")


def bank_holidays(first: int, last: int) -> list[datetime.date]:
    """The bank holidays of England and Wales in the years from ``first`` to ``last``, both inclusive."""
    import holidays

    return sorted(holidays.country_holidays("GB", subdiv="ENG", years=range(first, last + 1)))


def _findings(ledger: Ledger, check: Check, timeout: float) -> list[Finding]:
    if check.file is None:
        rows = ledger.rows(f"checks/{check.code}")
        return [Finding(check.code, tuple(lines), amount, message) for lines, amount, message in rows]
    answer = queries.ask(ledger, check.sql, timeout=timeout)
    return [_own_finding(check, dict(zip(answer.columns, row, strict=True))) for row in answer.rows]


def _own_finding(check: Check, row: dict[str, Any]) -> Finding:
    """A row of an own check: ``lines`` (a list) or ``line_id``, and ``amount`` and ``message``, which may lack."""
    lines = row.get("lines", row.get("line_id"))
    if "lines" not in row and "line_id" not in row:
        raise RequestError(
            "this check gives neither lines nor line_id", hint="select line_id, amount, message from …"
        )
    try:
        numbers = [int(line) for line in (lines if isinstance(lines, list) else [lines]) if line is not None]
        amount = _pounds(row.get("amount"))
    except (ArithmeticError, TypeError, ValueError) as problem:
        raise RequestError(
            "this check gives lines that are no line ids, or an amount that is no number",
            hint="select line_id, amount, message from …",
        ) from problem
    return Finding(check.code, tuple(numbers), amount, str(row.get("message") or ""))


def _pounds(value: Any) -> Decimal:
    """What an own check calls an amount, to the penny. Raises ValueError or ArithmeticError where it is none."""
    amount = to_pennies(Decimal(str(value or 0)))
    if not amount.is_finite():
        raise ValueError(value)
    return amount


# --- settling ---------------------------------------------------------------------------------------------------


def _settlements(ledger: Ledger) -> dict[tuple[str, str], tuple[str, str]]:
    """What was settled: (code, fingerprint) to (reason, who); the newest counts."""
    return {
        (row["code"], row["fingerprint"]): (row["reason"], row["user_name"])
        for row in ledger.records("auditing/findings_settled")
    }


def _versions(ledger: Ledger, findings: Iterable[Finding]) -> Versions:
    """Of the lines of these findings the batch whose version counts, and the newest decision."""
    lines = sorted({line for finding in findings for line in finding.lines})
    return {line: state for line, *state in ledger.rows("auditing/line_versions_now", {"lines": lines})}


def _fingerprint(finding: Finding, versions: Versions) -> str:
    """A hash over a finding's lines, the version of each that counts, what was decided of it, and its amount."""
    facts: list[Any] = [[[line, versions.get(line)] for line in finding.lines], show(finding.amount)]
    if not finding.lines:
        facts.append(finding.message)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _marked(finding: Finding, settled: dict[tuple[str, str], tuple[str, str]], versions: Versions) -> Finding:
    found = settled.get((finding.code, _fingerprint(finding, versions)))
    if found is None:
        return finding
    return Finding(finding.code, finding.lines, finding.amount, finding.message, *found)


def settle_findings(
    ledger: Ledger, settings: Settings, folder: Path, code: str, lines: Sequence[int], reason: str
) -> list[Finding]:
    """Settle a check's open findings on these lines, in the transaction that is open; they open again once changed.

    A finding is meant whose lines are all among those named, or include them all; where none are named, one that is
    about no lines (``benford``, ``kind-over-budget``). Raises RequestError where there is none or no reason is given.
    """
    if not reason.strip():
        raise RequestError("the reason is blank", hint="say why: an auditor will ask")
    run = run_checks(ledger, settings, folder, only=[code])
    if run.broken:
        raise run.broken[0]
    named = set(lines)
    (result,) = run.results
    found = [
        finding
        for finding in result.findings
        if bool(finding.lines) is bool(named) and (named >= set(finding.lines) or named <= set(finding.lines))
    ]
    meant = {line for finding in found for line in finding.lines}
    if not found or not named <= meant:
        missing = ", ".join(str(line) for line in sorted(named - meant)) or "these lines"
        raise RequestError(
            f"{code} has no open finding {f'on {missing}' if named else 'that is about no lines'}",
            hint=f"grantkit check --only {code} lists them",
        )
    versions = _versions(ledger, found)
    first: int = ledger.value("auditing/next_settled")
    ledger.fill(
        "store.finding_settled",
        [
            (
                *(first + place, code, json.dumps(finding.lines), _fingerprint(finding, versions)),
                *(reason.strip(), now(), user()),
            )
            for place, finding in enumerate(found)
        ],
    )
    write_entry(
        ledger,
        "check settle",
        {"code": code, "lines": sorted(named), "reason": reason.strip()},
        {"findings": len(found)},
    )
    return found
