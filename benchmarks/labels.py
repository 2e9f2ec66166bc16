"""P7: labels that a model's probabilities dispute, beside the authors' library on the same rows."""

from collections.abc import Iterator

import numpy as np
from cleanlab.filter import find_label_issues
from numpy.typing import NDArray

from audits.engine.confident import binary_table, disputed
from benchmarks.measure import Case, Figures
from benchmarks.population import SEED

CLASSES = 10


def cases(rows: int) -> Iterator[Case]:
    """`rows` rows of ten classes and of two. The library with one process and with two: whichever is faster counts."""
    many, two = drawn(rows, CLASSES), drawn(rows, 2)
    for jobs in (1, 2):
        named = f"P7 label errors, {rows:,} x {CLASSES} classes, library on {jobs} process" + "es" * (jobs > 1)
        yield _case(named, *many, jobs)
    yield _case(f"P7 label errors, {rows:,} x 2 classes", *two, 1)


def drawn(rows: int, classes: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels int[rows], a tenth of them drawn anew, and probabilities float[rows, classes] of a fair model."""
    rng = np.random.default_rng(SEED)
    truth, margin = rng.integers(0, classes, rows), rng.normal(size=(rows, classes))
    margin[np.arange(rows), truth] += 2.5
    table = np.exp(margin)
    table /= table.sum(axis=1, keepdims=True)
    if classes == 2:
        table = binary_table(table[:, 1])
    return np.where(rng.random(rows) < 0.1, rng.integers(0, classes, rows), truth), table


def _case(item: str, labels: NDArray[np.int64], table: NDArray[np.float64], jobs: int) -> Case:
    disputed(labels[:100], table[:100])  # compiled before the clock starts

    def ours() -> Figures:
        return disputed(labels, table).mask.astype(np.float64)

    def peer() -> Figures:
        return np.asarray(find_label_issues(labels, table, n_jobs=jobs), dtype=np.float64)

    return Case(item, ours, "every row's mask", peer, "cleanlab", tolerance=0.0, count=len(labels), unit="rows")
