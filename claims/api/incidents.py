"""Incidents over the API."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ADJUSTER, ALL_MEMBERS, ALL_STAFF, ENGINEER, OWNER
from accounts.scope import object_get
from claims.api.shapes import WHY, CodingIn, IncidentIn, IncidentOut
from claims.models import Incident
from claims.selectors import incidents_visible
from claims.services.reporting import incident_code, incident_report
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import narrowed, valid
from core.api.schema import page_schema, problems
from core.api.views import ApiView
from underwriting.models import RegisteredModel

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
REPORT = Access(staff=frozenset({ADJUSTER}), members=frozenset({OWNER, ENGINEER}))
WORK = Access(staff=frozenset({ADJUSTER}))


class RecodeIn(CodingIn):
    """The whole coding anew, with the reason."""

    why = serializers.CharField(**WHY)


class IncidentsView(ApiView):
    """What models did, or nearly did, to somebody."""

    access = {"GET": READ, "POST": REPORT}
    filters = ("model",)

    @extend_schema(
        parameters=[OpenApiParameter("model", UUID)], responses={200: page_schema(IncidentOut), **problems(422)}
    )
    def get(self, request: Request) -> Response:
        rows = narrowed(incidents_visible(request.principal), request, states=[], keys=("model",))
        return Response(page_of(rows, request, IncidentOut))

    @extend_schema(request=IncidentIn, responses={201: IncidentOut, **problems(404, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        fields = valid(IncidentIn, request)
        model = object_get(RegisteredModel, principal=request.principal, pk=fields.pop("model"), access=REPORT)
        incident = incident_report(model=model, fields=fields, actor=request.principal.actor, at=timezone.now())
        return Response(IncidentOut(incident).data, status=201)


class IncidentView(ApiView):
    """One incident; the adjuster completes its coding."""

    access = {"GET": READ, "PUT": WORK}

    @extend_schema(responses={200: IncidentOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(IncidentOut(_incident(request, pk, READ)).data)

    @extend_schema(request=RecodeIn, responses={200: IncidentOut, **problems(404, 422)})
    def put(self, request: Request, pk: UUID) -> Response:
        incident, changes = _incident(request, pk, WORK), valid(RecodeIn, request)
        why = changes.pop("why")
        incident = incident_code(
            incident=incident, changes=changes, why=why, actor=request.principal.actor, at=timezone.now()
        )
        return Response(IncidentOut(incident).data)


def _incident(request: Request, pk: UUID, access: Access) -> Incident:
    return object_get(incidents_visible(request.principal), principal=request.principal, pk=pk, access=access)
