"""Rows that stand twice among those audited, and labels that they dispute."""

import numpy as np

from audits.engine import duplicates
from audits.engine.registry import Registered, Subject
from audits.engine.result import Part


def run(subject: Subject, _rng: np.random.Generator) -> Part:
    return duplicates.within(subject, subject.plan(duplicates.DuplicatesPlan))


CHECK = Registered(
    name="duplicates",
    section="labels",
    asks=duplicates.WITHIN_ASKS,
    run=run,
    plan=duplicates.DuplicatesPlan,
)
