"""The one canonical form of a data set: Parquet written by us from checked columns, the same bytes for the same table.

Audits read only this file; what a customer sent is never parsed again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audits.engine.frame import Column as FrameColumn
from audits.engine.frame import Frame
from audits.sandbox.protocol import Cells, Column, Header, Kind
from core.errors import TooLarge

Progress = Callable[[int, int], None]
MEDIA = "application/vnd.apache.parquet"
LARGEST = 2 * 1024**3
# What the installation writes itself, not from an upload: a hundred million rows of some twenty columns.
LARGEST_OWN = 32 * 1024**3
TYPES = {
    Kind.FLOAT64: "float64",
    Kind.INT64: "int64",
    Kind.TIMESTAMP: "timestamp",
    Kind.DICTIONARY: "dictionary",
    Kind.PIXELS: "pixels",
}
_ARROW = {Kind.FLOAT64: pa.float64(), Kind.INT64: pa.int64(), Kind.TIMESTAMP: pa.timestamp("us")}
_TEXT = pa.dictionary(pa.int32(), pa.string())


class Rows(Protocol):
    """A table in batches: what comes back from isolation (TableReader), or rows of the installation's own."""

    @property
    def header(self) -> Header: ...

    def batches(self) -> Iterator[list[Cells]]: ...


def canonical_write(
    table: Rows, file: BinaryIO, *, progress: Progress = lambda _done, _total: None, largest: int = LARGEST
) -> list[dict[str, Any]]:
    """Write the table to `file`, one row group a batch; gives its columns as [{"name", "type", "nulls"}].

    Raises TooLarge over `largest` bytes.
    """
    done = 0
    columns = table.header.columns
    nulls = np.zeros(len(columns), np.int64)
    texts = [_texts(column) for column in columns]
    schema = pa.schema([pa.field(column.name, _arrow(column)) for column in columns])
    with pq.ParquetWriter(file, schema, **_options(columns)) as writer:
        for cells in table.batches():
            nulls += [int((~cell.present).sum()) for cell in cells]
            arrays = [_array(*parts) for parts in zip(columns, cells, texts, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            _size_check(file, largest)
            done += len(cells[0].values)
            progress(done, table.header.rows)
    return [
        {"name": column.name, "type": TYPES[column.kind], "nulls": int(count)}
        for column, count in zip(columns, nulls, strict=True)
    ]


def canonical_read(file: BinaryIO, names: Iterable[str]) -> Frame:
    """The columns `names` (those that exist) of a canonical file as the engine's Frame."""
    source = pq.ParquetFile(file)
    wanted = set(names)
    kept = [name for name in source.schema_arrow.names if name in wanted]
    # One at a time, so that only one column is held twice.
    return Frame({name: _column(name, source.read(columns=[name], use_threads=False).column(name)) for name in kept})


def canonical_groups(file: BinaryIO) -> list[int]:
    """The rows of each row group of a canonical file."""
    facts = pq.ParquetFile(file).metadata
    return [facts.row_group(number).num_rows for number in range(facts.num_row_groups)]


def canonical_frames(file: BinaryIO, names: Iterable[str], groups: Iterable[int]) -> Iterator[Frame]:
    """The columns `names` (those that exist) of these row groups, one Frame a group: memory for one of them."""
    source = pq.ParquetFile(file)
    wanted = set(names)
    kept = [name for name in source.schema_arrow.names if name in wanted]
    for group in groups:
        table = source.read_row_group(group, columns=kept, use_threads=False)
        yield Frame({name: _column(name, table.column(name)) for name in kept})


def _options(columns: Sequence[Column]) -> dict[str, Any]:
    """Every choice that reaches the bytes is fixed here."""
    return {
        "version": "2.6",
        "data_page_version": "1.0",
        "compression": "zstd",
        "compression_level": 3,
        "use_dictionary": [column.name for column in columns if column.kind is Kind.DICTIONARY],
        "write_statistics": False,
        "store_schema": True,
    }


def _arrow(column: Column) -> Any:
    return pa.binary(column.pixels) if column.kind is Kind.PIXELS else _ARROW.get(column.kind, _TEXT)


def _texts(column: Column) -> Any:
    if column.texts is None:
        return None
    return pa.StringArray.from_buffers(
        len(column.texts), pa.py_buffer(column.texts.offsets), pa.py_buffer(column.texts.data)
    )


def _array(column: Column, cells: Cells, texts: Any) -> Any:
    if texts is not None:
        codes = pa.array(cells.values, pa.int32(), mask=~cells.present)
        return pa.DictionaryArray.from_arrays(codes, texts)
    if column.kind is Kind.PIXELS:
        return _images(cells, column.pixels)
    return pa.array(cells.values, _ARROW[column.kind], mask=~cells.present)


def _images(cells: Cells, size: int) -> Any:
    valid = None if cells.present.all() else pa.py_buffer(np.packbits(cells.present, bitorder="little").tobytes())
    pixels = pa.py_buffer(np.ascontiguousarray(cells.values).reshape(-1))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(size), len(cells.values), [valid, pixels])


def _size_check(file: BinaryIO, largest: int) -> None:
    if file.tell() > largest:
        raise TooLarge(
            "The data set is too large once it is written out.",
            field="file",
            limit=f"{largest:,} bytes",
            remedy="Send only the columns the audit names, or a sample of the rows.",
        )


def _column(name: str, chunked: Any) -> FrameColumn:
    null = np.asarray(chunked.is_null().to_numpy(zero_copy_only=False), dtype=bool)
    if pa.types.is_dictionary(chunked.type):
        return _category(name, chunked.unify_dictionaries(), null)
    if pa.types.is_fixed_size_binary(chunked.type):
        return FrameColumn(name, "image", _pixels(chunked), null)
    kind = {pa.float64(): "float", pa.int64(): "int"}.get(chunked.type, "time")
    if kind == "time":
        return FrameColumn(name, "time", chunked.cast(pa.int64()).fill_null(0).to_numpy().astype("M8[us]"), null)
    return FrameColumn(name, "float" if kind == "float" else "int", chunked.fill_null(0).to_numpy(), null)


def _pixels(chunked: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Uint8[rows, bytes of a cell], zero where null."""
    size, place = chunked.type.byte_width, 0
    found = np.zeros((len(chunked), size), np.uint8)
    for chunk in chunked.chunks:
        filled = chunk.fill_null(b"\0" * size)
        start = filled.offset * size
        cells = np.frombuffer(filled.buffers()[1], np.uint8)[start : start + len(filled) * size]
        found[place : place + len(filled)] = cells.reshape(-1, size)
        place += len(filled)
    return found


def _category(name: str, chunked: Any, null: np.ndarray[Any, np.dtype[np.bool_]]) -> FrameColumn:
    codes = [chunk.indices.fill_null(0).to_numpy(zero_copy_only=False) for chunk in chunked.chunks]
    categories = tuple(chunked.chunk(0).dictionary.to_pylist())
    return FrameColumn(name, "category", np.concatenate(codes).astype(np.int32), null, categories)
