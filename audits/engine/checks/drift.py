"""Whether the model gets worse with time, and whether its inputs have moved."""

import numpy as np

from audits.engine import drift
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return drift.measure(subject.frame, subject.cases, subject.judge)


CHECK = Registered(
    name="drift",
    section="drift",
    asks=(("drift.outcome_slope", "Trend of harmful errors"),),
    run=run,
    dimensions=("drift",),
)
