"""Named columns that are empty, the same in every row, no numbers, or of very many values."""

import numpy as np

from audits.engine import emptiness
from audits.engine.emptiness import ColumnsPlan
from audits.engine.quality import wanted_columns
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    spec = subject.judge.spec
    names = wanted_columns(subject.judge, subject.interface) - {spec.row_id, spec.cluster}
    return emptiness.measure(subject.frame, names, subject.left_out, subject.judge, subject.plan(ColumnsPlan))


CHECK = Registered(
    name="columns",
    section="data",
    asks=((emptiness.ODD, emptiness.ODD_TITLE),),
    run=run,
    plan=ColumnsPlan,
)
