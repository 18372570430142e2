"""A workspace to try the product in: its folder, its files, its commands. It knows no rule of the product."""

from __future__ import annotations

import contextlib
import copy
import csv
import importlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REPOSITORY = Path(__file__).resolve().parent.parent
CLOCK = "2025-04-10T09:00:00"
LEDGER = "grantkit.duckdb"

#: The year of the pilot; budgets wide enough that no cap is in the way unless a test wants one.
AWARD = {
    "reference": "PCD 1663",
    "title": "Facial Recognition Static Cameras Infrastructure Pilot",
    "funder": "Home Office",
    "recipient": "Mayor's Office for Policing and Crime",
    "amount": "800000.00",
    "vat": "recoverable",
    "claim_basis": "invoiced",
    "forecast": "profile",
    "store": LEDGER,
}


def settings(
    streams: Mapping[str, str | tuple[str, str]] | None = None,
    *,
    starts: str = "2024-04-01",
    ends: str = "2025-03-31",
    rules: str | None = None,
    profile: Sequence[str] = ("25", "25", "25", "25"),
    **award: str,
) -> str:
    """The text of a ``grant.toml``: streams with their resource budget, or (resource, capital).

    Without ``rules`` everything goes to the first stream.
    """
    streams = streams or {"EXISTING": "800000.00"}
    lines = ["[award]", *(f'{name} = "{value}"' for name, value in {**AWARD, **award}.items())]
    lines += [f"starts = {starts}", f"ends = {ends}"]
    for code, budget in streams.items():
        resource, capital = (budget, "0.00") if isinstance(budget, str) else budget
        lines += ["", "[[work_stream]]", f'code = "{code}"', f'name = "Stream {code}"']
        lines += [
            f'resource = "{resource}"',
            f'capital = "{capital}"',
            f"profile = {json.dumps(list(profile))}",
        ]
    if rules is None:
        rules = f'[[allocation]]\nwork_stream = "{next(iter(streams))}"\nsupplier = "*"'
    return "\n".join([*lines, "", rules, ""])


class Result(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str


class Workspace:
    """A folder with a ``grant.toml``, in which commands run as one officer at one moment."""

    def __init__(self, folder: Path, grant_toml: str | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.write("grant.toml", settings() if grant_toml is None else grant_toml)

    @property
    def ledger(self) -> Path:
        return self.folder / LEDGER

    @property
    def evidence(self) -> Path:
        return self.folder / "ledgers" / "evidence"

    def copied(self, folder: Path) -> Self:
        """The same workspace in another folder, to be changed there: what was done to it is not done again."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        twin = copy.copy(self)
        twin.folder = folder
        return twin

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file of the workspace, as it is given."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def write_csv(self, name: str, header: Iterable[str], rows: Iterable[Iterable[object]]) -> Path:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([list(header), *(list(row) for row in rows)])
        return self.write(name, text.getvalue())

    def run(self, *words: object, now: str = CLOCK, stdin: str = "") -> Result:
        """Run one command, in this process."""
        main = importlib.import_module("grantkit.cli").main
        out, err = io.StringIO(), io.StringIO()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GRANTKIT_")}
        environment = {**kept, "GRANTKIT_NOW": now, "GRANTKIT_USER": "finance"}
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            mock.patch.dict(os.environ, environment, clear=True),
            mock.patch("sys.stdin", io.StringIO(stdin)),
        ):
            code = main(["-w", str(self.folder), *(str(word) for word in words)])
        return Result(code, out.getvalue(), err.getvalue())

    def json(self, *words: object, code: int = 0, now: str = CLOCK) -> Any:
        """The one JSON document that a command prints, which must end with this exit code."""
        done = self.run(*words, "--json", now=now)
        assert done.code == code, f"{words}: exit {done.code}\n{done.err}"
        return json.loads(done.out)

    def do(self, *words: object, now: str = CLOCK) -> Result:
        """Run a command that must succeed."""
        done = self.run(*words, now=now)
        assert done.code == 0, f"{words}: exit {done.code}\n{done.err}"
        return done

    def take_in(
        self, file: Path | str, *words: object, kind: str = "invoices", code: int = 0
    ) -> dict[str, Any]:
        """Import one file and give what became of it; ``code`` 1 where rows are refused."""
        path = self.folder / file if isinstance(file, str) else file
        shown: dict[str, Any] = self.json("import", path, "--kind", kind, *words, code=code)["imports"][0]
        return shown

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query, as its JSON has them."""
        rows: list[dict[str, Any]] = self.json("query", sql)
        return rows

    def files(self) -> dict[str, bytes]:
        """Every file below the workspace with its bytes."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in sorted(found)}


def is_refused(done: Result, code: int = 2) -> bool:
    """Whether a command was refused as every refusal is: this exit code, what and what next, no traceback."""
    said = done.err.splitlines()
    return (
        done.code == code
        and any(line.startswith("error: ") for line in said)
        and any(line.startswith("hint: ") for line in said)
        and "Traceback" not in done.err
        and not done.out
    )
