"""The audit: every family of checks over one frame, in a fixed order, with a fixed seed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from audits.engine import calibration, drift, fairness, performance, quality, slices, untested, within
from audits.engine.cases import Cases, cases_build
from audits.engine.frame import Frame
from audits.engine.model import Asked, Model, answer_columns
from audits.engine.quality import named_columns
from audits.engine.result import DIMENSIONS, AuditResult, Finding, Part
from audits.engine.spec import AuditSpec
from audits.engine.suite import Suite
from audits.engine.verdicts import Judge
from audits.interface import Interface
from core.canonical import canonical_json, digest

Progress = Callable[[int, int, str], None]
Families = dict[str, Callable[[], Part]]

SECTIONS = ("data", "performance", "calibration", "fairness", "slices", "drift")
LEAST_TOLD = 10  # rows of a group, where single rows are not shown
GRAVITY = {"high": 0, "medium": 1, "low": 2}


@dataclass
class Steps:
    """Where the audit is: `done` of `total` families; `say` tells how far a long one has come."""

    progress: Progress
    total: int
    done: int = 0

    def say(self, label: str) -> None:
        self.progress(self.done, self.total, label)


def run_suite(
    frame: Frame,
    spec: AuditSpec,
    suite: Suite,
    *,
    seed: int,
    dataset_digest: str,
    progress: Progress | None = None,
    model: Model | None = None,
    show_rows: bool = True,
) -> AuditResult:
    """Measures the frame under the specification; the same arguments give the same bytes.

    With a `model`, its own answers stand in the columns that its interface names before anything is measured, and what
    needs the model itself is measured too. show_rows=False keeps single rows, and groups of a few, out of the result
    (rows that the insurer holds). progress is called as progress(done, total, label) before each family, within long
    ones and once at the end.
    Raises InputRefused for a column that is missing or holds what it cannot hold, and for a model that fails at the
    rows themselves.
    """
    judge = Judge(suite, spec, seed, 1 if show_rows else LEAST_TOLD)
    inside = None if model is None else within.Inside(Asked(model), frame, judge, show_rows)
    for name in sorted(named_columns(judge, _interface(inside))):
        frame.column(name, "columns")
    steps = Steps(progress or (lambda _done, _total, _label: None), 7 if inside is None else 10)
    if inside is not None:
        inside.ask(steps.say)
        frame = frame.with_columns(*answer_columns(inside.base, inside.interface))
    cases = cases_build(frame, spec)
    families = _families(frame, cases, judge, inside, steps)
    parts = _run(families, steps)
    return _result(parts, cases.rows, judge, dataset_digest, inside)


def _families(frame: Frame, cases: Cases, judge: Judge, inside: within.Inside | None, steps: Steps) -> Families:
    interface = _interface(inside)
    families: Families = {
        "data": lambda: quality.measure(frame, cases, judge, interface),
        "performance": lambda: performance.measure(cases, judge),
        "calibration": lambda: calibration.measure(frame, cases, judge),
        "fairness": lambda: fairness.measure(frame, cases, judge),
        "slices": lambda: slices.measure(frame, cases, judge),
        "drift": lambda: drift.measure(frame, cases, judge),
    }
    if inside is None:
        return families | {"untested": lambda: untested.measure(judge)}
    return families | inside.families(cases, steps.say) | {"untested": lambda: untested.measure_labels(judge)}


def _interface(inside: within.Inside | None) -> Interface | None:
    return None if inside is None else inside.interface


def _run(families: Families, steps: Steps) -> dict[str, Part]:
    parts = {}
    for name, family in families.items():
        steps.say(name)
        parts[name] = family()
        steps.done += 1
    steps.say("done")
    return parts


def _result(
    parts: dict[str, Part], rows: dict[str, int], judge: Judge, dataset_digest: str, inside: within.Inside | None
) -> AuditResult:
    spec = judge.spec.to_dict()
    dimensions = {name: found for part in parts.values() for name, found in part.dimensions.items()}
    findings = [finding for part in parts.values() for finding in part.findings]
    sections = {name: parts[name].tables for name in (*SECTIONS, *(within.SECTIONS if inside else ()))}
    if inside is not None:
        sections["model"] = {"facts": inside.facts_table(), **sections["model"]}
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
        sections=sections,
        findings=tuple(sorted(findings, key=_gravest_first)),
        model=None if inside is None else inside.asked.facts(),
    )


def _gravest_first(finding: Finding) -> tuple[int, str, str]:
    return GRAVITY[finding.severity], finding.check, finding.about
