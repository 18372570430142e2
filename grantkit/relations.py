"""What the ledger means: the settings laid beside it, and the relations in which every figure is a query."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from grantkit.periods import quarters
from grantkit.store import Ledger, names_in

if TYPE_CHECKING:
    from grantkit.settings import Rule, Settings


def lay_relations(ledger: Ledger, settings: Settings) -> None:
    """Make all relations over an open ledger, under these settings."""
    ledger.run("relations/01_current")
    ledger.run("relations/02_settings")
    _fill_settings(ledger, settings)
    for name in names_in("relations")[2:]:
        ledger.run(name)


def _fill_settings(ledger: Ledger, settings: Settings) -> None:
    award = settings.award
    rules: list[tuple[str, str | None, Rule]] = [
        *(("allocation", None, rule) for rule in settings.allocation),
        *(("ineligible", rule.reason, rule) for rule in settings.ineligible),
        *([("capital", None, settings.capital)] if settings.capital else []),
        *(("no_order_needed", None, rule) for rule in settings.no_order_needed),
    ]
    ledger.set_variables(
        {
            "award_starts": award.starts,
            "award_ends": award.ends,
            "vat_is_cost": award.vat == "irrecoverable",
            "rule_count": max(len(rules), 1),
            "rule_fields": sorted({field for _, _, rule in rules for field in rule.patterns}),
        }
    )
    ledger.fill(
        "stream",
        [(n, s.code, s.name, s.resource, s.capital) for n, s in enumerate(settings.work_streams, 1)],
    )
    ledger.fill("quarter", [(q.name, q.starts, q.ends) for q in quarters(award.starts, award.ends)])
    ledger.fill("rule", [(n, kind, reason) for n, (kind, reason, _) in enumerate(rules, 1)])
    ledger.fill(
        "rule_pattern",
        [
            (n, field, like_pattern(pattern))
            for n, (_, _, rule) in enumerate(rules, 1)
            for field, patterns in rule.patterns.items()
            for pattern in patterns
        ],
    )
    ledger.fill(
        "rule_share",
        [
            (n, position, code, per_cent)
            for n, rule in enumerate(settings.allocation, 1)
            for position, (code, per_cent) in enumerate(_shares(rule.work_stream, rule.split), 1)
        ],
    )


def _shares(stream: str | None, split: object) -> list[tuple[str, object]]:
    return [(stream, 100)] if stream is not None else list(split)  # type: ignore[call-overload]


def like_pattern(pattern: str) -> str:
    """A pattern of grant.toml (the whole value, ``*`` and ``?`` wildcards, case ignored) as a LIKE pattern."""
    escaped = pattern.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("?", "_")


def set_as_at(ledger: Ledger, as_at: datetime.date) -> None:
    """Set the date that figures are asked for: only what is dated up to it counts."""
    ledger.set_variables({"as_at": as_at})
