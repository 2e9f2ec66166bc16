"""Whether the explanation's ranking of a row's inputs is better than chance at finding what its answer hangs on."""

from dataclasses import dataclass

import numpy as np

from audits.engine import words
from audits.engine.attribution.curves import KINDS, Curves, curves_of
from audits.engine.attribution.explainer import explainer_of, method_rows, sampled_model_rows
from audits.engine.attribution.explaining import background_digest
from audits.engine.attribution.means import LEAST_ROWS, mean_around
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table, Verdict

ID, TITLE = "attribution.faithfulness", "Explanations against chance"
WHAT = {
    "deletion": ("taken away", "further from"),
    "insertion": ("put in", "closer to"),
}


@dataclass(frozen=True)
class Plan:
    """rows: explained; others: background rows that each is mixed with; points: steps of a curve; cells: for
    explanations of models without trees."""

    rows: int
    others: int
    points: int
    cells: int


def model_rows(subject: Subject) -> int:
    plan = subject.plan(Plan)
    return sampled_model_rows(subject, plan.cells, plan.rows) + 4 * plan.rows * plan.others * plan.points


def run(subject: Subject, rng: np.random.Generator) -> Part:
    plan = subject.plan(Plan)
    explainer = explainer_of(subject, plan.cells)
    if len(explainer.names) < 2:
        return _silent(subject, "not_run", "A single input has no ranking.")
    rows, background = explainer.draw(plan.rows, rng)
    if len(rows) < LEAST_ROWS:
        reason = f"{words.count(len(rows), 'row')} can be explained; an interval needs {LEAST_ROWS}."
        return _silent(subject, "cannot_tell", reason)
    found = explainer.explain(rows, background, rng, "faithfulness")
    curves = curves_of(explainer, found, background, plan.others, plan.points, rng)
    checks = tuple(_check(kind, curves, subject) for kind in KINDS)
    mixed = background_digest(explainer.source, background)
    method = (*method_rows(explainer, found), ("rows mixed with each row", plan.others), ("digest of these", mixed))
    tables = {"faithfulness": _table(curves, subject), "faithfulness method": Table(("what", "value"), method)}
    return Part(checks, tables, _findings(checks))


def _silent(subject: Subject, verdict: Verdict, reason: str) -> Part:
    return Part(tuple(subject.judge.silent(ID, TITLE, verdict, reason, subject=kind) for kind in KINDS))


def _check(kind: str, curves: Curves, subject: Subject) -> Check:
    areas, confidence = curves.between(kind), subject.judge.suite.confidence
    around, mean = mean_around(areas, confidence), float(areas.mean())
    if around is None:
        reason = "Orders do not differ: every order moves the answers alike, or nothing moves them."
        return subject.judge.silent(ID, TITLE, "cannot_tell", reason, subject=kind, n=len(areas))
    done, where = WHAT[kind]
    sentence = (
        f"Inputs {done} in the order of the explanation leave answers {mean:.3g} ({around.low:.3g} to "
        f"{around.high:.3g}) {where} the whole row's than in random order, on average over all steps."
    )
    method = f"area between curves, Student's interval over rows, {words.percent(confidence)}"
    return subject.judge.check(
        ID, TITLE, mean, around, sentence, len(areas), subject=kind, confidence=confidence, method=method
    )


def _table(curves: Curves, subject: Subject) -> Table:
    rows = []
    for (kind, order), distance in curves.distance.items():
        for place, step in enumerate(curves.steps):
            here = distance[:, place]
            around = mean_around(here, subject.judge.suite.confidence)
            rows.append(
                (kind, order, int(step), len(here), float(here.mean()), around and around.low, around and around.high)
            )
    return Table(("curve", "order", "inputs", "n", "mean distance", "low", "high"), tuple(rows))


def _findings(checks: tuple[Check, ...]) -> tuple[Finding, ...]:
    """A ranking that is not shown to be better than chance explains nothing, whether it is worse or cannot be told."""
    poor = [check for check in checks if check.low is not None and check.low <= 0]
    title = "The explanation's ranking is not better than chance"
    return tuple(
        Finding("medium", f"{title}: {check.subject}", check.sentence, ID, str(check.subject)) for check in poor
    )


CHECK = Registered(
    name="faithfulness",
    section="attribution",
    asks=((ID, TITLE),),
    run=run,
    needs=(Need.MODEL,),
    plan=Plan,
    model_rows=model_rows,
)
