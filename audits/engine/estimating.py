"""How often is a model wrong on rows without outcomes? From its stated probabilities, set right on reference rows.

Each row promises an error rate q: 1 - p for a positive decision, p for a negative one, 1 - confidence for a class. In
bins of the reference rows (by side of the decision and stated probability) the observed errors differ from the promise
by an offset; the later rows are expected to err at promise plus offset. It is confidence-based performance estimation
with binned re-calibration. Assumption: no concept drift - cases that look alike turn out alike, before and after.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.frame import Floats, Mask

LEAST_ROWS = 100  # of either part, and LEAST_ERRORS of the reference, for a normal interval
LEAST_ERRORS = 5


@dataclass(frozen=True)
class Places:
    """Bin of every row (-1: the side of its decision has no reference rows, or it states no probability)."""

    code: NDArray[np.int64]
    bins: int


def places_of(probability: Floats, side: Mask, reference: Mask, most: int, least: int) -> Places:
    """Equal-mass bins of the reference rows on each side of the decision: at most `most` a side, of `least` rows or
    more; rows of equal probability stay together."""
    code, bins = np.full(len(probability), -1, dtype=np.int64), 0
    for on_side in (side, ~side):
        rows = on_side & np.isfinite(probability)
        known = np.sort(probability[rows & reference])
        if len(known) == 0:
            continue
        count = max(1, min(most, len(known) // least))
        edges = np.unique(np.quantile(known, np.arange(1, count) / count))
        edges = edges[edges < known[-1]]
        code[rows] = bins + np.searchsorted(edges, probability[rows], side="left")
        bins += len(edges) + 1
    return Places(code, bins)


@dataclass(frozen=True)
class Offsets:
    """What the reference rows taught: per bin the rows, the mean of observed less promised, and its variance."""

    n: NDArray[np.int64]
    offset: Floats
    variance: Floats
    errors: int


def offsets_of(places: Places, promised: Floats, wrong: Mask, reference: Mask) -> Offsets:
    """The offset of every bin from labelled reference rows."""
    rows = reference & (places.code >= 0)
    code, residual = places.code[rows], wrong[rows] - promised[rows]
    n = np.bincount(code, minlength=places.bins)
    mean = np.bincount(code, residual, places.bins) / np.maximum(n, 1)
    square = np.bincount(code, (residual - mean[code]) ** 2, places.bins) / np.maximum(n - 1, 1)
    # A bin without an error has not shown that errors cannot happen there.
    share = (np.bincount(code, wrong[rows], places.bins) + 0.5) / (n + 1)
    spread = np.maximum(square, share * (1 - share))
    return Offsets(n, mean, spread, int(wrong[rows].sum()))


@dataclass(frozen=True)
class Estimate:
    """The expected error rate of `n` rows; `reference_se` is what the offsets leave open, `se` the rows' draw too."""

    n: int
    value: float
    reference_se: float
    se: float
    expected_spread: float
    sound: bool

    def interval(self, confidence: float) -> Interval | None:
        """Normal interval of the error rate of the cases that the rows stand for; None where too little is known."""
        if not self.sound:
            return None
        half = _z(confidence) * self.se
        return Interval(max(0.0, self.value - half), min(1.0, self.value + half))

    def off(self, k: int, confidence: float) -> Interval | None:
        """Normal interval of the realised rate, k of the same n, less the estimated one."""
        if not self.sound:
            return None
        gap = k / self.n - self.value
        half = _z(confidence) * math.sqrt(self.reference_se**2 + self.expected_spread / self.n)
        return Interval(gap - half, gap + half)


def estimate(places: Places, promised: Floats, learnt: Offsets, where: Mask) -> Estimate | None:
    """The expected error rate of the rows of `where` whose bin is known; None without one."""
    rows = where & (places.code >= 0)
    code, n = places.code[rows], int(rows.sum())
    if n == 0:
        return None
    expected = np.clip(promised[rows] + learnt.offset[code], 0.0, 1.0)
    expected.sort()
    share = np.bincount(code, minlength=places.bins) / n
    held = learnt.n > 0
    variance = float((share[held] ** 2 * learnt.variance[held] / learnt.n[held]).sum())
    value = float(expected.mean())
    spread = float(expected.var())
    sound = n >= LEAST_ROWS and int(learnt.n.sum()) >= LEAST_ROWS and learnt.errors >= LEAST_ERRORS
    errs = float((expected * (1 - expected)).mean())
    return Estimate(n, value, math.sqrt(variance), math.sqrt(variance + spread / n), errs, sound)


def _z(confidence: float) -> float:
    return float(stats.norm.ppf(1 - (1 - confidence) / 2))
