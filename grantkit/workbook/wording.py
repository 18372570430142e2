"""Dates, money and the award as words on a sheet."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


def in_words(day: date) -> str:
    """``30 September 2024``."""
    return f"{day.day} {day:%B %Y}"


def period(starts: date, ends: date) -> str:
    """``1 July 2024 to 30 September 2024``, both inclusive."""
    return f"{in_words(starts)} to {in_words(ends)}"


def utc(moment: datetime) -> datetime:
    """``moment`` in UTC and without a zone; one that has no zone is UTC already."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def moment_in_words(moment: datetime) -> str:
    """``15 July 2024, 09:30 UTC``."""
    at = utc(moment)
    return f"{in_words(at)}, {at:%H:%M} UTC"


def pounds(amount: Decimal) -> str:
    """``£82,804.33``; below zero ``-£1,200.00``."""
    return f"{'-' if amount < 0 else ''}£{abs(amount):,.2f}"
