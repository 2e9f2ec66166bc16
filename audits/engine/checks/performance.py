"""How often the model is right, and how often it errs in the direction that harms."""

import numpy as np

from audits.engine import performance
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return performance.measure(subject.cases, subject.judge)


CHECK = Registered(
    name="performance",
    section="performance",
    asks=(("performance.harmful_error", "Harmful errors"),),
    run=run,
    dimensions=("error",),
)
