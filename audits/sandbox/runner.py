"""The parent's side: starts a child for one file, reads its answer with distrust, and always kills it.

The child gets an empty environment, the file as standard input and a pipe as standard output; nothing else is
inherited. No isolation, no parse: a child that cannot limit itself answers NOT_ISOLATED and the file stays unread.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from audits.sandbox.limits import DEFAULT, Limits
from audits.sandbox.protocol import ProtocolError, Refusal, TableReader
from audits.sandbox.refusals import error_of, gave_up, unreadable

CHILD = Path(__file__).with_name("child.py")


@dataclass
class Child:
    """A running child: its answers on `pipe`; `late` once the wall clock ran out."""

    process: subprocess.Popen[bytes]
    pipe: BinaryIO
    late: threading.Event = field(default_factory=threading.Event)

    def expire(self) -> None:
        """The wall clock ran out."""
        self.late.set()
        self.kill()

    def kill(self) -> None:
        """End the child and whatever it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    @property
    def out_of_time(self) -> bool:
        """Whether it ended for time: ours by the wall clock, or its own processor time."""
        return self.late.is_set() or self.process.returncode == -signal.SIGXCPU


@contextmanager
def table_open(raw: BinaryIO, *, limits: Limits = DEFAULT) -> Iterator[TableReader]:
    """The table in the file `raw`, parsed in a child. Read `.header`, then all of `.batches()`, inside the block.

    Raises InputRefused (or TooLarge, Unsupported) for a file that cannot be used, Unavailable without isolation.
    """
    with child_started(raw, limits) as child:
        try:
            yield TableReader(child.pipe, limits)
        except Refusal as refusal:
            raise error_of(refusal, limits) from None
        except ProtocolError:
            _end(child)
            raise (gave_up(limits) if child.out_of_time else unreadable()) from None


@contextmanager
def child_started(raw: BinaryIO, limits: Limits) -> Iterator[Child]:
    """A child for the length of the block; killed at its end whatever happened."""
    raw.seek(0)
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", str(CHILD), limits.to_json()],
        stdin=raw,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )
    if process.stdout is None:
        raise AssertionError("Popen with PIPE gives a pipe")
    child = Child(process, process.stdout)  # type: ignore[arg-type]
    clock = threading.Timer(limits.wall_seconds, child.expire)
    clock.daemon = True
    clock.start()
    try:
        yield child
    finally:
        clock.cancel()
        _end(child)
        child.pipe.close()


def _end(child: Child) -> None:
    # A child that has answered in full or crashed is given a moment to show its exit status; then it is killed.
    try:
        child.process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        child.kill()
        child.process.wait()
