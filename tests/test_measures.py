"""Measures: files of what was counted, each value once, and what a unit of each measure costs; worked by hand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from product import Workspace, is_refused, settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.thorough

HEADER = ("date", "measure", "stream", "value")
STREAMS = {"EXISTING": ("30000.00", "30000.00"), "MOBILE": "40000.00", "ENGAGE": "10000.00"}
RULES = """
[[allocation]]
work_stream = "EXISTING"
cost_centre = "C1"
[[allocation]]
work_stream = "MOBILE"
cost_centre = "C2"
[[ineligible]]
reason = "Hospitality"
account = "62*"
[capital]
account = "1*"
[[measure]]
name = "deployment-days"
unit = "days"
work_streams = ["EXISTING", "MOBILE"]
[[measure]]
name = "People engaged"
unit = "people"
"""
INVOICES = (
    ("I1", 1, "S", "2024-05-01", "1000.00", "C1", "4100"),
    ("I2", 1, "S", "2024-06-01", "200.01", "C1", "1100"),
    ("I3", 1, "S", "2024-06-01", "99.00", "C1", "6200"),
    ("I4", 1, "S", "2024-08-01", "500.00", "C2", "4100"),
    ("I5", 1, "S", "2024-08-02", "30.00", "C9", "4100"),
)


@pytest.fixture
def award(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "award", settings(STREAMS, rules=RULES))


def spend(award: Workspace) -> None:
    header = ("document", "line", "supplier", "accounting_date", "net", "cost_centre", "account")
    award.write_csv("invoices.csv", header, INVOICES)
    award.take_in("invoices.csv")


def take_in(
    award: Workspace, rows: Sequence[Sequence[object]], *words: str, name: str = "m.csv", code: int = 0
) -> dict[str, Any]:
    award.write_csv(name, HEADER, rows)
    return dict(award.json("measure", "import", award.folder / name, *words, code=code))


def sums(award: Workspace, *words: str) -> dict[tuple[str, str], str]:
    found = award.json("measure", "list", *(words or ("--as-at", "2025-03-31")))["measures"]
    return {(row["measure"], row["work_stream"]): row["quantity"] for row in found}


def rows(**counts: int) -> dict[str, int]:
    return {"read": 0, "accepted": 0, "unchanged": 0, "restated": 0, "rejected": 0, **counts}


# --- what is taken in -------------------------------------------------------------------------------------------


def test_each_value_counts_once(award: Workspace) -> None:
    may = ("2024-05-31", "deployment-days", "EXISTING", "3")
    june = ("30/06/2024", "Deployment-Days", "existing", "1,250.50")
    assert take_in(award, [may])["rows"] == rows(read=1, accepted=1)
    assert take_in(award, [may, june, june], name="n.csv")["rows"] == rows(read=3, accepted=1, unchanged=2)
    assert sums(award) == {("deployment-days", "EXISTING"): "1253.5"}


def test_a_later_file_restates_and_the_older_value_is_kept(award: Workspace) -> None:
    take_in(award, [("2024-05-31", "deployment-days", "EXISTING", "3")])
    done = take_in(award, [("2024-05-31", "deployment-days", "EXISTING", "2.25")], name="n.csv")
    assert done["rows"] == rows(read=1, restated=1)
    assert [(each["row"], each["was"], each["now"]) for each in done["restated"]] == [(2, "3", "2.25")]
    assert sums(award) == {("deployment-days", "EXISTING"): "2.25"}
    (counts,) = award.query("select file, row, cast(value as varchar) as value from measure_values")
    assert counts == {"file": "n.csv", "row": 2, "value": "2.2500"}


def test_a_file_that_came_before_restates_nothing_unless_again(award: Workspace) -> None:
    old = [("2024-05-31", "deployment-days", "EXISTING", "3")]
    take_in(award, old)
    take_in(award, [("2024-05-31", "deployment-days", "EXISTING", "4")], name="n.csv")
    done = take_in(award, old)
    assert (done["entry"], done["rows"]) == (None, rows(read=1, unchanged=1))
    assert sums(award) == {("deployment-days", "EXISTING"): "4"}
    assert take_in(award, old, "--again")["rows"] == rows(read=1, restated=1)
    assert sums(award) == {("deployment-days", "EXISTING"): "3"}


def test_what_was_refused_for_the_settings_comes_in_once_they_are_right(award: Workspace) -> None:
    both = [
        ("2024-05-31", "deployment-days", "EXISTING", "3"),
        ("2024-05-31", "alerts", "EXISTING", "7"),
    ]
    assert take_in(award, both, code=1)["rows"] == rows(read=2, accepted=1, rejected=1)
    more = f'{RULES}\n[[measure]]\nname = "alerts"\nunit = "alerts"\n'
    award.write("grant.toml", settings(STREAMS, rules=more))
    assert take_in(award, both)["rows"] == rows(read=2, accepted=1, unchanged=1)
    assert sums(award)["alerts", "EXISTING"] == "7"


def test_one_value_twice_with_different_figures_is_refused_in_each_row(award: Workspace) -> None:
    done = take_in(
        award,
        [
            ("2024-05-31", "deployment-days", "EXISTING", "3"),
            ("31/05/2024", "deployment-days", "EXISTING", "4"),
            ("2024-05-31", "deployment-days", "EXISTING", "3"),
            ("2024-05-31", "deployment-days", "EXISTING", "-1"),
            ("2024-05-31", "deployment-days", "MOBILE", "0"),
        ],
        code=1,
    )
    assert done["rows"] == rows(read=5, accepted=1, rejected=4)
    codes = [(each["row"], each["code"]) for each in done["rejects"]]
    assert codes == [(2, "conflict"), (3, "conflict"), (4, "conflict"), (5, "negative-value")]
    assert sums(award) == {("deployment-days", "MOBILE"): "0"}


@pytest.mark.parametrize(
    ("row", "column", "code", "said"),
    [
        (("2024-05-31", "deployment-day", "EXISTING", "1"), "measure", "unknown-measure", "did you mean"),
        (("2024-05-31", "deployment-days", "MOBIL", "1"), "stream", "unknown-stream", "did you mean MOBILE?"),
        (("2024-05-31", "deployment-days", "ENGAGE", "1"), "stream", "wrong-stream", "EXISTING, MOBILE only"),
        (
            ("2024-03-31", "deployment-days", "MOBILE", "1"),
            "date",
            "outside-award",
            "2024-04-01 to 2025-03-31",
        ),
        (("2025-04-01", "deployment-days", "MOBILE", "1"), "date", "outside-award", "outside the award"),
        (("31 June 2024", "deployment-days", "MOBILE", "1"), "date", "bad-date", "write it as"),
        (("", "deployment-days", "MOBILE", "1"), "date", "missing-value", "must not be empty"),
        (("2024-05-31", "", "MOBILE", "1"), "measure", "missing-value", "must not be empty"),
        (("2024-05-31", "deployment-days", " ", "1"), "stream", "missing-value", "must not be empty"),
        (("2024-05-31", "deployment-days", "MOBILE", ""), "value", "missing-value", "must not be empty"),
        (("2024-05-31", "deployment-days", "MOBILE", "-0.5"), "value", "negative-value", "never below 0"),
        (("2024-05-31", "deployment-days", "MOBILE", "(2)"), "value", "negative-value", "never below 0"),
        (("2024-05-31", "deployment-days", "MOBILE", "1.23456"), "value", "bad-value", "four decimals"),
        (("2024-05-31", "deployment-days", "MOBILE", "1,2"), "value", "bad-value", "no number"),
        (("2024-05-31", "deployment-days", "MOBILE", "9" * 20), "value", "bad-value", "no number"),
        (("2024-05-31", "deployment-days", "MOBILE", "."), "value", "bad-value", "no number"),
    ],
)
def test_a_wrong_cell_costs_its_row_and_says_what_to_do(
    award: Workspace, row: tuple[str, ...], column: str, code: str, said: str
) -> None:
    good = ("2024-06-30", "deployment-days", "MOBILE", "1")
    done = take_in(award, [row, good], code=1)
    assert done["rows"] == rows(read=2, accepted=1, rejected=1)
    (reject,) = done["rejects"]
    assert (reject["row"], reject["column"], reject["code"]) == (2, column, code)
    assert said in reject["message"]
    assert sums(award) == {("deployment-days", "MOBILE"): "1"}


def test_strict_and_dry_run_keep_nothing(award: Workspace) -> None:
    good = ("2024-06-30", "deployment-days", "MOBILE", "1")
    bad = ("2024-06-30", "deployment-days", "MOBILE", "one")
    assert take_in(award, [good], "--dry-run")["rows"] == rows(read=1, accepted=1)
    assert not award.ledger.exists()
    strictly = take_in(award, [good, bad], "--strict", code=1)
    assert (strictly["entry"], strictly["rows"]) == (None, rows(read=2, accepted=1, rejected=1))
    assert sums(award) == {}
    assert not award.evidence.exists()


def test_what_is_taken_in_is_logged_and_its_file_kept(award: Workspace) -> None:
    done = take_in(award, [("2024-06-30", "deployment-days", "MOBILE", "1")])
    assert done["sha256"] == hashlib.sha256((award.folder / "m.csv").read_bytes()).hexdigest()
    assert (award.evidence / f"{done['sha256']}.zst").is_file()
    (logged,) = award.query("select arguments, result from audit_log where command = 'measure import'")
    assert done["sha256"] in str(logged["arguments"])
    assert '"rows_accepted": 1' in str(logged["result"])


def test_a_workbooks_dates_and_numbers_under_a_header_further_down(award: Workspace, tmp_path: Path) -> None:
    import datetime

    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (
        ["Measures of the pilot"],
        [],
        ["Value", "Remark", "STREAM", "Date", "Measure"],
        [7.1, "x", "Mobile", datetime.date(2024, 5, 31), "deployment-days"],
        [],
        ["many", None, "MOBILE", datetime.date(2024, 6, 30), "deployment-days"],
    ):
        sheet.append(row)
    sheet.title = "Counted"
    workbook.save(tmp_path / "m.xlsx")
    done = award.json("measure", "import", tmp_path / "m.xlsx", code=1)
    assert (done["sheet"], done["rows"]) == ("Counted", rows(read=2, accepted=1, rejected=1))
    assert [(each["row"], each["column"]) for each in done["rejects"]] == [(6, "Value")]
    assert sums(award) == {("deployment-days", "MOBILE"): "7.1"}


def test_semicolons_and_a_work_stream_by_its_longer_name(award: Workspace) -> None:
    award.write("m.csv", "Date;Measure;Work stream;Value\n31/05/2024;people engaged;ENGAGE;12\n")
    assert award.json("measure", "import", award.folder / "m.csv")["rows"] == rows(read=1, accepted=1)
    assert sums(award) == {("People engaged", "ENGAGE"): "12"}


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("date,measure,value\n2024-05-31,deployment-days,1\n", 2, "the header lacks stream"),
        ("a,b\n1,2\n", 2, "no row of it is a header of measures"),
        ("date,measure,stream,value,Value\n", 2, "the header has value 2 times"),
        ("", 3, "the file is empty"),
        ("%PDF-1.7", 3, "this is a PDF document"),
    ],
)
def test_a_file_that_is_none_of_measures_changes_nothing(
    award: Workspace, text: str, code: int, what: str
) -> None:
    award.write("m.csv", text)
    before = award.files()
    refused = award.run("measure", "import", award.folder / "m.csv")
    assert is_refused(refused, code)
    assert what in refused.err
    assert award.files() == before


def test_a_folder_of_ledgers_may_hold_measures(award: Workspace) -> None:
    spend(award)
    take_in(award, [("2024-06-30", "deployment-days", "MOBILE", "1")])
    done = award.run("import", award.folder)
    assert (done.code, "m.csv holds measures and is left out" in done.err) == (0, True)
    named = award.run("import", award.folder / "m.csv")
    assert is_refused(named)
    assert "grantkit measure import" in named.err


def test_a_measure_that_the_settings_name_no_longer_is_told(award: Workspace) -> None:
    take_in(award, [("2024-06-30", "deployment-days", "MOBILE", "1")])
    award.write("grant.toml", settings(STREAMS, rules=RULES.replace('"deployment-days"', '"days"')))
    found = award.json("measure", "list", "--as-at", "2025-03-31")
    assert found["measures"] == []
    assert found["unknown"] == [{"measure": "deployment-days", "work_stream": "MOBILE"}]
    assert "deployment-days in MOBILE was counted" in award.do("measure", "list").err


# --- what a unit costs ------------------------------------------------------------------------------------------


def test_cost_of_a_unit_by_stream_and_of_the_whole_award(award: Workspace) -> None:
    """EXISTING: 1,000.00 resource and 200.01 capital, the hospitality left out, on 7 days; MOBILE: 500.00 on 8.

    1,200.01 / 7 = 171.43; 1,000.00 / 7 = 142.857 = 142.86; 200.01 / 7 = 28.57; 500.00 / 8 = 62.50. The award with the
    30.00 that has no stream: 1,730.01 / 15 = 115.334 = 115.33; 1,530.00 / 15 = 102.00; 200.01 / 15 = 13.334 = 13.33.
    """
    spend(award)
    take_in(
        award,
        [
            ("2024-05-31", "deployment-days", "EXISTING", "3.5"),
            ("2024-06-30", "deployment-days", "EXISTING", "3.5"),
            ("2024-08-31", "deployment-days", "MOBILE", "8"),
            ("2024-09-30", "deployment-days", "MOBILE", "100"),
        ],
    )
    found = award.json("unit-costs", "--measure", "DEPLOYMENT-days")
    assert found["as_at"] == "2024-08-31"
    (costs,) = found["measures"]
    figures = ("eligible", "resource", "capital", "quantity", "cost_per_unit", "resource_per_unit")
    by_code = {
        row["code"]: tuple(row[each] for each in (*figures, "capital_per_unit"))
        for row in (*costs["work_streams"], costs["total"])
    }
    assert by_code == {
        "EXISTING": ("1200.01", "1000.00", "200.01", "7", "171.43", "142.86", "28.57"),
        "MOBILE": ("500.00", "500.00", "0.00", "8", "62.50", "62.50", "0.00"),
        "TOTAL": ("1730.01", "1530.00", "200.01", "15", "115.33", "102.00", "13.33"),
    }
    for row in (*costs["work_streams"], costs["total"]):
        traced = [award.json("trace", each, "--as-at", found["as_at"])["total"] for each in row["trace"]]
        assert sum(int(each.replace(".", "")) for each in traced) == int(row["eligible"].replace(".", ""))
    assert "1 value dated after" in award.do("unit-costs").err


def test_half_a_penny_is_rounded_up_and_a_credit_away_from_zero(award: Workspace) -> None:
    header = ("document", "line", "supplier", "accounting_date", "net", "cost_centre", "account")
    award.write_csv("up.csv", header, [("I1", 1, "S", "2024-05-01", "1.01", "C1", "4100")])
    award.write_csv("down.csv", header, [("I2", 1, "S", "2024-05-01", "-1.01", "C2", "4100")])
    award.take_in("up.csv")
    award.take_in("down.csv")
    take_in(award, [("2024-05-31", "deployment-days", code, "2") for code in ("EXISTING", "MOBILE")])
    rows = award.json("unit-costs", "--measure", "deployment-days")["measures"][0]["work_streams"]
    assert [row["cost_per_unit"] for row in rows] == ["0.51", "-0.51"]


def test_nothing_counted_has_no_unit_cost(award: Workspace) -> None:
    spend(award)
    take_in(award, [("2024-05-31", "deployment-days", "EXISTING", "0")])
    days, people = award.json("unit-costs")["measures"]
    assert [(row["code"], row["cost_per_unit"]) for row in days["work_streams"]] == [
        ("EXISTING", None),
        ("MOBILE", None),
    ]
    assert (days["total"]["quantity"], days["total"]["cost_per_unit"]) == ("0", None)
    assert people["work_streams"] == []
    assert (people["total"]["eligible"], people["total"]["cost_per_unit"]) == ("1730.01", None)


def test_an_earlier_date_counts_what_is_dated_up_to_it(award: Workspace) -> None:
    spend(award)
    take_in(
        award,
        [
            ("2024-05-31", "deployment-days", "EXISTING", "4"),
            ("2024-06-30", "deployment-days", "EXISTING", "5"),
        ],
    )
    (days, _) = award.json("unit-costs", "--as-at", "2024-05-31")["measures"]
    assert (days["work_streams"][0]["quantity"], days["work_streams"][0]["cost_per_unit"]) == ("4", "250.00")
    assert sums(award, "--as-at", "2024-05-31") == {("deployment-days", "EXISTING"): "4"}


def test_an_award_without_measures_says_so(tmp_path: Path) -> None:
    award = Workspace(tmp_path)
    refused = award.run("unit-costs")
    assert is_refused(refused)
    assert "[[measure]]" in refused.err
    assert award.json("measure", "list")["measures"] == []
