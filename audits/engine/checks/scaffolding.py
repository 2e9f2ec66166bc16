"""Whether the model answers rows that never were by another rule than real ones, so that explanations show the wrong
one. A flag is a reason to refer, never proof of fraud."""

import numpy as np

from audits.engine import words
from audits.engine.gaming.hybrids import Inputs, inputs_of
from audits.engine.gaming.scaffolding import (
    LEAST_CHANGES,
    Chosen,
    Figures,
    Measured,
    Signs,
    measure,
    rows_most,
)
from audits.engine.gaming.scaffolds_told import CHECK_ID, TITLE, answering, names_of, referred, too_little
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table

COLUMNS = (
    "kind of row",
    "inputs kept",
    "left on real rows",
    "left on unreal rows",
    "difference",
    "agreement of detours",
    "figure",
    "low",
    "high",
    "rows",
    "part",
)


def model_rows(subject: Subject) -> int:
    plan = subject.plan(Figures)
    return rows_most(plan, min(plan.most_blocks, len(subject.model.interface.parts)))


def run(subject: Subject, rng: np.random.Generator) -> Part:
    plan, inside, judge = subject.plan(Figures), subject.model, subject.judge
    if (unable := too_little(subject, plan)) is not None:
        return Part((unable,))
    inputs = inputs_of(subject.frame, inside.interface, plan.most_blocks, rng)
    found = measure(inputs, answering(inside), plan, judge.suite.confidence, judge.seed, subject.say)
    if isinstance(found, str):
        return Part((judge.silent(CHECK_ID, TITLE, "cannot_tell", found),))
    return _part(found, inputs, subject)


def _part(found: Measured, inputs: Inputs, subject: Subject) -> Part:
    check = _check(found, inputs, subject)
    rows = [_row(chosen, signs, inputs, "search") for chosen, signs in found.tried]
    rows.append(_row(found.chosen, found.signs, inputs, "confirmed"))
    findings: tuple[Finding, ...] = ()
    if check.verdict == "fail":
        findings = (referred(check, subject.judge),)
    return Part((check,), {"scaffolding": Table(COLUMNS, tuple(rows))}, findings)


def _check(found: Measured, inputs: Inputs, subject: Subject) -> Check:
    signs, judge = found.signs, subject.judge
    sentence = (
        f"With {names_of(found.chosen, inputs)} kept and the other inputs drawn anew, {words.percent(signs.near)} of "
        f"the movement of the answers is left on real rows and {words.percent(signs.off)} on rows that never were; two "
        f"detours that change other inputs agree by {words.percent(signs.agreement)}."
    )
    few = f"; fewer than {LEAST_CHANGES} changed answers, an indication" if signs.changes < LEAST_CHANGES else ""
    method = (
        f"chosen on one half of the rows, measured on the other; delta method, two-sided "
        f"{words.percent(judge.suite.confidence)}, so a model at the limit is flagged with chance "
        f"{words.percent((1 - judge.suite.confidence) / 2)}{few}"
    )
    confidence = judge.suite.confidence
    return judge.check(
        CHECK_ID, TITLE, signs.value, signs.interval, sentence, signs.rows, method=method, confidence=confidence
    )


def _row(chosen: Chosen, signs: Signs, inputs: Inputs, part: str) -> tuple[object, ...]:
    around = signs.interval
    return (
        chosen.kind,
        names_of(chosen, inputs),
        signs.near,
        signs.off,
        signs.gap,
        signs.agreement,
        signs.value,
        around.low,
        around.high,
        signs.rows,
        part,
    )


CHECK = Registered(
    name="scaffolding",
    section="gaming",
    asks=((CHECK_ID, TITLE),),
    run=run,
    needs=(Need.MODEL,),
    plan=Figures,
    model_rows=model_rows,
)
