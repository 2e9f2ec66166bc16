"""Evaluation rows that were evaluated before: how many, and whether the model does better on them."""

from dataclasses import dataclass

import numpy as np

from audits.engine import words
from audits.engine.bounds import Rate
from audits.engine.gaming.challenges import rate_of
from audits.engine.gaming.comparing import RATE_COLUMNS, difference, flagged, of, rate_row
from audits.engine.gaming.reuse import Reuse, compared_columns, reuse
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table, Verdict
from audits.engine.verdicts import Judge

ROWS, ROWS_TITLE = "gaming.reused_rows", "Rows that were in an earlier evaluation"
ERROR, ERROR_TITLE = "gaming.reused_error", "More harmful errors on fresh rows than on re-used ones"


@dataclass(frozen=True)
class Plan:
    """What an edition files: the least share of rows that their inputs must tell apart, the fewest rows of a side."""

    least_apart: float
    least_rows: int


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    plan, judge, before = subject.plan(Plan), subject.judge, subject.beside["audited_before"]
    columns = compared_columns(subject.frame, before, judge.spec, subject.interface)
    if not columns or (subject.interface is not None and len(columns) < len(subject.interface.columns)):
        return _silent(judge, "The earlier rows lack inputs of the model, so no row can be found again.")
    found = reuse(subject.frame, before, columns)
    if found.apart.mean() < plan.least_apart:
        few = f"Only {int(found.apart.sum()):,} of {len(found.apart):,} rows"
        return _silent(judge, f"{few} differ from all others in what they are known by.")
    seen, fresh = (
        rate_of(subject.cases.harm, subject.cases, where) for where in (found.seen, found.apart & ~found.seen)
    )
    rows, row_findings = _rows(found, judge)
    error, error_findings = _error(seen, fresh, plan, judge)
    told = [("seen before", seen), ("fresh", fresh)]
    lines = tuple(rate_row(name, rate, judge.suite.confidence) for name, rate in told if rate.n >= judge.least_told)
    return Part((rows, error), {"reused": Table(RATE_COLUMNS, lines)}, row_findings + error_findings)


def _silent(judge: Judge, reason: str) -> Part:
    return Part(tuple(judge.silent(name, title, "cannot_tell", reason) for name, title in CHECK.asks))


Told = tuple[Check, tuple[Finding, ...]]


def _rows(found: Reuse, judge: Judge) -> Told:
    seen, apart = int(found.seen.sum()), int(found.apart.sum())
    sentence = f"{seen:,} of {apart:,} rows that can be told apart were in an earlier evaluation of this model."
    method = f"every row compared by {words.count(len(found.columns), 'column')}, in any order; exact"
    check = judge.check(ROWS, ROWS_TITLE, seen / apart, None, sentence, apart, k=seen, method=method)
    if check.verdict != "fail":
        return check, ()
    text = f"{sentence} A model can be fitted to rows it will meet again: send rows that were not evaluated before."
    return check, (flagged(judge, ROWS, "Evaluation rows were used before", text),)


def _error(seen: Rate, fresh: Rate, plan: Plan, judge: Judge) -> Told:
    if min(seen.n, fresh.n) < plan.least_rows:
        reason = f"Fewer than {plan.least_rows} rows with outcome are fresh, or as few were seen before."
        verdict: Verdict = "not_run" if seen.n == 0 else "cannot_tell"
        return judge.silent(ERROR, ERROR_TITLE, verdict, reason), ()
    confidence = judge.suite.confidence
    gap = difference(fresh, seen, confidence)
    sentence = f"Of {of(fresh, confidence)} harm among fresh rows; of {of(seen, confidence)} among those seen before."
    k, n = int(fresh.k), int(fresh.n)
    check = judge.check(
        ERROR, ERROR_TITLE, gap.value, gap.interval, sentence, n, k=k, method=gap.method, confidence=confidence
    )
    if check.verdict != "fail":
        return check, ()
    text = f"{sentence} The model does worse on rows it was not evaluated on before: judge it by the fresh rows."
    return check, (flagged(judge, ERROR, "Performs worse on rows not evaluated before", text),)


CHECK = Registered(
    name="reused",
    section="gaming",
    asks=((ROWS, ROWS_TITLE), (ERROR, ERROR_TITLE)),
    run=run,
    needs=(Need.AUDITED_BEFORE,),
    plan=Plan,
)
