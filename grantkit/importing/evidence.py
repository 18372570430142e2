"""The source files, kept as they came: compressed, named by their SHA-256."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import zstandard

from grantkit.errors import Place, UnreadableError
from grantkit.workspace import unwritable

if TYPE_CHECKING:
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
