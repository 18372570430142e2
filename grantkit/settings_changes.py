"""What two versions of ``grant.toml`` differ in, told key by key and rule by rule."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from typing import Any

from grantkit.settings import FIELDS

#: Tables that there may be several of, by the key that tells one from another.
_NAMED = {"work_stream": "code", "milestone": "name", "measure": "name"}


@dataclass(frozen=True)
class SettingChange:
    """One difference: where (``[award] vat``, ``work stream EVAL resource``, ``ineligible rule``), before and after.

    What was not there before, or is no more, is None.
    """

    where: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.where}: {self.after} added"
        if self.after is None:
            return f"{self.where}: {self.before} taken out"
        return f"{self.where}: {self.before} → {self.after}"


def changes_between(before: str, after: str) -> list[SettingChange]:
    """The differences of two texts that ``read_settings`` accepts; remarks and the order of keys are none."""
    old, new = tomllib.loads(before), tomllib.loads(after)
    found: list[SettingChange] = []
    for name in dict.fromkeys((*old, *new)):
        if name in _NAMED:
            found += _named(name, old.get(name, []), new.get(name, []))
        elif isinstance(old.get(name, new.get(name)), list):
            found += _rules(name, old.get(name, []), new.get(name, []))
        else:
            found += _keys(f"[{name}]", old.get(name, {}), new.get(name, {}))
    return found


def _named(table: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[SettingChange]:
    """Tables that have a name (work streams their code), by it; another order of them is one change."""
    key, called = _NAMED[table], table.replace("_", " ")
    before, after = ({entry[key]: entry for entry in entries} for entries in (old, new))
    found: list[SettingChange] = []
    for name in dict.fromkeys((*before, *after)):
        found += _keys(f"{called} {name}", before.get(name, {}), after.get(name, {}), but=key)
    kept = [[name for name in names if name in before and name in after] for names in (before, after)]
    if kept[0] != kept[1]:
        found.append(SettingChange(f"{called}s in order", ", ".join(kept[0]), ", ".join(kept[1])))
    return found


def _keys(where: str, old: dict[str, Any], new: dict[str, Any], but: str = "") -> list[SettingChange]:
    return [
        SettingChange(f"{where} {key}", _said(old.get(key)), _said(new.get(key)))
        for key in dict.fromkeys((*old, *new))
        if key != but and old.get(key) != new.get(key)
    ]


def _rules(name: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[SettingChange]:
    """Rules by what they say, in their order: the first that matches wins."""
    before, after = [_rule(rule) for rule in old], [_rule(rule) for rule in new]
    found = []
    for _, left, left_end, right, right_end in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        gone, come = before[left:left_end], after[right:right_end]
        if gone == come:
            continue
        for place in range(max(len(gone), len(come))):
            where = f"{name} rule {(right if place < len(come) else left) + place + 1}"
            pair = (gone[place] if place < len(gone) else None, come[place] if place < len(come) else None)
            found.append(SettingChange(where, *pair))
    return found


def _rule(rule: dict[str, Any]) -> str:
    """A rule on one line: what it gives, then what a line must look like."""
    answers = [f"{key} = {_said(value)}" for key, value in rule.items() if key not in FIELDS]
    fields = [f"{key} {_said(rule[key])}" for key in FIELDS if key in rule]
    return f"{', '.join(answers)} for {' and '.join(fields)}" if answers else " and ".join(fields)


def _said(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {part}" for key, part in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
