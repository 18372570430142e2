"""All that stands behind a submitted claim in one zip file, with a program that checks it without grantkit.

The claim and its lines, the workbook as the funder got it, the source files as they came, what persons decided and what
the funder answered, the settings that the claim rests on, the findings of all checks, and the audit log. Whoever gets
the file can read everything in it with a browser and a spreadsheet, and has only to trust Python: ``verify.py`` works
out the hashes, the claim's figures and the log's chain again. All amounts are pounds.
"""

from __future__ import annotations

import csv
import datetime
import functools
import hashlib
import importlib.resources
import io
import json
import re
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from grantkit import __version__
from grantkit.auditing.bundle_index import IndexEntry, index_page
from grantkit.auditing.checks import run_checks
from grantkit.clock import now
from grantkit.errors import Place, RequestError, UnreadableError
from grantkit.evidence import recall
from grantkit.money import ZERO, show
from grantkit.relations import lay_documented
from grantkit.workspace import replacing_file, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace

MANIFEST, INDEX, VERIFIER = "MANIFEST.json", "index.html", "verify.py"
#: Tables that are written as they are, by their file; the columns are those of the query.
TABLES = {
    "lines.csv": "bundle_lines",
    "decisions.csv": "bundle_decisions",
    "settlements.csv": "bundle_settlements",
    "disallowances.csv": "bundle_disallowances",
    "budget_moves.csv": "bundle_budget_moves",
    "log.csv": "log_entries",
}
#: Those of them that are about one claim.
OF_CLAIM = frozenset(TABLES) - {"budget_moves.csv", "log.csv"}
FIGURES = (
    *("budget", "claimed_before", "resource", "capital", "this_claim", "late", "accruals", "adjustments"),
    *("held_back", "cumulative", "remaining"),
)
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows: when it was packed is no part of it


@dataclass(frozen=True)
class Bundle:
    """A bundle as it was written: of which claim, how many files, and the hash over their manifest and over all."""

    claim: str
    version: int
    file: Path
    files: int
    manifest_sha256: str
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """One document for scripts."""
        return {**vars(self), "file": str(self.file)}


def write_bundle(ledger: Ledger, workspace: Workspace, name: str, out: Path) -> Bundle:
    """Write the evidence of the claim of this name. The same ledger at the same moment gives the same bytes.

    Raises RequestError where the claim was not submitted; UnreadableError where a workbook or a source file is
    missing or is not the one that was kept, or the bundle cannot be written.
    """
    lay_documented(ledger)
    claim = _submitted(ledger, name.upper())
    documents = _documents(ledger, claim)
    contents: dict[str, Callable[[], bytes]] = {
        document["file"]: functools.partial(_unchanged, workspace.folder / path, path, document["sha256"])
        for path, document in documents
    }
    sources = ledger.records("auditing/bundle_sources", {"claim_id": claim["claim_id"]})
    for source in sources:
        source["entry"] = f"files/{source['sha256']}/{_plain_name(source['file'])}"
        contents[source["entry"]] = functools.partial(_source, workspace.evidence, source["sha256"])
    told = _claim_document(ledger, workspace.settings, claim, [document for _, document in documents])
    made = {file: _csv(ledger, file, claim["claim_id"]) for file in TABLES}
    made["claim.json"] = _json(told)
    if (settings := _settings(ledger, claim["settings_sha256"])) is not None:
        made["grant.toml"] = settings
    made[VERIFIER] = (
        importlib.resources.files("grantkit.auditing").joinpath("bundle_verifier.py").read_bytes()
    )
    made["checks.json"] = _checks(ledger, workspace, claim["ends"])  # last, as own checks lock the ledger
    contents |= {file: functools.partial(bytes, content) for file, content in made.items()}
    return _write(out, contents, told, sources)


def _submitted(ledger: Ledger, name: str) -> dict[str, Any]:
    """The claim as it is kept. Raises RequestError where it did not go to the funder, or came back."""
    found = ledger.records("auditing/bundle_claim", {"claim": name})
    if not found:
        raise RequestError(f"there is no claim {name}", hint="grantkit claim list names those that there are")
    (claim,) = found
    if claim["status"] == "draft":
        raise RequestError(
            f"{name} is a draft, and there is evidence only of what went to the funder",
            hint=f"submit it first: grantkit claim submit {name}",
        )
    if claim["status"] == "withdrawn":
        raise RequestError(
            f"{name} is withdrawn, and counts nowhere",
            hint=f"prepare it again: grantkit claim prepare {name}",
        )
    return claim


# --- what is in it ----------------------------------------------------------------------------------------------


def _documents(ledger: Ledger, claim: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What went to the funder: the workbook and, where there is one, the funder's own form; with the path of each."""
    sent = [("workbook", claim["workbook"], claim["sha256"])]
    if form := json.loads(claim["facts"]).get("form"):
        sha256 = ledger.value("claiming/submitted_form", {"claim_id": claim["claim_id"]}) or form["sha256"]
        sent.append(("form", form["workbook"], sha256))
    return [
        (path, {"what": what, "file": f"{what}/{_plain_name(path)}", "sha256": sha256})
        for what, path, sha256 in sent
    ]


def _unchanged(path: Path, shown: str, sha256: str) -> bytes:
    """A file that went to the funder. Raises UnreadableError where it is gone or another."""
    hint = "put it back from a backup; grantkit verify names whatever else differs"
    try:
        content = path.read_bytes()
    except OSError as problem:
        what = f"the workbook that was submitted cannot be read: {problem.strerror or problem}"
        raise UnreadableError(what, where=Place(shown), hint=hint) from problem
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnreadableError("this is not the workbook that was submitted", where=Place(shown), hint=hint)
    return content


def _source(folder: Path, sha256: str) -> bytes:
    """A source file as it came. Raises UnreadableError where it is missing, damaged or another."""
    content = recall(folder, sha256)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnreadableError(
            "the kept source file is not the one that was imported",
            where=Place(f"{sha256}.zst"),
            hint="put it back from a backup; grantkit verify names every figure that rests on it",
        )
    return content


def _settings(ledger: Ledger, sha256: str) -> bytes | None:
    """``grant.toml`` as the claim was prepared with it; None of a claim from before settings were kept."""
    text: str | None = ledger.value("claiming/settings_text", {"sha256": sha256})
    if text is None:
        return None
    # a byte order mark at its start was not kept, and counts in the hash
    marked = text.encode("utf-8-sig")
    return marked if hashlib.sha256(marked).hexdigest() == sha256 else text.encode()


def _checks(ledger: Ledger, workspace: Workspace, day: datetime.date) -> bytes:
    """What the checks find in the ledger as it stands, receipts as at a day; and the own checks that cannot be run."""
    run = run_checks(ledger, workspace.settings, workspace.folder, as_at=day)
    return _json({**run.as_json(), "not_run": [" ".join(problem.lines()) for problem in run.broken]})


def _claim_document(
    ledger: Ledger, settings: Settings, claim: dict[str, Any], documents: list[dict[str, Any]]
) -> dict[str, Any]:
    """``claim.json``: the claim's figures as they were submitted, and what the files beside it are held against."""
    facts, award = json.loads(claim["facts"]), settings.award
    streams = ledger.records("claiming/streams_of_claim", {"claim_id": claim["claim_id"]})
    total = {name: sum((stream[name] for stream in streams), ZERO) for name in FIGURES}
    kept = ledger.value("claiming/settings_text", {"sha256": claim["settings_sha256"]}) is not None
    held = [{"what": "settings", "file": "grant.toml", "sha256": claim["settings_sha256"]}] if kept else []
    return {
        "award": award.reference,
        **{name: getattr(award, name) for name in ("title", "funder", "recipient")},
        **{name: claim[name] for name in ("claim", "claim_id", "version", "status")},
        "from": claim["starts"],
        "to": claim["ends"],
        **{name: claim[name] for name in ("basis", "lines", "prepared_at", "prepared_by")},
        **{name: claim[name] for name in ("submitted_at", "submitted_by", "approved_by")},
        "work_streams": [{"code": stream["code"], **_figures(stream)} for stream in streams],
        "total": _figures(total),
        **{name: show(claim[name]) for name in ("unallocated", "disallowed", "received", "outstanding")},
        "lines_sha256": facts.get("lines_sha256"),
        "workbook_sha256": claim["sha256"],
        "documents": [*documents, *held],
        "facts": facts,
        "bundled_at": now(),
        "bundled_by": user(),
        "grantkit_version": __version__,
    }


def _figures(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: show(row[name]) for name in FIGURES}


def _csv(ledger: Ledger, file: str, claim_id: int) -> bytes:
    """A table as CSV: plain amounts, ISO dates; what is unknown is blank."""
    about = {"claim_id": claim_id} if file in OF_CLAIM else {}
    columns, rows = ledger.table(f"auditing/{TABLES[file]}", about)
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return target.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, datetime.date) else value


def _json(document: object) -> bytes:
    def text(value: object) -> str:
        return value.isoformat() if isinstance(value, datetime.date) else str(value)

    return (json.dumps(document, ensure_ascii=False, indent=2, default=text) + "\n").encode()


def _plain_name(name: str) -> str:
    """A file's name without folders and without what some system cannot have in one."""
    plain = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", PurePath(name).name).strip(". ")
    return plain or "file"


# --- writing ----------------------------------------------------------------------------------------------------


def _write(
    out: Path,
    contents: Mapping[str, Callable[[], bytes]],
    claim: dict[str, Any],
    sources: list[dict[str, Any]],
) -> Bundle:
    """The zip file, whole or not at all: the files by name, then the index over them, then the manifest over all."""
    with replacing_file(out) as part:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            entries = [_add(archive, name, contents[name]()) for name in sorted(contents)]
            entries.append(_add(archive, INDEX, index_page(claim, sources, entries).encode()))
            manifest = _manifest(entries)
            _add(archive, MANIFEST, manifest)
        with part.open("rb") as written:
            sha256 = hashlib.file_digest(written, "sha256").hexdigest()
    of_manifest = hashlib.sha256(manifest).hexdigest()
    return Bundle(claim["claim"], claim["version"], out, len(entries) + 1, of_manifest, sha256)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> IndexEntry:
    entry = zipfile.ZipInfo(name, ENTRY_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o100644 << 16  # the same on every system
    archive.writestr(entry, content)
    return IndexEntry(name, len(content), hashlib.sha256(content).hexdigest())


def _manifest(entries: Iterable[IndexEntry]) -> bytes:
    """The SHA-256 of every file but this one, in the one form that verify.py takes it in."""
    files = {entry.name: entry.sha256 for entry in entries}
    return (json.dumps({"files": files}, indent=2, sort_keys=True) + "\n").encode()
