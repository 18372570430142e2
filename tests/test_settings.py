"""``grant.toml``: what is read from it, and each mistake with its line, its message and its remedy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from grantkit.errors import RequestError, SettingsError, UnreadableError
from grantkit.settings import Settings, WorkStream, read_settings, write_settings
from grantkit.settings_changes import changes_between

GOOD = """\
[award]                                 # line 1
reference = "PCD 1663"
title = "Static Cameras Pilot"
funder = "Home Office"
recipient = "MOPAC"
amount = "1000.00"
starts = 2024-04-01
ends = 2025-03-31
vat = "irrecoverable"

[[work_stream]]                         # line 11
code = "EXISTING"
name = "Existing cameras"
resource = "100.50"
capital = "200"
profile = ["10", "30", "40", "20"]

[[work_stream]]                         # line 18
code = "MOBILE"
name = "Mobile units"
resource = "300.00"
capital = "0.00"
profile = ["25", "25", "25", "25"]

[[allocation]]                          # line 25
work_stream = "MOBILE"
cost_centre = ["CC20*", "CC215"]
project = " P-1 "

[[allocation]]                          # line 30
split = { MOBILE = "66.6667", EXISTING = "33.3333" }
description = "*shared*"

[[ineligible]]                          # line 34
reason = "Hospitality"
account = "62*"

[capital]                               # line 38
account = ["1*"]
"""

TABLES_THAT_MAY_BE_MISSING = """
[tolerance]
stream_overspend = "2.5"
[virement]
limit = "12.5"
[checks]
no_order_from = "500"
order_limit = "10000.00"
[[no_order_needed]]
supplier = "Payroll"
"""


@pytest.fixture
def grant_toml(tmp_path: Path) -> Path:
    return tmp_path / "grant.toml"


def read(path: Path, text: str) -> Settings:
    path.write_text(text, encoding="utf-8", newline="")
    return read_settings(path)


def shown(path: Path, text: str) -> list[str]:
    """The lines that a person sees of a file with mistakes."""
    with pytest.raises(SettingsError) as refused:
        read(path, text)
    assert refused.value.exit_code == 2
    return [line.replace(str(path), "grant.toml") for line in refused.value.lines()]


# What is read


def test_the_award(grant_toml: Path) -> None:
    award = read(grant_toml, GOOD).award
    assert (award.reference, award.title) == ("PCD 1663", "Static Cameras Pilot")
    assert (award.funder, award.recipient) == ("Home Office", "MOPAC")
    assert award.amount == Decimal("1000.00")
    assert (award.starts, award.ends) == (date(2024, 4, 1), date(2025, 3, 31))
    assert award.vat == "irrecoverable"
    assert (award.claim_basis, award.forecast, award.store) == ("invoiced", "profile", "grantkit.duckdb")


def test_the_work_streams_and_what_no_budget_holds(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    existing, mobile = settings.work_streams
    assert settings.stream("MOBILE") is mobile
    assert str(existing.budget) == "300.50"
    assert existing.profile == tuple(map(Decimal, ("10", "30", "40", "20")))
    assert str(settings.unbudgeted) == "399.50"


def test_the_rules(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    to_one, shared = settings.allocation
    # Blanks around a value never count, so none are kept around a pattern.
    assert to_one.patterns == {"cost_centre": ("CC20*", "CC215"), "project": ("P-1",)}
    assert (to_one.work_stream, to_one.split, to_one.line) == ("MOBILE", None, 25)
    assert shared.split == (("MOBILE", Decimal("66.6667")), ("EXISTING", Decimal("33.3333")))
    assert (shared.work_stream, shared.line) == (None, 30)
    (hospitality,) = settings.ineligible
    assert (hospitality.reason, hospitality.patterns) == ("Hospitality", {"account": ("62*",)})
    assert settings.capital is not None
    assert (settings.capital.patterns, settings.capital.line) == ({"account": ("1*",)}, 38)


def test_the_limits_and_their_defaults(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    assert (settings.stream_overspend, settings.virement_limit) == (Decimal(0), Decimal(10))
    assert (settings.no_order_from, settings.order_limit) == (Decimal(1000), Decimal(5000))
    assert settings.no_order_needed == ()
    settings = read(grant_toml, GOOD + TABLES_THAT_MAY_BE_MISSING)
    assert (settings.stream_overspend, settings.virement_limit) == (Decimal("2.5"), Decimal("12.5"))
    assert (settings.no_order_from, settings.order_limit) == (Decimal(500), Decimal(10000))
    assert settings.no_order_needed[0].patterns == {"supplier": ("Payroll",)}


def test_the_file_and_its_hash(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    assert settings.path == grant_toml
    assert settings.text_sha256 == hashlib.sha256(grant_toml.read_bytes()).hexdigest()


def test_settings_cannot_be_changed(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    with pytest.raises(ValidationError):
        settings.award.amount = Decimal(0)


def test_a_stream_that_does_not_exist_is_answered_with_the_nearest(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    with pytest.raises(RequestError) as refused:
        settings.stream("mobil")
    assert refused.value.lines() == ['error: there is no work stream "mobil"', "hint: did you mean MOBILE?"]
    with pytest.raises(RequestError) as refused:
        settings.stream("X")
    assert refused.value.hint == "known here: EXISTING, MOBILE"


def test_milestones_and_measures(grant_toml: Path) -> None:
    text = (
        GOOD
        + """
[[milestone]]
stream = "MOBILE"
name = "Legal review"
due = 2024-06-28
kind = "assessment"
evidence = "The advice"
[[milestone]]
name = "Grant agreement published"
due = 2024-05-31
kind = "governance"
[[measure]]
name = "Deployment-days"
unit = "days"
work_streams = ["MOBILE"]
[[measure]]
name = "alerts"
unit = "alerts"
"""
    )
    settings = read(grant_toml, text)
    legal, agreement = settings.milestones
    assert (legal.stream, legal.due, legal.kind) == ("MOBILE", date(2024, 6, 28), "assessment")
    assert (agreement.stream, agreement.evidence) == (None, None)
    assert settings.milestone(" LEGAL review ") is legal
    days, alerts = settings.measures
    assert settings.measure("deployment-DAYS") is days
    assert [each.counts_in("EXISTING") for each in (days, alerts)] == [False, True]
    with pytest.raises(RequestError) as refused:
        settings.measure("deployment days")
    assert refused.value.lines() == [
        'error: there is no measure "deployment days"',
        "hint: did you mean Deployment-days?",
    ]
    assert read(grant_toml, GOOD).milestones == ()


def test_the_kinds_of_milestones(grant_toml: Path) -> None:
    text = f'{GOOD}[[milestone]]\nname = "Legal review"\ndue = 2024-06-28\nkind = "Evaluation"\n'
    kinds = "assessment, engagement, deployment, evaluation, governance"
    assert shown(grant_toml, text) == [
        f'error: grant.toml, line 43: kind is "Evaluation", and can only be one of {kinds}',
        "hint: did you mean evaluation?",
    ]


def test_changes_of_milestones_are_told_by_their_names() -> None:
    first = '[[milestone]]\nname = "Legal review"\ndue = 2024-06-28\n'
    second = '[[milestone]]\nname = "Legal review"\ndue = 2024-07-31\n[[measure]]\nname = "alerts"\nunit = "alerts"\n'
    assert [str(change) for change in changes_between(first, second)] == [
        "milestone Legal review due: 2024-06-28 → 2024-07-31",
        "measure alerts unit: alerts added",
    ]


def test_models_hold_to_their_rules_outside_of_a_file_too() -> None:
    stream = WorkStream(
        code="NEW", name="New", resource=Decimal("1.5"), capital=Decimal(0), profile=(Decimal(100),)
    )
    assert str(stream.budget) == "1.50"
    with pytest.raises(ValidationError, match="more than 2 decimals"):
        WorkStream(
            code="NEW", name="New", resource=Decimal("1.555"), capital=Decimal(0), profile=(Decimal(100),)
        )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[award]", "\ufeff[award]"),
        ("\n", "\r\n"),
        ('"1000.00"', "'''1000.00'''"),
        ('profile = ["10", "30", "40", "20"]', 'profile = [ # ]\n"10",\n\'30\', "40", "20",\n]'),
        ("[[work_stream]]", "[[ work_stream ]]"),
        (
            'split = { MOBILE = "66.6667", EXISTING = "33.3333" }\ndescription = "*shared*"',
            'description = "*shared*"\n[allocation.split]\nMOBILE = "66.6667"\nEXISTING = "33.3333"',
        ),
    ],
    ids=["byte order mark", "CRLF", "another kind of text", "list over lines", "blanks", "table of a table"],
)
def test_other_ways_to_write_the_same(grant_toml: Path, old: str, new: str) -> None:
    assert old in GOOD
    expected, found = read(grant_toml, GOOD), read(grant_toml, GOOD.replace(old, new))
    assert (found.award, found.work_streams) == (expected.award, expected.work_streams)
    for rule, same in zip(found.allocation, expected.allocation, strict=True):
        assert (rule.patterns, rule.work_stream, rule.split) == (same.patterns, same.work_stream, same.split)


@pytest.mark.parametrize(
    ("starts", "ends", "profile"),
    [
        ("2024-04-01", "2025-05-31", ["20"] * 5),
        ("2024-04-15", "2024-04-20", ["100"]),
        ("2024-04-01", "2025-09-30", ["16.6667"] * 4 + ["16.6666"] * 2),
    ],
)
def test_an_award_may_have_any_number_of_quarters(
    grant_toml: Path, starts: str, ends: str, profile: list[str]
) -> None:
    text = GOOD.replace("2024-04-01", starts).replace("2025-03-31", ends)
    for old in ('["10", "30", "40", "20"]', '["25", "25", "25", "25"]'):
        text = text.replace(old, str(profile).replace("'", '"'))
    assert len(read(grant_toml, text).work_streams[0].profile) == len(profile)


# What is wrong. Each case takes out of GOOD what its lines marked - say, puts in those marked + (or nothing),
# and gives what a person is then shown.

MISTAKES = r"""
# a number where a text belongs
- amount = "1000.00"
+ amount = 1000.5
error: grant.toml, line 6: amount is a number without quotes
hint: put it in quotes: "1000.5"

# a truth where a text belongs
- amount = "1000.00"
+ amount = true
error: grant.toml, line 6: amount is true or false, and a text belongs here
hint: write a text, in quotes: "…"

# commas in an amount
- amount = "1000.00"
+ amount = "1,000"
error: grant.toml, line 6: amount is "1,000", which is not how amounts are written
hint: write "1000"; amounts are written in digits with at most 2 decimals, no commas, no signs: "1000.00"

# a pound sign
- amount = "1000.00"
+ amount = "£ 1,000.00"
error: grant.toml, line 6: amount is "£ 1,000.00", which is not how amounts are written
hint: write "1000.00"; amounts are written in digits with at most 2 decimals, no commas, no signs: "1000.00"

# an amount in scientific notation
- amount = "1000.00"
+ amount = "1e3"
error: grant.toml, line 6: amount is "1e3", which is not how amounts are written
hint: amounts are written in digits with at most 2 decimals, no commas, no signs: "1000.00"

# no amount between the quotes
- amount = "1000.00"
+ amount = ""
error: grant.toml, line 6: amount is "", which is not how amounts are written
hint: amounts are written in digits with at most 2 decimals, no commas, no signs: "1000.00"

# less than a penny
- amount = "1000.00"
+ amount = "1000.005"
error: grant.toml, line 6: amount is "1000.005", which has more than 2 decimals
hint: amounts are written in digits with at most 2 decimals, no commas, no signs: "1000.00"

# an amount beyond all awards
- amount = "1000.00"
+ amount = "1234567890123"
error: grant.toml, line 6: amount has more than 12 digits before the point
hint: amounts are written in digits with at most 2 decimals, no commas, no signs: "1000.00"

# an award of nothing
- amount = "1000.00"
+ amount = "0.00"
error: grant.toml, line 6: amount is 0, and it must be more
hint: write a figure above 0; what has no share is not named

# a negative budget
- capital = "200"
+ capital = "-0.01"
error: grant.toml, line 15: capital is "-0.01", and it cannot be negative
hint: amounts are written in digits with at most 2 decimals, no commas, no signs: "1000.00"

# budgets above the award
- amount = "1000.00"
+ amount = "600.49"
error: grant.toml, line 6: the work streams' budgets add up to 600.50, which is 0.01 more than the award
hint: lower resource or capital of a [[work_stream]], or correct this amount

# a date in quotes
- starts = 2024-04-01
+ starts = "2024-04-01"
error: grant.toml, line 7: starts is a text, and a date belongs here
hint: write it without quotes: 2024-04-01

# a date as it is spoken, in quotes
- starts = 2024-04-01
+ starts = "1 April 2024"
error: grant.toml, line 7: starts is a text, and a date belongs here
hint: dates are written year-month-day, without quotes and without a time: 2024-04-01

# a date as it is spoken, without quotes
- starts = 2024-04-01
+ starts = 01/04/2024
error: grant.toml, line 7, column 11: is not TOML: Expected newline or end of document after a statement
hint: texts and amounts stand in straight quotes ("1000.00"), dates in none, year first (2024-04-01)

# a day that no calendar has
- starts = 2024-04-01
+ starts = 2024-02-30
error: grant.toml, line 7, column 10: is not TOML: Invalid date or datetime
hint: there is no such day; dates are written year-month-day, without quotes: 2024-04-01

# a date with a time
- starts = 2024-04-01
+ starts = 2024-04-01T09:00:00
error: grant.toml, line 7: starts is a time, and a date belongs here
hint: dates are written year-month-day, without quotes and without a time: 2024-04-01

# a date without its dashes
- starts = 2024-04-01
+ starts = 20240401
error: grant.toml, line 7: starts is a number, and a date belongs here
hint: dates are written year-month-day, without quotes and without a time: 2024-04-01

# an award that ends before it starts
- starts = 2024-04-01
+ starts = 2025-04-01
error: grant.toml, line 8: ends is 2025-03-31, which is before the award starts (2025-04-01)
hint: correct one of them: both are days of the award, the first and the last

# a choice in capitals
- vat = "irrecoverable"
+ vat = "Recoverable"
error: grant.toml, line 9: vat is "Recoverable", and can only be one of recoverable, irrecoverable
hint: did you mean recoverable?

# a choice that is none
- vat = "irrecoverable"
+ claim_basis = true
error: grant.toml, line 9: claim_basis is true or false, and can only be one of invoiced, paid, accrued
hint: known here: invoiced, paid, accrued

# a text of blanks
- funder = "Home Office"
+ funder = "  "
error: grant.toml, line 4: funder is empty
hint: write something between the quotes

# a control character, which no workbook can hold
- recipient = "MOPAC"
+ recipient = "MO\u0007PAC"
error: grant.toml, line 5: recipient has a line break or another control character in it
hint: write it on one line; a backslash between double quotes has a meaning of its own, / has not

# a database of another kind
- vat = "irrecoverable"
+ store = "mysql://ledger"
error: grant.toml, line 9: store is an address of a kind that grantkit cannot open
hint: write a file's name (grantkit.duckdb) or an address that begins with postgresql://

# a key that grantkit does not know
- vat = "irrecoverable"
+ ending = 2025-03-31
error: grant.toml, line 9: ending is no key of [award]
hint: did you mean ends?

# a key like none that grantkit knows
- vat = "irrecoverable"
+ "colour of money" = 1
error: grant.toml, line 9: "colour of money" is no key of [award]
hint: known here: reference, title, funder, recipient, amount, starts, ends, vat, claim_basis, forecast, store

# a key of another table
- vat = "irrecoverable"
+ stream_overspend = "0"
error: grant.toml, line 9: stream_overspend is no key of [award]
hint: stream_overspend belongs under [tolerance]

# a misspelt key is not said to be missing too
- amount = "1000.00"
+ ammount = "1000.00"
error: grant.toml, line 6: ammount is no key of [award]
hint: did you mean amount?

# a missing key, at its table's line
- amount = "1000.00"
error: grant.toml, line 1: [award] has no amount
hint: add a line: amount = "800000.00"

# a missing key of the second of several tables
- name = "Mobile units"
error: grant.toml, line 18: [[work_stream]] has no name
hint: add a line: name = "Existing cameras"

# a table that grantkit does not know
- [capital]
+ [captial]
error: grant.toml, line 38: [captial] is no table that grantkit knows here
hint: did you mean capital?

# a key above the first table
- [award]
+ vat = "recoverable" # [award]
+ [award]
error: grant.toml, line 1: vat is no key that grantkit knows here
hint: vat belongs under [award]

# single brackets where there may be several
- [[ineligible]]
+ [ineligible]
error: grant.toml, line 34: ineligible is a table, and a list of tables belongs here
hint: write [[ineligible]] in double brackets above each: there may be several

# double brackets where there is one
- [capital]
+ [[capital]]
error: grant.toml, line 38: capital is a list, and a table belongs here
hint: write it in single brackets, and once: [capital]

# a code in small letters
- code = "MOBILE"
+ code = "Mobile units 2"
error: grant.toml, line 19: code is "Mobile units 2", which is no code
hint: a code is capitals, digits, - and _, a letter first: MOBILE-UNITS-2
error: grant.toml, line 26: work_stream names a work stream that does not exist: "MOBILE"
hint: did you mean MOBILE-UNITS-2?
error: grant.toml, line 31: split names a work stream that does not exist: "MOBILE"
hint: did you mean MOBILE-UNITS-2?

# a code that the rules already write as it should be
- code = "MOBILE"
+ code = "mobile"
error: grant.toml, line 19: code is "mobile", which is no code
hint: a code is capitals, digits, - and _, a letter first: MOBILE

# a code that is the name of a claim
- [[allocation]]
+ [[work_stream]]
+ code = "FINAL2"
+ name = "Wrapping up"
+ resource = "0"
+ capital = "0"
+ profile = ["0", "0", "0", "100"]
+ [[allocation]]
error: grant.toml, line 26: code is "FINAL2", a name that grantkit itself uses
hint: choose another: UNALLOCATED, FINAL, FINAL2 … and Q1, Q2 … have a meaning of their own

# the same code twice
- [[allocation]]
+ [[work_stream]]
+ code = "EXISTING"
+ name = "Existing cameras"
+ resource = "0"
+ capital = "0"
+ profile = ["0", "0", "0", "100"]
+ [[allocation]]
error: grant.toml, line 26: code is "EXISTING", which line 12 has already
hint: give each work stream a code of its own

# a profile that does not add up
- profile = ["10", "30", "40", "20"]
+ profile = ["10", "30", "40", "19.9999"]
error: grant.toml, line 16: profile adds up to 99.9999, not to 100
hint: make the entries add up to exactly 100

# a profile of the wrong length
- profile = ["10", "30", "40", "20"]
+ profile = ["50", "50"]
error: grant.toml, line 16: profile has 2 entries for an award of 4 quarters
hint: write one per cent for each quarter of the award (Q1 to Q4), adding up to 100

# a profile of the wrong length that does not add up either
- profile = ["10", "30", "40", "20"]
+ profile = ["100", "5", "5", "5", "5"]
error: grant.toml, line 16: profile has 5 entries for an award of 4 quarters, and adds up to 120, not to 100
hint: write one per cent for each quarter of the award (Q1 to Q4), adding up to 100

# an empty profile
- profile = ["10", "30", "40", "20"]
+ profile = []
error: grant.toml, line 16: profile has 0 entries for an award of 4 quarters, and adds up to 0, not to 100
hint: write one per cent for each quarter of the award (Q1 to Q4), adding up to 100

# a profile that is no list
- profile = ["10", "30", "40", "20"]
+ profile = "100"
error: grant.toml, line 16: profile is a text, and a list belongs here
hint: write a list of texts: ["25", "25", "25", "25"]

# a profile of numbers, said once
- profile = ["10", "30", "40", "20"]
+ profile = [10, 30, 40, 20]
error: grant.toml, line 16: an entry of profile is a number without quotes
hint: put it in quotes: "10"

# entries of a profile over several lines
- profile = ["10", "30", "40", "20"]
+ profile = [
+   "10%",      # not ] the end
+   "30.00001",
+   "-40", "20",
+ ]
error: grant.toml, line 17: an entry of profile is "10%", which is not how per cents are written
hint: write "10"; per cents are written in digits with at most 4 decimals, no commas, no signs: "33.3333"
error: grant.toml, line 18: an entry of profile is "30.00001", which has more than 4 decimals
hint: per cents are written in digits with at most 4 decimals, no commas, no signs: "33.3333"
error: grant.toml, line 19: an entry of profile is "-40", and it cannot be negative
hint: per cents are written in digits with at most 4 decimals, no commas, no signs: "33.3333"

# an allocation to a stream that does not exist
- work_stream = "MOBILE"
+ work_stream = "MOBLE"
error: grant.toml, line 26: work_stream names a work stream that does not exist: "MOBLE"
hint: did you mean MOBILE?

# an allocation to no stream at all
- work_stream = "MOBILE"
+ work_stream = "UNALLOCATED"
error: grant.toml, line 26: work_stream names a work stream that does not exist: "UNALLOCATED"
hint: known here: EXISTING, MOBILE

# neither a stream nor a split
- work_stream = "MOBILE"
error: grant.toml, line 25: [[allocation]] has neither work_stream nor split
hint: name one stream (work_stream = "NEW") or share (split = { NEW = "60", EVAL = "40" })

# a misspelt work_stream is not said to be missing too
- work_stream = "MOBILE"
+ workstream = "MOBILE"
error: grant.toml, line 26: workstream is no key of [[allocation]]
hint: did you mean work_stream?

# both a stream and a split
- work_stream = "MOBILE"
+ work_stream = "MOBILE"
+ split = { MOBILE = "100" }
error: grant.toml, line 27: [[allocation]] has both work_stream and split
hint: take one of the two out

# a split that does not add up
- split = { MOBILE = "66.6667", EXISTING = "33.3333" }
+ split = { MOBILE = "66.66", EXISTING = "33.33" }
error: grant.toml, line 31: split adds up to 99.99, not to 100
hint: make the shares add up to exactly 100

# a split that names nothing
- split = { MOBILE = "66.6667", EXISTING = "33.3333" }
+ split = {}
error: grant.toml, line 31: split names no work stream
hint: name them: split = { EXISTING = "60", MOBILE = "40" }

# a split that is no table
- split = { MOBILE = "66.6667", EXISTING = "33.3333" }
+ split = "MOBILE"
error: grant.toml, line 31: split is a text, and work streams with their per cents belong here
hint: write it like this: split = { EXISTING = "60", MOBILE = "40" }

# a split with a mistake in every part
- split = { MOBILE = "66.6667", EXISTING = "33.3333" }
+ split = { MOBILE = 60, "New one" = "40", EXISTING = "0" }
error: grant.toml, line 31: MOBILE in split is a number without quotes
hint: put it in quotes: "60"
error: grant.toml, line 31: split names a work stream that does not exist: "New one"
hint: known here: EXISTING, MOBILE
error: grant.toml, line 31: EXISTING in split is 0, and it must be more
hint: write a figure above 0; what has no share is not named

# a rule that names no field
- description = "*shared*"
error: grant.toml, line 30: [[allocation]] names no field
hint: name one or more of supplier_id, supplier, cost_centre, account, project, category, po, description

# capital without a field
- account = ["1*"]
error: grant.toml, line 38: [capital] names no field
hint: name one or more of supplier_id, supplier, cost_centre, account, project, category, po, description

# a misspelt field is not said to be missing too
- account = ["1*"]
+ acount = ["1*"]
error: grant.toml, line 39: acount is no key of [capital]
hint: did you mean account?

# what a rule is called inside is no key of it
- account = ["1*"]
+ account = ["1*"]
+ line = 5
error: grant.toml, line 40: line is no key of [capital]
hint: known here: supplier_id, supplier, cost_centre, account, project, category, po, description

# an empty list of patterns
- account = ["1*"]
+ account = []
error: grant.toml, line 39: account is an empty list, which nothing matches
hint: name at least one pattern, or take the key out

# an empty pattern
- account = ["1*"]
+ account = ["1*", ""]
error: grant.toml, line 39: an entry of account is empty
hint: write something between the quotes

# a pattern that is a number
- account = ["1*"]
+ account = 1100
error: grant.toml, line 39: account is a number without quotes
hint: put it in quotes: "1100"

# a pattern that is a table
- account = ["1*"]
+ account = { from = "1000" }
error: grant.toml, line 39: account is a table, and a text belongs here
hint: write a text, in quotes: "…"

# a pattern with a line break
- account = ["1*"]
+ account = [
+ "1*", '''1
+ 2''' ]
error: grant.toml, line 40: an entry of account has a line break or another control character in it
hint: write it on one line; a backslash between double quotes has a meaning of its own, / has not

# a rule that an earlier one leaves nothing to, whatever it does with it
- description = "*shared*"
+ project = "p-1"
+ cost_centre = ["cc215", "cc20*", "CC20*"]
error: grant.toml, line 30: no line can reach this rule: it names the same patterns as the one in line 25
hint: the first rule that matches wins: take one of the two out, or change its patterns

# a second reason for the same lines
- [capital]
+ [[ineligible]]
+ reason = "Entertainment"
+ account = ["62*"]
+ [capital]
error: grant.toml, line 38: no line can reach this rule: it names the same patterns as the one in line 34
hint: the first rule that matches wins: take one of the two out, or change its patterns

# the same lines need no order twice
- [capital]
+ [[no_order_needed]]
+ supplier = "Payroll"
+ [[no_order_needed]]
+ supplier = "PAYROLL"
+ [capital]
error: grant.toml, line 40: no line can reach this rule: it names the same patterns as the one in line 38
hint: the first rule that matches wins: take one of the two out, or change its patterns

# no reason
- reason = "Hospitality"
error: grant.toml, line 34: [[ineligible]] has no reason
hint: add a line: reason = "Hospitality and entertainment"

# limits
- [capital]
+ [tolerance]
+ stream_overspend = "-1"
+ [virement]
+ limit = 10
+ [checks]
+ no_order_form = "1000.00"
+ order_limit = "5,000"
+ [capital]
error: grant.toml, line 39: stream_overspend is "-1", and it cannot be negative
hint: per cents are written in digits with at most 4 decimals, no commas, no signs: "33.3333"
error: grant.toml, line 41: limit is a number without quotes
hint: put it in quotes: "10"
error: grant.toml, line 43: no_order_form is no key of [checks]
hint: did you mean no_order_from?
error: grant.toml, line 44: order_limit is "5,000", which is not how amounts are written
hint: write "5000"; amounts are written in digits with at most 2 decimals, no commas, no signs: "1000.00"

# milestones
- [capital]
+ [[milestone]]
+ stream = "MOBIL"
+ name = "Legal review"
+ due = "2024-06-28"
+ kind = "assessment"
+ [[milestone]]
+ name = " LEGAL REVIEW"
+ due = 2024-06-28
+ kind = "assessment"
+ evidance = "The advice"
+ [[milestone]]
+ stream = "MOBILE"
+ [capital]
error: grant.toml, line 39: stream names a work stream that does not exist: "MOBIL"
hint: did you mean MOBILE?
error: grant.toml, line 41: due is a text, and a date belongs here
hint: write it without quotes: 2024-06-28
error: grant.toml, line 44: name is " LEGAL REVIEW", which line 40 has already
hint: give each milestone a name of its own
error: grant.toml, line 47: evidance is no key of [[milestone]]
hint: did you mean evidence?
error: grant.toml, line 48: [[milestone]] has no name
hint: add a line: name = "Evaluation published"
error: grant.toml, line 48: [[milestone]] has no due
hint: add a line: due = 2025-03-31
error: grant.toml, line 48: [[milestone]] has no kind
hint: add a line: kind = "evaluation"

# measures
- [capital]
+ [[measure]]
+ name = "alerts"
+ unit = "alerts"
+ work_streams = ["MOBILE", "EXISTNG"]
+ [[measure]]
+ name = "Alerts"
+ unit = ""
+ work_streams = "MOBILE"
+ [[measure]]
+ name = "days"
+ work_streams = []
+ [capital]
error: grant.toml, line 41: an entry of work_streams names a work stream that does not exist: "EXISTNG"
hint: did you mean EXISTING?
error: grant.toml, line 43: name is "Alerts", which line 39 has already
hint: give each measure a name of its own
error: grant.toml, line 44: unit is empty
hint: write something between the quotes
error: grant.toml, line 45: work_streams is a text, and a list of work streams belongs here
hint: write a list of codes: ["EXISTING", "NEW"]
error: grant.toml, line 46: [[measure]] has no unit
hint: add a line: unit = "days"
error: grant.toml, line 48: work_streams names no work stream
hint: write a list of codes: ["EXISTING", "NEW"]; without the key all of them count

# a stream in place of a work stream, though another table has that key
- work_stream = "MOBILE"
+ stream = "MOBILE"
error: grant.toml, line 26: stream is no key of [[allocation]]
hint: did you mean work_stream?

# a text without quotes
- vat = "irrecoverable"
+ vat = irrecoverable
error: grant.toml, line 9, column 7: is not TOML: Invalid value
hint: texts and amounts stand in straight quotes ("1000.00"), dates in none, year first (2024-04-01)

# quotes that are not closed
- vat = "irrecoverable"
+ vat = "irrecoverable
error: grant.toml, line 9, column 21: is not TOML: Illegal character '\n'
hint: the quotes that this line opens are not closed

# a Windows path
- vat = "irrecoverable"
+ store = "D:\grants\ledger.duckdb"
error: grant.toml, line 9, column 14: is not TOML: Unescaped '\' in a string
hint: in a Windows path write / in place of \, or put it in single quotes

# a key twice
- vat = "irrecoverable"
+ title = "Another"
error: grant.toml, line 9, column 18: is not TOML: Cannot overwrite a value
hint: the key or the table is there twice: take one of them out

# a table twice
- [capital]
+ [award]
error: grant.toml, line 38, column 7: is not TOML: Cannot declare [award] twice
hint: the table is there twice: take one out; only [[…]] may be repeated

# a list that is not closed
- account = ["1*"]
+ account = ["1*"
error: grant.toml, line 39: is not TOML: Unclosed array
hint: the list that begins with [ lacks its ]

# a line that is a remark, but for its #
- vat = "irrecoverable"
+ VAT is irrecoverable
error: grant.toml, line 9, column 5: is not TOML: Expected '=' after a key in a key/value pair
hint: a setting is written as key = value: vat = "recoverable"
"""


@dataclass(frozen=True)
class Mistake:
    title: str
    taken_out: str
    put_in: str
    shown: list[str]


def mistakes(cases: str) -> list[Mistake]:
    found = []
    for case in cases.strip().split("\n\n"):
        title, *lines = case.splitlines()
        taken_out = "\n".join(line[2:] for line in lines if line.startswith("- "))
        put_in = "\n".join(line[2:] for line in lines if line.startswith("+ "))
        messages = [line for line in lines if line.startswith(("error: ", "hint: "))]
        found.append(Mistake(title.removeprefix("# "), taken_out, put_in, messages))
    return found


@pytest.mark.parametrize("mistake", mistakes(MISTAKES), ids=lambda mistake: mistake.title)
def test_a_mistake_is_shown_with_its_line_and_its_remedy(grant_toml: Path, mistake: Mistake) -> None:
    assert mistake.taken_out in GOOD
    assert shown(grant_toml, GOOD.replace(mistake.taken_out, mistake.put_in, 1)) == mistake.shown


def test_every_mistake_is_found_in_one_reading_and_told_in_the_order_of_the_lines(grant_toml: Path) -> None:
    # None of these hides another: they stand in different tables, and partly in the same one.
    text = GOOD
    for mistake in mistakes(MISTAKES):
        if mistake.title in (
            "no reason",
            "a pattern that is a number",
            "a split that does not add up",
            "an allocation to a stream that does not exist",
            "a profile that does not add up",
            "budgets above the award",
            "a choice in capitals",
            "a text of blanks",
        ):
            text = text.replace(mistake.taken_out, mistake.put_in, 1)
    lines = [line.split(": ")[1] for line in shown(grant_toml, text) if line.startswith("error: ")]
    assert lines == [f"grant.toml, line {line}" for line in (4, 6, 9, 16, 26, 31, 34, 39)]


def test_a_file_without_an_award_and_work_streams(grant_toml: Path) -> None:
    assert shown(grant_toml, "# nothing yet\n") == [
        "error: grant.toml: there is no [award]",
        "hint: `grantkit init` in an empty folder writes one to go by",
        "error: grant.toml: there is no [[work_stream]]",
        "hint: name at least one, with its code, name, resource, capital and profile",
    ]


def test_misspelt_tables_are_not_said_to_be_missing_too(grant_toml: Path) -> None:
    text = GOOD.replace("[award]", "[awards]").replace("[[work_stream]]", "[[workstream]]")
    assert shown(grant_toml, text) == [
        "error: grant.toml, line 1: [awards] is no table that grantkit knows here",
        "hint: did you mean award?",
        "error: grant.toml, line 11: [workstream] is no table that grantkit knows here",
        "hint: did you mean work_stream?",
    ]


def test_tables_that_are_no_tables(grant_toml: Path) -> None:
    assert shown(grant_toml, 'award = 2\nwork_stream = "NEW"\nineligible = ["62*"]\n') == [
        "error: grant.toml, line 1: award is a number, and a table belongs here",
        "hint: write it in single brackets, and once: [award]",
        "error: grant.toml, line 2: work_stream is a text, and a list of tables belongs here",
        "hint: write [[work_stream]] in double brackets above each: there may be several",
        "error: grant.toml, line 3: an entry of ineligible is a text, and a table belongs here",
        "hint: write [[ineligible]] in double brackets above each: there may be several",
    ]


# What is no text, no TOML or no file


def test_windows_1252_is_named_with_its_line(grant_toml: Path) -> None:
    grant_toml.write_bytes(GOOD.replace("Home Office", "Home Office (£)").encode("cp1252"))
    with pytest.raises(SettingsError) as refused:
        read_settings(grant_toml)
    assert refused.value.lines() == [
        f"error: {grant_toml}, line 4: is not UTF-8: byte A3 (in Windows-1252: £)",
        "hint: open it in an editor and save it with the encoding UTF-8",
    ]


def test_utf_16_is_not_utf_8(grant_toml: Path) -> None:
    grant_toml.write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(SettingsError, match=r"is not UTF-8: byte F[EF]"):
        read_settings(grant_toml)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000], ids=["too deep", "too long"])
def test_what_python_itself_cannot_read(grant_toml: Path, text: str) -> None:
    assert shown(grant_toml, text) == [
        "error: grant.toml: a number is too long, or lists stand too deep inside one another, to be read",
        "hint: look for what was pasted here by mistake",
    ]


@pytest.mark.parametrize("number", ["nan", "-inf", "0x" + "F" * 5000], ids=["nan", "inf", "hexadecimal"])
def test_numbers_that_cannot_be_put_in_quotes(grant_toml: Path, number: str) -> None:
    assert shown(grant_toml, GOOD.replace('"1000.00"', number)) == [
        "error: grant.toml, line 6: amount is a number without quotes",
        'hint: put it in quotes: "…"',
    ]


def test_digits_of_another_script_are_none(grant_toml: Path) -> None:
    text = GOOD.replace('"1000.00"', r'"\u0661\u0660\u0660\u0660"')
    assert "which is not how amounts are written" in shown(grant_toml, text)[0]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="cannot be read") as refused:
        read_settings(tmp_path)
    assert refused.value.exit_code == 3


def test_a_missing_file_is_the_callers_to_explain(grant_toml: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_settings(grant_toml)


# Settings to begin with


def test_the_settings_to_begin_with_are_sound_and_name_the_pilots_streams(tmp_path: Path) -> None:
    path = write_settings(tmp_path / "grants" / "pilot")
    assert path == tmp_path / "grants" / "pilot" / "grant.toml"
    settings = read_settings(path)
    assert (settings.award.reference, settings.award.amount) == ("PCD 1663", Decimal("800000.00"))
    codes = [stream.code for stream in settings.work_streams]
    assert codes == ["EXISTING", "MOBILE", "NEW", "RESPONSE", "ENGAGE", "ASSURE", "EVAL"]
    text = path.read_text(encoding="utf-8")
    assert "BUDGETS AND PROFILES BELOW ARE MADE UP" in text
    assert "DATES BELOW ARE MADE UP" in text
    assert [milestone.name for milestone in settings.milestones] == [
        "Legal review",
        "DPIA reviewed for dismounted cameras",
        "EIA developed further",
        "London Policing Ethics Panel engaged",
        "Community groups engaged",
        "Local businesses engaged",
        "Police response in place before the first deployment",
        "Evaluation published",
        "Grant agreement published",
    ]
    assert [measure.name for measure in settings.measures] == [
        *("deployments", "deployment-days", "deployment-hours", "alerts", "people-engaged")
    ]


def test_settings_that_are_there_are_never_overwritten(grant_toml: Path) -> None:
    grant_toml.write_text("mine")
    with pytest.raises(RequestError) as refused:
        write_settings(grant_toml.parent)
    assert refused.value.lines() == [
        f"error: {grant_toml}: there are settings here already",
        "hint: edit that file, or name another folder with -w; nothing was overwritten",
    ]
    assert grant_toml.read_text() == "mine"


@pytest.mark.parametrize("below", [".", "deeper"])
def test_a_file_in_the_folders_place_cannot_be_written_into(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UnreadableError, match="cannot be written"):
        write_settings(tmp_path / "taken" / below)


def test_a_full_disk_leaves_no_half_of_a_file(grant_toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class FullDisk(BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    really_open = Path.open

    def opened(path: Path, mode: str = "r", **how: Any) -> Any:
        file = really_open(path, mode, **how)
        return FullDisk() if path == grant_toml else file

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(UnreadableError, match="cannot be written: No space left on device"):
        write_settings(grant_toml.parent)
    assert not grant_toml.exists()
