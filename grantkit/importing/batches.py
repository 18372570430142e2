"""Batches: what each import brought, and taking one back. Nothing is deleted; amounts are pounds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.importing.results import NETS, ROWS
from grantkit.money import ZERO, show
from grantkit.workspace import user

if TYPE_CHECKING:
    import datetime

    from grantkit.store import Ledger

#: What can become of a line as a batch that spoke of it is undone: it counts no more; an earlier version counts; it
#: counts again, as the batch had withdrawn it; it stays as it was, as other batches say so.
OUTCOMES = ("gone", "returned", "revived", "kept")


@dataclass(frozen=True)
class Undoing:
    """Who took a batch back, when (UTC) and why."""

    at: datetime.datetime
    by: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """As the commands print it."""
        return {"at": self.at.isoformat(), "by": self.by, "reason": self.reason}


@dataclass(frozen=True)
class Batch:
    """One import of one file or sheet: its rows and its money (pounds) by what became of them."""

    batch: int
    kind: str
    file: str
    sheet: str | None
    sha256: str
    profile: str
    extract_date: datetime.date
    imported_at: datetime.datetime
    imported_by: str
    rows: dict[str, int]
    net: dict[str, Decimal]
    undone: Undoing | None

    def as_json(self) -> dict[str, Any]:
        """As the commands print it."""
        return {
            "batch": self.batch,
            "kind": self.kind,
            "file": self.file,
            "sheet": self.sheet,
            "sha256": self.sha256,
            "profile": self.profile,
            "extract_date": self.extract_date.isoformat(),
            "imported_at": self.imported_at.isoformat(),
            "imported_by": self.imported_by,
            "rows": self.rows,
            "net": {part: show(amount) for part, amount in self.net.items()},
            "undone": self.undone.as_json() if self.undone else None,
        }


@dataclass(frozen=True)
class BatchDetail:
    """A batch with what became of its single rows; each list holds one dict for each row, as its SQL gives it.

    ``claims`` are the submitted claims that hold lines of the batch, so that it cannot be undone.
    """

    batch: Batch
    header_row: int | None
    recognised: list[dict[str, Any]]
    rejects: list[dict[str, Any]]
    ignored: list[dict[str, Any]]
    restated: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    claims: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            **self.batch.as_json(),
            "header_row": self.header_row,
            "recognised": self.recognised,
            "rejects": self.rejects,
            "ignored": [_plain(row) for row in self.ignored],
            "restated": [_plain(row) for row in self.restated],
            "missing": [_plain(row) for row in self.missing],
            "claims": [
                {name: row[name] for name in ("claim", "version", "status", "lines")} for row in self.claims
            ],
        }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: money as text, dates in ISO 8601."""
    return {
        name: show(value)
        if isinstance(value, Decimal)
        else value.isoformat()
        if hasattr(value, "isoformat")
        else value
        for name, value in row.items()
    }


# --- looking ----------------------------------------------------------------------------------------------------


def all_batches(ledger: Ledger) -> list[Batch]:
    """Every import that there was, undone ones included, in their order."""
    return [_batch(row) for row in ledger.records("importing/batches")]


def _batch(row: dict[str, Any]) -> Batch:
    undone = None
    if row["undone_at"] is not None:
        undone = Undoing(row["undone_at"], row["undone_by"], row["undone_because"])
    return Batch(
        batch=row["batch"],
        kind=row["kind"],
        file=row["file"],
        sheet=row["sheet"],
        sha256=row["sha256"],
        profile=row["profile"],
        extract_date=row["extract_date"],
        imported_at=row["imported_at"],
        imported_by=row["user_name"],
        rows={part: row[f"rows_{part}"] for part in ROWS},
        net={part: row[f"net_{part}"] for part in NETS},
        undone=undone,
    )


def find_batch(ledger: Ledger, number: int) -> Batch:
    """The batch of this number. Raises RequestError where there is none."""
    for batch in all_batches(ledger):
        if batch.batch == number:
            return batch
    raise RequestError(f"there is no batch {number}", hint="the batches are in: grantkit batches")


def show_batch(ledger: Ledger, number: int) -> BatchDetail:
    """Everything that is kept of one import. Raises RequestError where there is none of this number."""
    batch = find_batch(ledger, number)
    asked = {"batch": number}
    reading = ledger.records("importing/reading_of_batch", asked)
    return BatchDetail(
        batch=batch,
        header_row=reading[0]["header_row"] if reading else None,
        recognised=json.loads(reading[0]["recognised"]) if reading else [],
        rejects=_rejects(ledger, number),
        ignored=ledger.records("importing/ignored_of_batch", asked),
        restated=ledger.records("importing/restated_of_batch", asked),
        missing=ledger.records("importing/missing_of_batch", asked),
        claims=ledger.records("importing/claims_on_batch", asked),
    )


def _rejects(ledger: Ledger, number: int) -> list[dict[str, Any]]:
    """The faults of the refused rows, each with how its row was settled; ``settled`` is None while it is open."""
    settled = {row.pop("row"): row for row in ledger.records("importing/settled_of_batch", {"batch": number})}
    rejects = ledger.records("importing/rejects_of_batch", {"batch": number})
    return [{**reject, "settled": settled.get(reject["row"])} for reject in rejects]


# --- undoing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """What became of some lines: how many, and their money before and after, in pounds."""

    lines: int = 0
    net_before: Decimal = ZERO
    net_after: Decimal = ZERO

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "lines": self.lines,
            "net_before": show(self.net_before),
            "net_after": show(self.net_after),
        }


@dataclass(frozen=True)
class Undone:
    """What an undo did, by ``OUTCOMES``, and which draft claims have to be prepared again."""

    batch: Batch
    changes: dict[str, Change]
    drafts: list[str]

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "batch": self.batch.batch,
            "file": self.batch.file,
            "undone": self.batch.undone.as_json() if self.batch.undone else None,
            "lines": {outcome: change.as_json() for outcome, change in self.changes.items()},
            "prepare_again": self.drafts,
        }


def undo(ledger: Ledger, number: int, reason: str) -> Undone:
    """Take an import back, in the transaction that is open; the relations of the record must be laid.

    Raises RequestError where there is no such batch, where it was undone before, where the reason is blank, and
    where a claim that was submitted holds its lines.
    """
    batch = find_batch(ledger, number)
    _check(ledger, batch, reason)
    ledger.set_variables({"undone_batch": number})
    ledger.run("importing/undo_lines")
    ledger.fill("store.batch_undone", [(number, now(), user(), reason)])
    ledger.run("relations/01_current")  # what counts from now on
    ledger.run("importing/undo_outcome")
    totals = {row.pop("outcome"): Change(**row) for row in ledger.records("importing/undo_totals")}
    done = Undone(
        batch=find_batch(ledger, number),
        changes={outcome: totals.get(outcome, Change()) for outcome in OUTCOMES},
        drafts=[row["claim"] for row in ledger.records("importing/drafts_on_undone")],
    )
    write_entry(
        ledger, "undo", {"batch": number, "reason": reason}, {"file": batch.file, **done.as_json()["lines"]}
    )
    return done


def _check(ledger: Ledger, batch: Batch, reason: str) -> None:
    if batch.undone is not None:
        raise RequestError(
            f"batch {batch.batch} was undone before, on {batch.undone.at.date()} by {batch.undone.by}:"
            f" {batch.undone.reason}",
            hint=f"to have its lines again, import the file again: grantkit import {batch.file} --kind {batch.kind}",
        )
    if not reason.strip():
        raise RequestError("the reason is blank", hint="say why, with --reason TEXT: an auditor will ask")
    holding = ledger.records("importing/claims_on_batch", {"batch": batch.batch})
    if holding:
        names = ", ".join(f"{claim['claim']} ({claim['status']})" for claim in holding)
        raise RequestError(
            f"batch {batch.batch} cannot be undone, as its lines are in a submitted claim: {names}",
            hint=_way_out(ledger, holding),
        )


def _way_out(ledger: Ledger, holding: list[dict[str, Any]]) -> str:
    """Which claims to withdraw first, newest first, if none of them is settled."""
    standing = ledger.records("importing/standing_claims")
    in_the_way = [claim for claim in standing if claim["claim_id"] >= holding[0]["claim_id"]]
    settled = [claim["claim"] for claim in in_the_way if claim["status"] == "settled"]
    if settled:
        return (
            f"{settled[-1]} is settled and stays: import a corrected extract instead, and the difference goes into"
            " the next claim"
        )
    newest_first = [claim["claim"] for claim in reversed(in_the_way)]
    then = "".join(f", then {name}" for name in newest_first[1:])
    return f"withdraw {newest_first[0]} first{then}: grantkit claim withdraw {newest_first[0]} --reason TEXT"
