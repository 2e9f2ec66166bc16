"""Who holds a job: taking, the fence, the lease."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from core.jobs.ending import bury
from core.jobs.models import Job
from core.jobs.runner import run_next
from core.jobs.taking import take
from core.jobs.work import LeaseLost

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_job_is_taken_by_one_worker_alone(enqueue):
    enqueue("probe.effect", subject="a")
    now = timezone.now()
    job, work = take(now)
    assert (job.state, work.attempt) == (Job.State.RUNNING, 1)
    assert take(now) is None


def test_a_job_read_before_another_worker_took_it_cannot_be_claimed(enqueue, monkeypatch):
    enqueue("probe.effect", subject="a")
    now = timezone.now()
    stale = [Job.objects.get()]
    assert take(now) is not None
    monkeypatch.setattr("core.jobs.taking._fair", lambda _at, _queues: [stale.pop()] if stale else [])
    assert take(now + HOUR) is None
    assert Job.objects.get().attempt == 1


def test_a_zombie_cannot_write_after_its_lease_was_taken_over(enqueue, effects):
    enqueue("probe.effect", subject="a")
    _, zombie = take(timezone.now() - HOUR)
    assert run_next()
    for _ in range(100):
        with pytest.raises(LeaseLost), zombie.commit():
            pytest.fail("the fence let a stale attempt in")
    assert effects() == ["a"]


def test_a_zombie_is_told_at_its_next_progress(enqueue):
    enqueue("probe.effect", subject="a")
    _, zombie = take(timezone.now() - HOUR)
    _, heir = take(timezone.now())
    with pytest.raises(LeaseLost):
        zombie.progress(1, 2, "late")
    heir.progress(1, 2, "in time")
    assert Job.objects.get().step == "in time"


def test_a_late_attempt_whose_lease_nobody_took_may_still_commit(enqueue):
    enqueue("probe.effect", subject="a")
    _, slow = take(timezone.now() - HOUR)
    with slow.commit():
        pass
    assert Job.objects.get().state == Job.State.DONE


def test_three_lost_workers_end_the_job_and_its_owner_hears_of_it(enqueue):
    job = enqueue("probe.effect", subject="a")
    start = timezone.now() - 4 * HOUR
    for attempt in range(3):
        assert take(start + attempt * HOUR) is not None
    assert take(start + 3 * HOUR) is None
    assert bury(start + 3 * HOUR) == 1
    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.DEAD, 3)
    texts = list(job.lines.values_list("text", flat=True))
    assert texts.count("Attempt 1 was lost with its worker.") == 1
    assert "each worker was lost" in texts[-1]


def test_a_job_waits_for_its_time(enqueue):
    now = timezone.now()
    enqueue("probe.effect", subject="a", run_after=now + HOUR)
    assert take(now) is None
    assert take(now + HOUR) is not None


def test_a_worker_takes_from_its_own_queues(enqueue):
    enqueue("probe.audit")
    assert take(timezone.now(), ["default"]) is None
    assert take(timezone.now(), ["default", "audits"]) is not None


def test_two_hundred_jobs_of_one_organisation_do_not_starve_another(enqueue):
    large, small = UUID(int=1), UUID(int=2)
    for number in range(200):
        enqueue("probe.effect", key=f"large {number}", organisation_id=large, subject="a")
    for number in range(2):
        enqueue("probe.effect", key=f"small {number}", organisation_id=small, at=timezone.now(), subject="a")
    taken = [take(timezone.now())[0].organisation_id for _ in range(4)]
    assert Counter(taken) == {large: 2, small: 2}


def test_on_a_single_slot_organisations_take_turns(enqueue):
    large, small = UUID(int=1), UUID(int=2)
    for number in range(300):
        enqueue("probe.effect", key=f"large {number}", organisation_id=large, subject="a")
    for number in range(2):
        enqueue("probe.effect", key=f"small {number}", organisation_id=small, at=timezone.now(), subject="a")
    order = []
    for _ in range(5):
        order.append(take(timezone.now())[0].organisation_id)
        Job.objects.filter(state=Job.State.RUNNING).update(state=Job.State.DONE)
    assert order == [large, small, large, small, large]


def test_within_an_organisation_the_oldest_job_is_first(enqueue):
    now = timezone.now()
    for minutes in (2, 3, 1):
        enqueue("probe.effect", key=str(minutes), at=now - timedelta(minutes=minutes), subject="a")
    assert [take(now)[0].key for _ in range(3)] == ["3", "2", "1"]
