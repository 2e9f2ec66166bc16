"""Parquet with flat columns. The footer is only believed where it refuses; every row is counted as it comes."""

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
        self._coded = [
            field.name for field, kind in zip(self._schema, self.kinds, strict=True) if kind is Kind.DICTIONARY
        ]

    def batches(self) -> Iterator[list[Array]]:
        """The rows, typed; text stays coded as the file codes it."""
        self._raw.seek(0)
        try:
            file = pq.ParquetFile(self._raw, read_dictionary=self._coded, pre_buffer=False, buffer_size=1 << 20)
            size = min(BATCH_ROWS, batch_rows(len(self.names)))
            for batch in file.iter_batches(batch_size=size, use_threads=False):
                yield [
                    _values(array, kind, name)
                    for array, kind, name in zip(batch.columns, self.kinds, self.names, strict=True)
                ]
        except MemoryError:
            raise
        except (pa.ArrowException, OSError):
            raise Refusal(Code.MALFORMED_PARQUET) from None


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
    raise Refusal(Code.NESTED if pa.types.is_nested(kind) else Code.TYPE, column=field.name)


def _values(array: Array, kind: Kind, name: str) -> Array:
    try:
        if kind is Kind.DICTIONARY:
            return array.cast(pa.string()) if pa.types.is_boolean(array.type) else array
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if kind is Kind.TIMESTAMP:
            return _micro(array)
        return array.cast(pa.int64() if kind is Kind.INT64 else pa.float64())
    except pa.ArrowInvalid:
        raise Refusal(Code.NUMBER, column=name) from None


def _micro(array: Array) -> Array:
    """Microseconds in UTC without a zone; finer parts are cut."""
    if pa.types.is_timestamp(array.type) and array.type.tz:
        array = array.cast(pa.timestamp(array.type.unit, tz="UTC")).cast(pa.timestamp(array.type.unit))
    return pc.cast(array, _MICRO, safe=False)
