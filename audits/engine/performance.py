"""How often the model is right, and how often it errs in the direction that harms (DOMAIN 1.0 rules 1, 2, 4 and 2.2).

The priced error is joint: k harmful errors of n audited decisions. All other rates are reported beside it.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine import words
from audits.engine.auc import Auc, auc
from audits.engine.bounds import Interval, cp_upper, six
from audits.engine.cases import Audited, Cases, Classes, Forecast
from audits.engine.counting.exact import Mean
from audits.engine.counting.rows import RowCounts, rows_counted
from audits.engine.counting.states import AUDITED, EVENT, POSITIVE
from audits.engine.frame import Floats, canonical_text
from audits.engine.result import Check, Dimension, Part, Table
from audits.engine.spec import AuditSpec
from audits.engine.verdicts import Judge


class Confusion(NamedTuple):
    """Counts of decision against outcome; "positive" is the positive decision, "event" the labelled event."""

    tp: int
    fp: int
    fn: int
    tn: int


@dataclass(frozen=True)
class Classed:
    """Classes in their order, and audited rows by true and predicted class."""

    names: tuple[str, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Forecasts:
    """Forecasts beyond the tolerance by side, and the means of the absolute and the signed error."""

    over: int
    under: int
    absolute: Mean | None
    signed: Mean | None


@dataclass(frozen=True)
class Performed:
    """What the answers of a model are judged by, counted. Of `classed` and `forecasts` the task has one or none.

    `area` and `brier` are None where no score or probability is registered, or where too few rows have one; `scored`
    and `stated` say how many have. `beyond` is what the AUC may be away from its value because scores were counted by
    rung (0 where each was counted by itself).
    """

    rows: RowCounts
    area: Auc | None = None
    scored: int | None = None
    brier: Mean | None = None
    stated: int | None = None
    classed: Classed | None = None
    forecasts: Forecasts | None = None
    beyond: float = 0.0


def measure(cases: Cases, judge: Judge) -> Part:
    """Priced error, the task's own rates, AUC and Brier score where a score exists."""
    return told(performed(cases, judge.spec), judge)


def performed(cases: Cases, spec: AuditSpec) -> Performed:
    """The counts of cases in memory."""
    rows = rows_counted(cases)
    if cases.classes is not None:
        return Performed(rows, classed=_classed(cases, cases.classes))
    if cases.forecast is not None:
        return Performed(rows, forecasts=_forecasts(cases, cases.forecast, spec))
    area, brier, scored, stated = None, None, None, None
    if cases.score is not None:
        has = cases.audited & np.isfinite(cases.score)
        area, scored = auc(cases.score[has], cases.event[has]), int(has.sum())
    if cases.probability is not None:
        has = cases.audited & np.isfinite(cases.probability)
        brier, stated = mean_of((cases.probability[has] - cases.event[has]) ** 2), int(has.sum())
    return Performed(rows, area, scored, brier, stated)


def told(found: Performed, judge: Judge) -> Part:
    """The checks, tables and the dimension of what was counted."""
    checks: tuple[Check, ...] = ()
    tables: dict[str, Table] = {}
    if judge.spec.decides:
        checks, tables = _decisions(found, judge)
    elif found.classed is not None:
        checks, tables = _multiclass(found.classed, judge)
    elif found.forecasts is not None:
        checks, tables = _regression(found.forecasts, found.rows.n, judge)
    checks = (harmful_error(found, judge), _accuracy(found.rows, judge), *checks)
    tables = {"rates": _rates_table(checks), **tables}
    return Part(checks, tables, judge.findings(checks), {"error": error_dimension(found, judge)})


def _classed(cases: Cases, classes: Classes) -> Classed:
    truth, predicted, names = classes
    size = len(names)
    flat = truth[cases.audited].astype(np.int64) * size + predicted[cases.audited]
    return Classed(names, np.bincount(flat, minlength=size * size).reshape(size, size))


def _forecasts(cases: Cases, forecast: Forecast, spec: AuditSpec) -> Forecasts:
    error, tolerance = (forecast.predicted - forecast.truth)[cases.audited], float(str(spec.tolerance))
    over, under = int((error > tolerance).sum()), int((error < -tolerance).sum())
    return Forecasts(over, under, mean_of(np.abs(error)), mean_of(error))


def mean_of(values: Floats) -> Mean | None:
    """Mean and deviation of at least two values; sorted first, so that row order leaves no trace."""
    if len(values) < 2:
        return None
    ordered = np.sort(values)
    return Mean(len(values), float(ordered.mean()), float(ordered.std(ddof=1)))


def error_dimension(found: Performed, judge: Judge) -> Dimension:
    """The Clopper-Pearson upper bound that rating reads, or why there is none."""
    gamma, rows = judge.suite.gamma, found.rows
    counts = {"k": rows.k, "n": rows.n}
    reason = unsafe_labels(rows, judge) or unseen_harm(found, judge)
    if reason:
        return Dimension("cannot_tell", reason, counts)
    bound = cp_upper(rows.k, rows.n, gamma)
    return Dimension(
        "measured", None, {**counts, "point": six(rows.k / rows.n), "u": six(bound), "gamma": f"{gamma:.2f}"}
    )


def unsafe_labels(rows: Audited, judge: Judge) -> str | None:
    """Why outcomes cannot be relied on: too many decisions have no label (DOMAIN 1.0 rule 1)."""
    most = judge.suite.unlabelled_cannot_tell
    if rows.unlabelled_share <= most:
        return None
    share = words.percent(rows.unlabelled_share, 1)
    return f"{share} of the decisions have no label; above {words.percent(most)} nothing can be told."


def unseen_harm(found: Performed, judge: Judge) -> str | None:
    """Why no harmful error could have shown: the outcome it needs is not in the sample."""
    can_harm = _can_harm(found, judge.spec)
    if can_harm is None or can_harm > 0:
        return None
    return "No labelled row has the outcome in which the harmful error can occur."


def _can_harm(found: Performed, spec: AuditSpec) -> int | None:
    """Audited rows whose outcome lets the harmful error occur; None where every outcome does."""
    if found.classed is not None and spec.harm_matrix is not None:
        named = {canonical_text(true) for true, predicted in spec.harm_matrix.items() if predicted}
        return sum(
            int(row.sum()) for name, row in zip(found.classed.names, found.classed.counts, strict=True) if name in named
        )
    if not spec.decides or spec.harmful_error == "either":
        return None
    events = found.rows.events
    return events if spec.harmful_error == "false_negative" else found.rows.n - events


def harmful_error(found: Performed, judge: Judge) -> Check:
    rows = found.rows
    reason = unsafe_labels(rows, judge) or unseen_harm(found, judge)
    title = "Harmful errors"
    if reason:
        return judge.silent("performance.harmful_error", title, "cannot_tell", reason, n=rows.n, k=rows.k)
    return judge.rate(
        "performance.harmful_error", title, rows.k, rows.n, "audited decisions", "are wrong in the harmful direction"
    )


def _accuracy(rows: RowCounts, judge: Judge) -> Check:
    return judge.rate("performance.accuracy", "Accuracy", rows.n - rows.wrong, rows.n, "audited decisions", "are right")


def confusion(rows: RowCounts) -> Confusion:
    """Counts over the audited rows."""
    return Confusion(
        rows.having(AUDITED | EVENT | POSITIVE),
        rows.having(AUDITED | POSITIVE, EVENT),
        rows.having(AUDITED | EVENT, POSITIVE),
        rows.having(AUDITED, EVENT | POSITIVE),
    )


def _decisions(found: Performed, judge: Judge) -> tuple[tuple[Check, ...], dict[str, Table]]:
    seen = confusion(found.rows)
    table = Table(("decision", "event", "no event"), (("positive", seen.tp, seen.fp), ("negative", seen.fn, seen.tn)))
    checks = (*_confusion_rates(seen, judge), auc_check(found, judge), brier_check(found, judge))
    return checks, {"confusion": table}


def _confusion_rates(seen: Confusion, judge: Judge) -> tuple[Check, ...]:
    """Every conditional rate of the confusion matrix with its own denominator."""
    tp, fp, fn, tn = seen
    event, none = "cases with the event", "cases without the event"
    yes, no = "positive decisions", "negative decisions"
    rates = (
        ("false_positive_rate", "False-positive rate", fp, fp + tn, none, "are decided positive"),
        ("false_negative_rate", "False-negative rate", fn, fn + tp, event, "are missed"),
        ("true_positive_rate", "True-positive rate", tp, fn + tp, event, "are decided positive"),
        ("true_negative_rate", "True-negative rate", tn, fp + tn, none, "are decided negative"),
        ("positive_predictive_value", "Positive predictive value", tp, tp + fp, yes, "show the event"),
        ("negative_predictive_value", "Negative predictive value", tn, tn + fn, no, "show no event"),
        ("positive_share", "Share decided positive", tp + fp, sum(seen), "audited decisions", "are positive"),
        ("event_share", "Share with the event", tp + fn, sum(seen), "audited decisions", "show the event"),
    )
    return tuple(judge.rate(f"performance.{name}", title, k, n, who, what) for name, title, k, n, who, what in rates)


def auc_check(found: Performed, judge: Judge) -> Check:
    """AUC of the score with its interval."""
    check_id, title = "performance.auc", "Area under the ROC curve"
    if found.scored is None:
        return judge.silent(check_id, title, "not_run", "No score was registered, so the ranking cannot be measured.")
    area, n, confidence = found.area, found.scored, judge.suite.confidence
    if area is None:
        reason = "Fewer than two scored cases of one outcome, so a ranking cannot be told."
        return judge.silent(check_id, title, "cannot_tell", reason, n=n)
    interval = wider(judge.auc_interval(area), found.beyond)
    sentence = (
        f"In {words.percent(area.value, 1)} of pairs of a case with and a case without the event the score ranks "
        f"the event higher ({words.percent(interval.low, 1)} to {words.percent(interval.high, 1)})."
    )
    return judge.check(
        check_id,
        title,
        area.value,
        interval,
        sentence,
        n,
        confidence=confidence,
        k=area.events,
        method=judge.auc_method(f"DeLong two-sided {words.percent(confidence)}") + by_rungs(found.beyond),
    )


def wider(interval: Interval, beyond: float) -> Interval:
    """The interval of an AUC, wider on each side by what counting scores by rung may have moved it."""
    if beyond == 0:
        return interval
    return Interval(max(0.0, interval.low - beyond), min(1.0, interval.high + beyond))


def by_rungs(beyond: float) -> str:
    """What a method says of scores that were counted by rung."""
    return f"; scores counted by rung, which moves it by {beyond:.2g} at most" if beyond else ""


def brier_check(found: Performed, judge: Judge) -> Check:
    """Mean squared distance of probability and outcome."""
    check_id, title = "performance.brier", "Brier score"
    if found.stated is None:
        return judge.silent(check_id, title, "not_run", "No probability was registered.")
    if found.brier is None:
        return judge.silent(check_id, title, "cannot_tell", "Fewer than two rows carry a probability.", n=found.stated)
    sentence = "Mean squared distance of stated probability and outcome: {0} ({1} to {2}); 0 is perfect."
    return _mean_check(judge, check_id, title, found.brier, sentence)


def _mean_check(judge: Judge, check_id: str, title: str, found: Mean, sentence: str) -> Check:
    """A mean with its normal interval."""
    confidence, mean, n = judge.suite.confidence, found.mean, found.n
    around = normal_interval(found, confidence)
    text = sentence.format(*(f"{figure:.4g}" for figure in (mean, around.low, around.high)))
    return judge.check(
        check_id,
        title,
        mean,
        around,
        text,
        n,
        confidence=confidence,
        method=f"normal two-sided {words.percent(confidence)}",
    )


def normal_interval(found: Mean, confidence: float) -> Interval:
    """The two-sided normal interval of a mean."""
    half = float(stats.norm.ppf(1 - (1 - confidence) / 2)) * found.deviation / math.sqrt(found.n)
    return Interval(found.mean - half, found.mean + half)


def _multiclass(classed: Classed, judge: Judge) -> tuple[tuple[Check, ...], dict[str, Table]]:
    """The confusion of classes, and for each class the share found and the share of its calls that are right."""
    names, counts = classed.names, classed.counts
    checks: list[Check] = []
    for index, name in enumerate(names):
        hit, true, called = int(counts[index, index]), int(counts[index].sum()), int(counts[:, index].sum())
        recall = judge.rate("performance.recall", "Recall", hit, true, f"cases of {name}", "are found", subject=name)
        right = judge.rate(
            "performance.precision", "Precision", hit, called, f"calls of {name}", "are right", subject=name
        )
        checks += [recall, right]
    rows = tuple((name, *(int(cell) for cell in counts[index])) for index, name in enumerate(names))
    return tuple(checks), {"confusion": Table(("true class", *names), rows)}


def _regression(found: Forecasts, n: int, judge: Judge) -> tuple[tuple[Check, ...], dict[str, Table]]:
    """Mean absolute error, bias, and the errors outside tolerance by direction."""
    who, unit = "audited forecasts", f"the tolerance of {judge.spec.tolerance}"
    checks = [
        judge.rate("performance.over", "Forecast too high", found.over, n, who, f"are too high by more than {unit}"),
        judge.rate("performance.under", "Forecast too low", found.under, n, who, f"are too low by more than {unit}"),
    ]
    if found.absolute is not None and found.signed is not None:
        mean = "Mean absolute error {0} ({1} to {2})."
        title = "Mean absolute error"
        checks.append(_mean_check(judge, "performance.mean_absolute_error", title, found.absolute, mean))
        bias = "On average the forecast differs from the outcome by {0} ({1} to {2})."
        checks.append(_mean_check(judge, "performance.bias", "Mean signed error", found.signed, bias))
    return tuple(checks), {}


def _rates_table(checks: tuple[Check, ...]) -> Table:
    columns = ("rate", "subject", "k", "n", "value", "low", "high")
    shown = [check for check in checks if check.value is not None]
    return Table(columns, tuple((c.title, c.subject, c.k, c.n, c.value, c.low, c.high) for c in shown))
