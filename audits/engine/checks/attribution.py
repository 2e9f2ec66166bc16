"""Which inputs the model's answers go by, how sure that is, and for whom."""

import numpy as np

from audits.engine import attribution
from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part

OF_PICTURES = (
    "The model's only input is a picture: which parts of it the answers rest on is asked by the checks of saliency."
)


def model_rows(subject: Subject) -> int:
    """The cells that sampling may put to the model, half of them again for the repeats, as rows of its inputs."""
    plan, width = subject.model.plan, len(subject.model.interface.columns)
    return 2 * plan.sampled_cells // width + plan.explained_rows + plan.background_rows


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    inside = subject.model
    if inside.interface.image is not None:
        return Part(tuple(subject.judge.silent(name, title, "not_run", OF_PICTURES) for name, title in CHECK.asks))
    asking = attribution.Asking(
        subject.frame,
        inside.base,
        subject.cases,
        inside.asked,
        subject.judge,
        inside.plan,
        subject.show_rows,
        subject.say,
    )
    return attribution.measure(asking)


CHECK = Registered(
    name="attribution",
    section="attribution",
    asks=(
        ("attribution.additivity", "Contributions that do not add up"),
        ("attribution.rank_stability", "Agreement of rankings"),
        ("attribution.drivers", "Inputs that drive the answers"),
    ),
    run=run,
    needs=(Need.MODEL,),
    model_rows=model_rows,
)
