"""A book of policies put on a lattice of amounts 0, h, 2h, ...: every payout is shared between its two neighbours.

A payout y between kh and (k + 1)h counts as kh and as (k + 1)h in the proportions that keep its mean: with
E(y) = E[min(Y, y)], the mass at kh is (2 E(kh) - E((k - 1)h) - E((k + 1)h)) / h (local moment matching of order one,
Gerber 1982; Klugman, Panjer and Willmot, Loss Models, 4th edition, 9.6.5). The mean is exact. Sharing only spreads, so
the law on the lattice is larger in convex order than the true one: TVaR and stop-loss premiums are never understated,
and overstated by O(h^2).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from actuarial.methods.curves import Curve, Floats

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Book:
    """Lines, one peril of one policy each, as columns of equal length; amounts in one currency.

    policy      place of the policy, 0 to policies - 1
    frequency   expected ground-up claims of the year
    curve       place of the severity in `curves`
    limit, deductible   payout = max(min(X, limit) - deductible, 0) (DOMAIN 1.0 rule 16)
    aggregate   most that a policy pays in a year, per policy: float[policies]
    """

    policies: int
    policy: Places
    frequency: Floats
    curve: Places
    limit: Floats
    deductible: Floats
    curves: tuple[Curve, ...]
    aggregate: Floats

    @cached_property
    def totals(self) -> Floats:
        """Expected ground-up claims of each policy, float[policies]."""
        return _counted(self.policy, self.frequency, self.policies)

    @cached_property
    def groups(self) -> tuple[Places, Floats, Places]:
        """Distinct (curve, deductible): curve[g], deductible[g], and the group of each line."""
        kinds, placed = np.unique(self.deductible, return_inverse=True)
        code, group = np.unique(self.curve * len(kinds) + placed, return_inverse=True)
        return code // len(kinds), kinds[code % len(kinds)], group

    def means(self) -> Floats:
        """Expected payout of one claim of each line, in closed form: LEV(limit) - LEV(deductible)."""
        means = np.empty(len(self.policy))
        for place, curve in enumerate(self.curves):
            mine = self.curve == place
            means[mine] = curve.lev(self.limit[mine]) - curve.lev(self.deductible[mine])
        return means


@dataclass(frozen=True)
class _Group:
    """Payouts of one curve and deductible without a limit: E[min(Y, kh)] of k = 0, 1, ..., and the mass at each kh."""

    limited: Floats
    mass: Floats


class Payouts:
    """The payout of a claim of each line of `book` on the lattice of `step`, never written out line by line.

    Lines that share curve and deductible share all masses below the lattice point under their greatest payout; only
    the last two points are a line's own. So sums over lines cost a few operations a line, whatever the lattice.
    """

    def __init__(self, book: Book, step: float) -> None:
        self.book, self.step = book, step
        most = (book.limit - book.deductible) / step
        near = np.rint(most)
        most = np.where(np.abs(most - near) < 1e-9 * np.maximum(near, 1), near, most)
        self.last = np.floor(most).astype(np.int64)
        self.size = int(self.last.max(initial=0)) + 2
        curves, deductibles, self.group = book.groups
        points = _steps(step, self.size + 1)
        self.kinds = [
            _group(book.curves[place], d, points) for place, d in zip(curves, deductibles.tolist(), strict=True)
        ]
        self.mean = book.means()
        limited = np.array([kind.limited for kind in self.kinds]).reshape(len(self.kinds), -1)
        at, before = limited[self.group, self.last], limited[self.group, np.maximum(self.last - 1, 0)]
        self.over = np.maximum(self.mean - at, 0.0) / step  # mass at last + 1
        # Where the greatest payout lies below the first point there is no mass between: all is nought or `over`.
        self.end = np.where(self.last > 0, np.maximum(2 * at - before - self.mean, 0.0) / step, 0.0)

    def rates(self, weights: Floats) -> Floats:
        """Sum over lines of weight times mass, float[size] (amount nought is left out: it pays nothing)."""
        found = _counted(self.last, weights * self.end, self.size)
        found += _counted(self.last + 1, weights * self.over, self.size)
        for place, kind in enumerate(self.kinds):
            mine = self.group == place
            ends = _counted(self.last[mine], weights[mine], self.size)
            beyond = np.cumsum(ends[::-1])[::-1] - ends  # weight of the lines whose last point lies above k
            found += beyond * kind.mass[: self.size]
        found[0] = 0.0
        return found

    def sums(self, values: Floats) -> Floats:
        """Sum over amounts kh, k >= 1, of mass times values[k]: float[lines]; `values` float[size]."""
        values = np.concatenate(([0.0], values[1:]))
        below = np.array([np.cumsum(kind.mass[: self.size] * values) for kind in self.kinds])
        found = np.where(self.last > 0, below[self.group, np.maximum(self.last - 1, 0)], 0.0)
        return np.asarray(found + self.end * values[self.last] + self.over * values[self.last + 1])

    def laws(self, lines: Places, shares: Floats) -> Floats:
        """The mixture of some lines by shares that sum to 1: P(Y = kh), float[size], payouts of nought included."""
        found = np.zeros(self.size)
        for line, share in zip(lines.tolist(), shares.tolist(), strict=True):
            last = self.last[line]
            found[1:last] += share * self.kinds[self.group[line]].mass[1:last]
            found[last] += share * self.end[line]
            found[last + 1] += share * self.over[line]
        found[0] = 1.0 - found[1:].sum()
        return found


def shared(amounts: Floats, weights: Floats, step: float) -> Floats:
    """Weights at any amounts >= 0 put on the lattice, each between its two neighbours so that its mean is kept."""
    low = np.floor(amounts / step + 1e-9).astype(np.int64)
    rest = np.clip(amounts / step - low, 0.0, 1.0)
    size = int(low.max(initial=0)) + 2
    return _counted(low, weights * (1 - rest), size) + _counted(low + 1, weights * rest, size)


def _counted(places: Places, weights: Floats, size: int) -> Floats:
    return np.bincount(places, weights, size).astype(np.float64)


def _steps(step: float, count: int) -> Floats:
    return np.asarray(step * np.arange(count), dtype=np.float64)


def _group(curve: Curve, deductible: float, points: Floats) -> _Group:
    limited = curve.lev(deductible + points) - curve.lev(np.array([deductible]))
    mass = np.zeros(len(points))
    mass[1:-1] = np.maximum(2 * limited[1:-1] - limited[:-2] - limited[2:], 0.0) / points[1]
    return _Group(limited, mass)
