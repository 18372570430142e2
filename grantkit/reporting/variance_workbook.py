"""The variance report's workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.shipped import template
from grantkit.workbook.award import AwardFacts
from grantkit.workbook.variance_report import (
    CumulativePoint,
    QuarterFigures,
    VarianceReport,
    VarianceRow,
    write_variance_report,
)
from grantkit.workspace import Workspace, now

if TYPE_CHECKING:
    from pathlib import Path

    from grantkit.reporting import variance


def write_variance(workspace: Workspace, found: variance.VarianceReport, target: Path) -> str:
    """Write the workbook with its native charts; gives its SHA-256.

    Raises UnreadableError where it cannot be written.
    """
    award = workspace.settings.award
    data = VarianceReport(
        award=AwardFacts.of(award),
        as_at=found.position.as_at,
        forecast_method=award.forecast,
        rows=tuple(
            _row(row, with_rag=row is not found.unallocated) for row in (*found.streams, found.unallocated)
        ),
        total=_row(found.total, with_rag=True),
        cumulative=tuple(
            CumulativePoint(at.quarter, at.profile, at.actual, at.forecast) for at in found.cumulative
        ),
    )
    return write_variance_report(
        data, target, template=template(workspace.folder, "variance.xlsx"), moment=now()
    )


def _row(row: variance.Variance, *, with_rag: bool) -> VarianceRow:
    standing = row.standing
    return VarianceRow(
        code=standing.code,
        name=standing.name,
        budget=standing.budget,
        budget_to_date=standing.budget_to_date,
        eligible=standing.eligible,
        variance=standing.variance,
        variance_pct=row.variance_pct,
        forecast=standing.forecast,
        full_year_variance=standing.full_year_variance,
        rag=standing.rag if with_rag else None,
        quarters=tuple(QuarterFigures(q.quarter, q.budget, q.eligible, q.variance) for q in row.quarters),
    )
