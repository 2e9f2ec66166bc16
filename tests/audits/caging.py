"""Zygotes of the tests' own: children that misbehave, models that nobody made, locks without namespaces."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import indent

import pytest

from audits.sandbox import launch

ROOT = Path(__file__).parents[2]

_BOOT = """
import os, sys
sys.path.insert(0, {root!r})
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import audits.sandbox.child as child
from audits.sandbox.zygote import Zygote
hooks = {{}}
{code}
Zygote(int(sys.argv[1]), int(sys.argv[2]), **hooks).run()
"""

# The child as it is, except that `act(job, file, requests, answers)` stands for locking and serving.
_INSTEAD = """
def serve(job, descriptors, zygote):
    try:
        act(job, *child._only(descriptors))
    finally:
        os._exit(0)
hooks["serve"] = serve
"""


def boot_written(folder: Path, code: str) -> Path:
    """A boot program that runs `code` before the zygote serves; it may fill `hooks`."""
    program = folder / "boot.py"
    program.write_text(_BOOT.format(root=str(ROOT), code=code))
    return program


@pytest.fixture
def booting(monkeypatch, tmp_path) -> Iterator[Callable[[str], None]]:
    """booting("...") has this test's zygotes run that code first; it may fill `hooks`, the Zygote's arguments."""

    def boot(code: str) -> None:
        launch.held.close()
        monkeypatch.setattr(launch, "BOOT", boot_written(tmp_path, code))

    yield boot
    launch.held.close()


@pytest.fixture
def acting(booting) -> Callable[[str], None]:
    """acting("...") has every child of this test run that code as the body of act(job, file, requests, answers)."""

    def act(body: str) -> None:
        booting(f"def act(job, file, requests, answers):\n{indent(body, '    ')}\n{_INSTEAD}")

    return act
