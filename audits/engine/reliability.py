"""Stated probabilities beside what came true: bands that hold at once, the decision's neighbourhood, Brier's parts.

A band over all bins holds with the suite's confidence for all of them together (Clopper-Pearson, Bonferroni over bins);
within a bin the stated probabilities differ, which only makes an exact band wider than it need be (Hoeffding 1956).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from audits.engine import brier, words
from audits.engine.bounds import Interval, cp_interval
from audits.engine.calibration import Cells, cells_of, ece_of, mass_bins, scores_told, stated_of, turning_score, why_not
from audits.engine.cases import Cases
from audits.engine.frame import Floats, Mask, canonical_text
from audits.engine.registry import Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge

BANDS = ("calibration.bands", "Bins in which the stated probability is not kept")
WINDOW = ("calibration.threshold_window", "Outcomes around the decision")
INTERCEPT = ("calibration.intercept", "Stated log-odds that are off as a whole")
SLOPE = ("calibration.slope", "Stated log-odds that are too bold or too timid")
SPIEGELHALTER = ("calibration.spiegelhalter", "Spiegelhalter's test of the stated probabilities")
ASKS = (BANDS, WINDOW, INTERCEPT, SLOPE, SPIEGELHALTER)
LEAST_ROWS, LEAST_COUNT = 100, 5  # rows, and outcomes of either kind, for a normal interval
PER = 100_000  # decisions, the unit of exposure


@dataclass(frozen=True)
class ReliabilityPlan:
    """window: half width of the neighbourhood of the decision.  worth: distance between stated probability and band
    from which it is a finding.  clip: what stated 0 and 1 count as where logarithms are taken."""

    window: float
    worth: float
    clip: float


def measure(subject: Subject, plan: ReliabilityPlan) -> Part:
    """Bands, the decision's neighbourhood, intercept and slope, Spiegelhalter's z, the parts of the Brier score."""
    cases, judge = subject.cases, subject.judge
    reason, state = why_not(stated_of(cases, judge), cases, judge)
    if reason is not None or cases.probability is None:
        verdict: Any = "cannot_tell" if state == "cannot_tell" else "not_run"
        return Part(tuple(judge.silent(*ask, verdict, reason or "") for ask in ASKS))
    scored = cases.audited & np.isfinite(cases.probability)
    cells = cells_of(cases.probability[scored], hit_of(cases, judge)[scored])
    if cells.n == 0:
        reason = "No audited row carries a probability."
        return Part(tuple(judge.silent(*ask, "cannot_tell", reason) for ask in ASKS))
    table, off = bands(cells, judge)
    checks = (
        _bands_check(off, len(table.rows), cells.n, judge),
        _window(subject, cases.probability, scored, plan),
        *_line_checks(cells, judge, plan),
        _spiegelhalter(cells, judge),
    )
    tables = {"bands": table, "brier": _brier_table(brier.parts(cells, judge.suite.calibration_bins), cells, judge)}
    if judge.spec.probabilities:
        tables["classwise"] = _classwise(subject)
    return Part(checks, tables, judge.findings(checks) + _band_findings(table, plan))


def hit_of(cases: Cases, judge: Judge) -> Mask:
    """What the probability foretells: the event, or that the predicted class is the true one."""
    return ~cases.wrong if judge.spec.task == "multiclass" else cases.event


def bands(cells: Cells, judge: Judge) -> tuple[Table, int]:
    """Each bin with an interval that holds for all bins at once, and in how many the stated mean lies outside."""
    counts = cells.hits + cells.misses
    place = mass_bins(counts, judge.suite.calibration_bins)
    numbers = np.unique(place)
    confidence = 1 - (1 - judge.suite.confidence) / len(numbers)
    rows, off = [], 0
    for number in numbers:
        here = place == number
        k, n, scores = int(cells.hits[here].sum()), int(counts[here].sum()), cells.hit_score[here]
        mean, around = float(scores @ counts[here]) / n, cp_interval(k, n, confidence)
        beyond = max(around.low - mean, mean - around.high, 0.0)
        off += beyond > 0
        ends = scores_told(scores, judge)
        rows.append((int(number) + 1, *ends, n, mean, k, k / n, around.low, around.high, beyond))
    columns = ("bin", "score from", "score to", "n", "mean score", "k", "observed", "low", "high", "outside by")
    return Table(columns, tuple(rows)), off


def _bands_check(off: int, bins: int, n: int, judge: Judge) -> Check:
    sentence = f"In {off} of {words.count(bins, 'bin')} the stated probability lies outside the band of what came true."
    method = f"Clopper-Pearson, Bonferroni over bins: all bands hold at once, {words.percent(judge.suite.confidence)}"
    return judge.check(*BANDS, float(off), None, sentence, n, k=off, confidence=judge.suite.confidence, method=method)


def _band_findings(table: Table, plan: ReliabilityPlan) -> tuple[Finding, ...]:
    far = [row for row in table.rows if row[-1] > plan.worth]
    if not far:
        return ()
    worst = max(far, key=lambda row: float(row[-1]))
    text = (
        f"In {words.count(len(far), 'bin')} of {len(table.rows)} what came true is more than "
        f"{words.points(plan.worth)} points from what was stated. Worst: of {worst[3]:,} cases with "
        f"{words.percent(worst[1], 1)} to {words.percent(worst[2], 1)} stated (mean {words.percent(worst[4], 1)}) "
        f"{words.percent(worst[6], 1)} came true ({words.percent(worst[7], 1)} to {words.percent(worst[8], 1)})."
    )
    return (Finding("medium", "Stated probabilities are not kept", text, BANDS[0]),)


def _window(subject: Subject, probability: Floats, scored: Mask, plan: ReliabilityPlan) -> Check:
    """What came true of the rows near the decision, and what a wrong statement there costs (DOMAIN 2.5)."""
    judge = subject.judge
    turn = _turn(subject, probability)
    if turn is None:
        reason = "The decision is not a threshold on the probability, so it has no neighbourhood."
        return judge.silent(*WINDOW, "not_run", reason)
    near = scored & (np.abs(probability - turn) <= plan.window)
    n, total = int(near.sum()), int(scored.sum())
    if n == 0:
        reason = f"No case lies within {words.points(plan.window)} points of the decision at {words.percent(turn, 1)}."
        return judge.silent(*WINDOW, "cannot_tell", reason)
    k, mean = int((near & subject.cases.event).sum()), float(np.sort(probability[near]).mean())
    around = cp_interval(k, n, judge.suite.confidence)
    apart = Interval(around.low - mean, around.high - mean)
    moved = [PER * n / total * abs(each) for each in (apart.low, k / n - mean, apart.high)]
    least = 0.0 if apart.low <= 0 <= apart.high else min(moved[0], moved[2])
    sentence = (
        f"Within {words.points(plan.window)} points of the decision at {words.percent(turn, 1)} the model states "
        f"{words.percent(mean, 1)} and {words.percent(k / n, 1)} come true ({words.percent(around.low, 1)} to "
        f"{words.percent(around.high, 1)}) of {words.count(n, 'case')}. Of {PER:,} decisions that is "
        f"{moved[1]:,.0f} outcomes ({least:,.0f} to {max(moved[0], moved[2]):,.0f}) other than stated, each of which "
        f"costs what a wrong decision costs{_mean_loss(subject)}."
    )
    method = f"Clopper-Pearson two-sided {words.percent(judge.suite.confidence)}, less the mean stated"
    confidence = judge.suite.confidence
    return judge.check(*WINDOW, k / n - mean, apart, sentence, n, k=k, confidence=confidence, method=method)


def _turn(subject: Subject, probability: Floats) -> float | None:
    """Where the decision turns: the registered threshold on the probability, else what the rows show."""
    spec = subject.judge.spec
    if not spec.decides:
        return None
    if spec.decision.column == spec.probability and spec.decision.op != "==":
        return float(str(spec.decision.value))
    return turning_score(subject.cases, probability)


def _mean_loss(subject: Subject) -> str:
    spec = subject.judge.spec
    if spec.loss is None:
        return ""
    loss = subject.frame.column(spec.loss, "loss").numbers()[subject.cases.wrong & subject.cases.audited]
    known = np.sort(loss[np.isfinite(loss)])
    if len(known) < subject.judge.least_told or not np.isfinite(known.sum()):
        return ""
    return f", {known.mean():,.6g} on average where it was wrong" if len(known) else ""


def enough(cells: Cells) -> bool:
    """Rows and outcomes of either kind enough for a normal interval."""
    return cells.n >= LEAST_ROWS and min(int(cells.hits.sum()), int(cells.misses.sum())) >= LEAST_COUNT


def _line_checks(cells: Cells, judge: Judge, plan: ReliabilityPlan) -> tuple[Check, Check]:
    line = brier.cox_line(cells, plan.clip) if enough(cells) else None
    if line is None:
        reason = (
            f"{words.count(cells.n, 'row')}, {int(cells.hits.sum()):,} with the outcome: at least {LEAST_ROWS} rows "
            f"and {LEAST_COUNT} of either outcome are needed, and scores that do not separate them."
        )
        first, second = (judge.silent(*ask, "cannot_tell", reason, n=cells.n) for ask in (INTERCEPT, SLOPE))
        return first, second
    confidence = judge.suite.confidence
    level, steep = line.intervals(confidence)
    method = f"Cox 1958, Wald two-sided {words.percent(confidence)}"
    told = (
        f"Overall the outcome's log-odds lie {line.intercept:.2f} ({level.low:.2f} to {level.high:.2f}) above the "
        "stated ones; 0 is kept, below 0 is overstated."
    )
    first = judge.check(
        *INTERCEPT, line.intercept, level, told, cells.n, confidence=confidence, method=f"{method}, slope held at 1"
    )
    told = (
        f"Where the stated log-odds rise by 1 the outcome's rise by {line.slope:.2f} ({steep.low:.2f} to "
        f"{steep.high:.2f}); below 1 the statements are too bold, above 1 too timid."
    )
    second = judge.check(*SLOPE, line.slope, steep, told, cells.n, confidence=confidence, method=method)
    return first, second


def _spiegelhalter(cells: Cells, judge: Judge) -> Check:
    z = brier.spiegelhalter(cells)
    if z is None or not enough(cells):
        reason = "Too few rows, or every stated probability is 0, 1 or one half."
        return judge.silent(*SPIEGELHALTER, "cannot_tell", reason, n=cells.n)
    p = float(2 * stats.norm.sf(abs(z)))
    shown = f"{p:.3f}" if p >= 0.001 else "below 0.001"
    sentence = f"If every stated probability were kept, a score this far off would come with probability {shown}."
    return judge.check(*SPIEGELHALTER, z, None, sentence, cells.n, method="Spiegelhalter 1986, normal")


def _brier_table(found: brier.Parts, cells: Cells, judge: Judge) -> Table:
    """The score with its interval given the stated probabilities, its parts, and those free of what small bins add."""
    n = found.n
    around = brier.score_interval(cells, judge.suite.confidence)
    fair: tuple[float | None, ...] = found.fair or (None, None, None)
    rows = (
        ("Brier score", n, found.score, around.low, around.high, None),
        ("reliability: stated against observed, 0 is best", n, found.reliability, None, None, fair[0]),
        ("resolution: bins that differ, more is better", n, found.resolution, None, None, fair[1]),
        ("uncertainty of the outcome itself", n, found.uncertainty, None, None, fair[2]),
        ("spread of stated probabilities within bins", n, found.spread, None, None, None),
        ("what they tell within bins, taken off", n, found.together, None, None, None),
    )
    return Table(("part", "rows", "value", "low", "high", "without the share of small bins"), rows)


def _classwise(subject: Subject) -> Table:
    """Each class against all others: stated mean, observed share, calibration error and Brier score."""
    judge, cases = subject.judge, subject.cases
    if cases.classes is None:
        raise AssertionError("only tasks of many classes register class probabilities")
    confidence = 1 - (1 - judge.suite.confidence) / len(judge.spec.probabilities)
    place = {name: code for code, name in enumerate(cases.classes.names)}
    rows: list[tuple[Any, ...]] = []
    for item in judge.spec.probabilities:
        name, p = canonical_text(item.name), subject.frame.column(item.column, "probabilities").numbers()
        usable = cases.audited & (p >= 0) & (p <= 1)
        cells = cells_of(p[usable], cases.classes.truth[usable] == place.get(name, -2))
        if cells.n == 0:
            rows.append((name, 0, 0, *([None] * 7)))
            continue
        k, mean = int(cells.hits.sum()), float(cells.hit_score @ (cells.hits + cells.misses)) / cells.n
        around, found = cp_interval(k, cells.n, confidence), brier.parts(cells, judge.suite.calibration_bins)
        error = float(ece_of(cells, cells.hits[None], cells.misses[None], judge.suite.calibration_bins)[0])
        rows.append(
            (name, cells.n, k, mean, k / cells.n, around.low, around.high, error, found.score, found.reliability)
        )
    columns = ("class", "rows", "k", "mean stated", "observed", "low", "high", "ece", "brier", "reliability")
    return Table(columns, tuple(rows))
