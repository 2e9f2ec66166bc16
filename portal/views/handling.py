"""An adjuster's steps on a claim. Each is one form, one service, and back to the claim."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import page
from accounts.scope import object_get
from claims.api.claims import WORK
from claims.models import Claim, Decision
from claims.selectors import claims_visible
from claims.services.decisions import decision_approve, decision_propose, decision_reject
from claims.services.payments import payment_make
from claims.services.reserves import reserve_set
from claims.services.review import claim_close, claim_reopen, claim_triage, coverage_check_run
from core.actors import Actor
from core.errors import NotFound
from portal.asking import Asked, act, filled, now
from portal.forms.base import HouseForm
from portal.forms.claims import CoverageForm, PaymentForm, ProposalForm, ReserveForm, TriageForm
from portal.forms.underwriting import ReasonForm
from portal.views.claims import exclusions_of


def _claim(request: Asked, pk: UUID) -> Claim:
    row: Claim = object_get(claims_visible(request.principal), principal=request.principal, pk=pk, access=WORK)
    return row


def _step(
    request: Asked, row: Claim, form: HouseForm, done: str, call: Callable[[Actor, dict[str, Any]], Any]
) -> HttpResponse:
    """Check the form, carry out the step, go back to the claim."""
    back = f"/claims/{row.pk}"
    if not filled(request, form):
        return redirect(back)

    def go(actor: Actor) -> None:
        call(actor, form.cleaned_data)

    return act(request, go, back=back, done=done)


@page({"POST": WORK})
def triage(request: Asked, pk: UUID) -> HttpResponse:
    """Acknowledge the claim."""
    row = _claim(request, pk)
    return _step(
        request,
        row,
        TriageForm(request.POST),
        "Acknowledged and triaged.",
        lambda actor, given: claim_triage(claim=row, actor=actor, at=now(), **given),
    )


@page({"POST": WORK})
def coverage(request: Asked, pk: UUID) -> HttpResponse:
    """Answer the checklist as of the loss date."""
    row = _claim(request, pk)
    form = CoverageForm(request.POST, clauses=exclusions_of(row))
    return _step(
        request,
        row,
        form,
        "The checklist is answered.",
        lambda actor, _given: coverage_check_run(claim=row, answers=form.answers(), actor=actor, at=now()),
    )


@page({"POST": WORK})
def reserve(request: Asked, pk: UUID) -> HttpResponse:
    """Set money aside, or release it."""
    row = _claim(request, pk)
    return _step(
        request,
        row,
        ReserveForm(request.POST),
        "The reserve is changed.",
        lambda actor, given: reserve_set(claim=row, actor=actor, at=now(), **given),
    )


@page({"POST": WORK})
def propose(request: Asked, pk: UUID) -> HttpResponse:
    """Propose a decision; a second person approves it."""
    row = _claim(request, pk)

    def call(actor: Actor, given: dict[str, Any]) -> None:
        codes = [code.strip() for code in given.pop("reason_codes").split(",") if code.strip()]
        decision_propose(claim=row, reason_codes=codes, actor=actor, at=now(), **given)

    return _step(request, row, ProposalForm(request.POST), "Proposed. A second person decides.", call)


@page({"POST": WORK})
def approve(request: Asked, pk: UUID, decision: UUID) -> HttpResponse:
    """The second person agrees."""
    row, found = _decision(request, pk, decision)
    return _step(
        request,
        row,
        ReasonForm(request.POST),
        "Approved.",
        lambda actor, given: decision_approve(decision=found, actor=actor, at=now(), **given),
    )


@page({"POST": WORK})
def reject(request: Asked, pk: UUID, decision: UUID) -> HttpResponse:
    """The second person disagrees."""
    row, found = _decision(request, pk, decision)
    return _step(
        request,
        row,
        ReasonForm(request.POST),
        "Rejected. Another proposal may follow.",
        lambda actor, given: decision_reject(decision=found, actor=actor, at=now(), **given),
    )


@page({"POST": WORK})
def pay(request: Asked, pk: UUID) -> HttpResponse:
    """Pay what was approved; the payer is not the approver."""
    row = _claim(request, pk)
    return _step(
        request,
        row,
        PaymentForm(request.POST),
        "Paid.",
        lambda actor, given: payment_make(claim=row, actor=actor, at=now(), **given),
    )


@page({"POST": WORK})
def close(request: Asked, pk: UUID) -> HttpResponse:
    """Close a claim on which nothing is left to do."""
    row = _claim(request, pk)
    return _step(
        request,
        row,
        ReasonForm(request.POST),
        "Closed.",
        lambda actor, given: claim_close(claim=row, actor=actor, at=now(), **given),
    )


@page({"POST": WORK})
def reopen(request: Asked, pk: UUID) -> HttpResponse:
    """Take a closed claim up again."""
    row = _claim(request, pk)
    return _step(
        request,
        row,
        ReasonForm(request.POST),
        "Reopened.",
        lambda actor, given: claim_reopen(claim=row, actor=actor, at=now(), **given),
    )


def _decision(request: Asked, pk: UUID, decision: UUID) -> tuple[Claim, Decision]:
    row = _claim(request, pk)
    found = row.decisions.select_related("claim__policy").filter(pk=decision).first()
    if found is None:
        raise NotFound("Nothing is here that you may see.")
    return row, found
