"""Whether small changes that flip a decision can be found by questions alone; never a pass, never priced."""

import numpy as np

from audits.engine import adversarial_told
from audits.engine.adversarial import SearchPlan
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part


def model_rows(subject: Subject) -> int:
    plan = subject.plan(SearchPlan)
    return min(subject.frame.rows, plan.rows) * plan.queries


PICTURE = "The model's only input is a picture; what is changed here are cells."


def run(subject: Subject, rng: np.random.Generator) -> Part:
    inside, plan = subject.model, subject.plan(SearchPlan)
    if inside.interface.image is not None:
        return Part(tuple(subject.judge.silent(*ask, "not_run", PICTURE) for ask in CHECK.asks))
    return adversarial_told.measure(subject.frame, inside.base, inside.asked, subject.judge, plan, rng, subject.say)


CHECK = Registered(
    name="adversarial",
    section="robustness",
    asks=((adversarial_told.FOUND, adversarial_told.FOUND_TITLE),),
    run=run,
    needs=(Need.MODEL,),
    plan=SearchPlan,
    model_rows=model_rows,
)
