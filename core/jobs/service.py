"""Enqueuing: the job row is written in the business transaction that wants the work."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.actors import Actor
from core.canonical import plain
from core.jobs import bell
from core.jobs.models import Job
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
    """Write one job inside the caller's transaction; the same key returns the job that is there."""
    handler = handler_of(kind)
    start = run_after or at
    job, made = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "organisation_id": organisation_id,
            "args": plain(args),
            "actor": plain(asdict(actor)),
            "queue": handler.queue,
            "created_at": at,
            "run_after": start,
            "deadline": start + handler.deadline,
        },
    )
    if made and not bell.embedded():
        transaction.on_commit(lambda: bell.ring(job.queue))
    return job
