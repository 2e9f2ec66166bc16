"""Attacks on the cage, run inside it: each tries one way out, and says which refusal it must meet.

An attack that returns got through, and tells what it got. One that meets another refusal than its own is counted as
through as well: it proves nothing. Anybody's new idea for an escape becomes a case here.
"""

import contextlib
import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from audits.sandbox.limits import GIB, Limits
from audits.sandbox.locks.calls import FATAL, JUDGED, NO_TERMINAL, Numbers
from audits.sandbox.locks.kernel import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, machine, prctl, syscall
from audits.sandbox.protocol import text_bytes

MAGIC = b"PLIMATK1"
THROUGH, REFUSED = b"T", b"R"
# Outcomes that the parent sees, not the attack.
OUT_OF_TIME, CUT_OFF = "out of time", "cut off"

_FILE, _ANSWERS = 3, 5
_LIBC_MAP = 0x22  # MAP_PRIVATE | MAP_ANONYMOUS
_NEW_USER = 0x10000000


@dataclass(frozen=True)
class Attack:
    """One way out, and what must stop it: an errno's, signal's or exception's name, or one of the parent's outcomes."""

    name: str
    run: Callable[[], str]
    stopped_by: tuple[str, ...]


ATTACKS: dict[str, Attack] = {}


def serve(job: dict[str, Any], _raw: BinaryIO, _asked: BinaryIO, out: BinaryIO, _limits: Limits) -> None:
    """Try the attack `job["name"]`, one of ATTACKS, and answer how it went."""
    out.flush()
    attack = ATTACKS[job["name"]]
    try:
        out.write(THROUGH + text_bytes(attack.run()[:200]))
    except OSError as error:
        out.write(REFUSED + text_bytes(errno.errorcode.get(error.errno or 0, "an error without number")))
    except Exception as error:
        out.write(REFUSED + text_bytes(type(error).__name__))


def _attack(*stopped_by: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    def register(run: Callable[[], str]) -> Callable[[], str]:
        name = run.__name__.replace("_", " ")
        ATTACKS[name] = Attack(name, run, stopped_by)
        return run

    return register


def _call(table: Numbers, name: str, *arguments: Any) -> int:
    """A system call by its name, on this machine."""
    number = table[name][0 if machine() == "x86_64" else 1]
    if number is None:
        raise OSError(errno.ENOSYS, "no such call on this machine")
    return syscall(number, *arguments)


# Files


@_attack("EACCES")
def read_passwd() -> str:
    with open("/etc/passwd") as file:
        return file.readline()


@_attack("EACCES")
def read_our_own_code() -> str:
    with open(__file__) as file:
        return file.readline()


@_attack("EACCES")
def list_the_root() -> str:
    return str(os.listdir("/"))


@_attack("EACCES")
def ask_whether_a_file_exists() -> str:
    return str(os.stat("/etc/passwd"))


@_attack("EACCES")
def read_its_environment() -> str:
    with open("/proc/self/environ") as file:
        return file.read()


@_attack("EACCES")
def read_the_parents_environment() -> str:
    with open(f"/proc/{os.getppid()}/environ") as file:
        return file.read()


@_attack("EACCES")
def read_the_parents_memory() -> str:
    with open(f"/proc/{os.getppid()}/mem", "rb") as file:
        return file.name


@_attack("EACCES")
def list_processes() -> str:
    return str(os.listdir("/proc"))


@_attack("EACCES")
def write_a_temporary_file() -> str:
    with open("/tmp/plimsoll-escape", "w") as file:  # noqa: S108 - the attack is meant
        return file.name


@_attack("EACCES")
def write_shared_memory() -> str:
    with open("/dev/shm/plimsoll-escape", "w") as file:  # noqa: S108 - the attack is meant
        return file.name


@_attack("EACCES")
def make_a_folder() -> str:
    os.mkdir("/tmp/plimsoll-escape-folder")  # noqa: S108 - the attack is meant
    return "a folder"


@_attack("EACCES")
def change_the_folder() -> str:
    os.chdir("/etc")
    return os.getcwd()


@_attack("EBADF")
def write_the_file_it_reads() -> str:
    os.lseek(_FILE, 0, os.SEEK_SET)
    return f"{os.write(_FILE, b'x')} bytes"


@_attack("EACCES")
def open_the_file_it_reads_for_writing() -> str:
    return str(os.open(f"/proc/self/fd/{_FILE}", os.O_RDWR))


@_attack("EPERM")
def run_a_file_in_memory() -> str:
    descriptor = syscall(319 if machine() == "x86_64" else 279, b"escape", 0)
    os.write(descriptor, b"#!/bin/sh\n")
    os.execve(descriptor, ["escape"], {})  # noqa: S606 - the attack is meant
    return "never"


@_attack("EPERM")
def open_a_file_by_its_handle() -> str:
    number = 304 if machine() == "x86_64" else 265
    return str(syscall(number, _FILE, ctypes.create_string_buffer(128), 0))


@_attack("EPERM")
def share_memory_with_others() -> str:
    number = 29 if machine() == "x86_64" else 194
    return str(syscall(number, 1234, 4096, 0o1666))


# Network


@_attack("SIGSYS")
def connect_by_tcp() -> str:
    socket.socket(socket.AF_INET).connect(("127.0.0.1", 6379))
    return "a connection"


@_attack("SIGSYS")
def listen_on_tcp() -> str:
    return str(socket.create_server(("127.0.0.1", 0)))


@_attack("SIGSYS")
def send_by_udp() -> str:
    return str(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 53)))


@_attack("SIGSYS")
def connect_to_a_unix_socket() -> str:
    socket.socket(socket.AF_UNIX).connect("/run/redis/redis.sock")
    return "a connection"


@_attack("SIGSYS")
def connect_to_an_abstract_socket() -> str:
    socket.socket(socket.AF_UNIX).connect("\0plimsoll")
    return "a connection"


@_attack("SIGSYS")
def make_a_pair_of_sockets() -> str:
    return str(socket.socketpair())


@_attack("SIGSYS")
def ask_the_kernel_by_netlink() -> str:
    return str(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))


# Processes


@_attack("SIGSYS")
def become_a_shell() -> str:
    os.execv("/bin/sh", ["sh"])  # noqa: S606 - the attack is meant
    return "never"


@_attack("EPERM")
def fork() -> str:
    return _forked(os.fork)


@_attack("EPERM", "ENOSYS")
def vfork() -> str:
    return _forked(lambda: _call({"vfork": (58, None)}, "vfork"))


@_attack("EPERM")
def fork_by_clone() -> str:
    return _forked(lambda: _call(JUDGED, "clone", int(signal.SIGCHLD), 0, 0, 0, 0))


@_attack("ENOSYS")
def fork_by_clone3() -> str:
    how = (ctypes.c_uint64 * 11)(0, 0, 0, 0, int(signal.SIGCHLD))
    return _forked(lambda: syscall(435, ctypes.byref(how), ctypes.sizeof(how)))


@_attack("EPERM")
def start_a_program() -> str:
    return str(subprocess.run(["/bin/true"], check=True))


@_attack("SIGSYS")
def signal_the_parent() -> str:
    os.kill(os.getppid(), 0)
    return "a signal"


@_attack("EPERM")
def signal_a_thread_of_the_parent() -> str:
    return str(_call(JUDGED, "tgkill", os.getppid(), os.getppid(), 0))


@_attack("EPERM")
def signal_the_parent_by_a_pipes_owner() -> str:
    return str(_call(JUDGED, "fcntl", _ANSWERS, 8, os.getppid()))


@_attack("SIGSYS")
def trace_the_parent() -> str:
    return str(_call(FATAL, "ptrace", 0x4206, os.getppid(), 0, 0))


@_attack("SIGSYS")
def read_memory_of_the_parent() -> str:
    here = ctypes.create_string_buffer(8)
    there = (ctypes.c_uint64 * 2)(ctypes.addressof(here), 8)
    return str(_call(FATAL, "process_vm_readv", os.getppid(), ctypes.byref(there), 1, ctypes.byref(there), 1, 0))


@_attack("SIGSYS")
def take_a_descriptor_of_the_parent() -> str:
    return str(_call(FATAL, "pidfd_getfd", _call(FATAL, "pidfd_open", os.getppid(), 0), 0, 0))


# The kernel


@_attack("SIGSYS")
def enter_a_new_user_namespace() -> str:
    return str(_call(FATAL, "unshare", _NEW_USER))


@_attack("EPERM")
def clone_into_a_new_user_namespace() -> str:
    return _forked(lambda: _call(JUDGED, "clone", _NEW_USER | int(signal.SIGCHLD), 0, 0, 0, 0))


@_attack("SIGSYS")
def enter_another_namespace() -> str:
    return str(_call(FATAL, "setns", _FILE, 0))


@_attack("SIGSYS")
def set_up_io_uring() -> str:
    return str(_call(FATAL, "io_uring_setup", 1, ctypes.create_string_buffer(120)))


@_attack("SIGSYS")
def load_a_bpf_program() -> str:
    return str(_call(FATAL, "bpf", 0, ctypes.create_string_buffer(120), 120))


@_attack("SIGSYS")
def read_the_keyring() -> str:
    return str(_call(FATAL, "keyctl", 0, -3, 0))


@_attack("SIGSYS")
def open_a_performance_counter() -> str:
    return str(_call(FATAL, "perf_event_open", ctypes.create_string_buffer(120), 0, -1, -1, 0))


@_attack("SIGSYS")
def handle_page_faults() -> str:
    return str(_call(FATAL, "userfaultfd", 1))


@_attack("SIGSYS")
def change_the_root() -> str:
    os.chroot("/tmp")  # noqa: S108 - the attack is meant
    return "another root"


@_attack("SIGSYS")
def mount_a_file_system() -> str:
    return str(_call(FATAL, "mount", b"none", b"/tmp", b"tmpfs", 0, 0))


@_attack("SIGSYS")
def become_root() -> str:
    os.setuid(0)
    return "root"


@_attack("SIGSYS")
def gain_capabilities() -> str:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    return str(_call(FATAL, "capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)(*[2**32 - 1] * 6))))


@_attack("SIGSYS")
def call_by_the_x32_table() -> str:
    return str(syscall(0x40000000 + 39))


@_attack("SIGSYS")
def make_all_memory_executable() -> str:
    return str(_call(FATAL, "personality", 0x0400000))


@_attack("EPERM")
def map_a_page_to_write_and_run() -> str:
    return str(_call(JUDGED, "mmap", 0, mmap.PAGESIZE, 7, _LIBC_MAP, -1, 0))


@_attack("EPERM")
def make_a_page_executable() -> str:
    page = _call(JUDGED, "mmap", 0, mmap.PAGESIZE, 3, _LIBC_MAP, -1, 0)
    return str(_call(JUDGED, "mprotect", page, mmap.PAGESIZE, 5))


@_attack("EPERM")
def run_the_file_it_reads() -> str:
    return str(_call(JUDGED, "mmap", 0, mmap.PAGESIZE, 5, 2, _FILE, 0))


@_attack("EPERM")
def let_itself_be_dumped() -> str:
    return str(prctl(PR_SET_DUMPABLE, 1))


@_attack("EPERM")
def outlive_the_parent() -> str:
    return str(prctl(PR_SET_PDEATHSIG, 0))


@_attack("SIGSYS")
def put_another_filter_on() -> str:
    return str(_call(FATAL, "seccomp", 1, 0, ctypes.create_string_buffer(16)))


@_attack("ENOTTY")
def type_into_the_terminal() -> str:
    return str(_call(NO_TERMINAL, "ioctl", 0, 0x5412, ctypes.create_string_buffer(b"x")))


@_attack("EPERM")
def raise_its_limits() -> str:
    wanted = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    return str(_call(JUDGED, "prlimit64", 0, resource.RLIMIT_AS, ctypes.byref((ctypes.c_uint64 * 2)(*wanted)), 0))


@_attack("EPERM")
def bind_itself_to_a_processor() -> str:
    os.sched_setaffinity(0, {0})
    return "bound"


# Exhaustion


@_attack("MemoryError")
def take_four_gibibytes() -> str:
    return f"{len(bytearray(4 * GIB))} bytes"


@_attack("RuntimeError", "MemoryError")
def start_ten_thousand_threads() -> str:
    end = threading.Event()
    for _ in range(10_000):
        threading.Thread(target=end.wait, daemon=True).start()
    return "10,000 threads"


@_attack("EMFILE")
def open_a_thousand_descriptors() -> str:
    return str([os.dup(_ANSWERS) for _ in range(1000)][-1])


@_attack("SIGXCPU")
def compute_for_ever() -> str:
    while True:
        pass


@_attack("SIGKILL")
def compute_past_the_warning() -> str:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True:
        pass


@_attack(OUT_OF_TIME)
def wait_for_ever() -> str:
    while True:
        time.sleep(60)


@_attack(CUT_OFF)
def answer_for_ever() -> str:
    while True:
        os.write(_ANSWERS, bytes(65536))


@_attack("SIGSEGV")
def read_where_nothing_is() -> str:
    return str(ctypes.string_at(8))


@_attack("SIGABRT")
def abort() -> str:
    os.abort()


# Secrets


@_attack("NothingThere")
def find_a_descriptor_that_was_left_open() -> str:
    left = [descriptor for descriptor in range(_ANSWERS + 1, 4096) if _is_open(descriptor)]
    return f"descriptors {left}" if left else _nothing()


@_attack("NothingThere")
def find_a_setting_in_its_environment() -> str:
    ours = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_DEFAULT_MEMORY_POOL", "ARROW_IO_THREADS", "LC_CTYPE")
    left = [name for name in os.environ if name not in ours]
    return f"names {left}" if left else _nothing()


class NothingThere(Exception):
    """There was nothing to find."""


def _nothing() -> str:
    raise NothingThere


def _is_open(descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        return os.get_inheritable(descriptor) is not None
    return False


def _forked(how: Callable[[], int]) -> str:
    """What both processes tell; the new one ends."""
    pid = how()
    if not pid:
        os._exit(0)
    return f"process {pid}"
