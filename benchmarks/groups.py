"""P1 and P2: the audit's group rates with their intervals, and rankings by group, beside libraries."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate, true_positive_rate
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, precision_score, roc_auc_score

from audits.engine.auc import auc_of
from audits.engine.bias.cells import axes_of, cells_count, marginal
from audits.engine.bias.intervals import exact
from audits.engine.bias.rates import BY_KEY, group_of
from audits.engine.cases import Cases, cases_build
from audits.engine.counting.scores import scores_by_group
from audits.engine.frame import Codes, Frame, Mask
from audits.engine.verdicts import Judge
from benchmarks.measure import Case, Figures
from benchmarks.population import GROUPS, RATES, SEED, SPEC, Population, judge, names

PEERS = {
    "selection_rate": selection_rate,
    "false_positive_rate": false_positive_rate,
    "miss_rate": false_negative_rate,
    "true_positive_rate": true_positive_rate,
    "positive_predictive_value": partial(precision_score, zero_division=0.0),
    "accuracy": accuracy_score,
}
# What aequitas calls the rates it gives; it has no accuracy by group under another name than "accuracy".
AEQUITAS = {
    "selection_rate": "pprev",
    "false_positive_rate": "fpr",
    "miss_rate": "fnr",
    "true_positive_rate": "tpr",
    "positive_predictive_value": "precision",
    "accuracy": "accuracy",
}


def cases(rows: int) -> Iterator[Case]:
    """Group rates at `rows` (aequitas), a tenth (fairlearn) and ten times as many rows; AUC at `rows`."""
    yield _beside_fairlearn(rows // 10)
    yield _beside_aequitas(rows)
    yield _alone(10 * rows)
    yield _ranking(rows)


@cache
def _drawn(rows: int) -> Population:
    """Groups, score, outcome and decision alone, so that ten million rows fit."""
    rng = np.random.default_rng(SEED)
    arrays: dict[str, NDArray[Any]] = {name: rng.integers(0, size, rows) for name, size in GROUPS.items()}
    score = np.clip(rng.beta(2, 2, rows) + 0.02 * arrays["region"] - 0.05, 1e-9, 1 - 1e-9)
    event, decided = (rng.random(rows) < score).astype(np.int64), (score >= 0.5).astype(np.int64)
    return Population({**arrays, "score": score, "event": event, "decided": decided})


@cache
def _scored(rows: int) -> tuple[Codes, Figures, Mask]:
    """Branch, score and outcome."""
    arrays = _drawn(rows).arrays
    return arrays["branch"].astype(np.int32), arrays["score"], arrays["event"] == 1


@cache
def _judge() -> Judge:
    return judge({**RATES, "attributes": SPEC["attributes"]})


@cache
def _read(rows: int) -> tuple[Frame, Cases]:
    """The rows as every check of an audit has them: groups coded, outcome and decision as masks."""
    frame = _drawn(rows).frame()
    return frame, cases_build(frame, _judge().spec)


def _rates(rows: int) -> Figures:
    """Six rates of every group of three groupings, each with its exact interval, by what the audit calls."""
    (frame, cases), measuring = _read(rows), _judge()
    axes, _ = axes_of(frame, measuring)
    cells = cells_count(axes, cases, measuring.spec)
    found = []
    for place in range(len(axes)):
        way = marginal(cells, (place,), measuring.least_told)
        groups = [group_of(BY_KEY[name], way, cells) for name in PEERS]
        found += [exact(group.k, group.n, measuring.suite.confidence).value[:-1] for group in groups]
    return np.concatenate(found)


def _beside_fairlearn(rows: int) -> Case:
    def peer() -> Figures:
        arrays = _drawn(rows).arrays
        found = [
            MetricFrame(
                metrics=PEERS,
                y_true=arrays["event"],
                y_pred=arrays["decided"],
                sensitive_features=arrays[name],
                n_boot=2,
                ci_quantiles=[0.05, 0.95],
                random_state=SEED,
            ).by_group
            for name in GROUPS
        ]
        return np.concatenate([each[name].to_numpy(dtype=float) for each in found for name in PEERS])

    item = f"P1 6 rates x 3 groupings, exact intervals, {rows:,} rows (fairlearn: 2 resamples)"
    return Case(item, lambda: _rates(rows), "fairlearn's rates", peer, "fairlearn", count=rows, unit="rows")


def _beside_aequitas(rows: int) -> Case:
    def peer() -> Figures:
        from aequitas.group import Group  # it takes seconds to import, and only this case needs it

        table, _ = Group().get_crosstabs(_framed(rows), attr_cols=list(GROUPS))
        return _of_aequitas(table)

    item = f"P1 6 rates x 3 groupings, exact intervals, {rows:,} rows (aequitas: points)"
    return Case(item, lambda: _rates(rows), "aequitas' rates", peer, "aequitas", count=rows, unit="rows")


@cache
def _framed(rows: int) -> pd.DataFrame:
    """The rows as aequitas takes them."""
    population = _drawn(rows)
    frame = pd.DataFrame({"score": population.arrays["decided"], "label_value": population.arrays["event"]})
    for name in GROUPS:
        frame[name] = pd.Series(population.texts(name), dtype=object)
    return frame


def _of_aequitas(table: Any) -> Figures:
    table = table.assign(accuracy=(table["tp"] + table["tn"]) / table["group_size"])
    table = table.assign(pprev=table["pp"] / table["group_size"])
    by_name = [table[table["attribute_name"] == name].set_index("attribute_value") for name in GROUPS]
    return np.concatenate(
        [
            each.loc[list(names(name)), AEQUITAS[metric]].to_numpy(dtype=float)
            for name, each in zip(GROUPS, by_name, strict=True)
            for metric in PEERS
        ]
    )


def _alone(rows: int) -> Case:
    """No peer takes so many; the rates again by pandas."""

    def check() -> Figures:
        arrays = _drawn(rows).arrays
        frame = pd.DataFrame({name: arrays[name] for name in (*GROUPS, "event", "decided")})
        cells = [frame.groupby([name, "event", "decided"]).size().unstack(["event", "decided"]) for name in GROUPS]
        return np.concatenate([rate for each in cells for rate in _of_cells(each)])

    item = f"P1 6 rates x 3 groupings, exact intervals, {rows:,} rows"
    return Case(item, lambda: _rates(rows), "pandas' rates", check=check, count=rows, unit="rows")


def _of_cells(cells: Any) -> list[Figures]:
    tp, fp, fn, tn = (cells[key].to_numpy(dtype=float) for key in ((1, 1), (0, 1), (1, 0), (0, 0)))
    n = tp + fp + fn + tn
    return [(tp + fp) / n, fp / (fp + tn), fn / (fn + tp), tp / (tp + fn), tp / (tp + fp), (tp + tn) / n]


def _ranking(rows: int) -> Case:
    def ours() -> Figures:
        codes, score, event = _scored(rows)
        every = np.ones(rows, dtype=bool)
        counted = scores_by_group(codes, GROUPS["branch"], score, event, every)
        areas = [auc_of(each) for each in counted]
        return np.array([area.value for area in areas if area and area.interval(0.9)])

    def peer() -> Figures:
        codes, score, event = _scored(rows)
        places = [codes == code for code in range(GROUPS["branch"])]
        return np.array([roc_auc_score(event[place], score[place]) for place in places])

    item = f"P2 AUC of 20 groups with DeLong's interval, {rows:,} rows (scikit-learn: points)"
    return Case(item, ours, "scikit-learn's AUC", peer, "scikit-learn", count=rows, unit="rows")
