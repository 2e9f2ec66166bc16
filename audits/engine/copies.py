"""Exact copies of rows as clusters: sending every row four times must not narrow a bound (docs/decisions/0034).

Copies agree in all inputs, the label and the decision. Where the inputs tell cases apart, ids do not: a copy with a new
id is a copy. Where they do not (few categories, as in COMPAS), honest rows are alike, so only rows that agree in the
registered id too are copies; without an id nothing can be told, and every row counts.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from audits.engine.compiled.labels import Places
from audits.engine.duplicates import DuplicatesPlan, feature_columns, too_coarse, too_few_columns
from audits.engine.effective import Design
from audits.engine.registry import Subject, plan_read
from audits.engine.sameness import Rows, groups_of


def with_copies(subject: Subject, design: Design | None) -> Design | None:
    """The design with copies in one cluster, joined with the registered clusters; as it was where there are few."""
    figures = subject.judge.suite.figures("duplicates")
    if "copies_share" not in figures:
        return design
    first = _copies(subject, plan_read(DuplicatesPlan, figures))
    if first is None:
        return design
    if design is None:
        return Design(np.ones(len(first)), first, "exact copies of rows")
    return Design(design.weights, _joined(design.clusters, first), f"{design.told} and exact copies of rows")


def _copies(subject: Subject, plan: DuplicatesPlan) -> Places | None:
    """The first row of each row's copies, None where too few are copies or none can be told."""
    spec, names = subject.judge.spec, feature_columns(subject)
    compared = {*names, spec.label, spec.decision.column}
    unable = too_few_columns(subject, names, plan.least_columns) or too_coarse(
        subject.frame, None, names, plan.by_chance
    )
    if unable and spec.row_id is None:
        return None
    if unable:
        compared.add(str(spec.row_id))
    first, _ = groups_of(Rows(subject.frame, tuple(sorted(compared))).sums)
    repeats = float((first != np.arange(len(first))).mean())
    return first if repeats > plan.copies_share else None


def _joined(one: Places, other: Places) -> Places:
    """Rows that either way of clustering puts together."""
    _, a = np.unique(one, return_inverse=True)
    _, b = np.unique(other, return_inverse=True)
    shift = int(a.max()) + 1
    size = shift + int(b.max()) + 1
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b + shift)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][a], dtype=np.int64)
