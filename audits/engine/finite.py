"""Figures that are no finite numbers stay out of a result, one by one.

Cells of 1e200 are numbers, and their squares are not. What such a sum leaves open is one figure, not the whole check
that stood beside it, and never the audit.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from audits.engine.result import Check, Dimension, Part, Table
from audits.engine.verdicts import Judge

TOO_LARGE = (
    "The numbers in the rows are too large, or too far apart, for their sums to be finite. Send them in a larger unit."
)


def finite_part(part: Part, judge: Judge) -> Part:
    """The part with every figure finite: a check without a finite figure cannot tell, and no finding rests on it; a
    cell of a table is empty, a dimension cannot be told."""
    bad = {(check.id, check.subject) for check in part.checks if not _checked(check)}
    ids = {name for name, _ in bad}
    return replace(
        part,
        checks=tuple(_open(check, judge) if (check.id, check.subject) in bad else check for check in part.checks),
        tables={name: _table(table) for name, table in part.tables.items()},
        findings=tuple(
            each for each in part.findings if each.check not in ids or (each.check, each.about or None) not in bad
        ),
        dimensions={name: _dimension(each) for name, each in part.dimensions.items()},
    )


def _checked(check: Check) -> bool:
    return all(map(_finite, (check.value, check.low, check.high)))


def _open(check: Check, judge: Judge) -> Check:
    return judge.silent(check.id, check.title, "cannot_tell", TOO_LARGE, n=check.n, subject=check.subject)


def _table(table: Table) -> Table:
    if all(_finite(cell) for row in table.rows for cell in row):
        return table
    return Table(table.columns, tuple(tuple(cell if _finite(cell) else None for cell in row) for row in table.rows))


def _dimension(found: Dimension) -> Dimension:
    return found if _figures(found.figures) else Dimension("cannot_tell", TOO_LARGE)


def _figures(value: Any) -> bool:
    """Whether every figure is finite; stored figures are text."""
    if isinstance(value, Mapping):
        return all(map(_figures, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_figures, value))
    return _finite(value) and value not in ("NaN", "Infinity", "-Infinity")


def _finite(value: Any) -> bool:
    return not isinstance(value, float | np.floating) or math.isfinite(value)
