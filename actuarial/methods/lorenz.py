"""The ordered Lorenz curve and its Gini index: does the score find losses that the price does not?

Frees, Meyers and Cummings (2011), "Summarizing insurance scores using a Gini index", JASA 106: policies are put in
order of score over price; the curve is the share of losses against the share of premiums up to each; Gini is twice the
area between it and the diagonal. Equal relativities count by half, which joins them by a straight line. The standard
error is that of the paper's U-statistic: with A = sum of w_i l_j [R_j before R_i], the area below the curve, the
influence of one policy is w_i F_L(R_i) / mean w + l_i S_P(R_i) / mean l - A (w_i / mean w + l_i / mean l).

A few large losses make as good as no sample: the interval takes Student's law with (sum l)^2 / sum l^2 - 1 degrees of
freedom, the effective number of losses, and is not given below ten. In simulations it then covers 90 to 95 % of the
time where 95 % is meant (tests/actuarial/test_backtest_methods.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from core.errors import InputRefused

Floats = NDArray[np.float64]
LEAST_EFFECTIVE = 10.0  # effective number of losses
LEVEL = 0.95


@dataclass(frozen=True)
class Lorenz:
    """The curve from (0, 0) to (1, 1), Gini, and its 95 % interval; None with fewer than LEAST_EFFECTIVE losses."""

    premiums: Floats  # cumulated shares
    losses: Floats
    gini: float
    error: float
    effective: float  # (sum l)^2 / sum l^2

    @property
    def interval(self) -> tuple[float, float] | None:
        if self.effective < LEAST_EFFECTIVE:
            return None
        half = float(stats.t.ppf((1 + LEVEL) / 2, self.effective - 1)) * self.error
        return max(-1.0, self.gini - half), min(1.0, self.gini + half)


def ordered_lorenz(relativity: Sequence[float], premium: Sequence[float], loss: Sequence[float]) -> Lorenz:
    """The curve of losses against premiums in order of `relativity`; raises InputRefused without loss or premium."""
    ranks, weights, lost = (np.asarray(values, dtype=float) for values in (relativity, premium, loss))
    _refuse(ranks, weights, lost)
    order, place = np.unique(ranks, return_inverse=True)
    weight, amount = weights / weights.sum(), lost / lost.sum()
    by_weight, by_loss = (np.bincount(place, values, len(order)) for values in (weight, amount))
    upto_weight, upto_loss = np.cumsum(by_weight), np.cumsum(by_loss)
    before = (upto_loss - by_loss / 2)[place]  # losses ahead of a policy, its equals by half
    after = 1 - (upto_weight - by_weight / 2)[place]  # premiums behind it
    area = float(weight @ before)
    count = len(ranks)
    influence = count * (weight * before + amount * after - area * (weight + amount))
    return Lorenz(
        np.append(0.0, upto_weight),
        np.append(0.0, upto_loss),
        1 - 2 * area,
        2 * float(influence.std()) / count**0.5,
        float(lost.sum() ** 2 / (lost**2).sum()),
    )


def _refuse(ranks: Floats, weights: Floats, lost: Floats) -> None:
    if not (len(ranks) == len(weights) == len(lost) and len(ranks) > 1):
        raise InputRefused("The columns differ in length.", field="pairs", limit="two rows or more, of one length")
    if (
        not all(np.isfinite(values).all() for values in (ranks, weights, lost))
        or (weights < 0).any()
        or (lost < 0).any()
    ):
        raise InputRefused("A figure is below nought or none.", field="pairs", limit="0 or more", remedy="Mend it.")
    if not (weights.sum() > 0 and lost.sum() > 0):
        raise InputRefused(
            "There is no loss, or no premium, to compare.",
            field="pairs",
            limit="above 0 in all",
            remedy="Wait for losses.",
        )
