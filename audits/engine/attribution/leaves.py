"""An ensemble as its nodes and leaves: for each leaf the features on its path, the conditions of one feature merged.

A row follows a leaf's path in feature j or it does not; that is one bit. A leaf's pattern for a row has bit j set where
the row leaves the path, so pattern 0 is the leaf the row falls in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.trees import Floats, Mask, Trees

Places = NDArray[np.int64]
Patterns = NDArray[Any]  # unsigned integers, as wide as the features need
LEAVES_AT_ONCE = 256


@dataclass(frozen=True)
class Leaves:
    """Some leaves with equally many features m on their paths, at most D nodes deep.

    value     float64[leaves]     what they add to the margin
    path      int64[leaves, D]    its ancestors, -1 beyond the root
    left      bool[leaves, D]     whether the path goes left there
    slot      int64[leaves, D]    which of the m features the ancestor asks
    features  int64[leaves, m]    the features themselves
    share     float64[leaves, m]  share of the training rows that follow the path in each feature
    """

    value: Floats
    path: Places
    left: Mask
    slot: Places
    features: Places
    share: Floats

    @property
    def m(self) -> int:
        return int(self.features.shape[1])

    def patterns(self, trees: Trees, values: Floats) -> Patterns:
        """Unsigned[leaves, rows]: the bits of features in which a row of `values` [features, rows] leaves the path."""
        kind = np.uint8 if self.m <= 8 else np.uint16 if self.m <= 16 else np.uint64
        nodes, where = np.unique(self.path, return_inverse=True)
        goes_left = _goes_left(trees, nodes, values)
        where = where.reshape(self.path.shape)
        found = np.zeros((len(self.value), values.shape[1]), dtype=kind)
        for level in range(self.path.shape[1]):
            on = np.flatnonzero(self.path[:, level] >= 0)
            leaves = goes_left[where[on, level]] != self.left[on, level, None]
            found[on] |= leaves.astype(kind) << self.slot[on, level, None].astype(kind)
        return found


@dataclass(frozen=True)
class Forest:
    """The trees as one margin sees them, with what every walk from a leaf to its root needs."""

    trees: Trees
    output: int

    @cached_property
    def parent(self) -> Places:
        """The node above each node; -1 above a root."""
        found = np.full(len(self.trees.left), -1, dtype=np.int64)
        inner = np.flatnonzero(~self.trees.leaf)
        found[self.trees.left[inner]] = inner
        found[self.trees.right[inner]] = inner
        return found

    @cached_property
    def kept(self) -> Floats:
        """The share of its parent's training rows that passed each node; 1 at a root."""
        above = np.where(self.parent < 0, np.arange(len(self.parent)), self.parent)
        return np.asarray(self.trees.cover / self.trees.cover[above])

    @property
    def covered(self) -> bool:
        """Whether the covers are counts that add up, so that shares of training rows can be told from them."""
        inner = np.flatnonzero(~self.trees.leaf)
        below = self.trees.cover[self.trees.left[inner]] + self.trees.cover[self.trees.right[inner]]
        return bool(np.allclose(below, self.trees.cover[inner], rtol=1e-3, atol=1e-3))

    def leaves(self, nodes: Places) -> Iterator[Leaves]:
        """These leaves, in small groups with equally many features on their paths; none may be a root."""
        for start in range(0, len(nodes), LEAVES_AT_ONCE):
            yield from self._groups(nodes[start : start + LEAVES_AT_ONCE])

    @property
    def lone(self) -> float:
        """What trees of one leaf add, whatever the row."""
        return float(self.trees.value[self.trees.leaf & (self.parent < 0), self.output].sum())

    def steps(self) -> int:
        """The sum of the depths of all leaves: at least what one row costs."""
        level, depth, total = self.trees.roots, 0, 0
        while len(level):
            leaf = self.trees.left[level] < 0
            total += depth * int(leaf.sum())
            inner = level[~leaf]
            level, depth = np.concatenate([self.trees.left[inner], self.trees.right[inner]]), depth + 1
        return total

    def _groups(self, node: Places) -> Iterator[Leaves]:
        path, left, kept = self._paths(node)
        asked = np.where(path < 0, -1, self.trees.feature[path])
        slot, features = _slots(asked)
        many = (features >= 0).sum(axis=1)
        for m in np.unique(many):
            which = np.flatnonzero(many == m)
            share = np.ones((len(which), m))
            for level in range(path.shape[1]):
                on = path[which, level] >= 0
                share[on, slot[which[on], level]] *= kept[which[on], level]
            value = self.trees.value[node[which], self.output]
            yield Leaves(value, path[which], left[which], slot[which], features[which, :m], share)

    def _paths(self, node: Places) -> tuple[Places, Mask, Floats]:
        """The ancestors of each leaf from the leaf up, the turns taken and the shares kept there."""
        path, left, kept = [], [], []
        while (above := np.where(node < 0, -1, self.parent[node])).max() >= 0:
            path.append(above)
            left.append((above >= 0) & (self.trees.left[above] == node))
            kept.append(np.where(above < 0, 1.0, self.kept[node]))
            node = above
        return np.stack(path, axis=1), np.stack(left, axis=1), np.stack(kept, axis=1)


def _slots(asked: Places) -> tuple[Places, Places]:
    """For each entry the rank of its feature among those of its row, and the features by rank; -1 is none."""
    order = np.argsort(asked, axis=1, kind="stable")
    ordered = np.take_along_axis(asked, order, axis=1)
    fresh = np.ones(ordered.shape, dtype=bool)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    rank = np.cumsum(fresh & (ordered >= 0), axis=1) - 1
    slot, features = np.empty_like(asked), np.full(asked.shape, -1, dtype=np.int64)
    np.put_along_axis(slot, order, np.maximum(rank, 0), axis=1)
    rows, places = np.nonzero(ordered >= 0)
    features[rows, rank[rows, places]] = ordered[rows, places]
    return slot, features


def _goes_left(trees: Trees, nodes: Places, values: Floats) -> Mask:
    """bool[nodes, rows]: where each row goes at each node, as audits.trees.margins sends it."""
    asked = values[trees.feature[nodes]]
    line = trees.threshold[nodes, None]
    below = asked < line if trees.compare == "lt" else asked <= line
    return np.asarray(np.where(np.isnan(asked), trees.missing_left[nodes, None], below))


def columns_of(trees: Trees, matrix: Floats) -> Floats:
    """The matrix [rows, features] as [features, rows], rounded as the trees round."""
    values = matrix.astype(np.float32).astype(np.float64) if trees.single else matrix
    return np.ascontiguousarray(values.T)
