"""The worst slices of one, two or three conditions: found on one half of the rows, confirmed on the other.

Searched is the finding half alone, by counts over packed band codes: every combination of up to three columns is one
pass. A slice of more conditions counts only where its lower bound lies above the rate of every slice it is part of, so
that conditions that add nothing are left out. The best few, unlike one another, are tested once on the half that the
search never saw: the exact hypergeometric tail against all other rows (Fisher 1935), Holm 1979 over these few. Because
the candidates do not depend on the confirming half, the family-wise error holds however much was searched.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.banding import Banded
from audits.engine.bounds import Z_90_TWO_SIDED, Rate, cp_lower, holm
from audits.engine.compiled.slicing import tally
from audits.engine.frame import Floats, Mask

Counts = NDArray[np.int64]
Say = Callable[[str], None]
MOST_RANKED = 400  # of the finding half's best, looked through for candidates unlike one another


@dataclass(frozen=True)
class SearchPlan:
    """Figures of the search; each is filed with its assumption.

    bands, most_values   quantile bands of a number, categories of a column
    least_rows           rows of the finding half that a slice must have
    least_errors         harmful errors of all rows below which nothing is searched
    candidates           slices that are put to the confirming half
    overlap              share of rows in common (of both together) above which two slices are the same
    level                family-wise error of the confirmation
    rows, work           most rows looked at, and most row-looks of the whole search
    """

    bands: int
    most_values: int
    least_rows: int
    least_errors: int
    candidates: int
    overlap: float
    level: float
    rows: int
    work: int


class Condition(NamedTuple):
    """`band` is a place among the names of the banded column at place `column`."""

    column: int
    band: int


class Candidate(NamedTuple):
    """A slice with its counts on the finding half and the lower bound that it is ranked by."""

    conditions: tuple[Condition, ...]
    rate: Rate
    lower: float


@dataclass(frozen=True)
class Confirmed:
    """A candidate on the confirming half: against all other rows there, Holm-adjusted p, and the exact lower bound."""

    candidate: Candidate
    rate: Rate
    rest: Rate
    p: float
    adjusted: float
    lower: float
    holds: bool


@dataclass
class Level:
    """How far the search of slices of `conditions` conditions went. `small`: cells below the least rows."""

    conditions: int
    possible: int
    looked: int = 0
    slices: int = 0
    small: int = 0


@dataclass(frozen=True)
class Searched:
    """What was found and confirmed; `tested` holds every candidate, the confirmed ones and the others."""

    levels: tuple[Level, ...]
    tested: tuple[Confirmed, ...]
    finding: Rate
    confirming: Rate
    small: tuple[tuple[tuple[int, ...], int, int], ...] = field(default=())


def search(
    columns: Sequence[Banded], harm: Mask, rng: np.random.Generator, plan: SearchPlan, say: Say = lambda _text: None
) -> Searched:
    """Searches the rows of bool[n] `harm`, split at random into two halves. At least two rows and one column."""
    order = rng.permutation(len(harm))[: plan.rows]
    half = len(order) // 2
    first, second = np.sort(order[:half]), np.sort(order[half:])
    finding = _Half([column.codes[first] for column in columns], harm[first])
    confirming = _Half([column.codes[second] for column in columns], harm[second])
    seeker = _Seeker(columns, finding, plan, say)
    ranked = seeker.ranked()
    chosen = _unlike(ranked, finding, plan)
    return Searched(
        tuple(seeker.levels), _confirmed(chosen, confirming, plan), finding.rate, confirming.rate, seeker.smallest()
    )


@dataclass
class _Half:
    codes: list[NDArray[np.uint8]]
    harm: Mask

    @property
    def rate(self) -> Rate:
        return Rate(int(self.harm.sum()), len(self.harm))

    def rows(self, conditions: Sequence[Condition]) -> Mask:
        """The rows that meet all conditions."""
        found = np.ones(len(self.harm), dtype=bool)
        for each in conditions:
            found &= self.codes[each.column] == each.band
        return found


@dataclass
class _Seeker:
    """Counts by combination of columns: kept for one and two columns, since slices of three are compared with them."""

    columns: Sequence[Banded]
    half: _Half
    plan: SearchPlan
    say: Say
    levels: list[Level] = field(default_factory=list)
    rates: dict[tuple[int, ...], Floats] = field(default_factory=dict)
    best: list[Candidate] = field(default_factory=list)
    tight: list[tuple[tuple[int, ...], int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.last = [(2 * codes + self.half.harm).astype(np.uint8) for codes in self.half.codes]
        self.merit = np.zeros(len(self.columns))  # best lower bound of a slice with this column so far

    def ranked(self) -> list[Candidate]:
        """Every slice that stands out, the worst lower bound first."""
        left = self.plan.work
        for depth in (1, 2, 3):
            places = self._affordable(depth, left // 2 if depth < 3 else left)
            level = Level(depth, comb(len(self.columns), depth))
            self.levels.append(level)
            for chosen, packed in self._packed(places, depth):
                level.looked += 1
                self._look(chosen, packed, level)
            left -= level.looked * len(self.half.harm)
        return sorted(self.best, key=lambda item: (-item.lower, item.conditions))

    def _affordable(self, depth: int, work: int) -> list[int]:
        """The most promising columns of which every combination may be looked at."""
        places = [int(place) for place in np.argsort(-self.merit, kind="stable")]
        while len(places) >= depth and comb(len(places), depth) * len(self.half.harm) > work:
            places.pop()
        return sorted(places) if len(places) >= depth else []

    def _packed(self, places: list[int], depth: int) -> Iterator[tuple[tuple[int, ...], NDArray[np.uint16]]]:
        """Each combination, with the packed codes of all its columns but the last."""
        for start in combinations(places, depth - 1):
            packed = np.zeros(len(self.half.harm), dtype=np.uint16)
            for place in start:
                packed = packed * np.uint16(len(self.columns[place].names)) + self.half.codes[place]
            self.say(f"slices: {' x '.join(self.columns[place].column for place in start) or 'single columns'}")
            after = places if not start else [place for place in places if place > start[-1]]
            for place in after:
                yield (*start, place), packed

    def _look(self, chosen: tuple[int, ...], packed: NDArray[np.uint16], level: Level) -> None:
        shape = tuple(len(self.columns[place].names) for place in chosen)
        tallied = np.zeros(2 * int(np.prod(shape)), dtype=np.uint32)
        tally(packed, self.last[chosen[-1]], 2 * shape[-1], tallied)
        counts = tallied.astype(np.int64).reshape(*shape, 2)
        n, k = counts.sum(axis=-1), counts[..., 1]
        large = n >= self.plan.least_rows
        small = (n > 0) & ~large
        level.slices, level.small = level.slices + int(large.sum()), level.small + int(small.sum())
        if small.any():
            self.tight.append((chosen, int(small.sum()), int(n[small].sum())))
        if len(chosen) < 3:
            self.rates[chosen] = np.divide(k, n, out=np.zeros(shape), where=n > 0)
        if large.any():
            self._keep(chosen, n, k, large)

    def _keep(self, chosen: tuple[int, ...], n: Counts, k: Counts, large: Mask) -> None:
        lower = np.where(large, _wilson_lower(k, np.maximum(n, 1)), -1.0)
        merit = float(lower.max())
        for place in chosen:
            self.merit[place] = max(self.merit[place], merit)
        for cell in np.argwhere(lower > self._of_parents(chosen, n.shape)):
            bands = tuple(int(code) for code in cell)
            conditions = tuple(Condition(*pair) for pair in zip(chosen, bands, strict=True))
            self.best.append(Candidate(conditions, Rate(int(k[bands]), int(n[bands])), float(lower[bands])))

    def _of_parents(self, chosen: tuple[int, ...], shape: tuple[int, ...]) -> Floats:
        """The highest rate among the slices that each cell is part of, all rows among them."""
        highest = np.full(shape, self.half.rate.value)
        for gone in range(len(chosen)):
            parent = chosen[:gone] + chosen[gone + 1 :]
            if parent in self.rates:
                highest = np.maximum(highest, np.expand_dims(self.rates[parent], gone))
        return highest

    def smallest(self) -> tuple[tuple[tuple[int, ...], int, int], ...]:
        """The combinations with most rows in slices too small to be looked at: columns, slices, rows."""
        return tuple(sorted(self.tight, key=lambda item: (-item[2], item[0]))[:10])


def _wilson_lower(k: Counts, n: Counts) -> Floats:
    p, z = k / n, Z_90_TWO_SIDED  # of the ranking alone: no claim rests on it
    spread = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return np.asarray((p + z * z / (2 * n) - spread) / (1 + z * z / n))


def _unlike(ranked: list[Candidate], half: _Half, plan: SearchPlan) -> list[Candidate]:
    """The best candidates of which no two have most of their rows in common."""
    chosen: list[Candidate] = []
    masks: list[Mask] = []
    for item in ranked[:MOST_RANKED]:
        rows = half.rows(item.conditions)
        if any(_in_common(rows, other) > plan.overlap for other in masks):
            continue
        chosen.append(item)
        masks.append(rows)
        if len(chosen) == plan.candidates:
            break
    return chosen


def _in_common(first: Mask, second: Mask) -> float:
    both = int((first & second).sum())
    return both / (int(first.sum()) + int(second.sum()) - both)


def _confirmed(chosen: list[Candidate], half: _Half, plan: SearchPlan) -> tuple[Confirmed, ...]:
    """Every candidate tested on the confirming half, in their order."""
    counted, whole = [], half.rate
    for item in chosen:
        rows = half.rows(item.conditions)
        counted.append(Rate(int(half.harm[rows].sum()), int(rows.sum())))
    p_values = [worse_p(rate, whole) for rate in counted]
    adjusted = holm(p_values)
    share = 1 - plan.level / max(len(chosen), 1)
    return tuple(
        Confirmed(
            item,
            rate,
            Rate(whole.k - rate.k, whole.n - rate.n),
            p_values[place],
            adjusted[place],
            cp_lower(rate.k, rate.n, share) if rate.n else 0.0,
            adjusted[place] <= plan.level,
        )
        for place, (item, rate) in enumerate(zip(chosen, counted, strict=True))
    )


def worse_p(rate: Rate, whole: Rate) -> float:
    """One-sided exact p of a slice no worse than the other rows: the hypergeometric tail at its errors."""
    return float(stats.hypergeom.sf(rate.k - 1, int(whole.n), int(whole.k), int(rate.n))) if rate.n else 1.0


def least_seen(rows: int, whole: Rate, plan: SearchPlan) -> float | None:
    """The lowest rate that `rows` rows of the confirming half must show to be confirmed as one of all candidates."""
    level, n = plan.level / plan.candidates, min(rows, int(whole.n))
    low, high = 0, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if worse_p(Rate(middle, n), whole) <= level else (middle, high)
    return high / n if n and high <= n else None
