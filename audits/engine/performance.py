"""How often the model is right, and how often it errs in the direction that harms (DOMAIN 1.0 rules 1, 2, 4 and 2.2).

The priced error is joint: k harmful errors of n audited decisions. All other rates are reported beside it.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from audits.engine import words
from audits.engine.auc import auc
from audits.engine.bounds import Interval, cp_upper, six
from audits.engine.cases import Cases, Classes, Forecast
from audits.engine.frame import Floats, Mask, canonical_text
from audits.engine.result import Check, Dimension, Part, Table
from audits.engine.spec import AuditSpec
from audits.engine.verdicts import Judge


class Confusion(NamedTuple):
    """Counts of decision against outcome; "positive" is the positive decision, "event" the labelled event."""

    tp: int
    fp: int
    fn: int
    tn: int


def measure(cases: Cases, judge: Judge) -> Part:
    """Priced error, the task's own rates, AUC and Brier score where a score exists."""
    checks: tuple[Check, ...] = ()
    tables: dict[str, Table] = {}
    if judge.spec.decides:
        checks, tables = _decisions(cases, judge)
    elif cases.classes is not None:
        checks, tables = _multiclass(cases, cases.classes, judge)
    elif cases.forecast is not None:
        checks, tables = _regression(cases, cases.forecast, judge)
    checks = (harmful_error(cases, judge), _accuracy(cases, judge), *checks)
    tables = {"rates": _rates_table(checks), **tables}
    return Part(checks, tables, judge.findings(checks), {"error": error_dimension(cases, judge)})


def error_dimension(cases: Cases, judge: Judge) -> Dimension:
    """The Clopper-Pearson upper bound that rating reads, or why there is none."""
    gamma = judge.suite.gamma
    counts = {"k": cases.k, "n": cases.n}
    reason = unsafe_labels(cases, judge) or unseen_harm(cases, judge)
    if reason:
        return Dimension("cannot_tell", reason, counts)
    bound = cp_upper(cases.k, cases.n, gamma)
    return Dimension(
        "measured", None, {**counts, "point": six(cases.k / cases.n), "u": six(bound), "gamma": f"{gamma:.2f}"}
    )


def unsafe_labels(cases: Cases, judge: Judge) -> str | None:
    """Why outcomes cannot be relied on: too many decisions have no label (DOMAIN 1.0 rule 1)."""
    most = judge.suite.unlabelled_cannot_tell
    if cases.unlabelled_share <= most:
        return None
    share = words.percent(cases.unlabelled_share, 1)
    return f"{share} of the decisions have no label; above {words.percent(most)} nothing can be told."


def unseen_harm(cases: Cases, judge: Judge) -> str | None:
    """Why no harmful error could have shown: the outcome it needs is not in the sample."""
    wanted = _can_harm(cases, judge.spec)
    if wanted is None or (wanted & cases.audited).any():
        return None
    return "No labelled row has the outcome in which the harmful error can occur."


def _can_harm(cases: Cases, spec: AuditSpec) -> Mask | None:
    """Rows whose outcome lets the harmful error occur; None where every outcome does."""
    if cases.classes is not None and spec.harm_matrix is not None:
        named = {canonical_text(true) for true, predicted in spec.harm_matrix.items() if predicted}
        codes = [code for code, name in enumerate(cases.classes.names) if name in named]
        return np.isin(cases.classes.truth, codes)
    if not spec.decides or spec.harmful_error == "either":
        return None
    return cases.event if spec.harmful_error == "false_negative" else ~cases.event


def harmful_error(cases: Cases, judge: Judge) -> Check:
    reason = unsafe_labels(cases, judge) or unseen_harm(cases, judge)
    title = "Harmful errors"
    if reason:
        return judge.silent("performance.harmful_error", title, "cannot_tell", reason, n=cases.n, k=cases.k)
    return judge.rate(
        "performance.harmful_error", title, cases.k, cases.n, "audited decisions", "are wrong in the harmful direction"
    )


def _accuracy(cases: Cases, judge: Judge) -> Check:
    right = cases.n - int((cases.wrong & cases.audited).sum())
    return judge.rate("performance.accuracy", "Accuracy", right, cases.n, "audited decisions", "are right")


def confusion(cases: Cases) -> Confusion:
    """Counts over the audited rows."""
    event, positive = cases.event[cases.audited], cases.positive[cases.audited]
    tp, chosen, events = int((event & positive).sum()), int(positive.sum()), int(event.sum())
    return Confusion(tp, chosen - tp, events - tp, len(event) - chosen - events + tp)


def _decisions(cases: Cases, judge: Judge) -> tuple[tuple[Check, ...], dict[str, Table]]:
    seen = confusion(cases)
    table = Table(("decision", "event", "no event"), (("positive", seen.tp, seen.fp), ("negative", seen.fn, seen.tn)))
    checks = (*_confusion_rates(seen, judge), auc_check(cases, judge), brier_check(cases, judge))
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


def auc_check(cases: Cases, judge: Judge) -> Check:
    """AUC of the score with DeLong's interval."""
    check_id, title = "performance.auc", "Area under the ROC curve"
    if cases.score is None:
        return judge.silent(check_id, title, "not_run", "No score was registered, so the ranking cannot be measured.")
    scored = cases.audited & np.isfinite(cases.score)
    area = auc(cases.score[scored], cases.event[scored])
    n, confidence = int(scored.sum()), judge.suite.confidence
    if area is None:
        reason = "Fewer than two scored cases of one outcome, so a ranking cannot be told."
        return judge.silent(check_id, title, "cannot_tell", reason, n=n)
    interval = area.interval(confidence)
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
        method=f"DeLong two-sided {words.percent(confidence)}",
    )


def brier_check(cases: Cases, judge: Judge) -> Check:
    """Mean squared distance of probability and outcome."""
    check_id, title = "performance.brier", "Brier score"
    if cases.probability is None:
        return judge.silent(check_id, title, "not_run", "No probability was registered.")
    scored = cases.audited & np.isfinite(cases.probability)
    n = int(scored.sum())
    if n < 2:
        return judge.silent(check_id, title, "cannot_tell", "Fewer than two rows carry a probability.", n=n)
    squares = (cases.probability[scored] - cases.event[scored]) ** 2
    sentence = "Mean squared distance of stated probability and outcome: {0} ({1} to {2}); 0 is perfect."
    return _mean_check(judge, check_id, title, squares, sentence)


def _mean_check(judge: Judge, check_id: str, title: str, values: Floats, sentence: str) -> Check:
    """A mean of at least two values with its normal interval; sorted first, so that row order leaves no trace."""
    ordered, n, confidence = np.sort(values), len(values), judge.suite.confidence
    mean = float(ordered.mean())
    half = float(stats.norm.ppf(1 - (1 - confidence) / 2)) * float(ordered.std(ddof=1)) / math.sqrt(n)
    text = sentence.format(*(f"{figure:.4g}" for figure in (mean, mean - half, mean + half)))
    return judge.check(
        check_id,
        title,
        mean,
        Interval(mean - half, mean + half),
        text,
        n,
        confidence=confidence,
        method=f"normal two-sided {words.percent(confidence)}",
    )


def _multiclass(cases: Cases, classes: Classes, judge: Judge) -> tuple[tuple[Check, ...], dict[str, Table]]:
    """The confusion of classes, and for each class the share found and the share of its calls that are right."""
    truth, predicted, names = classes
    size = len(names)
    flat = truth[cases.audited].astype(np.int64) * size + predicted[cases.audited]
    counts = np.bincount(flat, minlength=size * size).reshape(size, size)
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


def _regression(cases: Cases, forecast: Forecast, judge: Judge) -> tuple[tuple[Check, ...], dict[str, Table]]:
    """Mean absolute error, bias, and the errors outside tolerance by direction."""
    error = (forecast.predicted - forecast.truth)[cases.audited]
    tolerance, n = float(str(judge.spec.tolerance)), cases.n
    over, under = int((error > tolerance).sum()), int((error < -tolerance).sum())
    who, unit = "audited forecasts", f"the tolerance of {judge.spec.tolerance}"
    checks = [
        judge.rate("performance.over", "Forecast too high", over, n, who, f"are too high by more than {unit}"),
        judge.rate("performance.under", "Forecast too low", under, n, who, f"are too low by more than {unit}"),
    ]
    if n >= 2:
        mean = "Mean absolute error {0} ({1} to {2})."
        checks.append(_mean_check(judge, "performance.mean_absolute_error", "Mean absolute error", np.abs(error), mean))
        bias = "On average the forecast differs from the outcome by {0} ({1} to {2})."
        checks.append(_mean_check(judge, "performance.bias", "Mean signed error", error, bias))
    return tuple(checks), {}


def _rates_table(checks: tuple[Check, ...]) -> Table:
    columns = ("rate", "subject", "k", "n", "value", "low", "high")
    shown = [check for check in checks if check.value is not None]
    return Table(columns, tuple((c.title, c.subject, c.k, c.n, c.value, c.low, c.high) for c in shown))
