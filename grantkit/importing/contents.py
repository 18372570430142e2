"""What a column's cells hold: dates, amounts, codes, words. Looked at in the first thousand rows of a file."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cached_property

from grantkit.importing.sources import BLANKS

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_TIME = r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?)?"
_ISO = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_TIME}")
_NUMBERS = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2(?:[0-9]{{4}}|[0-9]{{2}}){_TIME}")
_NAMED = re.compile(rf"[0-9]{{1,2}}[-/ ]{_MONTH}[-/ ](?:[0-9]{{4}}|[0-9]{{2}}){_TIME}", re.IGNORECASE)
_COMPACT = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_PERIOD = re.compile(r"20[0-9]{2}(?:0[1-9]|1[0-2])")
_SERIAL = re.compile(r"[34][0-9]{4}|5[0-5][0-9]{3}")
_DRESSED = r"(?:[A-Z]{3}|\w{0,2}[^\w\s.,()-])?\s*"
_POINT = re.compile(
    rf"[-(]?\s*{_DRESSED}[-(]?\s*(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]+|(?=[.]))(?:[.][0-9]{{1,2}}0*)?\s*(?:-|\)|CR)?",
    re.IGNORECASE,
)
_COMMA = re.compile(
    rf"[-(]?\s*{_DRESSED}[-(]?\s*(?:[0-9]{{1,3}}(?:[.][0-9]{{3}})+|[0-9]+)(?:,[0-9]{{1,2}}0*)?\s*(?:-|\)|CR)?",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?=\S*[0-9])\S+")


def is_compact_date(text: str) -> bool:
    """Whether it reads as 20240405."""
    return _COMPACT.fullmatch(text) is not None


def is_amount(text: str, decimal: str = ".") -> bool:
    """Whether it reads as an amount of money under this decimal sign."""
    return (_POINT if decimal == "." else _COMMA).fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Whether it reads as a date in one of the usual ways."""
    return any(form.fullmatch(text) for form in (_ISO, _NUMBERS, _NAMED))


@dataclass(frozen=True)
class Content:
    """The cells of one column that hold text."""

    texts: tuple[str, ...]

    def share(self, test: re.Pattern[str]) -> float:
        """The part of the cells that a pattern fits, from 0 to 1; 0 where there are none."""
        return sum(test.fullmatch(text) is not None for text in self.texts) / max(len(self.texts), 1)

    @cached_property
    def dates(self) -> float:
        """The part of the cells that are dates as people write them."""
        return sum(map(is_date, self.texts)) / max(len(self.texts), 1)

    @cached_property
    def odd_dates(self) -> tuple[str, ...]:
        """The formats of dates that all cells are in and that are no usual date: 20240405, a period, a day number."""
        for form, name in ((_COMPACT, "%Y%m%d"), (_PERIOD, "fiscal-period"), (_SERIAL, "serial")):
            if self.texts and self.share(form) > 0.9:
                return (name,)
        return ()

    @cached_property
    def amounts(self) -> float:
        """The part of the cells that are amounts under either decimal sign."""
        fitting = sum(bool(_POINT.fullmatch(text) or _COMMA.fullmatch(text)) for text in self.texts)
        return fitting / max(len(self.texts), 1)

    @cached_property
    def codes(self) -> float:
        """The part of the cells that are codes: one word with a digit in it."""
        return self.share(_CODE)

    @cached_property
    def distinct(self) -> float:
        """How many different texts there are, as a part of the cells: 1 where none repeats."""
        return len(set(self.texts)) / max(len(self.texts), 1)

    @property
    def values(self) -> set[str]:
        """The different texts, in capitals."""
        return {text.upper() for text in self.texts}

    @cached_property
    def decimal_votes(self) -> tuple[int, int]:
        """How many cells can only be meant with a decimal point, and how many only with a decimal comma."""
        point = sum(bool(_POINT.fullmatch(t) and not _COMMA.fullmatch(t)) for t in self.texts)
        comma = sum(bool(_COMMA.fullmatch(t) and not _POINT.fullmatch(t)) for t in self.texts)
        return point, comma


def content_of(cells: list[str]) -> Content:
    """The content of a column, from its cells."""
    return Content(tuple(text for cell in cells if (text := cell.strip(BLANKS))))


def first_day(texts: list[str], *, month_first: bool = False) -> datetime.date:
    """The earliest date among texts, to put files in order: a guess where the order of day and month is open."""
    days = [day for text in texts if (day := _day(text.strip(BLANKS), month_first=month_first))]
    return min(days, default=datetime.date.max)


def _day(text: str, *, month_first: bool) -> datetime.date | None:
    try:
        if _ISO.fullmatch(text):
            return datetime.date.fromisoformat(text[:10])
        if _NUMBERS.fullmatch(text):
            first, second, year = (int(part) for part in re.findall(r"[0-9]+", text)[:3])
            day, month = (second, first) if (month_first or second > 12) and first <= 12 else (first, second)
            return datetime.date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        pass
    return None
