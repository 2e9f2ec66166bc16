"""Groups that are known by their chances alone: weighted rates, and how far the truth may lie from them.

Of each row the chance of every group is stated (by surname and place, say), never the group itself. The rate of a group
is sum(p h) / sum(p b): it is the group's own only if, among rows of equal chances, decisions and outcomes do not depend
on the group (Chen, Kallus, Mao, Svacha and Udell 2019). Without that assumption the chances allow a whole range; its
ends are sharp: within rows of equal chances the group may be as much as can be, or as little, of those with the outcome
(Frechet 1935; Kallus, Mao and Zhou 2022). Chances of a group are cut into bins of equal mass for the ends. A bin knows
less than a row does, so its range is wider, never narrower.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.effective import Design, Weighted, apart_weighted
from audits.engine.frame import Floats, Mask

Ints = NDArray[np.int64]


class Ends(NamedTuple):
    """The least and the most that the chances allow, each with the standard error of its estimate."""

    low: float
    low_se: float
    high: float
    high_se: float

    def outer(self, confidence: float) -> Interval:
        """The range, wider by what sampling may hide of each end."""
        z = float(stats.norm.ppf(1 - (1 - confidence) / 2))
        return Interval(self.low - z * self.low_se, self.high + z * self.high_se)


@dataclass(frozen=True)
class Chance:
    """One rate of one group.

    rows, effective   rows that the group's chances add up to, and what they are worth as rows of one known group
    value, around     the weighted rate with its interval
    gap, gap_around   the rate less that of all other rows
    rate_ends, gap_ends   what the chances allow without the assumption; None where a side may have no rows at all
    """

    rows: float
    effective: float
    value: float
    around: Interval
    gap: float
    gap_around: Interval
    others: float
    others_effective: float
    rate_ends: Ends | None
    gap_ends: Ends | None


def chance_of(
    hit: Mask, base: Mask, chance: Floats, design: Design, bins: Ints, *, gamma: float, confidence: float
) -> Chance | None:
    """The rate of `hit` among `base` in the group of these chances (0 to 1 a row); None where one side has no weight.

    `bins` int64[rows] numbers rows of about equal chances from 0.
    """
    hit = hit & base
    inside, outside = (Weighted(base, design.weights * share) for share in (chance, 1 - chance))
    found = apart_weighted(hit, (inside, outside), design.clusters, gamma)
    if found is None:
        return None
    cells = _Cells(hit, base, chance, design, bins)
    return Chance(
        float((chance * base).sum()),
        found.first.n_eff,
        found.first.rate,
        found.first.interval(confidence),
        found.point,
        found.interval,
        found.second.rate,
        found.second.n_eff,
        *cells.ends(),
    )


class _Share(NamedTuple):
    """What of each row is taken to be the group's: `counted` of its hit, `among` of its place in the base."""

    counted: Floats
    among: Floats


class _Cells:
    """The rows by bin of their chances, and the two extreme ways to deal a group's chances out to them."""

    def __init__(self, hit: Mask, base: Mask, chance: Floats, design: Design, bins: Ints) -> None:
        self.hit, self.base, self.chance, self.bins = hit.astype(float), base.astype(float), chance, bins
        self.design = design

    def ends(self) -> tuple[Ends | None, Ends | None]:
        """Of the group's rate, and of its gap to all other rows. Both rise with the group's hits and fall with its
        misses, and a bin can have most of the one and least of the other at once, so these ways are the extremes."""
        low, high = self._least(), self._most()
        rates = [self._rate(share) for share in (low, high)]
        others = [self._rate(_Share(self.hit - share.counted, self.base - share.among)) for share in (low, high)]
        told = [None if each is None else (each[0], self._se(each[1])) for each in rates]
        gaps = [
            None if one is None or two is None else (one[0] - two[0], self._se(one[1] - two[1]))
            for one, two in zip(rates, others, strict=True)
        ]
        return _ends(told), _ends(gaps)

    def _most(self) -> _Share:
        """As many hits as can be, then rows outside the base, then misses."""
        hits, outside = self.hit, 1 - self.base
        full = self._sums(self.chance) > self._sums(hits)
        over = self._sums(self.chance) > self._sums(hits + outside)
        counted = np.where(full[self.bins], hits, self.chance)
        misses = np.where(over[self.bins], self.chance - hits - outside, 0.0)
        return _Share(counted, counted + misses)

    def _least(self) -> _Share:
        """As many misses as can be, then rows outside the base, then hits."""
        misses, outside = self.base - self.hit, 1 - self.base
        full = self._sums(self.chance) > self._sums(misses)
        over = self._sums(self.chance) > self._sums(misses + outside)
        missed = np.where(full[self.bins], misses, self.chance)
        counted = np.where(over[self.bins], self.chance - misses - outside, 0.0)
        return _Share(counted, counted + missed)

    def _sums(self, of: Floats) -> Floats:
        return np.asarray(np.bincount(self.bins, weights=of * self.design.weights), dtype=np.float64)

    def _rate(self, share: _Share) -> tuple[float, Floats] | None:
        """The ratio, and each row's influence on it; None where its denominator may be nought."""
        weights = self.design.weights
        total = float((weights * share.among).sum())
        if total < 1:
            return None
        rate = float((weights * share.counted).sum()) / total
        return rate, weights * (share.counted - rate * share.among) / total

    def _se(self, influence: Floats) -> float:
        sums = np.bincount(self.design.clusters, weights=influence)
        return float(np.sqrt((sums**2).sum()))


def _ends(found: list[tuple[float, float] | None]) -> Ends | None:
    low, high = found
    return None if low is None or high is None else Ends(*low, *high)


def bins_of(chance: Floats, count: int, least: int) -> Ints:
    """Bins of about equal mass with at least `least` rows each, equal chances together."""
    distinct, place, rows = np.unique(chance, return_inverse=True, return_counts=True)
    each = max(least, len(chance) // count, 1)
    begins, held = np.zeros(len(distinct), dtype=np.int64), 0
    for i, many in enumerate(rows):
        begins[i] = held >= each
        held = int(many) if begins[i] else held + int(many)
    bin_of = np.cumsum(begins)
    if bin_of[-1] > 0 and held < least:  # the last one is too small: it joins its neighbour
        bin_of[bin_of == bin_of[-1]] -= 1
    return np.asarray(bin_of[place])
