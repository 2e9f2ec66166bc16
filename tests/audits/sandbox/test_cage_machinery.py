"""The zygote and its keeper: deaths, forks, threads, and a parent that stays the same after hundreds of jobs."""

import os
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audits.sandbox.launch import CageLost, child_started, held
from audits.sandbox.limits import Limits
from audits.sandbox.refusals import ResourceLimit
from audits.sandbox.runner import table_open
from core.errors import Unavailable
from tests.audits.caging import ends_soon
from tests.audits.conftest import GOOD

MIB = 2**20


def _rows(data: bytes = GOOD) -> int:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        with table_open(file) as table:
            return sum(len(cells[0].values) for cells in table.batches())


def _zygote() -> Path:
    return Path("/proc") / str(held.zygote.process.pid)


def _kilobytes(process: Path, name: str) -> int:
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def test_a_killed_zygote_fails_the_job_under_way_and_no_other():
    with tempfile.TemporaryFile() as file, child_started(file, Limits(), kind="attack", name="wait for ever") as child:
        child.read(8)
        process = Path("/proc") / str(child.pid)
        os.kill(held.zygote.process.pid, signal.SIGKILL)
        assert child.read(1) == b""
        with pytest.raises(CageLost):
            child.end()
        assert ends_soon(process)
    held.zygote.process.wait()  # its pipes close before its line does
    assert _rows() == 3


def test_a_zygote_whose_death_nobody_has_seen_is_replaced_unnoticed(monkeypatch):
    assert _rows() == 3
    dead = held.zygote
    dead.process.kill()
    dead.process.wait()
    monkeypatch.setattr(type(dead), "usable", property(lambda zygote: zygote is dead or zygote.process.poll() is None))
    assert _rows() == 3
    assert held.zygote is not dead


def test_a_zygote_that_died_in_between_is_replaced_unnoticed():
    assert _rows() == 3
    os.kill(held.zygote.process.pid, signal.SIGKILL)
    held.zygote.process.wait()
    assert _rows() == 3


def test_a_zygote_that_dies_over_a_job_costs_an_attempt(booting):
    booting("hooks['serve'] = lambda *job: os.kill(os.getppid(), 9)")
    with pytest.raises(CageLost):
        _rows()


def test_a_zygote_that_cannot_start_costs_an_attempt(booting):
    booting("raise SystemExit")
    with pytest.raises(CageLost):
        _rows()


def test_a_fork_has_a_zygote_of_its_own():
    assert _rows() == 3
    ours = held.zygote.process.pid
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            told = f"{_rows()} {held.zygote.process.pid != ours}"
            held.close()
            os.write(writing, told.encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reading, 100) == b"3 True"
    os.close(reading)
    os.close(writing)
    assert (_rows(), held.zygote.process.pid) == (3, ours)


def test_many_threads_have_their_files_read_at_once():
    files = [b"a,b\n" + b"1,2\n" * rows for rows in range(1, 33)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(_rows, files)) == list(range(1, 33))


def test_a_zygote_started_by_a_thread_outlives_the_thread():
    held.close()
    thread = threading.Thread(target=_rows)
    thread.start()
    thread.join()
    before = held.zygote.process.pid
    time.sleep(0.2)
    assert (_rows(), held.zygote.process.pid) == (3, before)


def test_two_hundred_jobs_leave_memory_and_descriptors_as_they_were():
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _rows(), range(40)))
        before = _state()
        list(pool.map(lambda _: _rows(), range(200)))
    after = _state()
    assert after[:2] == before[:2]
    assert all(then < now + 8 * 1024 for now, then in zip(before[2:], after[2:], strict=True)), (before, after)


def _state() -> list[int]:
    """Open descriptors and resident kilobytes: ours, and the zygote's."""
    processes = (Path("/proc/self"), _zygote())
    time.sleep(0.3)
    return [len(list((p / "fd").iterdir())) for p in processes] + [_kilobytes(p, "VmRSS") for p in processes]


def test_the_zygotes_threads_are_few_and_its_children_have_one():
    assert _rows() == 3
    names = [(task / "comm").read_text().strip() for task in (_zygote() / "task").iterdir()]
    print("threads of the zygote:", names)
    assert len(names) <= 8


def test_the_zygote_has_an_empty_environment_and_few_descriptors():
    assert _rows() == 3
    assert (_zygote() / "environ").read_bytes() == b""
    time.sleep(0.2)
    assert len(list((_zygote() / "fd").iterdir())) <= 6


def test_a_runtime_that_is_missing_makes_only_its_format_unavailable(booting):
    booting(
        "def warm(name): raise ImportError('libgomp.so.1: cannot open shared object file')\nhooks['warm_format'] = warm"
    )
    with tempfile.TemporaryFile() as file:
        for _ in range(2):
            with (
                pytest.raises(Unavailable, match="libgomp"),
                child_started(file, Limits(), kind="model", model_format="lightgbm-text"),
            ):
                pass
    assert _rows() == 3


def test_four_gibibytes_are_refused_at_two(caged):
    with pytest.raises(ResourceLimit, match="memory"), caged("held = bytearray(4 * 2**30)"):
        pass
    with caged("held = bytearray(2**30)\ndef answers(batch): return np.zeros((batch.rows, 1))"):
        pass
