"""Whether stated probabilities are kept."""

import numpy as np

from audits.engine import calibration
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return calibration.measure(subject.frame, subject.cases, subject.judge)


CHECK = Registered(
    name="calibration",
    section="calibration",
    asks=(("calibration.ece", "Calibration error"),),
    run=run,
    dimensions=("ece",),
)
