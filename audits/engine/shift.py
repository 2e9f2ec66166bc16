"""Has a column's distribution moved? PSI with a bootstrap bound and the Kolmogorov-Smirnov distance (DOMAIN 2.7).

Both are alarms, not prices. PSI uses ten equal-mass bins of the reference part (a category is its own bin, "absent" is
one more); half a row is added to every bin so that an empty one stays finite.
"""

import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.frame import Column, Floats, Mask
from audits.engine.suite import Suite

Counts = NDArray[np.int64]
HALF_ROW = 0.5


@dataclass(frozen=True)
class Shift:
    """PSI with its interval, KS distance and p (None for categories), rows of both parts, bins used."""

    psi: float
    interval: Interval
    ks: float | None
    ks_interval: Interval | None
    ks_p: float | None
    reference_rows: int
    later_rows: int
    bins: int


def shift_of(column: Column, reference: Mask, later: Mask, suite: Suite, seed: int) -> Shift | str:
    """The shift of one column between two parts of the rows, or why it cannot be told."""
    if not (reference & ~column.absent).any() or not (later & ~column.absent).any():
        return valueless(column.name)
    if column.kind == "category" and len(column.groups.names) > suite.most_groups:
        return crowded(column.name, f"{len(column.groups.names):,}", suite)
    places, bins = _places(column, reference, suite.psi_bins)
    before = np.bincount(places[reference], minlength=bins)
    after = np.bincount(places[later], minlength=bins)
    ks = None if column.kind == "category" else _ks(column, reference, later)
    return shift_from(column.name, before, after, ks, suite, seed)


def valueless(name: str) -> str:
    """Why a column without values in one part cannot be told."""
    return f"{name} has no value in one of the two parts."


def crowded(name: str, values: str, suite: Suite) -> str:
    """Why a column of too many texts cannot be told."""
    return f"{name} has {values} different values; PSI takes {suite.most_groups} at most."


def shift_from(
    name: str, before: Counts, after: Counts, ks: tuple[float, float] | None, suite: Suite, seed: int
) -> Shift:
    """The shift of column `name` from the rows of both parts by bin, and its KS distance and p if it is a number."""
    value, bins = float(psi(before[None], after[None])[0]), len(before)
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    distance, p = ks if ks is not None else (None, None)
    n, m = int(before.sum()), int(after.sum())
    around = None if distance is None else dkw(distance, n, m, suite.confidence)
    return Shift(value, psi_interval(before, after, suite, rng), distance, around, p, n, m, bins)


def psi(before: Counts, after: Counts) -> Floats:
    """Population stability index of each row of counts: sum of (a - r) ln(a / r) over bins."""
    r, a = (_shares(counts) for counts in (before, after))
    return np.asarray(((a - r) * np.log(a / r)).sum(axis=-1))


def ks_distance(first: Floats, second: Floats) -> tuple[float, float]:
    """Two-sample Kolmogorov-Smirnov distance and its large-sample p."""
    a, b = np.sort(first), np.sort(second)
    every = np.concatenate([a, b])
    at_a, at_b = np.searchsorted(a, every, side="right") / len(a), np.searchsorted(b, every, side="right") / len(b)
    distance = float(np.abs(at_a - at_b).max())
    return distance, ks_p(distance, len(a), len(b))


def ks_p(distance: float, n: int, m: int) -> float:
    """Large-sample p of the two-sample distance."""
    return float(stats.kstwo.sf(distance, max(round(n * m / (n + m)), 1)))


def _shares(counts: Counts) -> Floats:
    padded = counts + HALF_ROW
    return np.asarray(padded / padded.sum(axis=-1, keepdims=True))


def _places(column: Column, reference: Mask, bins: int) -> tuple[NDArray[np.int64], int]:
    """Bin of each row and the number of bins; absent cells have a bin of their own, the last."""
    if column.kind == "category":
        codes, count = column.groups.codes.astype(np.int64), len(column.groups.names)
        return np.where(codes < 0, count, codes), count + 1
    numbers = line(column)
    edges = np.unique(np.quantile(numbers[reference & ~column.absent], np.arange(1, bins) / bins))
    places = np.searchsorted(edges, numbers, side="left")
    return np.where(column.absent, len(edges) + 1, places), len(edges) + 2


def line(column: Column) -> Floats:
    """The cells as numbers; times as seconds since 1970."""
    if column.kind == "time":
        return np.asarray(column.values.astype(np.int64) / 1e6)
    return column.numbers()


def psi_interval(before: Counts, after: Counts, suite: Suite, rng: np.random.Generator) -> Interval:
    """Bootstrap of both parts' counts; the lower side is mirrored, because resampling only ever adds to PSI."""
    value = float(psi(before[None], after[None])[0])
    drawn = psi(
        rng.multinomial(before.sum(), before / before.sum(), size=suite.bootstraps),
        rng.multinomial(after.sum(), after / after.sum(), size=suite.bootstraps),
    )
    high = max(value, float(np.quantile(drawn, 1 - (1 - suite.confidence) / 2)))
    return Interval(max(0.0, 2 * value - high), high)


def _ks(column: Column, reference: Mask, later: Mask) -> tuple[float, float]:
    numbers = line(column)
    return ks_distance(numbers[reference & ~column.absent], numbers[later & ~column.absent])


def dkw(distance: float, n: int, m: int, confidence: float) -> Interval:
    """Dvoretzky-Kiefer-Wolfowitz band of both parts, each at half of what may be missed."""
    slack = math.sqrt(math.log(4 / (1 - confidence)) / 2) * (1 / math.sqrt(n) + 1 / math.sqrt(m))
    return Interval(max(0.0, distance - slack), min(1.0, distance + slack))
