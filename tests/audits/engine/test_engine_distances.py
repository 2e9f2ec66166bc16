"""Distances between two samples against scipy, brute force and simulation; what cannot be compared says why."""

import math
from dataclasses import replace

import numpy as np
import pytest
from engine_examples import BINARY, CALIFORNIA, SEED, audit, check, frame_of, rows_of, table
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from audits.engine import distances, frame_from_arrays, run_suite, spec_parse
from audits.engine.contingency import association
from audits.engine.distances import apart, apart_all, stability
from audits.engine.shift import psi, shift_of
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
ONLY = replace(EDITION, checks=tuple(one for one in EDITION.checks if one.name == "distances"))
PLAN = {"timestamp": "t", "period": "month", "reference": {"column": "part", "value": "old"}}
NUMBERS = st.lists(st.floats(-50, 50).map(lambda x: round(x, 1)), min_size=2, max_size=60)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS)
def test_few_values_give_scipys_distances(first, second):
    found = apart(np.array(first), np.array(second), 10)
    assert found.ks == pytest.approx(stats.ks_2samp(first, second, method="asymp").statistic, abs=1e-12)
    assert found.ks_p == pytest.approx(stats.ks_2samp(first, second, method="asymp").pvalue, abs=1e-12)
    assert found.area == pytest.approx(stats.wasserstein_distance(first, second), abs=1e-9)
    assert found.scale == pytest.approx(np.std(first), abs=1e-6)
    assert found.slack == 0


def pairs_of(rows):
    """Pairs of samples that are hard to bin: heavy tails, point masses, far offsets, gaps, missing values."""
    rng = np.random.default_rng(5)
    zero = rng.random((2, rows)) < [[0.3], [0.31]]
    clump = rng.random((2, rows)) < 0.5
    return {
        "normal": (rng.normal(5, 1, rows), rng.normal(5.02, 1, rows)),
        "lognormal": (np.exp(rng.normal(0, 2, rows)), np.exp(rng.normal(0.05, 2, rows))),
        "cauchy": (rng.standard_cauchy(rows), 1.05 * rng.standard_cauchy(rows)),
        "pareto": (rng.pareto(0.5, rows), rng.pareto(0.5, rows)),
        "point mass": (np.where(zero[0], 0, rng.gamma(2, 1, rows)), np.where(zero[1], 0, rng.gamma(2, 1, rows))),
        "whole numbers": (rng.integers(0, 60, rows).astype(float), rng.integers(0, 61, rows).astype(float)),
        "cents": (np.round(rng.normal(0, 30, rows), 2), np.round(rng.normal(0.1, 30, rows), 2)),
        "constant": (np.full(rows, 3.0), np.full(rows, 3.0)),
        "almost constant": (np.where(zero[0], 4.0, 3.0), np.full(rows, 3.0)),
        "far apart": (rng.normal(0, 1, rows), rng.normal(40, 1, rows)),
        "far offset": (rng.normal(1.7e9, 1e4, rows), rng.normal(1.7e9 + 300, 1e4, rows)),
        "two clumps": tuple(np.where(one, rng.normal(0, 1, rows), rng.normal(100, 1e-4, rows)) for one in clump),
        "missing": (np.where(zero[0], np.nan, rng.normal(0, 1, rows)), rng.normal(0, 1, rows)),
        "all far": (rng.choice([-1e100, 0, 1e100], rows), rng.normal(0, 1e-100, rows)),
    }


@pytest.mark.parametrize("name", pairs_of(10))
def test_counted_distances_are_the_exact_ones_to_one_in_ten_thousand(name, monkeypatch):
    first, second = pairs_of(200_000)[name]
    monkeypatch.setattr(distances, "EXACT_ROWS", 10**9)
    exact = apart(first, second, 10)
    monkeypatch.setattr(distances, "EXACT_ROWS", 0)
    found = apart(first, second, 10)
    scale = exact.scale or 1.0
    assert (found.n, found.m) == (exact.n, exact.m)
    assert found.ks <= exact.ks + 1e-9
    assert exact.ks - found.ks <= min(found.slack, 1e-4) + 1e-9
    assert found.area / scale == pytest.approx(exact.area / scale, abs=1e-4, rel=1e-4)
    assert found.area_se / scale == pytest.approx(exact.area_se / scale, abs=1e-3, rel=1e-3)
    assert stability(*found.bins).value == pytest.approx(stability(*exact.bins).value, abs=1e-4)
    assert [part.sum() for part in found.bins] == pytest.approx([found.n, found.m])


def test_the_order_of_the_rows_moves_nothing_beyond_the_stated_error():
    rng = np.random.default_rng(2)
    first, second = pairs_of(150_000)["lognormal"]
    one, other = apart(first, second, 10), apart(rng.permutation(first), rng.permutation(second), 10)
    assert one.ks == pytest.approx(other.ks, abs=one.slack + other.slack)
    assert one.area == pytest.approx(other.area, rel=1e-4)


def test_threads_change_no_byte():
    pairs = list(pairs_of(60_000).values())
    assert repr(apart_all(pairs, 10, 1)) == repr(apart_all(pairs, 10, 3))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=10, max_size=80), st.lists(st.integers(0, 20), min_size=1, max_size=80))
def test_psi_has_the_bins_of_the_check_that_prices_nothing(first, second):
    """The same value as `drift.psi` of the first editions on the same cells (its last bin is that of missing cells)."""
    values, later = [float(x) for x in first + second], np.arange(len(first + second)) >= len(first)
    old = shift_of(frame_from_arrays({"x": values}).columns["x"], ~later, later, EDITION, 1)
    bins = apart(np.array(values)[~later], np.array(values)[later], 10).bins
    assert stability(*(np.append(part, 0) for part in bins)).value == pytest.approx(old.psi, abs=1e-12)


def test_nothing_to_compare_is_none():
    nothing = np.full(5, np.nan)
    assert apart(nothing, np.ones(3), 10) is None
    assert apart(np.ones(3), np.empty(0), 10) is None
    assert apart(np.ones(1), np.ones(1), 10).ks == 0


def covered(intervals, truth):
    return np.mean([low <= truth <= high for low, high in intervals])


@pytest.mark.parametrize(
    "move", [0.0, pytest.param(0.05, marks=pytest.mark.long), 0.3, pytest.param(1.0, marks=pytest.mark.long)]
)
def test_the_interval_of_the_area_covers(move):
    """W1 of two normal distributions of equal spread is the distance of their means."""
    rng, found = np.random.default_rng(8), []
    for _ in range(2000):
        one = apart(rng.normal(0, 1, 120), rng.normal(move, 1, 150), 10).area_interval(0.9)
        found.append((one.low, one.high))
    assert covered(found, move) >= 0.88


@pytest.mark.parametrize("spread", [pytest.param(1.1, marks=pytest.mark.long), 2.0])
def test_the_interval_of_the_area_covers_where_the_distributions_cross(spread):
    rng, found = np.random.default_rng(9), []
    for _ in range(2000):
        one = apart(rng.normal(0, 1, 150), rng.normal(0, spread, 150), 10).area_interval(0.9)
        found.append((one.low, one.high))
    assert covered(found, (spread - 1) * math.sqrt(2 / math.pi)) >= 0.88


@pytest.mark.parametrize("tilt", [0.0, 0.1, 0.3, 0.6])
@pytest.mark.parametrize("rows", [150, 2000])
def test_the_interval_of_the_psi_covers(tilt, rows):
    base = np.full(10, 0.1)
    moved = base * np.exp(tilt * np.linspace(-1, 1, 10))
    moved /= moved.sum()
    truth = float(((moved - base) * np.log(moved / base)).sum())
    rng, found = np.random.default_rng(10), []
    for before, after in zip(rng.multinomial(rows, base, 2000), rng.multinomial(rows, moved, 2000), strict=True):
        one = stability(before.astype(float), after.astype(float)).interval(0.9)
        found.append((one.low, one.high))
    assert covered(found, truth) >= 0.88


def test_the_band_of_the_distance_covers():
    rng, found = np.random.default_rng(11), []
    truth = 2 * stats.norm.cdf(0.15) - 1  # of two normal distributions 0.3 apart
    for _ in range(2000):
        one = apart(rng.normal(0, 1, 100), rng.normal(0.3, 1, 100), 10).ks_interval(0.9)
        found.append((one.low, one.high))
    assert covered(found, truth) >= 0.9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(20, 400), st.integers(20, 400)), min_size=2, max_size=8))
def test_chi_square_is_scipys(pairs):
    first, second = np.array(pairs).T
    found = association(first, second, 0)
    peer = stats.chi2_contingency([first, second], correction=False)
    assert (found.statistic, found.p, found.freedom) == pytest.approx((peer.statistic, peer.pvalue, peer.dof))
    assert found.v == pytest.approx(stats.contingency.association([first, second], method="cramer"))
    around = found.interval(0.9)
    assert around.low <= found.v <= around.high


def test_rare_values_are_told_as_one_until_the_law_holds():
    first, second = np.array([50, 40, 3, 1, 0]), np.array([40, 45, 2, 3, 4])
    found = association(first, second, 5)
    peer = stats.chi2_contingency([[50, 40, 4], [40, 45, 9]], correction=False)
    assert (found.pooled, found.statistic) == (3, pytest.approx(peer.statistic))
    assert association(np.array([3, 2]), np.array([2, 2]), 5) is None
    assert association(np.array([300, 0]), np.array([200, 0]), 5) is None


@pytest.mark.parametrize("tilt", [0.0, 0.1, 0.4, 1.0])
def test_the_interval_of_v_covers(tilt):
    base = np.array([0.4, 0.3, 0.2, 0.1])
    moved = base * np.exp(tilt * np.array([-1, 0, 0.5, 1]))
    moved /= moved.sum()
    both = np.stack([base, moved]) / 2
    expected = np.outer(both.sum(1), both.sum(0))
    truth = math.sqrt(((both - expected) ** 2 / expected).sum())
    rng, found = np.random.default_rng(12), []
    for before, after in zip(rng.multinomial(300, base, 2000), rng.multinomial(300, moved, 2000), strict=True):
        one = association(before, after, 5).interval(0.9)
        found.append((one.low, one.high))
    assert covered(found, truth) >= 0.88


def measured(arrays, **changes):
    spec = spec_parse({**BINARY, "drift": {**PLAN, "features": [name for name in arrays if name[0] == "x"]}, **changes})
    rows = len(next(iter(arrays.values())))
    times = (np.datetime64("2025-01-01", "us") + np.arange(rows) * np.timedelta64(1, "h")).astype("datetime64[us]")
    half = ["old"] * (rows // 2) + ["new"] * (rows - rows // 2)
    whole = {"t": times, "part": half, "y": np.arange(rows) % 2, "d": np.arange(rows) // 2 % 2, **arrays}
    return run_suite(frame_from_arrays(whole), spec, ONLY, seed=SEED, dataset_digest="")


def test_columns_that_cannot_be_compared_say_why_and_the_others_go_on():
    rows = 400
    many = [f"v{place}" for place in range(rows)]
    good = np.random.default_rng(1).normal(0, 1, rows)
    found = measured(
        {
            "x1": good,
            "x2": np.array([np.nan] * 3 + [1.0] * (rows - 3)),
            "x3": [None] * rows,
            "x4": many,
            "x5": np.full(rows, 7),
            "x6": ["a"] * rows,
        }
    )
    verdicts = {one.subject: (one.verdict, one.reason) for one in found.checks}
    assert verdicts["x1"][0] == verdicts["x5"][0] == "measured"
    assert "not finite" in verdicts["x2"][1]
    assert "no value" in verdicts["x3"][1]
    assert {verdicts[name][0] for name in ("x2", "x3", "x4", "x6")} == {"cannot_tell"}


def test_a_moved_column_is_a_finding_that_says_it_is_no_alarm():
    rng = np.random.default_rng(3)
    arrays = {
        "x1": np.append(rng.normal(0, 1, 500), rng.normal(1, 1, 500)),
        "x2": rng.normal(0, 1, 1000),
        "x3": rng.choice(["a", "b"], 1000, p=[0.5, 0.5]).tolist()[:500] + ["a"] * 400 + ["c"] * 100,
    }
    found = measured(arrays)
    assert {finding.about for finding in found.findings if finding.check == "drift.distance"} == {"x1", "x3"}
    assert all(finding.severity == "low" and "not an alarm" in finding.text for finding in found.findings)
    numbers = rows_of(vars(found.sections["drift"]["numbers"]), "column")
    assert numbers["x1"]["KS"] == pytest.approx(stats.ks_2samp(arrays["x1"][:500], arrays["x1"][500:]).statistic)
    category = rows_of(vars(found.sections["drift"]["categories"]), "column")["x3"]
    assert category["new values"] == 1
    p = [numbers["x1"]["p"], numbers["x2"]["p"], category["p"]]
    adjusted = [numbers["x1"]["p (Holm)"], numbers["x2"]["p (Holm)"], category["p (Holm)"]]
    assert adjusted == pytest.approx(multipletests(p, method="holm")[1])


def test_few_rows_have_the_exact_p_and_no_interval_of_the_area():
    rng = np.random.default_rng(4)
    values = rng.normal(0, 1, 60)
    row = rows_of(vars(measured({"x1": values}).sections["drift"]["numbers"]), "column")["x1"]
    assert row["p"] == pytest.approx(stats.ks_2samp(values[:30], values[30:], method="exact").pvalue)
    assert (row["W1 low"], row["W1 high"]) == (None, None)


def test_california_moves_where_the_older_check_says_so():
    found = table("california_housing_predictions.csv.gz")
    new = run_suite(frame_of(found), spec_parse(CALIFORNIA), ONLY, seed=SEED, dataset_digest="")
    old = audit(frame_of(found), CALIFORNIA)
    for name, row in rows_of(vars(new.sections["drift"]["numbers"]), "column").items():
        assert row["KS"] == pytest.approx(check(old, "drift.ks", name).value)
        assert row["PSI"] == pytest.approx(check(old, "drift.psi", name).value)
        parts = [found.loc[found["partition"] == part, name] for part in ("reference", "analysis")]
        assert row["W1"] == pytest.approx(stats.wasserstein_distance(*parts))


def test_many_rows_of_one_value_leave_psi_at_nothing():
    assert stability(np.array([5.0, 9.0]), np.array([5.0, 9.0])).value == 0
    assert psi(np.array([[5, 9]]), np.array([[5, 9]]))[0] == 0


@pytest.mark.parametrize(("first", "second"), [([50, 60, 90], [90, 70, 40]), ([90_000, 10_000], [80_000, 20_000])])
def test_the_ends_of_the_interval_of_v_are_where_the_noncentral_law_says(first, second):
    found = association(np.array(first), np.array(second), 5)
    around = found.interval(0.9)
    centres = [end**2 * found.n for end in (around.low, around.high)]
    assert stats.ncx2.cdf(found.statistic, found.freedom, centres) == pytest.approx([0.95, 0.05], abs=1e-6)
