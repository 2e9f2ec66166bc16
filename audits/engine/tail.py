"""What the worst per cent looks like: the loss of single decisions beyond a quantile.

Expected shortfall is the mean of the worst share (Rockafellar and Uryasev 2000; Acerbi and Tasche 2002 for ties and
fractions of a row). Intervals: exact for a loss of 0 or 1, since all is then a function of one binomial share; by
influence values where the tail has rows enough; else, for a loss with a known largest value, exact by order statistics
that hold together (Bonferroni); else none, with the rows that would do. The quantile has order statistics around it.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from audits.engine.bounds import Interval, cp_interval
from audits.engine.estimates import Estimate, by_influence, quantile_interval, quantile_rows
from audits.engine.frame import Floats

PIECES = (0.5, 0.25, 0.25)  # of the tail, from its quantile on, that bound a loss between order statistics


@dataclass(frozen=True)
class Losses:
    """Loss of each row, float[n] >= 0, ascending or not. `most`: the largest there can be, if that is known.
    `words` completes "... lose"; `binary` says that every loss is 0 or 1."""

    values: Floats
    words: str
    most: float | None = None
    binary: bool = False


def quantile(losses: Losses, worst: float, confidence: float) -> Estimate:
    """The loss that only the `worst` share exceeds, with a distribution-free interval."""
    ordered = np.sort(losses.values)
    n, share = len(ordered), 1 - worst
    value = float(ordered[min(n - 1, max(0, math.ceil(n * share - 1e-9) - 1))])
    interval = quantile_interval(ordered, share, confidence)
    needed = None if interval else quantile_rows(share, confidence)
    reason = None if interval else "The rows are too few to bound it on both sides."
    return Estimate(value, n, interval, "order statistics", reason, needed)


def shortfall(losses: Losses, worst: float, least: int, confidence: float) -> Estimate:
    """The mean loss of the `worst` share; `least` is the fewest rows of the tail for an approximate interval."""
    ordered = np.sort(losses.values)
    value = _mean_of_worst(ordered, worst)
    if losses.binary:
        around = cp_interval(float(ordered.sum()), len(ordered), confidence)
        interval = Interval(*(min(1.0, end / worst) for end in (around.low, around.high)))
        return Estimate(value, len(ordered), interval, "Clopper-Pearson")
    found = _approximate(ordered, value, worst, least, confidence)
    if found.interval is None and losses.most is not None:
        interval = _bounded(ordered, worst, losses.most, confidence)
        return Estimate(value, len(ordered), interval, "order statistics, shared")
    return found


def _mean_of_worst(ordered: Floats, worst: float) -> float:
    """The last row of the tail counts for the fraction of it that belongs there."""
    size = worst * len(ordered)
    whole = min(len(ordered), math.floor(size + 1e-9))
    rest = max(0.0, size - whole)
    total = float(ordered[len(ordered) - whole :].sum())
    if rest > 1e-9 and whole < len(ordered):
        total += rest * float(ordered[len(ordered) - whole - 1])
    return total / size


def _excess(ordered: Floats, worst: float) -> Floats:
    """How far each loss lies above the quantile."""
    place = min(len(ordered) - 1, max(0, math.ceil(len(ordered) * (1 - worst) - 1e-9) - 1))
    return np.asarray(np.maximum(ordered - ordered[place], 0.0))


def _approximate(ordered: Floats, value: float, worst: float, least: int, confidence: float) -> Estimate:
    n = len(ordered)
    if worst * n < least:
        needed = math.ceil(least / worst)
        return Estimate(value, n, None, reason=f"The tail has fewer than {least} rows.", rows_needed=needed)
    excess = _excess(ordered, worst)
    return by_influence(value, (excess - float(excess.mean())) / worst, confidence, "log")


def _bounded(ordered: Floats, worst: float, most: float, confidence: float) -> Interval:
    """Each piece of the tail lies between a lower bound of its lower quantile and an upper bound of its upper one."""
    each = 1 - (1 - confidence) / len(PIECES)
    low = high = above = 0.0
    for piece in PIECES:
        start, above = 1 - worst * (1 - above), above + piece
        end = 1 - worst * (1 - above)
        low += piece * _side(ordered, start, each, upper=False, otherwise=0.0)
        high += piece * (most if end >= 1 - 1e-12 else _side(ordered, end, each, upper=True, otherwise=most))
    return Interval(low, min(most, high))


def _side(ordered: Floats, share: float, confidence: float, *, upper: bool, otherwise: float) -> float:
    """One side of the interval of a quantile; `otherwise` where the rows are too few for it."""
    n, tail = len(ordered), (1 - confidence) / 2
    if upper:
        place = int(stats.binom.isf(tail, n, share)) + 1
        return float(ordered[place - 1]) if place <= n else otherwise
    place = int(stats.binom.ppf(tail, n, share))
    place -= int(stats.binom.cdf(place - 1, n, share) > tail)
    return float(ordered[place - 1]) if place >= 1 else otherwise


def carried(losses: Losses, worst: float, least: int, confidence: float) -> Estimate:
    """The share of all loss that the `worst` share of the rows carries (a point of the Lorenz curve)."""
    ordered = np.sort(losses.values)
    n, mean = len(ordered), float(ordered.mean())
    if mean == 0:
        return Estimate(math.nan, n, None, reason="No row loses anything.")
    value = worst * _mean_of_worst(ordered, worst) / mean
    if losses.binary:
        around = cp_interval(float(ordered.sum()), n, confidence)
        ends = (min(1.0, worst / end) if end > 0 else 1.0 for end in (around.high, around.low))
        return Estimate(value, n, Interval(*ends), "Clopper-Pearson")
    if worst * n < least:
        reason = f"The tail has fewer than {least} rows."
        return Estimate(value, n, None, reason=reason, rows_needed=math.ceil(least / worst))
    excess = _excess(ordered, worst)
    influence = (excess - float(excess.mean()) - value * (ordered - mean)) / mean
    return by_influence(value, influence, confidence, "logit", skewed=(excess, ordered))
