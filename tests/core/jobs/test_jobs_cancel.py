"""Calling jobs off: queued ones never start, running ones stop at their fence, those at their end stay as they are."""

import pytest
from django.db import transaction
from django.utils import timezone

from core.jobs.models import Job, JobLine
from core.jobs.runner import run_next
from core.jobs.service import jobs_cancel
from core.jobs.taking import take
from core.jobs.work import LeaseLost

pytestmark = pytest.mark.django_db


def cancel(*jobs: Job) -> int:
    with transaction.atomic():
        return jobs_cancel(ids=[job.pk for job in jobs], why="Nobody wants it any more.", at=timezone.now())


def test_a_queued_job_that_was_cancelled_never_starts(enqueue, effects):
    job = enqueue("probe.effect", subject="a")
    assert cancel(job) == 1
    assert not run_next()
    job.refresh_from_db()
    assert (job.state, job.reason, job.attempt) == (Job.State.CANCELLED, "Nobody wants it any more.", 0)
    assert effects() == []
    assert JobLine.objects.get(job=job).text == "Nobody wants it any more."


def test_a_running_job_that_was_cancelled_commits_nothing(enqueue, effects):
    job = enqueue("probe.effect", subject="a")
    _, work = take(timezone.now())
    assert cancel(job) == 1
    with pytest.raises(LeaseLost):
        work.progress(1, 2, "on")
    with pytest.raises(LeaseLost), work.commit():
        pytest.fail("a cancelled job was let through its fence")
    assert effects() == []


def test_a_job_at_its_end_is_not_cancelled(enqueue):
    job = enqueue("probe.effect", subject="a")
    assert run_next()
    assert cancel(job) == 0
    job.refresh_from_db()
    assert job.state == Job.State.DONE
