"""Where everything stands in a TOML text: tomllib gives no lines, so what it has found valid is read once more."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The path of a table, a key or an entry: ("work_stream", 0, "profile").
At = tuple[str | int, ...]

_PIECE = re.compile(
    r"""
      "{3}(?:\\.|[^\\])*?"{3}"{0,2} | '{3}.*?'{3}'{0,2}     # texts over several lines
    | "(?:\\.|[^"\\])*" | '[^']*'
    | \#[^\n]* | \n | [\[\]{},=.] | [^\s\[\]{},=.\#"']+
    """,
    re.VERBOSE | re.DOTALL,
)


def lines_of(text: str) -> dict[At, int]:
    """The line of each table, key and entry of a valid TOML text, by path."""
    return _Lines(text).found


class _Lines:
    """The line of each table, key and entry of a valid TOML text, by path: ("work_stream", 0, "profile")."""

    def __init__(self, text: str) -> None:
        self.found: dict[At, int] = {}
        self._counts: dict[At, int] = {}
        self._pieces = self._read(text)
        self._piece, self._line = "", 1
        table: At = ()
        self._next()
        while self._piece:
            if self._piece == "[":
                table = self._header()
            elif self._piece == "\n":
                self._next()
            else:
                self._pair(table)

    @staticmethod
    def _read(text: str) -> Iterator[tuple[str, int]]:
        line, counted = 1, 0
        for piece in _PIECE.finditer(text):
            line += text.count("\n", counted, piece.start())
            counted = piece.start()
            if not piece[0].startswith("#"):
                yield piece[0], line

    def _next(self) -> str:
        """The piece at hand, having stepped on to the one after it; the text's end is an empty one."""
        piece = self._piece
        self._piece, self._line = next(self._pieces, ("", self._line))
        return piece

    def _header(self) -> At:
        """``[table]`` or ``[[table]]``; the path of what follows it."""
        line, depth = self._line, 0
        while self._piece == "[":
            depth += len(self._next())
        *above, last = self._dotted()
        while self._piece == "]":
            self._next()
        path: At = ()
        for part in above:
            self.found.setdefault((*path, part), line)
            path = self._latest((*path, part))
        path = (*path, last)
        if depth == 2:
            self.found.setdefault(path, line)
            self._counts[path] = self._counts.get(path, 0) + 1
            path = self._latest(path)
        self.found[path] = line
        return path

    def _latest(self, path: At) -> At:
        """The path itself or, where it is a list of tables, its last one so far."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _dotted(self) -> list[str]:
        parts = []
        while self._piece not in ("=", "]", ""):
            piece = self._next()
            if piece != ".":
                parts.append(tomllib.loads(f"key = {piece}")["key"] if piece[0] in "\"'" else piece)
        return parts

    def _pair(self, table: At) -> None:
        line = self._line
        for part in self._dotted():
            table = (*table, part)
            self.found.setdefault(table, line)
        self._next()
        self._value(table)

    def _value(self, path: At) -> None:
        opened = self._next() if self._piece in ("[", "{") else ""
        if not opened:
            while self._piece not in ("", "\n", ",", "]", "}"):
                self._next()
            return
        entry = 0
        while self._piece not in ("]", "}", ""):
            if self._piece == ",":
                entry += 1
            if self._piece in (",", "\n"):
                self._next()
            elif opened == "{":
                self._pair(path)
            else:
                self.found[(*path, entry)] = self._line
                self._value((*path, entry))
        self._next()
