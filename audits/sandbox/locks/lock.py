"""All locks in the order in which each still allows the next. Nothing untrusted is touched before they are on.

Always: resource limits, Landlock, seccomp. Where to be had: namespaces of its own, another user than the parent's.
"""

import ctypes
import os
import signal
from contextlib import suppress
from enum import IntEnum
from pathlib import Path

from audits.sandbox.limits import Limits, limits_apply
from audits.sandbox.locks.kernel import (
    LIBC,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    prctl,
)
from audits.sandbox.locks.landlock import landlock_lock
from audits.sandbox.locks.seccomp import seccomp_lock

NOBODY = 65534
_NEW_USER = 0x10000000
_NEW_OTHERS = 0x00020000 | 0x04000000 | 0x08000000 | 0x40000000  # mount, uts, ipc, net
_CAPABILITIES_VERSION = 0x20080522
# Counted for the user on the whole machine: small where the user is our own, else only an end to runaway threads.
_TASKS_ALONE, _TASKS_SHARED = 256, 4096


class Lock(IntEnum):
    """The locks that must hold."""

    LIMITS = 1
    LANDLOCK = 2
    SECCOMP = 3
    ONE_THREAD = 4  # another thread would keep what this one gives up


class NotIsolated(Exception):
    """A lock could not be put on: nothing may be parsed."""

    def __init__(self, lock: Lock) -> None:
        super().__init__(lock.name)
        self.lock = lock


def lock(limits: Limits, *, parent: int, namespaces: bool = True) -> None:
    """Lock the calling process, of one thread, for the rest of its life. `parent` is who started it.

    Raises NotIsolated. Without `namespaces` the rest must hold alone, as it does where the kernel gives none.
    """
    if len(os.listdir("/proc/self/task")) != 1:
        raise NotIsolated(Lock.ONE_THREAD)
    mapped = _mapped()
    _first_to_go()
    if namespaces:
        _namespaces_leave()
    _user_leave()
    _die_with(parent)
    tasks = _TASKS_ALONE if os.geteuid() == NOBODY else _TASKS_SHARED
    try:
        limits_apply(limits, mapped=mapped, tasks=tasks)
    except (OSError, ValueError, OverflowError):
        raise NotIsolated(Lock.LIMITS) from None
    for which, put_on in ((Lock.LANDLOCK, _landlock), (Lock.SECCOMP, seccomp_lock)):
        try:
            put_on()
        except OSError:
            raise NotIsolated(which) from None


def _first_to_go() -> None:
    """Should the machine run out of memory, the kernel ends this process before any other."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _namespaces_leave() -> None:
    """Network, IPC, host name and mounts of its own, by way of a user namespace unless root; nothing if refused."""
    LIBC.unshare(_NEW_OTHERS if os.geteuid() == 0 else _NEW_OTHERS | _NEW_USER)


def _user_leave() -> None:
    """From root to nobody, if that may be; every capability away. In a user namespace everybody is nobody already."""
    if os.geteuid() == 0:
        with suppress(OSError):
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    LIBC.capset(header, (ctypes.c_uint32 * 6)())


def _die_with(parent: int) -> None:
    """After the change of user, which would undo it. A parent that is gone already sends no signal any more."""
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _mapped() -> int:
    """Bytes of address space in use: shared with the parent, so not counted against the limit."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _landlock() -> None:
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    landlock_lock()
