"""Who did what: an entry for every command that changed something, each entry's hash covering the one before."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from grantkit import __version__
from grantkit.clock import now
from grantkit.workspace import system_user, user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantkit.store import Ledger

#: What the first entry's hash covers in place of an earlier entry.
GENESIS = "0" * 64
#: The place of the first row that a transaction adds to a DuckDB table, until it is committed.
UNCOMMITTED = 36_028_797_018_960_000


def entry_hash(previous: str, fields: Sequence[str]) -> str:
    """SHA-256 over the entry before and this entry's fields, as JSON without blanks."""
    text = json.dumps([previous, *fields], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def write_entry(
    ledger: Ledger, command: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
) -> None:
    """Add an entry to the audit log, in the transaction that is open, behind what it tells of.

    The entry's hash covers the rows that the transaction has added to every table and that no entry of it tells of
    yet (``sql/auditing/ledger_row.sql``), so that a row that is altered, added or taken out afterwards does not go
    with the log. The first entry of all covers what is there. Where ``grant.toml`` has changed since the last command
    that wrote, its text is kept first, under an entry of its own: from then on every figure can be told with the
    settings that it rested on.
    """
    noted = {"noted_at": now(), "user_name": user(), "command": command}
    for new in ledger.records("auditing/note_settings", noted):
        _add(ledger, "settings", {}, new, None)
    lay_rows(ledger, UNCOMMITTED if ledger.value("auditing/tells_of_rows") else 0)
    _add(
        ledger,
        command,
        arguments,
        result,
        ledger.records("auditing/rows_added", {"uncommitted": UNCOMMITTED}),
    )


def lay_rows(ledger: Ledger, first: int) -> None:
    """Make the view ``ledger_row`` of every table's rows from this place on (0: all of them)."""
    ledger.set_variables({"rows_from": first})
    ledger.run("auditing/ledger_row")


def _add(
    ledger: Ledger,
    command: str,
    arguments: Mapping[str, Any],
    result: Mapping[str, Any],
    added: Sequence[Mapping[str, Any]] | None,
) -> None:
    last = ledger.rows("auditing/last_entry")
    number, previous = (last[0][0] + 1, last[0][1]) if last else (1, GENESIS)
    moment = now()
    told = [_as_json(part) for part in (arguments, result)]
    rows = None if added is None else _as_json(added)
    facts = (user(), system_user(), command, *told, __version__)
    fields = [str(number), moment.isoformat(), *facts, *([] if rows is None else [rows])]
    ledger.fill("store.audit_log", [(number, moment, *facts, previous, entry_hash(previous, fields), rows)])


def _as_json(part: object) -> str:
    return json.dumps(part, ensure_ascii=False, sort_keys=True, default=str)
