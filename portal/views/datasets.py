"""Data sets: sending one with a progress bar, and what was read from it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import Access, page
from accounts.roles import ALL_MEMBERS, ALL_STAFF
from accounts.scope import object_get
from accounts.selectors import organisations_visible
from audits.api import SEND
from audits.selectors import audits_of, datasets_visible, rows_shown_to
from portal.asking import Asked
from portal.handover_story import interface_table
from portal.history import history_of
from portal.progress import progress_of
from underwriting.models import RegisteredModel
from underwriting.selectors import models_visible

STEPS = ("dataset.received", "dataset.ready", "dataset.refused")
READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)


@page(READ)
def dataset(request: Asked, pk: UUID) -> HttpResponse:
    """One data set: where it comes from, what was read, or why it was refused."""
    row = object_get(datasets_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    told = rows_shown_to(row, request.principal)
    shown = {
        "dataset": row,
        "shown": told,
        "progress": progress_of(row.job_id),
        "runs": list(audits_of(row.pk).defer("result", "spec")),
        # A reason may repeat a cell.
        "journal": history_of([("dataset", row.pk)], only=None if told else STEPS),
    }
    return render(request, "datasets/dataset.html", shown)


@page(READ)
def progress(request: Asked, pk: UUID) -> HttpResponse:
    """The progress part alone, polled while the data set is read; a finished one reloads the page."""
    row = object_get(datasets_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    if row.state not in ("received",):
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = {"poll": f"/datasets/{pk}/progress", "progress": progress_of(row.job_id)}
    return render(request, "components/polled.html", shown)


@page(SEND)
def new(request: Asked) -> HttpResponse:
    """The upload form. The file itself goes to the API, which streams it to disk."""
    wanted = request.GET.get("model", "")
    model: RegisteredModel | None = None
    if wanted:
        model = object_get(models_visible(request.principal), principal=request.principal, pk=wanted, access=SEND)
    organisations = organisations_visible(request.principal).order_by("name")
    shown = {"model": model, "organisations": organisations, **(_asked_for(model) if model else {})}
    return render(request, "datasets/new.html", shown)


def _asked_for(model: RegisteredModel) -> dict[str, Any]:
    """The columns that the newest version with an interface gets; many alike are told from first to last."""
    version = model.versions.exclude(interface=None).order_by("-frozen_at", "-pk").first()
    if version is None:
        return {}
    inputs = [name for name, *_ in interface_table(version.interface)["rows"]]
    return {"version": version, "inputs": inputs}
