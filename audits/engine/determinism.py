"""Does the model give the same row the same answer, whenever, wherever and beside whatever it is asked?

Two rules, because honest runtimes differ in one thing. The same batch in the same or in a fresh process must give the
same bits: so it was with ONNX Runtime, XGBoost, LightGBM and scikit-learn. The same rows in another batch may differ in
the last bits, since linear algebra in 32 bits adds up in another order for another shape: up to 1.8e-7 was seen, in
scikit-learn's logistic regression and perceptron. There the suite files a tolerance, relative to the largest answer.
What a model hides better than that, this does not find: one that answers by a fixed rule is the same every time.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Floats, Frame
from audits.engine.model import Asked, rows_held
from audits.engine.result import Check, Finding, Part, Table
from audits.engine.streams import sample, stream
from audits.engine.suite import ModelPlan
from audits.engine.verdicts import Judge
from core.errors import InputRefused

CHECK, TITLE = "model.deterministic", "Answers that differ when asked again"
SIZES = (1, 2, 3, 5, 7, 16, 31, 64, 100, 250)
Places = NDArray[np.int64]
TIMES_ASKED = 11  # the batch itself, twice in fresh processes, shuffled, three at once, in pieces, among as many probes


class Repeat(NamedTuple):
    """The same rows asked in one more way: how many answers differ, and by how much at most."""

    question: str
    rows: int
    differing: int
    largest: float


class Sample(NamedTuple):
    """The rows that are asked again, their place in the frame, and their answers in the order of the frame."""

    frame: Frame
    places: Places
    answers: Floats


def measure(
    frame: Frame, base: Floats, asked: Asked, judge: Judge, plan: ModelPlan, say: Callable[[str], None]
) -> Part:
    """The check and its table. `base` are the answers the audit uses; a fault of the model leaves the check open."""
    most = rows_held(plan.determinism_rows, asked.interface)
    places = sample(stream(judge.seed, "determinism rows"), frame.rows, most)
    rows, rng = frame.only(asked.interface.columns).take(places), stream(judge.seed, "determinism order")
    try:
        first = asked.answers(rows)
        repeats = []
        for repeat in _repeats(Sample(rows, places, first), base, asked, rng, plan.determinism_tolerance):
            say(f"determinism: {repeat.question}")
            repeats.append(repeat)
    except InputRefused as error:
        check = judge.silent(CHECK, TITLE, "cannot_tell", f"The model failed: {error.message}")
        return Part((check,), findings=(Finding("medium", "The model fails when asked again", check.sentence, CHECK),))
    check = _check(repeats, plan, judge)
    columns = ("question", "rows", "differing", "largest difference")
    return Part((check,), {"determinism": Table(columns, tuple(repeats))}, judge.findings((check,)))


def _repeats(first: Sample, base: Floats, asked: Asked, rng: np.random.Generator, tolerance: float) -> Iterator[Repeat]:
    rows, count = first.frame, first.frame.rows
    yield _exact("the same batch again", first.answers, asked.answers(rows))
    yield _exact("the same batch in a fresh process", first.answers, asked.again(rows))
    yield _exact("the same batch in another fresh process", first.answers, asked.again(rows))
    every = np.arange(count)
    for question, order in (
        ("in another order", rng.permutation(count)),
        ("three times each in one batch", rng.permutation(np.tile(every, 3))),
    ):
        yield _near(question, first.answers[order], asked.answers(rows.take(order)), tolerance)
    yield _near("in small batches", first.answers, _in_sizes(rows, asked), tolerance)
    yield _near("among the whole data set", first.answers, base[first.places], tolerance)
    probes, where = _among_probes(rows, rng)
    yield _near("among rows that never were", first.answers, asked.answers(probes)[where], tolerance)


def _in_sizes(rows: Frame, asked: Asked) -> Floats:
    """The rows in batches of ten sizes, the rest in the largest."""
    answers, start, sizes = [], 0, list(SIZES)
    while start < rows.rows:
        size = sizes.pop(0) if sizes else SIZES[-1]
        answers.append(asked.answers(rows.take(np.arange(start, min(start + size, rows.rows)))))
        start += size
    return np.concatenate(answers)


def _among_probes(rows: Frame, rng: np.random.Generator) -> tuple[Frame, Places]:
    """The rows mixed with as many of shuffled columns, as explanations ask, and where the rows stand among them."""
    count = rows.rows
    order = rng.permutation(2 * count)
    columns = []
    for column in rows.columns.values():
        columns.append(column.take(np.concatenate([np.arange(count), rng.permutation(count)])[order]))
    return rows.with_columns(*columns), np.argsort(order)[:count]


def _exact(question: str, first: Floats, second: Floats) -> Repeat:
    return _near(question, first, second, 0.0)


def _near(question: str, first: Floats, second: Floats, tolerance: float) -> Repeat:
    apart = np.abs(first - second).max(axis=1)
    differing = int((apart > tolerance * max(1.0, float(np.abs(first).max()))).sum())
    return Repeat(question, len(first), differing, float(apart.max()))


def _check(repeats: list[Repeat], plan: ModelPlan, judge: Judge) -> Check:
    differing, n = sum(repeat.differing for repeat in repeats), sum(repeat.rows for repeat in repeats)
    sentence = f"{differing:,} of {n:,} repeated answers differ, asked in {len(repeats)} ways."
    method = f"same batch: bit for bit; other batches: within {plan.determinism_tolerance:g} of the largest answer"
    return judge.check(CHECK, TITLE, differing, None, sentence, n, k=differing, method=method)
