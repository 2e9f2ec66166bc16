"""Policies and their papers over the API."""

from datetime import date
from uuid import UUID

from django.http import FileResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ALL_MEMBERS, ALL_STAFF, UNDERWRITER
from accounts.scope import object_get
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import narrowed, valid
from core.api.schema import page_schema, problems
from core.api.views import ApiView
from core.errors import InputRefused
from policies.api.shapes import (
    DocumentOut,
    PolicyOut,
    PolicyRowOut,
    ReasonIn,
    RemadeOut,
    ScheduledAtOut,
    ScheduledOut,
)
from policies.models import Policy
from policies.selectors import documents_of, documents_visible, policies_visible, schedule_at
from policies.services.documents import document_remake
from policies.services.terms import subjectivity_meet
from provenance.store import artifact_verified

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
STAFF = Access(staff=ALL_STAFF)
WRITE = Access(staff=frozenset({UNDERWRITER}))
LIST = [OpenApiParameter("state", str, enum=Policy.State.values), OpenApiParameter("model", UUID)]
ON = OpenApiParameter("on", OpenApiTypes.DATE, required=True, description="The day asked about.")


class PoliciesView(ApiView):
    """Policies."""

    access = {"GET": READ}
    filters = ("state", "model")

    @extend_schema(parameters=LIST, responses={200: page_schema(PolicyRowOut), **problems(422)})
    def get(self, request: Request) -> Response:
        rows = narrowed(policies_visible(request.principal), request, states=Policy.State.values, keys=("model",))
        return Response(page_of(rows, request, PolicyRowOut))


class PolicyView(ApiView):
    """One policy with its schedule and transactions."""

    access = {"GET": READ}

    @extend_schema(responses={200: PolicyOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(PolicyOut(_policy(request, pk, READ)).data)


class PolicyAtView(ApiView):
    """Which versions the policy covers on a day."""

    access = {"GET": READ}
    filters = ("on",)

    @extend_schema(parameters=[ON], responses={200: ScheduledAtOut, **problems(404, 422)})
    def get(self, request: Request, pk: UUID) -> Response:
        policy, day = _policy(request, pk, READ), _day(request)
        rows = schedule_at(policy=policy, on=day)
        answer = {
            "policy": str(policy.pk),
            "on": day.isoformat(),
            "in_period": policy.inception <= day < policy.expiry,
            "schedule": ScheduledOut(rows, many=True).data,
        }
        return Response(answer)


class SubjectivityView(ApiView):
    """The customer brought what a subjectivity (counted from 0) asked for."""

    access = {"POST": WRITE}

    @extend_schema(request=ReasonIn, responses={200: PolicyOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID, index: int) -> Response:
        policy, why = _policy(request, pk, WRITE), valid(ReasonIn, request)["why"]
        policy = subjectivity_meet(
            policy=policy, index=index, why=why, actor=request.principal.actor, at=timezone.now()
        )
        return Response(PolicyOut(policy).data)


class DocumentsView(ApiView):
    """A policy's papers. They appear when their job is done, a few seconds after binding."""

    access = {"GET": READ}

    @extend_schema(responses={200: page_schema(DocumentOut), **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        rows = documents_of(_policy(request, pk, READ))
        return Response({"items": DocumentOut(rows, many=True).data, "next": None})


class AnyAccept(BaseContentNegotiation):
    """A file is a file whatever Accept says; problems stay JSON."""

    def select_parser(self, request: Request, parsers: list[object]) -> object:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class DocumentPdfView(ApiView):
    """A paper's PDF."""

    access = {"GET": READ}
    content_negotiation_class = AnyAccept

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, **problems(404, 503)})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        rows = documents_visible(request.principal)
        document = object_get(rows, principal=request.principal, pk=pk, access=READ)
        paper = document.pdf
        answer = FileResponse(artifact_verified(paper), content_type=paper.media, filename=paper.name)
        answer["Cache-Control"] = "private, no-store"
        return answer


class DocumentRemakeView(ApiView):
    """Make a paper again from its stored input and compare the digests."""

    access = {"POST": STAFF}

    @extend_schema(request=None, responses={200: RemadeOut, **problems(404, 503)})
    def post(self, request: Request, pk: UUID) -> Response:
        rows = documents_visible(request.principal)
        document = object_get(rows, principal=request.principal, pk=pk, access=STAFF)
        remade = document_remake(document=document)
        return Response({"same": remade == document.digest, "digest": document.digest, "remade": remade})


def _policy(request: Request, pk: UUID, access: Access) -> Policy:
    return object_get(policies_visible(request.principal), principal=request.principal, pk=pk, access=access)


def _day(request: Request) -> date:
    try:
        day = parse_date(request.query_params.get("on", ""))
    except ValueError:
        day = None
    if day is None:
        raise InputRefused("on must be a date.", field="on", limit="YYYY-MM-DD", remedy="Write ?on=2026-10-01.")
    return day
