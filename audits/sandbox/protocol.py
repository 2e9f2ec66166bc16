"""The dumb bytes between child and parent, and the parent's distrustful reader of them.

    stream  = MAGIC, ( refusal | table )
    refusal = "E", u16 code, i64 number, text column
    table   = "T", u32 columns, u64 rows, column*, batch*, ( refusal | "Z" ), end of stream
    column  = text name, u8 type, for a dictionary: u32 count, u32 length of each text, the texts' UTF-8, and for
              pixels: u32 bytes of a cell
    batch   = "B", u32 rows, and for each column: null bitmap (bit set = value present, lowest bit first), values
    values  = f64, i64, i64 microseconds since 1970, i32 codes into the dictionary, or u8 pixels; zero where null
    text    = u16 length, UTF-8

All numbers little-endian. Each length is checked against a limit before a byte of it is read.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from audits.sandbox.limits import Limits, batch_rows

MAGIC = b"PLIMTBL1"
_CHUNK = 1024 * 1024


class ProtocolError(Exception):
    """The child answered something that is not this protocol."""


class Kind(IntEnum):
    """Column types, as written."""

    FLOAT64 = 0
    INT64 = 1
    TIMESTAMP = 2
    DICTIONARY = 3
    PIXELS = 4


WIDTH = {Kind.FLOAT64: "<f8", Kind.INT64: "<i8", Kind.TIMESTAMP: "<i8", Kind.DICTIONARY: "<i4", Kind.PIXELS: "u1"}


class Code(IntEnum):
    """Why a file was refused; audits.sandbox.refusals has the words."""

    NOT_ISOLATED = 1
    EMPTY = 2
    NO_ROWS = 3
    ENCODING = 4
    NUL = 5
    LINE = 6
    COLUMNS = 7
    ROWS = 8
    CELLS = 9
    NAME_EMPTY = 10
    NAME_TWICE = 11
    NAME_BAD = 12
    RAGGED = 13
    INFINITE = 14
    TEXT_LONG = 15
    TEXT_DISTINCT = 16
    TEXT_BYTES = 17
    UNPACKED = 18
    RATIO = 19
    GZIP = 20
    FORMAT = 21
    NESTED = 22
    TYPE = 23
    MALFORMED_CSV = 24
    MALFORMED_PARQUET = 25
    MEMORY = 26
    NUMBER = 27
    QUOTE = 28
    AFTER_QUOTE = 29
    PIXELS_SIZE = 30
    PIXELS_LARGE = 31
    PIXELS_ALL = 32


class Refusal(Exception):
    """The file cannot be used: `code`, the column's name if one is to blame, and a number (row or count)."""

    def __init__(self, code: Code, *, column: str = "", number: int = 0) -> None:
        super().__init__(code.name)
        self.code = code
        self.column = column
        self.number = number


@dataclass(frozen=True)
class Texts:
    """Distinct texts as Arrow lays them out: `offsets` i32[count + 1] into `data`, UTF-8."""

    offsets: npt.NDArray[np.int32]
    data: bytes

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def values(self) -> Iterator[bytes]:
        """Each text's bytes."""
        for start, end in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            yield self.data[start:end]


@dataclass(frozen=True)
class Column:
    """A column's name, type, for a dictionary its distinct texts in byte order, and for pixels the bytes of a cell."""

    name: str
    kind: Kind
    texts: Texts | None = None
    pixels: int = 0


@dataclass(frozen=True)
class Header:
    columns: tuple[Column, ...]
    rows: int

    @property
    def pixels(self) -> int:
        """Bytes of a row's images."""
        return sum(column.pixels for column in self.columns)

    @property
    def batch_rows(self) -> int:
        """Rows of every batch but the last."""
        return batch_rows(len(self.columns), self.pixels)


@dataclass(frozen=True)
class Cells:
    """One column of one batch: `values` with zero where `present` is False; pixels have one line of bytes a row."""

    values: npt.NDArray[np.generic]
    present: npt.NDArray[np.bool_]


class Readable(Protocol):
    def read(self, size: int, /) -> bytes | None: ...


def refusal_bytes(refusal: Refusal) -> bytes:
    """A refusal frame."""
    return refused_bytes(refusal.code, refusal.number, refusal.column)


def refused_bytes(code: int, number: int, text: str) -> bytes:
    """A refusal frame of whatever kind of job."""
    return REFUSED + struct.pack("<Hq", code, number) + text_bytes(text[:200])


def header_bytes(header: Header) -> bytes:
    """A table frame, up to its first batch."""
    parts = [b"T", struct.pack("<IQ", len(header.columns), header.rows)]
    for column in header.columns:
        parts += [text_bytes(column.name), struct.pack("<B", column.kind)]
        if column.texts is not None:
            lengths = np.diff(column.texts.offsets).astype("<u4")
            parts += [struct.pack("<I", len(column.texts)), lengths.tobytes(), column.texts.data]
        if column.kind is Kind.PIXELS:
            parts.append(struct.pack("<I", column.pixels))
    return b"".join(parts)


def batch_bytes(columns: Sequence[Column], cells: Sequence[Cells]) -> bytes:
    """A batch frame of equally long columns."""
    parts = [b"B", struct.pack("<I", len(cells[0].values))]
    for column, cell in zip(columns, cells, strict=True):
        parts.append(np.packbits(cell.present, bitorder="little").tobytes())
        parts.append(cell.values.astype(WIDTH[column.kind], copy=False).tobytes())
    return b"".join(parts)


REFUSED = b"E"
END = b"Z"


def text_bytes(text: str) -> bytes:
    """A text with its length before it."""
    data = text.encode("utf-8", "replace")
    return struct.pack("<H", len(data)) + data


class Reader:
    """The parts all answers are made of, each taken with a limit. Raises ProtocolError on anything odd."""

    def __init__(self, stream: Readable, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits

    def number(self, layout: str) -> int:
        """One number of struct's `layout`."""
        return int(struct.unpack(layout, self.take(struct.calcsize(layout)))[0])

    def text(self) -> str:
        """A text, short as names are."""
        size = self.number("<H")
        if size > 4 * self._limits.name_chars:
            raise ProtocolError("a name over the limit")
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise ProtocolError("a name that is not UTF-8") from None

    def printable(self) -> str:
        """A text to be shown to people: what cannot be printed is left out."""
        return "".join(char for char in self.text() if char.isprintable())[: self._limits.name_chars]

    def refused(self) -> tuple[int, int, str]:
        """The rest of a refusal frame, which ends the stream: code, number, text."""
        code, number, text = self.number("<H"), self.number("<q"), self.printable()
        if self._stream.read(1):
            raise ProtocolError("bytes after a refusal")
        return code, number, text

    def take(self, size: int) -> bytes:
        """Exactly `size` bytes, growing as they come: an announced length alone allocates nothing."""
        parts, left = [], size
        while left:
            part = self._stream.read(min(left, _CHUNK))
            if not part:
                raise ProtocolError("the answer ended early")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)


class TableReader(Reader):
    """Reads one answer. Raises ProtocolError on anything odd, Refusal if the child refused the file."""

    def __init__(self, stream: Readable, limits: Limits) -> None:
        super().__init__(stream, limits)
        if self.take(len(MAGIC)) != MAGIC:
            raise ProtocolError("wrong magic")
        self.header = self._header()

    def batches(self) -> Iterator[list[Cells]]:
        """The table's rows, `batch_rows` at a time; reads to the very end of the stream."""
        left, size = self.header.rows, self.header.batch_rows
        while left:
            self._frame(b"B")
            rows = self.number("<I")
            if rows != min(left, size):
                raise ProtocolError("a batch of another length than announced")
            yield [self._cells(column, rows) for column in self.header.columns]
            left -= rows
        self._frame(END)
        if self._stream.read(1):
            raise ProtocolError("bytes after the end")

    def _header(self) -> Header:
        self._frame(b"T")
        width, rows = self.number("<I"), self.number("<Q")
        limits = self._limits
        if not 1 <= width <= limits.columns or not 1 <= rows <= limits.rows or width * rows > limits.cells:
            raise ProtocolError("a table over the limits")
        self._text_left = limits.text_bytes
        columns = tuple(self._column() for _ in range(width))
        if len({column.name for column in columns}) != width:
            raise ProtocolError("a column named twice")
        header = Header(columns=columns, rows=rows)
        if rows * header.pixels > limits.pixels:
            raise ProtocolError("more pixels than allowed")
        return header

    def _column(self) -> Column:
        name = self.text()
        if not name or len(name) > self._limits.name_chars or not name.isprintable():
            raise ProtocolError("an impossible column name")
        try:
            kind = Kind(self.number("<B"))
        except ValueError:
            raise ProtocolError("an unknown column type") from None
        if kind is Kind.PIXELS:
            return Column(name, kind, pixels=self._pixels())
        return Column(name, kind, self._texts() if kind is Kind.DICTIONARY else None)

    def _pixels(self) -> int:
        size = self.number("<I")
        if not 1 <= size <= self._limits.pixels_cell:
            raise ProtocolError("an image over the limit")
        return size

    def _texts(self) -> Texts:
        count = self.number("<I")
        if count > self._limits.distinct_texts or 4 * count > self._text_left:
            raise ProtocolError("more texts than allowed")
        lengths = np.frombuffer(self.take(4 * count), "<u4").astype(np.int64)
        total = int(lengths.sum())
        self._text_left -= 4 * count + total
        if self._text_left < 0:
            raise ProtocolError("longer texts than allowed")
        offsets = np.zeros(count + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:], dtype=np.int32)
        texts = Texts(offsets, self.take(total))
        _texts_check(texts, self._limits.text_chars)
        return texts

    def _cells(self, column: Column, rows: int) -> Cells:
        packed = np.frombuffer(self.take((rows + 7) // 8), np.uint8)
        present = np.unpackbits(packed, count=rows, bitorder="little").astype(bool)
        dtype = np.dtype(WIDTH[column.kind])
        values = np.frombuffer(self.take(rows * dtype.itemsize * max(1, column.pixels)), dtype)
        # What a null slot holds is nobody's data: zero, whatever was sent.
        if column.pixels:
            return Cells(values.reshape(rows, -1) * present[:, None], present)
        values = np.where(present, values, np.zeros(1, dtype))
        if column.kind is Kind.FLOAT64 and not np.isfinite(values).all():
            raise ProtocolError("a number that is not finite")
        if column.texts is not None and not _codes_fit(values, present, len(column.texts)):
            raise ProtocolError("a code outside the dictionary")
        return Cells(values, present)

    def _frame(self, wanted: bytes) -> None:
        found = self.take(1)
        if found == REFUSED:
            raise self._refusal()
        if found != wanted:
            raise ProtocolError("an unexpected frame")

    def _refusal(self) -> Refusal:
        code, number, column = self.refused()
        try:
            return Refusal(Code(code), column=column, number=number)
        except ValueError:
            raise ProtocolError("an unknown refusal") from None


def _texts_check(texts: Texts, longest: int) -> None:
    before: bytes | None = None
    for value in texts.values():
        if before is not None and value <= before:
            raise ProtocolError("texts out of order")
        if not value or b"\0" in value:
            raise ProtocolError("an impossible text")
        try:
            if len(value.decode("utf-8")) > longest:
                raise ProtocolError("a text over the limit")
        except UnicodeDecodeError:
            raise ProtocolError("a text that is not UTF-8") from None
        before = value


def _codes_fit(codes: npt.NDArray[np.generic], present: npt.NDArray[np.bool_], count: int) -> bool:
    if not present.any():
        return True
    numbers = codes.astype(np.int64)
    return bool(numbers.min() >= 0 and numbers[present].max() < count)
