"""One pass over all rows for labels: what each row's probabilities say of its label, and hashes of whole rows."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from audits.engine.frame import Floats, Mask

Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]

NEAR = 1e-6  # probabilities this near count as equal, as in the reference implementation of confident learning


@njit(cache=True, nogil=True)
def own_probabilities(labels: Places, probabilities: Floats, starts: Places) -> tuple[Floats, Places]:
    """The probability each row gives its own label, label by label in the order of rows, and the rows in that order.

    labels int64[n], probabilities float64[n, classes], starts int64[classes] (rows of smaller labels).
    """
    rows = len(labels)
    own, order, at = np.empty(rows), np.empty(rows, np.int64), starts.copy()
    for row in range(rows):
        label = labels[row]
        place = at[label]
        own[place] = probabilities[row, label]
        order[place] = row
        at[label] = place + 1
    return own, order


@njit(cache=True, nogil=True)
def guesses(labels: Places, probabilities: Floats, lines: Floats) -> tuple[Places, Places, Mask, bool]:
    """What each row says of its label (Northcutt et al. 2021, section 3.1).

    Returns the counts of (label, class the row confidently belongs to) int64[classes, classes], that class a row (-1
    where none), whether the label itself is the most probable class (NEAR ones included), and whether every probability
    is a number from 0 to 1. `lines` float64[classes] are the thresholds, already less NEAR.
    """
    rows, classes = probabilities.shape
    counts = np.zeros((classes, classes), np.int64)
    guess = np.empty(rows, np.int64)
    kept = np.empty(rows, np.bool_)
    valid = True
    for row in range(rows):
        label = labels[row]
        bar = probabilities[row, label] + NEAR
        passed, first, most, highest, upheld = 0, -1, 0, probabilities[row, 0], True
        for k in range(classes):
            p = probabilities[row, k]
            if not (p >= -NEAR and p <= 1 + NEAR):
                valid = False
            if p > highest:
                most, highest = k, p
            if p >= lines[k]:
                if passed == 0:
                    first = k
                passed += 1
            if k != label and (p > bar or (p == bar and k < label)):
                upheld = False
        kept[row] = upheld
        guess[row] = most if passed > 1 else first
        if passed > 0:
            counts[label, guess[row]] += 1
    return counts, guess, kept, valid


@njit(cache=True, nogil=True)
def pair_sizes(labels: Places, probabilities: Floats, kept: Mask, wanted: Mask) -> Places:
    """Rows of each (label, other class) whose other class is clearly more probable, int64[classes * classes + 1]
    cumulated; only pairs `wanted` bool[classes, classes] are counted."""
    rows, classes = probabilities.shape
    sizes = np.zeros(classes * classes + 1, np.int64)
    for row in range(rows):
        if kept[row]:
            continue
        label = labels[row]
        own = probabilities[row, label]
        for k in range(classes):
            if wanted[label, k] and probabilities[row, k] - own > 2 * NEAR:
                sizes[label * classes + k + 1] += 1
    return np.cumsum(sizes)


@njit(cache=True, nogil=True)
def pair_margins(
    labels: Places, probabilities: Floats, kept: Mask, wanted: Mask, starts: Places
) -> tuple[Floats, Places]:
    """The margins (other class less label) of the rows that pair_sizes counts, pair by pair, and their rows."""
    rows, classes = probabilities.shape
    margins, found, at = np.empty(starts[-1]), np.empty(starts[-1], np.int64), starts.copy()
    for row in range(rows):
        if kept[row]:
            continue
        label = labels[row]
        own = probabilities[row, label]
        for k in range(classes):
            margin = probabilities[row, k] - own
            if wanted[label, k] and margin > 2 * NEAR:
                pair = label * classes + k
                margins[at[pair]] = margin
                found[at[pair]] = row
                at[pair] += 1
    return margins, found


@njit(cache=True, nogil=True)
def absorb(sums: Hashes, cells: Hashes, salt: np.uint64) -> None:
    """Adds one column's cells to the hash of every row, in place. The sum does not depend on the order of columns, so
    that a row's hash without one column is a subtraction; `salt` tells columns apart."""
    for row in range(len(sums)):
        sums[row] += mixed(cells[row] ^ salt)


@njit(cache=True, nogil=True)
def mixed(value: np.uint64) -> np.uint64:
    """A 64-bit finaliser (splitmix64: Steele, Lea and Flood 2014): every bit of the argument moves half of all bits."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def first_places(keys: Hashes, asked: Hashes) -> Places:
    """For each of `asked` the first place in `keys` that holds it, -1 where none does (open addressing)."""
    size = 16
    while size < 2 * len(keys):
        size *= 2
    slots, last = np.full(size, -1, np.int64), np.uint64(size - 1)
    for place in range(len(keys)):
        at = np.int64(mixed(keys[place]) & last)
        while slots[at] >= 0 and keys[slots[at]] != keys[place]:
            at = (at + 1) & (size - 1)
        if slots[at] < 0:
            slots[at] = place
    found = np.full(len(asked), -1, np.int64)
    for row in range(len(asked)):
        at = np.int64(mixed(asked[row]) & last)
        while slots[at] >= 0:
            if keys[slots[at]] == asked[row]:
                found[row] = slots[at]
                break
            at = (at + 1) & (size - 1)
    return found
