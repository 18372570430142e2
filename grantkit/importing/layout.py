"""Which column of a file is which: a header held against a profile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantkit.errors import Place, RequestError
from grantkit.importing.profiles import FIELDS, KINDS, NEEDED, Profile, loosely

if TYPE_CHECKING:
    from grantkit.importing.sources import Table


@dataclass(frozen=True)
class Layout:
    """Where each field stands. ``fields``: field → index of its column (0-based); ``extra``: the columns left over.

    ``last_needed`` is the number of cells that a row must at least have; ``headers`` the header by which a fault
    in a field is named.
    """

    fields: dict[str, int]
    extra: tuple[int, ...]
    last_needed: int
    headers: dict[str, str]


def lay_out(table: Table, profile: Profile, kind: str) -> Layout:
    """Find the fields in a table's header.

    Raises RequestError where a needed column is missing, or a header that is used stands there twice.
    """
    names = [loosely(header) for header in table.header]
    fields = _find_fields(table, names, profile, kind)
    missing = _missing(fields, profile, kind)
    if missing:
        raise RequestError(
            f"the header lacks {', '.join(missing)}", where=_place(table), hint=_remedy(table, kind)
        )
    used = set(fields.values())
    extra = tuple(i for i in range(len(names)) if i not in used)
    return Layout(fields, extra, _last_needed(fields, kind), _fault_headers(table, fields, kind))


def _remedy(table: Table, kind: str) -> str:
    (other,) = (each for each in KINDS if each != kind)
    if set(NEEDED[other]) <= {loosely(header) for header in table.header} | set(table.header):
        article = {"orders": "an order", "invoices": "an invoice"}[other]
        return f"it has the columns of {article} ledger: --kind {other}"
    has = ", ".join(header or "(blank)" for header in table.header)
    return (
        f"the header has: {has}; give the kind that the file is, or a profile that says which column is which"
    )


def _place(table: Table) -> Place:
    return Place(str(table.source.path), sheet=table.sheet, row=table.header_row)


def _find_fields(table: Table, names: list[str], profile: Profile, kind: str) -> dict[str, int]:
    exact = [header.strip().casefold() for header in table.header]
    count = Counter(names)
    fields: dict[str, int] = {}
    for field in FIELDS[kind]:
        for header in profile.columns.get(field, ()):
            if exact.count(header.strip().casefold()) == 1:
                fields[field] = exact.index(header.strip().casefold())
                break
            name = loosely(header)
            if count[name] > 1:
                raise RequestError(
                    f"the header has {header} {count[name]} times",
                    where=_place(table),
                    hint="rename or take out the column that is not meant, in the file or at the export",
                )
            if name in count:
                fields[field] = names.index(name)
                break
    return fields


def _missing(fields: dict[str, int], profile: Profile, kind: str) -> list[str]:
    given = fields.keys() | profile.constants.keys()
    needed = [f for f in NEEDED[kind] if not (f == "document" and profile.no_document)]
    missing = [field for field in needed if field not in given]
    if not given & {"supplier", "supplier_id"}:
        missing.append("supplier or supplier_id")
    return missing


def _last_needed(fields: dict[str, int], kind: str) -> int:
    """How many cells a row must have: up to the last needed one; of the two supplier columns the first suffices."""
    suppliers = [fields[f] for f in ("supplier_id", "supplier") if f in fields]
    needed = [fields[f] for f in NEEDED[kind] if f in fields] + ([min(suppliers)] if suppliers else [])
    return max(needed, default=-1) + 1


def _fault_headers(table: Table, fields: dict[str, int], kind: str) -> dict[str, str]:
    headers = {field: field for field in FIELDS[kind]}
    headers |= {field: table.header[index] for field, index in fields.items()}
    if "supplier" not in fields and "supplier_id" in fields:
        headers["supplier"] = table.header[fields["supplier_id"]]
    return headers
