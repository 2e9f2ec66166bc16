"""What every reader offers: named columns and batches of Arrow arrays, five types only; text not yet coded."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Cells, Code, Column, Header, Kind, Refusal, Texts

Array = Any  # pyarrow arrays carry no types


class Source(Protocol):
    """`names` and `kinds` of the columns; `batches` may be iterated as often as needed, with the same result.

    Arrays are float64, int64, timestamp[us], for DICTIONARY plain or dictionary-coded strings, and for PIXELS binary of
    the fixed size that stands in `pixels` (0 for all other columns).
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    pixels: tuple[int, ...]

    def batches(self) -> Iterator[list[Array]]: ...


def header_of(source: Source, limits: Limits) -> Header:
    """One pass over the source: its rows counted and its distinct texts gathered, all under the limits."""
    rows = 0
    texts: dict[int, Array] = {
        place: pa.array([], pa.string()) for place, kind in enumerate(source.kinds) if kind is Kind.DICTIONARY
    }
    for arrays in source.batches():
        rows += len(arrays[0])
        _size_check(rows, source, limits)
        for place, known in texts.items():
            texts[place] = _merged(known, arrays[place], source.names[place], limits)
        _text_bytes_check(texts.values(), limits)
    if not rows:
        raise Refusal(Code.NO_ROWS)
    columns = [
        Column(name, kind, _texts(texts[place]) if place in texts else None, pixels)
        for place, (name, kind, pixels) in enumerate(zip(source.names, source.kinds, source.pixels, strict=True))
    ]
    return Header(columns=tuple(columns), rows=rows)


def cells_of(source: Source, header: Header) -> Iterator[list[Cells]]:
    """A second pass: the rows in batches of the agreed length."""
    value_sets = [None if column.texts is None else _value_set(column.texts) for column in header.columns]
    for arrays in _rebatched(source.batches(), header.batch_rows):
        yield [
            _cells(array, column, value_set)
            for array, column, value_set in zip(arrays, header.columns, value_sets, strict=True)
        ]


def _size_check(rows: int, source: Source, limits: Limits) -> None:
    columns = len(source.names)
    if rows > limits.rows:
        raise Refusal(Code.ROWS, number=rows)
    if rows * columns > limits.cells:
        raise Refusal(Code.CELLS, number=rows * columns)
    if rows * sum(source.pixels) > limits.pixels:
        raise Refusal(Code.PIXELS_ALL, number=rows * sum(source.pixels))


def _merged(known: Array, array: Array, name: str, limits: Limits) -> Array:
    found = pc.unique(array)
    if pa.types.is_dictionary(found.type):
        found = found.dictionary_decode()
    found = found.cast(pa.string()).drop_null()
    merged = pc.unique(pa.concat_arrays([known, found.filter(pc.not_equal(found, ""))]))
    if len(merged) > limits.distinct_texts:
        raise Refusal(Code.TEXT_DISTINCT, column=name, number=len(merged))
    if len(found) and (longest := pc.max(pc.utf8_length(found)).as_py()) > limits.text_chars:
        raise Refusal(Code.TEXT_LONG, column=name, number=longest)
    if pc.any(pc.match_substring(found, "\0")).as_py():
        raise Refusal(Code.NUL, column=name)
    return merged


def _text_bytes_check(texts: Any, limits: Limits) -> None:
    total = sum(4 * len(known) + (pc.sum(pc.binary_length(known)).as_py() or 0) for known in texts)
    if total > limits.text_bytes:
        raise Refusal(Code.TEXT_BYTES, number=total)


def _texts(known: Array) -> Texts:
    ordered = known.take(pc.array_sort_indices(known)).cast(pa.binary())
    offsets = np.zeros(len(ordered) + 1, np.int32)
    np.cumsum(pc.binary_length(ordered).to_numpy(zero_copy_only=False), out=offsets[1:])
    return Texts(offsets, b"".join(ordered.to_pylist()))


def _value_set(texts: Texts) -> Array:
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(texts.offsets), pa.py_buffer(texts.data))


def _cells(array: Array, column: Column, value_set: Array) -> Cells:
    if value_set is not None:
        array = _coded(array, value_set)
    if column.kind is Kind.PIXELS:
        return _pixels(array, column.pixels)
    if column.kind is Kind.FLOAT64:
        array = _finite(array, column.name)
    if column.kind is Kind.TIMESTAMP:
        array = array.cast(pa.int64())
    present = array.is_valid().to_numpy(zero_copy_only=False)
    return Cells(array.fill_null(0).to_numpy(zero_copy_only=False), present)


def _pixels(array: Array, size: int) -> Cells:
    present = array.is_valid().to_numpy(zero_copy_only=False)
    filled = array.fill_null(b"\0" * size)
    start = filled.offset * size
    values = np.frombuffer(filled.buffers()[1], np.uint8)[start : start + len(filled) * size]
    return Cells(values.reshape(-1, size), present)


def _coded(array: Array, value_set: Array) -> Array:
    if pa.types.is_dictionary(array.type):
        return pc.index_in(array.dictionary.cast(pa.string()), value_set=value_set).take(array.indices)
    return pc.index_in(array, value_set=value_set)


def _finite(array: Array, name: str) -> Array:
    """NaN is how programs write a missing number: null. Infinity is nobody's measurement."""
    if pc.any(pc.is_inf(array)).as_py():
        raise Refusal(Code.INFINITE, column=name)
    return pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)


def _rebatched(batches: Iterator[list[Array]], size: int) -> Iterator[list[Array]]:
    """The same rows in batches of exactly `size`, the last one shorter."""
    held: list[list[Array]] = []
    count = 0
    for arrays in batches:
        start = 0
        while count + len(arrays[0]) - start >= size:
            part = [array.slice(start, size - count) for array in arrays]
            yield _joined([*held, part])
            start += size - count
            held, count = [], 0
        if start < len(arrays[0]):
            held.append([array.slice(start) for array in arrays])
            count += len(arrays[0]) - start
    if held:
        yield _joined(held)


def _joined(parts: Sequence[list[Array]]) -> list[Array]:
    if len(parts) == 1:
        return parts[0]
    return [_one(list(pieces)) for pieces in zip(*parts, strict=True)]


def _one(pieces: list[Array]) -> Array:
    joined = pa.chunked_array(pieces)
    if pa.types.is_dictionary(joined.type):
        joined = joined.unify_dictionaries()
        return pa.DictionaryArray.from_arrays(
            pa.concat_arrays([piece.indices for piece in joined.chunks]), joined.chunk(0).dictionary
        )
    return joined.combine_chunks()
