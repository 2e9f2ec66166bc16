"""Whether the model that was handed over answers the rows at all."""

import numpy as np

from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part
from audits.engine.within import Failure

ASKED, TITLE = "model.answers", "Rows that the model leaves without an answer"
RECORDED = "The answers that were recorded are measured instead: nothing here shows that this model gave them."


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    """Every row of the data set was put to the model before any check ran; here it is told how that went."""
    judge, rows = subject.judge, subject.frame.rows
    if subject.failure is not None:
        return _failed(subject, subject.failure)
    if subject.inside is None:
        return Part((judge.silent(ASKED, TITLE, "not_run", Need.MODEL.value),))
    return Part((_check(subject, 0, f"The model answered every one of {rows:,} rows."),))


def _failed(subject: Subject, failure: Failure) -> Part:
    silent = failure.rows - failure.answered
    sentence = f"{failure.sentence} {silent:,} of {failure.rows:,} rows have no answer of the model."
    text = " ".join(word for word in (f"{sentence} ({failure.verdict})", RECORDED, failure.remedy) if word)
    finding = Finding("high", failure.sentence[:200], text, ASKED, failure.verdict)
    return Part((_check(subject, silent, sentence),), findings=(finding,))


def _check(subject: Subject, silent: int, sentence: str) -> Check:
    rows = subject.frame.rows
    return subject.judge.check(ASKED, TITLE, silent, None, sentence, rows, k=silent, method="every row asked")


CHECK = Registered(name="answers", section="model", asks=((ASKED, TITLE),), run=run)
