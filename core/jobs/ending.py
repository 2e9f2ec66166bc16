"""Bringing a job to its end: refused for a reason, tried again, or dead. The job's owner hears of it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet

from core.errors import PlimsollError
from core.jobs.models import Job, JobLine
from core.jobs.registry import handler_known
from core.jobs.taking import ATTEMPTS, startable

log = logging.getLogger(__name__)
BACK_OFF = timedelta(seconds=2)
BURIALS_AT_ONCE = 100


def refuse(job: Job, error: PlimsollError, at: datetime) -> None:
    """FAILED at once: the same input would be refused again."""
    _end(job, Job.State.FAILED, " ".join(filter(None, (error.message, error.remedy))), at, _mine(job))


def retry(job: Job, bug: Exception, at: datetime) -> None:
    """Queue the job for another attempt after a pause, or end it after the last.

    Only the error's type is told: its text may speak of the inside of the house, and stands in the log.
    """
    why = f"an unexpected {type(bug).__name__}"
    if job.attempt >= ATTEMPTS:
        told = f"All {ATTEMPTS} attempts failed, the last with {why}. The log has more under job {job.pk}."
        _end(job, Job.State.DEAD, told, at, _mine(job))
        return
    ripe = at + BACK_OFF * 2 ** (job.attempt - 1)
    with transaction.atomic():
        if _mine(job).update(state=Job.State.QUEUED, lease_until=None, run_after=ripe) == 1:
            _line(job, at, f"Attempt {job.attempt} failed with {why}; the next starts after {ripe:%H:%M:%S} UTC.")


def overrun(job: Job, at: datetime) -> None:
    """DEAD: an attempt that is alive but took longer than its kind may; the next would be no faster."""
    told = f"The work was not done by its deadline, {job.deadline:%d %b %Y %H:%M:%S} UTC."
    _end(job, Job.State.DEAD, told, at, _mine(job))


def bury(at: datetime) -> int:
    """End the jobs whose last attempt was lost with its worker; how many. One that will not end stops no other."""
    spent = Q(attempt__gte=ATTEMPTS) & startable(at)
    return sum(_buried(job, at, spent) for job in Job.objects.filter(spent).order_by("created_at")[:BURIALS_AT_ONCE])


def _buried(job: Job, at: datetime, spent: Q) -> bool:
    told = f"The work was started {job.attempt} times and each worker was lost. The log has more under job {job.pk}."
    try:
        return _end(job, Job.State.DEAD, told, at, Job.objects.filter(spent, pk=job.pk, attempt=job.attempt))
    except OperationalError:
        log.exception("job %s could not be ended now; the timer tries again", job.pk)
        return False


def _end(job: Job, state: str, why: str, at: datetime, row: QuerySet[Job]) -> bool:
    """Write a terminal state and tell the owner in one transaction; False if the row was no longer ours."""
    with transaction.atomic():
        if row.update(state=state, reason=why, finished_at=at, lease_until=None) != 1:
            return False
        job.state, job.reason, job.finished_at = state, why, at
        _line(job, at, why)
        _tell(job, why, at)
    log.log(logging.ERROR if state == Job.State.DEAD else logging.WARNING, "job %s (%s): %s", job.pk, job.kind, why)
    return True


def _tell(job: Job, why: str, at: datetime) -> None:
    """Call on_failed. If it cannot take the news the job ends all the same, and its log says so."""
    handler = handler_known(job.kind)
    tell: Callable[[Job, str, datetime], None] | None = handler.on_failed if handler else None
    if tell is None:
        return
    try:
        with transaction.atomic():
            tell(job, why, at)
    except OperationalError:
        raise  # the database is away or busy: the whole ending is undone and comes again
    except Exception:
        log.exception("on_failed of job %s (%s)", job.pk, job.kind)
        _line(job, at, "What this work belongs to could not be told; a person must look.")


def _mine(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)


def _line(job: Job, at: datetime, text: str) -> None:
    JobLine.objects.create(job=job, at=at, attempt=job.attempt, text=text)
