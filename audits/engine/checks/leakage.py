"""Audited rows that the model was trained on, and what it is worth on the others."""

import numpy as np

from audits.engine import duplicates
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return duplicates.leak(subject, subject.plan(duplicates.LeakPlan))


CHECK = Registered(
    name="leakage",
    section="labels",
    asks=duplicates.LEAK_ASKS,
    run=run,
    needs=(Need.TRAINING,),
    plan=duplicates.LeakPlan,
)
