"""Trees of any format: put in order, joined to the one form, and proved against the library's own answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from audits.sandbox.models.shape import Batch, ModelCode, Rejected
from audits.trees import (
    MOST_NODES,
    BadTrees,
    Compare,
    Floats,
    Link,
    Mask,
    Trees,
    Whole,
    answers_of,
    margins,
    trees_check,
)

# What a library may load; what leaves the cage as arrays is bounded by audits.trees.
MOST_TREES = 20_000
MOST_LOADED_NODES = 10_000_000
DEEPEST = 1_000
PROBES = 64
PROBE_SEED = 20_260_101
CLOSE = 1e-5
_EDGES = 400  # thresholds tried in one row
_ZERO = 1e-30
_LARGEST = np.finfo(np.float64).max


@dataclass(frozen=True)
class Tree:
    """One tree, children behind parents, the root first. `value` is float64[n, k]; other names as in audits.trees."""

    left: Whole
    right: Whole
    feature: Whole
    threshold: Floats
    missing_left: Mask
    value: Floats
    cover: Floats


def walk_order(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Indexes of the nodes reached from node 0, level by level, siblings side by side. Both children are -1 at a leaf.

    XGBoost takes the node after a left child for the right one, wherever it is said to be.

    Raises Rejected if a child is out of range, a node is reached twice (so: a cycle), has one child, or lies too deep.
    """
    count = len(left)
    if not count or ((left < -1) | (left >= count) | (right < -1) | (right >= count)).any():
        raise Rejected(ModelCode.TREE, detail="a child out of range")
    if ((left < 0) != (right < 0)).any():
        raise Rejected(ModelCode.TREE, detail="a node with one child")
    pairs = np.column_stack([left, right])
    level = np.zeros(1, np.int64)
    levels, reached = [level], 1
    while len(level := level[left[level] >= 0]):
        level = pairs[level].ravel()
        levels.append(level)
        reached += len(level)
        if reached > count:
            raise Rejected(ModelCode.TREE, detail="a node with two parents, or a cycle")
        if len(levels) > DEEPEST:
            raise Rejected(ModelCode.DEPTH, number=DEEPEST)
    order = np.concatenate(levels)
    if len(np.unique(order)) != len(order):
        raise Rejected(ModelCode.TREE, detail="a node with two parents, or a cycle")
    return order


def renumbered(child: npt.NDArray[np.int64], order: npt.NDArray[np.int64]) -> Whole:
    """`child`, in the new numbering in which node `order[i]` has become node i."""
    place = np.full(len(child) + 1, -1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place[child[order]]  # -1 asks the last entry, which stays -1


def trees_joined(
    trees: Sequence[Tree], base: Floats, features: int, *, compare: Compare, single: bool, link: Link
) -> Trees | None:
    """The ensemble in the form that leaves the cage, or None if it breaks one of that form's rules.

    A split at infinity parts the rows without a value from all others: the largest number does so too. Covers that are
    not all known become 1 everywhere: they do not add up, so nobody takes them for counts of rows.
    """
    if sum(len(tree.left) for tree in trees) > MOST_NODES:
        return None
    starts = np.cumsum([0, *(len(tree.left) for tree in trees)])
    parts = list(zip(trees, starts[:-1], strict=True))
    covers = np.concatenate([tree.cover for tree in trees]).astype(np.float64)
    joined = Trees(
        roots=starts[:-1].astype(np.int32),
        left=np.concatenate([np.where(tree.left < 0, -1, tree.left + start) for tree, start in parts]).astype(np.int32),
        right=np.concatenate([np.where(tree.left < 0, -1, tree.right + start) for tree, start in parts]).astype(
            np.int32
        ),
        feature=np.concatenate([np.where(tree.left < 0, -1, tree.feature) for tree in trees]).astype(np.int32),
        threshold=np.concatenate([np.where(tree.left < 0, 0.0, tree.threshold) for tree in trees]).clip(
            -_LARGEST, _LARGEST
        ),
        missing_left=np.concatenate([tree.missing_left for tree in trees]),
        value=np.concatenate([np.where(tree.left[:, None] < 0, tree.value, 0.0) for tree in trees]),
        cover=covers if bool((np.isfinite(covers) & (covers > 0)).all()) else np.ones(len(covers)),
        base=base,
        features=features,
        compare=compare,
        single=single,
        link=link,
    )
    try:
        return trees_check(joined)
    except BadTrees:
        return None


class Answering(Protocol):
    def answers(self, batch: Batch) -> Floats: ...


def trees_proved(trees: Trees | None, model: Answering) -> Trees | None:
    """`trees` if they give the library's own answers on probe rows at, below and above their thresholds; else None."""
    if trees is None:
        return None
    rows = probe_rows(trees)
    try:
        native = model.answers(Batch(rows))
    except MemoryError:
        raise
    except Exception:  # many a model takes no missing values; what it raises is its library's business
        rows = np.nan_to_num(rows)
        native = model.answers(Batch(rows))
    ours = answers_of(trees, margins(trees, rows))
    if native.shape != ours.shape:
        return None
    return trees if bool((np.abs(native - ours) <= CLOSE * np.maximum(1, np.abs(native))).all()) else None


def probe_rows(trees: Trees) -> Floats:
    """Float64[PROBES, features]: thresholds and their neighbours, ordinary numbers, and NaN."""
    draw = np.random.default_rng(PROBE_SEED)
    rows = draw.normal(size=(PROBES, trees.features)) * 10.0 ** draw.integers(-3, 4, size=(PROBES, 1))
    asked = np.flatnonzero(~trees.leaf)
    if len(asked):
        nodes = draw.choice(asked, (PROBES, min(4 * trees.features, _EDGES)))
        places = np.broadcast_to(np.arange(PROBES)[:, None], nodes.shape)
        rows[places, trees.feature[nodes]] = _near(trees.threshold[nodes], trees.single, draw)
    rows[draw.random(rows.shape) < 0.15] = np.nan
    return np.asarray(np.where(np.isinf(rows), 0.0, rows))


def _near(edges: Floats, single: bool, draw: np.random.Generator) -> Floats:
    """Each threshold, or the number just below or above it.

    LightGBM writes 1e-35 for zero and reads it one bit off; no data lies there, so zero and its wider surroundings do.
    """
    with np.errstate(over="ignore"):
        exact = edges.astype(np.float32 if single else np.float64)
    steps = draw.integers(-1, 2, size=edges.shape)
    near = np.where(steps == 0, exact, np.nextafter(exact, np.where(steps < 0, -np.inf, np.inf).astype(exact.dtype)))
    return np.where(np.abs(exact) < _ZERO, steps * 1e-20, near).astype(np.float64)
