"""Every file that cannot be used: read in isolation, refused with field, limit and remedy, and not kept."""

import bz2
import gzip
import io
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.models import DataSet
from audits.sandbox.formats.magic import form_of
from core.jobs.models import Job
from provenance.models import Artifact


def _parquet(table, **options):
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


WHOLE = _parquet(pa.table({"y": list(range(1000)), "x": ["a", "b"] * 500}))
REFUSED = {
    "header only": (b"y,x\n", "file", "no rows"),
    "header without line end": (b"y,x", "file", "no rows"),
    "blank lines": (b"\n\n\n", "file", "empty"),
    "latin-1 cells": ("y,x\n1,caf\xe9\n".encode("latin-1"), "file", "not UTF-8"),
    "latin-1 header": ("y,caf\xe9\n1,2\n".encode("latin-1"), "file", "not UTF-8"),
    "column named twice": (b"y,x,y\n1,2,3\n", "y", "Two columns are named y"),
    "column named twice but for blanks": (b"y, y\n1,2\n", "y", "Two columns"),
    "column without a name": (b"y,,x\n1,2,3\n", "file", "Column 2 has no name"),
    "column name of 300 characters": (b"y," + b"n" * 300 + b"\n1,2\n", "file", "name of column 2"),
    "4,097 columns": (",".join(f"c{i}" for i in range(4097)).encode() + b"\n", "file", "too many columns"),
    "short row": (b"y,x\n1,2\n3\n", "file", "Line 3"),
    "long row": (b"y,x\n1,2,3\n", "file", "Line 2"),
    "infinity": (b"y,p\n1,0.5\n0,-inf\n", "p", "infinite"),
    "number too large to be finite": (b"y,p\n1,1e999\n", "p", "infinite"),
    "NUL byte": (b"y,x\n1,a\0b\n", "file", "NUL"),
    "text of 1,001 characters": (b"y,x\n1," + b"t" * 1001 + b"\n", "x", "too long"),
    "1,000,001 texts": (b"x\n" + b"".join(b"t%d\n" % i for i in range(1_000_001)), "x", "too many different"),
    "line of 2 MB": (b"y,x\n1," + b"t" * 2_000_000 + b"\n", "file", "line is too long"),
    "quote never closed": (b'y,x\n1,"a\n2,b\n3,c\n', "file", "never closed"),
    "gzip cut short": (gzip.compress(b"y,x\n" + b"1,2\n" * 5000)[:-9], "file", "gzip"),
    "gzip with nonsense": (b"\x1f\x8b\x08\x00nonsense", "file", "gzip"),
    "gzip around a pickle": (gzip.compress(b"\x80\x04K\x01."), "file", "not CSV or Parquet"),
    "gzip around gzip": (gzip.compress(gzip.compress(b"y,x\n1,2\n")), "file", "not CSV or Parquet"),
    "Parquet cut short": (WHOLE[:-20], "file", "Parquet file is damaged"),
    "Parquet with a damaged page": (WHOLE[:4] + b"\xff" * 200 + WHOLE[204:], "file", "Parquet file is damaged"),
    "Parquet without rows": (_parquet(pa.table({"y": pa.array([], pa.int64())})), "file", "no rows"),
    "Parquet list column": (_parquet(pa.table({"y": [1], "l": [[1, 2]]})), "l", "nested"),
    "Parquet struct column": (_parquet(pa.table({"s": [{"a": 1}]})), "s", "nested"),
    "Parquet duration column": (_parquet(pa.table({"b": pa.array([1], pa.duration("s"))})), "b", "not supported"),
    "Parquet infinity": (_parquet(pa.table({"p": [0.5, float("inf")]})), "p", "infinite"),
    "Parquet number over int64": (_parquet(pa.table({"n": pa.array([2**63], pa.uint64())})), "n", "outside"),
    "Parquet NUL in a text": (_parquet(pa.table({"t": ["a\0b"]})), "t", "NUL"),
    "Parquet 4,097 columns": (_parquet(pa.table({f"c{i}": [1] for i in range(4097)})), "file", "too many columns"),
}
AT_ONCE = {
    "empty": (b"", 422),
    "pickle": (b"\x80\x04\x8c\x05hello\x94.", 415),
    "old text pickle": (b"cos\nsystem\n(S'true'\ntR.", 415),
    "joblib, zlib": (zlib.compress(b"\x80\x04K\x01." * 50), 415),
    "joblib, bz2": (bz2.compress(b"\x80\x04K\x01."), 415),
    "zip": (b"PK\x03\x04" + b"\0" * 60, 415),
    "numpy": (b"\x93NUMPY\x01\x00" + b"\0" * 60, 415),
    "Arrow file": (b"ARROW1\0\0" + b"\0" * 60, 415),
    "UTF-16": ("y,x\n1,2\n".encode("utf-16"), 422),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_used_is_refused_with_field_limit_and_remedy(case, sent, owner):
    data, field, words = REFUSED[case]
    found = sent(owner, data)
    assert found["state"] == "refused"
    assert found["problem"]["field"] == field
    assert words in found["problem"]["detail"]
    assert found["problem"]["limit"]
    assert found["problem"]["remedy"]


def test_nothing_of_a_refused_file_remains(sent, owner, stored):
    sent(owner, b"y,x\n1\n")
    assert stored() == []
    assert not Artifact.objects.exists()


def test_bytes_that_another_data_set_holds_survive_a_refusal(sent, owner, stored, upload, work_jobs):
    upload(owner, b"y,x\n1\n", name="first")
    upload(owner, b"y,x\n1\n", name="second")
    assert len(stored()) == 1
    work_jobs()
    assert set(DataSet.objects.values_list("state", flat=True)) == {"refused"}
    assert stored() == []


def test_the_job_of_a_refused_file_is_done_and_never_tried_again(sent, owner):
    sent(owner, b"y,x\n1\n")
    assert list(Job.objects.values_list("state", "attempt")) == [("done", 1)]


@pytest.mark.parametrize("case", AT_ONCE)
def test_what_the_first_bytes_show_is_refused_before_anything_is_stored(case, upload, owner, stored):
    data, status = AT_ONCE[case]
    answer = upload(owner, data)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert {"field", "limit", "remedy"} <= set(answer.json())
    assert stored() == []
    assert not DataSet.objects.exists()


def test_a_table_whose_lines_read_as_opcodes_is_a_table():
    rows = b"".join(b"case %d,%d\n" % (place, place % 2) for place in range(200))
    assert form_of(b"id,repaid\n" + rows) == "csv"
    assert form_of(b"cos\nsystem\n(S'true'\ntR.") == "refused"
