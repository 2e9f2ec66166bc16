"""manage.py up: migrate, then the web server and a worker as children of one process."""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

GRACE_SECONDS = 20.0
BACK_OFF_MOST = 30.0


@dataclass
class Child:
    """One supervised process; it is started again, slower each time it dies soon."""

    words: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    start_at: float = field(default=0.0)

    def keep(self, now: float) -> None:
        if self.process is not None and self.process.poll() is not None:
            self.deaths = 1 if now - self.started > BACK_OFF_MOST else self.deaths + 1
            self.start_at = now + min(BACK_OFF_MOST, 2.0**self.deaths)
            self.process = None
        if self.process is None and now >= self.start_at:
            self.process = subprocess.Popen(self.words)
            self.started = now

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()


class Command(BaseCommand):
    help = "Migrate, then serve the portal and run one worker until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        self._stopped = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        children = [Child(_web(options["host"], options["port"])), Child([sys.executable, "manage.py", "worker"])]
        while not self._stopped:
            for child in children:
                child.keep(time.monotonic())
            time.sleep(0.2)
        for child in children:
            child.end()
        until = time.monotonic() + GRACE_SECONDS
        for child in children:
            child.wait(until)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped = True


def _web(host: str, port: int) -> list[str]:
    words = [sys.executable, "-m", "gunicorn", "config.wsgi:application", f"--bind={host}:{port}"]
    return [*words, "--workers=2", "--threads=4", "--worker-class=gthread", "--timeout=120", "--log-level=warning"]
