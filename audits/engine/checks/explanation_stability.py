"""Whether the explanation depends on what stands for "not known", and on chance: the ranking over several backgrounds
and seeds. Inputs are named only as far as they lead in all of them."""

from dataclasses import dataclass

import numpy as np

from audits.engine import words
from audits.engine.attribution.backgrounds import Repeats, repeated
from audits.engine.attribution.explainer import Explainer, explainer_of, sampled_model_rows
from audits.engine.attribution.means import LEAST_ROWS
from audits.engine.bounds import Interval
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.verdicts import Judge

AGREE, HOLD = "attribution.background_stability", "attribution.drivers_hold"
TITLES = {
    AGREE: "Agreement of rankings over backgrounds",
    HOLD: "Inputs that lead whatever stands for the unknown",
}


@dataclass(frozen=True)
class Plan:
    """rows: explained each time; repeats: backgrounds and seeds; drivers: most inputs that are named; cells: for each
    repeat of a model without trees."""

    rows: int
    repeats: int
    drivers: int
    cells: int


def model_rows(subject: Subject) -> int:
    plan = subject.plan(Plan)
    return plan.repeats * sampled_model_rows(subject, plan.cells, plan.rows)


def run(subject: Subject, rng: np.random.Generator) -> Part:
    plan, judge = subject.plan(Plan), subject.judge
    explainer = explainer_of(subject, plan.cells)
    if len(explainer.names) < 2:
        return _silent(judge, "A single input has no ranking.")
    rows, background = explainer.draw(plan.rows, rng)
    if len(background) == explainer.source.inputs.rows:
        return _silent(judge, "The data set is no larger than one background, so there is no other.")
    if len(rows) < LEAST_ROWS:
        return _silent(judge, f"{words.count(len(rows), 'row')} can be explained; a ranking needs {LEAST_ROWS}.")
    found = repeated(explainer, rows, len(background), plan.repeats, judge.seed)
    checks = _agreement(found, judge), _hold(found, explainer, plan, judge)
    tables = {
        "backgrounds": _repeats_table(found, explainer, judge),
        "rank range": _range_table(found, explainer),
    }
    return Part(checks, tables, judge.findings(checks) + _flipped(found, explainer))


def _silent(judge: Judge, reason: str) -> Part:
    return Part(tuple(judge.silent(name, TITLES[name], "not_run", reason) for name in (AGREE, HOLD)))


def _agreement(found: Repeats, judge: Judge) -> Check:
    """The middle of all pairs with their range: repeats are too few for a quantile."""
    n, seen = len(found.found.rows), found.agreements
    if not seen:
        return judge.silent(AGREE, TITLES[AGREE], "cannot_tell", "No input moves the answer more than another.", n=n)
    middle, around = float(np.median(seen)), Interval(min(seen), max(seen))
    count = words.count(len(found.every), "background and seed", "backgrounds and seeds")
    sentence = (
        f"Over {count} the rankings of inputs agree at {middle:.2f} ({around.low:.2f} to {around.high:.2f}, rank "
        "correlation of each two)."
    )
    method = f"Spearman, range over {words.count(len(seen), 'pair')} of repeats on the same rows"
    return judge.check(AGREE, TITLES[AGREE], middle, around, sentence, n, method=method)


def _hold(found: Repeats, explainer: Explainer, plan: Plan, judge: Judge) -> Check:
    n, named = len(found.found.rows), found.settled(plan.drivers)
    method = f"places in all of {words.count(len(found.every), 'repeat')}"
    if not named:
        first = sorted({explainer.names[int(place)] for place in found.ranks.argmin(axis=1)})
        reason = f"The first place changes with the background: {', '.join(first)} take it in turn. None is named."
        if len(first) == 1:
            reason = f"No input can be told from the others by its size; {first[0]} comes first by its place alone."
        return judge.silent(HOLD, TITLES[HOLD], "cannot_tell", reason, n=n, method=method)
    sizes = found.sizes
    shares = sizes[:, list(named)].sum(axis=1) / sizes.sum(axis=1)
    names = ", ".join(explainer.names[place] for place in named)
    sentence = (
        f"Whatever rows stand for an unknown input, the answers go by {names} most: "
        f"{words.percent(float(shares.min()))} to {words.percent(float(shares.max()))} of all contributions. That is "
        "how the model uses its inputs, not what causes the outcome."
    )
    around = Interval(float(shares.min()), float(shares.max()))
    return judge.check(HOLD, TITLES[HOLD], float(np.median(shares)), around, sentence, n, k=len(named), method=method)


def _flipped(found: Repeats, explainer: Explainer) -> tuple[Finding, ...]:
    """The first place is what reasons are given by."""
    first = sorted({explainer.names[int(place)] for place in found.ranks.argmin(axis=1)})
    if len(first) < 2 or not (found.sizes.max(axis=1) > 0).all():
        return ()
    text = (
        f"Against other rows of the data set the input that answers go by most is another one: {', '.join(first)}. "
        "Give no reasons by its place before a background is agreed on."
    )
    return (Finding("low", "The leading input depends on the background", text, HOLD),)


def _repeats_table(found: Repeats, explainer: Explainer, judge: Judge) -> Table:
    rows = tuple(
        (
            each.name,
            each.algorithm,
            judge.seed,
            len(found.found.rows),
            each.background,
            each.digest,
            explainer.names[first],
        )
        for each, first in zip(found.every, found.ranks.argmin(axis=1), strict=True)
    )
    return Table(("repeat", "algorithm", "seed", "rows", "background rows", "background digest", "leads"), rows)


def _range_table(found: Repeats, explainer: Explainer) -> Table:
    """Ends are the smallest and the largest of the repeats, not an interval of any confidence."""
    sizes, places = found.sizes, found.ranks
    rows = tuple(
        (
            explainer.names[i],
            len(sizes),
            float(np.median(sizes[:, i])),
            float(sizes[:, i].min()),
            float(sizes[:, i].max()),
            int(places[:, i].min()),
            int(places[:, i].max()),
        )
        for i in np.argsort(-sizes.mean(axis=0), kind="stable")
    )
    columns = ("feature", "repeats", "mean absolute", "smallest", "largest", "best rank", "worst rank")
    return Table(columns, rows)


CHECK = Registered(
    name="explanation_stability",
    section="attribution",
    asks=tuple(TITLES.items()),
    run=run,
    needs=(Need.MODEL,),
    plan=Plan,
    model_rows=model_rows,
)
