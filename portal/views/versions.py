"""Versions: how the data reaches them, whether their file was handed over, and rows put to the model in its cage."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import Access, page
from accounts.scope import object_get
from audits.api import SEND, TRY
from audits.engine import spec_parse
from audits.interface import interface_parse
from audits.models import ModelFile, Trial
from audits.selectors import trials_visible
from audits.trials import trial_ask
from core.errors import NotFound
from portal.asking import Asked, Refusals, may, now
from portal.forms.models import TryForm
from portal.handover_story import decision_words, facts_words, handed_look, interface_table, output_words, trial_told
from portal.history import history_of
from portal.lookups import typical_of
from portal.progress import progress_of
from underwriting.api.registry import READ
from underwriting.models import ModelVersion, RegisteredModel
from underwriting.plan_records import plan_current
from underwriting.selectors import file_of, versions_visible
from underwriting.specification import spec_for

MOST_INPUTS = 300  # of the form; a wider model is tried over the API
MOST_TRIALS = 10


@page(READ)
def version(request: Asked, pk: UUID) -> HttpResponse:
    """One version: what it is, how the data reaches it, its file, and what comes next."""
    row = _version(request, pk, READ)
    file = file_of(row)
    shown = {**_handed(request, row, file), **_interface(row), "orders": list(_orders(row))}
    subjects: list[tuple[str, Any]] = [("version", row.pk), *([("model_file", file.pk)] if file else [])]
    return render(request, "models/version.html", {"version": row, "journal": history_of(subjects), **shown})


def _version(request: Asked, pk: UUID, access: Access) -> ModelVersion:
    found: ModelVersion = object_get(
        versions_visible(request.principal), principal=request.principal, pk=pk, access=access
    )
    return found


def _orders(row: ModelVersion) -> Any:
    rows = row.orders.select_related("audit_run").order_by("-created_at")[:20]
    return rows.defer("audit_run__result", "audit_run__spec")


def _handed(request: Asked, row: ModelVersion, file: ModelFile | None) -> dict[str, Any]:
    """The file's state, and what this caller may do about it."""
    state = file.state if file else None
    open_ = row.interface is not None and row.model.state == RegisteredModel.State.REGISTERED
    return {
        "file": file,
        "handed": handed_look(file, row.interface),
        "facts": facts_words(file.facts) if file and file.facts else [],
        "progress": progress_of(file.job_id) if file and state == ModelFile.State.RECEIVED else None,
        "may_hand": open_ and state in (None, "refused") and may(request.principal, SEND, row.organisation_id),
        "may_try": state == ModelFile.State.READY and may(request.principal, TRY, row.organisation_id),
    }


def _interface(row: ModelVersion) -> dict[str, Any]:
    if row.interface is None:
        return {}
    return {"interface": interface_table(row.interface), "output": output_words(row.interface)}


@page(READ)
def progress(request: Asked, pk: UUID) -> HttpResponse:
    """The progress part alone, polled while the file is examined; a finished one reloads the page."""
    file = file_of(_version(request, pk, READ))
    if file is None or file.state != ModelFile.State.RECEIVED:
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = {"poll": f"/versions/{pk}/progress", "progress": progress_of(file.job_id)}
    return render(request, "components/polled.html", shown)


# one typed row


@page({"GET": TRY, "POST": TRY})
def attempt(request: Asked, pk: UUID) -> HttpResponse:
    """The form of one row; sent, it is put to the model and its page shows the answer."""
    row = _version(request, pk, TRY)
    file = file_of(row)
    if file is None or file.state != ModelFile.State.READY:
        raise NotFound("Nothing is here that you may see.")
    if request.method == "GET":
        return try_page(request, row, file)
    form = _form(row, file, request.POST)
    if not form.is_valid():
        return try_page(request, row, file, status=422, form=form)
    try:
        made = trial_ask(file=file, inputs=form.inputs(), actor=request.principal.actor, at=now())
    except Refusals as problem:
        return try_page(request, row, file, status=problem.status, form=form, problem=problem)
    return redirect("trial", pk=made.pk)


def try_page(request: Asked, row: ModelVersion, file: ModelFile, *, status: int = 200, **more: Any) -> HttpResponse:
    """Form, answer and the last trials of this version; `more` is what was typed, or the trial that is shown."""
    shown: dict[str, Any] = {
        "version": row,
        "file": file,
        "wide": len(file.interface["inputs"]) > MOST_INPUTS,
        "most": MOST_INPUTS,
        "trials": list(trials_visible(request.principal).filter(model_file=file).order_by("-created_at")[:MOST_TRIALS]),
        **more,
    }
    shown.setdefault("form", None if shown["wide"] else _form(row, file, None))
    return render(request, "models/try.html", shown, status=status)


def _form(row: ModelVersion, file: ModelFile, data: Any, typed: Mapping[str, Any] | None = None) -> TryForm:
    typical = typical_of(file) if typed is None else typed
    return TryForm(data, interface=interface_parse(file.interface), typical=typical)


@page(TRY)
def trial(request: Asked, pk: UUID) -> HttpResponse:
    """One trial: waiting, answered with its explanation beside it, or failed with the reason."""
    row = _trial(request, pk)
    file = row.model_file
    found = file.handover.version
    shown: dict[str, Any] = {"trial": row, "form": None}
    if len(file.interface["inputs"]) <= MOST_INPUTS:
        shown["form"] = _form(found, file, None, typed=row.inputs)
    if row.state == Trial.State.ASKED:
        shown["progress"] = progress_of(row.job_id)
    elif row.state == Trial.State.ANSWERED:
        shown["told"] = _told(row, found)
    return try_page(request, found, file, **shown)


def _trial(request: Asked, pk: UUID) -> Trial:
    rows = trials_visible(request.principal).select_related("model_file__handover__version__model")
    found: Trial = object_get(rows, principal=request.principal, pk=pk, access=TRY)
    return found


def _told(row: Trial, version: ModelVersion) -> dict[str, Any]:
    """The answer in words, with the decision that the registered rule makes of it."""
    interface = interface_parse(row.model_file.interface)
    spec = spec_parse(spec_for(version.model, plan_current(on=now().date())))
    decision = decision_words(row.answer, spec=spec, interface=interface)
    return trial_told(row.answer, output=interface.output.column, decision=decision)


@page(TRY)
def trial_progress(request: Asked, pk: UUID) -> HttpResponse:
    """The progress part alone, polled while the model is asked; an answered one reloads the page."""
    row = _trial(request, pk)
    if row.state != Trial.State.ASKED:
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = {"poll": f"/trials/{pk}/progress", "progress": progress_of(row.job_id)}
    return render(request, "components/polled.html", shown)
