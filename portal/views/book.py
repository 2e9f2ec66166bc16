"""The book: every policy with its premium and score, the totals, and the customers behind it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import Access, page
from accounts.api import PEOPLE
from accounts.roles import ALL_STAFF
from accounts.selectors import members_of, organisations_visible
from core.errors import NotFound
from policies.models import Policy
from policies.selectors import policies_visible
from portal.asking import Asked
from portal.cover import LIVE
from portal.forms.accounts import OrganisationForm
from portal.history import history_of
from portal.paging import paged
from portal.readings import HEAVY, figures_for, newest_prices, newest_reading, reading_of
from portal.views.people import ADD_CUSTOMER
from underwriting.selectors import models_visible

READ = Access(staff=ALL_STAFF)


@page(READ)
def book(request: Asked) -> HttpResponse:
    """Every policy, and what the live ones add up to in each currency."""
    heavy = (*(f"quote__pricing__{name}" for name in HEAVY), "clauses")
    seen = figures_for(policies_visible(request.principal), "quote__pricing__").defer(*heavy)
    found = paged(seen, request, by="inception")
    lines = [{"policy": row, "reading": reading_of(row.quote.pricing, figures=row)} for row in found.rows]
    totals = totals_of(policies_visible(request.principal))
    return render(request, "book/book.html", {"lines": lines, "page": found, "totals": totals})


def totals_of(policies: QuerySet[Policy]) -> list[dict[str, Any]]:
    """Count, premium and limits of all that is bound or in force, one line a currency: nothing is converted.

    Summed here and not by the database, one of which would add the amounts as binary fractions.
    """
    found: dict[str, dict[str, Any]] = {}
    live = policies.filter(state__in=LIVE).values_list("currency", "premium", "aggregate")
    for currency, premium, aggregate in live:
        line = found.setdefault(currency, _nothing(currency))
        line["count"] += 1
        line["premium"] += premium
        line["limit"] += aggregate
    return sorted(found.values(), key=lambda line: str(line["currency"]))


def _nothing(currency: str) -> dict[str, Any]:
    return {"currency": currency, "count": 0, "premium": Decimal(0), "limit": Decimal(0)}


@page(READ)
def customers(request: Asked) -> HttpResponse:
    """Every customer, the newest first."""
    found = paged(organisations_visible(request.principal), request)
    return render(
        request, "customers/customers.html", {"customers": found.rows, "page": found, "form": _customer_form(request)}
    )


def _customer_form(request: Asked) -> OrganisationForm | None:
    return OrganisationForm() if ADD_CUSTOMER.admits(request.principal) else None


@page(READ)
def customer(request: Asked, pk: UUID) -> HttpResponse:
    """One customer: people, models, policies."""
    row = organisations_visible(request.principal).filter(pk=pk).first()
    if row is None:
        raise NotFound("Nothing is here that you may see.")
    models = list(models_visible(request.principal).filter(organisation=row).order_by("name"))
    prices = newest_prices(one.pk for one in models)
    shown = {
        "customer": row,
        "members": members_of(row.pk),
        "manages": PEOPLE.admits(request.principal),
        "models": [{"model": one, "reading": newest_reading(prices.get(one.pk, []))} for one in models],
        "policies": list(policies_visible(request.principal).filter(organisation=row).order_by("-inception")),
        "journal": history_of([("organisation", row.pk)]),
    }
    return render(request, "customers/customer.html", shown)
