"""Arbitrary code inside the cage: nothing gets out, whoever runs it and with whatever the kernel gives."""

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from audits.sandbox.attacks import ATTACKS
from audits.sandbox.selftest import attacked, selftest, selftest_check
from core.errors import Unavailable

# The zygote becomes a plain user after all is imported: the interpreter's own folder may be closed to others.
PLAIN_USER = """
from audits.sandbox.golden import tables_warm
tables_warm()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(4321)
    os.setuid(4321)
"""
NO_NAMESPACES = """
from functools import partial
from audits.sandbox.locks.lock import lock
hooks["serve"] = partial(child.child_run, lock_on=partial(lock, namespaces=False))
"""


def test_there_are_many_attacks():
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("user", ["", PLAIN_USER], ids=["as we are", "plain user"])
@pytest.mark.parametrize("layers", ["", NO_NAMESPACES], ids=["all layers", "no namespaces"])
def test_nothing_gets_out(user, layers, booting):
    booting(layers + user)
    assert [outcome for outcome in selftest() if not outcome.stopped] == []


def test_an_attack_that_meets_another_refusal_counts_as_through(booting):
    attack = replace(ATTACKS["read passwd"], stopped_by=("SIGSYS",))
    assert attacked(attack).stopped is False


def test_an_escape_is_told_and_no_worker_serves(monkeypatch):
    attack = replace(ATTACKS["read passwd"], stopped_by=("SIGSYS",))
    monkeypatch.setattr("audits.sandbox.selftest.ATTACKS", {"read passwd": attack})
    with pytest.raises(Unavailable, match="read passwd: EACCES"):
        selftest_check()
    with pytest.raises(CommandError, match="cage does not hold"):
        call_command("worker", "--until-idle", "--queues=audits")
    with pytest.raises(CommandError, match="1 attacks, 1 got through"):
        call_command("sandbox_selftest")


@pytest.mark.parametrize("which", ["LIMITS", "LANDLOCK", "SECCOMP"])
def test_a_lock_that_does_not_hold_stops_the_self_test(which, booting):
    booting(
        "from functools import partial\n"
        "from audits.sandbox.locks.lock import Lock, NotIsolated\n"
        f"def refuse(limits, parent): raise NotIsolated(Lock.{which})\n"
        "hooks['serve'] = partial(child.child_run, lock_on=refuse)\n"
    )
    with pytest.raises(Unavailable, match="all three"):
        attacked(ATTACKS["read passwd"])


def test_a_worker_of_other_queues_needs_no_cage(monkeypatch, db):
    def fail() -> None:
        raise AssertionError("tested")

    monkeypatch.setattr("audits.readiness.selftest_check", fail)
    call_command("worker", "--until-idle", "--queues=default")
    with pytest.raises(AssertionError, match="tested"):
        call_command("worker", "--until-idle", "--queues=default,audits")
