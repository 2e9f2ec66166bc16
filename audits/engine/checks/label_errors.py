"""Labels that the model's own probabilities dispute."""

import numpy as np

from audits.engine import suspects
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, rng: np.random.Generator) -> Part:
    return suspects.measure(subject, subject.plan(suspects.SuspectsPlan), rng)


CHECK = Registered(
    name="label_errors",
    section="labels",
    asks=(suspects.ASK,),
    run=run,
    plan=suspects.SuspectsPlan,
)
