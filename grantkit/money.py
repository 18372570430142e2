"""Pounds and pence: exact decimals, rounding half up, and sharing out without losing a penny."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PENNY = Decimal("0.01")
ZERO = Decimal("0.00")


def to_pennies(amount: Decimal | Fraction) -> Decimal:
    """Pounds rounded to the penny, half away from zero (contract, section 1)."""
    if isinstance(amount, Fraction):
        pence = int((2 * abs(amount) * 100 + 1) // 2)
        return Decimal(pence if amount >= 0 else -pence).scaleb(-2)
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


def show(amount: Decimal | None) -> str | None:
    """Pounds as the contract writes them: two decimals, a leading minus, no separators; unknown is None."""
    if amount is None:
        return None
    text = f"{amount:.2f}"
    return "0.00" if text == "-0.00" else text


def per_cent(part: Decimal, whole: Decimal) -> Decimal | None:
    """``part`` in per cent of ``whole``, to one decimal, half away from zero; None where the whole is zero."""
    if whole == 0:
        return None
    return to_pennies(Fraction(part) * 10 / Fraction(whole)).scaleb(1)


def share(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share out pounds in proportion to ``weights`` so that the shares add up to ``amount`` exactly.

    Largest remainder; equal remainders go to whoever stands first. A negative amount is shared as its
    positive would be (contract, section 1). Weights are not negative and not all zero.

    Raises ValueError where the weights are all zero or one of them is negative.
    """
    total = sum(weights, Decimal(0))
    if total <= 0 or min(weights) < 0:
        raise ValueError("shares need weights that are not negative and not all zero")
    pence = int(abs(amount) * 100)
    exact = [Fraction(weight) * pence / Fraction(total) for weight in weights]
    whole = [int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (whole[i] - exact[i], i))
    for i in by_remainder[: pence - sum(whole)]:
        whole[i] += 1
    sign = -1 if amount < 0 else 1
    return [Decimal(sign * part).scaleb(-2) for part in whole]
