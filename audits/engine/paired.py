"""Two judges of the same cases: exact McNemar, the paired difference of two rates, agreement and kappa.

Sources: McNemar 1947 (exact form: the discordant pairs are a fair coin's throws); Newcombe 1998, "Improved confidence
intervals for the difference between binomial proportions based on paired data", method 10; Cohen 1960 and Fleiss,
Cohen and Everitt 1969 (kappa and its standard error); DeLong, DeLong and Clarke-Pearson 1988 (two AUCs on one sample).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from audits.engine.bounds import Interval, Rate, wilson
from audits.engine.frame import Floats, Mask

LEAST_ROWS = 100  # below which no approximate interval is given
LEAST_EXPECTED = 5.0


@dataclass(frozen=True)
class Pairs:
    """Cases by what is true of them for the first judge and for the second: both, first only, second only, neither."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def n(self) -> int:
        return self.both + self.first + self.second + self.neither

    @property
    def rates(self) -> tuple[Rate, Rate]:
        """The first judge's rate and the second's."""
        return Rate(self.both + self.first, self.n), Rate(self.both + self.second, self.n)

    @property
    def p(self) -> float:
        """Two-sided exact p of equal rates; 1 without a discordant pair."""
        differ = self.first + self.second
        return float(stats.binomtest(self.first, differ).pvalue) if differ else 1.0

    def difference(self, z: float) -> Interval:
        """Newcombe's interval of first less second; `z` two-sided. Holds for small counts and zero cells too."""
        one, two = self.rates
        a, b = wilson(one, z), wilson(two, z)
        gap, phi = one.value - two.value, self._correlation()
        below = (one.value - a.low, b.high - two.value)
        above = (a.high - one.value, two.value - b.low)
        return Interval(gap - _joined(*below, phi), gap + _joined(*above, phi))

    def _correlation(self) -> float:
        """Newcombe's phi: continuity-corrected towards 0 where it is positive; 0 with an empty margin."""
        one, two = self.rates
        margins = one.k * (one.n - one.k) * two.k * (two.n - two.k)
        if margins == 0:
            return 0.0
        cross = self.both * self.neither - self.first * self.second
        corrected = max(cross - self.n / 2, 0.0) if cross > 0 else float(cross)
        return corrected / math.sqrt(margins)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa; None where both judges say the same one thing of every case."""
        chance = self._chance()
        return None if chance == 1 else (self._agreed() - chance) / (1 - chance)

    def kappa_interval(self, z: float) -> Interval | None:
        """Normal interval by the standard error of Fleiss, Cohen and Everitt; None for fewer than 100 cases or where a
        cell is expected to hold fewer than 5 or the error is 0."""
        kappa = self.kappa
        one, two = self.rates
        least = min(one.k, one.n - one.k) * min(two.k, two.n - two.k) / self.n if self.n else 0.0
        if kappa is None or self.n < LEAST_ROWS or least < LEAST_EXPECTED:
            return None
        se = self._kappa_error(kappa)
        return None if se == 0 else Interval(max(-1.0, kappa - z * se), min(1.0, kappa + z * se))

    def _agreed(self) -> float:
        return (self.both + self.neither) / self.n

    def _chance(self) -> float:
        one, two = self.rates
        return one.value * two.value + (1 - one.value) * (1 - two.value)

    def _kappa_error(self, kappa: float) -> float:
        one, two = (rate.value for rate in self.rates)
        cells = {(1, 1): self.both, (1, 0): self.first, (0, 1): self.second, (0, 0): self.neither}
        of = {1: (one, two), 0: (1 - one, 1 - two)}
        same = sum(cells[side, side] / self.n * (1 - sum(of[side]) * (1 - kappa)) ** 2 for side in (0, 1))
        other = (1 - kappa) ** 2 * sum(cells[a, b] / self.n * (of[a][1] + of[b][0]) ** 2 for a, b in ((1, 0), (0, 1)))
        chance = self._chance()
        variance = same + other - (kappa - chance * (1 - kappa)) ** 2
        return math.sqrt(max(variance, 0.0) / self.n) / (1 - chance)


def _joined(first: float, second: float, phi: float) -> float:
    return math.sqrt(max(first * first - 2 * phi * first * second + second * second, 0.0))


def pairs_of(first: Mask, second: Mask) -> Pairs:
    """The counts of two masks over the same cases."""
    both, one, two = (int(mask.sum()) for mask in (first & second, first & ~second, ~first & second))
    return Pairs(both, one, two, len(first) - both - one - two)


@dataclass(frozen=True)
class Areas:
    """Two AUCs on the same cases; `variance` is that of first less second."""

    first: float
    second: float
    variance: float
    n: int

    def interval(self, z: float) -> Interval | None:
        """Normal interval of first less second; None where the variance is 0 (both rank alike, or perfectly)."""
        half = z * math.sqrt(self.variance)
        return Interval(self.first - self.second - half, self.first - self.second + half) if half > 0 else None

    @property
    def p(self) -> float:
        """Two-sided p of equal areas; 1 where both rank alike."""
        if self.variance <= 0:
            return 1.0
        return float(2 * stats.norm.sf(abs(self.first - self.second) / math.sqrt(self.variance)))


def areas(first: Floats, second: Floats, event: Mask) -> Areas | None:
    """DeLong's comparison of two scores of the same cases; None with fewer than two cases of either outcome."""
    events, others = int(event.sum()), int((~event).sum())
    if min(events, others) < 2:
        return None
    yes, no = zip(*(_placements(score, event) for score in (first, second)), strict=True)
    apart = (np.sort(yes[0] - yes[1]), np.sort(no[0] - no[1]))
    variance = float(apart[0].var(ddof=1)) / events + float(apart[1].var(ddof=1)) / others
    means = [float(np.sort(part).mean()) for part in yes]
    return Areas(means[0], means[1], variance, len(event))


def _placements(score: Floats, event: Mask) -> tuple[Floats, Floats]:
    """For each case with the event the share of the others ranked below it, ties one half; for the others, above."""
    distinct, place = np.unique(score, return_inverse=True)
    yes, no = (np.bincount(place[part], minlength=len(distinct)) for part in (event, ~event))
    below = (np.cumsum(no) - no / 2) / no.sum()
    above = (yes.sum() - np.cumsum(yes) + yes / 2) / yes.sum()
    return below[place[event]], above[place[~event]]
