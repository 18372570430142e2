"""The register of assets bought with the grant: what the ledger knows of them, and what an officer adds.

An asset is an invoice line whose capital cost, eligible or claimed, is at or above the threshold of the settings
(``[assets] threshold``, pounds). All amounts are pounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from grantkit.audit_log import write_entry
from grantkit.clock import now
from grantkit.errors import RequestError
from grantkit.money import ZERO, show
from grantkit.relations import set_as_at
from grantkit.workbook.asset_sheet import FRESH_SHEET, LONGEST_LIFE, AssetRow, title_of, write_asset_sheet
from grantkit.workbook.cells import inert
from grantkit.workbook.filled import SheetError
from grantkit.workbook.wording import in_words, pounds
from grantkit.workspace import user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from grantkit.settings import Settings
    from grantkit.store import Ledger
    from grantkit.workbook.asset_sheet import FilledAsset, FilledRegister


@dataclass(frozen=True)
class Credit:
    """A credit note's line under an asset's supplier and document; ``cost`` is below 0 and reduces nothing."""

    line_id: int
    document: str | None
    line: str | None
    dated: date
    cost: Decimal


@dataclass(frozen=True)
class Asset:
    """An asset, known by the invoice line that bought it.

    ``cost`` is eligible and ``claimed`` claimed less disallowed, both over all work streams; ``dated`` is the invoice's
    date, else its accounting date that counts. ``item`` is what an officer calls it, else the line's description;
    ``useful_life`` is years.
    """

    line_id: int
    item: str | None
    supplier: str | None
    document: str | None
    line: str | None
    dated: date
    cost: Decimal
    claimed: Decimal
    work_streams: tuple[str, ...]
    order: str | None
    location: str | None
    useful_life: int | None
    disposed_on: date | None
    disposal: str | None
    credits: tuple[Credit, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Money and dates as the contract writes them."""
        return {
            "line_id": self.line_id,
            "item": self.item,
            "supplier": self.supplier,
            "document": self.document,
            "line": self.line,
            "date": self.dated.isoformat(),
            "cost": show(self.cost),
            "claimed": show(self.claimed),
            "work_streams": list(self.work_streams),
            "order": self.order,
            "location": self.location,
            "useful_life": self.useful_life,
            "disposed_on": self.disposed_on.isoformat() if self.disposed_on else None,
            "disposal": self.disposal,
            "credits": [
                {
                    "line_id": credit.line_id,
                    "document": credit.document,
                    "line": credit.line,
                    "date": credit.dated.isoformat(),
                    "cost": show(credit.cost),
                }
                for credit in self.credits
            ],
        }


# --- the register -----------------------------------------------------------------------------------------------


def register(ledger: Ledger, settings: Settings, as_at: date) -> list[Asset]:
    """The assets bought with the grant up to a day, by their dates; claims count that end by then."""
    set_as_at(ledger, as_at)
    rows = ledger.records("claiming/assets", {"threshold": settings.asset_threshold})
    if not rows:
        return []
    of_document: dict[tuple[str, str], list[Credit]] = {}
    for row in ledger.records("claiming/asset_credits"):
        if row["document"] is not None:
            key = row.pop("supplier_key"), row["document"]
            of_document.setdefault(key, []).append(Credit(**row))
    return [_asset(row, of_document.get((row["supplier_key"], row["document"]), ())) for row in rows]


def _asset(row: dict[str, Any], credit_notes: Sequence[Credit]) -> Asset:
    return Asset(
        line_id=row["line_id"],
        item=row["item"] or row["description"],
        supplier=row["supplier"],
        document=row["document"],
        line=row["line"],
        dated=row["dated"],
        cost=row["cost"],
        claimed=row["claimed"],
        work_streams=tuple(row["work_streams"]),
        order=row["po"],
        location=row["location"],
        useful_life=row["useful_life"],
        disposed_on=row["disposed_on"],
        disposal=row["disposal"],
        credits=tuple(credit_notes),
    )


def totals(assets: Sequence[Asset]) -> tuple[Decimal, Decimal]:
    """What the assets cost, and what of it is claimed."""
    return sum((asset.cost for asset in assets), ZERO), sum((asset.claimed for asset in assets), ZERO)


def write_register(assets: Sequence[Asset], settings: Settings, as_at: date, target: Path) -> str:
    """Write the register as a sheet to fill in; gives its SHA-256. Raises UnreadableError."""
    rows = [_as_row(asset) for asset in assets]
    subject = f"Capital cost of {pounds(settings.asset_threshold)} or more up to {in_words(as_at)}"
    return write_asset_sheet(rows, target, reference=settings.award.reference, subject=subject, moment=now())


def _as_row(asset: Asset) -> AssetRow:
    return AssetRow(
        line_id=asset.line_id,
        document=asset.document,
        line=asset.line,
        supplier=asset.supplier,
        dated=asset.dated,
        cost=asset.cost,
        claimed=asset.claimed,
        work_streams=", ".join(asset.work_streams),
        order=asset.order,
        credits=credits_in_words(asset),
        item=asset.item,
        location=asset.location,
        useful_life=asset.useful_life,
        disposed_on=asset.disposed_on,
        disposal=asset.disposal,
    )


def credits_in_words(asset: Asset) -> str:
    """``line 57 of 3 June 2024: -£1,200.00``, one credit note's line after the other."""
    return "; ".join(
        f"line {credit.line_id} of {in_words(credit.dated)}: {pounds(credit.cost)}"
        for credit in asset.credits
    )


# --- taken back -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """What an officer says of an asset; None where nothing is said. ``useful_life`` is years."""

    item: str | None = None
    location: str | None = None
    useful_life: int | None = None
    disposed_on: date | None = None
    disposal: str | None = None


@dataclass
class Applied:
    """What became of a register: line ids with a new entry, and how many rows say what is kept already."""

    entered: list[int] = field(default_factory=list)
    unchanged: int = 0


def apply_register(ledger: Ledger, settings: Settings, sheet: FilledRegister) -> Applied:
    """Keep the answers of a register, in the transaction that is open.

    Raises SheetError with every mistake of the sheet, and RequestError where it is another award's; then nothing is
    kept.
    """
    if sheet.cells.title != title_of(settings.award.reference):
        raise RequestError(
            f'this register is not of the award {settings.award.reference}: its title is "{sheet.cells.title}"',
            where=sheet.cells.place(1, "A"),
            hint=f"name the workspace that it was written from (-w), or {FRESH_SHEET}",
        )
    ids = [row.line_id for row in sheet.rows if row.line_id is not None]
    known = {line["line_id"]: line for line in ledger.records("claiming/asset_lines", {"line_ids": ids})}
    mistakes: list[RequestError] = []
    said: dict[int, tuple[int, Entry]] = {}
    for row in sheet.rows:
        line = known.get(row.line_id)
        wrong = (
            _wrong_line(sheet, row, line)
            if line is None or row.line_id is None
            else _changed(sheet, row, line)
        )
        if wrong is not None:
            mistakes.append(wrong)
            continue
        assert line is not None
        entry, found = _entry(sheet, row, line)
        mistakes += found
        first = said.setdefault(line["line_id"], (row.row, entry))
        if not found and first[1] != entry:
            what = f"line {row.line_id} says something else in row {first[0]}"
            mistakes.append(_mistake(sheet, row, "line id", what, "give each line one row"))
    if mistakes:
        raise SheetError(sheet.cells.place(), mistakes)
    return _keep(ledger, sheet, {line_id: entry for line_id, (_, entry) in said.items()}, known)


def _keep(
    ledger: Ledger, sheet: FilledRegister, said: dict[int, Entry], known: dict[int, dict[str, Any]]
) -> Applied:
    new = {line_id: entry for line_id, entry in said.items() if entry != _held(known[line_id])}
    number: int = ledger.value("claiming/next_asset_entry")
    moment, name = now(), user()
    ledger.fill(
        "store.asset_entry",
        [
            (number + place, line_id, *vars(entry).values(), moment, name)
            for place, (line_id, entry) in enumerate(new.items())
        ],
    )
    if new:
        write_entry(
            ledger,
            "assets apply",
            {"file": sheet.cells.path.name, "sha256": sheet.cells.sha256},
            {"first_entry": number, "lines": list(new)},
        )
    return Applied(list(new), len(said) - len(new))


def _held(line: dict[str, Any]) -> Entry:
    """What is kept of a line."""
    return Entry(**{name: line[name] for name in Entry.__dataclass_fields__})


def _wrong_line(sheet: FilledRegister, row: FilledAsset, line: dict[str, Any] | None) -> RequestError:
    if row.line_id is None:
        what, hint = "there is no line id in this row", f"put it back, or {FRESH_SHEET}"
    else:
        assert line is None
        what = f"there is no invoice line {row.line_id}"
        hint = f"its import may have been undone; {FRESH_SHEET}"
    return _mistake(sheet, row, "line id", what, hint)


def _changed(sheet: FilledRegister, row: FilledAsset, line: dict[str, Any]) -> RequestError | None:
    """Whether the row still names the line that it was written for: its document and line number stay for good."""
    for column in ("document", "line"):
        held, shown = line[column] or "", getattr(row, column)
        if shown not in {held, inert(held).strip()}:
            what = (
                f"line {row.line_id} has the {column} {held or '(blank)'}, and this row {shown or '(blank)'}"
            )
            hint = f"put line id and {column} back as they were written, or {FRESH_SHEET}"
            return _mistake(sheet, row, column, what, hint)
    return None


def _entry(sheet: FilledRegister, row: FilledAsset, line: dict[str, Any]) -> tuple[Entry, list[RequestError]]:
    """What the row says, and what is wrong with it."""
    mistakes = []
    life = row.useful_life
    years = int(life) if life.isascii() and life.isdigit() and len(life) < 4 else 0
    if life and not 1 <= years <= LONGEST_LIFE:
        hint = f"write whole years, from 1 to {LONGEST_LIFE}, or nothing"
        mistakes.append(_mistake(sheet, row, "useful life", f"{life} is no useful life in years", hint))
    day = row.disposed_on
    if isinstance(day, str) and day:
        mistakes.append(_mistake(sheet, row, "disposed on", f"{day} is no day", "write it as 2024-09-30"))
    elif isinstance(day, date) and day < line["dated"]:
        what = f"{day} is before the asset was bought ({line['dated']})"
        mistakes.append(_mistake(sheet, row, "disposed on", what, "write the day on which it went"))
    if day and not row.disposal:
        hint = "say how: sold, scrapped, lost, given to whom"
        mistakes.append(_mistake(sheet, row, "disposal", "the day of a disposal, and not how", hint))
    if row.disposal and not day:
        hint = "write the day on which it went, or empty the disposal"
        mistakes.append(_mistake(sheet, row, "disposed on", "a disposal, and not when", hint))
    entry = Entry(
        item=_text(row.item, line["item"], line["description"]),
        location=_text(row.location, line["location"], None),
        useful_life=years or None,
        disposed_on=day if isinstance(day, date) else None,
        disposal=_text(row.disposal, line["disposal"], None),
    )
    return entry, mistakes


def _text(shown: str, held: str | None, otherwise: str | None) -> str | None:
    """What a cell says: what is kept where the cell shows that as a cell can, nothing where it shows the default."""
    if held is not None and shown == inert(held).strip():
        return held
    if otherwise is not None and shown == inert(otherwise).strip():
        return None
    return shown or None


def _mistake(sheet: FilledRegister, row: FilledAsset, column: str, what: str, hint: str) -> RequestError:
    return RequestError(what, where=sheet.cells.place(row.row, column), hint=hint)
