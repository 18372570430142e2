"""What went wrong, where, and what to do next: the one error type that a user ever sees.

Every error ends in lines that begin ``error:`` and ``hint:`` on standard error, and in one of the exit codes
that the command line promises (2: the request or the settings are wrong; 3: a file or the ledger cannot be
read or written; both with nothing changed).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where in a file something stands; rows and lines are counted as a spreadsheet or an editor shows them."""

    file: str
    sheet: str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.sheet is not None:
            parts.append(f"sheet {self.sheet}")
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


class GrantkitError(Exception):
    """An error to be shown to a person: what it is, the place, the remedy."""

    exit_code = 2

    def __init__(self, what: str, *, where: Place | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def lines(self) -> list[str]:
        """The lines to be shown, ``error:`` first."""
        place = f"{self.where}: " if self.where else ""
        shown = [f"error: {place}{self.what}"]
        if self.hint:
            shown.append(f"hint: {self.hint}")
        return shown


class RequestError(GrantkitError):
    """The request is wrong as it stands; nothing changed (exit 2)."""


class SettingsError(GrantkitError):
    """``grant.toml`` or a profile is wrong; nothing changed (exit 2).

    ``others`` are further mistakes found in the same reading, so that a person mends them all at once.
    """

    def __init__(
        self,
        what: str,
        *,
        where: Place | None = None,
        hint: str | None = None,
        others: tuple[SettingsError, ...] = (),
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.others = others

    def lines(self) -> list[str]:
        return super().lines() + [line for other in self.others for line in other.lines()]


class UnreadableError(GrantkitError):
    """A file or the ledger cannot be read or written; nothing changed (exit 3)."""

    exit_code = 3
