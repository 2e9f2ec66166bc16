"""Exact money: half up, instalments that sum, refused floats."""

from decimal import ROUND_DOWN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputRefused
from core.money import amount_text, cents, currency_code, instalments, money_text, round_half_up, to_cents, to_decimal

amounts = st.integers(-(10**12), 10**12).map(lambda c: Decimal(c) / 100)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.005", "0.01"), ("0.015", "0.02"), ("0.025", "0.03"), ("-0.005", "-0.01"), ("2.0049", "2.00")],
)
def test_halves_go_away_from_zero(value, rounded):
    assert str(cents(Decimal(value))) == rounded


def test_rounding_ignores_the_threads_context():
    with localcontext(prec=4, rounding=ROUND_DOWN):
        assert round_half_up(Decimal("19319.565"), 2) == Decimal("19319.57")


@given(amounts, st.integers(1, 24))
def test_instalments_sum_to_the_total_and_differ_by_a_cent_at_most(total, count):
    parts = instalments(total, count)
    assert (sum(parts), len(parts)) == (total, count)
    assert max(parts) - min(parts) <= Decimal("0.01")


def test_odd_cents_fall_on_the_first_instalments():
    assert [str(part) for part in instalments(Decimal("100.02"), 4)] == ["25.01", "25.01", "25.00", "25.00"]


def test_no_instalments_and_fractions_of_a_cent_are_refused():
    with pytest.raises(InputRefused, match="at least one"):
        instalments(Decimal(1), 0)
    with pytest.raises(InputRefused, match="fraction of a cent"):
        to_cents(Decimal("0.001"))


@pytest.mark.parametrize("value", [0.1, True, None, "ten", "NaN", "Infinity", [], "1,000"])
def test_what_is_not_an_exact_finite_number_is_refused(value):
    with pytest.raises(InputRefused) as refusal:
        to_decimal(value, field="limit")
    assert (refusal.value.field, bool(refusal.value.remedy)) == ("limit", True)


@pytest.mark.parametrize("value", ["0.10", 7, Decimal("1e-9")])
def test_text_integers_and_decimals_are_exact(value):
    assert to_decimal(value) == Decimal(value)


def test_money_is_printed_with_thousands_and_its_currency():
    assert money_text(Decimal("19319.555"), "USD") == "USD 19,319.56"
    assert amount_text(Decimal("-1234567.8")) == "-1,234,567.80"


@pytest.mark.parametrize("code", ["usd", "US", "XXX", ""])
def test_a_code_that_is_no_currency_is_refused(code):
    with pytest.raises(InputRefused, match="not a currency"):
        currency_code(code)
