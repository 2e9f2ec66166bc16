"""Prices: the worksheet in full, making one, replaying it, deciding its referrals, offering it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from accounts.scope import object_get
from audits.selectors import audits_visible
from core.actors import Actor
from core.errors import NotFound
from policies.api.quotes import WRITE as OFFER
from policies.services.quotes import quote_offer
from portal.asking import Asked, Refusals, act, filled, may, now, said
from portal.forms.underwriting import DecisionForm
from portal.forms.what_if import WhatIfForm
from portal.history import history_of
from portal.readings import reading_of
from portal.views.audits import audit_page, terms_form
from portal.worksheet_story import DIMENSIONS, fall_of, steps_compared, steps_of, terms_of
from underwriting.api.pricing import DECIDE, PRICE
from underwriting.api.registry import READ
from underwriting.models import Pricing
from underwriting.selectors import orders_visible, pricing_open_referrals, pricings_visible, referrals_visible
from underwriting.services import price_changes, price_make, price_replay, referral_decide
from underwriting.services.pricing import plan_of, price_what_if


@page(READ)
def pricing(request: Asked, pk: UUID) -> HttpResponse:
    """One price: the amount, how it comes about, what was not tested, what would lower it, on what it stands."""
    row = _visible(request, pk)
    sheet = row.worksheet
    shown: dict[str, Any] = {
        "pricing": row,
        "sheet": sheet,
        "model": row.order.version.model,
        "reading": reading_of(row),
        "quote": getattr(row, "quote", None),
        **_acts(request, row),
    }
    if sheet["figures"]:
        shown |= {"steps": steps_of(sheet), "fall": fall_of(sheet), "dimensions": list(terms_of(sheet))}
    referrals = [("referral", one.pk) for one in row.referrals.all()]
    shown["journal"] = history_of([("pricing", row.pk), *referrals])
    return render(request, "pricings/pricing.html", shown)


@page(READ)
def changes(request: Asked, pk: UUID) -> HttpResponse:
    """What would change this price: a part of its page, for every change is a price of its own."""
    row = _visible(request, pk)
    figures = row.worksheet["figures"]
    shown = {
        "changes": price_changes(pricing=row).to_dict(),
        "minimum": bool(figures and figures["money"]["minimum_applied"]),
    }
    return render(request, "pricings/changes.html", shown)


@page(READ)
def what_if(request: Asked, pk: UUID) -> HttpResponse:
    """The price under other terms or bounds, beside the price as it is. Nothing is stored."""
    row = _visible(request, pk)
    sheet = row.worksheet
    if not sheet["figures"]:
        raise NotFound("There is no price that could be different.")
    dimensions = [name for name in DIMENSIONS if name not in sheet["not_applicable"]]
    form = WhatIfForm(request.GET or None, plan=plan_of(row), dimensions=dimensions)
    shown: dict[str, Any] = {"pricing": row, "model": row.order.version.model, "form": form}
    if form.is_bound and form.is_valid():
        try:
            then = price_what_if(pricing=row, asked=form.asked()).to_dict()
        except Refusals as problem:
            shown["problem"] = problem
        else:
            shown |= {"then": then, "steps": steps_compared(sheet, then) if then["figures"] else None}
    return render(request, "pricings/what_if.html", shown)


def _acts(request: Asked, row: Pricing) -> dict[str, Any]:
    offerable = row.outcome != Pricing.Outcome.DECLINE and not pricing_open_referrals(row).exists()
    return {
        "may_decide": may(request.principal, DECIDE, row.organisation_id),
        "may_offer": may(request.principal, OFFER, row.organisation_id) and offerable,
        "decision_form": DecisionForm(),
    }


@page({"POST": PRICE})
def make(request: Asked, pk: UUID) -> HttpResponse:
    """Price the completed audit `pk` under the terms of the form; what was typed stays when it is refused."""
    run = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=PRICE)
    order = orders_visible(request.principal).filter(audit_run=run).first()
    if order is None:
        raise NotFound("Nothing is here that you may see.")
    form = terms_form(request.POST)
    if not form.is_valid():
        return audit_page(request, run, terms_form=form, status=422)
    terms = form.terms()
    plan = terms.pop("plan", None)
    try:
        made = price_make(order=order, terms=terms, plan_name=plan, actor=request.principal.actor, at=now())
    except Refusals as problem:
        return audit_page(request, run, terms_form=form, problem=problem, status=problem.status)
    messages.success(request, "Priced.", extra_tags="is-met")
    return redirect("pricing", pk=made.pk)


@page({"POST": READ})
def replay(request: Asked, pk: UUID) -> HttpResponse:
    """Compute the worksheet again from what is stored and compare every byte."""
    row = _visible(request, pk)
    try:
        again = price_replay(pricing=row)
    except Refusals as error:
        messages.error(request, said(error), extra_tags="is-harm")
    else:
        messages.success(request, f"Replayed: every byte is the same, {again[:19]}…", extra_tags="is-met")
    return redirect("pricing", pk=pk)


@page({"POST": DECIDE})
def decide(request: Asked, pk: UUID) -> HttpResponse:
    """Take or leave a risk for a written reason."""
    row = object_get(referrals_visible(request.principal), principal=request.principal, pk=pk, access=DECIDE)
    back = f"/pricings/{row.pricing_id}#referrals"
    form = DecisionForm(request.POST)
    if not filled(request, form):
        return redirect(back)
    given = form.cleaned_data

    def call(actor: Actor) -> None:
        referral_decide(referral=row, decision=given["decision"], why=given["why"], actor=actor, at=now())

    return act(request, call, back=back, done=f"The referral is {given['decision']}.")


@page({"POST": OFFER})
def offer(request: Asked, pk: UUID) -> HttpResponse:
    """Offer this price for thirty days."""
    row = object_get(pricings_visible(request.principal), principal=request.principal, pk=pk, access=OFFER)

    def call(actor: Actor) -> str:
        return f"/quotes/{quote_offer(pricing=row, actor=actor, at=now()).pk}"

    return act(request, call, back=f"/pricings/{pk}", done="The quote is offered.")


def _visible(request: Asked, pk: UUID) -> Pricing:
    row: Pricing = object_get(pricings_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    return row
