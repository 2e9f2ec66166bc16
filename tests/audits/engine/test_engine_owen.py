"""The values behind saliency: Owen values against brute force and shap, regions, medians by enumeration."""

import itertools

import numpy as np
import pytest
from scipy.stats import binom, spearmanr

from audits.engine.saliency.agreement import median_interval, rank_correlation
from audits.engine.saliency.partition import depth_within, owen_values, unions_asked
from audits.engine.saliency.regions import Grid, deepest, grid_of, halved

# Owen values


def players_of(depth, i, level):
    size = 2 ** (depth - level)
    return range(i * size, (i + 1) * size)


def orders(depth, level=0, i=0):
    """Every order of the players in which each node's two children stand side by side, either one first."""
    if level == depth:
        yield (i,)
        return
    halves = [list(orders(depth, level + 1, child)) for child in (2 * i, 2 * i + 1)]
    for first, second in (halves, halves[::-1]):
        for pair in itertools.product(first, second):
            yield pair[0] + pair[1]


def brute(depth, worth):
    """Owen values from their definition: the mean of what a player adds, over all orders that keep unions together."""
    total, count = np.zeros(2**depth), 0
    for order in orders(depth):
        keep, before = np.zeros(2**depth, bool), worth(np.zeros((1, 2**depth), bool))[0]
        for player in order:
            keep[player] = True
            after = worth(keep[None])[0]
            total[player] += after - before
            before = after
        count += 1
    return total / count


def game(seed, players):
    """A game with interactions of two and three players."""
    rng = np.random.default_rng(seed)
    single, pairs = rng.normal(size=players), rng.normal(size=(players, players))
    triple = rng.integers(0, players, 3)

    def worth(keep):
        x = np.asarray(keep, float)
        return 0.3 + x @ single + np.einsum("ni,ij,nj->n", x, pairs, x) + 2 * x[:, triple].prod(axis=1)

    return worth


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", [1, 2])
def test_owen_values_are_those_of_the_definition(depth, seed):
    worth = game(seed, 2**depth)
    found = owen_values(depth, worth)
    assert np.allclose(found.contributions, brute(depth, worth), atol=1e-12)
    assert found.base == pytest.approx(0.3)
    assert found.asked == unions_asked(depth)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_owen_values_are_shaps_partition_values(depth):
    import shap

    players, worth = 2**depth, game(5, 2**depth)
    links, below, size = [], list(range(players)), 2
    while len(below) > 1:
        joined = []
        for at in range(0, len(below), 2):
            links.append([below[at], below[at + 1], float(size), size])
            joined.append(players + len(links) - 1)
        below, size = joined, 2 * size
    masker = shap.maskers.Partition(np.zeros((1, players)), clustering=np.array(links, float))
    explainer = shap.explainers.Partition(worth, masker)
    told = explainer(np.ones((1, players)), max_evals=4 * unions_asked(depth), silent=True)
    assert np.allclose(owen_values(depth, worth).contributions, told.values[0], atol=1e-9)


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_owen_values_add_up_and_are_a_linear_games_own_weights(depth):
    worth, weights = game(9, 2**depth), np.random.default_rng(2).normal(size=2**depth)
    found = owen_values(depth, worth)
    ends = worth(np.array([np.zeros(2**depth), np.ones(2**depth)]))
    assert found.contributions.sum() == pytest.approx(ends[1] - ends[0], abs=1e-9)
    assert np.allclose(owen_values(depth, lambda keep: keep @ weights).contributions, weights)


def test_the_deepest_level_keeps_within_its_budget():
    assert [unions_asked(depth) for depth in range(7)] == [2, 4, 12, 44, 172, 684, 2732]
    assert [depth_within(budget, 8) for budget in (1, 2, 43, 44, 684, 10**9)] == [0, 0, 2, 3, 5, 8]


# regions


@pytest.mark.parametrize(
    ("height", "width", "most"), [(48, 192, 144), (224, 224, 144), (1, 1, 5), (7, 1000, 3), (5, 9, 1)]
)
def test_a_grid_is_the_finest_within_its_budget_and_covers_every_pixel_once(height, width, most):
    grid = grid_of(height, width, most)
    assert grid.count <= most
    assert grid.edge == 1 or Grid(height, width, grid.edge - 1).count > most
    regions = grid.regions()
    for place, (top, left, bottom, right) in enumerate(regions.boxes):
        assert (regions.labels[top:bottom, left:right] == place).all()
    assert (
        (regions.boxes[:, 2] - regions.boxes[:, 0]) * (regions.boxes[:, 3] - regions.boxes[:, 1])
    ).sum() == height * width


@pytest.mark.parametrize(("height", "width"), [(48, 192), (7, 5), (1, 9), (2, 2)])
def test_halves_are_halves_of_the_level_above(height, width):
    depth = deepest(height, width, 5)
    parents = halved(height, width, depth - 1)
    children = halved(height, width, depth)
    assert (children.labels // 2 == parents.labels).all()
    assert len(np.unique(children.labels)) == children.count == 2**depth


def test_a_single_pixel_cannot_be_halved():
    assert [deepest(1, 1, 8), deepest(1, 2, 8), deepest(2, 2, 8), deepest(3, 1, 8)] == [0, 1, 2, 1]


# agreement


def test_rank_correlation_is_spearmans():
    rng = np.random.default_rng(0)
    for _ in range(20):
        first, second = rng.integers(0, 6, (2, 30)).astype(float)
        assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert np.isnan(rank_correlation(np.zeros(9), rng.normal(size=9)))


@pytest.mark.parametrize("n", [*range(1, 40), 100, 101])
def test_the_medians_interval_covers_by_enumeration_and_is_none_too_wide(n):
    """Whether it holds the median turns on how many values lie below it: binomial(n, 1/2), so coverage is a sum."""
    found = median_interval(np.arange(1.0, n + 1), 0.90)
    if found is None:
        assert 1 - 2 * 0.5**n < 0.90
        return
    low, high = int(found.low), int(found.high)
    below = np.arange(n + 1)
    covered = (below >= low) & (below <= high - 1)
    assert binom.pmf(below[covered], n, 0.5).sum() >= 0.90 - 1e-12
    narrower = (below >= low + 1) & (below <= high - 2)
    assert binom.pmf(below[narrower], n, 0.5).sum() < 0.90
