"""What goes into one cell: pounds to the exact penny, text that can never act as a formula, dates, checks."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from openpyxl.styles.cell_style import StyleArray

from grantkit.errors import UnreadableError

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

LONGEST_TEXT = 32_767  # of a cell, in UTF-16 code units
FIRST_YEAR = 1901  # a workbook's calendar begins in 1900 and counts its February wrongly
ACTS_IF_TYPED = ("=", "+", "-", "@", "\t", "\r", "\n")
NEVER_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Formula:
    """A check: an expression without its equals sign. Nothing else in a workbook is a formula."""

    text: str


Value: TypeAlias = "str | int | Decimal | date | Formula | None"


def put(cell: Cell, value: Value) -> None:
    """Write ``value`` into ``cell``, whose style stays as it is. Decimals are pounds, or per cent with decimals.

    Raises UnreadableError for an amount that a spreadsheet's number cannot hold to the penny.
    """
    if value is None or value == "":
        cell.value = None
    elif isinstance(value, str):
        put_text(cell, value)
    elif isinstance(value, Decimal):
        cell.value = number(value)
    elif isinstance(value, Formula):
        cell.value = f"={value.text}"
    elif isinstance(value, date) and value.year < FIRST_YEAR:
        put_text(cell, value.isoformat())
    else:
        cell.value = value


def put_text(cell: Cell, text: str) -> None:
    """Write ``text`` as a string that is never a formula, an error value or a link, whatever it begins with."""
    cell.value = inert(text)
    cell.data_type = "s"
    if text.startswith(ACTS_IF_TYPED):
        share_style(cell, quoted_style(style_of(cell)))


def quoted_style(style: Any) -> Any:
    """A style for text that would act as a formula if somebody typed it: Excel then shows it as text for good."""
    quoted = copy(style)  # cells share their style: never change it in place
    quoted.quotePrefix = 1
    return quoted


def style_of(cell: Any) -> Any:
    """The style of a cell, to be shared by others of its kind: openpyxl's public ways copy it, which is slow."""
    return cell._style or StyleArray()  # noqa: SLF001


def share_style(cell: Any, style: Any) -> None:
    """Give a cell another's style."""
    cell._style = style  # noqa: SLF001


def inert(text: str) -> str:
    """``text`` as a cell can hold it: control characters made visible, too long a text cut with an ellipsis."""
    shown = NEVER_IN_XML.sub(_visible, text.replace("\r\n", "\n").replace("\r", "\n"))
    shown = LOOKS_ESCAPED.sub("_x005F_", shown)  # else Excel would read _x0041_ as the letter A
    if 2 * len(shown) > LONGEST_TEXT:
        units = shown.encode("utf-16-le")
        if len(units) > 2 * LONGEST_TEXT:
            shown = units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", errors="ignore") + "…"
    return shown


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)  # the picture of that control character
    return "␡" if code == 0x7F else "�"


def number(amount: Decimal) -> float:
    """The number in a cell for ``amount``; read back at its decimals it is ``amount`` again.

    Raises UnreadableError where binary numbers are too coarse for that (from about 70 million million pounds).
    """
    found = float(amount) + 0.0  # a zero has no sign
    if Decimal(repr(found)) != amount:
        raise UnreadableError(
            f"{amount:,} is too large for a spreadsheet to hold to the penny",
            hint="correct the line in the ledger, or read the figures with --json",
        )
    return found
