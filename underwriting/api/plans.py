"""Plans that are being written, over the API: actuaries write, review, approve and publish; other staff read."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ACTUARY, ADMINISTRATOR, AUDITOR, UNDERWRITER
from core.api.idempotency import idempotent
from core.api.requests import valid
from core.api.schema import page_schema, problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView
from core.canonical import plain
from core.errors import NotFound
from underwriting.api.outputs import PlanChangeOut
from underwriting.models import PlanRevision, PlanStep
from underwriting.plan_records import plan_record
from underwriting.rating.diff import plan_diff
from underwriting.selectors import plan_draft_revisions, plan_draft_state, plan_drafts
from underwriting.services import plans

READ = Access(staff=frozenset({ACTUARY, UNDERWRITER, AUDITOR, ADMINISTRATOR}))
WRITE = Access(staff=frozenset({ACTUARY}))
ACTS: dict[str, Callable[..., Any]] = {
    "reviewed": plans.plan_draft_review,
    "approved": plans.plan_draft_approve,
    "published": plans.plan_draft_publish,
    "withdrawn": plans.plan_draft_withdraw,
}


class PlanStepOut(serializers.ModelSerializer[PlanStep]):
    class Meta:
        model = PlanStep
        fields = ("act", "why", "detail", "by", "created_at")


class PlanRevisionOut(serializers.ModelSerializer[PlanRevision]):
    steps = PlanStepOut(many=True)

    class Meta:
        model = PlanRevision
        fields = ("name", "number", "parent", "hash", "why", "author", "created_at", "steps")


class PlanDraftOut(serializers.Serializer[None]):
    """A draft as it stands: its state, every revision, its document and how it differs from its parent."""

    state = serializers.ChoiceField(["draft", "reviewed", "approved", "published", "withdrawn"])
    revisions = PlanRevisionOut(many=True)
    json = serializers.JSONField()
    changes = PlanChangeOut(many=True)


class PlanDraftIn(StrictSerializer):
    name = serializers.CharField(max_length=40, help_text="Of the new plan, such as MRL-2027.01.")
    parent = serializers.CharField(max_length=40, help_text="A published plan to begin from.")
    why = serializers.CharField(max_length=2000)


class PlanRevisionIn(StrictSerializer):
    json = serializers.JSONField(help_text="The whole plan document.")
    why = serializers.CharField(max_length=2000)


class PlanStepIn(StrictSerializer):
    act = serializers.ChoiceField(list(ACTS))
    why = serializers.CharField(max_length=2000)


def draft_told(name: str) -> dict[str, Any]:
    """A draft as PlanDraftOut. Raises NotFound."""
    revisions = list(plan_draft_revisions(name))
    if not revisions:
        raise NotFound("Nothing is here that you may see.")
    last = revisions[0]
    changes = [plain(asdict(change)) for change in plan_diff(plan_record(last.parent).json, last.json)]
    return {"state": plan_draft_state(revisions), "revisions": revisions, "json": last.json, "changes": changes}


class PlanDraftsView(ApiView):
    """Drafts, newest first; POST begins one from a published plan."""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(responses={200: page_schema(PlanRevisionOut), **problems()})
    def get(self, request: Request) -> Response:
        return Response({"items": PlanRevisionOut(plan_drafts(), many=True).data, "next": None})

    @extend_schema(request=PlanDraftIn, responses={201: PlanDraftOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        given = valid(PlanDraftIn, request)
        made = plans.plan_draft_start(**given, actor=request.principal.actor, at=timezone.now())
        return Response(PlanDraftOut(draft_told(made.name)).data, status=201)


class PlanDraftView(ApiView):
    """One draft: its document, how it differs from its parent, who did what."""

    access = {"GET": READ}

    @extend_schema(responses={200: PlanDraftOut, **problems(404)})
    def get(self, request: Request, name: str) -> Response:
        return Response(PlanDraftOut(draft_told(name)).data)


class PlanRevisionsView(ApiView):
    """Save the next revision of a draft."""

    access = {"POST": WRITE}

    @extend_schema(request=PlanRevisionIn, responses={201: PlanDraftOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        given = valid(PlanRevisionIn, request)
        document = given["json"] if isinstance(given["json"], dict) else {}
        plans.plan_draft_save(
            name=name, document=document, why=given["why"], actor=request.principal.actor, at=timezone.now()
        )
        return Response(PlanDraftOut(draft_told(name)).data, status=201)


class PlanStepsView(ApiView):
    """Review, approve, publish or withdraw the draft as it stands."""

    access = {"POST": WRITE}

    @extend_schema(request=PlanStepIn, responses={201: PlanDraftOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        given = valid(PlanStepIn, request)
        ACTS[given["act"]](name=name, why=given["why"], actor=request.principal.actor, at=timezone.now())
        return Response(PlanDraftOut(draft_told(name)).data, status=201)
