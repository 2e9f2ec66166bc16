"""Figures that are no plain share, each with an interval, or the reason why there is none.

Three ways, chosen by what is known: exact where the figure is a function of one binomial share or of an order
statistic; exact and conservative where it is one of two shares, each with half of the error (Bonferroni); else the
delta method by influence values (Serfling 1980, section 3.3; Huber 1981, section 1.5), only with enough rows and only
where these values are not too skew (Cochran 1977, section 2.15: n above 25 times the squared skewness).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval, Rate, cp_interval, wilson
from audits.engine.frame import Floats

SKEW_RULE = 25  # Cochran's factor
# What Cochran's rule lets through may cover a point or two less than it says, so a fifth of the error is kept back: an
# interval for 90 % is drawn for 92 %.
KEPT_BACK = 0.2
LEAST_ROWS, LEAST_COUNT = 100, 5  # below these no approximate interval is given
LARGEST = 1e100  # cubes of such numbers, and sums of them, are finite


@dataclass(frozen=True)
class Estimate:
    """A figure of n rows with its interval and how that was made; without an interval, `reason` and rows that would."""

    value: float
    n: int
    interval: Interval | None
    method: str = ""
    reason: str | None = None
    rows_needed: int | None = None


def z_of(confidence: float) -> float:
    """The two-sided normal quantile."""
    return float(stats.norm.ppf(1 - (1 - confidence) / 2))


def half_of(confidence: float) -> float:
    """The confidence of each of two exact intervals that hold together at `confidence`."""
    return 1 - (1 - confidence) / 2


def f1_exact(tp: int, fp: int, fn: int, confidence: float) -> Estimate:
    """F1 = 2J/(1 + J), where J = tp/(tp + fp + fn) is a binomial share given its denominator; needs one such row."""
    n = tp + fp + fn
    around = cp_interval(tp, n, confidence)
    interval = Interval(*(2 * share / (1 + share) for share in (around.low, around.high)))
    return Estimate(2 * tp / (2 * tp + fp + fn), n, interval, "Clopper-Pearson of tp/(tp+fp+fn)")


def mean_of_two(first: Rate, second: Rate, confidence: float) -> Estimate:
    """The mean of two independent rates: hybrid Wilson (Newcombe 1998 for a sum), or exact where a count is small."""
    value, n = (first.value + second.value) / 2, int(first.n + second.n)
    cells = (first.k, first.n - first.k, second.k, second.n - second.k)
    if min(cells) < LEAST_COUNT or n < LEAST_ROWS:
        a, b = (cp_interval(rate.k, rate.n, half_of(confidence)) for rate in (first, second))
        return Estimate(value, n, Interval((a.low + b.low) / 2, (a.high + b.high) / 2), "Clopper-Pearson, shared")
    a, b = (wilson(rate, z_of(confidence)) for rate in (first, second))
    low = math.hypot(first.value - a.low, second.value - b.low) / 2
    high = math.hypot(a.high - first.value, b.high - second.value) / 2
    return Estimate(value, n, Interval(value - low, value + high), "hybrid Wilson")


def ratio_of_shares(first: Rate, second: Rate, confidence: float) -> Interval:
    """An exact interval of first/second, however the two depend on each other; the upper end may be infinite."""
    a, b = (cp_interval(rate.k, rate.n, half_of(confidence)) for rate in (first, second))
    return Interval(a.low / b.high, a.high / b.low if b.low > 0 else math.inf)


def by_influence(
    value: float,
    influence: Floats,
    confidence: float,
    scale: str = "plain",
    *,
    skewed: tuple[Floats, ...] | None = None,
    least_error: float = 0.0,
) -> Estimate:
    """The delta method: `influence` holds one value a row, their mean is zero and their variance over n that of the
    figure. `scale` says on which scale the interval is symmetric: plain, log, logit or fisher. `skewed` are the values
    that Cochran's rule looks at, the influence unless stated; the standard error is never below `least_error`.

    The rule looks at the sample and so turns away the samples that would have shown most; what it bounds is how often a
    wrong interval is told at all (test_engine_measures_coverage).
    """
    n = len(influence)
    if n < LEAST_ROWS:
        return Estimate(value, n, None, reason=f"Told from {LEAST_ROWS} rows on.", rows_needed=LEAST_ROWS)
    ordered = np.sort(influence)
    spread = float(ordered.std(ddof=1))
    # Cubes of the values are taken below.
    if not (math.isfinite(value) and math.isfinite(spread) and float(np.abs(ordered).max()) < LARGEST):
        return Estimate(value, n, None, reason="The numbers are too large for their sums to be finite.")
    if spread <= 1e-12 * max(1.0, abs(value)):
        return Estimate(value, n, None, reason="Every row says the same, so its spread cannot be told.")
    needed = max((_rows_for_skew(np.sort(each)) for each in ((ordered,) if skewed is None else skewed)), default=0)
    if needed > n:
        return Estimate(value, n, None, reason="A few rows carry the figure.", rows_needed=needed)
    error = max(spread / math.sqrt(n), least_error)
    interval = _on_scale(value, z_of(1 - (1 - KEPT_BACK) * (1 - confidence)) * error, scale)
    if interval is None:
        return Estimate(value, n, None, reason="It lies at the end of what it can be.")
    return Estimate(value, n, interval, f"delta method, {scale} scale" if scale != "plain" else "delta method")


def _rows_for_skew(ordered: Floats) -> int:
    """The rows from which Cochran's rule lets the mean of such values have a normal interval."""
    around = ordered - ordered.mean()
    spread = float(around.std())
    return math.ceil(SKEW_RULE * float((around**3).mean() / spread**3) ** 2) if spread > 0 else 0


def _on_scale(value: float, half: float, scale: str) -> Interval | None:
    """value plus and minus half, symmetric on a scale that ends where the figure does; None at such an end."""
    if scale == "log":
        return Interval(value * math.exp(-half / value), value * math.exp(half / value)) if value > 0 else None
    if scale == "logit":
        if not 0 < value < 1:
            return None
        centre, wide = math.log(value / (1 - value)), half / (value * (1 - value))
        return Interval(*(1 / (1 + math.exp(-min(max(end, -700), 700))) for end in (centre - wide, centre + wide)))
    if scale == "fisher":
        if not -1 < value < 1:
            return None
        centre, wide = math.atanh(value), half / (1 - value * value)
        return Interval(math.tanh(centre - wide), math.tanh(centre + wide))
    return Interval(value - half, value + half)


def by_cells(value: float, gradient: Floats, counts: NDArray[np.int64], confidence: float, scale: str) -> Estimate:
    """The delta method for a figure of a table of counts: `gradient` by cell, in shares (Bishop, Fienberg and Holland
    1975, section 14.6). The rows of a cell all have its gradient, less the mean, as influence."""
    flat = gradient.ravel() - float((gradient * counts).sum() / counts.sum())
    return by_influence(value, np.repeat(flat, counts.ravel()), confidence, scale)


def quantile_interval(ordered: Floats, share: float, confidence: float) -> Interval | None:
    """The distribution-free interval of the `share` quantile by two order statistics (David and Nagaraja 2003, section
    7.1), each side with half of the error; None where the rows are too few for one of the sides."""
    n, tail = len(ordered), (1 - confidence) / 2
    low = int(stats.binom.ppf(tail, n, share))
    low -= int(stats.binom.cdf(low - 1, n, share) > tail)  # P(fewer than `low` rows below the quantile) <= tail
    high = int(stats.binom.isf(tail, n, share)) + 1  # P(at least `high` rows below it) <= tail
    if low < 1 or high > n:
        return None
    return Interval(float(ordered[low - 1]), float(ordered[high - 1]))


def quantile_rows(share: float, confidence: float) -> int:
    """The fewest rows with which both sides of that interval exist."""
    tail = (1 - confidence) / 2
    return math.ceil(max(math.log(tail) / math.log(share), math.log(tail) / math.log(1 - share)))
