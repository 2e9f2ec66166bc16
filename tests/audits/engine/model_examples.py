"""Models for the engine's tests: any function over encoded rows, and the German credit file with one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from engine_examples import RACE, SEED, SUITE

from audits.engine import Encoded, Frame, encode, frame_from_arrays, run_suite, spec_parse
from audits.interface import Interface, interface_parse
from audits.trees import Trees

SPEC: dict[str, Any] = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "p", "op": ">=", "value": "0.5"},
    "probability": "p",
    "harmful_error": "false_positive",
    "favourable_decision": "negative",
    "attributes": [RACE],
}
# The published suite with less to sample, for tests that are not about explanations.
QUICK = replace(SUITE, model=replace(SUITE.model, sampled_cells=60_000))
INTERFACE: dict[str, Any] = {
    "inputs": [
        {"column": "age", "as": "number"},
        {"column": "income", "as": "number"},
        {"column": "purpose", "as": "one_hot", "categories": ["car", "home", "study"]},
    ],
    "output": {"column": "p", "means": "probability", "index": 1, "tolerance": "0.000001"},
}


@dataclass
class Told:
    """A model that is a function of encoded rows; `fresh` answers in the fresh process."""

    function: Callable[[Encoded], np.ndarray]
    interface: Interface
    fresh: Callable[[Encoded], np.ndarray] | None = None
    trees: Trees | None = None
    digest: str = "sha256:" + "ab" * 32
    format: str = "told"
    runtime: str = "numpy"
    asked: list[int] = field(default_factory=list)

    def answers(self, frame: Frame) -> np.ndarray:
        self.asked.append(frame.rows)
        return self.function(encode(frame, self.interface))

    def again(self, frame: Frame) -> np.ndarray:
        return (self.fresh or self.function)(encode(frame, self.interface))


def chance(rows: Encoded) -> np.ndarray:
    """A smooth model of age, income and purpose."""
    age, income, car, home, study = np.nan_to_num(rows.numbers).T
    margin = 0.05 * (age - 40) - 0.0004 * (income - 3000) + 0.8 * car - 0.6 * home + 0.1 * study
    yes = 1 / (1 + np.exp(-margin))
    return np.column_stack([1 - yes, yes])


def people(rows: int = 800, seed: int = 4) -> dict[str, Any]:
    """Columns of people with an outcome that follows `chance`."""
    rng = np.random.default_rng(seed)
    arrays: dict[str, Any] = {
        "age": rng.integers(18, 80, rows),
        "income": np.round(rng.gamma(4, 800, rows), 2),
        "purpose": rng.choice(["car", "home", "study"], rows).tolist(),
        "race": rng.choice(["a", "b"], rows).tolist(),
    }
    truth = chance(encode(frame_from_arrays(arrays), interface_parse(INTERFACE)))[:, 1]
    return {**arrays, "y": (rng.random(rows) < truth).astype(int)}


def model_of(function: Callable[[Encoded], np.ndarray] = chance, interface: Any = None, **more: Any) -> Told:
    return Told(function, interface_parse(interface or INTERFACE), **more)


def audit_model(arrays: Any = None, model: Any = None, spec: Any = None, *, seed: int = SEED, suite=SUITE, **changes):
    """The result of people (or other arrays) under a model."""
    frame = arrays if isinstance(arrays, Frame) else frame_from_arrays(arrays or people())
    parsed = spec_parse({**(spec or SPEC), **changes})
    return run_suite(frame, parsed, suite, seed=seed, dataset_digest="sha256:00", model=model or model_of())


def audit_quickly(*args: Any, **changes: Any):
    """The same with little to sample."""
    return audit_model(*args, suite=QUICK, **changes)
