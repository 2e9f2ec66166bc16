"""From contributions of single rows to what the model goes by: mean absolute contribution with interval and rank.

Mean absolute contribution is a mean over rows, so rows are resampled; the same resamples rank the inputs, and an
input's rank interval says which places it takes in them. Ranks of near-ties are not settled by any number of rows that
can be afforded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.frame import Floats

Ranks = NDArray[np.int64]


@dataclass(frozen=True)
class Importance:
    """By column: mean absolute contribution with interval, share of the sum, rank (1 is largest) with interval.

    `drawn` float64[resamples, columns] are the resampled means.
    """

    mean: Floats
    low: Floats
    high: Floats
    share: Floats
    rank: Ranks
    rank_low: Ranks
    rank_high: Ranks
    drawn: Floats

    @property
    def order(self) -> Ranks:
        """Columns from the largest to the smallest."""
        return np.asarray(np.argsort(self.rank))


@dataclass(frozen=True)
class Drivers:
    """The most important columns that can be named: `named` by rank, `ordered` if their order is told too.

    With none named, `rows` says how many explained rows would tell the first apart (None: no affordable number).
    """

    named: tuple[int, ...]
    ordered: bool
    rows: int | None


def importance(contributions: Floats, *, resamples: int, confidence: float, rng: np.random.Generator) -> Importance:
    """The summary of float64[rows, columns]."""
    sizes = np.abs(contributions)
    rows = len(sizes)
    weights = rng.multinomial(rows, np.full(rows, 1 / rows), size=resamples) / rows
    drawn, mean = weights @ sizes, sizes.mean(axis=0)
    tails = [(1 - confidence) / 2, 1 - (1 - confidence) / 2]
    low, high = np.quantile(drawn, tails, axis=0)
    rank_low, rank_high = np.quantile(ranks(drawn), tails, axis=0, method="inverted_cdf")
    total = float(mean.sum())
    share = mean / total if total > 0 else np.zeros(len(mean))
    rank = ranks(mean[None])[0]
    # The rank of the sample itself always lies in its interval.
    return Importance(
        mean,
        np.minimum(low, mean),
        np.maximum(high, mean),
        share,
        rank,
        np.minimum(rank_low, rank),
        np.maximum(rank_high, rank),
        drawn,
    )


def ranks(sizes: Floats) -> Ranks:
    """Places from 1 (largest) along the last axis; of equal ones the first column comes first."""
    order = np.argsort(-sizes, axis=-1, kind="stable")
    found = np.empty(sizes.shape, dtype=np.int64)
    np.put_along_axis(found, order, np.broadcast_to(np.arange(1, sizes.shape[-1] + 1), sizes.shape), axis=-1)
    return found


def drivers(found: Importance, most: int, rows: int) -> Drivers:
    """The largest set of at most `most` columns whose places no other column takes in the resamples. To name all of
    them says nothing unless their order is told."""
    order, columns = found.order, len(found.rank)
    for size in range(min(most, columns), 0, -1):
        top = order[:size]
        ordered = bool((found.rank_low[top] == found.rank_high[top]).all())
        settled = found.mean[top[-1]] > 0 and (found.rank_high[top] <= size).all()
        if settled and (ordered or size < columns):
            return Drivers(tuple(int(i) for i in top), ordered, None)
    return Drivers((), False, _rows_that_tell(found, order, rows))


def _rows_that_tell(found: Importance, order: Ranks, rows: int) -> int | None:
    """Rows at which the difference of the first two would lie two half-widths above zero's side."""
    first, second = order[0], order[1]
    gap = found.mean[first] - found.mean[second]
    drawn = found.drawn[:, first] - found.drawn[:, second]
    half = (np.quantile(drawn, 0.95) - np.quantile(drawn, 0.05)) / 2
    return None if gap <= 0 else int(np.ceil(rows * (half / gap) ** 2)) + 1


def spearman(first: Floats, second: Floats) -> float | None:
    """Rank correlation with ties averaged; None where one of the two does not vary, as where nothing is known of it."""
    if not len(first):
        return None
    a, b = stats.rankdata(first), stats.rankdata(second)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else None


def mean_interval(values: Floats, confidence: float) -> Interval | None:
    """Normal interval of a mean; None for fewer than two values."""
    if len(values) < 2:
        return None
    half = float(stats.norm.ppf(1 - (1 - confidence) / 2)) * float(values.std(ddof=1)) / len(values) ** 0.5
    return Interval(float(values.mean()) - half, float(values.mean()) + half)
