"""Profiles as files: which there are, whether one fits a file, and one written from what was recognised."""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grantkit.errors import Place, RequestError, SettingsError
from grantkit.importing import profiles, reading
from grantkit.importing.layout import lay_out, missing_fields
from grantkit.importing.ledgers import import_file
from grantkit.importing.profiles import DATE_ORDERS, FIELDS, NEEDED, Profile
from grantkit.importing.recognition import (
    Recognised,
    SeveralSheetsError,
    Wanted,
    closest_header,
    incomplete_profile,
    recognise,
)
from grantkit.importing.results import ImportResult, Request
from grantkit.importing.sources import Source, open_source
from grantkit.importing.tables import Table, read_grids
from grantkit.store import open_ledger
from grantkit.workspace import Workspace

SHIPPED = "shipped"


@dataclass(frozen=True)
class Listed:
    """A profile. ``where`` is ``shipped`` or its file in the workspace; ``problem`` what is wrong with it."""

    name: str
    where: str
    kind: str | None = None
    about: str = ""
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the JSON has it."""
        return vars(self)


def all_profiles(folder: Path | None) -> list[Listed]:
    """The workspace's own profiles and those that are shipped, by name; an own one takes the place of a shipped one."""
    own = profiles.kept(folder) if folder else {}
    found = [_listed(path, f"profiles/{path.name}") for path in own.values()]
    found += [_listed(entry, SHIPPED) for name, entry in profiles.shipped().items() if name not in own]
    return sorted(found, key=lambda each: each.name)


def _listed(entry: Any, where: str) -> Listed:
    name = entry.name.removesuffix(".toml")
    try:
        profile = profiles.read_profile(entry)
    except SettingsError as problem:
        return Listed(name, where, problem=problem.what)
    return Listed(name, where, profile.kind, profile.about)


def text_of(name: str, folder: Path) -> str:
    """A profile's TOML, as it is. Raises SettingsError where there is none of that name."""
    entry = profiles.profile_file(name, folder)
    try:
        return entry.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"the profile cannot be read: {problem}", where=Place(entry.name)) from problem


# --- whether one fits a file ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A field of the profile: the headers that it may stand under, and the one that the file has."""

    field: str
    headers: tuple[str, ...]
    found: str | None
    needed: bool

    def as_json(self) -> dict[str, Any]:
        """As the JSON has it."""
        return {**vars(self), "headers": list(self.headers)}


@dataclass(frozen=True)
class Checked:
    """How a profile fits a file. ``problem`` is why the rows could not be read at all; else ``result`` says how."""

    profile: Profile
    kind: str
    table: Table
    columns: list[Column]
    missing: list[str]
    not_read: list[str]
    problem: str | None
    result: ImportResult | None

    @property
    def fits(self) -> bool:
        """Whether a file like this can be imported under the profile without anybody's attention."""
        return self.result is not None and not self.result.needs_attention

    def as_json(self) -> dict[str, Any]:
        """As the JSON has it."""
        shown = self.result.as_json() if self.result else {}
        return {
            "profile": self.profile.name,
            "file": self.table.source.path.name,
            "sheet": self.table.sheet,
            "kind": self.kind,
            "header_row": self.table.header_row,
            "fits": self.fits,
            "columns": [column.as_json() for column in self.columns],
            "constants": self.profile.constants,
            "missing": self.missing,
            "not_read": self.not_read,
            "problem": self.problem,
            "rows": shown.get("rows"),
            "net": shown.get("net"),
            "rejects": shown.get("rejects", []),
        }


class _NoLedger(Workspace):
    """A workspace whose ledger is not there: what is read from it is empty, and nothing is kept."""

    @property
    def store(self) -> Path:
        return self.folder / "none.duckdb"


def check_profile(profile: Profile, path: Path, kind: str | None = None, sheet: str | None = None) -> Checked:
    """Hold a profile against a file: what of its columns is there, and how the rows read.

    Raises RequestError where neither says which kind of ledger it is, UnreadableError where the file cannot be read.
    """
    kind = kind or profile.kind
    if kind is None:
        raise RequestError(
            "--kind is missing", hint="say what the ledger holds: --kind orders or --kind invoices"
        )
    source = open_source(path)
    table = closest_header(source, profile, kind, sheet)
    columns = _columns(profile, kind, table)
    missing = missing_fields({each.field for each in columns if each.found}, profile, kind)
    problem, result = None, None
    try:
        with tempfile.TemporaryDirectory(prefix="grantkit-") as nowhere:
            request = Request(kind=kind, profile=profile, sheet=sheet, dry_run=True)
            result = import_file(_NoLedger(Path(nowhere)), path, request)[0]
    except RequestError as raised:
        problem = raised.what
    return Checked(profile, kind, table, columns, missing, _not_read(profile, table), problem, result)


def _columns(profile: Profile, kind: str, table: Table) -> list[Column]:
    by_name = {profiles.loosely(text): text for text in reversed(table.header) if text}
    named: dict[str, tuple[str, ...]] = dict(profile.columns)
    for split in profile.split:
        for group in split.groups:
            named[group] = (*named.get(group, ()), split.header)
    needed = {*NEEDED[kind]} - ({"document"} if profile.no_document else set())
    return [
        Column(
            name,
            named[name],
            next((by_name[each] for each in map(profiles.loosely, named[name]) if each in by_name), None),
            name in needed,
        )
        for name in FIELDS[kind]
        if name in named
    ]


def _named_headers(profile: Profile) -> list[str]:
    carriers = [profile.sign_column, profile.line_type, profile.leave_out]
    headers = [carrier.header for carrier in carriers if carrier]
    headers += [each for each in (profile.currency_column, profile.undelivered, profile.credit) if each]
    headers += [split.header for split in profile.split]
    return headers + [each for several in profile.columns.values() for each in several]


def _not_read(profile: Profile, table: Table) -> list[str]:
    named = {profiles.loosely(each) for each in _named_headers(profile)}
    return [text for text in table.header if text and profiles.loosely(text) not in named]


# --- one written from what was recognised -----------------------------------------------------------------------


@dataclass(frozen=True)
class Detected:
    """A profile's TOML from what was recognised, and what is still missing in it."""

    text: str
    missing: list[str]


def detect_profile(
    path: Path, folder: Path | None, *, kind: str | None = None, sheet: str | None = None
) -> Detected:
    """What a file's layout was recognised as, as a commented profile.

    Raises RequestError where no row looks like a header, UnreadableError where the file cannot be read.
    """
    source = open_source(path)
    wanted = Wanted(kind=kind, sheet=sheet, folder=folder or Path())
    try:
        found = recognise(source, wanted)
    except SeveralSheetsError:
        raise
    except RequestError:
        return _incomplete(source, wanted)
    try:
        return Detected(_whole(_settled(found)), [])
    except RequestError as problem:
        either = recognise(source, dataclasses.replace(wanted, date_order=DATE_ORDERS[0]))
        asked = f'# date_order = "{DATE_ORDERS[0]}"  # needed: {_one_line(problem.what)}'
        lines = _whole(_settled(either)).splitlines()
        lines = [asked if line.startswith("date_order = ") else line for line in lines]
        return Detected("\n".join(lines) + "\n", ["date_order"])


def _settled(found: Recognised) -> Recognised:
    """With what the whole of the columns says of dates and signs."""
    copied = dataclasses.replace(found, table=dataclasses.replace(found.table, plain=False))
    with (
        tempfile.TemporaryDirectory(prefix="grantkit-") as nowhere,
        open_ledger(Path(nowhere) / "none.duckdb") as ledger,
        reading.rows_laid(ledger, copied) as laid,
    ):
        return reading.settle_open_questions(ledger, laid)


def _whole(found: Recognised) -> str:
    """The TOML of a layout that is whole; of several headers for a field, the one that the file has."""
    header, layout = found.table.header, found.layout
    in_order = [name for name in FIELDS[found.kind] if name in layout.fields]
    columns: dict[str, tuple[str, ...]] = {name: (header[layout.fields[name]],) for name in in_order}
    profile = dataclasses.replace(found.profile, kind=found.kind, columns=columns)
    why = {_KEYS.get(each.what, each.what): each.why for each in found.findings}
    return _toml(profile, found.table, why)


#: Reasons that say nothing: what a known profile says, what was given.
_NO_REASON = {"the profile", "given"}
#: What a finding is about → the key of a profile that says it.
_KEYS = {
    "order of dates": "date_order",
    "decimal sign": "decimal",
    "dates": "date_formats",
    "signs": "negative",
    "line_type": "tax",
    "currency": "currency_column",
}


def _toml(profile: Profile, table: Table, why: dict[str, str]) -> str:
    file = table.source.path.name
    profile = dataclasses.replace(
        profile,
        about=profile.about or f"as recognised in {file}",
        recognise=_marks(table),
        sheet=table.sheet if _has_other_sheets(table) else None,
        header_row=None,
    )
    if _finds_other_header(profile, table):
        profile = dataclasses.replace(profile, header_row=table.header_row)
        why = {**why, "header_row": "another row would do for a header too"}
    told = {"header", "file", "profile", "sheet"}
    why = {name: _one_line(text) for name, text in why.items() if name not in told and text not in _NO_REASON}
    why |= {"recognise": "a file with all these headers is read so", "sheet": "there are others"}
    return profiles.as_toml(profile, why)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _marks(table: Table) -> tuple[str, ...]:
    """The headers by which the next file is known: those that stand there once."""
    names = [profiles.loosely(text) for text in table.header]
    return tuple(
        text
        for index, text in enumerate(table.header)
        if text and names.count(names[index]) == 1 and not text.endswith(f" ({index + 1})")
    )


def _has_other_sheets(table: Table) -> bool:
    return table.sheet is not None and len(read_grids(table.source, None, None)) > 1


def _finds_other_header(profile: Profile, table: Table) -> bool:
    """Whether the profile by itself would take another row than this for the header."""
    assert profile.kind is not None
    try:
        lay_out(table.header, profile, profile.kind, table.grid.place)
        again = recognise(table.source, Wanted(profile=profile, kind=profile.kind, sheet=table.sheet))
    except RequestError:
        return False
    return again.table.header_row != table.header_row


def _incomplete(source: Source, wanted: Wanted) -> Detected:
    found = incomplete_profile(source, wanted)
    profile = dataclasses.replace(found.profile, kind=found.kind)
    why = {**found.why, "date_order": "not looked at before all columns are known: check it"}
    text = _toml(profile, found.table, why)
    among = ", ".join(found.left) or "none is left"
    asked = [
        f'# {name.partition(" ")[0]} = "…"  # needed: which of these columns is {name}? {_one_line(among)}'
        for name in found.missing
    ]
    sections = text.rstrip("\n").split("\n\n")
    for index, section in enumerate(sections):
        if section.startswith("[columns]"):
            sections[index] = "\n".join([section, *asked])
            break
    else:
        sections.insert(1, "\n".join(["[columns]", *asked]))
    return Detected("\n\n".join(sections) + "\n", found.missing)
