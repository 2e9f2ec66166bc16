"""The model as the engine sees it: rows in, numbers out. How it is caged is not known here."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from audits.engine.frame import Column, Floats, Frame
from audits.interface import Interface
from audits.trees import Trees
from core.canonical import canonical_json, digest
from core.errors import InputRefused

LARGEST_ANSWER = 1e100  # squares and sums of such numbers are finite
ROWS_AT_ONCE, CELLS_AT_ONCE = 50_000, 10_000_000
PIXELS_HELD = 64 * 1024**2  # bytes


class Model(Protocol):
    """A model that answers. Both ways of asking encode the frame by the interface and give float64[rows, k]; they raise
    InputRefused for rows that cannot be encoded and for a model that fails (then with `verdict`)."""

    interface: Interface
    digest: str  # sha256 of the artifact
    format: str
    runtime: str
    trees: Trees | None

    def answers(self, frame: Frame) -> Floats: ...

    def again(self, frame: Frame) -> Floats:
        """The same from a fresh process."""
        ...


Answers = Callable[[Frame], Floats]


@runtime_checkable
class Redrawn(Protocol):
    """What a model of a format whose weights can be redrawn offers beside `answers`."""

    def randomised(self, seed: int) -> AbstractContextManager[Answers]:
        """The answers of a copy of the model whose weights were exchanged at random, for the length of the block.
        Raises InputRefused for a model without weights."""
        ...


@dataclass
class Asked:
    """A model with a count of what it was asked; every answer is checked for its shape before it is used."""

    model: Model
    rows: int = 0
    calls: int = 0

    @property
    def interface(self) -> Interface:
        return self.model.interface

    @property
    def rows_at_once(self) -> int:
        """Rows in one call: as many as make 10 million encoded cells, at most 50,000."""
        return max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // max(1, self.interface.cells)))

    def answers(self, frame: Frame) -> Floats:
        """Float64[rows, k], in as few calls as memory allows; at least one row."""
        return self._counted(self.model.answers, frame)

    def again(self, frame: Frame) -> Floats:
        """The same from a fresh process."""
        return self._counted(self.model.again, frame)

    @contextmanager
    def randomised(self, seed: int) -> Iterator[Answers]:
        """The answers of a copy with weights at random, counted like the model's own. Raises InputRefused for a model
        that has no such copy."""
        if not isinstance(self.model, Redrawn):
            raise InputRefused(
                f"The weights of a model of format {self.model.format} cannot be redrawn.",
                field="model",
                limit="a network in ONNX",
                remedy="Hand it over in ONNX.",
            )
        with self.model.randomised(seed) as answers:
            yield lambda frame: self._counted(answers, frame)

    def _counted(self, ask: Callable[[Frame], Floats], frame: Frame) -> Floats:
        inputs = frame.only(self.interface.columns)
        return np.concatenate([self._once(ask, inputs.take(piece)) for piece in pieces(frame.rows, self.rows_at_once)])

    def _once(self, ask: Callable[[Frame], Floats], inputs: Frame) -> Floats:
        self.rows += inputs.rows
        self.calls += 1
        found = np.asarray(ask(inputs), dtype=np.float64)
        self._shape_check(found, inputs.rows)
        return found

    def _shape_check(self, found: Floats, rows: int) -> None:
        if found.ndim != 2 or len(found) != rows or not (np.abs(found) <= LARGEST_ANSWER).all():
            raise InputRefused(
                f"The model gave an array of shape {found.shape}, or numbers out of range, for {rows:,} rows.",
                field="model",
                limit=f"numbers up to {LARGEST_ANSWER:g}, one line of them a row",
                remedy="Try the file on these rows with its own runtime.",
            )
        output, width = self.interface.output, found.shape[1]
        if output.means == "class" and width != len(output.classes):
            raise _refused_width("classes", f"names {len(output.classes)} classes", width)
        if output.means != "class" and output.index >= width:
            raise _refused_width("index", f"is {output.index}", width)

    def facts(self) -> dict[str, Any]:
        """What the result says of the model and of how much it was asked."""
        interface = self.interface.to_dict()
        return {
            "digest": self.model.digest,
            "format": self.model.format,
            "runtime": self.model.runtime,
            "trees": self.model.trees is not None,
            "interface": interface,
            "interface_digest": digest(canonical_json(interface)),
            "caged_rows": self.rows,
            "caged_calls": self.calls,
        }


def _refused_width(key: str, what: str, width: int) -> InputRefused:
    return InputRefused(
        f"interface.output.{key} {what}; the model answers {width} numbers a row.",
        field=f"interface.output.{key}",
        limit=f"{width} numbers a row",
        remedy="Register a version with a corrected interface.",
    )


def rows_held(most: int, interface: Interface) -> int:
    """At most `most` rows, and of pictures no more than PIXELS_HELD: a check holds its rows several times over."""
    return most if interface.image is None else max(1, min(most, PIXELS_HELD // interface.image.bytes))


def answer_columns(answers: Floats, interface: Interface) -> tuple[Column, ...]:
    """The caged answers as the columns in which a data set records them: number or class, and the class's share."""
    output, present = interface.output, np.zeros(len(answers), dtype=bool)
    if output.means != "class":
        return (Column(output.column, "float", answers[:, output.index].copy(), present),)
    largest = answers.argmax(axis=1)
    label = Column(output.column, "category", largest.astype(np.int32), present, output.classes)
    if output.confidence is None:
        return (label,)
    return label, Column(output.confidence, "float", answers.max(axis=1), present)


def answer_names(interface: Interface) -> tuple[str, ...]:
    """The columns in which the caged answers stand."""
    output = interface.output
    return (output.column,) if output.confidence is None else (output.column, output.confidence)


def pieces(rows: int, size: int) -> Iterator[NDArray[np.int64]]:
    """Places 0 to rows - 1 in order, in pieces of at most `size`."""
    for start in range(0, rows, size):
        yield np.arange(start, min(start + size, rows))
