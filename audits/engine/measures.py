"""Further figures of performance: F1, correlation, skill, ranking, lift; over classes; of a forecast's errors.

They are reported and move no price. Each has an interval, exact where there is one (estimates.py), or says why not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audits.engine import classing, scoring, words
from audits.engine.bounds import Rate, cp_interval
from audits.engine.cases import Cases, Classes, Forecast
from audits.engine.counting.rows import rows_counted
from audits.engine.estimates import Estimate, f1_exact, mean_of_two
from audits.engine.frame import Floats, Frame
from audits.engine.performance import Confusion, confusion, unsafe_labels
from audits.engine.ranking import average_precision
from audits.engine.result import Check, Part, Table
from audits.engine.verdicts import Judge

F1, F1_TITLE = "performance.f1", "F1 score"


@dataclass(frozen=True)
class MeasuresPlan:
    """log_floor: the least probability that a log loss is told for; top_k: how many classes count as a list."""

    log_floor: float
    top_k: int


@dataclass(frozen=True)
class _Asked:
    """One figure: its check, and what is said before the number."""

    name: str
    title: str
    lead: str
    subject: str | None = None


def measure(frame: Frame, cases: Cases, judge: Judge, plan: MeasuresPlan) -> Part:
    """The figures of the task: checks performance.*, and tables "measures", "class_f1" and "harm_pairs"."""
    reason = unsafe_labels(cases, judge)
    if reason is not None:
        return Part((judge.silent(F1, "Further figures of performance", "cannot_tell", reason, n=cases.n),))
    tables: dict[str, Table] = {}
    if judge.spec.decides:
        checks = tuple(_decisions(cases, judge, plan))
    elif cases.classes is not None:
        checks = tuple(_classes(frame, cases, cases.classes, judge, plan))
        tables = {"harm_pairs": _harm_pairs(cases, cases.classes, judge)}
    elif cases.forecast is not None:
        checks = tuple(_forecast(cases, cases.forecast, judge))
    tables = {"measures": _table(checks), **tables}
    return Part(checks, tables, judge.findings(checks))


def _decisions(cases: Cases, judge: Judge, plan: MeasuresPlan) -> Iterator[Check]:
    seen, confidence = confusion(rows_counted(cases)), judge.suite.confidence
    tp, fp, fn, tn = seen
    if tp + fp + fn:
        asked = _Asked(F1, F1_TITLE, "F1 of the event, the harmonic mean of precision and recall")
        yield _told(judge, asked, f1_exact(tp, fp, fn, confidence))
    else:
        yield judge.silent(F1, F1_TITLE, "cannot_tell", "No row shows the event or is decided positive.", n=cases.n)
    yield _two_sided(judge, seen)
    yield _told_or(
        judge,
        _Asked("performance.mcc", "Matthews correlation", "Correlation of decision and outcome"),
        classing.matthews(np.array([[tp, fn], [fp, tn]]), confidence),
        "One outcome or one decision alone occurs.",
        cases.n,
    )
    yield _lift(judge, seen)
    if judge.spec.task == "ranking":
        yield judge.rate(
            "performance.precision_at_cutoff", "Precision at the cut-off", tp, tp + fp, "cases above the cut-off",
            "show the event",
        )  # fmt: skip
    yield _average_precision(cases, judge)
    yield from _probabilities(cases, judge, plan)


def _two_sided(judge: Judge, seen: Confusion) -> Check:
    asked = _Asked(
        "performance.balanced_accuracy", "Balanced accuracy", "The mean of the shares found of both outcomes"
    )
    if not (seen.tp + seen.fn and seen.fp + seen.tn):
        return judge.silent(asked.name, asked.title, "cannot_tell", "Only one outcome occurs.", n=sum(seen))
    rates = Rate(seen.tp, seen.tp + seen.fn), Rate(seen.tn, seen.fp + seen.tn)
    return _told(judge, asked, mean_of_two(*rates, judge.suite.confidence))


def _lift(judge: Judge, seen: Confusion) -> Check:
    lead = "The event is this many times as frequent among positive decisions as among all"
    asked = _Asked("performance.lift", "Lift at the deployed cut-off", lead)
    if not (seen.tp + seen.fp and seen.tp + seen.fn):
        reason = "No decision is positive, or no row shows the event."
        return judge.silent(asked.name, asked.title, "cannot_tell", reason, n=sum(seen))
    return _told(judge, asked, scoring.lift(seen.tp, seen.fp, seen.tp + seen.fn, sum(seen), judge.suite.confidence))


def _average_precision(cases: Cases, judge: Judge) -> Check:
    asked = _Asked("performance.average_precision", "Average precision", "Precision averaged over the recall gained")
    if cases.score is None:
        return judge.silent(asked.name, asked.title, "not_run", "No score was registered.")
    scored = cases.audited & np.isfinite(cases.score)
    if not cases.event[scored].any():
        return judge.silent(
            asked.name, asked.title, "cannot_tell", "No scored row shows the event.", n=int(scored.sum())
        )
    return _told(judge, asked, average_precision(cases.score[scored], cases.event[scored], judge.suite.confidence))


def _probabilities(cases: Cases, judge: Judge, plan: MeasuresPlan) -> Iterator[Check]:
    skill = _Asked("performance.brier_skill", "Brier skill", "Skill of the stated probability against the plain share")
    loss = _Asked("performance.log_loss", "Log loss", "Mean of -ln of the probability stated for what came out")
    if cases.probability is None:
        for asked in (skill, loss):
            yield judge.silent(asked.name, asked.title, "not_run", "No probability was registered.")
        return
    scored = cases.audited & np.isfinite(cases.probability)
    stated, event = cases.probability[scored], cases.event[scored]
    if not len(event):
        for asked in (skill, loss):
            yield judge.silent(asked.name, asked.title, "cannot_tell", "No audited row carries a probability.")
        return
    yield _told(judge, skill, scoring.brier_skill(stated, event, judge.suite.confidence))
    yield _log_loss(judge, loss, np.where(event, stated, 1 - stated), plan)


def _log_loss(judge: Judge, asked: _Asked, stated: Floats, plan: MeasuresPlan) -> Check:
    below = int((stated < plan.log_floor).sum())
    if below:
        lead = f"{asked.lead} (in {below:,} rows nearly none was, counted as {plan.log_floor:g})"
        asked = _Asked(asked.name, asked.title, lead, asked.subject)
    return _told(judge, asked, scoring.log_loss(stated, plan.log_floor, judge.suite.confidence))


def _classes(frame: Frame, cases: Cases, classes: Classes, judge: Judge, plan: MeasuresPlan) -> Iterator[Check]:
    size, confidence = len(classes.names), judge.suite.confidence
    flat = classes.truth[cases.audited].astype(np.int64) * size + classes.predicted[cases.audited]
    counts = np.bincount(flat, minlength=size * size).reshape(size, size)
    right = int(np.trace(counts))
    yield judge.rate("performance.micro_f1", "Micro F1", right, cases.n, "audited decisions", "name the true class")
    for name, title, weighted in (("macro_f1", "Macro F1", False), ("weighted_f1", "Weighted F1", True)):
        lead = f"F1 averaged over the classes{', by how often each occurs' if weighted else ''}"
        found = classing.average_f1(counts, confidence, weighted=weighted)
        yield _told(judge, _Asked(f"performance.{name}", title, lead), found)
    lead = "Agreement of true and predicted class beyond chance"
    yield _told(judge, _Asked("performance.kappa", "Cohen's kappa", lead), classing.kappa(counts, confidence))
    for place, name in enumerate(classes.names):
        one = classing.class_f1(counts, place, confidence)
        if one is not None:
            yield _told(judge, _Asked("performance.class_f1", "F1 of a class", f"F1 of class {name}", name), one)
    yield from _stated_classes(frame, cases, classes, judge, plan)


def _stated_classes(frame: Frame, cases: Cases, classes: Classes, judge: Judge, plan: MeasuresPlan) -> Iterator[Check]:
    """Log loss and top k of the registered class probabilities."""
    named = {item.name: item.column for item in judge.spec.probabilities}
    known = [place for place, name in enumerate(classes.names) if name in named]
    if not known:
        return
    columns = np.column_stack([frame.column(named[classes.names[place]], "probabilities").numbers() for place in known])
    place_of = np.full(len(classes.names) + 1, -1)
    place_of[known] = np.arange(len(known))
    place = place_of[classes.truth]
    rows = np.flatnonzero(cases.audited & (place >= 0) & np.isfinite(columns).all(axis=1))
    stated = columns[rows, place[rows]]
    if not len(rows):
        return
    loss = _Asked("performance.log_loss", "Log loss", "Mean of -ln of the probability stated for the true class")
    yield _log_loss(judge, loss, stated, plan)
    if plan.top_k < len(known):
        # Ties count against the model: a true class that shares its place with others is not surely listed.
        ahead = (columns[rows] >= stated[:, None]).sum(axis=1)
        listed = int((ahead <= plan.top_k).sum())
        yield judge.rate(
            "performance.top_k", f"True class among the {plan.top_k} likeliest", listed, len(rows), "audited decisions",
            f"have the true class among the {plan.top_k} likeliest", subject=f"top {plan.top_k}",
        )  # fmt: skip


def _harm_pairs(cases: Cases, classes: Classes, judge: Judge) -> Table:
    """Which true class is taken for which, where that harms: share of all audited decisions, most first."""
    size = len(classes.names)
    where = cases.audited & cases.harm
    flat = classes.truth[where].astype(np.int64) * size + classes.predicted[where]
    counts = np.bincount(flat, minlength=size * size)
    found = sorted(((int(counts[cell]), cell) for cell in np.flatnonzero(counts)), key=lambda item: (-item[0], item[1]))
    rows = []
    for k, cell in found:
        if k >= judge.least_told:
            around = cp_interval(k, cases.n, judge.suite.confidence)
            pair = classes.names[cell // size], classes.names[cell % size]
            rows.append((*pair, k, cases.n, k / cases.n, around.low, around.high))
    return Table(("true class", "predicted", "k", "n", "share of decisions", "low", "high"), tuple(rows))


def _forecast(cases: Cases, forecast: Forecast, judge: Judge) -> Iterator[Check]:
    truth = forecast.truth[cases.audited]
    error, confidence = forecast.predicted[cases.audited] - truth, judge.suite.confidence
    for name, title, lead, found in (
        ("mae", "Mean absolute error above zero", "Mean absolute error", scoring.mean_absolute(error, confidence)),
        ("rmse", "Root mean squared error", "Root mean squared error", scoring.root_mean_square(error, confidence)),
        ("r2", "R squared", "Share of the outcome's variance that the forecast explains",
         scoring.determination(truth, error, confidence)),
        ("median_absolute_error", "Median absolute error", "Half of the forecasts err by at most",
         scoring.median_error(error, confidence)),
        ("mape", "Mean absolute percentage error", "Mean absolute error as a share of the outcome",
         scoring.percentage_error(truth, error, confidence)),
    ):  # fmt: skip
        # The median is one row's own error, and so are the ends of its interval.
        if name != "median_absolute_error" or judge.least_told == 1:
            yield _told(judge, _Asked(f"performance.{name}", title, lead), found)


def _told_or(judge: Judge, asked: _Asked, found: Estimate | None, reason: str, n: int) -> Check:
    if found is None:
        return judge.silent(asked.name, asked.title, "cannot_tell", reason, n=n)
    return _told(judge, asked, found)


def _told(judge: Judge, asked: _Asked, found: Estimate | None) -> Check:
    """A figure with its interval, or what kept it from one and the rows that would do."""
    if found is None:
        return judge.silent(asked.name, asked.title, "cannot_tell", "Nothing was counted.", subject=asked.subject)
    if found.interval is None:
        said = "" if not np.isfinite(found.value) else f" {asked.lead}, without an interval: {found.value:.4g}."
        needed = f" About {found.rows_needed:,} rows would do." if found.rows_needed else ""
        reason = f"{found.reason}{said}{needed}"
        return judge.silent(
            asked.name, asked.title, "cannot_tell", reason, n=found.n, rows_needed=found.rows_needed,
            subject=asked.subject,
        )  # fmt: skip
    figures = [f"{figure:.4g}" for figure in (found.value, found.interval.low, found.interval.high)]
    method = f"{found.method}, two-sided {words.percent(judge.suite.confidence)}"
    sentence = f"{asked.lead}: {figures[0]} ({figures[1]} to {figures[2]})."
    return judge.check(
        asked.name,
        asked.title,
        found.value,
        found.interval,
        sentence,
        found.n,
        confidence=judge.suite.confidence,
        method=method,
        subject=asked.subject,
    )


def _table(checks: tuple[Check, ...]) -> Table:
    columns = ("measure", "subject", "n", "value", "low", "high", "how", "rows needed")
    rows = ((c.title, c.subject, c.n, c.value, c.low, c.high, c.method or c.reason, c.rows_needed) for c in checks)
    return Table(columns, tuple(rows))
