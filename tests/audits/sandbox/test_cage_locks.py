"""What the kernel itself says of a living child, and the filter's program against an interpreter of our own."""

import errno
import os
import struct
import tempfile
from pathlib import Path

import pytest

from audits.sandbox.cage import model_open
from audits.sandbox.launch import child_started
from audits.sandbox.limits import GIB, Limits
from audits.sandbox.locks import machine
from audits.sandbox.locks.calls import ABSENT, ALLOWED, FATAL, JUDGED, NO_FILES
from audits.sandbox.locks.kernel import ARCHITECTURES
from audits.sandbox.locks.seccomp import filter_of
from audits.sandbox.preflight import preflight
from audits.sandbox.runner import table_open
from core.errors import Unavailable
from tests.audits.caging import NUMBERS

ALLOW, KILL = 0x7FFF0000, 0x80000000
PID = 77


@pytest.fixture
def living():
    """The /proc folder of a child that waits under lock."""
    with (
        tempfile.TemporaryFile() as file,
        child_started(file, Limits(wall_seconds=20), kind="attack", name="wait for ever") as child,
    ):
        assert child.read(8) == b"PLIMATK1"
        yield Path("/proc") / str(child.pid)


def _facts(process: Path) -> dict[str, str]:
    lines = (process / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_the_kernel_says_that_the_locks_are_on(living):
    facts = _facts(living)
    assert (facts["Seccomp"], facts["NoNewPrivs"], facts["Threads"]) == ("2", "1", "1")
    assert int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look")
def test_a_child_of_root_is_nobody_and_has_a_network_of_its_own(living):
    assert set(_facts(living)["Uid"].split()) == {"65534"}
    assert (living / "ns/net").readlink() != Path("/proc/self/ns/net").readlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look")
def test_the_kernel_says_what_the_limits_are(living):
    limits = {line[:25].strip(): line[25:].split()[1] for line in (living / "limits").read_text().splitlines()[1:]}
    mapped = int(limits["Max address space"]) - 2 * GIB
    assert 0 < mapped < 2 * GIB
    assert (limits["Max file size"], limits["Max core file size"], limits["Max open files"]) == ("0", "0", "64")


@pytest.mark.parametrize("processor", ARCHITECTURES)
def test_each_call_gets_the_answer_of_its_table(processor):
    place = list(ARCHITECTURES).index(processor)
    tables = ((ALLOWED, ALLOW), (NO_FILES, 0x50000 | errno.EACCES), (ABSENT, 0x50000 | errno.ENOSYS), (FATAL, KILL))
    for table, wanted in tables:
        for name, numbers in table.items():
            if numbers[place] is not None:
                assert (name, _answer(processor, numbers[place])) == (name, wanted)


@pytest.mark.parametrize("processor", ARCHITECTURES)
@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("mmap", (0, 4096, 3), True),
        ("mmap", (0, 4096, 7), False),
        ("mprotect", (0, 4096, 1), True),
        ("mprotect", (0, 4096, 5), False),
        ("clone", (0x3D0F00,), True),
        ("clone", (17,), False),
        ("clone", (0x3D0F00 | 0x10000000,), False),
        ("clone", (0x4111,), False),
        ("tgkill", (PID, 5, 6), True),
        ("tgkill", (PID + 1, 5, 6), False),
        ("fcntl", (5, 1), True),
        ("fcntl", (5, 8), False),
        ("fcntl", (5, 15), False),
        ("prctl", (15,), True),
        ("prctl", (4, 1), False),
        ("prlimit64", (0, 9, 0), True),
        ("prlimit64", (0, 9, 1 << 40), False),
        ("prlimit64", (1, 9, 0), False),
    ],
)
def test_arguments_decide_where_they_must(processor, name, arguments, allowed):
    number = JUDGED[name][list(ARCHITECTURES).index(processor)]
    assert _answer(processor, number, arguments) == (ALLOW if allowed else 0x50000 | errno.EPERM)


def test_another_table_of_calls_is_fatal_and_an_unknown_call_is_not():
    assert _answer("x86_64", 0x40000000) == _answer("x86_64", 0, architecture=0x40000003) == KILL
    assert _answer("x86_64", 9999) == 0x50000 | errno.EPERM


def test_a_processor_without_a_table_is_refused():
    with pytest.raises(OSError, match="riscv64"):
        filter_of("riscv64", PID)


def _answer(processor: str, number: int, arguments: tuple[int, ...] = (), architecture: int | None = None) -> int:
    """What the program returns: classic BPF, as far as the program uses it."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture or ARCHITECTURES[processor], 0, *words)
    steps, place, held = filter_of(processor, PID), 0, 0
    while True:
        code, yes, no, operand = steps[place]
        place += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            held = struct.unpack_from("<I", data, operand)[0]
        elif code == 0x54:
            held &= operand
        else:
            place += yes if {0x15: held == operand, 0x35: held >= operand, 0x45: held & operand}[code] else no


@pytest.mark.parametrize("name", ["landlock_lock", "seccomp_lock", "limits_apply"])
def test_no_lock_no_parse(name, booting):
    broken = "def broken(*a, **k): raise OSError('not here')\n"
    booting(f"import audits.sandbox.locks.lock as locks\n{broken}locks.{name} = broken\n")
    with tempfile.TemporaryFile() as file:
        file.write(b"a,b\n1,2\n")
        with pytest.raises(Unavailable, match="all three"), table_open(file):
            pass


def test_a_process_with_threads_is_not_locked_by_halves(booting):
    booting(
        "import threading\n"
        "def serve(*job):\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "    child.child_run(*job)\n"
        "hooks['serve'] = serve\n"
    )
    with tempfile.TemporaryFile() as file, pytest.raises(Unavailable, match="all three"), table_open(file):
        pass


def test_no_lock_no_model(booting):
    broken = "def broken(*a, **k): raise OSError('not here')\n"
    hook = "hooks['warm_format'] = lambda name: None\n"
    booting(f"import audits.sandbox.locks.lock as locks\n{broken}locks.seccomp_lock = broken\n{hook}")
    with tempfile.TemporaryFile() as file:
        file.write(b"tree\nversion=v4\n")
        with pytest.raises(Unavailable, match="all three"), model_open(file, interface=NUMBERS):
            pass


def test_the_kernel_would_end_a_child_before_any_other(living):
    assert (living / "oom_score_adj").read_text().strip() == "1000"


def test_a_machine_that_can_says_so():
    assert preflight().startswith("Cage: this machine can")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"machine": lambda: "riscv64"}, "this processor is riscv64"),
        ({"landlock_version": lambda: (_ for _ in ()).throw(OSError())}, "has no Landlock"),
        ({"prctl": lambda *a: (_ for _ in ()).throw(OSError())}, "has no seccomp"),
    ],
)
def test_a_machine_that_cannot_says_why(what, words, monkeypatch):
    for name, stand_in in what.items():
        monkeypatch.setattr(machine, name, stand_in)
    assert words in preflight()
    assert preflight().startswith("Cage: not on this machine")
