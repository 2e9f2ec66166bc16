"""The seccomp filter: an allow-list of system calls as a BPF program, assembled here and checked by the kernel.

A call of another architecture, or by the x32 table, ends the process. Calls on no list answer EPERM.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator

from audits.sandbox.locks.calls import ABSENT, ALLOWED, FATAL, JUDGED, NO_FILES, NO_TERMINAL, Numbers
from audits.sandbox.locks.kernel import ARCHITECTURES, PR_SET_SECCOMP, machine, prctl

_FILTER_MODE = 2
# Results and instructions, from linux/seccomp.h and linux/bpf_common.h.
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_EQUAL, _AT_LEAST, _ANY_BIT = 0x15, 0x35, 0x45
# struct seccomp_data: number, architecture, instruction pointer, six arguments (low word first on both machines).
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000

_PROT_EXEC = 4
_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020000  # mount, cgroup, uts, ipc, user, pid, net
_PR_SET_NAME = 15
_FCNTL = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC; F_SETOWN would send signals

Step = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def seccomp_lock() -> None:
    """Bind the calling thread, and all it starts, for good. Raises OSError if the kernel or processor cannot."""
    steps = filter_of(machine(), os.getpid())
    code = b"".join(struct.pack("<HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(steps), ctypes.addressof(held))
    prctl(PR_SET_SECCOMP, _FILTER_MODE, ctypes.create_string_buffer(program, len(program)))
    _holds_check()


def filter_of(processor: str, pid: int) -> list[Step]:
    """The program for a process `pid`. Raises OSError for a processor whose calls we do not know."""
    if processor not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no table of system calls for {processor}")
    place = list(ARCHITECTURES).index(processor)
    steps = [_load(_ARCHITECTURE), (_EQUAL, 1, 0, ARCHITECTURES[processor]), _result(_KILL)]
    steps += [_load(_NUMBER), (_AT_LEAST, 0, 1, _X32), _result(_KILL)]
    for _, number in _numbers(ALLOWED, place):
        steps += _case(number, [_result(_ALLOW)])
    for name, number in _numbers(JUDGED, place):
        steps += _case(number, _judged(name, pid))
    for table, answer in _REFUSED:
        for _, number in _numbers(table, place):
            steps += _case(number, [_result(answer)])
    return [*steps, _error(errno.EPERM)]


_REFUSED = (
    (NO_FILES, _ERROR | errno.EACCES),
    (NO_TERMINAL, _ERROR | errno.ENOTTY),
    (ABSENT, _ERROR | errno.ENOSYS),
    (FATAL, _KILL),
)


def _judged(name: str, pid: int) -> list[Step]:
    """What decides by arguments: threads but no processes, no executable memory, signals to oneself only."""
    if name in ("mmap", "mprotect"):
        return [_argument(2), (_ANY_BIT, 0, 1, _PROT_EXEC), _error(errno.EPERM), _result(_ALLOW)]
    if name == "clone":
        return [_argument(0), (_AND, 0, 0, _CLONE_THREAD | _CLONE_NEW), *_one_of((_CLONE_THREAD,))]
    if name == "fcntl":
        return [_argument(1), *_one_of(_FCNTL)]
    if name == "tgkill":
        return [_argument(0), *_one_of((pid,))]
    if name == "prctl":
        return [_argument(0), *_one_of((_PR_SET_NAME,))]
    # prlimit64: one's own limits, read and not set.
    words = (_argument(0), _argument(2), _load(_ARGUMENTS + 2 * 8 + 4))
    zeros = [step for word in words for step in (word, (_EQUAL, 1, 0, 0), _error(errno.EPERM))]
    return [*zeros, _result(_ALLOW)]


def _numbers(table: Numbers, place: int) -> Iterator[tuple[str, int]]:
    for name, numbers in table.items():
        number = numbers[place]
        if number is not None:
            yield name, number


def _case(number: int, block: list[Step]) -> list[Step]:
    """`block`, which always returns, for one call; else on to the next."""
    return [(_EQUAL, 0, len(block), number), *block]


def _one_of(values: tuple[int, ...]) -> list[Step]:
    tests: list[Step] = [(_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [*tests, _error(errno.EPERM), _result(_ALLOW)]


def _load(offset: int) -> Step:
    return (_LOAD, 0, 0, offset)


def _argument(place: int) -> Step:
    """The low word: the kernel reads these arguments as 32 bits."""
    return _load(_ARGUMENTS + 8 * place)


def _result(answer: int) -> Step:
    return (_RETURN, 0, 0, answer)


def _error(number: int) -> Step:
    return _result(_ERROR | number)


def _holds_check() -> None:
    """The filter itself answers this with EPERM; without it the kernel would say EINVAL."""
    try:
        prctl(0x7FFFFFFF, 0)
    except PermissionError:
        return
    except OSError:
        pass
    raise OSError("seccomp did not hold")
