"""manage.py up: migrate, then the web server and a worker as children of one process."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import FrameType
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

GRACE_SECONDS = 20.0
BACK_OFF_MOST = 30.0
PR_SET_PDEATHSIG = 1
# Loaded before any fork: the child of a fork may not import.
LIBC = ctypes.CDLL(None)


@dataclass
class Child:
    """One supervised process; it is started again, slower each time it dies soon."""

    name: str
    words: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    deaths: int = 0

    def keep(self, now: float) -> None:
        """Start the process if it is its time, and see whether it still lives."""
        if self.process is not None and self.process.poll() is not None:
            self.deaths = 1 if now - self.started > BACK_OFF_MOST else self.deaths + 1
            pause = min(BACK_OFF_MOST, 2.0 ** (self.deaths - 1))
            _say(self.name, f"ended with {self.process.returncode}; starts again in {pause:.0f} s")
            self.process, self.start_at = None, now + pause
        if self.process is None and now >= self.start_at:
            self._start(now)

    def _start(self, now: float) -> None:
        self.started = now
        self.process = subprocess.Popen(
            self.words,
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        threading.Thread(target=_relay, args=(self.name, self.process.stdout), daemon=True).start()

    def end(self) -> None:
        """Ask the process to finish what it holds and go."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Wait till `until`, then kill what is left of its process group."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _say(self.name, "did not stop in time and is killed; its job is taken up again when its lease ends")
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


class Command(BaseCommand):
    help = "Migrate, then serve the portal and run one worker until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--concurrency", type=int, default=2, help="jobs at the same time (default 2)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ask_to_stop)
        _refuse_taken(options["host"], options["port"])
        call_command("migrate", verbosity=0)
        web = Child("web", _web_words(options["host"], options["port"]))
        worker = Child("worker", _worker_words(options["concurrency"]))
        _supervise([web, worker], stop)


def _supervise(children: list[Child], stop: threading.Event) -> None:
    while not stop.wait(0.2):
        for child in children:
            child.keep(time.monotonic())
    for child in children:
        child.end()
    until = time.monotonic() + GRACE_SECONDS
    for child in children:
        child.wait(until)


def _web_words(host: str, port: int) -> list[str]:
    how = ["--config=python:config.gunicorn", f"--bind={host}:{port}"]
    return [sys.executable, "-m", "gunicorn", *how, "config.wsgi:application"]


def _worker_words(concurrency: int) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", f"--concurrency={concurrency}"]


def _refuse_taken(host: str, port: int) -> None:
    """A port in use is told at once, not by a web server that dies again and again."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise CommandError(f"Cannot listen on {host}:{port} ({taken.strerror}). Choose another --port.") from taken


def _end_with_parent() -> None:
    """Linux: have the kernel stop this child when `up` itself is killed."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _relay(name: str, lines: IO[bytes] | None) -> None:
    for line in lines or ():
        _say(name, line.decode(errors="replace").rstrip())


def _say(name: str, text: str) -> None:
    print(f"{name:<6} | {text}", flush=True)
