"""The parent's reader of the child's bytes: whatever arrives, it answers a table, a refusal or ProtocolError."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.sandbox.limits import Limits
from audits.sandbox.protocol import (
    END,
    MAGIC,
    Cells,
    Code,
    Column,
    Header,
    Kind,
    ProtocolError,
    Refusal,
    TableReader,
    Texts,
    batch_bytes,
    header_bytes,
    refusal_bytes,
)

LIMITS = Limits(columns=20, rows=1000, cells=5000, text_bytes=10_000)


class Counting(io.BytesIO):
    """Remembers the largest single read that was asked for."""

    largest = 0

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size)
        return super().read(size)


def _texts(*values: str) -> Texts:
    encoded = [value.encode() for value in values]
    return Texts(np.cumsum([0, *map(len, encoded)]).astype(np.int32), b"".join(encoded))


COLUMNS = (
    Column("p", Kind.FLOAT64),
    Column("n", Kind.INT64),
    Column("at", Kind.TIMESTAMP),
    Column("group", Kind.DICTIONARY, _texts("a", "ä")),
    Column("photo", Kind.PIXELS, pixels=3),
)


def _cells(rows: int) -> list[Cells]:
    present = np.arange(rows) % 3 > 0
    kinds = ["<f8", "<i8", "<i8", "<i4"]
    numbers = [Cells(np.where(present, np.arange(rows) % 2, 0).astype(kind), present) for kind in kinds]
    pixels = np.arange(3 * rows, dtype=np.uint8).reshape(rows, 3) * present[:, None]
    return [*numbers, Cells(pixels, present)]


def _answer(rows: int = 10) -> bytes:
    return MAGIC + header_bytes(Header(COLUMNS, rows)) + batch_bytes(COLUMNS, _cells(rows)) + END


def _read(data: bytes) -> list[list[Cells]]:
    return list(TableReader(io.BytesIO(data), LIMITS).batches())


def _outcome(data: bytes) -> str:
    try:
        _read(data)
    except (ProtocolError, Refusal) as error:
        return type(error).__name__
    return "table"


def test_what_was_written_is_read():
    (cells,) = _read(_answer())
    for found, written in zip(cells, _cells(10), strict=True):
        assert np.array_equal(found.values, written.values)
        assert np.array_equal(found.present, written.present)


def test_a_refusal_is_read_with_its_column_and_number():
    with pytest.raises(Refusal) as caught:
        _read(MAGIC + refusal_bytes(Refusal(Code.RAGGED, column="x", number=7)))
    assert (caught.value.code, caught.value.column, caught.value.number) == (Code.RAGGED, "x", 7)


@given(st.binary(max_size=400))
def test_random_bytes_end_in_a_typed_outcome(data):
    assert _outcome(MAGIC + data) in {"ProtocolError", "Refusal", "table"}
    assert _outcome(data) == "ProtocolError" or data.startswith(MAGIC)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_answer_ends_in_a_typed_outcome(data):
    damaged = bytearray(_answer())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert _outcome(bytes(damaged[: data.draw(st.integers(0, len(damaged)))])) in {"ProtocolError", "Refusal", "table"}


@given(st.binary(max_size=60), st.sampled_from([b"T", b"TT", b"E", b"B"]))
def test_no_announced_length_makes_the_reader_ask_for_more_than_a_mebibyte(data, frame):
    stream = Counting(MAGIC + frame + b"\xff" * 40 + data)
    with pytest.raises(ProtocolError):
        list(TableReader(stream, Limits()).batches())
    assert stream.largest <= 2**20


@pytest.mark.parametrize("cut", range(0, len(_answer()), 7))
def test_an_answer_cut_anywhere_is_a_protocol_error(cut):
    assert _outcome(_answer()[:cut]) == "ProtocolError"


def test_bytes_after_the_end_are_a_protocol_error():
    assert _outcome(_answer() + b"x") == "ProtocolError"


@pytest.mark.parametrize(
    "header",
    [
        Header(COLUMNS, 0),
        Header(COLUMNS, 1001),
        Header((COLUMNS[0],) * 2, 5),
        Header((Column("", Kind.INT64),), 5),
        Header((Column("a\nb", Kind.INT64),), 5),
        Header((Column("t", Kind.DICTIONARY, _texts("b", "a")),), 5),
        Header((Column("t", Kind.DICTIONARY, _texts("a\0")),), 5),
        Header((Column("t", Kind.DICTIONARY, _texts("x" * 1001)),), 5),
        Header((Column("t", Kind.DICTIONARY, _texts("")),), 5),
    ],
)
def test_a_table_over_the_limits_is_a_protocol_error(header):
    assert _outcome(MAGIC + header_bytes(header)) == "ProtocolError"


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_number_that_is_not_finite_is_a_protocol_error(value):
    columns, cells = COLUMNS[:1], [Cells(np.array([value]), np.array([True]))]
    assert _outcome(MAGIC + header_bytes(Header(columns, 1)) + batch_bytes(columns, cells) + END) == "ProtocolError"


@pytest.mark.parametrize("code", [-1, 2])
def test_a_code_outside_the_dictionary_is_a_protocol_error(code):
    columns, cells = COLUMNS[3:4], [Cells(np.array([code], "<i4"), np.array([True]))]
    assert _outcome(MAGIC + header_bytes(Header(columns, 1)) + batch_bytes(columns, cells) + END) == "ProtocolError"


def test_a_null_slot_is_zero_whatever_was_sent():
    columns, cells = COLUMNS[:1], [Cells(np.array([float("nan")]), np.array([False]))]
    ((found,),) = _read(MAGIC + header_bytes(Header(columns, 1)) + batch_bytes(columns, cells) + END)
    assert found.values.tolist() == [0.0]


def test_an_unknown_refusal_code_is_a_protocol_error():
    assert _outcome(MAGIC + b"E" + struct.pack("<Hq", 999, 0) + b"\0\0") == "ProtocolError"
