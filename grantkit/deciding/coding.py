"""Coding: lines that no work stream takes, written into a sheet, and the filled-in sheet taken back as decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.deciding.decisions import Decision, decide, read_split
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.workbook.cells import inert
from grantkit.workbook.coding_sheet import FRESH_SHEET, UncodedLine, title_of, write_coding_sheet
from grantkit.workbook.filled import SheetError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger
    from grantkit.workbook.coding_sheet import FilledRow, FilledSheet

#: More lines than a person codes by hand; the largest of them are written.
MOST_LINES = 20_000
SPLIT_HINT = "a split names each stream once and adds up to 100, such as EXISTING=60,MOBILE=40"

Answer = tuple[tuple[tuple[str, Decimal], ...], str]


# --- written ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Uncoded:
    """Lines that no stream takes, the largest first; ``left_out`` counts the smaller ones beyond ``MOST_LINES``."""

    lines: tuple[UncodedLine, ...]
    left_out: int

    @property
    def net(self) -> Decimal:
        """Their net in pounds."""
        return sum((line.net for line in self.lines), ZERO)

    def of(self, ledger: str) -> tuple[int, Decimal]:
        """How many of them are invoice (or order) lines, and the net of those in pounds."""
        nets = [line.net for line in self.lines if line.ledger == ledger]
        return len(nets), sum(nets, ZERO)


def uncoded_lines(ledger: Ledger) -> Uncoded:
    """The lines that no stream takes, wholly or in part, with what earlier decisions suggest."""
    found = ledger.records("deciding/uncoded_lines", {"most": MOST_LINES})
    return Uncoded(tuple(map(_line, found)), found[0]["all_lines"] - len(found) if found else 0)


def _line(row: dict[str, Any]) -> UncodedLine:
    suggestion, suggested_by = _suggestion(row)
    return UncodedLine(
        *(row["line_id"], row["ledger"], row["document"], row["line"], row["po"], row["supplier"]),
        *(row["dated"], row["net"], row["cost_centre"], row["account"], row["project"], row["category"]),
        *(row["description"], row["source"], row["row"], suggestion, suggested_by),
    )


def _suggestion(row: dict[str, Any]) -> tuple[str, str]:
    if row["work_streams"] is None:
        return "", ""
    shares = [
        (code, Decimal(weight) / 10000)
        for code, weight in zip(row["work_streams"], row["weights"], strict=True)
    ]
    decisions = "decision" if row["of_all"] == 1 else "decisions"
    about = "this supplier and coding" if row["same_coding"] else "this supplier, coded otherwise"
    return split_text(shares), f"{row['times']} of {row['of_all']} earlier {decisions} on {about}"


def split_text(shares: Sequence[tuple[str, Decimal]]) -> str:
    """Shares as they may be typed: ``EXISTING``, or ``EXISTING=60,MOBILE=40``."""
    if len(shares) == 1:
        return shares[0][0]
    return ",".join(f"{code}={_plain(per_cent)}" for code, per_cent in shares)


def _plain(per_cent: Decimal) -> str:
    """Without zeros at the end, and never 6E+1."""
    text = f"{per_cent:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_uncoded(uncoded: Uncoded, settings: Settings, target: Path) -> str:
    """Write the lines into a coding sheet; gives its SHA-256. Raises UnreadableError where it cannot be written."""
    streams = [(stream.code, stream.name) for stream in settings.work_streams]
    return write_coding_sheet(
        uncoded.lines, streams, target, reference=settings.award.reference, moment=now()
    )


# --- taken back -------------------------------------------------------------------------------------------------


@dataclass
class Applied:
    """What became of a sheet: line ids decided about, rows that say what counts already, rows left blank.

    ``warnings`` are about rows (by their number) that were taken all the same.
    """

    decided: list[int] = field(default_factory=list)
    unchanged: int = 0
    blank: int = 0
    warnings: list[tuple[int, str]] = field(default_factory=list)


def apply_sheet(ledger: Ledger, settings: Settings, sheet: FilledSheet, reason: str) -> Applied:
    """Keep the answers of a sheet as decisions, in the transaction that is open; ``reason`` fills blank ones.

    Raises SheetError with every mistake of the sheet, and RequestError where it is another award's; then nothing is
    kept.
    """
    if sheet.title != title_of(settings.award.reference):
        raise RequestError(
            f'this sheet is not of the award {settings.award.reference}: its title is "{sheet.title}"',
            where=sheet.place(row=1, column="A"),
            hint=f"name the workspace that it was written from (-w), or {FRESH_SHEET}",
        )
    filled = [row for row in sheet.rows if row.work_stream]
    applied = Applied(blank=len(sheet.rows) - len(filled))
    applied.warnings += [
        (row.row, "a reason and no work stream: left as it is")
        for row in sheet.rows
        if row.reason and not row.work_stream
    ]
    answers = _answers(ledger, settings, sheet, filled, reason, applied)
    applied.warnings.sort()
    _keep(ledger, sheet, answers, applied)
    return applied


def _keep(ledger: Ledger, sheet: FilledSheet, answers: dict[int, Answer], applied: Applied) -> None:
    """One decision for all lines with the same answer, and an entry that says which sheet they came from."""
    alike: dict[Answer, list[int]] = {}
    for line_id, answer in answers.items():
        alike.setdefault(answer, []).append(line_id)
    for (shares, reason), line_ids in alike.items():
        decide(ledger, line_ids, Decision(reason=reason, shares=shares))
    applied.decided = list(answers)
    if answers:
        write_entry(
            ledger,
            "coding apply",
            {"file": sheet.path.name, "sha256": sheet.sha256},
            {"lines": len(answers), "unchanged": applied.unchanged},
        )


def _answers(
    ledger: Ledger,
    settings: Settings,
    sheet: FilledSheet,
    filled: list[FilledRow],
    reason: str,
    applied: Applied,
) -> dict[int, Answer]:
    """The answers that change something, by line id. Raises SheetError with every mistake."""
    ids = [row.line_id for row in filled if row.line_id is not None]
    known = {line["line_id"]: line for line in ledger.records("deciding/lines_answered", {"line_ids": ids})}
    said: dict[int, tuple[int, Answer]] = {}
    mistakes: list[RequestError] = []
    for row in filled:
        line = known.get(row.line_id)
        found = _mistakes_of_line(sheet, row, line)
        answer, wrong = _answer(settings, sheet, row, reason)
        mistakes += [*found, *wrong]
        if found or answer is None:
            continue
        assert row.line_id is not None
        earlier = said.setdefault(row.line_id, (row.row, answer))
        if earlier[1] != answer:
            column = "work stream" if earlier[1][0] != answer[0] else "reason"
            what = f"line {row.line_id} has another answer in row {earlier[0]}"
            mistakes.append(_mistake(sheet, row, column, what, "answer each line once, or alike"))
    if mistakes:
        raise SheetError(sheet.place(), mistakes)
    return _changes(filled, said, known, applied)


def _changes(
    filled: list[FilledRow],
    said: dict[int, tuple[int, Answer]],
    known: dict[int, dict[str, Any]],
    applied: Applied,
) -> dict[int, Answer]:
    """The answers that are not what counts already; warns of lines that are not as the sheet has them."""
    changes: dict[int, Answer] = {}
    for row in filled:
        assert row.line_id is not None
        line, (first_row, answer) = known[row.line_id], said[row.line_id]
        counting = _counting(line)
        if counting == answer:
            applied.unchanged += 1
            continue
        if row.net != line["net"]:
            applied.warnings.append((row.row, _restated(row, line)))
        if counting is not None and row.row == first_row:
            placed = split_text(counting[0])
            text = (
                f"line {row.line_id} had a decision of {line['user_name']}, {placed} ({counting[1]}):"
                " this answer now counts"
            )
            applied.warnings.append((row.row, text))
        changes[row.line_id] = answer
    return changes


def _counting(line: dict[str, Any]) -> Answer | None:
    """The decision about the line's stream that counts."""
    if line["work_streams"] is None:
        return None
    return tuple(zip(line["work_streams"], line["per_cents"], strict=True)), line["reason"]


def _restated(row: FilledRow, line: dict[str, Any]) -> str:
    was = "no amount" if row.net is None else show(row.net)
    return (
        f"line {row.line_id} was restated since the sheet was written: net {was} is now {show(line['net'])}"
    )


def _mistakes_of_line(sheet: FilledSheet, row: FilledRow, line: dict[str, Any] | None) -> list[RequestError]:
    """Whether the row names a line of the ledger, and still the one that it was written for.

    A restatement leaves a line's document and line number alone, and an invoice line without a line number is known
    by its content: where these differ, the line id was changed.
    """
    if row.line_id is None:
        hint = f"put it back, or {FRESH_SHEET}"
        return [_mistake(sheet, row, "line id", "there is no line id in this row", hint)]
    if line is None:
        hint = f"its import may have been undone; {FRESH_SHEET}"
        return [_mistake(sheet, row, "line id", f"there is no line {row.line_id}", hint)]
    pairs = {column: (line[column] or "", getattr(row, column)) for column in ("ledger", "document", "line")}
    if line["ledger"] == "invoice" and line["line"] is None and row.net != line["net"]:
        pairs["net"] = show(line["net"]) or "", "" if row.net is None else str(row.net)
    for column, (held, shown) in pairs.items():
        if shown not in {held, inert(held).strip()}:
            what = (
                f"line {row.line_id} has the {column} {held or '(blank)'}, and this row {shown or '(blank)'}"
            )
            hint = f"put line id and {column} back as they were written, or {FRESH_SHEET}"
            return [_mistake(sheet, row, column, what, hint)]
    return []


def _answer(
    settings: Settings, sheet: FilledSheet, row: FilledRow, common_reason: str
) -> tuple[Answer | None, list[RequestError]]:
    """What the row answers, or what is wrong with it."""
    mistakes: list[RequestError] = []
    shares: tuple[tuple[str, Decimal], ...] = ()
    is_split = "=" in row.work_stream or "," in row.work_stream
    try:
        shares = read_split(row.work_stream if is_split else f"{row.work_stream}=100", settings)
    except RequestError as problem:
        unknown = problem.what.startswith("there is no work stream")
        hint = problem.hint if unknown else SPLIT_HINT
        mistakes.append(_mistake(sheet, row, "work stream", problem.what, hint))
    reason = row.reason or common_reason.strip()
    if not reason:
        hint = "say why: an auditor will ask; --reason TEXT fills all blank ones"
        mistakes.append(_mistake(sheet, row, "reason", "the reason is blank", hint))
    return (None if mistakes else (shares, reason)), mistakes


def _mistake(sheet: FilledSheet, row: FilledRow, column: str, what: str, hint: str | None) -> RequestError:
    return RequestError(what, where=sheet.place(row.row, column), hint=hint)
