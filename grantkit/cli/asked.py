"""What was asked for before the command: the workspace, and how long to wait for its ledger."""

from __future__ import annotations

import contextlib
import datetime
import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grantkit.errors import RequestError

if TYPE_CHECKING:
    from grantkit.settings import Settings
    from grantkit.store import Ledger
    from grantkit.workspace import Workspace

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
AsAt = Annotated[
    str | None,
    typer.Option("--as-at", metavar="DATE", help="Count only what is dated up to this day (2024-09-30)."),
]


@dataclass(frozen=True)
class Asked:
    """The options that stand before every command."""

    folder: Path | None
    wait: float

    def workspace(self) -> Workspace:
        """The workspace that is meant."""
        from grantkit.workspace import find_workspace

        return find_workspace(self.folder)

    @contextmanager
    def ledger(
        self, *, write: bool = False, record_only: bool = False
    ) -> Iterator[tuple[Workspace, Settings, Ledger]]:
        """The workspace, its settings and its open ledger with its relations laid: all, or only those of the record."""
        from grantkit.relations import lay_record, lay_relations
        from grantkit.store import open_ledger

        workspace = self.workspace()
        settings = workspace.settings
        with open_ledger(workspace.store, write=write, wait=self.wait) as ledger:
            (lay_record if record_only else lay_relations)(ledger, settings)
            yield workspace, settings, ledger


def asked(context: typer.Context) -> Asked:
    """What stood before the command."""
    found = context.find_object(Asked)
    assert found is not None
    return found


def no_such_option(context: typer.Context, word: str) -> RequestError:
    """The error for a word that looks like an option of this command and is none, proposing the nearest."""
    known = [option for each in context.command.params for option in (*each.opts, *each.secondary_opts)]
    near = difflib.get_close_matches(word.partition("=")[0], known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"see {context.command_path} --help"
    return RequestError(f"no such option: {word}", hint=hint)


def day(text: str | None, option: str) -> datetime.date | None:
    """A day given as an option's value. Raises RequestError where it is none."""
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return datetime.date.fromisoformat(text)
    raise RequestError(f"{option} is no date: {text}", hint="write it as 2024-09-30")


def required_day(text: str, option: str) -> datetime.date:
    """A day that has to be given. Raises RequestError where it is none."""
    found = day(text, option)
    assert found is not None
    return found


def amount(text: str, option: str) -> Decimal:
    """Pounds given on the command line. Raises RequestError where they are none."""
    plain = text.replace("\N{MINUS SIGN}", "-").replace("£", "", 1)
    if not re.fullmatch(r"-?([0-9]{1,13}|[0-9]{1,3}(,[0-9]{3}){1,4})([.][0-9]{1,2})?", plain):
        raise RequestError(f"{option} is no amount in pounds: {text}", hint="write it as 1234.50 or -1234.50")
    return Decimal(plain.replace(",", "")).quantize(Decimal("0.01"))
