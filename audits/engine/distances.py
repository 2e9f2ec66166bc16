"""How far two samples of one column lie apart: PSI, Kolmogorov-Smirnov and Wasserstein-1, all from one pass.

Up to EXACT_ROWS values are sorted and every figure is exact. More are counted in cells of about equal mass, laid out by
a sample. Where values repeat in the sample, rows that equal one value of their cell are told from others as they are
counted; any other cell that holds more than HEAVY of either part is resolved into its values by a second pass, and
values far out are kept as they are, so point masses and heavy tails are exact; what remains is spread evenly within a
cell. `slack` bounds what this can hide of the KS distance. Sources: Kolmogorov 1933 and Smirnov 1939; Massart 1990 for
the band; Vallender 1974 (the area between distribution functions is Wasserstein-1).
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.compiled.distances import count_cells, count_known, edges_of, split_heavy, walk
from audits.engine.frame import Floats
from audits.engine.shift import HALF_ROW

Whole = NDArray[np.int64]

EXACT_ROWS = 100_000  # values of both parts together that are sorted rather than counted
CELLS = 1 << 15
COARSE = 1 << 10
LEAST_FINE = 8  # fine cells of a coarse one that the sample did not meet
SAMPLE = 8192  # values of each part that lay out the cells
HEAVY = 1e-4  # share of either part in one cell above which its values are told apart
FAR = 8  # rows beyond the cells are kept one by one up to one row in so many
WIDE = 16.0  # spreads of the middle half beyond which a value is kept by itself
LEAST_ROWS = 100  # of each part, below which no approximate interval is given


class Steps(NamedTuple):
    """Two distributions along one line, ascending: point masses (left = right) and cells of evenly spread mass."""

    left: Floats
    right: Floats
    before: Whole
    after: Whole


@dataclass(frozen=True)
class Apart:
    """Distances of two samples of `n` and `m` values.

    ks, slack     largest distance of the distribution functions, and the most by which it may be told too small
    area          Wasserstein-1 in the column's own unit; `scale` is the standard deviation of the first sample
    area_se       standard error of the area where the two distributions differ
    area_bias     the most that sampling alone adds to it on average
    """

    n: int
    m: int
    ks: float
    slack: float
    area: float
    area_se: float
    area_bias: float
    scale: float
    bins: tuple[Floats, Floats]

    @property
    def ks_p(self) -> float:
        """p of the two-sided Kolmogorov-Smirnov test by its limiting law at the effective number of rows."""
        effective = round(self.n * self.m / (self.n + self.m))
        return float(stats.kstwo.sf(self.ks, max(effective, 1)))

    def ks_interval(self, confidence: float) -> Interval:
        """Dvoretzky-Kiefer-Wolfowitz band of both parts, each at half of what may be missed; holds for every n."""
        slack = math.sqrt(math.log(4 / (1 - confidence)) / 2) * (1 / math.sqrt(self.n) + 1 / math.sqrt(self.m))
        return Interval(max(0.0, self.ks - slack), min(1.0, self.ks + self.slack + slack))

    def area_interval(self, confidence: float) -> Interval | None:
        """Normal interval of the area; its lower side gives up what sampling adds, because resampling only ever adds.
        None below LEAST_ROWS values of either part."""
        if min(self.n, self.m) < LEAST_ROWS:
            return None
        half = float(stats.norm.ppf(1 - (1 - confidence) / 2)) * self.area_se
        return Interval(max(0.0, self.area - half - self.area_bias), self.area + half)


def apart(first: Floats, second: Floats, bins: int) -> Apart | None:
    """The distances of two samples of finite numbers (NaN: absent); None where one has no value.

    `bins` equal-mass bins of the first sample are counted for the PSI; their counts may be fractions of rows.
    """
    steps = steps_of(first, second)
    if steps is None:
        return None
    n, m = int(steps.before.sum()), int(steps.after.sum())
    if min(n, m) == 0:
        return None
    ks, slack, area, spread_f, spread_g, bias, _, variance = walk(*steps).tolist()
    se = math.sqrt(spread_f / n + spread_g / m)
    return Apart(n, m, ks, slack, area, se, bias, math.sqrt(variance), _binned(steps, bins))


def apart_all(pairs: Sequence[tuple[Floats, Floats]], bins: int, workers: int = 2) -> list[Apart | None]:
    """The same for many columns; each is worked on by one thread, so the number of threads changes nothing."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda pair: apart(pair[0], pair[1], bins), pairs))


def steps_of(first: Floats, second: Floats) -> Steps | None:
    """The two samples as steps; exact up to EXACT_ROWS values. None without any value."""
    if len(first) + len(second) <= EXACT_ROWS:
        return _sorted_steps(first[~np.isnan(first)], second[~np.isnan(second)])
    drawn = _drawn(first, second)
    grid = _grid(drawn)
    found = None if grid is None else _counted((first, second), grid, _known(drawn, grid))
    return found or _sorted_steps(first[~np.isnan(first)], second[~np.isnan(second)])


def _sorted_steps(first: Floats, second: Floats) -> Steps | None:
    if len(first) + len(second) == 0:
        return None
    return _merged(np.sort(first), np.sort(second), np.empty(0), [np.empty(0, np.int64)] * 2)


def _merged(first: Floats, second: Floats, masses: Floats, counts: Sequence[Whole]) -> Steps:
    """Two ascending samples, and point masses with their `counts` in both, as steps. Runs in order merge quickly."""
    values = np.concatenate([first, second, masses])
    if len(values) == 0:
        return Steps(values, values, *counts)
    order = np.argsort(values, kind="stable")
    values = values[order]
    begins = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    mine = np.concatenate([np.ones(len(first), np.int64), np.zeros(len(second), np.int64), counts[0]])
    theirs = np.concatenate([np.zeros(len(first), np.int64), np.ones(len(second), np.int64), counts[1]])
    before, after = (np.add.reduceat(weight[order], begins) for weight in (mine, theirs))
    return Steps(values[begins], values[begins], before, after)


class _Grid(NamedTuple):
    low: float
    high: float
    per_unit: float
    start: NDArray[np.int32]
    fine: NDArray[np.int32]

    def cells_of(self, values: Floats) -> Whole:
        """The fine cell of each value, all within low to high."""
        place = (values - self.low) * self.per_unit
        coarse = place.astype(np.int64)
        return np.asarray(self.start[coarse] + ((place - coarse) * self.fine[coarse]).astype(np.int64))


def _drawn(first: Floats, second: Floats) -> Floats:
    """A sample of both parts, ascending."""
    drawn = np.concatenate([part[:: max(1, len(part) // SAMPLE)] for part in (first, second)])
    return np.sort(drawn[~np.isnan(drawn)])


def _grid(drawn: Floats) -> _Grid | None:
    """Cells of about equal mass over the bulk of the sample; None when it holds no value."""
    if len(drawn) == 0:
        return None
    low_quarter, high_quarter = drawn[len(drawn) // 4], drawn[(3 * len(drawn)) // 4]
    wide = WIDE * (high_quarter - low_quarter) or drawn[-1] - drawn[0]
    low, high = max(drawn[0], low_quarter - wide), min(drawn[-1], high_quarter + wide)
    # Narrow: a coarse cell that begins before the values do would crowd its mass into few of its fine cells.
    margin = (high - low) / (64 * COARSE) or max(abs(low), 1.0) / 64
    low, high = low - margin, high + margin
    per_unit = COARSE / (high - low)
    if not (np.isfinite(per_unit) and low < high):
        return None
    places = ((drawn[(drawn >= low) & (drawn < high)] - low) * per_unit).astype(np.int64)
    mass = np.bincount(places, minlength=COARSE + 1)[: COARSE + 1]
    fine = (LEAST_FINE + (CELLS - LEAST_FINE * COARSE) * mass // max(int(mass.sum()), 1)).astype(np.int32)
    start = (np.cumsum(fine) - fine).astype(np.int32)
    return _Grid(float(low), float(high), float(per_unit), start, fine)


def _known(drawn: Floats, grid: _Grid) -> Floats | None:
    """A value of each fine cell for count_known: one that repeats in the sample. Where most of the sample repeats the
    other cells learn theirs; else they are counted whole. None where nothing repeats."""
    drawn = drawn[(drawn >= grid.low) & (drawn < grid.high)]
    again = drawn[1:] == drawn[:-1]
    if not again.any():
        return None
    alone = ~(np.append(again, False) | np.append(False, again))
    known = np.full(int(grid.fine.sum()), np.inf if 2 * alone.sum() < len(drawn) else np.nan)
    repeated = drawn[1:][again]
    known[grid.cells_of(repeated)] = repeated
    return known


def _counted(parts: tuple[Floats, Floats], grid: _Grid, known: Floats | None) -> Steps | None:
    """The steps by counting; None when too much lies beyond the grid to keep value by value."""
    counts, single = [], []
    for part in parts:
        held, beyond = np.zeros(int(grid.fine.sum()), np.int32), np.empty(len(part) // FAR)
        if known is None:
            number, rest, other = count_cells(part, *grid, held, beyond), 0, beyond[:0]
        else:
            other = np.empty(len(part) // FAR)
            number, rest = count_known(part, *grid, held, beyond, known, other)
        if number > len(beyond):
            return None
        if rest > len(other):
            return _counted(parts, grid, None)  # it looked as if values repeated, and they do not
        counts.append(held)
        single.append(np.concatenate([beyond[:number], other[:rest]]))
    filled = (counts[0] > 0) | (counts[1] > 0)
    told = np.zeros(len(filled), dtype=bool) if known is None else filled & np.isfinite(known)
    heavy = ~told & ((counts[0] > HEAVY * len(parts[0])) | (counts[1] > HEAVY * len(parts[1])))
    value = np.full(len(filled), np.inf) if known is None else known
    masses = [np.where(told, held, 0) for held in counts]
    if heavy.any():
        value = np.where(heavy, np.inf, np.where(told, value, np.nan))
        for place, part in enumerate(parts):
            other = _split(part, grid, heavy, value, masses[place], counts[place])
            single[place] = np.concatenate([single[place], other])
    apart = told | heavy
    atoms = _merged(
        np.sort(single[0]), np.sort(single[1]), value[apart], [same[apart].astype(np.int64) for same in masses]
    )
    keep, edges = filled & ~apart, edges_of(*grid)
    cells = Steps(edges[:-1][keep], edges[1:][keep], *(part[keep].astype(np.int64) for part in counts))
    where = np.searchsorted(cells.left, atoms.left, side="right")
    return Steps(*(np.insert(old, where, new) for old, new in zip(cells, atoms, strict=True)))


def _split(
    part: Floats,
    grid: _Grid,
    heavy: NDArray[np.bool_],
    value: Floats,
    mass: NDArray[np.int32],
    held: NDArray[np.int32],
) -> Floats:
    """The rows of heavy cells that do not equal the value first met there, which `value` learns; `mass` takes the count
    of those that do."""
    mass[heavy] = held[heavy]
    other = np.empty(int(held[heavy].sum()))
    first = np.where(heavy, value, np.nan)
    rest = split_heavy(part, *grid, first, mass, other)
    value[heavy] = first[heavy]
    return other[:rest]


def _binned(steps: Steps, bins: int) -> tuple[Floats, Floats]:
    """Rows of both parts in equal-mass bins of the first, bounded by numpy's quantiles, values that equal an edge below
    it. A cell that an edge cuts is cut in proportion."""
    upto = np.cumsum(steps.before)
    edges: set[float] = set()
    for part in range(1, bins):
        rank = (int(upto[-1]) - 1) * (part / bins)
        below = _ranked(steps, upto, math.floor(rank))
        edges.add(_between(below, _ranked(steps, upto, math.ceil(rank)), rank - math.floor(rank)))
    ends = np.array(sorted(edges))
    return tuple(np.diff(_upto(steps, rows, ends), prepend=0.0) for rows in (steps.before, steps.after))  # type: ignore[return-value]


def _ranked(steps: Steps, upto: Whole, rank: int) -> float:
    """The value of this rank, from 0, in the first part; within a cell its place in proportion."""
    place = int(np.searchsorted(upto, rank, side="right"))
    left, right, rows = float(steps.left[place]), float(steps.right[place]), int(steps.before[place])
    return left if left == right else left + (rank + 1 - int(upto[place]) + rows) / rows * (right - left)


def _between(low: float, high: float, share: float) -> float:
    """The value at this share of the way, digit for digit as numpy's quantile takes it."""
    return low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share)


def _upto(steps: Steps, rows: Whole, ends: Floats) -> Floats:
    """Rows at or below each of the ascending `ends`, and all of them."""
    total = np.concatenate([[0.0], np.cumsum(rows, dtype=np.float64)])
    whole = np.searchsorted(steps.right, ends, side="right")
    cut = np.minimum(whole, len(rows) - 1)
    width = steps.right[cut] - steps.left[cut]
    share = np.divide(ends - steps.left[cut], width, out=np.zeros(len(ends)), where=width > 0)
    inside = np.where(whole < len(rows), np.clip(share, 0.0, 1.0) * rows[cut], 0.0)
    return np.append(total[whole] + inside, total[-1])


@dataclass(frozen=True)
class Stability:
    """PSI with its standard error where the two differ, and what sampling alone adds on average."""

    value: float
    se: float
    bias: float

    def interval(self, confidence: float) -> Interval:
        """Normal interval; the lower side gives up what sampling adds."""
        half = float(stats.norm.ppf(1 - (1 - confidence) / 2)) * self.se
        return Interval(max(0.0, self.value - half - self.bias), self.value + half)


def stability(before: Floats, after: Floats) -> Stability:
    """PSI of two vectors of counts by bin, half a row added to each bin as everywhere in the suite; delta method."""
    n, m = float(before.sum()), float(after.sum())
    r, a = ((part + HALF_ROW) / (part + HALF_ROW).sum() for part in (before, after))
    log = np.log(a / r)
    value = float((a - r) @ log)
    spread = [_variance(share, slope) for share, slope in ((r, -log - (a - r) / r), (a, log + (a - r) / a))]
    filled = int(((before > 0) | (after > 0)).sum())
    return Stability(value, math.sqrt(spread[0] / n + spread[1] / m), max(filled - 1, 0) * (1 / n + 1 / m))


def _variance(share: Floats, slope: Floats) -> float:
    return max(float(share @ slope**2) - float(share @ slope) ** 2, 0.0)
