"""Sending files and running the jobs they cause."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.jobs.runner import drain
from tests.audits.caging import acting, booting, caged  # noqa: F401 - fixtures

DATA = Path(__file__).parents[2] / "demo" / "data"
GOOD = b"y,yhat,group\n1,1,a\n0,1,b\n0,0,a\n"


@pytest.fixture(autouse=True)
def _csv_limit():
    """The reader's child sets its interpreter's own limit; tests that call it in this one must not keep it."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


@pytest.fixture
def data_file() -> Callable[[str], bytes]:
    """data_file("compas_two_years.csv") is the file of that name below demo/data."""
    return lambda name: next(DATA.rglob(name)).read_bytes()


@pytest.fixture
def upload(api) -> Callable[..., Any]:
    """upload(user, b"...") posts the bytes as a data set and gives the response."""

    def send(holder: Any, data: bytes, media: str = "text/csv", extra: dict[str, Any] | None = None, **query: Any):
        address = "/api/v1/datasets?" + urlencode({"name": "decisions", **query})
        return api(holder).generic("POST", address, data, content_type=media, **(extra or {}))

    return send


@pytest.fixture
def work_jobs(django_capture_on_commit_callbacks) -> Callable[[], None]:
    """Runs every due job in this process, with what it does after its commit."""

    def work() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            drain()

    return work


@pytest.fixture
def sent(upload, work_jobs, api) -> Callable[..., dict[str, Any]]:
    """sent(user, b"...") uploads, has it read, and gives the data set as the API shows it."""

    def send(holder: Any, data: bytes, **query: Any) -> dict[str, Any]:
        answer = upload(holder, data, **query)
        assert answer.status_code == 201, answer.content
        work_jobs()
        return api(holder).get(f"/api/v1/datasets/{answer.json()['id']}").json()

    return send


@pytest.fixture
def stored(settings) -> Callable[[], list[Path]]:
    """stored() lists every file below the store, staged ones too."""
    return lambda: [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]


def parquet_bytes(table: Any, **options: Any) -> bytes:
    """An Arrow table as a Parquet file."""
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


@pytest.fixture
def parquet() -> Callable[..., bytes]:
    return parquet_bytes
