"""Do claims rise from grade to grade? An exact test, an exact interval of the slope, and how many claims would tell.

Claims of grade g are Poisson with mean c E_g r^g: E_g expected without the grade, g = 0, 1, ... from the best grade on,
r the factor from one grade to the next. Given their total n they are multinomial with p_g = E_g r^g / sum, whatever the
level c, and T = sum of g times claims is sufficient for r: the score test of the log-linear trend, made conditional
(Lehmann, "Testing Statistical Hypotheses", 4.7; for two grades it is the exact test of two Poisson means, Przyborowski
and Wilenski 1940). The law of T is the n-fold convolution of the p_g, added up term by term: no simulation and no
normal law.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from core.errors import InputRefused

Floats = NDArray[np.float64]
ALPHA = 0.05  # one-sided, for "worse grades have more claims", said beforehand
POWER = 0.80
MOST_CLAIMS = 5_000  # the law of T has one value for each of n (G - 1) + 1 sums
MOST_NEEDED = 5_000
STEADY = 50  # power saws up and down from n to n + 1: it must stay above for so long
FAR = 40.0  # |ln r| beyond this is no slope anybody would state


@dataclass(frozen=True)
class Trend:
    """Exact one-sided p either way, the factor from grade to grade with its exact 90 % interval.

    `factor` is 0 or infinite where all claims lie at one end; `low` and `high` end with it.
    """

    claims: int
    statistic: int
    p_worse: float  # P(T >= t) if grades do not matter
    p_better: float  # P(T <= t)
    factor: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        return self.p_worse <= ALPHA

    @property
    def reversed(self) -> bool:
        return self.p_better <= ALPHA


def trend(expected: Sequence[float], claims: Sequence[int]) -> Trend | None:
    """The trend over grades in their order, best first; None where fewer than two grades expect anything, or no claim.

    Raises InputRefused for figures below 0, claims where none was expected, or more than MOST_CLAIMS.
    """
    shares = shares_of(expected, claims)
    total = sum(claims)
    if total == 0 or np.count_nonzero(shares) < 2:
        return None
    grades = np.arange(len(shares))
    statistic = int(grades @ np.array(claims))
    least, most = (int(grades[shares > 0][end]) * total for end in (0, -1))
    centre = _slope(shares, statistic / total) if least < statistic < most else 0.0
    law = _Law(shares, total, centre)
    low = -np.inf if statistic == least else law.solve(statistic, upper=True)
    high = np.inf if statistic == most else law.solve(statistic, upper=False)
    at_end = {least: 0.0, most: np.inf}
    factor = at_end.get(statistic, float(np.exp(centre)))
    ends = float(np.exp(low)), float(np.exp(high))
    return Trend(total, statistic, law.tail(0.0, statistic, True), law.tail(0.0, statistic, False), factor, *ends)


def shares_of(expected: Sequence[float], claims: Sequence[int]) -> Floats:
    """The shares of the expected claims by grade; raises InputRefused."""
    if len(expected) != len(claims) or not len(expected):
        raise InputRefused("expected and claims differ in length.", field="claims", limit=f"{len(expected)} counts")
    if min(claims) < 0 or not all(np.isfinite(value) and value >= 0 for value in expected):
        raise InputRefused("A count is below nought.", field="expected", limit="0 or more", remedy="Mend it.")
    if any(count and not value for count, value in zip(claims, expected, strict=True)):
        raise InputRefused("A grade has claims and expects none.", field="expected", limit="above 0 there")
    if sum(claims) > MOST_CLAIMS:
        raise InputRefused(f"{sum(claims):,} claims.", field="claims", limit=f"up to {MOST_CLAIMS:,}")
    whole = np.array(expected, dtype=float)
    if not whole.sum() > 0:
        raise InputRefused("Nothing was expected.", field="expected", limit="above 0 in a grade")
    return np.asarray(whole / whole.sum())


def slope_of(expected: Sequence[float], found: Sequence[float]) -> float | None:
    """The factor from grade to grade that fits `found` to `expected` best; None where it has none within reason."""
    shares, weights = np.array(expected, dtype=float), np.array(found, dtype=float)
    if np.count_nonzero(shares) < 2 or not weights.sum() > 0:
        return None
    mean = float(np.arange(len(weights)) @ weights / weights.sum())
    grades = np.flatnonzero(shares)
    return float(np.exp(_slope(shares / shares.sum(), mean))) if grades[0] < mean < grades[-1] else None


def claims_needed(shares: Floats, factor: float) -> int | None:
    """The least number of claims from which on the exact test shows `factor` with POWER; None beyond MOST_NEEDED."""
    if np.count_nonzero(shares) < 2:
        return None
    fair, steep = _tilted(shares, 0.0), _tilted(shares, float(np.log(factor)))
    null, other = np.ones(1), np.ones(1)
    found = None
    for claims in range(1, MOST_NEEDED + STEADY):
        null, other = np.convolve(null, fair), np.convolve(other, steep)
        if power_at(null, other) < POWER:
            found = None
        elif found is None:
            found = claims
        if found is not None and claims - found >= STEADY:
            return found
    return None


def power_at(null: Floats, other: Floats) -> float:
    """The power of the test between two laws of T: the mass of `other` where the tail of `null` is up to ALPHA."""
    tails = np.cumsum(null[::-1])[::-1]
    first = int(np.searchsorted(-tails, -ALPHA, side="left"))
    return float(other[first:].sum())


def law_of(shares: Floats, claims: int) -> Floats:
    """P(T = 0, 1, ...) of `claims` claims: convolved by repeated squaring, sums of products of non-negative terms."""
    found, square = np.ones(1), np.array(shares, dtype=float)
    while claims:
        if claims & 1:
            found = np.convolve(found, square)
        claims >>= 1
        if claims:
            square = np.convolve(square, square)
    return found


class _Law:
    """T under any slope b = ln r: the law at one centre, tilted by e^((b - centre) s), so that its tails stay exact."""

    def __init__(self, shares: Floats, claims: int, centre: float) -> None:
        self.shares, self.claims, self.centre = shares, claims, centre
        with np.errstate(divide="ignore"):
            self.logs = np.log(law_of(_tilted(shares, centre), claims))

    def tail(self, slope: float, statistic: int, upper: bool) -> float:
        """P(T >= statistic) or P(T <= statistic) under `slope`."""
        sums = np.arange(len(self.logs))
        norm = self.claims * (_log_moment(self.shares, self.centre) - _log_moment(self.shares, slope))
        inside = sums >= statistic if upper else sums <= statistic
        terms = self.logs[inside] + (slope - self.centre) * sums[inside] + norm
        top = terms.max()
        return float(min(1.0, np.exp(top) * np.exp(terms - top).sum()))

    def solve(self, statistic: int, upper: bool) -> float:
        """The slope under which that tail is ALPHA; infinite where none within FAR has it."""

        def gap(slope: float) -> float:
            return self.tail(slope, statistic, upper) - ALPHA

        falls = gap(self.centre) > 0
        step = -1.0 if falls == upper else 1.0  # the upper tail falls with the slope, the lower one with its opposite
        far = self.centre + step
        while (gap(far) > 0) == falls and abs(far) < FAR:
            step *= 2
            far += step
        if (gap(far) > 0) == falls:
            return float(np.copysign(np.inf, step))
        return float(optimize.brentq(gap, min(far, self.centre), max(far, self.centre)))


def _tilted(shares: Floats, slope: float) -> Floats:
    grades = np.arange(len(shares))
    weights = shares * np.exp(slope * (grades - grades.mean()))
    return np.asarray(weights / weights.sum())


def _log_moment(shares: Floats, slope: float) -> float:
    grades = np.arange(len(shares))
    return float(np.log(shares @ np.exp(slope * grades)))


def _slope(shares: Floats, mean: float) -> float:
    """ln r under which the mean grade is `mean`: the maximum of the likelihood."""
    grades = np.arange(len(shares))

    def gap(slope: float) -> float:
        return float(grades @ _tilted(shares, slope)) - mean

    return float(optimize.brentq(gap, -FAR, FAR))
