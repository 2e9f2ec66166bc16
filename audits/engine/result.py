"""What an audit says (contract B): dimensions that rating reads, checks, tables for papers, findings."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from audits.engine.suite import Severity
from core.canonical import canonical_json, plain

SCHEMA = "plimsoll.audit-result/1"
ENGINE = "1"
DIMENSIONS = ("error", "gap", "ece", "robustness", "label", "drift")

Verdict = Literal["pass", "fail", "cannot_tell", "not_run", "measured"]
State = Literal["measured", "cannot_tell", "not_run", "not_applicable"]


@dataclass(frozen=True)
class Dimension:
    """One priced dimension; `figures` holds counts and 6-decimal strings, empty unless measured or helpful."""

    state: State
    reason: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"state": self.state, "reason": self.reason, **self.figures}


@dataclass(frozen=True)
class Check:
    """One question put to the model, its answer with interval and n, and the verdict against its limit."""

    id: str
    family: str
    title: str
    verdict: Verdict
    sentence: str
    seed: int
    subject: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    method: str | None = None
    n: int = 0
    k: int | None = None
    limit: Mapping[str, Any] | None = None
    rows_needed: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Finding:
    """Something a person should act on. The id is the same in every audit that finds the same thing."""

    severity: Severity
    title: str
    text: str
    check: str
    about: str = ""

    @property
    def id(self) -> str:
        return "F-" + hashlib.sha256(f"{self.check}|{self.about}|{self.title}".encode()).hexdigest()[:10]

    def to_dict(self) -> dict[str, str]:
        return {
            "id": self.id,
            "severity": self.severity,
            "title": self.title,
            "text": self.text,
            "check": self.check,
        }


@dataclass(frozen=True)
class Part:
    """What one family of checks contributes."""

    checks: tuple[Check, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditResult:
    """A finished audit; the same inputs give the same bytes. `model`: what was caged, None for recorded predictions."""

    suite: Mapping[str, str]
    spec: Mapping[str, Any]
    spec_digest: str
    dataset_digest: str
    seed: int
    libraries: Mapping[str, str]
    rows: Mapping[str, int]
    dimensions: Mapping[str, Dimension]
    checks: tuple[Check, ...]
    sections: Mapping[str, Mapping[str, Table]]
    findings: tuple[Finding, ...]
    model: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Contract B, JSON-ready, floats at 12 significant digits."""
        sections = {name: {key: asdict(table) for key, table in part.items()} for name, part in self.sections.items()}
        written: dict[str, Any] = plain(
            {
                "schema": SCHEMA,
                "engine": ENGINE,
                "suite": self.suite,
                "spec": self.spec,
                "spec_digest": self.spec_digest,
                "dataset_digest": self.dataset_digest,
                "seed": self.seed,
                "libraries": self.libraries,
                "model": self.model,
                "rows": self.rows,
                "sections": sections,
                "dimensions": {name: dimension.to_dict() for name, dimension in self.dimensions.items()},
                "checks": [asdict(check) for check in self.checks],
                "findings": [finding.to_dict() for finding in self.findings],
            }
        )
        return written

    def to_bytes(self) -> bytes:
        """The result as canonical JSON."""
        return canonical_json(self.to_dict())
