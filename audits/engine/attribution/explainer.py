"""Explanations for the checks that look at explanations: the best way that the model allows, for any rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.attribution import explaining
from audits.engine.attribution.explaining import AGAINST, PATH, SAMPLED, Explained, Places, Source
from audits.engine.attribution.leaves import Forest
from audits.engine.attribution.sampling import FEWEST_EXPLAINED, affordable
from audits.engine.attribution.target import margin_of, target_of
from audits.engine.deciding import Decider
from audits.engine.registry import Subject
from audits.engine.streams import sample
from audits.trees import Trees


@dataclass(frozen=True)
class Explainer:
    """Exact by `trees` where these give the caged answers and are small enough, else by sampling.

    `cells` (rows by inputs) is what sampling may put to the model for one explanation.
    """

    subject: Subject
    source: Source
    trees: Trees | None
    cells: int

    @property
    def names(self) -> tuple[str, ...]:
        """What is explained: the parts of the interface."""
        return tuple(part.name for part in self.source.interface.parts)

    @property
    def output(self) -> int:
        """The margin behind the explained number; only with trees."""
        return margin_of(self.source.target, self._trees).output

    @property
    def sign(self) -> float:
        return margin_of(self.source.target, self._trees).sign

    @property
    def _trees(self) -> Trees:
        if self.trees is None:
            raise AssertionError("only a model of trees has margins")
        return self.trees

    @property
    def algorithm(self) -> str:
        if self.trees is None:
            return SAMPLED
        return PATH if Forest(self.trees, self.output).covered else AGAINST

    def draw(self, wanted: int, rng: np.random.Generator) -> tuple[Places, Places]:
        """(rows to explain, background rows): at most `wanted`, as many as can be afforded."""
        whole, plan = self.source.inputs.rows, self.source.plan
        rows, others = min(whole, wanted), min(whole, plan.background_rows)
        if self.trees is None:
            budget = self.cells // len(self.source.interface.columns)
            rows, others = affordable(rows, others, len(self.names), budget)
        else:
            rows = min(rows, plan.tree_work // max(1, Forest(self.trees, self.output).steps()))
        return sample(rng, whole, rows), sample(rng, whole, others)

    def explain(
        self, rows: Places, background: Places, rng: np.random.Generator, label: str, *, against: bool | None = None
    ) -> Explained:
        """Contributions of these rows. Trees take the background only where they state no covers, or if told to."""
        if self.trees is not None:
            self.subject.say(f"{label}: {len(rows):,} rows by trees")
            return explaining.explain_trees(self.source, self.trees, rows, background, against=against)

        def say(done: int, total: int) -> None:
            self.subject.say(f"{label}: walks, {done:,} of {total:,}")

        return explaining.explain_sampled(self.source, rows, background, rng, say)


def explainer_of(subject: Subject, cells: int) -> Explainer:
    """The explainer of the audited model."""
    inside = subject.model
    interface = inside.interface
    target = target_of(subject.judge.spec, interface, inside.base)
    source = Source(subject.frame.only(interface.columns), inside.base, inside.asked, target, inside.plan)
    return Explainer(subject, source, _usable(source), cells)


def _usable(source: Source) -> Trees | None:
    """The trees, if they give the caged answers of rows spread over the data and enough rows can be afforded."""
    trees, whole = source.trees, source.inputs.rows
    if trees is None:
        return None
    rows = np.unique(np.linspace(0, whole - 1, min(whole, source.plan.explained_rows)).astype(np.int64))
    if explaining.trees_gap(source, trees, rows) > explaining.CLOSE:
        return None
    steps = Forest(trees, margin_of(source.target, trees).output).steps()
    return trees if source.plan.tree_work // max(1, steps) >= min(whole, FEWEST_EXPLAINED) else None


def sampled_model_rows(subject: Subject, cells: int, rows: int) -> int:
    """The most model rows that one explanation by sampling asks for."""
    width = len(subject.model.interface.columns)
    return max(cells // width, 2 * len(subject.model.interface.parts)) + rows + subject.model.plan.background_rows


def method_rows(explainer: Explainer, found: Explained) -> tuple[tuple[str, Any], ...]:
    """What every table of an explanation states: how it was made, of how many rows, against which background."""
    return (
        ("algorithm", found.algorithm),
        ("units", found.units),
        ("explained output", explainer.source.target.what),
        ("rows explained", len(found.rows)),
        ("background rows", len(found.background)),
        ("background digest", explaining.background_digest(explainer.source, found.background)),
        ("seed", explainer.subject.judge.seed),
        ("mean standard error", _mean_error(found)),
    )


def _mean_error(found: Explained) -> float | None:
    """Of the sampled contributions; exact ones have none."""
    return None if found.error is None or np.isnan(found.error).any() else float(found.error.mean())


def decider_of(subject: Subject) -> Decider:
    return Decider(subject.judge.spec, subject.model.interface)
