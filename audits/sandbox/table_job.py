"""The child's side of a table: read the file, answer header and batches in the protocol's form."""

from typing import Any, BinaryIO

from audits.sandbox.formats.source import cells_of, header_of
from audits.sandbox.formats.table import source_of
from audits.sandbox.limits import Limits
from audits.sandbox.protocol import END, MAGIC, batch_bytes, header_bytes

__all__ = ["MAGIC", "serve"]


def serve(_job: dict[str, Any], raw: BinaryIO, _requests: BinaryIO, out: BinaryIO, limits: Limits) -> None:
    """Answer one file, whatever is in it. Raises Refusal."""
    source = source_of(raw, limits)
    header = header_of(source, limits)
    out.write(header_bytes(header))
    for cells in cells_of(source, header):
        out.write(batch_bytes(header.columns, cells))
    out.write(END)
