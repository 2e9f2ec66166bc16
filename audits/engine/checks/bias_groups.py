"""Every metric for every group of every attribute and every intersection, with the worst pair named."""

import numpy as np

from audits.engine.bias import measure
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return measure.measure(subject)


CHECK = Registered(
    name="bias_groups",
    section="bias",
    asks=(
        (measure.PAIR, measure.PAIR_TITLE),
        (measure.SMALL, measure.SMALL_TITLE),
        (measure.LEFT, measure.LEFT_TITLE),
    ),
    run=run,
    needs=(Need.ATTRIBUTES,),
    plan=measure.Plan,
)
