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
def bits_counted(
    place: NDArray[np.int64], packed: NDArray[np.uint16], counts: NDArray[np.int64], row_of: NDArray[np.int64]
) -> None:
    """Add every row to counts[place, bit] for each bit that it has; row_of[place] becomes a row of that place."""
    bits = counts.shape[1]
    for row in range(len(place)):
        at, held = place[row], np.int64(packed[row])
        for bit in range(bits):
            counts[at, bit] += held >> bit & 1
        row_of[at] = row


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
