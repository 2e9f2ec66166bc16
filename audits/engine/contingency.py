"""Are the values of a category spread alike in two parts? Pearson's chi-square with Cramer's V.

Sources: Pearson 1900; Cramer 1946 (V); Smithson 2003 (interval of V from the non-central chi-square). Values whose
expected count is below the least in either part are told as one, because the law of the statistic holds only above it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from audits.engine.bounds import Interval

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Association:
    """Chi-square of two rows of counts; `pooled` values were told as one; v is Cramer's."""

    statistic: float
    freedom: int
    p: float
    n: int
    pooled: int

    @property
    def v(self) -> float:
        return math.sqrt(self.statistic / self.n)

    def interval(self, confidence: float) -> Interval:
        """Interval of V by inverting the non-central chi-square; never without the point itself."""
        side = (1 - confidence) / 2
        low, high = (self._centre(share) for share in (1 - side, side))
        return Interval(math.sqrt(low / self.n), min(1.0, math.sqrt(max(high, self.statistic) / self.n)))

    def _centre(self, share: float) -> float:
        """The non-centrality at which the statistic is this quantile; 0 where even none is too much."""
        if stats.chi2.cdf(self.statistic, self.freedom) <= share:
            return 0.0
        return float(special.chndtrinc(self.statistic, self.freedom, share))


def association(first: Whole, second: Whole, least: float) -> Association | None:
    """The test of two vectors of counts by value; None when fewer than two values can be told apart."""
    table, pooled = _pooled(np.stack([first, second]), least)
    if table.shape[1] < 2:
        return None
    expected = _expected(table)
    statistic = float(np.sort(((table - expected) ** 2 / expected).ravel()).sum())
    freedom = table.shape[1] - 1
    return Association(statistic, freedom, float(stats.chi2.sf(statistic, freedom)), int(table.sum()), pooled)


def _expected(table: Whole) -> NDArray[np.float64]:
    return np.asarray(np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum())


def _pooled(table: Whole, least: float) -> tuple[Whole, int]:
    """The table with the values that are too rare as one column, and the next rarer ones too until it is not."""
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] == 0 or min(table.sum(axis=1)) == 0:
        return table[:, :0], 0
    fewest = _expected(table).min(axis=0)
    if (fewest >= least).all():
        return table, 0
    order = np.argsort(fewest, kind="stable")
    together = max(int((fewest < least).sum()), 1 + int(np.searchsorted(np.cumsum(fewest[order]), least)))
    rare, kept = order[:together], np.sort(order[together:])
    joined = np.concatenate([table[:, kept], table[:, rare].sum(axis=1, keepdims=True)], axis=1)
    return (joined, together) if len(kept) else (joined[:, :0], together)
