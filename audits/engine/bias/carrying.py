"""Which inputs carry the gap in the model's answers between a group and all others.

Contributions of a row add up to its answer, so the differences of their means between two groups add up to the
difference of the mean answers: no gap is left unexplained, and none is explained twice. It is arithmetic about the
model, never cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine import words
from audits.engine.attribution import explaining
from audits.engine.attribution.explaining import CLOSE, Explained, Source
from audits.engine.attribution.target import target_of
from audits.engine.bias.cells import Axis, axes_of
from audits.engine.bias.intervals import LEAST_ROWS
from audits.engine.bounds import Interval
from audits.engine.frame import Floats
from audits.engine.registry import Subject
from audits.engine.result import Check, Part, Table
from audits.engine.streams import sample
from audits.engine.verdicts import Judge

CHECK, TITLE = "fairness.carriers", "Inputs that carry the gap in answers"
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """carried_rows  rows whose answers are explained
    told_carriers  inputs listed for each group"""

    carried_rows: int
    told_carriers: int


@dataclass(frozen=True)
class Carried:
    """One group less all others: the gap of the mean answer, and each input's share of it with its standard error."""

    attribute: str
    group: str
    n: int
    other_n: int
    gap: float
    gap_error: float
    parts: Floats
    errors: Floats

    @property
    def solid(self) -> bool:
        """Whether there are rows enough on both sides for a normal interval of a mean."""
        return min(self.n, self.other_n) >= LEAST_ROWS

    def interval(self, value: float, error: float, confidence: float) -> Interval | None:
        """Two-sided, normal; None of too few rows, or where nothing varies in the rows explained."""
        if not self.solid or error == 0:
            return None
        half = float(stats.norm.isf((1 - confidence) / 2)) * error
        return Interval(value - half, value + half)


def most_rows(subject: Subject) -> int:
    """Rows put to the model at most: half of the cells filed for sampling."""
    plan, inside = subject.plan(Plan), subject.model
    return inside.plan.sampled_cells // len(inside.interface.columns) + plan.carried_rows + inside.plan.background_rows


def measure(subject: Subject, rng: np.random.Generator) -> Part:
    """A check an attribute for its largest gap of mean answers, and a table of what carries each group's gap."""
    judge, plan = subject.judge, subject.plan(Plan)
    axes, refused = axes_of(subject.frame, judge)
    if not axes:
        raise refused[0]
    explained = explain(subject, plan.carried_rows, rng)
    names = tuple(part.name for part in subject.model.interface.parts)
    checks, rows = [], []
    for axis in axes:
        found = list(_carried(axis, explained, judge))
        checks.append(_check(axis, found, names, explained, judge))
        rows += [row for one in found for row in _rows(one, names, plan.told_carriers, judge)]
    method = Table(
        ("what", "value"),
        (
            ("algorithm", explained.algorithm),
            ("units", explained.units),
            ("rows explained", len(explained.rows)),
            ("background rows", len(explained.background)),
            ("largest error of a row's sum", explained.gap),
        ),
    )
    return Part(tuple(checks), {"gap carriers": Table(COLUMNS, tuple(rows)), "gap carriers method": method})


def explain(subject: Subject, most: int, rng: np.random.Generator) -> Explained:
    """Contributions of at most `most` rows: exact for trees that give the caged answers, else by sampling."""
    inside, spec = subject.model, subject.judge.spec
    target = target_of(spec, inside.interface, inside.base)
    inputs = subject.frame.only(inside.interface.columns)
    source = Source(inputs, inside.base, inside.asked, target, replace(inside.plan, explained_rows=most))
    rows = sample(rng, inputs.rows, most)
    trees = source.trees
    if trees is not None and explaining.trees_gap(source, trees, rows) <= CLOSE:
        count = explaining.tree_rows(source, trees)
        if count:
            subject.say(f"bias: {count:,} rows explained by trees")
            background = sample(rng, inputs.rows, inside.plan.background_rows)
            return explaining.explain_trees(source, trees, rows[sample(rng, len(rows), count)], background)
    rows, background = explaining.sampled_rows(source, 2, rng)

    def say(done: int, total: int) -> None:
        subject.say(f"bias: what carries the gap, {done:,} of {total:,}")

    return explaining.explain_sampled(source, rows, background, rng, say)


def _carried(axis: Axis, explained: Explained, judge: Judge) -> Iterator[Carried]:
    codes = axis.groups.codes[explained.rows]
    least = max(2, judge.least_told)
    for code, name in enumerate(axis.groups.names):
        here, there = codes == code, (codes != code) & (codes >= 0)
        if min(here.sum(), there.sum()) >= least:
            yield carried(axis.name, name, explained.contributions, explained.worth, here, there)


def carried(attribute: str, group: str, contributions: Floats, worth: Floats, here: Any, there: Any) -> Carried:
    """The gap between two sets of explained rows (masks), taken apart; standard errors as Welch's."""
    parts, errors = _difference(contributions, here, there)
    gap, error = _difference(worth[:, None], here, there)
    return Carried(attribute, group, int(here.sum()), int(there.sum()), float(gap[0]), float(error[0]), parts, errors)


def _difference(values: Floats, here: Any, there: Any) -> tuple[Floats, Floats]:
    first, second = values[here], values[there]
    error = np.sqrt(first.var(axis=0, ddof=1) / len(first) + second.var(axis=0, ddof=1) / len(second))
    return first.mean(axis=0) - second.mean(axis=0), error


def _check(axis: Axis, found: list[Carried], names: tuple[str, ...], explained: Explained, judge: Judge) -> Check:
    told = [one for one in found if one.solid]
    if not told:
        reason = (
            f"Fewer than two groups of {axis.name} have {LEAST_ROWS} rows among the {len(explained.rows):,} explained."
        )
        return judge.silent(CHECK, TITLE, "cannot_tell", reason, subject=axis.name)
    confidence = judge.suite.confidence
    # The largest of the groups was chosen, so its interval is shared out over all of them (Bonferroni).
    worst = max(told, key=lambda one: (abs(one.gap), one.group))
    around = worst.interval(worst.gap, worst.gap_error, 1 - (1 - confidence) / len(told))
    ends = f" ({around.low:.3g} to {around.high:.3g})" if around else ""
    sentence = (
        f"{axis.name} {worst.group}: the mean answer differs from that of the others by {worst.gap:.3g}{ends} "
        f"{explained.units}. {_named(worst, names, judge)}"
    )
    return judge.check(
        CHECK,
        TITLE,
        worst.gap,
        around,
        sentence,
        worst.n + worst.other_n,
        subject=axis.name,
        confidence=confidence,
        method=f"difference of mean contributions, {explained.algorithm}; normal, shared out over the groups",
    )


def _named(worst: Carried, names: tuple[str, ...], judge: Judge) -> str:
    """At most three inputs that carry it in the gap's own direction, at a level shared out over all inputs."""
    if worst.gap == 0:
        return "There is no gap to carry."
    shared = 1 - (1 - judge.suite.confidence) / len(names)
    order = np.argsort(-worst.parts * np.sign(worst.gap), kind="stable")
    sure = []
    for place in order:
        around = worst.interval(worst.parts[place], worst.errors[place], shared)
        if around is not None and (around.low > 0) == (worst.gap > 0) and (around.low > 0 or around.high < 0):
            sure.append(f"{names[place]} {words.percent(worst.parts[place] / worst.gap)}")
    if not sure:
        return "No input can be named that carries it beyond chance."
    return f"Of the gap {', '.join(sure[:3])} (inputs that pull the other way make the sum 100 %). No cause is shown."


COLUMNS = ("attribute", "group", "input", "difference", "low", "high", "share of gap", "n", "others n")


def _rows(one: Carried, names: tuple[str, ...], most: int, judge: Judge) -> Iterator[tuple[Any, ...]]:
    """The gap, its largest carriers at the plain confidence, and the rest of the inputs in one line."""
    order = np.argsort(-np.abs(one.parts), kind="stable")
    yield _row(one, "all inputs", one.gap, one.gap_error, judge)
    for place in order[:most]:
        yield _row(one, names[place], float(one.parts[place]), float(one.errors[place]), judge)
    if len(order) > most:
        yield _row(one, "all others", float(one.parts[order[most:]].sum()), 0.0, judge)


def _row(one: Carried, name: str, value: float, error: float, judge: Judge) -> tuple[Any, ...]:
    around = one.interval(value, error, judge.suite.confidence)
    ends = (around.low, around.high) if around else (None, None)
    return (one.attribute, one.group, name, value, *ends, value / one.gap if one.gap else None, one.n, one.other_n)
