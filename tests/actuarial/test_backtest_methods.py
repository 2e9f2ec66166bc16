"""Trend, power, lift and Gini against enumeration, simulation and other ways to the same figures."""

from itertools import pairwise, product
from math import comb, factorial, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from actuarial.methods.deviance import fit_of
from actuarial.methods.lift import buckets_of, lift_of
from actuarial.methods.lorenz import ordered_lorenz
from actuarial.methods.trend import ALPHA, POWER, claims_needed, law_of, power_at, shares_of, slope_of, trend
from core.errors import InputRefused

EXPECTED, CLAIMS = [9.1, 13.2, 20.5, 14.8, 6.9], [6, 14, 22, 19, 11]


def multinomial_tails(expected, claims):
    """P(T >= t), P(T <= t) by writing down every way the claims may fall on the grades."""
    total, whole = sum(claims), sum(expected)
    seen = sum(place * count for place, count in enumerate(claims))
    up = down = 0.0
    for rows in product(range(total + 1), repeat=len(claims)):
        if sum(rows) != total:
            continue
        chance = factorial(total) * prod((e / whole) ** k / factorial(k) for e, k in zip(expected, rows, strict=True))
        value = sum(place * count for place, count in enumerate(rows))
        up += chance * (value >= seen)
        down += chance * (value <= seen)
    return up, down


@pytest.mark.parametrize(
    ("expected", "claims"),
    [
        ([1.0, 2.0, 3.0], [0, 2, 4]),
        ([0.2, 0.2, 5.0, 1.0], [1, 0, 3, 2]),
        ([2.0, 0.0, 1.0], [3, 0, 2]),
        ([1, 1], [0, 5]),
    ],
)
def test_the_exact_tails_are_those_of_every_way_to_fall(expected, claims):
    found = trend(expected, claims)
    assert (found.p_worse, found.p_better) == pytest.approx(multinomial_tails(expected, claims), rel=1e-10)


def test_the_illustration_shows_a_trend_and_no_single_grade():
    """DOMAIN 3.7, checked by a million draws of the multinomial law."""
    found = trend(EXPECTED, CLAIMS)
    draws = np.random.default_rng(1).multinomial(72, shares_of(EXPECTED, CLAIMS), 1_000_000) @ np.arange(5)
    simulated = (draws >= found.statistic).mean()
    assert found.p_worse == pytest.approx(simulated, abs=4 * (0.04 * 0.96 / 1e6) ** 0.5)
    assert found.shown
    assert 1 < found.low < found.factor < found.high


@pytest.mark.parametrize(("expected", "claims"), [(EXPECTED, CLAIMS), ([1, 1, 1], [1, 0, 3]), ([3, 1], [1, 4])])
def test_the_interval_is_where_the_tails_are_five_percent(expected, claims):
    """At its own ends, taken as the expected claims, the test has exactly its level."""
    found = trend(expected, claims)
    for factor, tail in ((found.low, "p_worse"), (found.high, "p_better")):
        tilted = [e * factor**place for place, e in enumerate(expected)]
        assert getattr(trend(tilted, claims), tail) == pytest.approx(ALPHA, rel=1e-6)


def test_two_grades_are_the_binomial_test_and_its_exact_interval():
    found = trend([3.0, 1.0], [4, 6])
    peer = stats.binomtest(6, 10, 0.25, alternative="greater")
    assert found.p_worse == pytest.approx(peer.pvalue)
    share = stats.binomtest(6, 10, 0.25).proportion_ci(0.90, method="exact")
    odds = [p / (1 - p) * 3 for p in (share.low, share.high)]
    assert (found.low, found.high) == pytest.approx(tuple(odds), rel=1e-6)


def test_the_slope_is_that_of_a_poisson_regression():
    import statsmodels.api as sm

    design = sm.add_constant(np.arange(5))
    fitted = sm.GLM(CLAIMS, design, family=sm.families.Poisson(), offset=np.log(EXPECTED)).fit()
    assert trend(EXPECTED, CLAIMS).factor == pytest.approx(np.exp(fitted.params[1]), rel=1e-6)


def test_all_claims_at_one_end_have_no_finite_slope():
    up, down = trend([1, 1, 1], [0, 0, 4]), trend([1, 1, 1], [5, 0, 0])
    assert (up.factor, up.high) == (float("inf"), float("inf"))
    assert up.p_worse == pytest.approx((1 / 3) ** 4)
    assert (down.factor, down.low) == (0, 0)
    assert down.reversed


@pytest.mark.parametrize(("expected", "claims"), [([1.0, 2.0], [0, 0]), ([0.0, 3.0], [0, 2]), ([2.0], [1])])
def test_there_is_no_trend_without_claims_or_with_one_grade(expected, claims):
    assert trend(expected, claims) is None


@pytest.mark.parametrize(
    ("expected", "claims"),
    [([1.0], [1, 2]), ([-1.0, 2.0], [0, 1]), ([0.0, 1.0], [1, 1]), ([0.0, 0.0], [0, 0]), ([1.0, float("nan")], [0, 1]),
     ([1.0, 1.0], [-1, 1]), ([1.0, 1.0], [5000, 1])],
)  # fmt: skip
def test_the_impossible_is_refused(expected, claims):
    with pytest.raises(InputRefused):
        trend(expected, claims)


def test_the_law_of_the_sum_is_binomial_for_two_grades_and_adds_to_one():
    law = law_of(np.array([0.3, 0.7]), 9)
    assert law == pytest.approx([comb(9, k) * 0.7**k * 0.3 ** (9 - k) for k in range(10)])
    assert law_of(np.array([0.1, 0.0, 0.6, 0.3]), 333).sum() == pytest.approx(1, rel=1e-12)


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=6), st.integers(1, 40))
@settings(max_examples=60)
def test_the_test_keeps_its_level_and_tails_overlap_in_one_point(weights, claims):
    shares = np.array(weights) / sum(weights)
    law = law_of(shares, claims)
    assert power_at(law, law) <= ALPHA + 1e-12
    counts = np.random.default_rng(claims).multinomial(claims, shares)
    found = trend(list(weights), [int(k) for k in counts])
    assert found.p_worse + found.p_better == pytest.approx(1 + law[found.statistic], abs=1e-9)


@pytest.mark.parametrize("factor", [1.5, 1.25])
def test_the_claims_needed_have_the_power_by_simulation(factor):
    """Books drawn under the slope, each tested: 80 % show it from the number on, fewer claims show it less."""
    shares = shares_of(EXPECTED, CLAIMS)
    needed = claims_needed(shares, factor)
    steep = shares * factor ** np.arange(5)
    rng = np.random.default_rng(7)

    def shown(claims):
        fair = law_of(shares, claims)
        critical = int(np.argmax(np.cumsum(fair[::-1])[::-1] <= ALPHA))
        return (rng.multinomial(claims, steep / steep.sum(), 20_000) @ np.arange(5) >= critical).mean()

    noise = 4 * (0.2 * 0.8 / 20_000) ** 0.5
    assert shown(needed) >= POWER - noise
    assert shown(needed - 1) < POWER + noise
    assert shown(needed // 2) < POWER


def test_power_that_no_book_reaches_is_not_stated():
    assert claims_needed(np.array([0.5, 0.5]), 1.001) is None
    assert claims_needed(np.array([1.0, 0.0]), 1.5) is None


def test_the_slope_of_a_price_is_found_back():
    assert slope_of([1.0, 2.0, 3.0], [1.0, 2.0 * 1.3, 3.0 * 1.69]) == pytest.approx(1.3)
    assert slope_of([1.0, 0.0], [1.0, 0.0]) is None


def gini_by_trapezoids(ranks, weights, losses):
    """Twice the area between the diagonal and the curve, equals first joined into one."""
    order = sorted(set(ranks))
    x, y = [0.0], [0.0]
    for rank in order:
        x.append(x[-1] + sum(w for r, w in zip(ranks, weights, strict=True) if r == rank) / sum(weights))
        y.append(y[-1] + sum(v for r, v in zip(ranks, losses, strict=True) if r == rank) / sum(losses))
    return 1 - 2 * np.trapezoid(y, x)


def test_the_printed_gini():
    assert ordered_lorenz([1, 2, 3, 4, 5], [1] * 5, [0, 1, 2, 6, 6]).gini == pytest.approx(0.45333, abs=5e-6)


row = st.tuples(st.integers(1, 6), st.floats(0.1, 10), st.floats(0, 10))


@given(st.lists(row, min_size=2, max_size=25).filter(lambda rows: sum(loss for *_, loss in rows) > 0.01))
def test_gini_is_the_area_whatever_ties(rows):
    ranks, weights, losses = map(list, zip(*rows, strict=True))
    found = ordered_lorenz(ranks, weights, losses)
    assert found.gini == pytest.approx(gini_by_trapezoids(ranks, weights, losses), abs=1e-9)
    assert (found.premiums[-1], found.losses[-1]) == pytest.approx((1, 1))


def test_its_error_is_that_of_leaving_one_out():
    """The jackknife knows nothing of influence functions."""
    rng = np.random.default_rng(3)
    n = 2000
    columns = rng.lognormal(0, 0.4, n), rng.lognormal(0, 0.5, n), rng.poisson(0.4, n) * rng.lognormal(0, 0.5, n)
    left = [ordered_lorenz(*(np.delete(column, at) for column in columns)).gini for at in range(n)]
    jackknife = ((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum()) ** 0.5
    assert ordered_lorenz(*columns).error == pytest.approx(jackknife, rel=0.01)


@pytest.mark.parametrize(("policies", "rate", "amounts", "least"), [(100, 0.3, False, 0.92), (400, 0.1, True, 0.88)])
def test_its_interval_covers(policies, rate, amounts, least):
    """Claims that follow the score exactly; the true index from the score itself, on a large book."""
    rng = np.random.default_rng(11)
    ranks, premium = rng.lognormal(0, 0.4, 1_000_000), rng.lognormal(0, 0.5, 1_000_000)
    true = ordered_lorenz(ranks, premium, ranks * premium).gini
    inside = told = 0
    for _ in range(400):
        r, p = rng.lognormal(0, 0.4, policies), rng.lognormal(0, 0.5, policies)
        claims = rng.poisson(rate * r * p)
        losses = np.array([rng.lognormal(0, 1.2, k).sum() for k in claims]) if amounts else claims
        interval = ordered_lorenz(r, p, losses).interval
        if interval:
            told += 1
            inside += interval[0] <= true <= interval[1]
    assert told > 300
    assert inside / told >= least


def test_few_losses_have_no_interval():
    assert ordered_lorenz([1, 2, 3, 4, 5], [1] * 5, [0, 1, 2, 6, 6]).interval is None
    one_large = [1.0] * 50 + [1000.0]
    assert ordered_lorenz(list(range(51)), [1] * 51, one_large).interval is None


@pytest.mark.parametrize(
    "columns",
    [([1], [1], [1]), ([1, 2], [1], [1, 1]), ([1, 2], [1, 1], [0, 0]), ([1, 2], [0, 0], [1, 1]),
     ([1, 2], [1, 1], [-1, 2]), ([1, float("nan")], [1, 1], [1, 1])],
)  # fmt: skip
def test_no_curve_of_the_impossible(columns):
    with pytest.raises(InputRefused):
        ordered_lorenz(*columns)


def test_deviance_is_sklearns_and_pit_is_in_the_middle_where_the_level_is_right():
    from sklearn.metrics import mean_poisson_deviance

    rng = np.random.default_rng(9)
    means = rng.uniform(0.2, 2, 300)
    counts = rng.poisson(means)
    found = fit_of("a price", counts, means)
    level = means * counts.sum() / means.sum()
    assert found.deviance == pytest.approx(300 * mean_poisson_deviance(counts, level))
    pits = [fit_of("p", rng.poisson(means), means).pit for _ in range(2000)]
    assert np.mean(pits) == pytest.approx(0.5, abs=4 / (12 * 2000) ** 0.5)
    assert stats.kstest(pits, "uniform").statistic < 0.05
    assert fit_of("too low", counts, means / 2).pit > 0.999
    assert fit_of("no claims yet", [0, 0], [0.1, 0.2]).deviance is None


def test_buckets_hold_equal_class_price_and_every_policy_once():
    rng = np.random.default_rng(2)
    ranks, base = rng.lognormal(0, 0.5, 500), rng.uniform(0.05, 0.2, 500)
    claims = rng.poisson(base * ranks)
    found = buckets_of(ranks, base, base * ranks, claims, 5)
    assert len(found) == 5
    assert sum(bucket.policies for bucket in found) == 500
    assert sum(bucket.ratio.claims for bucket in found) == claims.sum()
    assert all(bucket.ratio.expected == pytest.approx(base.sum() / 5, rel=0.02) for bucket in found)
    assert all(one.high <= two.low for one, two in pairwise(found))
    assert lift_of(found) == pytest.approx(found[-1].ratio.value / found[0].ratio.value)


def test_few_claims_make_few_buckets_and_equals_stay_together():
    assert len(buckets_of([1, 2, 3, 4], [1] * 4, [1] * 4, [0, 0, 1, 0], 10)) == 2
    alone = buckets_of([1, 1, 1], [1] * 3, [2] * 3, [1, 0, 0], 10)
    assert (len(alone), lift_of(alone), alone[0].nearer) == (1, None, "class")
