"""Registered models: the list, and the one page that tells a model's whole story."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import page
from accounts.scope import object_get
from audits.api import SEND, TRY
from portal.asking import Asked, may, now
from portal.cover import covers_of, lapses_of
from portal.forms.models import (
    INTERFACE_SAMPLE,
    AuditForm,
    BesideForm,
    ChallengeForm,
    DeploymentForm,
    ExposureForm,
    ProductionForm,
    VersionForm,
)
from portal.forms.reports import ReportForm
from portal.forms.underwriting import ReasonForm
from portal.handover_story import handed_look
from portal.history import exposure_steps, history_of
from portal.lookups import datasets_held, datasets_open, files_of, live_labels
from portal.paging import paged
from portal.readings import HEAVY, newest_prices, newest_reading
from portal.stories import model_fact, model_factors
from reports.api import ASK
from underwriting.api.registry import BUILD, CHALLENGE, ORDER, READ
from underwriting.evidence_class import class_in_force
from underwriting.models import RegisteredModel
from underwriting.plan_records import plan_current
from underwriting.production import production_reports
from underwriting.selectors import challenge_of, models_visible, orders_told, switches_of, version_live_at

_HEAVY = (*(f"pricing__{name}" for name in HEAVY), "pricing__order__audit_run__result")


@page(READ)
def models(request: Asked) -> HttpResponse:
    """Every model the caller may see, with its score, the version that decides now and its cover."""
    found = paged(models_visible(request.principal), request)
    rows = found.rows
    keys = [row.pk for row in rows]
    prices, covers, live = newest_prices(keys), covers_of(keys), live_labels(keys, at=now())
    lines = [
        {
            "model": row,
            "reading": newest_reading(prices.get(row.pk, [])),
            "live": live.get(row.pk),
            "policy": covers.get(row.pk),
        }
        for row in rows
    ]
    shown = {"lines": lines, "page": found, "may_register": BUILD.admits(request.principal)}
    return render(request, "models/models.html", shown)


@page(READ)
def model(request: Asked, pk: UUID) -> HttpResponse:
    """One model: what is it, how good, what does it cost, what changed, what next."""
    row = object_get(models_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    shown = {**_measured(request, row), **_sold(row), **_forms(request, row)}
    live, policies = version_live_at(model=row, at=now()), shown["policies"]
    shown["fact"] = model_fact(row, live=live, policies=policies)
    return render(request, "models/model.html", {"model": row, "live": live, "now": now(), **shown})


def _measured(request: Asked, row: RegisteredModel) -> dict[str, Any]:
    versions = list(row.versions.order_by("-created_at"))
    files = files_of(one.pk for one in versions)
    orders = list(orders_told(request.principal).filter(version__model=row).order_by("-created_at"))
    return {
        "facts": model_factors(row, plan_current(on=now().date())),
        "versions": [(one, files.get(one.pk), handed_look(files.get(one.pk), one.interface)) for one in versions],
        "switches": list(switches_of(row)),
        "production": production_reports(row)[:5],
        "orders": [(order, class_in_force(order, order.checks_told or [])) for order in orders],
        "journal": history_of([("model", row.pk), *(("version", one.pk) for one in versions)]),
    }


def _sold(row: RegisteredModel) -> dict[str, Any]:
    prices = newest_prices([row.pk]).get(row.pk, [])
    quotes = list(row.quotes.select_related("pricing__order__audit_run").defer(*_HEAVY).order_by("-created_at"))
    return {
        "prices": prices,
        "reading": newest_reading(prices),
        "quotes": quotes,
        "lapses": lapses_of(quotes, at=now()),
        "exposures": exposure_steps(row.pk),
        "policies": list(row.policies.order_by("-inception")),
        "reports": list(row.reports.order_by("-quarter", "-version")[:8]),
    }


def _forms(request: Asked, row: RegisteredModel) -> dict[str, Any]:
    """What this caller may do here, each with its form."""
    principal, versions = request.principal, list(row.versions.order_by("-created_at"))
    shown: dict[str, Any] = {"may_write": may(principal, BUILD, row.organisation_id)}
    shown["may_send"] = may(principal, SEND, row.organisation_id)
    shown["may_try"] = may(principal, TRY, row.organisation_id)
    registered = row.state == RegisteredModel.State.REGISTERED
    if shown["may_write"]:
        shown["deployment_form"] = DeploymentForm(versions=versions)
        shown["production_form"] = ProductionForm()
    if shown["may_write"] and registered:
        exposure = ExposureForm(initial={"decisions_per_year": row.decisions_per_year})
        shown |= {"version_form": VersionForm(), "exposure_form": exposure, "retire_form": ReasonForm()}
        shown["interface_sample"] = INTERFACE_SAMPLE
    if may(principal, ASK, row.organisation_id):
        shown["report_form"] = ReportForm(model=row, on=now().date())
    if registered and may(principal, ORDER, row.organisation_id):
        datasets = list(datasets_open(principal, row.organisation_id)[:50])
        chosen = {"versions": versions, "datasets": datasets}
        shown |= {"datasets": datasets, "audit_form": AuditForm(**chosen), "beside_form": BesideForm(**chosen)}
    if registered and may(principal, CHALLENGE, row.organisation_id):
        shown["challenge"] = challenge_of(row.pk)
        shown["challenge_form"] = ChallengeForm(datasets=list(datasets_held(principal, row.organisation_id)[:50]))
    return shown
