"""Shapley values of any set function from few coalitions, each asked with its complement.

Drawn as Musco and Witter's Leverage SHAP (2024) draws them: every size equally often, sets of a size alike, none
twice, small sizes whole. Only the odd part of a function, (v(S) - v(not S)) / 2, has a say in its Shapley values, as
OddSHAP (Fumagalli et al. 2025) uses: so it alone is fitted. Where they choose single interactions by a boosted model,
we take all of odd order at once as one Gaussian process. Over signs x in {-1, 1}^n a function is a sum of products of
signs over sets T. The product over T has variance prod_{i in T} a_i, and single signs a wide one beside it, so that
sums are exact:

    cov(v(x), v(y)) = (prod_i (1 + a_i x_i y_i) - prod_i (1 - a_i x_i y_i)) / 2 + wide * x.y
    cov(phi_i, v(x)) = 2 a_i x_i * integral over t in [0, 1] of the even part of prod_{j != i} (1 + t a_j x_j)
                       + 2 wide x_i

since a product over T of odd size shares out its 2 evenly. The integral is a polynomial: Gauss-Legendre is exact. How
much the a_i are, and how much noise is left, is chosen by marginal likelihood; a second look weighs inputs by what the
first found. What the fit leaves of v(all) - v(none) is shared evenly, so that contributions add up.
"""

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Floats

Sets = NDArray[np.bool_]
SCALES = (0.003, 0.01, 0.03, 0.1, 0.3)
NOISES = (1e-6, 1e-4, 1e-2, 1e-1)
WIDE = 100.0  # variance of a sum of single signs beside that of all products, which is 1
GROUPS = 10  # of the jackknife
LARGEST = 0.95


@dataclass(frozen=True)
class Fitted:
    """Contributions float64[n] with their standard errors: what another draw of coalitions would move."""

    contributions: Floats
    error: Floats


def drawn(n: int, pairs: int, rng: np.random.Generator) -> Sets:
    """bool[pairs at most, n]: one of each pair of complements, sizes from 1 up; fewer where there are no more."""
    taken = _shared(n, pairs)
    found = [_of_size(n, size, count, rng) for size, count in taken.items() if count]
    return np.concatenate(found) if found else np.zeros((0, n), dtype=bool)


def _shared(n: int, pairs: int) -> dict[int, int]:
    """How many pairs of each size: the smallest ones whole as far as they fit in an even share of what is left."""
    taken, left = {}, pairs
    sizes = range(1, n // 2 + 1)
    for size in sizes:
        share = left / (len(sizes) - size + 1)
        whole = _pairs_of(n, size)
        taken[size] = min(whole, math.ceil(share))
        left -= taken[size]
    return taken


def _pairs_of(n: int, size: int) -> int:
    return math.comb(n, size) // (2 if 2 * size == n else 1)


def _of_size(n: int, size: int, count: int, rng: np.random.Generator) -> Sets:
    if count == _pairs_of(n, size):
        every = list(itertools.combinations(range(n), size))
        chosen = [one for one in every if 0 in one] if 2 * size == n else every
    else:
        seen: dict[tuple[int, ...], None] = {}
        while len(seen) < count:
            one = tuple(sorted(rng.choice(n, size, replace=False).tolist()))
            if 2 * size == n and 0 not in one:
                one = tuple(sorted(set(range(n)) - set(one)))
            seen[one] = None
        chosen = list(seen)
    found = np.zeros((len(chosen), n), dtype=bool)
    for row, one in enumerate(chosen):
        found[row, list(one)] = True
    return found


def fitted(sets: Sets, values: Floats, complements: Floats, none: float, whole: float) -> Fitted:
    """The contributions behind these worths of `sets` and of their complements, and of nothing and everything."""
    n = sets.shape[1]
    signs = np.vstack([np.ones(n), np.where(sets, 1.0, -1.0)])
    odd = np.concatenate([[whole - none], values - complements]) / 2
    size = float(np.abs(odd).max())
    if size == 0:
        return Fitted(np.zeros(n), np.zeros(n))
    scaled = odd / size
    prior, noise = _chosen(signs, scaled)
    phi = _estimate(signs, scaled, prior, noise)
    left_out = [_estimate(*_without(signs, scaled, group), prior, noise) for group in range(GROUPS)]
    spread = np.array(left_out) - np.mean(left_out, axis=0)
    error = np.sqrt((GROUPS - 1) / GROUPS * (spread**2).sum(axis=0))
    return Fitted(size * phi, size * error)


def _without(signs: Floats, odd: Floats, group: int) -> tuple[Floats, Floats]:
    """All but every tenth coalition; the whole always stays."""
    place = np.arange(len(signs))
    kept = (place == 0) | ((place - 1) % GROUPS != group)
    return signs[kept], odd[kept]


def _chosen(signs: Floats, odd: Floats) -> tuple[Floats, float]:
    """(a_i by input, noise): of equal a_i first, then of a_i in proportion to the squares of what these found."""
    n = signs.shape[1]
    best = _best(signs, odd, np.ones(n))
    size = _estimate(signs, odd, *best) ** 2
    shape = np.maximum(size / max(float(size.max()), 1e-300), 1e-3)
    return max(best, _best(signs, odd, shape), key=lambda each: _likelihood(signs, odd, *each))


def _best(signs: Floats, odd: Floats, shape: Floats) -> tuple[Floats, float]:
    tried = [
        (np.minimum(scale * shape * len(shape) / shape.sum(), LARGEST), noise) for scale in SCALES for noise in NOISES
    ]
    return max(tried, key=lambda each: _likelihood(signs, odd, *each))


def _likelihood(signs: Floats, odd: Floats, prior: Floats, noise: float) -> float:
    """The log marginal likelihood with the scale of all variances at its best."""
    root = np.linalg.cholesky(_covariance(signs, prior, noise))
    white = np.linalg.solve(root, odd)
    return -float(np.log(root.diagonal()).sum()) - len(odd) / 2 * math.log(float(white @ white))


def _covariance(signs: Floats, prior: Floats, noise: float) -> Floats:
    """Of the worths; the whole is known without noise worth telling."""
    rise, base = np.arctanh(prior), 0.5 * np.log1p(-(prior**2)).sum()
    found = np.exp(base) * np.sinh((signs * rise) @ signs.T) / _size(prior) + WIDE / signs.shape[1] * (signs @ signs.T)
    found[np.diag_indices(len(found))] += np.where(np.arange(len(found)) == 0, NOISES[0], noise)
    return np.asarray(found)


def _size(prior: Floats) -> float:
    """The variance of a worth before it is made 1: the same for every coalition."""
    return float(np.exp(0.5 * np.log1p(-(prior**2)).sum()) * np.sinh(np.arctanh(prior).sum()))


def _estimate(signs: Floats, odd: Floats, prior: Floats, noise: float) -> Floats:
    covariance = _covariance(signs, prior, noise)
    shares = _shares(signs, prior) / _size(prior) + 2 * WIDE / signs.shape[1] * signs.T
    phi = shares @ np.linalg.solve(covariance, odd)
    return np.asarray(phi + (2 * odd[0] - phi.sum()) / len(phi))


def _shares(signs: Floats, prior: Floats) -> Floats:
    """float64[n, coalitions]: covariance of the contributions with the worths."""
    n, found = signs.shape[1], np.zeros(signs.T.shape)
    for point, weight in zip(*_points(n), strict=True):
        rise, base = np.arctanh(point * prior), 0.5 * np.log1p(-((point * prior) ** 2))
        others = (signs @ rise)[None, :] - rise[:, None] * signs.T
        found += weight * np.exp(base.sum() - base)[:, None] * np.cosh(others)
    return np.asarray(2 * prior[:, None] * signs.T * found)


@lru_cache
def _points(n: int) -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(n // 2 + 1)
    return (points + 1) / 2, weights / 2
