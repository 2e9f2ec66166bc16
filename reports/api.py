"""Quarterly reports over the API, and the schedule rung by hand."""

from uuid import UUID

from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ACTUARY, ADMINISTRATOR, ALL_MEMBERS, ALL_STAFF, AUDITOR, ENGINEER, OWNER, UNDERWRITER
from accounts.scope import object_get
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import valid
from core.api.schema import page_schema, problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView
from core.errors import StateRefused
from core.jobs.models import Job
from core.jobs.schedule import due_run
from core.jobs.selectors import job_view
from provenance.store import artifact_verified
from reports.models import QuarterlyReport
from reports.selectors import reports_visible
from reports.services import report_request
from underwriting.selectors import models_visible

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
ASK = Access(staff=frozenset({UNDERWRITER, ACTUARY, AUDITOR, ADMINISTRATOR}), members=frozenset({OWNER, ENGINEER}))
RING = Access(staff=frozenset({ADMINISTRATOR, AUDITOR, UNDERWRITER}))


class ReportOut(serializers.ModelSerializer[QuarterlyReport]):
    digest = serializers.CharField(source="paper.digest", default=None, help_text="SHA-256 of the PDF.")
    source_digest = serializers.CharField(source="source.digest", default=None, help_text="SHA-256 of its input.")
    model_name = serializers.CharField(source="model.name")

    class Meta:
        model = QuarterlyReport
        fields = (
            "id", "model", "model_name", "policy", "quarter", "version", "state", "digest", "source_digest", "made_at",
            "reason", "requested_by", "created_at",
        )  # fmt: skip


class ReportIn(StrictSerializer):
    model = serializers.UUIDField(help_text="Id of a registered model.")
    quarter = serializers.CharField(max_length=7, help_text="Such as 2026-Q3.")


class TickIn(StrictSerializer):
    tick = serializers.DateTimeField(
        help_text="The moment to ring, such as 2026-10-01T00:00:00Z for the third quarter."
    )


class JobOut(serializers.Serializer[Job]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.CharField()


class ReportsView(ApiView):
    """Quarterly audit reports."""

    access = {"GET": READ, "POST": ASK}

    @extend_schema(responses={200: page_schema(ReportOut), **problems(422)})
    def get(self, request: Request) -> Response:
        return Response(page_of(reports_visible(request.principal), request, ReportOut))

    @extend_schema(request=ReportIn, responses={202: ReportOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        wanted = valid(ReportIn, request)
        principal = request.principal
        model = object_get(models_visible(principal), principal=principal, pk=wanted["model"], access=ASK)
        made = report_request(model=model, quarter=wanted["quarter"], actor=principal.actor, at=timezone.now())
        return Response(ReportOut(made).data, status=202)


class ReportView(ApiView):
    """One report; while it is being made, with the job's progress."""

    access = {"GET": READ}

    @extend_schema(responses={200: ReportOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        report = object_get(reports_visible(request.principal), principal=request.principal, pk=pk, access=READ)
        job = Job.objects.filter(pk=report.job_id).first()
        return Response({**ReportOut(report).data, "progress": job_view(job) if job else None})


class ReportPaperView(ApiView):
    """The PDF."""

    access = {"GET": READ}

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, **problems(404, 409, 503)})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        report = object_get(reports_visible(request.principal), principal=request.principal, pk=pk, access=READ)
        if report.paper is None:
            raise StateRefused("This report is not made yet.", remedy="Ask again when its state is issued.")
        return FileResponse(artifact_verified(report.paper), content_type="application/pdf", filename=report.paper.name)


class ScheduleRunView(ApiView):
    """Ring one tick of the schedule by hand. A tick that was rung gives the job it has."""

    access = {"POST": RING}

    @extend_schema(request=TickIn, responses={202: JobOut, **problems(404, 422)})
    def post(self, request: Request, name: str) -> Response:
        tick = valid(TickIn, request)["tick"]
        job = due_run(name=name, tick=tick, at=timezone.now(), actor=request.principal.actor)
        return Response(JobOut(job).data, status=202)
