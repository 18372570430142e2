"""Whether a text may name a person: what a person looks at before the text is published.

These are hints and no proof, kept few and plain so that an officer can tell why a text was held: a title or a rank with
a name, initials with a surname, an address for mail, what is paid on somebody's behalf, and two capitalised words
after ``to``, ``for``, ``by`` or ``of`` where no third follows, as one does in most names of organisations. A name by
itself, written like any other words, is not found: who publishes reads the list all the same.
"""

from __future__ import annotations

import re

_CAPITAL = "A-Z\u00c0-\u00d6\u00d8-\u00de"
_NAME = rf"[{_CAPITAL}][\w'\u2019-]+"
#: The same, and no abbreviation in capitals.
_WORD = rf"[{_CAPITAL}](?=[\w'\u2019-]*[a-z])[\w'\u2019-]+"
_TITLES = "|".join(
    (
        *("Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof", "Professor", "Sir", "Dame", "Rev", "Cllr"),
        *("MR", "MRS", "MS", "MISS", "DR", "PROF", "SIR", "SGT", "INSP"),
        *("PC", "DC", "PS", "DS", "PCSO", "Sgt", "Insp", "Constable", "Sergeant", "Inspector"),
    )
)
#: What a text says where a person is likely to be meant; the whole of what is found is shown to whoever decides.
_SIGNS = (
    re.compile(rf"\b(?:{_TITLES})\b\.?\s+{_NAME}(?:\s+{_NAME})?"),
    re.compile(rf"\b(?:[A-Z]\.\s?){{1,3}}{_NAME}"),
    re.compile(r"\S+@\S+\.\S+"),
    re.compile(
        r"\b(?i:expenses\s+of|expenses:|re:|c/o|(?:reimbursement|refund|repayment)\s+(?:of|to)|on\s+behalf\s+of)"
        rf"\s+{_NAME}(?:\s+{_NAME})?"
    ),
    re.compile(rf"\b(?:to|for|by|of)\s+{_WORD}\s+{_WORD}\b(?!\s+(?:[{_CAPITAL}&]|and\b|of\b))"),
)
#: A supplier that is a person: initials and a surname, or a surname and initials, and no more.
_PERSON = re.compile(rf"(?:(?:[A-Z]\.?\s*){{1,3}}\s{_NAME}|{_NAME},\s*(?:[A-Z]\.?\s*){{1,3}})")


def named_person(text: str | None) -> str | None:
    """The words of a text that may name a person; None where nothing in it looks like that."""
    for sign in _SIGNS:
        if found := sign.search(text or ""):
            return found[0]
    return None


def supplier_person(supplier: str | None) -> str | None:
    """The words of a supplier's name that may be a person's; None where nothing looks like that."""
    if _PERSON.fullmatch((supplier or "").strip()):
        return supplier
    return named_person(supplier)
