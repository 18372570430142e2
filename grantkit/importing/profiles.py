"""Profiles: how a file's layout maps to the canonical columns.

A profile is a TOML file of a few lines; ``docs/profiles.md`` says what it may hold. Headers are compared without
regard to case, blanks, ``_``, ``-``, ``.`` and ``#``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.resources
import json
import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grantkit.errors import Place, SettingsError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

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
DATES = {"orders": ("order_date",), "invoices": ("invoice_date", "accounting_date", "paid_date")}
AMOUNTS = {"orders": ("net", "received"), "invoices": ("net", "vat", "gross")}
DATE_ORDERS = ("day-month-year", "month-day-year")
#: Formats of dates that are no pattern of days, months and years: a spreadsheet's day number, and a period of the
#: financial year (202401 is April 2024) or of the calendar, which means the last day of that month.
SPECIAL_FORMATS = ("serial", "fiscal-period", "calendar-period")
CURRENCIES = {"GBP": "(£|GBP)", "USD": r"(\$|USD)", "EUR": "(€|EUR)"}
SIGNS = ("as-they-stand", "negated")
#: Decimal signs; ``either`` is settled by what the file's amounts show.
DECIMALS = (".", ",", "either")
STATUSES = ("open", "closed", "cancelled")
DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}


@dataclass(frozen=True)
class Marked:
    """A column whose values say how a row is to be taken: ``values`` are those that mark it."""

    header: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """A column that holds several fields: the named groups of ``pattern`` are the fields."""

    header: str
    pattern: str

    @property
    def groups(self) -> dict[str, int]:
        """Field → number of its group."""
        return dict(re.compile(self.pattern).groupindex)


@dataclass(frozen=True)
class Profile:
    """A layout. ``columns`` gives, for each field, the headers that it may stand under, in order of preference.

    ``recognise`` are headers by which a file is known to be of this layout; ``rates`` the pounds that one unit of
    another currency is worth; ``status`` the values that mean open, closed and cancelled; ``repeated`` the amounts
    that belong to the whole document and stand on each of its lines; ``undelivered`` the header of what is still to
    be delivered of an order line, in pounds, where the file has that in place of what was received; ``credit`` the
    header of what is taken off, where debits and credits stand in columns of their own; ``leave_out`` the rows that are
    no lines of such a ledger.
    """

    name: str
    sha256: str
    kind: str | None = None
    about: str = ""
    recognise: tuple[str, ...] = ()
    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    date_order: str = "day-month-year"
    date_formats: tuple[str, ...] = ()
    decimal: str = "."
    currency: str = "GBP"
    no_document: bool = False
    sign: str = "as-they-stand"
    repeated: tuple[str, ...] = ()
    sign_column: Marked | None = None
    line_type: Marked | None = None
    leave_out: Marked | None = None
    currency_column: str | None = None
    undelivered: str | None = None
    credit: str | None = None
    rates: dict[str, Decimal] = field(default_factory=dict)
    status: dict[str, tuple[str, ...]] = field(default_factory=dict)
    split: tuple[Split, ...] = ()

    def with_dates(self, dates: dict[str, str]) -> Profile:
        """The profile with dates that come from outside the file (field → ISO date), in place of its columns."""
        if not dates:
            return self
        return rehashed(
            dataclasses.replace(
                self,
                columns={name: headers for name, headers in self.columns.items() if name not in dates},
                constants=self.constants | dates,
            )
        )


def loosely(header: str) -> str:
    """A header as it is compared."""
    return re.sub(r"[\s\u00a0_.#-]+", "", header).casefold()


def canonical(kind: str) -> Profile:
    """The profile of a file that has the canonical columns under their own names."""
    return Profile("canonical", "canonical", kind, columns={name: (name,) for name in FIELDS[kind]})


def rehashed(profile: Profile) -> Profile:
    """The profile under the SHA-256 of what it says."""
    return dataclasses.replace(profile, sha256=hashlib.sha256(as_toml(profile).encode()).hexdigest())


# --- where they are ---------------------------------------------------------------------------------------------


def shipped() -> dict[str, Traversable]:
    """The profiles that come with grantkit, by name."""
    folder = importlib.resources.files("grantkit") / "profiles"
    found = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(".toml")}
    return {name.removesuffix(".toml"): found[name] for name in sorted(found)}


def kept(folder: Path) -> dict[str, Path]:
    """The workspace's own profiles, by name."""
    return {path.stem: path for path in sorted((folder / "profiles").glob("*.toml"))}


def find_profile(name: str, folder: Path) -> Profile:
    """The profile of this name: a path to a ``.toml`` file, one of the workspace, or one that is shipped.

    Raises SettingsError where there is none, or where it says what it may not.
    """
    return read_profile(profile_file(name, folder))


def profile_file(name: str, folder: Path) -> Path | Traversable:
    """The file of the profile of this name. Raises SettingsError where there is none."""
    here = Path(name)
    if here.suffix == ".toml" and here.is_file():
        return here
    plain = name.removesuffix(".toml")
    found = kept(folder).get(plain) or shipped().get(plain)
    if found is None:
        known = sorted({*kept(folder), *shipped()})
        raise SettingsError(f"there is no profile {name}", hint=f"profiles here: {', '.join(known)}")
    return found


def read_profile(path: Path | Traversable) -> Profile:
    """Read a profile. Raises SettingsError for whatever in it is unknown or does not fit."""
    where = Place(path.name)
    try:
        text = path.read_bytes()
        return parse_profile(text.decode("utf-8-sig"), path.name.removesuffix(".toml"), where)
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"the profile cannot be read: {problem}", where=where) from problem


def parse_profile(text: str, name: str, where: Place) -> Profile:
    """The profile that a TOML text holds. Raises SettingsError for whatever in it is unknown or does not fit."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(
            f"this is no TOML: {problem}", where=where, hint="compare it with the example in docs/profiles.md"
        ) from problem
    return _Reading(raw, where).profile(name, hashlib.sha256(text.encode()).hexdigest())


# --- reading ----------------------------------------------------------------------------------------------------

_KEYS = {
    *("kind", "about", "recognise", "sheet", "header_row", "encoding", "delimiter", "columns", "constants"),
    *("date_order", "date_formats", "decimal", "currency", "no_document", "sign", "repeated"),
    *("sign_column", "line_type", "leave_out", "currency_column", "undelivered", "credit", "status", "split"),
}


class _Reading:
    """A profile's TOML on the way to a Profile; every method raises SettingsError for what does not fit."""

    def __init__(self, raw: dict[str, Any], where: Place) -> None:
        self.raw = raw
        self.where = where

    def profile(self, name: str, sha256: str) -> Profile:
        for key in self.raw:
            if key not in _KEYS:
                raise self.wrong(f"unknown key {key}", f"a profile may have: {', '.join(sorted(_KEYS))}")
        kind = self.one_of("kind", (None, *KINDS), None)
        self.fields = {name for each in ([kind] if kind else KINDS) for name in FIELDS[each]}
        money = tuple(name for name in ("net", "vat", "gross", "received") if name in self.fields)
        currency_column = self.table("currency_column")
        return Profile(
            name=name,
            sha256=sha256,
            kind=kind,
            about=self.text("about") or "",
            recognise=self.texts("recognise"),
            sheet=self.text("sheet"),
            header_row=self.header_row(),
            encoding=self.text("encoding"),
            delimiter=self.one_of("delimiter", (None, *DELIMITERS), None),
            columns={f: self.headers(f, value) for f, value in self.table("columns").items()},
            constants={f: self.constant(f, value) for f, value in self.table("constants").items()},
            date_order=self.one_of("date_order", DATE_ORDERS, DATE_ORDERS[0]),
            date_formats=self.date_formats(),
            decimal=self.one_of("decimal", DECIMALS, "."),
            currency=self.one_of("currency", tuple(CURRENCIES), "GBP"),
            no_document=self.one_of("no_document", (False, True), default=False),
            sign=self.one_of("sign", SIGNS, SIGNS[0]),
            repeated=self.texts("repeated", money),
            sign_column=self.marked("sign_column", "negative"),
            line_type=self.marked("line_type", "tax"),
            leave_out=self.marked("leave_out", "values"),
            currency_column=self.part(currency_column, "currency_column", "header"),
            undelivered=self.text("undelivered"),
            credit=self.text("credit"),
            rates=self.rates(currency_column),
            status={
                name: self.strings(value, f"status.{name}") for name, value in self.status_table().items()
            },
            split=self.splits(),
        )

    def wrong(self, what: str, hint: str) -> SettingsError:
        return SettingsError(what, where=self.where, hint=hint)

    def one_of(self, key: str, choices: tuple[Any, ...], default: Any) -> Any:
        value = self.raw.get(key, default)
        if not any(value == choice and type(value) is type(choice) for choice in choices):
            listed = ", ".join(repr(c) if c in DELIMITERS else str(c) for c in choices if c is not None)
            raise self.wrong(f"{key} is {value!r}", f"{key} is one of: {listed}")
        return value

    def text(self, key: str) -> str | None:
        value = self.raw.get(key)
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise self.wrong(f"{key} is {value!r}", "write it as text in quotes")
        return value

    def texts(self, key: str, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
        found = self.strings(self.raw.get(key, []), key)
        for value in found:
            if choices and value not in choices:
                raise self.wrong(f"{key} has {value!r}", f"{key} may list: {', '.join(choices)}")
        return found

    def strings(self, value: Any, key: str) -> tuple[str, ...]:
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise self.wrong(f"{key} is no list of texts", 'write it as ["One", "Other"]')
        return tuple(values)

    def header_row(self) -> int | None:
        value = self.raw.get("header_row")
        if value is not None and (type(value) is not int or value < 1):
            raise self.wrong(f"header_row is {value!r}", "give the row's number, as a spreadsheet shows it")
        return value

    def table(self, key: str) -> dict[str, Any]:
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(f"{key} is not a table", f"write it as [{key}] and a line for each column")
        return value

    def part(self, table: dict[str, Any], key: str, name: str) -> str | None:
        if not table:
            return None
        value = table.get(name)
        if not (isinstance(value, str) and value.strip()):
            raise self.wrong(f"{key}.{name} is {value!r}", f'write it as {name} = "Header"')
        return value

    def marked(self, key: str, name: str) -> Marked | None:
        table = self.table(key)
        if not table:
            return None
        if table.keys() - {"header", name}:
            raise self.wrong(f"{key} has what it may not", f"{key} has header and {name}")
        header = self.part(table, key, "header")
        assert header is not None
        values = self.strings(table.get(name, []), f"{key}.{name}")
        if not values:
            raise self.wrong(f"{key}.{name} is missing", f"list the values: {name} = [{'…'!r}]")
        return Marked(header, values)

    def rates(self, table: dict[str, Any]) -> dict[str, Decimal]:
        rates: dict[str, Decimal] = {}
        for code, text in (table.get("rates") or {}).items():
            try:
                rates[code] = Decimal(text)
            except (InvalidOperation, TypeError, ValueError):
                rates[code] = Decimal(0)
            if not isinstance(text, str) or not rates[code].is_finite() or not 0 < rates[code] < 1_000_000:
                raise self.wrong(
                    f"the rate of {code} is {text!r}",
                    'write the pounds that one of it is worth, as text: EUR = "0.8561"',
                )
        return rates

    def status_table(self) -> dict[str, Any]:
        table = self.table("status")
        for name in table:
            if name not in STATUSES:
                raise self.wrong(f"there is no status {name}", f"a status is one of: {', '.join(STATUSES)}")
        return table

    def date_formats(self) -> tuple[str, ...]:
        formats = self.texts("date_formats")
        for each in formats:
            if each not in SPECIAL_FORMATS and not re.fullmatch(r"(%[dmYybBHMS]|[ /.:T-])+", each):
                raise self.wrong(
                    f"{each!r} is no format of dates",
                    f"write it with %d %m %Y %y %b %B, as in %Y%m%d, or as one of: {', '.join(SPECIAL_FORMATS)}",
                )
        return formats

    def splits(self) -> tuple[Split, ...]:
        raw = self.raw.get("split", [])
        if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
            raise self.wrong("split is not a list of tables", "write each as [[split]]")
        return tuple(self.split(each) for each in raw)

    def split(self, table: dict[str, Any]) -> Split:
        header = self.part(table, "split", "header")
        pattern = self.part(table, "split", "pattern")
        if header is None or pattern is None:
            raise self.wrong("split lacks its header or pattern", "write both under [[split]]")
        try:
            groups = re.compile(pattern).groupindex
        except re.error as problem:
            raise self.wrong(
                f"split.pattern is no pattern: {problem}", "mend the regular expression"
            ) from None
        if not groups:
            raise self.wrong("split.pattern names no column", "name its groups: (?P<cost_centre>[^.]+)")
        for name in groups:
            self.field(name)
            if name in {"document", "line"}:
                raise self.wrong(
                    f"split.pattern makes a {name}",
                    "a document number is kept whole: take the column as it is",
                )
        return Split(header, pattern)

    def field(self, name: str) -> None:
        if name not in self.fields:
            raise self.wrong(f"there is no column {name}", f"columns: {', '.join(sorted(self.fields))}")

    def headers(self, name: str, value: Any) -> tuple[str, ...]:
        self.field(name)
        headers = [value] if isinstance(value, str) else value
        good = isinstance(headers, list) and all(isinstance(h, str) and h.strip() for h in headers)
        if not good or not headers:
            raise self.wrong(
                f"columns.{name} is no header", 'write it as "Header" or ["Header", "Other header"]'
            )
        return tuple(headers)

    def constant(self, name: str, value: Any) -> str:
        self.field(name)
        if not isinstance(value, str):
            raise self.wrong(f"constants.{name} is no text", "write it in quotes")
        return value


# --- writing ----------------------------------------------------------------------------------------------------


def as_toml(profile: Profile, comments: dict[str, str] | None = None) -> str:
    """A profile as the text of its file; ``comments`` (key or field → why) stand behind what they are about."""
    why = comments or {}

    def line(key: str, value: Any) -> str:
        return f"{_key(key)} = {_toml(value)}" + (f"  # {why[key]}" if why.get(key) else "")

    sections = [[line(key, value) for key, value in _top(profile)]]
    for title in ("columns", "constants", "status"):
        table = getattr(profile, title)
        sections.append([line(name, _plain(value)) for name, value in table.items()])
        if table:
            sections[-1].insert(0, f"[{title}]")
    sections += [[f"[{title}]", *(line(*pair) for pair in pairs)] for title, pairs in _marked_parts(profile)]
    sections += [
        ["[[split]]", line("header", split.header), line("pattern", split.pattern)] for split in profile.split
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _top(profile: Profile) -> list[tuple[str, Any]]:
    """The keys above all tables, of those that say something."""
    texts = ("kind", "about", "recognise", "sheet", "header_row", "encoding", "delimiter", "date_order")
    said = [(key, getattr(profile, key)) for key in texts if getattr(profile, key)]
    return said + [
        (key, getattr(profile, key)) for key, most in _DEFAULTS.items() if getattr(profile, key) != most
    ]


def _marked_parts(profile: Profile) -> list[tuple[str, list[tuple[str, Any]]]]:
    parts: list[tuple[str, list[tuple[str, Any]]]] = []
    if profile.sign_column:
        column = profile.sign_column
        parts.append(("sign_column", [("header", column.header), ("negative", column.values)]))
    if profile.line_type:
        parts.append(("line_type", [("header", profile.line_type.header), ("tax", profile.line_type.values)]))
    if profile.leave_out:
        column = profile.leave_out
        parts.append(("leave_out", [("header", column.header), ("values", column.values)]))
    if profile.currency_column:
        rates = {code: str(rate) for code, rate in profile.rates.items()}
        said = [("rates", rates)] if rates else []
        parts.append(("currency_column", [("header", profile.currency_column), *said]))
    return parts


def _plain(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


_DEFAULTS: dict[str, Any] = {
    "date_formats": (),
    "decimal": ".",
    "currency": "GBP",
    "no_document": False,
    "sign": "as-they-stand",
    "repeated": (),
    "undelivered": None,
    "credit": None,
}


def _toml(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)
