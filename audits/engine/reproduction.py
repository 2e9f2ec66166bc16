"""Is the model that was handed over the one that made the recorded answers?

The caged answers count in every other check; what was recorded is only compared with them, row by row, within the
tolerance that was registered with the interface.
"""

from dataclasses import dataclass

import numpy as np

from audits.engine.deciding import Decider
from audits.engine.frame import Column, Floats, Frame, Mask, canonical_text
from audits.engine.model import answer_columns, answer_names
from audits.engine.result import Check, Part, Table
from audits.engine.verdicts import Judge
from audits.interface import Interface
from core.errors import InputRefused

CHECK, TITLE = "model.reproduces", "Recorded answers that the model does not give"
# Rounding moves a decision that lies at its threshold. Where more than this share move, the tolerance hides a model.
MOVED_BY_ROUNDING = 0.01
DIGITS = 1e-12  # of a comparison in binary, where 0.3 - 0.2 is not 0.1


@dataclass(frozen=True)
class Compared:
    """Rows with a recorded answer, those beyond the tolerance, the largest difference of numbers, decisions changed."""

    rows: int
    beyond: int
    largest: float | None
    decisions: int | None

    @property
    def differing(self) -> int:
        """Rows beyond the tolerance, or changed decisions where these are too many for rounding to have changed."""
        changed = self.decisions or 0
        return max(self.beyond, changed if changed > MOVED_BY_ROUNDING * self.rows else 0)


def measure(frame: Frame, base: Floats, interface: Interface, judge: Judge) -> Part:
    """The check and its table. `base` are the caged answers of the frame's rows."""
    try:
        found = compare(frame, base, interface, Decider(judge.spec, interface))
    except InputRefused as error:
        check = judge.silent(CHECK, TITLE, "cannot_tell", f"The recorded answers cannot be read: {error.message}")
        return Part((check,))
    if isinstance(found, str):
        return Part((judge.silent(CHECK, TITLE, "not_run", found),))
    check = _check(found, interface, judge)
    return Part((check,), {"reproduction": _table(found, interface)}, judge.findings((check,)))


def compare(frame: Frame, base: Floats, interface: Interface, decider: Decider) -> Compared | str:
    """What the recorded columns say beside the caged ones, or why there is nothing to compare."""
    pairs = [(frame.columns[ours.name], ours) for ours in answer_columns(base, interface) if ours.name in frame.columns]
    pairs = [(recorded, ours) for recorded, ours in pairs if not recorded.absent.all()]
    if not pairs:
        return (
            f"The data set records no answers in {' or '.join(answer_names(interface))}: there is nothing to compare."
        )
    beyond, rows, largest = np.zeros(frame.rows, bool), np.zeros(frame.rows, bool), None
    for recorded, ours in pairs:
        differs, distance = _difference(recorded, ours, float(interface.output.tolerance))
        beyond, rows = beyond | differs, rows | ~recorded.absent
        largest = distance if largest is None else max(largest, distance or 0.0)
    return Compared(int(rows.sum()), int(beyond.sum()), largest, _decisions(pairs, decider))


def _difference(recorded: Column, ours: Column, tolerance: float) -> tuple[Mask, float | None]:
    """Rows whose recorded cell is another one, and the largest difference where cells are numbers."""
    if ours.kind == "category":
        names = np.array([*map(canonical_text, ours.categories)], dtype=object)[ours.values]
        theirs = np.array([*map(canonical_text, recorded.groups.names), ""], dtype=object)[recorded.groups.codes]
        return ~recorded.absent & (names != theirs), None
    apart = np.abs(recorded.numbers() - ours.values)
    slack = tolerance + DIGITS * np.maximum(1.0, np.abs(ours.values))
    return ~recorded.absent & (apart > slack), float(np.nanmax(apart))


def _decisions(pairs: list[tuple[Column, Column]], decider: Decider) -> int | None:
    """How many decisions would be others; None when the model's answers decide nothing, or none were recorded."""
    for recorded, ours in pairs:
        if ours.name == decider.spec.decision.column:
            return int((decider.differ(recorded, ours) & ~recorded.absent).sum())
    return None


def _check(found: Compared, interface: Interface, judge: Judge) -> Check:
    tolerance = interface.output.tolerance
    sentence = f"{found.beyond:,} of {found.rows:,} recorded answers are not the model's within {tolerance}"
    if found.largest is not None:
        sentence += f"; the largest difference is {found.largest:.3g}"
    if found.decisions is not None:
        sentence += f"; {found.decisions:,} decisions would change"
    method = f"every row compared, tolerance {tolerance}, up to {MOVED_BY_ROUNDING:.0%} of decisions moved by rounding"
    differing = found.differing
    return judge.check(CHECK, TITLE, differing, None, sentence + ".", found.rows, k=differing, method=method)


def _table(found: Compared, interface: Interface) -> Table:
    rows = (
        ("rows compared", found.rows),
        ("tolerance", interface.output.tolerance),
        ("rows beyond the tolerance", found.beyond),
        ("largest difference", found.largest),
        ("decisions that change", found.decisions),
    )
    return Table(("what", "value"), rows)
