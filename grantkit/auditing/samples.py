"""Samples for an audit: monetary-unit, random, and by attribute. All amounts are pounds.

A monetary-unit sample draws pounds and not lines: each line is hit as often as start + k x interval falls inside its
stretch of the running total, so that a line as large as the interval cannot be missed (contract, section 6; the
factors are those of the audit guides: Poisson upper limits and expansion factors).
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import PENNY, ZERO, show
from grantkit.workspace import user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantkit.settings import Settings
    from grantkit.store import Ledger

METHODS = ("mus", "random", "attribute")
#: By confidence in per cent: the upper limit of errors where none is found, and the expansion of those expected.
CONFIDENCE_FACTORS = {80: Decimal("1.61"), 90: Decimal("2.31"), 95: Decimal("3.00"), 99: Decimal("4.61")}
EXPANSION_FACTORS = {80: Decimal("1.3"), 90: Decimal("1.5"), 95: Decimal("1.6"), 99: Decimal("1.9")}
LARGEST_ATTRIBUTE_SAMPLE = 1_000_000


@dataclass(frozen=True)
class SampleRequest:
    """What is to be drawn, by which method, and how it may be repeated (``seed``).

    Either ``size``, or ``confidence`` (per cent) with ``materiality`` and ``expected`` misstatement in pounds (for
    ``attribute``: with the tolerable ``rate`` in per cent and the number of ``errors`` expected).
    """

    method: str
    seed: int
    stream: str | None = None
    claim: str | None = None
    size: int | None = None
    confidence: int | None = None
    materiality: Decimal | None = None
    expected: Decimal = ZERO
    rate: Decimal | None = None
    errors: int = 0

    def as_json(self) -> dict[str, Any]:
        """What was asked for, as scripts and the record have it."""
        return {
            "method": self.method,
            "seed": self.seed,
            "stream": self.stream,
            "claim": self.claim,
            "size": self.size,
            "confidence": self.confidence,
            "materiality": show(self.materiality),
            "expected": show(self.expected),
            "rate": None if self.rate is None else str(self.rate),
            "errors": self.errors,
        }


@dataclass(frozen=True)
class SampleLine:
    """A drawn line: its amount in the population, the running total up to it, and how often it was hit."""

    line_id: int
    amount: Decimal
    running_total: Decimal | None
    hits: int


@dataclass(frozen=True)
class Sample:
    """What was drawn, from what: the population's positive lines, and the credits (line, pounds) that stand apart."""

    request: SampleRequest
    lines: int
    value: Decimal
    apart: tuple[tuple[int, Decimal], ...]
    interval: Decimal | None
    start: Decimal | None
    selected: tuple[SampleLine, ...]
    number: int | None = None

    @property
    def credit_value(self) -> Decimal:
        """The sum of the credits, in pounds, at most 0.00."""
        return sum((amount for _, amount in self.apart), ZERO)

    def as_json(self, cells: dict[int, dict[str, Any]]) -> dict[str, Any]:
        """The contract's shape; ``cells`` has each drawn line's document, supplier, date, file and row."""
        return {
            "method": self.request.method,
            "sample": self.number,
            "parameters": self.request.as_json(),
            "population": {"lines": self.lines, "value": show(self.value)},
            "credits": {
                "lines": len(self.apart),
                "value": show(self.credit_value),
                "listed": [{"line_id": line_id, "amount": show(amount)} for line_id, amount in self.apart],
            },
            "interval": show(self.interval),
            "start": show(self.start),
            "selected": [
                {
                    "line_id": line.line_id,
                    "amount": show(line.amount),
                    "running_total": show(line.running_total),
                    "hits": line.hits,
                    **cells.get(line.line_id, {}),
                }
                for line in self.selected
            ],
        }


# --- drawing ----------------------------------------------------------------------------------------------------


def draw(ledger: Ledger, settings: Settings, request: SampleRequest) -> Sample:
    """Draw a sample; the same request over the same ledger gives the same lines.

    Raises RequestError where the request does not hold together, or the population cannot give such a sample.
    """
    if request.stream is not None:
        settings.stream(request.stream)
    _check(request)
    rows = _population(ledger, request)
    population = [(line_id, amount) for line_id, amount in rows if amount > 0]
    apart = tuple((line_id, amount) for line_id, amount in rows if amount < 0)
    value = sum((amount for _, amount in population), ZERO)
    if not population:
        raise RequestError(
            "there is no line to draw from",
            hint="a sample is drawn from lines with a positive eligible amount",
        )
    interval: Decimal | None = None
    start: Decimal | None = None
    if request.method == "mus":
        interval = _interval(request, value)
        start = Decimal(random.Random(request.seed).randrange(1, int(interval * 100) + 1)).scaleb(-2)  # noqa: S311
        selected = _hit(population, interval, start)
    else:
        selected = _at_random(population, _size(request, value), request.seed)
    return Sample(request, len(population), value, apart, interval, start, selected)


def _population(ledger: Ledger, request: SampleRequest) -> list[tuple[int, Decimal]]:
    if request.claim is None:
        return [
            (row[0], row[1]) for row in ledger.rows("auditing/population", {"work_stream": request.stream})
        ]
    if not ledger.rows("auditing/claim_named", {"claim": request.claim}):
        raise RequestError(f"there is no claim {request.claim}", hint="grantkit claim list names them")
    wanted = {"work_stream": request.stream, "claim": request.claim}
    return [(row[0], row[1]) for row in ledger.rows("auditing/population_of_claim", wanted)]


def _check(request: SampleRequest) -> None:
    if request.seed < 0:
        raise RequestError("the seed is below 0", hint="any whole number from 0 on; write it into the paper")
    by_size = request.size is not None
    other = request.rate if request.method == "attribute" else request.materiality
    if by_size == (request.confidence is not None and other is not None):
        measure = "--rate" if request.method == "attribute" else "--materiality AMOUNT"
        raise RequestError(
            "how large the sample is to be is said twice"
            if by_size
            else "how large the sample is to be is not said",
            hint=f"give --size N, or --confidence 80, 90, 95 or 99 with {measure}",
        )
    if request.size is not None and request.size < 1:
        raise RequestError(f"a sample of {request.size} lines is none", hint="give 1 or more")
    if request.confidence is not None and request.confidence not in CONFIDENCE_FACTORS:
        raise RequestError(f"--confidence is {request.confidence}", hint="it is 80, 90, 95 or 99 (per cent)")
    _check_measures(request)


def _check_measures(request: SampleRequest) -> None:
    if request.materiality is not None and request.materiality <= 0:
        raise RequestError(
            "the materiality is not above 0.00", hint="give the misstatement that would matter, in pounds"
        )
    if request.expected < 0:
        raise RequestError("the expected misstatement is below 0.00", hint="give 0.00 or more")
    if request.rate is not None and not 0 < request.rate < 100:
        raise RequestError(
            "the tolerable rate is not between 0 and 100 per cent", hint="for example: --rate 5"
        )
    if request.errors < 0:
        raise RequestError("the number of errors expected is below 0", hint="give 0 or more")


def _interval(request: SampleRequest, value: Decimal) -> Decimal:
    """Pounds between two hits, rounded down to the penny."""
    if request.size is not None:
        found = value / request.size
    else:
        assert request.confidence is not None
        assert request.materiality is not None
        room = request.materiality - request.expected * EXPANSION_FACTORS[request.confidence]
        if room <= 0:
            raise RequestError(
                f"the expected misstatement of {show(request.expected)} leaves nothing of the materiality of"
                f" {show(request.materiality)}",
                hint="so much is expected that a sample cannot accept the figure: test all lines, or correct it first",
            )
        found = room / CONFIDENCE_FACTORS[request.confidence]
    interval = found.quantize(PENNY, rounding=ROUND_DOWN)
    if interval <= 0:
        raise RequestError(
            "the interval is below a penny", hint="ask for fewer lines, or a larger materiality"
        )
    return interval


def _hit(
    population: Sequence[tuple[int, Decimal]], interval: Decimal, start: Decimal
) -> tuple[SampleLine, ...]:
    """Each line as often as start + k x interval lies inside its stretch of the running total."""
    found, total, hits_before = [], ZERO, 0
    for line_id, amount in population:
        total += amount
        hits_so_far = int((total - start) // interval) + 1 if total >= start else 0
        if hits_so_far > hits_before:
            found.append(SampleLine(line_id, amount, total, hits_so_far - hits_before))
        hits_before = hits_so_far
    return tuple(found)


def _size(request: SampleRequest, value: Decimal) -> int:
    if request.size is not None:
        return request.size
    assert request.confidence is not None
    if request.method == "attribute":
        assert request.rate is not None
        return attribute_size(request.confidence, request.rate, request.errors)
    return math.ceil(value / _interval(request, value))


def attribute_size(confidence: int, rate: Decimal, errors: int) -> int:
    """The smallest sample in which at most ``errors`` are as unlikely as the confidence wants at the tolerable rate.

    Binomial: the chance of so few errors, were the rate (per cent) what is tolerable, is at most 100 - ``confidence``.
    Raises RequestError where that takes more than a million lines.
    """
    risk, share = 1 - Decimal(confidence) / 100, Decimal(rate) / 100
    low, high = errors + 1, errors + 1
    while _at_most(errors, high, share) > risk:
        low, high = high, high * 2
        if high > LARGEST_ATTRIBUTE_SAMPLE:
            raise RequestError("such a sample has more than a million lines", hint="tolerate a higher rate")
    while low < high:
        middle = (low + high) // 2
        if _at_most(errors, middle, share) > risk:
            low = middle + 1
        else:
            high = middle
    return low


def _at_most(errors: int, size: int, share: Decimal) -> Decimal:
    """The chance of at most so many errors in a sample, where each line has one with the probability ``share``."""
    chance, other = Decimal(0), 1 - share
    for count in range(min(errors, size) + 1):
        chance += math.comb(size, count) * share**count * other ** (size - count)
    return chance


def _at_random(population: Sequence[tuple[int, Decimal]], size: int, seed: int) -> tuple[SampleLine, ...]:
    if size > len(population):
        raise RequestError(
            f"a sample of {size:,} is larger than the population of {len(population):,} lines",
            hint="test all of them, or ask for fewer",
        )
    amounts = dict(population)
    drawn = random.Random(seed).sample([line_id for line_id, _ in population], size)  # noqa: S311
    return tuple(SampleLine(line_id, amounts[line_id], None, 1) for line_id in drawn)


# --- on record --------------------------------------------------------------------------------------------------


def keep(ledger: Ledger, sample: Sample) -> int:
    """Keep a sample, in the transaction that is open, so that its working paper can be read back; gives its number."""
    number: int = ledger.value("auditing/next_sample")
    facts = {**sample.request.as_json(), "interval": show(sample.interval), "start": show(sample.start)}
    ledger.fill(
        "store.sample",
        [(number, sample.request.method, json.dumps(facts), sample.lines, sample.value, now(), user())],
    )
    ledger.fill(
        "store.sample_line",
        [
            (number, place, line.line_id, line.amount, line.running_total, line.hits)
            for place, line in enumerate(sample.selected, 1)
        ],
    )
    write_entry(ledger, "sample", facts, {"sample": number, "lines": len(sample.selected)})
    return number
