"""The zygote: one clean process a using process, with every reader imported, that forks a child for each job.

A job is one SEQPACKET message: JSON {"kind", "format", "limits", ...} and four descriptors (file, requests, answers,
status). The answer is JSON {"pid"} with the child's pidfd, or {"unavailable": why}. When the child ends, its wait
status goes into the status pipe as i32. It never reads the file, and knows no secret: it was exec'd with nothing.

It ends when its parent does: by the socket's end, or by the parent's pidfd should a fork have kept the socket open.
"""

import gc
import json
import os
import select
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from audits.sandbox.child import child_run
from audits.sandbox.golden import tables_warm
from audits.sandbox.locks.kernel import pidfd_open
from audits.sandbox.models.load import warm

Serve = Callable[[dict[str, Any], Sequence[int], int], NoReturn]
LONGEST_MESSAGE = 16 * 1024
DESCRIPTORS = 4


class Zygote:
    """Its state: the line to the parent, the living children, and which model formats are warm."""

    def __init__(
        self, descriptor: int, parent: int, *, serve: Serve = child_run, warm_format: Callable[[Any], object] = warm
    ) -> None:
        self._line = socket.socket(fileno=descriptor)
        self._serve = serve
        self._warm_format = warm_format
        self._children: dict[int, tuple[int, int]] = {}  # pidfd: pid, status pipe
        self._unavailable: dict[str, str] = {}  # format: why, or "" if it is warm
        self._poll = select.poll()
        self._parent = _pidfd_of(parent)
        for watched in (descriptor, self._parent):
            self._poll.register(watched, select.POLLIN)

    def run(self) -> None:
        """Serve until the parent is gone."""
        tables_warm()
        _settle()
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor in self._children:
                    self._bury(descriptor)
                elif descriptor == self._parent or not self._take():
                    os._exit(0)

    def _take(self) -> bool:
        """One job; False at the end of the socket."""
        message, descriptors, _, _ = socket.recv_fds(self._line, LONGEST_MESSAGE, DESCRIPTORS)
        if not message:
            return False
        job = json.loads(message)
        why = self._why_not(job["format"])
        if why:
            socket.send_fds(self._line, [json.dumps({"unavailable": why}).encode()], [])
        else:
            self._start(job, descriptors)
        for descriptor in descriptors[: None if why else -1]:
            os.close(descriptor)
        return True

    def _start(self, job: dict[str, Any], descriptors: Sequence[int]) -> None:
        zygote = os.getpid()
        pid = os.fork()
        if not pid:
            self._serve(job, descriptors[:-1], zygote)
        pidfd = pidfd_open(pid)
        self._children[pidfd] = (pid, descriptors[-1])
        self._poll.register(pidfd, select.POLLIN)
        socket.send_fds(self._line, [json.dumps({"pid": pid}).encode()], [pidfd])

    def _bury(self, pidfd: int) -> None:
        pid, status = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        _, how = os.waitpid(pid, 0)
        with suppress(BrokenPipeError):
            os.write(status, struct.pack("<i", how))
        os.close(status)
        os.close(pidfd)

    def _why_not(self, model_format: str) -> str:
        """Why this format cannot be served here, or "". The first job of a format loads its runtime: under lock no
        import works."""
        if model_format and model_format not in self._unavailable:
            self._unavailable[model_format] = self._warmed(model_format)
            _settle()
        return self._unavailable.get(model_format, "")

    def _warmed(self, model_format: str) -> str:
        try:
            self._warm_format(model_format)
        except Exception as error:
            return f"{type(error).__name__}: {error}"[:500] or "unknown"
        return ""


def _pidfd_of(parent: int) -> int:
    """A descriptor that tells when the parent ends; a parent that ended before that is found by its absence."""
    pidfd = pidfd_open(parent)
    if os.getppid() != parent:
        os._exit(0)
    return pidfd


def _settle() -> None:
    """What is in memory now stays; uncounted by the collector it also stays shared with the children."""
    gc.collect()
    gc.freeze()
