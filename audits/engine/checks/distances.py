"""How far inputs and score have moved: distances between reference and later rows. Findings, never alarms."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from audits.engine import words
from audits.engine.bounds import holm
from audits.engine.contingency import Association, association
from audits.engine.distances import LEAST_ROWS, Apart, Stability, apart_all, stability
from audits.engine.drift import Parts, parts_of
from audits.engine.frame import Column, Floats, Mask
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge
from core.errors import InputRefused

CHECK_ID, TITLE = "drift.distance", "Distance from the reference rows"
NO_ALARM = "This is a finding about the data, not an alarm: it does not say that the model errs more often."
EXACT_PAIRS = 1_000_000  # of values, up to which the exact law of Kolmogorov and Smirnov is computed
NUMBERS = (
    *("column", "reference n", "later n", "PSI", "PSI low", "PSI high", "KS", "KS low", "KS high"),
    *("W1", "W1 low", "W1 high", "W1 in reference SD", "KS error at most", "p", "p (Holm)", "method"),
)
CATEGORIES = (
    *("column", "reference n", "later n", "PSI", "PSI low", "PSI high", "chi-square", "freedom"),
    *("V", "V low", "V high", "values pooled", "new values", "p", "p (Holm)"),
)


@dataclass(frozen=True)
class Plan:
    """notable_psi: the PSI above which a moved column is a finding; expected: least expected count of a chi-square."""

    notable_psi: float
    expected: float


@dataclass(frozen=True)
class Moved:
    """One column between the two parts."""

    name: str
    n: int
    p: float
    psi: Stability
    apart: Apart | None = None
    exact: bool = False
    related: Association | None = None
    counts: tuple[int, int] = (0, 0)
    new: int = 0


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    """Distances of every declared feature and of the answer, with Holm's p over them."""
    plan, judge, drift = subject.plan(Plan), subject.judge, subject.judge.spec.drift
    assert drift is not None  # noqa: S101 - the check needs Need.TIME
    times = subject.frame.column(drift.timestamp, "drift.timestamp").times()
    parts = parts_of(subject.frame, times, drift)
    found: list[Moved] = []
    silent: list[Check] = []
    for name in columns_of(subject):
        subject.say(f"distances: {name}")
        moved = _moved(subject.frame.column(name, "drift.features"), parts, plan, judge)
        if isinstance(moved, Moved):
            found.append(moved)
        else:
            silent.append(judge.silent(CHECK_ID, TITLE, "cannot_tell", moved, subject=name))
    adjusted = holm([one.p for one in found])
    checks = [_check(one, judge) for one in found]
    tables = {
        "numbers": Table(NUMBERS, tuple(_number_row(one, p, judge) for one, p in _only(found, adjusted, True))),
        "categories": Table(
            CATEGORIES, tuple(_category_row(one, p, judge) for one, p in _only(found, adjusted, False))
        ),
    }
    findings = [
        _finding(one, check)
        for one, p, check in zip(found, adjusted, checks, strict=True)
        if p <= judge.suite.holm_level and one.psi.interval(judge.suite.confidence).low > plan.notable_psi
    ]
    if not found and not silent:
        silent.append(judge.silent(CHECK_ID, TITLE, "not_run", "No feature was declared for drift, and no score."))
    return Part((*checks, *silent), tables, tuple(findings))


def columns_of(subject: Subject) -> list[str]:
    """The declared features, then the column of the answer: the score, or the forecast of a number."""
    spec = subject.judge.spec
    features = spec.drift.features if spec.drift is not None else ()
    answer = spec.decision.column if spec.task == "regression" else spec.score_column
    return list(dict.fromkeys([*features, *([answer] if answer else [])]))


def _only(found: list[Moved], adjusted: list[float], numbers: bool) -> Iterator[tuple[Moved, float]]:
    return ((one, p) for one, p in zip(found, adjusted, strict=True) if (one.apart is not None) == numbers)


def _moved(column: Column, parts: Parts, plan: Plan, judge: Judge) -> Moved | str:
    """The distances of one column, or why they cannot be told."""
    try:
        if column.kind == "category":
            return _category(column, parts, plan)
        return _number(column, parts, judge)
    except InputRefused as error:
        return error.message


def _number(column: Column, parts: Parts, judge: Judge) -> Moved | str:
    first, second = (_values(column, mask) for mask in (parts.reference, parts.later))
    found = apart_all([(first, second)], judge.suite.psi_bins, workers=1)[0]
    if found is None:
        return f"{column.name} has no value in one of the two parts."
    lacking = [float(np.isnan(part).sum()) for part in (first, second)]
    psi = stability(*(np.append(part, gone) for part, gone in zip(found.bins, lacking, strict=True)))
    exact = min(found.n, found.m) < LEAST_ROWS and found.n * found.m <= EXACT_PAIRS
    p = found.ks_p
    if exact:
        a, b = (part[~np.isnan(part)] for part in (first, second))
        p = float(stats.ks_2samp(a, b, method="exact").pvalue)
    return Moved(column.name, found.n + found.m, p, psi, found, exact)


def _values(column: Column, mask: Mask) -> Floats:
    """The cells as numbers, NaN where absent; times as seconds since 1970."""
    if column.kind != "time":
        return column.numbers()[mask]
    seconds = column.values[mask].astype(np.int64) / 1e6
    return np.where(column.absent[mask], np.nan, seconds)


def _category(column: Column, parts: Parts, plan: Plan) -> Moved | str:
    groups = column.groups
    before, after = (np.array(groups.counts(mask), dtype=np.int64) for mask in (parts.reference, parts.later))
    if min(before[:-1].sum(), after[:-1].sum()) == 0:
        return f"{column.name} has no value in one of the two parts."
    related = association(before[:-1], after[:-1], plan.expected)
    if related is None:
        fewest = min(before[:-1].sum(), after[:-1].sum())
        return f"{column.name} has no two values with an expected count of {plan.expected:g} in {fewest:,} rows."
    new = int(((before[:-1] == 0) & (after[:-1] > 0)).sum())
    counts = int(before[:-1].sum()), int(after[:-1].sum())
    psi = stability(before.astype(np.float64), after.astype(np.float64))
    return Moved(column.name, sum(counts), related.p, psi, related=related, counts=counts, new=new)


def _check(one: Moved, judge: Judge) -> Check:
    confidence = judge.suite.confidence
    around = one.psi.interval(confidence)
    stable = f"PSI {one.psi.value:.3f} ({around.low:.3f} to {around.high:.3f})"
    if one.apart is not None:
        interval, value = one.apart.ks_interval(confidence), one.apart.ks
        sentence = (
            f"{one.name}: at the value where reference and later rows differ most, {words.points(value)} of 100 rows "
            f"({words.points(interval.low)} to {words.points(interval.high)}) lie on another side; {stable}."
            f"{_mean_way(one.apart)} {NO_ALARM}"
        )
        method = f"KS, {'exact' if one.exact else 'large-sample'} p; DKW band {words.percent(confidence)}"
    else:
        related = one.related
        assert related is not None  # noqa: S101 - a column is a number or a category
        interval, value = related.interval(confidence), related.v
        sentence = (
            f"{one.name}: Cramer's V between reference and later rows is {value:.3f} ({interval.low:.3f} to "
            f"{interval.high:.3f}), 0 alike and 1 nothing in common; {stable}.{_pooled(related)} {NO_ALARM}"
        )
        method = f"chi-square; non-central interval {words.percent(confidence)}"
    more: dict[str, Any] = {"subject": one.name, "confidence": confidence, "method": method}
    made = judge.check(CHECK_ID, TITLE, value, interval, sentence, one.n, **more)
    return replace(made, k=None)


def _mean_way(found: Apart) -> str:
    if found.scale == 0:
        return f" On average a value lies {found.area:.4g} away; all reference values are the same."
    deviations = found.area / found.scale
    if not np.isfinite(deviations):
        return ""
    return f" On average a value lies {deviations:.3f} standard deviations of the reference away."


def _pooled(related: Association) -> str:
    return f" {words.count(related.pooled, 'rare value')} told as one." if related.pooled else ""


def _number_row(one: Moved, adjusted: float, judge: Judge) -> tuple[object, ...]:
    found, confidence = one.apart, judge.suite.confidence
    assert found is not None  # noqa: S101 - only numbers stand in this table
    psi, ks, area = one.psi.interval(confidence), found.ks_interval(confidence), found.area_interval(confidence)
    scaled = found.area / found.scale if found.scale else None
    method = "exact p" if one.exact else "large-sample p"
    if area is None:
        method += f"; no interval of W1 below {LEAST_ROWS} rows"
    return (
        *(one.name, found.n, found.m, one.psi.value, psi.low, psi.high, found.ks, ks.low, ks.high),
        *(found.area, area and area.low, area and area.high, scaled, found.slack, one.p, adjusted, method),
    )


def _category_row(one: Moved, adjusted: float, judge: Judge) -> tuple[object, ...]:
    related, confidence = one.related, judge.suite.confidence
    assert related is not None  # noqa: S101 - only categories stand in this table
    psi, v = one.psi.interval(confidence), related.interval(confidence)
    return (
        *(one.name, *one.counts, one.psi.value, psi.low, psi.high, related.statistic, related.freedom),
        *(related.v, v.low, v.high, related.pooled, one.new, one.p, adjusted),
    )


def _finding(one: Moved, check: Check) -> Finding:
    return Finding(
        "low", f"{one.name} is spread otherwise than in the reference rows", check.sentence, CHECK_ID, one.name
    )


CHECK = Registered(
    name="distances",
    section="drift",
    asks=((CHECK_ID, TITLE),),
    run=run,
    needs=(Need.TIME,),
    plan=Plan,
)
