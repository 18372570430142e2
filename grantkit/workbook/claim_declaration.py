"""The sheet Declaration: what the signatory certifies. The clauses themselves stand in the template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.workbook.wording import period, pounds

if TYPE_CHECKING:
    from grantkit.workbook.claim_return import ClaimReturn
    from grantkit.workbook.template import Template


def write(template: Template, data: ClaimReturn) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    template.put_sentence("declaration_statement", statement(data))
    template.put("declaration_signatory", data.signatory)


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
