"""Bounds against DOMAIN's published vectors, scipy's own routines and brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from audits.engine.bounds import (
    Rate,
    cp_interval,
    cp_lower,
    cp_upper,
    difference_p,
    fisher_p,
    gap_interval,
    holm,
    newcombe,
    pooled_z,
    ratio_interval,
    six,
    six_apart,
    wald,
    wilson,
)

REFERENCE, GROUP = Rate(1620, 3000), Rate(570, 1200)

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
rates = counts.map(lambda pair: Rate(*pair))


@pytest.mark.parametrize(
    ("k", "n", "u"), [(60, 2000, "0.035499"), (46, 1000, "0.055691"), (20, 500, "0.053707"), (300, 300, "1.000000")]
)
def test_upper_bounds_of_the_worked_example(k, n, u):
    assert six(cp_upper(k, n, 0.9)) == u


@pytest.mark.parametrize(
    ("k", "n", "gamma", "u"), [(12, 240, 0.90, 0.0732), (12, 240, 0.95, 0.0798), (48, 1760, 0.90, 0.0329)]
)
def test_slice_bounds_of_the_domain_page(k, n, gamma, u):
    assert cp_upper(k, n, gamma) == pytest.approx(u, abs=5e-5)


@pytest.mark.parametrize(("n", "u"), [(100, 0.127), (500, 0.098), (2000, 0.088)])
def test_fewer_rows_at_eight_per_cent_are_dearer(n, u):
    assert cp_upper(round(0.08 * n), n, 0.9) == pytest.approx(u, abs=6e-4)


def test_rule_of_three():
    assert cp_upper(0, 300, 0.95) == pytest.approx(0.00994, abs=5e-6)
    assert cp_upper(0, 230, 0.90) <= 0.01 < cp_upper(0, 229, 0.90)


def test_gap_of_the_worked_example():
    assert six(wald(REFERENCE, GROUP, 1.281551565545).high) == "0.086847"
    assert six(gap_interval(REFERENCE, GROUP).high) == "0.086847"


def test_ratio_z_and_fisher_of_the_worked_example():
    interval = ratio_interval(GROUP, REFERENCE)
    assert GROUP.value / REFERENCE.value == pytest.approx(0.8796, abs=5e-5)
    assert (interval.low, interval.high) == pytest.approx((0.8218, 0.9416), abs=5e-5)
    assert pooled_z(REFERENCE, GROUP) == pytest.approx(3.810, abs=5e-4)
    assert fisher_p(REFERENCE, GROUP) == pytest.approx(0.00015, abs=5e-6)


@given(counts, st.floats(0.5, 0.99))
def test_exact_interval_is_scipys(pair, confidence):
    ours, peer = cp_interval(*pair, confidence), stats.binomtest(*pair).proportion_ci(confidence, "exact")
    assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), abs=1e-9)


@given(rates, st.floats(0.5, 0.99))
def test_wilson_is_scipys(rate, confidence):
    ours = wilson(rate, stats.norm.ppf(0.5 + confidence / 2))
    peer = stats.binomtest(int(rate.k), int(rate.n)).proportion_ci(confidence, "wilson")
    assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0)],
)
def test_newcombe_of_his_1998_table(first, second, low, high):
    """Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10."""
    interval = newcombe(Rate(*first), Rate(*second), 1.959963984540)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@given(counts)
def test_a_failing_row_never_lowers_the_bound_and_a_passing_row_never_raises_it(pair):
    k, n = pair
    u = cp_upper(k, n, 0.9)
    assert cp_upper(k + 1, n + 1, 0.9) >= u >= cp_upper(k, n + 1, 0.9)
    assert cp_lower(k, n, 0.9) <= k / n <= u


@given(rates, rates)
def test_priced_gap_holds_point_and_zero(first, second):
    interval = gap_interval(first, second)
    assert interval.low <= first.value - second.value <= interval.high
    assert interval.high >= 0


def test_fisher_stands_in_for_small_cells_only():
    assert difference_p(Rate(3, 40), Rate(12, 50))[1] == "Fisher exact"
    p, method = difference_p(Rate(30, 400), Rate(60, 500))
    peer = stats.chi2_contingency([[30, 370], [60, 440]], correction=False).pvalue
    assert (p, method) == (pytest.approx(peer), "z")


def test_no_ratio_without_a_count():
    assert ratio_interval(Rate(0, 10), Rate(5, 10)) is None


def test_holm_multiplies_by_what_is_left_and_never_falls():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_six_decimals_round_half_up_and_add_up():
    assert [six(value) for value in (0.0000005, 0.1234565, 1.0, 0.0)] == [
        "0.000001",
        "0.123457",
        "1.000000",
        "0.000000",
    ]
    assert six_apart(0.246534, 0.227598) == "0.018936"
