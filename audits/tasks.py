"""Jobs of this room: thin handlers that load by id and call one service."""

from datetime import datetime, timedelta

from django.utils import timezone

from audits.intake import dataset_read, dataset_refuse
from audits.models import AuditRun, DataSet
from audits.services import audit_fail, audit_run
from core.actors import system
from core.errors import PlimsollError
from core.jobs.models import Job
from core.jobs.registry import job_handler
from core.jobs.work import Work

_AGAIN = "Send it again; if that fails too, tell the insurer the time."


def _intake_failed(job: Job, reason: str, at: datetime) -> None:
    dataset = DataSet.objects.get(pk=job.args["dataset_id"])
    if dataset.state == DataSet.State.RECEIVED:
        error = PlimsollError(reason, field="file", remedy=_AGAIN)
        dataset_refuse(dataset=dataset, error=error, actor=system("worker"), at=at)


def _run_failed(job: Job, reason: str, at: datetime) -> None:
    run = AuditRun.objects.get(pk=job.args["run_id"])
    if run.state in (AuditRun.State.QUEUED, AuditRun.State.RUNNING):
        audit_fail(run=run, error=PlimsollError(reason, remedy=_AGAIN), actor=system("worker"), at=at)


@job_handler("audits.intake", queue="audits", deadline=timedelta(minutes=60), on_failed=_intake_failed)
def intake_job(work: Work, *, dataset_id: str) -> None:
    """Read one data set."""
    dataset_read(dataset=DataSet.objects.select_related("artifact", "organisation").get(pk=dataset_id), work=work)


@job_handler("audits.run", queue="audits", deadline=timedelta(minutes=60), on_failed=_run_failed)
def run_job(work: Work, *, run_id: str) -> None:
    """Measure one audit."""
    rows = AuditRun.objects.select_related("dataset__canonical", "organisation")
    audit_run(run=rows.get(pk=run_id), work=work, at=timezone.now())
