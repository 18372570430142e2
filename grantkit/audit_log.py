"""Who did what: an entry for every command that changed something, each entry's hash covering the one before."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from grantkit import __version__
from grantkit.workspace import now, system_user, user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantkit.store import Ledger

#: What the first entry's hash covers in place of an earlier entry.
GENESIS = "0" * 64


def entry_hash(previous: str, fields: Sequence[str]) -> str:
    """SHA-256 over the entry before and this entry's fields, as JSON without blanks."""
    text = json.dumps([previous, *fields], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def write_entry(
    ledger: Ledger, command: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
) -> None:
    """Add an entry to the audit log, in the transaction that is open.

    Where ``grant.toml`` has changed since the last command that wrote, its text is kept first, under an entry of
    its own: from then on every figure can be told with the settings that it rested on.
    """
    noted = {"noted_at": now(), "user_name": user(), "command": command}
    for new in ledger.records("auditing/note_settings", noted):
        _add(ledger, "settings", {}, new)
    _add(ledger, command, arguments, result)


def _add(ledger: Ledger, command: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    last = ledger.rows("auditing/last_entry")
    number, previous = (last[0][0] + 1, last[0][1]) if last else (1, GENESIS)
    texts = [
        json.dumps(part, ensure_ascii=False, sort_keys=True, default=str) for part in (arguments, result)
    ]
    moment = now()
    fields = [str(number), moment.isoformat(), user(), system_user(), command, *texts, __version__]
    ledger.fill(
        "store.audit_log",
        [
            (
                number,
                moment,
                user(),
                system_user(),
                command,
                *texts,
                __version__,
                previous,
                entry_hash(previous, fields),
            )
        ],
    )
