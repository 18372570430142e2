"""Virements: money moved between the headings (stream and kind) of one award. Amounts are pounds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.position import KINDS, budgets_at, default_as_at
from grantkit.workspace import user

if TYPE_CHECKING:
    from decimal import Decimal

    from grantkit.settings import Settings
    from grantkit.store import Ledger

BUDGET_FIGURES = ("original", "virements", "current", "resource", "capital")


@dataclass(frozen=True)
class Virement:
    """A move of ``amount`` pounds from one heading to another, counting from ``dated`` (inclusive)."""

    giver: str
    receiver: str
    amount: Decimal
    kind: str
    to_kind: str
    dated: datetime.date
    reason: str
    approved_by: str | None = None


def move_budget(ledger: Ledger, settings: Settings, move: Virement) -> str | None:
    """Keep a virement, in the transaction that is open; gives a warning where it leaves less than is claimed.

    Raises RequestError where the rules of the contract (section 4) refuse it.
    """
    _check_form(settings, move)
    _check_approval(ledger, settings, move)
    _check_room(ledger, settings, move)
    number = ledger.value("deciding/next_move")
    ledger.fill(
        "store.budget_move",
        [
            (
                *(number, move.giver, move.kind, move.receiver, move.to_kind, move.amount, move.dated),
                *(move.reason, move.approved_by, now(), user()),
            )
        ],
    )
    write_entry(
        ledger,
        "budget move",
        {name: str(value) if value is not None else None for name, value in vars(move).items()},
        {"move": number},
    )
    return below_claimed(ledger, settings, move.giver)


def _check_form(settings: Settings, move: Virement) -> None:
    if move.amount <= 0:
        raise RequestError(
            f"the amount of a virement is above 0.00, and this is {show(move.amount)}",
            hint="to move it the other way, swap the two work streams",
        )
    settings.stream(move.giver), settings.stream(move.receiver)
    if (move.giver, move.kind) == (move.receiver, move.to_kind):
        raise RequestError(
            "the virement stays where it is", hint="name two work streams, or another kind with --to-kind"
        )
    if not move.reason.strip():
        raise RequestError("the reason is blank", hint="say why: an auditor will ask")


def _check_approval(ledger: Ledger, settings: Settings, move: Virement) -> None:
    """What may leave a stream without an approver: a per cent of its original budget, all moves out added up."""
    if (move.approved_by or "").strip():
        return
    if move.kind != move.to_kind:
        raise RequestError(
            f"a move from {move.kind} to {move.to_kind} needs the funder's agreement",
            hint="name who agreed: --approved-by NAME",
        )
    moves = ledger.records("deciding/all_moves")
    out = sum((each["amount"] for each in moves if each["from_stream"] == move.giver), move.amount)
    original = settings.stream(move.giver).budget
    if out * 100 > original * settings.virement_limit:
        raise RequestError(
            f"{show(out)} would have left {move.giver} in all, more than {settings.virement_limit} per cent of its"
            f" original {show(original)}",
            hint="name who agreed: --approved-by NAME",
        )


def _check_room(ledger: Ledger, settings: Settings, move: Virement) -> None:
    """No budget of a kind falls below 0, on this day or after any later move."""
    later = {each["dated"] for each in ledger.records("deciding/all_moves") if each["dated"] > move.dated}
    for day in sorted({move.dated, *later}):
        left = budgets_at(ledger, settings, day)[move.giver, move.kind] - move.amount
        if left < 0:
            raise RequestError(
                f"{move.giver} has {show(left + move.amount)} of {move.kind} at {day}, less than {show(move.amount)}",
                hint="budget show gives what each stream has of each kind",
            )


def below_claimed(ledger: Ledger, settings: Settings, code: str) -> str | None:
    """A warning where a stream's budget, all virements made, is below what is claimed in it."""
    budgets = budgets_at(ledger, settings, datetime.date.max)
    left = sum((budgets[code, kind] for kind in KINDS), ZERO)
    claimed = {row["work_stream"]: row["claimed_before"] for row in ledger.records("claiming/before")}
    held: Decimal = claimed.get(code, ZERO)
    if left >= held:
        return None
    return (
        f"{code} keeps a budget of {show(left)}, below the {show(held)} that is claimed in it: nothing is"
        " given back, and nothing more can be claimed"
    )


def show_budgets(ledger: Ledger, settings: Settings, as_at: datetime.date | None) -> dict[str, Any]:
    """The contract's shape: original, virements, current (and its two kinds) of each stream at a date."""
    day = as_at or default_as_at(ledger, settings.award)
    budgets = budgets_at(ledger, settings, day)
    rows: list[dict[str, Decimal]] = []
    for stream in settings.work_streams:
        kinds = {kind: budgets[stream.code, kind] for kind in KINDS}
        current = sum(kinds.values(), ZERO)
        rows.append(
            {"original": stream.budget, "virements": current - stream.budget, "current": current, **kinds}
        )
    total = {figure: sum((row[figure] for row in rows), ZERO) for figure in BUDGET_FIGURES}
    return {
        "as_at": day.isoformat(),
        "work_streams": [
            {"code": stream.code, **{figure: show(row[figure]) for figure in BUDGET_FIGURES}}
            for stream, row in zip(settings.work_streams, rows, strict=True)
        ],
        "total": {figure: show(total[figure]) for figure in BUDGET_FIGURES},
    }


# --- history ----------------------------------------------------------------------------------------------------

Heading = tuple[str, str]


@dataclass(frozen=True)
class Moved:
    """A virement that was made, with the current budgets (pounds) of its two headings once it counted."""

    number: int
    dated: datetime.date
    giver: Heading
    giver_budget: Decimal
    receiver: Heading
    receiver_budget: Decimal
    amount: Decimal
    reason: str
    approved_by: str | None
    entered_by: str
    entered_at: datetime.datetime

    def as_json(self) -> dict[str, Any]:
        """Money and dates as the contract writes them."""
        return {
            "number": self.number,
            "date": self.dated.isoformat(),
            "from": _heading(self.giver, self.giver_budget),
            "to": _heading(self.receiver, self.receiver_budget),
            "amount": show(self.amount),
            "reason": self.reason,
            "approved_by": self.approved_by,
            "entered_by": self.entered_by,
            "entered_at": self.entered_at.isoformat(),
        }


def _heading(heading: Heading, budget: Decimal) -> dict[str, str | None]:
    return {"work_stream": heading[0], "kind": heading[1], "budget": show(budget)}


@dataclass(frozen=True)
class BudgetHistory:
    """Opening budgets by heading (stream and kind), every virement in the order in which it counts, current budgets."""

    original: dict[Heading, Decimal]
    moves: tuple[Moved, ...]
    current: dict[Heading, Decimal]

    def as_json(self) -> dict[str, Any]:
        """Money and dates as the contract writes them."""
        return {
            "original": _by_stream(self.original),
            "virements": [move.as_json() for move in self.moves],
            "current": _by_stream(self.current),
        }


def budget_history(
    ledger: Ledger, settings: Settings, as_at: datetime.date = datetime.date.max
) -> BudgetHistory:
    """How opening budgets became current ones: by the virements dated up to a date, in the order of their dates."""
    original = {
        (stream.code, kind): getattr(stream, kind) for stream in settings.work_streams for kind in KINDS
    }
    current, moves = dict(original), []
    rows = ledger.records("position/budget_moves", {"as_at": as_at})
    for row in sorted(rows, key=lambda row: (row["dated"], row["move"])):
        giver, receiver = (row["from_stream"], row["from_kind"]), (row["to_stream"], row["to_kind"])
        current[giver] = current.get(giver, ZERO) - row["amount"]
        current[receiver] = current.get(receiver, ZERO) + row["amount"]
        moves.append(
            Moved(
                *(row["move"], row["dated"], giver, current[giver], receiver, current[receiver]),
                *(row["amount"], row["reason"], row["approved_by"], row["user_name"], row["moved_at"]),
            )
        )
    return BudgetHistory(original, tuple(moves), current)


def _by_stream(budgets: dict[Heading, Decimal]) -> list[dict[str, str | None]]:
    """Each stream's budgets by kind and together."""
    codes = dict.fromkeys(code for code, _ in budgets)
    kinds = {code: {kind: budgets.get((code, kind), ZERO) for kind in KINDS} for code in codes}
    return [
        {
            "code": code,
            **{kind: show(amount) for kind, amount in of.items()},
            "budget": show(sum(of.values(), ZERO)),
        }
        for code, of in kinds.items()
    ]
