"""Quarterly reports: asking for one, watching it being made, reading it, making it again to compare."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from accounts.scope import object_get
from core.actors import Actor
from policies.api.policies import STAFF
from policies.selectors import documents_visible
from policies.services.documents import document_remake
from portal.asking import Asked, Refusals, act, filled, may, now, said
from portal.forms.reports import ReportForm
from portal.history import history_of
from portal.progress import progress_of
from reports.api import ASK, READ
from reports.models import QuarterlyReport
from reports.selectors import reports_visible
from reports.services import report_remake, report_request
from underwriting.selectors import models_visible


@page({"POST": ASK})
def ask(request: Asked) -> HttpResponse:
    """Ask for the report of one model and quarter; a worker makes it."""
    form = ReportForm(request.POST, on=now().date())
    if not filled(request, form):
        return redirect("documents")
    given = form.cleaned_data
    model = object_get(models_visible(request.principal), principal=request.principal, pk=given["model"], access=ASK)

    def call(actor: Actor) -> str:
        return f"/reports/{report_request(model=model, quarter=given['quarter'], actor=actor, at=now()).pk}"

    return act(request, call, back=f"/models/{model.pk}#reports", done="The report is asked for.")


@page(READ)
def report(request: Asked, pk: UUID) -> HttpResponse:
    """One report: how far it is, its paper, why it failed, what took its place."""
    row = _visible(request, pk)
    shown: dict[str, Any] = {
        "report": row,
        "progress": progress_of(row.job_id),
        "versions": list(row.model.reports.filter(quarter=row.quarter).order_by("-version")),
        "journal": history_of([("report", row.pk)]),
    }
    if may(request.principal, ASK, row.organisation_id):
        shown["report_form"] = ReportForm(model=row.model, on=now().date(), initial={"quarter": row.quarter})
    return render(request, "documents/report.html", shown)


@page(READ)
def progress(request: Asked, pk: UUID) -> HttpResponse:
    """The progress part alone, polled while the report is made; a finished one reloads the page."""
    row = _visible(request, pk)
    if row.state != QuarterlyReport.State.REQUESTED:
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = {"poll": f"/reports/{pk}/progress", "progress": progress_of(row.job_id)}
    return render(request, "components/polled.html", shown)


@page({"POST": STAFF})
def remake(request: Asked, pk: UUID) -> HttpResponse:
    """Make a report again from its stored input and compare the digests."""
    row = object_get(reports_visible(request.principal), principal=request.principal, pk=pk, access=STAFF)
    try:
        again = report_remake(report=row)
    except Refusals as error:
        messages.error(request, said(error), extra_tags="is-harm")
    else:
        _compared(request, again, row.paper.digest)
    return redirect("report", pk=pk)


@page({"POST": STAFF})
def document_again(request: Asked, pk: UUID) -> HttpResponse:
    """Make a policy's paper again from its stored input and compare the digests."""
    row = object_get(documents_visible(request.principal), principal=request.principal, pk=pk, access=STAFF)
    try:
        again = document_remake(document=row)
    except Refusals as error:
        messages.error(request, said(error), extra_tags="is-harm")
    else:
        _compared(request, again, row.digest)
    return redirect(f"/policies/{row.policy_id}#papers")


def _compared(request: Asked, again: str, kept: str) -> None:
    if again == kept:
        messages.success(request, f"Made again: every byte is the same, {again[:19]}…", extra_tags="is-met")
    else:
        told = f"Made again it differs: {again[:19]}… now, {kept[:19]}… kept. The kept paper stands. Another build of "
        messages.error(request, told + "Plimsoll or of its libraries can be the cause.", extra_tags="is-harm")


def _visible(request: Asked, pk: UUID) -> QuarterlyReport:
    row: QuarterlyReport = object_get(
        reports_visible(request.principal), principal=request.principal, pk=pk, access=READ
    )
    return row
