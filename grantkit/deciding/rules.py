"""What the rules of grant.toml take: each by itself, and where several could have taken the same lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grantkit.deciding.coding import split_text
from grantkit.money import ZERO, show
from grantkit.relations import rules_in_order

if TYPE_CHECKING:
    from decimal import Decimal

    from grantkit.settings import Rule, Settings
    from grantkit.store import Ledger

#: The kinds of rules that bear on invoice lines only.
OF_INVOICES_ONLY = ("no_order_needed", "vat")


@dataclass
class Taken:
    """So many lines; ``cost`` is that of the invoice lines, in pounds."""

    invoice_lines: int = 0
    cost: Decimal = ZERO
    order_lines: int = 0

    def add(self, group: dict[str, Any]) -> None:
        """Count lines of one ledger that stand alike."""
        if group["ledger"] == "invoice":
            self.invoice_lines += group["lines"]
            self.cost += group["cost"]
        else:
            self.order_lines += group["lines"]

    @property
    def nothing(self) -> bool:
        """Whether no line is counted."""
        return not self.invoice_lines and not self.order_lines


@dataclass
class RuleTest:
    """One rule: the how manieth of its kind it is, what it says, what it takes as the first that matches.

    ``line`` is where it begins in grant.toml; ``gives`` the streams or the reason, blank for the other kinds;
    ``decided`` counts those of the lines about which a person's decision stands in the rule's place.
    """

    kind: str
    number: int
    line: int
    patterns: dict[str, tuple[str, ...]]
    says: str
    gives: str
    takes: Taken = field(default_factory=Taken)
    decided: int = 0


@dataclass
class Overlap:
    """Lines that ``rule`` also matches and ``taken_by``, an earlier rule of its kind, takes (both by number)."""

    kind: str
    rule: int
    taken_by: int
    lines: Taken = field(default_factory=Taken)


@dataclass
class RulesTest:
    """All rules in order, their overlaps by kind and rule, and the lines that no allocation rule takes.

    The last by what becomes of them: ``decision`` places them, ``order`` (an invoice line's order gives it its
    stream), or ``unallocated``.
    """

    rules: list[RuleTest]
    overlaps: list[Overlap]
    unmatched: dict[str, Taken]

    @property
    def no_rule(self) -> Taken:
        """All lines that no allocation rule takes."""
        parts = self.unmatched.values()
        return Taken(
            sum(part.invoice_lines for part in parts),
            sum((part.cost for part in parts), ZERO),
            sum(part.order_lines for part in parts),
        )

    def as_json(self) -> dict[str, Any]:
        """One document for scripts. ``order_lines`` is null for rules that bear on invoice lines only."""
        return {
            "rules": [_rule_json(rule) for rule in self.rules],
            "overlaps": [
                {
                    "kind": overlap.kind,
                    "rule": overlap.rule,
                    "taken_by": overlap.taken_by,
                    **_taken_json(overlap.lines, overlap.kind),
                }
                for overlap in self.overlaps
            ],
            "no_allocation_rule": {
                **_taken_json(self.no_rule),
                **{name: _taken_json(part) for name, part in self.unmatched.items()},
            },
        }


def _rule_json(rule: RuleTest) -> dict[str, Any]:
    return {
        "kind": rule.kind,
        "rule": rule.number,
        "line": rule.line,
        "patterns": {name: list(those) for name, those in rule.patterns.items()},
        "gives": rule.gives or None,
        **_taken_json(rule.takes, rule.kind),
        "decided": rule.decided,
        "takes_nothing": rule.takes.nothing,
    }


def _taken_json(taken: Taken, kind: str = "") -> dict[str, Any]:
    return {
        "invoice_lines": taken.invoice_lines,
        "cost": show(taken.cost),
        "order_lines": None if kind in OF_INVOICES_ONLY else taken.order_lines,
    }


def try_rules(ledger: Ledger, settings: Settings) -> RulesTest:
    """Try every rule against every line that counts, whatever its date.

    Lines that the same rules match come as one group, with the rules as bits in the order of ``rules_in_order``.
    """
    rules = _rules(settings)
    overlaps: dict[tuple[int, int], Overlap] = {}
    unmatched = {name: Taken() for name in ("decision", "order", "unallocated")}
    for group in ledger.records("deciding/matched_by_rules"):
        matching = [place for place in range(len(rules)) if group["bits"] >> place & 1]
        for kind in {rules[place].kind for place in matching}:
            if group["ledger"] == "invoice" or kind not in OF_INVOICES_ONLY:
                _count(rules, overlaps, group, [place for place in matching if rules[place].kind == kind])
        if not any(rules[place].kind == "allocation" for place in matching):
            unmatched[_placed_by(group)].add(group)
    return RulesTest(rules, [overlaps[pair] for pair in sorted(overlaps)], unmatched)


def _rules(settings: Settings) -> list[RuleTest]:
    """The rules in the order of their bits, numbered within each kind."""
    found: list[RuleTest] = []
    for kind, reason, rule in rules_in_order(settings):
        number = 1 + sum(earlier.kind == kind for earlier in found)
        found.append(
            RuleTest(kind, number, rule.line, dict(rule.patterns), rule.says, reason or _streams(rule))
        )
    return found


def _streams(rule: Rule) -> str:
    split = getattr(rule, "split", None)
    return split_text(split) if split is not None else getattr(rule, "work_stream", None) or ""


def _count(
    rules: list[RuleTest],
    overlaps: dict[tuple[int, int], Overlap],
    group: dict[str, Any],
    matching: list[int],
) -> None:
    """Give a group of lines to the first of the rules of one kind that match it, and note the others."""
    first, *others = matching
    taker = rules[first]
    taker.takes.add(group)
    by_person = {"allocation": "stream_decided", "ineligible": "eligibility_decided"}.get(taker.kind)
    if by_person and group[by_person]:
        taker.decided += group["lines"]
    for place in others:
        other = rules[place]
        overlap = overlaps.setdefault((place, first), Overlap(other.kind, other.number, taker.number))
        overlap.lines.add(group)


def _placed_by(group: dict[str, Any]) -> str:
    if not group["has_stream"]:
        return "unallocated"
    return "decision" if group["stream_decided"] else "order"
