"""The model on rows that the insurer holds: as good as on the customer's own, and blind to what was planted?"""

from dataclasses import dataclass

import numpy as np

from audits.engine import words
from audits.engine.bounds import Rate
from audits.engine.gaming.challenges import CANARY, Challenge, challenge_rates, planted_test, rate_of
from audits.engine.gaming.comparing import RATE_COLUMNS, difference, flagged, of, rate_row
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge
from core.errors import InputRefused

ERROR, ERROR_TITLE = "gaming.challenge_error", "More harmful errors on the insurer's rows than on the customer's"
CANARIES, CANARIES_TITLE = "gaming.canaries", "Planted labels that the model gives"

UNREADABLE = "The planted rows cannot be read by the specification. Ask the insurer, who holds them."


@dataclass(frozen=True)
class Plan:
    """What an edition files: fewer rows than `least_rows` are not told of; `chance_confidence` is that of the bound of
    the rate at which a planted label is given unseen."""

    least_rows: int
    chance_confidence: float


def model_rows(subject: Subject) -> int:
    return subject.beside["challenge"].rows


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    plan, judge = subject.plan(Plan), subject.judge
    subject.say("challenge: answers")
    found = _found(subject)
    own = Rate(subject.cases.k, subject.cases.n)
    parts = [
        _error(found, own, plan, judge),
        _canaries(found, rate_of(subject.cases.wrong, subject.cases), plan, judge),
    ]
    told = [("customer's rows", own), ("insurer's rows", found.harm), ("planted rows", found.planted)]
    rows = tuple(rate_row(name, rate, judge.suite.confidence) for name, rate in told if rate.n >= plan.least_rows)
    tables = {"challenge": Table(RATE_COLUMNS, rows)}
    return Part(tuple(check for check, _ in parts), tables, tuple(item for _, found in parts for item in found))


def _found(subject: Subject) -> Challenge:
    """What the challenge rows show. They are the insurer's, whoever sent the audited ones: what refuses them, be it a
    label, an input or the model's own words, may quote a cell, so nothing of it is passed on but the names of columns
    that the registration names and they lack."""
    rows, spec = subject.beside["challenge"], subject.judge.spec
    lacking = sorted({spec.label, *subject.model.interface.columns} - set(rows.columns))
    if lacking:
        raise _kept(f"The challenge rows lack columns that the registration names: {', '.join(lacking[:10])}.")
    try:
        found = challenge_rates(rows, subject.model.asked, spec)
    except InputRefused as error:
        if getattr(error, "verdict", None) is not None:
            raise _kept("The model failed on the challenge rows.") from None
        raise _kept("The challenge rows could not be put to the model or not be read by the specification.") from None
    return found if found.unreadable is None else found._replace(unreadable=UNREADABLE)


def _kept(message: str) -> InputRefused:
    return InputRefused(message, field="challenge", remedy="Ask the insurer, who holds the rows.")


Told = tuple[Check, tuple[Finding, ...]]


def _error(found: Challenge, own: Rate, plan: Plan, judge: Judge) -> Told:
    if found.harm.n < plan.least_rows:
        reason = f"Fewer than {plan.least_rows} challenge rows have an outcome."
        return judge.silent(ERROR, ERROR_TITLE, "cannot_tell", reason, rows_needed=plan.least_rows), ()
    confidence = judge.suite.confidence
    gap = difference(found.harm, own, confidence)
    sentence = (
        f"Of {of(found.harm, confidence)} harm on the insurer's side; of {of(own, confidence)} on the customer's."
    )
    k, n = int(found.harm.k), int(found.harm.n)
    check = judge.check(
        ERROR, ERROR_TITLE, gap.value, gap.interval, sentence, n, k=k, method=gap.method, confidence=confidence
    )
    if check.verdict != "fail":
        return check, ()
    text = (
        f"{sentence} The model performs worse where the customer could not prepare. Either the two sets hold other "
        "cases, or the customer's rows flatter the model: compare how both were drawn."
    )
    return check, (flagged(judge, ERROR, "Performs worse where the customer could not prepare", text),)


def _canaries(found: Challenge, own_wrong: Rate, plan: Plan, judge: Judge) -> Told:
    planted, limit = found.planted, judge.limit(CANARIES)
    if found.unreadable is not None:
        return judge.silent(CANARIES, CANARIES_TITLE, "cannot_tell", found.unreadable), ()
    if planted.n == 0:
        reason = f"The challenge rows have no planted one (column {CANARY!r} equal to 1)."
        return judge.silent(CANARIES, CANARIES_TITLE, "not_run", reason), ()
    level = 0.0 if limit is None else limit.value
    test = planted_test(planted, (found.wrong, own_wrong), level, plan.chance_confidence)
    if test.least_p >= level:
        reason = (
            f"{words.count(int(planted.n), 'planted row')} cannot tell: even if all were given, chance could do it."
        )
        return judge.silent(CANARIES, CANARIES_TITLE, "cannot_tell", reason, rows_needed=test.rows_needed), ()
    sentence = (
        f"The model gives {int(planted.k):,} of {int(planted.n):,} planted labels; by its errors elsewhere it would "
        f"give at most {words.percent(test.chance, 1)} of them, and as many by chance with probability {test.p:.2g}."
    )
    method = f"exact binomial against the upper {words.percent(plan.chance_confidence)} bound of its errors; value is p"
    check = judge.check(
        CANARIES, CANARIES_TITLE, test.p, None, sentence, int(planted.n), k=int(planted.k), method=method
    )
    if check.verdict != "fail":
        return check, ()
    text = (
        f"{sentence} A model gives wrong labels that were planted only if it has learnt them: ask how the insurer's "
        "rows reached its training. A reason to refer, never proof of fraud."
    )
    return check, (flagged(judge, CANARIES, "The model knows labels that were planted", text),)


CHECK = Registered(
    name="challenge",
    section="gaming",
    asks=((ERROR, ERROR_TITLE), (CANARIES, CANARIES_TITLE)),
    run=run,
    needs=(Need.MODEL, Need.CHALLENGE),
    plan=Plan,
    model_rows=model_rows,
)
