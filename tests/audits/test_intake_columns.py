"""Which type a column gets, and that CSV and Parquet of one table become one data set."""

import gzip
import io
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from audits.canonical import canonical_read, canonical_write
from audits.sandbox.runner import table_open


def _canonical(data: bytes) -> tuple[dict[str, str], bytes]:
    with tempfile.TemporaryFile() as raw:
        raw.write(data)
        raw.flush()
        out = io.BytesIO()
        with table_open(raw) as table:
            columns = canonical_write(table, out)
    return {column["name"]: column["type"] for column in columns}, out.getvalue()


def _values(data: bytes, name: str) -> list:
    column = canonical_read(io.BytesIO(_canonical(data)[1]), [name]).columns[name]
    shown = [column.categories[code] for code in column.values] if column.kind == "category" else list(column.values)
    return [None if gone else value for value, gone in zip(shown, column.null, strict=True)]


TYPED = """whole,real,code,plus,long,truth,day,moment,zoned,nothing,mixed,date_like,na_number,na_text
1,0.5,007,+5,99999999999999999999,True,2026-01-31,2026-01-31 12:00,2026-01-31T12:00:00Z,,1,2026-02-30,NA,NA
-2,1e3,12,7,1,false,2026-02-01,2026-02-01T12:00:01.5,2026-01-31T12:00:00+02:00,,x,2026-02-28,3,x
"""
TYPES = {
    "whole": "int64",
    "real": "float64",
    "code": "dictionary",
    "plus": "dictionary",
    "long": "dictionary",
    "truth": "dictionary",
    "day": "timestamp",
    "moment": "timestamp",
    "zoned": "timestamp",
    "nothing": "float64",
    "mixed": "dictionary",
    "date_like": "dictionary",
    "na_number": "int64",
    "na_text": "dictionary",
}


def test_a_column_gets_the_narrowest_type_that_loses_nothing():
    assert _canonical(TYPED.encode())[0] == TYPES


def test_leading_zeros_stay_text():
    assert _values(b"code\n007\n12\n", "code") == ["007", "12"]


def test_empty_cells_and_nan_are_null_in_a_number_column():
    assert _values(b"p,y\n0.5,1\n,0\nNaN,1\n", "p") == [0.5, None, None]


def test_truth_values_are_lower_case_text():
    assert _values(b"t,y\nTRUE,1\nfalse,1\n,0\n", "t") == ["true", "false", None]


def test_a_zoned_time_is_kept_in_utc():
    assert _values(b"t\n2026-01-31T12:00:00+02:00\n", "t") == [np.datetime64("2026-01-31T10:00:00")]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_separate_too(mark):
    assert _canonical(mark.join("yx").encode() + b"\n" + mark.join("12").encode() + b"\n") == _canonical(b"y,x\n1,2\n")


def test_quotes_line_breaks_and_a_byte_order_mark_are_understood():
    assert _values('\ufeffa,b\n"x, ""y""\nz",1\n'.encode(), "a") == ['x, "y"\nz']


@pytest.fixture
def table() -> pa.Table:
    rng = np.random.default_rng(7)
    size = 5000
    return pa.table(
        {
            "y": pa.array(rng.integers(0, 2, size), pa.int8()),
            "p": pa.array(rng.normal(size=size), mask=rng.random(size) < 0.1),
            "group": pa.array(rng.choice(["ä", "b", "c d"], size)).dictionary_encode(),
            "text": pa.array(rng.choice(["x", "", "z"], size)),
            "flag": pa.array(rng.random(size) < 0.5),
            "at": pa.array(1_767_225_600_000 + 3_600_000 * np.arange(size), pa.timestamp("ms")),
            "none": pa.nulls(size),
        }
    )


def test_csv_gzip_and_parquet_of_one_table_have_one_canonical_form(table, parquet):
    text = io.BytesIO()
    plain = table.set_column(2, "group", table.column("group").cast(pa.string()))
    pyarrow.csv.write_csv(plain, text)
    forms = [text.getvalue(), gzip.compress(text.getvalue()), parquet(table), parquet(table, row_group_size=700)]
    assert len({_canonical(form)[1] for form in forms}) == 1


def test_the_canonical_form_holds_what_was_sent(table, parquet):
    frame = canonical_read(io.BytesIO(_canonical(parquet(table))[1]), table.column_names)
    sent = table.column("p").to_numpy()
    assert np.array_equal(np.isnan(sent), frame.columns["p"].null)
    assert np.array_equal(sent[~np.isnan(sent)], frame.columns["p"].values[~frame.columns["p"].null])
    codes, names = frame.columns["group"].values, frame.columns["group"].categories
    assert [names[code] for code in codes] == table.column("group").to_pylist()


def test_rows_beyond_one_batch_keep_their_order():
    numbers = range(200_000)
    data = b"n,t\n" + b"".join(b"%d,t%d\n" % (n, n % 7) for n in numbers)
    assert _values(data, "n") == list(numbers)
    assert _values(data, "t")[-3:] == [f"t{n % 7}" for n in numbers][-3:]
