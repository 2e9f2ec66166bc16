"""What one event upstream may cost: policies hit by chance, each by one claim, added up exactly (DOMAIN 2.9, 3.2).

Given the event, each policy that leans on the dependency is hit with chance pi, independently; a hit one has one claim
(related claims are one) of `multiple` times its peril's ground-up loss and pays max(0, min(X, limit) - deductible). The
law of the sum is a product of transforms on a lattice that keeps every mean (local moment matching, see lattice.py).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actuarial.methods.curves import Curve, Floats

POINTS = 2**18  # of the lattice at most
FINEST = 500.0  # currency units a step


@dataclass(frozen=True)
class Cover:
    """One policy: its limit and deductible, and the place of its peril's curve."""

    limit: float
    deductible: float
    curve: int


@dataclass(frozen=True)
class Loss:
    """The event's loss: its mean (the probable maximum loss of DOMAIN 3.2), quantiles, and the most there can be."""

    mean: float
    q90: float
    q99: float
    most: float
    step: float
    cdf: Floats  # at 0, step, 2 step, ...

    def beyond(self, amounts: Floats) -> Floats:
        """P(loss > x) of each amount."""
        at = np.clip((amounts / self.step).astype(np.int64), 0, len(self.cdf) - 1)
        return np.asarray(1 - self.cdf[at])


def payout_mean(cover: Cover, curves: Sequence[Curve], multiple: float) -> float:
    """E[payout] of one claim, in closed form: c (LEV(L / c) - LEV(d / c))."""
    ends = np.array([cover.limit, cover.deductible]) / multiple
    high, low = curves[cover.curve].lev(ends)
    return float(multiple * (high - low))


def event_loss(covers: Sequence[Cover], curves: Sequence[Curve], *, pi: float, multiple: float) -> Loss:
    """The law of the event's loss over all `covers`; at least one."""
    tallest = [cover.limit - cover.deductible for cover in covers]
    step = max(FINEST, sum(tallest) / (POINTS - len(covers) - 2))
    heights = sum(int(np.ceil(most / step)) for most in tallest)
    length = 1 << (heights + 1).bit_length()
    transform = np.ones(length // 2 + 1, dtype=np.complex128)
    for cover, count in Counter(covers).items():
        mass = _payout(cover, curves[cover.curve], multiple, step)
        transform *= ((1 - pi) + pi * np.fft.rfft(mass, length)) ** count
    law = np.clip(np.fft.irfft(transform, length), 0.0, None)
    cdf = np.minimum(np.cumsum(law / law.sum()), 1.0)
    mean = pi * sum(count * payout_mean(cover, curves, multiple) for cover, count in Counter(covers).items())
    q90, q99 = (float(step * np.searchsorted(cdf, level)) for level in (0.90, 0.99))
    return Loss(mean, q90, q99, float(sum(tallest)), step, cdf)


def _payout(cover: Cover, curve: Curve, multiple: float, step: float) -> NDArray[np.float64]:
    """The law of one payout on the lattice, its mean kept: mass (2 E(kh) - E((k-1)h) - E((k+1)h)) / h."""
    top = int(np.ceil((cover.limit - cover.deductible) / step))
    at = np.arange(-1, top + 2) * step
    paid = np.clip(at, 0.0, cover.limit - cover.deductible)
    limited = multiple * curve.lev((cover.deductible + paid) / multiple)
    limited -= multiple * curve.lev(np.array([cover.deductible / multiple]))[0]
    limited[0] = -step  # so that what pays nothing keeps its place at nought
    mass = (2 * limited[1:-1] - limited[:-2] - limited[2:]) / step
    return np.asarray(np.clip(mass, 0.0, None))
