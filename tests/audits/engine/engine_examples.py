"""Small frames and specifications for the engine's tests, and the real files as frames."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from audits.engine import Frame, frame_from_arrays, run_suite, spec_parse
from audits.engine.verdicts import Judge
from audits.suites import suite_load

DATA = Path(__file__).parents[3] / "demo" / "data"
SUITE = suite_load()
SEED = 20261001

BINARY: dict[str, Any] = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "d", "op": "==", "value": "1"},
    "harmful_error": "false_positive",
}
RACE = {"name": "race", "column": "race", "source": "recorded"}
COMPAS: dict[str, Any] = {
    "task": "binary",
    "label": "two_year_recid",
    "positive_label": "1",
    "decision": {"column": "decile_score", "op": ">=", "value": "5"},
    "score": "decile_score",
    "harmful_error": "false_positive",
    "favourable_decision": "negative",
    "gap_metric": "false_positive_rate",
    "attributes": [RACE, {"name": "sex", "column": "sex", "source": "recorded"}],
    "slices": [{"name": "age band", "column": "age_cat"}],
}
CALIFORNIA: dict[str, Any] = {
    "task": "binary",
    "label": "clf_target",
    "positive_label": "1",
    "decision": {"column": "y_pred", "op": "==", "value": "1"},
    "probability": "y_pred_proba",
    "harmful_error": "either",
    "drift": {
        "timestamp": "timestamp",
        "period": "month",
        "reference": {"column": "partition", "value": "reference"},
        "features": ["MedInc", "HouseAge"],
    },
}


def judge(**changes: Any) -> Judge:
    return Judge(SUITE, spec_parse({**BINARY, **changes}), SEED)


def audit(frame: Frame | dict[str, Any], spec: dict[str, Any] = BINARY, *, seed: int = SEED, **changes: Any):
    """The result of a frame (or plain arrays) under `spec` with `changes`."""
    whole = frame if isinstance(frame, Frame) else frame_from_arrays(frame)
    return run_suite(whole, spec_parse({**spec, **changes}), SUITE, seed=seed, dataset_digest="sha256:00")


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / name)


def frame_of(found: pd.DataFrame) -> Frame:
    return frame_from_arrays({name: _plain(found[name]) for name in found})


def _plain(series: pd.Series) -> Any:
    if series.dtype.kind in "iufb":
        return series.to_numpy()
    return [None if pd.isna(value) else str(value) for value in series]


def outcomes(tp: int, fp: int, fn: int, tn: int) -> dict[str, np.ndarray]:
    """Label and decision columns with these counts."""
    label = np.repeat([1, 0, 1, 0], [tp, fp, fn, tn])
    return {"y": label, "d": np.repeat([1, 1, 0, 0], [tp, fp, fn, tn])}


def groups_of(**counts: tuple[int, int]) -> dict[str, Any]:
    """Rows of groups with k positive decisions of n each; nobody has the event."""
    race = [name for name, (_, n) in counts.items() for _ in range(n)]
    decided = np.concatenate([np.arange(n) < k for k, n in counts.values()]).astype(np.int64)
    return {"y": np.zeros(len(race), dtype=np.int64), "d": decided, "race": race}


def rows_of(found: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    """A result's table as rows by the value of column `key`."""
    return {row[found["columns"].index(key)]: dict(zip(found["columns"], row, strict=True)) for row in found["rows"]}


def check(result: Any, check_id: str, subject: str | None = None) -> Any:
    """The first check with this id (and subject)."""
    return next(c for c in result.checks if c.id == check_id and subject in (None, c.subject))
