"""The CSV reader against Python's own csv, int and float, in this process: any table, cell by cell."""

import csv
import io
import re
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st

from audits.sandbox.formats.magic import form_of
from audits.sandbox.formats.source import cells_of, header_of
from audits.sandbox.formats.table import source_of
from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Cells, Column, Kind, Refusal

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
WHOLE = st.integers(-(10**18) + 1, 10**18 - 1).map(str)
REAL = st.floats(allow_nan=False, allow_infinity=False).map(repr)
CELL = st.one_of(TEXT, WHOLE, REAL, st.sampled_from(["", "007", "nan", "NA", "true", "2026-01-31", 'a "b", c', "x\ny"]))
COLUMN = st.one_of([st.lists(cell, min_size=3, max_size=3) for cell in (TEXT, WHOLE, REAL, CELL)])
NULLS = {"", "nan", "na", "n/a", "null", "none"}


def _parsed(data: bytes) -> list[tuple[Column, Cells]]:
    with tempfile.TemporaryFile() as raw:
        raw.write(data)
        raw.seek(0)
        source = source_of(raw, Limits())
        header = header_of(source, Limits())
        (cells,) = cells_of(source, header)
        return list(zip(header.columns, cells, strict=True))


def _shown(column: Column, cells: Cells) -> list:
    values = list(cells.values)
    if column.texts is not None:
        texts = [text.decode() for text in column.texts.values()]
        values = [texts[code] if there else None for code, there in zip(cells.values, cells.present, strict=True)]
    return [value if there else None for value, there in zip(values, cells.present, strict=True)]


def _expected(kind: Kind, cell: str):
    if kind is Kind.DICTIONARY:
        return cell or None
    if cell.lower() in NULLS:
        return None
    return int(cell) if kind is Kind.INT64 else float(cell)


@settings(max_examples=150, deadline=None)
@given(st.lists(COLUMN, min_size=2, max_size=4))
def test_every_cell_is_what_python_reads(columns):
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([f"c{place}" for place in range(len(columns))])
    writer.writerows(zip(*columns, strict=True))
    for (column, cells), written in zip(_parsed(out.getvalue().encode()), columns, strict=True):
        if column.kind is Kind.TIMESTAMP or {"true", "false"} & {cell.lower() for cell in written}:
            continue
        assert _shown(column, cells) == [_expected(column.kind, cell) for cell in written]


@given(st.lists(WHOLE, min_size=1, max_size=5))
def test_whole_numbers_are_int64_to_the_last_digit(numbers):
    ((column, cells),) = _parsed("\n".join(["n", *numbers]).encode())
    assert column.kind is Kind.INT64
    assert [int(value) for value in cells.values] == [int(number) for number in numbers]


@given(st.lists(REAL, min_size=1, max_size=5))
def test_floats_come_back_bit_for_bit(numbers):
    ((column, cells),) = _parsed("\n".join(["p", "0.5", *numbers]).encode())
    assert column.kind is Kind.FLOAT64
    assert [float(value) for value in cells.values[1:]] == [float(number) for number in numbers]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_refusal(data):
    try:
        parsed = _parsed(data)
    except Refusal:
        return
    assert parsed


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=20))
def test_plain_words_are_taken_for_text(word):
    header = re.sub(r"[^A-Za-z0-9_]", "_", word)
    assert form_of(f"{header},label\n1,0\n0,1\n".encode()) == "csv"
