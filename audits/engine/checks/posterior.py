"""What a prior and the rows say of each rate, beside the bounds."""

import numpy as np

from audits.engine import posterior
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, rng: np.random.Generator) -> Part:
    return posterior.measure(subject, subject.plan(posterior.PosteriorPlan), rng)


CHECK = Registered(
    name="posterior",
    section="uncertainty",
    asks=(posterior.ASK,),
    run=run,
    plan=posterior.PosteriorPlan,
)
