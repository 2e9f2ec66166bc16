"""Studies over the API: the insurer's staff alone."""

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
from accounts.roles import ACTUARY, ADMINISTRATOR, AUDITOR, UNDERWRITER
from actuarial.models import Study
from actuarial.registry import kinds
from actuarial.selectors import studies_all, study_get
from actuarial.services import study_replay, study_request, study_to_draft
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import valid
from core.api.schema import PAGE, page_schema, problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView
from core.errors import StateRefused
from core.jobs.models import Job
from core.jobs.selectors import job_view
from underwriting.models import PlanRevision

READ = Access(staff=frozenset({ACTUARY, UNDERWRITER, AUDITOR, ADMINISTRATOR}))
ASK = Access(staff=frozenset({ACTUARY}))


class StudyOut(serializers.ModelSerializer[Study]):
    class Meta:
        model = Study
        fields = (
            "id", "kind", "state", "asked", "inputs_digest", "result_digest", "paper_digest", "reason", "asked_by",
            "created_at", "completed_at",
        )  # fmt: skip


class StudyWholeOut(StudyOut):
    class Meta(StudyOut.Meta):
        fields = (*StudyOut.Meta.fields, "result")


class StudyIn(StrictSerializer):
    kind = serializers.CharField(max_length=20, help_text="Such as portfolio; GET /studies/kinds lists them.")
    asked = serializers.DictField(child=serializers.JSONField(), required=False, help_text="What is asked of it.")


class StudyReplayOut(serializers.Serializer[None]):
    same = serializers.BooleanField()
    digest = serializers.CharField()


class StudyChoiceOut(serializers.Serializer[None]):
    name = serializers.CharField()
    label = serializers.CharField()
    kind = serializers.CharField()
    default = serializers.JSONField(allow_null=True)
    help = serializers.CharField()


class StudyKindOut(serializers.Serializer[None]):
    kind = serializers.CharField()
    title = serializers.CharField()
    question = serializers.CharField()
    choices = StudyChoiceOut(many=True)


class StudyDraftIn(StrictSerializer):
    name = serializers.CharField(max_length=40, help_text="Of the plan, such as MRL-2027.01.")
    why = serializers.CharField(help_text="Stays in the journal; the study is named behind it.")


class StudyDraftOut(serializers.ModelSerializer[PlanRevision]):
    class Meta:
        model = PlanRevision
        fields = ("name", "number", "parent", "hash", "why", "author", "created_at")


class StudiesView(ApiView):
    """Studies of the whole book, newest first; POST asks for one."""

    access = {"GET": READ, "POST": ASK}

    @extend_schema(parameters=PAGE, responses={200: page_schema(StudyOut), **problems(422)})
    def get(self, request: Request) -> Response:
        return Response(page_of(studies_all(), request, StudyOut))

    @extend_schema(request=StudyIn, responses={202: StudyOut, **problems(409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        wanted = valid(StudyIn, request)
        actor = request.principal.actor
        made = study_request(kind=wanted["kind"], asked=wanted.get("asked") or {}, actor=actor, at=timezone.now())
        return Response(StudyOut(made).data, status=202)


class StudyKindsView(ApiView):
    """What may be asked of the book."""

    access = {"GET": READ}

    @extend_schema(responses={200: StudyKindOut(many=True), **problems()})
    def get(self, request: Request) -> Response:
        return Response(StudyKindOut(list(kinds().values()), many=True).data)


class StudyView(ApiView):
    """One study with its result; while it is being made, with the job's progress."""

    access = {"GET": READ}

    @extend_schema(responses={200: StudyWholeOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        study = study_get(pk)
        job = Job.objects.filter(pk=study.job_id).first()
        told: dict[str, Any] = {**StudyWholeOut(study).data, "progress": job_view(job) if job else None}
        return Response(told)


class StudyReplayView(ApiView):
    """Compute a study again from what it read, and compare."""

    access = {"POST": READ}

    @extend_schema(request=None, responses={200: StudyReplayOut, **problems(404, 409, 503)})
    def post(self, request: Request, pk: UUID) -> Response:
        study = study_get(pk)
        again = study_replay(study=study)
        return Response({"same": again == study.result_digest, "digest": again})


class StudyDraftView(ApiView):
    """Start a plan's draft with exactly the figures the study proposes; read it at GET /plan-drafts/{name}."""

    access = {"POST": ASK}

    @extend_schema(request=StudyDraftIn, responses={201: StudyDraftOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        given = valid(StudyDraftIn, request)
        saved = study_to_draft(study=study_get(pk), **given, actor=request.principal.actor, at=timezone.now())
        return Response(StudyDraftOut(saved).data, status=201)


class StudyPaperView(ApiView):
    """The study as PDF."""

    access = {"GET": READ}

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, **problems(404, 409)})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        study = study_get(pk)
        if study.paper is None:
            raise StateRefused("This study is not made yet.", remedy="Ask again when its state is completed.")
        name = f"{study.kind}-{study.created_at:%Y-%m-%d}.pdf"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return HttpResponse(bytes(study.paper), content_type="application/pdf", headers=headers)
