"""Contributions by calendar period: which inputs lead in each, and whether two of them change places beyond chance."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audits.engine.attribution.explaining import Places
from audits.engine.attribution.means import LEAST_ROWS, mean_around
from audits.engine.bounds import Interval
from audits.engine.frame import Floats
from audits.engine.streams import sample

MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True)
class Period:
    """A calendar period with the places of its rows that are explained, of `rows` that it has."""

    name: str
    rows: int
    chosen: Places


@dataclass(frozen=True)
class Flip:
    """Inputs `first` and `second`: in period `before` the former leads, in `after` the latter, each beyond chance."""

    first: int
    second: int
    before: int
    after: int
    lead_before: Interval
    lead_after: Interval


def periods_of(
    times: NDArray[np.datetime64], months: int, most: int, each: int, rng: np.random.Generator
) -> tuple[Period, ...]:
    """The last `most` calendar periods with rows, ascending, with at most `each` rows drawn of each."""
    dated = np.flatnonzero(~np.isnat(times))
    month = times[dated].astype("datetime64[M]").astype(np.int64) + 1970 * 12
    number = month // months
    found = []
    for one in np.unique(number)[-most:]:
        there = dated[number == one]
        year, place = divmod(int(one), 12 // months)
        name = f"{year}-{place + 1:02d}" if months == 1 else f"{year} Q{place + 1}"
        found.append(Period(name, len(there), there[sample(rng, len(there), each)]))
    return tuple(found)


def flips(sizes: list[Floats], leading: tuple[int, ...], confidence: float) -> tuple[Flip, ...]:
    """Pairs of the `leading` inputs that change places between two periods.

    `sizes` holds for each period the absolute contributions float64[rows, parts]. In a period one leads the other where
    the interval of their mean difference over its rows, all pairs and periods at once (Bonferroni), lies on one side of
    zero. So the chance of any false flip is below that of one false lead.
    """
    pairs = list(combinations(leading, 2))
    looks = max(1, len(pairs) * len(sizes))
    return tuple(flip for pair in pairs for flip in _flip(sizes, pair, confidence, looks))


def _flip(sizes: list[Floats], pair: tuple[int, int], confidence: float, looks: int) -> Iterator[Flip]:
    a, b = pair
    leads = [mean_around(size[:, a] - size[:, b], confidence, looks) for size in sizes]
    ahead = [place for place, lead in enumerate(leads) if lead is not None and lead.low > 0]
    behind = [place for place, lead in enumerate(leads) if lead is not None and lead.high < 0]
    if ahead and behind:
        first, last = min(ahead + behind), max(behind if ahead[0] < behind[0] else ahead)
        one, two = (a, b) if first in ahead else (b, a)
        before, after = leads[first], leads[last]
        if before is not None and after is not None:
            yield Flip(one, two, first, last, before, after)


@dataclass(frozen=True)
class Change:
    """By how much an input's mean absolute contribution moved from the first told period to the last."""

    part: int
    before: float
    after: float
    around: Interval


def changes(first: Floats, last: Floats, leading: tuple[int, ...], confidence: float) -> tuple[Change, ...]:
    """Welch's intervals of the differences, all at once (Bonferroni); an input whose size never differs has none."""
    found = []
    for part in leading:
        around = welch(first[:, part], last[:, part], confidence, len(leading))
        if around is not None:
            found.append(Change(part, float(first[:, part].mean()), float(last[:, part].mean()), around))
    return tuple(found)


def welch(before: Floats, after: Floats, confidence: float, comparisons: int) -> Interval | None:
    """The interval of mean(after) - mean(before), each from 100 rows or more; wider than Welch's by taking the two
    means' half-widths at the smaller of the two samples' degrees of freedom. None where nothing varies."""
    if min(len(before), len(after)) < LEAST_ROWS:
        return None
    one, two = (mean_around(each, confidence, comparisons) for each in (before, after))
    halves = [0.0 if each is None else (each.high - each.low) / 2 for each in (one, two)]
    half = math.hypot(*halves)
    if half == 0:
        return None
    gap = float(after.mean() - before.mean())
    return Interval(gap - half, gap + half)
