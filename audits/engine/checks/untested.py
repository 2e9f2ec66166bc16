"""What the first two editions do not look at; later ones say it check by check."""

import numpy as np

from audits.engine import untested
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return untested.measure(subject.judge) if subject.inside is None else untested.measure_labels(subject.judge)


CHECK = Registered(
    name="untested",
    section="untested",
    asks=(("labels.disagreement", "Labels that a second reader disputes"),),
    run=run,
)
