"""Can later rows be told from reference rows by what the model is given? A finding, never an alarm."""

from dataclasses import dataclass

import numpy as np

from audits.engine import words
from audits.engine.bounds import holm
from audits.engine.checks.distances import columns_of
from audits.engine.domain import Binned, Told, above_half, binned, folds, told_apart
from audits.engine.drift import parts_of
from audits.engine.frame import Mask
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.streams import sample
from audits.engine.verdicts import Judge
from core.errors import InputRefused

CHECK_ID, TITLE = "drift.domain", "Reference and later rows told apart"
COLUMNS = ("column", "AUC alone", "low", "high", "share of the score's spread", "p", "p (Holm)")


@dataclass(frozen=True)
class Plan:
    """Rows of each part that are looked at and fewest of each; bins of numbers, commonest values of a category; ridge
    penalty; folds; the AUC above which it is a finding."""

    rows: int
    least_rows: int
    bins: int
    values: int
    penalty: float
    folds: int
    notable_auc: float


def run(subject: Subject, rng: np.random.Generator) -> Part:
    """The cross-fitted AUC with its interval, and the columns by which the parts are told apart."""
    plan, judge, drift = subject.plan(Plan), subject.judge, subject.judge.spec.drift
    if drift is None:
        raise AssertionError("the check needs Need.TIME")
    times = subject.frame.column(drift.timestamp, "drift.timestamp").times()
    parts = parts_of(subject.frame, times, drift)
    fewest = min(int(parts.reference.sum()), int(parts.later.sum()))
    if fewest < plan.least_rows:
        reason = f"{words.count(fewest, 'row')} in the smaller part; telling them apart needs {plan.least_rows}."
        return Part((judge.silent(CHECK_ID, TITLE, "cannot_tell", reason, n=fewest, rows_needed=plan.least_rows),))
    drawn = [np.flatnonzero(mask)[sample(rng, int(mask.sum()), plan.rows)] for mask in (parts.reference, parts.later)]
    rows, later = np.concatenate(drawn), np.repeat([False, True], [len(part) for part in drawn])
    columns = _columns(subject, rows, plan)
    if not columns:
        return Part((judge.silent(CHECK_ID, TITLE, "not_run", "No feature was declared for drift, and no score."),))
    subject.say(f"domain: {words.count(len(columns), 'column')}")
    told = told_apart(list(columns.values()), later, plan.penalty, folds(rng, later, plan.folds))
    check, table = _check(told, later, judge), _table(told, list(columns), judge)
    return Part((check,), {"told apart by": table}, _finding(check, table, plan))


def _columns(subject: Subject, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]], plan: Plan) -> dict[str, Binned]:
    """The declared columns as levels; one with cells that are no numbers is left out (the distances name it)."""
    found = {}
    for name in columns_of(subject):
        try:
            found[name] = binned(subject.frame.column(name, "drift.features").take(rows), plan.bins, plan.values)
        except InputRefused:
            continue
    return found


def _check(told: Told, later: Mask, judge: Judge) -> Check:
    confidence, around = judge.suite.confidence, judge.auc_interval(told.whole)
    sentence = (
        f"Given one reference and one later row, what the model is given tells which is the later in "
        f"{words.percent(told.whole.value, 1)} of pairs ({words.percent(around.low, 1)} to "
        f"{words.percent(around.high, 1)}); a coin does in 50 %. This is a finding about the data, not an alarm."
    )
    method = f"cross-fitted logistic regression; {judge.auc_method(f'DeLong two-sided {words.percent(confidence)}')}"
    n = len(later)
    return judge.check(CHECK_ID, TITLE, told.whole.value, around, sentence, n, confidence=confidence, method=method)


def _table(told: Told, names: list[str], judge: Judge) -> Table:
    """Columns by how well each tells the parts apart, best first."""
    p = [above_half(one) for one in told.alone]
    rows = []
    for name, one, spread, raw, adjusted in zip(names, told.alone, told.spread, p, holm(p), strict=True):
        around = judge.auc_interval(one)
        rows.append((name, one.value, around.low, around.high, spread, raw, adjusted))
    return Table(COLUMNS, tuple(sorted(rows, key=lambda row: (-row[1], row[0]))))


def _finding(check: Check, table: Table, plan: Plan) -> tuple[Finding, ...]:
    if check.low is None or check.low <= plan.notable_auc:
        return ()
    by = ", ".join(f"{row[0]} ({words.percent(row[1], 1)} alone)" for row in table.rows[:3])
    text = f"{check.sentence} Most by: {by}."
    return (Finding("low", "Later rows can be told from reference rows", text, CHECK_ID),)


CHECK = Registered(
    name="domain",
    section="drift",
    asks=((CHECK_ID, TITLE),),
    run=run,
    needs=(Need.TIME,),
    plan=Plan,
)
