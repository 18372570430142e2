"""The sheet Certificate: what the signatory certifies, by the template's clauses or those of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.workbook.claim_declaration import write_clauses
from grantkit.workbook.statement_usage import in_words
from grantkit.workbook.wording import in_words as day_in_words
from grantkit.workbook.wording import pounds

if TYPE_CHECKING:
    from grantkit.workbook.statement_report import StatementReport
    from grantkit.workbook.template import Template


def write(template: Template, data: StatementReport) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    template.put_sentence("certificate_statement", statement(data))
    template.put("certificate_signatory", data.signatory)
    if data.declaration:
        write_clauses(template, "certificate_clauses", data.declaration)


def statement(data: StatementReport) -> str:
    """How the grant was used, in figures, as sentences."""
    award, total = data.award, data.total
    return (
        f"Under the award {award.reference} of {pounds(award.amount)} by the funder, {award.funder},"
        f" {award.recipient} has incurred eligible expenditure of {pounds(total.eligible)} up to"
        f" {day_in_words(data.as_at)}. The grant pays {pounds(total.earned)} of it,"
        f" {pounds(total.received)} was received, and {pounds(data.unspent)} of the award is unspent. {in_words(data)}"
    )
