"""What slips of units, categories, ranges and texts do to decisions; reported, never priced."""

import numpy as np

from audits.engine import slips_told
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part
from audits.engine.slips import SlipPlan, family_count


def model_rows(subject: Subject) -> int:
    return family_count() * min(subject.frame.rows, subject.plan(SlipPlan).rows)


PICTURE = "The model's only input is a picture; what is changed here are cells."


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    inside, plan = subject.model, subject.plan(SlipPlan)
    if inside.interface.image is not None:
        return Part(tuple(subject.judge.silent(*ask, "not_run", PICTURE) for ask in CHECK.asks))
    return slips_told.measure(subject.frame, inside.base, inside.asked, subject.judge, plan, subject.say)


CHECK = Registered(
    name="slips",
    section="robustness",
    asks=((slips_told.FLIPS, slips_told.FLIPS_TITLE), (slips_told.JUMPS, slips_told.JUMPS_TITLE)),
    run=run,
    needs=(Need.MODEL,),
    plan=SlipPlan,
    model_rows=model_rows,
)
