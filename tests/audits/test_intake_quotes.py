"""Quotes in CSV: ours gives the cells of Python's strict reader, or refuses; rows never melt together in silence."""

import csv
import io
import tempfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audits.sandbox.formats.quotes import Quotes
from audits.sandbox.formats.text import TextSource
from audits.sandbox.formats.unpack import text_opener
from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Code, Refusal

TABLES = st.lists(
    st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", "x", "y ", " ", ";", '","', '"\n"']), max_size=30
)


def _ours(text: str, limits: Limits | None = None) -> list[list[str]]:
    """The cells as our reader takes them, before types: null is the empty text."""
    with tempfile.TemporaryFile() as raw:
        raw.write(text.encode())
        source = TextSource(text_opener(raw, False, limits or Limits()), limits or Limits())
        batches = [[column.to_pylist() for column in batch] for batch in source._strings()]
    return [[cell or "" for cell in row] for columns in batches for row in zip(*columns, strict=True)]


def _strict(text: str) -> list[list[str]] | None:
    """The cells as csv takes them; None if it refuses. Empty lines are no rows."""
    csv.field_size_limit(len(text) + 1)  # our reader left the last text's own, which may be too short for this one
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        return None


@settings(max_examples=600, deadline=None)
@given(TABLES.map("".join))
@example('1,"x\n2,y\n3,z"tail\n4,w\n')
@example('1,"; DROP TABLE x;--\n2,y\n3,"z"\n')
@example('1,5" pipe\n2,a"b"c\n')
@example('1, "x"\n')
@example('1,"x""y"\n"a","b"')
def test_the_cells_are_those_of_the_strict_reader_or_the_table_is_refused(body):
    text = "a,b\n" + body
    expected = _strict(text)
    whole = expected is not None and len(expected) > 1 and all(len(row) == 2 for row in expected)
    if whole:
        assert _ours(text) == expected[1:]
    else:
        with pytest.raises(Refusal):
            _ours(text)


@settings(max_examples=300, deadline=None)
@given(TABLES.map("".join), st.integers(1, 7))
def test_where_a_text_is_cut_into_pieces_makes_no_difference(body, size):
    data = ("a,b\n" + body).encode()
    assert _verdict([data]) == _verdict([data[at : at + size] for at in range(0, len(data), size)])


def _verdict(pieces: list[bytes]) -> tuple[Code, int] | None:
    quotes = Quotes(b",", Limits())
    try:
        for piece in pieces:
            quotes.feed(piece)
        quotes.end()
    except Refusal as refusal:
        return refusal.code, refusal.number
    return None


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ('1,"x\n2,y\n3,z"tail\n4,w\n', Code.AFTER_QUOTE, 4),
        ('1,"x"y\n', Code.AFTER_QUOTE, 2),
        ('1,"x" \n', Code.AFTER_QUOTE, 2),
        ('1,x\n2,"y\n3,z\n', Code.QUOTE, 3),
        ('1,"', Code.QUOTE, 2),
    ],
)
def test_the_line_at_fault_is_named(body, code, line):
    assert _verdict([b"a,b\n" + body.encode()]) == (code, line)


@pytest.mark.parametrize("text", ['"', '"a', '"a"b', '\ufeff"a"b', '\ufeff"'])
def test_a_text_that_begins_with_a_quote_is_followed_from_its_first_byte(text):
    data = text.encode()
    assert _verdict([data]) == _verdict([data[at : at + 1] for at in range(len(data))])
    assert _verdict([data]) is not None


@pytest.mark.parametrize("mark", [";", "\t"])
def test_the_delimiter_found_is_the_one_that_ends_a_quoted_cell(mark):
    rows = [["a", "b"], ["1", "x,y"], ["2", 'say "so"']]
    text = "".join(mark.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) + "\n" for row in rows)
    assert _ours(text) == rows[1:]


def test_an_open_cell_is_held_only_to_the_length_of_a_line():
    quotes = Quotes(b",", Limits(line=1000))
    quotes.feed(b'a,b\n1,"')
    with pytest.raises(Refusal) as refused:
        list(map(quotes.feed, [b"x\n" * 20] * 100))
    assert (refused.value.code, refused.value.number) == (Code.LINE, 2)


def test_rows_between_two_misplaced_quotes_are_refused_with_line_and_remedy(sent, owner):
    found = sent(owner, b'a,b\n1,"x\n2,y\n3,z"tail\n4,w\n')
    assert found["state"] == "refused"
    assert "line 4" in found["problem"]["detail"].lower()
    assert "twice" in found["problem"]["remedy"]


def test_an_inch_sign_within_a_plain_cell_is_text(sent, owner):
    found = sent(owner, b'a,b\n1,5" pipe\n2,x\n3,"5"" pipe"\n')
    assert (found["state"], found["rows"]) == ("ready", 3)
