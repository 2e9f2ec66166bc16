"""A small installation of its own for one test: own database, own files, real processes that can be killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parents[3]
REDIS = "redis://127.0.0.1:6379/15"
POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"


class Installation:
    """Runs manage.py with the probe's settings; `rows` looks into its database from outside."""

    def __init__(self, folder: Path, **environment: str) -> None:
        plain = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")}
        own = {"PLIMSOLL_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "tests.core.jobs.probe.settings"}
        self.environment = {**plain, **own, "JOB_LEASE_SECONDS": "2", "SECRET_KEY": "probe", **environment}
        self.folder = folder
        self.manage("migrate", "--verbosity=0")

    def manage(self, *words: str) -> None:
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, check=True, timeout=60)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """manage.py in a process group of its own, its output in the folder's log."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", *words],
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def rows(self, sql: str) -> list[Any]:
        url = self.environment.get("DATABASE_URL")
        opened = psycopg.connect(url) if url else sqlite3.connect(self.folder / "plimsoll.sqlite3", timeout=20)
        with closing(opened) as database:
            return list(database.execute(sql).fetchall())


@contextmanager
def running(installation: Installation, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is gone, with its whole group, when the block ends."""
    process = installation.start(*words)
    try:
        yield process
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def wait_for(ready: Callable[[], bool], what: str, seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(0.05)


@contextmanager
def grown(folder: Path) -> Iterator[Installation]:
    """On PostgreSQL, in a database of its own, with Redis as the broker."""
    given = os.environ.get("OWNER_DATABASE_URL") or os.environ.get("DATABASE_URL", "")
    server = given if given.startswith("postgres") else POSTGRES
    name = f"probe_{uuid4().hex[:12]}"
    with _server(server) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield Installation(folder, DATABASE_URL=f"{server.rsplit('/', 1)[0]}/{name}", BROKER_URL=_broker())
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _server(url: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError as away:
        _without("PostgreSQL", away)


def _broker() -> str:
    given = os.environ.get("BROKER_URL", "")
    url = given if given.startswith("redis") else REDIS
    try:
        redis.Redis.from_url(url, socket_connect_timeout=2).ping()
    except redis.ConnectionError as away:
        _without("Redis", away)
    return url


def _without(what: str, why: Exception) -> Any:
    """On a laptop a visible skip; in CI the servers are part of the test."""
    told = f"{what} cannot be reached: {why}"
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)


def states(installation: Installation) -> Counter[str]:
    return Counter(row[0] for row in installation.rows("SELECT state FROM core_job"))


def processes() -> dict[int, list[str]]:
    """Living processes: pid -> the fields of /proc/<pid>/stat from the state on (state, parent, group, ...)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended while we looked
        if fields[0] != "Z":
            found[int(stat.parent.name)] = fields
    return found


def group(leader: int) -> list[int]:
    return [pid for pid, fields in processes().items() if int(fields[2]) == leader]
