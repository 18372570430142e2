"""The variance report's workbook."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from grantkit.clock import now
from grantkit.reporting.bridges import OVER, UNDER
from grantkit.shipped import template
from grantkit.workbook import variance_data as sheets
from grantkit.workbook.award import AwardFacts
from grantkit.workbook.variance_report import write_variance_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grantkit.reporting import variance
    from grantkit.reporting.bridges import BridgeStep
    from grantkit.reporting.drivers import Driver
    from grantkit.reporting.milestones import MilestoneStanding
    from grantkit.workspace import Workspace

Shown = TypeVar("Shown")


def write_variance(workspace: Workspace, found: variance.VarianceReport, target: Path) -> str:
    """Write the workbook with its native charts; gives its SHA-256.

    Raises UnreadableError where it cannot be written.
    """
    data = sheets.VarianceReport(
        award=AwardFacts.of(found.award),
        as_at=found.as_at,
        forecast_method=found.award.forecast,
        rows=tuple(_row(row) for row in found.rows),
        total=_row(found.total),
        cumulative=tuple(_shown(sheets.CumulativePoint, point) for point in found.cumulative),
        bridge=tuple(_step(step) for step in found.bridge),
        bridge_floor=found.bridge_floor,
        driver_lines=tuple(line for row in found.rows for line in _driver_lines(row)),
        milestones=tuple(_milestone(each) for each in found.open_milestones),
        unit_costs=tuple(_unit_costs(found)),
        remarks=" ".join(found.remarks),
    )
    return write_variance_report(
        data, target, template=template(workspace.folder, "variance.xlsx"), moment=now()
    )


def _shown(shape: type[Shown], source: object, **more: Any) -> Shown:
    """What a sheet shows of an object, which has it by the same names but for ``more``."""
    names = [field.name for field in fields(shape) if field.name not in more]  # type: ignore[arg-type]
    return shape(**{name: getattr(source, name) for name in names}, **more)


def _row(row: variance.Variance) -> sheets.VarianceRow:
    methods = {name.replace("-", "_"): amount for name, amount in row.outlook.by_method.items()}
    return _shown(
        sheets.VarianceRow,
        row.standing,
        original=row.original,
        variance_pct=row.variance_pct,
        rag=row.rag,
        reason=row.reason_shown,
        quarters=tuple(_shown(sheets.QuarterFigures, quarter) for quarter in row.quarters),
        months=tuple(_shown(sheets.MonthFigures, month) for month in row.months),
        kinds=tuple(_shown(sheets.KindFigures, kind) for kind in row.kinds),
        outlook=_shown(sheets.OutlookFigures, row.outlook, **methods),
        drivers=sheets.DriverFigures(
            timing=row.drivers.timing.amount,
            price=row.drivers.price.amount,
            scope=row.drivers.scope.amount,
            rest=row.drivers.rest,
        ),
    )


def _step(step: BridgeStep) -> sheets.BridgeRow:
    at_an_end = step.kind not in {OVER, UNDER}
    return _shown(
        sheets.BridgeRow,
        step,
        step=step.label,
        whole=step.above if at_an_end else None,
        over=step.above if step.kind == OVER else None,
        under=step.above if step.kind == UNDER else None,
    )


def _driver_lines(row: variance.Variance) -> Iterator[sheets.DriverRow]:
    for driver in row.drivers.each:
        for line in driver.lines:
            yield _shown(
                sheets.DriverRow,
                line,
                work_stream=row.standing.code,
                driver=driver.name,
                document=line.name,
                date=line.dated,
                line_ids=", ".join(map(str, line.line_ids)),
            )
        if driver.not_listed[0]:
            yield _others(row.standing.code, driver)


def _others(code: str, driver: Driver) -> sheets.DriverRow:
    """One row for the lines that are too many to list."""
    count, amount = driver.not_listed
    unknown = dict.fromkeys(("supplier", "date", "ordered", "invoiced", "accrued", "committed"))
    document = f"{count:,} smaller lines, not listed"
    return sheets.DriverRow(
        work_stream=code, driver=driver.name, document=document, amount=amount, line_ids="", **unknown
    )


def _milestone(each: MilestoneStanding) -> sheets.MilestoneRow:
    return _shown(
        sheets.MilestoneRow,
        each,
        work_stream=each.stream or "",
        flag="overdue, and money is spent" if each.flagged else "",
    )


def _unit_costs(found: variance.VarianceReport) -> Iterator[sheets.UnitCostRow]:
    for each in found.unit_costs.measures if found.unit_costs else ():
        total = each.total
        yield sheets.UnitCostRow(
            measure=each.measure.name,
            unit=each.measure.unit,
            quantity=total.quantity,
            cost=total.eligible,
            per_unit=total.per_unit(total.eligible),
            resource_per_unit=total.per_unit(total.resource),
            capital_per_unit=total.per_unit(total.capital),
        )
