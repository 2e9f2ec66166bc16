"""A forest cut into groups whose leaves are told apart by at most eight bits: compiled loops for treeshap.py.

A group is a subtree with the path above it. Its bits are conditions "the feature's bin lies in low to high": first one
for each feature of the path (the row follows the path in it), then one for each inner node of the subtree (the row goes
left).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

MOST_BITS = 8  # a pattern is one byte
MOST_LEAVES = MOST_BITS + 1

Whole = NDArray[np.int32]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Nodes(NamedTuple):
    """A forest by node: `cut` is the place of its threshold among those of its feature, `kept` the share of its
    parent's training rows, `value` what a leaf adds. `bins` counts the thresholds of each feature."""

    parent: Whole
    left: Whole
    right: Whole
    feature: Whole
    cut: Whole
    missing_left: Mask
    kept: Floats
    value: Floats
    bins: Whole


class Groups(NamedTuple):
    """By group its root, how many bits it has and how many of them are of the path, [group, bit] the conditions (with
    `missing`: a row without a value meets it), [group, slot] its features; by node the bit that it is in its group."""

    root: Whole
    bits: Whole
    paths: Whole
    feature: Whole
    low: Whole
    high: Whole
    missing: Mask
    slots: Whole
    slot_feature: Whole
    bit_of: Whole


@njit(cache=True, nogil=True)
def roots_of(nodes: Nodes, most: int) -> tuple[Whole, Whole]:
    """(roots of groups, long leaves): the largest subtrees that `most` bits can tell, and leaves that need more bits.

    A tree of one leaf has no condition and is in neither.
    """
    count = len(nodes.left)
    inner, many = np.zeros(count, np.int32), np.zeros(count, np.int32)
    for node in range(count - 1, -1, -1):
        if nodes.left[node] >= 0:
            inner[node] = 1 + inner[nodes.left[node]] + inner[nodes.right[node]]
    found, long = np.empty(count, np.int32), np.empty(count, np.int32)
    groups = lost = 0
    for node in range(count):
        above = nodes.parent[node]
        if above >= 0:
            many[node] = many[above] + _is_new(nodes, above)
        elif nodes.left[node] < 0:
            continue
        if many[node] + inner[node] <= most:
            if above < 0 or many[above] + inner[above] > most:
                found[groups] = node
                groups += 1
        elif nodes.left[node] < 0:
            long[lost] = node
            lost += 1
    return found[:groups].copy(), long[:lost].copy()


@njit(cache=True, nogil=True)
def _is_new(nodes: Nodes, node: int) -> int:
    """1 if no node above asks the same feature, else 0."""
    above = nodes.parent[node]
    while above >= 0:
        if nodes.feature[above] == nodes.feature[node]:
            return 0
        above = nodes.parent[above]
    return 1


@njit(cache=True, nogil=True)
def groups_of(root: Whole, nodes: Nodes) -> Groups:
    """The groups with these roots."""
    count = len(root)
    groups = Groups(
        root,
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.zeros((count, MOST_BITS), np.int32),
        np.zeros((count, MOST_BITS), np.int32),
        np.zeros((count, MOST_BITS), np.int32),
        np.zeros((count, MOST_BITS), np.bool_),
        np.zeros(count, np.int32),
        np.zeros((count, MOST_BITS), np.int32),
        np.full(len(nodes.left), -1, np.int32),
    )
    for g in range(count):
        _path(groups, nodes, g)
        _subtree(groups, nodes, g)
    return groups


@njit(cache=True, nogil=True)
def _path(groups: Groups, nodes: Nodes, g: int) -> None:
    """The conditions above the root, those of one feature merged."""
    bits, child = 0, groups.root[g]
    while nodes.parent[child] >= 0:
        above = nodes.parent[child]
        asked, went_left = nodes.feature[above], nodes.left[above] == child
        bit = place_of(groups.feature[g], bits, asked)
        if bit == bits:
            groups.feature[g, bit], groups.high[g, bit], groups.missing[g, bit] = asked, nodes.bins[asked], True
            groups.slot_feature[g, bit] = asked
            bits += 1
        if went_left:
            groups.high[g, bit] = min(groups.high[g, bit], nodes.cut[above])
        else:
            groups.low[g, bit] = max(groups.low[g, bit], nodes.cut[above] + 1)
        groups.missing[g, bit] = groups.missing[g, bit] and nodes.missing_left[above] == went_left
        child = above
    groups.bits[g] = groups.paths[g] = groups.slots[g] = bits


@njit(cache=True, nogil=True)
def _subtree(groups: Groups, nodes: Nodes, g: int) -> None:
    """A condition for each inner node from the root down."""
    stack = np.empty(MOST_LEAVES + 1, np.int32)
    stack[0], size = groups.root[g], 1
    while size:
        size -= 1
        node = stack[size]
        if nodes.left[node] >= 0:
            bit, asked = groups.bits[g], nodes.feature[node]
            groups.feature[g, bit], groups.high[g, bit] = asked, nodes.cut[node]
            groups.missing[g, bit] = nodes.missing_left[node]
            groups.bit_of[node] = bit
            groups.bits[g] += 1
            slot = place_of(groups.slot_feature[g], groups.slots[g], asked)
            if slot == groups.slots[g]:
                groups.slot_feature[g, slot] = asked
                groups.slots[g] += 1
            stack[size], stack[size + 1] = nodes.right[node], nodes.left[node]
            size += 2


@njit(cache=True, nogil=True)
def place_of(listed: Whole, count: int, wanted: int) -> int:
    """Where `wanted` stands among the first `count`; `count` if nowhere."""
    for place in range(count):
        if listed[place] == wanted:
            return place
    return count
