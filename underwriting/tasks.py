"""Jobs of underwriting."""

from core.canonical import canonical_json
from core.jobs.registry import job_handler
from core.jobs.work import Work
from underwriting.models import PlanRevision
from underwriting.rating import plan_load
from underwriting.rating.properties import CASES, plan_properties
from underwriting.services.plans import plan_draft_tried


@job_handler("underwriting.plan_trial")
def plan_trial_job(work: Work, *, revision: str) -> None:
    """Try one revision of a plan on random cases."""
    row = PlanRevision.objects.get(pk=revision)
    plan = plan_load(canonical_json(row.json))
    found = plan_properties(plan, cases=CASES, say=lambda done: work.progress(done, CASES, "Trying random cases"))
    with work.commit() as at:
        plan_draft_tried(revision=row, found=found, actor=work.actor, at=at)
