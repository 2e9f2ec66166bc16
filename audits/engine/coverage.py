"""Whether sets of answers that should hold the outcome do so for every group, and how large they must be.

Two lines are drawn on one half of the rows and tried on the other: one for all rows, which may hold far less in one
group than in another, and one of its own for each group (audits/engine/conformal.py). It says nothing under drift.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.engine import words
from audits.engine.bounds import cp_interval, holm
from audits.engine.conformal import Law, Line, halves, law, line_of
from audits.engine.frame import Floats, canonical_text
from audits.engine.groups import NOT_STATED, Grouping, groupings
from audits.engine.registry import Need, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge
from core.errors import InputRefused

ASK = ("uncertainty.coverage", "Outcomes held by sets of answers")
SHARED = ("uncertainty.group_coverage", "Group whose outcomes one line for all holds least")
DRIFT = "It supposes rows of the same kind as these: under drift it says nothing."
COLUMNS = (
    *(
        "attribute",
        "group",
        "calibration rows",
        "rows tried",
        "should hold",
        "hold",
        "share",
        "law low",
        "law high",
        "p",
    ),
    *("mean size", "empty", "single", "held by one line for all", "low", "high", "note"),
)


@dataclass(frozen=True)
class CoveragePlan:
    """nominal: share of outcomes that the sets should hold.  least_rows: calibration rows of a group below which it has
    no line of its own.  worth: how far below nominal a group is held, at the least, to be a finding.  law_level: of
    Holm's adjusted p, below which coverage outside its law is a finding."""

    nominal: float
    least_rows: int
    worth: float
    law_level: float


class Rows(NamedTuple):
    """Usable rows in an order of their own: distance of the true answer float[n], of every answer float[n, answers]
    (none for numbers), a uniform draw for ties, and which of them calibrate."""

    places: NDArray[np.int64]
    true: Floats
    every: Floats
    draw: Floats
    calibrates: NDArray[np.bool_]


class Tried(NamedTuple):
    """One group: its own line and what it held, and what the line for all held of the same rows."""

    attribute: str
    group: str
    n: int
    m: int
    line: Line | None
    held: int
    sizes: tuple[float | None, float | None, float | None]
    shared: int


def measure(subject: Subject, plan: CoveragePlan, rng: np.random.Generator) -> Part:
    """Coverage of all rows and of every group, own line and line for all."""
    judge = subject.judge
    found = _distances(subject)
    if isinstance(found, str):
        return Part(tuple(judge.silent(*ask, "not_run", found) for ask in (ASK, SHARED)))
    listed, unable = _groupings(subject)
    rows = _drawn(subject, *found, [each.groups.codes for each in listed], rng)
    least = int(min(rows.calibrates.sum(), (~rows.calibrates).sum()))
    if least < plan.least_rows:
        reason = f"{words.count(least, 'row')} in the smaller half; {plan.least_rows:,} are needed."
        silent = (judge.silent(*ask, "cannot_tell", reason, rows_needed=2 * plan.least_rows) for ask in (ASK, SHARED))
        return Part(tuple(silent))
    whole = line_of(rows.true[rows.calibrates], rows.draw[rows.calibrates], plan.nominal)
    tried = [_tried("all rows", "", np.ones(len(rows.true), dtype=bool), rows, whole, plan)]
    for grouping in listed:
        codes = grouping.groups.codes[rows.places]
        for code, name in [*enumerate(grouping.groups.names), (-1, NOT_STATED)]:
            if (codes == code).any():
                tried.append(_tried(grouping.name, name, codes == code, rows, whole, plan))
    return _part(tried, unable, plan, judge)


def _groupings(subject: Subject) -> tuple[list[Grouping], str | None]:
    """The registered groups, or why there are none to compare."""
    if not subject.judge.spec.attributes:
        return [], Need.ATTRIBUTES.value
    try:
        return groupings(subject.frame, subject.judge), None
    except InputRefused as error:
        return [], error.message


def _distances(subject: Subject) -> tuple[NDArray[np.int64], Floats, Floats] | str:
    """Places of the usable rows, distance of the true answer, and of every possible answer; or why there are none."""
    cases, spec = subject.cases, subject.judge.spec
    if cases.forecast is not None:
        places = np.flatnonzero(cases.audited)
        return places, np.abs(cases.forecast.truth - cases.forecast.predicted)[places], np.zeros((len(places), 0))
    if cases.classes is not None:
        if not spec.probabilities:
            return "No probabilities of the classes were registered."
        columns = [subject.frame.column(item.column, "probabilities").numbers() for item in spec.probabilities]
        names = [canonical_text(item.name) for item in spec.probabilities]
        order = np.array([names.index(name) if name in names else -1 for name in cases.classes.names] + [-1])
        truth, table = order[cases.classes.truth], 1 - np.column_stack(columns)
        places = np.flatnonzero(cases.audited & (truth >= 0) & np.isfinite(table).all(axis=1))
        return places, table[places, truth[places]], table[places]
    if cases.probability is None:
        return "No probability was registered."
    places = np.flatnonzero(cases.audited & np.isfinite(cases.probability))
    p, event = cases.probability[places], cases.event[places]
    return places, np.where(event, 1 - p, p), np.column_stack([p, 1 - p])


def _drawn(
    subject: Subject, places: Any, true: Floats, every: Floats, codes: list[Any], rng: np.random.Generator
) -> Rows:
    """The rows in halves and with their draws, both the same whatever order the rows came in."""
    outcome = subject.cases.event if subject.cases.forecast is None else subject.cases.forecast.truth
    order = np.lexsort((*(each[places] for each in codes), outcome[places], *every.T, true))
    first, _ = halves(order, rng)
    calibrates = np.zeros(len(order), dtype=bool)
    calibrates[first] = True
    draw = np.empty(len(order))
    draw[order] = rng.random(len(order))
    return Rows(places, true, every, draw, calibrates)


def _tried(attribute: str, group: str, here: Any, rows: Rows, whole: Line, plan: CoveragePlan) -> Tried:
    own, new = here & rows.calibrates, here & ~rows.calibrates
    n, m = int(own.sum()), int(new.sum())
    shared = int(whole.holds(rows.true[new], rows.draw[new]).sum())
    if n < plan.least_rows or m == 0:
        return Tried(attribute, group, n, m, None, 0, (None, None, None), shared)
    line = line_of(rows.true[own], rows.draw[own], plan.nominal)
    held = int(line.holds(rows.true[new], rows.draw[new]).sum())
    if rows.every.shape[1] == 0:
        return Tried(attribute, group, n, m, line, held, (2 * line.distance, None, None), shared)
    size = line.holds(rows.every[new], rows.draw[new][:, None]).sum(axis=1)
    sizes = (float(size.mean()), float((size == 0).mean()), float((size == 1).mean()))
    return Tried(attribute, group, n, m, line, held, sizes, shared)


def _part(tried: list[Tried], unable: str | None, plan: CoveragePlan, judge: Judge) -> Part:
    confidence = judge.suite.confidence
    able = [each for each in tried[1:] if each.m >= plan.least_rows]
    at_once = 1 - (1 - confidence) / max(1, len(able))
    laws = [law(each.line, each.held, each.m, confidence) if each.line else None for each in tried]
    table = tuple(_row(each, told, at_once, plan) for each, told in zip(tried, laws, strict=True))
    checks = (_check(tried[0], judge), _shared_check(able, unable, at_once, judge))
    findings = _law_findings(tried, laws, plan) + _shared_findings(able, at_once, plan)
    return Part(checks, {"conformal": Table(COLUMNS, table)}, findings)


def _check(whole: Tried, judge: Judge) -> Check:
    """Coverage of all rows; there are enough of them, so a line there is."""
    line, confidence = whole.line, judge.suite.confidence
    around = cp_interval(whole.held, whole.m, confidence)
    size = "" if whole.sizes[0] is None else f" A set holds {whole.sizes[0]:.4g} answers on average."
    if whole.sizes[1] is None:
        size = f" A set is {whole.sizes[0]:.4g} wide." if np.isfinite(whole.sizes[0] or 0.0) else ""
    should = line.coverage if line else 0.0
    sentence = (
        f"Sets of answers that should hold {words.percent(should, 1)} of outcomes hold "
        f"{words.percent(whole.held / whole.m, 1)} ({words.percent(around.low, 1)} to {words.percent(around.high, 1)}) "
        f"of {whole.m:,} new ones.{size} {DRIFT}"
    )
    method = f"split conformal, ties at random; Clopper-Pearson two-sided {words.percent(confidence)}"
    return judge.check(
        *ASK, whole.held / whole.m, around, sentence, whole.m, k=whole.held, confidence=confidence, method=method
    )


def _shared_check(able: list[Tried], unable: str | None, confidence: float, judge: Judge) -> Check:
    if not able:
        reason = unable or "No group has enough rows to be told by itself."
        return judge.silent(*SHARED, "cannot_tell" if judge.spec.attributes else "not_run", reason)
    worst = min(able, key=lambda each: (each.shared / each.m, each.attribute, each.group))
    method = f"Clopper-Pearson, all groups at once, {words.percent(judge.suite.confidence)}"
    return judge.check(
        *SHARED,
        worst.shared / worst.m,
        cp_interval(worst.shared, worst.m, confidence),
        _shared_sentence(worst, confidence),
        worst.m,
        k=worst.shared,
        subject=f"{worst.attribute} = {worst.group}",
        confidence=confidence,
        method=method,
    )


def _shared_sentence(each: Tried, confidence: float) -> str:
    around = cp_interval(each.shared, each.m, confidence)
    return (
        f"With one line for all, sets hold {words.percent(each.shared / each.m, 1)} of the outcomes of "
        f"{each.attribute} {each.group} ({words.percent(around.low, 1)} to {words.percent(around.high, 1)})."
    )


def _shared_findings(able: list[Tried], confidence: float, plan: CoveragePlan) -> tuple[Finding, ...]:
    low = [each for each in able if cp_interval(each.shared, each.m, confidence).high < plan.nominal - plan.worth]
    return tuple(
        Finding(
            "medium",
            f"Sets of answers hold too few outcomes of a group: {each.attribute} = {each.group}",
            f"{_shared_sentence(each, confidence)} They should hold {words.percent(plan.nominal)}. {DRIFT}",
            SHARED[0],
            f"{each.attribute} = {each.group}",
        )
        for each in low
    )


def _law_findings(tried: list[Tried], laws: list[Law | None], plan: CoveragePlan) -> tuple[Finding, ...]:
    """Halves of the same rows are exchangeable, so this is a fault of the data's order or of ours."""
    told = [(each, found) for each, found in zip(tried, laws, strict=True) if found is not None]
    adjusted = holm([found.p for _, found in told])
    return tuple(
        Finding(
            "low",
            "Coverage is not what its law allows",
            f"{each.attribute} {each.group}: {each.held:,} of {each.m:,} held, where the law of exchangeable rows "
            f"allows {words.percent(found.low, 1)} to {words.percent(found.high, 1)}.",
            ASK[0],
            f"{each.attribute} = {each.group}",
        )
        for (each, found), p in zip(told, adjusted, strict=True)
        if p < plan.law_level
    )


def _row(each: Tried, told: Law | None, confidence: float, plan: CoveragePlan) -> tuple[Any, ...]:
    around = cp_interval(each.shared, each.m, confidence) if each.m else None
    shared = (each.shared / each.m, around.low, around.high) if around else (None, None, None)
    head = (each.attribute, each.group, each.n, each.m)
    if each.line is None or told is None:
        return (*head, *([None] * 9), *shared, f"fewer than {plan.least_rows:,} rows to calibrate on")
    own = (each.line.coverage, each.held, each.held / each.m, told.low, told.high, told.p)
    return (*head, *own, *each.sizes, *shared, "")
