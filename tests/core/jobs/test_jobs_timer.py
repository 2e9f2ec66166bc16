"""The worker's timer finds what bells were lost, and rings no more than there are hands."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.jobs import bell
from core.jobs import timer as timer_module
from core.jobs.models import Due, Job
from core.jobs.schedule import schedule_register
from core.jobs.taking import take
from core.jobs.timer import Timer

pytestmark = pytest.mark.django_db


@pytest.fixture
def bells(monkeypatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(bell, "ring", rung.append)
    return rung


def beat(free: int = 2, queues: tuple[str, ...] = ("default", "audits")) -> None:
    Timer(queues=queues, free=lambda: free).beat(timezone.now())


def test_a_due_job_is_rung_in_its_queue(enqueue, bells):
    enqueue("probe.audit")
    beat()
    assert bells == ["audits"]


def test_a_job_of_a_lost_worker_is_rung_again_when_its_lease_ran_out(enqueue, bells):
    enqueue("probe.audit")
    take(timezone.now() - timedelta(hours=1))
    beat()
    assert bells == ["audits"]


def test_a_job_somebody_works_at_is_left_alone(enqueue, bells):
    enqueue("probe.audit")
    take(timezone.now())
    beat()
    assert bells == []


def test_bells_do_not_pile_up_behind_long_work(enqueue, bells):
    for number in range(5):
        enqueue("probe.audit", key=str(number))
    beat(free=2)
    beat(free=0)
    beat(free=-1)
    assert bells == ["audits"] * 2


def test_another_worker_s_queues_are_not_its_business(enqueue, bells):
    enqueue("probe.audit")
    beat(queues=("default",))
    assert bells == []


def test_the_timer_rings_the_schedule(entries, bells):
    tick = timezone.now()
    schedule_register("probe.now", lambda _after, _until: [tick], "probe.scheduled")
    for _ in range(3):
        beat()
    assert Due.objects.get(tick=tick).job.kind == "probe.scheduled"


def test_the_timer_ends_jobs_whose_attempts_are_used_up(enqueue, bells):
    enqueue("probe.effect", subject="a")
    for hours in (4, 3, 2):
        take(timezone.now() - timedelta(hours=hours))
    beat()
    assert Job.objects.get().state == Job.State.DEAD


def test_a_chore_that_fails_costs_the_others_nothing(enqueue, bells, monkeypatch, caplog):
    def broken(_at: object) -> None:
        raise RuntimeError("no schedule today")

    monkeypatch.setattr(timer_module, "schedule_ring", broken)
    enqueue("probe.audit")
    beat()
    assert bells == ["audits"]
    assert "no schedule today" in caplog.text
