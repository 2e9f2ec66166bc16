"""How many independent rows a weighted, clustered sample is worth (DOMAIN 1.0 rule 11).

Kish 1965: (sum w)^2 / sum w^2, divided by the design effect of clusters. Korn and Graubard 1998: an exact binomial
bound on that many rows, corrected for few clusters by a ratio of t quantiles. The law of a rate is that of a ratio
estimator, linearised (Cochran 1977, section 6.3; as survey packages do). Bounds made so are approximate, and say so.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval, Rate, cp_interval, cp_upper, difference_interval
from audits.engine.frame import Floats, Mask

LEAST_CLUSTERS = 5  # with and without the event; below, the rows of a cluster are taken to say all the same


@dataclass(frozen=True)
class Design:
    """float64[rows] weights and int64[rows] clusters of a sample; `told` names the columns they come from."""

    weights: Floats
    clusters: NDArray[np.int64]
    told: str


@dataclass(frozen=True)
class Worth:
    """A weighted rate of `n` rows in `clusters`, which is worth `n_eff` independent rows; `effect` is the design
    effect of clusters (at least 1), `dependent` whether it was assumed because too few clusters could show it."""

    rate: float
    n: int
    clusters: int
    kish: float
    effect: float
    n_eff: float
    dependent: bool

    @property
    def as_rate(self) -> Rate:
        """k_eff of n_eff."""
        return Rate(self.rate * self.n_eff, self.n_eff)

    def upper(self, gamma: float) -> float:
        """The approximate one-sided upper bound at confidence gamma."""
        return cp_upper(*_counts(self), gamma)

    def interval(self, confidence: float) -> Interval:
        return cp_interval(*_counts(self), confidence)


def _counts(worth: Worth) -> tuple[float, float]:
    return worth.as_rate.k, worth.as_rate.n


@dataclass(frozen=True)
class Weighted:
    """The rows a rate is among, and the weight of each (float64[rows], not negative)."""

    base: Mask
    weights: Floats


def worth_of(hit: Mask, base: Mask, design: Design, gamma: float) -> Worth | None:
    """What the rate of `hit` among `base` is worth; None where fewer than two clusters carry weight."""
    return _worth(hit, Weighted(base, design.weights), design.clusters, gamma)


def _worth(hit: Mask, side: Weighted, clusters_of: NDArray[np.int64], gamma: float) -> Worth | None:
    counted = side.base & (side.weights > 0)
    weights, y = side.weights[counted], hit[counted].astype(np.float64)
    _, cluster = np.unique(clusters_of[counted], return_inverse=True)
    clusters = int(cluster.max()) + 1 if len(cluster) else 0
    if clusters < 2:
        return None
    total, rate = float(weights.sum()), float((weights * y).sum() / weights.sum())
    kish = total**2 / float((weights**2).sum())
    effect, dependent = _effect(weights, y, cluster, rate, kish)
    few = (_t(gamma, len(y) - 1) / _t(gamma, clusters - 1)) ** 2
    return Worth(rate, int(side.base.sum()), clusters, kish, effect, kish / effect * few, dependent)


def _effect(weights: Floats, y: Floats, cluster: NDArray[np.int64], rate: float, kish: float) -> tuple[float, bool]:
    """The variance between clusters over that of as many independent rows, never below 1."""
    clusters = int(cluster.max()) + 1
    size = np.bincount(cluster, weights)
    hits, misses = np.bincount(cluster, y), np.bincount(cluster, 1 - y)
    if min(int((hits > 0).sum()), int((misses > 0).sum())) < LEAST_CLUSTERS:
        whole = float(size.sum()) ** 2 / float((size**2).sum())
        return max(1.0, kish / whole), True
    residual = np.bincount(cluster, weights * (y - rate)) / float(size.sum())
    between = clusters / (clusters - 1) * float((residual**2).sum())
    return max(1.0, between * (kish - 1) / (rate * (1 - rate))), False


def _t(gamma: float, freedom: int) -> float:
    return float(stats.t.ppf(gamma, freedom))


@dataclass(frozen=True)
class Apart:
    """first less second, with an approximate interval of `gamma` a side and the two-sided p of no difference."""

    point: float
    interval: Interval
    p: float
    first: Worth
    second: Worth


def apart(hit: Mask, bases: tuple[Mask, Mask], design: Design, gamma: float) -> Apart | None:
    """The difference of two weighted rates on parts of the same clusters. None where a part has fewer than two."""
    first, second = (Weighted(base, design.weights) for base in bases)
    return apart_weighted(hit, (first, second), design.clusters, gamma)


def apart_weighted(
    hit: Mask, sides: tuple[Weighted, Weighted], clusters_of: NDArray[np.int64], gamma: float
) -> Apart | None:
    """The difference of two rates, each with weights of its own; a row may carry weight in both. The wider of the
    linearised interval, which knows that both sides share clusters, and of Wald and Newcombe on effective rows."""
    first, second = (_worth(hit, side, clusters_of, gamma) for side in sides)
    if first is None or second is None:
        return None
    residual = np.zeros(len(hit))
    for sign, side, worth in ((1, sides[0], first), (-1, sides[1], second)):
        weights = np.where(side.base, side.weights, 0.0)
        residual += sign * weights * (hit - worth.rate) / weights.sum()
    counted = (sides[0].base & (sides[0].weights > 0)) | (sides[1].base & (sides[1].weights > 0))
    _, cluster = np.unique(clusters_of[counted], return_inverse=True)
    clusters = int(cluster.max()) + 1
    sums = np.bincount(cluster, residual[counted])
    error = float(np.sqrt(clusters / (clusters - 1) * (sums**2).sum()))
    point, half = first.rate - second.rate, _t(gamma, clusters - 1) * error
    hybrid = difference_interval(first.as_rate, second.as_rate, float(stats.norm.ppf(gamma)))
    interval = Interval(min(point - half, hybrid.low), max(point + half, hybrid.high))
    return Apart(point, interval, _p(point, error, first, second), first, second)


def _p(point: float, error: float, first: Worth, second: Worth) -> float:
    """Two-sided p by the larger of the linearised standard error and that of the effective rows."""
    plain = sum(each.rate * (1 - each.rate) / each.n_eff for each in (first, second))
    spread = max(error, float(np.sqrt(plain)))
    return float(2 * stats.norm.sf(abs(point) / spread)) if spread > 0 else 1.0


def dependent_share(base: Mask, design: Design) -> float:
    """Effective rows over rows, were all rows of a cluster to say the same: for figures that are not linearised."""
    size = np.bincount(np.unique(design.clusters[base], return_inverse=True)[1], design.weights[base])
    squares = float((size**2).sum())
    return min(1.0, float(size.sum()) ** 2 / squares / int(base.sum())) if squares > 0 else 0.0
