"""Who did what: the audit log's entries, as people ask for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime

    from grantkit.store import Ledger


#: Values that say nothing.
_NOUGHT: tuple[Any, ...] = (None, "", [], {}, 0, "0.00")


@dataclass(frozen=True)
class Entry:
    """One command that changed something; ``logged_at`` is UTC, ``system_user`` as the operating system has it."""

    entry: int
    logged_at: datetime.datetime
    user_name: str
    system_user: str
    command: str
    arguments: dict[str, Any]
    result: dict[str, Any]
    grantkit_version: str

    def as_json(self) -> dict[str, Any]:
        """One entry of the document for scripts."""
        return {**vars(self), "logged_at": self.logged_at.isoformat()}

    @property
    def told(self) -> str:
        """What was done, in a few words: without hashes and what is nought."""
        said = {**self.arguments, **self.result}
        return ", ".join(
            f"{name.replace('_', ' ')} {_short(value)}"
            for name, value in said.items()
            if value not in _NOUGHT and not name.endswith(("sha256", "_at", "user_name"))
        )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


def activity(
    ledger: Ledger,
    *,
    since: datetime.date | None = None,
    user: str | None = None,
    command: str | None = None,
    line_id: int | None = None,
) -> list[Entry]:
    """The entries since a day (inclusive), of a user by either name, of a command, about a line; oldest first."""
    rows = ledger.records("auditing/log_entries")
    found = []
    about = _about(ledger, line_id) if line_id is not None else None
    for row in rows:
        entry = Entry(
            *(row["entry"], row["logged_at"], row["user_name"], row["system_user"], row["command"]),
            *(json.loads(row["arguments"]), json.loads(row["result"]), row["grantkit_version"]),
        )
        if since is not None and entry.logged_at.date() < since:
            continue
        if user is not None and user.casefold() not in {
            entry.user_name.casefold(),
            entry.system_user.casefold(),
        }:
            continue
        if command is not None and entry.command != command and not entry.command.startswith(f"{command} "):
            continue
        if about is not None and not about.concerns(entry):
            continue
        found.append(entry)
    return found


@dataclass(frozen=True)
class _About:
    """What an entry must name to concern a line: the line, a batch that said something of it, a claim that holds it."""

    line_id: int
    batches: frozenset[int]
    claims: frozenset[int]

    def concerns(self, entry: Entry) -> bool:
        arguments, result = entry.arguments, entry.result
        named = [
            *_numbers(arguments.get("lines")),
            *_numbers(arguments.get("disallow")),
            *_numbers(result.get("lines")),
        ]
        return (
            self.line_id in named
            or arguments.get("batch") in self.batches
            or result.get("claim_id") in self.claims
        )


def _about(ledger: Ledger, line_id: int) -> _About:
    batches = frozenset(row[0] for row in ledger.rows("auditing/batches_of_line", {"line_id": line_id}))
    claims = frozenset(row[0] for row in ledger.rows("auditing/claims_of_line", {"line_id": line_id}))
    return _About(line_id, batches, claims)


def _numbers(value: Any) -> list[int]:
    """The lines that an argument names: a list of them, or of pairs of a line and an amount."""
    if not isinstance(value, list):
        return []
    return [int(part[0] if isinstance(part, list) else part) for part in value if part]
