"""Quotes in CSV, after RFC 4180 as Python's strict csv reader takes it.

A quote that begins a cell opens it. Within it `""` is a quote; any other quote closes it and must be followed by the
delimiter, a line end or the end of the file: text after it means that a quote was forgotten, and the rows between two
such quotes would melt into one cell. A quote within a cell that began without one is text.
"""

import re

from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Code, Refusal

_BOM = b"\xef\xbb\xbf"


class Quotes:
    """Follows the quotes of a text that comes in pieces; raises Refusal with the line where they go wrong."""

    def __init__(self, delimiter: bytes, limits: Limits) -> None:
        ends = b"[" + re.escape(delimiter) + rb"\r\n]"
        self._opening = re.compile(rb'(?<=%b)"' % ends)
        self._cell = re.compile(rb'"(?:[^"]++|"")*+"')
        # From an opening quote on: whole quoted cells, each with the cells without quotes that follow it.
        self._whole = re.compile(rb'(?:"(?:[^"]++|"")*+"(?=%b)[^"]*+(?:(?<!%b)"[^"]*+)*+)*+' % (ends, ends))
        self._longest = limits.line
        self._held = b"\n"  # the last byte before what comes, or an unfinished cell and the byte before it
        self._line = 0  # lines that end before what is held
        self._begun = False

    def feed(self, data: bytes) -> None:
        """The next piece of the text."""
        text = self._held + data
        if not self._begun:
            if len(text) <= len(_BOM):
                self._held = text
                return
            text, self._begun = b"\n" + text[1:].removeprefix(_BOM), True
        opening = self._opening.search(text) if b'"' in text else None
        end = self._whole.match(text, opening.start()).end() if opening else len(text)  # type: ignore[union-attr]
        if end < len(text):
            self._unfinished_check(text, end)
        self._line += text.count(b"\n", 0, end - 1)
        self._held = text[end - 1 :]

    def end(self) -> None:
        """Nothing more comes. Raises Refusal for a quote that is still open."""
        if not self._begun:
            self._begun = True
            self.feed(b"")
        cell = self._opening.match(self._held, 1)
        if cell and not self._cell.fullmatch(self._held, 1):
            raise Refusal(Code.QUOTE, number=self._line_of(self._held, 1))

    def _unfinished_check(self, text: bytes, start: int) -> None:
        """The cell that opens at `start` is cut by the end of the piece, or wrong."""
        cell = self._cell.match(text, start)
        if cell and cell.end() < len(text):
            raise Refusal(Code.AFTER_QUOTE, number=self._line_of(text, cell.end()))
        if len(text) - start > self._longest:
            raise Refusal(Code.LINE, number=self._line_of(text, start))

    def _line_of(self, text: bytes, place: int) -> int:
        return self._line + text.count(b"\n", 0, place)
