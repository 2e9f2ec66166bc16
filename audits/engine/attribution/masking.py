"""Shapley values of the words of a text by masking: a coalition is the text with the other words taken out.

Words keep their order and are joined by single spaces; nothing stands for a word that is taken out, so the empty text
is what the model answers where it knows no word. Long texts are cut into spans of neighbouring words. With few spans
every coalition is asked (exact); else some of them with their complements, from which contributions and their standard
errors are fitted (coalitions.py). A text's contributions add up to its answer less that of the empty one.
"""

import math
import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audits.engine.attribution.coalitions import drawn, fitted
from audits.engine.attribution.explainer import Explainer
from audits.engine.frame import Column, Floats, Frame, number_text

_WORD = re.compile(r"\S+")
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Text:
    """One cell: the row it stands in, its spans of words, and by span contribution, standard error (None where exact)
    and the answer without that span alone."""

    row: int
    spans: tuple[str, ...]
    contributions: Floats
    error: Floats | None
    base: float
    answer: float
    without: Floats


def spans_of(text: str, most: int) -> tuple[str, ...]:
    """The words, or `most` spans of neighbouring words, as even as can be."""
    words = _WORD.findall(text)
    if len(words) <= most:
        return tuple(words)
    ends = np.linspace(0, len(words), most + 1).astype(int)
    return tuple(" ".join(words[a:b]) for a, b in pairwise(ends))


@dataclass(frozen=True)
class Masking:
    """How texts are asked: spans a text, spans up to which every coalition is, pairs of coalitions beyond."""

    most: int
    exact: int
    pairs: int

    def answers(self, spans: int) -> int:
        """How many answers a text of so many spans costs, that of the whole text and of each single span's absence
        among them."""
        if spans <= self.exact:
            return 1 << spans
        return 2 + spans + 2 * self.pairs

    @property
    def dearest(self) -> int:
        """The most answers that any text costs."""
        return max(self.answers(min(self.exact, self.most)), self.answers(self.most))


def masked(
    explainer: Explainer, column: str, row: int, masking: Masking, rng: np.random.Generator
) -> tuple[Text, Floats]:
    """One cell explained, with the model's whole answers [1 + spans, k] to the row and to it without each span."""
    cells = explainer.source.inputs.columns[column]
    spans = spans_of(_text(cells, row), masking.most)
    count = len(spans)
    if count <= masking.exact:
        kept = _every(count)
        answers = _ask(explainer, column, row, spans, kept)
        values = explainer.source.target.of(answers)
        single = len(kept) - 1 - (1 << np.arange(count))
        told = Text(row, spans, _exact(values, count), None, float(values[0]), float(values[-1]), values[single])
        return told, answers[np.concatenate([[len(kept) - 1], single]).astype(np.int64)]
    return _fitted(explainer, column, row, spans, masking.pairs, rng)


def _text(column: Column, row: int) -> str:
    if column.null[row]:
        return ""
    value = column.values[row]
    if column.kind in ("int", "float"):
        return number_text(float(value))
    return column.categories[int(value)] if column.kind == "category" else str(value)


def _every(count: int) -> NDArray[np.bool_]:
    """bool[2^count, count]: every coalition; the number of a coalition has a bit for each span it keeps."""
    return np.asarray((np.arange(2**count)[:, None] >> np.arange(count)) & 1, dtype=bool)


def _exact(values: Floats, count: int) -> Floats:
    """Shapley values from the worth of every coalition."""
    found, size = np.zeros(count), np.bitwise_count(np.arange(len(values)))
    for i in range(count):
        without = np.flatnonzero(~(np.arange(len(values)) >> i) & 1)
        weight = np.array([1 / (count * math.comb(count - 1, int(s))) for s in size[without]])
        found[i] = weight @ (values[without | (1 << i)] - values[without])
    return found


def _fitted(
    explainer: Explainer, column: str, row: int, spans: tuple[str, ...], pairs: int, rng: np.random.Generator
) -> tuple[Text, Floats]:
    count = len(spans)
    sets = drawn(count, pairs, rng)
    ends = np.concatenate([np.zeros((1, count), bool), np.ones((1, count), bool), ~np.eye(count, dtype=bool)])
    answers = _ask(explainer, column, row, spans, np.concatenate([ends, sets, ~sets]))
    values = explainer.source.target.of(answers)
    base, answer, without, asked = float(values[0]), float(values[1]), values[2 : 2 + count], values[2 + count :]
    found = fitted(sets, asked[: len(sets)], asked[len(sets) :], base, answer)
    return Text(row, spans, found.contributions, found.error, base, answer, without), answers[1 : 2 + count]


def _ask(explainer: Explainer, column: str, row: int, spans: tuple[str, ...], kept: NDArray[np.bool_]) -> Floats:
    """The model's answers to the row with these spans of one text kept."""
    texts = [" ".join(span for span, there in zip(spans, keep, strict=True) if there) for keep in kept]
    names, codes = np.unique(np.array(texts, dtype=str), return_inverse=True)
    inputs, found = explainer.source.inputs, []
    none = np.zeros(len(texts), dtype=bool)
    told = Column(column, "category", codes.astype(np.int32), none, tuple(str(name) for name in names))
    for begin in range(0, len(texts), ROWS_AT_ONCE):
        piece = np.arange(begin, min(begin + ROWS_AT_ONCE, len(texts)))
        same = inputs.take(np.full(len(piece), row))
        found.append(explainer.source.asked.answers(Frame({**same.columns, column: told.take(piece)})))
    return np.concatenate(found)
