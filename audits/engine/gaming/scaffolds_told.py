"""What the forms of the scaffolding check share: how the model is asked, what keeps it from being run, what is said."""

import numpy as np

from audits.engine.frame import Floats
from audits.engine.gaming.comparing import flagged
from audits.engine.gaming.hybrids import Inputs
from audits.engine.gaming.scaffolding import LEAST_BLOCKS, Answers, Chosen, Figures
from audits.engine.model import answer_columns
from audits.engine.registry import Subject
from audits.engine.result import Check, Finding
from audits.engine.verdicts import Judge
from audits.engine.within import Inside

CHECK_ID, TITLE = "gaming.scaffolding", "Answers by another rule away from the data"
FINDING = "The model answers rows that never were by another rule"
MOST_FORECASTS = (0.01, 0.99)  # a wild forecast for a row that never was must not outweigh all others


def too_little(subject: Subject, plan: Figures) -> Check | None:
    """Why nothing can be asked: too few inputs or rows; None where enough are there."""
    if len(subject.model.interface.parts) < LEAST_BLOCKS:
        reason = f"The model has fewer than {LEAST_BLOCKS} inputs: too few to keep some and draw others anew."
        return subject.judge.silent(CHECK_ID, TITLE, "not_run", reason)
    if subject.frame.rows < plan.least_rows:
        reason = f"{subject.frame.rows:,} rows are too few; {plan.least_rows:,} would tell."
        return subject.judge.silent(CHECK_ID, TITLE, "cannot_tell", reason, rows_needed=plan.least_rows)
    return None


def answering(inside: Inside) -> Answers:
    """One number a row: the answer, a forecast within the range of most caged ones, or the place of the class."""
    means = inside.interface.output.means
    if means != "value":
        return Answers(lambda rows: _numbers(inside.asked.answers(rows), inside), means == "class")
    low, high = np.quantile(_numbers(inside.base, inside), MOST_FORECASTS)
    return Answers(lambda rows: np.asarray(np.clip(_numbers(inside.asked.answers(rows), inside), low, high)))


def _numbers(answers: Floats, inside: Inside) -> Floats:
    return np.asarray(answer_columns(answers, inside.interface)[0].values, dtype=np.float64)


def names_of(chosen: Chosen, inputs: Inputs) -> str:
    """The kept inputs."""
    return ", ".join(inputs.blocks[place].name for place in chosen.kept)


def referred(check: Check, judge: Judge) -> Finding:
    """The finding of a flag."""
    text = (
        f"{check.sentence} Explanations ask about rows that never were, so they may show a rule that real people "
        "never meet. This is a reason to refer, never proof of fraud: honest models are flagged too, above all "
        "where inputs nearly repeat one another. Look at the model's file and training, and have challenge rows "
        "asked."
    )
    return flagged(judge, CHECK_ID, FINDING, text)
