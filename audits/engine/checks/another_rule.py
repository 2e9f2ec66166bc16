"""Whether the model answers rows that never were by another rule than real ones, measured twice (the fifth form; the
third, `scaffolding`, stays for the editions that list it). A flag is a reason to refer, never proof of fraud."""

import numpy as np

from audits.engine import words
from audits.engine.gaming.another_rule import Told, Twice, effective, measure, rows_most
from audits.engine.gaming.hybrids import Inputs, inputs_of
from audits.engine.gaming.scaffolding import LEAST_CHANGES, Chosen, Signs
from audits.engine.gaming.scaffolds_told import CHECK_ID, TITLE, answering, names_of, referred, too_little
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table

COLUMNS = (
    "measurement",
    "kind of row",
    "inputs kept",
    "left on real rows",
    "left on unreal rows",
    "difference",
    "agreement of detours",
    "lesser sign",
    "low",
    "high",
    "rows",
)


def model_rows(subject: Subject) -> int:
    plan = subject.plan(Twice)
    return rows_most(plan, min(plan.most_blocks, len(subject.model.interface.parts)))


def run(subject: Subject, rng: np.random.Generator) -> Part:
    plan, judge = subject.plan(Twice), subject.judge
    if (unable := too_little(subject, plan)) is not None:
        return Part((unable,))
    inputs = inputs_of(subject.frame, subject.model.interface, plan.most_blocks, rng)
    answers = answering(subject.model)
    found = measure(inputs, answers, plan, judge.suite.confidence, judge.seed, subject.say)
    if isinstance(found, str):
        return Part((judge.silent(CHECK_ID, TITLE, "cannot_tell", found),))
    rows = [
        _row(turn + 1, chosen, signs, inputs)
        for turn, kinds in enumerate(found.found)
        for chosen, signs in kinds.values()
    ]
    check = _check(found, inputs, plan, subject)
    findings: tuple[Finding, ...] = (referred(check, judge),) if check.verdict == "fail" else ()
    return Part((check,), {"scaffolding": Table(COLUMNS, tuple(rows))}, findings)


def _check(found: Told, inputs: Inputs, plan: Twice, subject: Subject) -> Check:
    judge, independent = subject.judge, effective(inputs)
    chosen, signs = found.leading
    figure = f"{found.value:.2f} ({found.interval.low:.2f} to {found.interval.high:.2f})"
    sentence = (
        f"The figure is {figure} of {plan.measurements} measurements. With {names_of(chosen, inputs)} kept and the "
        f"other inputs drawn anew, {words.percent(signs.near)} of the movement of the answers is left on real rows and "
        f"{words.percent(signs.off)} on rows that never were; two detours that change other inputs agree by "
        f"{words.percent(signs.agreement)}."
    )
    if independent < plan.least_effective and found.interval.low <= plan.few_limit:
        reason = (
            f"{sentence} The inputs hold only {independent:.1f} independent things, so every row that never was is far "
            f"off, and honest models answer there by another rule too: up to {plan.few_limit:g} nothing is said."
        )
        return judge.silent(CHECK_ID, TITLE, "cannot_tell", reason, n=found.rows)
    few = f"; fewer than {LEAST_CHANGES} changed answers, an indication" if found.changes < LEAST_CHANGES else ""
    method = (
        "approximate: the least sign of each kind of rows and the agreement of detours, put together as filed; chosen "
        "on one half of the rows, measured on the other; ends of the signs at "
        f"{words.percent(judge.suite.confidence)}{few}"
    )
    return judge.check(
        CHECK_ID,
        TITLE,
        found.value,
        found.interval,
        sentence,
        found.rows,
        method=method,
        confidence=judge.suite.confidence,
    )


def _row(turn: int, chosen: Chosen, signs: Signs, inputs: Inputs) -> tuple[object, ...]:
    around = signs.interval
    return (
        turn,
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
    )


CHECK = Registered(
    name="another_rule",
    section="gaming",
    asks=((CHECK_ID, TITLE),),
    run=run,
    needs=(Need.MODEL,),
    plan=Twice,
    model_rows=model_rows,
)
