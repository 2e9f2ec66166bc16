"""The insurer's work queue: what waits for a person, the most pressing first."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import Access, page
from accounts.roles import ACTUARY, ADJUSTER, ALL_MEMBERS, ALL_STAFF
from audits.models import AuditRun, DataSet
from audits.selectors import datasets_visible
from claims.selectors import claims_open, decisions_waiting
from core.jobs.models import Job
from guarantees.selectors import guarantees_unmeasured
from policies.selectors import capacity_referrals_open, premium_audits_due, quotes_live, subjectivities_open
from portal.asking import Asked, now
from underwriting.models import AuditOrder, Referral
from underwriting.selectors import orders_visible, referrals_visible

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
MOST = 20


@page(READ)
def desk(request: Asked) -> HttpResponse:
    """What waits. A customer's first page is the list of models."""
    if not request.principal.is_staff:
        return redirect("models")
    queue = _queue(request)
    waiting = sum(len(rows) for rows in queue.values())
    return render(request, "desk/desk.html", {**queue, "waiting": waiting})


def _queue(request: Asked) -> dict[str, list[Any]]:
    principal = request.principal
    referrals = referrals_visible(principal).select_related("organisation").filter(state=Referral.State.OPEN)
    heavy = ("pricing__worksheet", "pricing__evidence", "pricing__risk", "pricing__terms")
    return {
        "referrals": list(referrals.defer(*heavy).order_by("created_at")[:MOST]),
        "quotes": list(quotes_live(principal).defer("pricing__worksheet", "pricing__order__audit_run__result")[:MOST]),
        "decisions": list(_seconds(request)[:MOST]),
        "claims": list(claims_open(principal).defer("policy__quote__pricing__worksheet", "policy__clauses")[:MOST]),
        "over_capacity": list(_over_capacity(request)[:MOST]),
        "to_count": list(premium_audits_due(principal).defer("quote__pricing__worksheet")[:MOST]),
        "to_measure": list(guarantees_unmeasured(principal, on=now().date()).defer("worksheet")[:MOST]),
        "to_price": list(_to_price(request)[:MOST]),
        "subjectivities": subjectivities_open(principal)[:MOST],
        "failed": list(_failed(request)[:MOST]),
        "refused": list(_refused(request)[:MOST]),
        "dead": list(Job.objects.filter(state=Job.State.DEAD).order_by("-finished_at")[:MOST]),
    }


def _seconds(request: Asked) -> Any:
    """Proposals for which this adjuster may be the second person."""
    rows = decisions_waiting(request.principal).select_related("claim__policy__model", "organisation")
    return rows if ADJUSTER in request.principal.staff_roles else rows.none()


def _over_capacity(request: Asked) -> Any:
    """Binds that only an actuary may let through."""
    rows = capacity_referrals_open(request.principal)
    return rows if ACTUARY in request.principal.staff_roles else rows.none()


def _to_price(request: Asked) -> Any:
    rows = orders_visible(request.principal).filter(audit_run__state=AuditRun.State.COMPLETED, pricings__isnull=True)
    rows = rows.filter(purpose=AuditOrder.Purpose.SUBMISSION).select_related("organisation")
    return rows.defer("audit_run__result", "audit_run__spec").order_by("created_at")


def _failed(request: Asked) -> Any:
    rows = orders_visible(request.principal).filter(audit_run__state=AuditRun.State.FAILED)
    rows = rows.select_related("organisation").defer("audit_run__result", "audit_run__spec")
    return rows.order_by("-created_at")


def _refused(request: Asked) -> Any:
    rows = datasets_visible(request.principal).filter(state=DataSet.State.REFUSED)
    return rows.order_by("-created_at")
