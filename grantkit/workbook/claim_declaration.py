"""The sheet Declaration: what the signatory certifies, by the template's clauses or those of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.workbook.wording import period, pounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantkit.workbook.claim_return import ClaimReturn
    from grantkit.workbook.template import Template


def write(template: Template, data: ClaimReturn) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    template.put_sentence("declaration_statement", statement(data))
    template.put("declaration_signatory", data.signatory)
    if data.declaration:
        write_clauses(template, "declaration_clauses", data.declaration)


def write_clauses(template: Template, name: str, clauses: Sequence[str]) -> None:
    """Put the settings' clauses in the place of the template's at ``name``; rows that are left over are hidden."""
    area = template.area(name)
    first, last, column = area.cells.min_row, area.cells.max_row, area.cells.min_col
    if len(clauses) > last - first + 1:
        template.grow(area.sheet, last, len(clauses) - (last - first))
    for place in range(max(len(clauses), last - first + 1)):
        clause = clauses[place] if place < len(clauses) else None
        template.put_row(area.sheet, first + place, last, column, (f"{_letter(place)})", clause))


def _letter(place: int) -> str:
    """``a``, ``b`` … ``z``, ``aa`` …"""
    return (_letter(place // 26 - 1) if place >= 26 else "") + chr(ord("a") + place % 26)


def statement(data: ClaimReturn) -> str:
    """What is claimed or given back, by whom, from whom and for which period, in one sentence."""
    award = data.award
    about = (
        f"under the award {award.reference} ({data.name}), for the period {period(data.starts, data.ends)}"
    )
    if not data.schedule:
        return (
            f"{award.recipient} claims nothing from the funder, {award.funder}, {about}: this is a nil claim."
        )
    if data.total < 0:
        return f"{award.recipient} gives {pounds(-data.total)} back to the funder, {award.funder}, {about}."
    return f"{award.recipient} claims {pounds(data.total)} from the funder, {award.funder}, {about}."
