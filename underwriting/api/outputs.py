"""What the routes of underwriting answer."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audits.models import AuditRun
from underwriting.api.inputs import DependencyIn, InterfaceField, OversightIn, SchemaIn
from underwriting.evidence_class import EvidenceClass, class_in_force
from underwriting.models import (
    AuditOrder,
    ChallengeSet,
    DeploymentSwitch,
    ModelVersion,
    PlanRecord,
    Pricing,
    Referral,
    RegisteredModel,
)


@extend_schema_field(SchemaIn)
class SchemaField(serializers.JSONField):
    """The registered schema as it was sent."""


@extend_schema_field(OversightIn)
class OversightField(serializers.JSONField):
    """Measured oversight, or null."""


@extend_schema_field(DependencyIn(many=True))
class DependenciesField(serializers.JSONField):
    """Upstream dependencies."""


class ModelOut(serializers.ModelSerializer[RegisteredModel]):
    schema = SchemaField(read_only=True)
    oversight = OversightField(read_only=True, allow_null=True)
    dependencies = DependenciesField(read_only=True)

    class Meta:
        model = RegisteredModel
        fields = (
            "id",
            "organisation",
            "created_at",
            "name",
            "purpose",
            "population",
            "use_class",
            "industry",
            "harm_text",
            "decisions_per_year",
            "autonomy",
            "criticality",
            "data_sensitivity",
            "third_party",
            "jurisdiction",
            "validation_age",
            "oversight",
            "dependencies",
            "currency",
            "schema",
            "registration",
            "state",
        )
        read_only_fields = fields


class VersionOut(serializers.ModelSerializer[ModelVersion]):
    interface = InterfaceField(read_only=True, allow_null=True)

    class Meta:
        model = ModelVersion
        fields = ("id", "organisation", "created_at", "model", "label", "digest", "interface", "notes", "frozen_at")
        read_only_fields = fields


class DeploymentOut(serializers.ModelSerializer[DeploymentSwitch]):
    recorded_late = serializers.SerializerMethodField(help_text="True if it was recorded after it took effect.")

    class Meta:
        model = DeploymentSwitch
        fields = ("id", "created_at", "model", "version", "live_from", "notes", "recorded_late")
        read_only_fields = fields

    def get_recorded_late(self, switch: DeploymentSwitch) -> bool:
        return switch.live_from < switch.created_at


class ProductionOut(serializers.Serializer[None]):
    """What production reported, against the version that was live then."""

    id = serializers.UUIDField(source="report.pk")
    digest = serializers.CharField(source="report.digest")
    observed_at = serializers.DateTimeField(source="report.observed_at")
    created_at = serializers.DateTimeField(source="report.created_at")
    reported_by = serializers.CharField(source="report.reported_by")
    live = serializers.UUIDField(
        source="live.pk", allow_null=True, default=None, help_text="The version that was live at observed_at."
    )
    state = serializers.ChoiceField(
        ["equal", "another version", "unknown file", "nothing live"],
        help_text="equal: production runs the audited file.",
    )


class ProductionListOut(serializers.Serializer[None]):
    """The newest hundred reports, newest first."""

    items = ProductionOut(many=True)


class LiveOut(serializers.Serializer[None]):
    """Which version was live at a moment."""

    at = serializers.DateTimeField()
    version = VersionOut(allow_null=True)


class OrderedRunOut(serializers.ModelSerializer[AuditRun]):
    """The audit run; its progress and result are at GET /audits/{id}."""

    class Meta:
        model = AuditRun
        fields = ("id", "dataset", "model_file", "state", "spec_digest", "suite", "seed")
        read_only_fields = fields


class ChallengeOut(serializers.ModelSerializer[ChallengeSet]):
    class Meta:
        model = ChallengeSet
        fields = ("id", "created_at", "model", "dataset", "set_by")
        read_only_fields = fields


class OrderOut(serializers.ModelSerializer[AuditOrder]):
    audit = OrderedRunOut(source="audit_run", read_only=True)
    evidence_class = serializers.SerializerMethodField(help_text="E1 to E4, as it stands; until completed as ordered.")
    evidence_reason = serializers.SerializerMethodField(help_text="Why it is of this class.")

    class Meta:
        model = AuditOrder
        fields = (
            *("id", "created_at", "version", "purpose", "evidence_class", "evidence_reason", "registration"),
            *("ordered_by", "audit"),
        )
        read_only_fields = fields

    def get_evidence_class(self, order: AuditOrder) -> str:
        return self._class(order).code

    def get_evidence_reason(self, order: AuditOrder) -> str:
        return self._class(order).reason

    def _class(self, order: AuditOrder) -> EvidenceClass:
        return class_in_force(order, getattr(order, "checks_told", None))


class ReferralOut(serializers.ModelSerializer[Referral]):
    class Meta:
        model = Referral
        fields = (
            "id",
            "organisation",
            "created_at",
            "pricing",
            "code",
            "reason",
            "resolves",
            "waivable",
            "state",
            "decided_by",
            "why",
            "decided_at",
        )
        read_only_fields = fields


class PricingOut(serializers.ModelSerializer[Pricing]):
    """A price without its worksheet."""

    model = serializers.UUIDField(source="order.version.model_id", read_only=True)
    version = serializers.UUIDField(source="order.version_id", read_only=True)
    audit = serializers.UUIDField(source="order.audit_run_id", read_only=True)
    evidence_class = serializers.CharField(source="evidence.evidence_class", read_only=True)
    referrals = ReferralOut(many=True, read_only=True)

    class Meta:
        model = Pricing
        fields = (
            "id",
            "organisation",
            "created_at",
            "model",
            "version",
            "order",
            "audit",
            "evidence_class",
            "plan_name",
            "plan_hash",
            "outcome",
            "premium",
            "total",
            "currency",
            "score",
            "grade",
            "worksheet_digest",
            "priced_by",
            "referrals",
        )
        read_only_fields = fields


class PricingWholeOut(PricingOut):
    """A price with every input and the whole worksheet."""

    evidence_reason = serializers.SerializerMethodField(help_text="Why the evidence is of its class.")

    class Meta:
        model = Pricing
        fields = (
            *PricingOut.Meta.fields,
            *("evidence_reason", "taxes_name", "taxes_hash", "terms", "risk", "evidence", "worksheet"),
        )
        read_only_fields = fields

    def get_evidence_reason(self, pricing: Pricing) -> str:
        return class_in_force(pricing.order).reason


class ReplayOut(serializers.Serializer[None]):
    """The worksheet computed again from the stored inputs."""

    same = serializers.BooleanField(help_text="Always true: a difference is answered with a problem document (409).")
    digest = serializers.CharField(help_text="Digest of the computed worksheet.")
    plan_name = serializers.CharField()
    plan_hash = serializers.CharField()


class PlanOut(serializers.ModelSerializer[PlanRecord]):
    class Meta:
        model = PlanRecord
        fields = ("name", "hash", "status", "effective_from")
        read_only_fields = fields


class PlanWholeOut(PlanOut):
    document = serializers.JSONField(source="json", help_text="The plan as filed; hash is over its canonical JSON.")

    class Meta:
        model = PlanRecord
        fields = (*PlanOut.Meta.fields, "document")
        read_only_fields = fields


class PlanChangeOut(serializers.Serializer[None]):
    """One difference between two plans: old is null where the path was added, new where it was removed."""

    path = serializers.CharField(help_text="Where in the document; rows of a list by their code or grade.")
    kind = serializers.ChoiceField(choices=["added", "removed", "changed"])
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)
    relative = serializers.CharField(allow_null=True, help_text="(new - old) / |old|; null unless both are figures.")


class ChangeOut(serializers.Serializer[None]):
    """One change, rated again whole. `least` and `most` are saved at the ends of its range, where one is known."""

    kind = serializers.ChoiceField(
        choices=["measure", "improve", "rows", "oversight", "use", "exposure", "term", "together"]
    )
    touches = serializers.CharField(help_text="The figure that it moves: of two on one figure only one can be done.")
    what = serializers.CharField()
    premium = serializers.CharField()
    saves = serializers.CharField(help_text="A year; negative: it costs.")
    least = serializers.CharField(allow_null=True)
    most = serializers.CharField(allow_null=True)
    law = serializers.CharField(help_text="Where the range is from.")
    outcome = serializers.ChoiceField(choices=Pricing.Outcome.choices)


class DoubtOut(serializers.Serializer[None]):
    """What a dimension's uncertainty costs; each figure adds up to the worksheet's."""

    dimension = serializers.CharField()
    load = serializers.CharField(help_text="In pure premium.")
    customer_load = serializers.CharField(help_text="In the customer's premium.")


class ChangesOut(serializers.Serializer[None]):
    """What the insured can do, and what other terms cost; each list by what it saves."""

    premium = serializers.CharField()
    currency = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Pricing.Outcome.choices)
    measures = ChangeOut(many=True)
    terms = ChangeOut(many=True)
    combined = ChangeOut(allow_null=True, help_text="The best few together: they multiply, so savings do not add.")
    doubts = DoubtOut(many=True, help_text="The parameter-risk load by dimension (Shapley over all orders).")


class WhatIfOut(serializers.Serializer[None]):
    """A price under other terms or bounds; null where no price could be computed."""

    premium = serializers.CharField(allow_null=True)
    then = serializers.CharField(allow_null=True)
    saves = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Pricing.Outcome.choices)
    reasons = serializers.ListField(child=serializers.CharField())


class IndustryOut(serializers.Serializer[None]):
    """A sector: n incidents, x with a legal consequence, credibility z, relativity with its 90 % interval, prior i."""

    code = serializers.CharField()
    title = serializers.CharField()
    naics = serializers.ListField(child=serializers.CharField())
    n = serializers.IntegerField()
    x = serializers.IntegerField()
    z = serializers.CharField()
    rel = serializers.CharField()
    interval = serializers.ListField(child=serializers.CharField())
    i = serializers.CharField(help_text="The factor that prices the sector.")
    leading_harms = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField(allow_null=True)


class UseClassOut(serializers.Serializer[None]):
    """What a use class decides about measurement and price."""

    code = serializers.CharField()
    title = serializers.CharField()
    tasks = serializers.ListField(child=serializers.CharField())
    positive = serializers.CharField(help_text="What positive_label and the positive decision must mean.")
    priced_error = serializers.CharField()
    harmful_error = serializers.CharField(help_text="Relative to label and decision.")
    favourable_decision = serializers.CharField(allow_null=True)
    gap_metric = serializers.CharField()
    gap_text = serializers.CharField()
    harm_text = serializers.CharField()
    q0_error = serializers.CharField(allow_null=True, help_text="Class-median rate of the priced error.")
    q0_gap = serializers.CharField(allow_null=True)
    not_applicable = serializers.ListField(child=serializers.CharField())
    needs = serializers.ListField(child=serializers.CharField(), help_text="Schema fields this class requires.")
    outcome = serializers.CharField(allow_null=True, help_text="refer: every price of this class is referred.")
