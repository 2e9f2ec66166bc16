"""Stated probabilities beside what came true, in bands that hold at once."""

import numpy as np

from audits.engine import reliability
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return reliability.measure(subject, subject.plan(reliability.ReliabilityPlan))


CHECK = Registered(
    name="reliability",
    section="calibration",
    asks=reliability.ASKS,
    run=run,
    needs=(Need.PROBABILITIES,),
    plan=reliability.ReliabilityPlan,
)
