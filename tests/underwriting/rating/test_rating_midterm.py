"""Endorsements, cancellations and the premium audit (DOMAIN 4.3; 1.0, rule 17)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating_examples import plan, rate

from core.errors import InputRefused
from core.periods import Period, year_from
from underwriting.rating.midterm import (
    earned,
    endorsement_premium,
    exposure_true_up,
    retained,
    short_rate_return,
    transaction_taxes,
    unearned,
)

TERM = year_from(date(2026, 1, 1))
SHORT = plan().midterm.short_rate
amounts = st.integers(0, 10**9).map(lambda c: Decimal(c) / 100)
days = st.integers(0, 365).map(lambda n: TERM.start + timedelta(days=n))


def test_raising_the_limit_on_day_120_costs_2_070_30():
    old, new = rate().premium, rate(limit="5000000", aggregate="5000000").premium
    extra = endorsement_premium(old, new, TERM, TERM.start + timedelta(days=120))
    assert str(extra) == "2070.30"


@given(old=amounts, new=amounts, day=days)
def test_there_and_back_on_one_day_costs_nothing(old, new, day):
    assert endorsement_premium(old, new, TERM, day) + endorsement_premium(new, old, TERM, day) == 0


@given(premium=amounts, day=days)
def test_earned_and_return_make_the_premium(premium, day):
    assert earned(premium, TERM, day) + unearned(premium, TERM, day) == premium


@given(premium=amounts)
def test_daily_earned_premium_sums_to_the_premium(premium):
    earned_by = [earned(premium, TERM, TERM.start + timedelta(days=n)) for n in range(366)]
    assert earned_by[0] == 0
    assert sum(b - a for a, b in pairwise(earned_by)) == premium
    assert earned_by == sorted(earned_by)


@given(premium=amounts, day=days)
def test_short_rate_never_returns_more_than_pro_rata(premium, day):
    assert 0 <= short_rate_return(premium, TERM, day, SHORT) <= unearned(premium, TERM, day)


def test_short_rate_is_ninety_per_cent_of_the_pro_rata_return():
    day = TERM.start + timedelta(days=73)
    assert unearned(Decimal("1000.00"), TERM, day) == Decimal("800.00")
    assert short_rate_return(Decimal("1000.00"), TERM, day, SHORT) == Decimal("720.00")


def test_a_leap_term_has_366_days():
    leap = year_from(date(2027, 3, 1))
    assert leap.days == 366
    assert unearned(Decimal("366.00"), leap, date(2027, 3, 2)) == Decimal("365.00")


def test_the_minimum_retained_premium_cuts_the_return():
    assert retained(Decimal(1000), Decimal(800), Decimal(250)) == Decimal(750)
    assert retained(Decimal(1000), Decimal(800), Decimal(1200)) == 0


def test_taxes_on_a_return_are_rounded_line_by_line():
    lines = plan().taxes.lines("US-NY", date(2026, 6, 1))
    charges = transaction_taxes(Decimal("-2070.30"), lines)
    assert [str(charge.amount) for charge in charges] == ["-74.53", "-3.11"]


def test_the_premium_audit_keeps_the_minimum_deposit():
    share = plan().midterm.minimum_deposit_share
    assert exposure_true_up(Decimal("1000.00"), Decimal("500.00"), share) == Decimal("-200.00")
    assert exposure_true_up(Decimal("1000.00"), Decimal("1300.00"), share) == Decimal("300.00")


def test_a_day_outside_the_term_is_refused():
    with pytest.raises(InputRefused, match="outside the term"):
        endorsement_premium(Decimal(1), Decimal(2), Period(date(2026, 1, 1), date(2027, 1, 1)), date(2027, 1, 2))
