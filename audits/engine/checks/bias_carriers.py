"""Which inputs carry the gap in the model's answers between groups."""

import numpy as np

from audits.engine.bias import carrying
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def model_rows(subject: Subject) -> int:
    return carrying.most_rows(subject)


def run(subject: Subject, rng: np.random.Generator) -> Part:
    return carrying.measure(subject, rng)


CHECK = Registered(
    name="bias_carriers",
    section="bias",
    asks=((carrying.CHECK, carrying.TITLE),),
    run=run,
    needs=(Need.ATTRIBUTES, Need.MODEL),
    plan=carrying.Plan,
    model_rows=model_rows,
)
