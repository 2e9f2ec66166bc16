"""Every interval about bias covers what it says: exact ones by enumeration, approximate ones over drawn data."""

import numpy as np
import pytest
from scipy import stats

from audits.engine.bias.benefit import between_groups, index_of, theil
from audits.engine.bias.cells import Way
from audits.engine.bias.intervals import difference, exact, ratio, sides
from audits.engine.bias.pairs import compare
from audits.engine.bias.parity import _spread, average_odds
from audits.engine.bias.rates import BY_KEY, Group

LEVEL = 0.9


def covered(found, truth):
    return float(np.mean((found.low <= truth) & (truth <= found.high)))


def test_exact_intervals_are_scipys():
    for k, n in ((0, 5), (5, 5), (3, 17), (40, 4000)):
        low, high = stats.binomtest(k, n).proportion_ci(LEVEL, method="exact")
        found = exact(np.array(k), np.array(n), LEVEL)
        assert (float(found.low), float(found.high)) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(("n", "m"), [(1, 4), (7, 9), (12, 60)])
def test_differences_of_small_groups_cover_whatever_the_rates(n, m):
    """By enumeration over all counts: never below the stated level."""
    k, j = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
    found = difference(sides(k, np.full_like(k, n), LEVEL), sides(j, np.full_like(j, m), LEVEL))
    assert not found.approximate.any()
    for p in np.linspace(0, 1, 21):
        for q in np.linspace(0, 1, 21):
            weight = stats.binom.pmf(k, n, p) * stats.binom.pmf(j, m, q)
            inside = (found.low <= p - q + 1e-12) & (p - q - 1e-12 <= found.high)
            assert (weight * inside).sum() >= LEVEL - 1e-9


@pytest.mark.parametrize("n", [100, 300])
@pytest.mark.parametrize("p", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("q", [0.05, 0.3, 0.95])
def test_differences_of_larger_groups_cover_by_enumeration(n, p, q):
    m = 2 * n
    k, j = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
    found = difference(sides(k, np.full_like(k, n), LEVEL), sides(j, np.full_like(j, m), LEVEL))
    weight = stats.binom.pmf(k, n, p) * stats.binom.pmf(j, m, q)
    inside = (found.low <= p - q) & (p - q <= found.high)
    assert (weight * inside).sum() >= 0.88


@pytest.mark.parametrize(("p", "q"), [(0.1, 0.4), (0.5, 0.5), (0.08, 0.05)])
def test_ratios_cover(p, q):
    rng = np.random.default_rng(4)
    n, m = np.full(4000, 150), np.full(4000, 500)
    k, j = rng.binomial(n, p), rng.binomial(m, q)
    found = ratio(sides(k, n, LEVEL), sides(j, m, LEVEL), (k, j), (n, m), LEVEL)
    assert covered(found, p / q) >= 0.88


def test_a_ratio_to_nothing_has_no_upper_end():
    k, n = (np.array([3]), np.array([0])), (np.array([5]), np.array([40]))
    found = ratio(sides(k[0], n[0], LEVEL), sides(k[1], n[1], LEVEL), k, n, LEVEL)
    assert np.isnan(found.value[0])
    assert np.isinf(found.high[0])
    assert found.low[0] > 1


@pytest.mark.parametrize("chances", [(0.1, 0.8, 0.1), (0.05, 0.65, 0.3), (0.3, 0.65, 0.05)])
@pytest.mark.parametrize("n", [100, 800])
def test_the_theil_index_covers_where_it_has_an_interval(chances, n):
    rng = np.random.default_rng(6)
    less, _, more = drawn = rng.multinomial(n, chances, 3000).T
    mean = 1 + chances[2] - chances[0]
    truth = 2 * np.log(2) * chances[2] / mean - np.log(mean)
    told = [theil(int(a), int(b), n, LEVEL) for a, b in zip(more, less, strict=True)]
    ends = np.array([(each[1].low, each[1].high) for each in told if each[1]])
    assert len(ends) >= 0.5 * drawn.shape[1]
    assert np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1])) >= 0.88


def test_a_theil_index_of_few_errors_has_no_interval():
    value, interval, why = theil(2, 30, 1000, LEVEL)
    assert value > 0
    assert interval is None
    assert "too few" in why


@pytest.mark.parametrize("means", [((0.1, 0.1), (0.1, 0.1), (0.1, 0.1)), ((0.3, 0.05), (0.1, 0.2), (0.05, 0.35))])
def test_the_index_between_groups_covers_alike_and_unlike_groups(means):
    rng = np.random.default_rng(7)
    n = np.array([400, 150, 60])
    truth = index_of(np.array([1 + up - down for up, down in means]), n / n.sum())
    inside = 0
    for _ in range(2000):
        draws = [rng.multinomial(size, (up, down, 1 - up - down)) for size, (up, down) in zip(n, means, strict=True)]
        counts = np.array(draws)
        _, around, _ = between_groups(counts[:, 0], counts[:, 1], n, LEVEL)
        inside += around.low - 1e-12 <= truth <= around.high
    assert inside / 2000 >= LEVEL


def test_the_largest_index_within_bounds_is_at_a_corner():
    rng = np.random.default_rng(9)
    n = np.array([50, 80, 30, 20])
    more, less = rng.binomial(n, 0.2), rng.binomial(n, 0.3) // 2
    _, around, _ = between_groups(more, less, n, LEVEL)
    up, down = (exact(each, n, 1 - 0.1 / 8) for each in (more, less))
    low, high = 1 + up.low - down.high, 1 + up.high - down.low
    inner = [index_of(rng.uniform(low, high), n / n.sum()) for _ in range(3000)]
    assert around.low <= min(inner)
    assert max(inner) <= around.high


def group(key, k, n, other_k=None, other_n=None, shift=None):
    """A metric with one entry a group; the last stands for "not stated"."""
    names = (*"abcdefgh"[: len(k) - 1], "not stated")
    way = Way(("x",), names, {}, np.zeros(len(k)))
    nothing = np.zeros_like(k)
    others = (nothing if other_k is None else other_k, nothing if other_n is None else other_n)
    return Group(BY_KEY[key], way, k, n, *others, shift)


@pytest.mark.parametrize(("n", "m"), [(110, 400), (500, 500), (20, 30)])
@pytest.mark.parametrize("rates", [(0.6, 0.3, 0.5, 0.2), (0.5, 0.5, 0.5, 0.5), (0.9, 0.08, 0.7, 0.07)])
def test_average_odds_differences_cover(n, m, rates):
    rng = np.random.default_rng(10)
    size = np.full(3000, n)
    tpr, fpr, other_tpr, other_fpr = rates
    draw = rng.binomial
    events = group("true_positive_rate", draw(size, tpr), size, draw(m, other_tpr, 3000), np.full(3000, m))
    rest = group("false_positive_rate", draw(size, fpr), size, draw(m, other_fpr, 3000), np.full(3000, m))
    found = average_odds([events, rest], LEVEL)
    truth = (tpr - other_tpr + fpr - other_fpr) / 2
    assert covered(found, truth) >= (0.88 if n >= 100 else LEVEL)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_the_calibration_gap_covers_with_unequal_chances(spread):
    rng = np.random.default_rng(11)
    for n in (8, 40, 200):
        chances = np.clip(0.3 + spread * np.linspace(-1, 1, n), 0.01, 0.99)
        k = (rng.random((3000, n)) < chances).sum(axis=1)
        found = exact(k, np.full(3000, n), LEVEL)
        assert np.mean((found.low <= chances.mean()) & (chances.mean() <= found.high)) >= LEVEL


@pytest.mark.parametrize("rates", [(0.5, 0.5, 0.5), (0.2, 0.4, 0.45), (0.05, 0.06, 0.5)])
def test_largest_differences_ratios_and_the_worst_pair_cover_together(rates):
    rng = np.random.default_rng(12)
    p, n = np.array(rates), np.array([300, 120, 25])
    inside = np.zeros(3)
    for k in rng.binomial(n, p, (2000, 3)):
        rate = group("selection_rate", np.append(k, 0), np.append(n, 0))
        found = _spread(rate, LEVEL)
        worst = compare([rate], LEVEL, 0.05).worst
        chosen = [p["abc".index(name)] for name in (worst.first, worst.second)]
        for i, (around, truth) in enumerate(
            (
                (found.interval, p.max() - p.min()),
                (found.ratio_interval, p.min() / p.max()),
                (worst.interval, chosen[0] - chosen[1]),
            )
        ):
            inside[i] += around.low - 1e-12 <= truth <= around.high + 1e-12
    assert (inside / 2000 >= LEVEL - 0.01).all(), inside / 2000


def test_holm_keeps_false_findings_rare_over_all_pairs():
    rng = np.random.default_rng(13)
    n = np.array([400, 300, 200, 40, 0])
    found = sum(
        bool(compare([group("accuracy", np.append(rng.binomial(n[:-1], 0.3), 0), n)], LEVEL, 0.05).significant)
        for _ in range(1000)
    )
    assert found / 1000 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)
