"""Whether decisions turn on a protected attribute that the model is given."""

import numpy as np

from audits.engine.bias import exchange
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def model_rows(subject: Subject) -> int:
    return exchange.most_rows(subject)


def run(subject: Subject, rng: np.random.Generator) -> Part:
    return exchange.measure(subject, rng)


CHECK = Registered(
    name="bias_exchange",
    section="bias",
    asks=((exchange.CHECK, exchange.TITLE),),
    run=run,
    needs=(Need.ATTRIBUTES, Need.MODEL),
    plan=exchange.Plan,
    model_rows=model_rows,
)
