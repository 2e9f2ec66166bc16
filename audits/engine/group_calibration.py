"""Whether probabilities are kept for every group: a model can be right on average and wrong for each of two groups.

Every group's observed share has an interval that holds for all groups of all attributes at once (Clopper-Pearson,
Bonferroni). Calibration error and slope are given where a group has enough rows; rows that state no group are a group.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from audits.engine import brier, words
from audits.engine.bounds import Interval, cp_interval
from audits.engine.calibration import Cells, cells_of, prudent_ece, stated_of, why_not
from audits.engine.frame import Mask
from audits.engine.groups import NOT_STATED, Grouping, groupings
from audits.engine.registry import Subject
from audits.engine.reliability import enough, hit_of
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge

ASK = ("calibration.by_group", "Group for which the stated probability is furthest from what came true")
COLUMNS = (
    *("attribute", "group", "rows", "k", "mean stated", "observed", "low", "high", "ece", "ece at most"),
    *("intercept", "intercept low", "intercept high", "slope", "slope low", "slope high", "note"),
)


@dataclass(frozen=True)
class GroupPlan:
    """bootstraps: resamples behind each group's prudent calibration error.  worth: distance between stated and
    observed from which it is a finding.  clip: what stated 0 and 1 count as where logarithms are taken."""

    bootstraps: int
    worth: float
    clip: float


@dataclass(frozen=True)
class Told:
    """One group: what was stated on average, and what came true with its simultaneous interval."""

    attribute: str
    group: str
    cells: Cells
    mean: float
    around: Interval

    @property
    def apart(self) -> Interval:
        """Observed less stated."""
        return Interval(self.around.low - self.mean, self.around.high - self.mean)

    @property
    def sure(self) -> float:
        """How far apart they are at the least."""
        return max(self.apart.low, -self.apart.high, 0.0)


def measure(subject: Subject, plan: GroupPlan) -> Part:
    """Every group of every registered attribute and intersection, the worst of each attribute as a check."""
    judge, cases = subject.judge, subject.cases
    reason, _ = why_not(stated_of(cases, judge), cases, judge)
    if reason is not None or cases.probability is None:
        return Part((judge.silent(*ASK, "cannot_tell", reason or ""),))
    scored = cases.audited & np.isfinite(cases.probability)
    listed = [(grouping, list(_places(grouping, scored))) for grouping in groupings(subject.frame, judge)]
    confidence = 1 - (1 - judge.suite.confidence) / max(1, sum(len(places) for _, places in listed))
    hit, checks, rows, findings = hit_of(cases, judge), [], [], []
    for grouping, places in listed:
        told = []
        for group, where in places:
            subject.say(f"calibration: {grouping.name}, {group}")
            told.append(_told(grouping.name, group, cells_of(cases.probability[where], hit[where]), confidence))
        rows += [_row(each, judge, plan) for each in told]
        able = [each for each in told if each.cells.n >= judge.suite.group_rows]
        checks.append(_check(grouping, able, confidence, judge))
        findings += [_finding(each) for each in able if each.sure > plan.worth]
    return Part(tuple(checks), {"groups": Table(COLUMNS, tuple(rows))}, tuple(findings))


def _places(grouping: Grouping, scored: Mask) -> Any:
    """The groups with scored rows, "not stated" last."""
    for code, name in [*enumerate(grouping.groups.names), (-1, NOT_STATED)]:
        where = scored & (grouping.groups.codes == code)
        if where.any():
            yield name, where


def _told(attribute: str, group: str, cells: Cells, confidence: float) -> Told:
    k, mean = int(cells.hits.sum()), float(cells.hit_score @ (cells.hits + cells.misses)) / cells.n
    return Told(attribute, group, cells, mean, cp_interval(k, cells.n, confidence))


def _check(grouping: Grouping, able: list[Told], confidence: float, judge: Judge) -> Check:
    if not able:
        reason = f"No group of {grouping.name} has {judge.suite.group_rows:,} rows with a probability and an outcome."
        return judge.silent(*ASK, "cannot_tell", reason, subject=grouping.name, rows_needed=judge.suite.group_rows * 2)
    worst = max(able, key=lambda each: (each.sure, abs(int(each.cells.hits.sum()) / each.cells.n - each.mean)))
    k, n = int(worst.cells.hits.sum()), worst.cells.n
    method = f"Clopper-Pearson less the mean stated; all groups at once, {words.percent(judge.suite.confidence)}"
    return judge.check(
        *ASK,
        k / n - worst.mean,
        worst.apart,
        f"{_sentence(worst)}",
        n,
        k=k,
        subject=f"{worst.attribute} = {worst.group}",
        confidence=confidence,
        method=method,
    )


def _sentence(each: Told) -> str:
    k, n = int(each.cells.hits.sum()), each.cells.n
    return (
        f"Of {n:,} cases with {each.attribute} {each.group} the model states {words.percent(each.mean, 1)} and "
        f"{words.percent(k / n, 1)} come true ({words.percent(each.around.low, 1)} to "
        f"{words.percent(each.around.high, 1)})."
    )


def _finding(each: Told) -> Finding:
    text = f"{_sentence(each)} A threshold on this probability means something else for this group."
    about = f"{each.attribute} = {each.group}"
    return Finding("medium", f"Stated probabilities are not kept for a group: {about}", text, ASK[0], about)


def _row(each: Told, judge: Judge, plan: GroupPlan) -> tuple[Any, ...]:
    k, n = int(each.cells.hits.sum()), each.cells.n
    head = (each.attribute, each.group, n, k, each.mean, k / n, each.around.low, each.around.high)
    if n < judge.suite.group_rows:
        return (*head, *([None] * 8), f"fewer than {judge.suite.group_rows:,} rows")
    quick = replace(judge, suite=replace(judge.suite, bootstraps=plan.bootstraps))
    error = prudent_ece(each.cells, quick)
    line = brier.cox_line(each.cells, plan.clip) if enough(each.cells) else None
    if line is None:
        return (*head, error.point, error.u, *([None] * 6), "too few of one outcome for a slope")
    level, steep = line.intervals(judge.suite.confidence)
    figures = (line.intercept, level.low, level.high, line.slope, steep.low, steep.high)
    return (*head, error.point, error.u, *figures, "")
