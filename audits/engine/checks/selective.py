"""What the model is worth where it is sure, and what to hand to people."""

import numpy as np

from audits.engine import selective
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return selective.measure(subject, subject.plan(selective.SelectivePlan))


CHECK = Registered(
    name="selective",
    section="uncertainty",
    asks=(selective.AREA, selective.HAND_OVER),
    run=run,
    plan=selective.SelectivePlan,
)
