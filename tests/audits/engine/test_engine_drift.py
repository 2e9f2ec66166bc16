"""Trend, change and shift against scipy's optimiser, scipy's KS and arithmetic by hand."""

import math

import numpy as np
import pytest
from engine_examples import CALIFORNIA, audit, check, frame_of, table
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from audits.engine import frame_from_arrays
from audits.engine.poisson import poisson_slope
from audits.engine.shift import ks_distance, psi, shift_of
from audits.suites import suite_load

PLAN = {"timestamp": "t", "period": "month"}


def brute_slope(errors, exposure, time):
    """Slope and its unscaled standard error by a general optimiser on the full likelihood."""

    def loss(theta):
        mean = exposure * np.exp(theta[0] + theta[1] * time)
        return float((mean - errors * np.log(mean)).sum())

    start = [math.log(errors.sum() / exposure.sum()), 0.0]
    best = optimize.minimize(
        loss, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 9999}
    )
    mean = exposure * np.exp(best.x[0] + best.x[1] * time)
    design = np.stack([np.ones_like(time), time])
    covariance = np.linalg.inv((design * mean) @ design.T)
    dispersion = max(1.0, float(((errors - mean) ** 2 / mean).sum()) / (len(time) - 2))
    return best.x[1], math.sqrt(covariance[1, 1] * dispersion)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 24), st.floats(-1, 1))
def test_slope_is_the_maximum_of_the_likelihood(seed, periods, slope):
    rng = np.random.default_rng(seed)
    time, exposure = np.arange(periods) / 12, rng.integers(200, 900, periods).astype(float)
    errors = rng.poisson(exposure * 0.1 * np.exp(slope * time)).astype(float)
    ours, (g, se) = poisson_slope(errors, exposure, time), brute_slope(errors, exposure, time)
    assert (ours.g, ours.se) == pytest.approx((g, se), abs=2e-5)


def test_a_constant_rate_has_no_slope():
    found = poisson_slope(np.full(8, 30.0), np.full(8, 300.0), np.arange(8) / 4)
    assert (found.g, found.dispersion) == (pytest.approx(0, abs=1e-12), 1.0)
    assert found.upper(1.281551565545) == pytest.approx(1.281551565545 * found.se)


def test_an_exact_exponential_is_found_exactly():
    time = np.arange(12) / 12
    found = poisson_slope(1000 * 0.1 * np.exp(0.7 * time), np.full(12, 1000.0), time)
    assert found.g == pytest.approx(0.7, abs=1e-9)


def test_improvement_is_not_extrapolated():
    time = np.arange(12) / 12
    found = poisson_slope(np.round(5000 * np.exp(-2 * time)), np.full(12, 1e5), time)
    assert (found.g < 0, found.upper(1.28)) == (True, 0.0)


@pytest.mark.parametrize("errors", [[0, 0, 0, 0], [5, 0, 0, 0], [0, 0, 0, 5]])
def test_no_slope_where_the_likelihood_has_no_maximum(errors):
    assert poisson_slope(np.array(errors, float), np.full(4, 100.0), np.arange(4.0)) is None


def dated(months: int, rows: int, k: list[int]) -> dict[str, object]:
    """`rows` decisions in each month from January 2025 with k[i] false positives in month i."""
    times = np.datetime64("2025-01-15T10:00:00", "us").astype("datetime64[M]") + np.repeat(np.arange(months), rows)
    decided = np.concatenate([np.arange(rows) < count for count in k]).astype(int)
    return {"t": times.astype("datetime64[us]"), "y": np.zeros(months * rows, int), "d": decided}


def test_drift_dimension_stores_slope_error_and_bound():
    found = audit(dated(6, 200, [10, 12, 9, 14, 15, 13]), drift=PLAN)
    g, se = brute_slope(np.array([10, 12, 9, 14, 15, 13.0]), np.full(6, 200.0), np.arange(6) / 12)
    figures = found.dimensions["drift"].figures
    assert [float(figures[name]) for name in ("g", "se")] == pytest.approx([g, se], abs=1e-5)
    assert float(figures["u"]) == pytest.approx(max(0, g + 1.281551565545 * se), abs=2e-5)
    assert (figures["periods"], figures["n"]) == (6, 1200)


def test_quarters_hold_three_months():
    found = audit(dated(12, 50, [5] * 12), drift={**PLAN, "period": "quarter"})
    rows = found.sections["drift"]["periods"].rows
    assert [row[:3] for row in rows] == [(f"2025 Q{quarter}", 150, 15) for quarter in (1, 2, 3, 4)]


def test_a_month_without_rows_still_takes_its_time():
    arrays = dated(5, 100, [5, 8, 0, 20, 30])
    kept = np.repeat(np.arange(5), 100) != 2
    found = audit({name: values[kept] for name, values in arrays.items()}, drift=PLAN)
    g, _ = brute_slope(np.array([5, 8, 20, 30.0]), np.full(4, 100.0), np.array([0, 1, 3, 4]) / 12)
    assert float(found.dimensions["drift"].figures["g"]) == pytest.approx(g, abs=1e-4)


@pytest.mark.parametrize(("k", "words"), [([3, 4, 5], "3 calendar periods"), ([0, 0, 0, 0], "no period")])
def test_too_little_history_cannot_tell(k, words):
    found = audit(dated(len(k), 50, k), drift=PLAN)
    assert found.dimensions["drift"].state == "cannot_tell"
    assert words in found.dimensions["drift"].reason


def test_no_drift_plan_is_not_run():
    assert audit({"y": [0, 1], "d": [0, 1]}).dimensions["drift"].state == "not_run"


def test_without_a_reference_the_dated_rows_are_halved():
    found = audit(dated(4, 50, [5, 5, 5, 5]), drift=PLAN)
    before, after = found.sections["drift"]["parts"].rows
    assert (before[1], after[1]) == (100, 100)
    assert "2025-02-01" in before[-1]


def test_rows_without_a_time_are_left_out_of_the_trend_only():
    arrays = dated(4, 50, [5, 6, 7, 8])
    arrays["t"] = np.concatenate([arrays["t"][:150], np.full(50, np.datetime64("NaT", "us"))])
    found = audit(arrays, drift=PLAN)
    assert (found.dimensions["drift"].figures["n"], found.dimensions["error"].figures["n"]) == (150, 200)


def test_psi_by_hand():
    before, after = np.array([[100, 200, 700]]), np.array([[250, 250, 500]])
    r, a = ((counts[0] + 0.5) / (1000 + 1.5) for counts in (before, after))
    expected = sum((y - x) * math.log(y / x) for x, y in zip(r, a, strict=True))
    assert psi(before, after)[0] == pytest.approx(expected)
    by_hand = 0.15 * math.log(2.5) + 0.05 * math.log(1.25) + 0.2 * math.log(1.4)  # without the half rows
    assert expected == pytest.approx(by_hand, abs=0.001)


def test_equal_parts_have_no_psi_and_an_empty_bin_stays_finite():
    assert psi(np.array([[5, 0, 9]]), np.array([[5, 0, 9]]))[0] == 0
    assert 0 < psi(np.array([[10, 0]]), np.array([[0, 10]]))[0] < 10


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=60), st.lists(st.integers(0, 9), min_size=2, max_size=60))
def test_ks_is_scipys(first, second):
    ours = ks_distance(np.array(first, float), np.array(second, float))
    peer = stats.ks_2samp(first, second, method="asymp")
    assert ours == pytest.approx((peer.statistic, peer.pvalue), abs=1e-12)


def shift(values, later):
    column = frame_from_arrays({"x": values}).columns["x"]
    return shift_of(column, ~np.asarray(later), np.asarray(later), suite_load(), 1)


def test_missing_cells_are_a_bin_of_their_own():
    values = [1.0, 2.0] * 100 + [1.0, 2.0] * 50 + [None] * 100
    found = shift(values, [False] * 200 + [True] * 200)
    assert found.psi > 0.25
    assert (found.ks, found.later_rows) == (0, 200)


def test_a_category_shifts_without_a_distance():
    found = shift(["a"] * 90 + ["b"] * 10 + ["a"] * 10 + ["b"] * 90, [False] * 100 + [True] * 100)
    assert (found.ks, found.bins) == (None, 3)
    assert found.interval.low <= found.psi <= found.interval.high


def test_what_cannot_be_compared_says_why():
    assert "no value" in shift([1.0, None], [False, True])
    assert "2 different" not in shift([f"v{i}" for i in range(300)], [i >= 150 for i in range(300)])
    assert "300 different values" in shift([f"v{i}" for i in range(300)], [i >= 150 for i in range(300)])


def test_california_shift_is_found_where_scipy_finds_it():
    found = table("california_housing_predictions.csv.gz")
    result = audit(frame_of(found), CALIFORNIA)
    parts = [found.loc[found["partition"] == name, "MedInc"] for name in ("reference", "analysis")]
    mine = check(result, "drift.ks", "MedInc")
    assert mine.value == pytest.approx(stats.ks_2samp(*parts, method="asymp").statistic)
    assert check(result, "drift.psi", "y_pred_proba").verdict == "fail"
