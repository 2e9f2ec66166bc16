"""Figures of stated probabilities and of forecasts, one value a row: skill, log loss, errors of a forecast."""

import math

import numpy as np

from audits.engine.bounds import Interval, Rate
from audits.engine.estimates import (
    LEAST_COUNT,
    LEAST_ROWS,
    Estimate,
    by_influence,
    quantile_interval,
    quantile_rows,
    ratio_of_shares,
)
from audits.engine.frame import Floats, Mask


def brier_skill(probability: Floats, event: Mask, confidence: float) -> Estimate:
    """1 - Brier/(share of events times its complement): 0 for one who always states the share, 1 is perfect, below 0
    worse than knowing nothing of the case (Brier 1950; Murphy 1973)."""
    n, events = len(event), int(event.sum())
    squares, share = (probability - event) ** 2, events / n
    doubt = share * (1 - share)
    if min(events, n - events) < LEAST_COUNT:
        value = 1 - float(np.sort(squares).mean()) / doubt if doubt else math.nan
        return Estimate(value, n, None, reason=f"Told from {LEAST_COUNT} cases with and without the event on.")
    mean = float(np.sort(squares).mean())
    influence = -(squares - mean) / doubt + mean / doubt**2 * (1 - 2 * share) * (event - share)
    return by_influence(1 - mean / doubt, influence, confidence)


def log_loss(stated: Floats, floor: float, confidence: float) -> Estimate:
    """The mean of -ln of the probability stated for what came out, float[n], none below `floor`."""
    losses = -np.log(np.maximum(stated, floor))
    mean = float(np.sort(losses).mean())
    return by_influence(mean, losses - mean, confidence, "log")


def root_mean_square(error: Floats, confidence: float) -> Estimate:
    """The root of the mean squared error, in the outcome's unit."""
    squares = error**2
    value = math.sqrt(float(np.sort(squares).mean()))
    if value == 0:
        return _perfect(error)
    return by_influence(value, (squares - value**2) / (2 * value), confidence, "log")


def determination(truth: Floats, error: Floats, confidence: float) -> Estimate:
    """R squared: 1 - mean squared error over the outcome's variance; below 0 worse than always saying the mean."""
    around, squares = truth - float(np.sort(truth).mean()), error**2
    variance, mean = float(np.sort(around**2).mean()), float(np.sort(squares).mean())
    if variance == 0:
        return Estimate(math.nan, len(truth), None, reason="Every outcome is the same.")
    influence = -(squares - mean) / variance + mean / variance**2 * (around**2 - variance)
    # The two parts hide each other's skewness where large outcomes have large errors.
    return by_influence(1 - mean / variance, influence, confidence, skewed=(squares, around**2))


def median_error(error: Floats, confidence: float) -> Estimate:
    """The median of the absolute error, with order statistics around it: exact for any distribution."""
    ordered, n = np.sort(np.abs(error)), len(error)
    interval = quantile_interval(ordered, 0.5, confidence)
    needed = None if interval else quantile_rows(0.5, confidence)
    reason = None if interval else f"Told from {needed} rows on."
    return Estimate(float(np.median(ordered)), n, interval, "order statistics", reason, needed)


def percentage_error(truth: Floats, error: Floats, confidence: float) -> Estimate:
    """The mean of the absolute error as a share of the outcome; not defined where an outcome is zero."""
    zeros = int((truth == 0).sum())
    if zeros:
        return Estimate(math.nan, len(truth), None, reason=f"Not defined: {zeros:,} outcomes are zero.")
    shares = np.abs(error / truth)
    mean = float(np.sort(shares).mean())
    return _perfect(error) if mean == 0 else by_influence(mean, shares - mean, confidence, "log")


def mean_absolute(error: Floats, confidence: float) -> Estimate:
    """The mean absolute error, with an interval that stays above zero."""
    sizes = np.abs(error)
    mean = float(np.sort(sizes).mean())
    return _perfect(error) if mean == 0 else by_influence(mean, sizes - mean, confidence, "log")


def lift(tp: int, fp: int, events: int, n: int, confidence: float) -> Estimate:
    """How much more frequent the event is among positive decisions than among all: (tp/(tp+fp)) / (events/n)."""
    value, cells = (tp / (tp + fp)) / (events / n), np.array([tp, fp, events - tp, n - events - fp])
    if cells.min() < LEAST_COUNT or n < LEAST_ROWS:
        return _exact_lift(value, tp, fp, events, n, confidence)
    # On ln lift: 1/P(tp) for its own cell, less what the two margins add.
    share = cells / n
    slope = np.array(
        [1 / share[0] - 1 / (share[0] + share[1]) - n / events, -1 / (share[0] + share[1]), -n / events, 0]
    )
    influence = value * np.repeat(slope - float((slope * share).sum()), cells)
    return by_influence(value, influence, confidence, "log")


def _exact_lift(value: float, tp: int, fp: int, events: int, n: int, confidence: float) -> Estimate:
    ends = ratio_of_shares(Rate(tp, tp + fp), Rate(events, n), confidence)
    if math.isinf(ends.high):
        return Estimate(value, n, None, reason="Hardly any case shows the event.")
    return Estimate(value, n, Interval(ends.low, ends.high), "Clopper-Pearson, shared")


def _perfect(error: Floats) -> Estimate:
    return Estimate(0.0, len(error), None, reason="No row shows any error: how small it is cannot be told.")
