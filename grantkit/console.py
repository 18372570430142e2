"""What a person or a script sees: the one home of rich, of messages, of JSON and of exit codes.

Standard output carries data and nothing else; notes, progress, warnings and errors go to standard error. With
output piped there is no colour, no progress and no box drawing.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import threading
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grantkit.errors import GrantkitError

DONE, ATTENTION, REFUSED, UNREADABLE, INTERRUPTED = 0, 1, 2, 3, 130
#: The width of tables where the terminal's is not known.
PIPED_WIDTH = 100
#: The width that a table keeps to where it says so: every terminal has that.
NARROW = 80
BAR_WIDTH = 8
#: A column of text that wraps has room for a word of this length.
WORD_WIDTH = 14


def print_json(document: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def print_text(text: str = "") -> None:
    """Print a line of data on standard output."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Tell a person something, on standard error."""
    sys.stderr.write(text + "\n")


def warn(text: str) -> None:
    """Warn a person, on standard error."""
    sys.stderr.write(f"warning: {text}\n")


def print_error(problem: GrantkitError) -> None:
    """Say what went wrong, where, and what to do next."""
    for line in problem.lines():
        sys.stderr.write(line + "\n")


def pounds(amount: Decimal | None) -> str:
    """Pounds as a person reads them: commas at the thousands, two decimals, a leading minus."""
    return "" if amount is None else f"{amount:,.2f}"


def whole(amount: Decimal) -> str:
    """Whole pounds, half a pound away from zero, with commas at the thousands: for tables that have to fit."""
    return f"{amount.quantize(Decimal(1), rounding=ROUND_HALF_UP) + 0:,}"


@contextlib.contextmanager
def silenced(*, quiet: bool) -> Iterator[None]:
    """Keep standard output and standard error to themselves while something is carried out."""
    if not quiet:
        yield
        return
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def counted(number: int, thing: str) -> str:
    """A number with its noun: ``1 line``, ``1,200 lines``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def confirm(question: str) -> bool:
    """Ask on the terminal; where there is none the answer is yes, as scripts have said what they want."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@dataclass
class Column:
    """A table's column; figures stand to the right. A ``spare`` one is left out where the terminal is too narrow."""

    title: str
    figures: bool = False
    wraps: bool = False
    spare: bool = False


@dataclass
class Listing:
    """A table for people: its rows are text; a row of None is a line across. ``width`` is the most that it takes."""

    columns: Sequence[Column]
    title: str | None = None
    width: int | None = None
    rows: list[Sequence[str] | None] = field(default_factory=list)
    emphasised: set[int] = field(default_factory=set)

    def add(self, *cells: str, emphasise: bool = False) -> None:
        """Add a row."""
        if emphasise:
            self.emphasised.add(len(self.rows))
        self.rows.append(cells)

    def rule(self) -> None:
        """Add a line across, or a gap where nothing is drawn."""
        self.rows.append(None)


def print_listing(listing: Listing) -> None:
    """Print a table on standard output: drawn on a terminal, plain where piped."""
    from rich.console import Console

    drawn = on_terminal()
    console = Console(
        file=sys.stdout,
        width=None if drawn else listing.width or PIPED_WIDTH,
        force_terminal=drawn,
        no_color=not drawn,
        highlight=False,
        emoji=False,
        markup=False,
    )
    unbounded = console.options.update(max_width=10_000)
    table = _table(listing, drawn=drawn)
    least = console.measure(table, options=unbounded).minimum
    if drawn and least > console.width:
        table = _table(listing, drawn=drawn, tight=True)
        least = console.measure(table, options=unbounded).minimum
    console.width = max(console.width, least)  # rather wider than with something cut off
    console.print(table)


def _table(listing: Listing, *, drawn: bool, tight: bool = False) -> Any:
    """The table as rich has it; ``tight`` where there is little room: no spare columns, headings a word a line."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=listing.title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD if drawn else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 0 if tight else 1, 0, 0) if drawn else (0, 1),
        header_style="bold" if drawn else "",
    )
    shown = [place for place, column in enumerate(listing.columns) if not (tight and column.spare)]
    for place in shown:
        column = listing.columns[place]
        title = column.title.replace(" ", "\n") if tight else column.title
        cells = [row[place] for row in listing.rows if row is not None]
        table.add_column(
            title,
            min_width=_least_width(column, [title, *cells]) if drawn else _figures_width(column, cells),
            justify="right" if column.figures else "left",
            no_wrap=not column.wraps,
            overflow="fold" if column.wraps else "ellipsis",
            vertical="top",
        )
    for index, row in enumerate(listing.rows):
        if row is None:
            table.add_section()
            continue
        style = "bold" if index in listing.emphasised else ""
        table.add_row(*(Text(row[place], style=style) for place in shown))
    return table


def _figures_width(column: Column, cells: Sequence[str]) -> int | None:
    """What a column must have where output is piped: no figure is cut off."""
    return max(map(len, cells), default=None) if column.figures else None


def _least_width(column: Column, cells: Sequence[str]) -> int:
    """What a column must have on a terminal: nothing is cut off, and of text that wraps there is room for a word."""
    if column.wraps:
        words = [len(word) for cell in cells for word in cell.split()]
        return min(max(words, default=0), WORD_WIDTH)
    return max(len(line) for cell in cells for line in cell.splitlines() or [""])


def bar(part: Decimal, whole: Decimal) -> str:
    """A bar of how much of a whole is used: full at 100 per cent, ``+`` behind it where it is more."""
    blocks = ("█", "░", "▏▎▍▌▋▊▉") if _draws_blocks() else ("#", ".", "")
    if whole <= 0:
        return blocks[1] * BAR_WIDTH if part <= 0 else blocks[0] * BAR_WIDTH + "+"
    share = max(Decimal(0), min(part / whole, Decimal(1)))
    full = int(share * BAR_WIDTH)
    return blocks[0] * full + blocks[1] * (BAR_WIDTH - full) + ("+" if part > whole else "")


def sparkline(amounts: Sequence[Decimal]) -> str:
    """Amounts as a line of small columns, the largest the highest; what is not above zero is the lowest."""
    levels = "▁▂▃▄▅▆▇█" if _draws_blocks() else ".:-=+*#@"
    most = max(amounts, default=Decimal(0))
    if most <= 0:
        return levels[0] * len(amounts)
    places = (int(max(amount, Decimal(0)) * len(levels) / most) for amount in amounts)
    return "".join(levels[min(place, len(levels) - 1)] for place in places)


def _draws_blocks() -> bool:
    return on_terminal() and (sys.stdout.encoding or "").lower().startswith("utf")


class Progress:
    """Tells on a terminal's standard error what is being done, once it has taken longer than a second."""

    def __init__(self) -> None:
        self._doing = ""
        self._status: Any = None
        self._timer = threading.Timer(1.0, self._begin)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._status is not None:
            self._status.stop()

    def __call__(self, doing: str) -> None:
        """Say what is being done now."""
        self._doing = doing
        if self._status is not None:
            self._status.update(f"{doing} …")

    def _begin(self) -> None:
        from rich.console import Console

        self._status = Console(stderr=True, highlight=False).status(f"{self._doing} …")
        self._status.start()


def write_json_list(rows: Iterable[dict[str, Any]], target: TextIO) -> None:
    """Write rows as one JSON document, a list, without holding them all; decimals and days as text."""
    opening = "["
    for row in rows:
        target.write(f"{opening}\n{json.dumps(row, ensure_ascii=False, default=str)}")
        opening = ","
    target.write("[]\n" if opening == "[" else "\n]\n")


def write_json_lines(rows: Iterable[dict[str, Any]], target: TextIO) -> None:
    """Write rows as JSON, one a line; decimals and days as text."""
    target.writelines(f"{json.dumps(row, ensure_ascii=False, default=str)}\n" for row in rows)
