"""Deletion and insertion curves: does the model lose its answer faster when inputs go in the order of the explanation?

Deletion (Petsiuk et al. 2018, Samek et al. 2017): an explained row's inputs are replaced one after another by those of
a background row; insertion puts them into the background row. Ranked: largest absolute contribution first. Random: an
order drawn for each pair of rows. At each step the distance between the answer and that of the whole row is noted.

A good order goes away from the row's answer early in deletion and comes to it early in insertion: what counts is the
area between: ranked less random in deletion, random less ranked in insertion.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.attribution.explainer import Explainer
from audits.engine.attribution.explaining import Explained, Places, columns_of_parts
from audits.engine.frame import Floats, Frame

KINDS = ("deletion", "insertion")


@dataclass(frozen=True)
class Curves:
    """Distances float64[rows, steps] by (kind, order), after `steps` inputs: the mean over a row's background rows."""

    steps: NDArray[np.int64]
    parts: int
    distance: dict[tuple[str, str], Floats]

    def between(self, kind: str) -> Floats:
        """By row the area between the ranked and the random curve, over inputs from none to all as 0 to 1; more than 0
        where the ranking is the better one."""
        gap = self.distance[kind, "ranked"] - self.distance[kind, "random"]
        area = np.trapezoid(gap, self.steps / self.parts, axis=1)
        return np.asarray(area if kind == "deletion" else -area)


def curves_of(
    explainer: Explainer, found: Explained, background: Places, others: int, points: int, rng: np.random.Generator
) -> Curves:
    """The curves of the explained rows, each against `others` of the background rows at up to `points` steps."""
    parts = len(explainer.names)
    steps = np.unique(np.rint(np.linspace(0, parts, min(points, parts) + 1)).astype(np.int64))
    own = np.repeat(np.arange(len(found.rows)), others)
    other = rng.choice(background, len(own))
    turns = {
        "ranked": _turns(-np.abs(found.contributions))[own],
        "random": _turns(rng.random((len(own), parts))),
    }
    whole = explainer.source.target.of(explainer.source.base)
    distance = {}
    for order, turn in turns.items():
        for kind in KINDS:
            explainer.subject.say(f"faithfulness: {kind}, {order}")
            apart = _apart(explainer, found.rows[own], other, turn, steps, kind, whole)
            distance[kind, order] = apart.reshape(len(found.rows), others, len(steps)).mean(axis=1)
    return Curves(steps, parts, distance)


def _turns(keys: Floats) -> Places:
    """The turn of each part, smallest key first."""
    return np.asarray(keys.argsort(axis=1, kind="stable").argsort(axis=1))


def _apart(
    explainer: Explainer, own: Places, other: Places, turn: Places, steps: Places, kind: str, whole: Floats
) -> Floats:
    """float64[pairs, steps]: how far the answer lies from that of the whole row. The ends are known already."""
    source, parts = explainer.source, columns_of_parts(explainer.source.interface)
    apart = np.zeros((len(own), len(steps)))
    far = np.abs(whole[other] - whole[own])
    apart[:, -1 if kind == "deletion" else 0] = far
    inner = steps[1:-1]
    if not len(inner):
        return apart
    mixed = []
    for place, names in enumerate(parts):
        came = turn[:, place, None] < inner
        stays = ~came if kind == "deletion" else came
        rows = np.where(stays, own[:, None], other[:, None]).ravel()
        mixed += [source.inputs.columns[name].take(rows) for name in names]
    answers = source.target.of(source.asked.answers(Frame({column.name: column for column in mixed})))
    apart[:, 1:-1] = np.abs(answers.reshape(len(own), len(inner)) - whole[own, None])
    return apart
