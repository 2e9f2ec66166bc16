"""Figures of a table of true against predicted classes: F1 by class and over classes, kappa, Matthews' correlation."""

import math

import numpy as np
from numpy.typing import NDArray

from audits.engine.bounds import Interval
from audits.engine.estimates import LEAST_COUNT, Estimate, by_cells, f1_exact
from audits.engine.frame import Floats

Table = NDArray[np.int64]


def class_f1(counts: Table, place: int, confidence: float) -> Estimate | None:
    """F1 of one class against the others, exact; None for a class that neither occurs nor is called."""
    tp = int(counts[place, place])
    fp, fn = int(counts[:, place].sum()) - tp, int(counts[place].sum()) - tp
    return None if tp + fp + fn == 0 else f1_exact(tp, fp, fn, confidence)


def average_f1(counts: Table, confidence: float, *, weighted: bool) -> Estimate | None:
    """F1 averaged over the classes that occur or are called, evenly or by how often each occurs.

    counts int[K, K], true by predicted. Delta method where every class has 5 rows right and 5 wrong; else, of an even
    average, the mean of exact intervals that hold together (Bonferroni).
    """
    used = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    counts = counts[np.ix_(used, used)]
    shares = counts / counts.sum()
    hit, total = np.diagonal(shares), shares.sum(axis=0) + shares.sum(axis=1)
    f1, true = 2 * hit / total, shares.sum(axis=1)
    weights = true if weighted else np.full(len(used), 1 / len(used))
    value = float((weights * f1).sum())
    if _enough(counts):
        pull = weights * 2 * hit / total**2
        gradient = np.diag(2 * weights / total) - pull[:, None] - pull[None, :]
        gradient += f1[:, None] if weighted else 0.0
        return by_cells(value, gradient, counts, confidence, "logit")
    if weighted:
        return Estimate(value, int(counts.sum()), None, reason=_too_few(), rows_needed=_rows_needed(counts))
    return _shared_f1(counts, value, confidence)


def _shared_f1(counts: Table, value: float, confidence: float) -> Estimate:
    each = 1 - (1 - confidence) / len(counts)
    parts = [class_f1(counts, place, each) for place in range(len(counts))]
    ends = [part.interval for part in parts if part is not None and part.interval is not None]
    low, high = (float(np.mean([getattr(end, side) for end in ends])) for side in ("low", "high"))
    return Estimate(value, int(counts.sum()), Interval(low, high), "Clopper-Pearson by class, shared")


def kappa(counts: Table, confidence: float) -> Estimate:
    """Cohen's kappa of true and predicted class (Cohen 1960; its spread: Fleiss, Cohen and Everitt 1969)."""
    n, shares = int(counts.sum()), counts / counts.sum()
    true, called = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float((true * called).sum())
    if expected >= 1:
        return Estimate(math.nan, n, None, reason="One class alone: there is no agreement beyond chance to speak of.")
    value = (observed - expected) / (1 - expected)
    right = int(np.trace(counts))
    if min(right, n - right) < LEAST_COUNT:
        return Estimate(value, n, None, reason=_too_few())
    gradient = np.eye(len(counts)) / (1 - expected)
    gradient -= (called[:, None] + true[None, :]) * (1 - observed) / (1 - expected) ** 2
    return by_cells(value, gradient, counts, confidence, "fisher")


def matthews(counts: Table, confidence: float) -> Estimate | None:
    """Matthews' correlation of a table of two by two (Matthews 1975); None where a margin is empty."""
    if not (counts.sum(axis=0).all() and counts.sum(axis=1).all()):
        return None
    value = _matthews(counts / counts.sum())
    if counts.min() < LEAST_COUNT:
        needed = _rows_needed(counts)
        return Estimate(value, int(counts.sum()), None, reason=_too_few(), rows_needed=needed)
    return by_cells(value, _slopes(counts / counts.sum()), counts, confidence, "fisher")


def _matthews(shares: Floats) -> float:
    margins = shares.sum(axis=0).prod() * shares.sum(axis=1).prod()
    return float((shares[0, 0] * shares[1, 1] - shares[0, 1] * shares[1, 0]) / math.sqrt(margins))


def _slopes(shares: Floats, step: float = 1e-6) -> Floats:
    """Central differences: four cells, and the function is smooth where no margin is empty."""
    slopes = np.empty((2, 2))
    for cell in np.ndindex(2, 2):
        bump = np.zeros((2, 2))
        bump[cell] = step
        slopes[cell] = (_matthews(shares + bump) - _matthews(shares - bump)) / (2 * step)
    return slopes


def _enough(counts: Table) -> bool:
    """Whether every class has enough rows right and enough wrong for an approximation."""
    hit = np.diagonal(counts)
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * hit
    return bool(hit.min() >= LEAST_COUNT and wrong.min() >= LEAST_COUNT)


def _too_few() -> str:
    return f"A count behind it is below {LEAST_COUNT}."


def _rows_needed(counts: Table) -> int | None:
    """Rows at which the smallest count that is not zero would be large enough; None where one is zero."""
    hit = np.diagonal(counts)
    least = int(min(hit.min(), (counts.sum(axis=0) + counts.sum(axis=1) - 2 * hit).min()))
    return math.ceil(counts.sum() * LEAST_COUNT / least) if least else None
