"""The suite: how much evidence is asked for and which limit stands for each check. Data, not code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from audits.engine.spec import Operator
from core.canonical import canonical_json, digest
from core.errors import InputRefused

Severity = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class SuiteLimit:
    """A limit, how grave it is to break it, and the assumption it rests on."""

    op: Operator
    value: float
    severity: Severity
    assumption: str


@dataclass(frozen=True)
class ModelPlan:
    """What an edition asks of the model itself. Each figure stands in the suite's file with the assumption behind it.

    explained_rows, background_rows   rows whose answers are explained, and rows that stand for "not known"
    sampled_cells                     cells (rows by inputs) that explanations by sampling may put to the model
    tree_work                         leaf conditions times rows that one exact explanation may look at
    least_explained                   explained rows below which nothing is said of the ranking
    stability_repeats                 how often the ranking is made again from other rows and another background
    drivers                           most inputs that a sentence may name
    robustness_rows                   rows perturbed in each family
    noise_share                       standard deviation of the noise as a share of a column's inter-quartile range
    significant_digits                digits that rounding leaves
    determinism_rows                  rows that are asked again and again
    determinism_tolerance             largest difference between batches, relative to the largest answer (at least 1)
    """

    explained_rows: int
    background_rows: int
    sampled_cells: int
    tree_work: int
    least_explained: int
    stability_repeats: int
    drivers: int
    robustness_rows: int
    noise_share: float
    significant_digits: int
    determinism_rows: int
    determinism_tolerance: float


@dataclass(frozen=True)
class Suite:
    """One edition of the audit suite. Shares are fractions of rows, `z` belongs to the one-sided confidence `gamma`.
    `model` is None in an edition for recorded predictions."""

    id: str
    title: str
    gamma: float
    confidence: float
    z: float
    bootstraps: int
    calibration_bins: int
    indication_rows: int
    missing_finding: float
    unlabelled_cannot_tell: float
    group_rows: int
    group_share: float
    intersection_rows: int
    most_groups: int
    holm_level: float
    drift_periods: int
    psi_bins: int
    limits: Mapping[str, SuiteLimit]
    model: ModelPlan | None
    digest: str


def suite_parse(data: bytes) -> Suite:
    """The suite these JSON bytes describe; its digest is over the canonical form."""
    try:
        raw = json.loads(data)
        figures = {item.name: _figure(item.type, raw[item.name]) for item in fields(Suite)[:-3]}
        limits = {check: _limit(entry) for check, entry in raw["limits"].items()}
        model = _model_plan(raw["model"]) if "model" in raw else None
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(
            f"The audit suite cannot be read: {error}.", field="suite", remedy="Use a published suite."
        ) from error
    return Suite(**figures, limits=limits, model=model, digest=digest(canonical_json(raw)))


def _figure(kind: Any, value: Any) -> Any:
    return kind(value)


def _limit(entry: Mapping[str, str]) -> SuiteLimit:
    return SuiteLimit(
        cast(Operator, entry["op"]), float(entry["value"]), cast(Severity, entry["severity"]), entry["assumption"]
    )


def _model_plan(raw: Mapping[str, Mapping[str, str]]) -> ModelPlan:
    return ModelPlan(**{item.name: _figure(item.type, raw[item.name]["value"]) for item in fields(ModelPlan)})
