"""What is too good to be true: no error at all, outcomes that follow from the order or the name of the rows."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from audits.engine import words
from audits.engine.auc import auc
from audits.engine.bounds import Interval, cp_upper
from audits.engine.frame import Floats, Mask
from audits.engine.gaming.comparing import flagged
from audits.engine.gaming.order import runs_missing
from audits.engine.registry import Registered, Subject
from audits.engine.result import Check, Finding, Part
from core.errors import InputRefused

PERFECT, PERFECT_TITLE = "gaming.perfect", "Rows on which the answer is not the outcome itself"
ORDER, ORDER_TITLE = "gaming.row_order", "Outcomes that follow from the order of the rows"
NAMES, NAMES_TITLE = "gaming.row_names", "Outcomes that follow from the name of the rows"


@dataclass(frozen=True)
class Plan:
    """What an edition files: rows below which flawless answers and sorted outcomes are no surprise."""

    least_rows: int


Told = tuple[Check, tuple[Finding, ...]]


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    plan = subject.plan(Plan)
    told = (_perfect(subject, plan), _order(subject, plan), _names(subject, plan))
    return Part(tuple(check for check, _ in told), findings=tuple(item for _, found in told for item in found))


def _perfect(subject: Subject, plan: Plan) -> Told:
    judge, cases = subject.judge, subject.cases
    if cases.n < plan.least_rows:
        return _few(subject, PERFECT, PERFECT_TITLE, plan)
    differing, what = _differing(subject)
    n = cases.n
    rare = cp_upper(0, n, judge.suite.gamma)
    sentence = f"In {differing:,} of {n:,} audited rows {what}."
    if differing == 0:
        sentence += f" So flawless a row of answers needs an error rate below {words.percent(rare, 2)}."
    check = judge.check(PERFECT, PERFECT_TITLE, differing, None, sentence, n, k=differing, method="every row compared")
    if check.verdict != "fail":
        return check, ()
    text = f"{sentence} Look first for the outcome among the inputs, or answers made after the outcome was known."
    return check, (flagged(judge, PERFECT, "Every answer is the outcome itself", text),)


def _differing(subject: Subject) -> tuple[int, str]:
    """Audited rows whose answer is not the outcome: probability or forecast to the last digit, decision, or class."""
    cases = subject.cases
    if cases.forecast is not None:
        unequal: Mask = cases.forecast.truth != cases.forecast.predicted
        return int((unequal & cases.audited).sum()), "the forecast is not the outcome to the last digit"
    return int((cases.wrong & cases.audited).sum()), "the decision is not the outcome"


def _order(subject: Subject, plan: Plan) -> Told:
    judge, cases = subject.judge, subject.cases
    if not judge.spec.decides:
        return judge.silent(ORDER, ORDER_TITLE, "not_run", "Only yes/no outcomes are looked at in their order."), ()
    if cases.n < plan.least_rows:
        return _few(subject, ORDER, ORDER_TITLE, plan)
    z = float(stats.norm.ppf(1 - (1 - judge.suite.confidence) / 2))
    found = runs_missing(cases.event[cases.audited], z)
    if found is None:
        return judge.silent(ORDER, ORDER_TITLE, "cannot_tell", "One of the outcomes has fewer than two rows."), ()
    sentence = (
        f"The outcomes change {found.runs - 1:,} times from row to row; in random order they would change about "
        f"{found.expected - 1:,.0f} times."
    )
    if _dated_in_order(subject):
        reason = f"{sentence} The rows stand in the order of their times, so that may be what the time brought."
        return judge.silent(ORDER, ORDER_TITLE, "cannot_tell", reason, n=cases.n), ()
    method = f"runs test, Wald and Wolfowitz 1940, two-sided {words.percent(judge.suite.confidence)}"
    confidence = judge.suite.confidence
    check = judge.check(
        ORDER, ORDER_TITLE, found.value, found.interval, sentence, cases.n, method=method, confidence=confidence
    )
    if check.verdict != "fail":
        return check, ()
    text = (
        f"{sentence} Rows sorted by outcome, or by something close to it, give it away to whatever sees their order. "
        "Send them as they arose."
    )
    return check, (flagged(judge, ORDER, "Outcomes follow the order of the rows", text),)


def _dated_in_order(subject: Subject) -> bool:
    """True where the rows stand in the order of their registered times: one who sorts by outcome breaks it."""
    drift = subject.judge.spec.drift
    if drift is None:
        return False
    try:
        times = subject.frame.column(drift.timestamp, "drift.timestamp").times()[subject.cases.audited]
    except InputRefused:
        return False
    times = times[~np.isnat(times)]
    return len(times) > 1 and bool((times[1:] >= times[:-1]).all()) and bool(times[0] < times[-1])


def _names(subject: Subject, plan: Plan) -> Told:
    judge, cases, name = subject.judge, subject.cases, subject.judge.spec.row_id
    if name is None or not judge.spec.decides:
        return judge.silent(NAMES, NAMES_TITLE, "not_run", "No column that names the rows of a yes/no task."), ()
    if cases.n < plan.least_rows:
        return _few(subject, NAMES, NAMES_TITLE, plan)
    numbers = _numbers(subject, name)
    if numbers is None:
        return judge.silent(NAMES, NAMES_TITLE, "not_run", f"The names in {name!r} are no numbers."), ()
    found = auc(numbers[cases.audited], cases.event[cases.audited])
    if found is None:
        return judge.silent(NAMES, NAMES_TITLE, "cannot_tell", "One of the outcomes has fewer than two rows."), ()
    around, value = found.prudent(judge.suite.confidence), found.value
    if value < 0.5:
        around, value = Interval(1 - around.high, 1 - around.low), 1 - value
    sentence = (
        f"Of 100 pairs of a row with the event and one without, their names in {name!r} order {100 * value:.0f} alike; "
        "names that mean nothing order 50."
    )
    method = f"AUC of the name, DeLong and Newcombe, two-sided {words.percent(judge.suite.confidence)}"
    confidence = judge.suite.confidence
    check = judge.check(NAMES, NAMES_TITLE, value, around, sentence, cases.n, method=method, confidence=confidence)
    used = subject.interface is not None and name in subject.interface.columns
    if check.verdict != "fail" and not used:
        return check, ()
    text = f"{sentence} Rows named after their outcome give it away" + (
        ", and the model is given the names." if used else "."
    )
    return check, (flagged(judge, NAMES, "The rows' names tell or may tell the outcome", text),)


def _numbers(subject: Subject, name: str) -> Floats | None:
    try:
        numbers = subject.frame.column(name, "row_id").numbers()
    except InputRefused:
        return None
    return None if np.isnan(numbers[subject.cases.audited]).any() else numbers


def _few(subject: Subject, check_id: str, title: str, plan: Plan) -> Told:
    reason = f"{words.count(subject.cases.n, 'audited row')} are too few; {plan.least_rows:,} would tell."
    return subject.judge.silent(check_id, title, "cannot_tell", reason, rows_needed=plan.least_rows), ()


CHECK = Registered(
    name="too_good",
    section="gaming",
    asks=((PERFECT, PERFECT_TITLE), (ORDER, ORDER_TITLE), (NAMES, NAMES_TITLE)),
    run=run,
    plan=Plan,
)
