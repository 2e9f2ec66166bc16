"""Columns that give the outcome away."""

import numpy as np

from audits.engine import telling
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, rng: np.random.Generator) -> Part:
    return telling.measure(subject, subject.plan(telling.TellingPlan), rng)


CHECK = Registered(
    name="telling",
    section="labels",
    asks=(telling.ASK,),
    run=run,
    plan=telling.TellingPlan,
)
