"""A tally as bytes: one canonical JSON document, then the numbers of its arrays. The same counts give the same bytes.

bytes = MAGIC, u64 length of the document, document, then each array's numbers, little-endian
an array stands in the document as {"array": [type, shape]}; arrays follow in the document's order
"""

import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.canonical import canonical_json

MAGIC = b"PLIMTAL1"
TYPES = ("<i8", "<f8")


def packed(state: dict[str, Any]) -> bytes:
    """The bytes of a nested dict of texts, whole numbers, lists and arrays."""
    arrays: list[bytes] = []
    document = canonical_json(_replaced(state, arrays))
    return b"".join([MAGIC, struct.pack("<Q", len(document)), document, *arrays])


def unpacked(data: bytes) -> dict[str, Any]:
    """What `packed` was given. Raises ValueError for bytes it did not make."""
    if data[:8] != MAGIC:
        raise ValueError("this is no tally")
    (length,) = struct.unpack("<Q", data[8:16])
    document = json.loads(data[16 : 16 + length])
    reader = _Reader(data, 16 + length)
    state: dict[str, Any] = _restored(document, reader)
    if reader.at != len(data):
        raise ValueError("bytes after the last array of a tally")
    return state


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, kind: str, shape: list[int]) -> NDArray[Any]:
        if kind not in TYPES:
            raise ValueError("an array of an unknown type")
        size = math.prod(shape)
        found = np.frombuffer(self.data, kind, size, self.at)
        self.at += found.nbytes
        return found.reshape(shape).astype(np.dtype(kind).newbyteorder("="))


def _replaced(value: Any, arrays: list[bytes]) -> Any:
    if isinstance(value, np.ndarray):
        kind = "<f8" if value.dtype.kind == "f" else "<i8"
        arrays.append(np.ascontiguousarray(value, kind).tobytes())
        return {"array": [kind, list(value.shape)]}
    if isinstance(value, dict):
        # In the order in which the document writes its keys, which is the order in which they are read.
        return {key: _replaced(value[key], arrays) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_replaced(item, arrays) for item in value]
    return value


def _restored(value: Any, reader: _Reader) -> Any:
    if isinstance(value, dict) and value.keys() == {"array"} and isinstance(value["array"], list):
        return reader.take(*value["array"])
    if isinstance(value, dict):
        return {key: _restored(value[key], reader) for key in sorted(value)}
    if isinstance(value, list):
        return [_restored(item, reader) for item in value]
    return value
