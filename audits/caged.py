"""The model in its cage, as the engine sees it: rows in, numbers out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from audits.engine.encoding import encode
from audits.engine.frame import Floats, Frame
from audits.interface import Interface, interface_parse
from audits.models import ModelFile
from audits.sandbox.cage import CagedModel, model_open
from audits.sandbox.models.shape import Batch
from audits.trees import Trees
from provenance.store import artifact_verified


@dataclass
class Caged:
    """audits.engine.model.Model over one open cage; `again` asks in a second one, opened and closed for it."""

    file: ModelFile
    interface: Interface
    opened: CagedModel

    @property
    def digest(self) -> str:
        return self.file.digest

    @property
    def format(self) -> str:
        return self.opened.facts.format

    @property
    def runtime(self) -> str:
        return self.opened.facts.runtime

    @property
    def trees(self) -> Trees | None:
        return self.opened.trees

    def answers(self, frame: Frame) -> Floats:
        """Float64[rows, k]. Raises InputRefused for rows that cannot be encoded, and with a verdict for a model that
        fails."""
        return self.opened.answers(self._batch(frame))

    def again(self, frame: Frame) -> Floats:
        """The same from a fresh process."""
        with _cage(self.file, self.interface) as fresh:
            return fresh.answers(self._batch(frame))

    def _batch(self, frame: Frame) -> Batch:
        encoded = encode(frame, self.interface)
        return Batch(encoded.numbers, encoded.texts)


@contextmanager
def caged(file: ModelFile) -> Iterator[Caged]:
    """The model of a file, opened in the cage for the length of the block.

    Raises ModelRejected, ModelFault or ResourceLimit (InputRefused with `verdict`), and Unavailable without isolation
    or if the stored bytes are not what was stored.
    """
    interface = interface_parse(file.interface)
    with _cage(file, interface) as opened:
        yield Caged(file, interface, opened)


@contextmanager
def _cage(file: ModelFile, interface: Interface) -> Iterator[CagedModel]:
    if file.artifact is None:
        raise AssertionError("a model file that is opened has its bytes")
    with artifact_verified(file.artifact) as raw, model_open(raw, interface=interface) as opened:
        yield opened
