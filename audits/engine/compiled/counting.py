"""Loops that count rows: joint counts of codes, scores put in order, rows gathered by group.

Each is one pass over the rows with integer state, or a sort, so no result depends on how fast or in how many threads it
runs.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

LONG = 48  # rows of one bucket above which insertion alone is too slow
PIECE = 1 << 15  # rows that are put in order at once
BUCKETS = 1 << 14  # of equal width, in which rows are counted before equal-mass bins are cut
HALF = 31
HALF_MASK = (1 << HALF) - 1
HALF_ONE = float(1 << HALF)
ONE = float(1 << 2 * HALF)  # a score of 1 as a whole number


@njit(cache=True, nogil=True)
def joint_counts(codes: NDArray[np.int32], states: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
    """Add every row to counts[group, state]; a negative code counts in the last row of `counts`."""
    last = counts.shape[0] - 1
    for row in range(len(codes)):
        code = codes[row]
        counts[code if code >= 0 else last, states[row]] += 1


@njit(cache=True, nogil=True)
def gathered(
    codes: NDArray[np.int32],
    groups: int,
    use: NDArray[np.bool_],
    score: NDArray[np.float64],
    event: NDArray[np.bool_],
) -> Any:
    """Scores and events of the rows of `use` by group, negative codes last, and where each group starts."""
    starts = np.zeros(groups + 2, np.int64)
    for row in range(len(codes)):
        if use[row]:
            starts[(codes[row] if codes[row] >= 0 else groups) + 1] += 1
    for group in range(groups + 1):
        starts[group + 1] += starts[group]
    next_place = starts[:-1].copy()
    scores, events = np.empty(starts[groups + 1]), np.empty(starts[groups + 1], np.bool_)
    for row in range(len(codes)):
        if use[row]:
            group = codes[row] if codes[row] >= 0 else groups
            at = next_place[group]
            scores[at], events[at] = score[row], event[row]
            next_place[group] = at + 1
    return scores, events, starts


@njit(cache=True, nogil=True)
def ordered(score: NDArray[np.float64], event: NDArray[np.bool_]) -> Any:
    """Finite scores ascending, each with its event; the order of equal scores is of no account.

    Pieces of equal width that a near cache holds, each put in order by itself. Equal scores fall in one piece, larger
    ones never in an earlier one.
    """
    n = len(score)
    scores, events = np.empty(n), np.empty(n, np.bool_)
    pieces = n // PIECE
    if pieces < 2:
        _settle(score, event, scores, events, np.empty(n + 1, np.int32))
        return scores, events
    low, scale = _scale(score, pieces)
    starts = np.zeros(pieces + 1, np.int64)
    for row in range(n):
        starts[np.int64((score[row] - low) * scale) + 1] += 1
    largest: Any = 0
    for piece in range(pieces):
        largest = max(largest, starts[piece + 1])
        starts[piece + 1] += starts[piece]
    next_place, near, hits = starts.copy(), np.empty(n), np.empty(n, np.bool_)
    for row in range(n):
        own = np.int64((score[row] - low) * scale)
        at = next_place[own]
        next_place[own] = at + 1
        near[at], hits[at] = score[row], event[row]
    scratch = np.empty(largest + 1, np.int32)
    for piece in range(pieces):
        first, end = starts[piece], starts[piece + 1]
        if end > first:
            _settle(near[first:end], hits[first:end], scores[first:end], events[first:end], scratch)
    return scores, events


@njit(cache=True, nogil=True)
def _scale(score: NDArray[np.float64], buckets: int) -> Any:
    """The least score, and buckets a unit of score above it; 0, all in one bucket, where they cannot be told apart."""
    n = len(score)
    low = high = low_other = high_other = score[0]
    for row in range(0, n - 1, 2):  # two at a time, for neither waits for the other
        low, high = min(low, score[row]), max(high, score[row])
        low_other, high_other = min(low_other, score[row + 1]), max(high_other, score[row + 1])
    low, span = (
        min(low, low_other, score[n - 1]),
        max(high, high_other, score[n - 1]) - min(low, low_other, score[n - 1]),
    )
    scale = (buckets - 1) / span if 0 < span < np.inf else 0.0
    return low, scale if scale < np.inf else 0.0


@njit(cache=True, nogil=True)
def _settle(score: Any, event: Any, scores: Any, events: Any, starts: Any) -> None:
    """Puts rows in order into `scores` and `events`: as many buckets of equal width as rows, then insertion, by which
    no score leaves its bucket. `starts` has room for one number more than there are rows."""
    n = len(score)
    low, scale = _scale(score, n)
    for bucket in range(n + 1):
        starts[bucket] = 0
    for row in range(n):
        starts[np.uint64(np.int64((score[row] - low) * scale)) + np.uint64(1)] += 1
    most: Any = 0
    for bucket in range(n):
        most = max(most, starts[bucket + 1])
        starts[bucket + 1] += starts[bucket]
    for row in range(n):
        own = np.uint64(np.int64((score[row] - low) * scale))
        at = starts[own]
        starts[own] = at + 1
        scores[at], events[at] = score[row], event[row]
    if most > LONG:
        _sort_crowded(scores, events, starts)
    for row in range(1, n):
        held = scores[row]
        if scores[row - 1] > held:
            hit, before = events[row], row - 1
            while before >= 0 and scores[before] > held:
                scores[before + 1], events[before + 1] = scores[before], events[before]
                before -= 1
            scores[before + 1], events[before + 1] = held, hit


@njit(cache=True, nogil=True)
def _sort_crowded(scores: Any, events: Any, ends: Any) -> None:
    """Brings every bucket of more than LONG rows near its order: Shell's sort with the steps of Gonnet and Baeza-Yates
    but for the last, which is the insertion that follows. It takes seconds less to compile than numpy's."""
    first = 0
    for bucket in range(len(scores)):
        end = ends[bucket]
        step = (end - first) * 5 // 11 if end - first > LONG else 0
        while step > 1:
            for row in range(first + step, end):
                held, hit, at = scores[row], events[row], row
                while at - step >= first and scores[at - step] > held:
                    scores[at], events[at] = scores[at - step], events[at - step]
                    at -= step
                scores[at], events[at] = held, hit
            step = step * 5 // 11
        first = end


@njit(cache=True, nogil=True)
def excess_by_mass(score: NDArray[np.float64], event: NDArray[np.bool_], bins: int) -> NDArray[np.float64]:
    """Events less the sum of the scores (0 to 1) in each equal-mass bin, ties together, without sorting.

    Rows are counted in buckets of equal width. A bucket within one bin goes there whole; the rows of the few that an
    edge cuts are put in order. Sums are kept as whole numbers in two halves, so the order of rows leaves no trace; what
    is cut off a score is below 2**-62.
    """
    n = len(score)
    low, scale = _scale(score, BUCKETS)
    starts = np.zeros(BUCKETS + 1, np.int64)
    for row in range(n):
        starts[np.uint64(np.int64((score[row] - low) * scale)) + np.uint64(1)] += 1
    home = np.empty(BUCKETS, np.int64)
    cut: Any = 0
    for bucket in range(BUCKETS):
        rows = starts[bucket + 1]
        starts[bucket + 1] += starts[bucket]
        home[bucket] = bin_of_mass(starts[bucket], n, bins)
        if rows > 0 and bin_of_mass(starts[bucket + 1] - 1, n, bins) != home[bucket]:
            home[bucket] = bins
            cut += rows
    hits, upper, lower = np.zeros(bins + 1, np.int64), np.zeros(bins + 1, np.int64), np.zeros(bins + 1, np.int64)
    near, near_hits, kept = np.empty(cut), np.empty(cut, np.bool_), 0
    for row in range(n):
        place = np.uint64(home[np.uint64(np.int64((score[row] - low) * scale))])
        whole = np.int64(score[row] * ONE)
        hits[place] += np.int64(event[row])
        upper[place] += whole >> HALF
        lower[place] += whole & HALF_MASK
        if place == bins:
            near[kept], near_hits[kept] = score[row], event[row]
            kept += 1
    if cut > 0:
        near, near_hits = ordered(near, near_hits)
    own_bucket: Any = -1
    below: Any = 0
    seen: Any = 0
    for row in range(cut):
        own = np.int64((near[row] - low) * scale)
        if own != own_bucket:
            own_bucket, below, seen = own, starts[own], starts[own]
        elif near[row] != near[row - 1]:
            below = seen
        seen += 1
        place_of = bin_of_mass(below, n, bins)
        whole = np.int64(near[row] * ONE)
        hits[place_of] += np.int64(near_hits[row])
        upper[place_of] += whole >> HALF
        lower[place_of] += whole & HALF_MASK
    return hits[:bins] - (upper[:bins] * (HALF_ONE / ONE) + lower[:bins] / ONE)


@njit(cache=True, nogil=True)
def bin_of_mass(below: int, rows: int, bins: int) -> int:
    """The equal-mass bin of a score with so many rows below it: above edge j where (rows - 1) j < bins * below."""
    return min(max((bins * below - 1) // max(rows - 1, 1), 0), bins - 1)


@njit(cache=True, nogil=True)
def runs(score: NDArray[np.float64], event: NDArray[np.bool_], starts: NDArray[np.int64]) -> Any:
    """Of each group of rows, from one of `starts` to the next: its distinct scores ascending, how many rows with and
    without the event each has, and how many distinct scores there are. A group's figures begin where its rows do;
    `score` is written over."""
    groups = len(starts) - 1
    yes, no, found = np.empty(len(score), np.int64), np.empty(len(score), np.int64), np.zeros(groups, np.int64)
    for group in range(groups):
        first, end = starts[group], starts[group + 1]
        if end > first:
            scores, events = ordered(score[first:end], event[first:end])
            found[group] = _runs_of(scores, events, score[first:end], yes[first:end], no[first:end])
    return yes, no, found


@njit(cache=True, nogil=True)
def _runs_of(scores: Any, events: Any, distinct: Any, yes: Any, no: Any) -> Any:
    last: Any = 0
    distinct[0], yes[0], no[0] = scores[0], np.int64(events[0]), 1 - np.int64(events[0])
    for row in range(1, len(scores)):
        # Without branches: which score is new and which row has the event is as good as random.
        new = np.int64(scores[row] != scores[row - 1])
        last += new
        hit = np.int64(events[row])
        distinct[last] = scores[row]
        yes[last] = yes[last] * (1 - new) + hit
        no[last] = no[last] * (1 - new) + 1 - hit
    return last + 1


@njit(cache=True, nogil=True)
def confusion_counts(
    codes: NDArray[Any], event: NDArray[np.bool_], positive: NDArray[np.bool_], counts: NDArray[np.int64]
) -> None:
    """Add every row to counts[group, cell]; cells are TP, FP, FN, TN. Codes are whole numbers of any width from 0."""
    for row in range(len(codes)):
        counts[codes[row], 2 * (1 - np.int64(positive[row])) + 1 - np.int64(event[row])] += 1


@njit(cache=True, nogil=True)
def concordance(yes: NDArray[np.int64], no: NDArray[np.int64]) -> Any:
    """By ascending score: twice the pairs in which the event has the higher score, ties one half; and DeLong's two sums
    of squares, of events and of others, about the AUC. Pairs are counted in whole numbers."""
    events, others = yes.sum(), no.sum()
    twice, below = 0, 0
    for place in range(len(yes)):
        twice += yes[place] * (2 * below + no[place])
        below += no[place]
    of_events, of_others = 0.0, 0.0
    yes_middle, no_middle = twice / 2 / others, twice / 2 / events
    below, above = 0, events
    for place in range(len(yes)):
        above -= yes[place]
        beaten = below + no[place] / 2 - no_middle
        beating = above + yes[place] / 2 - yes_middle
        of_events += yes[place] * (beaten * beaten)
        of_others += no[place] * (beating * beating)
        below += no[place]
    return twice, of_events / others**2, of_others / events**2
