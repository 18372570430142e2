"""The award as every workbook's cover shows it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

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

    @classmethod
    def of(cls, award: object) -> Self:
        """The facts out of anything that has them by these names, as the settings' award does."""
        return cls(**{field.name: getattr(award, field.name) for field in fields(cls)})
