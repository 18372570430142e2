"""A report as a page: sections of sentences and tables, whose cells are text by now. HTML and Markdown set it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


@dataclass(frozen=True)
class Cell:
    """A cell's text. ``trace`` is what ``grantkit trace`` takes to find the lines behind it; ``mark`` how it looks.

    A mark is ``red``, ``amber``, ``green`` or ``none`` of a rating, ``below`` of a figure below zero, ``todo`` of what
    a person has to see to.
    """

    text: str
    trace: str | None = None
    mark: str | None = None


@dataclass(frozen=True)
class Heading:
    """A table's column; figures stand to the right."""

    text: str
    figures: bool = True


@dataclass(frozen=True)
class PageTable:
    """A table; where ``total`` is set, its last row is the sum of those above."""

    caption: str
    columns: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the page. ``charts`` names the charts that stand before its tables; ``notes`` follow them."""

    heading: str
    tables: tuple[PageTable, ...]
    charts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A report: its title, what it is about, its main figures as (label, cell), and its sections, the board's first."""

    title: str
    about: tuple[str, ...]
    figures: tuple[tuple[str, Cell], ...]
    sections: tuple[Section, ...]


def money(amount: Decimal | None, trace: str | None = None) -> Cell:
    """Pounds as a person reads them, with the pence; blank where there is no such amount."""
    if amount is None:
        return Cell("")
    return Cell(f"{amount:,.2f}" if amount else "0.00", trace, "below" if amount < 0 else None)


def per_cent_of(share: Decimal | None) -> Cell:
    """A per cent to one decimal; blank where there is none."""
    return Cell("") if share is None else Cell(f"{share:,.1f}", None, "below" if share < 0 else None)


def rating_of(rag: str | None) -> Cell:
    """A rating, as a word."""
    return Cell(rag or "not rated", None, rag or "none")


def headings(texts: Sequence[str], figures: Sequence[str], more: Sequence[str] = ()) -> tuple[Heading, ...]:
    """Columns of text, of figures, and of text again."""
    return (
        *(Heading(text, figures=False) for text in texts),
        *(Heading(text) for text in figures),
        *(Heading(text, figures=False) for text in more),
    )
