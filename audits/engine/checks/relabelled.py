"""Labels that a second reader disputes: the label dimension."""

import numpy as np

from audits.engine import relabelling
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return relabelling.measure(subject, subject.plan(relabelling.RelabellingPlan))


CHECK = Registered(
    name="relabelled",
    section="labels",
    asks=(relabelling.ASK,),
    run=run,
    needs=(Need.RELABELLED, Need.ROW_IDS),
    dimensions=("label",),
    plan=relabelling.RelabellingPlan,
)
