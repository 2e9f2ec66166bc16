"""Audits whose rows are counted by several jobs: each part counted, all added up, or the whole called off."""

from datetime import datetime

from django.db import transaction

from audits.models import AuditPart, AuditRun
from audits.parts import MEDIA, part_counted, part_jobs, parts_result
from audits.services import LARGEST_RESULT, audit_complete, audit_fail, audit_start
from core.actors import Actor
from core.errors import InputRefused, PlimsollError, StateRefused, Unavailable
from core.jobs.service import job_enqueue, jobs_cancel
from core.jobs.work import Work
from core.journal import journal_write
from provenance.staging import Staged, stage
from provenance.store import artifact_keep, staged_kept

OPEN = (AuditRun.State.QUEUED, AuditRun.State.RUNNING)


def audit_count(*, part: AuditPart, work: Work, at: datetime) -> None:
    """Count one part and store its tally; the last part that is done has all of them added up."""
    audit_start(part.run, work.actor, at)
    try:
        data = part_counted(part, work)
    except (InputRefused, Unavailable) as error:
        with work.commit() as failed_at:
            counted_fail(run=part.run, error=error, actor=work.actor, at=failed_at)
        return
    with staged_kept(stage([data], limit=LARGEST_RESULT)) as staged, work.commit() as done_at:
        _keep(part, staged, work.actor, done_at)


def audit_merge(*, run: AuditRun, work: Work) -> None:
    """Add the parts up, tell the result and store it."""
    try:
        data = parts_result(run, work)
    except (InputRefused, Unavailable) as error:
        with work.commit() as failed_at:
            counted_fail(run=run, error=error, actor=work.actor, at=failed_at)
        return
    with staged_kept(stage([data], limit=LARGEST_RESULT)) as staged, work.commit() as done_at:
        audit_complete(run, data, staged, work.actor, done_at)


def counted_fail(*, run: AuditRun, error: PlimsollError, actor: Actor, at: datetime) -> None:
    """Give up on a run inside the caller's transaction and call off its other jobs; nothing if it is given up."""
    held = AuditRun.objects.select_for_update().get(pk=run.pk)
    if held.state in OPEN:
        audit_fail(run=held, error=error, actor=actor, at=at)
        jobs_cancel(ids=part_jobs(held), why="Another part of this audit could not be measured.", at=at)


def audit_cancel(*, run: AuditRun, actor: Actor, at: datetime) -> None:
    """Call an audit off, however it is measured: it fails for that reason, and all its jobs stop.

    Raises StateRefused for a run that is at its end.
    """
    with transaction.atomic():
        _cancel(run, actor, at)


def _cancel(run: AuditRun, actor: Actor, at: datetime) -> None:
    held = AuditRun.objects.select_for_update().get(pk=run.pk)
    if held.state not in OPEN:
        raise StateRefused(
            f"This audit is {held.state} and cannot be cancelled.", field="state", limit="queued or running audits"
        )
    why = f"The audit was cancelled by {actor.label}."
    audit_fail(run=held, error=PlimsollError(why, remedy="Order it again if it is wanted."), actor=actor, at=at)
    jobs_cancel(ids=part_jobs(held), why=why, at=at)
    journal_write(
        actor=actor,
        action="audit.cancelled",
        subject_kind="audit",
        subject_id=held.pk,
        organisation_id=held.organisation_id,
        at=at,
    )


def _keep(part: AuditPart, staged: Staged, actor: Actor, at: datetime) -> None:
    """Store a part's tally. The run's row is held, so that of two parts that end at once one sees the other."""
    run = AuditRun.objects.select_for_update().select_related("organisation").get(pk=part.run_id)
    part.artifact = artifact_keep(
        organisation=run.organisation,
        staged=staged,
        name=f"audit {run.pk}, part {part.number + 1}",
        media=MEDIA,
        at=at,
        actor=actor,
    )
    part.save(update_fields=["artifact"])
    if run.state in OPEN and not run.parts.filter(artifact=None).exists():
        job = job_enqueue(
            kind="audits.merge",
            organisation_id=run.organisation_id,
            args={"run_id": str(run.pk)},
            key=f"audits.merge:{run.pk}",
            at=at,
            actor=actor,
        )
        AuditRun.objects.filter(pk=run.pk).update(job_id=job.pk)
