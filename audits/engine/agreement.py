"""How far the people who label agree: shares, Cohen's, Fleiss' and Krippendorff's coefficients, each with its interval.

Sources: Cohen 1960 with the large-sample error of Fleiss, Cohen and Everitt 1969; Fleiss 1971; Krippendorff 2011
("Computing Krippendorff's Alpha-Reliability", nominal data, missing labels allowed). The intervals of Fleiss' kappa and
of alpha rest on the linear influence of each row (as Gwet 2021, "Large-sample variance of Fleiss generalized kappa"):
rows are taken as draws, annotators as they are.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.frame import Codes, Floats

Counts = NDArray[np.int64]

LEAST_ROWS = 100  # below, a normal interval of a coefficient is not given
LEAST_EXPECTED = 5  # disagreements seen, or rows that chance alone would put in the rarest pair of classes


@dataclass(frozen=True)
class Coefficient:
    """A coefficient of agreement beyond chance: 1 for full agreement, 0 for what chance alone gives.

    `value` is None where chance alone explains everything (one class only); `error` is its standard error; `n` the rows
    it rests on; `fit` says whether there is enough for a normal interval.
    """

    value: float | None
    error: float
    n: int
    fit: bool

    def interval(self, confidence: float) -> Interval | None:
        """Student's on the scale of log(1 - value), the disagreement in units of chance, within -1 to 1; None
        where there is too little for one."""
        if self.value is None or not self.fit:
            return None
        apart = 1 - self.value
        factor = math.exp(float(stats.t.ppf(1 - (1 - confidence) / 2, self.n - 1)) * self.error / apart)
        return Interval(max(-1.0, 1 - apart * factor), 1 - apart / factor)


def label_counts(codes: Codes, classes: int) -> Counts:
    """How often each row was given each class, int64[rows, classes], of codes int[rows, annotators] (-1 missing)."""
    rows = len(codes)
    flat = np.where(codes < 0, rows * classes, np.arange(rows)[:, None] * classes + codes).ravel()
    return np.bincount(flat, minlength=rows * classes + 1)[: rows * classes].reshape(rows, classes)


def cohen(first: Codes, second: Codes, classes: int) -> Coefficient:
    """Cohen's kappa of two annotators over the rows that both labelled."""
    both = (first >= 0) & (second >= 0)
    n = int(both.sum())
    if n == 0:
        return Coefficient(None, 0.0, 0, False)
    flat = first[both].astype(np.int64) * classes + second[both]
    shares = np.bincount(flat, minlength=classes * classes).reshape(classes, classes) / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    agreed, chance = float(np.trace(shares)), float(rows @ columns)
    if chance >= 1 - 1e-12:
        return Coefficient(None, 0.0, n, False)
    kappa = (agreed - chance) / (1 - chance)
    return Coefficient(kappa, _cohen_error(shares, kappa, chance, n), n, _fit(n, 1 - agreed, rows, columns))


def _cohen_error(shares: Floats, kappa: float, chance: float, n: int) -> float:
    """Fleiss, Cohen and Everitt 1969, equation 13."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    weight = columns[:, None] + rows[None, :]  # of the cell (i, j): share of column i plus share of row j
    diagonal = np.eye(len(shares), dtype=bool)
    on = shares[diagonal] @ (1 - (rows + columns) * (1 - kappa)) ** 2
    off = (1 - kappa) ** 2 * float((shares * weight**2)[~diagonal].sum())
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / ((1 - chance) ** 2 * n)
    return math.sqrt(max(0.0, float(variance)))


def fleiss(counts: Counts) -> Coefficient:
    """Fleiss' kappa of counts int[rows, classes] with the same number of labels, at least 2, in every row."""
    n = len(counts)
    if n == 0:
        return Coefficient(None, 0.0, 0, False)
    labels = int(counts[0].sum())
    agreed = (counts * (counts - 1)).sum(axis=1) / (labels * (labels - 1))
    shares = counts.sum(axis=0) / (n * labels)
    chance, mean = float(shares @ shares), float(agreed.mean())
    if chance >= 1 - 1e-12:
        return Coefficient(None, 0.0, n, False)
    moved = 2 * (counts / labels - shares) @ shares
    influence = (agreed - mean) / (1 - chance) - (1 - mean) / (1 - chance) ** 2 * moved
    return Coefficient((mean - chance) / (1 - chance), _error(influence), n, _fit(n, 1 - mean, shares, shares))


def krippendorff(counts: Counts) -> Coefficient:
    """Krippendorff's alpha for nominal labels of counts int[rows, classes]; rows with one label say nothing."""
    counts = counts[counts.sum(axis=1) >= 2]
    n = len(counts)
    if n == 0:
        return Coefficient(None, 0.0, 0, False)
    labels = counts.sum(axis=1)
    differ = (counts * (labels[:, None] - counts)).sum(axis=1) / (labels - 1)
    totals, every = counts.sum(axis=0), int(labels.sum())
    chance = 1 - float((totals * (totals - 1)).sum()) / (every * (every - 1))
    seen = float(differ.sum()) / every
    if chance <= 1e-12:
        return Coefficient(None, 0.0, n, False)
    shares, mean = totals / every, float(labels.mean())
    moved_seen = (differ - seen * labels) / mean
    moved_chance = -2 * ((counts - shares * labels[:, None]) @ shares) / mean
    influence = -moved_seen / chance + seen / chance**2 * moved_chance
    return Coefficient(1 - seen / chance, _error(influence), n, _fit(n, seen, shares, shares))


def _error(influence: Floats) -> float:
    return float(np.sort(influence).std(ddof=1)) / math.sqrt(len(influence)) if len(influence) > 1 else 0.0


def _fit(n: int, apart: float, first: Floats, second: Floats) -> bool:
    """Enough rows, enough of them read differently, and no pair of classes that chance would hardly ever fill."""
    rarest = float(np.outer(first[first > 0], second[second > 0]).min())
    return n >= LEAST_ROWS and min(apart, rarest) * n >= LEAST_EXPECTED
