"""``grant.toml``: what is read from it, and each mistake with its line, its message and its remedy."""

from __future__ import annotations

import hashlib
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from grantkit.errors import RequestError, SettingsError, UnreadableError
from grantkit.settings import Settings, WorkStream, read_settings, write_settings

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


def mistakes_in(path: Path, text: str) -> list[tuple[int | None, str, str | None]]:
    """Every mistake of one reading: line, message, hint."""
    with pytest.raises(SettingsError) as refused:
        read(path, text)
    assert refused.value.exit_code == 2
    found = [refused.value, *refused.value.others]
    for mistake in found:
        assert mistake.where is not None
        assert mistake.where.file == str(path)
        assert all("\n" not in line for line in mistake.lines())
    return [(mistake.where.line if mistake.where else None, mistake.what, mistake.hint) for mistake in found]


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
    assert (settings.stream_overspend, settings.virement_limit) == (0, 10)
    assert (settings.no_order_from, settings.order_limit) == (1000, 5000)
    assert settings.no_order_needed == ()
    settings = read(grant_toml, GOOD + TABLES_THAT_MAY_BE_MISSING)
    assert (settings.stream_overspend, settings.virement_limit) == (Decimal("2.5"), Decimal("12.5"))
    assert (settings.no_order_from, settings.order_limit) == (500, 10000)
    assert settings.no_order_needed[0].patterns == {"supplier": ("Payroll",)}


def test_the_file_and_its_hash(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    assert settings.path == grant_toml
    assert settings.text_sha256 == hashlib.sha256(grant_toml.read_bytes()).hexdigest()


def test_settings_cannot_be_changed(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    with pytest.raises(ValidationError):
        settings.award.amount = Decimal(0)  # type: ignore[misc]


def test_a_stream_that_does_not_exist_is_answered_with_the_nearest(grant_toml: Path) -> None:
    settings = read(grant_toml, GOOD)
    with pytest.raises(RequestError) as refused:
        settings.stream("mobil")
    assert refused.value.lines() == ['error: there is no work stream "mobil"', "hint: did you mean MOBILE?"]
    with pytest.raises(RequestError) as refused:
        settings.stream("X")
    assert refused.value.hint == "what may stand here: EXISTING, MOBILE"


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
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace('"1000.00"', "'''1000.00'''"),
        GOOD.replace('profile = ["10", "30", "40", "20"]', 'profile = [ # ]\n "10",\n "30", "40", "20",\n]'),
        GOOD.replace("[[work_stream]]", "[[ work_stream ]]"),
        GOOD.replace("split = {", "split = {  "),
        GOOD.replace('split = { MOBILE = "66.6667", EXISTING = "33.3333" }\n', "")
        .replace('account = "62*"', 'account = "62*"\n[[allocation]]\ndescription = "*shared*"')
        .replace('[[allocation]]                          # line 30\ndescription = "*shared*"\n', "")
        .replace(
            "[capital] ",
            '[allocation.split]\nMOBILE = "66.6667"\nEXISTING = "33.3333"\n[capital] ',
        ),
    ],
    ids=["byte order mark", "CRLF", "long text", "list over lines", "spaces", "inline", "table of a table"],
)
def test_other_ways_to_write_the_same(grant_toml: Path, text: str) -> None:
    def without_places(settings: Settings) -> object:
        return settings.model_dump(
            exclude={"path", "text_sha256", "capital", "ineligible"}
            | {"allocation": {"__all__": {"line"}}}.keys() - {"allocation"}
        )

    expected, found = read(grant_toml, GOOD), read(grant_toml, text)
    assert found.award == expected.award
    assert found.work_streams == expected.work_streams
    assert [(rule.patterns, rule.split) for rule in found.allocation] == [
        (rule.patterns, rule.split) for rule in expected.allocation
    ]


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
