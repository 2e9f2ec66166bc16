"""Whether inputs act in the direction that was registered for them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.attribution.explainer import Explainer, explainer_of
from audits.engine.attribution.monotone import Moved, moved
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.spec import Monotone
from audits.engine.streams import sample
from audits.engine.verdicts import Judge

ID, TITLE = "attribution.monotonicity", "Answers that move against a registered direction"
SHOWN = 5
COLUMNS = (
    "column",
    "registered",
    "rows moved",
    "against",
    "share",
    "low",
    "high",
    "largest",
    "values looked at",
    "how",
)
EXAMPLES = ("column", "row", "from", "to", "answer before", "answer after")


@dataclass(frozen=True)
class Plan:
    """rows: moved; points: values above its own to which a row is moved; tree_points: thresholds of an input up to
    which all of them are looked at; tolerance: share of the answer below which a move is rounding."""

    rows: int
    points: int
    tree_points: int
    tolerance: float


def model_rows(subject: Subject) -> int:
    plan = subject.plan(Plan)
    return len(subject.judge.spec.monotone) * plan.rows * plan.points


def run(subject: Subject, rng: np.random.Generator) -> Part:
    plan, judge = subject.plan(Plan), subject.judge
    explainer = explainer_of(subject, 0)
    rows = sample(rng, explainer.source.inputs.rows, plan.rows)
    checks, told, shown, findings = [], [], [], []
    for item in judge.spec.monotone:
        why_not = _why_not(explainer, item)
        if why_not is not None:
            checks.append(judge.silent(ID, TITLE, "not_run", why_not, subject=item.column))
            continue
        subject.say(f"monotonicity: {item.column}")
        found = _moved(explainer, item, rows, plan)
        check = _check(item, found, judge)
        checks.append(check)
        told.append(_row(item, found, check))
        shown += _examples(item, found)
        findings += _finding(check, judge)
    tables = {"monotonicity": Table(COLUMNS, tuple(told))} if told else {}
    if subject.show_rows and shown:
        tables["monotonicity examples"] = Table(EXAMPLES, tuple(shown))
    return Part(tuple(checks), tables, judge.findings(tuple(checks)) + tuple(findings))


def _why_not(explainer: Explainer, item: Monotone) -> str | None:
    interface = explainer.source.interface
    if item.column not in interface.columns:
        return f"{item.column} is no input of the model, so it cannot be moved."
    if not interface.inputs[interface.columns.index(item.column)].measures:
        return f"{item.column} reaches the model as a category, which has no direction."
    return None


def _moved(explainer: Explainer, item: Monotone, rows: Any, plan: Plan) -> Moved:
    """Behind every threshold where that is affordable, else at values of the data set."""
    tried = moved(explainer, item, rows[:1], plan.tree_points, plan.tolerance) if explainer.trees else None
    points = plan.tree_points if tried is not None and tried.every else plan.points
    return moved(explainer, item, rows, points, plan.tolerance)


def _check(item: Monotone, found: Moved, judge: Judge) -> Check:
    way = "down" if item.way == "up" else "up"
    where = "somewhere" if found.every else f"at one of {found.points:,} values of the data set"
    what = f"move {way} {where} when {item.column} is moved up, against the registered direction"
    k, n = int(found.wrong.sum()), len(found.rows)
    who = f"answers whose {item.column} can be moved up"
    return judge.rate(ID, TITLE, k, n, who, what, subject=item.column)


def _row(item: Monotone, found: Moved, check: Check) -> tuple[Any, ...]:
    largest = float(found.worst[found.wrong].max()) if found.wrong.any() else None
    how = "every value, by the trees" if found.every else "values of the data set"
    registered = "more never lowers the answer" if item.way == "up" else "more never raises the answer"
    share = (len(found.rows), int(found.wrong.sum()), check.value, check.low, check.high)
    return (item.column, registered, *share, largest, found.points, how)


def _examples(item: Monotone, found: Moved) -> list[tuple[Any, ...]]:
    """The rows that go furthest against it, counted from 1."""
    order = [i for i in np.argsort(-found.worst, kind="stable") if found.wrong[i]][:SHOWN]
    return [
        (
            item.column,
            int(found.rows[i]) + 1,
            float(found.origin[i]),
            float(found.reached[i]),
            float(found.before[i]),
            float(found.after[i]),
        )
        for i in order
    ]


def _finding(check: Check, judge: Judge) -> list[Finding]:
    """One row against it disproves the direction, however few they are in a hundred."""
    if not check.k or check.verdict == "fail":
        return []
    title = f"A registered direction does not always hold: {check.subject}"
    return [Finding("low", title, check.sentence, ID, str(check.subject))]


CHECK = Registered(
    name="monotonicity",
    section="attribution",
    asks=((ID, TITLE),),
    run=run,
    needs=(Need.MODEL, Need.MONOTONE),
    plan=Plan,
    model_rows=model_rows,
)
