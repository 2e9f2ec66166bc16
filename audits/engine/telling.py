"""Columns that give the outcome away: what is foretold stands in the data it is foretold from.

On one half of the rows the most frequent label of each value of a column is learnt, on the other half it is used. Equal
rows fall on the same side, whatever order they come in. A column that foretells nearly every label may be written after
the outcome was known; whether it was, the customer must say.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine import words
from audits.engine.bounds import Interval, cp_interval
from audits.engine.duplicates import feature_columns
from audits.engine.frame import Codes, Column, Mask
from audits.engine.registry import Subject
from audits.engine.result import Finding, Part, Table
from audits.engine.sameness import Rows, cell_hashes

ASK = ("labels.column_tells", "The column that foretells the outcome best")
EXACT_VALUES, BINS = 1000, 256  # numbers with more values are cut in equal-mass bins


@dataclass(frozen=True)
class TellingPlan:
    """right: share of labels that one column must foretell to be named.  skill: share of the errors of the most
    frequent label that it must save.  least_rows: labelled rows in each half, below which nothing is told."""

    right: float
    skill: float
    least_rows: int


def measure(subject: Subject, plan: TellingPlan, rng: np.random.Generator) -> Part:
    """The columns by how well each alone foretells the label."""
    judge, names = subject.judge, feature_columns(subject)
    labels, rows = _labels(subject), np.flatnonzero(subject.cases.audited)
    if labels is None or not names:
        reason = "Not looked for in forecasts of numbers." if labels is None else "No column was compared."
        return Part((judge.silent(*ASK, "not_run", reason),))
    learnt = _half(subject, names, rng)[rows]
    least = int(min(learnt.sum(), (~learnt).sum()))
    if least < plan.least_rows:
        reason = f"{words.count(least, 'labelled row')} in the smaller half; {plan.least_rows:,} are needed."
        return Part((judge.silent(*ASK, "cannot_tell", reason, n=least, rows_needed=2 * plan.least_rows),))
    confidence = 1 - (1 - judge.suite.confidence) / len(names)
    base = int((labels[rows][~learnt] == _most(labels[rows][learnt])).sum())
    found = []
    for name in names:
        subject.say(f"labels: column {name}")
        codes = _codes(subject.frame.columns[name])[rows]
        right = _right(codes, labels[rows], learnt)
        found.append((name, len(np.unique(codes)), int((~learnt).sum()), right, base))
    return _part(found, confidence, plan, subject)


def _part(found: list[tuple[str, int, int, int, int]], confidence: float, plan: TellingPlan, subject: Subject) -> Part:
    judge = subject.judge
    table: list[tuple[Any, ...]] = []
    findings = []
    for name, values, n, right, base in sorted(found, key=lambda each: (-each[3], each[0])):
        around = cp_interval(right, n, confidence)
        table.append((name, values, n, right, right / n, around.low, around.high, base / n))
        saved = (right - base) / (n - base) if base < n else 0.0
        if around.low >= plan.right and saved >= plan.skill:
            findings.append(_finding(name, right, n, base))
    best = table[0]
    sentence = (
        f"Column {best[0]!r} alone foretells {words.percent(best[4], 1)} ({words.percent(best[5], 1)} to "
        f"{words.percent(best[6], 1)}) of the labels; the most frequent label alone {words.percent(best[7], 1)}."
    )
    check = judge.check(
        *ASK,
        best[4],
        Interval(best[5], best[6]),
        sentence,
        best[2],
        k=best[3],
        subject=best[0],
        confidence=confidence,
        method=f"Clopper-Pearson, Bonferroni over {words.count(len(found), 'column')}, on the half not learnt from",
    )
    columns = ("column", "values", "rows", "right", "share", "low", "high", "most frequent label")
    return Part((check,), {"telling": Table(columns, tuple(table))}, tuple(findings))


def _finding(name: str, right: int, n: int, base: int) -> Finding:
    text = (
        f"Column {name!r} alone gives {right:,} of {n:,} labels that it was not learnt from (the most frequent label "
        f"gives {base:,}). A column written after the outcome was known makes every figure of this audit worthless. "
        "Show when it is filled, or leave it out."
    )
    return Finding("high", "A column gives the outcome away", text, ASK[0], name)


def _labels(subject: Subject) -> Codes | None:
    cases = subject.cases
    if cases.forecast is not None:
        return None
    return cases.event.astype(np.int32) if cases.classes is None else cases.classes.truth


def _half(subject: Subject, names: tuple[str, ...], rng: np.random.Generator) -> Mask:
    """Half of the rows by what they say: a draw from the multiplicative hashes of Dietzfelbinger et al. 1997."""
    factor = np.uint64(int(rng.integers(1 << 62)) * 2 + 1)
    return np.asarray((Rows(subject.frame, names).sums * factor) >> np.uint64(63) == 0)


def _codes(column: Column) -> Codes:
    """Each row's value as a code from 0; numbers of many values in equal-mass bins; empty cells are a value."""
    if column.kind in ("float", "int"):
        numbers = np.asarray(column.values, dtype=np.float64)
        distinct = np.unique(numbers[~column.absent])
        if len(distinct) > EXACT_VALUES:
            edges = np.quantile(numbers[~column.absent], np.arange(1, BINS) / BINS)
            return np.where(column.absent, BINS, np.searchsorted(edges, numbers)).astype(np.int32)
    return np.asarray(np.unique(cell_hashes(column), return_inverse=True)[1], dtype=np.int32)


def _most(labels: Codes) -> int:
    return int(np.argmax(np.bincount(labels)))


def _right(codes: Codes, labels: Codes, learnt: Mask) -> int:
    """Labels of the other half that the most frequent label of each value, learnt on one half, gives."""
    kinds, values = int(labels.max()) + 1, int(codes.max()) + 1
    counts = np.bincount(codes[learnt].astype(np.int64) * kinds + labels[learnt], minlength=values * kinds)
    table = counts.reshape(values, kinds)
    says = np.where(table.sum(axis=1) > 0, table.argmax(axis=1), _most(labels[learnt]))
    return int((says[codes[~learnt]] == labels[~learnt]).sum())
