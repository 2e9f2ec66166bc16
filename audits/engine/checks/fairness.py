"""Whether any registered group fares worse than the others."""

import numpy as np

from audits.engine import fairness
from audits.engine.clustering import design_of
from audits.engine.copies import with_copies
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    design = with_copies(subject, design_of(subject.frame, subject.judge.spec))
    return fairness.measure(subject.frame, subject.cases, subject.judge, design)


CHECK = Registered(
    name="fairness",
    section="fairness",
    asks=(("fairness.gap", "Gap between groups"),),
    run=run,
    dimensions=("gap",),
)
