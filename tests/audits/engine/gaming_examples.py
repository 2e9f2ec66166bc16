"""One check of the gaming section at a time, over small frames and models."""

from dataclasses import replace
from typing import Any

import numpy as np
from engine_examples import SEED
from model_examples import SPEC, model_of, people

from audits.engine import encode, frame_from_arrays, run_suite, spec_parse
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")


def edition(*names: str):
    """The third edition with these checks alone (and the model's own, which every audit of a model has)."""
    return replace(EDITION, checks=tuple(entry for entry in EDITION.checks if entry.name in ("model", *names)))


def gaming(name: str, arrays: dict[str, Any], *, spec: Any = None, model: Any = None, beside: Any = None, **more: Any):
    """The result of one check; `beside` are arrays by role."""
    frames = {role: frame_from_arrays(rows) for role, rows in (beside or {}).items()}
    return run_suite(
        frame_from_arrays(arrays),
        spec_parse(spec or SPEC),
        edition(name),
        seed=more.pop("seed", SEED),
        dataset_digest="sha256:00",
        model=model,
        beside=frames,
        **more,
    )


def titles(result: Any) -> list[str]:
    return [item.title for item in result.findings]


def answered(arrays: dict[str, Any]) -> dict[str, Any]:
    """The rows with the answers of the usual model recorded in column p."""
    model = model_of()
    return {**arrays, "p": model.function(encode(frame_from_arrays(arrays), model.interface))[:, 1]}


def fresh_people(rows: int, seed: int) -> dict[str, Any]:
    return people(rows, seed)


def flipped(arrays: dict[str, Any], share: float, seed: int = 0) -> dict[str, Any]:
    """The rows with a share of outcomes turned around."""
    turn = np.random.default_rng(seed).random(len(arrays["y"])) < share
    return {**arrays, "y": np.where(turn, 1 - arrays["y"], arrays["y"])}
