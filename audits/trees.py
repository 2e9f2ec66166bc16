"""A tree ensemble as plain arrays: what the cage hands out, what the engine explains. Arrays only, no library objects.

Both sides of the cage know this form. The child reads it from a model file; the parent checks it again before use.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

MOST_NODES = 2_000_000
MOST_TREES = 20_000
MOST_DEPTH = 64
MOST_OUTPUTS = 1_000
WALKERS_AT_ONCE = 1_000_000

Compare = Literal["lt", "le"]
Link = Literal["identity", "logistic", "softmax"]
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


class BadTrees(ValueError):
    """Arrays that are no tree ensemble; the text says which rule they break."""


@dataclass(frozen=True)
class Trees:
    """All trees of an ensemble, node after node, children behind their parents.

    roots        int32[t]     first node of each tree
    left, right  int32[n]     indexes of the children in the same arrays; both -1 at a leaf
    feature      int32[n]     index of the numeric feature asked; -1 at a leaf
    threshold    float64[n]   a row goes left if its value is below it ("lt") or at most it ("le"); 0 at a leaf
    missing_left bool[n]      whether a row without a value (NaN) goes left
    value        float64[n,k] what a leaf adds to each of k margins; 0 elsewhere
    cover        float64[n]   training rows (or weights) that passed the node; more than 0
    base         float64[k]   what the margins begin with
    single       values are rounded to float32 before they are compared, as XGBoost and ONNX do
    link         how margins become the model's answers: as they are, by the logistic function, or by softmax
    """

    roots: Whole
    left: Whole
    right: Whole
    feature: Whole
    threshold: Floats
    missing_left: Mask
    value: Floats
    cover: Floats
    base: Floats
    features: int
    compare: Compare
    single: bool
    link: Link

    @property
    def outputs(self) -> int:
        return int(self.value.shape[1])

    @property
    def leaf(self) -> Mask:
        return np.asarray(self.left < 0)


def trees_check(trees: Trees) -> Trees:
    """`trees` if every rule of the form holds, else BadTrees: shapes, ranges, order, one parent a node, finite values.

    Children stand behind their parents, so no walk can loop; every node but a root has exactly one parent.
    """
    count = len(trees.left)
    _need(1 <= count <= MOST_NODES and 1 <= len(trees.roots) <= MOST_TREES, "too few or too many nodes or trees")
    _need(trees.value.ndim == 2 and 1 <= trees.outputs <= MOST_OUTPUTS, "values are not nodes by outputs")
    lengths = {
        len(getattr(trees, name)) for name in ("right", "feature", "threshold", "missing_left", "value", "cover")
    }
    _need(lengths == {count} and len(trees.base) == trees.outputs, "arrays of different lengths")
    for name in ("threshold", "value", "cover", "base"):
        _need(bool(np.isfinite(getattr(trees, name)).all()), f"{name} is not finite")
    _need(bool((trees.cover > 0).all()), "a cover is not above zero")
    _shape_check(trees, count)
    _depth_check(trees)
    return trees


def _shape_check(trees: Trees, count: int) -> None:
    leaf, inner = trees.leaf, ~trees.leaf
    _need(bool((trees.left[leaf] == -1).all() and (trees.right[leaf] == -1).all()), "a leaf with a child")
    nodes = np.arange(count)
    for child in (trees.left, trees.right):
        ahead = (child[inner] > nodes[inner]) & (child[inner] < count)
        _need(bool(ahead.all()), "a child that does not stand behind its parent")
    _need(bool(((trees.feature[inner] >= 0) & (trees.feature[inner] < trees.features)).all()), "an unknown feature")
    parents = np.zeros(count, np.int64)
    np.add.at(parents, np.concatenate([trees.left[inner], trees.right[inner]]), 1)
    _need(bool(((trees.roots >= 0) & (trees.roots < count)).all()), "an unknown root")
    np.add.at(parents, trees.roots, 1)
    _need(bool((parents == 1).all()), "a node with no parent, or with several")


def _depth_check(trees: Trees) -> None:
    level = trees.roots
    for _ in range(MOST_DEPTH + 1):
        level = level[trees.left[level] >= 0]
        if not len(level):
            return
        level = np.concatenate([trees.left[level], trees.right[level]])
    raise BadTrees(f"a tree deeper than {MOST_DEPTH}")


def _need(holds: bool, rule: str) -> None:
    if not holds:
        raise BadTrees(rule)


def margins(trees: Trees, matrix: npt.NDArray[Any]) -> Floats:
    """The margins [rows, k] of a feature matrix [rows, features]: base plus the leaf each tree ends in."""
    values = matrix.astype(np.float32).astype(np.float64) if trees.single else matrix
    size = max(1, WALKERS_AT_ONCE // len(trees.roots))
    parts = [_margins(trees, values[start : start + size]) for start in range(0, len(values), size)]
    return np.concatenate(parts) if parts else np.empty((0, trees.outputs))


def _margins(trees: Trees, values: npt.NDArray[Any]) -> Floats:
    """One walker a row and tree; each level moves those that are not at a leaf yet."""
    node = np.repeat(trees.roots[None, :], len(values), axis=0).ravel()
    row = np.repeat(np.arange(len(values)), len(trees.roots))
    walking = np.flatnonzero(trees.left[node] >= 0)
    while len(walking):
        at = node[walking]
        asked = values[row[walking], trees.feature[at]]
        below = asked < trees.threshold[at] if trees.compare == "lt" else asked <= trees.threshold[at]
        goes_left = np.where(np.isnan(asked), trees.missing_left[at], below)
        at = np.where(goes_left, trees.left[at], trees.right[at])
        node[walking] = at
        walking = walking[trees.left[at] >= 0]
    leaves = node.reshape(len(values), len(trees.roots))
    total = np.tile(trees.base, (len(values), 1))
    for tree in range(len(trees.roots)):  # in the order in which a runtime adds them up
        total += trees.value[leaves[:, tree]]
    return total


def answers_of(trees: Trees, margin: Floats) -> Floats:
    """What the model answers for these margins [rows, k]; one logistic margin answers (1 - p, p)."""
    if trees.link == "identity":
        return margin
    if trees.link == "softmax":
        raised = np.exp(margin - margin.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))
    chance = 1 / (1 + np.exp(-margin))
    return np.hstack([1 - chance, chance]) if trees.outputs == 1 else chance
