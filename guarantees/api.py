"""Guarantees over the API: offered, bound and measured by the insurer, read by the insured."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ADJUSTER, ALL_MEMBERS, ALL_STAFF, AUDITOR, UNDERWRITER
from accounts.scope import object_get
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import valid
from core.api.schema import page_schema, problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView
from core.errors import NotFound
from guarantees.documents import guarantee_pdf
from guarantees.models import Guarantee, GuaranteePayment, Measurement
from guarantees.selectors import guarantees_visible
from guarantees.services import (
    guarantee_bind,
    guarantee_measure,
    guarantee_offer,
    guarantee_pay,
    guarantee_replay,
    guarantee_withdraw,
)
from policies.api.policies import AnyAccept
from policies.api.shapes import ReasonIn
from underwriting.models import AuditOrder
from underwriting.rating.parametric import MOST_ROWS, Terms
from underwriting.selectors import orders_visible

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
WRITE = Access(staff=frozenset({UNDERWRITER}))
MEASURE = Access(staff=frozenset({UNDERWRITER, AUDITOR}))
PAY = Access(staff=frozenset({ADJUSTER}))


class GuaranteeIn(StrictSerializer):
    audit = serializers.UUIDField(help_text="The completed audit it is priced on.")
    threshold = serializers.DecimalField(max_digits=7, decimal_places=6, help_text="Harmful-error rate, such as 0.04.")
    rows = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, help_text="Verified rows that settle it.")
    tick = serializers.DecimalField(max_digits=16, decimal_places=2, help_text="Paid for each 0.1 point above.")
    cap = serializers.DecimalField(max_digits=16, decimal_places=2)
    currency = serializers.CharField(max_length=3)
    window_start = serializers.DateField()
    window_end = serializers.DateField(help_text="The day after the last.")
    tax_jurisdiction = serializers.CharField(max_length=40, default="NONE")


class OrderIn(StrictSerializer):
    order_text = serializers.CharField(max_length=2000, help_text="The customer's order, in their words.")


class SettlingIn(StrictSerializer):
    audit = serializers.UUIDField(help_text="A completed audit of the same version on the insurer's own, fresh rows.")


class PayIn(StrictSerializer):
    payee = serializers.CharField(max_length=200)
    why = serializers.CharField(max_length=2000)


class MeasurementOut(serializers.ModelSerializer[Measurement]):
    audit = serializers.UUIDField(source="order.audit_run_id")

    class Meta:
        model = Measurement
        fields = ("id", "audit", "errors", "rows", "verdict", "reason", "payable", "measured_by", "created_at")


class GuaranteePaymentOut(serializers.ModelSerializer[GuaranteePayment]):
    class Meta:
        model = GuaranteePayment
        fields = ("id", "amount", "currency", "payee", "why", "paid_by", "created_at")


class GuaranteeOut(serializers.ModelSerializer[Guarantee]):
    model = serializers.UUIDField(source="version.model_id")
    priced_on = serializers.UUIDField(source="priced_on.audit_run_id", help_text="The audit.")
    measurements = serializers.SerializerMethodField()
    payment = serializers.SerializerMethodField()

    class Meta:
        model = Guarantee
        fields = (
            *("id", "number", "organisation", "model", "version", "priced_on", "policy", "state", "window_start"),
            *("window_end", "threshold", "rows", "tick", "cap", "currency", "premium", "taxes", "total", "worksheet"),
            *("worksheet_digest", "offered_by", "order_text", "bound_by", "bound_at", "created_at", "measurements"),
            "payment",
        )

    def get_measurements(self, row: Guarantee) -> list[dict[str, Any]]:
        return list(MeasurementOut(row.measurements.order_by("created_at", "id"), many=True).data)

    def get_payment(self, row: Guarantee) -> dict[str, Any] | None:
        paid = getattr(row, "payment", None)
        return None if paid is None else dict(GuaranteePaymentOut(paid).data)


class GuaranteeReplayOut(serializers.Serializer[None]):
    same = serializers.BooleanField()
    digest = serializers.CharField()


class GuaranteesView(ApiView):
    """Guarantees, newest first; POST offers one."""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(responses={200: page_schema(GuaranteeOut), **problems(422)})
    def get(self, request: Request) -> Response:
        return Response(page_of(guarantees_visible(request.principal), request, GuaranteeOut))

    @extend_schema(request=GuaranteeIn, responses={201: GuaranteeOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        asked = valid(GuaranteeIn, request)
        made = guarantee_offer(
            order=order_of_audit(request, asked["audit"], WRITE),
            terms=Terms(asked["threshold"], asked["rows"], asked["tick"], asked["cap"]),
            window=(asked["window_start"], asked["window_end"]),
            currency=asked["currency"],
            tax_jurisdiction=asked["tax_jurisdiction"],
            actor=request.principal.actor,
            at=timezone.now(),
        )
        return Response(GuaranteeOut(made).data, status=201)


class GuaranteeView(ApiView):
    """One guarantee with its price, measurements and payment."""

    access = {"GET": READ}

    @extend_schema(responses={200: GuaranteeOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(GuaranteeOut(guarantee_seen(request, pk, READ)).data)


class GuaranteePdfView(ApiView):
    """The contract, and what settled it; the same guarantee gives the same bytes."""

    access = {"GET": READ}
    content_negotiation_class = AnyAccept

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, **problems(404)})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        row = guarantee_seen(request, pk, READ)
        answer = HttpResponse(guarantee_pdf(row), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
        answer["Cache-Control"] = "private, no-store"
        return answer


class GuaranteeBindView(ApiView):
    """Bind on the customer's order, within the underwriter's authority."""

    access = {"POST": WRITE}

    @extend_schema(request=OrderIn, responses={200: GuaranteeOut, **problems(403, 404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        row, text = guarantee_seen(request, pk, WRITE), valid(OrderIn, request)["order_text"]
        guarantee_bind(guarantee=row, order_text=text, actor=request.principal.actor, at=timezone.now())
        return Response(GuaranteeOut(guarantee_seen(request, pk, WRITE)).data)


class GuaranteeWithdrawView(ApiView):
    """Take an offer back."""

    access = {"POST": WRITE}

    @extend_schema(request=ReasonIn, responses={200: GuaranteeOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        row, why = guarantee_seen(request, pk, WRITE), valid(ReasonIn, request)["why"]
        guarantee_withdraw(guarantee=row, why=why, actor=request.principal.actor, at=timezone.now())
        return Response(GuaranteeOut(guarantee_seen(request, pk, WRITE)).data)


class GuaranteeMeasureView(ApiView):
    """Settle by an audit: the engine's own count against the threshold."""

    access = {"POST": MEASURE}

    @extend_schema(request=SettlingIn, responses={201: GuaranteeOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        row, asked = guarantee_seen(request, pk, MEASURE), valid(SettlingIn, request)["audit"]
        order = order_of_audit(request, asked, MEASURE)
        guarantee_measure(guarantee=row, order=order, actor=request.principal.actor, at=timezone.now())
        return Response(GuaranteeOut(guarantee_seen(request, pk, MEASURE)).data, status=201)


class GuaranteePayView(ApiView):
    """Pay what the measurement says, by somebody who neither bound nor measured it."""

    access = {"POST": PAY}

    @extend_schema(request=PayIn, responses={201: GuaranteeOut, **problems(403, 404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        row = guarantee_seen(request, pk, PAY)
        guarantee_pay(guarantee=row, **valid(PayIn, request), actor=request.principal.actor, at=timezone.now())
        return Response(GuaranteeOut(guarantee_seen(request, pk, PAY)).data, status=201)


class GuaranteeReplayView(ApiView):
    """Compute the worksheet again from its own inputs and compare the digests."""

    access = {"POST": READ}

    @extend_schema(request=None, responses={200: GuaranteeReplayOut, **problems(404, 503)})
    def post(self, request: Request, pk: UUID) -> Response:
        row = guarantee_seen(request, pk, READ)
        again = guarantee_replay(guarantee=row)
        return Response({"same": again == row.worksheet_digest, "digest": again})


def guarantee_seen(request: Any, pk: UUID, access: Access) -> Guarantee:
    """The guarantee, if the caller may act on it so."""
    found: Guarantee = object_get(
        guarantees_visible(request.principal), principal=request.principal, pk=pk, access=access
    )
    return found


def order_of_audit(request: Any, audit: UUID, access: Access) -> AuditOrder:
    """The order of an audit the caller may see; raises NotFound."""
    order = orders_visible(request.principal).filter(audit_run=audit).first()
    if order is None or not access.admits(request.principal):
        raise NotFound("Nothing is here that you may see.", field="audit")
    return order
