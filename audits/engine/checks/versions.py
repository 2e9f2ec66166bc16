"""This version beside an earlier one on the same rows: which errs more, for whom it got worse, what changed.

A quantised model beside its original is the same question: how far the scores moved, and which decisions flipped.
"""

import numpy as np

from audits.engine import words
from audits.engine.bounds import holm
from audits.engine.cases import Cases, cases_build
from audits.engine.comparing import (
    Compared,
    Somewhere,
    by_group,
    compared,
    error_check,
    pairs_table,
    same_answer,
    two_sided,
    where_table,
)
from audits.engine.frame import Floats, Frame
from audits.engine.joining import Joined, joined
from audits.engine.paired import Pairs, areas
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.spec import AuditSpec
from audits.engine.verdicts import Judge

ERRORS, HARM, AUC, CHURN, SCORES = (
    f"versions.{name}" for name in ("errors", "harmful_errors", "auc", "churn", "score_change")
)
ASKS = (
    (ERRORS, "Errors of this version less those of the earlier"),
    (HARM, "Harmful errors of this version less those of the earlier"),
    (AUC, "AUC of this version less that of the earlier"),
    (CHURN, "Decisions that changed"),
    (SCORES, "Largest change of a score"),
)
NAMES = ("this version", "the earlier version")


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    """Paired comparisons on the rows that both versions answered, by slice and attribute too."""
    judge = subject.judge
    rows = joined(subject.frame, subject.beside["earlier"], judge.spec)
    now, then = cases_build(rows.now, rows.spec), cases_build(rows.then, rows.spec)
    both = compared(now, then, NAMES)
    groups = by_group(rows.now, now, then, NAMES, judge)
    moved, scores = _scores(rows, now, then, judge)
    checks = (
        error_check(*ASKS[0], both.wrong, NAMES, "errs in", judge),
        error_check(*ASKS[1], both.harm, NAMES, "errs harmfully in", judge),
        *_auc(now, then, judge),
        _churn(now, then, rows.spec, judge),
        *moved,
    )
    tables = {
        "joined": Table(("what", "rows"), tuple(rows.counts.items())),
        "paired": pairs_table(both),
        "by group": where_table(groups, judge),
        "scores": scores,
        "changed": _changed(now, then, rows.spec),
    }
    findings = (*judge.findings(checks), *_worse(both, judge), *_worse_for(groups, judge), *_odd_rows(rows))
    return Part(checks, tables, findings)


def _auc(now: Cases, then: Cases, judge: Judge) -> tuple[Check, ...]:
    """DeLong's paired difference of the AUCs, where both versions rank."""
    if now.score is None or then.score is None:
        return ()
    scored = now.audited & then.audited & np.isfinite(now.score) & np.isfinite(then.score)
    found = areas(now.score[scored], then.score[scored], now.event[scored])
    if found is None:
        reason = "Fewer than two scored cases of one outcome, so rankings cannot be compared."
        return (judge.silent(*ASKS[2], "cannot_tell", reason, n=int(scored.sum())),)
    confidence = judge.suite.confidence
    interval = found.interval(two_sided(judge)) if min(_outcomes(now, scored)) >= LEAST_OUTCOMES else None
    around = f" ({interval.low:+.4f} to {interval.high:+.4f}, p {found.p:.2g})" if interval else ""
    sentence = (
        f"The AUC is {found.first:.4f} for {NAMES[0]} and {found.second:.4f} for {NAMES[1]}: "
        f"{found.first - found.second:+.4f}{around}."
    )
    method = (
        f"DeLong paired, two-sided {words.percent(confidence)}" if interval else "point alone: too few or no change"
    )
    return (
        judge.check(
            *ASKS[2],
            found.first - found.second,
            interval,
            sentence,
            found.n,
            confidence=confidence,
            method=method,
        ),
    )


LEAST_OUTCOMES = 30  # cases of either outcome below which no normal interval of an AUC is given


def _outcomes(cases: Cases, scored: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[int, int]:
    events = int(cases.event[scored].sum())
    return events, int(scored.sum()) - events


def _churn(now: Cases, then: Cases, spec: AuditSpec, judge: Judge) -> Check:
    decided = now.decided & then.decided
    other = int((decided & ~same_answer(now, then, spec)).sum())
    return judge.rate(*ASKS[3], other, int(decided.sum()), "cases that both versions decided", "are decided otherwise")


def _scores(rows: Joined, now: Cases, then: Cases, judge: Judge) -> tuple[tuple[Check, ...], Table]:
    """How far each column of numbers that both versions answer has moved."""
    told: list[tuple[object, ...]] = []
    largest: tuple[float, int, str] | None = None
    for name in _number_columns(rows.spec):
        moved = _moved(rows.now, rows.then, name)
        if len(moved) == 0:
            continue
        mean, most = float(np.sort(moved).mean()), float(moved.max())
        told.append((name, len(moved), most, mean, float(np.quantile(moved, 0.99)), int((moved > 0).sum())))
        largest = largest or (most, len(moved), name)
    table = Table(
        ("column", "n", "largest change", "mean change", "99 % of changes up to", "rows changed"), tuple(told)
    )
    if largest is None:
        return (), table
    most, n, name = largest
    sentence = f"{name} moves by {most:.3g} at most and {told[0][3]:.3g} on average over {words.count(n, 'row')}."
    return (judge.check(*ASKS[4], most, None, sentence, n, subject=name),), table


def _number_columns(spec: AuditSpec) -> list[str]:
    answer = spec.decision.column if spec.task == "regression" else None
    return [name for name in dict.fromkeys([spec.score, spec.probability, answer]) if name is not None]


def _moved(now: Frame, then: Frame, name: str) -> Floats:
    change = np.abs(now.column(name, "score").numbers() - then.column(name, "score").numbers())
    return change[np.isfinite(change)]


def _changed(now: Cases, then: Cases, spec: AuditSpec) -> Table:
    """Yes/no decisions of the earlier version against those of this one, by outcome."""
    if not spec.decides:
        return Table(("outcome", "n"), ())
    known, decided = now.audited & then.audited, now.decided & then.decided
    outcomes = {"event": known & now.event, "no event": known & ~now.event, "no outcome": decided & ~known}
    rows = []
    for name, where in outcomes.items():
        a, b = now.positive[where], then.positive[where]
        rows.append((name, int(where.sum()), int((a & ~b).sum()), int((~a & b).sum())))
    return Table(("outcome", "n", "became positive", "became negative"), tuple(rows))


def _worse(both: Compared, judge: Judge) -> tuple[Finding, ...]:
    """Errors that rose, by Holm over all errors and harmful ones."""
    named: tuple[tuple[str, str, str, Pairs], ...] = (
        ("medium", "This version errs more often than the earlier", ERRORS, both.wrong),
        ("high", "This version does more harm than the earlier", HARM, both.harm),
    )
    adjusted = holm([pairs.p for *_, pairs in named])
    found = []
    for (severity, title, check, pairs), p in zip(named, adjusted, strict=True):
        if p <= judge.suite.holm_level and pairs.first > pairs.second:
            text = (
                f"{pairs.first:,} of {pairs.n:,} cases became worse and {pairs.second:,} better (p {p:.2g} after Holm)."
            )
            found.append(Finding("high" if severity == "high" else "medium", title, text, check))
    return tuple(found)


def _worse_for(groups: list[Somewhere], judge: Judge) -> tuple[Finding, ...]:
    """Groups for which harmful errors rose, by Holm over all groups."""
    found = []
    for each in groups:
        pairs = each.compared.harm
        if each.harm_p <= judge.suite.holm_level and pairs.first > pairs.second:
            text = (
                f"{each.about}: {pairs.first:,} of {pairs.n:,} cases became harmful errors and {pairs.second:,} were "
                f"mended (p {each.harm_p:.2g} after Holm over all groups)."
            )
            found.append(Finding("medium", f"This version does more harm: {each.about}", text, HARM, each.about))
    return tuple(found)


def _odd_rows(rows: Joined) -> tuple[Finding, ...]:
    """Rows whose names do not name one row, and rows of one file alone."""
    found = []
    unnamed = sum(count for what, count in rows.counts.items() if "name" in what)
    alone = sum(count for what, count in rows.counts.items() if "only" in what)
    if unnamed:
        text = f"{words.count(unnamed, 'row')} have no name or one used more than once; they are compared with nothing."
        found.append(Finding("medium", "Rows are not named once each", text, CHURN))
    if alone:
        text = f"{words.count(alone, 'row')} stand in one of the two files alone; the comparison leaves them out."
        found.append(Finding("low", "Rows are in one version's answers only", text, CHURN))
    return tuple(found)


CHECK = Registered(
    name="versions",
    section="versions",
    asks=ASKS,
    run=run,
    needs=(Need.EARLIER, Need.ROW_IDS),
)
