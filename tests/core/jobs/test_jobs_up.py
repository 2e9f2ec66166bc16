"""manage.py up: web server and worker live and end together."""

import os
import signal
import socket
import urllib.request
from pathlib import Path

from tests.core.jobs.installation import Installation, group, processes, running, states, wait_for


def test_up_serves_restarts_what_dies_and_goes_without_a_trace(tmp_path):
    installation = Installation(tmp_path)
    port = free_port()
    with running(installation, "up", f"--port={port}") as up:
        wait_for(lambda: answers(port) and len(children(up.pid)) == 2, "the web server and the worker")
        os.killpg(next(pid for pid in children(up.pid) if " worker " in words_of(pid)), signal.SIGKILL)
        installation.manage("probe_enqueue", "probe.effect", "1")
        wait_for(lambda: states(installation) == {"done": 1}, "the next worker")
        family = [pid for child in children(up.pid) for pid in group(child)]
        up.send_signal(signal.SIGTERM)
        assert up.wait(timeout=30) == 0
    assert len(family) >= 5
    assert not set(family) & set(processes())


def test_up_that_is_killed_takes_its_children_along(tmp_path):
    installation = Installation(tmp_path)
    with running(installation, "up", f"--port={free_port()}") as up:
        wait_for(lambda: [len(group(child)) for child in children(up.pid)] == [3, 3], "web server and worker")
        family = [pid for child in children(up.pid) for pid in group(child)]
        up.kill()
        wait_for(lambda: not set(family) & set(processes()), "the children to go", 20)
        assert not set(family) & set(processes())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as response:
            return response.read() == b"here"
    except OSError:
        return False


def children(parent: int) -> list[int]:
    return sorted(pid for pid, fields in processes().items() if int(fields[1]) == parent)


def words_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
