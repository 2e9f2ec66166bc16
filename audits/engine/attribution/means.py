"""Intervals of means over rows, where there are rows enough for the normal law; the checks of explanations use them."""

import numpy as np
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.frame import Floats

LEAST_ROWS = 100  # below it a normal interval of a mean is refused (the engine's rule for every approximate interval)


def mean_around(values: Floats, confidence: float, comparisons: int = 1) -> Interval | None:
    """Student's interval of a mean of independent rows, widened for `comparisons` made at once (Bonferroni).

    None for fewer than 100 rows, and where no row differs from another: nothing is known of the spread then.
    """
    if len(values) < LEAST_ROWS:
        return None
    ordered = np.sort(values)
    spread = float(ordered.std(ddof=1))
    if spread == 0:
        return None
    mean, tail = float(ordered.mean()), (1 - confidence) / (2 * comparisons)
    half = float(stats.t.isf(tail, len(values) - 1)) * spread / len(values) ** 0.5
    return Interval(mean - half, mean + half)
