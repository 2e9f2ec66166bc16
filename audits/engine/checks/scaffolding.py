"""Whether the model answers rows that never were by another rule than real ones, so that explanations show the wrong
one. A flag is a reason to refer, never proof of fraud."""

import numpy as np

from audits.engine import words
from audits.engine.frame import Floats
from audits.engine.gaming.comparing import flagged
from audits.engine.gaming.hybrids import Inputs, inputs_of
from audits.engine.gaming.scaffolding import (
    LEAST_BLOCKS,
    LEAST_CHANGES,
    Answers,
    Chosen,
    Figures,
    Measured,
    Signs,
    measure,
    rows_most,
)
from audits.engine.model import answer_columns
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.within import Inside

CHECK_ID, TITLE = "gaming.scaffolding", "Answers by another rule away from the data"
FINDING = "The model answers rows that never were by another rule"
MOST_FORECASTS = (0.01, 0.99)  # a wild forecast for a row that never was must not outweigh all others
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
    if len(inside.interface.parts) < LEAST_BLOCKS:
        reason = f"The model has fewer than {LEAST_BLOCKS} inputs: too few to keep some and draw others anew."
        return Part((judge.silent(CHECK_ID, TITLE, "not_run", reason),))
    if subject.frame.rows < plan.least_rows:
        reason = f"{subject.frame.rows:,} rows are too few; {plan.least_rows:,} would tell."
        return Part((judge.silent(CHECK_ID, TITLE, "cannot_tell", reason, rows_needed=plan.least_rows),))
    inputs = inputs_of(subject.frame, inside.interface, plan.most_blocks, rng)
    found = measure(inputs, _answering(inside), plan, judge.suite.confidence, judge.seed, subject.say)
    if isinstance(found, str):
        return Part((judge.silent(CHECK_ID, TITLE, "cannot_tell", found),))
    return _part(found, inputs, subject)


def _answering(inside: Inside) -> Answers:
    """One number a row: the answer, a forecast within the range of most caged ones, or the place of the class."""
    means = inside.interface.output.means
    if means != "value":
        return Answers(lambda rows: _numbers(inside.asked.answers(rows), inside), means == "class")
    low, high = np.quantile(_numbers(inside.base, inside), MOST_FORECASTS)
    return Answers(lambda rows: np.asarray(np.clip(_numbers(inside.asked.answers(rows), inside), low, high)))


def _numbers(answers: Floats, inside: Inside) -> Floats:
    return np.asarray(answer_columns(answers, inside.interface)[0].values, dtype=np.float64)


def _part(found: Measured, inputs: Inputs, subject: Subject) -> Part:
    check = _check(found, inputs, subject)
    rows = [_row(chosen, signs, inputs, "search") for chosen, signs in found.tried]
    rows.append(_row(found.chosen, found.signs, inputs, "confirmed"))
    findings: tuple[Finding, ...] = ()
    if check.verdict == "fail":
        text = (
            f"{check.sentence} Explanations ask about rows that never were, so they may show a rule that real people "
            "never meet. This is a reason to refer, never proof of fraud: honest models are flagged too, above all "
            "where inputs nearly repeat one another. Look at the model's file and training, and have challenge rows "
            "asked."
        )
        findings = (flagged(subject.judge, CHECK_ID, FINDING, text),)
    return Part((check,), {"scaffolding": Table(COLUMNS, tuple(rows))}, findings)


def _check(found: Measured, inputs: Inputs, subject: Subject) -> Check:
    signs, judge = found.signs, subject.judge
    sentence = (
        f"With {_names(found.chosen, inputs)} kept and the other inputs drawn anew, {words.percent(signs.near)} of the "
        f"movement of the answers is left on real rows and {words.percent(signs.off)} on rows that never were; two "
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


def _names(chosen: Chosen, inputs: Inputs) -> str:
    return ", ".join(inputs.blocks[place].name for place in chosen.kept)


def _row(chosen: Chosen, signs: Signs, inputs: Inputs, part: str) -> tuple[object, ...]:
    around = signs.interval
    return (
        chosen.kind,
        _names(chosen, inputs),
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
