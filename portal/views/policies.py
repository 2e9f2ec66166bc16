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
from policies.models import Policy
from policies.selectors import documents_of, documents_visible, policies_visible, quotes_live
from policies.services.terms import subjectivity_meet
from portal.asking import Asked, act, filled, may, now
from portal.forms.reports import ReportForm
from portal.forms.underwriting import ReasonForm
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
    }
    return render(request, "policies/policy.html", shown)


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
