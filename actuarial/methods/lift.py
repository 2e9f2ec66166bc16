"""Lift and double lift: policies in buckets by score relative to price, what came of each beside what was expected.

Lift is the rate of the last bucket over the first. Double lift puts two prices beside what came, in the order of the
one over the other: here the audited price against the class price (Goldburd, Khare, Tevet and Guller, "Generalized
Linear Models for Insurance Rating", CAS Monograph 5, 7.2). Buckets hold equal shares of the class price.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actuarial.methods.poisson import Ratio, ratio_of

FOR_EACH = 5  # claims, on average, before one more bucket is cut
FEWEST = 2


@dataclass(frozen=True)
class Bucket:
    """Policies alike in score over price."""

    policies: int
    low: float  # relativities
    high: float
    ratio: Ratio  # claims over those expected at class
    audited: float  # expected with the audit over those at class

    @property
    def nearer(self) -> str:
        """Which price is nearer to what came."""
        by_audit, by_class = abs(self.ratio.value - self.audited), abs(self.ratio.value - 1)
        return "neither" if by_audit == by_class else "audited" if by_audit < by_class else "class"


def buckets_of(
    relativity: Sequence[float], at_class: Sequence[float], audited: Sequence[float], claims: Sequence[int], most: int
) -> list[Bucket]:
    """At most `most` buckets, one for FOR_EACH claims; equal relativities stay together, so there may be fewer."""
    ranks, base, own = (np.asarray(values, dtype=float) for values in (relativity, at_class, audited))
    counts = np.asarray(claims, dtype=int)
    wanted = max(FEWEST, min(most, int(counts.sum()) // FOR_EACH))
    order, place = np.unique(ranks, return_inverse=True)
    shares = np.bincount(place, base, len(order)) / base.sum()
    middle = np.cumsum(shares) - shares / 2
    cut = np.minimum((middle * wanted).astype(int), wanted - 1)[place]
    return [
        Bucket(
            int(inside.sum()),
            float(ranks[inside].min()),
            float(ranks[inside].max()),
            ratio_of(int(counts[inside].sum()), float(base[inside].sum())),
            float(own[inside].sum() / base[inside].sum()),
        )
        for inside in (cut == number for number in range(wanted))
        if inside.any()
    ]


def lift_of(buckets: Sequence[Bucket]) -> float | None:
    """The last bucket's rate over the first's; None where the first has no claim or there is one bucket."""
    if len(buckets) < FEWEST or not buckets[0].ratio.claims:
        return None
    return buckets[-1].ratio.value / buckets[0].ratio.value
