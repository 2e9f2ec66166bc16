"""Senders who do not finish: each holds a place of its own for a while, and nobody else waits for them."""

import io
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from threading import Thread

import httpx
import pytest

from audits.slots import upload_slot
from config.web import Paced
from core.errors import Busy
from tests.audits.conftest import GOOD
from tests.core.jobs.installation import ROOT, Installation, running, wait_for
from tests.core.jobs.test_jobs_up import free_port

HALF = 12
CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A real web server that waits 6 s for 64 KiB: its address, and the head of an upload of its administrator."""
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings", "PACE_SECONDS": "6", "LOG_LEVEL": "ERROR"}
    installation = Installation(tmp_path_factory.mktemp("pace"), **settings)
    words = [sys.executable, "manage.py", "bootstrap", "--email", "a@b.example"]
    told = subprocess.run(words, cwd=ROOT, env=installation.environment, capture_output=True, text=True, check=True)
    port = free_port()
    with running(installation, "up", f"--port={port}"):
        wait_for(lambda: _up(port), "the web server")
        yield port, _head(port, told.stdout.rsplit("password: ", 1)[1].strip())


def _up(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _head(port, password):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1") as client:
        key = client.post("/tokens", json={"email": "a@b.example", "password": password}).json()["key"]
        client.headers["Authorization"] = f"Api-Key {key}"
        made = client.post("/organisations", json={"name": "Acme", "country": "US"}).json()["id"]
    route = f"/api/v1/datasets?name=x&organisation={made}"
    return f"POST {route} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Api-Key {key}\r\nContent-Type: text/csv"


def _half_sent(port, head):
    opened = socket.create_connection(("127.0.0.1", port), timeout=20)
    opened.sendall(f"{head}\r\nContent-Length: 5000\r\n\r\ny,x\n".encode())
    return opened


def test_half_sent_uploads_stop_nobody_and_end_in_a_refusal(served):
    port, head = served
    with ExitStack() as stack:
        held = [stack.enter_context(closing(_half_sent(port, head))) for _ in range(HALF)]
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=3).json() == {"status": "up"}
        answers = [opened.recv(4096).decode() for opened in held]
    # Four places a caller. On a slow machine a place may be given up and taken again before the last is read.
    refused = [answer for answer in answers if answer[9:12] == "429"]
    given_up = [answer for answer in answers if answer[9:12] == "408"]
    assert len(refused) + len(given_up) == HALF
    assert refused
    assert len(given_up) >= 4
    assert all("Retry-After: 30" in answer for answer in refused)


def test_half_a_head_and_half_a_body_of_strangers_stop_nobody(served):
    port, _ = served
    head = "POST /api/v1/tokens HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9"
    login = f"{head}\r\n\r\n{{".encode()
    with ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(20)]
        for number, opened in enumerate(held):
            opened.sendall(login if number % 2 else login[:20])
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=3).status_code == 200
        answers = {opened.recv(4096)[9:12] for opened in held}
    assert answers == {b"408", b""}


def test_a_sender_below_the_pace_is_given_up_however_busily_it_drips():
    ours, theirs = socket.socketpair()

    def drip():
        with suppress(OSError):
            for _ in range(200):
                theirs.send(b"x")
                time.sleep(0.02)

    with ours, theirs:
        Thread(target=drip, daemon=True).start()
        paced, began = Paced(ours, seconds=0.2), time.monotonic()
        with pytest.raises(TimeoutError):
            list(iter(lambda: paced.recv(1024), b""))
        assert 0.15 < time.monotonic() - began < 2


def test_a_sender_that_keeps_the_pace_may_take_longer_than_one_window():
    ours, theirs = socket.socketpair()

    def send():
        for _ in range(6):
            theirs.sendall(b"x" * 64 * 1024)
            time.sleep(0.1)
        theirs.close()

    with ours:
        Thread(target=send, daemon=True).start()
        paced, read = Paced(ours, seconds=0.3), 0
        while data := paced.recv(8192):
            read += len(data)
    assert read == 6 * 64 * 1024


class Late(io.BytesIO):
    """A body whose sender fell behind."""

    def read(self, size: int | None = -1) -> bytes:
        raise TimeoutError("slower than the pace")


def test_a_slow_upload_is_told_so_and_nothing_is_kept(upload, owner, stored):
    answer = upload(owner, b"", extra=CHUNKED | {"wsgi.input": Late()})
    assert (answer.status_code, stored()) == (408, [])
    assert {"field", "limit", "remedy"} <= set(answer.json())


def test_a_small_body_that_comes_too_slowly_is_refused_without_a_traceback(api, owner, caplog):
    extra = {"CONTENT_LENGTH": "9", "wsgi.input": Late()}
    answer = api(owner).generic("POST", "/api/v1/models", b"", content_type="application/json", **extra)
    assert answer.status_code == 408, answer.content
    assert "unexpected" not in caplog.text


def test_one_caller_and_all_callers_have_so_many_places(settings, tmp_path):
    settings.VAR_DIR, settings.UPLOADS_PER_CALLER, settings.UPLOADS_AT_ONCE = tmp_path, 2, 3
    with ExitStack() as stack:
        for caller in ("a", "a", "b"):
            stack.enter_context(upload_slot(caller))
        with pytest.raises(Busy, match="of yours"):
            stack.enter_context(upload_slot("a"))
        with pytest.raises(Busy, match="here"):
            stack.enter_context(upload_slot("c"))
    with upload_slot("a"), upload_slot("a"):
        assert len(list((tmp_path / "uploading").iterdir())) <= 2 + 1 + 1 + 3


def test_an_upload_gives_its_place_back(upload, owner, settings, tmp_path):
    settings.VAR_DIR, settings.UPLOADS_PER_CALLER = tmp_path, 1
    assert [upload(owner, GOOD, name=name).status_code for name in "abc"] == [201, 201, 201]
