"""Recognition: which table a file holds, under which header, of which kind, in which layout; and why.

Tried in this order: the profile that is named; the canonical columns; the workspace's own profiles and those that
ship, by the headers that they say they are known by; the columns' names and contents.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from grantkit.errors import Place, RequestError
from grantkit.importing import profiles
from grantkit.importing.columns import Columns, contents_of, find_columns
from grantkit.importing.contents import Content, content_of
from grantkit.importing.headers import names_known
from grantkit.importing.layout import Layout, lay_out, missing_fields
from grantkit.importing.profiles import AMOUNTS, DATES, FIELDS, KINDS, Marked, Profile
from grantkit.importing.sources import BLANKS, Cells, Source
from grantkit.importing.tables import Grid, Table, header_of, read_grids, under_header
from grantkit.importing.texts import Padding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantkit.importing.texts import Dialect

#: A header stands within so many rows with text.
_HEADER_WITHIN = 60
RECOGNISED = "recognised"
#: Of a column: how many dates can only be day first, how many only month first, how many either, and one of the last.
DateCounts = tuple[int, int, int, str | None]
_GIVEN = "given"
_BY_HAND = "write a profile with: grantkit profile detect FILE, complete it, and name it with --profile"


class SeveralSheetsError(RequestError):
    """Several sheets of a workbook hold such a ledger, and nobody said which is meant."""


@dataclass(frozen=True)
class Finding:
    """One thing that was recognised, and from what."""

    what: str
    found: str
    why: str


@dataclass(frozen=True)
class Recognised:
    """A table with its layout. ``dates_open`` are the columns whose order of day and month the whole of them must
    say; ``sign_open`` the column that may say which amounts are negative. ``findings`` is empty where nothing had to
    be recognised.
    """

    table: Table
    kind: str
    profile: Profile
    layout: Layout
    findings: tuple[Finding, ...] = ()
    dates_open: tuple[int, ...] = ()
    sign_open: int | None = None

    def read_exactly(self) -> Recognised:
        """The same, for a file that turned out not to be plain."""
        table = dataclasses.replace(self.table, plain=False, padding=Padding.ANY)
        return dataclasses.replace(self, table=table)


@dataclass(frozen=True)
class Wanted:
    """What is asked for, of a file: all of it may be left open. ``dates`` are dates from outside, by field."""

    kind: str | None = None
    profile: Profile | None = None
    sheet: str | None = None
    folder: Path = Path()
    dates: dict[str, str] = dataclasses.field(default_factory=dict)
    date_order: str | None = None


def recognise(source: Source, wanted: Wanted) -> Recognised:
    """The ledger that a file holds, of a workbook the only sheet that holds one.

    Raises RequestError where no layout fits, or several sheets do; UnreadableError where the file cannot be read.
    """
    grids = read_grids(source, wanted.sheet, wanted.profile)
    if not grids:
        raise RequestError(
            "the workbook has no sheet with anything in it",
            where=Place(str(source.path)),
            hint="hidden sheets are taken only by name: --sheet NAME",
        )
    fitting: list[Recognised] = []
    problems: list[RequestError] = []
    for grid in grids:
        try:
            fitting.append(_named(grid, wanted) if wanted.profile else _by_itself(grid, wanted))
        except RequestError as problem:
            problems.append(problem)
    if len(fitting) > 1:
        names = ", ".join(str(each.table.sheet) for each in fitting)
        raise SeveralSheetsError(
            f"several sheets hold such a ledger: {names}",
            where=Place(str(source.path)),
            hint="say which: --sheet NAME",
        )
    if not fitting:
        raise problems[0]
    return _without_spoiled_dates(fitting[0]) if wanted.dates else fitting[0]


def _without_spoiled_dates(found: Recognised) -> Recognised:
    """Leave out date columns that hold no dates at all, where a date was given from outside in place of them."""
    columns = dict(found.profile.columns)
    for name in DATES[found.kind]:
        if name in found.layout.fields and name in columns and not found.profile.date_formats:
            index = found.layout.fields[name]
            content = content_of([cells[index] for cells in found.table.sample])
            if content.texts and not content.dates:
                del columns[name]
    if columns == found.profile.columns:
        return found
    profile = profiles.rehashed(dataclasses.replace(found.profile, columns=columns))
    layout = lay_out(found.table.header, profile, found.kind, found.table.grid.place)
    used = set(layout.fields.values())
    gone = set(DATES[found.kind]) - layout.fields.keys()
    findings = tuple(each for each in found.findings if each.what not in gone or each.why == _GIVEN)
    return dataclasses.replace(
        found,
        profile=profile,
        layout=layout,
        findings=findings,
        dates_open=tuple(index for index in found.dates_open if index in used),
    )


def _headers(grid: Grid) -> list[tuple[int, tuple[str, ...]]]:
    """What may be the header: each of the first rows with more than one cell, by its row number, then each two joined.

    Of a header over two rows the upper cells are spread to the right, and the row is the lower one.
    """
    rows = [(row, header_of(cells)) for row, cells in grid.sample[:_HEADER_WITHIN]]
    single = [(row, header) for row, header in rows if sum(map(bool, header)) > 1]
    joined = [
        (below, _joined(header, lower))
        for (row, header), (below, lower) in pairwise(rows)
        if below == row + 1 and _looks_like_header(header) and _looks_like_header(lower)
    ]
    return [*single, *joined] or rows[:1]


def _looks_like_header(header: tuple[str, ...]) -> bool:
    signs = {sign for text in header for sign in text}
    return len(header) > 1 and any(map(str.isalpha, signs)) and not any(map(str.isdigit, signs))


def _is_rule(cells: Cells) -> bool:
    """Whether a row is a line of dashes."""
    return not any(sign.isalnum() for cell in cells for sign in cell)


def _joined(upper: tuple[str, ...], lower: tuple[str, ...]) -> tuple[str, ...]:
    above = ""
    joined = []
    for own, below in zip_longest(upper, lower, fillvalue=""):
        above = own or above
        joined.append(f"{above if below else own} {below}".strip(BLANKS))
    return tuple(joined)


# --- a layout that is known -------------------------------------------------------------------------------------


def _named(grid: Grid, wanted: Wanted) -> Recognised:
    """Under the profile that was named. Raises RequestError where no row is its header."""
    assert wanted.profile is not None
    profile = wanted.profile.with_dates(wanted.dates)
    kind = wanted.kind or profile.kind
    if kind is None:
        raise RequestError(
            "--kind is missing", hint="say what the ledger holds: --kind orders or --kind invoices"
        )
    rows = [each for each in _headers(grid) if profile.header_row in {None, each[0]}]
    if not rows:
        raise RequestError(
            f"there is no header in row {profile.header_row}",
            where=grid.place,
            hint="correct header_row in the profile",
        )
    found = _first_fitting(grid, rows, profile, kind)
    if isinstance(found, RequestError):
        raise found
    return found


def _first_fitting(
    grid: Grid, rows: Sequence[tuple[int, tuple[str, ...]]], profile: Profile, kind: str
) -> Recognised | RequestError:
    problem = None
    for row, header in rows:
        try:
            layout = lay_out(header, profile, kind, dataclasses.replace(grid.place, row=row))
        except RequestError as raised:
            problem = problem or raised
        else:
            found = Recognised(under_header(grid, header, row), kind, profile, layout)
            return _with_decimal_sign(found) if profile.decimal == "either" else found
    assert problem is not None
    return problem


def _with_decimal_sign(found: Recognised) -> Recognised:
    """The layout with the decimal sign that most amounts can only be meant with; a point where none says."""
    indexes = [found.layout.fields[name] for name in AMOUNTS[found.kind] if name in found.layout.fields]
    votes = [content_of([cells[index] for cells in found.table.sample]).decimal_votes for index in indexes]
    sign = "," if sum(comma for _, comma in votes) > sum(point for point, _ in votes) else "."
    profile = profiles.rehashed(dataclasses.replace(found.profile, decimal=sign))
    return dataclasses.replace(found, profile=profile)


def _by_itself(grid: Grid, wanted: Wanted) -> Recognised:
    """Without a profile named: canonical, by a profile that knows it, or by names and contents."""
    rows = _headers(grid)
    kinds = (wanted.kind,) if wanted.kind else KINDS
    fitting = [
        found
        for kind in kinds
        if isinstance(
            found := _first_fitting(grid, rows, profiles.canonical(kind).with_dates(wanted.dates), kind),
            Recognised,
        )
    ]
    for found in fitting:
        if not any(found.table.header[index] for index in found.layout.extra):
            return found
    best = _best_guess(grid, rows, kinds, wanted)
    for found in fitting:
        if not (best and _says_more(best, found)):
            return found
    known = _by_known_profile(grid, rows, kinds, wanted)
    if known is not None and not (best and _passes_over(known, best)):
        return known
    if best is None or (best.missing and best.canonical):
        kind = best.kind if best else kinds[0]
        found = _first_fitting(grid, rows, profiles.canonical(kind), kind)
        assert isinstance(found, RequestError)
        raise found
    return _recognised(grid, best, wanted)


def _says_more(guess: _Guess, canonical: Recognised) -> bool:
    """Whether names and contents find more in a file of canonical columns than those, and none of them otherwise."""
    same = guess.row == canonical.table.header_row and guess.kind == canonical.kind
    found, named = guess.columns.fields.keys(), canonical.layout.fields.keys()
    more = found - named or guess.columns.carriers.keys() - {"sign"}
    return same and named <= found and bool(more)


def _passes_over(known: Recognised, guess: _Guess) -> bool:
    """Whether a profile has a constant for a field that this file has a column for."""
    same = guess.row == known.table.header_row and guess.kind == known.kind
    fields = {*known.layout.fields, *known.layout.parts}
    named = {"supplier", "supplier_id"}
    alone = known.profile.constants.keys() - fields
    if alone & named and not fields & named:
        return same and bool(guess.columns.fields.keys() & named)
    return False


def _by_known_profile(
    grid: Grid, rows: list[tuple[int, tuple[str, ...]]], kinds: Sequence[str], wanted: Wanted
) -> Recognised | None:
    """Under the profile that names most headers of this file as those that it is known by."""
    own, ours = profiles.kept(wanted.folder), profiles.shipped()
    known = [profiles.read_profile(path) for path in (*own.values(), *ours.values())]
    fitting: list[tuple[int, Recognised]] = []
    for profile in known:
        if not profile.recognise or (profile.kind and profile.kind not in kinds):
            continue
        marks = {profiles.loosely(each) for each in profile.recognise}
        dated = profile.with_dates(wanted.dates)
        for row, header in rows:
            if marks <= {profiles.loosely(each) for each in header}:
                found = _first_fitting(grid, [(row, header)], dated, profile.kind or kinds[0])
                if isinstance(found, Recognised):
                    why = f"its header has {', '.join(profile.recognise)}"
                    findings = (*_where_it_stands(found.table), Finding("profile", profile.name, why))
                    findings = (*findings, *_column_findings(found, {}))
                    fitting.append((len(marks), dataclasses.replace(found, findings=findings)))
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


# --- by names and contents --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Guess:
    """What a row would mean as the header of a ledger of this kind."""

    row: int
    header: tuple[str, ...]
    kind: str
    columns: Columns
    missing: list[str]

    @property
    def canonical(self) -> bool:
        """Whether all its names are canonical ones."""
        names = {profiles.loosely(name) for name in FIELDS[self.kind]}
        return all(profiles.loosely(text) in names for text in self.header if text)

    @property
    def worth(self) -> tuple[bool, int, int]:
        """To compare guesses: whole ones first, then by how much they explain, then telltales of the kind."""
        explained = len(self.columns.fields) + len(self.columns.carriers)
        fields = self.columns.fields.keys()
        telling = (
            {"document", "invoice_date", "paid_date", "vat"}
            if self.kind == "invoices"
            else {"order_date", "po"}
        )
        return not self.missing, explained, len(fields & telling)


def _best_guess(
    grid: Grid, rows: list[tuple[int, tuple[str, ...]]], kinds: Sequence[str], wanted: Wanted
) -> _Guess | None:
    guesses: list[_Guess] = []
    looked_at: dict[tuple[int, tuple[str, ...]], list[Content]] = {}
    for kind in kinds:
        named = sorted((-names_known(header, kind), row, header) for row, header in rows)
        for _, row, header in named[:2]:
            below = [cells for number, cells in grid.sample if number > row and not _is_rule(cells)]
            width = len(header)
            sample = [[*cells[:width], *[""] * (width - len(cells))] for cells in below]
            contents = looked_at.setdefault((row, header), contents_of(header, sample))
            columns = find_columns(header, sample, contents, kind)
            bare = Profile("", "", no_document=columns.no_document, constants=wanted.dates)
            guesses.append(_Guess(row, header, kind, columns, missing_fields({*columns.fields}, bare, kind)))
    whole = [guess for guess in guesses if len(guess.columns.fields) > 1]
    return max(whole, key=lambda guess: guess.worth) if whole else None


def _recognised(grid: Grid, guess: _Guess, wanted: Wanted) -> Recognised:
    """The best guess as a layout. Raises RequestError where something that is needed could not be found."""
    where = dataclasses.replace(grid.place, row=guess.row)
    if guess.missing:
        raise RequestError(
            f"the header lacks {', '.join(guess.missing)}",
            where=where,
            hint=_what_is_missing(grid, guess, wanted),
        )
    columns = guess.columns
    header = _distinct(guess.header, columns)
    profile = profiles.rehashed(_profile_of(header, guess, grid.dialect).with_dates(wanted.dates))
    if wanted.date_order:
        profile = profiles.rehashed(dataclasses.replace(profile, date_order=wanted.date_order))
    layout = lay_out(header, profile, guess.kind, where)
    table = under_header(grid, header, guess.row)
    found = Recognised(table, guess.kind, profile, layout)
    dates = {layout.fields[name] for name in DATES[guess.kind] if name in layout.fields}
    kind_why = "as asked for" if wanted.kind else "by its columns"
    findings = (
        *_where_it_stands(table),
        Finding("kind", guess.kind, kind_why),
        *_column_findings(found, columns.why),
    )
    return dataclasses.replace(
        found,
        findings=findings,
        dates_open=() if wanted.date_order or columns.date_formats else tuple(sorted(dates)),
        sign_open=columns.carriers.get("sign"),
    )


def _distinct(header: tuple[str, ...], columns: Columns) -> tuple[str, ...]:
    """The header with what stands twice told apart, where no column that is used is among them."""
    names = [profiles.loosely(text) for text in header]
    used = {names[index] for index in (*columns.fields.values(), *columns.carriers.values())}
    return tuple(
        f"{text} ({index + 1})"
        if text and names[index] not in used and names.count(names[index]) > 1
        else text
        for index, text in enumerate(header)
    )


def _what_is_missing(grid: Grid, guess: _Guess, wanted: Wanted) -> str:
    if wanted.kind:
        (other,) = (kind for kind in KINDS if kind != wanted.kind)
        meant = _best_guess(grid, [(guess.row, guess.header)], (other,), wanted)
        if meant is not None and not meant.missing:
            article = {"orders": "an order", "invoices": "an invoice"}[other]
            return f"it has the columns of {article} ledger: --kind {other}"
    if guess.missing == ["document"] and guess.columns.candidates:
        names = ", ".join(guess.header[index] for index in guess.columns.candidates)
        return f"is it {names}? {_BY_HAND}"
    fields = {index: name for name, index in guess.columns.fields.items()}
    read = ", ".join(f"{guess.header[index]} as {fields[index]}" for index in sorted(fields))
    rest = ", ".join(t for i, t in enumerate(guess.header) if t and i not in fields)
    ledger = "an order ledger" if guess.kind == "orders" else "an invoice ledger"
    return f"read as {ledger}: {read}; not known: {rest or 'nothing'}; {_BY_HAND}"


def _profile_of(header: tuple[str, ...], guess: _Guess, dialect: Dialect | None) -> Profile:
    columns = guess.columns
    carriers = {name: header[index] for name, index in columns.carriers.items()}
    in_order = [name for name in FIELDS[guess.kind] if name in columns.fields]
    repeated = tuple(name for name in columns.repeated if name in columns.fields)
    return Profile(
        name=RECOGNISED,
        sha256="",
        kind=guess.kind,
        columns={name: (header[columns.fields[name]],) for name in in_order},
        date_formats=columns.date_formats,
        decimal=columns.decimal,
        no_document=columns.no_document,
        repeated=repeated,
        line_type=columns.line_type,
        currency_column=carriers.get("currency"),
        undelivered=carriers.get("undelivered"),
        credit=carriers.get("credit"),
        status=columns.status,
        delimiter=dialect.delimiter if dialect and not dialect.slices and dialect.delimiter != "," else None,
    )


@dataclass(frozen=True)
class Incomplete:
    """What can be said of a file's layout, however little, and what is still missing. ``left`` are headers without a
    meaning.
    """

    table: Table
    kind: str
    profile: Profile
    why: dict[str, str]
    missing: list[str]
    left: list[str]


def incomplete_profile(source: Source, wanted: Wanted) -> Incomplete:
    """What can be said of a file's layout where something that is needed is missing.

    Raises RequestError where no row of it looks like a header.
    """
    grids = read_grids(source, wanted.sheet, None)
    kinds = (wanted.kind,) if wanted.kind else KINDS
    guesses = [(grid, _best_guess(grid, _headers(grid), kinds, wanted)) for grid in grids]
    found = [(grid, guess) for grid, guess in guesses if guess is not None]
    if not found:
        raise RequestError(
            "no row of it looks like a ledger's header",
            where=Place(str(source.path)),
            hint="write a profile by hand: docs/profiles.md",
        )
    grid, guess = max(found, key=lambda each: each[1].worth)
    header = _distinct(guess.header, guess.columns)
    profile = _profile_of(header, guess, grid.dialect).with_dates(wanted.dates)
    used = {*guess.columns.fields.values(), *guess.columns.carriers.values()}
    left = [text for index, text in enumerate(header) if text and index not in used]
    table = under_header(grid, header, guess.row)
    return Incomplete(table, guess.kind, profile, guess.columns.why, guess.missing, left)


def closest_header(source: Source, profile: Profile, kind: str, sheet: str | None) -> Table:
    """The table under the row that has most of the headers that a profile names."""
    marks = [{profiles.loosely(each) for each in profile.columns.get(name, ())} for name in FIELDS[kind]]
    marks += [{profiles.loosely(split.header)} for split in profile.split]
    rows = [
        (grid, row, header, {profiles.loosely(text) for text in header})
        for grid in read_grids(source, sheet, profile)
        for row, header in _headers(grid)
    ]
    if not rows:
        raise RequestError(
            "it has no row that could be a header",
            where=Place(str(source.path)),
            hint="name its sheet, or export it again",
        )
    grid, row, header, _ = max(rows, key=lambda each: sum(bool(mark & each[3]) for mark in marks))
    return under_header(grid, header, row)


# --- what the whole of a column says ----------------------------------------------------------------------------


def with_date_order(found: Recognised, counts: dict[int, DateCounts]) -> Recognised:
    """The layout with the order of day and month that the date columns show, all of them together.

    ``counts``: column → how many cells can only be day first, only month first, either, and one of the last.
    Raises RequestError, with both readings, where nothing decides.
    """
    day_first = sum(count[0] for count in counts.values())
    month_first = sum(count[1] for count in counts.values())
    either = sum(count[2] for count in counts.values())
    if not (day_first or month_first or either):
        return found
    if day_first == month_first:
        example = next((text for *_, text in counts.values() if text), None)
        raise RequestError(
            f"the dates can be read both ways: {example} is {_readings(example)}"
            if example
            else f"as many dates can only be read day first as month first: {day_first:,} of each",
            where=dataclasses.replace(found.table.grid.place, column=_headers_of(found, counts)),
            hint="say which: --date-order day-month-year or --date-order month-day-year",
        )
    order = profiles.DATE_ORDERS[0 if day_first > month_first else 1]
    why = f"{max(day_first, month_first):,} dates can only be read so, {min(day_first, month_first):,} not"
    profile = profiles.rehashed(dataclasses.replace(found.profile, date_order=order))
    return dataclasses.replace(
        found, profile=profile, findings=(*found.findings, Finding("order of dates", order, why))
    )


def _headers_of(found: Recognised, columns: dict[int, DateCounts]) -> str:
    return ", ".join(found.table.header[index] for index in columns)


def _readings(example: str) -> str:
    import datetime
    import re

    first, second, year = (int(part) for part in re.findall(r"[0-9]+", example)[:3])
    year = year + 2000 if year < 100 else year
    day, month = datetime.date(year, second, first), datetime.date(year, first, second)
    return f"{day.day} {day:%B %Y} or {month.day} {month:%B %Y}"


def with_signs(found: Recognised, negative: tuple[str, ...], why: str) -> Recognised:
    """The layout with a column that says which amounts are negative, where it does."""
    assert found.sign_open is not None
    header = found.table.header[found.sign_open]
    findings = (*found.findings, Finding("signs", f"{header} {', '.join(negative)}".strip(), why))
    if not negative:
        return dataclasses.replace(found, findings=(*found.findings, Finding("signs", "as they stand", why)))
    profile = profiles.rehashed(dataclasses.replace(found.profile, sign_column=Marked(header, negative)))
    layout = lay_out(found.table.header, profile, found.kind, found.table.grid.place)
    return dataclasses.replace(found, profile=profile, layout=layout, findings=findings)


# --- in words ---------------------------------------------------------------------------------------------------


def _where_it_stands(table: Table) -> tuple[Finding, ...]:
    findings = []
    if table.grid.dialect is not None:
        findings.append(Finding("file", str(table.grid.dialect), "its bytes and the cells of its first rows"))
    else:
        findings.append(Finding("sheet", str(table.sheet), "the sheet that holds a ledger"))
    findings.append(Finding("header", f"row {table.header_row}", "the row with most names of columns"))
    return tuple(findings)


def _column_findings(found: Recognised, why: dict[str, str]) -> tuple[Finding, ...]:
    header, layout, profile = found.table.header, found.layout, found.profile
    findings = [
        Finding(name, header[layout.fields[name]], why.get(name, "the profile"))
        for name in FIELDS[found.kind]
        if name in layout.fields
    ]
    findings += [
        Finding(name, header[index], why.get(name, "the profile")) for name, index in layout.carriers.items()
    ]
    findings += [
        Finding(name, profile.constants[name], _GIVEN)
        for name in FIELDS[found.kind]
        if name in profile.constants
    ]
    if profile.no_document:
        findings.append(Finding("document", "none", why.get("no_document", "the profile")))
    if profile.decimal == ",":
        findings.append(Finding("decimal sign", "comma", why.get("decimal", "the profile")))
    if profile.date_formats:
        findings.append(Finding("dates", ", ".join(profile.date_formats), "all cells are so"))
    left = [
        header[index] for index in layout.extra if header[index] and index not in layout.carriers.values()
    ]
    if left:
        findings.append(Finding("kept beside", ", ".join(left), "no figure rests on them"))
    return tuple(findings)
