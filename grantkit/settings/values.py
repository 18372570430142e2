"""What a single value of ``grant.toml`` may be, and how a mistake in it is put into words.

A refusal is a predicate ("is negative") that the reading puts behind the key.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from grantkit.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable

# Whole pounds beyond this would not fit the ledger's columns; no award comes near.
_MOST_DIGITS = 12


def refusal(predicate: str, hint: str, *, instead_of: tuple[str, ...] = ()) -> PydanticCustomError:
    """A mistake in a value.

    Where the mistake is in the table as a whole, ``instead_of`` has the keys that would have mended it: the
    table is then the subject of the sentence, and nothing is said where one of those keys is only misspelt.
    """
    context = {"predicate": predicate, "hint": hint, "instead_of": instead_of}
    return PydanticCustomError("grantkit", "{predicate}", context)


def quoted(value: str) -> str:
    """Somebody's text within a message: in quotes, on one line, and not for pages."""
    return json.dumps(value if len(value) <= 60 else value[:59] + "…", ensure_ascii=False)


def shown_key(name: str) -> str:
    """A key as the file writes it: bare where it may be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name) else quoted(name)


def kind_of(value: object) -> str:
    """What a TOML value is, in words."""
    if isinstance(value, bool):
        return "true or false"
    names = {int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), "a date" if type(value) is date else "a time")


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seen = value if abs(value) < 10**15 else "…"  # Python cannot write every number, nor need a hint
        raise refusal("is a number without quotes", f'put it in quotes: "{seen}"')
    raise refusal(f"is {kind_of(value)}, and a text belongs here", 'write a text, in quotes: "…"')


def _text(value: object) -> str:
    """A text for a person or a pattern: on one line and not blank; blanks around it do not count."""
    text = _as_text(value).strip()
    if not text:
        raise refusal("is empty", "write something between the quotes")
    if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]", text):
        hint = "write it on one line; a backslash between double quotes has a meaning of its own, / has not"
        raise refusal("has a line break or another control character in it", hint)
    return text


def _decimal(value: object, places: int, unit: str, example: str) -> Decimal:
    """An exact number that is not negative, from its text; a Decimal is checked in the same way."""
    text = f"{value:f}" if isinstance(value, Decimal) else _as_text(value)
    hint = f'{unit}s are written in digits with at most {places} decimals, no commas, no signs: "{example}"'
    found = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?", text)
    if not found:
        bare = re.sub(r"[£%,\s]|GBP", "", text)
        if re.fullmatch(rf"[0-9]+(\.[0-9]{{1,{places}}})?", bare):
            hint = f'write "{bare}"; {hint}'
        raise refusal(f"is {quoted(text)}, which is not how {unit}s are written", hint)
    sign, whole, decimals = found.groups()
    if len(decimals or "") > places:
        raise refusal(f"is {quoted(text)}, which has more than {places} decimals", hint)
    if sign:
        raise refusal(f"is {quoted(text)}, and it cannot be negative", hint)
    if len(whole.lstrip("0")) > _MOST_DIGITS:
        raise refusal(f"has more than {_MOST_DIGITS} digits before the point", hint)
    return Decimal(text)


def read_pounds(value: object) -> Decimal:
    return _decimal(value, 2, "amount", "1000.00").quantize(ZERO)


def _per_cent(value: object) -> Decimal:
    return _decimal(value, 4, "per cent", "33.3333")


def _above_zero(value: Decimal) -> Decimal:
    if value == 0:
        raise refusal("is 0, and it must be more", "write a figure above 0; what has no share is not named")
    return value


def _day(value: object) -> date:
    if type(value) is date:
        return value
    hint = "dates are written year-month-day, without quotes and without a time: 2024-04-01"
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        hint = f"write it without quotes: {value}"
    raise refusal(f"is {kind_of(value)}, and a date belongs here", hint)


def read_code(value: object) -> str:
    code = _text(value)
    if not re.fullmatch(r"[A-Z][A-Z0-9_-]*", code):
        hint = "a code is capitals, digits, - and _, a letter first"
        tidy = tidy_code(code)
        raise refusal(f"is {quoted(code)}, which is no code", f"{hint}: {tidy}" if tidy else hint)
    if re.fullmatch(r"UNALLOCATED|FINAL[0-9]*|Q[0-9]+", code):
        hint = "choose another: UNALLOCATED, FINAL, FINAL2 … and Q1, Q2 … have a meaning of their own"
        raise refusal(f'is "{code}", a name that grantkit itself uses', hint)
    return code


def tidy_code(text: str) -> str:
    """The code that a person may have meant; empty where the text has no letter to begin it with."""
    return re.sub(r"[^A-Z0-9_-]+", "-", text.strip().upper()).lstrip("-_0123456789").rstrip("-_")


def read_store(value: str) -> str:
    if "://" in value and not value.startswith("postgresql://"):
        hint = "write a file's name (grantkit.duckdb) or an address that begins with postgresql://"
        raise refusal("is an address of a kind that grantkit cannot open", hint)
    return value


def read_list(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return value
    example = '["25", "25", "25", "25"]'
    raise refusal(f"is {kind_of(value)}, and a list belongs here", f"write a list of texts: {example}")


def _patterns(value: object) -> object:
    """One pattern or a list of them."""
    several = value if isinstance(value, (list, tuple)) else (value,)
    if not several:
        hint = "name at least one pattern, or take the key out"
        raise refusal("is an empty list, which nothing matches", hint)
    return several


def _streams_listed(value: object) -> object:
    """Work streams as a list of their codes."""
    example = 'write a list of codes: ["EXISTING", "NEW"]'
    if not isinstance(value, (list, tuple)):
        raise refusal(f"is {kind_of(value)}, and a list of work streams belongs here", example)
    if not value:
        raise refusal("names no work stream", f"{example}; without the key all of them count")
    return value


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise refusal(
        f"is {kind_of(value)}, and true or false belongs here", "write true or false, without quotes"
    )


def read_table(value: object) -> object:
    if isinstance(value, (dict, BaseModel)):
        return value
    hint = 'write it like this: explain_over = { per_cent = "10", amount = "5000.00" }'
    raise refusal(f"is {kind_of(value)}, and a per cent with an amount belongs here", hint)


def read_pairs(value: object) -> object:
    """``{ EXISTING = "60", MOBILE = "40" }`` as pairs, in the order in which they are listed."""
    if isinstance(value, dict):
        if not value:
            raise refusal("names no work stream", 'name them: split = { EXISTING = "60", MOBILE = "40" }')
        return tuple(value.items())
    if isinstance(value, tuple):
        return value
    hint = 'write it like this: split = { EXISTING = "60", MOBILE = "40" }'
    raise refusal(f"is {kind_of(value)}, and work streams with their per cents belong here", hint)


@dataclass(frozen=True)
class Known:
    """What a value is judged by that stands elsewhere in the file; nothing where that is itself wrong."""

    codes: tuple[str, ...] = ()
    quarters: int | None = None


def _stream_named(value: str, info: ValidationInfo) -> str:
    codes = info.context.codes if isinstance(info.context, Known) else ()
    if codes and value not in codes:
        raise refusal(f"names a work stream that does not exist: {quoted(value)}", proposal(value, codes))
    return value


def proposal(word: str, known: Iterable[str]) -> str:
    """A hint that proposes the nearest of what is known, else lists it."""
    names = tuple(known)
    near = nearest(word, names)
    return f"did you mean {near}?" if near else f"known here: {', '.join(names)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    by_lower = {name.lower(): name for name in reversed(tuple(known))}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def is_surely(key: str, near: str | None) -> bool:
    """Whether a key is so near to one that may stand here that no other table's key is meant."""
    if near is None:
        return False
    return f"_{key}_" in f"_{near}_" or difflib.SequenceMatcher(None, key, near).ratio() > 0.9


def added_up(values: Iterable[Decimal]) -> str:
    """What per cents add up to, without zeros at the end."""
    return f"{sum(values, Decimal(0)).normalize():f}"


Text = Annotated[str, BeforeValidator(_text)]
Pounds = Annotated[Decimal, BeforeValidator(read_pounds)]
PoundsAboveZero = Annotated[Decimal, AfterValidator(_above_zero), BeforeValidator(read_pounds)]
PerCent = Annotated[Decimal, BeforeValidator(_per_cent)]
PerCentAboveZero = Annotated[Decimal, AfterValidator(_above_zero), BeforeValidator(_per_cent)]
Day = Annotated[date, BeforeValidator(_day)]
Patterns = Annotated[tuple[Text, ...], BeforeValidator(_patterns)]
Switch = Annotated[bool, BeforeValidator(_switch)]
StreamName = Annotated[Text, AfterValidator(_stream_named)]
StreamNames = Annotated[tuple[StreamName, ...], BeforeValidator(_streams_listed)]
