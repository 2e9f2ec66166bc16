"""The model in its cage, as the engine sees it: rows in, numbers out.

A model that killed its process in one check is opened anew for the next question, a few times an audit: one bad
question leaves one check open, and a model that dies at everything does not hold a worker.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from audits.engine.encoding import encode
from audits.engine.frame import Floats, Frame
from audits.engine.model import Answers
from audits.faults import fault_bare
from audits.interface import Interface, interface_parse
from audits.models import ModelFile
from audits.sandbox.cage import CagedModel, model_open
from audits.sandbox.models.shape import Batch
from audits.trees import Trees
from core.errors import InputRefused
from provenance.store import artifact_verified

# Each process has the processor time of a whole model (sandbox/limits.py), so this bounds what one audit may burn; the
# job's own deadline stands above it.
REOPENS = 3


@dataclass
class Caged:
    """audits.engine.model.Model over one open cage; `again` asks in a second one, opened and closed for it.

    `reopens` is how often a dead process may still be replaced; what each leaves is cleared away by `cages`.
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
    cages: ExitStack
    reopens: int = 0

    def answers(self, frame: Frame) -> Floats:
        """Float64[rows, k]. Raises InputRefused for rows that cannot be encoded, and with a verdict for a model that
        fails."""
        if self.opened.dead and self.reopens > 0:
            self.reopens -= 1
            self.opened = self.cages.enter_context(_cage(self.file, self.interface))
        return self._told(self.opened, frame)

    def again(self, frame: Frame) -> Floats:
        """The same from a fresh process."""
        with _cage(self.file, self.interface) as fresh:
            return self._told(fresh, frame)

    @contextmanager
    def randomised(self, seed: int) -> Iterator[Answers]:
        """The answers of a copy in another cage, whose weights were exchanged there at random."""
        with _cage(self.file, self.interface, seed) as fresh:
            yield lambda frame: self._told(fresh, frame)

    def _told(self, opened: CagedModel, frame: Frame) -> Floats:
        batch = self._batch(frame)
        try:
            return opened.answers(batch)
        except InputRefused as error:
            raise (fault_bare(error) if self.quiet else error) from None

    def _batch(self, frame: Frame) -> Batch:
        encoded = encode(frame, self.interface)
        return Batch(encoded.numbers, encoded.texts, encoded.images)


@dataclass
class Unopened:
    """audits.engine.model.Model of a file that could not be opened this time: every question meets the same refusal."""

    interface: Interface
    digest: str
    format: str
    error: InputRefused
    runtime: str = ""
    trees: Trees | None = None

    def answers(self, frame: Frame) -> Floats:
        raise self.error

    def again(self, frame: Frame) -> Floats:
        raise self.error


def unopened(file: ModelFile, error: InputRefused, *, quiet: bool) -> Unopened:
    """The model of a file that `error` kept from opening."""
    told = fault_bare(error) if quiet else error
    return Unopened(interface_parse(file.interface), file.digest, file.format, told)


@contextmanager
def caged(file: ModelFile, *, quiet: bool = False, reopens: int = 0) -> Iterator[Caged]:
    """The model of a file, opened in the cage for the length of the block; a process that dies is replaced up to
    `reopens` times.

    Raises ModelRejected, ModelFault or ResourceLimit (InputRefused with `verdict`), and Unavailable without isolation
    or if the stored bytes are not what was stored.
    """
    interface = interface_parse(file.interface)
    with ExitStack() as cages:
        opened = cages.enter_context(_cage(file, interface))
        facts, trees = opened.facts, opened.trees
        yield Caged(interface, file.digest, facts.format, facts.runtime, trees, file, opened, quiet, cages, reopens)


@contextmanager
def _cage(file: ModelFile, interface: Interface, randomised: int | None = None) -> Iterator[CagedModel]:
    if file.artifact is None:
        raise AssertionError("a model file that is opened has its bytes")
    with (
        artifact_verified(file.artifact) as raw,
        model_open(raw, interface=interface, randomised=randomised) as opened,
    ):
        yield opened
