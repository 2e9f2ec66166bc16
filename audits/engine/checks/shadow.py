"""The person beside the model on the same cases: do they agree, and who is right where they do not?"""

import numpy as np

from audits.engine import words
from audits.engine.bounds import cp_interval
from audits.engine.cases import Cases, cases_build
from audits.engine.comparing import (
    Somewhere,
    by_group,
    compared,
    decided_by,
    error_check,
    pairs_table,
    same_answer,
    two_sided,
    where_table,
)
from audits.engine.frame import Frame
from audits.engine.groups import NOT_STATED, pooled
from audits.engine.paired import Pairs, pairs_of
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge

AGREE, KAPPA, ERRORS, HARM = (f"oversight.{name}" for name in ("agreement", "kappa", "errors", "harmful_errors"))
ASKS = (
    (AGREE, "Agreement of model and person"),
    (KAPPA, "Agreement beyond chance"),
    (ERRORS, "Errors of the model less those of the person"),
    (HARM, "Harmful errors of the model less those of the person"),
)
NAMES = ("the model", "the person")


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    """Agreement, kappa, and the errors of both on the cases that both decided, also by group."""
    judge, frame, model = subject.judge, subject.frame, subject.cases
    if judge.spec.human is None:
        raise AssertionError("the check needs Need.HUMAN")
    person = cases_build(frame, decided_by(frame, judge.spec, judge.spec.human))
    both = compared(model, person, NAMES)
    checks = (
        _agreement(model, person, judge),
        *_kappa(model, person, judge),
        error_check(*ASKS[2], both.wrong, NAMES, "errs in", judge),
        error_check(*ASKS[3], both.harm, NAMES, "errs harmfully in", judge),
    )
    groups = by_group(frame, model, person, NAMES, judge)
    tables = {
        "shadow": pairs_table(both),
        "shadow by group": where_table(groups, judge),
        "agreement by group": _agreement_table(frame, model, person, judge),
    }
    return Part(checks, tables, judge.findings(checks) + _worse(groups, judge))


def _agreement(model: Cases, person: Cases, judge: Judge) -> Check:
    decided = model.decided & person.decided
    same = int((same_answer(model, person, judge.spec) & decided).sum())
    return judge.rate(*ASKS[0], same, int(decided.sum()), "cases that both decided", "are decided alike")


def _kappa(model: Cases, person: Cases, judge: Judge) -> tuple[Check, ...]:
    """Cohen's kappa of yes/no decisions."""
    if not judge.spec.decides:
        return ()
    decided = model.decided & person.decided
    pairs: Pairs = pairs_of(model.positive[decided], person.positive[decided])
    kappa = pairs.kappa if pairs.n else None
    if kappa is None:
        reason = "Both decide all cases alike, so agreement beyond chance has no meaning." if pairs.n else "No case."
        return (judge.silent(*ASKS[1], "cannot_tell", reason, n=pairs.n),)
    confidence, interval = judge.suite.confidence, pairs.kappa_interval(two_sided(judge))
    around = f" ({interval.low:.2f} to {interval.high:.2f})" if interval else " (too few cases for an interval)"
    sentence = f"Kappa is {kappa:.2f}{around}: 0 is the agreement of chance, 1 is always."
    method = f"Fleiss, Cohen and Everitt 1969, two-sided {words.percent(confidence)}" if interval else "point alone"
    return (judge.check(*ASKS[1], kappa, interval, sentence, pairs.n, confidence=confidence, method=method),)


def _agreement_table(frame: Frame, model: Cases, person: Cases, judge: Judge) -> Table:
    """Agreement in each group of each registered attribute, with its exact interval."""
    same, decided = same_answer(model, person, judge.spec), model.decided & person.decided
    rows: list[tuple[object, ...]] = []
    for each in judge.spec.attributes:
        column = frame.column(each.column, "attributes")
        if len(column.groups.names) > judge.suite.most_groups:
            continue
        groups = pooled(column.groups, judge.least_told)
        counts = zip(groups.counts(decided & same), groups.counts(decided), strict=True)
        for name, (k, n) in zip((*groups.names, NOT_STATED), counts, strict=True):
            if n:
                around = cp_interval(k, n, judge.suite.confidence)
                rows.append((each.name, name, n, k, k / n, around.low, around.high))
    return Table(("attribute", "group", "n", "alike", "agreement", "low", "high"), tuple(rows))


def _worse(groups: list[Somewhere], judge: Judge) -> tuple[Finding, ...]:
    """Groups in which the model does more harm than the person, surely."""
    found = []
    for each in groups:
        one, two = each.compared.harm.rates
        if each.harm_p <= judge.suite.holm_level and one.value > two.value:
            text = (
                f"{each.about}: of 100 cases the model errs harmfully in {words.points(one.value)} and the person in "
                f"{words.points(two.value)} ({words.count(int(one.n), 'case')}, p {each.harm_p:.2g} after Holm)."
            )
            title = f"The model does more harm than the person: {each.about}"
            found.append(Finding("medium", title, text, HARM, each.about))
    return tuple(found)


CHECK = Registered(name="shadow", section="oversight", asks=ASKS, run=run, needs=(Need.HUMAN,))
