"""tmp"""
from __future__ import annotations
from datetime import date
from pathlib import Path
from typing import Any
from auditor import Auditor


class Arguments:
    """One command's words, taken apart: positions, and options with or without a value."""

    FLAGS = frozenset({"--eligible", "--ineligible", "--yes", "--again", "--strict", "--dry-run"})

    def __init__(self, words: list[str]) -> None:
        self.positions: list[str] = []
        self.options: dict[str, list[str]] = {}
        rest = iter(words)
        for word in rest:
            name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
            if not word.startswith("--"):
                self.positions.append(word)
            elif name in self.FLAGS:
                self.options[name] = [""]
            else:
                self.options.setdefault(name, []).append(value if equals else next(rest))

    def has(self, name: str) -> bool:
        return name in self.options

    def text(self, name: str) -> str | None:
        return self.options[name][-1] if name in self.options else None

    def day(self, name: str) -> date | None:
        return date.fromisoformat(self.options[name][-1]) if name in self.options else None


def named_line(auditor: Auditor, name: str) -> int:
    """``@invoice:supplier|document|line`` or ``@order:po|line`` → the line's id."""
    kind, _, key = name.removeprefix("@").partition(":")
    return auditor.line_id(kind, key)


def play(auditor: Auditor, command: list[str]) -> dict[str, Any] | None:
    """Carries one command out and returns what its ``--json`` must contain, if anything."""
    verb, args = command[0], Arguments(command[1:])
    if verb == "import":
        return play_import(auditor, args)
    if verb == "status":
        return auditor.status(args.day("--as-at"))
    if verb == "variance":
        return auditor.variance(args.day("--as-at"))
    if verb == "decide":
        return play_decision(auditor, args)
    if verb == "budget":
        return play_budget(auditor, args)
    if verb == "claim":
        return play_claim(auditor, args)
    raise ValueError(f"no such command in a history: {verb}")


def play_import(auditor: Auditor, args: Arguments) -> dict[str, Any]:
    (path,) = args.positions
    found = auditor.import_file(
        auditor.workspace / path.removeprefix("@file:"),
        args.text("--kind") or "",
        extract_date=args.day("--extract-date"),
        again=args.has("--again"),
        strict=args.has("--strict"),
        dry_run=args.has("--dry-run"),
    )
    return {"imports": [found]}


def play_decision(auditor: Auditor, args: Arguments) -> None:
    split = args.text("--split")
    auditor.decide(
        [named_line(auditor, name) for name in args.positions],
        stream=args.text("--stream"),
        split=dict(part.split("=") for part in split.split(",")) if split else None,
        ineligible=args.has("--ineligible"),
        eligible=args.has("--eligible"),
        ineligible_amount=args.text("--ineligible-amount"),
        accounting_date=args.day("--accounting-date"),
        reason=args.text("--reason") or "",
    )


def play_budget(auditor: Auditor, args: Arguments) -> dict[str, Any] | None:
    if args.positions[0] == "show":
        return auditor.budget_show(args.day("--as-at"))
    _, giver, receiver, amount = args.positions
    auditor.budget_move(
        giver,
        receiver,
        amount,
        kind=args.text("--kind") or "",
        to_kind=args.text("--to-kind"),
        date=args.day("--date") or date.min,
        reason=args.text("--reason") or "",
        approved_by=args.text("--approved-by"),
    )
    return None


def play_claim(auditor: Auditor, args: Arguments) -> dict[str, Any] | None:
    what, name = args.positions[0], (args.positions[1:] or [""])[0]
    if what == "list":
        return auditor.claim_list()
    if what == "show":
        return auditor.show(name)
    if what == "prepare":
        return auditor.prepare(name)
    if what == "settle":
        disallow = [x.rpartition("=") for x in args.options.get("--disallow", [])]
        auditor.settle(
            name,
            received=args.text("--received"),
            date=args.day("--date") or date.min,
            disallow=[(named_line(auditor, line), amount) for line, _, amount in disallow],
            reason=args.text("--reason"),
        )
        return Auditor.settlement(auditor.newest(name))
    if what == "submit":
        auditor.submit(name)
    elif what == "withdraw":
        auditor.withdraw(name, args.text("--reason") or "")
    return None
