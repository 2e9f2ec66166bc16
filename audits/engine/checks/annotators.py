"""Whether the people who label agree with one another."""

import numpy as np

from audits.engine import annotators
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return annotators.measure(subject)


CHECK = Registered(
    name="annotators",
    section="labels",
    asks=(annotators.AGREEMENT, annotators.ALPHA),
    run=run,
    needs=(Need.ANNOTATORS,),
)
