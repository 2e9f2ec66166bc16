"""Data sets and audits over the API. Audits are ordered through underwriting, which knows what is to be measured."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.roles import ACTUARY, ADMINISTRATOR, ALL_MEMBERS, ALL_STAFF, AUDITOR, ENGINEER, OWNER, UNDERWRITER
from accounts.scope import object_get, organisation_pick
from audits.counted_runs import audit_cancel
from audits.intake import TABLES, dataset_register
from audits.models import AuditRun, DataSet, ModelFile, RelabelSample, Trial
from audits.relabelling import sample_draw
from audits.sandbox.limits import DEFAULT
from audits.selectors import (
    audit_progress,
    audit_result,
    audit_result_bytes,
    audits_visible,
    audits_with_results,
    companions_told,
    dataset_progress,
    datasets_visible,
    modelfile_progress,
    rows_shown_check,
    sample_of,
    trial_progress,
    trials_visible,
)
from audits.upload import Accepts, UploadView
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.schema import ProblemSchema, problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView
from provenance.staging import size_text

SEE = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
SEND = Access(staff=frozenset({UNDERWRITER, ADMINISTRATOR}), members=frozenset({OWNER, ENGINEER}))
# Whoever may put a row to a model; what they typed is shown to them alone.
DRAW = Access(staff=frozenset({UNDERWRITER, AUDITOR}), members=frozenset({OWNER, ENGINEER}))
TRY = Access(staff=frozenset({UNDERWRITER, ACTUARY, AUDITOR}), members=frozenset({OWNER, ENGINEER}))


UPLOADING = f"""
Send the file itself as the body: CSV (UTF-8, one header line; comma, semicolon or tab; plain or gzip'd) or Parquet
with flat columns. The answer's state is `received`; poll the data set until it is `ready` or `refused`. A refused one
says why in `problem`, and its bytes are not kept.

A CSV column becomes int64, float64, truth or timestamp if every cell fits, else text. Leading zeros, plus signs and
whole numbers over 18 digits stay text. Quotes follow RFC 4180: a cell that begins with a quote ends with one, a quote
in it is written twice, and only the delimiter or the line's end may follow it; anything else is refused with its line.
In a cell that begins without a quote (a blank counts as a beginning) quotes are text: 5" pipe. An empty cell is null;
among numbers, times and truth values NaN, NA, N/A, null and none are null too. Infinity is refused.

Limits: {DEFAULT.columns:,} columns, {settings.DATASET_MAX_ROWS:,} rows,
{settings.DATASET_MAX_CELLS:,} cells, {DEFAULT.distinct_texts:,} different texts in a column,
{DEFAULT.text_chars:,} characters in a cell, {size_text(DEFAULT.unpacked)} and {DEFAULT.ratio}:1 unpacked.
"""
TABLE = Accepts(
    admission=TABLES,
    media=frozenset(
        {
            "",
            "text/csv",
            "application/csv",
            "application/vnd.ms-excel",  # what browsers on some systems call a CSV file
            "text/plain",
            "application/vnd.apache.parquet",
            "application/x-parquet",
            "application/octet-stream",
            "application/gzip",
            "application/x-gzip",
        }
    ),
    named="text/csv or application/vnd.apache.parquet",
    example="rows.csv",
)


class DataSetIn(StrictSerializer):
    """Query parameters of an upload."""

    name = serializers.CharField(max_length=200)
    organisation = serializers.UUIDField(required=False, help_text="Needed if you belong to several.")
    historic = serializers.BooleanField(default=False, help_text="True for demonstration data of the past.")
    window_start = serializers.DateField(required=False, default=None, help_text="First day decided.")
    window_end = serializers.DateField(required=False, default=None, help_text="Last day decided.")
    held_by = serializers.ChoiceField(
        DataSet.Custody.values,
        default=DataSet.Custody.CUSTOMER,
        help_text="insurer: rows that the insurer holds; only its staff send them, and no member ever sees a value.",
    )

    def get_fields(self) -> dict[str, Any]:
        """The declared fields and `source`, whose name a serializer's own attribute has taken."""
        source = serializers.CharField(max_length=1000, default="", help_text="Where the rows come from.")
        return {**super().get_fields(), "source": source}


class DataSetOut(serializers.ModelSerializer[DataSet]):
    canonical_digest = serializers.CharField(source="canonical.digest", default=None, allow_null=True)
    held_by = serializers.ChoiceField(DataSet.Custody.choices, source="custody")

    class Meta:
        model = DataSet
        fields: tuple[str, ...] = (
            "id",
            "organisation",
            "name",
            "held_by",
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


class _Withheld(serializers.ModelSerializer[DataSet]):
    """What a member sees: of rows that the insurer holds neither columns nor a refusal, for both may repeat a cell."""

    def to_representation(self, instance: DataSet) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return shown if instance.rows_shown else {**shown, "columns": [], "problem": None}


class DataSetDetailOut(DataSetOut):
    progress = serializers.SerializerMethodField()

    class Meta(DataSetOut.Meta):
        fields = (*DataSetOut.Meta.fields, "progress")

    @extend_schema_field(ProgressOut(allow_null=True))
    def get_progress(self, dataset: DataSet) -> Any:
        return dataset_progress(dataset)


class DataSetMemberOut(_Withheld, DataSetOut):
    pass


class DataSetDetailMemberOut(_Withheld, DataSetDetailOut):
    pass


class FactsOut(serializers.Serializer[None]):
    """What the examination of a model file found."""

    format = serializers.CharField(help_text="onnx, xgboost-json, xgboost-ubj, skops or lightgbm-text.")
    runtime = serializers.CharField(help_text="Name and version of what runs it.")
    features = serializers.IntegerField(help_text="Numeric features it gets for a row, by the interface.")
    texts = serializers.IntegerField(help_text="Texts it gets for a row.")
    outputs = serializers.IntegerField(help_text="Numbers it answers for a row.")
    exact_trees = serializers.BooleanField(help_text="Whether its trees could be read, so that explanations are exact.")
    exact_trees_why = serializers.CharField()
    empty_cells = serializers.CharField(help_text="What it does with a row without any value.")


class ContributionOut(serializers.Serializer[None]):
    """What one input adds to the answer."""

    feature = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    contribution = serializers.FloatField()


class ExplanationOut(serializers.Serializer[None]):
    """An attribution, never a cause: base and all contributions add up to the total."""

    algorithm = serializers.CharField()
    units = serializers.CharField(help_text="Of base, contributions, total; log-odds for trees that give a chance.")
    explained_output = serializers.CharField()
    base = serializers.FloatField()
    answer = serializers.FloatField(help_text="The explained number of the model's answer.")
    total = serializers.FloatField(help_text="The same number in `units`.")
    contributions = ContributionOut(many=True)


class AnswerOut(serializers.Serializer[None]):
    """What the model said to one row."""

    answers = serializers.ListField(child=serializers.FloatField(), help_text="All numbers of its answer.")
    means = serializers.CharField(help_text="probability, value or class, as the interface says.")
    answer = serializers.JSONField(help_text="The number the interface names, or the class.")
    explanation = ExplanationOut(allow_null=True)
    unexplained = serializers.CharField(allow_null=True, help_text="Why there is no explanation.")


class ModelProblemOut(ProblemSchema):
    """A problem document with the cage's verdict."""

    verdict = serializers.CharField(required=False, help_text="rejected, model_fault or resource_limit.")


@extend_schema_field(FactsOut)
class FactsField(serializers.JSONField):
    """Facts, as they were stored."""


@extend_schema_field(AnswerOut)
class AnswerField(serializers.JSONField):
    """An answer, as it was stored."""


@extend_schema_field(ModelProblemOut)
class ModelProblemField(serializers.JSONField):
    """A refusal, as it was stored."""


class ModelFileOut(serializers.ModelSerializer[ModelFile]):
    progress = serializers.SerializerMethodField()
    facts = FactsField(read_only=True, allow_null=True)
    problem = ModelProblemField(read_only=True, allow_null=True)

    class Meta:
        model = ModelFile
        fields = (
            *("id", "organisation", "state", "digest", "size", "format", "facts", "problem", "uploaded_by"),
            *("created_at", "progress"),
        )
        read_only_fields = fields

    @extend_schema_field(ProgressOut(allow_null=True))
    def get_progress(self, file: ModelFile) -> Any:
        return modelfile_progress(file)


class TrialOut(serializers.ModelSerializer[Trial]):
    answer = AnswerField(read_only=True, allow_null=True)
    problem = ModelProblemField(read_only=True, allow_null=True)
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Trial
        fields = (
            *("id", "organisation", "model_file", "inputs", "state", "answer", "problem", "asked_by", "created_at"),
            "progress",
        )
        read_only_fields = fields

    @extend_schema_field(ProgressOut(allow_null=True))
    def get_progress(self, trial: Trial) -> Any:
        return trial_progress(trial)


class AuditOut(serializers.ModelSerializer[AuditRun]):
    dataset_name = serializers.CharField(source="dataset.name")

    class Meta:
        model = AuditRun
        fields: tuple[str, ...] = (
            "id",
            "organisation",
            "dataset",
            "dataset_name",
            "model_file",
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


class BesideOut(serializers.Serializer[None]):
    """Something that was read beside the audited rows."""

    role = serializers.CharField()
    kind = serializers.CharField(help_text="data set or model file.")
    id = serializers.UUIDField()
    name = serializers.CharField()


class AuditDetailOut(AuditOut):
    progress = serializers.SerializerMethodField()
    beside = serializers.SerializerMethodField()

    class Meta(AuditOut.Meta):
        fields = (*AuditOut.Meta.fields, "spec", "beside", "result", "progress")

    @extend_schema_field(BesideOut(many=True))
    def get_beside(self, run: AuditRun) -> Any:
        return companions_told(run, self.context["principal"])

    @extend_schema_field(ProgressOut(allow_null=True))
    def get_progress(self, run: AuditRun) -> Any:
        return audit_progress(run)


def _page(serializer: type[Any], name: str) -> Any:
    """The schema of a page of `serializer`."""
    return inline_serializer(name, {"items": serializer(many=True), "next": serializers.CharField(allow_null=True)})


class DataSetsView(UploadView):
    """Data sets: the list, and uploading one as the request's body."""

    access = {"GET": SEE, "POST": SEND}
    expects = TABLE

    @extend_schema(responses={200: _page(DataSetOut, "DataSetPage"), **problems()})
    def get(self, request: Request) -> Response:
        shown = DataSetOut if request.principal.is_staff else DataSetMemberOut
        return Response(page_of(datasets_visible(request.principal), request, shown))

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
            custody=values.pop("held_by"),
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
        shown = DataSetDetailOut if request.principal.is_staff else DataSetDetailMemberOut
        return Response(shown(found).data)


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
        return Response(AuditDetailOut(found, context={"principal": request.principal}).data)


class AuditCancelView(ApiView):
    """Call an audit off that is queued or running: it fails for that reason, and its work stops."""

    access = {"POST": SEND}

    @extend_schema(request=None, responses={200: AuditOut, **problems(404, 409)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        found = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=SEND)
        audit_cancel(run=found, actor=request.principal.actor, at=timezone.now())
        found.refresh_from_db(fields=["state", "reason", "problem"])
        return Response(AuditOut(found).data)


class AuditResultView(ApiView):
    """The result's canonical bytes."""

    access = {"GET": SEE}

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT, **problems(404, 503)})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        found = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=SEE)
        return HttpResponse(audit_result_bytes(found), content_type="application/json")


class RelabelSampleOut(serializers.ModelSerializer[RelabelSample]):
    rows = serializers.ListField(child=serializers.CharField(), source="row_ids", help_text="Ids of the drawn rows.")

    class Meta:
        model = RelabelSample
        fields = ("id", "dataset", "row_id", "rows", "drawn_by", "created_at")
        read_only_fields = fields


class RelabellingView(ApiView):
    """The rows of an audit's data set that a second reader shall label, not knowing label or prediction."""

    access = {"GET": DRAW, "POST": DRAW}

    @extend_schema(responses={200: RelabelSampleOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        run = object_get(audits_visible(request.principal), principal=request.principal, pk=pk, access=DRAW)
        rows_shown_check(run.dataset, request.principal)
        return Response(RelabelSampleOut(sample_of(run)).data)

    @extend_schema(
        request=None,
        responses={201: RelabelSampleOut, **problems(404, 409, 422)},
        description="Drawn once a data set, with a seed that is made now. Send the second labels as a data set of two "
        "columns, the registered row_id and label, and name it as beside.relabelled in the next order of an audit of "
        "the same rows; a drawn row without a second label counts as disputed.",
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        run = object_get(audits_with_results(request.principal), principal=request.principal, pk=pk, access=DRAW)
        rows_shown_check(run.dataset, request.principal)
        sample = sample_draw(run=run, actor=request.principal.actor, at=timezone.now())
        return Response(RelabelSampleOut(sample).data, status=201)


class TrialView(ApiView):
    """A row put to a model: what it answered, and why as far as that can be explained."""

    access = {"GET": TRY}

    @extend_schema(responses={200: TrialOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        found = object_get(trials_visible(request.principal), principal=request.principal, pk=pk, access=TRY)
        return Response(TrialOut(found).data)
