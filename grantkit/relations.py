"""What the ledger means: the settings laid beside it, and the relations in which every figure is a query."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grantkit import __version__
from grantkit.errors import Place, SettingsError
from grantkit.periods import quarters
from grantkit.store import Ledger, names_in, statement

if TYPE_CHECKING:
    import datetime

    from grantkit.settings import AllocationRule, Rule, Settings

#: The relations that need no line coded: what happened, and no more.
RECORD = ("relations/01_current", "relations/02_settings", "relations/03_claims")
CODING = "relations/05_coding"
RULE_KINDS = ("allocation", "ineligible", "capital", "vat", "no_order_needed", "redact", "exclude")
#: Each rule is a bit of a HUGEINT.
MOST_RULES = 126


def lay_record(ledger: Ledger, settings: Settings) -> None:
    """Make the relations that tell what happened: current lines, settings, claims."""
    award, rules = settings.award, rules_in_order(settings)
    if len(rules) > MOST_RULES:
        raise SettingsError(
            f"there are {len(rules)} rules, and {MOST_RULES} are the most",
            where=Place(settings.path.name),
            hint="join those of one work stream: a field may list any number of patterns",
        )
    ledger.set_variables(
        {
            "award_starts": award.starts,
            "award_ends": award.ends,
            "vat_is_cost": award.vat == "irrecoverable",
            "rule_fields": sorted({field for _, _, rule in rules for field in rule.patterns} or {""}),
            **_rule_bits(rules),
            "settings": json.dumps(_tables(settings, rules), default=str),
        }
    )
    name_settings(ledger, settings)
    for name in RECORD:
        ledger.run(name)


def name_settings(ledger: Ledger, settings: Settings) -> None:
    """Lay the settings' text beside the ledger: the audit log keeps it where it has changed."""
    ledger.set_variables({"settings_text": settings.text, "settings_sha256": settings.text_sha256})


def lay_relations(ledger: Ledger, settings: Settings) -> None:
    """Make all relations over an open ledger, under these settings: the record, and what it means."""
    lay_record(ledger, settings)
    for name in names_in("relations"):
        if name == CODING:
            _lay_coding(ledger, settings)
        elif name not in RECORD:
            ledger.run(name)


def _lay_coding(ledger: Ledger, settings: Settings) -> None:
    """Code all lines; of a large ledger take the coding that is kept beside it while it rests on the same state.

    The state is the settings' text, this SQL, and the audit log's hash over everything that touched lines.
    """
    if not ledger.is_large:
        ledger.run(CODING)
        return
    sql = "".join(statement(name) for name in names_in("relations"))
    parts = (__version__, settings.text_sha256, sql, str(ledger.value("kept/state")))
    state = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    if not ledger.read_kept(state):
        ledger.run(CODING)
        ledger.write_kept(state)


def lay_documented(ledger: Ledger) -> None:
    """Make the relations that are documented for queries, over the others."""
    ledger.run("auditing/documented")


def rules_in_order(settings: Settings) -> list[tuple[str, str | None, Rule]]:
    """All rules as (kind, reason or treatment, rule), in the order in which the first that matches wins."""
    return [
        *(("allocation", None, rule) for rule in settings.allocation),
        *(("ineligible", rule.reason, rule) for rule in settings.ineligible),
        *([("capital", None, settings.capital)] if settings.capital else []),
        *(("vat", rule.vat, rule) for rule in settings.vat),
        *(("no_order_needed", None, rule) for rule in settings.no_order_needed),
        *(("redact", rule.reason, rule) for rule in settings.redact),
        *(("exclude", rule.reason, rule) for rule in settings.exclude),
    ]


def _rule_bits(rules: list[tuple[str, str | None, Rule]]) -> dict[str, Any]:
    """The rules as bits, the first the lowest: those of each kind, and those that do not name a field."""
    from grantkit.settings import FIELDS

    numbered = list(enumerate(rules))
    of_kind = {kind: sum(1 << n for n, (own, _, _) in numbered if own == kind) for kind in RULE_KINDS}
    of_field = {
        field: sum(1 << n for n, (_, _, rule) in numbered if field not in rule.patterns) for field in FIELDS
    }
    return {
        "kind_bits": of_kind,
        "field_bits": {"key": list(of_field), "value": list(of_field.values())},  # as DuckDB takes a map
        **{f"bits_of_{field}": bits for field, bits in of_field.items()},
    }


def _tables(settings: Settings, rules: list[tuple[str, str | None, Rule]]) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables in ``sql/relations/02_settings.sql``."""
    award = settings.award
    return {
        "stream": [
            {
                "position": position,
                "work_stream": stream.code,
                "name": stream.name,
                "resource": stream.resource,
                "capital": stream.capital,
            }
            for position, stream in enumerate(settings.work_streams, 1)
        ],
        "quarter": [
            {"quarter": quarter.name, "starts": quarter.starts, "ends": quarter.ends}
            for quarter in quarters(award.starts, award.ends)
        ],
        "rule": [
            {"number": number, "kind": kind, "reason": reason}
            for number, (kind, reason, _) in enumerate(rules, 1)
        ],
        "rule_pattern": [
            {"number": number, "field": field, "pattern": like_pattern(pattern)}
            for number, (_, _, rule) in enumerate(rules, 1)
            for field, patterns in rule.patterns.items()
            for pattern in patterns
        ],
        "rule_share": [
            {"number": number, "position": position, "work_stream": code, "per_cent": per_cent}
            for number, rule in enumerate(settings.allocation, 1)
            for position, (code, per_cent) in enumerate(_shares(rule), 1)
        ],
    }


def _shares(rule: AllocationRule) -> tuple[tuple[str, Decimal], ...]:
    if rule.split is not None:
        return rule.split
    assert rule.work_stream is not None
    return ((rule.work_stream, Decimal(100)),)


def like_pattern(pattern: str) -> str:
    """A pattern of grant.toml (the whole value, ``*`` and ``?`` wildcards, case ignored) as a LIKE pattern."""
    escaped = pattern.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("?", "_")


def set_as_at(ledger: Ledger, as_at: datetime.date) -> None:
    """Set the date that figures are asked for: only what is dated up to it counts."""
    ledger.set_variables({"as_at": as_at})
