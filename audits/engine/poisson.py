"""Poisson regression of counts on time with exposure: the slope of the log rate (DOMAIN 1.0 rule 10)."""

import math
from dataclasses import dataclass

import numpy as np

from audits.engine.frame import Floats

MOST_STEPS = 100
CLOSE = 1e-12


@dataclass(frozen=True)
class Slope:
    """g = d ln(rate)/dt; `se` already carries the over-dispersion factor sqrt(max(1, Pearson chi2/df))."""

    g: float
    se: float
    dispersion: float
    periods: int

    def upper(self, z: float) -> float:
        """Upper bound of g, never below 0: improvement is not extrapolated."""
        return max(0.0, self.g + z * self.se)


def poisson_slope(errors: Floats, exposure: Floats, time: Floats) -> Slope | None:
    """The maximum-likelihood slope of errors ~ Poisson(exposure * exp(a + g * time)), by Newton's method.

    Arrays have one entry a period, exposure > 0. None when the likelihood has no maximum: no errors at all, or all of
    them in the first or all in the last period.
    """
    total = float(errors.sum())
    edge = errors[time == time.min()].sum(), errors[time == time.max()].sum()
    if total == 0 or total in (float(edge[0]), float(edge[1])) or len(errors) < 3:
        return None
    # Centred on the errors, the slope's start is flat and the intercept follows from the slope.
    g = 0.0
    for _ in range(MOST_STEPS):
        mean = _fitted(errors, exposure, time, g)
        centre = float(mean @ time) / total
        step = float((errors - mean) @ time) / float(mean @ (time - centre) ** 2)
        g += max(-5.0, min(5.0, step))
        if abs(step) < CLOSE * (1 + abs(g)):
            break
    return _slope(errors, exposure, time, g)


def _fitted(errors: Floats, exposure: Floats, time: Floats, g: float) -> Floats:
    """Expected errors at slope g with the intercept that makes their sum right."""
    weight = exposure * np.exp(g * (time - time.max() if g > 0 else time - time.min()))
    return np.asarray(errors.sum() * weight / weight.sum())


def _slope(errors: Floats, exposure: Floats, time: Floats, g: float) -> Slope:
    mean = _fitted(errors, exposure, time, g)
    total, periods = float(errors.sum()), len(errors)
    centre = float(mean @ time) / total
    information = float(mean @ (time - centre) ** 2)
    # A period whose expected count underflows to 0 has no errors either and adds nothing.
    expected = mean > 0
    pearson = float((((errors - mean) ** 2)[expected] / mean[expected]).sum())
    dispersion = max(1.0, pearson / (periods - 2))
    return Slope(g, math.sqrt(dispersion / information), dispersion, periods)
