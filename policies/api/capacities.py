"""Capacities by upstream dependency over the API: the insurer's staff alone."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ACTUARY, ADMINISTRATOR, AUDITOR, UNDERWRITER
from accounts.scope import object_get
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import valid
from core.api.schema import page_schema, problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView
from core.money import currency_code
from policies.capacity import Leaning, leanings
from policies.models import Capacity, CapacityReferral
from policies.selectors import capacity_referrals_visible
from policies.services.capacity import DECISIONS, capacity_referral_decide, capacity_set
from underwriting.registration import DEPENDENCY_KINDS

READ = Access(staff=frozenset({ACTUARY, UNDERWRITER, AUDITOR, ADMINISTRATOR}))
SET = Access(staff=frozenset({ACTUARY}))


class CapacityIn(StrictSerializer):
    kind = serializers.ChoiceField(DEPENDENCY_KINDS)
    name = serializers.CharField(max_length=200, help_text="Of the dependency; holds for all its versions.")
    amount = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0)
    currency = serializers.CharField(max_length=3)
    why = serializers.CharField(max_length=2000)


class CapacityOut(serializers.ModelSerializer[Capacity]):
    class Meta:
        model = Capacity
        fields = ("id", "kind", "name", "amount", "currency", "why", "set_by", "created_at")


class LeaningOut(serializers.Serializer[Leaning]):
    """A dependency: aggregate limits that lean on it, what may, what is left."""

    kind = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    exposed = serializers.DecimalField(max_digits=18, decimal_places=2)
    capacity = serializers.DecimalField(
        max_digits=16, decimal_places=2, source="capacity.amount", default=None, allow_null=True
    )
    headroom = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    policies = serializers.SerializerMethodField()

    def get_policies(self, row: Leaning) -> list[str]:
        return [policy.number for policy in row.policies]


class CapacitiesView(ApiView):
    """Every dependency the live book leans on, least headroom first; POST sets a capacity."""

    access = {"GET": READ, "POST": SET}
    filters = ("currency",)

    @extend_schema(
        parameters=[OpenApiParameter("currency", str, description="Default USD.")],
        responses={200: page_schema(LeaningOut), **problems(422)},
    )
    def get(self, request: Request) -> Response:
        currency = currency_code(request.query_params.get("currency", "USD"))
        return Response({"items": LeaningOut(leanings(currency), many=True).data, "next": None})

    @extend_schema(request=CapacityIn, responses={201: CapacityOut, **problems(409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        made = capacity_set(**valid(CapacityIn, request), actor=request.principal.actor, at=timezone.now())
        return Response(CapacityOut(made).data, status=201)


class CapacityReferralOut(serializers.ModelSerializer[CapacityReferral]):
    class Meta:
        model = CapacityReferral
        fields = (
            "id", "quote", "kind", "name", "over", "capacity", "currency", "state", "asked_by", "created_at",
            "decided_by", "why", "decided_at",
        )  # fmt: skip


class CapacityDecisionIn(StrictSerializer):
    decision = serializers.ChoiceField(DECISIONS)
    why = serializers.CharField(max_length=2000)


class CapacityReferralsView(ApiView):
    """Binds that would have taken a dependency over its capacity, newest first."""

    access = {"GET": READ}

    @extend_schema(responses={200: page_schema(CapacityReferralOut)})
    def get(self, request: Request) -> Response:
        return Response(page_of(capacity_referrals_visible(request.principal), request, CapacityReferralOut))


class CapacityReferralDecisionView(ApiView):
    """An actuary lets the quote be bound over the capacity by this excess, or not."""

    access = {"POST": SET}

    @extend_schema(request=CapacityDecisionIn, responses={200: CapacityReferralOut, **problems(403, 404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        row = object_get(capacity_referrals_visible(request.principal), principal=request.principal, pk=pk, access=SET)
        decided = capacity_referral_decide(
            referral=row, **valid(CapacityDecisionIn, request), actor=request.principal.actor, at=timezone.now()
        )
        return Response(CapacityReferralOut(decided).data)
