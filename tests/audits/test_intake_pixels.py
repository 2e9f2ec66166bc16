"""Raw pixels in Parquet: read in the cage, written canonically, refused by name when they cannot be images."""

import io
import tempfile
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from audits.canonical import canonical_read, canonical_write
from audits.engine.frame import Frame
from audits.sandbox.limits import DEFAULT, Limits
from audits.sandbox.protocol import (
    END,
    MAGIC,
    Cells,
    Column,
    Header,
    Kind,
    ProtocolError,
    TableReader,
    batch_bytes,
    header_bytes,
)
from audits.sandbox.runner import table_open
from core.errors import InputRefused, TooLarge
from tests.audits import image_examples
from tests.audits.conftest import parquet_bytes


def canonical(data: bytes, limits: Limits = DEFAULT) -> tuple[list[dict], bytes]:
    with tempfile.TemporaryFile() as raw:
        raw.write(data)
        raw.flush()
        out = io.BytesIO()
        with table_open(raw, limits=limits) as table:
            columns = canonical_write(table, out)
    return columns, out.getvalue()


def frame(data: bytes) -> Frame:
    return canonical_read(io.BytesIO(canonical(data)[1]), ["photo", "y"])


def table(pixels: np.ndarray, kind: pa.DataType | None = None, **more) -> pa.Table:
    found = image_examples.cells(pixels)
    return pa.table({"y": np.arange(len(pixels)), "photo": found.cast(kind) if kind else found, **more})


@pytest.mark.parametrize("kind", [None, pa.binary(), pa.large_binary()], ids=["fixed", "binary", "large"])
def test_pixels_arrive_as_they_were_sent_however_bytes_are_typed(kind):
    pixels = image_examples.pictures(500)
    columns, written = canonical(parquet_bytes(table(pixels, kind)))
    assert columns[1] == {"name": "photo", "type": "pixels", "nulls": 0}
    found = canonical_read(io.BytesIO(written), ["photo"]).columns["photo"]
    assert (found.kind, found.values.dtype) == ("image", np.uint8)
    assert np.array_equal(found.values, pixels)
    assert written == canonical(parquet_bytes(table(pixels), compression="gzip", row_group_size=77))[1]


def test_repeated_pictures_in_a_dictionary_arrive_too():
    pixels = np.repeat(image_examples.pictures(3), 400, axis=0)
    coded = table(pixels, pa.binary()).set_column(
        1, "photo", image_examples.cells(pixels).cast(pa.binary()).dictionary_encode()
    )
    assert np.array_equal(frame(parquet_bytes(coded)).columns["photo"].values, pixels)


def test_a_picture_that_is_not_there_is_null_and_black():
    pixels = image_examples.pictures(40)
    for null in ((0, 7), tuple(range(39))):
        data = pa.table({"photo": image_examples.cells(pixels, null), "y": np.arange(40)})
        found = frame(parquet_bytes(data)).columns["photo"]
        assert np.flatnonzero(found.null).tolist() == list(null)
        assert not found.values[found.null].any()
        assert np.array_equal(found.values[~found.null], pixels[~found.null])


def test_many_batches_and_an_odd_rest_are_one_column():
    pixels = np.random.default_rng(1).integers(0, 256, (301, 64 * 1024), np.uint8)
    assert Header((Column("photo", Kind.PIXELS, pixels=64 * 1024),), 301).batch_rows < 301
    assert np.array_equal(frame(parquet_bytes(table(pixels))).columns["photo"].values, pixels)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([b"\x89PNG1234", b"\x89PNG12"], "different lengths"),
        ([b"", b""], "different lengths, or none"),
        ([None, None], "different lengths, or none"),
        ([b"ab", b""], "different lengths"),
        ([bytes(1024**2 + 1)] * 2, "images of 1,048,577 bytes"),
    ],
    ids=["two lengths", "no bytes", "all null", "one empty", "over a mebibyte"],
)
def test_bytes_that_are_no_pictures_of_one_size_are_refused(values, said):
    with pytest.raises(InputRefused, match=said) as caught:
        canonical(parquet_bytes(pa.table({"y": [1, 0], "photo": pa.array(values, pa.binary())})))
    assert caught.value.field == "photo"
    assert caught.value.remedy


def test_a_length_that_changes_late_is_found():
    values = [bytes(300)] * 70_000 + [bytes(301)]
    with pytest.raises(InputRefused, match="different lengths"):
        canonical(parquet_bytes(pa.table({"photo": pa.array(values, pa.binary())})))


def test_pictures_that_are_too_much_together_are_refused_before_they_are_read():
    pixels = image_examples.pictures(40)
    small = replace(DEFAULT, pixels=39 * image_examples.SIZE)
    with pytest.raises(TooLarge, match="too much together"):
        canonical(parquet_bytes(table(pixels)), small)
    # A small file that unpacks to a giant: the same picture five million times.
    bomb = pa.table({"photo": pa.array([bytes(4_000)] * 80_000, pa.binary(4_000))})
    with pytest.raises(TooLarge, match="too much together"):
        canonical(parquet_bytes(bomb))


def test_a_csv_cannot_carry_pixels():
    columns, _ = canonical(b"y,photo\n1,AAECAw==\n0,\\x00\\x01\n")
    assert columns[1]["type"] == "dictionary"


@pytest.mark.parametrize(("size", "rows"), [(0, 2), (2 * 1024**2, 2), (1024**2, 257)])
def test_the_parent_believes_no_size_of_pictures_over_the_limits(size, rows):
    announced = MAGIC + header_bytes(Header((Column("photo", Kind.PIXELS, pixels=size),), rows))
    with pytest.raises(ProtocolError):
        TableReader(io.BytesIO(announced), DEFAULT)


def test_the_parent_reads_what_the_child_wrote_and_blanks_what_is_null():
    column, pixels = Column("photo", Kind.PIXELS, pixels=5), np.arange(15, dtype=np.uint8).reshape(3, 5)
    present = np.array([True, False, True])
    sent = MAGIC + header_bytes(Header((column,), 3)) + batch_bytes((column,), [Cells(pixels, present)]) + END
    ((found,),) = TableReader(io.BytesIO(sent), DEFAULT).batches()
    assert np.array_equal(found.values, pixels * present[:, None])
    with pytest.raises(ProtocolError):
        list(TableReader(io.BytesIO(sent[:-6]), DEFAULT).batches())
