"""Half-open periods, quarters, anniversaries and shares by days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputRefused
from core.periods import (
    Period,
    add_months,
    claims_made_year,
    next_quarter,
    pro_rata,
    quarter_end,
    quarter_label,
    quarter_of,
    share_of_days,
    whole_years_between,
    year_from,
)

days = st.dates(date(1999, 1, 1), date(2099, 12, 31))


def test_a_period_holds_its_start_but_not_its_end():
    period = Period(date(2026, 1, 1), date(2027, 1, 1))
    assert period.contains(period.start)
    assert not period.contains(period.end)
    assert period.days == 365


def test_an_empty_or_reversed_period_is_refused():
    with pytest.raises(InputRefused, match="not after its start"):
        Period(date(2026, 1, 1), date(2026, 1, 1))


@given(days, days, days, days)
def test_two_periods_overlap_exactly_where_a_day_is_in_both(a, b, c, d):
    if a == b or c == d:
        return
    one, two = Period(min(a, b), max(a, b)), Period(min(c, d), max(c, d))
    shared = one.intersection(two)
    assert (shared is not None) == one.overlaps(two) == two.overlaps(one)
    if shared is not None:
        assert one.contains(shared.start)
        assert two.contains(shared.end - timedelta(days=1))


def test_touching_periods_do_not_overlap():
    first, second = year_from(date(2026, 1, 1)), year_from(date(2027, 1, 1))
    assert first.intersection(second) is None


@given(days)
def test_quarters_cover_every_day_once(day):
    quarter = quarter_of(day)
    assert quarter.contains(day)
    assert quarter.end == next_quarter(day).start == quarter_end(day) + timedelta(days=1)
    assert 90 <= quarter.days <= 92


def test_a_quarter_has_a_name():
    assert quarter_label(date(2026, 9, 30)) == "2026-Q3"
    assert quarter_end(date(2026, 8, 1)) == date(2026, 9, 30)


@pytest.mark.parametrize(
    ("day", "months", "moved"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-03-15", -3, "2025-12-15"),
    ],
)
def test_months_move_to_the_last_day_a_month_has(day, months, moved):
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(moved)


def test_a_year_has_365_or_366_days():
    assert year_from(date(2026, 1, 1)).days == 365
    assert year_from(date(2027, 3, 1)).days == 366


@pytest.mark.parametrize(
    ("retro", "inception", "year"),
    [
        ("2026-01-01", "2026-01-01", 1),
        ("2025-01-01", "2026-01-01", 2),
        ("2025-01-02", "2026-01-01", 1),
        ("2024-02-29", "2025-02-28", 1),
        ("2024-02-29", "2025-03-01", 2),
        ("2010-01-01", "2026-01-01", 6),
    ],
)
def test_the_claims_made_year_counts_anniversaries_up_to_six(retro, inception, year):
    assert claims_made_year(date.fromisoformat(retro), date.fromisoformat(inception)) == year


def test_a_retroactive_date_after_inception_is_refused():
    with pytest.raises(InputRefused, match="is before"):
        whole_years_between(date(2026, 1, 2), date(2026, 1, 1))


def test_days_left_of_the_term():
    term = year_from(date(2026, 1, 1))
    assert share_of_days(term, term.start + timedelta(days=120)) == (245, 365)
    assert pro_rata(Decimal("3084.32"), term, term.start + timedelta(days=120)) == Decimal("2070.30")


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 2)])
def test_a_day_outside_the_term_is_refused(day):
    with pytest.raises(InputRefused, match="outside the term"):
        share_of_days(year_from(date(2026, 1, 1)), day)
