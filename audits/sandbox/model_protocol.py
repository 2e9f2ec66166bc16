"""The dumb bytes between a caged model and its parent, and the parent's distrustful reader of them.

    asked    = u32 length, the interface as JSON, ask*, end of stream
    ask      = "PLMQ", u32 id, u32 rows, f64 numbers[rows, features], and for each text column:
               u32 count, u32 length of each text, the texts' UTF-8, i32 code of each row;
               of a model of images: u8 pixels[rows, bytes]
    answered = MAGIC, ( refusal | facts ), ( answer | fault )*
    refusal  = as in audits.sandbox.protocol; its text is a detail, its code is one of Code or ModelCode
    facts    = "F", text runtime, u32 outputs, u8 trees, and if 1: u32 trees, nodes, outputs, features, u8 compare,
               single, link; i32 roots, left, right, feature; f64 threshold; u8 missing_left; f64 value, cover, base
    answer   = "PLMA", u32 id, u32 rows, u32 outputs, f64 numbers[rows, outputs]
    fault    = "PLMF", u32 id, u8 what, text detail

All numbers little-endian. Each length is checked, against a limit or against what was asked, before it is read.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, BinaryIO, get_args

import numpy as np
import numpy.typing as npt

from audits.sandbox.limits import BATCH_ROWS, Limits
from audits.sandbox.models.shape import Batch
from audits.sandbox.protocol import REFUSED, ProtocolError, Readable, Reader, text_bytes
from audits.trees import MOST_NODES, MOST_OUTPUTS, MOST_TREES, BadTrees, Compare, Link, Trees, trees_check

MAGIC = b"PLIMMDL1"
FACTS, ASK, ANSWER, FAULT = b"F", b"PLMQ", b"PLMA", b"PLMF"
# Leaves of all outputs together: with more, an ensemble is explained by sampling.
MOST_VALUES = 4_000_000
_COMPARES, _LINKS = get_args(Compare), get_args(Link)
_TREES = "<IIIIBBB"

Floats = npt.NDArray[np.float64]


class FaultCode(IntEnum):
    """What a model did instead of answering."""

    RAISED = 1
    SHAPE = 2
    MEMORY = 3
    NOT_FINITE = 4  # found by the parent


class Fault(Exception):
    """The model did not answer this batch, and told so in good order: the next batch may be asked."""

    def __init__(self, code: FaultCode, detail: str = "") -> None:
        super().__init__(code.name)
        self.code = code
        self.detail = detail


class ModelRefusal(Exception):
    """The child refused the file: a number of Code or ModelCode, a count, a detail."""

    def __init__(self, code: int, number: int, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.number = number
        self.detail = detail


@dataclass(frozen=True)
class Facts:
    """What the child says of the model it loaded."""

    runtime: str
    outputs: int
    trees: Trees | None


# A network of wide rows may hold hundreds of numbers for each cell while it computes.
CELLS_AT_ONCE = 2**18


def rows_at_once(inputs: int, outputs: int) -> int:
    """Rows of a batch: neither question nor answer is over CELLS_AT_ONCE numbers."""
    return max(1, min(BATCH_ROWS, CELLS_AT_ONCE // max(1, inputs, outputs)))


def interface_bytes(interface: bytes) -> bytes:
    """The interface's JSON with its length before it."""
    return struct.pack("<I", len(interface)) + interface


def ask_parts(number: int, batch: Batch) -> list[bytes | memoryview]:
    """One question, to be sent part after part: the numbers are not copied."""
    numbers = np.ascontiguousarray(batch.numbers, "<f8").reshape(-1)
    head = ASK + struct.pack("<II", number, batch.rows)
    parts: list[bytes | memoryview] = [head, numbers.view(np.uint8).data, *map(_column, batch.texts)]
    if batch.images is not None:
        parts.append(np.ascontiguousarray(batch.images, np.uint8).reshape(-1).data)
    return parts


def _column(column: npt.NDArray[Any]) -> bytes:
    texts, codes = np.unique(column.astype(object), return_inverse=True)
    encoded = [text.encode() for text in texts.tolist()]
    lengths = np.array([len(text) for text in encoded], "<u4")
    parts = [struct.pack("<I", len(encoded)), lengths.tobytes(), *encoded, codes.astype("<i4").tobytes()]
    return b"".join(parts)


def interface_read(asked: BinaryIO) -> bytes:
    """The child reads what the parent, which it trusts, wrote first."""
    (size,) = struct.unpack("<I", asked.read(4))
    return asked.read(size)


def ask_read(asked: BinaryIO, features: int, texts: int, pixels: int = 0) -> tuple[int, Batch] | None:
    """The next question's id and rows; None at the end. For the child. `pixels`: bytes of a row's image."""
    head = asked.read(12)
    if not head:
        return None
    number, rows = struct.unpack("<II", head[4:])
    numbers = np.frombuffer(asked.read(8 * rows * features), "<f8").reshape(rows, features)
    columns = tuple(_column_read(asked, rows) for _ in range(texts))
    if not pixels:
        return number, Batch(numbers, columns)
    return number, Batch(numbers, columns, np.frombuffer(asked.read(rows * pixels), np.uint8).reshape(rows, pixels))


def _column_read(asked: BinaryIO, rows: int) -> npt.NDArray[Any]:
    (count,) = struct.unpack("<I", asked.read(4))
    lengths = np.frombuffer(asked.read(4 * count), "<u4")
    texts = np.array([asked.read(size).decode() for size in lengths.tolist()], object)
    return np.asarray(texts[np.frombuffer(asked.read(4 * rows), "<i4")])


def facts_bytes(facts: Facts) -> bytes:
    """A facts frame. Trees with too many values stay in the child."""
    trees = facts.trees
    sent = trees is not None and trees.value.size <= MOST_VALUES
    head = FACTS + text_bytes(facts.runtime[:200]) + struct.pack("<IB", facts.outputs, sent)
    return head + (_trees_bytes(trees) if trees is not None and sent else b"")


def _trees_bytes(trees: Trees) -> bytes:
    kinds = (_COMPARES.index(trees.compare), trees.single, _LINKS.index(trees.link))
    sizes = (len(trees.roots), len(trees.left), trees.outputs, trees.features)
    parts = [struct.pack(_TREES, *sizes, *kinds)]
    parts += [getattr(trees, name).astype(dtype).tobytes() for name, dtype in _ARRAYS.items()]
    return b"".join(parts)


_ARRAYS = {
    "roots": "<i4",
    "left": "<i4",
    "right": "<i4",
    "feature": "<i4",
    "threshold": "<f8",
    "missing_left": "u1",
    "value": "<f8",
    "cover": "<f8",
    "base": "<f8",
}


def answer_bytes(number: int, answers: Floats) -> bytes:
    """An answer frame of float64[rows, outputs]."""
    return ANSWER + struct.pack("<III", number, *answers.shape) + answers.astype("<f8").tobytes()


def fault_bytes(number: int, fault: Fault) -> bytes:
    """A fault frame."""
    return FAULT + struct.pack("<IB", number, fault.code) + text_bytes(fault.detail[:200])


class ModelReader(Reader):
    """Reads what a caged model says. Raises ProtocolError on anything odd, ModelRefusal if the file was refused."""

    def __init__(self, stream: Readable, limits: Limits, features: int) -> None:
        super().__init__(stream, limits)
        if self.take(len(MAGIC)) != MAGIC:
            raise ProtocolError("wrong magic")
        frame = self.take(1)
        if frame == REFUSED:
            raise ModelRefusal(*self.refused())
        if frame != FACTS:
            raise ProtocolError("an unexpected frame")
        self.facts = self._facts(features)

    def answer(self, number: int, rows: int) -> Floats:
        """The answer to question `number`, float64[rows, outputs], all finite. Raises Fault if the model gave none."""
        frame = self.take(len(ANSWER))
        if frame not in (ANSWER, FAULT) or self.number("<I") != number:
            raise ProtocolError("not an answer to this question")
        if frame == FAULT:
            raise self._fault()
        outputs = self.facts.outputs
        if (self.number("<I"), self.number("<I")) != (rows, outputs):
            raise ProtocolError("an answer of another shape")
        answers = np.frombuffer(self.take(8 * rows * outputs), "<f8").reshape(rows, outputs)
        if not np.isfinite(answers).all():
            raise Fault(FaultCode.NOT_FINITE)
        return answers

    def _fault(self) -> Fault:
        try:
            return Fault(FaultCode(self.number("<B")), self.printable())
        except ValueError:
            raise ProtocolError("an unknown fault") from None

    def _facts(self, features: int) -> Facts:
        runtime, outputs, trees = self.printable(), self.number("<I"), self.number("<B")
        if not 1 <= outputs <= MOST_OUTPUTS or trees not in (0, 1):
            raise ProtocolError("impossible facts")
        return Facts(runtime, outputs, self._trees(features) if trees else None)

    def _trees(self, features: int) -> Trees:
        sizes = struct.unpack(_TREES, self.take(struct.calcsize(_TREES)))
        roots, nodes, outputs, used, compare, single, link = sizes
        good = 1 <= roots <= MOST_TREES and 1 <= nodes <= MOST_NODES and 1 <= outputs <= MOST_OUTPUTS
        if not good or nodes * outputs > MOST_VALUES or used > features:
            raise ProtocolError("trees over the limits")
        if compare >= len(_COMPARES) or single > 1 or link >= len(_LINKS):
            raise ProtocolError("trees of an unknown kind")
        counts = {"roots": roots, "value": nodes * outputs, "base": outputs}
        arrays: dict[str, Any] = {name: self._array(dtype, counts.get(name, nodes)) for name, dtype in _ARRAYS.items()}
        arrays["value"] = arrays["value"].reshape(nodes, outputs)
        arrays["missing_left"] = arrays["missing_left"].astype(bool)
        arrays |= {"compare": _COMPARES[compare], "single": bool(single), "link": _LINKS[link]}
        return _checked(Trees(**arrays, features=used))

    def _array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        return np.frombuffer(self.take(np.dtype(dtype).itemsize * count), dtype)


def _checked(trees: Trees) -> Trees:
    try:
        return trees_check(trees)
    except BadTrees as bad:
        raise ProtocolError(f"no trees: {bad}") from None
