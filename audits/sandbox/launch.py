"""The parent's side of every job: one zygote a process, a child a job, patience with limits, and a kill at the end.

Reads and writes wait with a clock of their own: the time a child keeps its parent waiting is counted and bounded, so
neither a slow child nor two full pipes can hold a job.
"""

import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from fcntl import fcntl
from pathlib import Path
from typing import Any, BinaryIO

from audits.sandbox.limits import MIB, Limits
from audits.sandbox.locks.kernel import pidfd_kill
from audits.sandbox.locks.machine import why_not
from core.errors import Unavailable

BOOT = Path(__file__).with_name("boot.py")
# Importing a runtime and warming it takes seconds on a slow machine; whoever needs longer is stuck.
ANSWER_SECONDS = 120.0
GRACE_SECONDS = 1.0  # for a child that has answered in full, or crashed, to show its exit status
BURIAL_SECONDS = 30.0  # after a kill; the zygote may be warming a runtime meanwhile
PIPE = MIB
_F_SETPIPE_SZ = 1031  # linux/fcntl.h; Python names it on Linux only


class CageLost(Exception):
    """The zygote died with the job: nobody's file is to blame, and the job's next attempt gets a new one."""


@dataclass
class _Zygote:
    """A running zygote and the process it belongs to."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    owner: int

    @property
    def usable(self) -> bool:
        """Whether it lives and is our own: a fork never uses what its parent started."""
        return self.owner == os.getpid() and self.process.poll() is None

    def end(self) -> None:
        """Close the line, upon which it ends; kill it if it does not."""
        self.line.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()


class _Held:
    """This process's zygote, started when first needed and again after it died."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.zygote: _Zygote | None = None

    def ask(self, message: bytes, descriptors: Sequence[int]) -> tuple[dict[str, Any], list[int]]:
        """The zygote's answer to one job, with its descriptors. Raises CageLost if it dies over it."""
        with self.lock:
            zygote = self._told(message, descriptors)
            try:
                answer, received, _, _ = socket.recv_fds(zygote.line, 4096, 1)
            except OSError as error:
                self._end()
                raise CageLost(f"the zygote does not answer ({error})") from error
            if not answer:
                self._end()
                raise CageLost("the zygote ended")
            return json.loads(answer), received

    def _told(self, message: bytes, descriptors: Sequence[int]) -> _Zygote:
        """The zygote that took the message; a new one if the last is dead, but not yet seen to be."""
        zygote = self._usable()
        try:
            socket.send_fds(zygote.line, [message], descriptors)
        except OSError:  # it took nothing, so nothing is done twice
            self._end()
            zygote = self._usable()
            socket.send_fds(zygote.line, [message], descriptors)
        return zygote

    def _usable(self) -> _Zygote:
        if self.zygote is None or not self.zygote.usable:
            self._end()
            self.zygote = _started()
        return self.zygote

    def _end(self) -> None:
        if self.zygote is not None:
            self.zygote.end()
            self.zygote = None

    def close(self) -> None:
        """End the zygote; the next job starts another."""
        with self.lock:
            self._end()

    def forget(self) -> None:
        """In a fork: close the copy of the line and have no zygote."""
        self.lock = threading.Lock()
        self._end()


def _started() -> _Zygote:
    if why := why_not():
        raise Unavailable(
            f"Files and models cannot be opened here: {why}.", remedy="Run the worker on another machine."
        )
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(BOOT), str(theirs.fileno()), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            close_fds=True,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    ours.settimeout(ANSWER_SECONDS)
    return _Zygote(process, ours, os.getpid())


held = _Held()
atexit.register(held.close)
os.register_at_fork(after_in_child=held.forget)


class Child:
    """A caged child: questions go in by `send`, answers come out by `read`. Neither waits for ever."""

    def __init__(self, pid: int, descriptors: dict[str, int], limits: Limits) -> None:
        self.pid = pid
        self._pidfd = descriptors["pidfd"]
        self._requests = descriptors["requests"]
        self._answers = descriptors["answers"]
        self._status = descriptors["status"]
        self._left = float(limits.wall_seconds)
        self._step_left = self._left
        self.late = False
        self.killed = False
        self.how: int | None = None  # its wait status, once it ended

    def step(self, seconds: float) -> None:
        """From now on no more than `seconds` of waiting, until the next step."""
        self._step_left = seconds

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, b"" at the end. A child that is late is killed, which ends its answers, too."""
        while not self.late:
            with suppress(BlockingIOError):
                return os.read(self._answers, size)
            self._wait([(self._answers, select.POLLIN)])
        return b""

    def send(self, data: bytes | memoryview) -> bool:
        """Write `data`. False if the child answered, ended or ran late before it had taken all of it."""
        view = memoryview(data)
        while view:
            ready = self._wait([(self._requests, select.POLLOUT), (self._answers, select.POLLIN)])
            if self.late or self._answers in ready:
                return False
            try:
                view = view[os.write(self._requests, view) :]
            except BrokenPipeError:
                return False
        return True

    def end(self) -> int:
        """Its wait status; killed if it does not end by itself in a moment. Raises CageLost if nobody knows it."""
        if self.how is None and not self._ended(GRACE_SECONDS):
            self.kill()
            self._ended(BURIAL_SECONDS)
        if self.how is None:
            raise CageLost("the zygote died with the job")
        return self.how

    def kill(self) -> None:
        """End it now."""
        self.killed = True
        pidfd_kill(self._pidfd)

    @property
    def out_of_time(self) -> bool:
        """Whether it ended for time: ours by the clock, or its own processor time."""
        return self.late or self.ended_by == signal.SIGXCPU

    @property
    def out_of_bounds(self) -> bool:
        """Whether the kernel killed it, not we: for memory, or past the last second of processor time."""
        return self.ended_by == signal.SIGKILL and not self.killed

    @property
    def ended_by(self) -> int:
        """The signal that ended it; 0 if none did, or it still runs."""
        return os.WTERMSIG(self.how) if self.how is not None and os.WIFSIGNALED(self.how) else 0

    def _ended(self, seconds: float) -> bool:
        """Whether its status came, or the end of the pipe: then the zygote is dead and the child with it."""
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        if not poll.poll(1000 * seconds):
            return False
        written = os.read(self._status, 4)
        self.how = struct.unpack("<i", written)[0] if len(written) == 4 else None
        return True

    def _wait(self, watched: list[tuple[int, int]]) -> set[int]:
        """Which of the descriptors are ready. None, if patience ran out: then the child is late, and killed."""
        poll = select.poll()
        for descriptor, events in watched:
            poll.register(descriptor, events)
        patience = min(self._left, self._step_left)
        started = time.monotonic()
        ready = {descriptor for descriptor, _ in poll.poll(max(0.0, 1000 * patience))}
        spent = time.monotonic() - started
        self._left -= spent
        self._step_left -= spent
        if not ready:
            self.late = True
            self.kill()
        return ready


@contextmanager
def child_started(raw: BinaryIO, limits: Limits, *, kind: str, model_format: str = "", **more: Any) -> Iterator[Child]:
    """A child for the length of the block, killed at its end whatever happened.

    It gets the file `raw` from its beginning, to read. Raises Unavailable if its runtime is missing here.
    """
    raw.seek(0)
    job = {"kind": kind, "format": model_format, "limits": asdict(limits), **more}
    with ExitStack() as ours:
        child = _forked(raw, job, limits, ours)
        try:
            yield child
        finally:
            child.kill()
            with suppress(CageLost):
                child.end()


def _forked(raw: BinaryIO, job: dict[str, Any], limits: Limits, ours: ExitStack) -> Child:
    with ExitStack() as theirs:
        # A description of its own: read-only, whatever ours is, and with its own place in the file.
        file = _kept(theirs, os.open(f"/proc/self/fd/{raw.fileno()}", os.O_RDONLY))
        asked, requests = _pipe(theirs, ours)
        answers, answering = _pipe(ours, theirs)
        status, telling = _pipe(ours, theirs)
        answer, received = held.ask(json.dumps(job).encode(), [file, asked, answering, telling])
        for descriptor in received:
            _kept(ours, descriptor)
    if "unavailable" in answer:
        raise Unavailable(
            f"Models of this format cannot be run here: {answer['unavailable']}",
            remedy="Tell the insurer, or send the model in another format.",
        )
    for descriptor in (requests, answers):
        os.set_blocking(descriptor, False)
        with suppress(PermissionError):  # a user has only so many large pipes; small ones do as well
            fcntl(descriptor, _F_SETPIPE_SZ, PIPE)
    ends = {"pidfd": received[0], "requests": requests, "answers": answers, "status": status}
    return Child(answer["pid"], ends, limits)


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    read, write = os.pipe()
    return _kept(reader, read), _kept(writer, write)


def _kept(stack: ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor
