"""The import: a file's rows become lines of the ledger, each counted once, or are refused with their reasons."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import Place, RequestError
from grantkit.evidence import kept_beside
from grantkit.importing import corrections, reading
from grantkit.importing.measures import holds_measures
from grantkit.importing.missing import MissingLine, answer_missing, find_missing
from grantkit.importing.profiles import as_toml
from grantkit.importing.recognition import Finding, Recognised, Wanted, recognise
from grantkit.importing.results import NETS, ROWS, Change, Ignored, ImportResult, Reject, Request
from grantkit.importing.sources import Source, open_source
from grantkit.relations import name_settings
from grantkit.store import Ledger, MalformedTextError, is_large, open_ledger
from grantkit.workspace import Workspace, user

if TYPE_CHECKING:
    from grantkit.importing.corrections import Corrections
    from grantkit.importing.tables import Grid


class MeasuresError(RequestError):
    """This is no ledger: it holds measures, which another command takes in."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "this file holds measures, and is no ledger",
            where=Place(str(path)),
            hint="take it in with: grantkit measure import FILE",
        )


Progress = Callable[[str], None]
Show = Callable[[Path, tuple[Finding, ...]], None]


def import_file(
    workspace: Workspace,
    path: Path,
    request: Request,
    progress: Progress = lambda _: None,
    show: Show = lambda *_: None,
) -> list[ImportResult]:
    """Take one file in, whole or not at all. ``show`` is told what was recognised before anything is kept.

    It is one import; of a workbook of refused rows that come back corrected, each sheet is one.

    Raises UnreadableError where the file or the ledger cannot be read, RequestError where the file does not fit what
    is asked for, or cannot be understood.
    """
    progress(f"looking at {path.name}")
    wanted = Wanted(
        kind=request.kind,
        profile=request.profile,
        sheet=request.sheet,
        folder=workspace.folder,
        dates=request.dates,
        date_order=request.date_order,
    )
    found = _look_at(open_source(path), wanted)
    write = not request.dry_run
    if isinstance(found, list):
        write = (
            write and workspace.store.exists()
        )  # corrections can only come to a ledger that refused their rows
    with open_ledger(workspace.store, write=write, wait=request.wait, much_to_do=is_large(path)) as ledger:
        if write:
            name_settings(ledger, workspace.settings)
        ledger.run("relations/01_current")
        if isinstance(found, Recognised):
            return [_Import(workspace, ledger, found, request, progress, show).carry_out()]
        done: list[ImportResult] = []
        for sheet, corrects in corrections.read_returned(ledger, found, again=request.again):
            if done:
                ledger.run("relations/01_current")  # the sheet before changed what counts
            done.append(_Import(workspace, ledger, sheet, request, progress, show, corrects).carry_out())
        return done


def _look_at(source: Source, wanted: Wanted) -> Recognised | list[Grid]:
    """The ledger that a file holds, or the sheets of a workbook of refused rows.

    The latter are looked for only where there is reason to, so that a large workbook is read once.
    """
    try:
        found = recognise(source, wanted)
    except RequestError:
        returned = corrections.returned_grids(source, wanted.sheet) if source.is_spreadsheet else []
        if not returned and holds_measures(source):
            raise MeasuresError(source.path) from None
        if not returned:
            raise
        return returned
    if not corrections.holds_references(found.table.grid):
        return found
    return corrections.returned_grids(source, wanted.sheet)


class _Import:
    """One file on its way into an open ledger."""

    def __init__(
        self,
        workspace: Workspace,
        ledger: Ledger,
        found: Recognised,
        request: Request,
        progress: Progress,
        show: Show,
        corrects: Corrections | None = None,
    ) -> None:
        self.workspace = workspace
        self.ledger = ledger
        self.found = found
        self.request = request
        self.progress = progress
        self.show = show
        self.corrects = corrects

    def carry_out(self) -> ImportResult:
        is_open = bool(self.found.dates_open) or self.found.sign_open is not None
        if not is_open and (before := self._taken_before()):
            return self._nothing_new(before)
        self.progress(f"reading {self.found.table.source.path.name}")
        if self.found.table.plain:
            with contextlib.suppress(MalformedTextError):
                return self._from_rows()
            self.found = self.found.read_exactly()
        return self._from_rows()

    def _from_rows(self) -> ImportResult:
        with reading.rows_laid(self.ledger, self.found) as laid:
            found = reading.settle_open_questions(self.ledger, laid)
            if found is not laid:
                self.found = found
                if before := self._taken_before():
                    return self._nothing_new(before)
            self.show(found.table.source.path, found.findings)
            reading.stage(self.ledger, found)
            wrong = self._control_mismatch()
            reading.fold(self.ledger, found.profile)
            if self.corrects is not None:
                corrections.take_up(self.ledger, self.corrects, found.profile)
            return self._keep(wrong)

    def _control_mismatch(self) -> tuple[str, ...]:
        """In what the file differs from the finance system's control totals."""
        if self.request.expect_rows is None and self.request.expect_net is None:
            return ()
        rows, net = self.ledger.rows("importing/control_totals")[0]
        wrong = []
        if self.request.expect_rows not in {None, rows}:
            wrong.append(f"{rows:,} rows, and {self.request.expect_rows:,} are expected")
        if self.request.expect_net not in {None, net}:
            wrong.append(f"net {net:,.2f}, and {self.request.expect_net:,.2f} is expected")
        return tuple(wrong)

    # --- a file that came before

    def _taken_before(self) -> dict[str, Any] | None:
        if self.request.again:
            return None
        found = self.ledger.records(
            "importing/taken_before",
            corrections.same_file(self.found),
        )
        return found[0] if found else None

    def _nothing_new(self, before: dict[str, Any]) -> ImportResult:
        """The same bytes again: every row that is not refused or ignored is unchanged, whatever came in since."""
        batch = before["batch"]
        rows = dict.fromkeys(ROWS, 0)
        rows |= {name: before[f"rows_{name}"] for name in ("read", "rejected", "ignored")}
        rows["unchanged"] = rows["read"] - rows["rejected"] - rows["ignored"]
        net = dict.fromkeys(NETS, Decimal(0))
        net["unchanged"] = before["net_accepted"] + before["net_unchanged"] + before["net_restated"]
        net["ignored"] = before["net_ignored"]
        self.ledger.set_variables({"batch": batch})
        self.ledger.run(f"importing/said_before_{self.found.kind}")
        with contextlib.nullcontext() if self.request.dry_run else self.ledger.transaction():
            missing = self._missing(batch)
            if missing and not self.request.dry_run:
                answer_missing(self.ledger, batch, missing, self.request.missing)
                self._tell_missing(batch, missing)
        rejects = [Reject(*r) for r in self.ledger.rows("importing/rejects_of_batch", {"batch": batch})]
        ignored = [Ignored(*r) for r in self.ledger.rows("importing/ignored_of_batch", {"batch": batch})]
        return self._result(
            batch, rows, net, rejects=rejects, ignored=ignored, missing=missing, before=before["batch"]
        )

    # --- keeping

    def _keep(self, wrong: tuple[str, ...]) -> ImportResult:
        ledger, kind = self.ledger, self.found.kind
        self.progress(f"comparing {self.found.table.source.path.name} with the ledger")
        ledger.set_variables({"last_line_id": ledger.value("importing/last_line_id")})
        ledger.run(f"importing/occurrences_{kind}")
        if self.corrects is not None:
            ledger.run(f"importing/go_on_{kind}")
        ledger.run(f"importing/match_{kind}")
        ledger.run("importing/judge")
        counts = ledger.records("importing/count_rows")[0]
        ledger.run(f"importing/refused_{kind}" if counts["rows_rejected"] else "importing/no_refused")
        strictly = self.request.strict and counts["rows_rejected"] > 0
        changes = (
            [Change(*row) for row in ledger.rows(f"importing/changes_{kind}")]
            if counts["rows_restated"]
            else []
        )
        batch, settled = None, 0
        if self.request.dry_run or strictly or wrong:
            ledger.set_variables({"batch": None})
            ledger.run(f"importing/said_{kind}")
            missing = self._missing(None)
        else:
            batch = ledger.value("importing/next_batch")
            source = self.found.table.source
            with (
                ledger.transaction(),
                kept_beside(source.path, self.workspace.evidence, source.sha256),
            ):
                missing, settled = self._write_batch(batch, counts)
        return self._result(
            batch,
            {name: counts[f"rows_{name}"] for name in ROWS},
            {name: counts[f"net_{name}"] for name in NETS},
            rejects=[Reject(*row) for row in ledger.rows("importing/rejects_of_file")],
            ignored=[Ignored(*row) for row in ledger.rows("importing/ignored_rows")],
            changes=changes,
            missing=missing,
            settled=settled,
            strictly=strictly,
            wrong=wrong,
        )

    def _write_batch(self, batch: int, counts: dict[str, Any]) -> tuple[list[MissingLine], int]:
        """Keep all that the file brought; gives the lines that it lacks, and how many refused rows it settled."""
        moment, found, ledger = now(), self.found, self.ledger
        head = {
            "batch": batch,
            "kind": found.kind,
            "file": found.table.source.path.name,
            "sheet": found.table.sheet,
            "sha256": found.table.source.sha256,
            "profile": found.profile.name,
            "profile_sha256": found.profile.sha256,
            "extract_date": self.request.extract_date or moment.date(),
            "imported_at": moment,
            "user_name": user(),
        }
        ledger.fill(
            "store.batch",
            [(*head.values(), *(counts[f"rows_{n}"] for n in ROWS), *(counts[f"net_{n}"] for n in NETS))],
        )
        ledger.set_variables(head)
        ledger.run(f"importing/keep_{found.kind}")
        ledger.run("importing/keep_rest")
        self._write_reading(batch)
        if counts["rows_rejected"]:
            ledger.run("importing/keep_refused")
        settled = self._settle_rejects(head)
        ledger.run(f"importing/said_{found.kind}")
        missing = self._missing(batch)
        if missing:
            answer_missing(ledger, batch, missing, self.request.missing)
        write_entry(ledger, "import", head, counts)
        if missing and self.request.missing:
            self._tell_missing(batch, missing)
        return missing, settled

    def _settle_rejects(self, head: dict[str, Any]) -> int:
        """Settle earlier batches' refused rows: those that corrections name, else those whose lines are here now."""
        ledger, batch = self.ledger, head["batch"]
        if self.corrects is not None:
            corrections.settle(ledger, self.corrects, head)
        elif ledger.value("importing/open_rejects", {"batch": batch}):
            ledger.run("importing/settle_rejects")
        else:
            return 0
        return int(ledger.value("importing/settled_by", {"batch": batch}))

    def _write_reading(self, batch: int) -> None:
        table = self.found.table
        findings = [vars(finding) for finding in self.found.findings]
        row = (
            batch,
            table.header_row,
            json.dumps(table.header),
            as_toml(self.found.profile),
            json.dumps(findings),
        )
        self.ledger.fill("store.batch_reading", [row])
        ignored = self.ledger.rows("importing/ignored_rows")
        self.ledger.fill("store.ignored_row", [(batch, *each) for each in ignored])

    # --- what the file lacks

    def _missing(self, batch: int | None) -> list[MissingLine]:
        if self.corrects is not None:  # it is no extract, and is to hold a few rows only
            return []
        table, profile = self.found.table, self.found.profile
        same = {"kind": self.found.kind, "profile_sha256": profile.sha256, "sheet": table.sheet}
        if not self.ledger.value("importing/earlier_batches", {**same, "batch": batch or 0}):
            return []
        first_day, last_day = self.ledger.rows("importing/covered")[0]
        if first_day is None:
            return []
        return find_missing(
            self.ledger,
            kind=self.found.kind,
            profile_sha256=profile.sha256,
            sheet=table.sheet,
            batch=batch,
            first_day=first_day,
            last_day=last_day,
        )

    def _tell_missing(self, batch: int, missing: list[MissingLine]) -> None:
        """Tell the audit log which lines the file lacks, and the answer if there is one."""
        said = {"batch": batch, "answer": self.request.missing}
        lines = {"lines": [line.line_id for line in missing]}
        write_entry(self.ledger, "import --missing", said, lines)

    # --- telling

    def _result(
        self,
        batch: int | None,
        rows: dict[str, int],
        net: dict[str, Decimal],
        *,
        rejects: list[Reject],
        ignored: list[Ignored],
        missing: list[MissingLine],
        changes: list[Change] | None = None,
        before: int | None = None,
        settled: int = 0,
        strictly: bool = False,
        wrong: tuple[str, ...] = (),
    ) -> ImportResult:
        table = self.found.table
        return ImportResult(
            batch=None if self.request.dry_run else batch,
            file=table.source.path.name,
            sheet=table.sheet,
            sha256=table.source.sha256,
            kind=self.found.kind,
            profile=self.found.profile.name,
            dry_run=self.request.dry_run,
            rows=rows,
            net=net,
            rejects=rejects,
            ignored=ignored,
            changes=changes or [],
            missing=missing,
            missing_answered=self.request.missing,
            findings=self.found.findings,
            hidden_rows=table.grid.sheet.hidden_rows if table.grid.sheet else 0,
            headers=self.found.layout.headers,
            before=before,
            refused_by_strict=strictly,
            control_mismatch=wrong,
            settled=settled,
        )
