"""Where the harmful error is worst, among the slices registered beforehand."""

import numpy as np

from audits.engine import slices
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return slices.measure(subject.frame, subject.cases, subject.judge)


CHECK = Registered(
    name="slices",
    section="slices",
    asks=(("slices.worst", "Worst slice"),),
    run=run,
)
