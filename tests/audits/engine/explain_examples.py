"""What tests of explanations share: one check of the third edition, boosted trees, stumps, Shapley by definition."""

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from engine_examples import SEED

import audits.suites
from audits.engine import frame_from_arrays, run_suite, spec_parse
from audits.engine.suite import Listed
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
FEW = {"inputs": [{"column": name, "as": "number"} for name in "abc"], "output": {"column": "p", "means": "value"}}
REGRESSION = {"task": "regression", "label": "y", "decision": {"column": "p"}, "tolerance": "1", "direction": "either"}


def edition_of(name, **figures):
    """The edition with this one check of explanations, some of its figures changed."""
    filed = json.loads((Path(audits.suites.__file__).parent / "PAS-2026.3" / f"{name}.json").read_text())
    changed = {key: {"value": value, "assumption": "test"} for key, value in figures.items()}
    kept = [check for check in EDITION.checks if check.name in ("data", "model")]
    listed = Listed(name, filed["code"], {**filed["figures"], **changed})
    return replace(EDITION, checks=(*kept, listed))


def explained(name, arrays, model, spec, *, seed=SEED, figures=None, show_rows=True, **changes):
    """The result of one check, as plain values."""
    suite = edition_of(name, **(figures or {}))
    frame, parsed = frame_from_arrays(arrays), spec_parse({**spec, **changes})
    return run_suite(frame, parsed, suite, seed=seed, dataset_digest="", model=model, show_rows=show_rows)


def table(found, name):
    """A table of the section as a list of rows by column."""
    told = found.to_dict()["sections"]["attribution"][name]
    return [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]


def checks_of(found, name):
    return [check for check in found.checks if check.id == name]


def stump(feature, threshold, left, right, share=0.5):
    return {
        "left": np.array([1, -1, -1]), "right": np.array([2, -1, -1]), "feature": np.array([feature, -1, -1]),
        "threshold": np.array([threshold, 0, 0]), "missing_left": np.zeros(3, bool),
        "value": np.array([[0.0], [left], [right]]), "cover": np.array([1.0, share, 1 - share]),
    }  # fmt: skip


def three(rows=400, seed=1):
    rng = np.random.default_rng(seed)
    return {**{name: rng.normal(size=rows) for name in "abc"}, "y": rng.normal(size=rows)}


def interactions_by_definition(worth, features):
    """Shapley interaction indices from the worth of every coalition."""
    found = np.zeros((features, features))
    for i, j in itertools.combinations(range(features), 2):
        others = [k for k in range(features) if k not in (i, j)]
        for size in range(len(others) + 1):
            weight = 1 / ((features - 1) * math.comb(features - 2, size))
            for known in map(set, itertools.combinations(others, size)):
                gain = worth(known | {i, j}) - worth(known | {i}) - worth(known | {j}) + worth(known)
                found[i, j] += weight * gain
    return found + found.T
