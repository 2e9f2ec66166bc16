"""Whether decisions hold when inputs change a little: cells of a row, or a picture as a whole."""

import numpy as np

from audits.engine import robustness
from audits.engine.perturbing import Family, families
from audits.engine.perturbing_images import Plan, image_families
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part
from core.errors import InputRefused


def model_rows(subject: Subject) -> int:
    plan = subject.model.plan
    return len(_of_pictures(subject) or families(plan)) * min(subject.frame.rows, plan.robustness_rows)


def _of_pictures(subject: Subject) -> tuple[Family, ...] | None:
    """The families of a model of pictures; None for one of other inputs."""
    if subject.model.interface.image is None:
        return None
    if not subject.figures:
        raise InputRefused(
            f"Suite {subject.judge.suite.id} files no small changes of pictures.",
            field="suite",
            limit="an edition that takes models of pictures",
            remedy="Order the audit under PAS-2026.3 or later.",
        )
    return image_families(subject.plan(Plan))


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    inside = subject.model
    chosen = _of_pictures(subject)
    return robustness.measure(subject.frame, inside.base, inside.asked, subject.judge, inside.plan, subject.say, chosen)


CHECK = Registered(
    name="robustness",
    section="robustness",
    asks=(("robustness.flip_rate", "Decisions flipped by small changes"),),
    run=run,
    needs=(Need.MODEL,),
    plan=Plan,
    model_rows=model_rows,
    dimensions=("robustness",),
)
