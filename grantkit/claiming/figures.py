"""A claim's figures by name, as an officer writes them into the mapping of a funder's form.

``award.reference``, ``claim.from``, ``total.this_claim``, ``stream.EXISTING.budget``, or by place in ``grant.toml``
``stream.1.budget``. Amounts are pounds.
"""

from __future__ import annotations

import difflib
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from grantkit.money import ZERO
from grantkit.workbook.claim_summary import BASES
from grantkit.workbook.wording import moment_in_words, period

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from grantkit.claiming.claims import Claim
    from grantkit.settings import Settings
    from grantkit.workbook.cells import Value

Figures: TypeAlias = "dict[str, Value]"

AWARD = ("reference", "title", "funder", "recipient", "amount", "starts", "ends")
CLAIM = (
    *("name", "quarter", "period", "from", "to", "financial_year", "version", "status", "basis", "lines"),
    *("unallocated", "prepared_at", "prepared_on", "prepared_by", "submitted_at", "submitted_on"),
    *("submitted_by", "approved_by", "signatory", "lines_sha256"),
)
#: Of one stream, or of all of them together: the claim's own figures, what is made of them, what the position adds.
AMOUNTS = (
    *("original", "virements", "budget", "claimed_before", "current", "late", "adjustments", "accruals"),
    *("this_claim", "cumulative", "remaining", "held_back", "resource", "capital"),
    *("resource_budget", "resource_before", "resource_cumulative", "resource_remaining"),
    *("capital_budget", "capital_before", "capital_cumulative", "capital_remaining"),
    *("budget_to_date", "eligible", "ineligible", "variance", "forecast", "full_year_variance"),
)
#: Of one stream only.
WORDS = ("code", "name", "rag", "explanation")
#: Of a line of the schedule.
LINE = (
    *(
        "number",
        "work_stream",
        "work_stream_name",
        "cost_type",
        "kind",
        "date",
        "supplier",
        "document",
        "line",
    ),
    *("po", "description", "net", "amount", "line_id", "file", "sheet", "row"),
)


def figures_of(settings: Settings, claim: Claim, notes: Mapping[str, str]) -> Figures:
    """Every figure of a claim by its name; ``notes`` are officers' explanations by work stream."""
    award = settings.award
    found: Figures = {f"award.{name}": getattr(award, name) for name in AWARD}
    found |= {f"claim.{name}": value for name, value in _of_claim(settings, claim).items()}
    totals = dict.fromkeys(AMOUNTS, ZERO)
    for place, (code, figures) in enumerate(claim.work_streams, 1):
        facts = claim.facts["streams"][code]
        amounts = _amounts(figures, facts)
        totals = {name: totals[name] + amounts[name] for name in AMOUNTS}
        words = {
            "code": code,
            "name": facts["name"],
            "rag": str(facts.get("rag") or "").capitalize(),
            "explanation": notes.get(code),
        }
        for name, value in (amounts | words).items():
            found[f"stream.{code}.{name}"] = found[f"stream.{place}.{name}"] = value
    return found | {f"total.{name}": amount for name, amount in totals.items()}


def _of_claim(settings: Settings, claim: Claim) -> Figures:
    starts = claim.starts
    first_year = starts.year if starts.month >= 4 else starts.year - 1
    submitted = claim.submitted_at
    return {
        "name": claim.claim,
        "quarter": f"Quarter {claim.claim[1:]}" if claim.claim.startswith("Q") else "Final claim",
        "period": period(starts, claim.ends),
        "from": starts,
        "to": claim.ends,
        "financial_year": f"{first_year}/{(first_year + 1) % 100:02d}",
        "version": claim.version,
        "status": claim.status.capitalize(),
        "basis": BASES.get(claim.basis, claim.basis),
        "lines": claim.lines,
        "unallocated": claim.unallocated,
        "prepared_at": moment_in_words(claim.prepared_at),
        "prepared_on": claim.prepared_at.date(),
        "prepared_by": claim.prepared_by,
        "submitted_at": moment_in_words(submitted) if submitted else None,
        "submitted_on": submitted.date() if submitted else None,
        "submitted_by": claim.submitted_by,
        "approved_by": claim.approved_by,
        "signatory": settings.signatory,
        "lines_sha256": claim.facts.get("lines_sha256"),
    }


def _amounts(figures: Mapping[str, Decimal], facts: Mapping[str, Any]) -> dict[str, Decimal]:
    """A stream's amounts: the claim's, and what the claim's record says of the stream beside them."""
    found = {name: Decimal(facts[name]) for name in AMOUNTS if name in facts} | dict(figures)
    found["current"] = found["this_claim"] - found["late"] - found["adjustments"] - found["accruals"]
    for kind in ("resource", "capital"):
        found[f"{kind}_cumulative"] = found[f"{kind}_before"] + found[kind]
        found[f"{kind}_remaining"] = found[f"{kind}_budget"] - found[f"{kind}_cumulative"]
    return {name: found[name] for name in AMOUNTS}


def lines_of(claim: Claim, schedule: Sequence[Mapping[str, Any]]) -> list[Figures]:
    """The schedule's lines by name (``LINE``): by stream in the claim's order, then by date, none last, and line."""
    order = {code: place for place, (code, _) in enumerate(claim.work_streams)}
    in_order = sorted(
        schedule,
        key=lambda row: (
            *(order.get(row["work_stream"], len(order)), row["dated"] is None, row["dated"] or claim.ends),
            *(row["line_id"], row["cost_type"] == "capital"),
        ),
    )
    named = [
        {
            **row,
            "number": number,
            "date": row["dated"],
            "work_stream_name": claim.facts["streams"].get(row["work_stream"], {}).get("name"),
        }
        for number, row in enumerate(in_order, 1)
    ]
    return [{name: line.get(name) for name in LINE} for line in named]


def known_figures(codes: Iterable[str]) -> list[str]:
    """Every name that a form's cell may be given, for an award with these work streams."""
    codes = list(codes)
    streams = [*codes, *(str(place) for place in range(1, len(codes) + 1))]
    return [
        *(f"award.{name}" for name in AWARD),
        *(f"claim.{name}" for name in CLAIM),
        *(f"total.{name}" for name in AMOUNTS),
        *(f"stream.{stream}.{name}" for stream in streams for name in (*WORDS, *AMOUNTS)),
    ]


def meant(name: str, known: Sequence[str]) -> str:
    """What an officer may have meant by a figure that there is not, as a hint."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(near)}?" if near else "grantkit template figures lists them all"
