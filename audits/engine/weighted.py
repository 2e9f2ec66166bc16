"""Sums of weights over rare events, with an interval that holds however few there are.

Fay and Feuer 1997 (gamma intervals for weighted sums of Poisson counts). Yes-or-no events vary less than Poisson counts
of the same mean, so the interval is never too narrow for them, and at times wider than it need be.
"""

from dataclasses import dataclass

from scipy import stats

from audits.engine.bounds import Interval


@dataclass(frozen=True)
class Weighted:
    """Sum of the weights of the events seen, of their squares, and the largest weight that any event could have."""

    total: float
    square: float
    most: float

    def interval(self, confidence: float) -> Interval:
        """The two-sided interval of the expected sum; [0, 0] where no event has weight."""
        if self.most <= 0:
            return Interval(0.0, 0.0)
        side, more, spread = (1 - confidence) / 2, self.total + self.most, self.square + self.most**2
        low = 0.0 if self.total <= 0 else _quantile(side, self.total, self.square)
        return Interval(low, _quantile(1 - side, more, spread))


def _quantile(share: float, mean: float, variance: float) -> float:
    """Quantile of the gamma distribution with this mean and variance."""
    return float(stats.gamma.ppf(share, mean**2 / variance, scale=variance / mean))
