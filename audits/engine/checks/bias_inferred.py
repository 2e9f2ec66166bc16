"""How groups fare of which only the chances are known, such as those that surname and place give."""

import numpy as np

from audits.engine.bias import inferred
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return inferred.measure(subject)


CHECK = Registered(
    name="bias_inferred",
    section="bias",
    asks=((inferred.CHECK, inferred.TITLE), (inferred.SILENT, inferred.SILENT_TITLE)),
    run=run,
    needs=(Need.INFERRED,),
    plan=inferred.Plan,
)
