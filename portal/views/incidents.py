"""Incidents: reporting one, reading one, completing how it is coded."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from accounts.scope import object_get
from claims.api.incidents import READ, REPORT, WORK
from claims.facts import CSET
from claims.models import Incident
from claims.selectors import claims_visible, incident_report_due, incidents_visible
from claims.services.reporting import incident_code, incident_report
from core.actors import Actor
from portal.asking import Asked, Refusals, act, filled, may, now
from portal.forms.claims import CodingForm, IncidentForm, RecodeForm
from portal.history import history_of
from underwriting.selectors import models_visible

OPEN_TO_ALL = frozenset({"incident.reported", "incident.coded"})


@page(READ)
def incident(request: Asked, pk: UUID) -> HttpResponse:
    """One incident: what happened, how it is coded, which claims came from it."""
    row = object_get(incidents_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    only = None if request.principal.is_staff else OPEN_TO_ALL
    shown: dict[str, Any] = {
        "incident": row,
        "missing": missing_of(row),
        "claims": list(claims_visible(request.principal).filter(incident=row).order_by("reported_at")),
        "report_due": incident_report_due(row),
        "may_report": may(request.principal, REPORT, row.organisation_id),
        "journal": history_of([("incident", row.pk)], only=only),
    }
    if may(request.principal, WORK, row.organisation_id):
        coded = {name: getattr(row, name) for name in CodingForm.base_fields}
        shown["coding_form"] = RecodeForm(initial=coded)
    return render(request, "claims/incident.html", shown)


def missing_of(row: Incident) -> list[str]:
    """Which of CSET's four elements nobody has coded."""
    return [name for name in CSET if not getattr(row, name).strip()]


@page({"POST": WORK})
def code(request: Asked, pk: UUID) -> HttpResponse:
    """Complete or correct the coding, for a reason."""
    row = object_get(incidents_visible(request.principal), principal=request.principal, pk=pk, access=WORK)
    form, back = RecodeForm(request.POST), f"/incidents/{pk}#code"
    if not filled(request, form):
        return redirect(back)
    changes = {name: form.cleaned_data[name] for name in CodingForm.base_fields}
    changes = {name: value for name, value in changes.items() if value != getattr(row, name)}
    if not changes:
        messages.info(request, "Nothing was changed: the coding is as it was.")
        return redirect(back)

    def call(actor: Actor) -> None:
        incident_code(incident=row, changes=changes, why=form.cleaned_data["why"], actor=actor, at=now())

    return act(request, call, back=back, done="The coding is kept.")


@page({"GET": REPORT, "POST": REPORT})
def incident_new(request: Asked) -> HttpResponse:
    """Report an incident."""
    models = list(models_visible(request.principal).order_by("name"))
    if request.method == "GET":
        blank = IncidentForm(models=models, initial={"model": request.GET.get("model", "")})
        return render(request, "claims/report.html", {"form": blank})
    form = IncidentForm(request.POST, models=models)
    if not form.is_valid():
        return render(request, "claims/report.html", {"form": form}, status=422)
    model = object_get(
        models_visible(request.principal), principal=request.principal, pk=form.cleaned_data["model"], access=REPORT
    )
    try:
        made = incident_report(model=model, fields=form.incident(), actor=request.principal.actor, at=now())
    except Refusals as problem:
        return render(request, "claims/report.html", {"form": form, "problem": problem}, status=problem.status)
    return redirect(f"/claims/new?incident={made.pk}")
