"""The sheets Statement and By kind: the grant as a whole, by work stream, by kind, and by both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.workbook.cells import Formula, Value
from grantkit.workbook.checks import agree, every
from grantkit.workbook.claim_summary import BASES
from grantkit.workbook.wording import moment_in_words, pounds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.statement_report import StatementReport, Usage
    from grantkit.workbook.template import Table, Template

#: The figures of a heading, in the order of the workbook's columns.
FIGURES = (
    *("original", "virements", "budget", "eligible", "claimable", "claimed", "disallowed", "received"),
    *("outstanding", "not_yet_claimed", "held_back", "unspent"),
)


@dataclass(frozen=True)
class UsageTables:
    """The tables of figures, opened up: by work stream, by kind, by work stream and kind."""

    streams: Table
    kinds: Table
    detail: Table


def place(template: Template, data: StatementReport) -> UsageTables:
    """Open up the tables. Raises UnreadableError where the template lacks one of their names."""
    tables = UsageTables(
        template.table("usage", ("code", "name", *FIGURES, "check")),
        template.table("kinds", ("cost_type", *FIGURES, "check")),
        template.table("detail", ("code", "name", "cost_type", *FIGURES, "check")),
    )
    tables.streams.open_up(len(data.streams))
    tables.kinds.open_up(len(data.kinds))
    tables.detail.open_up(len(data.usage))
    return tables


def write(template: Template, data: StatementReport, tables: UsageTables, checks: CheckList) -> None:
    """Write both sheets. Raises UnreadableError where the template lacks a name."""
    _write_cover(template, data)
    _write_whole(template, data, tables, checks)
    _write_table(tables.streams, data.streams, data.total, ("code", "name"))
    _write_table(tables.kinds, data.kinds, data.total, ("cost_type",))
    _write_table(tables.detail, data.usage, data.total, ("code", "name", "cost_type"))
    _write_checks(tables, checks)
    template.put("statement_all_checks", Formula("all_checks"))


def _write_cover(template: Template, data: StatementReport) -> None:
    award = data.award
    template.put_all(
        {
            "award_reference": award.reference,
            "award_funder": award.funder,
            "award_recipient": award.recipient,
            "award_amount": award.amount,
            "award_starts": award.starts,
            "award_ends": award.ends,
            "statement_basis": BASES.get(data.basis, data.basis),
            "statement_as_at": data.as_at,
            "statement_prepared": f"{moment_in_words(data.prepared_at)}, by {data.prepared_by}",
            "statement_final_claim": data.final_claim,
            "statement_claims": len(data.claims),
            "statement_balance": data.balance,
            "statement_in_words": in_words(data),
        }
    )


def in_words(data: StatementReport) -> str:
    """What is due, or repayable, as a sentence."""
    funder = f"the funder, {data.award.funder}"
    if data.repayable:
        return f"{pounds(data.repayable)} is repayable to {funder}."
    if data.due:
        return f"{pounds(data.due)} is due from {funder}."
    return f"Nothing is due from {funder}, and nothing is repayable to it."


# --- the grant as a whole ---------------------------------------------------------------------------------------


def _write_whole(template: Template, data: StatementReport, tables: UsageTables, checks: CheckList) -> None:
    figures = _figures(data)
    conditions = _conditions({figure: tables.streams.total_at(figure) for figure in FIGURES})
    for figure, amount in figures.items():
        template.put(f"statement_{figure}", amount)
        template.put(f"statement_{figure}_check", Formula(conditions[figure]))
    where = tables.streams.sheet.title
    checks.add(
        where,
        "The figures of the grant as a whole are the totals of the tables below, and follow from each other",
        every(*(f"statement_{figure}_check" for figure in figures)),
    )
    checks.add(
        where,
        "What the grant pays is not above the award",
        "ROUND(statement_earned,2)<=ROUND(award_amount,2)",
    )


def _figures(data: StatementReport) -> dict[str, Decimal]:
    total = data.total
    return {
        "award": data.award.amount,
        "received": total.received,
        "eligible": total.eligible,
        "earned": total.earned,
        "claimed": total.claimed,
        "disallowed": total.disallowed,
        "outstanding": total.outstanding,
        "not_yet_claimed": total.not_yet_claimed,
        "due": data.due,
        "repayable": data.repayable,
        "unspent": data.unspent,
    }


def _conditions(at: dict[str, str]) -> dict[str, str]:
    """A condition for each of these figures; ``at`` has the totals of the table by work stream."""
    balance = "statement_outstanding+statement_not_yet_claimed"
    totals = ("received", "eligible", "claimed", "disallowed", "outstanding", "not_yet_claimed")
    earned = f"{at['claimed']}-{at['disallowed']}+{at['not_yet_claimed']}"
    return {
        "award": agree("statement_award", "award_amount"),
        **{figure: agree(f"statement_{figure}", at[figure]) for figure in totals},
        "earned": agree("statement_earned", earned),
        "due": agree("statement_due", f"MAX(0,{balance})"),
        "repayable": agree("statement_repayable", f"MAX(0,-({balance}))"),
        "unspent": every(
            agree("statement_unspent", "award_amount-statement_earned"),
            agree("statement_unspent", f"{at['unspent']}+award_amount-{at['budget']}"),
        ),
    }


# --- by work stream and kind ------------------------------------------------------------------------------------


def _write_table(table: Table, rows: Sequence[Usage], total: Usage, labels: Sequence[str]) -> None:
    def shown(row: Usage, label: str) -> Value:
        text: str = getattr(row, label)
        return text.capitalize() if label == "cost_type" else text

    table.write(
        (
            *(shown(row, label) for label in labels),
            *(getattr(row, figure) for figure in FIGURES),
            Formula(_row_check(table, index, labels)),
        )
        for index, row in enumerate(rows)
    )
    totals: dict[str, Value] = {figure: getattr(total, figure) for figure in FIGURES}
    sums = every(*(agree(f"SUM({table.whole(figure)})", table.total_at(figure)) for figure in FIGURES))
    table.write_total({**totals, "check": Formula(sums)})


def _row_check(table: Table, index: int, labels: Sequence[str]) -> str:
    """A row's figures follow from each other and, in the tables of sums, are sums of the sheet By kind."""
    at = {figure: table.at(figure, index) for figure in FIGURES}
    conditions = [
        agree(f"{at['original']}+{at['virements']}", at["budget"]),
        agree(f"{at['claimed']}-{at['disallowed']}-{at['received']}", at["outstanding"]),
        agree(
            f"{at['claimed']}-{at['disallowed']}+{at['not_yet_claimed']}+{at['held_back']}", at["claimable"]
        ),
        agree(f"{at['budget']}-{at['claimed']}+{at['disallowed']}-{at['not_yet_claimed']}", at["unspent"]),
    ]
    if len(labels) < 3:
        label = table.at(labels[0], index)
        conditions += [
            agree(at[figure], f"SUMPRODUCT((detail_{labels[0]}={label})*detail_{figure})")
            for figure in FIGURES
        ]
    return every(*conditions)


def _write_checks(tables: UsageTables, checks: CheckList) -> None:
    names = {
        tables.streams: "Each work stream",
        tables.kinds: "Resource and capital",
        tables.detail: "Each work stream's resource and capital",
    }
    for table, name in names.items():
        checks.add(
            table.sheet.title,
            f"{name}: virements make the current budget; claimed less disallowed and received is outstanding, and with "
            "what is not yet claimed and what is held back it is what is claimable",
            every(table.whole("check")),
        )
        checks.add(table.sheet.title, f"{name}: the totals are the sums of the rows", table.total_at("check"))
    both = [
        agree(tables.streams.total_at(figure), table.total_at(figure))
        for table in (tables.kinds, tables.detail)
        for figure in FIGURES
    ]
    checks.add(tables.streams.sheet.title, "The three tables have the same totals", every(*both))
