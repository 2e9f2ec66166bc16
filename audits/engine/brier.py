"""What the Brier score is made of, and whether probabilities are off as a whole: functions of counts by score.

Sources: Murphy 1973 (reliability less resolution plus uncertainty); Stephenson, Coelho and Jolliffe 2008 (the two terms
within bins, without which the parts do not add up); Ferro and Fricker 2012 (what small bins add to reliability and
resolution); Cox 1958 (intercept and slope of the outcome on the stated log-odds); Spiegelhalter 1986 (z).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.calibration import Cells, mass_bins
from audits.engine.frame import Floats
from audits.engine.weighted import Weighted

STEPS, ENOUGH = 50, 1e-10
FARTHEST = 50.0  # a slope or intercept beyond it means that the score separates the outcomes


@dataclass(frozen=True)
class Parts:
    """The Brier score of `n` rows and its parts, in squared probability.

    score = reliability - resolution + uncertainty + spread - together, exactly; spread and together are the variance of
    the stated probabilities within bins and twice their covariance with the outcomes. The `fair` ones are free of what
    small bins add (None where a bin has a single row).
    """

    n: int
    score: float
    reliability: float
    resolution: float
    uncertainty: float
    spread: float
    together: float
    fair: tuple[float, float, float] | None


def parts(cells: Cells, bins: int) -> Parts:
    """The parts over `bins` equal-mass bins, ties together."""
    counts = (cells.hits + cells.misses).astype(np.float64)
    n, place = cells.n, mass_bins(cells.hits + cells.misses, bins)
    kept = np.unique(place)
    weights = np.stack(
        [counts, cells.hits, counts * cells.hit_score, counts * cells.hit_score**2, cells.hits * cells.hit_score]
    )
    size, hits, stated, squares, met = (np.bincount(place, weights=each, minlength=bins)[kept] for each in weights)
    mean, seen, base = stated / size, hits / size, float(hits.sum()) / n
    inner = seen * (1 - seen)
    reliability = float(size @ (mean - seen) ** 2) / n
    resolution = float(size @ (seen - base) ** 2) / n
    spread = float((squares - size * mean**2).sum()) / n
    together = 2 * float((met - size * mean * seen).sum()) / n
    score = float((squares - 2 * met + hits).sum()) / n
    fair = _fair(n, size, inner, base, reliability, resolution)
    return Parts(n, score, reliability, resolution, base * (1 - base), spread, together, fair)


def _fair(
    n: int, size: NDArray[Any], inner: NDArray[Any], base: float, reliability: float, resolution: float
) -> tuple[float, float, float] | None:
    """Reliability, resolution and uncertainty of Ferro and Fricker 2012, equations 7 to 9."""
    if size.min() < 2:
        return None
    small = float(size @ (inner / (size - 1))) / n
    whole = base * (1 - base) / (n - 1)
    return reliability - small, resolution - small + whole, base * (1 - base) + whole


def score_interval(cells: Cells, confidence: float) -> Interval:
    """Interval of the expected score given the stated probabilities. Had the likelier outcome always come, the score
    would be the mean of min(p, 1 - p) squared; every surprise adds |1 - 2 p|: a weighted sum of events."""
    p, n = cells.hit_score, cells.n
    counts, surprises = cells.hits + cells.misses, np.where(p <= 0.5, cells.hits, cells.misses)
    weights, least = np.abs(1 - 2 * p) / n, float(counts @ np.minimum(p, 1 - p) ** 2) / n
    found = Weighted(float(surprises @ weights), float(surprises @ weights**2), float(weights.max(initial=0.0)))
    around = found.interval(confidence)
    return Interval(least + around.low, min(1.0, least + around.high))


@dataclass(frozen=True)
class Line:
    """Outcome on stated log-odds: `intercept` at slope 1, and `slope`, each with its standard error."""

    intercept: float
    intercept_error: float
    slope: float
    slope_error: float

    def intervals(self, confidence: float) -> tuple[Interval, Interval]:
        """Wald intervals of intercept and slope."""
        z = float(stats.norm.ppf(1 - (1 - confidence) / 2))
        pairs = ((self.intercept, self.intercept_error), (self.slope, self.slope_error))
        first, second = (Interval(value - z * error, value + z * error) for value, error in pairs)
        return first, second


def cox_line(cells: Cells, clip: float) -> Line | None:
    """Calibration intercept (slope held at 1) and slope by maximum likelihood; None where none exists (one outcome, one
    score, or a score that separates the outcomes). Stated 0 and 1 count as `clip` and 1 - `clip`."""
    p = np.clip(cells.hit_score, clip, 1 - clip)
    logit, counts = np.log(p) - np.log1p(-p), (cells.hits + cells.misses).astype(np.float64)
    ones = np.ones_like(logit)
    at_one = _newton(ones[:, None], logit, cells.hits, counts)
    if len(np.unique(logit)) < 2:
        return None
    free = _newton(np.column_stack([ones, logit]), np.zeros_like(logit), cells.hits, counts)
    if at_one is None or free is None:
        return None
    return Line(float(at_one[0][0]), float(at_one[1][0]), float(free[0][1]), float(free[1][1]))


def _newton(design: Floats, offset: Floats, hits: NDArray[np.int64], counts: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients and standard errors of a logistic regression on grouped rows; None where it does not settle."""
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        mean = 1 / (1 + np.exp(-np.clip(design @ beta + offset, -700, 700)))
        weight = counts * mean * (1 - mean)
        information = (design * weight[:, None]).T @ design
        if not np.linalg.cond(information) < 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (hits - counts * mean))
        beta = beta + step
        if np.abs(beta).max() > FARTHEST:
            return None
        if np.abs(step).max() < ENOUGH:
            return beta, np.sqrt(np.diag(np.linalg.inv(information)))
    return None


def spiegelhalter(cells: Cells) -> float | None:
    """z of the Brier score against what perfectly kept probabilities would give; None where they leave no doubt."""
    p, counts = cells.hit_score, cells.hits + cells.misses
    above = float((cells.hits * (1 - 2 * p)).sum() - (counts * p * (1 - 2 * p)).sum())
    variance = float((counts * (1 - 2 * p) ** 2 * p * (1 - p)).sum())
    return above / math.sqrt(variance) if variance > 0 else None
