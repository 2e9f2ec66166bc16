"""The weights and clusters that a specification registers, read from the rows."""

import numpy as np
from numpy.typing import NDArray

from audits.engine.effective import Design
from audits.engine.frame import Floats, Frame
from audits.engine.spec import AuditSpec
from core.errors import InputRefused


def design_of(frame: Frame, spec: AuditSpec) -> Design | None:
    """The registered weights and clusters, None where neither is; raises InputRefused for a weight that is none."""
    if spec.weight is None and spec.cluster is None:
        return None
    told = [f"{what} {name!r}" for what, name in (("weights", spec.weight), ("clusters", spec.cluster)) if name]
    weights = np.ones(frame.rows) if spec.weight is None else _weights(frame, spec.weight)
    clusters = np.arange(frame.rows, dtype=np.int64) if spec.cluster is None else _clusters(frame, spec.cluster)
    return Design(weights, clusters, " and ".join(told))


def _weights(frame: Frame, name: str) -> Floats:
    numbers = frame.column(name, "weight").numbers()
    wrong = int((~np.isfinite(numbers) | (numbers < 0)).sum())
    if wrong or not numbers.any():
        raise InputRefused(
            f"{wrong:,} weights in column {name!r} are empty or negative, or all are 0.",
            field=name,
            limit="a number of at least 0 in every row, one above 0",
            remedy="Send the weight of every row; 0 leaves a row out.",
        )
    return numbers


def _clusters(frame: Frame, name: str) -> NDArray[np.int64]:
    column = frame.column(name, "cluster")
    if column.absent.any():
        raise InputRefused(
            f"{int(column.absent.sum()):,} rows name no cluster in column {name!r}.",
            field=name,
            limit="a name in every row",
            remedy="Name the person or household of every row; a row that stands alone has a name of its own.",
        )
    return column.groups.codes.astype(np.int64)
