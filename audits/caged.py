"""The model in its cage, as the engine sees it: rows in, numbers out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from audits.engine.encoding import encode
from audits.engine.frame import Floats, Frame
from audits.faults import fault_bare
from audits.interface import Interface, interface_parse
from audits.models import ModelFile
from audits.sandbox.cage import CagedModel, model_open
from audits.sandbox.models.shape import Batch
from audits.trees import Trees
from core.errors import InputRefused
from provenance.store import artifact_verified


@dataclass
class Caged:
    """audits.engine.model.Model over one open cage; `again` asks in a second one, opened and closed for it.

    `quiet` keeps the model's own words out of its failures: on rows that nobody may see they could carry one out.
    """

    interface: Interface
    digest: str
    format: str
    runtime: str
    trees: Trees | None
    file: ModelFile
    opened: CagedModel
    quiet: bool

    def answers(self, frame: Frame) -> Floats:
        """Float64[rows, k]. Raises InputRefused for rows that cannot be encoded, and with a verdict for a model that
        fails."""
        return self._told(self.opened, frame)

    def again(self, frame: Frame) -> Floats:
        """The same from a fresh process."""
        with _cage(self.file, self.interface) as fresh:
            return self._told(fresh, frame)

    def _told(self, opened: CagedModel, frame: Frame) -> Floats:
        batch = self._batch(frame)
        try:
            return opened.answers(batch)
        except InputRefused as error:
            raise (fault_bare(error) if self.quiet else error) from None

    def _batch(self, frame: Frame) -> Batch:
        encoded = encode(frame, self.interface)
        return Batch(encoded.numbers, encoded.texts)


@contextmanager
def caged(file: ModelFile, *, quiet: bool = False) -> Iterator[Caged]:
    """The model of a file, opened in the cage for the length of the block.

    Raises ModelRejected, ModelFault or ResourceLimit (InputRefused with `verdict`), and Unavailable without isolation
    or if the stored bytes are not what was stored.
    """
    interface = interface_parse(file.interface)
    with _cage(file, interface) as opened:
        facts = opened.facts
        yield Caged(interface, file.digest, facts.format, facts.runtime, opened.trees, file, opened, quiet)


@contextmanager
def _cage(file: ModelFile, interface: Interface) -> Iterator[CagedModel]:
    if file.artifact is None:
        raise AssertionError("a model file that is opened has its bytes")
    with artifact_verified(file.artifact) as raw, model_open(raw, interface=interface) as opened:
        yield opened
