"""Jobs of the workbench."""

from datetime import timedelta

from actuarial.models import Study
from actuarial.services import study_failed, study_keep, study_made
from core.jobs.registry import job_handler
from core.jobs.work import Work


@job_handler("actuarial.study", deadline=timedelta(minutes=20), on_failed=study_failed)
def study_job(work: Work, *, study: str) -> None:
    """Make one study."""
    row = Study.objects.get(pk=study)
    steps = iter(range(4))
    made = study_made(study=row, say=lambda step: work.progress(next(steps), 4, step), at=row.created_at)
    work.progress(3, 4, "Keeping it")
    with work.commit() as at:
        study_keep(study=row, made=made, actor=work.actor, at=at)
