"""Changes to the text of ``grant.toml`` that leave its remarks, its order and all else as they are.

The one home of tomlkit. What comes of a change is read again and held against what was wanted before anybody gets it.
"""

from __future__ import annotations

import copy
import tomllib
from typing import TYPE_CHECKING, Any

import tomlkit

from grantkit.errors import Place, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantkit.settings import Settings

#: What a work stream says of itself: key and value as the file has them.
Stream = dict[str, "str | list[str]"]


def with_streams(settings: Settings, changed: Mapping[str, Stream], added: Sequence[Stream]) -> str:
    """The settings' text with values of work streams ``changed`` (by code) and streams ``added`` behind the others.

    Raises RequestError where the text is laid out so that this cannot be done without moving other parts of it.
    """
    wanted = _wanted(settings.text, changed, added)
    windows = "\r\n" in settings.text
    text = settings.text.replace("\r\n", "\n")
    found = _with_values(text, changed)
    if found is not None and added:
        found = _with_new(found, added, wanted)
    if found is None or tomllib.loads(found) != wanted:
        raise RequestError(
            "the work streams stand apart from each other, or within other lists, and cannot be changed from a sheet",
            where=Place(str(settings.path)),
            hint="bring the [[work_stream]] tables together, one after the other; or change the figures there by hand",
        )
    return found.replace("\n", "\r\n") if windows else found


def _wanted(text: str, changed: Mapping[str, Stream], added: Sequence[Stream]) -> dict[str, Any]:
    """What the changed text has to say."""
    tables = tomllib.loads(text)
    for stream in tables["work_stream"]:
        stream.update(changed.get(stream["code"], {}))
    tables["work_stream"] += copy.deepcopy(list(added))
    return tables


def _with_values(text: str, changed: Mapping[str, Stream]) -> str | None:
    """The text with other values in its streams; None where tomlkit would put its parts into another order."""
    document = tomlkit.parse(text)
    if document.as_string() != text:
        return None
    streams: Any = document["work_stream"]
    for stream in streams:
        for key, value in changed.get(str(stream["code"]), {}).items():
            if isinstance(value, str):
                stream[key] = value
                continue
            for place, entry in enumerate(value):  # one by one, so that remarks between them stay
                if stream[key][place] != entry:
                    stream[key][place] = entry
    return document.as_string()


def _with_new(text: str, added: Sequence[Stream], wanted: dict[str, Any]) -> str | None:
    """The text with further streams behind its last one, before the remarks that belong to what follows it.

    Failing that at its end; None where that does not give what is wanted either.
    """
    lines = text.split("\n")
    new = "".join(f"\n[[work_stream]]\n{tomlkit.dumps(stream)}" for stream in added)
    for place in (_end_of_streams(lines), len(text.rstrip().split("\n"))):
        before, after = "\n".join(lines[:place]), "\n".join(lines[place:])
        candidate = f"{before}\n{new}{after}"
        try:
            if tomllib.loads(candidate) == wanted:
                return candidate
        except tomllib.TOMLDecodeError:
            continue
    return None


def _end_of_streams(lines: Sequence[str]) -> int:
    """How many lines there are up to the last one of the last [[work_stream]]."""
    headers = [
        number for number, line in enumerate(lines) if line.replace(" ", "").startswith("[[work_stream]]")
    ]
    if not headers:
        return len(lines)
    end = headers[-1] + 1
    while end < len(lines) and not lines[end].lstrip().startswith("["):
        end += 1
    while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end
