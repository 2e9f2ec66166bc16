"""What the routes of policies take and give. Every field says what it means."""

from typing import Any

from rest_framework import serializers

from core.api.serializers import StrictSerializer
from policies.models import Policy, PolicyDocument, PolicyModel, PolicyTransaction, Quote

REASON = {"max_length": 2000, "help_text": "Why, in plain words; it stays in the journal."}


class QuoteIn(StrictSerializer):
    pricing = serializers.UUIDField(help_text="A pricing with outcome quote, or refer and every referral accepted.")


class ReasonIn(StrictSerializer):
    why = serializers.CharField(**REASON)


class SubjectivityIn(StrictSerializer):
    """What the customer must still bring."""

    text = serializers.CharField(max_length=1000, help_text="Such as: audit with evidence of class E1 to E3.")
    due = serializers.DateField(help_text="At most 60 days after binding.")


class BindIn(StrictSerializer):
    inception = serializers.DateField(help_text="First day of cover, from 12:01 a.m.; today or later.")
    acceptance_reason = serializers.CharField(
        max_length=2000,
        default="",
        allow_blank=True,
        help_text="Evidence of class E4 only: why the underwriter accepts unverified predictions (or a subjectivity).",
    )
    subjectivity = SubjectivityIn(default=None, allow_null=True, help_text="Evidence of class E4: instead of a reason.")
    order_text = serializers.CharField(
        max_length=2000,
        default="",
        allow_blank=True,
        help_text="Where the customer has not accepted the quote here: their order, in their words and with its date.",
    )


class QuoteOut(serializers.ModelSerializer[Quote]):
    """A quote with the price it offers."""

    model_name = serializers.CharField(source="model.name")
    version = serializers.UUIDField(source="pricing.order.version_id")
    premium = serializers.DecimalField(16, 2, source="pricing.premium")
    total = serializers.DecimalField(16, 2, source="pricing.total")
    currency = serializers.CharField(source="pricing.currency")
    grade = serializers.CharField(source="pricing.grade")
    score = serializers.DecimalField(5, 1, source="pricing.score")
    evidence_class = serializers.CharField(source="pricing.evidence.evidence_class")
    plan = serializers.CharField(source="pricing.plan_name")
    plan_hash = serializers.CharField(source="pricing.plan_hash")
    worksheet_digest = serializers.CharField(source="pricing.worksheet_digest")
    terms = serializers.JSONField(source="pricing.terms")
    policy = serializers.SerializerMethodField(help_text="The policy it became, or null.")

    class Meta:
        model = Quote
        fields = (
            *("id", "number", "organisation", "model", "model_name", "version", "pricing", "state", "created_at"),
            *("valid_until", "premium", "total", "currency", "grade", "score", "evidence_class", "plan", "plan_hash"),
            *("worksheet_digest", "terms", "decisions_per_year", "offered_by", "accepted_by", "accepted_at"),
            *("voided_why", "policy"),
        )

    def get_policy(self, quote: Quote) -> str | None:
        policy = getattr(quote, "policy", None)
        return str(policy.pk) if policy else None


class TransactionOut(serializers.ModelSerializer[PolicyTransaction]):
    class Meta:
        model = PolicyTransaction
        fields = ("id", "kind", "effective", "booked_at", "premium", "taxes", "currency", "why")


class ScheduledOut(serializers.ModelSerializer[PolicyModel]):
    """A scheduled version; from_date null means from the retroactive date."""

    label = serializers.CharField(source="version.label")
    digest = serializers.CharField(source="version.digest")

    class Meta:
        model = PolicyModel
        fields = ("version", "label", "digest", "from_date")


class PolicyRowOut(serializers.ModelSerializer[Policy]):
    """A policy in a list."""

    model_name = serializers.CharField(source="model.name")

    class Meta:
        model = Policy
        fields = (
            *("id", "number", "organisation", "model", "model_name", "quote", "state", "form", "inception", "expiry"),
            *("limit", "aggregate", "deductible", "currency", "premium", "total"),
        )


class PolicyOut(PolicyRowOut):
    """A policy with everything in it."""

    schedule = serializers.SerializerMethodField()
    transactions = serializers.SerializerMethodField()

    class Meta(PolicyRowOut.Meta):
        fields = (
            *PolicyRowOut.Meta.fields,
            *("retro_date", "continuity_date", "erp_days", "taxes", "instalments", "perils", "territory", "clauses"),
            *("subjectivities", "acceptance_reason", "order_text", "bound_by", "bound_at", "schedule", "transactions"),
        )

    def get_schedule(self, policy: Policy) -> list[dict[str, Any]]:
        rows = policy.schedule.select_related("version").order_by("created_at", "id")
        return list(ScheduledOut(rows, many=True).data)

    def get_transactions(self, policy: Policy) -> list[dict[str, Any]]:
        return list(TransactionOut(policy.transactions.order_by("booked_at", "id"), many=True).data)


class ScheduledAtOut(serializers.Serializer[None]):
    """Which versions a policy covers on a day."""

    policy = serializers.UUIDField()
    on = serializers.DateField()
    in_period = serializers.BooleanField()
    schedule = ScheduledOut(many=True)


class DocumentOut(serializers.ModelSerializer[PolicyDocument]):
    """A paper; its PDF is at /api/v1/documents/{id}.pdf."""

    input_digest = serializers.CharField(source="input.digest")
    size = serializers.IntegerField(source="pdf.size")
    name = serializers.CharField(source="pdf.name")

    class Meta:
        model = PolicyDocument
        fields = ("id", "policy", "kind", "version", "name", "size", "digest", "input_digest", "made_at")


class RemadeOut(serializers.Serializer[None]):
    """Whether a paper made anew from its stored input has the stored digest."""

    same = serializers.BooleanField()
    digest = serializers.CharField()
    remade = serializers.CharField()
