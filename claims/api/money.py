"""Reserves, decisions and payments over the API."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api.claims import READ, STAFF, WORK, claim_get
from claims.api.shapes import (
    DecisionIn,
    DecisionOut,
    PaymentIn,
    PaymentOut,
    ReserveIn,
    ReservesOut,
    WhyIn,
    reserves_view,
)
from claims.models import Claim, Decision
from claims.services.decisions import decision_approve, decision_propose, decision_reject
from claims.services.payments import payment_make
from claims.services.reserves import reserve_set
from core.api.idempotency import HEADER, idempotent
from core.api.requests import valid
from core.api.schema import page_schema, problems
from core.api.views import ApiView
from core.canonical import digest
from core.errors import NotFound


class ReservesView(ApiView):
    """What is set aside, by part, with every change."""

    access = {"GET": STAFF, "POST": WORK}

    @extend_schema(responses={200: ReservesOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(reserves_view(claim_get(request, pk, STAFF)))

    @extend_schema(request=ReserveIn, responses={201: ReservesOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        claim, asked = claim_get(request, pk, WORK), valid(ReserveIn, request)
        reserve_set(claim=claim, **asked, actor=request.principal.actor, at=timezone.now())
        return Response(reserves_view(claim), status=201)


class DecisionsView(ApiView):
    """Proposals and decisions; a new proposal waits for a second person."""

    access = {"GET": READ, "POST": WORK}

    @extend_schema(responses={200: page_schema(DecisionOut), **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        rows = claim_get(request, pk, READ).decisions.order_by("-created_at", "-id")
        if not request.principal.is_staff:
            rows = rows.filter(state=Decision.State.APPROVED)
        return Response({"items": DecisionOut(rows, many=True).data, "next": None})

    @extend_schema(request=DecisionIn, responses={201: DecisionOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        claim, asked = claim_get(request, pk, WORK), valid(DecisionIn, request)
        decision = decision_propose(claim=claim, **asked, actor=request.principal.actor, at=timezone.now())
        return Response(DecisionOut(decision).data, status=201)


class ApproveView(ApiView):
    """The second person agrees."""

    access = {"POST": WORK}

    @extend_schema(request=WhyIn, responses={200: DecisionOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID, decision: UUID) -> Response:
        row, why = _decision(claim_get(request, pk, WORK), decision), valid(WhyIn, request)["why"]
        row = decision_approve(decision=row, why=why, actor=request.principal.actor, at=timezone.now())
        return Response(DecisionOut(row).data)


class RejectView(ApiView):
    """The second person disagrees."""

    access = {"POST": WORK}

    @extend_schema(request=WhyIn, responses={200: DecisionOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID, decision: UUID) -> Response:
        row, why = _decision(claim_get(request, pk, WORK), decision), valid(WhyIn, request)["why"]
        row = decision_reject(decision=row, why=why, actor=request.principal.actor, at=timezone.now())
        return Response(DecisionOut(row).data)


class PaymentsView(ApiView):
    """Money that left. The same reference, or Idempotency-Key, pays once; a stated amount needs one of the two."""

    access = {"GET": READ, "POST": WORK}

    @extend_schema(responses={200: page_schema(PaymentOut), **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        rows = claim_get(request, pk, READ).payments.order_by("-created_at", "-id")
        return Response({"items": PaymentOut(rows, many=True).data, "next": None})

    @extend_schema(request=PaymentIn, responses={201: PaymentOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        claim, asked = claim_get(request, pk, WORK), valid(PaymentIn, request)
        key = asked.pop("reference") or _reference(request)
        payment = payment_make(claim=claim, **asked, key=key, actor=request.principal.actor, at=timezone.now())
        return Response(PaymentOut(payment).data, status=201)


def _reference(request: Request) -> str:
    """The payment's own reference when only an Idempotency-Key was sent: it still holds when the key is forgotten."""
    key = request.headers.get(HEADER, "")
    return digest(f"{request.principal.actor.id}:{key}".encode()) if key else ""


def _decision(claim: Claim, pk: UUID) -> Decision:
    found = claim.decisions.filter(pk=pk).select_related("claim__policy").first()
    if found is None:
        raise NotFound("This claim has no such decision.")
    return found
