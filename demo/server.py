"""Starts the installation the demo talks to: a free port, its own folder under var/, the first administrator."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "demo"
ADMIN = "admin@insurer.example"


class Server:
    """The portal and its worker as one child process."""

    def __init__(self) -> None:
        _fresh(FOLDER)
        self.port = _free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.password = ""
        self._environment = {**os.environ, "PLIMSOLL_VAR": str(FOLDER)}
        self._log = (FOLDER / "server.log").open("w")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Create the tables, the first administrator, and serve."""
        self._manage("migrate", "--verbosity", "0")
        printed = self._manage("bootstrap", "--email", ADMIN)
        self.password = printed.rsplit("password: ", 1)[1].strip()
        command = [sys.executable, "manage.py", "up", "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log, start_new_session=True
        )
        self._wait_until_ready()

    def stop(self) -> None:
        """End the whole process group."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Serve until interrupted."""
        return self._process.wait() if self._process else 1

    def _manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"manage.py {words[0]} failed:\n{done.stderr}{done.stdout}")
        return done.stdout

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self._process and self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.base}/readyz", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise SystemExit(f"The server did not start; see {FOLDER / 'server.log'}")


def _fresh(folder: Path) -> None:
    """An empty folder in place of the last demo's."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise SystemExit(f"{folder} is in use: end the demo that is still serving, then try again.") from None


def new_password() -> str:
    """A password for one of the demo's people."""
    return secrets.token_urlsafe(12)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
