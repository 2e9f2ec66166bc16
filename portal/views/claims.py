"""Claims: the list, one claim from first notice to payment, and reporting incidents and claims."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import page
from accounts.principal import Principal
from accounts.roles import ADJUSTER, ENGINEER, OWNER
from accounts.scope import object_get
from claims.api.claims import READ, REPORT, WORK
from claims.clocks import clocks_of
from claims.ledger import aggregate_of, incurred_of, reserves_of
from claims.models import Claim, Decision
from claims.selectors import claims_visible, incident_report_due, incidents_visible, siblings_of
from claims.services.reporting import claim_report
from policies.selectors import policies_visible
from policies.wording import clauses_of
from portal.asking import Asked, Refusals, may, now
from portal.forms.claims import (
    ClaimForm,
    CoverageForm,
    PaymentForm,
    ProposalForm,
    ReserveForm,
    TriageForm,
)
from portal.forms.underwriting import ReasonForm
from portal.history import history_of
from portal.paging import paged
from portal.views.incidents import missing_of

MOST = 200
# What a customer reads of a claim's history, without the insurer's reasons.
OPEN_TO_ALL = frozenset(
    f"claim.{step}" for step in ("reported", "triaged", "decided", "paid", "closed", "reopened")
) | {"incident.reported"}


@page(READ)
def claims(request: Asked) -> HttpResponse:
    """Claims and the incidents behind them, newest first."""
    rows = claims_visible(request.principal).defer("policy__quote__pricing__worksheet", "policy__clauses")
    claims_page = paged(rows, request, by="reported_at")
    incidents_page = paged(incidents_visible(request.principal), request, by="occurred_at", name="incidents")
    shown = {
        "claims": claims_page.rows,
        "page": claims_page,
        "incidents": incidents_page.rows,
        "incidents_page": incidents_page,
        "may_report": REPORT.admits(request.principal),
    }
    return render(request, "claims/claims.html", shown)


@page(READ)
def claim(request: Asked, pk: UUID) -> HttpResponse:
    """One claim: what happened, is it covered, what is set aside, what was decided, what was paid, what next."""
    row = object_get(claims_visible(request.principal), principal=request.principal, pk=pk, access=READ)
    shown = {"claim": row, "now": now(), **_told(request, row)}
    if may(request.principal, WORK, row.organisation_id):
        shown |= {"handles": True, **_forms(row)}
    return render(request, "claims/claim.html", shown)


def _told(request: Asked, row: Claim) -> dict[str, Any]:
    """What everybody who sees the claim may read; checks, reserves and open proposals are the insurer's own."""
    at = now()
    shown: dict[str, Any] = {
        "sees_claimant": sees_claimant(request.principal, row.organisation_id),
        "clocks": [(clock, clock.late(at)) for clock in clocks_of(row)],
        "decisions": list(row.decisions.order_by("-created_at")),
        "payments": list(row.payments.order_by("created_at")),
        "report_due": incident_report_due(row.incident),
        "missing": missing_of(row.incident),
    }
    if request.principal.is_staff:
        return {**shown, **_insurers_own(row)}
    shown["decisions"] = [one for one in shown["decisions"] if one.state == Decision.State.APPROVED]
    return {**shown, "journal": history_of([("claim", row.pk), ("incident", row.incident_id)], only=OPEN_TO_ALL)}


def _insurers_own(row: Claim) -> dict[str, Any]:
    check = row.checks.order_by("-created_at", "-id").first()
    decided = [("decision", pk) for pk in row.decisions.values_list("pk", flat=True)]
    return {
        "check": check,
        "earlier_checks": row.checks.count() - 1 if check else 0,
        "reserves": reserves_of(row),
        "changes": list(row.reserves.order_by("created_at")),
        "aggregate": aggregate_of(row.policy),
        "incurred": incurred_of(row),
        "siblings": siblings_of(row),
        "journal": history_of([("claim", row.pk), ("incident", row.incident_id), *decided]),
    }


def sees_claimant(principal: Principal, organisation_id: UUID) -> bool:
    """The claimant's name is for adjusters and for the customer's owners and engineers."""
    return ADJUSTER in principal.staff_roles or principal.memberships.get(organisation_id) in (OWNER, ENGINEER)


def _forms(row: Claim) -> dict[str, Any]:
    """The forms of the steps that the claim's state allows."""
    waiting = row.decisions.filter(state=Decision.State.PROPOSED).first()
    can = STEPS.get(row.state, frozenset())
    made: dict[str, Any] = {"waiting": waiting, "reason_form": ReasonForm(), "steps": can}
    made["triage_form"] = TriageForm(initial={"country": row.country}) if "triage" in can else None
    made["coverage_form"] = CoverageForm(clauses=exclusions_of(row)) if "coverage" in can else None
    made["reserve_form"] = ReserveForm() if "reserve" in can else None
    made["proposal_form"] = ProposalForm() if "propose" in can and waiting is None else None
    standing = row.decisions.filter(state=Decision.State.APPROVED).order_by("-decided_at").first()
    payee = {"payee": standing.payee} if standing else {}
    made["payment_form"] = PaymentForm(initial=payee) if "pay" in can and standing and standing.amount else None
    return made


STEPS = {
    "reported": frozenset({"triage"}),
    "triaged": frozenset({"coverage"}),
    "coverage_review": frozenset({"coverage", "reserve", "propose"}),
    "reserved": frozenset({"coverage", "reserve", "propose"}),
    "decided": frozenset({"reserve", "pay", "close"}),
    "paid": frozenset({"close"}),
    "closed": frozenset({"reopen"}),
    "reopened": frozenset({"coverage"}),
}


def exclusions_of(row: Claim) -> list[tuple[str, str]]:
    """The exclusions of the claim's own policy: (code, title)."""
    return [(one["id"], f"{one['id']} {one['title']}") for one in clauses_of(row.policy.clauses, "X")]


@page({"GET": REPORT, "POST": REPORT})
def claim_new(request: Asked) -> HttpResponse:
    """Report a claim from an incident."""
    policies = list(policies_visible(request.principal).defer("quote__pricing__worksheet").order_by("-inception"))
    incidents = list(incidents_visible(request.principal).order_by("-occurred_at")[:MOST])
    if request.method == "GET":
        form = ClaimForm(policies=policies, incidents=incidents, initial={"incident": request.GET.get("incident", "")})
        return render(request, "claims/new.html", {"form": form, "policies": policies, "incidents": incidents})
    form = ClaimForm(request.POST, policies=policies, incidents=incidents)
    shown = {"form": form, "policies": policies, "incidents": incidents}
    if not form.is_valid():
        return render(request, "claims/new.html", shown, status=422)
    try:
        made = _reported(request, form)
    except Refusals as problem:
        return render(request, "claims/new.html", {**shown, "problem": problem}, status=problem.status)
    return redirect("claim", pk=made.pk)


def _reported(request: Asked, form: ClaimForm) -> Claim:
    principal, given = request.principal, form.cleaned_data
    policy = object_get(policies_visible(principal), principal=principal, pk=given["policy"], access=REPORT)
    incident = object_get(incidents_visible(principal), principal=principal, pk=given["incident"], access=REPORT)
    return claim_report(
        policy=policy,
        incident=incident,
        claimant=given["claimant"],
        amount=given["amount"],
        currency=policy.currency,
        country=given["country"].upper(),
        made_on=given["made_on"],
        actor=principal.actor,
        at=now(),
    )
