"""A claim's workbook with a schedule of many lines, against XlsxWriter writing the same cells: one of the two.

python benchmarks/schedule.py ours|peer LINES FILE.xlsx
"""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from grantkit.workbook.award import AwardFacts
from grantkit.workbook.claim_return import (
    ClaimReturn,
    ReconciliationStep,
    ScheduleLine,
    StreamFigures,
    write_claim_return,
)

ZERO = Decimal("0.00")
TEMPLATE = Path(__file__).resolve().parent.parent / "report_templates" / "claim.xlsx"
MOMENT = datetime(2024, 7, 15)  # noqa: DTZ001 - times of the ledger are UTC and have no zone


def lines(number: int) -> list[ScheduleLine]:
    """So many lines of a schedule, in the order in which the sheet has them."""
    return [
        ScheduleLine(
            *("EXISTING", "resource", "current", Decimal(n % 99_999).scaleb(-2), n, f"INV-{n:07}", "1"),
            *(f"Supplier {n % 900} Ltd", date(2024, 4, 1) + timedelta(days=n // 1200), Decimal(n).scaleb(-2)),
            *("Static camera unit, supplied and fitted", f"PO-{n // 9}", "invoices-2024-q1.csv", None, n + 1),
        )
        for n in range(1, number + 1)
    ]


def ours(schedule: list[ScheduleLine], target: Path) -> None:
    """The whole return, with its summary, checks and a schedule of these lines."""
    total = sum((line.amount for line in schedule), ZERO)
    facts = (
        "EXISTING",
        "Existing cameras",
        total,
        ZERO,
        total,
        total,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        total,
        ZERO,
        total,
    )
    more = (ZERO, ZERO, ZERO, ZERO, total, ZERO, total, total, ZERO, ZERO, total, ZERO, "green")
    award = AwardFacts("R", "T", "F", "P", total, date(2024, 4, 1), date(2025, 3, 31))
    data = ClaimReturn(
        award=award,
        claim="Q1",
        version=1,
        status="draft",
        starts=date(2024, 4, 1),
        ends=date(2024, 6, 30),
        basis="invoiced",
        prepared_at=MOMENT,
        prepared_by="A. Officer",
        submitted_at=None,
        submitted_by=None,
        streams=(StreamFigures(*facts, *more),),
        schedule=schedule,
        reconciliation=(ReconciliationStep("Cost of all invoice lines in the ledger", None, total),),
        unallocated=ZERO,
        left_out=(),
        left_out_kinds=(),
        left_out_lines=(),
        assets=(),
        asset_threshold=ZERO,
        lines_sha256="",
    )
    write_claim_return(data, target, template=TEMPLATE, moment=MOMENT)


def peer(schedule: list[ScheduleLine], target: Path) -> None:
    """The schedule's cells alone, by XlsxWriter in constant memory."""
    import xlsxwriter

    with xlsxwriter.Workbook(target, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        pounds = workbook.add_format({"num_format": "#,##0.00"})
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        for row, line in enumerate(schedule):
            for column, value in enumerate(vars(line).values()):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif isinstance(value, Decimal):
                    sheet.write_number(row, column, float(value), pounds)
                elif isinstance(value, date):
                    sheet.write_datetime(row, column, value, day)
                elif value is not None:
                    sheet.write_number(row, column, value)


if __name__ == "__main__":
    which, number, file = sys.argv[1:]
    {"ours": ours, "peer": peer}[which](lines(int(number)), Path(file))
