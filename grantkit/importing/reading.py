"""From a file's rows to the table ``staged``: read as text, typed, what is no line set aside."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grantkit.errors import Place, SettingsError, UnreadableError
from grantkit.importing.columns import sign_values
from grantkit.importing.profiles import CURRENCIES, FIELDS, SPECIAL_FORMATS, Profile
from grantkit.importing.recognition import Recognised, with_date_order, with_signs
from grantkit.importing.sources import BLANKS
from grantkit.importing.tables import Table, write_plain_copy
from grantkit.importing.texts import Padding
from grantkit.store import Ledger, MalformedTextError, QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CARRIERS = ("sign", "line_type", "leave_out", "currency", "undelivered", "credit")
#: Stands in a list that would else be empty: no cell holds it.
_NOTHING = ["\x1f"]


@contextmanager
def rows_laid(ledger: Ledger, found: Recognised) -> Iterator[Recognised]:
    """Let DuckDB read the file's rows (the view ``source_rows``): as it lies where that is safe, else as a copy.

    Gives the layout with what is known of the cells' padding then.
    """
    table = found.table
    if table.plain:
        assert table.grid.dialect is not None
        ledger.set_variables({"delimiter": table.grid.dialect.delimiter})
        _view_rows(ledger, table, table.source.path, copied=False)
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="grantkit-") as folder:
        copy = Path(folder) / "rows.csv"
        with copy.open("w", encoding="utf-8", newline="", errors="surrogatepass") as target:
            longest, padding = write_plain_copy(table, target)
        ledger.set_variables({"longest_record": max(longest, 2_000_000)})
        _view_rows(ledger, table, copy, copied=True)
        try:
            yield dataclasses.replace(found, table=dataclasses.replace(table, padding=padding))
        except MalformedTextError as problem:
            raise UnreadableError(
                "this cannot be read as CSV",
                where=Place(str(table.source.path)),
                hint="open it in a spreadsheet program and save it as XLSX, or export it again",
            ) from problem


def _view_rows(ledger: Ledger, table: Table, path: Path, *, copied: bool) -> None:
    carried = ["row", "cells", "beyond", "broken"] if copied else []
    columns = [_column(index) for index in range(len(table.header))]
    ledger.set_variables(
        {
            "source_path": str(path.absolute()),
            "source_columns": dict.fromkeys([*carried, *columns], "VARCHAR"),
            "width": len(columns),
        }
    )
    ledger.view_of_rows("importing/read_exact" if copied else "importing/read_plain")


def _column(index: int) -> str:
    return f"c{index + 1}"


def settle_open_questions(ledger: Ledger, found: Recognised) -> Recognised:
    """Answer from the whole of the columns what their first rows left open: the order of dates, signs.

    Raises RequestError where the dates can be read both ways and nothing decides.
    """
    if not found.dates_open and found.sign_open is None:
        return found
    _say_how_cells_read(ledger, found)
    if found.dates_open:
        counts = {}
        for index in found.dates_open:
            ledger.view_of_column("source_column", index + 1)
            counts[index] = ledger.rows("importing/date_evidence")[0]
        found = with_date_order(found, counts)
    if found.sign_open is not None:
        ledger.view_of_column("sign_column", found.sign_open + 1)
        ledger.view_of_column("source_column", found.layout.fields["net"] + 1)
        found = with_signs(found, *sign_values(ledger.rows("importing/sign_evidence")))
    return found


def stage(ledger: Ledger, found: Recognised) -> None:
    """Fill the table ``staged`` with the file's lines, and ``ignored`` with the rows that are none.

    Raises SettingsError where the profile has a pattern that cannot be used.
    """
    table, layout, profile = found.table, found.layout, found.profile
    _say_how_cells_read(ledger, found)
    repeated = {"gross", "vat"} & set(profile.repeated)
    fields = {name: _column(index) for name, index in layout.fields.items() if name not in repeated}
    fields |= {f"{name}_cell": _column(index) for name, index in layout.carriers.items()}
    constants: dict[str, str | None] = {f"{name}_cell": None for name in _CARRIERS}
    constants |= {name: profile.constants.get(name) for name in FIELDS[found.kind]}
    try:
        ledger.view_of_source(
            fields=fields,
            parts={name: (_column(i), pattern, group) for name, (i, pattern, group) in layout.parts.items()},
            constants=constants,
            extra={_extra_name(table, index): _column(index) for index in layout.extra},
        )
    except QueryError as problem:
        raise SettingsError(
            f"a pattern under split cannot be used: {str(problem).splitlines()[0]}",
            where=Place(f"{profile.name}.toml"),
            hint="use groups, classes and repeats only; it may not look ahead or behind",
        ) from problem
    ledger.run(f"importing/stage_{found.kind}")
    ledger.run("importing/no_ignored")
    if ledger.value("importing/faulty_rows"):
        ledger.run("importing/ignore_rows")
    if profile.leave_out:
        ledger.set_variables({"left_out": [each.upper() for each in profile.leave_out.values]})
        ledger.run("importing/leave_out")


def fold(ledger: Ledger, profile: Profile) -> None:
    """Bring amounts of whole documents to their lines: tax in rows of its own, an amount repeated on each line."""
    if profile.line_type:
        ledger.set_variables({"tax_types": [each.upper() for each in profile.line_type.values]})
        ledger.run("importing/fold_tax")
    if "net" in profile.repeated:
        ledger.run("importing/net_repeated")


def _say_how_cells_read(ledger: Ledger, found: Recognised) -> None:
    """Lay the macros by which the file's cells are read: as most files', and what its profile says otherwise."""
    profile, table = found.profile, found.table
    ledger.set_variables(
        {
            "headers": found.layout.headers,
            "last_needed": found.layout.last_needed,
            "no_document": profile.no_document,
            "date_order": profile.date_order,
            "own_currency": CURRENCIES[profile.currency],
            "odd_blanks": BLANKS if table.padding is Padding.ANY else None,
            "header_texts": [text for text in table.header if text],
            "preamble": _preamble(table) or _NOTHING,
        }
    )
    ledger.run("importing/cells")
    if table.padding is Padding.NONE:
        ledger.run("importing/cells/no_padding")
    for name, variables in _said_otherwise(profile).items():
        ledger.set_variables(variables)
        ledger.run(f"importing/cells/{name}")


def _said_otherwise(profile: Profile) -> dict[str, dict[str, Any]]:
    """What a profile says otherwise than most files have it: name of the SQL → its variables."""
    said: dict[str, dict[str, Any]] = {}
    if profile.decimal == ",":
        said["decimal_comma"] = {}
    if profile.date_formats:
        periods = [each.removesuffix("-period") for each in profile.date_formats if each.endswith("-period")]
        patterns = [each for each in profile.date_formats if each not in SPECIAL_FORMATS]
        said["date_formats"] = {
            "date_patterns": patterns or ["%Y-%m-%d"],
            "date_serials": "serial" in profile.date_formats,
            "date_periods": periods[0] if periods else "",
        }
    if profile.sign_column or profile.sign == "negated":
        signs = profile.sign_column.values if profile.sign_column else ()
        said["signs"] = {
            "negated": profile.sign == "negated",
            "negative_signs": [sign.upper() for sign in signs] or _NOTHING,
        }
    if profile.currency_column:
        said["currencies"] = {
            "own_code": profile.currency,
            "rate_codes": [code.upper() for code in profile.rates] or _NOTHING,
            "rates": [str(rate) for rate in profile.rates.values()] or ["1"],
        }
    if profile.status:
        meant = [(text.upper(), status) for status, texts in profile.status.items() for text in texts]
        said["statuses"] = {
            "status_texts": [text for text, _ in meant] or _NOTHING,
            "status_meant": [status for _, status in meant] or _NOTHING,
        }
    return said


def _preamble(table: Table) -> list[str]:
    """The rows above the header, numbers made alike: what a page's heading repeats."""
    above = (cells for row, cells in table.grid.sample if row < table.header_row)
    texts = (" ".join(text for cell in cells if (text := cell.strip(BLANKS))) for cells in above)
    return sorted({re.sub(r"[0-9]+", "0", text) for text in texts})


def _extra_name(table: Table, index: int) -> str:
    """An extra column's own header; made distinct by its number where it is blank or stands there twice."""
    header = table.header[index]
    return header if header and table.header.count(header) == 1 else f"{header or 'column'} {index + 1}"
