"""The import: a file's rows become lines of the ledger, each counted once, or are refused with their reasons."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.errors import Place, RequestError, UnreadableError
from grantkit.importing import evidence
from grantkit.importing.layout import Layout, lay_out
from grantkit.importing.profiles import CURRENCIES, FIELDS, Profile
from grantkit.importing.sources import BLANKS, Source, Table, open_source, read_tables, write_plain_copy
from grantkit.money import show
from grantkit.store import Ledger, MalformedTextError, is_large, open_ledger
from grantkit.workspace import Workspace, now, user

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

ROWS = ("read", "accepted", "unchanged", "restated", "rejected", "ignored")
NETS = ("accepted", "unchanged", "restated", "restated_from", "ignored")


@dataclass(frozen=True)
class Request:
    """One import as asked for. ``extract_date`` is the day on which the finance system wrote the file."""

    kind: str
    profile: Profile
    sheet: str | None = None
    extract_date: datetime.date | None = None
    again: bool = False
    dry_run: bool = False
    strict: bool = False
    wait: float = 0.0


@dataclass(frozen=True)
class Reject:
    """One fault of a refused row. ``column`` is the file's own header, None where the row as a whole is meant."""

    row: int
    column: str | None
    value: str | None
    code: str
    message: str


@dataclass(frozen=True)
class ImportResult:
    """What an import did. ``batch`` is None where nothing was kept; ``before`` the batch that had the file already."""

    batch: int | None
    file: str
    sheet: str | None
    sha256: str
    kind: str
    profile: str
    dry_run: bool
    rows: dict[str, int]
    net: dict[str, Decimal]
    rejects: list[Reject] = field(default_factory=list)
    before: int | None = None
    refused_by_strict: bool = False

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        return {
            "batch": self.batch,
            "file": self.file,
            "sheet": self.sheet,
            "sha256": self.sha256,
            "kind": self.kind,
            "profile": self.profile,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "net": {name: show(amount) for name, amount in self.net.items()},
            "rejects": [vars(reject) for reject in self.rejects],
        }


def import_file(
    workspace: Workspace, path: Path, request: Request, progress: Callable[[str], None] = lambda _: None
) -> ImportResult:
    """Take one file in, whole or not at all.

    Raises UnreadableError where the file or the ledger cannot be read, RequestError where the file does not fit
    the kind and profile asked for.
    """
    source = open_source(path)
    table, layout = _choose_table(source, request)
    much = is_large(path)
    with open_ledger(
        workspace.store, write=not request.dry_run, wait=request.wait, much_to_do=much
    ) as ledger:
        ledger.run("relations/01_current")
        before = None if request.again else _taken_before(ledger, table, request)
        if before is not None:
            return _nothing_new(ledger, before, request, path)
        progress(f"reading {path.name}")
        _read_rows(ledger, table, layout, request)
        return _keep(workspace, ledger, table, request, progress)


def _choose_table(source: Source, request: Request) -> tuple[Table, Layout]:
    """The table of the file that holds such a ledger; of a workbook the only sheet whose header fits."""
    tables = read_tables(source, request.sheet)
    if not tables:
        raise RequestError(
            "the workbook has no sheet with anything in it",
            where=Place(str(source.path)),
            hint="hidden sheets are taken only by name: --sheet NAME",
        )
    fitting, problems = [], []
    for table in tables:
        try:
            fitting.append((table, lay_out(table, request.profile, request.kind)))
        except RequestError as problem:
            problems.append(problem)
    if len(fitting) > 1:
        names = ", ".join(str(table.sheet) for table, _ in fitting)
        raise RequestError(
            f"several sheets hold such a ledger: {names}",
            where=Place(str(source.path)),
            hint="say which: --sheet NAME",
        )
    if not fitting:
        raise problems[0]
    return fitting[0]


# --- a file that came before ------------------------------------------------------------------------------------


def _taken_before(ledger: Ledger, table: Table, request: Request) -> dict[str, Any] | None:
    found = ledger.records(
        "importing/taken_before",
        {
            "sha256": table.source.sha256,
            "kind": request.kind,
            "sheet": table.sheet,
            "profile_sha256": request.profile.sha256,
        },
    )
    return found[0] if found else None


def _nothing_new(ledger: Ledger, before: dict[str, Any], request: Request, path: Path) -> ImportResult:
    """The same bytes again: every row that is not refused or ignored is unchanged, whatever came in since."""
    rejects = [Reject(*row) for row in ledger.rows("importing/rejects_of_batch", {"batch": before["batch"]})]
    rows = dict.fromkeys(ROWS, 0)
    rows |= {name: before[f"rows_{name}"] for name in ("read", "rejected", "ignored")}
    rows["unchanged"] = rows["read"] - rows["rejected"] - rows["ignored"]
    net = dict.fromkeys(NETS, Decimal(0))
    net["unchanged"] = before["net_accepted"] + before["net_unchanged"] + before["net_restated"]
    net["ignored"] = before["net_ignored"]
    return ImportResult(
        batch=None if request.dry_run else before["batch"],
        file=path.name,
        sheet=before["sheet"],
        sha256=before["sha256"],
        kind=request.kind,
        profile=request.profile.name,
        dry_run=request.dry_run,
        rows=rows,
        net=net,
        rejects=rejects,
        before=before["batch"],
    )


# --- reading ----------------------------------------------------------------------------------------------------


def _read_rows(ledger: Ledger, table: Table, layout: Layout, request: Request) -> None:
    """Fill the table `staged` from the file: as it lies where that is safe, else by the exact path."""
    ledger.set_variables(
        {
            "headers": layout.headers,
            "last_needed": layout.last_needed,
            "width": len(table.header),
            "no_document": request.profile.no_document,
            "date_order": request.profile.date_order,
            "own_currency": CURRENCIES[request.profile.currency],
            "odd_blanks": BLANKS if table.odd_blanks else None,
        }
    )
    ledger.run("importing/cells")
    if table.plain:
        with contextlib.suppress(MalformedTextError):
            _stage(ledger, table, layout, request, table.source.path, exact=False)
            return
    with tempfile.TemporaryDirectory(prefix="grantkit-") as folder:
        copy = Path(folder) / "rows.csv"
        with copy.open("w", encoding="utf-8", newline="") as target:
            longest = write_plain_copy(table, target)
        ledger.set_variables({"longest_record": max(longest, 2_000_000), "odd_blanks": BLANKS})
        try:
            _stage(ledger, table, layout, request, copy, exact=True)
        except MalformedTextError as problem:
            raise UnreadableError(
                "this cannot be read as CSV",
                where=Place(str(table.source.path)),
                hint="open it in a spreadsheet program and save it as XLSX, or export it again",
            ) from problem


def _stage(
    ledger: Ledger, table: Table, layout: Layout, request: Request, path: Path, *, exact: bool
) -> None:
    columns = [f"c{number}" for number in range(1, len(table.header) + 1)]
    carried = ["row", "cells", "beyond"] if exact else []
    ledger.set_variables(
        {
            "source_path": str(path.absolute()),
            "source_columns": dict.fromkeys([*carried, *columns], "VARCHAR"),
        }
    )
    ledger.view_of_source(
        "importing/read_exact" if exact else "importing/read_plain",
        fields={name: columns[index] for name, index in layout.fields.items()},
        constants={name: request.profile.constants.get(name) for name in FIELDS[request.kind]},
        extra={_extra_name(table, index): columns[index] for index in layout.extra},
    )
    ledger.run(f"importing/stage_{request.kind}")


def _extra_name(table: Table, index: int) -> str:
    """An extra column's own header; made distinct by its number where it is blank or stands there twice."""
    header = table.header[index]
    return header if header and table.header.count(header) == 1 else f"{header or 'column'} {index + 1}"


# --- keeping ----------------------------------------------------------------------------------------------------


def _keep(
    workspace: Workspace,
    ledger: Ledger,
    table: Table,
    request: Request,
    progress: Callable[[str], None],
) -> ImportResult:
    progress(f"comparing {table.source.path.name} with the ledger")
    ledger.set_variables({"last_line_id": ledger.value("importing/last_line_id")})
    ledger.run(f"importing/match_{request.kind}")
    ledger.run("importing/judge")
    counts = ledger.records("importing/count_rows")[0]
    strictly = request.strict and counts["rows_rejected"] > 0
    kept = not request.dry_run and not strictly
    batch = None
    if kept:
        batch = ledger.value("importing/next_batch")
        with ledger.transaction(), _evidence_kept(workspace, table.source):
            _write_batch(ledger, batch, table, request, counts)
    return ImportResult(
        batch=batch,
        file=table.source.path.name,
        sheet=table.sheet,
        sha256=table.source.sha256,
        kind=request.kind,
        profile=request.profile.name,
        dry_run=request.dry_run,
        rows={name: counts[f"rows_{name}"] for name in ROWS},
        net={name: counts[f"net_{name}"] for name in NETS},
        rejects=[Reject(*row) for row in ledger.rows("importing/rejects_of_file")],
        refused_by_strict=strictly,
    )


def _write_batch(ledger: Ledger, batch: int, table: Table, request: Request, counts: dict[str, Any]) -> None:
    moment = now()
    head = {
        "batch": batch,
        "kind": request.kind,
        "file": table.source.path.name,
        "sheet": table.sheet,
        "sha256": table.source.sha256,
        "profile": request.profile.name,
        "profile_sha256": request.profile.sha256,
        "extract_date": request.extract_date or moment.date(),
        "imported_at": moment,
        "user_name": user(),
    }
    ledger.fill(
        "store.batch",
        [(*head.values(), *(counts[f"rows_{n}"] for n in ROWS), *(counts[f"net_{n}"] for n in NETS))],
    )
    ledger.set_variables({"batch": batch})
    ledger.run(f"importing/keep_{request.kind}")
    ledger.run("importing/keep_rest")
    write_entry(ledger, "import", head, counts)


@contextlib.contextmanager
def _evidence_kept(workspace: Workspace, source: Source) -> Iterator[None]:
    """Keep the source file beside the load; where the load fails, what was newly kept goes again."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        kept = beside.submit(evidence.keep, source.path, workspace.evidence, source.sha256)
        try:
            yield
            kept.result()
        except BaseException:
            newly = kept.result() if kept.exception() is None else None
            if newly is not None:
                newly.unlink(missing_ok=True)
            raise
