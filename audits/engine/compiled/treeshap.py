"""Trees as tables of contributions: compiled loops for attribution/treeshap.py, where the method is described.

A row's pattern in a group (treegroups.py) has a bit set where a condition does not hold. All that the group's leaves
add to a row depends on the pattern alone, so it stands in a table: one line of 2^bits a feature, or a pair of them.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from audits.engine.compiled.treegroups import MOST_BITS, MOST_LEAVES, Floats, Groups, Nodes, Whole, place_of

ROWS_AT_ONCE = 2_048


class Rule(NamedTuple):
    """How a leaf's value is shared out. Conditional on the covers: Gauss-Legendre nodes and weights [m, node] for m
    features. Against a background: its rows as bins [feature, row], and the integrals [own, others]."""

    nodes: Floats
    weights: Floats
    background: NDArray[np.generic]
    integrals: Floats


@njit(cache=True, nogil=True)
def tables_of(
    groups: Groups, begin: int, end: int, starts: NDArray[np.int64], nodes: Nodes, rule: Rule, paired: bool
) -> tuple[Floats, float]:
    """The tables of groups `begin` to `end`, group g's from starts[g - begin] on, and what their leaves add to a row of
    which nothing is known (by the covers). Lines are slots, or pairs of slots (0, 1), (0, 2), (1, 2), (0, 3) ..."""
    tables, expected = np.zeros(starts[-1]), 0.0
    many = MOST_BITS * (MOST_BITS - 1) // 2 if paired else MOST_BITS
    parts, weight = np.empty((many, 2**MOST_BITS)), np.empty(2**MOST_BITS)
    share, slots = np.empty(MOST_BITS), np.empty(MOST_BITS, np.int32)
    turns, stack = np.empty((MOST_BITS, 3), np.int32), np.empty(MOST_LEAVES + 1, np.int32)
    others = np.empty(rule.background.shape[1], np.uint8)
    for g in range(begin, end):
        table = tables[starts[g - begin] : starts[g - begin + 1]].reshape(-1, 2 ** groups.bits[g])
        patterns_of(groups, g, nodes.bins, rule.background, others)
        stack[0], size = groups.root[g], 1
        while size:
            size -= 1
            node = stack[size]
            if nodes.left[node] >= 0:
                stack[size], stack[size + 1] = nodes.right[node], nodes.left[node]
                size += 2
                continue
            m, count = _leaf(groups, nodes, g, node, turns, slots, share)
            lines = m * (m - 1) // 2 if paired else m
            parts[:lines, : 2**m] = 0
            if len(others):
                _weigh(weight[: 2**m], others, turns[:count], groups.paths[g])
                _by_background(parts, m, weight, rule.integrals, paired)
            else:
                _by_cover(parts, m, share, rule.nodes[m], rule.weights[m], paired)
                expected += nodes.value[node] * share[:m].prod()
            _enter(table, parts, nodes.value[node], m, turns[:count], groups.paths[g], slots, paired)
    return tables, expected


@njit(cache=True, nogil=True)
def _leaf(
    groups: Groups, nodes: Nodes, g: int, leaf: int, turns: Whole, slots: Whole, share: Floats
) -> tuple[int, int]:
    """(features on the leaf's path, nodes between it and the group's root). By feature its slot and the share of the
    training rows that follow the path in it; by node `turns`: its bit, 1 if the path goes left, its feature."""
    m = groups.paths[g]
    for place in range(m):
        slots[place], share[place] = place, 1.0
    count, child = 0, leaf
    while nodes.parent[child] >= 0:
        above = nodes.parent[child]
        slot = place_of(groups.slot_feature[g], groups.slots[g], nodes.feature[above])
        here = place_of(slots, m, slot)
        if here == m:
            slots[m], share[m] = slot, 1.0
            m += 1
        share[here] *= nodes.kept[child]
        if groups.bit_of[above] >= 0:  # only nodes of the group itself have a bit
            turns[count, 0], turns[count, 2] = groups.bit_of[above], here
            turns[count, 1] = 1 if nodes.left[above] == child else 0
            count += 1
        child = above
    return m, count


@njit(cache=True, nogil=True)
def _narrowed(pattern: int, turns: Whole, paths: int) -> int:
    """A pattern of the group as that of one leaf: bit j is set where the row leaves the leaf's path in feature j."""
    found = pattern & ((1 << paths) - 1)
    for turn in range(len(turns)):
        if ((pattern >> turns[turn, 0]) & 1) == turns[turn, 1]:
            found |= 1 << turns[turn, 2]
    return found


@njit(cache=True, nogil=True)
def _weigh(weight: Floats, others: NDArray[np.uint8], turns: Whole, paths: int) -> None:
    """The share of the background with each pattern of the leaf."""
    weight[:] = 0
    for other in others:
        weight[_narrowed(other, turns, paths)] += 1
    weight /= len(others)


@njit(cache=True, nogil=True)
def _by_cover(parts: Floats, m: int, share: Floats, points: Floats, weights: Floats, paired: bool) -> None:
    """Adds the integral to `parts` [line, pattern], point by point."""
    factor, apart = np.empty(m), np.empty(m)
    for pattern in range(2**m):
        for point in range(len(points)):
            t, product = points[point], weights[point]
            for j in range(m):
                follows = 0.0 if (pattern >> j) & 1 else 1.0
                factor[j], apart[j] = t * follows + (1 - t) * share[j], follows - share[j]
                product *= factor[j]
            line = 0
            for i in range(m):
                one = apart[i] * product / factor[i]
                if not paired:
                    parts[i, pattern] += one
                    continue
                for j in range(i):
                    parts[line, pattern] += one * apart[j] / factor[j]
                    line += 1


@njit(cache=True, nogil=True)
def _by_background(parts: Floats, m: int, weight: Floats, integrals: Floats, paired: bool) -> None:
    """Adds every pair of a background pattern and a row's pattern that leave the path in different features."""
    whole = 2**m - 1
    for other in range(2**m):
        if weight[other] == 0:
            continue
        rest, own = whole & ~other, whole & ~other
        while True:
            a, b = _ones(other), _ones(own)
            if paired:
                _pair_terms(parts, m, other, own, weight[other], a, b, integrals)
            else:
                gain, loss = weight[other] * integrals[a, b], weight[other] * integrals[b, a]
                for i in range(m):
                    if (other >> i) & 1:
                        parts[i, own] += gain
                    elif (own >> i) & 1:
                        parts[i, own] -= loss
            if own == 0:
                break
            own = (own - 1) & rest


@njit(cache=True, nogil=True)
def _pair_terms(parts: Floats, m: int, other: int, own: int, weight: float, a: int, b: int, integrals: Floats) -> None:
    line = 0
    for i in range(m):
        for j in range(i):
            theirs, ours = ((other >> i) & 1) + ((other >> j) & 1), ((own >> i) & 1) + ((own >> j) & 1)
            if theirs == 2:
                parts[line, own] += weight * integrals[a - 1, b]
            elif ours == 2:
                parts[line, own] += weight * integrals[b - 1, a]
            elif theirs == 1 and ours == 1:
                parts[line, own] -= weight * integrals[a, b - 1]
            line += 1


@njit(cache=True, nogil=True)
def _ones(bits: int) -> int:
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


@njit(cache=True, nogil=True)
def _enter(
    table: Floats, parts: Floats, value: float, m: int, turns: Whole, paths: int, slots: Whole, paired: bool
) -> None:
    """Adds one leaf's lines to its group's, pattern by pattern."""
    for pattern in range(table.shape[1]):
        narrow = _narrowed(pattern, turns, paths)
        line = 0
        for i in range(m):
            if not paired:
                table[slots[i], pattern] += value * parts[i, narrow]
                continue
            for j in range(i):
                one, two = max(slots[i], slots[j]), min(slots[i], slots[j])
                table[one * (one - 1) // 2 + two, pattern] += value * parts[line, narrow]
                line += 1


@njit(cache=True, nogil=True)
def patterns_of(groups: Groups, g: int, bins: Whole, rows: NDArray[np.generic], found: NDArray[np.uint8]) -> None:
    """Fills the pattern of each row; `rows` are bins [feature, row], one beyond the last where there is no value."""
    found[:] = 0
    for bit in range(groups.bits[g]):
        feature, mark = groups.feature[g, bit], np.uint8(1 << bit)
        low, high, none = groups.low[g, bit], groups.high[g, bit], bins[feature] + 1
        column = rows[feature]
        if groups.missing[g, bit]:
            for row in range(len(found)):
                met = (column[row] >= low and column[row] <= high) or column[row] == none
                found[row] |= np.uint8(0) if met else mark
        else:
            for row in range(len(found)):
                found[row] |= np.uint8(0) if column[row] >= low and column[row] <= high else mark


@njit(cache=True, nogil=True)
def add_up(
    groups: Groups,
    begin: int,
    end: int,
    starts: NDArray[np.int64],
    tables: Floats,
    bins: Whole,
    rows: NDArray[np.generic],
    targets: Whole,
    total: Floats,
    paired: bool,
) -> None:
    """Adds groups `begin` to `end` to total [target, row]. `targets` gives by feature, or by feature and feature, to
    which line of the total a contribution belongs; -1 is none."""
    patterns = np.empty(ROWS_AT_ONCE, np.uint8)
    for first in range(0, rows.shape[1], ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, rows.shape[1])
        found = patterns[: last - first]
        for g in range(begin, end):
            patterns_of(groups, g, bins, rows[:, first:last], found)
            table = tables[starts[g - begin] : starts[g - begin + 1]].reshape(-1, 2 ** groups.bits[g])
            slots, line = groups.slot_feature[g], 0
            for i in range(groups.slots[g]):
                if not paired:
                    _look_up(table[i], found, total, targets[slots[i], 0], first)
                    continue
                for j in range(i):
                    _look_up(table[line], found, total, targets[slots[i], slots[j]], first)
                    line += 1


@njit(cache=True, nogil=True)
def _look_up(line: Floats, patterns: NDArray[np.uint8], total: Floats, target: int, first: int) -> None:
    if target >= 0:
        out = total[target, first : first + len(patterns)]
        for row in range(len(patterns)):
            out[row] += line[patterns[row]]
