"""The one canonical form of a data set: Parquet written by us from checked columns, the same bytes for the same table.

Audits read only this file; what a customer sent is never parsed again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audits.engine.frame import Column as FrameColumn
from audits.engine.frame import Frame
from audits.sandbox.protocol import Cells, Column, Kind, TableReader
from core.errors import TooLarge

Progress = Callable[[int, int], None]
MEDIA = "application/vnd.apache.parquet"
LARGEST = 2 * 1024**3
TYPES = {
    Kind.FLOAT64: "float64",
    Kind.INT64: "int64",
    Kind.TIMESTAMP: "timestamp",
    Kind.DICTIONARY: "dictionary",
}
_ARROW = {Kind.FLOAT64: pa.float64(), Kind.INT64: pa.int64(), Kind.TIMESTAMP: pa.timestamp("us")}
_TEXT = pa.dictionary(pa.int32(), pa.string())


def canonical_write(
    table: TableReader, file: BinaryIO, *, progress: Progress = lambda _done, _total: None
) -> list[dict[str, Any]]:
    """Write the table to `file`; gives its columns as [{"name", "type", "nulls"}]. Raises TooLarge over 2 GiB."""
    done = 0
    columns = table.header.columns
    nulls = np.zeros(len(columns), np.int64)
    texts = [_texts(column) for column in columns]
    schema = pa.schema([pa.field(column.name, _ARROW.get(column.kind, _TEXT)) for column in columns])
    with pq.ParquetWriter(file, schema, **_options(columns)) as writer:
        for cells in table.batches():
            nulls += [int((~cell.present).sum()) for cell in cells]
            arrays = [_array(*parts) for parts in zip(columns, cells, texts, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            _size_check(file)
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
    table = source.read(columns=kept, use_threads=False)
    return Frame({name: _column(name, table.column(name)) for name in kept})


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
    return pa.array(cells.values, _ARROW[column.kind], mask=~cells.present)


def _size_check(file: BinaryIO) -> None:
    if file.tell() > LARGEST:
        raise TooLarge(
            "The data set is too large once it is written out.",
            field="file",
            limit=f"{LARGEST:,} bytes",
            remedy="Send only the columns the audit names, or a sample of the rows.",
        )


def _column(name: str, chunked: Any) -> FrameColumn:
    null = np.asarray(chunked.is_null().to_numpy(zero_copy_only=False), dtype=bool)
    if pa.types.is_dictionary(chunked.type):
        return _category(name, chunked.unify_dictionaries(), null)
    kind = {pa.float64(): "float", pa.int64(): "int"}.get(chunked.type, "time")
    if kind == "time":
        return FrameColumn(name, "time", chunked.cast(pa.int64()).fill_null(0).to_numpy().astype("M8[us]"), null)
    return FrameColumn(name, "float" if kind == "float" else "int", chunked.fill_null(0).to_numpy(), null)


def _category(name: str, chunked: Any, null: np.ndarray[Any, np.dtype[np.bool_]]) -> FrameColumn:
    codes = [chunk.indices.fill_null(0).to_numpy(zero_copy_only=False) for chunk in chunked.chunks]
    categories = tuple(chunked.chunk(0).dictionary.to_pylist())
    return FrameColumn(name, "category", np.concatenate(codes).astype(np.int32), null, categories)
