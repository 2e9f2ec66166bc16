"""Whether sets of answers hold the outcome for every group."""

import numpy as np

from audits.engine import coverage
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, rng: np.random.Generator) -> Part:
    return coverage.measure(subject, subject.plan(coverage.CoveragePlan), rng)


CHECK = Registered(
    name="coverage",
    section="uncertainty",
    asks=(coverage.ASK, coverage.SHARED),
    run=run,
    plan=coverage.CoveragePlan,
)
