"""Jobs of policies. Each is an interface: load, call one service."""

from collections.abc import Iterable
from datetime import datetime, time
from uuid import UUID

from core.jobs.registry import job_handler
from core.jobs.schedule import schedule_register
from core.jobs.work import Work
from policies.models import Policy
from policies.selectors import quotes_standing
from policies.services.documents import documents_draft, documents_keep
from policies.services.quotes import quotes_expire, quotes_void_lapsed
from policies.services.terms import evidence_met, policies_expire, policies_start
from underwriting.selectors import order_of


@job_handler("policies.documents")
def policy_documents_job(work: Work, *, policy: str) -> None:
    """Make a policy's papers."""
    row = Policy.objects.select_related("organisation", "quote__pricing__order", "model").get(pk=policy)
    work.progress(0, 1, "Making the papers")
    drafts = documents_draft(policy=row)
    with work.commit() as at:
        documents_keep(policy=row, drafts=drafts, actor=work.actor, at=at)


@job_handler("policies.on_audit_completed")
def audit_completed_job(work: Work, *, audit_run: str) -> None:
    """A newer audit voids the quotes made on an older one; one of verified class meets what was promised at bind."""
    order = order_of(UUID(audit_run))
    if order is None:
        return
    with work.commit() as at:
        quotes_void_lapsed(quotes=quotes_standing(model_id=order.version.model_id), at=at)
        evidence_met(order=order, at=at)


@job_handler("policies.on_exposure_changed")
def exposure_changed_job(work: Work, *, model: str) -> None:
    """More than ten per cent of change voids the model's quotes."""
    with work.commit() as at:
        quotes_void_lapsed(quotes=quotes_standing(model_id=model), at=at)


@job_handler("policies.on_plan_changed")
def plan_changed_job(work: Work, **_ids: str) -> None:
    """Another plan in force voids the quotes made on the one before."""
    with work.commit() as at:
        quotes_void_lapsed(quotes=quotes_standing(), at=at)


@job_handler("policies.daily")
def daily_job(work: Work, *, tick: str) -> None:
    """Expire and void quotes, begin and end policies: all that is due by now, whichever tick rang."""
    with work.commit() as at:
        quotes_expire(at=at)
        quotes_void_lapsed(quotes=quotes_standing(), at=at)
        policies_start(at=at)
        policies_expire(at=at)


def midnights(after: datetime, until: datetime) -> Iterable[datetime]:
    """The last 00:01 UTC in (after, until]: one run catches up however many were missed."""
    last = datetime.combine(until.date(), time(0, 1), tzinfo=until.tzinfo)
    return [last] if after < last <= until else []


schedule_register("policies.daily", midnights, "policies.daily")
