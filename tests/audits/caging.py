"""Zygotes of the tests' own: children that misbehave, models that nobody made, locks without namespaces."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import indent

import pytest

from audits.interface import Input, Interface, Output
from audits.sandbox import cage, launch
from audits.sandbox.cage import CagedModel
from audits.sandbox.limits import MODEL_LIMITS

ROOT = Path(__file__).parents[2]
NUMBERS = Interface((Input("a", "number"), Input("b", "number")), Output("p", "probability"))
MIXED = Interface((Input("a", "number"), Input("job", "text"), Input("town", "text")), Output("p", "value"))

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

TEXTS = Interface((Input("job", "text"),), Output("p", "value"))


def ends_soon(process: Path) -> bool:
    """Whether a process (its folder in /proc) is gone, or a zombie that waits for somebody to notice, in 5 s."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if "(zombie)" in (process / "status").read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


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


# The "file" is Python that the locked child runs; it defines answers(batch), and outputs or trees if it likes.
_STAND_IN = """
import types
import numpy as np
import audits.sandbox.model_job as model_job

def model_load(data, interface, limits):
    space = {"np": np, "os": os, "runtime": "stand-in 1", "outputs": 1, "trees": None, "limits": limits}
    exec(data, space)
    return types.SimpleNamespace(**space)

model_job.model_load = model_load
hooks["warm_format"] = lambda name: None
"""


def booted(factory: pytest.TempPathFactory, code: str) -> Iterator[None]:
    """For a module's fixture: all its zygotes run `code` first."""
    launch.held.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "BOOT", boot_written(factory.mktemp("boot"), code))
        yield
    launch.held.close()


@pytest.fixture(scope="module")
def caged(tmp_path_factory) -> Iterator[Callable[..., AbstractContextManager[CagedModel]]]:
    """caged("def answers(batch): ...", inputs, **limits) opens a model that is that code, run inside the cage."""

    @contextmanager
    def opened(code: str, interface: Interface = NUMBERS, **limits: int) -> Iterator[CagedModel]:
        with tempfile.TemporaryFile() as file:
            file.write(code.encode())
            with cage.model_open(file, interface=interface, limits=replace(MODEL_LIMITS, **limits)) as model:
                yield model

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cage, "form_of_model", lambda head: "onnx")
        with contextmanager(booted)(tmp_path_factory, _STAND_IN):
            yield opened
