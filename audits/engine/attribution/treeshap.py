"""Exact Shapley values of tree ensembles, leaf by leaf, from arrays alone.

A leaf of value v adds v * prod_j (b_j or c_j) to a coalition's worth: b_j says whether the explained row follows the
leaf's path in feature j, c_j how far a row does that does not know the feature. Then

    phi_i = v * integral over t in [0, 1] of (b_i - c_i) * prod over j != i of (t b_j + (1 - t) c_j)

Path-dependent (Lundberg et al. 2020, algorithm 2): c_j is the share of training rows that follow the path. The
integrand is a polynomial of degree m - 1, so Gauss-Legendre with ceil(m / 2) nodes is exact.
Interventional (the same paper, algorithm 3): c_j is a background row's own bit. Only rows that leave the path in
different features count; with a features left by the background and b by the row alone the integral is
(a - 1)! b! / (a + b)! for the former and -a! (b - 1)! / (a + b)! for the latter.

A leaf with m features knows at most 2^m patterns of rows, and as many of the background: each is worked out once. Up to
8 features all of them stand in a table; beyond, only those that occur.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from scipy import special

from audits.engine.attribution.leaves import Forest, Leaves, Patterns, Places, columns_of
from audits.trees import MOST_DEPTH, Floats, Trees, margins

TABLE_BITS = 8
ROWS_AT_ONCE = 4_000

# Contributions float64[leaves, m, patterns] of some leaves of a group at some patterns, were every leaf's value 1.
Parts = Callable[[slice, Patterns], Floats]


def path_dependent(trees: Trees, matrix: Floats, output: int, places: Places) -> tuple[Floats, float]:
    """Contributions to margin `output`, and the base they start from, conditional on the covers.

    `places` says to which column of the outcome float64[rows, max(places) + 1] each feature's contribution is added.
    Equal to shap.TreeExplainer("tree_path_dependent"), XGBoost's pred_contribs and LightGBM's pred_contrib.
    """
    forest, expected = Forest(trees, output), []

    def rule(group: Leaves) -> Parts:
        expected.append(float(group.share.prod(axis=1) @ group.value))
        return _by_cover(group)

    phi = _added_up(forest, matrix, places, rule)
    return phi, float(trees.base[output]) + forest.lone + sum(expected)


def interventional(
    trees: Trees, matrix: Floats, background: Floats, output: int, places: Places
) -> tuple[Floats, float]:
    """The same against the rows of `background`: equal to shap.TreeExplainer with that data and "interventional"."""
    seen = columns_of(trees, background)
    base = float(margins(trees, background)[:, output].mean())
    return _added_up(Forest(trees, output), matrix, places, lambda group: _by_background(group, trees, seen)), base


def _added_up(forest: Forest, matrix: Floats, places: Places, rule: Callable[[Leaves], Parts]) -> Floats:
    total = np.zeros((int(places.max(initial=-1)) + 1, len(matrix)))
    pieces = range(0, len(matrix), ROWS_AT_ONCE)
    columns = [(columns_of(forest.trees, matrix[i : i + ROWS_AT_ONCE]), total[:, i : i + ROWS_AT_ONCE]) for i in pieces]
    for group in forest.leaves():
        look_up = _tabled if group.m <= TABLE_BITS else _met
        parts = rule(group)
        for values, found in columns:
            for leaf, added in enumerate(look_up(group, parts, group.patterns(forest.trees, values))):
                for feature, part in zip(group.features[leaf], added, strict=True):
                    found[places[feature]] += part
    return total.T


def _tabled(group: Leaves, parts: Parts, patterns: Patterns) -> Iterator[Floats]:
    """For each leaf float64[m, rows], from a table of all 2^m patterns."""
    table = parts(slice(None), np.arange(2**group.m, dtype=patterns.dtype)) * group.value[:, None, None]
    for leaf, pattern in enumerate(patterns):
        yield table[leaf].take(pattern.astype(np.intp), axis=1)


def _met(group: Leaves, parts: Parts, patterns: Patterns) -> Iterator[Floats]:
    """The same for long paths, from the patterns that occur."""
    for leaf, pattern in enumerate(patterns):
        distinct, place = np.unique(pattern, return_inverse=True)
        table = parts(slice(leaf, leaf + 1), distinct)[0] * group.value[leaf]
        yield table.take(place, axis=1)


def _by_cover(group: Leaves) -> Parts:
    def parts(which: slice, asked: Patterns) -> Floats:
        follows, share = 1 - _bits(asked, group.m), group.share[which, :, None]
        total = np.zeros((len(share), group.m, len(asked)))
        for t, weight in zip(*_gauss((group.m + 1) // 2), strict=True):
            factor = t * follows + (1 - t) * share
            total += weight * factor.prod(axis=1, keepdims=True) / factor
        return np.asarray((follows - share) * total)

    return parts


def _by_background(group: Leaves, trees: Trees, seen: Floats) -> Parts:
    others = group.patterns(trees, seen)
    count, width = others.shape[1], 2**group.m

    def table(_which: slice, asked: Patterns) -> Floats:
        spots = others + np.arange(len(others))[:, None] * width
        weight = np.bincount(spots.ravel(), minlength=len(others) * width).reshape(-1, 1, width) / count
        gain, loss = _of_pairs(group.m)
        bits = _bits(asked, group.m)
        return np.asarray((weight * bits) @ gain - (weight @ loss) * bits)

    def met(which: slice, asked: Patterns) -> Floats:
        distinct, counts = np.unique(others[which], return_counts=True)
        return _against(asked, distinct, counts / count, group.m)[None]

    return table if group.m <= TABLE_BITS else met


@lru_cache
def _of_pairs(m: int) -> tuple[Floats, Floats]:
    """What a feature gains that the background alone leaves, and loses that the row alone does: by [other, row]."""
    every = np.arange(2**m)
    meet = (every[:, None] & every[None, :]) == 0
    left = np.bitwise_count(every)
    return _integrals()[left[:, None], left[None, :]] * meet, _integrals()[left[None, :], left[:, None]] * meet


def _against(asked: Patterns, other: Patterns, weight: Floats, m: int) -> Floats:
    """float64[m, asked] of one leaf; `weight` [other] is the share of the background with each other pattern."""
    theirs, ours = np.nonzero((other[:, None] & asked[None, :]) == 0)
    a, b = np.bitwise_count(other)[theirs], np.bitwise_count(asked)[ours]
    gain, loss = weight[theirs] * _integrals()[a, b], weight[theirs] * _integrals()[b, a]
    bits = _bits(other, m)[:, theirs]
    gained = np.stack([np.bincount(ours, gain * bit, len(asked)) for bit in bits])
    return np.asarray(gained - np.bincount(ours, loss, len(asked)) * _bits(asked, m))


@lru_cache
def _integrals() -> Floats:
    """(own - 1)! others! / (own + others)! by [own, others], up to the longest path; 0 where own is none."""
    own, others = np.arange(1, MOST_DEPTH + 1)[:, None], np.arange(MOST_DEPTH + 1)[None, :]
    return np.vstack([np.zeros((1, MOST_DEPTH + 1)), special.beta(own, others + 1)])


def _bits(patterns: Patterns, m: int) -> Floats:
    """float64[m, patterns]: the bits, lowest first."""
    places = np.arange(m, dtype=patterns.dtype)[:, None]
    return np.asarray(((patterns[None, :] >> places) & patterns.dtype.type(1)).astype(np.float64))


@lru_cache
def _gauss(count: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2
