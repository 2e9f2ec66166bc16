"""Policies: their list for customers, and one policy's terms, schedule, papers and history."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from accounts.scope import object_get
from claims.selectors import claims_of_policy
from core.actors import Actor
from policies.api.policies import READ, WRITE
from policies.api.premium_audits import DECLARE, SETTLE
from policies.models import Policy
from policies.selectors import documents_of, documents_visible, policies_visible, premium_audit_of, quotes_live
from policies.services.premium_audit import declaration_standing, exposure_declare, premium_audit_settle
from policies.services.terms import subjectivity_meet
from portal.asking import Asked, act, filled, may, now
from portal.forms.reports import ReportForm
from portal.forms.underwriting import ExposureForm, ReasonForm
from portal.history import history_of
from portal.paging import paged
from portal.readings import reading_of
from reports.api import ASK
from reports.selectors import reports_visible
from underwriting.selectors import models_visible


@page(READ)
def policies(request: Asked) -> HttpResponse:
    """The caller's policies, and the quotes that wait for an answer."""
    rows = paged(policies_visible(request.principal).defer("quote__pricing__worksheet"), request, by="inception")
    waiting = quotes_live(request.principal).defer("pricing__worksheet")
    return render(request, "policies/policies.html", {"policies": rows.rows, "page": rows, "quotes": waiting})


@page(READ)
def policy(request: Asked, pk: UUID) -> HttpResponse:
    """One policy."""
    row = object_get(policies_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    shown: dict[str, Any] = {
        "policy": row,
        "schedule": list(row.schedule.select_related("version").order_by("created_at")),
        "documents": list(documents_of(row)),
        "transactions": list(row.transactions.order_by("booked_at")),
        "claims": list(claims_of_policy(row.pk)),
        "reports": list(row.reports.order_by("-quarter", "-version")),
        "reading": reading_of(row.quote.pricing),
        "may_write": may(request.principal, WRITE, row.organisation_id),
        "reason_form": ReasonForm(),
        "journal": history_of([("policy", row.pk), ("quote", row.quote_id)]),
        **_counted(request, row),
    }
    return render(request, "policies/policy.html", shown)


def _counted(request: Asked, row: Policy) -> dict[str, Any]:
    """The premium audit of an expired policy: what was declared, what was settled, who may do either."""
    if row.state != Policy.State.EXPIRED:
        return {}
    settled = premium_audit_of(row)
    declared = declaration_standing(row)
    open_still = settled is None
    return {
        "counting": True,
        "settled": settled,
        "declared": declared,
        "may_declare": open_still and may(request.principal, DECLARE, row.organisation_id),
        "may_settle": open_still and declared is not None and may(request.principal, SETTLE, row.organisation_id),
        "exposure_form": ExposureForm(),
    }


@page({"POST": DECLARE})
def exposure(request: Asked, pk: UUID) -> HttpResponse:
    """Declare the decisions really made."""
    row = object_get(policies_visible(request.principal), principal=request.principal, pk=pk, access=DECLARE)
    form = ExposureForm(request.POST)
    if not filled(request, form):
        return redirect(f"/policies/{pk}#premium-audit")

    def call(actor: Actor) -> None:
        exposure_declare(policy=row, **form.cleaned_data, actor=actor, at=now())

    return act(request, call, back=f"/policies/{pk}#premium-audit", done="Declared. An underwriter checks and settles.")


@page({"POST": SETTLE})
def premium_audit(request: Asked, pk: UUID) -> HttpResponse:
    """Hold the deposit against the declared decisions."""
    row = object_get(policies_visible(request.principal), principal=request.principal, pk=pk, access=SETTLE)
    form = ReasonForm(request.POST)
    if not filled(request, form):
        return redirect(f"/policies/{pk}#premium-audit")

    def call(actor: Actor) -> None:
        premium_audit_settle(policy=row, why=form.cleaned_data["why"], actor=actor, at=now())

    return act(request, call, back=f"/policies/{pk}#premium-audit", done="Settled. The statement follows in seconds.")


@page({"POST": WRITE})
def subjectivity(request: Asked, pk: UUID, index: int) -> HttpResponse:
    """Note that the customer brought what a subjectivity asked for."""
    row: Policy = object_get(policies_visible(request.principal), principal=request.principal, pk=pk, access=WRITE)
    form = ReasonForm(request.POST)
    if not filled(request, form):
        return redirect("policy", pk=pk)

    def call(actor: Actor) -> None:
        subjectivity_meet(policy=row, index=index, why=form.cleaned_data["why"], actor=actor, at=now())

    return act(request, call, back=f"/policies/{pk}", done="The subjectivity is met.")


@page(READ)
def documents(request: Asked) -> HttpResponse:
    """Every paper the caller may see: policy papers and quarterly reports."""
    papers = paged(documents_visible(request.principal).select_related("policy__model"), request, by="made_at")
    reports = paged(reports_visible(request.principal), request, name="reports")
    shown: dict[str, Any] = {
        "papers": papers.rows,
        "page": papers,
        "reports": reports.rows,
        "reports_page": reports,
    }
    if ASK.admits(request.principal):
        models = list(models_visible(request.principal).order_by("name"))
        shown["report_form"] = ReportForm(models=models, on=now().date()) if models else None
    return render(request, "documents/documents.html", shown)
