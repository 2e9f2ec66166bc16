"""What a handler holds while it works: its fence, its log, its progress, and the one way to commit."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.actors import Actor
from core.jobs.models import Job, JobLine


class LeaseLost(Exception):
    """Another attempt owns the job now: whatever this one computed must not be written."""


class Work:
    """One started attempt at a job. `attempt` is the fencing token: it must still be the row's when results are written."""

    def __init__(self, job: Job) -> None:
        self.job_id: UUID = job.pk
        self.attempt: int = job.attempt
        self.organisation_id: UUID | None = job.organisation_id
        self.actor = Actor(**{**job.actor, "organisation_id": _uuid(job.actor.get("organisation_id"))})
        self.committed = False

    def progress(self, done: int, total: int, step: str) -> None:
        """Show done of total and the current step. Raises LeaseLost if the fence is gone."""
        self._update(done=done, total=total, step=step[:200])

    def log(self, text: str) -> None:
        """Add a line to the job's log, which customers and staff read."""
        JobLine.objects.create(job_id=self.job_id, at=timezone.now(), attempt=self.attempt, text=text)

    @contextmanager
    def commit(self) -> Iterator[datetime]:
        """One short transaction for everything the job changes, under the fence; the job is done with it."""
        now = timezone.now()
        with transaction.atomic():
            self._update(state=Job.State.DONE, finished_at=now, lease_until=None)
            yield now
        self.committed = True

    def fenced(self) -> QuerySet[Job]:
        """The job's row while this attempt still owns it, else no row."""
        return Job.objects.filter(pk=self.job_id, attempt=self.attempt, state=Job.State.RUNNING)

    def _update(self, **values: object) -> None:
        if self.fenced().update(**values) != 1:
            raise LeaseLost(f"job {self.job_id}: attempt {self.attempt} no longer holds the lease")


@contextmanager
def heartbeat(work: Work) -> Iterator[None]:
    """Renew the lease from a thread of its own, with a connection of its own, for the length of a block."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(work, stop), name=f"heartbeat-{work.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def _beat(work: Work, stop: threading.Event) -> None:
    try:
        while not stop.wait(settings.JOB_LEASE.total_seconds() / 3):
            if work.fenced().update(lease_until=timezone.now() + settings.JOB_LEASE) != 1:
                return
    finally:
        connection.close()


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None
