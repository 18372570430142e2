"""An award's months and quarters, and how much of a budget falls due by a date.

The rules are those of the contract, section 4. Days here are inclusive at both ends, and ``ends`` is never
before ``starts``: the settings see to that.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from grantkit.money import to_pennies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True)
class Quarter:
    """One quarter of an award, first and last day inclusive.

    ``months`` counts the calendar months that it touches: three, or one or two in an award's last quarter.
    """

    name: str
    number: int
    starts: date
    ends: date
    months: int


def quarters(starts: date, ends: date) -> tuple[Quarter, ...]:
    """The quarters of the award that runs from ``starts`` to ``ends``, both inclusive, in order.

    Contract, section 4: spans of three calendar months, counted from the month of the award's first day. The
    first begins on that day, the last ends on the award's last day and may have one or two months.
    """
    last_month = _month_number(ends)
    found: list[Quarter] = []
    for first in range(_month_number(starts), last_month + 1, MONTHS_OF_A_QUARTER):
        last = min(first + MONTHS_OF_A_QUARTER - 1, last_month)
        number = len(found) + 1
        begins, closes = max(starts, _first_day(first)), min(ends, month_end(_first_day(last)))
        found.append(Quarter(f"Q{number}", number, begins, closes, last - first + 1))
    return tuple(found)


def months_of(starts: date, ends: date) -> tuple[date, ...]:
    """The first days of the calendar months that the days from ``starts`` to ``ends``, both inclusive, touch."""
    return tuple(_first_day(number) for number in range(_month_number(starts), _month_number(ends) + 1))


def months_in(starts: date, ends: date) -> int:
    """How many calendar months the days from ``starts`` to ``ends``, both inclusive, touch.

    Contract, section 4: an award's first and last months count as whole, however few of their days it has.
    """
    return _month_number(ends) - _month_number(starts) + 1


def months_elapsed(starts: date, ends: date, as_at: date) -> int:
    """How many whole months of the span from ``starts`` to ``ends`` have elapsed at the end of ``as_at``.

    Contract, section 4: a month counts once its last day, or the award's, is reached. From 0 to
    ``months_in(starts, ends)``.
    """
    if as_at >= ends:
        return months_in(starts, ends)
    complete = _month_number(as_at) - _month_number(starts)
    if as_at == month_end(as_at):
        complete += 1
    return max(0, complete)


def month_end(day: date) -> date:
    """The last day of the calendar month that holds ``day``."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def budget_to_date(
    budget: Decimal, profile: Sequence[Decimal], award_starts: date, award_ends: date, as_at: date
) -> Decimal:
    """Pounds of ``budget`` that the profile expects to be spent by the end of ``as_at``.

    Contract, section 4: the budget times the profile through the as-at date, that is whole quarters, and the
    current one by whole calendar months elapsed out of its months. Exact until it is rounded once, half up to
    the penny. ``profile`` is in per cent, one entry for each quarter of the award.

    Raises ValueError where the profile has not one entry for each quarter.
    """
    per_cent = Fraction(0)
    for quarter, planned in zip(quarters(award_starts, award_ends), profile, strict=True):
        elapsed = months_elapsed(quarter.starts, quarter.ends, as_at)
        per_cent += Fraction(planned) * Fraction(elapsed, quarter.months)
    return to_pennies(Fraction(budget) * per_cent / 100)


def _month_number(day: date) -> int:
    """Calendar months counted through, so that months can be subtracted across years."""
    return day.year * 12 + day.month - 1


def _first_day(month_number: int) -> date:
    return date(month_number // 12, month_number % 12 + 1, 1)
