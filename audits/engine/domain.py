"""Can reference and later rows be told apart by their inputs? A penalised logistic regression on binned columns.

Each row is scored by a fit that did not see it (cross-fitting). The AUC of every fold is that of one classifier on rows
new to it, with DeLong's standard error. Where nothing differs the folds err together, because the rows of one taught
the fits of the others; so the standard error of their mean is taken as the mean of theirs, the most it can be. No
outcome is used and nothing is said of the model's errors.
Sources: Lopez-Paz and Oquab 2017 (classifier two-sample tests); DeLong, DeLong and Clarke-Pearson 1988.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse, special, stats

from audits.engine.auc import Auc, auc
from audits.engine.frame import Column, Floats, Mask

Whole = NDArray[np.int64]
MOST_STEPS = 200


class Binned(NamedTuple):
    """A column as levels 0 to `levels` - 1, one entry a row."""

    code: Whole
    levels: int


def binned(column: Column, bins: int, most_levels: int) -> Binned:
    """Numbers and times in equal-mass bins, categories by their `most_levels` commonest values and the rest as one; an
    absent cell is a level of its own."""
    if column.kind == "category":
        groups = column.groups
        sizes = np.bincount(groups.codes[groups.codes >= 0], minlength=len(groups.names))
        kept = np.argsort(-sizes, kind="stable")[:most_levels]
        place = np.full(len(groups.names) + 1, len(kept), dtype=np.int64)
        place[kept], place[-1] = np.arange(len(kept)), len(kept) + 1
        return Binned(place[groups.codes], len(kept) + 2)
    numbers = column.values.astype(np.int64) / 1e6 if column.kind == "time" else column.numbers()
    present = numbers[~column.absent]
    edges = np.unique(np.quantile(present, np.arange(1, bins) / bins)) if len(present) else np.empty(0)
    code = np.searchsorted(edges, numbers, side="left")
    return Binned(np.where(column.absent, len(edges) + 1, code).astype(np.int64), len(edges) + 2)


class Told(NamedTuple):
    """How well the two parts are told apart: by all columns together, and by each alone; `spread` is a column's share
    of the variance of the joint score."""

    whole: Auc
    alone: tuple[Auc, ...]
    spread: tuple[float, ...]


@dataclass(frozen=True)
class _Design:
    """Columns as one sparse matrix of levels; `ends` bounds each column's levels."""

    columns: Sequence[Binned]

    @property
    def ends(self) -> list[int]:
        return [0, *np.cumsum([one.levels for one in self.columns]).tolist()]

    def matrix(self, rows: Whole) -> sparse.csr_array:
        """The rows of the design; one entry a column and row."""
        place = np.stack([one.code[rows] + start for one, start in zip(self.columns, self.ends[:-1], strict=True)], 1)
        number = np.arange(len(rows) + 1) * len(self.columns)
        shape = (len(rows), self.ends[-1])
        return sparse.csr_array((np.ones(place.size), place.ravel(), number), shape=shape)


def told_apart(columns: Sequence[Binned], later: Mask, penalty: float, fold: Whole) -> Told:
    """Cross-fitted AUCs of "is this row a later one"; `fold` numbers the fold of each row and every fold needs two rows
    of either part."""
    design = _Design(columns)
    whole: list[Auc] = []
    alone: list[list[Auc]] = [[] for _ in columns]
    variance = np.zeros(len(columns))
    for number in range(int(fold.max()) + 1):
        out = fold == number
        weights = _fitted(design.matrix(np.flatnonzero(~out)), later[~out], penalty)
        shares = [weights[start + one.code[out]] for one, start in zip(columns, design.ends[:-1], strict=True)]
        whole.append(_area(np.sum(shares, axis=0), later[out]))
        variance += [share.var() for share in shares]
        for one, areas in zip(columns, alone, strict=True):
            areas.append(_area(_odds(one, later, ~out)[one.code[out]], later[out]))
    spread = variance / variance.sum() if variance.sum() > 0 else variance
    return Told(_mean(whole), tuple(_mean(areas) for areas in alone), tuple(spread.tolist()))


def _odds(column: Binned, later: Mask, known: Mask) -> Floats:
    """Log odds of the later part by level, half a row added to either; what one column alone would say."""
    yes, no = (np.bincount(column.code[known & part], minlength=column.levels) + 0.5 for part in (later, ~later))
    return np.asarray(np.log(yes / no))


def _fitted(matrix: sparse.csr_array, yes: Mask, penalty: float) -> Floats:
    """Weights of the levels by maximum likelihood with a ridge; the intercept is not penalised and not needed."""
    signs = np.where(yes, 1.0, -1.0)

    def loss(theta: Floats) -> tuple[float, Floats]:
        margin = signs * (matrix @ theta[1:] + theta[0])
        pull = -signs * special.expit(-margin)
        value = float(np.logaddexp(0, -margin).sum()) + penalty / 2 * float(theta[1:] @ theta[1:])
        return value, np.concatenate([[pull.sum()], matrix.T @ pull + penalty * theta[1:]])

    start = np.zeros(matrix.shape[1] + 1)
    start[0] = math.log((yes.sum() + 0.5) / ((~yes).sum() + 0.5))
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS, "ftol": 1e-12})
    return np.asarray(found.x[1:])


def _area(score: Floats, yes: Mask) -> Auc:
    # Weights are equal up to the optimiser's last digits where levels are alike; those are ties.
    found = auc(np.round(score, 6), yes)
    if found is None:
        raise AssertionError("every fold holds two rows of either part")
    return found


def _mean(areas: Sequence[Auc]) -> Auc:
    """The mean over folds with the largest standard error it can have, whatever the folds have in common."""
    count = len(areas)
    variance = (sum(math.sqrt(one.variance) for one in areas) / count) ** 2
    total = sum(one.variance for one in areas)
    events = variance * sum(one.of_events for one in areas) / total if total > 0 else 0.0
    return Auc(
        sum(one.value for one in areas) / count,
        events,
        variance - events,
        min(one.events for one in areas),
        min(one.others for one in areas),
    )


def above_half(area: Auc) -> float:
    """One-sided p of "no better than a coin"; 1 where all rows rank alike."""
    if area.variance <= 0:
        return 0.0 if area.value > 0.5 else 1.0
    return float(stats.norm.sf((area.value - 0.5) / math.sqrt(area.variance)))


def folds(rng: np.random.Generator, later: Mask, count: int) -> Whole:
    """A random fold for every row, either part spread evenly."""
    fold = np.empty(len(later), dtype=np.int64)
    for part in (later, ~later):
        rows = rng.permutation(np.flatnonzero(part))
        fold[rows] = np.arange(len(rows)) % count
    return fold
