"""Taking jobs and bringing each to an end: done, failed for a reason, tried again, or dead."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from core.errors import PlimsollError
from core.jobs.models import Job, JobLine
from core.jobs.registry import Handler, handler_of
from core.jobs.work import LeaseLost, Work, heartbeat

log = logging.getLogger(__name__)
ATTEMPTS = 3
BACK_OFF = timedelta(seconds=2)


def due(at: datetime, queues: Iterable[str] | None = None) -> Q:
    """Jobs a worker may start at `at`: queued and ripe, or running under a lease that ran out."""
    ripe = Q(state=Job.State.QUEUED, run_after__lte=at)
    orphaned = Q(state=Job.State.RUNNING, lease_until__lt=at)
    startable = (ripe | orphaned) & Q(attempt__lt=ATTEMPTS, deadline__gt=at)
    return startable if queues is None else startable & Q(queue__in=list(queues))


def run_next(queues: Iterable[str] | None = None) -> bool:
    """Take one due job and bring it to an end. False if there was none."""
    now = timezone.now()
    bury(now)
    for job in _fair(now, queues):
        work = _claim(job, now)
        if work is not None:
            _run(work, job)
            return True
    return False


def drain(queues: Iterable[str] | None = None, most: int = 1000) -> int:
    """Run due jobs in this process until none is left; how many there were."""
    for count in range(most):
        if not run_next(queues):
            return count
    return most


def bury(at: datetime) -> None:
    """End the jobs whose attempts or deadline are used up: a job always reaches a terminal state."""
    waiting = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=at)
    spent = Q(attempt__gte=ATTEMPTS) | Q(deadline__lte=at)
    for job in Job.objects.filter(waiting & spent)[:100]:
        if job.attempt >= ATTEMPTS:
            why = f"The work was started {job.attempt} times and never ended; the last worker was lost."
        else:
            why = f"The work was not done by its deadline, {job.deadline:%d %b %Y %H:%M} UTC."
        _end(job, Job.State.DEAD, why, at, Job.objects.filter(waiting & spent, pk=job.pk, attempt=job.attempt))


def _fair(at: datetime, queues: Iterable[str] | None) -> list[Job]:
    """Due jobs, those of the organisation with the fewest running jobs first, then the oldest."""
    rows = list(Job.objects.filter(due(at, queues)).order_by("created_at")[:50])
    owners = {row.organisation_id for row in rows}
    running = Job.objects.filter(state=Job.State.RUNNING, lease_until__gte=at, organisation_id__in=owners)
    busy = dict(running.values_list("organisation_id").annotate(n=Count("pk")))
    return sorted(rows, key=lambda row: (busy.get(row.organisation_id, 0), row.created_at))


def _claim(job: Job, at: datetime) -> Work | None:
    """Start an attempt, if no other worker did since `job` was read."""
    mine = Job.objects.filter(due(at), pk=job.pk, attempt=job.attempt).update(
        state=Job.State.RUNNING,
        attempt=F("attempt") + 1,
        lease_until=at + settings.JOB_LEASE,
        started_at=job.started_at or at,
    )
    if mine != 1:
        return None
    job.attempt += 1
    job.state = Job.State.RUNNING
    return Work(job)


def _run(work: Work, job: Job) -> None:
    work.log(f"Attempt {work.attempt} started.")
    try:
        handler = handler_of(job.kind)
        with heartbeat(work):
            handler.run(work, **job.args)
        if not work.committed:
            with work.commit():
                pass
        work.log("Done.")
    except LeaseLost as lost:
        log.warning("%s", lost)
    except PlimsollError as refused:
        why = " ".join(filter(None, (refused.message, refused.remedy)))
        _end(job, Job.State.FAILED, why, timezone.now(), work.fenced())
    except Exception as bug:
        log.exception("job %s (%s), attempt %s", job.pk, job.kind, work.attempt)
        _again(work, job, f"{type(bug).__name__}: {bug}")


def _again(work: Work, job: Job, why: str) -> None:
    """Queue the job for another attempt, or end it after the last."""
    now = timezone.now()
    if work.attempt >= ATTEMPTS:
        _end(job, Job.State.DEAD, f"All {ATTEMPTS} attempts failed; the last: {why}", now, work.fenced())
        return
    work.log(f"Attempt {work.attempt} failed: {why}")
    ripe = now + BACK_OFF * 2 ** (work.attempt - 1)
    work.fenced().update(state=Job.State.QUEUED, lease_until=None, run_after=ripe)


def _end(job: Job, state: str, why: str, at: datetime, row: QuerySet[Job]) -> None:
    """Write a terminal state and tell the job's owner (on_failed) in one transaction."""
    with transaction.atomic():
        if row.update(state=state, reason=why, finished_at=at, lease_until=None) != 1:
            return
        JobLine.objects.create(job_id=job.pk, at=at, attempt=job.attempt, text=why)
        handler = _known(job.kind)
        if handler and handler.on_failed:
            handler.on_failed(job, why, at)


def _known(kind: str) -> Handler | None:
    try:
        return handler_of(kind)
    except LookupError:
        return None
