"""What the worst per cent of decisions looks like, and who is in it."""

import numpy as np

from audits.engine import tail_findings
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part
from audits.engine.tail_findings import TailPlan


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return tail_findings.measure(subject.frame, subject.cases, subject.judge, subject.plan(TailPlan))


CHECK = Registered(
    name="tail",
    section="performance",
    asks=(
        (tail_findings.MEAN, tail_findings.MEAN_TITLE),
        (tail_findings.FROM, tail_findings.FROM_TITLE),
        (tail_findings.SHARE, tail_findings.SHARE_TITLE),
        (tail_findings.LARGEST, tail_findings.LARGEST_TITLE),
    ),
    run=run,
    plan=TailPlan,
)
