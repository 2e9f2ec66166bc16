"""Whether the model gives what was recorded, and the same when asked again."""

import numpy as np

from audits.engine.determinism import TIMES_ASKED
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def model_rows(subject: Subject) -> int:
    return TIMES_ASKED * min(subject.frame.rows, subject.model.plan.determinism_rows)


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return subject.model.itself(subject.say)


CHECK = Registered(
    name="model",
    section="model",
    asks=(
        ("model.reproduces", "Recorded answers that the model does not give"),
        ("model.deterministic", "Answers that differ when asked again"),
    ),
    run=run,
    needs=(Need.MODEL,),
    model_rows=model_rows,
)
