"""Leaves whose paths have more conditions than a table holds: each pattern of rows that occurs is worked out once."""

from collections.abc import Iterator

import numpy as np

from audits.engine.attribution.leaves import Forest, Leaves, Patterns, Places
from audits.engine.attribution.polynomials import gauss, integrals
from audits.trees import MOST_DEPTH, Floats

Line = tuple[tuple[int, ...], Floats]  # of one feature of a leaf or of two, what they add by distinct pattern


def add_long(
    forest: Forest, leaves: Places, values: Floats, seen: Floats | None, targets: Places, total: Floats, paired: bool
) -> float:
    """Adds these leaves' contributions to total [line, row] for `values` [features, rows] against `seen` [features,
    background rows], or by the covers; what they add to a row of which nothing is known (by the covers).

    `targets` gives by feature, or by feature and feature, the line of the total; -1 is none.
    """
    expected = 0.0
    for group in forest.leaves(leaves):
        own = group.patterns(forest.trees, values)
        others = None if seen is None else group.patterns(forest.trees, seen)
        expected += float(group.share.prod(axis=1) @ group.value)
        for leaf, pattern in enumerate(own):
            distinct, place = np.unique(pattern, return_inverse=True)
            there = None if others is None else np.unique(others[leaf], return_counts=True)
            for which, part in _lines(group, leaf, distinct, there, paired):
                features = group.features[leaf][list(which)]
                target = targets[features[0], features[1] if paired else 0]
                if target >= 0:
                    total[target] += group.value[leaf] * part[place]
    return expected


def _lines(
    group: Leaves, leaf: int, own: Patterns, others: tuple[Patterns, Places] | None, paired: bool
) -> Iterator[Line]:
    if others is None:
        return _by_cover(own, group.share[leaf], paired)
    return _by_background(own, others[0], others[1] / others[1].sum(), group.m, paired)


def _by_cover(own: Patterns, share: Floats, paired: bool) -> Iterator[Line]:
    m = len(share)
    points, weights = (each[m, : (m + 1) // 2] for each in gauss(MOST_DEPTH))
    follows = 1 - _bits(own, m)
    apart = follows - share[:, None]
    factor = points[:, None, None] * follows + (1 - points)[:, None, None] * share[:, None]
    product = weights[:, None] * factor.prod(axis=1)
    for i in range(m):
        one = product / factor[:, i]
        if not paired:
            yield (i,), apart[i] * one.sum(axis=0)
        for j in range(i if paired else 0):
            yield (i, j), apart[i] * apart[j] * (one / factor[:, j]).sum(axis=0)


def _by_background(own: Patterns, other: Patterns, weight: Floats, m: int, paired: bool) -> Iterator[Line]:
    """Every pair of a background pattern and a row's pattern that leave the path in different features."""
    theirs, ours = np.nonzero((other[:, None] & own[None, :]) == 0)
    a, b = np.bitwise_count(other)[theirs].astype(np.int64), np.bitwise_count(own)[ours].astype(np.int64)
    known, share, size = integrals(), weight[theirs], len(own)
    left, gone = _bits(other, m)[:, theirs], _bits(own, m)[:, ours]

    def summed(terms: Floats) -> Floats:
        return np.asarray(np.bincount(ours, share * terms, size), dtype=np.float64)

    if not paired:
        gain, loss = known[a, b], known[b, a]
        for i in range(m):
            yield (i,), summed(left[i] * gain - gone[i] * loss)
        return
    # Places below 0 belong to terms that no bit lets in.
    gain, loss, mixed = known[np.maximum(a - 1, 0), b], known[np.maximum(b - 1, 0), a], known[a, np.maximum(b - 1, 0)]
    for i in range(m):
        for j in range(i):
            both = left[i] * left[j] * gain + gone[i] * gone[j] * loss
            yield (i, j), summed(both - (left[i] * gone[j] + gone[i] * left[j]) * mixed)


def _bits(patterns: Patterns, m: int) -> Floats:
    """float64[m, patterns]: the bits, lowest first."""
    places = np.arange(m, dtype=patterns.dtype)[:, None]
    return np.asarray(((patterns[None, :] >> places) & patterns.dtype.type(1)).astype(np.float64))
