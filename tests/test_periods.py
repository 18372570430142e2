"""Months, quarters and budgets to date, worked by hand from the contract, section 4."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from grantkit.periods import Quarter, budget_to_date, month_end, months_elapsed, months_in, quarters

YEAR = (date(2024, 4, 1), date(2025, 3, 31))
PROFILE = tuple(Decimal(per_cent) for per_cent in ("10", "30", "40", "20"))


def spans(starts: date, ends: date) -> list[tuple[str, str, str, int]]:
    return [(q.name, q.starts.isoformat(), q.ends.isoformat(), q.months) for q in quarters(starts, ends)]


def test_a_financial_year_has_four_quarters_of_three_months() -> None:
    assert spans(*YEAR) == [
        ("Q1", "2024-04-01", "2024-06-30", 3),
        ("Q2", "2024-07-01", "2024-09-30", 3),
        ("Q3", "2024-10-01", "2024-12-31", 3),
        ("Q4", "2025-01-01", "2025-03-31", 3),
    ]
    assert quarters(*YEAR)[3] == Quarter("Q4", 4, date(2025, 1, 1), date(2025, 3, 31), 3)


def test_fourteen_months_end_in_a_quarter_of_two() -> None:
    assert spans(date(2024, 4, 1), date(2025, 5, 31))[-2:] == [
        ("Q4", "2025-01-01", "2025-03-31", 3),
        ("Q5", "2025-04-01", "2025-05-31", 2),
    ]
    assert months_in(date(2024, 4, 1), date(2025, 5, 31)) == 14


def test_an_award_of_one_month_is_one_quarter_of_one_month() -> None:
    assert spans(date(2024, 2, 1), date(2024, 2, 29)) == [("Q1", "2024-02-01", "2024-02-29", 1)]


def test_an_award_of_one_day_is_one_quarter_of_one_month() -> None:
    assert spans(date(2024, 2, 10), date(2024, 2, 10)) == [("Q1", "2024-02-10", "2024-02-10", 1)]


def test_a_start_on_the_15th_shortens_the_first_quarter_and_moves_no_other() -> None:
    assert spans(date(2024, 5, 15), date(2024, 12, 10)) == [
        ("Q1", "2024-05-15", "2024-07-31", 3),
        ("Q2", "2024-08-01", "2024-10-31", 3),
        ("Q3", "2024-11-01", "2024-12-10", 2),
    ]
    assert months_in(date(2024, 5, 15), date(2024, 12, 10)) == 8


def test_eighteen_months_are_six_whole_quarters() -> None:
    found = quarters(date(2024, 10, 1), date(2026, 3, 31))
    assert [q.name for q in found] == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6"]
    assert {q.months for q in found} == {3}
    assert (found[1].starts, found[1].ends) == (date(2025, 1, 1), date(2025, 3, 31))


def test_the_last_month_that_a_calendar_knows_is_no_obstacle() -> None:
    assert spans(date(9999, 11, 1), date(9999, 12, 31)) == [("Q1", "9999-11-01", "9999-12-31", 2)]


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2024, 2, 1), date(2024, 2, 29)),
        (date(2025, 2, 28), date(2025, 2, 28)),
        (date(2024, 12, 31), date(2024, 12, 31)),
    ],
)
def test_month_end(day: date, end: date) -> None:
    assert month_end(day) == end


@pytest.mark.parametrize(
    ("as_at", "months"),
    [
        (date(2023, 12, 31), 0),  # long before the award
        (date(2024, 3, 31), 0),  # the day before it
        (date(2024, 4, 1), 0),
        (date(2024, 4, 29), 0),
        (date(2024, 4, 30), 1),
        (date(2024, 5, 15), 1),  # mid-month: the month has not elapsed
        (date(2024, 9, 30), 6),
        (date(2024, 12, 31), 9),
        (date(2025, 2, 28), 11),
        (date(2025, 3, 30), 11),
        (date(2025, 3, 31), 12),
        (date(2026, 3, 31), 12),  # after the award no more elapse
    ],
)
def test_months_elapsed_of_a_financial_year(as_at: date, months: int) -> None:
    assert months_elapsed(*YEAR, as_at) == months


@pytest.mark.parametrize(
    ("as_at", "months"),
    [
        (date(2024, 5, 14), 0),  # the day before the award, within its first month
        (date(2024, 5, 31), 1),  # 17 days of May count as a whole month
        (date(2024, 11, 30), 7),
        (date(2024, 12, 9), 7),
        (date(2024, 12, 10), 8),  # the award's last day ends its last month
        (date(2024, 12, 31), 8),
    ],
)
def test_months_elapsed_where_an_award_begins_and_ends_mid_month(as_at: date, months: int) -> None:
    assert months_elapsed(date(2024, 5, 15), date(2024, 12, 10), as_at) == months


@pytest.mark.parametrize(
    ("as_at", "pounds"),
    [
        (date(2024, 3, 31), "0.00"),
        (date(2024, 4, 30), "5000.00"),  # a third of Q1's 10 %
        (date(2024, 6, 29), "10000.00"),
        (date(2024, 6, 30), "15000.00"),
        (date(2024, 8, 31), "45000.00"),  # Q1, and two thirds of Q2's 30 %
        (date(2024, 9, 30), "60000.00"),
        (date(2025, 3, 30), "140000.00"),
        (date(2025, 3, 31), "150000.00"),
        (date(2025, 9, 30), "150000.00"),
    ],
)
def test_budget_to_date(as_at: date, pounds: str) -> None:
    assert budget_to_date(Decimal("150000.00"), PROFILE, *YEAR, as_at) == Decimal(pounds)


def test_budget_to_date_is_rounded_once_half_up() -> None:
    # 0.05 x 10 % is half a penny; and 0.05 x (10 % + a third of 30 %) is a whole one, where rounding
    # each quarter by itself would give two.
    assert budget_to_date(Decimal("0.05"), PROFILE, *YEAR, date(2024, 6, 30)) == Decimal("0.01")
    assert budget_to_date(Decimal("0.05"), PROFILE, *YEAR, date(2024, 7, 31)) == Decimal("0.01")


def test_budget_to_date_is_exact_before_it_is_rounded() -> None:
    thirds = (Decimal("33.3333"), Decimal("33.3333"), Decimal("33.3334"))
    starts, ends = date(2024, 4, 1), date(2024, 12, 31)
    # 1,234,567.89 x 33.3333 % / 3 = 137,174.0728...
    budget = Decimal("1234567.89")
    assert budget_to_date(budget, thirds, starts, ends, date(2024, 4, 30)) == Decimal("137174.07")
    assert budget_to_date(budget, thirds, starts, ends, ends) == budget


def test_budget_to_date_in_a_last_quarter_of_two_months() -> None:
    profile = [Decimal(per_cent) for per_cent in ("20", "20", "20", "20", "20")]
    starts, ends = date(2024, 4, 1), date(2025, 5, 20)
    assert budget_to_date(Decimal("1000.00"), profile, starts, ends, date(2025, 4, 30)) == Decimal("900.00")
    assert budget_to_date(Decimal("1000.00"), profile, starts, ends, date(2025, 5, 19)) == Decimal("900.00")
    assert budget_to_date(Decimal("1000.00"), profile, starts, ends, date(2025, 5, 20)) == Decimal("1000.00")


def test_budget_to_date_keeps_the_two_decimals_of_a_budget_of_nothing() -> None:
    assert str(budget_to_date(Decimal("0.00"), PROFILE, *YEAR, date(2024, 9, 30))) == "0.00"


def test_a_profile_needs_one_entry_for_each_quarter() -> None:
    with pytest.raises(ValueError, match="argument"):
        budget_to_date(Decimal("1.00"), PROFILE[:3], *YEAR, date(2024, 9, 30))
