"""The suite: how much evidence is asked for and which limit stands for each check. Data, not code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar, cast

from audits.engine.spec import Operator
from core.canonical import canonical_json, digest
from core.errors import InputRefused

Severity = Literal["high", "medium", "low"]
Plan = TypeVar("Plan")


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
class CountedPlan:
    """How rows that do not fit in memory are counted. Each figure stands in the suite's file with the assumption.

    rows_in_memory   above so many rows a data set is counted in one pass instead of held
    ladder_cells     rungs by columns that one distribution may take (audits/engine/counting/ladder.py)
    """

    rows_in_memory: int
    ladder_cells: int


@dataclass(frozen=True)
class Listed:
    """A check as an edition lists it: its name, the version of its code, and its own figures, each with the assumption
    behind it."""

    name: str
    code: int
    figures: Mapping[str, Any]


# The checks of the editions that list none: they were published before checks had names.
FIRST = ("data", "performance", "calibration", "fairness", "slices", "drift", "model", "attribution", "robustness")
FIRST_CHECKS = tuple(Listed(name, 1, {}) for name in (*FIRST, "untested"))


@dataclass(frozen=True)
class Suite:
    """One edition of the audit suite. Shares are fractions of rows, `z` belongs to the one-sided confidence `gamma`.
    `model` is None in an edition for recorded predictions, `counted` in one that holds all rows in memory."""

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
    counted: CountedPlan | None
    checks: tuple[Listed, ...]
    auc_interval: str  # "normal" in the first editions, "prudent" since (auc.py says why)
    digest: str

    def figures(self, check: str) -> Mapping[str, Any]:
        """What this edition files for a check; nothing where it lists none of that name."""
        return next((listed.figures for listed in self.checks if listed.name == check), {})

    @property
    def first(self) -> bool:
        """Whether this is one of the editions that list no checks. Replays of them do as they did."""
        return self.checks == FIRST_CHECKS


def suite_parse(data: bytes) -> Suite:
    """The suite these JSON bytes describe; its digest is over the canonical form."""
    try:
        raw = json.loads(data)
        figures = {item.name: _figure(item.type, raw[item.name]) for item in fields(Suite)[:-6]}
        limits = {check: _limit(entry) for check, entry in raw["limits"].items()}
        model = _plan(ModelPlan, raw["model"]) if "model" in raw else None
        counted = _plan(CountedPlan, raw["counted"]) if "counted" in raw else None
        auc = raw.get("auc_interval", {}).get("value", "normal")
        checks = tuple(_listed(entry) for entry in raw["checks"]) if "checks" in raw else FIRST_CHECKS
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(
            f"The audit suite cannot be read: {error}.", field="suite", remedy="Use a published suite."
        ) from error
    return Suite(
        **figures,
        limits=limits,
        model=model,
        counted=counted,
        checks=checks,
        auc_interval=auc,
        digest=digest(canonical_json(raw)),
    )


def _figure(kind: Any, value: Any) -> Any:
    return kind(value)


def _limit(entry: Mapping[str, str]) -> SuiteLimit:
    return SuiteLimit(
        cast(Operator, entry["op"]), float(entry["value"]), cast(Severity, entry["severity"]), entry["assumption"]
    )


def _listed(entry: Mapping[str, Any]) -> Listed:
    return Listed(entry["name"], int(entry["code"]), entry.get("figures", {}))


def _plan(kind: type[Plan], raw: Mapping[str, Mapping[str, str]]) -> Plan:
    named: Any = fields(kind)  # type: ignore[arg-type]
    return kind(**{item.name: _figure(item.type, raw[item.name]["value"]) for item in named})
