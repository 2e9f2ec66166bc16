"""The audit: the suite's checks over one frame, in the suite's order, with a fixed seed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from audits.engine.cases import cases_build
from audits.engine.designing import designed
from audits.engine.finite import finite_part
from audits.engine.frame import Frame
from audits.engine.mending import mended
from audits.engine.model import Asked, Model, answer_columns
from audits.engine.quality import named_columns, wanted_columns
from audits.engine.registry import Need, Registered, Subject, check_named, missing
from audits.engine.result import DIMENSIONS, AuditResult, Dimension, Finding, Part, Table
from audits.engine.rowtables import about_many
from audits.engine.spec import AuditSpec
from audits.engine.streams import stream
from audits.engine.suite import Listed, Suite
from audits.engine.verdicts import LEAST_TOLD, Judge
from audits.engine.within import Failure, Inside
from core.canonical import canonical_json, digest
from core.errors import InputRefused

Progress = Callable[[int, int, str], None]

UNMEASURED = Dimension("not_run", "No check of this edition measures it.")
OF_A_MODEL = (Need.MODEL, Need.TEXT, Need.IMAGE)
GRAVITY = {"high": 0, "medium": 1, "low": 2}


@dataclass
class Steps:
    """Where the audit is: `done` of `total` checks; `say` tells how far a long one has come."""

    progress: Progress
    total: int
    done: int = 0

    def say(self, label: str) -> None:
        self.progress(self.done, self.total, label)


@dataclass(frozen=True)
class Outcome:
    """A check of the suite, and what it contributed."""

    check: Registered
    part: Part


def run_suite(
    frame: Frame,
    spec: AuditSpec,
    suite: Suite,
    *,
    seed: int,
    dataset_digest: str,
    progress: Progress | None = None,
    model: Model | None = None,
    beside: Mapping[str, Frame] | None = None,
    show_rows: bool = True,
) -> AuditResult:
    """Measures the frame under the specification; the same arguments give the same bytes.

    With a `model`, its own answers stand in the columns that its interface names before anything is measured, and what
    needs the model itself is measured too. A model that fails at the rows leaves what needs it open, and the recorded
    answers are measured where they stand in the frame (not in the first two editions). `beside` holds other data sets
    by role (registry.ROLES). show_rows=False keeps single rows, and groups of a few, out of the result (rows that the
    insurer holds). progress is called as progress(done, total, label) before each check, within long ones and once at
    the end.
    A check that meets what it cannot measure says so as a finding, and the others go on. Raises InputRefused only where
    nothing can be measured: no rows, a named column that is missing, no decision with an outcome, a model that fails at
    the rows themselves and no answers recorded.
    """
    judge = Judge(suite, spec, seed, 1 if show_rows else LEAST_TOLD)
    inside = None if model is None else Inside(Asked(model), frame, judge, show_rows)
    interface = None if inside is None else inside.interface
    for name in sorted(named_columns(judge, interface)):
        frame.column(name, "columns")
    listed = tuple(listed_checks(suite, inside))
    steps = Steps(progress or (lambda _done, _total, _label: None), len(listed))
    frame, failure = _answered(frame, judge, inside, steps)
    left_out: Mapping[str, int] = {}
    if not suite.first:
        frame = frame.only(sorted(wanted_columns(judge, interface)))
        frame, left_out = mended(frame, spec)
    asked = inside if failure is None else None
    subject = Subject(
        frame,
        cases_build(frame, spec),
        judge,
        asked,
        beside or {},
        show_rows,
        steps.say,
        failure=failure,
        left_out=left_out,
    )
    outcomes = [_outcome(check, entry, subject, steps) for check, entry in listed]
    steps.say("done")
    return result_of(outcomes, judge, subject.cases.rows, dataset_digest, inside, failure)


def _answered(frame: Frame, judge: Judge, inside: Inside | None, steps: Steps) -> tuple[Frame, Failure | None]:
    """The rows with the model's answers; with the recorded ones, and why, if it fails and they are there."""
    if inside is None:
        return frame, None
    try:
        inside.ask(steps.say)
    except InputRefused as error:
        if judge.suite.first or not _recorded(frame, judge.spec, named_columns(judge)):
            raise
        return frame, inside.failed(error)
    return frame.with_columns(*answer_columns(inside.base, inside.interface)), None


def _recorded(frame: Frame, spec: AuditSpec, names: set[str]) -> bool:
    """Whether the data set records decisions itself that can be measured."""
    if not all(name in frame.columns for name in names):
        return False
    try:
        cases_build(mended(frame, spec)[0], spec)
    except InputRefused:
        return False
    return True


def listed_checks(suite: Suite, inside: Inside | None) -> Iterator[tuple[Registered, Listed]]:
    """The suite's checks. The first two editions name what they did not look at in one place, not check by check."""
    for entry in suite.checks:
        check = check_named(entry.name, entry.code)
        unnamed = suite.first and inside is None and Need.MODEL in check.needs
        if not unnamed:
            yield check, entry


def _outcome(check: Registered, entry: Listed, subject: Subject, steps: Steps) -> Outcome:
    steps.say(check.name)
    part = _part(check, replace(subject, figures=entry.figures))
    steps.done += 1
    return Outcome(check, part)


def _part(check: Registered, subject: Subject) -> Part:
    lacking = missing(check, subject)
    if lacking in OF_A_MODEL and subject.failure is not None:
        return silent_part(check, subject.judge, "cannot_tell", subject.failure.sentence)
    if lacking is not None:
        return silent_part(check, subject.judge, "not_run", lacking.value)
    try:
        measured = check.run(subject, stream(subject.judge.seed, check.name))
        part = finite_part(designed(measured, check, subject), subject.judge)
    except InputRefused as error:
        return refused_part(check, subject.judge, error)
    return part if subject.show_rows else replace(part, tables=about_many(check.section, part.tables))


def silent_part(check: Registered, judge: Judge, verdict: Any, reason: str) -> Part:
    """A check of which nothing is told but why."""
    checks = tuple(judge.silent(name, title, verdict, reason) for name, title in check.asks)
    return Part(checks, dimensions={name: Dimension(verdict, reason) for name in check.dimensions})


def refused_part(check: Registered, judge: Judge, error: InputRefused) -> Part:
    """A check that met what it cannot measure: cannot tell, and a finding that says what to mend."""
    part = silent_part(check, judge, "cannot_tell", error.message)
    remedy = f" {error.remedy}" if error.remedy else ""
    title = f"Could not be measured: {check.asks[0][1][0].lower()}{check.asks[0][1][1:]}"
    return replace(part, findings=(Finding("medium", title, error.message + remedy, check.asks[0][0], check.name),))


def _sections(outcomes: list[Outcome], inside: Inside | None) -> dict[str, dict[str, Table]]:
    sections: dict[str, dict[str, Table]] = {}
    for check, part in ((item.check, item.part) for item in outcomes):
        tables = sections.setdefault(check.section, {})
        if tables.keys() & part.tables.keys():
            raise AssertionError(f"check {check.name} names a table of section {check.section} again")
        tables.update(part.tables)
    sections.pop("untested", None)
    if inside is not None:
        sections["model"] = {"facts": inside.facts_table(), **sections.get("model", {})}
    return sections


def _model_facts(inside: Inside | None, failure: Failure | None) -> dict[str, Any] | None:
    if inside is None:
        return None
    return inside.asked.facts() | ({} if failure is None else {"failed": failure.to_dict()})


def result_of(
    outcomes: list[Outcome],
    judge: Judge,
    rows: Mapping[str, int],
    dataset_digest: str,
    inside: Inside | None = None,
    failure: Failure | None = None,
) -> AuditResult:
    """The result of the suite's checks; `rows` as Cases.rows gives them."""
    spec, parts = judge.spec.to_dict(), [item.part for item in outcomes]
    dimensions = {name: found for part in parts for name, found in part.dimensions.items()}
    findings = [finding for part in parts for finding in part.findings]
    return AuditResult(
        suite={"id": judge.suite.id, "digest": judge.suite.digest},
        spec=spec,
        spec_digest=digest(canonical_json(spec)),
        dataset_digest=dataset_digest,
        seed=judge.seed,
        libraries={"numpy": np.__version__, "scipy": scipy.__version__},
        rows=rows,
        dimensions=dict.fromkeys(DIMENSIONS, UNMEASURED) | dimensions,
        checks=tuple(check for part in parts for check in part.checks),
        sections=_sections(outcomes, inside),
        findings=tuple(sorted(findings, key=_gravest_first)),
        model=_model_facts(inside, failure),
    )


def _gravest_first(finding: Finding) -> tuple[int, str, str]:
    return GRAVITY[finding.severity], finding.check, finding.about
