"""The sheet Left out: lines that the claim takes nothing of, or not all: held back, not eligible, in no stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.workbook.cells import Formula
from grantkit.workbook.checks import agree, every

if TYPE_CHECKING:
    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.claim_return import ClaimReturn
    from grantkit.workbook.template import Template

COLUMNS = (
    *("kind", "work_stream", "cost_type", "reason", "date", "supplier", "document", "line", "net", "amount"),
    *("line_id", "file", "row"),
)
TOLD = {"held-back": "held back", "ineligible": "not eligible", "unallocated": "no work stream"}


def write(template: Template, data: ClaimReturn, checks: CheckList) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    table = template.table("left", COLUMNS)
    kinds = template.table("left_kinds", ("kind", "lines", "amount", "check"))
    table.open_up(len(data.left_out_lines))
    kinds.open_up(len(data.left_out_kinds))
    table.write_lines(
        (
            *(TOLD[line.kind], line.work_stream, line.cost_type, line.reason, line.dated, line.supplier),
            *(line.document, line.line, line.net, line.amount, line.line_id, line.file, line.row),
        )
        for line in data.left_out_lines
    )
    table.filter_from("kind")
    listed = {line.kind for line in data.left_out_lines}
    kinds.write(
        (
            TOLD[kind.kind],
            kind.lines,
            kind.amount,
            Formula(_check(kinds.at("kind", index), kinds.at("lines", index), kinds.at("amount", index)))
            if kind.kind in listed
            else "too many to list here: grantkit query",
        )
        for index, kind in enumerate(data.left_out_kinds)
    )
    where = table.sheet.title
    if listed:
        checks.add(where, "Each kind's lines add up to its figure", every(kinds.whole("check")))
    for index, kind in enumerate(data.left_out_kinds):
        other = {"held-back": "-reconciliation_held_back", "unallocated": "claim_unallocated"}.get(kind.kind)
        if other:
            amount = kinds.reference("amount", index)
            checks.add(where, f"What is {TOLD[kind.kind]} agrees with the summary", agree(amount, other))


def _check(kind: str, lines: str, amount: str) -> str:
    return every(
        agree(lines, f"SUMPRODUCT((left_kind={kind})*1)"),
        agree(amount, f"SUMPRODUCT((left_kind={kind})*left_amount)"),
    )
