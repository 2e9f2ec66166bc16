"""What one decision loses, by what was registered: money, the error of a forecast, of a stated probability, or harm."""

import numpy as np
from numpy.typing import NDArray

from audits.engine.cases import Cases
from audits.engine.frame import Floats, Frame
from audits.engine.spec import AuditSpec
from audits.engine.tail import Losses
from core.errors import InputRefused


def losses_of(frame: Frame, cases: Cases, spec: AuditSpec) -> tuple[Losses, NDArray[np.int64]]:
    """The losses of the audited rows that have one, and which rows these are.

    The registered loss of a wrong decision (0 of a right one); else the error of a forecast in the harmful direction;
    else the squared error of the stated probability; else 1 for a harmful error. Raises InputRefused for a loss that is
    negative or no number.
    """
    if spec.loss is not None:
        return _registered(frame, cases, spec.loss)
    rows = np.flatnonzero(cases.audited)
    if cases.forecast is not None:
        return Losses(_harmful_part(cases, spec)[rows], "err"), rows
    if cases.probability is not None:
        # Of many classes the probability is that of the predicted one, so what came out is whether it was right.
        came = cases.event if spec.decides else ~cases.wrong
        rows = np.flatnonzero(cases.audited & np.isfinite(cases.probability))
        squares = (cases.probability[rows] - came[rows]) ** 2
        return Losses(squares, "have a squared error of the stated probability of", most=1.0), rows
    return Losses(cases.harm[rows].astype(np.float64), "harm", most=1.0, binary=True), rows


def _registered(frame: Frame, cases: Cases, name: str) -> tuple[Losses, NDArray[np.int64]]:
    cost = frame.column(name, "loss").numbers()
    wrong = cases.audited & cases.wrong
    negative = int((cost[wrong] < 0).sum())
    if negative:
        raise InputRefused(
            f"Column {name!r} holds {negative:,} losses below 0.",
            field=name,
            limit="at least 0",
            remedy="Send what a wrong decision costs; a gain counts as 0.",
        )
    rows = np.flatnonzero(cases.audited & ~(wrong & np.isnan(cost)))
    return Losses(np.where(wrong, cost, 0.0)[rows], f"lose ({name})"), rows


def _harmful_part(cases: Cases, spec: AuditSpec) -> Floats:
    if cases.forecast is None:
        raise AssertionError("only a forecast has a direction")
    error = cases.forecast.predicted - cases.forecast.truth
    if spec.direction == "over":
        return np.maximum(error, 0.0)
    return np.asarray(np.maximum(-error, 0.0) if spec.direction == "under" else np.abs(error))
