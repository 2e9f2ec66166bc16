"""What the model's answers are made of: which inputs they go by, how sure that is, and for whom.

Attribution, never cause: a contribution says how the model uses an input, not what would happen in the world if the
input changed. Features are source columns, or the parts of them that the interface names; one-hot features are one
column, exactly because contributions add up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.attribution import explaining
from audits.engine.attribution.checks import (
    ADDITIVE,
    NAMED,
    STABLE,
    TITLES,
    Repeat,
    additivity,
    agreement,
    attribute_findings,
    method_findings,
    named,
    stability,
)
from audits.engine.attribution.explaining import Explained, Places, Source
from audits.engine.attribution.local import Case, example_tables, reasons_table
from audits.engine.attribution.summary import importance, spearman
from audits.engine.attribution.tables import Told, beeswarm_table, direction_table, group_tables, importance_table
from audits.engine.attribution.target import target_of
from audits.engine.cases import Cases
from audits.engine.deciding import Decider
from audits.engine.frame import Floats, Frame
from audits.engine.model import Asked
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.streams import sample, stream
from audits.engine.suite import ModelPlan
from audits.engine.verdicts import Judge
from audits.interface import Interface
from audits.trees import Trees
from core.errors import InputRefused


@dataclass(frozen=True)
class Asking:
    """Everything one explanation needs. `base` are the caged answers of the frame's rows."""

    frame: Frame
    base: Floats
    cases: Cases
    asked: Asked
    judge: Judge
    plan: ModelPlan
    show_rows: bool
    say: Callable[[str], None]

    @property
    def source(self) -> Source:
        interface = self.asked.interface
        target = target_of(self.judge.spec, interface, self.base)
        return Source(self.frame.only(interface.columns), self.base, self.asked, target, self.plan)

    def progress(self, label: str) -> Callable[[int, int], None]:
        return lambda done, total: self.say(f"attribution: {label}, {done:,} of {total:,}")


def measure(asking: Asking) -> Part:
    """Checks, tables and findings of the explanation; a model that fails on the way leaves them open."""
    try:
        return _measured(asking)
    except InputRefused as error:
        reason = f"The model failed while it was explained: {error.message}"
        checks = tuple(
            asking.judge.silent(name, TITLES[name], "cannot_tell", reason) for name in (ADDITIVE, STABLE, NAMED)
        )
        return Part(checks, findings=(Finding("medium", "The model fails when it is explained", reason, ADDITIVE),))


def _measured(asking: Asking) -> Part:
    source, judge = asking.source, asking.judge
    trees, agree = _usable_trees(source, asking)
    found = _explained(source, trees, asking)
    rng = stream(judge.seed, "attribution resamples")
    ranked = importance(
        found.contributions, resamples=judge.suite.bootstraps, confidence=judge.suite.confidence, rng=rng
    )
    told = Told(found, ranked, asking.frame, source.interface)
    repeats = _repeats(source, trees, told, asking)
    checks = (
        additivity(found, judge),
        *agree,
        stability(repeats, told, judge, asking.plan.least_explained),
        named(told, judge, asking.plan.drivers, asking.plan.least_explained),
    )
    tables = {
        "method": _method(source, found, trees, asking),
        **_tables(told, asking),
        "stability": _repeat_table(repeats, judge),
    }
    findings = judge.findings(checks) + attribute_findings(told, judge) + method_findings(repeats, judge)
    return Part(checks, tables, findings)


def _usable_trees(source: Source, asking: Asking) -> tuple[Trees | None, tuple[Check, ...]]:
    """The trees, if they give the caged answers of the rows from which the explained ones are taken."""
    trees, judge = source.trees, asking.judge
    if trees is None:
        return None, ()
    asking.say("attribution: trees")
    rows = _candidates(source, asking)
    gap = explaining.trees_gap(source, trees, rows)
    return (trees if gap <= explaining.CLOSE else None), (agreement(gap, len(rows), judge),)


def _candidates(source: Source, asking: Asking) -> Places:
    return sample(stream(asking.judge.seed, "attribution rows"), source.inputs.rows, asking.plan.explained_rows)


def _explained(source: Source, trees: Trees | None, asking: Asking) -> Explained:
    seed, plan, whole = asking.judge.seed, asking.plan, source.inputs.rows
    count = 0 if trees is None else explaining.tree_rows(source, trees)
    if trees is not None and count:
        asking.say(f"attribution: {count:,} rows by trees")
        rows = _candidates(source, asking)
        rows = rows[sample(stream(seed, "attribution fewer rows"), len(rows), count)]
        background = sample(stream(seed, "attribution background"), whole, plan.background_rows)
        return explaining.explain_trees(source, trees, rows, background)
    rng = stream(seed, "attribution sampling")
    rows, background = explaining.sampled_rows(source, 2, rng)
    return explaining.explain_sampled(source, rows, background, rng, asking.progress("walks"))


def _repeats(source: Source, trees: Trees | None, told: Told, asking: Asking) -> list[Repeat]:
    """The ranking from half as many rows, drawn anew each time, and from another background where there is one."""
    seed, plan = asking.judge.seed, asking.plan
    repeats = []
    for number in range(1, plan.stability_repeats + 1):
        asking.say(f"attribution: repeat {number} of {plan.stability_repeats}")
        rng = stream(seed, f"attribution repeat {number}")
        found = _again(source, trees, told.found, asking, rng)
        what = "other rows, other background" if len(found.background) else "other rows"
        repeats.append(Repeat(f"{number}: {what}", len(found.rows), _agreement(found, told)))
    if trees is not None and told.found.algorithm == explaining.PATH:
        rows, background = _drawn(source, told.found, plan, stream(seed, "attribution other method"))
        found = explaining.explain_trees(source, trees, rows, background, against=True)
        name = f"another method: {found.algorithm}"
        repeats.append(Repeat(name, len(rows), _agreement(found, told), counts=False))
    return repeats


def _again(
    source: Source, trees: Trees | None, first: Explained, asking: Asking, rng: np.random.Generator
) -> Explained:
    if trees is not None and first.algorithm != explaining.SAMPLED:
        return explaining.explain_trees(source, trees, *_drawn(source, first, asking.plan, rng))
    rows, background = explaining.sampled_rows(source, 2 * asking.plan.stability_repeats, rng)
    return explaining.explain_sampled(source, rows, background, rng, asking.progress("walks of a repeat"))


def _drawn(source: Source, first: Explained, plan: ModelPlan, rng: np.random.Generator) -> tuple[Places, Places]:
    rows = sample(rng, source.inputs.rows, max(1, len(first.rows) // 2))
    return rows, sample(rng, source.inputs.rows, plan.background_rows)


def _agreement(found: Explained, told: Told) -> float | None:
    return spearman(np.abs(found.contributions).mean(axis=0), told.importance.mean)


def _tables(told: Told, asking: Asking) -> dict[str, Table]:
    judge = asking.judge
    case = Case(asking.base, asking.cases, asking.source.target, Decider(judge.spec, told.interface))
    rng = stream(judge.seed, "attribution beeswarm")
    tables = {
        "importance": importance_table(told),
        "direction": direction_table(told),
        **group_tables(told, judge),
    }
    reasons = reasons_table(told, case)
    tables |= {} if reasons is None else {"reasons": reasons}
    # Whoever knows a model's weights reads the cell in its contribution, so no row that is kept back has a line.
    return tables | ({"beeswarm": beeswarm_table(told, rng), **example_tables(told, case)} if asking.show_rows else {})


def _repeat_table(repeats: list[Repeat], judge: Judge) -> Table:
    rows = tuple((repeat.name, judge.seed, repeat.rows, repeat.spearman) for repeat in repeats)
    return Table(("repeat", "seed", "rows", "spearman"), rows)


def _method(source: Source, found: Explained, trees: Trees | None, asking: Asking) -> Table:
    rows: list[tuple[str, Any]] = [
        ("algorithm", found.algorithm),
        ("why", _why(source, found, trees)),
        ("units", found.units),
        ("explained output", source.target.what),
        ("base", found.base),
        ("features", _features(source.interface)),
        ("rows explained", len(found.rows)),
        ("background rows", len(found.background)),
        ("background digest", explaining.background_digest(source, found.background)),
        ("seed", asking.judge.seed),
        ("additivity largest error", found.gap),
    ]
    if found.error is None:
        return Table(("what", "value"), (*rows, ("budget", f"{asking.plan.tree_work:,} leaf conditions")))
    rows.append(("budget", f"{asking.plan.sampled_cells:,} cells put to the model, half of them for the repeats"))
    rows.append(("largest standard error", None if np.isnan(found.error).any() else float(found.error.max())))
    rows.append(("mean standard error", None if np.isnan(found.error).any() else float(found.error.mean())))
    return Table(("what", "value"), tuple(rows))


def _features(interface: Interface) -> str:
    if len(interface.parts) == len(interface.inputs):
        return "source columns; features made of one column are added up, or move as one"
    return f"{len(interface.parts):,} registered parts of {len(interface.inputs):,} source columns; a part moves as one"


def _why(source: Source, found: Explained, trees: Trees | None) -> str:
    if found.algorithm == explaining.PATH:
        return "the trees give the caged answers, and their covers add up"
    if found.algorithm == explaining.AGAINST:
        return "the trees give the caged answers, and state no training rows"
    if source.trees is None:
        return "the file holds no trees that can be read exactly"
    return "the trees are too large" if trees is not None else "the trees do not give the caged answers"
