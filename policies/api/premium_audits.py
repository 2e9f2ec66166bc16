"""Premium audits over the API: the insured declares the actual decisions, an underwriter settles."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ALL_MEMBERS, ALL_STAFF, OWNER, UNDERWRITER
from accounts.scope import object_get
from core.api.idempotency import idempotent
from core.api.requests import valid
from core.api.schema import problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView
from policies.api.shapes import ReasonIn
from policies.models import ExposureDeclaration, Policy, PremiumAudit
from policies.selectors import policies_visible, premium_audit_of
from policies.services.premium_audit import MOST_DECISIONS, exposure_declare, premium_audit_settle

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
DECLARE = Access(staff=frozenset({UNDERWRITER}), members=frozenset({OWNER}))
SETTLE = Access(staff=frozenset({UNDERWRITER}))


class ActualExposureIn(StrictSerializer):
    decisions = serializers.IntegerField(min_value=1, max_value=MOST_DECISIONS, help_text="Of the whole term.")
    source = serializers.CharField(max_length=2000, help_text="Where the count comes from: a log, or its digest.")


class ActualExposureOut(serializers.ModelSerializer[ExposureDeclaration]):
    class Meta:
        model = ExposureDeclaration
        fields = ("id", "decisions", "source", "declared_by", "created_at")


class SettledOut(serializers.ModelSerializer[PremiumAudit]):
    decisions = serializers.IntegerField(source="declaration.decisions")

    class Meta:
        model = PremiumAudit
        fields = (
            *("id", "decisions", "deposit", "rated", "minimum_share", "adjustment", "taxes", "total", "currency"),
            *("referrals", "why", "settled_by", "created_at"),
        )


class PremiumAuditOut(serializers.Serializer[Policy]):
    """What was declared, the latest first, and what was settled (null before)."""

    declared_at_bind = serializers.IntegerField(source="quote.decisions_per_year")
    declarations = serializers.SerializerMethodField()
    settled = serializers.SerializerMethodField()

    def get_declarations(self, policy: Policy) -> list[dict[str, Any]]:
        return list(ActualExposureOut(policy.exposure_declarations.order_by("-created_at", "-id"), many=True).data)

    def get_settled(self, policy: Policy) -> dict[str, Any] | None:
        row = premium_audit_of(policy)
        return None if row is None else dict(SettledOut(row).data)


class ExposureView(ApiView):
    """The insured's owner (or an underwriter for them) declares the decisions really made, once the term is over."""

    access = {"POST": DECLARE}

    @extend_schema(
        operation_id="policy_exposure_declare",
        request=ActualExposureIn,
        responses={201: PremiumAuditOut, **problems(404, 409, 422)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        policy = _policy(request, pk, DECLARE)
        exposure_declare(
            policy=policy, **valid(ActualExposureIn, request), actor=request.principal.actor, at=timezone.now()
        )
        return Response(PremiumAuditOut(policy).data, status=201)


class PremiumAuditView(ApiView):
    """The premium audit of a policy; POST settles it, by somebody who did not declare."""

    access = {"GET": READ, "POST": SETTLE}

    @extend_schema(responses={200: PremiumAuditOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(PremiumAuditOut(_policy(request, pk, READ)).data)

    @extend_schema(request=ReasonIn, responses={201: PremiumAuditOut, **problems(403, 404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        policy, why = _policy(request, pk, SETTLE), valid(ReasonIn, request)["why"]
        premium_audit_settle(policy=policy, why=why, actor=request.principal.actor, at=timezone.now())
        return Response(PremiumAuditOut(policy).data, status=201)


def _policy(request: Request, pk: UUID, access: Access) -> Policy:
    found: Policy = object_get(policies_visible(request.principal), principal=request.principal, pk=pk, access=access)
    return found
