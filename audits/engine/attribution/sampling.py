"""Shapley values of any model by walks from a background row to the explained row, one part of it after another.

Castro, Gomez and Tejada 2009, with antithetic pairs (Mitchell et al. 2022): every explained row meets every background
row once, in a drawn order and in the reverse of it. So the contributions add up to the answer less the mean background
answer exactly, whatever was drawn. A part moves as one, with all its columns and the features that are made of them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Floats, Frame

ROWS_AT_ONCE, CELLS_AT_ONCE = 50_000, 4_000_000
FEWEST_EXPLAINED, FEWEST_BACKGROUND = 100, 10
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Sampled:
    """Contributions float64[rows, parts], the base they start from, and the standard error of each of them."""

    contributions: Floats
    base: float
    error: Floats


@dataclass(frozen=True)
class Question:
    """Rows of `frame` to explain against background rows of it: `ask` gives the explained number of each row."""

    frame: Frame
    explained: Places
    background: Places
    parts: tuple[tuple[str, ...], ...]  # the columns of each
    ask: Callable[[Frame], Floats]
    say: Callable[[int, int], None]


def affordable(rows: int, background: int, parts: int, budget: int) -> tuple[int, int]:
    """How many rows to explain against how many background rows with `budget` model rows: fewer explained rows first,
    down to 100, then fewer of the background, down to 10, then fewer explained rows again. Where the budget is too
    small for one row against 10, it is one row against as many as there are means for, and at least one."""
    each = 2 * max(parts - 1, 1)
    if budget < each * FEWEST_BACKGROUND:
        return 1, max(1, min(background, budget // each))
    if budget // (each * background) >= min(rows, FEWEST_EXPLAINED):
        return min(rows, budget // (each * background)), background
    rows = min(rows, FEWEST_EXPLAINED)
    fewer = min(background, max(FEWEST_BACKGROUND, budget // (each * rows)))
    return max(1, min(rows, budget // (each * fewer))), fewer


def sampled(question: Question, rng: np.random.Generator) -> Sampled:
    """One walk and its reverse for each pair of an explained and a background row, many pairs in one model call.

    The standard error is that of the mean over background rows, as if these were drawn anew for each row: it is what
    another background of this size would move, and so at least what the orders of the parts do.
    """
    parts, others = len(question.parts), len(question.background)
    ends = question.ask(question.frame.take(question.explained))
    starts = question.ask(question.frame.take(question.background))
    count = len(ends) * others
    cells = sum(map(len, question.parts))
    size = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // cells) // (2 * max(parts - 1, 1)))
    walked = []
    for begin in range(0, count, size):
        question.say(begin, count)
        pairs = np.arange(begin, min(begin + size, count))
        walked.append(_walked(question, pairs // others, pairs % others, starts, ends, rng))
    each = np.concatenate(walked).reshape(len(ends), others, parts)
    return Sampled(each.mean(axis=1), float(starts.mean()), _error(each))


def _walked(
    question: Question, own: Places, other: Places, starts: Floats, ends: Floats, rng: np.random.Generator
) -> Floats:
    """float64[pairs, parts]: what each part added on the way from `other` to `own`, there and in reverse."""
    parts = len(question.parts)
    forth = rng.random((len(own), parts)).argsort(axis=-1)
    turns = np.stack([forth, parts - 1 - forth], axis=1)  # the turn of each part, [pairs, 2, parts]
    answers = np.empty((len(own), 2, parts + 1))
    answers[..., 0], answers[..., -1] = starts[other, None], ends[own, None]
    if parts > 1:
        answers[..., 1:-1] = _between(question, question.explained[own], question.background[other], turns)
    return np.asarray(np.take_along_axis(np.diff(answers, axis=-1), turns, axis=-1).mean(axis=1))


def _between(question: Question, own: Places, other: Places, turns: Places) -> Floats:
    """Answers on the way: at step s the parts whose turn came before s are the row's, the rest the background's."""
    step = np.arange(1, turns.shape[-1])
    mixed = []
    for place, names in enumerate(question.parts):
        there = turns[..., place, None] < step
        rows = np.where(there, own[:, None, None], other[:, None, None]).ravel()
        mixed += [question.frame.columns[name].take(rows) for name in names]
    answers = question.ask(Frame({column.name: column for column in mixed}))
    return answers.reshape(len(own), 2, len(step))


def _error(each: Floats) -> Floats:
    count = each.shape[1]
    if count < 2:
        return np.full((each.shape[0], each.shape[2]), np.nan)
    return np.asarray(each.std(axis=1, ddof=1) / math.sqrt(count))
