"""A stranger's model in the cage, as the rest of the house sees it: facts, trees as plain arrays, answers to batches.

Every failure is an InputRefused with a verdict: "rejected" (the file is unusable), "model_fault" (it died, raised, or
answered nonsense), "resource_limit" (memory, processor or clock). Unavailable, if this machine cannot cage or lacks the
runtime; CageLost, if the machinery itself died, which is worth another attempt.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from audits.interface import Interface
from audits.sandbox.formats.magic import HEAD
from audits.sandbox.launch import Child, child_started
from audits.sandbox.limits import MODEL_LIMITS, Limits
from audits.sandbox.model_protocol import (
    Fault,
    Floats,
    ModelReader,
    ModelRefusal,
    ask_parts,
    interface_bytes,
    rows_at_once,
)
from audits.sandbox.model_refusals import broken, fault_error, over_limit, refused_error, rejected, too_large
from audits.sandbox.models.load import form_of_model, why_refused
from audits.sandbox.models.shape import Batch
from audits.sandbox.protocol import ProtocolError
from audits.trees import Trees
from core.errors import InputRefused


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a loaded model: `outputs` numbers answer a row, `trees` says whether exact ones are known."""

    format: str
    runtime: str
    outputs: int
    trees: bool


class CagedModel:
    """A loaded model. `trees` are None where the format or the model has no exact ones."""

    def __init__(self, child: Child, interface: Interface, limits: Limits, model_format: str) -> None:
        self._child = child
        self._interface = interface
        self._limits = limits
        self._asked = 0
        self._dead = False
        self._reader = self._opened()
        said = self._reader.facts
        self.trees: Trees | None = said.trees
        self.facts = ModelFacts(model_format, said.runtime, said.outputs, said.trees is not None)
        self._rows_at_once = rows_at_once(interface.cells, said.outputs)

    @property
    def dead(self) -> bool:
        """Whether no further answer can come."""
        return self._dead

    def answers(self, batch: Batch) -> Floats:
        """Float64[rows, outputs], asked in parts of bounded size. Raises ModelFault or ResourceLimit.

        After a fault told in good order (the model raised, a number is not finite) the model may be asked again; after
        any other it is dead, and every further call raises ModelFault.
        """
        self._fits(batch)
        parts = [self._answered(part) for part in _parts(batch, self._rows_at_once)]
        return np.concatenate([np.empty((0, self.facts.outputs)), *parts])

    def _fits(self, batch: Batch) -> None:
        interface = self._interface
        columns = (batch.numbers.shape[1], len(batch.texts))
        if columns != (len(interface.features), len(interface.texts)):
            raise ValueError(f"{columns} numeric and text columns do not fit the interface")
        wanted = (batch.rows, interface.image.bytes) if interface.image else None
        if (None if batch.images is None else batch.images.shape) != wanted:
            raise ValueError("the images do not fit the interface")

    def _answered(self, batch: Batch) -> Floats:
        if self._dead:
            raise broken()
        self._asked = (self._asked + 1) % 2**32
        self._child.step(self._limits.answer_seconds)
        try:
            self._send(ask_parts(self._asked, batch))
            return self._reader.answer(self._asked, batch.rows)
        except Fault as fault:
            raise fault_error(fault, self._limits) from None
        except ProtocolError:
            raise self._ended() from None

    def _opened(self) -> ModelReader:
        self._child.step(self._limits.answer_seconds)
        written = json.dumps(self._interface.to_dict()).encode()
        whole = self._child.send(interface_bytes(written))
        try:
            reader = ModelReader(self._child, self._limits, len(self._interface.features))
            if not whole:
                raise ProtocolError("facts before the interface was read")
        except ModelRefusal as refusal:
            raise refused_error(refusal, self._limits) from None
        except ProtocolError:
            raise self._ended() from None
        return reader

    def _send(self, question: Iterable[bytes | memoryview]) -> None:
        if not all(self._child.send(part) for part in question):
            raise ProtocolError("the child spoke or ended before it was asked")

    def _ended(self) -> InputRefused:
        """Why nothing more can be had from the child."""
        self._dead = True
        self._child.end()
        spent = self._child.out_of_time or self._child.out_of_bounds
        return over_limit(self._limits) if spent else broken()


@contextmanager
def model_open(
    raw: BinaryIO, *, interface: Interface, limits: Limits = MODEL_LIMITS, randomised: int | None = None
) -> Iterator[CagedModel]:
    """The model in the file `raw`, loaded in a child of its own that lives as long as the block.

    With a seed in `randomised`, a copy whose weights the child exchanges at random; the file stays what it is.
    """
    raw.seek(0)
    head = raw.read(HEAD)
    model_format = form_of_model(head)
    if model_format == "refused":
        raise rejected(why_refused(head))
    if os.fstat(raw.fileno()).st_size > limits.artifact:
        raise too_large(limits)
    more = {} if randomised is None else {"randomised": randomised}
    with child_started(raw, limits, kind="model", model_format=model_format, **more) as child:
        yield CagedModel(child, interface, limits, model_format)


def _parts(batch: Batch, rows: int) -> Iterator[Batch]:
    for start in range(0, batch.rows, rows):
        piece = slice(start, start + rows)
        images = None if batch.images is None else batch.images[piece]
        yield Batch(batch.numbers[piece], tuple(column[piece] for column in batch.texts), images)
