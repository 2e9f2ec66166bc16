"""How unequally decisions benefit people: the Theil index of Speicher et al. 2018, whole and between groups.

A row's benefit is 2 where the favourable decision came against the outcome, 0 where it was withheld against it, 1
otherwise (AIF360). The whole index has a delta interval; the index between groups is pressed against nought where the
groups are alike, so its interval is taken over all group means that exact bounds allow together.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from audits.engine.bias.intervals import Floats, exact, solid
from audits.engine.bounds import Interval

Ints = NDArray[np.int64]
MOST_GROUPS = 12  # corners of the box of group means grow as two to their number
Told = tuple[float, Interval | None, str]


def theil(more: int, less: int, n: int, confidence: float) -> Told | None:
    """Theil index of n benefits, `more` of 2 and `less` of 0, with a delta interval; without one where a count is too
    small for it; None where there is no row, or no benefit at all."""
    mean = 1 + (more - less) / n if n else 0.0
    if mean <= 0:
        return None
    size = 2 * np.log(2) * more / n
    value = float(size / mean - np.log(mean))
    if not solid(np.array([more, less]), np.array([n, n])).all():
        return value, None, "too few errors of one kind for an interval"
    benefits, counts = np.array([0.0, 1.0, 2.0]), np.array([less, n - more - less, more])
    logs = np.array([0.0, 0.0, 2 * np.log(2)])
    influence = logs / mean - benefits * (size / mean**2 + 1 / mean)
    centred = influence - influence @ counts / n
    error = float(np.sqrt((centred**2 @ counts) / n / n))
    half = float(stats.norm.isf((1 - confidence) / 2)) * error
    return value, Interval(max(0.0, value - half), value + half), "delta"


def between_groups(more: Ints, less: Ints, n: Ints, confidence: float) -> Told | None:
    """The Theil index when everybody has their group's mean benefit; the shares of the groups are taken as they are."""
    there = n > 0
    more, less, n = more[there], less[there], n[there]
    if len(n) < 2 or (n + more - less).sum() <= 0:
        return None
    weights = n / n.sum()
    value = index_of(1 + (more - less) / n, weights)
    if len(n) > MOST_GROUPS:
        return value, None, f"more than {MOST_GROUPS} groups: no interval"
    each = 1 - (1 - confidence) / (2 * len(n))
    up, down = exact(more, n, each), exact(less, n, each)
    low, high = 1 + up.low - down.high, 1 + up.high - down.low
    around = Interval(_least(low, high, weights), _most(low, high, weights))
    return value, around, "exact bounds of all groups together"


def index_of(means: Floats, weights: Floats) -> float:
    """Theil's index of groups with these mean benefits and shares (0 where everybody has the same)."""
    return float(_indices(means[None, :], weights)[0])


def _indices(means: Floats, weights: Floats) -> Floats:
    """The index of each line of float64[lines, groups]."""
    whole = means @ weights
    safe = np.where(whole > 0, whole, 1.0)  # nobody has any benefit: all are alike
    found = (special.xlogy(means, means) @ weights) / safe - np.log(safe)
    return np.asarray(np.where(whole > 0, np.maximum(0.0, found), 0.0))


def _most(low: Floats, high: Floats, weights: Floats) -> float:
    """The index falls and then rises in every mean, so it is largest at a corner."""
    corners = np.array(list(product((False, True), repeat=len(low))))
    return float(_indices(np.where(corners, high, np.maximum(low, 0.0)), weights).max())


def _least(low: Floats, high: Floats, weights: Floats) -> float:
    """Smallest where every mean is as near to one common level as its bounds allow."""
    bottom, top = float(high.min()), float(low.max())
    if top <= bottom:
        return 0.0
    found = optimize.minimize_scalar(
        lambda level: index_of(np.clip(level, low, high), weights), bounds=(bottom, top), method="bounded"
    )
    return float(found.fun)
