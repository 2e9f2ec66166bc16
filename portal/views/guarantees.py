"""Guarantees: their list with the form that offers one, and one guarantee's terms, price and settlement."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from core.actors import Actor
from guarantees.api import MEASURE, PAY, READ, WRITE, guarantee_seen, order_of_audit
from guarantees.documents import pays_of
from guarantees.models import Guarantee
from guarantees.selectors import guarantees_visible
from guarantees.services import guarantee_bind, guarantee_measure, guarantee_offer, guarantee_pay, guarantee_withdraw
from portal.asking import Asked, Refusals, act, filled, may, now
from portal.charts import waterfall
from portal.forms.guarantees import GuaranteeForm, MeasureForm, OrderForm, PayForm
from portal.forms.underwriting import ReasonForm
from portal.history import history_of
from portal.paging import paged
from underwriting.rating.parametric import Terms
from underwriting.selectors import orders_visible

MOST = 100  # audits that a form offers


@page({"GET": READ, "POST": WRITE})
def guarantees(request: Asked) -> HttpResponse:
    """Guarantees the caller may see; an underwriter offers one."""
    rows = paged(guarantees_visible(request.principal).defer("worksheet"), request)
    shown: dict[str, Any] = {"guarantees": rows.rows, "page": rows}
    status = 200
    if WRITE.admits(request.principal):
        form = GuaranteeForm(request.POST or None)
        form.choices_set("audit", _audits(request))
        shown["form"] = form
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    return redirect("guarantee", pk=_offered(request, form.cleaned_data).pk)
                except Refusals as problem:
                    shown["problem"], status = problem, problem.status
    return render(request, "guarantees/guarantees.html", shown, status=status)


def _offered(request: Asked, given: dict[str, Any]) -> Guarantee:
    return guarantee_offer(
        order=order_of_audit(request, UUID(given["audit"]), WRITE),
        terms=Terms(given["threshold"], given["rows"], given["tick"], given["cap"]),
        window=(given["window_start"], given["window_end"]),
        currency=given["currency"],
        tax_jurisdiction=given["tax_jurisdiction"],
        actor=request.principal.actor,
        at=now(),
    )


@page(READ)
def guarantee(request: Asked, pk: UUID) -> HttpResponse:
    """One guarantee."""
    row = guarantee_seen(request, pk, READ)
    own = row.organisation_id
    measure = MeasureForm()
    measure.choices_set("audit", _audits(request, version=row.version_id))
    shown: dict[str, Any] = {
        "guarantee": row,
        "figures": row.worksheet["figures"],
        "audited": row.worksheet["audited"],
        "pays": pays_of(row),
        "fall": waterfall("From the expected payment to the premium", _steps(row)),
        "measurements": list(row.measurements.order_by("created_at", "id")),
        "payment": getattr(row, "payment", None),
        "may_bind": row.state == "offered" and may(request.principal, WRITE, own),
        "may_measure": row.state == "bound" and may(request.principal, MEASURE, own),
        "may_pay": row.state == "triggered" and may(request.principal, PAY, own),
        "order_form": OrderForm(),
        "reason_form": ReasonForm(),
        "measure_form": measure,
        "pay_form": PayForm(),
        "journal": history_of([("guarantee", row.pk)]),
    }
    return render(request, "guarantees/guarantee.html", shown)


@page({"POST": WRITE})
def bind(request: Asked, pk: UUID) -> HttpResponse:
    """Bind on the customer's order."""
    row, form = guarantee_seen(request, pk, WRITE), OrderForm(request.POST)
    if not filled(request, form):
        return redirect("guarantee", pk=pk)

    def call(actor: Actor) -> None:
        guarantee_bind(guarantee=row, **form.cleaned_data, actor=actor, at=now())

    return act(request, call, back=f"/guarantees/{pk}", done="Bound.")


@page({"POST": WRITE})
def withdraw(request: Asked, pk: UUID) -> HttpResponse:
    """Take the offer back."""
    row, form = guarantee_seen(request, pk, WRITE), ReasonForm(request.POST)
    if not filled(request, form):
        return redirect("guarantee", pk=pk)

    def call(actor: Actor) -> None:
        guarantee_withdraw(guarantee=row, **form.cleaned_data, actor=actor, at=now())

    return act(request, call, back=f"/guarantees/{pk}", done="Withdrawn.")


@page({"POST": MEASURE})
def measure(request: Asked, pk: UUID) -> HttpResponse:
    """Settle by an audit."""
    row, form = guarantee_seen(request, pk, MEASURE), MeasureForm(request.POST)
    form.choices_set("audit", _audits(request, version=row.version_id))
    if not filled(request, form):
        return redirect("guarantee", pk=pk)
    order = order_of_audit(request, UUID(form.cleaned_data["audit"]), MEASURE)

    def call(actor: Actor) -> None:
        guarantee_measure(guarantee=row, order=order, actor=actor, at=now())

    return act(request, call, back=f"/guarantees/{pk}", done="Measured; the count says what is due.")


@page({"POST": PAY})
def pay(request: Asked, pk: UUID) -> HttpResponse:
    """Pay what was measured."""
    row, form = guarantee_seen(request, pk, PAY), PayForm(request.POST)
    if not filled(request, form):
        return redirect("guarantee", pk=pk)

    def call(actor: Actor) -> None:
        guarantee_pay(guarantee=row, **form.cleaned_data, actor=actor, at=now())

    return act(request, call, back=f"/guarantees/{pk}", done="Paid.")


def _audits(request: Asked, **where: Any) -> list[tuple[str, str]]:
    """Completed audits, newest first."""
    rows = orders_visible(request.principal).filter(audit_run__state="completed", **where)
    rows = rows.select_related("version__model", "audit_run__dataset", "organisation").order_by("-created_at")
    return [
        (
            str(row.audit_run_id),
            f"{row.version.model.name} {row.version.label}, {row.audit_run.dataset.name}, {row.created_at:%Y-%m-%d}",
        )
        for row in rows.defer("audit_run__result", "audit_run__spec")[:MOST]
    ]


def _steps(row: Guarantee) -> list[tuple[str, str, str]]:
    figures = row.worksheet["figures"]
    parts = [("Expected payment", "expected"), ("Settlement expense", "settlement"), ("Risk load", "risk"),
             ("Fixed expense", "fixed"), ("Loaded", "loaded")]  # fmt: skip
    steps = [(label, str(figures[name]), "total" if name == "loaded" else "plain") for label, name in parts]
    shares = str(row.premium - Decimal(figures["loaded"]))
    return [*steps, ("Expense and profit shares", shares, "plain"), ("Premium", str(row.premium), "total")]
