"""Accumulation: what the book leans on, how much it may, and how much room is left."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from accounts.scope import object_get
from core.actors import Actor
from core.money import currency_code
from policies.api.capacities import READ, SET
from policies.capacity import leanings
from policies.models import CapacityReferral
from policies.selectors import capacity_referrals_open, capacity_referrals_visible
from policies.services.capacity import capacity_referral_decide, capacity_set
from portal.asking import Asked, act, filled, now
from portal.forms.capacity import CapacityForm, LetThroughForm


@page({"GET": READ, "POST": SET})
def accumulation(request: Asked) -> HttpResponse:
    """Every dependency with its headroom; an actuary sets capacities."""
    if request.method == "POST":
        return _set(request)
    currency = currency_code(request.GET.get("currency", "USD"))
    rows = leanings(currency)
    shown = {
        "rows": rows,
        "currency": currency,
        "open": [row for row in rows if row.capacity is None],
        "over": [row for row in rows if row.headroom is not None and row.headroom < 0],
    }
    shown["referrals"] = list(capacity_referrals_open(request.principal))
    if SET.admits(request.principal):
        shown["form"] = CapacityForm(initial={"currency": currency})
        shown["let_form"] = LetThroughForm()
    return render(request, "book/accumulation.html", shown)


def _set(request: Asked) -> HttpResponse:
    form = CapacityForm(request.POST)
    if not filled(request, form):
        return redirect("accumulation")

    def call(actor: Actor) -> None:
        capacity_set(**form.cleaned_data, actor=actor, at=now())

    return act(request, call, back="/book/accumulation", done="The capacity stands from now on.")


@page({"POST": SET})
def let_through(request: Asked, pk: UUID) -> HttpResponse:
    """An actuary decides whether a quote may be bound over a capacity."""
    rows = capacity_referrals_visible(request.principal)
    row: CapacityReferral = object_get(rows, principal=request.principal, pk=pk, access=SET)
    form = LetThroughForm(request.POST)
    if not filled(request, form):
        return redirect("/book/accumulation#over")

    def call(actor: Actor) -> None:
        capacity_referral_decide(referral=row, **form.cleaned_data, actor=actor, at=now())

    return act(request, call, back="/book/accumulation#over", done="Decided. The underwriter binds, or offers less.")
