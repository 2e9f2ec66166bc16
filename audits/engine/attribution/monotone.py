"""Does moving a registered input in its way ever move the answer the other way?

Of a model of trees the answer is a step function of one input, so it is looked at behind every threshold that lies
above the row's value: nothing is missed. Of any other model it is looked at where the data set has values.
"""

from dataclasses import dataclass, replace

import numpy as np

from audits.engine.attribution.explainer import Explainer
from audits.engine.attribution.explaining import Places
from audits.engine.frame import Column, Floats, Frame, Mask
from audits.engine.spec import Monotone
from audits.trees import Trees, margins


@dataclass(frozen=True)
class Moved:
    """By row that could be moved: whether its answer went the wrong way, how far at most, and where that was.

    `every` is True where all values were looked at, False where only values of the data set were.
    """

    rows: Places
    wrong: Mask
    worst: Floats
    before: Floats
    after: Floats
    origin: Floats
    reached: Floats
    points: int
    every: bool


def moved(explainer: Explainer, item: Monotone, rows: Places, points: int, tolerance: float) -> Moved:
    """Moves the input of these rows upwards to each of at most `points` values above the row's own; rows that state no
    value, or the largest, cannot be moved. `tolerance` is a share of the largest answer, and at least of 1."""
    column = explainer.source.inputs.columns[item.column]
    values, every = column.numbers(), _cuts(explainer, item.column, column, points)
    ladder = every if every is not None else _seen(values, points)
    own = values[rows]
    can = ~np.isnan(own) & (own < (ladder[-1] if len(ladder) else -np.inf))
    rows, own = rows[can], own[can]
    places, step = np.nonzero(own[:, None] < ladder[None, :])
    before, after = _answers(explainer, rows, places, item.column, ladder[step], every is not None)
    way = 1.0 if item.way == "up" else -1.0
    against = way * (before[places] - after)
    worst, where = np.full(len(rows), -np.inf), np.zeros(len(rows), np.int64)
    np.maximum.at(worst, places, against)
    at = np.flatnonzero(against == worst[places])[::-1]
    where[places[at]] = at
    slack = tolerance * np.maximum(1.0, np.abs(before))
    found = Moved(rows, worst > slack, worst, before, before, own, own, len(ladder), every is not None)
    return replace(found, after=after[where], reached=ladder[step][where]) if len(rows) else found


def _cuts(explainer: Explainer, name: str, column: Column, points: int) -> Floats | None:
    """The smallest value behind each threshold of the input; None where there are more than `points` of them."""
    trees, interface = explainer.trees, explainer.source.interface
    if trees is None:
        return None
    feature = interface.sources.index(interface.columns.index(name))
    cuts = np.unique(trees.threshold[(trees.feature == feature) & ~trees.leaf])
    if len(cuts) > points:
        return None
    values = column.numbers()
    present = values[~np.isnan(values)]
    whole = bool((present == np.rint(present)).all())
    behind = np.unique(_behind(trees, cuts, whole))
    return behind[np.isfinite(behind)]


def _behind(trees: Trees, cuts: Floats, whole: bool) -> Floats:
    """What goes right at each threshold: at it for "lt", beyond it for "le"; the next whole number of a column of such.

    Where values are rounded to 32 bits first, the next one of them is meant.
    """
    if whole:
        return np.asarray(np.ceil(cuts) if trees.compare == "lt" else np.floor(cuts) + 1)
    if trees.single:
        short = cuts.astype(np.float32)
        upward = short if trees.compare == "lt" else np.nextafter(short, np.float32(np.inf))
        return np.asarray(upward.astype(np.float64))
    return np.asarray(cuts if trees.compare == "lt" else np.nextafter(cuts, np.inf))


def _seen(values: Floats, points: int) -> Floats:
    """Values of the data set: all of them, or `points` spread over the rows, the largest among them."""
    present = np.unique(values[~np.isnan(values)])
    if len(present) <= points:
        return present
    return np.unique(np.quantile(present, np.arange(1, points + 1) / points, method="inverted_cdf"))


def _answers(
    explainer: Explainer, rows: Places, places: Places, name: str, reached: Floats, exact: bool
) -> tuple[Floats, Floats]:
    """The explained number of the rows as they are, and as they are moved: of trees the margin behind it."""
    source = explainer.source
    inputs = source.inputs.take(rows[places])
    changed = Column(name, "float", reached, np.zeros(len(reached), dtype=bool))
    inputs = Frame({key: changed if key == name else column for key, column in inputs.columns.items()})
    if not exact or explainer.trees is None:
        before = source.target.of(source.base)[rows]
        return before, source.target.of(source.asked.answers(inputs)) if len(places) else np.zeros(0)
    feature = source.interface.sources.index(source.interface.columns.index(name))
    numbers = source.numbers(rows)
    lifted = numbers[places]
    lifted[:, feature] = reached
    sign, output = explainer.sign, explainer.output
    return tuple(sign * margins(explainer.trees, each)[:, output] for each in (numbers, lifted))  # type: ignore[return-value]
