"""Were answers recorded for some rows and left out for others? With the model itself, what was left out is known."""

import numpy as np

from audits.engine.bounds import Rate
from audits.engine.frame import Mask
from audits.engine.gaming.challenges import rate_of
from audits.engine.gaming.comparing import RATE_COLUMNS, flagged, of, rate_row
from audits.engine.gaming.missing import missing_test
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part, Table

CHECK_ID, TITLE = "gaming.recorded_selectively", "Recorded answers missing where the rows are different"


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    judge = subject.judge
    sides = _with_model(subject) if subject.inside is not None else _without(subject)
    if isinstance(sides, str):
        return Part((judge.silent(CHECK_ID, TITLE, "not_run", sides),))
    missing, present, what = sides
    if min(missing.n, present.n) == 0:
        reason = (
            "No answer is missing among the rows with outcome."
            if missing.n == 0
            else "No recorded answer has an outcome."
        )
        return Part((judge.silent(CHECK_ID, TITLE, "not_run", reason),))
    confidence = judge.suite.confidence
    told = (("no answer recorded", missing), ("answer recorded", present))
    rows = tuple(rate_row(name, rate, confidence) for name, rate in told if rate.n >= judge.least_told)
    tables = {"recorded": Table(RATE_COLUMNS, rows)}
    test, limit = missing_test(missing, present), judge.limit(CHECK_ID)
    if limit is not None and test.least_p >= limit.value:
        reason = f"{int(missing.n):,} rows without a recorded answer are too few to differ beyond chance."
        return Part((judge.silent(CHECK_ID, TITLE, "cannot_tell", reason),), tables)
    sentence = (
        f"Of {of(missing, confidence)} without a recorded answer {what}; of {of(present, confidence)} with one. "
        f"So large a difference comes by chance with probability {test.p:.2g}."
    )
    check = judge.check(
        CHECK_ID, TITLE, test.p, None, sentence, int(missing.n), k=int(missing.k), method="Fisher exact; value is p"
    )
    if check.verdict != "fail":
        return Part((check,), tables)
    text = f"{sentence} What was recorded is no fair part of the rows: ask how answers came to be left out."
    return Part((check,), tables, (flagged(judge, CHECK_ID, "Answers were recorded selectively", text),))


Sides = tuple[Rate, Rate, str]


def _with_model(subject: Subject) -> Sides | str:
    """Errors of the caged answers, by whether the data set recorded an answer."""
    name, recorded = subject.model.interface.output.column, subject.model.frame.columns
    if name not in recorded or recorded[name].absent.all():
        return f"The data set records no answers in {name}."
    gone: Mask = recorded[name].absent
    wrong, cases = subject.cases.wrong, subject.cases
    return rate_of(wrong, cases, gone), rate_of(wrong, cases, ~gone), "are answered wrongly"


def _without(subject: Subject) -> Sides | str:
    """Outcomes, by whether a decision was recorded: errors are not known where it was not."""
    if not subject.judge.spec.decides:
        return "Without the model, only yes/no outcomes can be compared by whether an answer was recorded."
    labelled = ~subject.frame.columns[subject.judge.spec.label].absent
    sides = (labelled & ~subject.cases.decided, labelled & subject.cases.decided)
    missing, present = (Rate(int((subject.cases.event & side).sum()), int(side.sum())) for side in sides)
    return missing, present, "show the event"


CHECK = Registered(name="recorded", section="gaming", asks=((CHECK_ID, TITLE),), run=run)
