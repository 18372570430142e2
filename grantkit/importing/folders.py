"""Folders and patterns of ledgers: their files, in the order of their contents' dates."""

from __future__ import annotations

import datetime
import glob
from pathlib import Path
from typing import TYPE_CHECKING

from grantkit.errors import GrantkitError
from grantkit.importing.contents import first_day
from grantkit.importing.profiles import DATES
from grantkit.importing.recognition import Wanted, recognise
from grantkit.importing.sources import ENDINGS, open_source

if TYPE_CHECKING:
    from grantkit.importing.results import Request
    from grantkit.workspace import Workspace


def files_in(path: Path, workspace: Workspace, request: Request) -> list[Path] | None:
    """The ledgers in a folder (and in those below it) or under a pattern, by the earliest date in each.

    None where ``path`` is neither. A file without a date that can be read comes last; the workspace's own evidence
    and what spreadsheet programs leave beside an open file are no ledgers.
    """
    if path.is_dir():
        found = [each for each in path.rglob("*") if each.suffix.lower() in ENDINGS]
    elif not path.exists() and any(sign in str(path) for sign in "*?["):
        found = [Path(each) for each in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - it may be absolute
    else:
        return None
    evidence = workspace.evidence.resolve()
    ours = [
        each
        for each in found
        if each.is_file()
        and not each.name.startswith(("~$", ".", "~lock"))
        and evidence not in each.resolve().parents
    ]
    return sorted(ours, key=lambda each: (_earliest(each, workspace, request), each))


def _earliest(path: Path, workspace: Workspace, request: Request) -> datetime.date:
    wanted = Wanted(request.kind, request.profile, request.sheet, workspace.folder, request.dates)
    try:
        found = recognise(open_source(path), wanted)
    except GrantkitError:
        return datetime.date.max  # the import itself will say what is wrong with it
    columns = [found.layout.fields[name] for name in DATES[found.kind] if name in found.layout.fields]
    texts = [cells[index] for cells in found.table.sample for index in columns]
    return first_day(texts, month_first=found.profile.date_order == "month-day-year")
