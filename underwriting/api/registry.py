"""Models, versions, deployments and audit orders over the API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ADJUSTER, ALL_MEMBERS, ALL_STAFF, AUDITOR, ENGINEER, OWNER, UNDERWRITER
from accounts.scope import object_get, organisation_pick
from audits.models import DataSet
from audits.selectors import datasets_visible
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import valid
from core.api.schema import PAGE, page_schema, problems
from core.api.views import ApiView
from core.errors import InputRefused
from underwriting.api import inputs, outputs
from underwriting.models import ModelVersion, RegisteredModel
from underwriting.production import production_reports, production_said
from underwriting.selectors import (
    challenges_visible,
    models_visible,
    orders_told,
    switches_of,
    version_live_at,
    versions_visible,
)
from underwriting.services.auditing import audit_order
from underwriting.services.beside import Named, challenge_set
from underwriting.services.production import production_report
from underwriting.services.registry import (
    deployment_switch,
    exposure_change,
    model_change,
    model_register,
    model_retire,
    version_register,
)

READ = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
BUILD = Access(members=frozenset({OWNER, ENGINEER}))
# Staff order audits too: an underwriter for a price, an adjuster or auditor to examine a loss.
ORDER = Access(staff=frozenset({UNDERWRITER, AUDITOR, ADJUSTER}), members=frozenset({OWNER, ENGINEER}))

CHALLENGE = Access(staff=frozenset({UNDERWRITER, AUDITOR}))


class ModelsView(ApiView):
    """Registered models."""

    access = {"GET": READ, "POST": BUILD}

    @extend_schema(
        operation_id="models_list",
        parameters=PAGE,
        responses={200: page_schema(outputs.ModelOut), **problems(422)},
    )
    def get(self, request: Request) -> Response:
        return Response(page_of(models_visible(request.principal), request, outputs.ModelOut))

    @extend_schema(request=inputs.ModelIn, responses={201: outputs.ModelOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        fields = valid(inputs.ModelIn, request)
        organisation = organisation_pick(
            principal=request.principal, access=BUILD, requested=fields.pop("organisation", None)
        )
        model = model_register(
            organisation=organisation, fields=fields, actor=request.principal.actor, at=timezone.now()
        )
        return Response(outputs.ModelOut(model).data, status=201)


class ModelView(ApiView):
    """One registered model; PATCH corrects it before its first audit."""

    access = {"GET": READ, "PATCH": BUILD}

    @extend_schema(responses={200: outputs.ModelOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(outputs.ModelOut(_model(request, pk, READ)).data)

    @extend_schema(request=inputs.ModelIn, responses={200: outputs.ModelOut, **problems(404, 409, 422)})
    def patch(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, BUILD)
        changes = valid(inputs.ModelIn, request, partial=True)
        if "organisation" in changes:
            raise InputRefused("A model stays with its organisation.", field="organisation", remedy="Leave it out.")
        if "schema" in changes:
            # A schema is replaced whole, so it must be complete.
            changes["schema"] = _whole_schema(request.data)
        model = model_change(model=model, changes=changes, actor=request.principal.actor, at=timezone.now())
        return Response(outputs.ModelOut(model).data)


class ExposureView(ApiView):
    """A new number of decisions a year; open quotes are voided beyond 10 per cent."""

    access = {"POST": BUILD}

    @extend_schema(request=inputs.ExposureIn, responses={200: outputs.ModelOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, BUILD)
        changed = exposure_change(
            model=model, **valid(inputs.ExposureIn, request), actor=request.principal.actor, at=timezone.now()
        )
        return Response(outputs.ModelOut(changed).data)


class RetireView(ApiView):
    """Take a model off the books; its history stays."""

    access = {"POST": BUILD}

    @extend_schema(request=inputs.RetireIn, responses={200: outputs.ModelOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, BUILD)
        retired = model_retire(
            model=model, **valid(inputs.RetireIn, request), actor=request.principal.actor, at=timezone.now()
        )
        return Response(outputs.ModelOut(retired).data)


class VersionsView(ApiView):
    """Frozen versions of one model."""

    access = {"GET": READ, "POST": BUILD}

    @extend_schema(parameters=PAGE, responses={200: page_schema(outputs.VersionOut), **problems(404, 422)})
    def get(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, READ)
        rows = versions_visible(request.principal).filter(model=model)
        return Response(page_of(rows, request, outputs.VersionOut))

    @extend_schema(request=inputs.VersionIn, responses={201: outputs.VersionOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, BUILD)
        version = version_register(
            model=model, **valid(inputs.VersionIn, request), actor=request.principal.actor, at=timezone.now()
        )
        return Response(outputs.VersionOut(version).data, status=201)


class VersionView(ApiView):
    """One frozen version."""

    access = {"GET": READ}

    @extend_schema(responses={200: outputs.VersionOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(outputs.VersionOut(version_of(request, pk, READ)).data)


class DeploymentsView(ApiView):
    """When which version decided: append-only switches."""

    access = {"GET": READ, "POST": BUILD}

    @extend_schema(parameters=PAGE, responses={200: page_schema(outputs.DeploymentOut), **problems(404, 422)})
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(page_of(switches_of(_model(request, pk, READ)), request, outputs.DeploymentOut))

    @extend_schema(request=inputs.DeploymentIn, responses={201: outputs.DeploymentOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, BUILD)
        body = valid(inputs.DeploymentIn, request)
        chosen = body.pop("version")
        version = version_of(request, chosen, BUILD) if chosen else None
        switch = deployment_switch(
            model=model, version=version, **body, actor=request.principal.actor, at=timezone.now()
        )
        return Response(outputs.DeploymentOut(switch).data, status=201)


class ProductionView(ApiView):
    """Which file production says it runs: append-only reports."""

    access = {"GET": READ, "POST": BUILD}

    @extend_schema(responses={200: outputs.ProductionListOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        said = production_reports(_model(request, pk, READ))
        return Response(outputs.ProductionListOut({"items": said}).data)

    @extend_schema(request=inputs.ProductionIn, responses={201: outputs.ProductionOut, **problems(404, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, BUILD)
        body = {"observed_at": timezone.now(), **valid(inputs.ProductionIn, request)}
        report = production_report(model=model, **body, actor=request.principal.actor, at=timezone.now())
        return Response(outputs.ProductionOut(production_said(report)).data, status=201)


class LiveView(ApiView):
    """Which version was live at a moment."""

    access = {"GET": READ}
    filters = ("at",)

    @extend_schema(
        parameters=[OpenApiParameter("at", OpenApiTypes.DATETIME, description="With offset or Z; default now.")],
        responses={200: outputs.LiveOut, **problems(404, 422)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, READ)
        at = _moment(request.query_params.get("at"))
        version = version_live_at(model=model, at=at)
        return Response({"at": at, "version": outputs.VersionOut(version).data if version else None})


class OrdersView(ApiView):
    """Audits of one version."""

    access = {"GET": READ, "POST": ORDER}

    @extend_schema(parameters=PAGE, responses={200: page_schema(outputs.OrderOut), **problems(404, 422)})
    def get(self, request: Request, pk: UUID) -> Response:
        version = version_of(request, pk, READ)
        rows = orders_told(request.principal).filter(version=version)
        return Response(page_of(rows, request, outputs.OrderOut))

    @extend_schema(request=inputs.AuditIn, responses={201: outputs.OrderOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        version = version_of(request, pk, ORDER)
        body = valid(inputs.AuditIn, request)
        dataset = _dataset(request, body["dataset"], ORDER)
        order = audit_order(
            version=version,
            dataset=dataset,
            purpose=body["purpose"],
            named=_named(request, body.get("beside") or {}),
            actor=request.principal.actor,
            at=timezone.now(),
        )
        return Response(outputs.OrderOut(order).data, status=201)


class ChallengesView(ApiView):
    """Rows that the insurer holds to challenge a model with; the latest stand in every later audit."""

    access = {"GET": CHALLENGE, "POST": CHALLENGE}

    @extend_schema(parameters=PAGE, responses={200: page_schema(outputs.ChallengeOut), **problems(404, 422)})
    def get(self, request: Request, pk: UUID) -> Response:
        rows = challenges_visible(request.principal).filter(model=_model(request, pk, CHALLENGE))
        return Response(page_of(rows, request, outputs.ChallengeOut))

    @extend_schema(request=inputs.ChallengeIn, responses={201: outputs.ChallengeOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        model = _model(request, pk, CHALLENGE)
        dataset = _dataset(request, valid(inputs.ChallengeIn, request)["dataset"], CHALLENGE)
        made = challenge_set(model=model, dataset=dataset, actor=request.principal.actor, at=timezone.now())
        return Response(outputs.ChallengeOut(made).data, status=201)


def _named(request: Request, body: Mapping[str, UUID]) -> Named:
    """The data sets and the version that an order names, if this caller may use them."""
    datasets = {role: _dataset(request, pk, ORDER) for role, pk in body.items() if role != "earlier_version"}
    earlier = version_of(request, body["earlier_version"], ORDER) if "earlier_version" in body else None
    return Named(datasets, earlier)


def _dataset(request: Request, pk: UUID, access: Access) -> DataSet:
    found: DataSet = object_get(datasets_visible(request.principal), principal=request.principal, pk=pk, access=access)
    return found


def version_of(request: Request, pk: UUID, access: Access) -> ModelVersion:
    """The version, if this caller may act on it."""
    found: ModelVersion = object_get(
        versions_visible(request.principal), principal=request.principal, pk=pk, access=access
    )
    return found


def _model(request: Request, pk: UUID, access: Access) -> RegisteredModel:
    found: RegisteredModel = object_get(
        models_visible(request.principal), principal=request.principal, pk=pk, access=access
    )
    return found


def _whole_schema(body: Any) -> dict[str, Any]:
    checked = inputs.SchemaIn(data=body["schema"])
    if not checked.is_valid():
        raise serializers.ValidationError({"schema": checked.errors})
    return dict(checked.validated_data)


def _moment(text: str | None) -> datetime:
    if not text:
        return timezone.now()
    try:
        moment = parse_datetime(text.replace(" ", "+"))
        # The last day of the calendar has moments that are in no calendar in UTC.
        moment = moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise InputRefused(
            "at is not a moment.", field="at", limit="ISO 8601 with offset", remedy="Write 2026-10-01T09:00:00Z."
        )
    return moment
