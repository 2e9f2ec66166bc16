"""Audits: their list, one audit's verdicts in plain words, its progress while it runs."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from accounts.access import Access, page
from accounts.roles import ALL_MEMBERS, ALL_STAFF
from accounts.scope import object_get
from audits.models import AuditRun
from audits.selectors import audit_result, audits_visible, rows_shown_to
from portal.asking import Asked, may, now
from portal.audit_story import families_of, not_tested, opinion, unlike, without_rows
from portal.forms.pricing import TermsForm
from portal.history import history_of
from portal.paging import paged
from portal.progress import progress_of
from underwriting.api.pricing import PRICE
from underwriting.evidence_class import class_in_force
from underwriting.plan_records import plan_current
from underwriting.selectors import orders_visible, plans_published

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)


@page(READ)
def audits(request: Asked) -> HttpResponse:
    """Audits the caller may see, newest first."""
    rows = orders_visible(request.principal).select_related("organisation", "audit_run__dataset")
    found = paged(rows.defer("audit_run__result", "audit_run__spec"), request)
    return render(request, "audits/audits.html", {"orders": found.rows, "page": found})


@page(READ)
def audit(request: Asked, pk: UUID) -> HttpResponse:
    """One audit: opinion first, then each family worst first, then what was not tested."""
    run = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    return audit_page(request, run)


def audit_page(request: Asked, run: AuditRun, *, status: int = 200, **kept: Any) -> HttpResponse:
    """The page of `run`; `kept` is what was typed and why it was refused."""
    order = orders_visible(request.principal).filter(audit_run=run).defer("audit_run__result").first()
    shown: dict[str, Any] = {"run": run, "order": order, "progress": progress_of(run.job_id)}
    if run.state == AuditRun.State.COMPLETED:
        shown |= _told(request, run, order)
    shown["journal"] = history_of([("audit", run.pk)])
    return render(request, "audits/audit.html", {**shown, **kept}, status=status)


def _told(request: Asked, run: AuditRun, order: Any) -> dict[str, Any]:
    result = audit_result(run)
    shown = result if rows_shown_to(run.dataset, request.principal) else without_rows(result)
    priceable = order is not None and may(request.principal, PRICE, run.organisation_id)
    return {
        "result": result,
        "opinion": opinion(result),
        "unlike": unlike(result),
        "evidence": class_in_force(order, result["checks"]) if order else None,
        "families": families_of(shown),
        "not_tested": not_tested(result),
        "prices": list(order.pricings.defer("worksheet").order_by("-created_at")) if order else [],
        "terms_form": terms_form() if priceable else None,
    }


def terms_form(data: QueryDict | None = None) -> TermsForm:
    """The terms under the plan in force; any published plan can be chosen instead."""
    return TermsForm(
        data,
        initial={"inception": now().date()},
        plan=plan_current(on=now().date()),
        plans=[row.name for row in plans_published()],
    )


@page(READ)
def progress(request: Asked, pk: UUID) -> HttpResponse:
    """The progress part alone, polled while the audit runs; a finished one reloads the page."""
    run = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    if run.state in (AuditRun.State.COMPLETED, AuditRun.State.FAILED):
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = {"poll": f"/audits/{pk}/progress", "progress": progress_of(run.job_id)}
    return render(request, "components/polled.html", shown)
