"""A seeded population of decisions, the same for both sides: groups, outcome, score, decision, time, features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine import Column, Frame, spec_parse
from audits.engine.frame import column_from
from audits.engine.verdicts import Judge
from audits.suites import suite_load

GROUPS = {"region": 5, "band": 4, "branch": 20}
FEATURES = 20
SEED = 20261001
SPEC: dict[str, Any] = {
    "task": "binary",
    "label": "event",
    "positive_label": "1",
    "decision": {"column": "decided", "op": "==", "value": "1"},
    "probability": "score",
    "harmful_error": "false_negative",
    "favourable_decision": "positive",
    "gap_metric": "selection_rate",
    "attributes": [{"name": name, "column": name, "source": "recorded"} for name in GROUPS],
    "intersections": [["region", "band"]],
    "slices": [{"name": "branch", "column": "branch"}],
    "drift": {"timestamp": "at", "period": "month", "features": ["x0", "x1", "x2"]},
}
# Rates of one attribute alone: no score, so no AUC; what fairlearn's MetricFrame gives.
RATES = {
    **{key: SPEC[key] for key in SPEC if key not in ("probability", "slices", "drift", "intersections")},
    "attributes": SPEC["attributes"][:1],
}


@dataclass(frozen=True)
class Population:
    """Arrays of one length by name; groups as codes into `names`."""

    arrays: dict[str, NDArray[Any]]

    @property
    def rows(self) -> int:
        return len(self.arrays["event"])

    def texts(self, group: str) -> NDArray[Any]:
        """A group column as text, as libraries take it."""
        return np.asarray(np.array(names(group))[self.arrays[group]])

    def frame(self) -> Frame:
        """The population as an audit reads it: text is coded once, at intake."""
        return Frame({name: _column(name, values) for name, values in self.arrays.items()})


def drawn(rows: int) -> Population:
    """`rows` decisions whose groups differ; scores are continuous, features drift in the later half."""
    rng = np.random.default_rng(SEED)
    arrays: dict[str, NDArray[Any]] = {name: rng.integers(0, size, rows) for name, size in GROUPS.items()}
    score = np.clip(rng.beta(2, 2, rows) + 0.02 * arrays["region"] - 0.05, 1e-9, 1 - 1e-9)
    later = np.arange(rows) >= rows // 2
    arrays |= {"score": score, "event": (rng.random(rows) < score).astype(np.int64)}
    arrays |= {"decided": (score >= 0.5).astype(np.int64)}
    arrays["at"] = np.datetime64("2024-01-01", "us") + np.sort(rng.integers(0, 730 * 24 * 60, rows)) * 60_000_000
    arrays |= {f"x{place}": rng.normal(0.02 * place * later, 1) for place in range(FEATURES)}
    return Population(arrays)


def names(group: str) -> tuple[str, ...]:
    return tuple(f"{group} {code:02d}" for code in range(GROUPS[group]))


def judge(spec: dict[str, Any]) -> Judge:
    return Judge(suite_load(), spec_parse(spec), SEED)


def _column(name: str, values: NDArray[Any]) -> Column:
    if name not in GROUPS:
        return column_from(name, values)
    return Column(name, "category", values.astype(np.int32), np.zeros(len(values), dtype=bool), names(name))
