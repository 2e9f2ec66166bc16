"""Parts of an audit beside the libraries that do the same: group rates, ranking, calibration, shift."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from fairlearn.metrics import (
    MetricFrame,
    count,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_score, roc_auc_score

from audits.engine import fairness
from audits.engine.auc import auc
from audits.engine.calibration import cells_of, prudent_ece
from audits.engine.cases import cases_build
from audits.engine.shift import shift_of
from benchmarks.measure import Case, Figures
from benchmarks.population import FEATURES, GROUPS, RATES, SEED, SPEC, Population, drawn, judge

METRICS = {
    "n": count,
    "selection rate": selection_rate,
    "FPR value": false_positive_rate,
    "FNR value": false_negative_rate,
    "TPR value": true_positive_rate,
    "PPV value": partial(precision_score, zero_division=0.0),
}


def cases(rows: int, resamples: int) -> Iterator[Case]:
    """Every part at `rows` rows; fairlearn draws 2 bootstrap samples, scikit-learn `resamples`, ours the suite's."""
    for size in (rows // 10, rows):
        yield _rates(drawn(size))
    population = drawn(rows)
    yield _ranking(population)
    yield _calibration(population, resamples)
    yield _shift(drawn(2 * rows))


def _rates(population: Population) -> Case:
    """Six rates of five groups with intervals of two kinds, so points are compared; ours adds gaps and their tests."""
    texts, arrays = population.texts("region"), population.arrays

    def ours() -> Figures:
        frame, measuring = population.frame(), judge(RATES)
        table = fairness.measure(frame, cases_build(frame, measuring.spec), measuring).tables["region"]
        places = [table.columns.index(name) for name in METRICS]
        return np.array([[row[place] for place in places] for row in table.rows[:-1]], dtype=float)

    def peer() -> Figures:
        found = MetricFrame(
            metrics=METRICS,
            y_true=arrays["event"],
            y_pred=arrays["decided"],
            sensitive_features=texts,
            n_boot=2,
            ci_quantiles=[0.05, 0.95],
            random_state=SEED,
        )
        return np.asarray(found.by_group[list(METRICS)].to_numpy(dtype=float))

    what = f"6 rates of 5 groups with intervals, {population.rows:,} rows (fairlearn: n_boot=2)"
    return Case(what, ours, "fairlearn's rates", peer, "fairlearn")


def _ranking(population: Population) -> Case:
    """AUC of each of twenty groups; ours with DeLong's interval, the peer's point alone."""
    places = [population.arrays["branch"] == code for code in range(GROUPS["branch"])]
    score, event = population.arrays["score"], population.arrays["event"].astype(bool)

    def ours() -> Figures:
        areas = [auc(score[place], event[place]) for place in places]
        return np.array([area.value for area in areas if area and area.interval(0.9)])

    def peer() -> Figures:
        return np.array([roc_auc_score(event[place], score[place]) for place in places])

    what = f"AUC of 20 groups with DeLong interval, {population.rows:,} rows (sklearn: point)"
    return Case(what, ours, "sklearn's AUC", peer, "scikit-learn")


def _calibration(population: Population, resamples: int) -> Case:
    """ECE with its bootstrap bound; scikit-learn gives the bins, equal in mass because no scores tie."""
    score, event = population.arrays["score"], population.arrays["event"].astype(bool)
    measuring = judge(SPEC)

    def ours() -> Figures:
        return np.array([prudent_ece(cells_of(score, event), measuring).point])

    def peer() -> Figures:
        rng = np.random.default_rng(SEED)
        for _ in range(resamples):
            rows = rng.integers(0, len(score), len(score))
            _ece(event[rows], score[rows])
        return np.array([_ece(event, score)])

    what = f"P2 ECE with {measuring.suite.bootstraps:,} resamples, {population.rows:,} rows (sklearn: {resamples})"
    return Case(what, ours, "sklearn's bins", peer, "scikit-learn")


def _ece(event: Figures, score: Figures) -> float:
    observed, stated = calibration_curve(event, score, n_bins=10, strategy="quantile")
    return float(np.abs(observed - stated).mean())


def _shift(population: Population) -> Case:
    """KS and PSI of twenty columns; ours with DKW band and bootstrap interval."""
    half = population.rows // 2
    frame, later = population.frame(), np.arange(population.rows) >= half
    columns = [f"x{place}" for place in range(FEATURES)]
    suite = judge(SPEC).suite

    def ours() -> Figures:
        found = [shift_of(frame.columns[name], ~later, later, suite, SEED) for name in columns]
        return np.array([(one.ks, one.ks_p, one.psi) for one in found if not isinstance(one, str)], dtype=float)

    def peer() -> Figures:
        parts = [(population.arrays[name][:half], population.arrays[name][half:]) for name in columns]
        return np.array([(*stats.ks_2samp(a, b, method="asymp"), _psi(a, b)) for a, b in parts], dtype=float)

    what = f"KS and PSI of {FEATURES} columns, {half:,} + {half:,} rows, with intervals (scipy: points)"
    return Case(what, ours, "scipy's KS and p, numpy's PSI", peer, "scipy", tolerance=1e-8)


def _psi(before: Figures, after: Figures) -> float:
    """PSI of ten bins by numpy's histogram, half a row added to each and to the bin of missing cells."""
    edges = np.concatenate([[-np.inf], np.quantile(before, np.arange(1, 10) / 10), [np.inf]])
    counts = [np.append(np.histogram(part, edges)[0], 0) + 0.5 for part in (before, after)]
    r, a = (found / found.sum() for found in counts)
    return float(((a - r) * np.log(a / r)).sum())
