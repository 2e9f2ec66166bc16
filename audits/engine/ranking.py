"""Average precision: how much of what the score puts first shows the event."""

import math

import numpy as np
from numpy.typing import NDArray

from audits.engine.estimates import Estimate, by_influence
from audits.engine.frame import Floats, Mask

LEAST_EVENTS = 30  # below it the interval covered less than it says; see test_engine_measures_coverage


def average_precision(score: Floats, event: Mask, confidence: float) -> Estimate:
    """The sum over thresholds of precision times the recall gained there, ties together (Su, Yuan and Zhu 2015, who
    also give its influence values); score float[n], event bool[n]. On the logit scale (Boyd, Eng and Page 2013).
    """
    n, events = len(score), int(event.sum())
    _, where = np.unique(-score, return_inverse=True)
    gained = np.asarray(
        np.bincount(where, weights=event), dtype=np.float64
    )  # events at each threshold, the highest score first
    called = np.cumsum(np.bincount(where)).astype(np.float64)
    precision: Floats = np.cumsum(gained) / called
    value = float((precision * gained).sum() / events)
    if events < LEAST_EVENTS or n - events < LEAST_EVENTS:
        fewer = min(events, n - events)
        needed = -(-n * LEAST_EVENTS // fewer) if fewer else None
        reason = f"Told from {LEAST_EVENTS} cases with and without the event on."
        return Estimate(value, n, None, reason=reason, rows_needed=needed)
    # The spread seen in a sample is too small where the figure is; Boyd's binomial one is then the larger.
    least = math.sqrt(value * (1 - value) / events)
    influence = _influence(where, event, gained, called, precision, value)
    return by_influence(value, influence, confidence, "logit", skewed=(), least_error=least)


def _influence(
    where: NDArray[np.int64], event: Mask, gained: Floats, called: Floats, precision: Floats, value: float
) -> Floats:
    """What a row adds: its own precision if it has the event, and its place among those called at lower thresholds."""
    n, share = len(event), event.mean()
    weight = gained / n / (called / n)  # d(recall) over the share called, threshold by threshold
    lower = np.cumsum((weight)[::-1])[::-1]  # over this threshold and all below it
    lower_precise = np.cumsum((weight * precision)[::-1])[::-1]
    own = event * (precision[where] - value)
    return np.asarray((own + event * lower[where] - lower_precise[where]) / share)
