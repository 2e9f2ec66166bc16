"""Data sets and audits over the API. Audits are ordered through underwriting, which knows what is to be measured."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ADMINISTRATOR, ALL_MEMBERS, ALL_STAFF, ENGINEER, OWNER, UNDERWRITER
from accounts.scope import object_get, organisation_pick
from audits.intake import dataset_register
from audits.models import AuditRun, DataSet
from audits.selectors import (
    audit_progress,
    audit_result,
    audit_result_bytes,
    audits_visible,
    audits_with_results,
    dataset_progress,
    datasets_visible,
)
from audits.upload import Unparsed, UploadRequest
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.schema import problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView

SEE = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
SEND = Access(staff=frozenset({UNDERWRITER, ADMINISTRATOR}), members=frozenset({OWNER, ENGINEER}))


UPLOADING = """
Send the file itself as the body: CSV (UTF-8, one header line; comma, semicolon or tab; plain or gzip'd) or Parquet
with flat columns. The answer's state is `received`; poll the data set until it is `ready` or `refused`. A refused one
says why in `problem`, and its bytes are not kept.

A CSV column becomes int64, float64, truth or timestamp if every cell fits, else text. Leading zeros, plus signs and
whole numbers over 18 digits stay text. Quotes follow RFC 4180: a cell that begins with a quote ends with one, a quote
in it is written twice, and only the delimiter or the line's end may follow it; anything else is refused with its line.
In a cell that begins without a quote (a blank counts as a beginning) quotes are text: 5" pipe. An empty cell is null;
among numbers, times and truth values NaN, NA, N/A, null and none are null too. Infinity is refused. Limits: 2,000
columns, 5,000,000 rows, 200,000,000 cells, a million different texts in a column, 1,000 characters in a cell, 4 GiB
and 100:1 unpacked.
"""


class DataSetIn(StrictSerializer):
    """Query parameters of an upload."""

    name = serializers.CharField(max_length=200)
    organisation = serializers.UUIDField(required=False, help_text="Needed if you belong to several.")
    historic = serializers.BooleanField(default=False, help_text="True for demonstration data of the past.")
    window_start = serializers.DateField(required=False, default=None, help_text="First day decided.")
    window_end = serializers.DateField(required=False, default=None, help_text="Last day decided.")

    def get_fields(self) -> dict[str, Any]:
        """The declared fields and `source`, whose name a serializer's own attribute has taken."""
        source = serializers.CharField(max_length=1000, default="", help_text="Where the rows come from.")
        return {**super().get_fields(), "source": source}


class DataSetOut(serializers.ModelSerializer[DataSet]):
    canonical_digest = serializers.CharField(source="canonical.digest", default=None, allow_null=True)

    class Meta:
        model = DataSet
        fields: tuple[str, ...] = (
            "id",
            "organisation",
            "name",
            "source",
            "historic",
            "window_start",
            "window_end",
            "state",
            "digest",
            "size",
            "canonical_digest",
            "rows",
            "columns",
            "problem",
            "uploaded_by",
            "created_at",
        )
        read_only_fields = fields


class ProgressOut(serializers.Serializer[None]):
    """Where a job is."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    step = serializers.CharField()
    percent = serializers.IntegerField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    elapsed_seconds = serializers.FloatField()
    estimate_seconds = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    attempts = serializers.IntegerField()
    lines = serializers.ListField(child=serializers.DictField())


class DataSetDetailOut(DataSetOut):
    progress = serializers.SerializerMethodField()

    class Meta(DataSetOut.Meta):
        fields = (*DataSetOut.Meta.fields, "progress")

    @extend_schema_field(ProgressOut(allow_null=True))
    def get_progress(self, dataset: DataSet) -> Any:
        return dataset_progress(dataset)


class AuditOut(serializers.ModelSerializer[AuditRun]):
    dataset_name = serializers.CharField(source="dataset.name")

    class Meta:
        model = AuditRun
        fields: tuple[str, ...] = (
            "id",
            "organisation",
            "dataset",
            "dataset_name",
            "suite",
            "seed",
            "spec_digest",
            "state",
            "result_digest",
            "problem",
            "requested_by",
            "created_at",
            "completed_at",
        )
        read_only_fields = fields


class AuditDetailOut(AuditOut):
    progress = serializers.SerializerMethodField()

    class Meta(AuditOut.Meta):
        fields = (*AuditOut.Meta.fields, "spec", "result", "progress")

    @extend_schema_field(ProgressOut(allow_null=True))
    def get_progress(self, run: AuditRun) -> Any:
        return audit_progress(run)


def _page(serializer: type[Any], name: str) -> Any:
    """The schema of a page of `serializer`."""
    return inline_serializer(name, {"items": serializer(many=True), "next": serializers.CharField(allow_null=True)})


class DataSetsView(ApiView):
    """Data sets: the list, and uploading one as the request's body."""

    access = {"GET": SEE, "POST": SEND}
    streams = True

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> UploadRequest:
        made = UploadRequest(request, parsers=[Unparsed()], authenticators=self.get_authenticators())
        self.upload = made
        return made

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            if self.upload.staged is not None:
                self.upload.staged.discard()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks first, then the headers; the body is not touched before both are settled."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            self.upload.body_check()

    @extend_schema(responses={200: _page(DataSetOut, "DataSetPage"), **problems()})
    def get(self, request: Request) -> Response:
        return Response(page_of(datasets_visible(request.principal), request, DataSetOut))

    @extend_schema(
        parameters=[DataSetIn],
        request={
            "text/csv": OpenApiTypes.BINARY,
            "application/vnd.apache.parquet": OpenApiTypes.BINARY,
        },
        responses={201: DataSetOut, **problems(404, 408, 409, 413, 415, 422, 429)},
        description=UPLOADING,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        asked = DataSetIn(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        organisation = organisation_pick(
            principal=request.principal, access=SEND, requested=values.pop("organisation", None)
        )
        dataset = dataset_register(
            organisation=organisation,
            staged=self.upload.stage(),
            actor=request.principal.actor,
            at=timezone.now(),
            **values,
        )
        return Response(DataSetOut(dataset).data, status=201)


class DataSetView(ApiView):
    """One data set with the progress of its reading."""

    access = {"GET": SEE}

    @extend_schema(responses={200: DataSetDetailOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        found = object_get(datasets_visible(request.principal), principal=request.principal, pk=pk, access=SEE)
        return Response(DataSetDetailOut(found).data)


class AuditsView(ApiView):
    """Audits, newest first."""

    access = {"GET": SEE}

    @extend_schema(responses={200: _page(AuditOut, "AuditPage"), **problems()})
    def get(self, request: Request) -> Response:
        return Response(page_of(audits_visible(request.principal), request, AuditOut))


class AuditView(ApiView):
    """One audit with its progress and, once completed, its result."""

    access = {"GET": SEE}

    @extend_schema(responses={200: AuditDetailOut, **problems(404, 503)})
    def get(self, request: Request, pk: UUID) -> Response:
        found = object_get(audits_with_results(request.principal), principal=request.principal, pk=pk, access=SEE)
        if found.result is not None:
            audit_result(found)  # an altered result is not shown as if it were one
        return Response(AuditDetailOut(found).data)


class AuditResultView(ApiView):
    """The result's canonical bytes."""

    access = {"GET": SEE}

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT, **problems(404, 503)})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        found = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=SEE)
        return HttpResponse(audit_result_bytes(found), content_type="application/json")
