"""What an import is asked for, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from grantkit.importing.profiles import NEEDED
from grantkit.money import show

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from grantkit.importing.missing import MissingLine
    from grantkit.importing.profiles import Profile
    from grantkit.importing.recognition import Finding

ROWS = ("read", "accepted", "unchanged", "restated", "rejected", "ignored")
NETS = ("accepted", "unchanged", "restated", "restated_from", "ignored")
A_TOTAL = "a total"
#: From so many rows on, a column in which every one is wrong is spoiled as a whole.
_MANY = 5


@dataclass(frozen=True)
class Request:
    """One import as asked for; what is None is for the file to say.

    ``extract_date`` is the day on which the finance system wrote the file; ``dates`` are dates from outside it, by
    field; ``expect_rows`` and ``expect_net`` (pounds) the finance system's control totals.
    """

    kind: str | None = None
    profile: Profile | None = None
    sheet: str | None = None
    extract_date: datetime.date | None = None
    dates: dict[str, str] = field(default_factory=dict)
    date_order: str | None = None
    expect_rows: int | None = None
    expect_net: Decimal | None = None
    missing: Literal["keep", "withdraw"] | None = None
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
class Ignored:
    """A row that is no line. ``net`` is the figure that a total shows, ``expected`` what the lines above come to."""

    row: int
    reason: str
    net: Decimal | None
    expected: Decimal | None

    @property
    def disagrees(self) -> bool:
        """Whether it is a total that the lines above it do not come to."""
        return self.reason == A_TOTAL and self.net is not None and self.net != self.expected


@dataclass(frozen=True)
class Change:
    """One cell of a line that came with other content: what it was and what it is."""

    row: int
    line_id: int
    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Spoiled:
    """A column in which every row of the file is wrong: one matter, not one a row."""

    column: str | None
    field: str | None
    rows: int
    code: str
    example: str | None
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
    ignored: list[Ignored] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    missing: list[MissingLine] = field(default_factory=list)
    missing_answered: str | None = None
    findings: tuple[Finding, ...] = ()
    hidden_rows: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    before: int | None = None
    refused_by_strict: bool = False
    control_mismatch: tuple[str, ...] = ()
    settled: int = 0

    @property
    def needs_attention(self) -> bool:
        """Whether a person has something to look at: refused rows, a total that disagrees, missing lines."""
        return bool(
            self.rows["rejected"]
            or self.control_mismatch
            or (self.missing and not self.missing_answered)
            or any(each.disagrees for each in self.ignored)
        )

    @property
    def spoiled(self) -> list[Spoiled]:
        """Columns in which every row that is no total or footer is wrong for one reason."""
        rows = self.rows["read"] - self.rows["ignored"]
        by_column: dict[tuple[str | None, str], list[Reject]] = {}
        for reject in self.rejects:
            by_column.setdefault((reject.column, reject.code), []).append(reject)
        needed = {self.headers[name]: name for name in NEEDED[self.kind] if name in self.headers}
        fields = {header: name for name, header in self.headers.items()} | needed
        return [
            Spoiled(column, fields.get(column or ""), rows, code, found[0].value, found[0].message)
            for (column, code), found in by_column.items()
            if rows >= _MANY and len({each.row for each in found}) == rows
        ]

    def as_json(self) -> dict[str, Any]:
        """The contract's shape; ignored rows, totals that disagree and missing lines only where there are any."""
        document: dict[str, Any] = {
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
        if self.ignored:
            document["ignored"] = [
                {"row": row.row, "reason": row.reason, "net": show(row.net), "expected": show(row.expected)}
                for row in self.ignored
            ]
        wrong = [each for each in self.ignored if each.disagrees]
        if wrong:
            document["totals"] = [
                {"row": each.row, "net": show(each.net), "expected": show(each.expected)}
                for each in wrong
                if each.net is not None and each.expected is not None
            ]
        if self.missing:
            document["missing"] = [
                {
                    "line_id": line.line_id,
                    "file": line.file,
                    "row": line.row,
                    "document": line.document,
                    "line": line.line,
                    "net": show(line.net),
                    "answer": self.missing_answered,
                }
                for line in self.missing
            ]
        return document
