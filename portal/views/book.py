"""The book: every policy with its premium and score, the totals, and the customers behind it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import Access, page
from accounts.roles import ALL_STAFF
from accounts.selectors import members_of, organisations_visible
from core.errors import NotFound
from policies.models import Policy
from policies.selectors import policies_visible
from portal.asking import Asked
from portal.history import history_of
from portal.readings import HEAVY, figures_for, newest_prices, newest_reading, reading_of
from underwriting.selectors import models_visible

READ = Access(staff=ALL_STAFF)
MOST = 500


@page(READ)
def book(request: Asked) -> HttpResponse:
    """Every policy, and what the live ones add up to in each currency."""
    heavy = (*(f"quote__pricing__{name}" for name in HEAVY), "clauses")
    seen = figures_for(policies_visible(request.principal), "quote__pricing__").defer(*heavy)
    rows = list(seen.order_by("-inception", "number")[:MOST])
    lines = [{"policy": row, "reading": reading_of(row.quote.pricing, figures=row)} for row in rows]
    return render(request, "book/book.html", {"lines": lines, "totals": totals_of(rows)})


def totals_of(policies: Iterable[Policy]) -> list[dict[str, Any]]:
    """Count, premium and limits of what is bound or in force, one line a currency: nothing is converted."""
    found: dict[str, dict[str, Any]] = {}
    for row in policies:
        if row.state in (Policy.State.BOUND, Policy.State.IN_FORCE):
            line = found.setdefault(row.currency, _nothing(row.currency))
            line["count"] += 1
            line["premium"] += row.premium
            line["limit"] += row.aggregate
    return sorted(found.values(), key=lambda line: str(line["currency"]))


def _nothing(currency: str) -> dict[str, Any]:
    return {"currency": currency, "count": 0, "premium": Decimal(0), "limit": Decimal(0)}


@page(READ)
def customers(request: Asked) -> HttpResponse:
    """Every customer."""
    rows = organisations_visible(request.principal).order_by("name")
    return render(request, "customers/customers.html", {"customers": rows})


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
        "models": [{"model": one, "reading": newest_reading(prices.get(one.pk, []))} for one in models],
        "policies": list(policies_visible(request.principal).filter(organisation=row).order_by("-inception")),
        "journal": history_of([("organisation", row.pk)]),
    }
    return render(request, "customers/customer.html", shown)
