"""What a handler holds while it works: its fence, its log, its progress, and the one way to commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from core.actors import Actor
from core.jobs.models import Job, JobLine


class LeaseLost(Exception):
    """Another attempt owns the job now: whatever this one computed must not be written."""


class Work:
    """One started attempt at a job. `attempt` is the fencing token: results are written only while it is the row's."""

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
        self._line(timezone.now(), text)

    @contextmanager
    def commit(self) -> Iterator[datetime]:
        """One short transaction for everything the job changes, under the fence; the job is done with it."""
        now = timezone.now()
        with transaction.atomic():
            self._update(state=Job.State.DONE, finished_at=now, lease_until=None, done=F("total"), step="", reason="")
            self._line(now, "Done.")
            yield now
        self.committed = True

    def fenced(self) -> QuerySet[Job]:
        """The job's row while this attempt still owns it, else no row."""
        return Job.objects.filter(pk=self.job_id, attempt=self.attempt, state=Job.State.RUNNING)

    def _line(self, at: datetime, text: str) -> None:
        JobLine.objects.create(job_id=self.job_id, at=at, attempt=self.attempt, text=text)

    def _update(self, **values: Any) -> None:
        if self.fenced().update(**values) != 1:
            raise LeaseLost(f"job {self.job_id}: attempt {self.attempt} no longer holds the lease")


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None
