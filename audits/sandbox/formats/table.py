"""The one door to the readers: content decides which of them opens the file."""

from typing import BinaryIO

import pyarrow as pa

from audits.sandbox.formats.magic import HEAD, form_of
from audits.sandbox.formats.parquet import ParquetSource
from audits.sandbox.formats.source import Source
from audits.sandbox.formats.text import TextSource
from audits.sandbox.formats.unpack import inner_form_check, text_opener
from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Code, Refusal


def source_of(raw: BinaryIO, limits: Limits) -> Source:
    """The reader for the file `raw`. Raises Refusal for what is neither CSV, gzip'd CSV nor Parquet."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    head = raw.read(HEAD)
    form = form_of(head)
    if not head:
        raise Refusal(Code.EMPTY)
    if form == "refused":
        raise Refusal(Code.FORMAT)
    if form == "text-encoding":
        raise Refusal(Code.ENCODING)
    if form == "parquet":
        return ParquetSource(raw, limits)
    if form == "gzip":
        inner_form_check(raw, limits)
    return TextSource(text_opener(raw, form == "gzip", limits), limits)
