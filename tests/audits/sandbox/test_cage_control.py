"""The control: with no lock on, the same attacks get through. Else they would prove nothing."""

import pytest

from audits.sandbox.attacks import ATTACKS
from audits.sandbox.preflight import preflight
from audits.sandbox.selftest import attacked
from tests.audits.caging import booted

NO_LOCKS = """
from functools import partial
hooks["serve"] = partial(child.child_run, lock_on=lambda limits, parent: None)
"""
# Those that can be tried for real without harm to the machine that runs the tests.
HARMLESS = (
    "read passwd",
    "list the root",
    "ask whether a file exists",
    "read its environment",
    "read the parents environment",
    "read the parents memory",
    "list processes",
    "change the folder",
    "listen on tcp",
    "make a pair of sockets",
    "ask the kernel by netlink",
    "fork",
    "fork by clone",
    "fork by clone3",
    "start a program",
    "signal the parent",
    "signal a thread of the parent",
    "signal the parent by a pipes owner",
    "read memory of the parent",
    "take a descriptor of the parent",
    "enter a new user namespace",
    "map a page to write and run",
    "make a page executable",
    "run the file it reads",
    "let itself be dumped",
    "outlive the parent",
    "bind itself to a processor",
)


@pytest.fixture(scope="module", autouse=True)
def _bare(tmp_path_factory):
    """Children of this module's zygote put no lock on."""
    yield from booted(tmp_path_factory, NO_LOCKS)


@pytest.mark.parametrize("name", HARMLESS)
def test_without_locks_the_same_attack_gets_through(name):
    outcome = attacked(ATTACKS[name])
    assert (outcome.stopped, outcome.met in ATTACKS[name].stopped_by) == (False, False)


def test_the_preflight_finds_an_open_cage():
    assert "a caged process could read /etc/passwd" in preflight()
