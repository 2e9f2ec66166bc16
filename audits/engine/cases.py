"""Rows as decisions: which are audited, what was decided, what came out, where the harm is (DOMAIN 1.0 rules 1, 2)."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from audits.engine.frame import Codes, Column, Floats, Frame, Mask, canonical_text
from audits.engine.spec import AuditSpec
from core.errors import InputRefused

MOST_CLASSES = 100


class Classes(NamedTuple):
    """True and predicted class of each row as codes into the sorted `names`; -1 where null."""

    truth: Codes
    predicted: Codes
    names: tuple[str, ...]


class Forecast(NamedTuple):
    """True and predicted number of each row, NaN where null."""

    truth: Floats
    predicted: Floats


class Audited(Protocol):
    """Rows as far as a dimension asks how many there are: Cases, or counts of rows that are not in memory."""

    @property
    def n(self) -> int: ...

    @property
    def k(self) -> int: ...

    @property
    def unlabelled_share(self) -> float: ...


@dataclass(frozen=True)
class Cases:
    """One entry a row of the data set in every array; the masks say which entries count.

    decided: a decision was recorded.  audited: decided and labelled; the denominator of the priced error.
    harm: the error the price is about.  wrong: any error.  event, positive: outcome and decision (yes/no tasks).
    """

    decided: Mask
    audited: Mask
    harm: Mask
    wrong: Mask
    event: Mask
    positive: Mask
    probability: Floats | None
    score: Floats | None
    classes: Classes | None = None
    forecast: Forecast | None = None

    @property
    def n(self) -> int:
        return int(self.audited.sum())

    @property
    def k(self) -> int:
        return int((self.harm & self.audited).sum())

    @property
    def rows(self) -> dict[str, int]:
        """Every row is counted once: labelled (decided too), unlabelled (decided only) or undecided."""
        total, decided = len(self.decided), int(self.decided.sum())
        return {"total": total, "labelled": self.n, "unlabelled": decided - self.n, "undecided": total - decided}

    @property
    def unlabelled_share(self) -> float:
        """Decisions without outcome as a share of all decisions."""
        decided = int(self.decided.sum())
        return (decided - self.n) / decided


def cases_build(frame: Frame, spec: AuditSpec) -> Cases:
    """The cases of a frame; raises InputRefused for an empty data set, a missing column or cells that cannot be."""
    if frame.rows == 0:
        raise InputRefused("The data set has no rows.", field="data set", limit="at least 1 row", remedy="Send rows.")
    label = frame.column(spec.label, "label")
    decision = frame.column(spec.decision.column, "decision.column")
    labelled, decided = ~label.absent, ~decision.absent
    refuse_nothing_to_audit(spec, bool(labelled.any()), bool(decided.any()), bool((labelled & decided).any()))
    if spec.decides:
        refuse_odd_labels(spec, label_values(label))
    return cases_of(frame, spec)


def cases_of(frame: Frame, spec: AuditSpec) -> Cases:
    """The cases of some rows of a data set; what only the whole can break is not looked at."""
    label = frame.column(spec.label, "label")
    decision = frame.column(spec.decision.column, "decision.column")
    labelled, decided = ~label.absent, ~decision.absent
    if spec.decides:
        outcome = _binary(spec, label, decision, labelled)
    elif spec.task == "multiclass":
        outcome = _multiclass(spec, label, decision)
    else:
        outcome = _regression(spec, label, decision)
    return Cases(
        decided=decided,
        audited=decided & labelled,
        probability=_probability(frame, spec),
        score=_score(frame, spec),
        **outcome._asdict(),
    )


class _Outcome(NamedTuple):
    harm: Mask
    wrong: Mask
    event: Mask
    positive: Mask
    classes: Classes | None = None
    forecast: Forecast | None = None


def refuse_nothing_to_audit(spec: AuditSpec, labelled: bool, decided: bool, both: bool) -> None:
    """Raise InputRefused where no row states a label, or a decision, or both."""
    for name, field, present in ((spec.label, "label", labelled), (spec.decision.column, "decision", decided)):
        if not present:
            raise InputRefused(
                f"Column {name!r} ({field}) is empty in every row.",
                field=name,
                limit="at least 1 value",
                remedy="Send the outcomes and decisions that are known.",
            )
    if not both:
        raise InputRefused(
            "No row has both a decision and a label.",
            field=spec.label,
            limit="at least 1 row with both",
            remedy="Check that both columns belong to the same rows.",
        )


def _binary(spec: AuditSpec, label: Column, decision: Column, labelled: Mask) -> _Outcome:
    event = label.matches(str(spec.positive_label))
    positive = positive_decisions(spec, decision)
    false_positive, false_negative = positive & ~event, ~positive & event
    harm = {
        "false_positive": false_positive,
        "false_negative": false_negative,
        "either": false_positive | false_negative,
    }[spec.harmful_error]
    return _Outcome(harm & labelled, (positive != event) & labelled, event, positive)


def label_values(label: Column) -> set[str]:
    """The labels that occur, as canonical text."""
    return {canonical_text(name) for name in label.groups.names}


def refuse_odd_labels(spec: AuditSpec, found: set[str]) -> None:
    """Two values at most, and when there are two the event must be one of them; else InputRefused."""
    values = sorted(found)
    wanted = canonical_text(spec.positive_label)
    if len(values) > 2 or (len(values) == 2 and wanted not in values):
        raise InputRefused(
            f"The label column {spec.label!r} holds {', '.join(values[:6])}; the event is {wanted!r}.",
            field=spec.label,
            limit=f"two values, one of them {wanted!r}",
            remedy="Leave the cell of a row without an outcome empty, or correct positive_label.",
        )


def positive_decisions(spec: AuditSpec, decision: Column) -> Mask:
    """Rows whose cell is the positive decision (yes/no tasks)."""
    op, value = spec.decision.op, str(spec.decision.value)
    if op == "==":
        return decision.matches(value)
    numbers, line = decision.numbers(), float(value)
    compare = {">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less}[str(op)]
    return np.asarray(compare(numbers, line))


def _multiclass(spec: AuditSpec, label: Column, decision: Column) -> _Outcome:
    truth, predicted = label.groups, decision.groups
    names = tuple(sorted({canonical_text(name) for name in truth.names + predicted.names}))
    refuse_many_classes(spec, len(names))
    classes = Classes(_recode(truth.codes, truth.names, names), _recode(predicted.codes, predicted.names, names), names)
    wrong = (classes.truth != classes.predicted) & (classes.truth >= 0) & (classes.predicted >= 0)
    nothing = np.zeros(len(wrong), dtype=bool)
    return _Outcome(wrong & _harms(spec, classes), wrong, nothing, nothing, classes=classes)


def refuse_many_classes(spec: AuditSpec, classes: int) -> None:
    """Raise InputRefused for more classes than a table can carry."""
    if classes > MOST_CLASSES:
        raise InputRefused(
            f"Label and decision hold {classes} classes.",
            field=spec.label,
            limit=f"{MOST_CLASSES} classes",
            remedy="Use task regression for numbers, or merge classes.",
        )


def _recode(codes: Codes, names: tuple[str, ...], every: tuple[str, ...]) -> Codes:
    table = np.array([every.index(canonical_text(name)) for name in names] + [-1], dtype=np.int32)
    return np.asarray(table[codes])


def _harms(spec: AuditSpec, classes: Classes) -> Mask:
    """Rows whose (true, predicted) pair the filed harm matrix names; every pair without a matrix."""
    if spec.harm_matrix is None:
        return np.ones(len(classes.truth), dtype=bool)
    size = len(classes.names)
    table = np.zeros((size + 1, size + 1), dtype=bool)
    for true, row in spec.harm_matrix.items():
        for predicted in row:
            pair = canonical_text(true), canonical_text(predicted)
            if all(name in classes.names for name in pair):
                table[classes.names.index(pair[0]), classes.names.index(pair[1])] = True
    return np.asarray(table[classes.truth, classes.predicted])


def _regression(spec: AuditSpec, label: Column, decision: Column) -> _Outcome:
    forecast = Forecast(label.numbers(), decision.numbers())
    error, tolerance = forecast.predicted - forecast.truth, float(str(spec.tolerance))
    over, under = error > tolerance, error < -tolerance
    harm = {"over": over, "under": under, "either": over | under}[str(spec.direction)]
    nothing = np.zeros(len(harm), dtype=bool)
    return _Outcome(harm, over | under, nothing, nothing, forecast=forecast)


def _probability(frame: Frame, spec: AuditSpec) -> Floats | None:
    if spec.probability is None:
        return None
    numbers = frame.column(spec.probability, "probability").numbers()
    outside = (numbers < 0) | (numbers > 1)
    if outside.any():
        raise InputRefused(
            f"Column {spec.probability!r} holds {int(outside.sum())} values outside 0 to 1.",
            field=spec.probability,
            limit="0 to 1",
            remedy="Send probabilities, or register the column as a score.",
        )
    return numbers


def _score(frame: Frame, spec: AuditSpec) -> Floats | None:
    """The ranking column of yes/no tasks; the other tasks have no single ranking."""
    if spec.score_column is None or not spec.decides:
        return None
    return frame.column(spec.score_column, "score").numbers()
