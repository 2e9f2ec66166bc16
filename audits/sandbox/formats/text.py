"""CSV: comma, semicolon or tab; UTF-8; one header line. Read in three passes, so that memory stays small."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc

from audits.sandbox.formats.names import names_check
from audits.sandbox.formats.typing import Guess
from audits.sandbox.formats.unpack import Opener, head_of
from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Code, Refusal

_DELIMITERS = ",;\t"
Array = Any


class TextSource:
    """A CSV file as typed columns; opening it reads it once to find the types."""

    def __init__(self, opener: Opener, limits: Limits) -> None:
        self._opener = opener
        self._limits = limits
        self._raw_names, self._delimiter = _header(opener, limits)
        self.names = names_check(self._raw_names, limits)
        self._readings = self._settled()
        self.kinds = tuple(reading.kind for reading in self._readings)
        self.pixels = (0,) * len(self.names)  # an image is no text: only Parquet carries one

    def batches(self) -> Iterator[list[Array]]:
        """The rows, typed."""
        for arrays in self._strings():
            yield [reading.values(array) for reading, array in zip(self._readings, arrays, strict=True)]

    def _settled(self) -> list[Any]:
        guesses = [Guess(name) for name in self.names]
        rows = 0
        for arrays in self._strings(self._delimiter):
            rows += len(arrays[0])
            if rows > self._limits.rows:
                raise Refusal(Code.ROWS, number=rows)
            for guess, array in zip(guesses, arrays, strict=True):
                guess.narrow(array)
        if not rows:
            raise Refusal(Code.NO_ROWS)
        return [guess.settle() for guess in guesses]

    def _strings(self, quotes_after: str = "") -> Iterator[list[Array]]:
        """The cells as texts; with a delimiter the quotes are checked on the way, which the first pass does for all."""
        ragged: list[Refusal] = []

        def handler(row: Any) -> str:
            ragged.append(Refusal(Code.RAGGED, number=row.number or 0))
            return "error"

        try:
            reader = self._reader(handler, quotes_after)
            if any(kind != pa.string() for kind in reader.schema.types):
                raise Refusal(Code.MALFORMED_CSV)
            for batch in reader:
                yield batch.columns
        except MemoryError:
            raise
        except pa.ArrowException as error:
            raise ragged[0] if ragged else _refusal(str(error)) from None

    def _reader(self, handler: Any, quotes_after: str) -> Any:
        return pc.open_csv(
            self._opener(quotes_after),
            read_options=pc.ReadOptions(use_threads=False, block_size=2 * self._limits.line),
            parse_options=pc.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=handler
            ),
            convert_options=pc.ConvertOptions(
                column_types={name: pa.string() for name in self._raw_names},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                check_utf8=True,
            ),
        )


def _refusal(message: str) -> Refusal:
    """Arrow's complaint as one of ours."""
    if "UTF8" in message or "UTF-8" in message:
        return Refusal(Code.ENCODING)
    if "straddling" in message:
        return Refusal(Code.LINE)
    if "Empty CSV" in message:
        return Refusal(Code.NO_ROWS)
    return Refusal(Code.MALFORMED_CSV)


def _header(opener: Opener, limits: Limits) -> tuple[list[str], str]:
    """The names as written and the delimiter that gives most of them."""
    head = head_of(opener(), limits.line)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Refusal(Code.EMPTY)
    try:
        # Incremental: the head may end within a character.
        text = codecs.getincrementaldecoder("utf-8-sig")("strict").decode(head)
    except UnicodeDecodeError:
        raise Refusal(Code.ENCODING) from None
    return max(((_fields(text, mark), mark) for mark in _DELIMITERS), key=lambda found: len(found[0]))


def _fields(text: str, delimiter: str) -> list[str]:
    csv.field_size_limit(len(text) + 1)
    try:
        return next(row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)
    except (csv.Error, StopIteration):
        raise Refusal(Code.MALFORMED_CSV) from None
