"""Frames, suites and oracles for the tests of bias."""

from dataclasses import replace
from typing import Any

import numpy as np
from engine_examples import SEED

from audits.engine import Frame, frame_from_arrays, run_suite, spec_parse
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
HIRING: dict[str, Any] = {
    "task": "binary",
    "label": "y",
    "positive_label": "1",
    "decision": {"column": "d", "op": "==", "value": "1"},
    "probability": "p",
    "harmful_error": "false_negative",
    "favourable_decision": "positive",
    "gap_metric": "selection_rate",
    "attributes": [
        {"name": "race", "column": "race", "source": "recorded"},
        {"name": "sex", "column": "sex", "source": "recorded"},
        {"name": "age", "column": "age", "source": "recorded"},
    ],
}


def edition(*names: str, **figures: Any):
    """The third edition with these checks alone, and figures of theirs replaced."""
    listed = [entry for entry in EDITION.checks if entry.name in names]
    changed = []
    for entry in listed:
        mine = {
            key: {"value": figures.get(key, item["value"]), "assumption": "x"} for key, item in entry.figures.items()
        }
        changed.append(replace(entry, figures=mine))
    return replace(EDITION, checks=tuple(changed))


def applicants(rows: int = 3000, seed: int = 5) -> dict[str, Any]:
    """People of unequal groups, with scores that favour some; every tenth states no race."""
    rng = np.random.default_rng(seed)
    race = rng.choice(["a", "b", "c", "d"], rows, p=[0.6, 0.25, 0.1, 0.05])
    sex, age = rng.choice(["f", "m"], rows), rng.choice(["old", "young"], rows, p=[0.3, 0.7])
    truth = rng.random(rows) < 0.4 + 0.1 * (sex == "m")
    p = np.clip(0.25 + 0.4 * truth + 0.15 * (race == "a") - 0.1 * (age == "old") + rng.normal(0, 0.15, rows), 0, 1)
    stated: list[Any] = [None if hide else name for hide, name in zip(rng.random(rows) < 0.1, race, strict=True)]
    return {
        "race": stated,
        "sex": sex.tolist(),
        "age": age.tolist(),
        "y": truth.astype(int),
        "p": p,
        "d": (p > 0.5) * 1,
    }


def bias(arrays: Any, *names: str, spec: Any = None, suite: Any = None, **more: Any):
    """The result of these checks over arrays or a frame."""
    frame = arrays if isinstance(arrays, Frame) else frame_from_arrays(arrays)
    using = suite or edition(*(names or ("bias_groups",)))
    return run_suite(frame, spec_parse(spec or HIRING), using, seed=SEED, dataset_digest="", **more)


def cells(table: Any, **where: Any) -> list[dict[str, Any]]:
    """The rows of a table as mappings, those that have these values."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return [row for row in rows if all(row[key.replace("_", " ")] == value for key, value in where.items())]
