"""``grant.toml``, read and explained: the award, its work streams, and the rules that sort its spending.

The one home of pydantic. The contract, section 2, says what the file may hold (section 4 adds ``[virement]``,
section 6 ``[checks]`` and ``[[no_order_needed]]``); ``[[vat]]``, ``[claim]``, ``[variance]`` and ``[assets]`` are
what grant agreements differ in beside that, ``[[milestone]]`` and ``[[measure]]`` what the award has to show for its
money; ``[publish]``, ``[[redact]]`` and ``[[exclude]]`` say what of it the public is shown. Whatever it does not know
or that does not add up is a mistake, and one reading finds them all, each with its line and what to do about it.

Amounts are pounds, shares are per cent; both stand in the file as texts, so that no binary floating point
ever touches them.
"""

from grantkit.settings.model import (
    FIELDS,
    FILE_NAME,
    AllocationRule,
    Award,
    Measure,
    Milestone,
    Rule,
    Settings,
    WorkStream,
)
from grantkit.settings.reading import read_settings, settings_of, stream_mistakes, write_settings

__all__ = [
    "FIELDS",
    "FILE_NAME",
    "AllocationRule",
    "Award",
    "Measure",
    "Milestone",
    "Rule",
    "Settings",
    "WorkStream",
    "read_settings",
    "settings_of",
    "stream_mistakes",
    "write_settings",
]
