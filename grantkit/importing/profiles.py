"""Profiles: how a file's layout maps to the canonical columns.

A profile is a TOML file of a few lines::

    kind = "invoices"
    no_document = false
    currency = "GBP"
    date_order = "day-month-year"

    [columns]
    document = "Trans No"
    net = ["Amount", "Net Amount"]     # the first of these headers that the file has

    [constants]                        # for a column that the file lacks, and for blank cells of one that it has
    supplier = "Payroll"

Headers are compared without regard to case, blanks, ``_``, ``-``, ``.`` and ``#``.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grantkit.errors import Place, SettingsError

KINDS = ("invoices", "orders")
_CODING = ("cost_centre", "account", "project", "category", "description")
FIELDS: dict[str, tuple[str, ...]] = {
    "orders": ("po", "line", "supplier_id", "supplier", "order_date", "net", "received", "status", *_CODING),
    "invoices": (
        *(
            "document",
            "line",
            "supplier_id",
            "supplier",
            "invoice_date",
            "accounting_date",
            "net",
            "vat",
            "gross",
        ),
        *("po", "po_line", *_CODING, "paid_date"),
    ),
}
#: What each kind of row cannot do without, beside a supplier or a supplier_id.
NEEDED: dict[str, tuple[str, ...]] = {
    "orders": ("po", "order_date", "net"),
    "invoices": ("document", "accounting_date", "net"),
}
DATE_ORDERS = ("day-month-year", "month-day-year")
CURRENCIES = {"GBP": "(£|GBP)", "USD": r"(\$|USD)", "EUR": "(€|EUR)"}


@dataclass(frozen=True)
class Profile:
    """A layout. ``columns`` gives, for each field, the headers that it may stand under, in order of preference."""

    name: str
    sha256: str
    kind: str | None = None
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    date_order: str = "day-month-year"
    currency: str = "GBP"
    no_document: bool = False


def loosely(header: str) -> str:
    """A header as it is compared."""
    return re.sub(r"[\s\u00a0_.#-]+", "", header).casefold()


def canonical(kind: str) -> Profile:
    """The profile of a file that has the canonical columns under their own names."""
    return Profile("canonical", "canonical", kind, {name: (name,) for name in FIELDS[kind]})


def find_profile(name: str, folder: Path) -> Path:
    """The file of a profile: a path to a ``.toml`` file, or a name under the workspace's ``profiles/``.

    Raises SettingsError where there is none.
    """
    here = Path(name)
    if here.suffix == ".toml" and here.is_file():
        return here
    kept = folder / "profiles" / f"{name.removesuffix('.toml')}.toml"
    if kept.is_file():
        return kept
    known = sorted(path.stem for path in (folder / "profiles").glob("*.toml"))
    hint = (
        f"profiles here: {', '.join(known)}"
        if known
        else "a profile is a file profiles/NAME.toml in the workspace"
    )
    raise SettingsError(f"there is no profile {name}", hint=hint)


def read_profile(path: Path) -> Profile:
    """Read a profile. Raises SettingsError for whatever in it is unknown or does not fit."""
    where = Place(path.name)
    try:
        text = path.read_bytes()
        raw = tomllib.loads(text.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"the profile cannot be read: {problem}", where=where) from problem
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(
            f"this is no TOML: {problem}", where=where, hint="compare it with the example in docs/profiles.md"
        ) from problem
    return _profile(raw, path.stem, hashlib.sha256(text).hexdigest(), where)


def _profile(raw: dict[str, Any], name: str, sha256: str, where: Place) -> Profile:
    known = {"kind", "columns", "constants", "date_order", "currency", "no_document"}
    for key in raw:
        if key not in known:
            raise SettingsError(
                f"unknown key {key}", where=where, hint=f"a profile may have: {', '.join(sorted(known))}"
            )
    kind = _one_of(raw, "kind", (None, *KINDS), None, where)
    fields = {name for each in ([kind] if kind else KINDS) for name in FIELDS[each]}
    return Profile(
        name=name,
        sha256=sha256,
        kind=kind,
        columns={f: _headers(f, value, fields, where) for f, value in _table(raw, "columns", where).items()},
        constants={
            f: _constant(f, value, fields, where) for f, value in _table(raw, "constants", where).items()
        },
        date_order=_one_of(raw, "date_order", DATE_ORDERS, DATE_ORDERS[0], where),
        currency=_one_of(raw, "currency", tuple(CURRENCIES), "GBP", where),
        no_document=_one_of(raw, "no_document", (False, True), default=False, where=where),
    )


def _one_of(raw: dict[str, Any], key: str, choices: tuple[Any, ...], default: Any, where: Place) -> Any:
    value = raw.get(key, default)
    if value not in choices:
        listed = ", ".join(str(choice) for choice in choices if choice is not None)
        raise SettingsError(f"{key} is {value!r}", where=where, hint=f"{key} is one of: {listed}")
    return value


def _table(raw: dict[str, Any], key: str, where: Place) -> dict[str, Any]:
    value = raw.get(key, {})
    if not isinstance(value, dict):
        raise SettingsError(
            f"{key} is not a table", where=where, hint=f"write it as [{key}] and a line for each column"
        )
    return value


def _field(name: str, fields: set[str], where: Place) -> None:
    if name not in fields:
        raise SettingsError(
            f"there is no column {name}", where=where, hint=f"columns: {', '.join(sorted(fields))}"
        )


def _headers(name: str, value: Any, fields: set[str], where: Place) -> tuple[str, ...]:
    _field(name, fields, where)
    headers = [value] if isinstance(value, str) else value
    if (
        not isinstance(headers, list)
        or not headers
        or not all(isinstance(h, str) and h.strip() for h in headers)
    ):
        raise SettingsError(
            f"columns.{name} is no header",
            where=where,
            hint='write it as "Header" or ["Header", "Other header"]',
        )
    return tuple(headers)


def _constant(name: str, value: Any, fields: set[str], where: Place) -> str:
    _field(name, fields, where)
    if not isinstance(value, str):
        raise SettingsError(f"constants.{name} is no text", where=where, hint="write it in quotes")
    return value
