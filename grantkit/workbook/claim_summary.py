"""The sheet Claim: the cover's facts, and the funder's summary by work stream and by kind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.workbook.cells import Formula, Value
from grantkit.workbook.checks import agree, every
from grantkit.workbook.wording import pounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.claim_return import ClaimReturn, StreamFigures
    from grantkit.workbook.template import Table, Template

FIGURES = (
    *("original", "virements", "budget", "claimed_before", "current", "late", "adjustments", "accruals"),
    *("this_claim", "cumulative", "remaining", "held_back"),
)
KIND_FIGURES = ("budget", "claimed_before", "this_claim", "cumulative", "remaining")
AWARD_FIGURES = (
    *("budget", "claimed_before", "current", "late", "adjustments", "accruals"),
    *("this_claim", "cumulative", "remaining"),
)
BOTH_FIGURES = ("budget", "claimed_before", "this_claim", "cumulative", "remaining")
COST_TYPES = ("resource", "capital")
KIND_OF = {"current": "current", "late": "late", "adjustments": "adjustment", "accruals": "accrual"}
BASES = {
    "invoiced": "Invoiced: by accounting date",
    "paid": "Paid: by payment date",
    "accrued": "Accrued: invoiced, and what was received and not yet invoiced",
}


@dataclass(frozen=True)
class SummaryTables:
    """The tables of the sheet Claim, opened up: by stream, of the award by kind, by stream and kind, left out."""

    streams: Table
    award_kinds: Table
    stream_kinds: Table
    left_out: Table


def place(template: Template, data: ClaimReturn) -> SummaryTables:
    """Open up the sheet's tables. Raises UnreadableError where the template lacks one of their names."""
    by_kind = tuple(f"{cost_type}_{figure}" for cost_type in COST_TYPES for figure in KIND_FIGURES)
    tables = SummaryTables(
        template.table("summary", ("code", "name", *FIGURES, "check")),
        template.table("award_kinds", ("cost_type", *AWARD_FIGURES, "check")),
        template.table(
            "stream_kinds", ("code", "name", *by_kind, "both_this_claim", "both_cumulative", "check")
        ),
        template.table("left_out", ("sentence",)),
    )
    tables.streams.open_up(len(data.streams))
    tables.award_kinds.open_up(len(COST_TYPES))
    tables.stream_kinds.open_up(len(data.streams))
    tables.left_out.open_up(len(data.left_out))
    return tables


def write(template: Template, data: ClaimReturn, tables: SummaryTables, checks: CheckList) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    _write_cover(template, data)
    _write_streams(data, tables.streams, checks)
    _write_award_kinds(data, tables, checks)
    _write_stream_kinds(data, tables, checks)
    _write_left_out(template, data, tables.left_out)
    template.put("claim_all_checks", Formula("all_checks"))
    where = tables.streams.sheet.title
    checks.add(
        where,
        "What is claimed to date is not above the award",
        f"ROUND({tables.streams.total_at('cumulative')},2)<=ROUND(award_amount,2)",
    )


def _write_cover(template: Template, data: ClaimReturn) -> None:
    award = data.award
    template.put_all(
        {
            "award_reference": award.reference,
            "award_funder": award.funder,
            "award_recipient": award.recipient,
            "award_amount": award.amount,
            "award_starts": award.starts,
            "award_ends": award.ends,
            "claim_name": data.claim,
            "claim_version": data.version,
            "claim_starts": data.starts,
            "claim_ends": data.ends,
            "claim_basis": BASES.get(data.basis, data.basis),
            "claim_prepared": data.prepared,
            "claim_submitted": data.submitted,
            "claim_approved": data.approved_by or "Nobody named",
            "claim_lines_hash": f"SHA-256 {data.lines_sha256}",
            "claim_lines": len(data.schedule),
            "claim_amount": data.total,
            "claim_in_words": in_words(data),
        }
    )


def in_words(data: ClaimReturn) -> str:
    """What the claim asks for, or gives back, as a sentence."""
    funder, total = f"the funder, {data.award.funder}", data.total
    if not data.schedule:
        return f"Nil claim: nothing is claimed from {funder}, and nothing is given back."
    if total < 0:
        return f"{pounds(-total)} is given back to {funder}: credits and corrections exceed what is claimed."
    if total == 0:
        return f"Nothing is due from {funder}: the lines of this claim cancel each other out."
    return f"{pounds(total)} is claimed from {funder}."


# --- by work stream ---------------------------------------------------------------------------------------------


def _figure(stream: StreamFigures, figure: str) -> Decimal:
    if figure == "current":
        return stream.this_claim - stream.late - stream.adjustments - stream.accruals
    found = getattr(stream, figure)
    assert isinstance(found, Decimal)
    return found


def _write_streams(data: ClaimReturn, table: Table, checks: CheckList) -> None:
    table.write(
        (
            stream.code,
            stream.name,
            *(_figure(stream, figure) for figure in FIGURES),
            Formula(_stream_check(table, index)),
        )
        for index, stream in enumerate(data.streams)
    )
    totals: dict[str, Value] = {
        figure: sum((_figure(stream, figure) for stream in data.streams), ZERO) for figure in FIGURES
    }
    table.write_total({**totals, "check": Formula(_sums(table, FIGURES))})
    where = table.sheet.title
    checks.add(
        where,
        "Each work stream: original budget and virements make the budget; the parts, in line with the schedule, make "
        "this claim; with what was claimed before it is the cumulative claim; the rest of the budget remains",
        every(table.whole("check")),
    )
    checks.add(where, "Totals are the sums of the work streams", table.total_at("check"))


def _stream_check(table: Table, index: int) -> str:
    at = {figure: table.at(figure, index) for figure in ("code", *FIGURES)}
    parts = [
        agree(at[figure], in_schedule(work_stream=at["code"], kind=KIND_OF[figure])) for figure in KIND_OF
    ]
    return every(
        agree(f"{at['original']}+{at['virements']}", at["budget"]),
        *parts,
        agree("+".join(at[figure] for figure in KIND_OF), at["this_claim"]),
        agree(f"{at['claimed_before']}+{at['this_claim']}", at["cumulative"]),
        agree(f"{at['budget']}-{at['cumulative']}", at["remaining"]),
    )


def _sums(table: Table, figures: Iterable[str]) -> str:
    return every(*(agree(f"SUM({table.whole(figure)})", table.total_at(figure)) for figure in figures))


def in_schedule(
    *, work_stream: str | None = None, cost_type: str | None = None, kind: str | None = None
) -> str:
    """An expression: the sum of the schedule's amounts that are of a stream (an address), a cost type, a kind.

    Compared cell by cell, as SUMIFS would read a code like MAY-24 as a date.
    """
    conditions = [f"(schedule_work_stream={work_stream})"] if work_stream else []
    conditions += [f'(schedule_cost_type="{cost_type}")'] if cost_type else []
    conditions += [f'(schedule_kind="{kind}")'] if kind else []
    return f"SUMPRODUCT({'*'.join([*conditions, 'schedule_amount'])})"


# --- by kind ----------------------------------------------------------------------------------------------------


def _of_kind(stream: StreamFigures, cost_type: str) -> dict[str, Decimal]:
    """A stream's budget and claim of one cost type."""
    resource = cost_type == "resource"
    budget = stream.resource_budget if resource else stream.capital_budget
    before = stream.resource_before if resource else stream.capital_before
    claim = stream.resource if resource else stream.capital
    cumulative = before + claim
    return dict(zip(KIND_FIGURES, (budget, before, claim, cumulative, budget - cumulative), strict=True))


def _write_award_kinds(data: ClaimReturn, tables: SummaryTables, checks: CheckList) -> None:
    table = tables.award_kinds
    rows: list[Sequence[Value]] = []
    totals = dict.fromkeys(AWARD_FIGURES, ZERO)
    for index, cost_type in enumerate(COST_TYPES):
        figures = _award_kind(data, cost_type)
        totals = {figure: totals[figure] + figures[figure] for figure in AWARD_FIGURES}
        check = Formula(_award_kind_check(tables, index, cost_type))
        rows.append((cost_type.capitalize(), *(figures[figure] for figure in AWARD_FIGURES), check))
    table.write(rows)
    with_summary = [
        agree(table.total_at(figure), tables.streams.total_at(figure)) for figure in AWARD_FIGURES
    ]
    table.write_total({**totals, "check": Formula(every(_sums(table, AWARD_FIGURES), *with_summary))})
    where = table.sheet.title
    checks.add(
        where,
        "The award's resource and capital are the sums of the work streams' and agree with the schedule",
        every(table.whole("check")),
    )
    checks.add(where, "Resource and capital make the claim", table.total_at("check"))


def _award_kind(data: ClaimReturn, cost_type: str) -> Mapping[str, Decimal]:
    figures = dict.fromkeys(AWARD_FIGURES, ZERO)
    for stream in data.streams:
        for figure, amount in _of_kind(stream, cost_type).items():
            figures[figure] += amount
    named = {kind: figure for figure, kind in KIND_OF.items()}
    for line in data.schedule:
        if line.cost_type == cost_type:
            figures[named[line.kind]] += line.amount
    return figures


def _award_kind_check(tables: SummaryTables, index: int, cost_type: str) -> str:
    at = {figure: tables.award_kinds.at(figure, index) for figure in AWARD_FIGURES}
    streams = [
        agree(at[figure], f"SUM({tables.stream_kinds.whole(f'{cost_type}_{figure}')})")
        for figure in KIND_FIGURES
    ]
    parts = [agree(at[figure], in_schedule(cost_type=cost_type, kind=KIND_OF[figure])) for figure in KIND_OF]
    return every(*streams, *parts, agree("+".join(at[figure] for figure in KIND_OF), at["this_claim"]))


def _write_stream_kinds(data: ClaimReturn, tables: SummaryTables, checks: CheckList) -> None:
    table = tables.stream_kinds
    rows: list[Sequence[Value]] = []
    figures = [column for column in table.columns if column not in {"code", "name", "check"}]
    totals = dict.fromkeys(figures, ZERO)
    for index, stream in enumerate(data.streams):
        amounts = [*_of_kind(stream, "resource").values(), *_of_kind(stream, "capital").values()]
        amounts += [stream.resource + stream.capital, stream.resource_before + stream.capital_before]
        amounts[-1] += amounts[-2]
        for figure, amount in zip(figures, amounts, strict=True):
            totals[figure] += amount
        rows.append((stream.code, stream.name, *amounts, Formula(_stream_kinds_check(tables, index))))
    table.write(rows)
    table.write_total({**totals, "check": Formula(_sums(table, figures))})
    where = table.sheet.title
    checks.add(
        where,
        "Each work stream: resource and capital agree with the schedule and make its budget and its claim",
        every(table.whole("check"), table.total_at("check")),
    )


def _stream_kinds_check(tables: SummaryTables, index: int) -> str:
    table, summary = tables.stream_kinds, tables.streams
    conditions = []
    for cost_type in COST_TYPES:
        budget, before, claim, cumulative, remaining = (
            table.at(f"{cost_type}_{figure}", index) for figure in KIND_FIGURES
        )
        conditions += [
            agree(claim, in_schedule(work_stream=table.at("code", index), cost_type=cost_type)),
            agree(f"{before}+{claim}", cumulative),
            agree(f"{budget}-{cumulative}", remaining),
        ]
    for figure in BOTH_FIGURES:
        resource, capital = table.at(f"resource_{figure}", index), table.at(f"capital_{figure}", index)
        conditions.append(agree(f"{resource}+{capital}", summary.at(figure, index)))
    for figure in ("this_claim", "cumulative"):
        conditions.append(agree(table.at(f"both_{figure}", index), summary.at(figure, index)))
    return every(*conditions)


# --- what is left out -------------------------------------------------------------------------------------------


def _write_left_out(template: Template, data: ClaimReturn, table: Table) -> None:
    template.put("claim_unallocated", data.unallocated)
    table.write((sentence,) for sentence in data.left_out)
