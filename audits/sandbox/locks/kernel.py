"""The kernel's calls that Python has no door to, for the two architectures the cage knows."""

import contextlib
import ctypes
import os
import signal
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long

# os.uname().machine -> the architecture as seccomp's filters see it (linux/audit.h).
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_PIDFD_SEND_SIGNAL, _PIDFD_OPEN, _CLOSE_RANGE = 424, 434, 436  # the same on both
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38


def machine() -> str:
    """The processor's name, as in ARCHITECTURES."""
    return os.uname().machine


def syscall(number: int, *arguments: Any) -> int:
    """The kernel's answer. Raises OSError for an error. Integers are passed as longs, pointers as they are."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return _checked(int(LIBC.syscall(ctypes.c_long(number), *words)))


def pidfd_open(pid: int) -> int:
    """A descriptor of a process. By number, like the next two: some builds of Python leave such calls out."""
    return syscall(_PIDFD_OPEN, pid, 0)


def pidfd_kill(pidfd: int) -> None:
    """SIGKILL to the process of a descriptor; nothing if it has ended."""
    with contextlib.suppress(ProcessLookupError):
        syscall(_PIDFD_SEND_SIGNAL, pidfd, int(signal.SIGKILL), None, 0)


def close_from(descriptor: int) -> None:
    """Close this descriptor and all after it."""
    syscall(_CLOSE_RANGE, descriptor, 2**32 - 1, 0)


def prctl(option: int, value: int, pointer: Any = 0) -> int:
    """One prctl. Raises OSError for an error."""
    last = pointer if pointer else ctypes.c_ulong(0)
    return _checked(int(LIBC.prctl(option, ctypes.c_ulong(value), last, ctypes.c_ulong(0), ctypes.c_ulong(0))))


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
