"""Files made to exhaust the reader: refused within their limits, the parent's memory flat, the next file read."""

import gzip
import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.canonical import canonical_write
from audits.sandbox.limits import Limits, limits_apply
from audits.sandbox.runner import table_open
from core.errors import InputRefused, TooLarge, Unavailable
from tests.audits.caging import ROOT, ends_soon
from tests.audits.conftest import GOOD

MIB = 2**20


def _bomb_gzip() -> bytes:
    return gzip.compress(b"y,x\n" + b"1,2\n" * 20_000_000)


def _bomb_million_columns() -> bytes:
    return ",".join(f"c{i}" for i in range(10**6)).encode() + b"\n" + b"1," * 999_999 + b"1\n"


def _bomb_line() -> bytes:
    """A gigabyte in one line, packed to a megabyte."""
    packer = gzip.compress(b"x" * 2**26, compresslevel=6)
    return gzip.compress(b"y,x\n1,") + packer * 16


def _bomb_parquet_dictionary() -> bytes:
    """Five million rows that all point at one text of a megabyte: a small file, five terabytes of text."""
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(5_000_000, np.int32)), pa.array(["x" * MIB]))
    return _parquet(pa.table({"t": texts}))


def _bomb_parquet_rows() -> bytes:
    return _parquet(pa.table({"n": pa.array(np.zeros(5_000_001, np.int8))}))


def _bomb_cells() -> bytes:
    """Few bytes, too many cells."""
    column = pa.array(np.zeros(2_000_000, np.int8))
    return _parquet(pa.table({f"c{i}": column for i in range(101)}))


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


BOMBS = {
    "gzip": (_bomb_gzip, "implausibly much"),
    "million columns": (_bomb_million_columns, "too many columns"),
    "line of a gigabyte": (_bomb_line, "line is too long"),
    "Parquet, one long text": (_bomb_parquet_dictionary, "text that is too long"),
    "Parquet, rows": (_bomb_parquet_rows, "too many rows"),
    "Parquet, cells": (_bomb_cells, "too many cells"),
}


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _read(data: bytes, **limits: int) -> int:
    with tempfile.TemporaryFile() as raw:
        raw.write(data)
        raw.flush()
        with table_open(raw, limits=Limits(**limits)) as table:
            canonical_write(table, io.BytesIO())
            return table.header.rows


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_time_and_the_parent_stays_small(name):
    make, words = BOMBS[name]
    data = make()
    before, started = _resident(), time.monotonic()
    with pytest.raises(InputRefused, match=words) as caught:
        _read(data)
    assert caught.value.limit
    assert _resident() - before < 64 * MIB
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("name", ["gzip", "million columns", "Parquet, one long text"])
def test_after_a_bomb_the_next_file_is_read(name, sent, owner):
    assert sent(owner, BOMBS[name][0]())["state"] == "refused"
    assert sent(owner, GOOD)["state"] == "ready"


def test_memory_over_the_limit_is_a_refusal():
    with pytest.raises(TooLarge, match="memory"):
        _read(_parquet(pa.table({"t": [f"{i}" + "x" * MIB for i in range(200)]})), address_space=500 * MIB)


def test_processor_time_over_the_limit_is_a_refusal():
    rows = b"a,b,c,d,e,f\n" + b"0.123456,0.654321,0.25,0.75,0.5,text\n" * 3_000_000
    with pytest.raises(TooLarge, match="takes too long"):
        _read(rows, cpu_seconds=1)


def test_the_wall_clock_ends_a_child_that_waits(acting):
    acting("import time; time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(TooLarge, match="takes too long"):
        _read(GOOD, wall_seconds=1)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "program",
    [
        "os.abort()",
        "os.write(answers, b'x' * 10**7)",
        "os.write(answers, b'PLIMTBL1T' + b'\\xff' * 10**6)",
        "pass",
    ],
)
def test_a_child_that_crashes_or_lies_is_a_refusal(program, acting):
    acting(program)
    with pytest.raises(InputRefused, match="made its reader fail"):
        _read(GOOD)


def test_without_resource_limits_nothing_is_parsed():
    with pytest.raises(Unavailable, match="does not hold resource limits"):
        _read(GOOD, address_space=2**70)


def test_a_limit_that_does_not_hold_is_an_error(monkeypatch):
    monkeypatch.setattr(resource, "setrlimit", lambda kind, value: None)
    with pytest.raises(OSError, match="did not hold"):
        limits_apply(Limits())


def test_the_child_gets_no_environment_and_no_descriptor(monkeypatch, tmp_path, acting):
    monkeypatch.setenv("PLIMSOLL_CANARY", "secret")
    seen = tmp_path / "seen"
    acting(
        "given = open('/proc/self/environ').read()\n"
        f"with open({str(seen)!r}, 'w') as out:\n"
        "    own = (0, 1, 2, file, requests, answers, out.fileno())\n"
        "    fds = [f for f in os.listdir('/proc/self/fd') if int(f) not in own]\n"
        "    held = [f for f in fds if os.path.exists('/proc/self/fd/' + f)]\n"
        "    print([given], len(held), file=out)\n"
    )
    with (tmp_path / "open").open("w"), pytest.raises(InputRefused):
        _read(GOOD)
    assert seen.read_text().split() == ["['']", "0"]


def test_neither_zygote_nor_child_outlives_a_parent_that_was_killed():
    start = (
        "import os, tempfile, time\n"
        "from audits.sandbox.launch import child_started, held\n"
        "from audits.sandbox.limits import Limits\n"
        "job = {'kind': 'attack', 'name': 'wait for ever'}\n"
        "with tempfile.TemporaryFile() as file, child_started(file, Limits(), **job) as child:\n"
        "    print(child.pid, held.zygote.process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", start], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        processes = [Path("/proc") / pid for pid in parent.stdout.readline().decode().split()]
        time.sleep(1)
        alive = [process.exists() for process in processes]
        parent.kill()
    assert (alive, all(ends_soon(process) for process in processes)) == ([True, True], True)
