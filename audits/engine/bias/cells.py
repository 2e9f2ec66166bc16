"""Rows counted once by all registered attributes; every attribute and every intersection is a marginal of that count.

A row that states nothing of an attribute is "not stated" in every intersection that asks for it, and is counted there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from audits.engine.cases import Cases
from audits.engine.compiled.counting import bits_counted
from audits.engine.frame import Codes, Floats, Frame, Groups, Mask
from audits.engine.groups import NOT_STATED, RARE, limited_groups
from audits.engine.spec import Attribute, AuditSpec
from audits.engine.verdicts import Judge
from core.errors import InputRefused

Ints = NDArray[np.int64]

HALF = 2.0**26


@dataclass(frozen=True)
class Axis:
    """One registered attribute as groups of rows."""

    attribute: Attribute
    groups: Groups

    @property
    def name(self) -> str:
        return self.attribute.name


@dataclass(frozen=True)
class Way:
    """One attribute, or several crossed: a count array by name, one entry a group of `names`, the last "not stated".

    `stated` float64 holds sums of stated probabilities the same way. `unmeasured` are groups, with their rows, that the
    filed number of cells left no room for.
    """

    axes: tuple[str, ...]
    names: tuple[str, ...]
    counts: Mapping[str, Ints]
    stated: Floats
    unmeasured: tuple[int, int] = (0, 0)

    @property
    def name(self) -> str:
        return " x ".join(self.axes)

    @property
    def crossed(self) -> bool:
        return len(self.axes) > 1

    @property
    def rows(self) -> Ints:
        return self.counts["rows"]

    def totals(self, names: tuple[str, ...]) -> Ints:
        """The sum of these counts by group; noughts where the task has none of that name."""
        nothing = np.zeros(len(self.names), dtype=np.int64)
        return np.asarray(sum((self.counts.get(name, nothing) for name in names), nothing))


@dataclass(frozen=True)
class Cells:
    """The finest cells: `levels` int[cells, axes] (-1 not stated), counts and sums of stated probabilities by cell."""

    axes: tuple[Axis, ...]
    levels: Ints
    counts: Mapping[str, Ints]
    stated: Floats

    def total(self, names: tuple[str, ...]) -> int:
        """The sum of these counts over all rows."""
        return sum(int(self.counts[name].sum()) for name in names if name in self.counts)


@dataclass(frozen=True)
class Order:
    """What was measured of the intersections of `size` attributes: groupings in all and formed, cells and rows that
    were left out of formed ones, and names of groupings that were not formed or not whole."""

    size: int
    groupings: int
    formed: int
    cells: int
    left_cells: int
    left_rows: int
    named: tuple[str, ...]


def axes_of(frame: Frame, judge: Judge) -> tuple[tuple[Axis, ...], tuple[InputRefused, ...]]:
    """The attributes that can be told by group, and why the others cannot."""
    found, refused = [], []
    for item in judge.spec.attributes:
        try:
            found.append(Axis(item, limited_groups(frame, item.column, "attributes", judge)))
        except InputRefused as error:
            refused.append(error)
    return tuple(found), tuple(refused)


def cells_count(axes: tuple[Axis, ...], cases: Cases, spec: AuditSpec) -> Cells:
    """One pass over the rows: the cells that occur, and every count in them."""
    place, size = _places([(axis.groups.codes, len(axis.groups.names) + 1) for axis in axes], len(cases.decided))
    masks = masks_of(cases, spec)
    packed = np.zeros(len(place), dtype=np.uint16)
    for bit, where in enumerate(masks.values()):
        packed |= where.astype(np.uint16) << np.uint16(bit)
    counts, row_of = np.zeros((size, len(masks)), dtype=np.int64), np.full(size, -1)
    bits_counted(place, packed, counts, row_of)
    occur = row_of >= 0
    levels = np.column_stack([axis.groups.codes[row_of[occur]].astype(np.int64) for axis in axes])
    counted = {name: np.ascontiguousarray(counts[occur, bit]) for bit, name in enumerate(masks)}
    return Cells(axes, levels, counted, _stated_sums(cases, spec, place, size)[occur])


def _places(axes: list[tuple[Codes, int]], rows: int) -> tuple[Ints, int]:
    """The cell of each row in the order of all axes, and how many places there are, a few a row at most."""
    place, size, most = np.zeros(rows, dtype=np.int64), 1, 4 * rows + 1000
    for codes, width in axes:
        place = place * width + (codes + 1)
        size *= width
        if size > most:
            place = _dense(place)
            size = int(place.max()) + 1 if rows else 0
    return place, size


def _dense(keys: Ints) -> Ints:
    """The keys (not negative) numbered from 0 without gaps, in their order."""
    if not len(keys) or int(keys.max()) > 4 * len(keys):
        return np.asarray(np.unique(keys, return_inverse=True)[1])
    return np.asarray((np.cumsum(np.bincount(keys) > 0) - 1)[keys])


def masks_of(cases: Cases, spec: AuditSpec) -> dict[str, Mask]:
    """What is counted of each row, by name; the confusion cells only where decisions are yes or no."""
    audited = cases.audited
    masks = {
        "rows": np.ones(len(audited), dtype=bool),
        "decided": cases.decided,
        "labelled": audited,
        "harm": cases.harm & audited,
        "correct": audited & ~cases.wrong,
    }
    if spec.decides:
        masks |= {
            "tp": audited & cases.event & cases.positive,
            "fp": audited & ~cases.event & cases.positive,
            "fn": audited & cases.event & ~cases.positive,
            "tn": audited & ~cases.event & ~cases.positive,
            "selected": cases.decided & (cases.positive != (spec.favourable_decision == "negative")),
        }
    if cases.score is not None:
        masks |= _scored(cases, cases.score, spec)
    return masks | _stated(cases, spec)


def _scored(cases: Cases, score: Floats, spec: AuditSpec) -> dict[str, Mask]:
    """Decisions with a score, and those on the favourable side of the sample's median (LL144's scoring rate)."""
    scored = cases.decided & np.isfinite(score)
    middle = np.median(score[scored]) if scored.any() else 0.0
    better = score < middle if spec.favourable_decision == "negative" else score > middle
    return {"scored": scored, "past_median": scored & better}


def _stated(cases: Cases, spec: AuditSpec) -> dict[str, Mask]:
    """Audited rows with a stated probability, and those of them where what it is the probability of came true."""
    if cases.probability is None or spec.task == "regression":
        return {}
    stated = cases.audited & np.isfinite(cases.probability)
    return {"stated": stated, "came_true": stated & (cases.event if spec.decides else ~cases.wrong)}


def _stated_sums(cases: Cases, spec: AuditSpec, place: Ints, size: int) -> Floats:
    """Sums by cell in two halves of 26 bits. Both are whole numbers below 2**53 for up to 67 million rows, so they are
    exact and the order of the rows does not matter."""
    where = _stated(cases, spec).get("stated")
    if where is None or cases.probability is None:
        return np.zeros(size)
    cells, scaled = place[where], cases.probability[where] * HALF
    upper = np.floor(scaled)
    lower = np.floor((scaled - upper) * HALF)
    return (_sums(cells, upper, size) + _sums(cells, lower, size) / HALF) / HALF


def ways(cells: Cells, most: int, least: int) -> tuple[tuple[Way, ...], tuple[Order, ...]]:
    """Every attribute whole, then intersections of two, three and more until `most` crossed cells are told of.

    Of a grouping that no longer fits its largest cells are kept. `least` is the fewest rows a told group may have.
    The second answer says, for each number of attributes, what was and was not measured.
    """
    found, orders, room = [], [], most
    places = range(len(cells.axes))
    for size in range(1, len(cells.axes) + 1):
        formed: list[Way] = []
        for chosen in combinations(places, size):
            if size > 1 and room <= 0:
                break
            way = marginal(cells, chosen, least)
            if size > 1:
                way = _largest(way, room)
                room -= len(way.names) - 1
            formed.append(way)
        found += formed
        orders.append(_order(cells, size, formed))
    return tuple(found), tuple(orders)


def _order(cells: Cells, size: int, formed: list[Way], most_named: int = 12) -> Order:
    names = [axis.name for axis in cells.axes]
    short = [way.name for way in formed if way.unmeasured[0]]
    missing = combinations(names, size) if len(formed) < comb(len(names), size) else iter(())
    named = [*short, *(" x ".join(each) for each in _after(missing, len(formed), most_named))]
    left = [sum(way.unmeasured[i] for way in formed) for i in (0, 1)]
    told = sum(len(way.names) - 1 for way in formed)
    return Order(size, comb(len(names), size), len(formed), told, left[0], left[1], tuple(named[:most_named]))


def _after(items: Iterator[tuple[str, ...]], skip: int, most: int) -> Iterator[tuple[str, ...]]:
    for place, item in enumerate(items):
        if place >= skip + most:
            return
        if place >= skip:
            yield item


def marginal(cells: Cells, chosen: tuple[int, ...], least: int) -> Way:
    """The groups of these attributes (places in `cells.axes`) that have rows."""
    levels = cells.levels[:, list(chosen)]
    key = np.zeros(len(levels), dtype=np.int64)
    for column, axis in zip(levels.T, (cells.axes[place] for place in chosen), strict=True):
        key = _dense(key * (len(axis.groups.names) + 1) + column + 1)
    stated = (levels >= 0).all(axis=1)
    seen, groups = np.unique(key[stated], return_inverse=True)
    place = np.full(len(levels), len(seen), dtype=np.int64)
    place[stated] = groups
    rows = _sums(place, cells.counts["rows"], len(seen) + 1)[:-1]
    first = np.flatnonzero(stated)[np.unique(groups, return_index=True)[1]] if len(seen) else np.zeros(0, int)
    names = [
        ", ".join(cells.axes[axis].groups.names[levels[cell, i]] for i, axis in enumerate(chosen)) for cell in first
    ]
    to, names = _merged(rows, names, least)
    place = np.append(to, len(names))[place]
    size = len(names) + 1
    counts = {
        name: np.bincount(place, weights=each, minlength=size).astype(np.int64) for name, each in cells.counts.items()
    }
    sums = _sums(place, cells.stated, size)
    return Way(tuple(cells.axes[i].name for i in chosen), (*names, NOT_STATED), counts, sums)


def _sums(place: Ints, weights: Floats | Ints, size: int) -> Floats:
    return np.bincount(place, weights=weights, minlength=size).astype(np.float64)


def _merged(rows: Floats, names: list[str], least: int) -> tuple[Ints, list[str]]:
    """The new place of each group, those of fewer than `least` rows as one, with the next larger until it has them."""
    to = np.arange(len(rows))
    if not (rows < least).any():
        return to, names
    by_size = np.argsort(rows, kind="stable")
    merged = max(int((rows < least).sum()), 1 + int(np.searchsorted(np.cumsum(rows[by_size]), least)))
    kept = np.sort(by_size[merged:])
    to[:] = len(kept)
    to[kept] = np.arange(len(kept))
    return to, [*(names[place] for place in kept), RARE]


def _largest(way: Way, room: int) -> Way:
    """The way with its `room` largest groups, in their order; the others are counted as unmeasured."""
    count = len(way.names) - 1
    if count <= room:
        return way
    kept = np.sort(np.argsort(-way.rows[:-1], kind="stable")[:room])
    out = (count - room, int(way.rows[:-1].sum() - way.rows[kept].sum()))
    kept = np.append(kept, count)
    counts = {name: each[kept] for name, each in way.counts.items()}
    return Way(way.axes, tuple(way.names[place] for place in kept), counts, way.stated[kept], out)
