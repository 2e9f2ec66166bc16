"""Intervals of many rates and of their differences at once.

One rate: Clopper and Pearson 1934. A difference of two rates: Newcombe 1998, method 10, where both sides are large
enough for it; else the exact intervals of both sides at half the error each, which together miss the difference no more
often than stated (Bonferroni). No figure is ever left without an interval because it is small.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

LEAST_ROWS, LEAST_COUNT = 100, 5  # below these nothing approximate is said (the suite's rule on coverage)
NEWCOMBE, EXACT = "Newcombe", "Clopper-Pearson of both sides"


class Bounds(NamedTuple):
    """Point and two-sided interval, arrays of one shape; NaN where there are no rows."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Sides:
    """Rates as they enter differences of one confidence: with score bounds, exact bounds, and whether the former do."""

    value: Floats
    score_low: Floats
    score_high: Floats
    exact_low: Floats
    exact_high: Floats
    solid: Mask

    def __getitem__(self, where: Any) -> "Sides":
        return Sides(*(getattr(self, name)[where] for name in self.__dataclass_fields__))


class Difference(NamedTuple):
    """first - second with its interval; `approximate` where Newcombe's was taken."""

    value: Floats
    low: Floats
    high: Floats
    approximate: Mask


def exact(k: Ints, n: Ints, confidence: float) -> Bounds:
    """Clopper-Pearson intervals of k of n, element by element."""
    k, n = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, k / n, np.nan)
        low = np.where(k > 0, special.betaincinv(np.maximum(k, 1), n - k + 1, tail), 0.0)
        high = np.where(k < n, special.betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail), 1.0)
    return Bounds(value, np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan))


def solid(k: Ints, n: Ints) -> Mask:
    """Where a normal approximation may be used: at least 100 rows, and 5 with and 5 without what is counted."""
    return np.asarray((n >= LEAST_ROWS) & (k >= LEAST_COUNT) & (n - k >= LEAST_COUNT))


def sides(k: Ints, n: Ints, confidence: float) -> Sides:
    """The rates k of n, ready to be subtracted from each other at this confidence."""
    k, n = np.asarray(k), np.asarray(n)
    tight = exact(k, n, 1 - (1 - confidence) / 2)
    z = float(stats.norm.isf((1 - confidence) / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        p = tight.value
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(p * (1 - p) / n + z * z / (4.0 * n * n)) / (1 + z * z / n)
    low, high = np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
    return Sides(p, low, high, tight.low, tight.high, solid(k, n))


def difference(first: Sides, second: Sides) -> Difference:
    """first - second, element by element (shapes are broadcast)."""
    value = first.value - second.value
    low = value - np.hypot(first.value - first.score_low, second.score_high - second.value)
    high = value + np.hypot(first.score_high - first.value, second.value - second.score_low)
    good = first.solid & second.solid
    low = np.where(good, low, first.exact_low - second.exact_high)
    high = np.where(good, high, first.exact_high - second.exact_low)
    return Difference(value, low, high, good)


def ratio(first: Sides, second: Sides, k: tuple[Ints, Ints], n: tuple[Ints, Ints], confidence: float) -> Difference:
    """first / second: log interval (Katz et al. 1978) where both sides are large, else quotients of exact bounds.

    NaN points and an open upper end (infinity) where the second rate is, or may be, nought.
    """
    z = float(stats.norm.isf((1 - confidence) / 2))
    good = first.solid & second.solid
    with np.errstate(invalid="ignore", divide="ignore"):
        value = first.value / second.value
        spread = (1 - first.value) / k[0] + (1 - second.value) / k[1]
        half = z * np.sqrt(np.maximum(spread, 0.0))
        low = np.where(good, value * np.exp(-half), first.exact_low / second.exact_high)
        high = np.where(good, value * np.exp(half), first.exact_high / second.exact_low)
    empty = (n[0] == 0) | (n[1] == 0)
    value = np.where(np.isfinite(value), value, np.nan)
    return Difference(value, np.where(empty, np.nan, low), np.where(empty, np.nan, high), good)
