"""PSI and KS of a column that was counted by part. Exact where each number has its own rung; else bins end where rungs
do, and the distance is looked at there only."""

import numpy as np
from numpy.typing import NDArray

from audits.engine.counting.dated import LATER, PARTS, REFERENCE, Moved
from audits.engine.counting.ladder import Ladder
from audits.engine.frame import Floats
from audits.engine.shift import Counts, Shift, crowded, ks_p, shift_from, valueless
from audits.engine.verdicts import Judge


def shift_counted(name: str, moved: Moved, judge: Judge) -> Shift | str:
    """The shift of one column between both parts, or why it cannot be told."""
    suite = judge.suite
    if moved.category:
        if moved.texts.crowded:
            return crowded(name, f"more than {suite.most_groups}", suite)
        moved.texts.sort()
        counts, ks = moved.texts.counts[:-1, :PARTS].T, None
    else:
        counts = moved.numbers.counts.T
    if not counts.any(axis=1).all():
        return valueless(name)
    if not moved.category:
        ks = _ks(counts)
        counts = _binned(moved.numbers, suite.psi_bins)
    before, after = (np.append(counts[part], moved.absent[part]) for part in (REFERENCE, LATER))
    return shift_from(name, before, after, ks, suite, judge.seed)


def _ks(counts: Counts) -> tuple[float, float]:
    """Largest distance of the two cumulative shares at any rung's end, and its large-sample p."""
    n, m = (int(rows) for rows in counts.sum(axis=1))
    upto = np.cumsum(counts, axis=1)
    distance = float(np.abs(upto[REFERENCE] / n - upto[LATER] / m).max())
    return distance, ks_p(distance, n, m)


def _binned(ladder: Ladder, bins: int) -> Counts:
    """Rows of both parts by equal-mass bin of the reference part."""
    numbers, reference = ladder.middle, ladder.counts[:, REFERENCE]
    edges = np.unique(_quantiles(numbers, reference, np.arange(1, bins) / bins))
    place = np.searchsorted(edges, numbers, side="left")
    return np.stack([np.bincount(place, ladder.counts[:, part], len(edges) + 1).astype(np.int64) for part in range(2)])


def _quantiles(numbers: Floats, rows: Counts, shares: NDArray[np.float64]) -> Floats:
    """Linear quantiles of ascending numbers that come `rows` times each, rounded as numpy rounds them."""
    upto, at = np.cumsum(rows), (int(rows.sum()) - 1) * shares
    below = np.floor(at).astype(np.int64)
    low, high = (numbers[np.searchsorted(upto, place, side="right")] for place in (below, np.ceil(at).astype(np.int64)))
    share = at - below
    return np.where(share < 0.5, low + (high - low) * share, high - (high - low) * (1 - share))
