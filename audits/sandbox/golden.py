"""Small tables that the zygote reads once, so that nothing is left to import when a child is under lock."""

import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq

from audits.sandbox.formats.source import cells_of, header_of
from audits.sandbox.formats.table import source_of
from audits.sandbox.limits import DEFAULT
from audits.sandbox.protocol import batch_bytes, header_bytes

_TEXT = b'y,p,at,group,flag\n1,0.5,2026-01-01,"a",true\n0,0.25,2026-01-02T10:00:00,b,false\n'


def tables_warm() -> None:
    """Read and write a golden table of each form."""
    for data in (_TEXT, gzip.compress(_TEXT), _parquet()):
        source = source_of(io.BytesIO(data), DEFAULT)
        header = header_of(source, DEFAULT)
        header_bytes(header)
        for cells in cells_of(source, header):
            batch_bytes(header.columns, cells)


def _parquet() -> bytes:
    out = io.BytesIO()
    texts = pa.array(["a", None, "b"])
    columns = {"text": texts, "coded": texts.dictionary_encode(), "number": pa.array([1.5, None, 2.0])}
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()
