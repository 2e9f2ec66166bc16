"""Sets of answers that hold the outcome with a stated probability, group by group (Mondrian conformal prediction).

Vovk, Gammerman and Shafer 2005; Vovk 2012 for the law of the coverage given the calibration rows. On one half of the
rows the distance of outcome and answer is ranked, ties broken at random, and the k-th smallest is the line, k =
ceil((n + 1) * nominal). A new row of the same kind lies below it with probability k / (n + 1) exactly, and of m new
rows the number that do is beta-binomial(m, k, n + 1 - k). It supposes that the rows are exchangeable: under drift it
says nothing.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.frame import Floats


@dataclass(frozen=True)
class Line:
    """The distance up to which an answer belongs to the set, with the tie-breaking draw of the row it came from.
    `k` of `n` + 1 is the exact coverage; k = n + 1 means that every answer belongs."""

    distance: float
    draw: float
    k: int
    n: int

    @property
    def coverage(self) -> float:
        return self.k / (self.n + 1)

    def holds(self, distance: Floats, draw: Floats) -> NDArray[np.bool_]:
        """Which distances lie within, ties by their draws."""
        return np.asarray((distance < self.distance) | ((distance == self.distance) & (draw <= self.draw)))


class Law(NamedTuple):
    """What the number covered of m new rows must look like: its central interval as shares, and the two-sided p of the
    number seen."""

    low: float
    high: float
    p: float


def line_of(distance: Floats, draw: Floats, nominal: float) -> Line:
    """The line from calibration distances float[n] and as many uniform draws."""
    n = len(distance)
    k = math.ceil((n + 1) * nominal - 1e-9)
    if k > n:
        return Line(math.inf, 1.0, n + 1, n)
    at = np.lexsort((draw, distance))[k - 1]
    return Line(float(distance[at]), float(draw[at]), k, n)


def law(line: Line, covered: int, m: int, confidence: float) -> Law:
    """The beta-binomial law of the coverage of `m` new rows, and how far `covered` of them lies out in it."""
    if line.k > line.n:
        return Law(1.0, 1.0, 1.0)
    below = np.cumsum(stats.betabinom(m, line.k, line.n + 1 - line.k).pmf(np.arange(m + 1)))
    side = (1 - confidence) / 2
    low, high = (int(place) for place in np.searchsorted(below, (side, 1 - side)))
    above = 1.0 - (float(below[covered - 1]) if covered else 0.0)
    return Law(low / m, min(high, m) / m, max(0.0, min(1.0, 2 * min(float(below[covered]), above))))


def halves(order: NDArray[np.int64], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two halves of the rows `order` drawn at random; the second has the odd one."""
    mixed = rng.permutation(order)
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
