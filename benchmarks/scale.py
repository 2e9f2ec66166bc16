"""P14: the audit of a canonical file out of core, by one process and by two; its bytes, its memory, its pace."""

import atexit
import hashlib
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.canonical import LARGEST_OWN, canonical_frames, canonical_groups, canonical_write
from audits.engine import spec_parse
from audits.engine.counted import run_counted
from audits.engine.counting.tally import Sizes, Tally, tally_merged
from audits.engine.counting.wire import packed, unpacked
from audits.engine.quality import named_columns
from audits.engine.verdicts import Judge
from audits.sandbox.limits import batch_rows
from audits.sandbox.protocol import Cells, Column, Header, Kind, Texts
from audits.suites import suite_load
from benchmarks.measure import Case, Figures
from benchmarks.population import GROUPS, SEED, SPEC, names

EDITION = "PAS-2026.3"
GIB = 1024**3
MISSING = 0.02
DRIFT = {"timestamp": "at", "period": "month", "reference": {"column": "part", "value": "old"}, "features": ["x0"]}
ROUTINE = {**SPEC, "drift": DRIFT}


def cases(rows: int) -> Iterator[Case]:
    """`rows` and ten times as many by one process; the larger file by two beside one."""
    for size in (rows, 10 * rows):
        yield _alone(size)
    yield _shared(10 * rows)


class Rows:
    """Decisions drawn batch by batch, as a canonical file takes them; nothing is held."""

    def __init__(self, rows: int) -> None:
        groups = [(name, Kind.DICTIONARY, _texts(names(name))) for name in GROUPS]
        numbers = [("event", Kind.INT64), ("decided", Kind.INT64), ("score", Kind.FLOAT64), ("x0", Kind.FLOAT64)]
        others = [("at", Kind.TIMESTAMP, None), ("part", Kind.DICTIONARY, _texts(("new", "old")))]
        plain = [(name, kind, None) for name, kind in numbers]
        self.header = Header(tuple(Column(*column) for column in [*groups, *plain, *others]), rows)

    def batches(self) -> Iterator[list[Cells]]:
        rows, size = self.header.rows, batch_rows(len(self.header.columns))
        for number, first in enumerate(range(0, rows, size)):
            yield self._batch(np.random.default_rng([SEED, number]), first, min(size, rows - first))

    def _batch(self, rng: np.random.Generator, first: int, n: int) -> list[Cells]:
        groups = [rng.integers(0, size, n).astype(np.int32) for size in GROUPS.values()]
        score = np.clip(rng.beta(2, 2, n) + 0.02 * groups[0] - 0.05, 1e-9, 1 - 1e-9)
        event, decided = (rng.random(n) < score).astype(np.int64), (score >= 0.5).astype(np.int64)
        two_years = 730 * 24 * 3600 * 10**6
        since = np.datetime64("2024-01-01", "us").astype(np.int64)
        at = since + ((first + np.arange(n)) / self.header.rows * two_years).astype(np.int64)
        part = np.full(n, int(2 * first < self.header.rows), np.int32)
        every, some = np.ones(n, dtype=bool), rng.random(n) > MISSING
        columns: list[NDArray[Any]] = [*groups, event, decided, score, rng.normal(size=n), at, part]
        present = [some, every, every, some, every, every, some, every, every]
        return [
            Cells(np.where(here, values, np.zeros(1, values.dtype)), here)
            for values, here in zip(columns, present, strict=True)
        ]


def _texts(values: tuple[str, ...]) -> Texts:
    data = [value.encode() for value in sorted(values)]
    return Texts(np.cumsum([0, *map(len, data)]).astype(np.int32), b"".join(data))


@cache
def _written(rows: int) -> Path:
    """A canonical file of so many rows, removed when the benchmark ends."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    path = folder / "rows.parquet"
    with path.open("wb") as file:
        canonical_write(Rows(rows), file, largest=LARGEST_OWN)
    return path


@cache
def _judge() -> Judge:
    return Judge(suite_load(EDITION), spec_parse(ROUTINE), SEED)


def tallied(path: Path, share: int, shares: int) -> tuple[bytes, int]:
    """The tally of one of `shares` equal shares of a file's row groups, and the most memory this process ever held."""
    counted = _judge().suite.counted
    if counted is None:
        raise AssertionError("this edition counts rows")
    tally = Tally(_judge(), Sizes(counted.ladder_cells))
    with path.open("rb") as file:
        groups = len(canonical_groups(file))
        own = range(groups * share // shares, groups * (share + 1) // shares)
        for frame in canonical_frames(file, named_columns(_judge()), own):
            tally.add(frame)
    return packed(tally.state()), _peak()


def _peak() -> int:
    """Bytes resident at most."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


@cache
def _pool() -> ProcessPoolExecutor:
    pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    atexit.register(pool.shutdown)
    return pool


def audited(path: Path, shares: int) -> tuple[bytes, int]:
    """The result of a file counted by `shares` processes, and the most memory that one of them held."""
    found = list(_pool().map(tallied, [path] * shares, range(shares), [shares] * shares))
    parts = [Tally.of(unpacked(data), _judge()) for data, _ in found]
    return run_counted(tally_merged(parts), dataset_digest="benchmark").to_bytes(), max(peak for _, peak in found)


def _figures(rows: int, shares: int) -> Figures:
    """The digest of the result, byte by byte, and whether memory kept to 1 GiB. The file is written at the first run,
    which the median of three leaves out."""
    data, peak = audited(_written(rows), shares)
    return np.array([*hashlib.sha256(data).digest(), float(peak <= GIB)])


def _alone(rows: int) -> Case:
    def check() -> Figures:
        """The same bytes from three shares, merged."""
        return _figures(rows, 3)

    item = f"P14 audit out of core within 1 GiB, {rows:,} rows, 1 process"
    return Case(
        item, lambda: _figures(rows, 1), "the bytes of 3 shares", check=check, tolerance=0, count=rows, unit="rows"
    )


def _shared(rows: int) -> Case:
    item = f"P14 audit out of core within 1 GiB, {rows:,} rows, 2 processes beside 1"
    return Case(
        item,
        lambda: _figures(rows, 2),
        "the bytes of 1",
        lambda: _figures(rows, 1),
        tolerance=0,
        count=rows,
        unit="rows",
    )
