"""Every pair of groups compared: the worst one named with one interval, and Holm's p over all pairs of a metric.

The worst pair is chosen from the data, so its interval is made at a confidence shared out over all pairs (Bonferroni):
it holds for whichever pair is chosen. Worst is the pair whose difference is surest to be large: small groups take part,
and their width is held against them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bias.intervals import EXACT, NEWCOMBE, Floats, Ints, difference
from audits.engine.bias.rates import Group, Measure
from audits.engine.bounds import Interval, holm
from audits.engine.compiled.bias import fisher
from audits.engine.result import Table

FEW = 10  # a cell below it asks for Fisher's test (DOMAIN 2.8)


class Pair(NamedTuple):
    """Two groups of one grouping; `first` has the higher value."""

    grouping: str
    first: str
    second: str
    n: tuple[int, int]
    value: tuple[float, float]
    point: float
    interval: Interval
    method: str
    p: float
    p_method: str
    holm: float


@dataclass(frozen=True)
class Compared:
    """All pairs of one metric: how many there are, those that Holm's correction leaves, and the worst one."""

    measure: Measure
    pairs: int
    significant: tuple[Pair, ...]
    worst: Pair | None


class _Places(NamedTuple):
    group: Group
    first: Ints
    second: Ints


def compare(groups: list[Group], confidence: float, level: float) -> Compared:
    """One metric over all its groupings. Groups without a row in the denominator have no value and no pair."""
    every = [_places(group) for group in groups]
    count = sum(len(each.first) for each in every)
    if count == 0:
        return Compared(groups[0].measure, 0, (), None)
    shared = 1 - (1 - confidence) / count
    p, by_fisher = _joined([_p(each) for each in every])
    adjusted = np.array(holm(p))
    point, low, high, near = _joined([_intervals(each, shared) for each in every])
    # The surest large difference: the end of the interval that is nearer to nought, below nought where it holds it.
    sure = np.maximum(low, -high)
    order = np.lexsort((-np.abs(point), -sure))
    where = np.concatenate([np.full(len(each.first), i) for i, each in enumerate(every)])
    within = np.concatenate([np.arange(len(each.first)) for each in every])

    def pair(i: int) -> Pair:
        one = every[where[i]]
        method = NEWCOMBE if near[i] else EXACT
        around = (float(point[i]), float(low[i]), float(high[i]))
        test = "Fisher exact" if by_fisher[i] else "z"
        return _pair(one, int(within[i]), around, method, (float(p[i]), test, float(adjusted[i])))

    kept = tuple(pair(int(i)) for i in order if adjusted[i] <= level)
    return Compared(groups[0].measure, count, kept, pair(int(order[0])))


def _places(group: Group) -> _Places:
    there = np.flatnonzero(group.n[:-1] > 0)
    first, second = np.triu_indices(len(there), 1)
    return _Places(group, there[first], there[second])


def _joined(parts: list[tuple[NDArray[Any], ...]]) -> list[NDArray[Any]]:
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


def _intervals(places: _Places, confidence: float) -> tuple[NDArray[Any], ...]:
    found = places.group.sides(confidence)
    return tuple(difference(found[places.first], found[places.second]))


def _p(places: _Places) -> tuple[NDArray[Any], NDArray[Any]]:
    """Two-sided p of equal values, and where Fisher's test was taken. Calibration gaps are compared by the outcomes'
    own binomial spread, as the rates are, around the stated probabilities."""
    group, (first, second) = places.group, (places.first, places.second)
    k, n, other_k, other_n = group.k[first], group.n[first], group.k[second], group.n[second]
    if group.shift is not None:
        return _shifted_p(group, group.shift, first, second), np.zeros(len(k), dtype=bool)
    few = np.minimum.reduce([k, n - k, other_k, other_n - other_k]) < FEW
    pooled = (k + other_k) / (n + other_n)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (k / n - other_k / other_n) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n))
    p = 2 * stats.norm.sf(np.abs(z))
    p[few] = fisher(k[few], n[few], other_k[few], other_n[few])
    return p, few


def _shifted_p(group: Group, shift: Floats, first: Ints, second: Ints) -> Floats:
    """Wald's p with the variance of each side's share; a side where all or none came true is too small to test."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = group.k / group.n
        variance = share * (1 - share) / group.n
        gap = shift - share
        z = (gap[first] - gap[second]) / np.sqrt(variance[first] + variance[second])
    enough = np.minimum(group.k, group.n - group.k) >= FEW
    return np.asarray(np.where(enough[first] & enough[second], 2 * stats.norm.sf(np.abs(z)), 1.0))


def _pair(
    places: _Places, i: int, around: tuple[float, float, float], method: str, test: tuple[float, str, float]
) -> Pair:
    group, chosen, (point, low, high) = places.group, (places.first[i], places.second[i]), around
    if point < 0:
        chosen, (point, low, high) = (chosen[1], chosen[0]), (-point, -high, -low)
    n = tuple(int(group.n[place]) for place in chosen)
    shares = [group.k[place] / group.n[place] for place in chosen]
    values = shares if group.shift is None else [group.shift[at] - s for at, s in zip(chosen, shares, strict=True)]
    return Pair(
        group.way.name,
        group.way.names[chosen[0]],
        group.way.names[chosen[1]],
        (n[0], n[1]),
        (float(values[0]), float(values[1])),
        point,
        Interval(low, high),
        method,
        *test,
    )


COLUMNS = (
    "metric",
    "grouping",
    "higher group",
    "higher n",
    "higher value",
    "lower group",
    "lower n",
    "lower value",
    "difference",
    "low",
    "high",
    "method",
    "p",
    "p method",
    "p Holm",
    "pairs compared",
)


def worst_table(compared: list[Compared]) -> Table:
    """The worst pair of every metric."""
    return Table(COLUMNS, tuple(_row(each, each.worst) for each in compared if each.worst is not None))


def significant_table(compared: list[Compared], most: int) -> Table:
    """The pairs that Holm's correction leaves, at most `most` a metric; the others are counted in worst_table's sum."""
    return Table(COLUMNS, tuple(_listed(compared, most)))


def _listed(compared: list[Compared], most: int) -> Iterator[tuple[Any, ...]]:
    for each in compared:
        yield from (_row(each, pair) for pair in each.significant[:most])


def _row(compared: Compared, pair: Pair) -> tuple[Any, ...]:
    return (
        compared.measure.title,
        pair.grouping,
        pair.first,
        pair.n[0],
        pair.value[0],
        pair.second,
        pair.n[1],
        pair.value[1],
        pair.point,
        pair.interval.low,
        pair.interval.high,
        pair.method,
        pair.p,
        pair.p_method,
        pair.holm,
        compared.pairs,
    )
