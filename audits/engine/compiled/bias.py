"""Fisher's exact test of many two-by-two tables at once."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]

SLACK = 1 + 1e-7  # tables as likely as the observed one count, rounding apart


@njit(cache=True, nogil=True)
def fisher(k: Ints, n: Ints, other_k: Ints, other_n: Ints) -> NDArray[np.float64]:
    """Two-sided p that k of n and other_k of other_n have equal rates: the sum over all tables with these margins that
    are at most as likely as the observed one (Fisher 1935). int64[m] each; float64[m]."""
    found = np.empty(len(k))
    for i in range(len(k)):
        found[i] = _one(k[i], n[i], other_k[i], other_n[i])
    return found


@njit(cache=True, nogil=True)
def _one(k: int, n: int, other_k: int, other_n: int) -> float:
    whole = k + other_k
    low, high = max(0, whole - other_n), min(n, whole)
    middle = min(max((n + 1) * (whole + 1) // (n + other_n + 2), low), high)
    top = _log_choose(n, middle) + _log_choose(other_n, whole - middle)
    limit = math.exp(_log_choose(n, k) + _log_choose(other_n, other_k) - top) * SLACK
    total, tail = 1.0, 1.0 if limit >= 1.0 else 0.0
    for step in (1, -1):
        x, weight = middle, 1.0
        while low <= x + step <= high:
            if step > 0:
                weight *= (n - x) / (x + 1) * ((whole - x) / (other_n - whole + x + 1))
            else:
                weight *= x / (n - x + 1) * ((other_n - whole + x) / (whole - x + 1))
            x += step
            total += weight
            tail += weight if weight <= limit else 0.0
            if weight < 1e-300:
                break
    return min(1.0, tail / total)


@njit(cache=True, nogil=True)
def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1.0) - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0)
