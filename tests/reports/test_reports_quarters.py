"""Quarter names and due moments."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputRefused
from reports.quarters import midnight, quarter_ended, quarter_named, quarter_ticks

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


def test_a_quarter_is_three_months():
    assert quarter_named("2026-Q4").start == date(2026, 10, 1)
    assert quarter_named("2026-Q4").end == date(2027, 1, 1)


@pytest.mark.parametrize("name", ["2026-Q5", "2026Q4", "26-Q1", "", "2026-Q0", "2026-Q44"])
def test_another_form_is_refused_with_the_right_one(name):
    with pytest.raises(InputRefused) as refused:
        quarter_named(name)
    assert "2026-Q3" in str(refused.value.limit)


@given(MOMENTS, st.integers(0, 1500))
def test_ticks_are_all_first_days_of_quarters_in_the_window(after, days):
    until = after + timedelta(days=days)
    every_day = (midnight((after + timedelta(days=n)).date()) for n in range(days + 2))
    expected = [day for day in every_day if after < day <= until and day.day == 1 and day.month in (1, 4, 7, 10)]
    assert list(quarter_ticks(after, until)) == expected


def test_the_quarter_of_a_tick_is_the_one_that_ended():
    assert quarter_ended(datetime(2027, 1, 1, tzinfo=UTC)) == date(2026, 12, 31)
