"""Confident learning: labels that a model's own probabilities dispute (Northcutt, Jiang and Chuang 2021, JAIR 70).

The masks are those of the authors' library, cleanlab's find_label_issues, rule by rule: thresholds are the mean
probability of a class among the rows that carry its label; rows whose probability reaches the threshold of another
class are counted in the confident joint; calibrated to the counts of labels, the joint says how many rows of each label
are to be called in question, and the margin of the probabilities says which.

What is found depends on the model. It is a reason to look again, never a rate of wrong labels.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from audits.engine.compiled.labels import NEAR, guesses, own_probabilities, pair_margins, pair_sizes
from audits.engine.frame import Floats, Mask
from core.errors import InputRefused

Rule = Literal["prune_by_noise_rate", "prune_by_class", "both", "confident_learning"]
Ties = Literal["library", "first"]
Counts = NDArray[np.int64]

LEAST_LEFT = 1  # rows that every label keeps
LOWEST_LINE = 2 * NEAR
NO_LINE = 2.0  # above every probability: the threshold of a class that no row carries
TINY = 1e-100


@dataclass(frozen=True)
class Disputed:
    """What confident learning finds.

    mask     bool[n]: the label is disputed
    guess    int64[n]: the class the row confidently belongs to, -1 where none
    lines    float64[classes]: the threshold of each class
    counted  int64[classes, classes]: rows counted as (label, confident class)
    joint    int64[classes, classes]: the same calibrated to the counts of labels; its sum is n
    tied     rows whose margin equals the last one taken, where not all of them were
    """

    mask: Mask
    guess: Counts
    lines: Floats
    counted: Counts
    joint: Counts
    tied: int

    @property
    def estimated(self) -> int:
        """Rows that the calibrated joint puts off its diagonal."""
        return int(self.joint.sum() - self.joint.diagonal().sum())


@dataclass(frozen=True)
class _Rows:
    """Rows by label: `own` and `order` (compiled.labels.own_probabilities), cut at `starts` int64[classes + 1]."""

    labels: Counts
    probabilities: Floats
    own: Floats
    order: Counts
    starts: Counts
    kept: Mask
    ties: Ties

    @property
    def classes(self) -> int:
        return int(self.probabilities.shape[1])

    def of(self, label: int) -> Counts:
        return self.order[self.starts[label] : self.starts[label + 1]]


def disputed(
    labels: NDArray[np.integer], probabilities: Floats, rule: Rule = "prune_by_noise_rate", ties: Ties = "library"
) -> Disputed:
    """Labels int[n] from 0 to classes - 1 that probabilities float[n, classes] dispute.

    Where the last margin to be taken is shared by more rows, `ties` "library" takes those that the authors' library
    takes on this processor (numpy's quick sort orders equal values differently from one to the next), "first" the first
    in the order of the rows, the same everywhere. Raises InputRefused for shapes and values that cannot be.
    """
    wanted = np.ascontiguousarray(labels, dtype=np.int64)
    table = np.ascontiguousarray(probabilities, dtype=np.float64)
    _refuse(wanted, table)
    classes = table.shape[1]
    totals = np.bincount(wanted, minlength=classes)
    starts = np.concatenate([[0], np.cumsum(totals)]).astype(np.int64)
    own, order = own_probabilities(wanted, table, starts[:-1])
    lines = _lines(own, starts)
    counted, guess, kept, valid = guesses(wanted, table, lines - NEAR)
    if not valid:
        raise _refused("Some probabilities are not numbers from 0 to 1.", "0 to 1")
    counted[np.diag_indices(classes)] = np.maximum(counted.diagonal(), 1)
    counted = np.asfortranarray(counted)  # sums run through memory as the library's do, to the last bit
    joint = _calibrated(counted, totals, ties)
    rows = _Rows(wanted, table, own, order, starts, kept, ties)
    mask, tied = _chosen(rows, joint, guess, rule)
    return Disputed(mask & ~kept, guess, lines, counted, joint, tied)


def binary_table(probability: Floats) -> Floats:
    """float64[n, 2] of the probability of the event."""
    return np.column_stack([1 - probability, probability])


def _refuse(labels: Counts, table: Floats) -> None:
    if table.ndim != 2 or labels.ndim != 1 or len(labels) != len(table):
        raise _refused("Labels and probabilities do not belong to the same rows.", "one row each")
    if len(labels) == 0 or labels.min() < 0 or labels.max() >= table.shape[1]:
        raise _refused("A label has no column of probabilities.", "one column a class")


def _refused(message: str, limit: str) -> InputRefused:
    return InputRefused(message, field="probabilities", limit=limit, remedy="Send the probability of every class.")


def _lines(own: Floats, starts: Counts) -> Floats:
    means = [float(np.mean(own[low:high])) if high > low else NO_LINE for low, high in pairwise(starts)]
    return np.array([max(mean, LOWEST_LINE) for mean in means])


def _calibrated(counted: Counts, totals: Counts, ties: Ties) -> Counts:
    """The confident joint made to sum to the rows of each label, in whole rows."""
    shares = (counted.T / np.clip(counted.sum(axis=1), TINY, None) * totals).T
    shares = shares / np.clip(np.sum(shares), TINY, None) * sum(totals)
    return _whole(shares, ties)


def _whole(table: Floats, ties: Ties) -> Counts:
    """Rounded, the sum of every row as it was: what was rounded most against its will moves by one."""
    return np.array([_whole_row(row, ties) for row in table], dtype=np.int64)


def _whole_row(row: Floats, ties: Ties) -> Counts:
    whole = row.round()
    target = np.sum(row).round()
    while (lacking := np.round(target - np.sum(whole).round())) != 0:
        step = 1 if lacking > 0 else -1
        by_error = np.argsort(row - whole, kind=_kind(ties))[::-step]
        whole[by_error[: min(int(abs(lacking)), len(row))]] += step
    return whole.astype(np.int64)


def _kind(ties: Ties) -> Literal["stable"] | None:
    return "stable" if ties == "first" else None


def _to_prune(joint: Counts, ties: Ties) -> Counts:
    """Rows to dispute by (class, label), as the library counts them: every label keeps LEAST_LEFT rows, and what it
    keeps more is taken evenly from its other cells."""
    table = joint.T
    diagonal = np.maximum(np.diagonal(table), LEAST_LEFT)
    others = np.maximum(np.count_nonzero(table, axis=0) - 1.0, 1.0)
    left = table - (diagonal - np.diagonal(table)) / others
    left[left < 0] = 0
    np.fill_diagonal(left, diagonal)
    return _whole(left.astype(np.int64).astype(np.float64), ties)


def _chosen(rows: _Rows, joint: Counts, guess: Counts, rule: Rule) -> tuple[Mask, int]:
    if rule == "confident_learning":
        return (guess >= 0) & (guess != rows.labels), 0
    prune = _to_prune(joint, rows.ties)
    if rule == "prune_by_class":
        return _by_class(rows, prune)
    by_rate, tied = _by_noise_rate(rows, prune)
    if rule == "prune_by_noise_rate":
        return by_rate, tied
    by_class, also = _by_class(rows, prune)
    return by_rate & by_class, tied + also


def _by_noise_rate(rows: _Rows, prune: Counts) -> tuple[Mask, int]:
    """The rows of each label with the largest margins for each other class, as many as `prune` says."""
    mask, tied = np.zeros(len(rows.labels), dtype=bool), 0
    many = np.diff(rows.starts) > LEAST_LEFT
    wanted = (prune.T > 0) & many[:, None] & ~np.eye(rows.classes, dtype=bool)
    starts = pair_sizes(rows.labels, rows.probabilities, rows.kept, wanted)
    margins, places = pair_margins(rows.labels, rows.probabilities, rows.kept, wanted, starts)
    for label, other in np.argwhere(wanted):
        number, pair = int(prune[other, label]), label * rows.classes + other
        here = slice(starts[pair], starts[pair + 1])
        if number > starts[pair + 1] - starts[pair]:  # the rest comes from rows whose label is as probable
            own = rows.of(int(label))
            values = rows.probabilities[own, other] - rows.probabilities[own, label]
            taken, equal = _largest(values, number, rows.ties)
            mask[own[taken]] = True
        else:
            taken, equal = _clear_largest(rows, margins[here], number, int(label), int(other))
            mask[places[here][taken] if equal == 0 or rows.ties == "first" else taken] = True
        tied += equal
    return mask, tied


def _clear_largest(rows: _Rows, margins: Floats, number: int, label: int, other: int) -> tuple[Counts, int]:
    """The largest of the clear margins; where equal ones compete the library's choice, made among all rows of the
    label, as row numbers."""
    taken, equal = _largest(margins, number, "first")
    if equal == 0 or rows.ties == "first":
        return taken, equal
    own = rows.of(label)
    values = rows.probabilities[own, other] - rows.probabilities[own, label]
    return own[np.argsort(-values)[:number]], equal


def _by_class(rows: _Rows, prune: Counts) -> tuple[Mask, int]:
    """The rows of each label that are least probable under it."""
    mask, tied = np.zeros(len(rows.labels), dtype=bool), 0
    for label in range(rows.classes):
        own = rows.of(label)
        number = len(own) - int(prune[label, label])
        if len(own) > LEAST_LEFT and number >= 1:
            taken, equal = _largest(-rows.own[rows.starts[label] : rows.starts[label + 1]], number, rows.ties)
            mask[own[taken]] = True
            tied += equal
    return mask, tied


def _largest(values: Floats, number: int, ties: Ties) -> tuple[Counts, int]:
    """Places of the `number` largest values, and how many share the last one where not all of them fit."""
    if number >= len(values):
        return np.arange(len(values)), 0
    line = np.partition(values, len(values) - number)[len(values) - number]
    above, equal = np.flatnonzero(values > line), np.flatnonzero(values == line)
    if len(above) + len(equal) == number:
        return np.concatenate([above, equal]), 0
    if ties == "library":
        return np.argsort(-values)[:number], len(equal)
    return np.concatenate([above, equal[: number - len(above)]]), len(equal)
