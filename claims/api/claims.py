"""Claims over the API: reporting, reading, triage, coverage, closing."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ADJUSTER, ALL_MEMBERS, ALL_STAFF, ENGINEER, OWNER
from accounts.scope import object_get
from claims.adjustment import Answers
from claims.api.shapes import ClaimIn, ClaimOut, ClaimRowOut, CoverageIn, CoverageOut, TriageIn, WhyIn
from claims.models import Claim, Incident
from claims.selectors import claims_visible
from claims.services.reporting import claim_report
from claims.services.review import claim_close, claim_reopen, claim_triage, coverage_check_run
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import narrowed, valid
from core.api.schema import page_schema, problems
from core.api.views import ApiView
from policies.models import Policy

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
STAFF = Access(staff=ALL_STAFF)
REPORT = Access(staff=frozenset({ADJUSTER}), members=frozenset({OWNER, ENGINEER}))
WORK = Access(staff=frozenset({ADJUSTER}))
LIST = [OpenApiParameter("state", str, enum=Claim.State.values), OpenApiParameter("policy", UUID)]


class ClaimsView(ApiView):
    """Demands on policies."""

    access = {"GET": READ, "POST": REPORT}
    filters = ("state", "policy")

    @extend_schema(parameters=LIST, responses={200: page_schema(ClaimRowOut), **problems(422)})
    def get(self, request: Request) -> Response:
        rows = narrowed(claims_visible(request.principal), request, states=Claim.State.values, keys=("policy",))
        return Response(page_of(rows, request, ClaimRowOut))

    @extend_schema(request=ClaimIn, responses={201: ClaimOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        asked = valid(ClaimIn, request)
        policy = object_get(Policy, principal=request.principal, pk=asked.pop("policy"), access=REPORT)
        incident = object_get(Incident, principal=request.principal, pk=asked.pop("incident"), access=REPORT)
        claim = claim_report(
            policy=policy, incident=incident, **asked, actor=request.principal.actor, at=timezone.now()
        )
        return Response(claim_view(request, claim), status=201)


class ClaimView(ApiView):
    """One claim with its story."""

    access = {"GET": READ}

    @extend_schema(responses={200: ClaimOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(claim_view(request, claim_get(request, pk, READ)))


class TriageView(ApiView):
    """Acknowledge a claim."""

    access = {"POST": WORK}

    @extend_schema(request=TriageIn, responses={200: ClaimOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        claim, asked = claim_get(request, pk, WORK), valid(TriageIn, request)
        claim = claim_triage(claim=claim, **asked, actor=request.principal.actor, at=timezone.now())
        return Response(claim_view(request, claim))


class CoverageView(ApiView):
    """The coverage checklist as of the loss date: every check that was made, and a new one."""

    access = {"GET": STAFF, "POST": WORK}

    @extend_schema(responses={200: page_schema(CoverageOut), **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        rows = claim_get(request, pk, STAFF).checks.order_by("-created_at", "-id")
        return Response({"items": CoverageOut(rows, many=True).data, "next": None})

    @extend_schema(request=CoverageIn, responses={201: CoverageOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        claim, asked = claim_get(request, pk, WORK), valid(CoverageIn, request)
        codes = asked.pop("exclusions")
        answers = Answers(**asked, exclusions=None if codes is None else tuple(sorted(set(codes))))
        check = coverage_check_run(claim=claim, answers=answers, actor=request.principal.actor, at=timezone.now())
        return Response(CoverageOut(check).data, status=201)


class CloseView(ApiView):
    """Close a claim on which nothing is left to pay."""

    access = {"POST": WORK}

    @extend_schema(request=WhyIn, responses={200: ClaimOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        claim, why = claim_get(request, pk, WORK), valid(WhyIn, request)["why"]
        claim = claim_close(claim=claim, why=why, actor=request.principal.actor, at=timezone.now())
        return Response(claim_view(request, claim))


class ReopenView(ApiView):
    """Take a closed claim up again."""

    access = {"POST": WORK}

    @extend_schema(request=WhyIn, responses={200: ClaimOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        claim, why = claim_get(request, pk, WORK), valid(WhyIn, request)["why"]
        claim = claim_reopen(claim=claim, why=why, actor=request.principal.actor, at=timezone.now())
        return Response(claim_view(request, claim))


def claim_get(request: Request, pk: UUID, access: Access) -> Claim:
    """The claim `pk` if this caller may use it so."""
    return object_get(claims_visible(request.principal), principal=request.principal, pk=pk, access=access)


def claim_view(request: Request, claim: Claim) -> dict[str, object]:
    """A claim as this caller may see it."""
    who = request.principal
    handles = ADJUSTER in who.staff_roles or who.memberships.get(claim.organisation_id) in REPORT.members
    return ClaimOut(claim, context={"insurer": who.is_staff, "handler": handles}).data
