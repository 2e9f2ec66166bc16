"""The bytes of a text file as they are read: gzip opened under its caps, NUL and endless lines refused on the way."""

import io
import os
import zlib
from typing import BinaryIO, Protocol

from audits.sandbox.formats.magic import HEAD, form_of
from audits.sandbox.formats.quotes import Quotes
from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Code, Refusal

_READ = 256 * 1024


def _size(raw: BinaryIO) -> int:
    """By seeking: in the cage nobody may ask the file system."""
    place = raw.tell()
    size = raw.seek(0, os.SEEK_END)
    raw.seek(place)
    return size


class Opener(Protocol):
    """Opens a text from its beginning, as often as it is called; with a delimiter its quotes are checked too."""

    def __call__(self, delimiter: str = "") -> "GuardedText": ...


class Gunzip:
    """Reads a gzip file, member after member, stopping at the caps on size and ratio."""

    def __init__(self, raw: BinaryIO, limits: Limits) -> None:
        self._raw = raw
        self._limits = limits
        self._packed = _size(raw)
        self._unpacked = 0
        self._member = zlib.decompressobj(wbits=31)
        self._pending = b""

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end."""
        while True:
            self._pending = self._pending or self._raw.read(_READ)
            if not self._pending:
                if not self._member.eof:
                    raise Refusal(Code.GZIP)
                return b""
            part = self._part(size)
            if part:
                return part

    def _part(self, size: int) -> bytes:
        if self._member.eof:
            self._member = zlib.decompressobj(wbits=31)
        try:
            part = self._member.decompress(self._pending, size)
        except zlib.error:
            raise Refusal(Code.GZIP) from None
        self._pending = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        self._unpacked += len(part)
        if self._unpacked > self._limits.unpacked:
            raise Refusal(Code.UNPACKED)
        if self._unpacked > max(self._limits.ratio_from, self._limits.ratio * self._packed):
            raise Refusal(Code.RATIO)
        return part


class GuardedText(io.RawIOBase):
    """A text stream that refuses NUL bytes, lines over the limit and misplaced quotes.

    A forgotten quote swallows the rows after it without an error; nobody may be insured on half a file.
    """

    def __init__(self, raw: BinaryIO | Gunzip, limits: Limits, quotes: Quotes | None) -> None:
        super().__init__()
        self._raw = raw
        self._longest = limits.line
        self._line = 0
        self._lines_done = 0
        self._quotes = quotes

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(_READ if size is None or size < 0 else min(size, _READ))
        if b"\0" in data:
            raise Refusal(Code.NUL, number=self._lines_done + data[: data.index(b"\0")].count(b"\n") + 1)
        self._measure(data)
        if self._quotes and data:
            self._quotes.feed(data)
        elif self._quotes:
            self._quotes.end()
        return data

    def _measure(self, data: bytes) -> None:
        first = data.find(b"\n")
        if first < 0:
            self._line += len(data)
        elif self._line + first <= self._longest:
            # A read is shorter than the limit, so only the line carried over from before can be too long.
            self._line = len(data) - data.rfind(b"\n") - 1
        else:
            self._line += first
        if self._line > self._longest:
            raise Refusal(Code.LINE, number=self._lines_done + 1)
        self._lines_done += data.count(b"\n")


def text_opener(raw: BinaryIO, packed: bool, limits: Limits) -> Opener:
    """How to open the text of the file `raw`."""

    def opener(delimiter: str = "") -> GuardedText:
        raw.seek(0)
        quotes = Quotes(delimiter.encode(), limits) if delimiter else None
        return GuardedText(Gunzip(raw, limits) if packed else raw, limits, quotes)

    return opener


def inner_form_check(raw: BinaryIO, limits: Limits) -> None:
    """Refuse what lies in a gzip wrapping and is not text."""
    raw.seek(0)
    form = form_of(head_of(Gunzip(raw, limits), HEAD))
    if form == "text-encoding":
        raise Refusal(Code.ENCODING)
    if form != "csv":
        raise Refusal(Code.FORMAT)


def head_of(stream: Gunzip | GuardedText, size: int) -> bytes:
    """Up to the first `size` bytes of an opened file."""
    parts, left = [], size
    while left > 0 and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
