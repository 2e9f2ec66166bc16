"""Which parts of a picture the model's answers rest on, and whether such a map says anything of the model."""

import numpy as np

from audits.engine.registry import Need, Registered, Subject
from audits.engine.result import Part
from audits.engine.saliency.measure import Plan, Task, explain
from audits.engine.saliency.telling import ASKS, told

NO_PICTURE = "No row of the data has a picture."


def _task(subject: Subject) -> Task:
    inside = subject.model
    image = inside.interface.image
    if image is None:
        raise AssertionError("only a model of images has saliency")
    column = subject.frame.columns[inside.interface.columns[0]]
    return Task(inside, column, image, subject.plan(Plan), subject.say)


def model_rows(subject: Subject) -> int:
    return _task(subject).model_rows()


def run(subject: Subject, rng: np.random.Generator) -> Part:
    task, judge = _task(subject), subject.judge
    if task.column.null.all():
        return Part(tuple(judge.silent(name, title, "cannot_tell", NO_PICTURE) for name, title in ASKS))
    before = task.inside.asked.rows
    found = explain(task, rng)
    return told(found, judge, task.plan, task.inside.asked.rows - before, subject.show_rows)


CHECK = Registered(
    name="saliency",
    section="saliency",
    asks=ASKS,
    run=run,
    needs=(Need.MODEL, Need.IMAGE),
    plan=Plan,
    model_rows=model_rows,
)
