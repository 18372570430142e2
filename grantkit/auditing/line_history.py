"""All that became of one line: the rows before it, what placed it, and everything that was made of it. Pounds."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.auditing.checks import run_checks
from grantkit.money import show
from grantkit.relations import rules_in_order

if TYPE_CHECKING:
    from pathlib import Path

    from grantkit.auditing.checks import CheckRun
    from grantkit.errors import GrantkitError
    from grantkit.settings import Rule, Settings
    from grantkit.store import Ledger


@dataclass(frozen=True)
class LineFinding:
    """A finding of a check that names a line; ``reason`` and ``settled_by`` where a person settled it."""

    code: str
    severity: str
    message: str
    reason: str | None
    settled_by: str | None


@dataclass
class LineHistory:
    """What became of a line, each list oldest first.

    ``versions``: what each batch said of it, with its cell. ``rejects``: refused rows that it replaced. ``orders``: the
    order lines that it belongs to (an order line's ``invoices``: those that belong to it). ``placing``: what gave it
    its streams, its kind of money and its eligibility, a sentence each. ``decisions``, ``claims`` (withdrawn ones
    too), ``settlements`` of those with what was disallowed of it, ``samples`` that drew it. ``findings`` of the checks
    that name it, None where they were not run; ``unchecked`` is what could not be looked at: own checks that are
    broken, source files that are missing.
    """

    versions: list[dict[str, Any]]
    rejects: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    invoices: list[dict[str, Any]]
    placing: list[str]
    decisions: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    settlements: list[dict[str, Any]]
    samples: list[dict[str, Any]]
    findings: list[LineFinding] | None = None
    unchecked: list[GrantkitError] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The parts of the document for scripts."""
        return {
            **{name: [shown(row) for row in getattr(self, name)] for name in _LISTS},
            "placing": self.placing,
            "findings": None if self.findings is None else [vars(finding) for finding in self.findings],
            **({"unchecked": [str(problem) for problem in self.unchecked]} if self.unchecked else {}),
        }


_LISTS = ("versions", "rejects", "orders", "invoices", "decisions", "claims", "settlements", "samples")


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its amounts and days as scripts have them."""
    return {name: show(value) if isinstance(value, Decimal) else _day(value) for name, value in row.items()}


def _day(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.date) else value


def line_history(ledger: Ledger, settings: Settings, line_id: int) -> LineHistory | None:
    """What became of the line of that number; None where there is none. The documented relations must be laid."""
    this = {"line_id": line_id}
    versions = ledger.records("auditing/line_history", this)
    if not versions:
        return None
    rejects = ledger.records("auditing/line_rejects", this)
    decisions = ledger.records("auditing/line_decisions", this)
    return LineHistory(
        versions=versions,
        rejects=[{**row, "cells": json.loads(row["cells"])} for row in rejects],
        orders=ledger.records("auditing/line_orders", this),
        invoices=ledger.records("auditing/line_invoices", this),
        placing=_placing(ledger, settings, this, decisions),
        decisions=decisions,
        claims=ledger.records("auditing/line_claims", this),
        settlements=ledger.records("auditing/line_settlements", this),
        samples=ledger.records("auditing/line_samples", this),
    )


def add_findings(
    history: LineHistory, ledger: Ledger, settings: Settings, folder: Path, line_id: int
) -> None:
    """Run the checks, and keep the findings that name this line; takes seconds in a large ledger."""
    run: CheckRun = run_checks(ledger, settings, folder)
    history.unchecked = run.broken
    history.findings = [
        LineFinding(finding.code, result.check.severity, finding.message, finding.reason, finding.settled_by)
        for result in run.results
        for finding in (*result.findings, *result.settled)
        if line_id in finding.lines
    ]


# --- what placed it ---------------------------------------------------------------------------------------------


def _placing(
    ledger: Ledger, settings: Settings, this: dict[str, int], decisions: list[dict[str, Any]]
) -> list[str]:
    """What gave a line its streams, its kind of money and its eligibility; nothing of a line that counts no more."""
    rows = ledger.records("auditing/line_placing", this)
    if not rows:
        return ["it counts no more"]
    reasons = _Reasons(settings, decisions, rows[0])
    told = [reasons.stream(), reasons.cost_type(), reasons.vat(), reasons.eligibility()]
    return [sentence for sentence in told if sentence]


class _Reasons:
    """Why a line stands where it does, from what it goes by (``sql/auditing/line_placing.sql``)."""

    def __init__(self, settings: Settings, decisions: list[dict[str, Any]], row: dict[str, Any]) -> None:
        self.file = settings.path.name
        self.rules = rules_in_order(settings)
        self.decisions = {each["decision"]: each for each in decisions}
        self.row = row

    def stream(self) -> str:
        key = self.row["allocation_key"]
        own = self._first("allocation")
        if key < 0:
            whose = "" if -key in self.decisions else "its order's "
            return f"stream by {whose}{self._decision(-key)}"
        if own is not None:
            return f"stream by {self._rule(own)}"
        if key > 0:
            return f"stream by its order, which has it by {self._rule(self.rules[key - 1][2])}"
        return "no rule, decision or order gives it a stream"

    def cost_type(self) -> str:
        rule = self._first("capital")
        return "resource: no rule says capital" if rule is None else f"capital by {self._rule(rule)}"

    def vat(self) -> str | None:
        rule = self._first("vat")
        return None if rule is None else f"VAT by {self._rule(rule)}"

    def eligibility(self) -> str | None:
        key, reason = self.row["ineligible_key"], self.row["ineligible_reason"]
        if key is None:
            return None if reason is None else f"not eligible: {reason}"
        if key == 0:
            return "not eligible: it is dated outside the award"
        if key > 0:
            return f"not eligible ({self.rules[key - 1][1]}) by {self._rule(self.rules[key - 1][2])}"
        part = self.row["ineligible_amount"]
        of_it = "" if part is None else f", {show(part)} of it,"
        return f"not eligible{of_it} by {self._decision(-key)}"

    def _first(self, kind: str) -> Rule | None:
        """The first rule of a kind that matches the line itself."""
        bits = self.row["bits"]
        return next(
            (rule for n, (own, _, rule) in enumerate(self.rules) if own == kind and bits >> n & 1), None
        )

    def _rule(self, rule: Rule) -> str:
        return f"{self.file}, line {rule.line} ({rule.says})"

    def _decision(self, number: int) -> str:
        decided = self.decisions.get(number)
        whose = "" if decided is None else f" of {decided['user_name']}"
        return f"decision {number}{whose}"
