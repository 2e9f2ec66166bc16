"""The dialect of UBJSON that XGBoost speaks, read and written in plain Python.

The reader gives dict, list, str, int, float, bool, None and, for typed arrays, numpy arrays. Depth is bounded, and a
length is never believed before the bytes are there.
"""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from audits.sandbox.models.shape import ModelCode, Rejected

DEEPEST = 32
LONGEST_TEXT = 10_000_000

_NUMBERS = {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
_SINGLE = {
    marker: struct.Struct(">" + code)
    for marker, code in zip(_NUMBERS, ("b", "B", "h", "i", "q", "f", "d"), strict=True)
}
_MARKERS = {np.dtype(layout).newbyteorder("="): marker for marker, layout in _NUMBERS.items()}
_WHOLE = (b"i", b"U", b"I", b"l", b"L")
_CONSTANTS: dict[bytes, bool | None] = {b"T": True, b"F": False, b"Z": None}


def ubj_read(data: bytes) -> Any:
    """The document in UBJSON. Raises Rejected for anything that XGBoost itself would not write."""
    reader = _Ubj(data)
    value = reader.value(0)
    if reader.place != len(data):
        raise Rejected(ModelCode.BROKEN, detail="UBJSON: bytes after the end")
    return value


class _Ubj:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise Rejected(ModelCode.DEPTH, number=DEEPEST)
        marker = self._take(1)
        if marker in _NUMBERS:
            return self._number(marker)
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        read: Callable[[], Any] | None = {
            b"S": self._text,
            b"{": lambda: self._object(depth),
            b"[": lambda: self._array(depth),
        }.get(marker)
        if read is None:
            raise Rejected(ModelCode.BROKEN, detail=f"UBJSON: marker {marker!r}")
        return read()

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._peek() != b"}":
            key = self._text()
            if key in found:
                raise Rejected(ModelCode.DUPLICATE, detail=key)
            found[key] = self.value(depth + 1)
        self.place += 1
        return found

    def _array(self, depth: int) -> Any:
        if self._peek() == b"$":
            self.place += 1
            return self._typed(self._take(1))
        if self._peek() == b"#":
            self.place += 1
            return [self.value(depth + 1) for _ in range(self._length())]
        found = []
        while self._peek() != b"]":
            found.append(self.value(depth + 1))
        self.place += 1
        return found

    def _typed(self, marker: bytes) -> Any:
        if marker not in _NUMBERS or self._take(1) != b"#":
            raise Rejected(ModelCode.BROKEN, detail="UBJSON: a typed array of no numbers or without length")
        layout = np.dtype(_NUMBERS[marker])
        return np.frombuffer(self._take(self._length() * layout.itemsize), layout)

    def _length(self) -> int:
        marker = self._take(1)
        length = self._number(marker) if marker in _WHOLE else -1
        # Every element of every array takes at least one byte.
        if not 0 <= length <= len(self._data) - self.place:
            raise Rejected(ModelCode.BROKEN, detail="UBJSON: a length beyond the end")
        return int(length)

    def _text(self) -> str:
        length = self._length()
        if length > LONGEST_TEXT:
            raise Rejected(ModelCode.SIZE, number=LONGEST_TEXT)
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise Rejected(ModelCode.BROKEN, detail="UBJSON: a text that is not UTF-8") from None

    def _number(self, marker: bytes) -> int | float:
        layout = _SINGLE[marker]
        value: int | float = layout.unpack(self._take(layout.size))[0]
        return value

    def _peek(self) -> bytes:
        return self._data[self.place : self.place + 1]

    def _take(self, size: int) -> bytes:
        part = self._data[self.place : self.place + size]
        if len(part) != size:
            raise Rejected(ModelCode.BROKEN, detail="UBJSON: cut short")
        self.place += size
        return part


def ubj_write(value: Any) -> bytes:
    """`value` (dict, list, str, int and numpy arrays of float32, int32, int64 or uint8) as XGBoost's UBJSON."""
    if isinstance(value, str):
        return b"S" + _text_bytes(value)
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, dict):
        return b"{" + b"".join(_text_bytes(key) + ubj_write(part) for key, part in value.items()) + b"}"
    if isinstance(value, list):
        return b"[#" + _length_bytes(len(value)) + b"".join(ubj_write(part) for part in value)
    marker = _MARKERS[value.dtype.newbyteorder("=")]
    numbers: bytes = value.astype(_NUMBERS[marker]).tobytes()
    return b"[$" + marker + b"#" + _length_bytes(len(value)) + numbers


def _text_bytes(text: str) -> bytes:
    data = text.encode("utf-8")
    return _length_bytes(len(data)) + data


def _length_bytes(length: int) -> bytes:
    return b"L" + struct.pack(">q", length)
