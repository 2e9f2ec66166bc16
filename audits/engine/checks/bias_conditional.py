"""Whether groups fare alike among people who are alike in the registered legitimate factors."""

import numpy as np

from audits.engine.bias import conditional
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return conditional.measure(subject)


CHECK = Registered(
    name="bias_conditional",
    section="bias",
    asks=((conditional.CHECK, conditional.TITLE), (conditional.UNCOMPARED, conditional.UNCOMPARED_TITLE)),
    run=run,
    needs=(Need.ATTRIBUTES, Need.LEGITIMATE),
    plan=conditional.Plan,
)
