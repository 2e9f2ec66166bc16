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
class Suite:
    """One edition of the audit suite. Shares are fractions of rows, `z` belongs to the one-sided confidence `gamma`."""

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
    digest: str


def suite_parse(data: bytes) -> Suite:
    """The suite these JSON bytes describe; its digest is over the canonical form."""
    try:
        raw = json.loads(data)
        figures = {item.name: _figure(item.type, raw[item.name]) for item in fields(Suite)[:-2]}
        limits = {check: _limit(entry) for check, entry in raw["limits"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(
            f"The audit suite cannot be read: {error}.", field="suite", remedy="Use a published suite."
        ) from error
    return Suite(**figures, limits=limits, digest=digest(canonical_json(raw)))


def _figure(kind: Any, value: Any) -> Any:
    return kind(value)


def _limit(entry: Mapping[str, str]) -> SuiteLimit:
    return SuiteLimit(
        cast(Operator, entry["op"]), float(entry["value"]), cast(Severity, entry["severity"]), entry["assumption"]
    )
