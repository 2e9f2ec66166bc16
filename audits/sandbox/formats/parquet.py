"""Parquet with flat columns. The footer is only believed where it refuses; every row is counted as it comes.

A column of bytes is one of raw pixels: every cell as long as the first that is there.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audits.sandbox.formats.names import names_check
from audits.sandbox.limits import BATCH_ROWS, Limits, batch_rows
from audits.sandbox.protocol import Code, Kind, Refusal

Array = Any
_MICRO = pa.timestamp("us")
_FEW = 16  # rows: images of unknown size


class ParquetSource:
    """A Parquet file as typed columns."""

    def __init__(self, raw: BinaryIO, limits: Limits) -> None:
        self._raw = raw
        meta = _footer(raw)
        if meta.num_columns > limits.columns:
            raise Refusal(Code.COLUMNS, number=meta.num_columns)
        if not meta.num_rows:
            raise Refusal(Code.NO_ROWS)
        if meta.num_rows > limits.rows:
            raise Refusal(Code.ROWS, number=meta.num_rows)
        if meta.num_rows * meta.num_columns > limits.cells:
            raise Refusal(Code.CELLS, number=meta.num_rows * meta.num_columns)
        self._schema = _schema(meta)
        self.names = names_check(self._schema.names, limits)
        self.kinds = tuple(_kind(field) for field in self._schema)
        self.pixels = tuple(
            self._pixels(field, kind, limits) for field, kind in zip(self._schema, self.kinds, strict=True)
        )
        if meta.num_rows * sum(self.pixels) > limits.pixels:
            raise Refusal(Code.PIXELS_ALL, number=meta.num_rows * sum(self.pixels))
        self._coded = [
            field.name for field, kind in zip(self._schema, self.kinds, strict=True) if kind is Kind.DICTIONARY
        ]

    def batches(self) -> Iterator[list[Array]]:
        """The rows, typed; text stays coded as the file codes it."""
        self._raw.seek(0)
        try:
            file = pq.ParquetFile(self._raw, read_dictionary=self._coded, pre_buffer=False, buffer_size=1 << 20)
            size = min(BATCH_ROWS, batch_rows(len(self.names), sum(self.pixels)))
            for batch in file.iter_batches(batch_size=size, use_threads=False):
                yield [
                    _values(array, kind, name, pixels)
                    for array, kind, name, pixels in zip(
                        batch.columns, self.kinds, self.names, self.pixels, strict=True
                    )
                ]
        except MemoryError:
            raise
        except (pa.ArrowException, OSError):
            raise Refusal(Code.MALFORMED_PARQUET) from None

    def _pixels(self, field: Any, kind: Kind, limits: Limits) -> int:
        """The bytes of an image: those of the first cell that is not null. 0 for a column of any other kind."""
        if kind is not Kind.PIXELS:
            return 0
        size = self._first_cell(field.name)
        if not size:
            raise Refusal(Code.PIXELS_SIZE, column=field.name)
        if size > limits.pixels_cell:
            raise Refusal(Code.PIXELS_LARGE, column=field.name, number=size)
        return size

    def _first_cell(self, name: str) -> int:
        self._raw.seek(0)
        try:
            file = pq.ParquetFile(self._raw, pre_buffer=False, buffer_size=1 << 20)
            for batch in file.iter_batches(batch_size=_FEW, columns=[name], use_threads=False):
                found = batch.column(0).drop_null()
                if len(found):
                    return len(found[0].as_py())
        except MemoryError:
            raise
        except (pa.ArrowException, OSError):
            raise Refusal(Code.MALFORMED_PARQUET) from None
        return 0


def _footer(raw: BinaryIO) -> Any:
    raw.seek(0)
    try:
        return pq.read_metadata(raw)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError):
        raise Refusal(Code.MALFORMED_PARQUET) from None


def _schema(meta: Any) -> Any:
    for place in range(meta.num_columns):
        column = meta.schema.column(place)
        if column.max_repetition_level or column.max_definition_level > 1 or column.path != column.name:
            raise Refusal(Code.NESTED, column=column.path.split(".")[0])
    try:
        return meta.schema.to_arrow_schema()
    except MemoryError:
        raise
    except (pa.ArrowException, OSError):
        raise Refusal(Code.MALFORMED_PARQUET) from None


def _kind(field: Any) -> Kind:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_integer(kind):
        return Kind.INT64
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return Kind.FLOAT64
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return Kind.TIMESTAMP
    if pa.types.is_boolean(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return Kind.DICTIONARY
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return Kind.PIXELS
    raise Refusal(Code.NESTED if pa.types.is_nested(kind) else Code.TYPE, column=field.name)


def _values(array: Array, kind: Kind, name: str, pixels: int) -> Array:
    try:
        if kind is Kind.DICTIONARY:
            return array.cast(pa.string()) if pa.types.is_boolean(array.type) else array
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if kind is Kind.TIMESTAMP:
            return _micro(array)
        if kind is Kind.PIXELS:
            return _images(array, name, pixels)
        return array.cast(pa.int64() if kind is Kind.INT64 else pa.float64())
    except pa.ArrowInvalid:
        raise Refusal(Code.NUMBER, column=name) from None


def _images(array: Array, name: str, size: int) -> Array:
    """Binary of one fixed size."""
    if not pa.types.is_fixed_size_binary(array.type) and pc.any(pc.not_equal(pc.binary_length(array), size)).as_py():
        raise Refusal(Code.PIXELS_SIZE, column=name, number=size)
    return array.cast(pa.binary(size))


def _micro(array: Array) -> Array:
    """Microseconds in UTC without a zone; finer parts are cut."""
    if pa.types.is_timestamp(array.type) and array.type.tz:
        array = array.cast(pa.timestamp(array.type.unit, tz="UTC")).cast(pa.timestamp(array.type.unit))
    return pc.cast(array, _MICRO, safe=False)
