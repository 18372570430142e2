"""Opening budgets and profiles: into a form that a person fills in, and from there back into ``grant.toml``.

A work stream that the form lacks is a mistake and not a stream to be taken out: money may be claimed in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.deciding.grant_toml import with_streams
from grantkit.deciding.virements import below_claimed
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.periods import quarters
from grantkit.position import KINDS, budgets_at
from grantkit.settings import settings_of, stream_mistakes
from grantkit.workbook.budget_form import (
    ADDS_UP,
    BUDGET,
    FRESH_FORM,
    LEFT_ROW,
    StreamBudget,
    columns_of,
    title_of,
    write_budget_form,
)
from grantkit.workbook.cells import inert
from grantkit.workbook.filled import SheetError
from grantkit.workspace import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from grantkit.deciding.grant_toml import Stream
    from grantkit.settings import Settings
    from grantkit.store import Ledger
    from grantkit.workbook.budget_form import FilledBudget, FilledForm

AMOUNT = re.compile(r"£? ?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)((?:\.[0-9]*)?)")
SHARE = re.compile(r"([0-9]+(?:\.[0-9]*)?) ?%?")


@dataclass(frozen=True)
class Change:
    """A value of a work stream before and after, as texts; ``old`` is None for a stream that is new.

    ``field`` is ``name``, ``resource``, ``capital`` (pounds) or ``profile`` (per cents).
    """

    work_stream: str
    field: str
    old: str | None
    new: str

    def as_json(self) -> dict[str, str | None]:
        """By name."""
        return {"work_stream": self.work_stream, "field": self.field, "from": self.old, "to": self.new}


@dataclass(frozen=True)
class Plan:
    """What a form would make of ``grant.toml``: its changes, and the text and settings that come of them."""

    form: FilledForm
    changes: tuple[Change, ...]
    added: tuple[str, ...]
    text: str
    settings: Settings


def quarter_count(settings: Settings) -> int:
    """How many quarters the award has."""
    return len(quarters(settings.award.starts, settings.award.ends))


def write_form(settings: Settings, target: Path) -> str:
    """Write the form as ``grant.toml`` fills it; gives its SHA-256. Raises UnreadableError."""
    streams = [
        StreamBudget(stream.code, stream.name, stream.resource, stream.capital, stream.profile)
        for stream in settings.work_streams
    ]
    return write_budget_form(
        streams,
        target,
        reference=settings.award.reference,
        award=settings.award.amount,
        quarters=quarter_count(settings),
        moment=now(),
    )


# --- read -------------------------------------------------------------------------------------------------------


def plan_budgets(settings: Settings, form: FilledForm) -> Plan:
    """What a filled-in form changes; the text that comes of it is one that ``read_settings`` takes.

    Raises SheetError with every mistake of the form, RequestError where it is another award's.
    """
    if form.cells.title != title_of(settings.award.reference):
        raise RequestError(
            f'this form is not of the award {settings.award.reference}: its title is "{form.cells.title}"',
            where=form.cells.place(1, "A"),
            hint=f"name the workspace that it was written from (-w), or {FRESH_FORM}",
        )
    streams = [(row, _stream(row)) for row in form.rows]
    mistakes = [
        *(mistake for row, stream in streams for mistake in _mistakes(settings, form, row, stream)),
        *_of_the_whole(settings, form, streams),
    ]
    if mistakes:
        raise SheetError(form.cells.place(), mistakes)
    held = {stream.code: stream for stream in settings.work_streams}
    changed = {
        str(stream["code"]): _changed(held[str(stream["code"])], stream)
        for _, stream in streams
        if stream["code"] in held
    }
    added = [
        stream | {kind: f"{Decimal(str(stream[kind])):.2f}" for kind in KINDS}
        for _, stream in streams
        if stream["code"] not in held
    ]
    changes = [change for code, stream in changed.items() for change in _changes(held[code], code, stream)]
    changes += [change for stream in added for change in _changes(None, str(stream["code"]), stream)]
    text = with_streams(settings, changed, added) if changes else settings.text
    codes = tuple(str(stream["code"]) for stream in added)
    return Plan(form, tuple(changes), codes, text, settings_of(text, settings.path))


def _stream(row: FilledBudget) -> Stream:
    """A row as a table of ``grant.toml``, its figures as plain texts where they are such."""
    return {
        "code": row.code,
        "name": row.name,
        **{kind: _plain(getattr(row, kind), AMOUNT) for kind in KINDS},
        "profile": [_plain(share, SHARE) for share in row.profile],
    }


def _plain(value: Decimal | str, shape: re.Pattern[str]) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if shape is SHARE else f"{value:f}"
    found = shape.fullmatch(value)
    return "".join(found.groups()).replace(",", "").rstrip(".") if found else value


def _mistakes(settings: Settings, form: FilledForm, row: FilledBudget, stream: Stream) -> list[RequestError]:
    """What is wrong with a row by itself: what is blank, and what ``grant.toml`` would not take."""
    headers = [column.header for column in columns_of(len(row.profile))]
    places = {"code": 0, "name": 1, "resource": 2, "capital": 3}
    found: list[tuple[int, RequestError]] = []

    def mistake(column: str, what: str, hint: str | None) -> None:
        problem = RequestError(what, where=form.cells.place(row.row, column), hint=hint)
        found.append((headers.index(column), problem))

    blank = [headers[place] for key, place in places.items() if not stream[key]]
    blank += [headers[5 + place] for place, share in enumerate(stream["profile"]) if not share]
    for column in blank:
        if column in {"code", "name"}:
            mistake(column, f"the row has no {column}", "write it, or empty the row if it is no work stream")
        else:
            mistake(column, f"{column} is blank", "write 0 where there is none")
    for key, place, what, hint in stream_mistakes(stream, quarter_count(settings)):
        of_profile = key == "profile"
        column = (
            headers[5 + place] if of_profile and place is not None else ADDS_UP.header if of_profile else key
        )
        if column not in blank and not (of_profile and place is None and blank):
            mistake(column, what, hint)
    return [problem for _, problem in sorted(found, key=lambda each: each[0])]


def _of_the_whole(
    settings: Settings, form: FilledForm, streams: list[tuple[FilledBudget, Stream]]
) -> list[RequestError]:
    """What is wrong with the rows together: a stream twice, or missing, and more than the award."""
    found, first = [], dict[str, int]()
    for row, _ in streams:
        if row.code and first.setdefault(row.code, row.row) != row.row:
            found.append(
                RequestError(
                    f"work stream {row.code} stands in row {first[row.code]} already",
                    where=form.cells.place(row.row, "code"),
                    hint="give each work stream one row",
                )
            )
    found += [
        RequestError(
            f"work stream {stream.code} is missing",
            where=form.cells.place(),
            hint=f"put its row back, with budgets of 0.00 if it has none now; or {FRESH_FORM}",
        )
        for stream in settings.work_streams
        if stream.code not in first
    ]
    figures = [str(stream[kind]) for _, stream in streams for kind in KINDS]
    total = sum((Decimal(figure) for figure in figures if re.fullmatch(r"[0-9]+(\.[0-9]+)?", figure)), ZERO)
    if total > settings.award.amount:
        more, award = show(total - settings.award.amount), show(settings.award.amount)
        found.append(
            RequestError(
                f"the budgets add up to {show(total)}, which is {more} more than the award of {award}",
                where=form.cells.place(LEFT_ROW, BUDGET.header),
                hint="lower resource or capital of a work stream",
            )
        )
    return found


def _changed(held: Any, stream: Stream) -> Stream:
    """The values of a stream that are others than ``grant.toml`` has, as it will have them."""
    found: Stream = {}
    name = str(stream["name"])
    if name not in {held.name, inert(held.name).strip()}:
        found["name"] = name
    for kind in KINDS:
        amount = Decimal(str(stream[kind]))
        if amount != getattr(held, kind):
            found[kind] = f"{amount:.2f}"
    shares = [Decimal(share) for share in stream["profile"]]
    if tuple(shares) != held.profile:
        found["profile"] = [
            f"{new.normalize():f}" if new != old else f"{old:f}"
            for new, old in zip(shares, held.profile, strict=True)
        ]
    return found


def _changes(held: Any, code: str, stream: Stream) -> list[Change]:
    def text(value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, Decimal):
            return show(value) or ""
        return ", ".join(share if isinstance(share, str) else f"{share.normalize():f}" for share in value)

    return [
        Change(code, key, None if held is None else text(getattr(held, key)), text(value))
        for key, value in stream.items()
        if key != "code"
    ]


# --- kept -------------------------------------------------------------------------------------------------------


def check_virements(ledger: Ledger, plan: Plan) -> list[str]:
    """Warnings about streams whose budgets a form takes below what is claimed.

    Raises SheetError where a kind of a stream would have less than virements have moved out of it.
    """
    days = sorted({each["dated"] for each in ledger.records("deciding/all_moves")})
    of_rows = {row.code: row.row for row in plan.form.rows}
    mistakes: dict[tuple[str, str], RequestError] = {}
    for day in days:
        for (code, kind), left in budgets_at(ledger, plan.settings, day).items():
            if left < 0 and code in of_rows:
                mistakes.setdefault(
                    (code, kind),
                    RequestError(
                        f"{code} would have {show(left)} of {kind} at {day}: virements moved more out of it",
                        where=plan.form.cells.place(of_rows[code], kind),
                        hint="grantkit budget history lists them; leave as much as was moved out",
                    ),
                )
    if mistakes:
        raise SheetError(plan.form.cells.place(), list(mistakes.values()))
    codes = dict.fromkeys(change.work_stream for change in plan.changes if change.field in KINDS)
    return [text for code in codes if (text := below_claimed(ledger, plan.settings, code))]


def keep_budgets(ledger: Ledger, plan: Plan) -> None:
    """Write ``grant.toml`` anew, whole or not at all, with an entry in the audit log, in the transaction that is open.

    Raises UnreadableError where it cannot be written.
    """
    write_entry(
        ledger,
        "budget read",
        {"file": plan.form.cells.path.name, "sha256": plan.form.cells.sha256},
        {
            "changes": [change.as_json() for change in plan.changes],
            "settings_sha256": plan.settings.text_sha256,
        },
    )
    with replacing(plan.settings.path) as target:
        target.write(plan.text)
