"""Charts as inline SVG: columns, lines with a range, a bridge. They draw figures that are worked out already.

Binary numbers are good enough for a place on a screen; what a chart says in words comes as text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

WIDTH, HEIGHT = 440.0, 270.0
LEFT, RIGHT, TOP = 58.0, 8.0, 10.0
LETTER = 5.8  # a letter's width at the charts' size, on average
TICKS = 5
GAP = 0.3  # of a slot, between columns


@dataclass(frozen=True)
class Series:
    """One series: its name, its look (a CSS class), and a value for each name on the axis; None is a gap."""

    name: str
    look: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Column:
    """A column from one value to another, under a name; ``says`` is what it shows in words, ``trace`` its target."""

    name: str
    look: str
    low: Decimal
    high: Decimal
    says: str
    trace: str | None = None


@dataclass(frozen=True)
class _Frame:
    """The plot: its size, the values at its foot and head, and how many names its axis has."""

    height: float
    foot: float
    floor: float
    top: float
    names: int

    def x(self, place: float) -> float:
        """Across, for a place among the names (0 is the first one's left edge)."""
        return LEFT + (WIDTH - LEFT - RIGHT) * place / max(self.names, 1)

    def y(self, value: Decimal | float) -> float:
        """Down, for a value."""
        share = (float(value) - self.floor) / (self.top - self.floor or 1.0)
        return self.foot - (self.foot - TOP) * share


def columns_chart(
    label: str, names: Sequence[str], columns: Sequence[Sequence[Column]], floor: Decimal
) -> str:
    """Columns side by side above each name; the axis begins at ``floor`` where no column reaches below it."""
    values = [value for group in columns for column in group for value in (column.low, column.high)]
    frame = _frame(names, values, float(floor))
    drawn = []
    for place, group in enumerate(columns):
        width = (1 - GAP) / max(len(group), 1)
        for number, column in enumerate(group):
            left = frame.x(place + GAP / 2 + number * width)
            right = frame.x(place + GAP / 2 + (number + 1) * width)
            foot, head = (
                frame.y(max(float(column.low), frame.floor)),
                frame.y(max(float(column.high), frame.floor)),
            )
            traced = "" if column.trace is None else f' data-trace="{escape(column.trace)}"'
            drawn.append(
                f'<rect class="{column.look}" x="{left:.1f}" y="{head:.1f}" width="{right - left:.1f}"'
                f' height="{max(foot - head, 0.0):.1f}"{traced}><title>{escape(column.says)}</title></rect>'
            )
    return _svg(label, frame, names, drawn)


def lines_chart(
    label: str, names: Sequence[str], series: Sequence[Series], band: tuple[Series, Series] | None = None
) -> str:
    """Lines over the names, and the range between two of them as an area."""
    every = [*series, *(band or ())]
    frame = _frame(names, [value for each in every for value in each.values if value is not None], 0.0)
    drawn = [_band(frame, *band)] if band else []
    for each in series:
        for run in _runs(each.values):
            points = " ".join(f"{frame.x(place + 0.5):.1f},{frame.y(value):.1f}" for place, value in run)
            drawn.append(f'<polyline class="{each.look}" points="{points}"/>')
            if len(run) == 1:
                drawn.append(
                    f'<circle class="{each.look}" cx="{frame.x(run[0][0] + 0.5):.1f}"'
                    f' cy="{frame.y(run[0][1]):.1f}" r="2.5"/>'
                )
    return _svg(label, frame, names, drawn)


def _band(frame: _Frame, low: Series, high: Series) -> str:
    both = [
        (place, one, other)
        for place, (one, other) in enumerate(zip(low.values, high.values, strict=True))
        if one is not None and other is not None
    ]
    there = [f"{frame.x(place + 0.5):.1f},{frame.y(one):.1f}" for place, one, _ in both]
    back = [f"{frame.x(place + 0.5):.1f},{frame.y(other):.1f}" for place, _, other in reversed(both)]
    return f'<polygon class="{low.look}" points="{" ".join([*there, *back])}"/>'


def _runs(values: Iterable[Decimal | None]) -> list[list[tuple[int, Decimal]]]:
    """The stretches of values without a gap, each value with its place."""
    runs: list[list[tuple[int, Decimal]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def _frame(names: Sequence[str], values: Sequence[Decimal], floor: float) -> _Frame:
    low, high = min([*map(float, values), floor]), max([*map(float, values), floor])
    low = floor if floor > 0 else low  # an axis that does not begin at zero cuts off what is below it
    step = _step(high - low)
    foot = math.floor(low / step) * step if low < floor else floor
    below = 62.0 if _turned(names) else 26.0
    return _Frame(HEIGHT, HEIGHT - below, foot, max(math.ceil(high / step) * step, foot + step), len(names))


def _step(span: float) -> float:
    """A round number of which some five make up the span."""
    if span <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(span / TICKS))
    return next(unit * each for each in (1, 2, 2.5, 5, 10) if unit * each * TICKS >= span * 0.999)


def _turned(names: Sequence[str]) -> bool:
    """Whether the names are too long to stand side by side."""
    room = (WIDTH - LEFT - RIGHT) / max(len(names), 1)
    return max((len(name) for name in names), default=0) * LETTER > room - 3


def _svg(label: str, frame: _Frame, names: Sequence[str], drawn: Iterable[str]) -> str:
    return (
        f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 {WIDTH:.0f} {frame.height:.0f}">'
        f"{''.join(_grid(frame))}{''.join(drawn)}{''.join(_names(frame, names))}</svg>"
    )


def _grid(frame: _Frame) -> Iterable[str]:
    step = _step(frame.top - frame.floor)
    tick = math.ceil(frame.floor / step - 1e-9) * step
    while tick <= frame.top + step / 1000:
        at = frame.y(tick)
        yield f'<line class="grid" x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}"/>'
        yield f'<text class="tick" x="{LEFT - 5}" y="{at + 3.5:.1f}" text-anchor="end">{tick:,.0f}</text>'
        tick += step
    zero = frame.y(max(frame.floor, 0.0))
    yield f'<line class="axis" x1="{LEFT}" y1="{zero:.1f}" x2="{WIDTH - RIGHT}" y2="{zero:.1f}"/>'


def _names(frame: _Frame, names: Sequence[str]) -> Iterable[str]:
    turned = _turned(names)
    every = max(1, math.ceil(len(names) / 24))  # of very many only some have room
    for place, name in enumerate(names):
        if place % every:
            continue
        across, down = frame.x(place + 0.5), frame.foot + 13
        turn = (
            f' transform="rotate(-40 {across:.1f} {down:.1f})" text-anchor="end"'
            if turned
            else ' text-anchor="middle"'
        )
        yield f'<text class="tick" x="{across:.1f}" y="{down:.1f}"{turn}>{escape(name)}</text>'
