"""The rating plans as they are filed: reference rates, factors, industries, and the hash that fixes them."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import Access, page
from accounts.roles import ALL_STAFF
from portal.asking import Asked
from portal.lookups import plan_named, plans_all
from underwriting.models import PlanRecord

READ = Access(staff=ALL_STAFF)


@page(READ)
def plans(request: Asked) -> HttpResponse:
    """Every published plan and tax table, the newest in force first."""
    return render(request, "plans/plans.html", {"plans": plans_all()})


@page(READ)
def plan(request: Asked, name: str) -> HttpResponse:
    """One plan in full."""
    row = plan_named(name)
    template = "plans/plan.html" if row.kind == PlanRecord.Kind.PLAN else "plans/taxes.html"
    return render(request, template, {"plan": row, "json": row.json})
