"""The variance report as one HTML file: tables and inline SVG, nothing from a network, no script."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.reporting import variance_page
from grantkit.reporting.bridges import OVER, UNDER
from grantkit.reporting.pages import money
from grantkit.reporting.svg import Column, Series, columns_chart, lines_chart
from grantkit.reporting.variance_page import page_of
from grantkit.workspace import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from pathlib import Path

    from grantkit.reporting.bridges import BridgeStep
    from grantkit.reporting.pages import Cell, Heading, Page, PageTable, Section
    from grantkit.reporting.variance import Variance, VarianceReport

FORECAST_RANGE = "range of the methods"


def write_html(found: VarianceReport, target: Path) -> None:
    """Write the report. Raises UnreadableError where it cannot be written."""
    with replacing(target) as file:
        file.write(as_html(found))


def as_html(found: VarianceReport) -> str:
    """The report as a document by itself. Each figure with lines behind it has its target in ``data-trace``."""
    page = page_of(found)
    return "".join(_document(found, page))


def _document(found: VarianceReport, page: Page) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<link rel="icon" href="data:,">\n'  # or a browser would ask for one
    yield f"<title>{escape(page.title)}</title>\n<style>\n{_style()}</style>\n</head>\n"
    yield f'<body data-as-at="{found.as_at.isoformat()}">\n<header>\n<h1>{escape(page.title)}</h1>\n'
    yield "".join(f"<p>{escape(text)}</p>\n" for text in page.about)
    yield f"</header>\n<main>\n<dl>{''.join(_figure(*figure) for figure in page.figures)}</dl>\n"
    for section in page.sections:
        yield "".join(_section(found, section))
    yield "</main>\n</body>\n</html>\n"


def _style() -> str:
    return (resources.files("grantkit") / "reporting" / "variance.css").read_text(encoding="utf-8")


def _figure(label: str, cell: Cell) -> str:
    return f"<div><dt>{escape(label)}</dt><dd{_attributes(cell)}>{escape(cell.text)}</dd></div>"


def _section(found: VarianceReport, section: Section) -> Iterator[str]:
    yield f"<section>\n<h2>{escape(section.heading)}</h2>\n"
    tables = [_table(table) for table in section.tables]
    yield "".join(tables[:1])
    if section.charts:
        yield f'<div class="charts">\n{"".join(_chart(found, name) for name in section.charts)}</div>\n'
    yield "".join(tables[1:])
    yield "".join(f'<p class="note">{escape(note)}</p>\n' for note in section.notes)
    yield "</section>\n"


def _table(table: PageTable) -> str:
    """A table in a box of its own, which scrolls sideways where the page is narrow."""
    head = "".join(f'<th class="{_look(column)}">{escape(column.text)}</th>' for column in table.columns)
    last = len(table.rows) - 1
    body = ""
    for place, row in enumerate(table.rows):
        cells = "".join(_cell(column, cell) for column, cell in zip(table.columns, row, strict=True))
        look = ' class="total"' if table.total and place == last else ""
        body += f"<tr{look}>{cells}</tr>\n"
    return (
        f'<div class="table" tabindex="0"><table>\n<caption>{escape(table.caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
    )


def _look(column: Heading) -> str:
    """The class of a column's cells; a narrow page leaves names out, as codes say the same."""
    return "figure" if column.figures else "name" if column.text == "name" else ""


def _cell(column: Heading, cell: Cell) -> str:
    return f"<td{_attributes(cell, _look(column))}>{escape(cell.text)}</td>"


def _attributes(cell: Cell, look: str = "") -> str:
    looks = " ".join(filter(None, (look, cell.mark)))
    return (f' class="{looks}"' if looks else "") + (
        f' data-trace="{escape(cell.trace)}"' if cell.trace is not None else ""
    )


# --- charts -----------------------------------------------------------------------------------------------------


def _chart(found: VarianceReport, name: str) -> str:
    if name == variance_page.STREAMS:
        return "".join(_stream_chart(row) for row in found.rows if row.has_money)
    draw = {
        variance_page.COLUMNS: _columns,
        variance_page.CUMULATIVE: _cumulative,
        variance_page.BRIDGE: _bridge,
    }[name]
    return draw(found)


def _in_figure(caption: str, keys: tuple[tuple[str, str], ...], svg: str) -> str:
    """A chart under its caption, with what its colours mean as (look, meaning)."""
    legend = "".join(f'<span class="key"><i class="{look}"></i>{escape(text)}</span>' for look, text in keys)
    return f"<figure><figcaption>{escape(caption)}</figcaption>{svg}<div>{legend}</div></figure>\n"


def _columns(found: VarianceReport) -> str:
    caption = "Budget to date and eligible cost, by work stream (£)"
    rows = [(row.standing, row.trace) for row in found.rows]
    groups = [
        (
            _from_zero(row.code, "profile", row.budget_to_date, f"{row.code}, budget to date"),
            _from_zero(row.code, "actual", row.eligible, f"{row.code}, eligible to date", trace),
        )
        for row, trace in rows
    ]
    drawn = columns_chart(caption, [row.code for row, _ in rows], groups, ZERO)
    return _in_figure(caption, (("profile", "budget to date"), ("actual", "eligible to date")), drawn)


def _from_zero(name: str, look: str, amount: Decimal, says: str, trace: str | None = None) -> Column:
    """A column that stands on zero, or hangs from it."""
    return Column(name, look, min(amount, ZERO), max(amount, ZERO), f"{says}: {money(amount).text}", trace)


def _cumulative(found: VarianceReport) -> str:
    caption = "Cumulative by quarter, the forecast with its range (£)"
    points = found.cumulative
    series = [
        Series("profile", "line profile", tuple(point.profile for point in points)),
        Series("actual", "line actual", tuple(point.actual for point in points)),
        Series("forecast", "line forecast", tuple(point.forecast for point in points)),
    ]
    low = Series("lowest", "range", tuple(point.low for point in points))
    high = Series("highest", "range", tuple(point.high for point in points))
    drawn = lines_chart(caption, [point.quarter for point in points], series, (low, high))
    keys = (*((each.look, each.name) for each in series), ("range", FORECAST_RANGE))
    return _in_figure(caption, keys, drawn)


def _bridge(found: VarianceReport) -> str:
    caption = "From budget to forecast (£)"
    if found.bridge_floor:
        caption = "From budget to forecast (£; the axis does not begin at zero)"
    groups = [(_step(step),) for step in found.bridge]
    drawn = columns_chart(caption, [step.label for step in found.bridge], groups, found.bridge_floor)
    keys = (
        ("actual", "budget, forecast"),
        ("over", "forecast over budget"),
        ("under", "forecast under budget"),
    )
    return _in_figure(caption, keys, drawn)


def _step(step: BridgeStep) -> Column:
    look = {OVER: "over", UNDER: "under"}.get(step.kind, "actual")
    return Column(step.label, look, *step.reach, f"{step.label}: {money(step.change).text}")


def _stream_chart(row: Variance) -> str:
    months = row.months
    series = [
        Series("profile", "line profile", tuple(month.profile_to_date for month in months)),
        Series("actual", "line actual", tuple(month.eligible_to_date for month in months)),
        Series("forecast", "line forecast", tuple(month.forecast_to_date for month in months)),
    ]
    caption = f"{row.standing.code}, cumulative by month (£)"
    drawn = lines_chart(caption, [month.name for month in months], series)
    return _in_figure(caption, tuple((each.look, each.name) for each in series), drawn)
