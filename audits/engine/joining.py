"""An earlier version's answers on the same rows, joined by the column that names the rows."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Frame
from audits.engine.spec import AuditSpec
from core.errors import InputRefused

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Joined:
    """The rows that both files name once: the audited rows, the same with the earlier answers in their columns, and the
    specification of what both hold. `counts` says where every other row went."""

    now: Frame
    then: Frame
    spec: AuditSpec
    counts: dict[str, int]


def joined(frame: Frame, earlier: Frame, spec: AuditSpec) -> Joined:
    """The audited rows beside the earlier version's answers; raises InputRefused where the earlier file lacks the row
    column or the decision, or no row is in both."""
    row_id = str(spec.row_id)
    for name in (row_id, spec.decision.column):
        if name not in earlier.columns:
            raise InputRefused(
                f"The earlier version's answers have no column {name!r}.",
                field=name,
                limit=f"columns {row_id!r} and {spec.decision.column!r}",
                remedy="Send the earlier answers in columns of the same names, with the column that names the rows.",
            )
    mine, mine_once, mine_counts = _names(frame.column(row_id, "row_id"))
    theirs, theirs_once, their_counts = _names(earlier.columns[row_id])
    _, here, there = np.intersect1d(mine[mine_once], theirs[theirs_once], return_indices=True)
    here, there = mine_once[here], theirs_once[there]
    if len(here) == 0:
        raise InputRefused(
            f"No row is named in both files by {row_id!r}.",
            field=row_id,
            limit="at least 1 row in both",
            remedy="Send the earlier version's answers on the audited rows.",
        )
    order = np.argsort(here)
    counts = {
        "rows in both": len(here),
        "rows only in the audited data": len(mine_once) - len(here),
        "rows only in the earlier answers": len(theirs_once) - len(here),
        **{f"audited rows {what}": count for what, count in mine_counts.items()},
        **{f"earlier rows {what}": count for what, count in their_counts.items()},
    }
    now, then = frame.take(here[order]), earlier.take(there[order])
    held = _held(spec, then)
    answers = [then.columns[name] for name in _answers(held)]
    return Joined(now, now.with_columns(*answers), held, counts)


def _held(spec: AuditSpec, earlier: Frame) -> AuditSpec:
    """The specification without the scores that the earlier file lacks."""
    probability = spec.probability if spec.probability in earlier.columns else None
    return replace(spec, probability=probability, score=spec.score if spec.score in earlier.columns else None)


def _answers(spec: AuditSpec) -> list[str]:
    return [name for name in dict.fromkeys([spec.decision.column, spec.probability, spec.score]) if name is not None]


def _names(column: Column) -> tuple[NDArray[np.str_], Places, dict[str, int]]:
    """The rows' names as text, the places of those that name one row alone, and how many do not."""
    texts = row_texts(column)
    stated = np.flatnonzero(~column.absent)
    _, first, sizes = np.unique(texts[stated], return_index=True, return_counts=True)
    twice = int(sizes[sizes > 1].sum())
    counts = {"without a name": len(texts) - len(stated), "with a name used more than once": twice}
    return texts, stated[first[sizes == 1]], counts


def row_texts(column: Column) -> NDArray[np.str_]:
    """Names as text, digit for digit: a key of eighteen digits must not be rounded; 7 and 7.0 agree."""
    if column.kind == "category":
        table = np.array([text.strip() for text in column.categories] or [""])
        return np.asarray(table[np.where(column.null, 0, column.values).astype(np.int64)])
    values = column.values
    whole = column.kind == "float" and bool((values[~column.absent] == np.floor(values[~column.absent])).all())
    return np.asarray(np.where(column.absent, 0, values).astype(np.int64) if whole else values).astype(np.str_)
