"""Whether stated probabilities are kept for every group."""

import numpy as np

from audits.engine import group_calibration
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return group_calibration.measure(subject, subject.plan(group_calibration.GroupPlan))


CHECK = Registered(
    name="group_calibration",
    section="calibration",
    asks=(group_calibration.ASK,),
    run=run,
    needs=(Need.PROBABILITIES, Need.ATTRIBUTES),
    plan=group_calibration.GroupPlan,
)
