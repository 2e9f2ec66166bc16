"""Do the people who watch the model catch its errors? Measured by errors planted among their cases."""

from dataclasses import dataclass, replace

import numpy as np

from audits.engine import words
from audits.engine.bounds import cp_interval, cp_lower
from audits.engine.groups import NOT_STATED, pooled
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Dimension, Finding, Part, Table
from audits.engine.reviewing import Reviews, reviews_read, six_down
from audits.engine.verdicts import Judge

CATCH, FALSE = "oversight.catch_rate", "oversight.false_alarms"
ASKS = ((CATCH, "Seeded errors that reviewers catch"), (FALSE, "Sound cases that reviewers call wrong"))
COLUMNS = (
    *("reviewer", "seeded", "caught", "catch rate", "lower bound", "low", "high"),
    *("sound cases", "false alarms", "false-alarm rate", "false low", "false high"),
)


@dataclass(frozen=True)
class Plan:
    """Fewest seeded cases of which a catch rate may be told."""

    least_seeded: int


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    """The catch rate with its prudent lower bound (the priced one), false alarms, and both by reviewer."""
    judge, plan = subject.judge, subject.plan(Plan)
    reviews = reviews_read(subject.beside["reviews"])
    n, k = int(reviews.seeded.sum()), int((reviews.seeded & reviews.caught).sum())
    checks = (_catch(k, n, plan, judge), _false(reviews, judge))
    tables = {"reviewers": _reviewers(reviews, judge), "reviews": _counts(reviews, n)}
    return Part(checks, tables, judge.findings(checks) + _odd(reviews), {"oversight": _dimension(k, n, plan, judge)})


def _dimension(k: int, n: int, plan: Plan, judge: Judge) -> Dimension:
    """k caught of n seeded with the lower bound `l` at the suite's gamma; figures rounded down."""
    gamma = judge.suite.gamma
    if n < plan.least_seeded:
        return Dimension("cannot_tell", _few(n, plan), {"k": k, "n": n})
    figures = {"k": k, "n": n, "point": six_down(k / n), "l": six_down(cp_lower(k, n, gamma)), "gamma": f"{gamma:.2f}"}
    return Dimension("measured", None, figures)


def _few(n: int, plan: Plan) -> str:
    return f"{words.count(n, 'seeded case')} reviewed; a catch rate needs {plan.least_seeded}."


def _catch(k: int, n: int, plan: Plan, judge: Judge) -> Check:
    if n < plan.least_seeded:
        made = judge.silent(*ASKS[0], "cannot_tell", _few(n, plan), n=n, k=k)
        return replace(made, rows_needed=plan.least_seeded)
    found = judge.rate(*ASKS[0], k, n, "seeded errors", "are caught by the reviewers")
    prudent = cp_lower(k, n, judge.suite.gamma) * 100
    told = f" With prudence at least {prudent:.1f} of 100 (one-sided {words.percent(judge.suite.gamma)})."
    return replace(found, sentence=found.sentence + told)


def _false(reviews: Reviews, judge: Judge) -> Check:
    sound = ~reviews.seeded
    k = int((sound & reviews.caught).sum())
    return judge.rate(*ASKS[1], k, int(sound.sum()), "cases without a seeded error", "are called wrong")


def _reviewers(reviews: Reviews, judge: Judge) -> Table:
    """Every reviewer, those of fewest cases as one where there are too many for a table."""
    groups, most = reviews.reviewer, judge.suite.most_groups
    sizes = np.sort(np.bincount(groups.codes[groups.codes >= 0], minlength=len(groups.names)))[::-1]
    least = judge.least_told if len(sizes) <= most else max(judge.least_told, int(sizes[most - 1]) + 1)
    groups = pooled(groups, least) if len(sizes) else groups
    masks = (reviews.seeded, reviews.seeded & reviews.caught, ~reviews.seeded, ~reviews.seeded & reviews.caught)
    counts = zip(*(groups.counts(mask) for mask in masks), strict=True)
    named = zip((*groups.names, NOT_STATED), counts, strict=True)
    return Table(COLUMNS, tuple(_row(name, four, judge) for name, four in named if any(four)))


def _row(name: str, counts: tuple[int, ...], judge: Judge) -> tuple[object, ...]:
    (seeded, caught, sound, false), confidence = counts, judge.suite.confidence
    catch = cp_interval(caught, seeded, confidence) if seeded else None
    wrong = cp_interval(false, sound, confidence) if sound else None
    lower = cp_lower(caught, seeded, judge.suite.gamma) if seeded else None
    return (
        *(name, seeded, caught, caught / seeded if seeded else None, lower, catch and catch.low, catch and catch.high),
        *(sound, false, false / sound if sound else None, wrong and wrong.low, wrong and wrong.high),
    )


def _counts(reviews: Reviews, seeded: int) -> Table:
    rows = (
        ("reviews", len(reviews.seeded)),
        ("cases", reviews.cases),
        ("of seeded errors", seeded),
        ("seeded errors without an answer, taken as not caught", reviews.silent),
        ("rows of the same case and reviewer, taken as one review", reviews.repeated),
        ("rows left out: seeded or caught is neither 0 nor 1", reviews.unread),
    )
    return Table(("what", "count"), rows)


def _odd(reviews: Reviews) -> tuple[Finding, ...]:
    """What the test's own rows leave open."""
    found = []
    if reviews.repeated:
        repeated = words.count(reviews.repeated, "row")
        text = f"{repeated} repeat a case and reviewer; a case counts as caught only if all of them say so."
        found.append(Finding("low", "Reviews are listed more than once", text, CATCH))
    if reviews.unread or reviews.silent:
        text = (
            f"{words.count(reviews.unread, 'row')} left out because seeded or caught is neither 0 nor 1; "
            f"{words.count(reviews.silent, 'seeded error')} without an answer taken as not caught."
        )
        found.append(Finding("low", "Reviews without an answer", text, CATCH))
    return tuple(found)


CHECK = Registered(
    name="oversight",
    section="oversight",
    asks=ASKS,
    run=run,
    needs=(Need.REVIEWS,),
    dimensions=("oversight",),
    plan=Plan,
)
