"""Taking a job: which one is next, and the conditional update that makes it one worker's own."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, Min, Q

from core.jobs.models import Job, JobLine
from core.jobs.registry import handler_known
from core.jobs.work import Work

ATTEMPTS = 3
# For a kind that no room of this installation knows any more; its attempts end at once anyway.
UNKNOWN_DEADLINE = timedelta(minutes=1)
LONG_AGO = timedelta(hours=1)


def startable(at: datetime) -> Q:
    """Jobs at rest: queued and ripe at `at`, or running under a lease that ran out (their worker is gone)."""
    return Q(state=Job.State.QUEUED, run_after__lte=at) | Q(state=Job.State.RUNNING, lease_until__lt=at)


def due(at: datetime, queues: Iterable[str] | None = None) -> Q:
    """Jobs a worker of `queues` (None: of all) may start at `at`."""
    ready = startable(at) & Q(attempt__lt=ATTEMPTS)
    return ready if queues is None else ready & Q(queue__in=list(queues))


def take(at: datetime, queues: Iterable[str] | None = None) -> tuple[Job, Work] | None:
    """Start an attempt at the next due job; None if there is none.

    A lost race means that another worker took that job, so looking again always gets somewhere.
    """
    while candidates := list(_fair(at, queues)):
        for job in candidates:
            if work := _claim(job, at):
                return job, work
    return None


def _fair(at: datetime, queues: Iterable[str] | None) -> Iterator[Job]:
    """The oldest due job of each organisation: those with the fewest running jobs first, then who waited longest for a
    turn. By age alone, whoever sent three hundred at once would be served to the last on a single slot."""
    ready = Job.objects.filter(due(at, queues))
    oldest = dict(ready.order_by().values_list("organisation_id").annotate(Min("created_at")))
    running = Job.objects.filter(state=Job.State.RUNNING, lease_until__gte=at)
    busy = dict(running.order_by().values_list("organisation_id").annotate(Count("pk")))
    served = _served(at) if len(oldest) > 1 else {}

    def turn(owner: UUID | None) -> tuple[int, datetime, datetime]:
        return busy.get(owner, 0), served.get(owner, at - LONG_AGO), oldest[owner]

    for owner in sorted(oldest, key=turn):
        job = ready.filter(organisation_id=owner).order_by("created_at", "pk").first()
        if job is not None:
            yield job


def _served(at: datetime) -> dict[UUID | None, datetime]:
    """When each organisation's latest job was started; one whose turn was LONG_AGO is as good as new."""
    recent = Job.objects.filter(started_at__gt=at - LONG_AGO)
    return dict(recent.order_by().values_list("organisation_id").annotate(Max("started_at")))


def _claim(job: Job, at: datetime) -> Work | None:
    """Make `job` ours if nobody did since it was read; the attempt's number is the fencing token."""
    values = _started(job, at)
    if Job.objects.filter(startable(at), pk=job.pk, attempt=job.attempt).update(**values) != 1:
        return None
    if job.state == Job.State.RUNNING:
        _line(job, at, f"Attempt {job.attempt} was lost with its worker.")
    for name, value in values.items():
        setattr(job, name, value)
    _line(job, at, f"Attempt {job.attempt} of {ATTEMPTS} started.")
    return Work(job)


def _started(job: Job, at: datetime) -> dict[str, Any]:
    handler = handler_known(job.kind)
    return {
        "state": Job.State.RUNNING,
        "attempt": job.attempt + 1,
        "started_at": at,
        "lease_until": at + settings.JOB_LEASE,
        "deadline": at + (handler.deadline if handler else UNKNOWN_DEADLINE),
        "done": 0,
        "total": 0,
        "step": "",
    }


def _line(job: Job, at: datetime, text: str) -> None:
    JobLine.objects.create(job=job, at=at, attempt=job.attempt, text=text)
