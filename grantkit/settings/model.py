"""What ``grant.toml`` says, as it is used: the award, its work streams, its rules and its limits."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path  # noqa: TC003 (pydantic looks it up when the models are made)
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from grantkit.errors import RequestError
from grantkit.money import ZERO
from grantkit.settings.values import (
    Day,
    Known,
    Patterns,
    PerCent,
    PerCentAboveZero,
    Pounds,
    PoundsAboveZero,
    StreamName,
    StreamNames,
    Switch,
    Text,
    added_up,
    proposal,
    quoted,
    read_code,
    read_list,
    read_pairs,
    read_store,
    read_table,
    refusal,
    shown_key,
)

if TYPE_CHECKING:
    from datetime import date

FILE_NAME = "grant.toml"
FIELDS = ("supplier_id", "supplier", "cost_centre", "account", "project", "category", "po", "description")

_HUNDRED = Decimal(100)
#: Rules, of which each may be there several times; and the other tables of which that is so.
RULES = ("allocation", "ineligible", "vat", "no_order_needed", "redact", "exclude")
_SEVERAL = (*RULES, "work_stream", "milestone", "measure")

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
    store: Annotated[Text, AfterValidator(read_store)] = "grantkit.duckdb"

    @field_validator("ends")
    @classmethod
    def _not_before_its_start(cls, ends: date, info: ValidationInfo) -> date:
        starts = info.data.get("starts")
        if starts is not None and ends < starts:
            hint = "correct one of them: both are days of the award, the first and the last"
            raise refusal(f"is {ends}, which is before the award starts ({starts})", hint)
        return ends


class WorkStream(_Frozen):
    """A heading of the award with its budgets in pounds, before virements.

    ``profile`` is the per cent of the budget that each quarter of the award is expected to spend; ``forecast`` is
    how its outturn is forecast, None where that is as of the whole award; ``value_for_money`` what is published of
    its spending in place of ``[publish]``'s own text.
    """

    code: Annotated[str, BeforeValidator(read_code)] = Field(examples=['"EXISTING"'])
    name: Text = Field(examples=['"Existing cameras"'])
    resource: Pounds = Field(examples=['"60000.00"'])
    capital: Pounds = Field(examples=['"90000.00"'])
    profile: Annotated[tuple[PerCent, ...], BeforeValidator(read_list)] = Field(
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
        wanted = info.context.quarters if isinstance(info.context, Known) else None
        faults, hint = [], "make the entries add up to exactly 100"
        if wanted is not None and len(profile) != wanted:
            entries = "1 entry" if len(profile) == 1 else f"{len(profile)} entries"
            faults.append(f"has {entries} for an award of {wanted} quarter{'s' * (wanted != 1)}")
            hint = f"write one per cent for each quarter of the award (Q1 to Q{wanted}), adding up to 100"
        if sum(profile) != _HUNDRED:
            faults.append(f"adds up to {added_up(profile)}, not to 100")
        if faults:
            raise refusal(", and ".join(faults), hint)
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
            raise refusal("names no field", hint, instead_of=FIELDS)
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
            raise refusal("has both work_stream and split", "take one of the two out", instead_of=both)
        if not to_one and split is None:
            hint = 'name one stream (work_stream = "NEW") or share (split = { NEW = "60", EVAL = "40" })'
            raise refusal("has neither work_stream nor split", hint, instead_of=both)
        return None if split is None else read_pairs(split)

    @field_validator("split")
    @classmethod
    def _shares_add_up(
        cls, split: tuple[tuple[str, Decimal], ...] | None
    ) -> tuple[tuple[str, Decimal], ...] | None:
        if split is not None and sum(share for _, share in split) != _HUNDRED:
            total = added_up(share for _, share in split)
            raise refusal(f"adds up to {total}, not to 100", "make the shares add up to exactly 100")
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
    explain_over: Annotated[ExplainOver, BeforeValidator(read_table)] = ExplainOver()


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
        hint = proposal(code, (stream.code for stream in self.work_streams))
        raise RequestError(f"there is no work stream {quoted(code)}", hint=hint)

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
        hint = proposal(name, (each.name for each in listed))
    raise RequestError(f"there is no {table} {quoted(name)}", hint=hint)


MODELS: dict[str, type[BaseModel]] = {
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


def keys_of(name: str) -> tuple[str, ...]:
    """The keys that a table of that name may hold."""
    own = tuple(key for key in MODELS[name].model_fields if key not in Rule.model_fields)
    return own + FIELDS if issubclass(MODELS[name], Rule) else own


def heading(name: str) -> str:
    return f"[[{name}]]" if name in _SEVERAL else f"[{shown_key(name)}]"
