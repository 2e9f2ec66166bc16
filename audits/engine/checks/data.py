"""The rows themselves: how many count, which lack a label or a decision."""

import numpy as np

from audits.engine import quality
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return quality.measure(subject.frame, subject.cases, subject.judge, subject.interface)


CHECK = Registered(
    name="data",
    section="data",
    asks=(("data.rows", "Rows audited"),),
    run=run,
)
