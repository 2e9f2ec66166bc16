"""The two sets of numbers with which contributions are integrated exactly."""

from functools import lru_cache

import numpy as np
from scipy import special

from audits.trees import MOST_DEPTH, Floats


@lru_cache
def gauss(most: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre points and weights on 0 to 1, [m, point] for m features up to `most`: ceil(m / 2) of them are
    exact for the degree m - 1. Places beyond weigh nothing."""
    points, weights = np.full((most + 1, (most + 1) // 2), 0.5), np.zeros((most + 1, (most + 1) // 2))
    for m in range(1, most + 1):
        count = (m + 1) // 2
        found, weight = np.polynomial.legendre.leggauss(count)
        points[m, :count], weights[m, :count] = (found + 1) / 2, weight / 2
    return points, weights


@lru_cache
def integrals() -> Floats:
    """(own - 1)! others! / (own + others)! by [own, others], up to the longest path; 0 where own is none."""
    own, others = np.arange(1, MOST_DEPTH + 1)[:, None], np.arange(MOST_DEPTH + 1)[None, :]
    return np.vstack([np.zeros((1, MOST_DEPTH + 1)), special.beta(own, others + 1)])
