"""Intervals and tests for counts: the only place where a number becomes a bound.

Sources: Clopper and Pearson 1934 (exact binomial), Wilson 1927, Newcombe 1998 method 10 (hybrid Wilson difference),
Katz et al. 1978 (log ratio), Holm 1979. Rules: DOMAIN 1.0 (3, 6) and 2.8.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Z_90 = 1.281551565545  # one-sided .90, as filed in DOMAIN 1.0 rules 3 and 10
Z_95_TWO_SIDED = 1.959963984540
Z_90_TWO_SIDED = 1.644853626951

_SIX_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Rate:
    """`k` of `n`; `value` needs n > 0."""

    k: float
    n: float

    @property
    def value(self) -> float:
        return self.k / self.n


def six(value: float) -> str:
    """The figure that rating reads: 6 decimals, half up, as a string (DOMAIN 1.0 rule 6a)."""
    return str(Decimal(repr(float(value))).quantize(_SIX_PLACES, rounding=ROUND_HALF_UP))


def six_apart(upper: float, point: float) -> str:
    """What lies between two stored figures, so that point + half_width gives u to the last digit."""
    return str(Decimal(six(upper)) - Decimal(six(point)))


def cp_upper(k: float, n: float, gamma: float) -> float:
    """One-sided Clopper-Pearson upper bound of k/n at confidence gamma; k may be fractional; 1 when k = n."""
    return 1.0 if k >= n else float(stats.beta.ppf(gamma, k + 1, n - k))


def cp_lower(k: float, n: float, gamma: float) -> float:
    """One-sided Clopper-Pearson lower bound of k/n at confidence gamma; 0 when k = 0."""
    return 0.0 if k <= 0 else float(stats.beta.ppf(1 - gamma, k, n - k + 1))


def cp_interval(k: float, n: float, confidence: float) -> Interval:
    """Two-sided exact interval of k/n."""
    side = 1 - (1 - confidence) / 2
    return Interval(cp_lower(k, n, side), cp_upper(k, n, side))


def wilson(rate: Rate, z: float) -> Interval:
    """Wilson score interval of a rate."""
    p, n = rate.value, rate.n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def newcombe(first: Rate, second: Rate, z: float) -> Interval:
    """Hybrid Wilson interval of first - second."""
    a, b = wilson(first, z), wilson(second, z)
    gap = first.value - second.value
    low = gap - math.hypot(first.value - a.low, b.high - second.value)
    return Interval(low, gap + math.hypot(a.high - first.value, second.value - b.low))


def wald(first: Rate, second: Rate, z: float) -> Interval:
    """Plain normal interval of first - second (DOMAIN 1.4)."""
    variance = sum(rate.value * (1 - rate.value) / rate.n for rate in (first, second))
    gap, half = first.value - second.value, z * math.sqrt(variance)
    return Interval(gap - half, gap + half)


def difference_interval(first: Rate, second: Rate, z: float = Z_90) -> Interval:
    """The interval of first - second: the wider of Wald and Newcombe on each side."""
    plain, hybrid = wald(first, second, z), newcombe(first, second, z)
    return Interval(min(plain.low, hybrid.low), max(plain.high, hybrid.high))


def gap_interval(first: Rate, second: Rate, z: float = Z_90) -> Interval:
    """The priced interval of a gap: its upper side is max(0, Wald, Newcombe) (DOMAIN 1.0 rule 3)."""
    interval = difference_interval(first, second, z)
    return Interval(interval.low, max(0.0, interval.high))


def ratio_interval(group: Rate, reference: Rate, z: float = Z_95_TWO_SIDED) -> Interval | None:
    """Interval of group/reference on the log scale; None when a count is zero and the logarithm has no value."""
    if group.k == 0 or reference.k == 0:
        return None
    centre = math.log(group.value / reference.value)
    half = z * math.sqrt((1 - group.value) / group.k + (1 - reference.value) / reference.k)
    return Interval(math.exp(centre - half), math.exp(centre + half))


def pooled_z(first: Rate, second: Rate) -> float:
    """Two-proportion z of first - second with pooled variance; 0 when both rates are 0 or both 1."""
    pooled = (first.k + second.k) / (first.n + second.n)
    variance = pooled * (1 - pooled) * (1 / first.n + 1 / second.n)
    return (first.value - second.value) / math.sqrt(variance) if variance > 0 else 0.0


def fisher_p(first: Rate, second: Rate) -> float:
    """Two-sided Fisher exact p of equal rates; counts must be whole."""
    table = [[int(rate.k), int(rate.n - rate.k)] for rate in (first, second)]
    return float(stats.fisher_exact(table).pvalue)


def difference_p(first: Rate, second: Rate) -> tuple[float, str]:
    """Two-sided p of equal rates and the method: Fisher exact when any cell is below 10, else z (DOMAIN 2.8)."""
    cells = (first.k, first.n - first.k, second.k, second.n - second.k)
    if min(cells) < 10:
        return fisher_p(first, second), "Fisher exact"
    return float(2 * stats.norm.sf(abs(pooled_z(first, second)))), "z"


def holm(p_values: Sequence[float] | NDArray[np.float64]) -> list[float]:
    """Holm's adjusted p-values (Holm 1979), in the order given."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, (len(p) - np.arange(len(p))) * p[order]))
    return [float(each) for each in adjusted]
