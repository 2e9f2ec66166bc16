"""Further figures of performance, each with an interval or the reason why there is none."""

import numpy as np

from audits.engine import measures
from audits.engine.measures import MeasuresPlan
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return measures.measure(subject.frame, subject.cases, subject.judge, subject.plan(MeasuresPlan))


CHECK = Registered(
    name="measures",
    section="performance",
    asks=((measures.F1, measures.F1_TITLE),),
    run=run,
    plan=MeasuresPlan,
)
