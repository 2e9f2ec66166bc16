"""How alike two maps are, and the middle of such figures over pictures with an interval that assumes no law."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from audits.engine.attribution.summary import spearman
from audits.engine.bounds import Interval
from audits.engine.frame import Floats


def rank_correlation(first: Floats, second: Floats) -> float:
    """Spearman's: 1 where both put the regions in the same order, 0 by chance; NaN where one of them has no order."""
    found = spearman(first, second)
    return float("nan") if found is None else found


def median_interval(values: Floats, confidence: float) -> Interval | None:
    """Between which of the sorted values the median of the law lies, whatever the law (binomial, as for the sign test:
    Conover 1999, section 3.2); two-sided, at least `confidence`. None where too few values reach it."""
    ordered: NDArray[np.float64] = np.sort(values)
    n, rest = len(ordered), (1.0 - confidence) / 2
    # The largest r with P(B <= r - 1) <= rest, B binomial(n, 1/2): then x_(r) to x_(n-r+1) holds the median.
    below = binom.cdf(np.arange(n), n, 0.5) <= rest
    r = int(below.sum())
    return Interval(float(ordered[r - 1]), float(ordered[n - r])) if r else None
