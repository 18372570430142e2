"""``grant.toml``, read and explained: the award, its work streams, and the rules that sort its spending.

The one home of pydantic. The contract, section 2, says what the file may hold (section 4 adds ``[virement]``,
section 6 ``[checks]`` and ``[[no_order_needed]]``); ``[[vat]]``, ``[claim]``, ``[variance]`` and ``[assets]`` are
what grant agreements differ in beside that, ``[[milestone]]`` and ``[[measure]]`` what the award has to show for its
money; ``[publish]``, ``[[redact]]`` and ``[[exclude]]`` say what of it the public is shown. Whatever it does not know
or that does not add up is a mistake, and one reading finds them all, each with its line and what to do about it.

Amounts are pounds, shares are per cent; both stand in the file as texts, so that no binary floating point
ever touches them.

In this order: what a single value may be; the models; reading and writing; the mistakes in words; the lines.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path  # noqa: TC003 (pydantic looks it up when the models are made)
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from grantkit.errors import Place, RequestError, SettingsError, UnreadableError
from grantkit.money import ZERO, show
from grantkit.periods import quarters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FILE_NAME = "grant.toml"
FIELDS = ("supplier_id", "supplier", "cost_centre", "account", "project", "category", "po", "description")

_HUNDRED = Decimal(100)
# Whole pounds beyond this would not fit the ledger's columns; no award comes near.
_MOST_DIGITS = 12
_RULES = ("allocation", "ineligible", "vat", "no_order_needed", "redact", "exclude")
_SEVERAL = (*_RULES, "work_stream", "milestone", "measure")

_Table = dict[str, Any]
_At = tuple[str | int, ...]
_Model = TypeVar("_Model", bound=BaseModel)


# What a single value may be. A refusal is a predicate ("is negative") that the reading puts behind the key.


def _refusal(predicate: str, hint: str, *, instead_of: tuple[str, ...] = ()) -> PydanticCustomError:
    """A mistake in a value.

    Where the mistake is in the table as a whole, ``instead_of`` has the keys that would have mended it: the
    table is then the subject of the sentence, and nothing is said where one of those keys is only misspelt.
    """
    context = {"predicate": predicate, "hint": hint, "instead_of": instead_of}
    return PydanticCustomError("grantkit", "{predicate}", context)


def _quoted(value: str) -> str:
    """Somebody's text within a message: in quotes, on one line, and not for pages."""
    return json.dumps(value if len(value) <= 60 else value[:59] + "…", ensure_ascii=False)


def _key(name: str) -> str:
    """A key as the file writes it: bare where it may be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name) else _quoted(name)


def _kind(value: object) -> str:
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
        raise _refusal("is a number without quotes", f'put it in quotes: "{seen}"')
    raise _refusal(f"is {_kind(value)}, and a text belongs here", 'write a text, in quotes: "…"')


def _text(value: object) -> str:
    """A text for a person or a pattern: on one line and not blank; blanks around it do not count."""
    text = _as_text(value).strip()
    if not text:
        raise _refusal("is empty", "write something between the quotes")
    if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]", text):
        hint = "write it on one line; a backslash between double quotes has a meaning of its own, / has not"
        raise _refusal("has a line break or another control character in it", hint)
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
        raise _refusal(f"is {_quoted(text)}, which is not how {unit}s are written", hint)
    sign, whole, decimals = found.groups()
    if len(decimals or "") > places:
        raise _refusal(f"is {_quoted(text)}, which has more than {places} decimals", hint)
    if sign:
        raise _refusal(f"is {_quoted(text)}, and it cannot be negative", hint)
    if len(whole.lstrip("0")) > _MOST_DIGITS:
        raise _refusal(f"has more than {_MOST_DIGITS} digits before the point", hint)
    return Decimal(text)


def _pounds(value: object) -> Decimal:
    return _decimal(value, 2, "amount", "1000.00").quantize(ZERO)


def _per_cent(value: object) -> Decimal:
    return _decimal(value, 4, "per cent", "33.3333")


def _above_zero(value: Decimal) -> Decimal:
    if value == 0:
        raise _refusal("is 0, and it must be more", "write a figure above 0; what has no share is not named")
    return value


def _day(value: object) -> date:
    if type(value) is date:
        return value
    hint = "dates are written year-month-day, without quotes and without a time: 2024-04-01"
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        hint = f"write it without quotes: {value}"
    raise _refusal(f"is {_kind(value)}, and a date belongs here", hint)


def _code(value: object) -> str:
    code = _text(value)
    if not re.fullmatch(r"[A-Z][A-Z0-9_-]*", code):
        hint = "a code is capitals, digits, - and _, a letter first"
        tidy = _tidy_code(code)
        raise _refusal(f"is {_quoted(code)}, which is no code", f"{hint}: {tidy}" if tidy else hint)
    if re.fullmatch(r"UNALLOCATED|FINAL[0-9]*|Q[0-9]+", code):
        hint = "choose another: UNALLOCATED, FINAL, FINAL2 … and Q1, Q2 … have a meaning of their own"
        raise _refusal(f'is "{code}", a name that grantkit itself uses', hint)
    return code


def _tidy_code(text: str) -> str:
    """The code that a person may have meant; empty where the text has no letter to begin it with."""
    return re.sub(r"[^A-Z0-9_-]+", "-", text.strip().upper()).lstrip("-_0123456789").rstrip("-_")


def _store(value: str) -> str:
    if "://" in value and not value.startswith("postgresql://"):
        hint = "write a file's name (grantkit.duckdb) or an address that begins with postgresql://"
        raise _refusal("is an address of a kind that grantkit cannot open", hint)
    return value


def _list(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return value
    example = '["25", "25", "25", "25"]'
    raise _refusal(f"is {_kind(value)}, and a list belongs here", f"write a list of texts: {example}")


def _patterns(value: object) -> object:
    """One pattern or a list of them."""
    several = value if isinstance(value, (list, tuple)) else (value,)
    if not several:
        hint = "name at least one pattern, or take the key out"
        raise _refusal("is an empty list, which nothing matches", hint)
    return several


def _streams_listed(value: object) -> object:
    """Work streams as a list of their codes."""
    example = 'write a list of codes: ["EXISTING", "NEW"]'
    if not isinstance(value, (list, tuple)):
        raise _refusal(f"is {_kind(value)}, and a list of work streams belongs here", example)
    if not value:
        raise _refusal("names no work stream", f"{example}; without the key all of them count")
    return value


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _refusal(
        f"is {_kind(value)}, and true or false belongs here", "write true or false, without quotes"
    )


def _table(value: object) -> object:
    if isinstance(value, (dict, BaseModel)):
        return value
    hint = 'write it like this: explain_over = { per_cent = "10", amount = "5000.00" }'
    raise _refusal(f"is {_kind(value)}, and a per cent with an amount belongs here", hint)


def _pairs(value: object) -> object:
    """``{ EXISTING = "60", MOBILE = "40" }`` as pairs, in the order in which they are listed."""
    if isinstance(value, dict):
        if not value:
            raise _refusal("names no work stream", 'name them: split = { EXISTING = "60", MOBILE = "40" }')
        return tuple(value.items())
    if isinstance(value, tuple):
        return value
    hint = 'write it like this: split = { EXISTING = "60", MOBILE = "40" }'
    raise _refusal(f"is {_kind(value)}, and work streams with their per cents belong here", hint)


@dataclass(frozen=True)
class _Known:
    """What a value is judged by that stands elsewhere in the file; nothing where that is itself wrong."""

    codes: tuple[str, ...] = ()
    quarters: int | None = None


def _stream_named(value: str, info: ValidationInfo) -> str:
    codes = info.context.codes if isinstance(info.context, _Known) else ()
    if codes and value not in codes:
        raise _refusal(f"names a work stream that does not exist: {_quoted(value)}", _meant(value, codes))
    return value


def _meant(word: str, known: Iterable[str]) -> str:
    """A hint that proposes the nearest of what is known, else lists it."""
    names = tuple(known)
    near = _nearest(word, names)
    return f"did you mean {near}?" if near else f"known here: {', '.join(names)}"


def _nearest(word: str, known: Iterable[str]) -> str | None:
    by_lower = {name.lower(): name for name in reversed(tuple(known))}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def _surely(key: str, near: str | None) -> bool:
    """Whether a key is so near to one that may stand here that no other table's key is meant."""
    if near is None:
        return False
    return f"_{key}_" in f"_{near}_" or difflib.SequenceMatcher(None, key, near).ratio() > 0.9


def _percentages(values: Iterable[Decimal]) -> str:
    """What per cents add up to, without zeros at the end."""
    return f"{sum(values, Decimal(0)).normalize():f}"


Text = Annotated[str, BeforeValidator(_text)]
Pounds = Annotated[Decimal, BeforeValidator(_pounds)]
PoundsAboveZero = Annotated[Decimal, AfterValidator(_above_zero), BeforeValidator(_pounds)]
PerCent = Annotated[Decimal, BeforeValidator(_per_cent)]
PerCentAboveZero = Annotated[Decimal, AfterValidator(_above_zero), BeforeValidator(_per_cent)]
Day = Annotated[date, BeforeValidator(_day)]
Patterns = Annotated[tuple[Text, ...], BeforeValidator(_patterns)]
Switch = Annotated[bool, BeforeValidator(_switch)]
StreamName = Annotated[Text, AfterValidator(_stream_named)]
StreamNames = Annotated[tuple[StreamName, ...], BeforeValidator(_streams_listed)]


Method = Literal["profile", "run-rate", "committed", "planned"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Award(_Frozen):
    """The grant as awarded: ``amount`` in pounds, ``starts`` and ``ends`` its first and its last day."""

    reference: Text = Field(examples=['"PCD 1663"'])
    title: Text = Field(examples=['"Static Cameras Pilot"'])
    funder: Text = Field(examples=['"Home Office"'])
    recipient: Text = Field(examples=['"Mayor\'s Office for Policing and Crime"'])
    amount: PoundsAboveZero = Field(examples=['"800000.00"'])
    starts: Day = Field(examples=["2024-04-01"])
    ends: Day = Field(examples=["2025-03-31"])
    vat: Literal["recoverable", "irrecoverable"] = "recoverable"
    claim_basis: Literal["invoiced", "paid", "accrued"] = "invoiced"
    forecast: Method = "profile"
    store: Annotated[Text, AfterValidator(_store)] = "grantkit.duckdb"

    @field_validator("ends")
    @classmethod
    def _not_before_its_start(cls, ends: date, info: ValidationInfo) -> date:
        starts = info.data.get("starts")
        if starts is not None and ends < starts:
            hint = "correct one of them: both are days of the award, the first and the last"
            raise _refusal(f"is {ends}, which is before the award starts ({starts})", hint)
        return ends


class WorkStream(_Frozen):
    """A heading of the award with its budgets in pounds, before virements.

    ``profile`` is the per cent of the budget that each quarter of the award is expected to spend; ``forecast`` is
    how its outturn is forecast, None where that is as of the whole award; ``value_for_money`` what is published of
    its spending in place of ``[publish]``'s own text.
    """

    code: Annotated[str, BeforeValidator(_code)] = Field(examples=['"EXISTING"'])
    name: Text = Field(examples=['"Existing cameras"'])
    resource: Pounds = Field(examples=['"60000.00"'])
    capital: Pounds = Field(examples=['"90000.00"'])
    profile: Annotated[tuple[PerCent, ...], BeforeValidator(_list)] = Field(
        examples=['["25", "25", "25", "25"]']
    )

    forecast: Method | None = None
    value_for_money: Text | None = None

    @property
    def budget(self) -> Decimal:
        """Resource and capital together, in pounds."""
        return self.resource + self.capital

    @field_validator("profile")
    @classmethod
    def _one_share_for_each_quarter(
        cls, profile: tuple[Decimal, ...], info: ValidationInfo
    ) -> tuple[Decimal, ...]:
        wanted = info.context.quarters if isinstance(info.context, _Known) else None
        faults, hint = [], "make the entries add up to exactly 100"
        if wanted is not None and len(profile) != wanted:
            entries = "1 entry" if len(profile) == 1 else f"{len(profile)} entries"
            faults.append(f"has {entries} for an award of {wanted} quarter{'s' * (wanted != 1)}")
            hint = f"write one per cent for each quarter of the award (Q1 to Q{wanted}), adding up to 100"
        if sum(profile) != _HUNDRED:
            faults.append(f"adds up to {_percentages(profile)}, not to 100")
        if faults:
            raise _refusal(", and ".join(faults), hint)
        return profile


class Rule(_Frozen):
    """What a line must look like: each field named here must match one of its patterns.

    A pattern is the whole value, ignoring case, with ``*`` and ``?`` as wildcards (contract, section 2).
    ``line`` is where the rule's table begins in ``grant.toml``.
    """

    patterns: dict[str, Patterns]
    line: int

    @field_validator("patterns")
    @classmethod
    def _at_least_one_field(cls, patterns: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if not patterns:
            hint = f"name one or more of {', '.join(FIELDS)}"
            raise _refusal("names no field", hint, instead_of=FIELDS)
        return patterns

    @property
    def says(self) -> str:
        """Its patterns in one line: all fields must match, each by one of its patterns."""
        return " and ".join(f"{name} {', '.join(those)}" for name, those in self.patterns.items())

    @property
    def reach(self) -> frozenset[tuple[str, frozenset[str]]]:
        """What the rule matches, the same for two rules that match the same by the same patterns."""
        return frozenset((name, frozenset(map(str.lower, those))) for name, those in self.patterns.items())


class AllocationRule(Rule):
    """Which work stream has a line, or how it is shared: ``split`` in per cent, in the order of the file."""

    work_stream: StreamName | None = None
    split: tuple[tuple[StreamName, PerCentAboveZero], ...] | None = Field(default=None, validate_default=True)

    @field_validator("split", mode="before")
    @classmethod
    def _either_or(cls, split: object, info: ValidationInfo) -> object:
        # A work stream that was refused is not in info.data; it was named all the same.
        to_one = info.data.get("work_stream", "refused") is not None
        both = ("work_stream", "split")
        if to_one and split is not None:
            raise _refusal("has both work_stream and split", "take one of the two out", instead_of=both)
        if not to_one and split is None:
            hint = 'name one stream (work_stream = "NEW") or share (split = { NEW = "60", EVAL = "40" })'
            raise _refusal("has neither work_stream nor split", hint, instead_of=both)
        return None if split is None else _pairs(split)

    @field_validator("split")
    @classmethod
    def _shares_add_up(
        cls, split: tuple[tuple[str, Decimal], ...] | None
    ) -> tuple[tuple[str, Decimal], ...] | None:
        if split is not None and sum(share for _, share in split) != _HUNDRED:
            total = _percentages(share for _, share in split)
            raise _refusal(f"adds up to {total}, not to 100", "make the shares add up to exactly 100")
        return split


class IneligibleRule(Rule):
    """Which lines the grant does not pay for, and why not."""

    reason: Text = Field(examples=['"Hospitality and entertainment"'])


class VatRule(Rule):
    """Which lines' VAT is, or is not, a cost, whatever the award says: blocked VAT, for one."""

    vat: Literal["recoverable", "irrecoverable"] = Field(examples=['"irrecoverable"'])


class PublicationRule(Rule):
    """Which lines are published without the names in them (``[[redact]]``) or not at all (``[[exclude]]``), and why."""

    reason: Text = Field(examples=['"Personal data"'])


class Milestone(_Frozen):
    """What a work stream (without one: the award as a whole) has to have reached by the day ``due``.

    ``evidence`` says what will show it.
    """

    stream: StreamName | None = None
    name: Text = Field(examples=['"Evaluation published"'])
    due: Day = Field(examples=["2025-03-31"])
    kind: Literal["assessment", "engagement", "deployment", "evaluation", "governance"] = Field(
        examples=['"evaluation"']
    )
    evidence: Text | None = None


class Measure(_Frozen):
    """What is counted beside the money, in ``unit``; in all work streams where ``work_streams`` names none."""

    name: Text = Field(examples=['"deployment-days"'])
    unit: Text = Field(examples=['"days"'])
    work_streams: StreamNames | None = None

    def counts_in(self, code: str) -> bool:
        """Whether the measure is taken in this work stream."""
        return self.work_streams is None or code in self.work_streams


class _Tolerance(_Frozen):
    stream_overspend: PerCent = Decimal(0)


class _Claim(_Frozen):
    two_people: Switch = False
    refuse_open_findings: Literal["low", "medium", "high"] | None = None
    signatory: Text = "Chief finance officer"
    declaration: Patterns = ()


class ExplainOver(_Frozen):
    """How far a stream may be from its budget to date before an officer has to say why: beyond both of them.

    ``per_cent`` of the budget to date, ``amount`` in pounds.
    """

    per_cent: PerCent = Decimal(10)
    amount: Pounds = Decimal("5000.00")


class _Variance(_Frozen):
    explain_over: Annotated[ExplainOver, BeforeValidator(_table)] = ExplainOver()


class _Assets(_Frozen):
    threshold: Pounds = Field(default=Decimal("2500.00"), serialization_alias="asset_threshold")


class _Virement(_Frozen):
    limit: PerCent = Field(default=Decimal(10), serialization_alias="virement_limit")


class _Checks(_Frozen):
    no_order_from: Pounds = Decimal("1000.00")
    order_limit: Pounds = Decimal("5000.00")


class Publish(_Frozen):
    """What is published, and by whom: spending, orders and contracts above their thresholds, in pounds.

    ``body`` is who publishes, None for the award's recipient. ``value_for_money`` is why the spending is thought good
    value, which the Elected Local Policing Bodies (Specified Information) Order 2011 asks for beside each item.
    ``procurement_category`` is the column of the ledger that says what kind of thing was bought.
    """

    threshold: Pounds = Decimal("500.00")
    orders_threshold: Pounds = Decimal("5000.00")
    contracts_threshold: Pounds = Decimal("10000.00")
    body: Text | None = None
    value_for_money: Text | None = None
    procurement_category: Literal["category", "account", "project"] = "category"


class Settings(_Frozen):
    """Everything that ``grant.toml`` says, with its defaults filled in.

    ``text`` is the file's, ``text_sha256`` that of its bytes. ``stream_overspend`` and ``virement_limit`` are per
    cent, ``no_order_from``, ``order_limit`` and ``asset_threshold`` pounds. ``declaration`` has the clauses that the
    signatory certifies; without any those of the template stand.
    """

    path: Path
    text: str
    text_sha256: str
    award: Award
    work_streams: tuple[WorkStream, ...]
    allocation: tuple[AllocationRule, ...] = ()
    ineligible: tuple[IneligibleRule, ...] = ()
    capital: Rule | None = None
    vat: tuple[VatRule, ...] = ()
    stream_overspend: Decimal
    virement_limit: Decimal
    no_order_from: Decimal
    order_limit: Decimal
    no_order_needed: tuple[Rule, ...] = ()
    redact: tuple[PublicationRule, ...] = ()
    exclude: tuple[PublicationRule, ...] = ()
    publish: Publish = Publish()
    two_people: bool
    refuse_open_findings: str | None = None
    signatory: str
    declaration: tuple[str, ...] = ()
    explain_over: ExplainOver
    asset_threshold: Decimal
    milestones: tuple[Milestone, ...] = ()
    measures: tuple[Measure, ...] = ()

    def stream(self, code: str) -> WorkStream:
        """The work stream of that code; RequestError, proposing the nearest, where there is none."""
        for stream in self.work_streams:
            if stream.code == code:
                return stream
        hint = _meant(code, (stream.code for stream in self.work_streams))
        raise RequestError(f"there is no work stream {_quoted(code)}", hint=hint)

    def milestone(self, name: str) -> Milestone:
        """The milestone of that name, ignoring case; RequestError, proposing the nearest, where there is none."""
        return _of_name(self.milestones, "milestone", name)

    def measure(self, name: str) -> Measure:
        """The measure of that name, ignoring case; RequestError, proposing the nearest, where there is none."""
        return _of_name(self.measures, "measure", name)

    def method(self, code: str) -> Method:
        """How a stream's outturn is forecast: its own method, else the award's."""
        own = next((stream.forecast for stream in self.work_streams if stream.code == code), None)
        return own or self.award.forecast

    @property
    def unbudgeted(self) -> Decimal:
        """Pounds of the award that are in no stream's budget, before virements."""
        return self.award.amount - sum((stream.budget for stream in self.work_streams), ZERO)


_Named = TypeVar("_Named", Milestone, Measure)


def _of_name(listed: tuple[_Named, ...], table: str, name: str) -> _Named:
    wanted = name.strip().casefold()
    for each in listed:
        if each.name.casefold() == wanted:
            return each
    hint = f"{FILE_NAME} has no [[{table}]] yet: add one with this name"
    if listed:
        hint = _meant(name, (each.name for each in listed))
    raise RequestError(f"there is no {table} {_quoted(name)}", hint=hint)


_MODELS: dict[str, type[BaseModel]] = {
    "award": Award,
    "work_stream": WorkStream,
    "allocation": AllocationRule,
    "ineligible": IneligibleRule,
    "capital": Rule,
    "vat": VatRule,
    "tolerance": _Tolerance,
    "virement": _Virement,
    "claim": _Claim,
    "variance": _Variance,
    "assets": _Assets,
    "checks": _Checks,
    "no_order_needed": Rule,
    "milestone": Milestone,
    "measure": Measure,
    "publish": Publish,
    "redact": PublicationRule,
    "exclude": PublicationRule,
}


def _keys(name: str) -> tuple[str, ...]:
    """The keys that a table of that name may hold."""
    own = tuple(key for key in _MODELS[name].model_fields if key not in Rule.model_fields)
    return own + FIELDS if issubclass(_MODELS[name], Rule) else own


def _heading(name: str) -> str:
    return f"[[{name}]]" if name in _SEVERAL else f"[{_key(name)}]"


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
    reading = _Reading(path, _tables_of(text, path), _Lines(text).found)
    return reading.settings(text, hashlib.sha256(data).hexdigest())


def stream_mistakes(
    stream: dict[str, str | list[str]], quarter_count: int
) -> list[tuple[str, int | None, str, str | None]]:
    """What is wrong with one work stream by itself, its values as texts: (key, place in the profile, what, hint)."""
    try:
        WorkStream.model_validate(stream, context=_Known(quarters=quarter_count))
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
    lines: dict[_At, int]
    mistakes: list[SettingsError] = field(default_factory=list)

    def settings(self, text: str, sha256: str) -> Settings:
        """What the tables say; SettingsError with all the mistakes where there are any."""
        self.tables_are_known()
        award, streams = self.one("award"), self.several("work_stream")
        known = _Known(_codes(streams), _quarter_count(award))
        read: _Table = {"path": self.path, "text": text, "text_sha256": sha256}
        read["award"] = self.model(Award, "award", ("award",), award, known)
        read["work_streams"] = [
            self.model(WorkStream, "work_stream", at, stream, known) for at, stream in streams
        ]
        self.codes_are_unique(streams)
        self.budgets_fit(award, streams)
        for name in _RULES:
            read[name] = self.rules(name, known)
        read["capital"] = self.model(Rule, "capital", ("capital",), self.one("capital"), known)
        read |= self.limits(known)
        read["publish"] = self.model(Publish, "publish", ("publish",), self.one("publish") or {}, known)
        read["milestones"] = self.named("milestone", known)
        read["measures"] = self.named("measure", known)
        if self.mistakes:
            raise self.error()
        return Settings.model_validate(read)

    def limits(self, known: _Known) -> _Table:
        """The figures of the tables that may be missing, by their names in Settings."""
        read: _Table = {}
        for name in ("tolerance", "virement", "claim", "variance", "assets", "checks"):
            limits = self.model(_MODELS[name], name, (name,), self.one(name) or {}, known)
            read |= limits.model_dump(by_alias=True) if limits else {}
        return read

    def rules(self, name: str, known: _Known) -> list[BaseModel | None]:
        """The rules of that name, in order; one that an earlier one leaves nothing to is a mistake."""
        read, earlier = [], dict[frozenset[Any], int | None]()
        for at, table in self.several(name):
            read.append(self.model(_MODELS[name], name, at, table, known))
            reach = _reach(table)
            if reach in earlier:
                what = "no line can reach this rule: it names the same patterns as the one"
                hint = "the first rule that matches wins: take one of the two out, or change its patterns"
                self.mistake(at, f"{what} in line {earlier[reach]}", hint)
            elif reach:
                earlier[reach] = self.line(at)
        return read

    def named(self, name: str, known: _Known) -> list[BaseModel | None]:
        """The tables of that name, in order; a name that an earlier one has, ignoring case, is a mistake."""
        read, first = [], dict[str, int | None]()
        for at, table in self.several(name):
            read.append(self.model(_MODELS[name], name, at, table, known))
            own = table.get("name")
            if isinstance(own, str):
                line = self.line((*at, "name"))
                if first.setdefault(own.strip().casefold(), line) != line:
                    earlier = first[own.strip().casefold()]
                    what = f"name is {_quoted(own)}, which line {earlier} has already"
                    self.mistake((*at, "name"), what, f"give each {name} a name of its own")
        return read

    def one(self, name: str) -> _Table | None:
        """The table of that name; None where it is missing or something else."""
        table = self.tables.get(name)
        if table is None or isinstance(table, dict):
            return table
        hint = f"write it in single brackets, and once: [{name}]"
        self.mistake((name,), f"{name} is {_kind(table)}, and a table belongs here", hint)
        return None

    def several(self, name: str) -> list[tuple[_At, _Table]]:
        """The tables of that name, each with its path; an entry that is no table is noted and left out."""
        listed = self.tables.get(name, [])
        hint = f"write [[{name}]] in double brackets above each: there may be several"
        if not isinstance(listed, (list, dict)) and name in Award.model_fields:
            self.mistake(
                (name,), f"{name} is no key that grantkit knows here", f"{name} belongs under [award]"
            )
            return []
        if not isinstance(listed, list):
            self.mistake((name,), f"{name} is {_kind(listed)}, and a list of tables belongs here", hint)
            return []
        found: list[tuple[_At, _Table]] = []
        for number, table in enumerate(listed):
            if isinstance(table, dict):
                found.append(((name, number), table))
            else:
                what = f"an entry of {name} is {_kind(table)}, and a table belongs here"
                self.mistake((name, number), what, hint)
        return found

    def model(
        self, model: type[_Model], name: str, at: _At, table: _Table | None, known: _Known
    ) -> _Model | None:
        """The table as a model of ours; None, and its mistakes noted, where it is wrong."""
        if table is None:
            return None
        misspelt = self.keys_are_known(name, at, table)
        values = {key: value for key, value in table.items() if key in _keys(name)}
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
            if name not in _MODELS:
                near = _nearest(name, _MODELS)
                misspelt.add(near)
                is_table = isinstance(self.tables[name], (dict, list))
                what = f"[{_key(name)}] is no table" if is_table else f"{_key(name)} is no key"
                elsewhere = None if _surely(name, near) else _belongs(name)
                hint = elsewhere or _meant(name, _MODELS)
                self.mistake((name,), f"{what} that grantkit knows here", hint)
        if "award" not in self.tables and "award" not in misspelt:
            self.mistake((), "there is no [award]", "`grantkit init` in an empty folder writes one to go by")
        if not self.tables.get("work_stream", []) and "work_stream" not in misspelt:
            hint = "name at least one, with its code, name, resource, capital and profile"
            self.mistake(("work_stream",), "there is no [[work_stream]]", hint)

    def keys_are_known(self, name: str, at: _At, table: _Table) -> set[str]:
        """Notes the keys that a table of that name may not hold; returns those that were meant, it seems."""
        known, meant = _keys(name), set()
        for key in table:
            if key not in known:
                near = _nearest(key, known)
                elsewhere = None if _surely(key, near) else _belongs(key)
                meant |= {near} if near and not elsewhere else set()
                hint = elsewhere or _meant(key, known)
                self.mistake((*at, key), f"{_key(key)} is no key of {_heading(name)}", hint)
        return meant

    def codes_are_unique(self, streams: list[tuple[_At, _Table]]) -> None:
        first: dict[str, _At] = {}
        for at, stream in streams:
            code = stream.get("code")
            if isinstance(code, str) and first.setdefault(code, at) != at:
                where = self.line((*first[code], "code"))
                hint = "give each work stream a code of its own"
                self.mistake((*at, "code"), f"code is {_quoted(code)}, which line {where} has already", hint)

    def budgets_fit(self, award: _Table | None, streams: list[tuple[_At, _Table]]) -> None:
        """The budgets do not exceed the award; one that is itself wrong counts as nothing here."""
        amount = _sound_pounds((award or {}).get("amount"))
        named = [stream.get(kind) for _, stream in streams for kind in ("resource", "capital")]
        total = sum((_sound_pounds(budget) or ZERO for budget in named), ZERO)
        if amount and total > amount:
            more = show(total - amount)
            what = f"the work streams' budgets add up to {show(total)}, which is {more} more than the award"
            hint = "lower resource or capital of a [[work_stream]], or correct this amount"
            self.mistake(("award", "amount"), what, hint)

    def mistake(self, at: _At, what: str, hint: str | None) -> None:
        """Note a mistake; the same one a second time on its line (a list of numbers) says nothing new."""
        where = Place(str(self.path), line=self.line(at))
        if not any(known.what == what and known.where == where for known in self.mistakes):
            self.mistakes.append(SettingsError(what, where=where, hint=hint))

    def line(self, at: _At) -> int | None:
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


def _codes(streams: list[tuple[_At, _Table]]) -> tuple[str, ...]:
    """The streams' codes; where one is written badly, what it is likely to become."""
    written = [stream["code"] for _, stream in streams if isinstance(stream.get("code"), str)]
    return tuple(dict.fromkeys(filter(None, map(_tidy_code, written))))


def _quarter_count(award: _Table | None) -> int | None:
    """How many quarters the award has; None where its dates are wrong."""
    starts, ends = (award or {}).get("starts"), (award or {}).get("ends")
    if type(starts) is date and type(ends) is date and starts <= ends:
        return len(quarters(starts, ends))
    return None


def _sound_pounds(value: object) -> Decimal | None:
    try:
        return _pounds(value)
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
    homes = [_heading(name) for name in _MODELS if key in _keys(name)]
    return f"{key} belongs under {homes[0]}" if homes else None


def _in_words(
    model: type[BaseModel], name: str, table: _Table, found: ErrorDetails
) -> tuple[_At, str, str | None, tuple[str, ...]]:
    """A mistake that pydantic found: its path in the table, what, a hint, and the keys that would mend it."""
    here, subject = _named(found["loc"], table)
    context = found.get("ctx", {})
    predicate, hint = context.get("predicate", found["msg"]), context.get("hint")
    if found["type"] == "missing":
        example = (model.model_fields[subject].examples or ["…"])[0]
        return (), f"{_heading(name)} has no {subject}", f"add a line: {subject} = {example}", (subject,)
    if found["type"] == "extra_forbidden":  # in a table within a line; others are looked through before
        known = tuple(model.model_fields[str(found["loc"][0])].default.__class__.model_fields)
        return here, f"{subject} is no key that grantkit knows", _meant(str(found["loc"][-1]), known), ()
    if found["type"] == "literal_error":
        choices, value = get_args(model.model_fields[subject].annotation), found["input"]
        seen = _quoted(value) if isinstance(value, str) else _kind(value)
        what = f"{subject} is {seen}, and can only be one of {', '.join(choices)}"
        return here, what, _meant(value if isinstance(value, str) else "", choices), ()
    instead_of = context.get("instead_of", ())
    return here, f"{_heading(name) if instead_of else subject} {predicate}", hint, instead_of


def _named(loc: _At, table: _Table) -> tuple[_At, str]:
    """Where in the file's own table pydantic's place is, and how a sentence names it."""
    if loc[0] == "patterns":
        loc = loc[1:]
    if not loc:
        return (), ""
    key = str(loc[0])
    if key == "split" and len(loc) > 2:
        stream = list(table["split"])[int(loc[1])]
        return (key, stream), f"{_key(stream)} in split" if loc[2] else key
    if len(loc) > 1 and isinstance(table[key], dict) and key not in FIELDS:
        return loc, f"{_key(str(loc[1]))} in {key}"
    return loc, f"an entry of {key}" if len(loc) > 1 and isinstance(table[key], list) else key


# Where everything stands. tomllib gives no lines, so the text, which it has found valid, is read once more.

_PIECE = re.compile(
    r"""
      "{3}(?:\\.|[^\\])*?"{3}"{0,2} | '{3}.*?'{3}'{0,2}     # texts over several lines
    | "(?:\\.|[^"\\])*" | '[^']*'
    | \#[^\n]* | \n | [\[\]{},=.] | [^\s\[\]{},=.\#"']+
    """,
    re.VERBOSE | re.DOTALL,
)


class _Lines:
    """The line of each table, key and entry of a valid TOML text, by path: ("work_stream", 0, "profile")."""

    def __init__(self, text: str) -> None:
        self.found: dict[_At, int] = {}
        self._counts: dict[_At, int] = {}
        self._pieces = self._read(text)
        self._piece, self._line = "", 1
        table: _At = ()
        self._next()
        while self._piece:
            if self._piece == "[":
                table = self._header()
            elif self._piece == "\n":
                self._next()
            else:
                self._pair(table)

    @staticmethod
    def _read(text: str) -> Iterator[tuple[str, int]]:
        line, counted = 1, 0
        for piece in _PIECE.finditer(text):
            line += text.count("\n", counted, piece.start())
            counted = piece.start()
            if not piece[0].startswith("#"):
                yield piece[0], line

    def _next(self) -> str:
        """The piece at hand, having stepped on to the one after it; the text's end is an empty one."""
        piece = self._piece
        self._piece, self._line = next(self._pieces, ("", self._line))
        return piece

    def _header(self) -> _At:
        """``[table]`` or ``[[table]]``; the path of what follows it."""
        line, depth = self._line, 0
        while self._piece == "[":
            depth += len(self._next())
        *above, last = self._dotted()
        while self._piece == "]":
            self._next()
        path: _At = ()
        for part in above:
            self.found.setdefault((*path, part), line)
            path = self._latest((*path, part))
        path = (*path, last)
        if depth == 2:
            self.found.setdefault(path, line)
            self._counts[path] = self._counts.get(path, 0) + 1
            path = self._latest(path)
        self.found[path] = line
        return path

    def _latest(self, path: _At) -> _At:
        """The path itself or, where it is a list of tables, its last one so far."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _dotted(self) -> list[str]:
        parts = []
        while self._piece not in ("=", "]", ""):
            piece = self._next()
            if piece != ".":
                parts.append(tomllib.loads(f"key = {piece}")["key"] if piece[0] in "\"'" else piece)
        return parts

    def _pair(self, table: _At) -> None:
        line = self._line
        for part in self._dotted():
            table = (*table, part)
            self.found.setdefault(table, line)
        self._next()
        self._value(table)

    def _value(self, path: _At) -> None:
        opened = self._next() if self._piece in ("[", "{") else ""
        if not opened:
            while self._piece not in ("", "\n", ",", "]", "}"):
                self._next()
            return
        entry = 0
        while self._piece not in ("]", "}", ""):
            if self._piece == ",":
                entry += 1
            if self._piece in (",", "\n"):
                self._next()
            elif opened == "{":
                self._pair(path)
            else:
                self.found[(*path, entry)] = self._line
                self._value((*path, entry))
        self._next()
