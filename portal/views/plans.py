"""The rating plans as they are filed: reference rates, factors, industries, and the hash that fixes them."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import Access, page
from accounts.roles import ALL_STAFF
from core.errors import NotFound
from portal.asking import Asked
from underwriting.models import PlanRecord

READ = Access(staff=ALL_STAFF)


@page(READ)
def plans(request: Asked) -> HttpResponse:
    """Every published plan and tax table, the newest in force first."""
    rows = PlanRecord.objects.order_by("kind", "-effective_from", "-name")
    return render(request, "plans/plans.html", {"plans": rows})


@page(READ)
def plan(request: Asked, name: str) -> HttpResponse:
    """One plan in full."""
    row = PlanRecord.objects.filter(name=name).first()
    if row is None:
        raise NotFound("Nothing is here that you may see.")
    template = "plans/plan.html" if row.kind == PlanRecord.Kind.PLAN else "plans/taxes.html"
    return render(request, template, {"plan": row, "json": row.json})
