"""Quotes: what is offered until when, the customer's answer, and binding."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from accounts.scope import object_get
from core.actors import Actor
from core.errors import StateRefused
from policies.api.quotes import ANSWER, READ, WRITE
from policies.models import Quote
from policies.priced import priced
from policies.selectors import quotes_visible
from policies.services.binding import policy_bind
from policies.services.guards import Acceptance, Subjectivity
from policies.services.quotes import quote_accept, quote_decline
from portal.asking import Asked, act, filled, may, now
from portal.forms.underwriting import BindForm, ReasonForm
from portal.history import history_of
from portal.paging import paged
from portal.readings import reading_of


@page(READ)
def quotes(request: Asked) -> HttpResponse:
    """Quotes the caller may see, newest first."""
    rows = quotes_visible(request.principal).defer("pricing__worksheet", "pricing__evidence")
    found = paged(rows, request)
    return render(request, "quotes/quotes.html", {"quotes": found.rows, "page": found})


@page(READ)
def quote(request: Asked, pk: UUID) -> HttpResponse:
    """One quote: the terms offered, the price, what must happen before it becomes cover."""
    row = _quote(request, pk, READ)
    waiting = row.state in (Quote.State.OPEN, Quote.State.ACCEPTED)
    shown: dict[str, Any] = {
        "quote": row,
        "price": priced(row.pricing),
        "reading": reading_of(row.pricing),
        "policy": getattr(row, "policy", None),
        "may_bind": waiting and may(request.principal, WRITE, row.organisation_id),
        "may_answer": row.state == Quote.State.OPEN and may(request.principal, ANSWER, row.organisation_id),
        "bind_form": BindForm(initial={"inception": row.pricing.risk.get("inception")}),
        "reason_form": ReasonForm(),
        "journal": history_of([("quote", row.pk)]),
        "over_capacity": list(row.capacity_referrals.order_by("created_at")) if request.principal.is_staff else [],
    }
    return render(request, "quotes/quote.html", shown)


@page({"POST": ANSWER})
def accept(request: Asked, pk: UUID) -> HttpResponse:
    """The customer's owner says yes."""
    row = _quote(request, pk, ANSWER)

    def call(actor: Actor) -> None:
        quote_accept(quote=row, actor=actor, at=now())

    return act(request, call, back=f"/quotes/{pk}", done="Accepted. An underwriter now binds the cover.")


@page({"POST": ANSWER})
def decline(request: Asked, pk: UUID) -> HttpResponse:
    """The customer's owner says no."""
    row, form = _quote(request, pk, ANSWER), ReasonForm(request.POST)
    if not filled(request, form):
        return redirect("quote", pk=pk)

    def call(actor: Actor) -> None:
        quote_decline(quote=row, why=form.cleaned_data["why"], actor=actor, at=now())

    return act(request, call, back=f"/quotes/{pk}", done="Declined.")


@page({"POST": WRITE})
def bind(request: Asked, pk: UUID) -> HttpResponse:
    """Make the quote a policy, within the underwriter's authority."""
    row, form = _quote(request, pk, WRITE), BindForm(request.POST)
    if not filled(request, form):
        return redirect(f"/quotes/{pk}#bind")
    given = form.cleaned_data

    def call(actor: Actor) -> str:
        acceptance = Acceptance(
            reason=given["acceptance_reason"], subjectivity=_promised(given), order_text=given["order_text"]
        )
        policy = policy_bind(quote=row, inception=given["inception"], acceptance=acceptance, actor=actor, at=now())
        return f"/policies/{policy.pk}"

    return act(request, call, back=f"/quotes/{pk}#bind", done="Bound. The papers follow in a few seconds.")


def _promised(given: dict[str, Any]) -> Subjectivity | None:
    text, due = given["subjectivity_text"].strip(), given["subjectivity_due"]
    if bool(text) != bool(due):
        raise StateRefused("A subjectivity needs both what and by when.", field="subjectivity")
    return Subjectivity(text=text, due=due) if text else None


def _quote(request: Asked, pk: UUID, access: Any) -> Quote:
    row: Quote = object_get(quotes_visible(request.principal), principal=request.principal, pk=pk, access=access)
    return row
