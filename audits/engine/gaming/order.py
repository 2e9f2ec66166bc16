"""Does the order of the rows tell their outcomes? Runs of equal outcomes (Wald and Wolfowitz 1940)."""

import math
from typing import NamedTuple

from audits.engine.bounds import Interval
from audits.engine.frame import Mask

HALF_A_RUN = 0.5  # runs are whole numbers; without it the interval is too short


class Runs(NamedTuple):
    """`value` is the share of the expected runs that are not there: 0 in random order, near 1 in sorted rows."""

    runs: int
    expected: float
    value: float
    interval: Interval


def runs_missing(event: Mask, z: float) -> Runs | None:
    """Of outcomes in row order; None where one outcome has fewer than two rows.

    With a rows of one and b of the other outcome in random order the runs have mean 1 + 2ab/n and variance
    (mean - 1)(mean - 2)/(n - 1); the interval is normal around what was seen, with the variance of random order
    and half a run for continuity.
    """
    n, ones = len(event), int(event.sum())
    if min(ones, n - ones) < 2:
        return None
    runs = 1 + int((event[1:] != event[:-1]).sum())
    mean = 1 + 2 * ones * (n - ones) / n
    half = (z * math.sqrt((mean - 1) * (mean - 2) / (n - 1)) + HALF_A_RUN) / mean
    value = 1 - runs / mean
    return Runs(runs, mean, value, Interval(value - half, value + half))
