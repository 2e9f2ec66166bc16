"""Jobs of this room: thin handlers that load by id and call one service."""

from datetime import datetime, timedelta

from django.utils import timezone

from audits.counted_runs import audit_count, audit_merge, counted_fail
from audits.intake import dataset_read, dataset_refuse
from audits.modelfiles import modelfile_examine, modelfile_refuse
from audits.models import AuditPart, AuditRun, DataSet, ModelFile, Trial
from audits.services import audit_fail, audit_run
from audits.trials import trial_answer, trial_fail
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


def _count_failed(job: Job, reason: str, at: datetime) -> None:
    part = AuditPart.objects.select_related("run").get(pk=job.args["part_id"])
    counted_fail(run=part.run, error=PlimsollError(reason, remedy=_AGAIN), actor=system("worker"), at=at)


def _examine_failed(job: Job, reason: str, at: datetime) -> None:
    file = ModelFile.objects.get(pk=job.args["model_file_id"])
    if file.state == ModelFile.State.RECEIVED:
        error = PlimsollError(reason, field="file", remedy=_AGAIN)
        modelfile_refuse(file=file, error=error, actor=system("worker"), at=at)


def _try_failed(job: Job, reason: str, at: datetime) -> None:
    trial = Trial.objects.get(pk=job.args["trial_id"])
    if trial.state == Trial.State.ASKED:
        trial_fail(trial=trial, error=PlimsollError(reason, remedy=_AGAIN), actor=system("worker"), at=at)


@job_handler("audits.intake", queue="audits", deadline=timedelta(minutes=60), on_failed=_intake_failed)
def intake_job(work: Work, *, dataset_id: str) -> None:
    """Read one data set."""
    dataset_read(dataset=DataSet.objects.select_related("artifact", "organisation").get(pk=dataset_id), work=work)


@job_handler("audits.run", queue="audits", deadline=timedelta(minutes=60), on_failed=_run_failed)
def run_job(work: Work, *, run_id: str) -> None:
    """Measure one audit."""
    rows = AuditRun.objects.select_related("dataset__canonical", "organisation", "model_file__artifact")
    audit_run(run=rows.get(pk=run_id), work=work, at=timezone.now())


@job_handler("audits.count", queue="audits", deadline=timedelta(minutes=60), on_failed=_count_failed)
def count_job(work: Work, *, part_id: str) -> None:
    """Count one part of an audit's rows."""
    rows = AuditPart.objects.select_related("run__dataset__canonical", "run__organisation")
    audit_count(part=rows.get(pk=part_id), work=work, at=timezone.now())


@job_handler("audits.merge", queue="audits", deadline=timedelta(minutes=60), on_failed=_run_failed)
def merge_job(work: Work, *, run_id: str) -> None:
    """Add up the parts of an audit."""
    audit_merge(run=AuditRun.objects.select_related("dataset__canonical", "organisation").get(pk=run_id), work=work)


@job_handler("audits.examine", queue="audits", deadline=timedelta(minutes=15), on_failed=_examine_failed)
def examine_job(work: Work, *, model_file_id: str) -> None:
    """Examine one model file."""
    modelfile_examine(file=ModelFile.objects.select_related("artifact").get(pk=model_file_id), work=work)


@job_handler("audits.try", queue="audits", deadline=timedelta(minutes=10), on_failed=_try_failed)
def try_job(work: Work, *, trial_id: str) -> None:
    """Put one row to a model."""
    trial_answer(trial=Trial.objects.select_related("model_file__artifact").get(pk=trial_id), work=work)
