"""``grant.toml`` read and written: every mistake that is in it, each with its line and what to do about it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from grantkit.errors import Place, RequestError, SettingsError, UnreadableError
from grantkit.money import ZERO, show
from grantkit.periods import quarters
from grantkit.settings.lines import lines_of
from grantkit.settings.model import (
    FIELDS,
    FILE_NAME,
    MODELS,
    RULES,
    Award,
    Publish,
    Rule,
    Settings,
    WorkStream,
    heading,
    keys_of,
)
from grantkit.settings.values import (
    Known,
    is_surely,
    kind_of,
    nearest,
    proposal,
    quoted,
    read_pounds,
    shown_key,
    tidy_code,
)

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from grantkit.settings.lines import At

_Table = dict[str, Any]
_Model = TypeVar("_Model", bound=BaseModel)


def read_settings(path: Path) -> Settings:
    """``grant.toml`` at ``path``, checked in full.

    Raises SettingsError with every mistake that is in it, in the order of its lines; UnreadableError where
    the file cannot be read at all; FileNotFoundError where it is missing, which is for the caller to explain.
    """
    data = _bytes_of(path)
    return _settings_of(_text_of(data, path), data, path)


def settings_of(text: str, path: Path) -> Settings:
    """What ``grant.toml`` at ``path`` would say with this text, checked as ``read_settings`` does; nothing is read.

    Raises SettingsError with every mistake that is in it.
    """
    return _settings_of(text, text.encode(), path)


def _settings_of(text: str, data: bytes, path: Path) -> Settings:
    reading = _Reading(path, _tables_of(text, path), lines_of(text))
    return reading.settings(text, hashlib.sha256(data).hexdigest())


def stream_mistakes(
    stream: dict[str, str | list[str]], quarter_count: int
) -> list[tuple[str, int | None, str, str | None]]:
    """What is wrong with one work stream by itself, its values as texts: (key, place in the profile, what, hint)."""
    try:
        WorkStream.model_validate(stream, context=Known(quarters=quarter_count))
    except ValidationError as error:
        found = []
        for mistake in error.errors(include_url=False):
            here, what, hint, _ = _in_words(WorkStream, "work_stream", stream, mistake)
            place = here[1] if len(here) > 1 and isinstance(here[1], int) else None
            found.append((str(here[0]), place, what, hint))
        return found
    return []


def write_settings(folder: Path) -> Path:
    """Write a commented ``grant.toml`` to begin with into ``folder``, which is created where it is absent.

    Returns its path. Raises RequestError where there is one already, UnreadableError where it cannot be
    written.
    """
    path = folder / FILE_NAME
    template = resources.files("grantkit").joinpath("settings_template.toml").read_bytes()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        file = path.open("xb")
    except FileExistsError as error:
        hint = "edit that file, or name another folder with -w; nothing was overwritten"
        raise RequestError("there are settings here already", where=Place(str(path)), hint=hint) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with file:
            file.write(template)
    except OSError as error:
        path.unlink()  # half a file would be in the way of the next attempt
        raise _unwritable(path, error) from error
    return path


def _unwritable(path: Path, error: OSError) -> UnreadableError:
    hint = "check the name, the permissions and the space that is left, or name another folder with -w"
    return UnreadableError(f"cannot be written: {error.strerror}", where=Place(str(path)), hint=hint)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        hint = "check that it is a file and that you may read it"
        what = f"cannot be read: {error.strerror}"
        raise UnreadableError(what, where=Place(str(path)), hint=hint) from error


def _text_of(data: bytes, path: Path) -> str:
    """The file as text; a byte order mark at its start, as Windows editors write it, does not count."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        odd = error.object[error.start : error.start + 1]
        seen = odd.decode("cp1252", errors="replace")
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"is not UTF-8: byte {odd.hex().upper()} (in Windows-1252: {seen})",
            where=Place(str(path), line=line),
            hint="open it in an editor and save it with the encoding UTF-8",
        ) from error


def _tables_of(text: str, path: Path) -> _Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error).removesuffix(" (at end of document)")
        where = Place(str(path), line=text.rstrip().count("\n") + 1)
        if found := re.fullmatch(r"(.*) \(at line ([0-9]+), column ([0-9]+)\)", message, re.DOTALL):
            message, where = found[1], Place(str(path), line=int(found[2]), column=found[3])
        message = re.sub(r"\('(.+?)',?\)", lambda key: f"[{key[1]}]".replace("', '", "."), message)
        hint = next(hint for sign, hint in _TOML_HINTS if sign in message)
        raise SettingsError(f"is not TOML: {message}", where=where, hint=hint) from error
    except (RecursionError, ValueError) as error:
        what = "a number is too long, or lists stand too deep inside one another, to be read"
        hint = "look for what was pasted here by mistake"
        raise SettingsError(what, where=Place(str(path)), hint=hint) from error


# What tomllib says, in part, and what to do then; the last is for whatever else it says.
_TOML_HINTS = (
    ("Invalid date", "there is no such day; dates are written year-month-day, without quotes: 2024-04-01"),
    ("overwrite a value", "the key or the table is there twice: take one of them out"),
    ("Cannot declare", "the table is there twice: take one out; only [[…]] may be repeated"),
    ("Cannot mutate", "the table is there twice: take one of them out"),
    ("Unescaped '\\'", "in a Windows path write / in place of \\, or put it in single quotes"),
    ("Illegal character '\\n'", "the quotes that this line opens are not closed"),
    ("Unterminated string", "the quotes that this text opens are not closed"),
    ("Unclosed array", "the list that begins with [ lacks its ]"),
    ("Expected '='", 'a setting is written as key = value: vat = "recoverable"'),
    ("Invalid statement", "every line is a [table], a key = value, or a remark that begins with #"),
    ("table declaration", "the name of a table stands alone on its line: [award], [[work_stream]]"),
    ("", 'texts and amounts stand in straight quotes ("1000.00"), dates in none, year first (2024-04-01)'),
)


@dataclass
class _Reading:
    """One reading of a ``grant.toml``: its tables, where each key stands, and the mistakes found so far."""

    path: Path
    tables: _Table
    lines: dict[At, int]
    mistakes: list[SettingsError] = field(default_factory=list)

    def settings(self, text: str, sha256: str) -> Settings:
        """What the tables say; SettingsError with all the mistakes where there are any."""
        self.tables_are_known()
        award, streams = self.one("award"), self.several("work_stream")
        known = Known(_codes(streams), _quarter_count(award))
        read: _Table = {"path": self.path, "text": text, "text_sha256": sha256}
        read["award"] = self.model(Award, "award", ("award",), award, known)
        read["work_streams"] = [
            self.model(WorkStream, "work_stream", at, stream, known) for at, stream in streams
        ]
        self.codes_are_unique(streams)
        self.budgets_fit(award, streams)
        for name in RULES:
            read[name] = self.rules(name, known)
        read["capital"] = self.model(Rule, "capital", ("capital",), self.one("capital"), known)
        read |= self.limits(known)
        read["publish"] = self.model(Publish, "publish", ("publish",), self.one("publish") or {}, known)
        read["milestones"] = self.named("milestone", known)
        read["measures"] = self.named("measure", known)
        if self.mistakes:
            raise self.error()
        return Settings.model_validate(read)

    def limits(self, known: Known) -> _Table:
        """The figures of the tables that may be missing, by their names in Settings."""
        read: _Table = {}
        for name in ("tolerance", "virement", "claim", "variance", "assets", "checks"):
            limits = self.model(MODELS[name], name, (name,), self.one(name) or {}, known)
            read |= limits.model_dump(by_alias=True) if limits else {}
        return read

    def rules(self, name: str, known: Known) -> list[BaseModel | None]:
        """The rules of that name, in order; one that an earlier one leaves nothing to is a mistake."""
        read, earlier = [], dict[frozenset[Any], int | None]()
        for at, table in self.several(name):
            read.append(self.model(MODELS[name], name, at, table, known))
            reach = _reach(table)
            if reach in earlier:
                what = "no line can reach this rule: it names the same patterns as the one"
                hint = "the first rule that matches wins: take one of the two out, or change its patterns"
                self.mistake(at, f"{what} in line {earlier[reach]}", hint)
            elif reach:
                earlier[reach] = self.line(at)
        return read

    def named(self, name: str, known: Known) -> list[BaseModel | None]:
        """The tables of that name, in order; a name that an earlier one has, ignoring case, is a mistake."""
        read, first = [], dict[str, int | None]()
        for at, table in self.several(name):
            read.append(self.model(MODELS[name], name, at, table, known))
            own = table.get("name")
            if isinstance(own, str):
                line = self.line((*at, "name"))
                if first.setdefault(own.strip().casefold(), line) != line:
                    earlier = first[own.strip().casefold()]
                    what = f"name is {quoted(own)}, which line {earlier} has already"
                    self.mistake((*at, "name"), what, f"give each {name} a name of its own")
        return read

    def one(self, name: str) -> _Table | None:
        """The table of that name; None where it is missing or something else."""
        table = self.tables.get(name)
        if table is None or isinstance(table, dict):
            return table
        hint = f"write it in single brackets, and once: [{name}]"
        self.mistake((name,), f"{name} is {kind_of(table)}, and a table belongs here", hint)
        return None

    def several(self, name: str) -> list[tuple[At, _Table]]:
        """The tables of that name, each with its path; an entry that is no table is noted and left out."""
        listed = self.tables.get(name, [])
        hint = f"write [[{name}]] in double brackets above each: there may be several"
        if not isinstance(listed, (list, dict)) and name in Award.model_fields:
            self.mistake(
                (name,), f"{name} is no key that grantkit knows here", f"{name} belongs under [award]"
            )
            return []
        if not isinstance(listed, list):
            self.mistake((name,), f"{name} is {kind_of(listed)}, and a list of tables belongs here", hint)
            return []
        found: list[tuple[At, _Table]] = []
        for number, table in enumerate(listed):
            if isinstance(table, dict):
                found.append(((name, number), table))
            else:
                what = f"an entry of {name} is {kind_of(table)}, and a table belongs here"
                self.mistake((name, number), what, hint)
        return found

    def model(
        self, model: type[_Model], name: str, at: At, table: _Table | None, known: Known
    ) -> _Model | None:
        """The table as a model of ours; None, and its mistakes noted, where it is wrong."""
        if table is None:
            return None
        misspelt = self.keys_are_known(name, at, table)
        values = {key: value for key, value in table.items() if key in keys_of(name)}
        if issubclass(model, Rule):
            patterns = {key: values.pop(key) for key in FIELDS if key in values}
            values |= {"patterns": patterns, "line": self.line(at)}
        try:
            return model.model_validate(values, context=known)
        except ValidationError as error:
            for found in error.errors(include_url=False):
                here, what, hint, instead_of = _in_words(model, name, table, found)
                if not misspelt.intersection(instead_of):
                    self.mistake(at + here, what, hint)
        return None

    def tables_are_known(self) -> None:
        """The file holds no other tables than grantkit knows, and those that it needs."""
        misspelt = set()
        for name in self.tables:
            if name not in MODELS:
                near = nearest(name, MODELS)
                misspelt.add(near)
                is_table = isinstance(self.tables[name], (dict, list))
                what = f"[{shown_key(name)}] is no table" if is_table else f"{shown_key(name)} is no key"
                elsewhere = None if is_surely(name, near) else _belongs(name)
                hint = elsewhere or proposal(name, MODELS)
                self.mistake((name,), f"{what} that grantkit knows here", hint)
        if "award" not in self.tables and "award" not in misspelt:
            self.mistake((), "there is no [award]", "`grantkit init` in an empty folder writes one to go by")
        if not self.tables.get("work_stream", []) and "work_stream" not in misspelt:
            hint = "name at least one, with its code, name, resource, capital and profile"
            self.mistake(("work_stream",), "there is no [[work_stream]]", hint)

    def keys_are_known(self, name: str, at: At, table: _Table) -> set[str]:
        """Notes the keys that a table of that name may not hold; returns those that were meant, it seems."""
        known, meant = keys_of(name), set()
        for key in table:
            if key not in known:
                near = nearest(key, known)
                elsewhere = None if is_surely(key, near) else _belongs(key)
                meant |= {near} if near and not elsewhere else set()
                hint = elsewhere or proposal(key, known)
                self.mistake((*at, key), f"{shown_key(key)} is no key of {heading(name)}", hint)
        return meant

    def codes_are_unique(self, streams: list[tuple[At, _Table]]) -> None:
        first: dict[str, At] = {}
        for at, stream in streams:
            code = stream.get("code")
            if isinstance(code, str) and first.setdefault(code, at) != at:
                where = self.line((*first[code], "code"))
                hint = "give each work stream a code of its own"
                self.mistake((*at, "code"), f"code is {quoted(code)}, which line {where} has already", hint)

    def budgets_fit(self, award: _Table | None, streams: list[tuple[At, _Table]]) -> None:
        """The budgets do not exceed the award; one that is itself wrong counts as nothing here."""
        amount = _sound_pounds((award or {}).get("amount"))
        named = [stream.get(kind) for _, stream in streams for kind in ("resource", "capital")]
        total = sum((_sound_pounds(budget) or ZERO for budget in named), ZERO)
        if amount and total > amount:
            more = show(total - amount)
            what = f"the work streams' budgets add up to {show(total)}, which is {more} more than the award"
            hint = "lower resource or capital of a [[work_stream]], or correct this amount"
            self.mistake(("award", "amount"), what, hint)

    def mistake(self, at: At, what: str, hint: str | None) -> None:
        """Note a mistake; the same one a second time on its line (a list of numbers) says nothing new."""
        where = Place(str(self.path), line=self.line(at))
        if not any(known.what == what and known.where == where for known in self.mistakes):
            self.mistakes.append(SettingsError(what, where=where, hint=hint))

    def line(self, at: At) -> int | None:
        """The line on which it stands, or the nearest thing around it."""
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at)

    def error(self) -> SettingsError:
        """The mistakes as one error, the first one in front, by line; those without a line come last."""

        def by_line(mistake: SettingsError) -> tuple[bool, int]:
            line = mistake.where.line if mistake.where else None
            return line is None, line or 0

        first, *others = sorted(self.mistakes, key=by_line)
        return SettingsError(first.what, where=first.where, hint=first.hint, others=tuple(others))


def _codes(streams: list[tuple[At, _Table]]) -> tuple[str, ...]:
    """The streams' codes; where one is written badly, what it is likely to become."""
    written = [stream["code"] for _, stream in streams if isinstance(stream.get("code"), str)]
    return tuple(dict.fromkeys(filter(None, map(tidy_code, written))))


def _quarter_count(award: _Table | None) -> int | None:
    """How many quarters the award has; None where its dates are wrong."""
    starts, ends = (award or {}).get("starts"), (award or {}).get("ends")
    if type(starts) is date and type(ends) is date and starts <= ends:
        return len(quarters(starts, ends))
    return None


def _sound_pounds(value: object) -> Decimal | None:
    try:
        return read_pounds(value)
    except ValueError:
        return None


def _reach(table: _Table) -> frozenset[Any] | None:
    """What a rule matches, even where the rest of its table is wrong; None where its patterns are."""
    patterns = {key: table[key] for key in FIELDS if key in table}
    try:
        return Rule.model_validate({"patterns": patterns, "line": 0}).reach
    except ValidationError:
        return None


def _belongs(key: str) -> str | None:
    """A hint where a key stands in the wrong table, or in none."""
    homes = [heading(name) for name in MODELS if key in keys_of(name)]
    return f"{key} belongs under {homes[0]}" if homes else None


def _in_words(
    model: type[BaseModel], name: str, table: _Table, found: ErrorDetails
) -> tuple[At, str, str | None, tuple[str, ...]]:
    """A mistake that pydantic found: its path in the table, what, a hint, and the keys that would mend it."""
    here, subject = _named(found["loc"], table)
    context = found.get("ctx", {})
    predicate, hint = context.get("predicate", found["msg"]), context.get("hint")
    if found["type"] == "missing":
        example = (model.model_fields[subject].examples or ["…"])[0]
        return (), f"{heading(name)} has no {subject}", f"add a line: {subject} = {example}", (subject,)
    if found["type"] == "extra_forbidden":  # in a table within a line; others are looked through before
        known = tuple(model.model_fields[str(found["loc"][0])].default.__class__.model_fields)
        return here, f"{subject} is no key that grantkit knows", proposal(str(found["loc"][-1]), known), ()
    if found["type"] == "literal_error":
        choices, value = get_args(model.model_fields[subject].annotation), found["input"]
        seen = quoted(value) if isinstance(value, str) else kind_of(value)
        what = f"{subject} is {seen}, and can only be one of {', '.join(choices)}"
        return here, what, proposal(value if isinstance(value, str) else "", choices), ()
    instead_of = context.get("instead_of", ())
    return here, f"{heading(name) if instead_of else subject} {predicate}", hint, instead_of


def _named(loc: At, table: _Table) -> tuple[At, str]:
    """Where in the file's own table pydantic's place is, and how a sentence names it."""
    if loc[0] == "patterns":
        loc = loc[1:]
    if not loc:
        return (), ""
    key = str(loc[0])
    if key == "split" and len(loc) > 2:
        stream = list(table["split"])[int(loc[1])]
        return (key, stream), f"{shown_key(stream)} in split" if loc[2] else key
    if len(loc) > 1 and isinstance(table[key], dict) and key not in FIELDS:
        return loc, f"{shown_key(str(loc[1]))} in {key}"
    return loc, f"an entry of {key}" if len(loc) > 1 and isinstance(table[key], list) else key
