"""Enqueuing: the job row is written in the business transaction that wants the work."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from core.actors import Actor
from core.canonical import plain
from core.jobs import bell
from core.jobs.models import Job, JobLine
from core.jobs.registry import handler_of


def job_enqueue(
    *,
    kind: str,
    organisation_id: UUID | None,
    args: Mapping[str, str],
    key: str,
    at: datetime,
    actor: Actor,
    run_after: datetime | None = None,
) -> Job:
    """Write one job inside the caller's transaction; the same key returns the job that is there.

    Raises LookupError for a kind that no room registered, ValueError for a key that stands for other work.
    """
    job, made = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "organisation_id": organisation_id,
            "args": plain(args),
            "actor": plain(asdict(actor)),
            "queue": handler_of(kind).queue,
            "created_at": at,
            "run_after": run_after or at,
        },
    )
    if (job.kind, job.organisation_id) != (kind, organisation_id):
        raise ValueError(f"the key {key!r} already stands for a job of kind {job.kind!r}, not {kind!r}")
    if made and not bell.embedded():
        transaction.on_commit(partial(bell.ring, job.queue), robust=True)
    return job


def jobs_cancel(*, ids: Iterable[UUID], why: str, at: datetime) -> int:
    """Call off the jobs that are not at their end, inside the caller's transaction; how many.

    An attempt at work loses its fence with that: it stops at its next progress, and nothing of it is committed. The
    owner of the work cancels it and knows, so nobody is told that it failed.
    """
    open_states = (Job.State.QUEUED, Job.State.RUNNING)
    cancelled = 0
    for job in Job.objects.filter(pk__in=list(ids), state__in=open_states):
        rows = Job.objects.filter(pk=job.pk, state__in=open_states)
        if rows.update(state=Job.State.CANCELLED, reason=why, finished_at=at, lease_until=None) == 1:
            JobLine.objects.create(job=job, at=at, attempt=job.attempt, text=why)
            cancelled += 1
    return cancelled
