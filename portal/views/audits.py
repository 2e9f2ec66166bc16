"""Audits: their list, one audit's verdicts in plain words, its progress while it runs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from accounts.access import Access, page
from accounts.roles import ALL_MEMBERS, ALL_STAFF
from accounts.scope import object_get
from audits.api import DRAW, SEND
from audits.counted_runs import OPEN, audit_cancel
from audits.engine.rowtables import without_rows
from audits.models import AuditRun
from audits.selectors import (
    audit_progress,
    audit_result,
    audits_visible,
    companions_told,
    rows_shown_to,
    sample_if_drawn,
)
from core.actors import Actor
from core.errors import NotFound
from portal.asking import Asked, act, may, now
from portal.audit_story import MOST_FINDINGS, acts_of, families_of, opinion, unlike, untested_by_reason
from portal.forms.pricing import TermsForm
from portal.history import history_of
from portal.paging import paged
from portal.progress import progress_shown
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
    shown: dict[str, Any] = {"run": run, "order": order, "progress": progress_shown(audit_progress(run))}
    if run.state == AuditRun.State.COMPLETED:
        shown |= _told(request, run, order)
    shown["may_cancel"] = run.state in OPEN and may(request.principal, SEND, run.organisation_id)
    shown["journal"] = history_of([("audit", run.pk)])
    return render(request, "audits/audit.html", {**shown, **kept}, status=status)


def _told(request: Asked, run: AuditRun, order: Any) -> dict[str, Any]:
    result = audit_result(run)
    families = families_of(_shown_to(request, run, result))
    acts = acts_of(result, families)
    priceable = order is not None and may(request.principal, PRICE, run.organisation_id)
    return {
        "result": result,
        "opinion": opinion(result),
        "unlike": unlike(result),
        "evidence": class_in_force(order, result["checks"]) if order else None,
        "acts": acts[:MOST_FINDINGS],
        "more_acts": acts[MOST_FINDINGS:],
        "families": families,
        "untested": untested_by_reason(result),
        "reading": _second_reader(request, run, result),
        "beside": companions_told(run, request.principal),
        "prices": list(order.pricings.defer("worksheet").order_by("-created_at")) if order else [],
        "terms_form": terms_form() if priceable else None,
    }


def _shown_to(request: Asked, run: AuditRun, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result, for whoever may not see single rows without the tables that hold them."""
    return result if rows_shown_to(run.dataset, request.principal) else without_rows(result)


def _second_reader(request: Asked, run: AuditRun, result: Mapping[str, Any]) -> dict[str, Any] | None:
    """The rows drawn for a second reader, or what drawing them needs; None for who may not draw."""
    allowed = may(request.principal, DRAW, run.organisation_id) and rows_shown_to(run.dataset, request.principal)
    if not allowed:
        return None
    return {"sample": sample_if_drawn(run), "row_id": result["spec"].get("row_id")}


@page(READ)
def family(request: Asked, pk: UUID, name: str) -> HttpResponse:
    """One family of checks whole; with `part`, what a fold of the audit's page holds of it."""
    run = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    result = _shown_to(request, run, audit_result(run))
    found = next((one for one in families_of(result) if one.name == name), None)
    if found is None:
        raise NotFound("This audit has no such checks.")
    shown: dict[str, Any] = {"run": run, "family": found, "part": request.GET.get("part", "")}
    if "HX-Request" in request.headers:
        return render(request, "audits/family_part.html", shown)
    shown["order"] = orders_visible(request.principal).filter(audit_run=run).defer("audit_run__result").first()
    return render(request, "audits/family.html", shown)


@page({"POST": SEND})
def cancel(request: Asked, pk: UUID) -> HttpResponse:
    """Call a queued or running audit off."""
    run = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=SEND)

    def call(actor: Actor) -> None:
        audit_cancel(run=run, actor=actor, at=now())

    return act(request, call, back=f"/audits/{pk}", done="The audit is cancelled.")


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
    shown = {"poll": f"/audits/{pk}/progress", "progress": progress_shown(audit_progress(run))}
    return render(request, "components/polled.html", shown)
