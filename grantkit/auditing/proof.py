"""Proof that nothing was altered: hashes, totals and the audit log's chain, worked out again from what is stored."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import GENESIS, entry_hash, lay_rows
from grantkit.clock import now
from grantkit.errors import GrantkitError, Place, RequestError
from grantkit.evidence import recall
from grantkit.money import show
from grantkit.workspace import read_text

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace

SEAL = "grantkit seal"


@dataclass(frozen=True)
class Mismatch:
    """What does not agree: what it is, where, what should be there and what is."""

    what: str
    where: str
    expected: str
    found: str


@dataclass
class Verification:
    """What was checked, by kind with how many of each, and whatever did not agree."""

    checked: dict[str, int] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.mismatches

    def count(self, kind: str, number: int = 1) -> None:
        """Note that so many more of a kind were checked."""
        self.checked[kind] = self.checked.get(kind, 0) + number

    def miss(self, what: str, where: str, expected: object, found: object) -> None:
        """Note what does not agree."""
        self.mismatches.append(Mismatch(what, where, str(expected), str(found)))

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        return {
            "ok": self.ok,
            "checked": self.checked,
            "mismatches": [vars(mismatch) for mismatch in self.mismatches],
        }


def verify(ledger: Ledger, workspace: Workspace) -> Verification:
    """Work out again what is stored: source files, batches, claims and their workbooks, the audit log's chain."""
    found = Verification()
    for kind in ("batches", "source_files", "claims", "workbooks", "log_entries"):
        found.count(kind, 0)
    _verify_files(found, ledger, workspace)
    _verify_batches(found, ledger)
    _verify_claims(found, ledger, workspace)
    _verify_log(found, ledger)
    return found


def _verify_files(found: Verification, ledger: Ledger, workspace: Workspace) -> None:
    """Each kept source file against its hash."""
    for row in ledger.records("auditing/files_kept"):
        found.count("source_files")
        try:
            content = recall(workspace.evidence, row["sha256"])
        except GrantkitError as problem:
            found.miss(f"source file {row['file']}", row["taken_in_for"], row["sha256"], problem.what)
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != row["sha256"]:
            found.miss(f"source file {row['file']}", row["taken_in_for"], row["sha256"], sha256)


def _verify_batches(found: Verification, ledger: Ledger) -> None:
    found.count("batches", ledger.value("auditing/batch_count"))
    for row in ledger.records("auditing/batch_totals"):
        found.miss(f"batch {row['batch']}", row["what"], row["expected"], row["found"])


def _verify_claims(found: Verification, ledger: Ledger, workspace: Workspace) -> None:
    """Each claim that went to the funder against its lines, these against their hash, its workbook against its own."""
    for row in ledger.records("auditing/claim_figures"):
        where = f"{row['work_stream']}, {row['figure']}"
        found.miss(
            f"claim {row['claim']}, version {row['version']}",
            where,
            show(row["expected"]),
            show(row["found"]),
        )
    for claim in ledger.records("auditing/claims_submitted"):
        found.count("claims")
        what = f"claim {claim['claim']}, version {claim['version']}"
        if claim["lines_sha256"] is not None:
            sha256 = ledger.value("claiming/lines_hash", {"claim_id": claim["claim_id"]})
            if sha256 != claim["lines_sha256"]:
                found.miss(what, "its lines", claim["lines_sha256"], sha256)
        sent = [(claim["workbook"], claim["sha256"])]
        if claim["form"] is not None:
            form = ledger.value("claiming/submitted_form", {"claim_id": claim["claim_id"]})
            sent.append((claim["form"], form or claim["form_sha256"]))
        for name, sha256 in sent:
            found.count("workbooks")
            try:
                written = hashlib.sha256((workspace.folder / name).read_bytes()).hexdigest()
            except OSError as problem:
                written = problem.strerror or str(problem)
            if written != sha256:
                found.miss(what, name, sha256, written)


def _verify_log(found: Verification, ledger: Ledger) -> None:
    """The audit log's chain: entries without a gap, each over the one before, each hash over its own fields."""
    previous, number = GENESIS, 0
    for row in ledger.records("auditing/log_entries"):
        number += 1
        found.count("log_entries")
        where = f"entry {row['entry']}"
        if row["entry"] != number:
            found.miss("audit log", where, f"entry {number}", where)
            number = row["entry"]
        if row["previous_hash"] != previous:
            found.miss("audit log", f"{where}, the hash of the entry before", previous, row["previous_hash"])
        moment = row["logged_at"].isoformat()
        facts = (row["user_name"], row["system_user"], row["command"], row["arguments"], row["result"])
        added = [] if row["added"] is None else [row["added"]]
        expected = entry_hash(
            row["previous_hash"], [str(row["entry"]), moment, *facts, row["grantkit_version"], *added]
        )
        if row["hash"] != expected:
            found.miss("audit log", f"{where}, {row['command']}", expected, row["hash"])
        previous = row["hash"]
    verify_rows(found, ledger)


def verify_rows(found: Verification, ledger: Ledger) -> None:
    """Every table's rows against the entries that added them: none altered, none more, none fewer."""
    lay_rows(ledger, 0)
    for row in ledger.records("auditing/rows_altered"):
        first, last = row["first"] + 1, row["first"] + row["added"]
        where = f"row {first}" if first == last else f"rows {first} to {last}"
        if row["entry"] is None:
            found.miss(f"table {row['in_table']}", where, "added by no entry of the audit log", row["found"])
            continue
        where += f", added by entry {row['entry']} ({row['command']}, {row['user_name']})"
        found.miss(f"table {row['in_table']}", where, row["expected"], row["found"] or "no such rows")


# --- seals ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seal:
    """The state of a ledger: the head of the audit log's chain, and the totals that it stands for (lines, pounds)."""

    reference: str
    sealed_at: datetime.datetime
    entry: int
    hash: str
    totals: dict[str, Any]

    def text(self) -> str:
        """In a few lines, for a board paper or a letter; ``verify_seal`` reads them."""
        lines = [
            f"{SEAL} of {self.reference}, {self.sealed_at.isoformat()} UTC",
            f"entry {self.entry}",
            f"hash {self.hash}",
            *(f"{name.replace('_', ' ')} {value}" for name, value in self.totals.items()),
        ]
        return "\n".join(lines) + "\n"

    def as_json(self) -> dict[str, Any]:
        """The document for scripts."""
        totals = {
            name: show(each) if isinstance(each, Decimal) else each for name, each in self.totals.items()
        }
        return {**vars(self), "sealed_at": self.sealed_at.isoformat(), "totals": totals}


def seal(ledger: Ledger, settings: Settings) -> Seal:
    """The state of the ledger as it is now. Raises RequestError where it is empty."""
    entry, hash_of_entry = _head(ledger)
    (totals,) = ledger.records("auditing/seal_totals")
    return Seal(settings.award.reference, now(), entry, hash_of_entry, totals)


def _head(ledger: Ledger) -> tuple[int, str]:
    last = ledger.rows("auditing/last_entry")
    if not last:
        raise RequestError("there is nothing to seal: the ledger is empty", hint="import a ledger first")
    return last[0][0], last[0][1]


def verify_seal(found: Verification, ledger: Ledger, path: Path) -> None:
    """Whether the ledger goes on from the state that a seal holds: the sealed entry is there, with the same hash.

    Raises RequestError where the file holds no seal, UnreadableError where it cannot be read.
    """
    text = read_text(path)
    facts = dict(line.split(" ", 1) for line in text.splitlines() if line.startswith(("entry ", "hash ")))
    entry = re.fullmatch(r"\s*([0-9]{1,18})\s*", facts.get("entry", ""))
    if SEAL not in text or entry is None or "hash" not in facts:
        raise RequestError(
            "this file holds no seal",
            where=Place(str(path)),
            hint="keep the lines that grantkit seal wrote together",
        )
    number, sealed = int(entry[1]), facts["hash"].strip()
    found.count("seals")
    held = {row["entry"]: row["hash"] for row in ledger.records("auditing/log_entries")}
    if held.get(number) != sealed:
        found.miss("seal", f"entry {number}", sealed, held.get(number, "no such entry"))
