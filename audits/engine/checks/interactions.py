"""Which inputs the model uses together: pairwise Shapley interactions."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from audits.engine import words
from audits.engine.attribution.explainer import Explainer, explainer_of, method_rows, sampled_model_rows
from audits.engine.attribution.explaining import Explained
from audits.engine.attribution.means import mean_around
from audits.engine.attribution.pairs import Together, leading_pairs, together_exact, together_sampled
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Part, Table

ID, TITLE = "attribution.interactions", "Answers in which two inputs work together"
COLUMNS = ("first", "second", "n", "root mean square", "low", "high", "mean", "mean low", "mean high", "beside")


@dataclass(frozen=True)
class Plan:
    """rows: explained; inputs: the leading ones whose pairs are looked at; pairs: told; notable: share of a row's
    contributions from which a pair counts; cells, sampled_rows, sampled_inputs, draws: for models without trees."""

    rows: int
    inputs: int
    pairs: int
    notable: float
    cells: int
    sampled_rows: int
    sampled_inputs: int
    draws: int


def model_rows(subject: Subject) -> int:
    plan = subject.plan(Plan)
    pairs = plan.sampled_inputs * (plan.sampled_inputs - 1) // 2
    return sampled_model_rows(subject, plan.cells, plan.sampled_rows) + 4 * pairs * plan.draws * plan.sampled_rows


def run(subject: Subject, rng: np.random.Generator) -> Part:
    plan = subject.plan(Plan)
    explainer = explainer_of(subject, plan.cells)
    if len(explainer.names) < 2:
        return Part((subject.judge.silent(ID, TITLE, "not_run", "A single input has no pair."),))
    exact = explainer.trees is not None
    rows, background = explainer.draw(plan.rows if exact else plan.sampled_rows, rng)
    found = explainer.explain(rows, background, rng, "interactions")
    pairs = leading_pairs(found, plan.inputs if exact else plan.sampled_inputs)
    if exact:
        together = together_exact(explainer, found, pairs)
    else:
        together = together_sampled(explainer, rows, background, pairs, plan.draws, rng)
    order = np.argsort(-together.squares.mean(axis=0), kind="stable")[: plan.pairs]
    listed = tuple(_row(explainer, together, int(line), found, subject) for line in order)
    check = _check(explainer, together, int(order[0]), found, subject, plan)
    return Part(
        (check,), {"interactions": Table(COLUMNS, listed), "interactions method": _method(explainer, found, plan)}
    )


def _row(explainer: Explainer, together: Together, line: int, found: Explained, subject: Subject) -> tuple[Any, ...]:
    """Strength is a root mean square: it can be estimated without bias where single values are noisy."""
    confidence = subject.judge.suite.confidence
    squares, values = together.squares[:, line], together.mean[:, line]
    strength, around, mean = squares.mean(), mean_around(squares, confidence), mean_around(values, confidence)
    low, high = (None, None) if around is None else (_root(around.low), _root(around.high))
    total = float(np.abs(found.contributions).sum(axis=1).mean())
    a, b = together.pairs[line]
    return (
        explainer.names[a],
        explainer.names[b],
        len(values),
        _root(strength),
        low,
        high,
        float(values.mean()),
        mean and mean.low,
        mean and mean.high,
        _root(strength) / total if total > 0 else None,
    )


def _root(value: float) -> float:
    return float(np.sqrt(max(0.0, value)))


def _check(
    explainer: Explainer, together: Together, line: int, found: Explained, subject: Subject, plan: Plan
) -> Check:
    """Rows in which the leading pair's interaction is a notable share of all contributions; only where it is exact."""
    judge, n = subject.judge, len(found.rows)
    first, second = (explainer.names[place] for place in together.pairs[line])
    if explainer.trees is None:
        strength = _row(explainer, together, line, found, subject)
        reason = (
            f"Interactions of a model without trees are estimated: the strongest pair is {first} and {second}, "
            f"{strength[3]:.3g}{_around(strength[4], strength[5])} {found.units} (root mean square over "
            f"{words.count(n, 'row')}). Single rows are too noisy to be counted."
        )
        return judge.silent(ID, TITLE, "measured" if strength[4] is not None else "cannot_tell", reason, n=n)
    share = np.abs(together.first[:, line])
    notable = (share > 0) & (share >= plan.notable * np.abs(found.contributions).sum(axis=1))
    what = (
        f"are ones in which {first} and {second} together move the answer by {words.percent(plan.notable)} of all "
        "contributions or more beyond what each does alone. That is how the model uses them, not what causes the "
        "outcome"
    )
    return replace(judge.rate(ID, TITLE, int(notable.sum()), n, "answers", what), subject=f"{first} and {second}")


def _around(low: float | None, high: float | None) -> str:
    return "" if low is None else f" ({low:.3g} to {high:.3g})"


def _method(explainer: Explainer, found: Explained, plan: Plan) -> Table:
    how = (
        "exact, as the contributions" if explainer.trees is not None else f"sampled, {plan.draws} draws a row and pair"
    )
    inputs = plan.inputs if explainer.trees is not None else plan.sampled_inputs
    rows = (
        *method_rows(explainer, found),
        ("interactions", how),
        ("leading inputs paired", min(inputs, len(explainer.names))),
    )
    return Table(("what", "value"), rows)


CHECK = Registered(
    name="interactions",
    section="attribution",
    asks=((ID, TITLE),),
    run=run,
    needs=(Need.MODEL,),
    plan=Plan,
    model_rows=model_rows,
)
