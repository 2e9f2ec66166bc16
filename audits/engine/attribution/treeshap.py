"""Exact Shapley values and interactions of tree ensembles, from arrays alone.

A leaf of value v adds v * prod_j (b_j or c_j) to a coalition's worth: b_j says whether the explained row follows the
leaf's path in feature j, c_j how far a row does that does not know the feature. Then

    phi_i = v * integral over t in [0, 1] of (b_i - c_i) * prod over j != i of (t b_j + (1 - t) c_j)
    I_ij  = v * integral of (b_i - c_i) (b_j - c_j) * prod over k != i, j of (t b_k + (1 - t) c_k)

I is Grabisch and Roubens' Shapley interaction index (1999); shap's shap_interaction_values hold half of it in either
triangle (Lundberg et al. 2020).

Path-dependent (Lundberg et al. 2020, algorithm 2): c_j is the share of training rows that follow the path. The
integrand is a polynomial of degree m - 1, so Gauss-Legendre with ceil(m / 2) nodes is exact.
Interventional (the same paper, algorithm 3): c_j is a background row's own bit. Only rows that leave the path in
different features count; with a features left by the background and b by the row alone the integral is
(a - 1)! b! / (a + b)! for the former and -a! (b - 1)! / (a + b)! for the latter.

What a row gets depends on few bits, so it is tabulated (compiled/treeshap.py): thresholds are numbered, rows become the
numbers of the thresholds they pass, and subtrees of at most 8 conditions with the path above them are looked up. Leaves
that need more conditions are gone through one by one (long.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.attribution.leaves import Forest, Places, columns_of
from audits.engine.attribution.long import add_long
from audits.engine.attribution.polynomials import gauss, integrals
from audits.engine.compiled.treegroups import MOST_BITS, Groups, Nodes, groups_of, roots_of
from audits.engine.compiled.treeshap import Rule, add_up, tables_of
from audits.trees import Floats, Trees, margins

CELLS_AT_ONCE = 2**18  # of tables: they and some rows stay in the processor's cache
Bins = NDArray[Any]  # unsigned integers, as wide as the thresholds of a feature need


def path_dependent(trees: Trees, matrix: Floats, output: int, places: Places) -> tuple[Floats, float]:
    """Contributions to margin `output`, and the base they start from, conditional on the covers.

    `places` says to which column of the outcome float64[rows, max(places) + 1] each feature's contribution is added.
    Equal to shap.TreeExplainer("tree_path_dependent"), XGBoost's pred_contribs and LightGBM's pred_contrib.
    """
    tabled = Tabled(Forest(trees, output))
    total, expected = tabled.added_up(matrix, None, places[:, None], paired=False)
    return total, float(trees.base[output]) + tabled.forest.lone + expected


def interventional(
    trees: Trees, matrix: Floats, background: Floats, output: int, places: Places
) -> tuple[Floats, float]:
    """The same against the rows of `background`: equal to shap.TreeExplainer with that data and "interventional"."""
    base = float(margins(trees, background)[:, output].mean())
    return Tabled(Forest(trees, output)).added_up(matrix, background, places[:, None], paired=False)[0], base


def interactions(trees: Trees, matrix: Floats, background: Floats | None, output: int, targets: Places) -> Floats:
    """Shapley interaction indices float64[rows, max(targets) + 1]: of features i and j to column `targets` [i, j], -1
    is none. Conditional on the covers without a `background`."""
    return Tabled(Forest(trees, output)).added_up(matrix, background, targets, paired=True)[0]


@dataclass(frozen=True)
class Tabled:
    """One margin of a forest, ready to be looked up."""

    forest: Forest

    @cached_property
    def cuts(self) -> list[Floats]:
        """The thresholds of each feature, ascending."""
        trees = self.forest.trees
        inner = np.flatnonzero(~trees.leaf)
        order = np.lexsort((trees.threshold[inner], trees.feature[inner]))
        ends = np.searchsorted(trees.feature[inner][order], np.arange(trees.features + 1))
        asked = trees.threshold[inner][order]
        return [np.unique(asked[ends[i] : ends[i + 1]]) for i in range(trees.features)]

    @cached_property
    def nodes(self) -> Nodes:
        trees, cut = self.forest.trees, np.zeros(len(self.forest.trees.left), np.int32)
        offset = np.cumsum([0, *map(len, self.cuts)])
        inner = np.flatnonzero(~trees.leaf)
        order = inner[np.argsort(trees.feature[inner], kind="stable")]
        ends = np.searchsorted(trees.feature[order], np.arange(trees.features + 1))
        for feature in range(trees.features):
            here = order[ends[feature] : ends[feature + 1]]
            cut[here] = np.searchsorted(self.cuts[feature], trees.threshold[here])
        return Nodes(
            self.forest.parent.astype(np.int32),
            trees.left.astype(np.int32),
            trees.right.astype(np.int32),
            trees.feature.astype(np.int32),
            cut,
            np.ascontiguousarray(trees.missing_left),
            np.ascontiguousarray(self.forest.kept),
            np.ascontiguousarray(trees.value[:, self.forest.output]),
            np.diff(offset).astype(np.int32),
        )

    def bins(self, values: Floats) -> Bins:
        """Unsigned[features, rows] for values [features, rows]: how many thresholds of its feature each value is
        beyond; one more than there are for a value that is missing."""
        most = max(map(len, self.cuts), default=0) + 1
        kind = np.uint8 if most < 2**8 else np.uint16 if most < 2**16 else np.uint32
        side: Any = "right" if self.forest.trees.compare == "lt" else "left"
        found = np.zeros(values.shape, dtype=kind)
        for feature, cuts in enumerate(self.cuts):
            if len(cuts):
                column = values[feature]
                found[feature] = np.where(np.isnan(column), len(cuts) + 1, np.searchsorted(cuts, column, side))
        return found

    def added_up(
        self, matrix: Floats, background: Floats | None, targets: Places, *, paired: bool
    ) -> tuple[Floats, float]:
        """float64[rows, lines], and what is expected of a row of which nothing is known (by the covers)."""
        trees, nodes = self.forest.trees, self.nodes
        values = columns_of(trees, matrix)
        seen = None if background is None else columns_of(trees, background)
        rows = self.bins(values)
        # Of one width always: what makes the tables is then compiled once.
        others = self.bins(np.empty((trees.features, 0)) if seen is None else seen).astype(np.int32)
        rule = Rule(*gauss(MOST_BITS), others, integrals())
        roots, lost = roots_of(nodes, MOST_BITS)
        groups = groups_of(roots, nodes)
        wide, expected = targets.astype(np.int32), 0.0
        total = np.zeros((int(targets.max(initial=-1)) + 1, len(matrix)))
        for begin, end, starts in _batches(groups, paired):
            tables, known = tables_of(groups, begin, end, starts, nodes, rule, paired)
            add_up(groups, begin, end, starts, tables, nodes.bins, rows, wide, total, paired)
            expected += known
        expected += add_long(self.forest, lost.astype(np.int64), values, seen, targets, total, paired)
        return total.T, expected


def _batches(groups: Groups, paired: bool) -> Iterator[tuple[int, int, Places]]:
    """Groups from one to another, and where the table of each begins, with the end of the last."""
    lines = groups.slots * (groups.slots - 1) // 2 if paired else groups.slots
    sizes = lines.astype(np.int64) << groups.bits
    begin = 0
    while begin < len(sizes):
        ends = np.cumsum(sizes[begin : begin + CELLS_AT_ONCE])
        count = max(1, int(np.searchsorted(ends, CELLS_AT_ONCE, side="right")))
        yield begin, begin + count, np.concatenate([[0], ends[:count]])
        begin += count
