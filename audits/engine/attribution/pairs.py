"""Inputs that work together: Shapley interaction indices of pairs (Grabisch and Roubens 1999), exact for trees.

The index of a pair is what the two add together beyond what each adds alone, averaged over what else is known. shap
writes half of it in either triangle. Features of one source column are added up, as their contributions are.

For any other model it is sampled by its definition: for a row and a background row a set of other inputs is drawn, its
size evenly, and the model is asked four times. What one draw gives is unbiased; the mean of the product of two separate
halves of the draws is therefore an unbiased mean square, where a mean absolute value would count noise as strength.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.attribution.explainer import Explainer
from audits.engine.attribution.explaining import AGAINST, Explained, Places, columns_of_parts
from audits.engine.attribution.treeshap import interactions
from audits.engine.frame import Floats, Frame

Pair = tuple[int, int]


@dataclass(frozen=True)
class Together:
    """By pair of parts float64[rows, pairs]: exact values, or two independent unbiased estimates of each."""

    pairs: tuple[Pair, ...]
    first: Floats
    second: Floats

    @property
    def mean(self) -> Floats:
        """float64[rows, pairs]: the index, or its estimate."""
        return (self.first + self.second) / 2

    @property
    def squares(self) -> Floats:
        """Unbiased squares of the index by row and pair; single ones may be negative where they are estimated."""
        return self.first * self.second


def leading_pairs(found: Explained, most: int) -> tuple[Pair, ...]:
    """All pairs of the `most` parts with the largest mean absolute contribution."""
    size = np.abs(found.contributions).mean(axis=0)
    chosen = np.sort(np.argsort(-size, kind="stable")[:most])
    return tuple((int(a), int(b)) for place, a in enumerate(chosen) for b in chosen[place + 1 :])


def together_exact(explainer: Explainer, found: Explained, pairs: tuple[Pair, ...]) -> Together:
    """Of a model of trees: in the same way as the contributions in `found`."""
    source, trees = explainer.source, explainer.source.trees
    if trees is None:
        raise AssertionError("only a model of trees is exact")
    interface = source.interface
    part = np.array([interface.part_of[place] for place in interface.sources])
    table = np.full((len(interface.parts), len(interface.parts)), -1)
    for line, (a, b) in enumerate(pairs):
        table[a, b] = table[b, a] = line
    seen = source.numbers(found.background) if found.algorithm == AGAINST else None
    values = interactions(trees, source.numbers(found.rows), seen, explainer.output, table[np.ix_(part, part)])
    wide = np.zeros((len(found.rows), len(pairs)))
    wide[:, : values.shape[1]] = explainer.sign * values
    return Together(pairs, wide, wide)


def together_sampled(
    explainer: Explainer,
    rows: Places,
    background: Places,
    pairs: tuple[Pair, ...],
    draws: int,
    rng: np.random.Generator,
) -> Together:
    """Of any model: `draws` (an even number) times four answers a row and pair."""
    parts = columns_of_parts(explainer.source.interface)
    halves = np.empty((2, len(rows), len(pairs)))
    for line, pair in enumerate(pairs):
        explainer.subject.say(f"interactions: pair {line + 1} of {len(pairs)}")
        own, other = np.repeat(rows, draws), rng.choice(background, len(rows) * draws)
        known = _drawn(len(own), len(parts), pair, rng)
        answers = [_answers(explainer, own, other, _with(known, pair, here), parts) for here in _CORNERS]
        apart = answers[0] - answers[1] - answers[2] + answers[3]
        halves[:, :, line] = apart.reshape(len(rows), 2, draws // 2).mean(axis=2).T
    return Together(pairs, halves[0], halves[1])


_CORNERS = ((True, True), (True, False), (False, True), (False, False))


def _drawn(count: int, parts: int, pair: Pair, rng: np.random.Generator) -> NDArray[np.bool_]:
    """bool[count, parts]: sets of the other parts, every size equally often, every set of a size alike."""
    turn = rng.random((count, parts))
    turn[:, list(pair)] = np.inf
    size = rng.integers(0, parts - 1, count)
    return np.asarray(turn.argsort(axis=1).argsort(axis=1) < size[:, None])


def _with(known: NDArray[np.bool_], pair: Pair, here: tuple[bool, bool]) -> NDArray[np.bool_]:
    changed = known.copy()
    changed[:, pair[0]], changed[:, pair[1]] = here
    return changed


def _answers(
    explainer: Explainer, own: Places, other: Places, known: NDArray[np.bool_], parts: tuple[tuple[str, ...], ...]
) -> Floats:
    source = explainer.source
    columns = [
        source.inputs.columns[name].take(np.where(known[:, place], own, other))
        for place, names in enumerate(parts)
        for name in names
    ]
    return source.target.of(source.asked.answers(Frame({column.name: column for column in columns})))
