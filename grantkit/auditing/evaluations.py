"""What a sample's findings say of the whole: projected misstatement, its upper limit, the conclusion. Pounds.

Monetary-unit samples are evaluated as the audit guides do: each misstatement's tainting is projected over its
interval, and the upper limit adds what the Poisson distribution allows for at the confidence that was asked for.
Others: the upper limit of the rate of errors (binomial).
"""

from __future__ import annotations

import functools
import json
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.auditing.samples import CONFIDENCE_FACTORS
from grantkit.errors import RequestError
from grantkit.money import ZERO, show, to_pennies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantkit.store import Ledger

DEFAULT_CONFIDENCE = 95


@dataclass(frozen=True)
class Tainting:
    """A misstated line: its amount in the population, what it should have been, the part that was wrong."""

    line_id: int
    amount: Decimal
    audited: Decimal
    tainting: Decimal
    projected: Decimal

    def as_json(self) -> dict[str, Any]:
        """One row for scripts."""
        return {
            "line_id": self.line_id,
            "amount": show(self.amount),
            "audited": show(self.audited),
            "tainting": str(self.tainting),
            "projected": show(self.projected),
        }


@dataclass(frozen=True)
class Evaluation:
    """What a sample comes to. For a monetary-unit sample amounts in pounds, else a rate of errors in per cent."""

    sample: int
    method: str
    confidence: int
    tested: int
    errors: tuple[Tainting, ...]
    projected: Decimal | None
    upper_limit: Decimal | None
    materiality: Decimal | None
    error_rate: Decimal | None
    upper_rate: Decimal | None
    tolerable_rate: Decimal | None

    @property
    def accepted(self) -> bool | None:
        """Whether the upper limit stays within what is tolerable; None where nothing tolerable was named."""
        if self.method == "mus":
            return None if self.materiality is None else (self.upper_limit or ZERO) <= self.materiality
        return None if self.tolerable_rate is None else (self.upper_rate or ZERO) <= self.tolerable_rate

    def as_json(self) -> dict[str, Any]:
        """One document for scripts."""
        return {
            "sample": self.sample,
            "method": self.method,
            "confidence": self.confidence,
            "tested": self.tested,
            "errors": [error.as_json() for error in self.errors],
            "projected": show(self.projected),
            "upper_limit": show(self.upper_limit),
            "materiality": show(self.materiality),
            "error_rate": None if self.error_rate is None else str(self.error_rate),
            "upper_rate": None if self.upper_rate is None else str(self.upper_rate),
            "tolerable_rate": None if self.tolerable_rate is None else str(self.tolerable_rate),
            "accepted": self.accepted,
        }


def evaluate(ledger: Ledger, number: int, audited: Mapping[int, Decimal]) -> Evaluation:
    """Evaluate a sample by what its lines should have been (pounds by line).

    Raises RequestError where there is no such sample, or lines are missing or none of its own.
    """
    found = ledger.records("auditing/sample_named", {"sample": number})
    if not found:
        raise RequestError(
            f"there is no sample {number}", hint="read back the paper that grantkit sample --out wrote"
        )
    sample, facts = found[0], json.loads(found[0]["parameters"])
    lines = {row["line_id"]: row for row in ledger.records("auditing/sample_lines", {"sample": number})}
    _check_lines(set(lines), set(audited))
    confidence = facts["confidence"] or DEFAULT_CONFIDENCE
    interval = None if facts["interval"] is None else Decimal(facts["interval"])
    errors = tuple(
        _tainting(line_id, row["amount"], audited[line_id], interval)
        for line_id, row in lines.items()
        if audited[line_id] != row["amount"]
    )
    if interval is not None:
        projected, limit = _limits(errors, interval, confidence)
        materiality = None if facts["materiality"] is None else Decimal(facts["materiality"])
        amounts = (projected, limit, materiality)
        return Evaluation(
            number, sample["method"], confidence, len(lines), errors, *amounts, None, None, None
        )
    rate = None if facts["rate"] is None else Decimal(facts["rate"])
    share = to_pennies(Decimal(len(errors)) * 100 / len(lines))
    rates = (share, upper_rate(len(errors), len(lines), confidence), rate)
    return Evaluation(number, sample["method"], confidence, len(lines), errors, None, None, None, *rates)


def _check_lines(drawn: set[int], filled: set[int]) -> None:
    for lines, what, hint in (
        (
            drawn - filled,
            ("has no audited amount", "have no audited amount"),
            "fill in what each line should have been: its amount, where it is right",
        ),
        (
            filled - drawn,
            ("is none of this sample", "are none of this sample"),
            "take the row out: a sample is evaluated by the lines that were drawn",
        ),
    ):
        if lines:
            some = ", ".join(map(str, sorted(lines)[:10])) + (" …" if len(lines) > 10 else "")
            named = f"line {some} {what[0]}" if len(lines) == 1 else f"lines {some} {what[1]}"
            raise RequestError(named, hint=hint)


def _tainting(line_id: int, amount: Decimal, audited: Decimal, interval: Decimal | None) -> Tainting:
    """The part of a line that is wrong, projected over its interval; a line as large as that stands for itself."""
    wrong = amount - audited
    tainting = (wrong / amount).quantize(Decimal("0.0001"))
    if interval is None or amount >= interval:
        return Tainting(line_id, amount, audited, tainting, wrong)
    return Tainting(line_id, amount, audited, tainting, to_pennies(wrong / amount * interval))


def _limits(errors: tuple[Tainting, ...], interval: Decimal, confidence: int) -> tuple[Decimal, Decimal]:
    """The projected misstatement, net, and the upper limit of overstatement, to the penny.

    Basic precision (what may lie undetected where nothing was found), the overstatements as projected, and for each
    below the interval, the largest tainting first, what one more error adds to the Poisson limit beyond itself.
    """
    projected = sum((error.projected for error in errors), ZERO)
    over = [error for error in errors if error.projected > 0]
    limit = interval * poisson_factor(confidence, 0) + sum((error.projected for error in over), ZERO)
    below = sorted((error.projected for error in over if error.amount < interval), reverse=True)
    for rank, amount in enumerate(below, 1):
        widened = poisson_factor(confidence, rank) - poisson_factor(confidence, rank - 1) - 1
        limit += widened * amount
    return projected, to_pennies(limit)


@functools.cache
def poisson_factor(confidence: int, errors: int) -> Decimal:
    """The upper limit of a Poisson count of which so many were found, two decimals, rounded up as the tables do."""
    if errors == 0 and confidence in CONFIDENCE_FACTORS:
        return CONFIDENCE_FACTORS[confidence]
    risk, low, high = 1 - confidence / 100, 0.0, 10.0 + 3 * errors
    for _ in range(100):
        middle = (low + high) / 2
        chance = sum(
            math.exp(count * math.log(middle) - middle - math.lgamma(count + 1))
            for count in range(errors + 1)
        )
        low, high = (middle, high) if chance > risk else (low, middle)
    return Decimal(math.ceil(high * 100 - 1e-9)).scaleb(-2)


def upper_rate(errors: int, size: int, confidence: int) -> Decimal:
    """The highest rate of errors (per cent, rounded up to two decimals) that so few found in a sample allow for."""
    if errors >= size:
        return Decimal(100)
    risk, low, high = 1 - confidence / 100, 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        chance = sum(
            math.comb(size, count) * middle**count * (1 - middle) ** (size - count)
            for count in range(errors + 1)
        )
        low, high = (middle, high) if chance > risk else (low, middle)
    return Decimal(math.ceil(high * 10_000 - 1e-9)).scaleb(-2)
