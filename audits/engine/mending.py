"""Cells of a score, a probability or a number that decides which are no finite numbers: left out, counted and told.

One such cell is no reason to measure nothing. A row whose deciding number is none was not decided; a score or
probability that is none is as one that was not sent.
"""

from collections.abc import Mapping

import numpy as np

from audits.engine.frame import Column, Frame, Mask
from audits.engine.spec import AuditSpec


def mended(frame: Frame, spec: AuditSpec) -> tuple[Frame, Mapping[str, int]]:
    """The frame with these cells null, and how many there were by column; columns without any are as they were."""
    left_out = {}
    for name in sorted(_columns(spec) & set(frame.columns)):
        column = frame.columns[name]
        bad = _bad(column, stated=name == spec.probability)
        if bad.any():
            left_out[name] = int(bad.sum())
            null = column.null | bad
            frame = frame.with_columns(Column(name, column.kind, column.values, null, column.categories))
    return frame, left_out


def _columns(spec: AuditSpec) -> set[str]:
    names = {spec.probability, spec.score if spec.decides else None}
    if spec.task == "regression" or (spec.decides and spec.decision.op != "=="):
        names.add(spec.decision.column)
    return {name for name in names if name is not None}


def _bad(column: Column, *, stated: bool) -> Mask:
    """Cells that hold something and no finite number; of a stated probability also what lies outside 0 to 1."""
    if column.kind == "time":
        return np.zeros(len(column.values), dtype=bool)
    odd = column.odd_numbers()
    if not stated:
        return odd
    rest = Column(column.name, column.kind, column.values, column.null | odd, column.categories).numbers()
    return np.asarray(odd | (rest < 0) | (rest > 1))
