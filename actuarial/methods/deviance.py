"""How well a price's expected claims fit what came: Poisson deviance by policy, and where the total lies in its law.

Deviance D = 2 sum (n ln(n / mu) - (n - mu)), mu brought to the total that came so that only the spread over policies
counts; the lower one fits better. PIT of the total: P(N < n) + P(N = n) / 2 for a Poisson N with the expected total,
near 1/2 if the level is right, near 0 or 1 if it is not (mid-point form, Czado, Gneiting and Held 2009).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats


@dataclass(frozen=True)
class Fit:
    """One price against what came; `deviance` is None before the first claim."""

    price: str
    expected: float
    deviance: float | None
    pit: float


def fit_of(price: str, claims: Sequence[int], expected: Sequence[float]) -> Fit:
    """The fit of `expected` claims, above 0 for each policy, to `claims`."""
    counts, means = np.asarray(claims, dtype=float), np.asarray(expected, dtype=float)
    came, total = float(counts.sum()), float(means.sum())
    pit = float(stats.poisson.cdf(came - 1, total) + stats.poisson.pmf(came, total) / 2)
    level = means * came / total
    deviance = 2 * float((special.xlogy(counts, counts / level) - counts + level).sum()) if came else None
    return Fit(price, total, deviance, pit)
