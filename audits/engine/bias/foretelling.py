"""Can an attribute be foretold from the inputs? A ridge discriminant on binned inputs, judged on rows it did not see.

Every input becomes a handful of yes/no cells (quantile bins of a number, the most frequent values of anything else, one
cell for "not stated"), so the discriminant is any additive function of the inputs. All groups are foretold at once from
one factorisation (Hoerl and Kennard 1970; as a classifier: Hastie, Tibshirani and Friedman 2009, 4.2). It is fitted on
one half of the rows and ranks the other: what it learned by heart does not count, the AUC's interval holds,
and the null is .5 without any permutation. (Folds that take turns would use more rows, but their errors are correlated:
under the null their variance is twice what independence says; Bengio and Grandvalet 2004.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from audits.engine.auc import Auc, auc
from audits.engine.frame import Column, Floats, Mask

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """Yes/no cells float64[rows, cells] of all inputs; `owner`, ascending, is the place in `names` of each cell."""

    names: tuple[str, ...]
    values: Floats
    owner: Ints


def cells_of(columns: list[Column], bins: int, levels: int) -> Cells:
    """The cells of these columns; one cell of each column is left out, as it is what the others are not."""
    parts, owner = [], []
    for place, column in enumerate(columns):
        codes = _codes(column, bins, levels)
        seen, dense = np.unique(codes, return_inverse=True)
        cells = np.zeros((len(codes), len(seen)))
        cells[np.arange(len(codes)), dense] = 1.0
        parts.append(cells[:, 1:])
        owner += [place] * (len(seen) - 1)
    values = np.concatenate(parts, axis=1) if parts else np.zeros((0, 0))
    return Cells(tuple(column.name for column in columns), values, np.array(owner, dtype=np.int64))


def _codes(column: Column, bins: int, levels: int) -> Ints:
    """A code a row: the bin of a number with many values, else the place among the most frequent values; -1 absent."""
    if column.kind in ("float", "int"):
        numbers = column.numbers()
        stated = numbers[~np.isnan(numbers)]
        if len(np.unique(stated)) > levels:
            edges = np.unique(np.quantile(stated, np.linspace(0, 1, bins + 1)[1:-1]))
            return np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers, side="right")).astype(np.int64)
    codes = column.groups.codes.astype(np.int64)
    sizes = np.bincount(codes[codes >= 0], minlength=len(column.groups.names))
    frequent = np.sort(np.argsort(-sizes, kind="stable")[:levels])
    place = np.full(len(sizes) + 1, levels, dtype=np.int64)
    place[frequent], place[-1] = np.arange(len(frequent)), -1
    return np.asarray(place[codes])


@dataclass(frozen=True)
class Foretold:
    """Weights float64[cells, groups] fitted on the rows that are not `held`; the held ones are ranked by them."""

    cells: Cells
    held: Mask
    groups: Ints
    weights: Floats

    def scores(self, group: int) -> Floats:
        """The score of each held row for this group."""
        return np.asarray((self.cells.values[self.held] * self.weights[:, group]).sum(axis=1))

    def part(self, group: int, place: int) -> Floats:
        """What one input adds to that score."""
        mine = slice(*np.searchsorted(self.cells.owner, [place, place + 1]))
        return np.asarray((self.cells.values[:, mine][self.held] * self.weights[mine, group]).sum(axis=1))

    def ranked(self, score: Floats, group: int) -> Auc | None:
        """How well a score of the held rows tells the group from the others; None with fewer than two of either."""
        return auc(score, self.groups[self.held] == group)


def foretell(cells: Cells, groups: Ints, count: int, *, penalty: float, rng: np.random.Generator) -> Foretold:
    """Fits every group 0 to `count` - 1 against the others on a random half of the rows.

    `penalty` is the ridge's weight in rows: as if so many rows spoke against each cell's weight.
    """
    rows = len(groups)
    held = rng.permutation(rows) < rows // 2
    wanted = (groups[~held, None] == np.arange(count)).astype(np.float64)
    design = np.concatenate([np.ones((rows, 1)), cells.values], axis=1)[~held]
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 1e-9  # the constant is free; this only keeps an empty half solvable
    weights = linalg.solve(design.T @ design + np.diag(ridge), design.T @ wanted, assume_a="pos")
    return Foretold(cells, held, groups, weights[1:])
