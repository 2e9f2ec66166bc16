"""Two-by-two tables over strata: does a group differ from the others among the comparable?

Sources: Mantel and Haenszel 1959 (common odds ratio and test), Robins, Breslow and Greenland 1986 (its variance), Sato
1989 (variance of the pooled risk difference), Breslow and Day 1980 with Tarone 1985 (one odds ratio for all strata),
Mantel and Fleiss 1980 (when the test may be used).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MANTEL_FLEISS = 5.0


class Test(NamedTuple):
    statistic: float
    p: float
    degrees: int = 1


@dataclass(frozen=True)
class Strata:
    """k of n in the group and other_k of other_n among the others, one entry a stratum."""

    k: Ints
    n: Ints
    other_k: Ints
    other_n: Ints

    @property
    def comparable(self) -> NDArray[np.bool_]:
        """Strata with rows on both sides."""
        return (self.n > 0) & (self.other_n > 0)

    def only(self, where: NDArray[np.bool_]) -> "Strata":
        return Strata(self.k[where], self.n[where], self.other_k[where], self.other_n[where])

    @property
    def whole(self) -> Floats:
        return (self.n + self.other_n).astype(np.float64)


def odds_ratio(tables: Strata, confidence: float) -> tuple[float, Interval] | None:
    """Common odds ratio with its Robins-Breslow-Greenland interval; None where a sum is nought."""
    a, b = tables.k.astype(float), (tables.n - tables.k).astype(float)
    c, d = tables.other_k.astype(float), (tables.other_n - tables.other_k).astype(float)
    r, s = a * d / tables.whole, b * c / tables.whole
    if r.sum() == 0 or s.sum() == 0:
        return None
    p, q = (a + d) / tables.whole, (b + c) / tables.whole
    variance = (p * r).sum() / (2 * r.sum() ** 2)
    variance += (p * s + q * r).sum() / (2 * r.sum() * s.sum()) + (q * s).sum() / (2 * s.sum() ** 2)
    value = float(r.sum() / s.sum())
    half = _z(confidence) * float(np.sqrt(variance))
    return value, Interval(value * float(np.exp(-half)), value * float(np.exp(half)))


def risk_difference(tables: Strata, confidence: float) -> tuple[float, Interval] | None:
    """Pooled difference of the shares, group less others, with Sato's interval. None without a comparable stratum."""
    n, m, whole = tables.n.astype(float), tables.other_n.astype(float), tables.whole
    weight = (n * m / whole).sum()
    if weight == 0:
        return None
    k, j = tables.k.astype(float), tables.other_k.astype(float)
    value = float(((k * m - j * n) / whole).sum() / weight)
    p = ((n**2 * j - m**2 * k + n * m * (m - n) / 2) / whole**2).sum()
    q = ((k * (m - j) + j * (n - k)) / (2 * whole)).sum()
    half = _z(confidence) * float(np.sqrt(max(0.0, value * p + q))) / float(weight)
    return value, Interval(max(-1.0, value - half), min(1.0, value + half))


def null_test(tables: Strata) -> Test | None:
    """Cochran-Mantel-Haenszel test of no difference in any stratum, without continuity correction; None where no
    stratum has both outcomes."""
    expected, variance = _under_null(tables)
    if variance.sum() == 0:
        return None
    statistic = float((tables.k - expected).sum() ** 2 / variance.sum())
    return Test(statistic, float(stats.chi2.sf(statistic, 1)))


def _under_null(tables: Strata) -> tuple[Floats, Floats]:
    whole, chosen = tables.whole, (tables.k + tables.other_k).astype(float)
    expected = tables.n * chosen / whole
    spread = tables.n * tables.other_n * chosen * (whole - chosen)
    return expected, spread / (whole**2 * np.maximum(whole - 1, 1))


def enough(tables: Strata) -> bool:
    """Mantel and Fleiss: the sum of expected counts lies 5 or more from the least and the largest that it could be."""
    expected, _ = _under_null(tables)
    chosen = tables.k + tables.other_k
    least, most = np.maximum(0, chosen - tables.other_n), np.minimum(tables.n, chosen)
    total = float(expected.sum())
    return bool(min(total - least.sum(), most.sum() - total) >= MANTEL_FLEISS)


def homogeneity(tables: Strata) -> Test | None:
    """Breslow-Day test of one odds ratio in all strata, with Tarone's correction; None with fewer than two strata that
    have both outcomes, or without a common odds ratio."""
    chosen = tables.k + tables.other_k
    both = tables.only((chosen > 0) & (chosen < tables.n + tables.other_n))
    found = odds_ratio(both, 0.9) if len(both.n) > 1 else None
    if found is None:
        return None
    expected = _fitted(both, found[0])
    chosen = both.k + both.other_k
    cells = (expected, both.n - expected, chosen - expected, both.other_n - chosen + expected)
    variance = 1 / np.sum([1 / cell for cell in cells], axis=0)
    off = both.k - expected
    statistic = float((off**2 / variance).sum() - off.sum() ** 2 / variance.sum())
    degrees = len(both.n) - 1
    return Test(statistic, float(stats.chi2.sf(statistic, degrees)), degrees)


def _fitted(tables: Strata, ratio: float) -> Floats:
    """The count of the group in each stratum, had all strata this odds ratio and their own margins."""
    n, m, chosen = tables.n.astype(float), tables.other_n.astype(float), (tables.k + tables.other_k).astype(float)
    if ratio == 1.0:
        return np.asarray(n * chosen / (n + m))
    square, middle, last = 1 - ratio, m - chosen + ratio * (n + chosen), -ratio * n * chosen
    return np.asarray(2 * last / (-middle - np.sqrt(middle**2 - 4 * square * last)))


def _z(confidence: float) -> float:
    return float(stats.norm.isf((1 - confidence) / 2))
