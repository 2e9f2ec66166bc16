"""One pass over a column: counts in cells of about equal mass, and the walk over them that gives every distance.

A grid is `low`, `high`, cells a unit of x (`per_unit`) for coarse cells of equal width, and for each coarse cell the
place of its first fine cell (`start`) and how many it has (`fine`). Where rounding carries a value over its coarse
cell's end it falls into the next cell, so the order of values is the order of their cells; one coarse cell more than
are in use stands at the end for that. NaN is an absent value and is passed over.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@njit(cache=True, nogil=True)
def count_cells(
    values: Floats,
    low: float,
    high: float,
    per_unit: float,
    start: Any,
    fine: Any,
    counts: Any,
    beyond: Floats,
) -> int:
    """Adds `values` to `counts` by fine cell and writes those outside low <= x < high to `beyond`; their number, which
    may exceed the room of `beyond`."""
    far, room = 0, len(beyond)
    for x in values:
        if low <= x < high:
            place = (x - low) * per_unit
            coarse = np.int64(place)
            counts[start[coarse] + np.int64((place - coarse) * fine[coarse])] += 1
        elif x == x:
            if far < room:
                beyond[far] = x
            far += 1
    return far


@njit(cache=True, nogil=True)
def count_known(
    values: Floats,
    low: float,
    high: float,
    per_unit: float,
    start: Any,
    fine: Any,
    counts: Any,
    beyond: Floats,
    known: Floats,
    other: Floats,
) -> Any:
    """The same where values repeat. `known` is one value of each cell: infinite where the first one met shall be taken,
    NaN where the cell is to be counted whole. Rows that equal it are counted, all others of such a cell are written to
    `other`. Gives how many lie beyond and how many are others; either may exceed its room."""
    far, room, rest, space = 0, len(beyond), 0, len(other)
    for x in values:
        if low <= x < high:
            place = (x - low) * per_unit
            coarse = np.int64(place)
            cell = start[coarse] + np.int64((place - coarse) * fine[coarse])
            # One comparison that seldom holds; with NaN it never does.
            if x < known[cell] or x > known[cell]:
                if known[cell] == np.inf:
                    known[cell] = x
                    counts[cell] += 1
                else:
                    if rest < space:
                        other[rest] = x
                    rest += 1
            else:
                counts[cell] += 1
        elif x == x:
            if far < room:
                beyond[far] = x
            far += 1
    return far, rest


@njit(cache=True, nogil=True)
def split_heavy(
    values: Floats,
    low: float,
    high: float,
    per_unit: float,
    start: Any,
    fine: Any,
    first: Floats,
    same: Any,
    other: Floats,
) -> int:
    """What lies in heavy cells: `first` is the value first met in each (infinite before; NaN in cells that are not
    heavy), `same`, the counts of all cells, keeps the rows that equal it, and `other` takes the rest; the number of
    those."""
    rest = 0
    for x in values:
        if low <= x < high:
            place = (x - low) * per_unit
            coarse = np.int64(place)
            cell = start[coarse] + np.int64((place - coarse) * fine[coarse])
            # One comparison that almost never holds, so that a point mass costs no more than a smooth cell.
            if x < first[cell] or x > first[cell]:
                if first[cell] == np.inf:
                    first[cell] = x
                else:
                    same[cell] -= 1
                    other[rest] = x
                    rest += 1
    return rest


@njit(cache=True, nogil=True)
def edges_of(low: float, high: float, per_unit: float, start: Any, fine: Any) -> Floats:
    """Left edge of every fine cell, and the right edge of the last."""
    last = len(fine) - 1
    edges = np.empty(start[last] + fine[last] + 1)
    for coarse in range(len(fine)):
        for inner in range(fine[coarse]):
            edges[start[coarse] + inner] = min(low + (coarse + inner / fine[coarse]) / per_unit, high)
    edges[-1] = high
    return edges


@njit(cache=True, nogil=True)
def walk(left: Floats, right: Floats, before: Whole, after: Whole) -> Floats:
    """Distances of two distributions given as steps in ascending order; a step is a point mass (left = right) or a cell
    within which mass is spread evenly.

    Gives: largest distance of the distribution functions; the most it may be too small by; area between them; mean and
    variance, over the first and over the second distribution, of the signed length run so far (influence function of
    the area); the most that sampling alone adds to the area on average; mean and variance of the first distribution.
    """
    n, m = 0.0, 0.0
    for i in range(len(left)):
        n += before[i]
        m += after[i]
    gap, most, reach, area, noise, run = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    f, g = 0.0, 0.0
    run_f, run_ff, run_g, run_gg, mean, square = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    centre = left[len(left) // 2]
    for i in range(len(left)):
        if i > 0:
            width = left[i] - right[i - 1]
            area += width * abs(gap)
            run += width * np.sign(gap)
            noise += width * np.sqrt(f * (1 - f) / n + g * (1 - g) / m)
        p, q, width = before[i] / n, after[i] / m, right[i] - left[i]
        then = gap + p - q
        middle = run
        if width > 0:
            reach = max(reach, abs(gap + p), abs(gap - q))
            area += width * _between(gap, then)
            middle = run + width * np.sign(gap + then) / 2
            run += width * np.sign(gap + then)
            half_f, half_g = min(f + p / 2, 1.0), min(g + q / 2, 1.0)
            noise += width * np.sqrt(half_f * (1 - half_f) / n + half_g * (1 - half_g) / m)
        run_f += p * middle
        run_ff += p * middle * middle
        run_g += q * middle
        run_gg += q * middle * middle
        x = (left[i] + right[i]) / 2 - centre
        mean += p * x
        square += p * (x * x + width * width / 12)
        gap, f, g = then, min(f + p, 1.0), min(g + q, 1.0)
        most = max(most, abs(gap))
    spread_f, spread_g = max(run_ff - run_f * run_f, 0.0), max(run_gg - run_g * run_g, 0.0)
    slack = max(reach - most, 0.0)
    bias = noise * np.sqrt(2 / np.pi)
    return np.array([most, slack, area, spread_f, spread_g, bias, mean + centre, max(square - mean * mean, 0.0)])


@njit(cache=True, nogil=True)
def _between(first: float, then: float) -> float:
    """Mean absolute height of a straight line from `first` to `then`."""
    if first * then >= 0:
        return abs(first + then) / 2
    return (first * first + then * then) / (2 * (abs(first) + abs(then)))
