"""The actuary's workbench: every kind of study, asking for one, reading it, computing it again."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import Truncator

from accounts.access import page
from actuarial.api import ASK, READ
from actuarial.models import Study
from actuarial.registry import StudyKind, kinds
from actuarial.selectors import studies_all, studies_newest, study_get
from actuarial.services import study_edits, study_replay, study_request, study_to_draft
from core.errors import NotFound
from portal.asking import Asked, Refusals, filled, now, said
from portal.forms.workbench import StudyDraftForm, StudyForm
from portal.history import history_of
from portal.paging import paged
from portal.progress import progress_of

MOST_ASKED = 200  # letters of one document; the API has all


@page(READ)
def workbench(request: Asked) -> HttpResponse:
    """Every kind of study with the newest answer."""
    newest = studies_newest()
    rows = [(kind, newest.get(name)) for name, kind in kinds().items()]
    return render(request, "studies/workbench.html", {"rows": rows, "may_ask": ASK.admits(request.principal)})


@page({"GET": READ, "POST": ASK})
def kind(request: Asked, name: str) -> HttpResponse:
    """One kind: what it asks, and every study of it, newest first."""
    study = _kind(name)
    form = StudyForm(request.POST or None, kind=study)
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            made = study_request(kind=name, asked=form.asked(), actor=request.principal.actor, at=now())
        except Refusals as refused:
            problem = refused
        else:
            messages.success(request, "The study is asked for.", extra_tags="is-met")
            return redirect("study", pk=made.pk)
    status = getattr(problem, "status", 422) if request.method == "POST" else 200
    shown = {"kind": study, "form": form, "problem": problem, "may_ask": ASK.admits(request.principal)}
    rows = paged(studies_all().filter(kind=name), request)
    return render(request, "studies/kind.html", {**shown, "paged": rows}, status=status)


@page(READ)
def study(request: Asked, pk: UUID) -> HttpResponse:
    """One study: the finding, every part with its chart and table, what it stands on."""
    row = study_get(pk)
    shown = {
        "study": row,
        "asked": {name: _written(value) for name, value in row.asked.items()},
        "kind": _kind(row.kind),
        "progress": progress_of(row.job_id),
        "journal": history_of([("study", row.pk)]),
        "edits": study_edits(row),
        "draft_form": StudyDraftForm(),
        "may_ask": ASK.admits(request.principal),
    }
    return render(request, "studies/study.html", shown)


@page({"POST": ASK})
def draft(request: Asked, pk: UUID) -> HttpResponse:
    """Start a plan's draft with the figures the study proposes."""
    row, form = study_get(pk), StudyDraftForm(request.POST)
    if not filled(request, form):
        return redirect("study", pk=pk)
    try:
        made = study_to_draft(study=row, **form.cleaned_data, actor=request.principal.actor, at=now())
    except Refusals as error:
        messages.error(request, said(error), extra_tags="is-harm")
        return redirect("study", pk=pk)
    return redirect("draft", name=made.name)


@page(READ)
def progress(request: Asked, pk: UUID) -> HttpResponse:
    """The progress part alone, polled while the study is made; a finished one reloads the page."""
    row = study_get(pk)
    if row.state != Study.State.REQUESTED:
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = {"poll": f"/studies/{pk}/progress", "progress": progress_of(row.job_id)}
    return render(request, "components/polled.html", shown)


@page({"POST": READ})
def replay(request: Asked, pk: UUID) -> HttpResponse:
    """Compute a study again from what it read, and compare."""
    row = study_get(pk)
    try:
        again = study_replay(study=row)
    except Refusals as error:
        messages.error(request, said(error), extra_tags="is-harm")
        return redirect("study", pk=pk)
    if again == row.result_digest:
        messages.success(request, f"Computed again: every figure is the same, {again[:19]}…", extra_tags="is-met")
    else:
        told = f"Computed again it differs: {again[:19]}… now, {row.result_digest[:19]}… kept. The kept result stands."
        messages.error(request, told, extra_tags="is-harm")
    return redirect("study", pk=pk)


def _written(value: object) -> object:
    """What was asked as it was typed: documents as JSON, cut where they are long."""
    return Truncator(json.dumps(value)).chars(MOST_ASKED) if isinstance(value, dict | list) else value


def _kind(name: str) -> StudyKind:
    found = kinds().get(name)
    if found is None:
        raise NotFound("Nothing is here that you may see.")
    return found
