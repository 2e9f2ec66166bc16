"""Rows of this evaluation that were in an earlier one, found by what the model is given, whatever row they stand in.

Cells compare as canonical text (frame.canonical_text), so 1, 1.0 and "1" are one value; the comparison is exact, not by
a digest. Rows that share their inputs with another row of the same evaluation cannot be told apart and are left out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Floats, Frame, Mask, canonical_text
from audits.engine.spec import AuditSpec
from audits.interface import Interface


class Reuse(NamedTuple):
    """bool[rows]: rows told apart by their inputs, and those of them that an earlier evaluation held."""

    apart: Mask
    seen: Mask
    columns: tuple[str, ...]


def compared_columns(now: Frame, before: Frame, spec: AuditSpec, interface: Interface | None) -> tuple[str, ...]:
    """What a row is known by: the inputs of the model; for recorded predictions every column that both have, but for
    the answers and the row's name."""
    shared = sorted(now.columns.keys() & before.columns.keys())
    if interface is not None:
        return tuple(name for name in shared if name in interface.columns)
    answers = {spec.decision.column, spec.probability, spec.score, spec.human, spec.row_id, spec.weight, spec.cluster}
    answers |= {one.column for one in spec.probabilities}
    return tuple(name for name in shared if name not in answers)


def reuse(now: Frame, before: Frame, columns: tuple[str, ...]) -> Reuse:
    """Which rows of `now` stand in `before`; both have `columns`, of which there is at least one."""
    codes = np.zeros(now.rows + before.rows, dtype=np.int64)
    for name in columns:
        codes = _refined(codes, _codes(now.columns[name], before.columns[name]))
        if int(codes.max(initial=-1)) + 1 == len(codes):
            break  # no two rows are alike, and further columns only tell more apart
    ours, theirs = codes[: now.rows], codes[now.rows :]
    apart = np.bincount(ours, minlength=int(codes.max(initial=0)) + 1)[ours] == 1
    return Reuse(apart, apart & np.isin(ours, theirs), columns)


def _codes(first: Column, second: Column) -> NDArray[np.int64]:
    """One number a distinct value over both columns; -1 is not stated."""
    if {first.kind, second.kind} <= {"float", "int"}:
        numbers = np.concatenate([first.numbers(), second.numbers()])
        found = np.unique(_as_told(numbers), return_inverse=True)[1]
        return np.where(np.isnan(numbers), -1, found)
    texts = [np.array([*map(canonical_text, column.groups.names), ""], dtype=object) for column in (first, second)]
    place = {text: code for code, text in enumerate(sorted({*texts[0][:-1], *texts[1][:-1]}))}
    tables = [np.array([*(place[text] for text in names[:-1]), -1], dtype=np.int64) for names in texts]
    return np.concatenate([table[column.groups.codes] for table, column in zip(tables, (first, second), strict=True)])


def _as_told(numbers: Floats) -> Floats:
    """Numbers that number_text tells alike, as one: whole ones below 1e15 as they are, others to 12 digits."""
    size = np.abs(numbers)
    told = (size > 0) & (size < 1e300) & ~((numbers == np.rint(numbers)) & (size < 1e15))
    exponent = np.floor(np.log10(size, out=np.zeros(len(size)), where=told))
    # Two steps, so that no power of ten leaves what a float can hold.
    half = 10.0 ** np.trunc(exponent / 2)
    rest = 10.0 ** (exponent - np.trunc(exponent / 2) - 11)
    return np.where(told, np.rint(numbers / half / rest) * rest * half, numbers + 0.0)


def _refined(codes: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes of the pairs, dense again, so that they never overflow however many columns there are."""
    pairs = codes * (int(more.max(initial=0)) + 2) + more + 1
    return np.asarray(np.unique(pairs, return_inverse=True)[1], dtype=np.int64)
