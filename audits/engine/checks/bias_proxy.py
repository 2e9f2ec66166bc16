"""Whether the inputs give away a protected attribute."""

import numpy as np

from audits.engine.bias import proxy
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, rng: np.random.Generator) -> Part:
    return proxy.measure(subject, rng)


CHECK = Registered(
    name="bias_proxy",
    section="bias",
    asks=((proxy.CHECK, proxy.TITLE),),
    run=run,
    needs=(Need.ATTRIBUTES,),
    plan=proxy.Plan,
)
