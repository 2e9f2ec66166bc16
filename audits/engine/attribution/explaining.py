"""Contributions of the source columns, by the best way there is: exact for trees that give the caged answers, else
sampled over the model. The trees come out of a process that may lie, so they count only as far as they agree with it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audits.engine.attribution.leaves import Forest
from audits.engine.attribution.sampling import FEWEST_EXPLAINED, Question, affordable, sampled
from audits.engine.attribution.target import MarginTarget, Target, margin_of
from audits.engine.attribution.treeshap import interventional, path_dependent
from audits.engine.encoding import encode
from audits.engine.frame import Floats, Frame
from audits.engine.model import Asked
from audits.engine.streams import sample
from audits.engine.suite import ModelPlan
from audits.interface import Interface
from audits.trees import Trees, answers_of, margins
from core.canonical import digest

PATH, AGAINST, SAMPLED = "exact path-dependent", "exact interventional", "sampling by permutation"
CLOSE = 1e-5
Places = NDArray[np.int64]
Say = Callable[[int, int], None]


@dataclass(frozen=True)
class Explained:
    """Contributions float64[rows, columns] of the source columns to `worth` float64[rows], which starts from `base`.

    `error` is the standard error of each contribution (sampling only), `background` the rows behind "not known".
    """

    rows: Places
    contributions: Floats
    base: float
    worth: Floats
    algorithm: str
    units: str
    background: Places
    error: Floats | None = None

    @property
    def gap(self) -> float:
        """The largest distance between contributions with their base and what they explain."""
        return float(np.abs(self.contributions.sum(axis=1) + self.base - self.worth).max())


@dataclass(frozen=True)
class Source:
    """What can be explained: the input columns of the rows, the model with its answers, and the target."""

    inputs: Frame
    base: Floats
    asked: Asked
    target: Target
    plan: ModelPlan

    @property
    def interface(self) -> Interface:
        return self.asked.interface

    @property
    def trees(self) -> Trees | None:
        return self.asked.model.trees

    def numbers(self, rows: Places) -> Floats:
        """What the trees see of these rows."""
        return encode(self.inputs.take(rows), self.interface).numbers


def trees_gap(source: Source, trees: Trees, rows: Places) -> float:
    """The largest distance between the caged answers of these rows and those of the trees; infinite where the trees ask
    for other features, answer in another shape or overflow."""
    numbers, caged = source.numbers(rows), source.base[rows]
    if trees.features != numbers.shape[1]:
        return math.inf
    with np.errstate(over="ignore", invalid="ignore"):
        ours = answers_of(trees, margins(trees, numbers))
    if ours.shape != caged.shape or not np.isfinite(ours).all():
        return math.inf
    return float(np.abs(ours - caged).max())


def tree_rows(source: Source, trees: Trees) -> int:
    """Rows that the filed work allows; 0 where so few would say nothing."""
    margin = margin_of(source.target, trees)
    affordable_rows = source.plan.tree_work // max(1, Forest(trees, margin.output).steps())
    wanted = min(source.inputs.rows, source.plan.explained_rows)
    return min(wanted, affordable_rows) if affordable_rows >= min(wanted, FEWEST_EXPLAINED) else 0


def explain_trees(
    source: Source, trees: Trees, rows: Places, background: Places, *, against: bool | None = None
) -> Explained:
    """Exact contributions of these rows: conditional on the covers where these add up, else against `background`."""
    margin = margin_of(source.target, trees)
    numbers, places = source.numbers(rows), np.array(source.interface.sources, dtype=np.int64)
    if against if against is not None else not Forest(trees, margin.output).covered:
        algorithm, seen = AGAINST, background
        phi, base = interventional(trees, numbers, source.numbers(background), margin.output, places)
    else:
        algorithm, seen = PATH, background[:0]
        phi, base = path_dependent(trees, numbers, margin.output, places)
    worth = margins(trees, numbers)[:, margin.output]
    return _signed(Explained(rows, _wide(phi, source), base, worth, algorithm, margin.units, seen), margin)


def _wide(phi: Floats, source: Source) -> Floats:
    """One column an input, also for inputs behind the last that make features (texts)."""
    wide = np.zeros((len(phi), len(source.interface.columns)))
    wide[:, : phi.shape[1]] = phi
    return wide


def _signed(found: Explained, margin: MarginTarget) -> Explained:
    if margin.sign > 0:
        return found
    return replace(found, contributions=-found.contributions, base=-found.base, worth=-found.worth)


def explain_sampled(source: Source, rows: Places, background: Places, rng: np.random.Generator, say: Say) -> Explained:
    """Contributions of these rows by walks over the caged model."""

    def ask(frame: Frame) -> Floats:
        return source.target.of(source.asked.answers(frame))

    question = Question(source.inputs, rows, background, source.interface.columns, ask, say)
    found = sampled(question, rng)
    worth = source.target.of(source.base)[rows]
    return Explained(
        rows, found.contributions, found.base, worth, SAMPLED, source.target.units, background, found.error
    )


def sampled_rows(source: Source, budget: int, rng: np.random.Generator) -> tuple[Places, Places]:
    """Rows to explain and background rows that `budget` model rows allow, drawn."""
    whole, plan = source.inputs.rows, source.plan
    others = min(whole, plan.background_rows)
    rows, others = affordable(min(whole, plan.explained_rows), others, len(source.interface.columns), budget)
    return sample(rng, whole, rows), sample(rng, whole, others)


def background_digest(source: Source, background: Places) -> str | None:
    """sha256 of the encoded background rows; None where there is no background."""
    if not len(background):
        return None
    encoded = encode(source.inputs.take(background), source.interface)
    texts = "\0".join(str(text) for column in encoded.texts for text in column)
    return digest(encoded.numbers.tobytes() + texts.encode())
