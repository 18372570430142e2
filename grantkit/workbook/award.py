"""The award as every workbook's cover shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


@dataclass(frozen=True)
class AwardFacts:
    """Which grant a workbook is about. ``amount`` is pounds; ``starts`` and ``ends`` are inclusive."""

    reference: str
    title: str
    funder: str
    recipient: str
    amount: Decimal
    starts: date
    ends: date
