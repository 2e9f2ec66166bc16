"""The audit: every family of checks over one frame, in a fixed order, with a fixed seed."""

from collections.abc import Callable

import numpy as np
import scipy

from audits.engine import calibration, drift, fairness, performance, quality, slices, untested
from audits.engine.cases import cases_build
from audits.engine.frame import Frame
from audits.engine.quality import named_columns
from audits.engine.result import DIMENSIONS, AuditResult, Finding, Part
from audits.engine.spec import AuditSpec
from audits.engine.suite import Suite
from audits.engine.verdicts import Judge
from core.canonical import canonical_json, digest

Progress = Callable[[int, int, str], None]

SECTIONS = ("data", "performance", "calibration", "fairness", "slices", "drift")
GRAVITY = {"high": 0, "medium": 1, "low": 2}


def run_suite(
    frame: Frame, spec: AuditSpec, suite: Suite, *, seed: int, dataset_digest: str, progress: Progress | None = None
) -> AuditResult:
    """Measures the frame under the specification; the same arguments give the same bytes.

    progress is called as progress(done, total, label) before each family and once at the end. Raises InputRefused for
    a column that is missing or holds what it cannot hold.
    """
    judge = Judge(suite, spec, seed)
    for name in sorted(named_columns(judge)):
        frame.column(name, "columns")
    cases = cases_build(frame, spec)
    families: dict[str, Callable[[], Part]] = {
        "data": lambda: quality.measure(frame, cases, judge),
        "performance": lambda: performance.measure(cases, judge),
        "calibration": lambda: calibration.measure(frame, cases, judge),
        "fairness": lambda: fairness.measure(frame, cases, judge),
        "slices": lambda: slices.measure(frame, cases, judge),
        "drift": lambda: drift.measure(frame, cases, judge),
        "untested": lambda: untested.measure(judge),
    }
    parts = _run(families, progress or (lambda _done, _total, _label: None))
    return _result(parts, cases.rows, judge, dataset_digest)


def _run(families: dict[str, Callable[[], Part]], progress: Progress) -> dict[str, Part]:
    parts = {}
    for done, (name, family) in enumerate(families.items()):
        progress(done, len(families), name)
        parts[name] = family()
    progress(len(families), len(families), "done")
    return parts


def _result(parts: dict[str, Part], rows: dict[str, int], judge: Judge, dataset_digest: str) -> AuditResult:
    spec = judge.spec.to_dict()
    dimensions = {name: found for part in parts.values() for name, found in part.dimensions.items()}
    findings = [finding for part in parts.values() for finding in part.findings]
    return AuditResult(
        suite={"id": judge.suite.id, "digest": judge.suite.digest},
        spec=spec,
        spec_digest=digest(canonical_json(spec)),
        dataset_digest=dataset_digest,
        seed=judge.seed,
        libraries={"numpy": np.__version__, "scipy": scipy.__version__},
        rows=rows,
        dimensions={name: dimensions[name] for name in DIMENSIONS},
        checks=tuple(check for part in parts.values() for check in part.checks),
        sections={name: parts[name].tables for name in SECTIONS},
        findings=tuple(sorted(findings, key=_gravest_first)),
    )


def _gravest_first(finding: Finding) -> tuple[int, str, str]:
    return GRAVITY[finding.severity], finding.check, finding.about
