"""The evidence: source files, and what shows a milestone, kept as they came: compressed, named by their SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import zstandard

from grantkit.errors import Place, UnreadableError
from grantkit.workspace import unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def evidence_path(folder: Path, sha256: str) -> Path:
    """Where the file with this hash is kept."""
    return folder / f"{sha256}.zst"


def keep(source: Path, folder: Path, sha256: str) -> Path | None:
    """Keep a source file; gives the path of what was newly written, None where it was there already.

    Raises UnreadableError where the folder cannot be written.
    """
    target = evidence_path(folder, sha256)
    if target.exists():
        return None
    part = target.with_suffix(f".{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as given, part.open("wb") as kept:
            zstandard.ZstdCompressor(level=1, write_checksum=True).copy_stream(given, kept)
        part.replace(target)
    except OSError as problem:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise unwritable(problem, folder) from problem
    return target


@contextlib.contextmanager
def kept_beside(source: Path, folder: Path, sha256: str) -> Iterator[None]:
    """Keep a file beside what is done meanwhile; where that fails, what was newly kept goes again.

    Raises UnreadableError where the folder cannot be written.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        kept = beside.submit(keep, source, folder, sha256)
        try:
            yield
            kept.result()
        except BaseException:
            newly = kept.result() if kept.exception() is None else None
            if newly is not None:
                newly.unlink(missing_ok=True)
            raise


def look_at(source: Path, *, of_folder: str, of_nothing: str) -> tuple[str, bytes]:
    """The SHA-256 of a file that a person names, and its first 64 bytes.

    Raises UnreadableError where it is missing, a folder (with the hint ``of_folder``), empty (``of_nothing``), or not
    to be read.
    """
    where = Place(str(source))
    if source.is_dir():
        raise UnreadableError("this is a folder", where=where, hint=of_folder)
    try:
        with source.open("rb") as file:
            start = file.read(64)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise UnreadableError(
            "there is no such file", where=where, hint="check the name and the folder"
        ) from None
    except OSError as problem:
        raise UnreadableError(
            f"cannot be read: {problem.strerror}", where=where, hint="check the permissions of the file"
        ) from problem
    if not start:
        raise UnreadableError("the file is empty", where=where, hint=of_nothing)
    return sha256, start


def hash_of(source: Path) -> str:
    """The SHA-256 of a file that shows something. Raises UnreadableError as ``look_at``."""
    sha256, _ = look_at(
        source, of_folder="name one file, or an archive of several", of_nothing="name the file that shows it"
    )
    return sha256


def recall(folder: Path, sha256: str) -> bytes:
    """The bytes of a kept source file. Raises UnreadableError where it is missing or damaged."""
    path = evidence_path(folder, sha256)
    try:
        with path.open("rb") as kept:
            return zstandard.ZstdDecompressor().stream_reader(kept).read()
    except (OSError, zstandard.ZstdError) as problem:
        raise UnreadableError(
            f"the kept source file is missing or damaged: {problem}",
            where=Place(str(path)),
            hint="put it back from a backup; verify names every figure that rests on it",
        ) from problem
