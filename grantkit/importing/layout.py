"""Which column of a file is which: a header held against a profile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grantkit.errors import Place, RequestError
from grantkit.importing.profiles import FIELDS, KINDS, NEEDED, Profile, loosely

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Layout:
    """Where each field stands. ``fields``: field → index of its column (0-based); ``extra``: the columns left over.

    ``parts`` are fields within a column: field → (index, pattern, number of its group). ``carriers`` are the columns
    that say how a row is to be taken: ``sign``, ``line_type``, ``leave_out``, ``currency``, ``undelivered`` and
    ``credit``. ``last_needed`` is the number of cells that a row must at least have; ``headers`` the header by which a
    fault in a field is named.
    """

    fields: dict[str, int]
    extra: tuple[int, ...]
    last_needed: int
    headers: dict[str, str]
    parts: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    carriers: dict[str, int] = field(default_factory=dict)


def lay_out(header: Sequence[str], profile: Profile, kind: str, where: Place) -> Layout:
    """Find the fields in a header.

    Raises RequestError where a needed column is missing, or a header that is used stands there twice.
    """
    fields = _find_fields(header, profile, kind, where)
    parts = _parts(header, profile, where)
    missing = missing_fields({*fields, *parts}, profile, kind)
    if missing:
        raise RequestError(f"the header lacks {', '.join(missing)}", where=where, hint=_remedy(header, kind))
    used = set(fields.values())
    extra = tuple(i for i in range(len(header)) if i not in used)
    carriers = _carriers(header, profile, where)
    headers = _fault_headers(header, fields, parts, kind)
    headers |= {name: header[index] for name, index in carriers.items()}
    return Layout(fields, extra, _last_needed(fields, kind), headers, parts, carriers)


def _remedy(header: Sequence[str], kind: str) -> str:
    (other,) = (each for each in KINDS if each != kind)
    if set(NEEDED[other]) <= {loosely(each) for each in header} | set(header):
        article = {"orders": "an order", "invoices": "an invoice"}[other]
        return f"it has the columns of {article} ledger: --kind {other}"
    has = ", ".join(each or "(blank)" for each in header)
    return (
        f"the header has: {has}; give the kind that the file is, or a profile that says which column is which"
    )


def _find_fields(header: Sequence[str], profile: Profile, kind: str, where: Place) -> dict[str, int]:
    fields: dict[str, int] = {}
    for name in FIELDS[kind]:
        for wanted in profile.columns.get(name, ()):
            index = _index(header, wanted, where)
            if index is not None:
                fields[name] = index
                break
    return fields


def _index(header: Sequence[str], wanted: str, where: Place) -> int | None:
    """The column under this header. Raises RequestError where several stand under it."""
    exact = [each.strip().casefold() for each in header]
    if exact.count(wanted.strip().casefold()) == 1:
        return exact.index(wanted.strip().casefold())
    names = [loosely(each) for each in header]
    name = loosely(wanted)
    count = Counter(names)[name]
    if count > 1:
        raise RequestError(
            f"the header has {wanted} {count} times",
            where=where,
            hint="rename or take out the column that is not meant, in the file or at the export",
        )
    return names.index(name) if count else None


def _parts(header: Sequence[str], profile: Profile, where: Place) -> dict[str, tuple[int, str, int]]:
    parts: dict[str, tuple[int, str, int]] = {}
    for split in profile.split:
        index = _index(header, split.header, where)
        if index is not None:
            parts |= {name: (index, split.pattern, group) for name, group in split.groups.items()}
    return parts


def _carriers(header: Sequence[str], profile: Profile, where: Place) -> dict[str, int]:
    named = {
        "sign": profile.sign_column.header if profile.sign_column else None,
        "line_type": profile.line_type.header if profile.line_type else None,
        "leave_out": profile.leave_out.header if profile.leave_out else None,
        "currency": profile.currency_column,
        "undelivered": profile.undelivered,
        "credit": profile.credit,
    }
    found: dict[str, int] = {}
    for carrier, wanted in named.items():
        if wanted is None:
            continue
        index = _index(header, wanted, where)
        if index is None:
            raise RequestError(
                f"the header lacks {wanted}",
                where=where,
                hint=f"the profile {profile.name} reads it: {_WHY[carrier]}",
            )
        found[carrier] = index
    return found


_WHY = {
    "sign": "it says which amounts are negative",
    "line_type": "it says which rows are tax",
    "leave_out": "it says which rows are left out",
    "currency": "it says in which currency a row is",
    "undelivered": "the value received is the order's less what is still to be delivered",
    "credit": "an amount is the debit less the credit",
}


def missing_fields(found: set[str], profile: Profile, kind: str) -> list[str]:
    """What a ledger of this kind needs and neither these fields nor the profile's constants give."""
    given = found | profile.constants.keys()
    needed = [f for f in NEEDED[kind] if not (f == "document" and profile.no_document)]
    missing = [name for name in needed if name not in given]
    if not given & {"supplier", "supplier_id"}:
        missing.append("supplier or supplier_id")
    return missing


def _last_needed(fields: dict[str, int], kind: str) -> int:
    """How many cells a row must have: up to the last needed one; of the two supplier columns the first suffices."""
    suppliers = [fields[f] for f in ("supplier_id", "supplier") if f in fields]
    needed = [fields[f] for f in NEEDED[kind] if f in fields] + ([min(suppliers)] if suppliers else [])
    return max(needed, default=-1) + 1


def _fault_headers(
    header: Sequence[str], fields: dict[str, int], parts: dict[str, tuple[int, str, int]], kind: str
) -> dict[str, str]:
    headers = {name: name for name in (*FIELDS[kind], "currency", "undelivered", "credit")}
    headers |= {name: header[index] for name, (index, _, _) in parts.items()}
    headers |= {name: header[index] for name, index in fields.items()}
    if "supplier" not in fields and "supplier_id" in fields:
        headers["supplier"] = header[fields["supplier_id"]]
    return headers
