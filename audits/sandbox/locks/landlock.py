"""Landlock with every right handled and none given: no file can be opened, no TCP port reached, no process signalled.

Rights by the version (ABI) the kernel offers, from linux/landlock.h: files from 1, TCP from 4, abstract unix sockets
and signals from 6. An older kernel has fewer; what it lacks, seccomp refuses as well.
"""

import ctypes
import errno
import os

from audits.sandbox.locks.kernel import syscall

CREATE_RULESET, RESTRICT_SELF = 444, 446
_VERSION = 1
# How many of the file system's rights each version knows: execute, write, read, ... refer, truncate, ioctl.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_NOW = 16
_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract unix sockets, signals


def landlock_version() -> int:
    """The version this kernel offers. Raises OSError where it has none, or has it switched off."""
    return syscall(CREATE_RULESET, 0, 0, _VERSION)


def landlock_lock() -> None:
    """Bind the calling thread for good. Raises OSError if it cannot, or if a folder can be opened afterwards."""
    version = landlock_version()
    rights = [(1 << _FILE_RIGHTS.get(version, _FILE_RIGHTS_NOW)) - 1]
    rights += [_TCP] if version >= 4 else []
    rights += [_SCOPES] if version >= 6 else []
    rules = (ctypes.c_uint64 * len(rights))(*rights)
    descriptor = syscall(CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    try:
        syscall(RESTRICT_SELF, descriptor, 0)
    finally:
        os.close(descriptor)
    _holds_check()


def _holds_check() -> None:
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except PermissionError as error:
        if error.errno == errno.EACCES:
            return
        raise
    raise OSError("Landlock did not hold")
