"""Frames and parts for the tests of labels and beliefs: a subject without the whole audit around it."""

from typing import Any

import numpy as np
from engine_examples import BINARY, SEED

from audits.engine import Frame, frame_from_arrays, spec_parse
from audits.engine.cases import cases_build
from audits.engine.registry import Subject, missing, registered
from audits.engine.result import Part
from audits.engine.streams import stream
from audits.engine.verdicts import Judge
from audits.suites import suite_load

EDITION = suite_load("PAS-2026.3")
SCORED = {**BINARY, "decision": {"column": "p", "op": ">=", "value": "0.5"}, "probability": "p"}
CLASSES = ("a", "b", "c")
MANY: dict[str, Any] = {
    "task": "multiclass",
    "label": "y",
    "decision": {"column": "d"},
    "probability": "top",
    "probabilities": [{"name": name, "column": f"p_{name}"} for name in CLASSES],
}


def subject_of(
    arrays: dict[str, Any], spec: dict[str, Any] = BINARY, *, seed: int = SEED, show_rows: bool = True, **beside: Any
) -> Subject:
    """What checks see of these columns; `beside` are other data sets by role."""
    frame = frame_from_arrays(arrays)
    judge = Judge(EDITION, spec_parse(spec), seed, 1 if show_rows else 10)
    others = {role: each if isinstance(each, Frame) else frame_from_arrays(each) for role, each in beside.items()}
    return Subject(frame, cases_build(frame, judge.spec), judge, beside=others, show_rows=show_rows)


def part_of(name: str, arrays: dict[str, Any], spec: dict[str, Any] = BINARY, **more: Any) -> Part:
    """What the check `name` alone contributes."""
    subject = subject_of(arrays, spec, **more)
    entry = next(each for each in EDITION.checks if each.name == name)
    assert missing(registered()[name], subject) is None
    whole = Subject(**{**subject.__dict__, "figures": entry.figures})
    return registered()[name].run(whole, stream(subject.judge.seed, name))


def named(part: Part, check_id: str, subject: str | None = None) -> Any:
    return next(each for each in part.checks if each.id == check_id and subject in (None, each.subject))


def cells(part: Part, table: str) -> dict[Any, dict[str, Any]]:
    """A table's rows by their first cell."""
    found = part.tables[table]
    return {row[0]: dict(zip(found.columns, row, strict=True)) for row in found.rows}


def scored(n: int, seed: int = 1, shift: float = 0.0, digits: int = 16) -> dict[str, Any]:
    """Probabilities that come true, but for `shift`."""
    rng = np.random.default_rng(seed)
    p = np.round(rng.beta(2, 2, n), digits)
    return {"p": p, "y": (rng.random(n) < np.clip(p + shift, 0, 1)).astype(np.int64)}


def classified(n: int, seed: int = 1, noise: float = 0.1) -> dict[str, Any]:
    """Three classes with stated probabilities, and a share of labels that are wrong."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet((0.6, 0.6, 0.6), n)
    truth = (rng.random(n)[:, None] > np.cumsum(p, axis=1)[:, :2]).sum(axis=1)
    label = np.where(rng.random(n) < noise, rng.integers(0, 3, n), truth)
    names = np.array(CLASSES)
    columns = {f"p_{name}": p[:, place] for place, name in enumerate(CLASSES)}
    return {"y": list(names[label]), "d": list(names[p.argmax(axis=1)]), "top": p.max(axis=1), **columns}
