"""What the using process knows does not reach the cage: neither by environment, nor by descriptors, nor in memory."""

import tempfile

import pytest

from audits.sandbox.launch import child_started, held
from audits.sandbox.limits import Limits

CANARIES = [
    b"canary-4f1c-environment",
    b"postgres://canary-9a2e:word@db/plimsoll",
    b"canary-77d0-file",
    b"canary-e5-memory",
]
MASK = bytes(byte ^ 0x55 for byte in range(256))
# The child, before it locks itself, reads every page and descriptor it can. It knows the canaries only under a mask,
# and looks at everything through that mask, so that it never makes what it seeks.
SCAN = """
mask, masked = bytes(byte ^ 0x55 for byte in range(256)), {masked!r}
{planted}
found, scanned = set(), 0
def look(data):
    seen = data.translate(mask)
    found.update(place for place, word in enumerate(masked) if word in seen)
    return len(data)
maps = [line.split()[:2] for line in open("/proc/self/maps") if "[v" not in line]
memory = os.open("/proc/self/mem", os.O_RDONLY)
for place, rights in maps:
    start, end = (int(part, 16) for part in place.split("-"))
    for at in range(start, end if rights[0] == "r" else start, 1 << 20):
        try:
            scanned += look(os.pread(memory, min((1 << 20) + 64, end - at), at))
        except OSError:
            pass
for descriptor in range(3, 4096):
    try:
        look(os.pread(descriptor, 1000, 0))
    except OSError:
        pass
look(open("/proc/self/environ", "rb").read() + open("/proc/self/cmdline", "rb").read())
os.write(answers, repr((sorted(found), scanned > 30 * 2**20)).encode())
"""


@pytest.fixture
def secrets(monkeypatch, tmp_path):
    """The canaries in our environment, in an open file and in our memory, before the zygote starts."""
    monkeypatch.setenv("SECRET_KEY", CANARIES[0].decode())
    monkeypatch.setenv("DATABASE_URL", CANARIES[1].decode())
    with (tmp_path / "open").open("w+b") as file:
        file.write(CANARIES[2])
        file.flush()
        yield [bytes(bytearray(CANARIES[3])) for _ in range(1000)]


def _scanned() -> str:
    with tempfile.TemporaryFile() as file, child_started(file, Limits(), kind="table") as child:
        parts = []
        while part := child.read(1000):
            parts.append(part)
        return b"".join(parts).decode()


def test_a_child_finds_no_secret_in_all_its_memory(secrets, acting):
    acting(SCAN.format(masked=[word.translate(MASK) for word in CANARIES], planted=""))
    assert _scanned() == "([], True)"
    assert held.zygote is not None


def test_the_scan_would_find_them(acting):
    planted = "planted = [word.translate(mask) for word in masked]"
    acting(SCAN.format(masked=[word.translate(MASK) for word in CANARIES], planted=planted))
    assert _scanned() == "([0, 1, 2, 3], True)"
