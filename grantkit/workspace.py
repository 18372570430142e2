"""The workspace: the folder that holds ``grant.toml``, its ledger and its evidence; and the user."""

from __future__ import annotations

import contextlib
import functools
import getpass
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from grantkit.errors import Place, RequestError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantkit.settings import Settings
    from grantkit.store import Ledger

SETTINGS_FILE = "grant.toml"


@dataclass(frozen=True)
class Workspace:
    """A folder with a ``grant.toml``."""

    folder: Path

    @functools.cached_property
    def settings(self) -> Settings:
        """The settings, read once. Raises SettingsError with every mistake in them."""
        from grantkit.settings import read_settings

        return read_settings(self.folder / SETTINGS_FILE)

    @property
    def store(self) -> Path:
        """Where the ledger is."""
        named = self.settings.award.store
        if "://" in named:
            raise RequestError(
                f"this version of grantkit keeps its ledger in a file, not at {named}",
                hint='set store = "grantkit.duckdb" in grant.toml',
            )
        return self.folder / named

    @property
    def evidence(self) -> Path:
        """The folder that keeps the source files as they came."""
        return self.folder / "ledgers" / "evidence"

    def check_output(self, target: Path | None, ledger: Ledger) -> None:
        """Raises RequestError where a file to be written would take the place of one that has to stay as it is.

        That is the settings, the ledger, the evidence, and whatever went to the funder with a claim.
        """
        if target is None:
            return
        whole = target.resolve()
        sent = [self.folder / row[0] for row in ledger.rows("claiming/workbooks_kept")]
        if any(whole == each.resolve() for each in sent):
            raise RequestError(
                "this file went to the funder with a claim and is not written over",
                where=Place(str(target)),
                hint="name another file",
            )
        kept = (self.folder / SETTINGS_FILE, self.store)
        if any(whole == each.resolve() for each in kept) or self.evidence.resolve() in whole.parents:
            raise RequestError(
                "this file belongs to the workspace and is not written over",
                where=Place(str(target)),
                hint="name another file",
            )

    @property
    def claims(self) -> Path:
        """The folder that claims' workbooks are written to."""
        return self.folder / "claims"


def find_workspace(named: Path | None) -> Workspace:
    """The workspace: as named, else ``GRANTKIT_WORKSPACE``, else the current folder or the nearest above it.

    Raises RequestError where there is none.
    """
    if named is None and os.environ.get("GRANTKIT_WORKSPACE"):
        named = Path(os.environ["GRANTKIT_WORKSPACE"])
    if named is not None:
        if named.is_file():
            raise RequestError(
                f"this is a file; a workspace is the folder that holds {SETTINGS_FILE}",
                where=Place(str(named)),
                hint=f"name the folder: grantkit -w {named.parent} …",
            )
        if not (named / SETTINGS_FILE).is_file():
            raise RequestError(
                f"there is no {SETTINGS_FILE} in this folder",
                where=Place(str(named)),
                hint=f"make one with: grantkit init {named}",
            )
        return Workspace(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).is_file():
            return Workspace(folder)
    raise RequestError(
        f"there is no {SETTINGS_FILE} here or in a folder above",
        hint="make one with: grantkit init, or name the workspace: grantkit -w DIR …",
    )


def system_user() -> str:
    """The name that the operating system has for whoever runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def user() -> str:
    """Who acts: ``GRANTKIT_USER``, else the operating system's user."""
    return os.environ.get("GRANTKIT_USER") or system_user()


def unwritable(problem: OSError, path: Path) -> UnreadableError:
    """The error for a file or folder that cannot be written."""
    return UnreadableError(
        f"cannot be written: {problem.strerror or problem}",
        where=Place(str(path)),
        hint="check the folder and its permissions, or name another place",
    )


def read_text(path: Path) -> str:
    """The text of a file that a person names. Raises UnreadableError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise UnreadableError(
            f"cannot be read: {getattr(problem, 'strerror', None) or problem}",
            where=Place(str(path)),
            hint="check the name; the file must be UTF-8 text",
        ) from problem


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """A file to be written, which takes the place of ``path`` once that is done. Raises UnreadableError."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as problem:
        raise unwritable(problem, path) from problem
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file that takes the place of ``path`` once it is written whole. Raises UnreadableError."""
    with replacing_file(path) as part, part.open("w", encoding="utf-8", newline="") as target:
        yield target
