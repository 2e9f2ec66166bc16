"""Acts on a model: register it, freeze versions, switch deployments, order audits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import Access, page
from accounts.scope import object_get, organisation_pick
from accounts.selectors import organisations_visible
from audits.models import DataSet
from core.actors import Actor
from portal.asking import Asked, Refusals, act, filled, now
from portal.cover import quotes_lapsed
from portal.forms.models import (
    INTERFACE_SAMPLE,
    AuditForm,
    BesideForm,
    ChallengeForm,
    DeploymentForm,
    ExposureForm,
    ProductionForm,
    RegisterForm,
    VersionForm,
)
from portal.forms.underwriting import ReasonForm
from portal.lookups import datasets_held, datasets_open
from underwriting.api.registry import BUILD, CHALLENGE, ORDER
from underwriting.models import RegisteredModel
from underwriting.plan_records import plan_current
from underwriting.production import production_said
from underwriting.selectors import models_visible
from underwriting.services import (
    audit_order,
    challenge_set,
    deployment_switch,
    exposure_change,
    model_register,
    model_retire,
    production_report,
    version_register,
)
from underwriting.services.beside import Named


@page({"GET": BUILD, "POST": BUILD})
def register(request: Asked) -> HttpResponse:
    """The registration form; what was typed stays when it is refused."""
    plan = plan_current(on=now().date())
    if request.method == "GET":
        return _registration(request, RegisterForm(plan=plan))
    form = RegisterForm(request.POST, plan=plan)
    if not form.is_valid():
        return _registration(request, form, status=422)
    try:
        made = _registered(request, form)
    except Refusals as problem:
        return _registration(request, form, status=problem.status, problem=problem)
    return redirect("model", pk=made.pk)


def _registered(request: Asked, form: RegisterForm) -> RegisteredModel:
    wanted = form.cleaned_data["organisation"]
    organisation = organisation_pick(principal=request.principal, access=BUILD, requested=wanted)
    return model_register(
        organisation=organisation, fields=form.registration(), actor=request.principal.actor, at=now()
    )


def _registration(request: Asked, form: RegisterForm, status: int = 200, **extra: Any) -> HttpResponse:
    choices = organisations_visible(request.principal).order_by("name")
    return render(request, "models/register.html", {"form": form, "organisations": choices, **extra}, status=status)


@page({"POST": BUILD})
def version_add(request: Asked, pk: UUID) -> HttpResponse:
    """Freeze an artifact as a version; what was typed stays when it is refused."""
    row, form = _own(request, pk), VersionForm(request.POST)
    if not filled(request, form):
        return _version_again(request, row, form)
    given = form.cleaned_data
    try:
        made = version_register(model=row, actor=request.principal.actor, at=now(), **given)
    except Refusals as problem:
        return _version_again(request, row, form, status=problem.status, problem=problem)
    done = f"Version {given['label']} is registered. Its artifact can no longer change."
    messages.success(request, done, extra_tags="is-met")
    return redirect("version" if given["interface"] else "model", pk=made.pk if given["interface"] else pk)


def _version_again(
    request: Asked, row: RegisteredModel, form: VersionForm, status: int = 422, **extra: Any
) -> HttpResponse:
    shown = {"model": row, "version_form": form, "interface_sample": INTERFACE_SAMPLE, **extra}
    return render(request, "models/version_new.html", shown, status=status)


@page({"POST": BUILD})
def deploy(request: Asked, pk: UUID) -> HttpResponse:
    """Record from when on which version decides."""
    row = _own(request, pk)
    form = DeploymentForm(request.POST, versions=list(row.versions.all()))
    if not filled(request, form):
        return redirect("model", pk=pk)
    given = form.cleaned_data
    version = row.versions.get(pk=given["version"]) if given["version"] else None

    def call(actor: Actor) -> None:
        deployment_switch(
            model=row, version=version, live_from=given["live_from"], notes=given["notes"], actor=actor, at=now()
        )

    return act(request, call, back=f"/models/{pk}", done="The switch is recorded.")


@page({"POST": BUILD})
def production(request: Asked, pk: UUID) -> HttpResponse:
    """Keep which file production says it runs, and say what that means."""
    row, form = _own(request, pk), ProductionForm(request.POST)
    back = f"/models/{pk}#production"
    if not filled(request, form):
        return redirect(back)

    def call(actor: Actor) -> None:
        said = production_said(production_report(model=row, **form.cleaned_data, actor=actor, at=now()))
        if said.differs:
            told = "Production runs another file than the version that was live then: the next price is referred."
            messages.warning(request, told, extra_tags="is-doubt")

    return act(request, call, back=back, done="The report is kept.")


@page({"POST": BUILD})
def exposure(request: Asked, pk: UUID) -> HttpResponse:
    """State a new number of decisions a year; quotes that no longer stand are voided by a worker."""
    row, form = _own(request, pk), ExposureForm(request.POST)
    back = f"/models/{pk}#exposure"
    if not filled(request, form):
        return redirect(back)
    given = form.cleaned_data

    def call(actor: Actor) -> None:
        changed = exposure_change(model=row, actor=actor, at=now(), **given)
        for quote in quotes_lapsed(changed, at=now()):
            messages.warning(request, f"Quote {quote.number} no longer stands: it is voided.", extra_tags="is-doubt")

    done = f"The model now makes {given['decisions_per_year']:,} decisions a year."
    return act(request, call, back=back, done=done)


@page({"POST": BUILD})
def retire(request: Asked, pk: UUID) -> HttpResponse:
    """Take the model off the books; its history stays."""
    row, form = _own(request, pk), ReasonForm(request.POST)
    if not filled(request, form):
        return redirect("model", pk=pk)

    def call(actor: Actor) -> None:
        model_retire(model=row, why=form.cleaned_data["why"], actor=actor, at=now())

    return act(request, call, back=f"/models/{pk}", done=f"{row.name} is retired. Its history stays.")


@page({"POST": ORDER})
def audit_add(request: Asked, pk: UUID) -> HttpResponse:
    """Order an audit of one of the model's versions."""
    row = _own(request, pk, ORDER)
    datasets = datasets_open(request.principal, row.organisation_id)
    chosen = {"versions": list(row.versions.all()), "datasets": list(datasets)}
    form, beside = AuditForm(request.POST, **chosen), BesideForm(request.POST, **chosen)
    if not filled(request, form) or not filled(request, beside):
        return redirect("model", pk=pk)
    given = form.cleaned_data
    version, dataset = row.versions.get(pk=given["version"]), datasets.get(pk=given["dataset"])
    named = _named(row, datasets, beside.cleaned_data)

    def call(actor: Actor) -> str:
        order = audit_order(
            version=version, dataset=dataset, purpose=given["purpose"], named=named, actor=actor, at=now()
        )
        return f"/audits/{order.audit_run_id}"

    return act(request, call, back=f"/models/{pk}", done="The audit is ordered.")


def _named(row: RegisteredModel, datasets: QuerySet[DataSet], given: Mapping[str, str]) -> Named:
    """The rows and the version that were chosen to stand beside the audit."""
    chosen = {role: datasets.get(pk=pk) for role, pk in given.items() if pk and role != "earlier_version"}
    earlier = row.versions.get(pk=given["earlier_version"]) if given["earlier_version"] else None
    return Named(chosen, earlier)


@page({"POST": CHALLENGE})
def challenge_add(request: Asked, pk: UUID) -> HttpResponse:
    """Let every later audit of the model read rows that the insurer holds."""
    row = _own(request, pk, CHALLENGE)
    rows = datasets_held(request.principal, row.organisation_id)
    form = ChallengeForm(request.POST, datasets=list(rows))
    back = f"/models/{pk}#audits"
    if not filled(request, form):
        return redirect(back)

    def call(actor: Actor) -> None:
        challenge_set(model=row, dataset=rows.get(pk=form.cleaned_data["dataset"]), actor=actor, at=now())

    return act(request, call, back=back, done="Every later audit of this model reads these rows.")


def _own(request: Asked, pk: UUID, access: Access = BUILD) -> RegisteredModel:
    row: RegisteredModel = object_get(
        models_visible(request.principal), principal=request.principal, pk=pk, access=access
    )
    return row
