"""What the routes of claims take and give. Every field says what it means."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from claims.adjustment import OTHER_INSURANCE
from claims.clocks import clocks_of
from claims.ledger import aggregate_of, incurred_of, reserves_of
from claims.models import Claim, CoverageCheck, Decision, Incident, Payment, ReserveChange
from claims.selectors import incident_report_due
from claims.services.decisions import ON_THE_FACTS
from core.api.serializers import StrictSerializer
from policies.wording import PERILS

WHY = {"max_length": 2000, "help_text": "Why, in plain words; it stays in the journal."}
TEXT = {"max_length": 300, "default": "", "allow_blank": True}
CSET = "One of CSET's four elements; all four must be coded before cover is met: "
COUNTRY = {"help_text": "Country in which the claim is brought, ISO 3166-1 alpha-2."}
MONEY = {"max_digits": 16, "decimal_places": 2}


class ExternalIn(StrictSerializer):
    source = serializers.CharField(max_length=20, help_text="Such as AIID or AIAAIC.")
    id = serializers.CharField(max_length=100)


class CodingIn(StrictSerializer):
    """How an incident is coded."""

    level = serializers.ChoiceField(Incident.Level.choices, help_text="Harm occurred, nearly, or could one day.")
    peril = serializers.ChoiceField(
        list(PERILS.items()), default="", allow_blank=True, help_text="Which insured peril the harm belongs to."
    )
    entity = serializers.CharField(**TEXT, help_text=CSET + "who was harmed.")
    harm_event = serializers.CharField(**TEXT, help_text=CSET + "what harm befell them.")
    linked_to = serializers.CharField(**TEXT, help_text=CSET + "how the harm is directly linked to the system.")
    system_behaviour = serializers.CharField(**TEXT, help_text=CSET + "what the system did.")
    harm = serializers.ChoiceField(Incident.Harm.choices, default="", allow_blank=True)
    oecd_harm = serializers.ChoiceField(Incident.OecdHarm.choices, default="", allow_blank=True)
    oecd_severity = serializers.ChoiceField(Incident.OecdSeverity.choices, default="", allow_blank=True)
    business_function = serializers.CharField(max_length=100, default="", allow_blank=True)
    serious = serializers.ChoiceField(
        Incident.Serious.choices, default=Incident.Serious.NO, help_text="EU AI Act, Article 3(49)."
    )
    affected = serializers.IntegerField(min_value=0, max_value=2_000_000_000, default=1, help_text="People affected.")
    external_ids = ExternalIn(many=True, default=list)


class IncidentIn(CodingIn):
    model = serializers.UUIDField(help_text="The registered model that acted.")
    occurred_at = serializers.DateTimeField(help_text="When the model decided: the loss date.")
    discovered_at = serializers.DateTimeField(help_text="When the insured first knew.")
    description = serializers.CharField(max_length=10_000)


class IncidentOut(serializers.ModelSerializer[Incident]):
    model_name = serializers.CharField(source="model.name")
    version_label = serializers.SerializerMethodField(help_text="Live when it happened; null: the chain breaks here.")
    authority_report_due = serializers.SerializerMethodField(help_text="EU AI Act, Article 73; null if not serious.")

    class Meta:
        model = Incident
        fields = (
            *("id", "organisation", "model", "model_name", "version", "version_label", "occurred_at", "discovered_at"),
            *("description", "level", "peril", "entity", "harm_event", "linked_to", "system_behaviour", "harm"),
            *("oecd_harm", "oecd_severity", "business_function", "serious", "affected", "external_ids"),
            *("reported_by", "created_at", "authority_report_due"),
        )

    def get_version_label(self, incident: Incident) -> str | None:
        return incident.version.label if incident.version else None

    def get_authority_report_due(self, incident: Incident) -> str | None:
        due = incident_report_due(incident)
        return due.isoformat() if due else None


class ClaimIn(StrictSerializer):
    policy = serializers.UUIDField()
    incident = serializers.UUIDField()
    claimant = serializers.CharField(max_length=2000, help_text="Who claims; shown to those who handle the claim only.")
    amount = serializers.DecimalField(**MONEY, min_value=Decimal("0.01"), help_text="Amount claimed.")
    currency = serializers.RegexField(r"^[A-Z]{3}$", help_text="The policy's currency.")
    country = serializers.RegexField(r"^([A-Z]{2})?$", default="", allow_blank=True, **COUNTRY)
    made_on = serializers.DateField(help_text="Day the claim was first made against the insured.")


class TriageIn(StrictSerializer):
    severity = serializers.ChoiceField(Claim.Severity.choices)
    systemic = serializers.BooleanField(default=False, help_text="Whether other decisions may share the cause.")
    country = serializers.RegexField(r"^([A-Z]{2})?$", default="", allow_blank=True, **COUNTRY)
    why = serializers.CharField(**WHY)


class CoverageIn(StrictSerializer):
    """What only a person can judge; leave out what nobody has looked at: the line then cannot be told."""

    prior_knowledge = serializers.BooleanField(
        default=None, allow_null=True, help_text="Whether the harm was known before the continuity date."
    )
    exclusions = serializers.ListField(
        child=serializers.CharField(max_length=10),
        default=None,
        allow_null=True,
        help_text="Codes of the policy's exclusions (X1, …) that apply; [] = all were looked at and none applies.",
    )
    audit_breach_raised_risk = serializers.BooleanField(
        default=None, allow_null=True, help_text="If an audit was missed: did that increase the risk of THIS loss?"
    )
    late_notice_prejudiced = serializers.BooleanField(
        default=None, allow_null=True, help_text="If notice came late: did that make THIS loss worse?"
    )
    other_insurance = serializers.ChoiceField(OTHER_INSURANCE, default=None, allow_null=True)


class ReserveIn(StrictSerializer):
    part = serializers.ChoiceField(ReserveChange.Part.choices, default=ReserveChange.Part.INDEMNITY)
    delta = serializers.DecimalField(**MONEY, help_text="Signed change, such as 40000.00 or -5000.00.")
    reason = serializers.CharField(**WHY)


class DecisionIn(StrictSerializer):
    outcome = serializers.ChoiceField(Decision.Outcome.choices)
    loss = serializers.DecimalField(
        **MONEY,
        min_value=0,
        default=None,
        allow_null=True,
        help_text="partial: the established loss before limit and deductible. The amount payable is computed from it. "
        "deny for the deductible: the same, for related claims share it.",
    )
    payee = serializers.CharField(
        max_length=300, default="", allow_blank=True, help_text="accept, partial: who is paid."
    )
    reason_codes = serializers.ListField(
        child=serializers.CharField(max_length=40),
        default=list,
        help_text="deny: lines of the latest coverage check that are not met, or "
        + ", ".join(ON_THE_FACTS)
        + "; deductible where the established loss lies within it.",
    )
    clause = serializers.CharField(max_length=10, default="", allow_blank=True, help_text="deny: the policy's clause.")
    why = serializers.CharField(**WHY)


class WhyIn(StrictSerializer):
    why = serializers.CharField(**WHY)


class PaymentIn(StrictSerializer):
    amount = serializers.DecimalField(
        **MONEY, default=None, allow_null=True, help_text="Left out: all that may be paid now."
    )
    payee = serializers.CharField(
        max_length=300, default="", allow_blank=True, help_text="If sent, it must be the approved payee."
    )
    reference = serializers.CharField(
        max_length=100,
        default="",
        allow_blank=True,
        help_text="Yours: the same one pays once. Needed with an amount, unless an Idempotency-Key is sent.",
    )


class EvidenceOut(serializers.Serializer[None]):
    kind = serializers.CharField()
    id = serializers.CharField()


class CheckLineOut(serializers.Serializer[None]):
    """One line of the checklist: met, not_met, cannot_tell or not_applicable, and why."""

    check = serializers.CharField()
    title = serializers.CharField()
    clause = serializers.CharField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    evidence = EvidenceOut(many=True)


class LinkOut(serializers.Serializer[None]):
    """One link of the chain from incident to policy; whole is false where it breaks."""

    link = serializers.CharField()
    id = serializers.CharField(allow_null=True)
    whole = serializers.BooleanField()
    text = serializers.CharField()


class CoverageOut(serializers.ModelSerializer[CoverageCheck]):
    result = CheckLineOut(many=True)
    chain = LinkOut(many=True)

    class Meta:
        model = CoverageCheck
        fields = ("id", "as_of", "created_at", "outcome", "result", "chain", "answers", "checked_by")


class ReserveChangeOut(serializers.ModelSerializer[ReserveChange]):
    class Meta:
        model = ReserveChange
        fields = ("id", "part", "delta", "reason", "changed_by", "created_at")


class DecisionOut(serializers.ModelSerializer[Decision]):
    class Meta:
        model = Decision
        fields = (
            *("id", "claim", "outcome", "state", "loss", "amount", "working", "currency", "payee", "reason_codes"),
            *("clause", "why", "proposed_by", "approved_by", "decided_at", "created_at"),
        )


class PaymentOut(serializers.ModelSerializer[Payment]):
    class Meta:
        model = Payment
        fields = ("id", "claim", "decision", "amount", "currency", "payee", "key", "paid_by", "created_at")


class ReserveOut(serializers.Serializer[None]):
    """One part of the reserve; stair_stepping warns after three increases."""

    part = serializers.CharField()
    outstanding = serializers.DecimalField(16, 2)
    increases = serializers.IntegerField()
    stair_stepping = serializers.BooleanField()


class ReservesOut(serializers.Serializer[None]):
    parts = ReserveOut(many=True)
    incurred = serializers.DecimalField(16, 2)
    currency = serializers.CharField()
    changes = ReserveChangeOut(many=True)


class AggregateOut(serializers.Serializer[None]):
    """The policy's aggregate: payments erode it, reserves inform."""

    limit = serializers.DecimalField(16, 2)
    paid = serializers.DecimalField(16, 2)
    reserved = serializers.DecimalField(16, 2)
    remaining = serializers.DecimalField(16, 2)


class ClockOut(serializers.Serializer[None]):
    """A duty of the insurer: when it fell due, when it was done. The days are an assumption."""

    name = serializers.CharField()
    due = serializers.DateTimeField(allow_null=True)
    done = serializers.DateTimeField(allow_null=True)
    late = serializers.BooleanField()


class ClaimRowOut(serializers.ModelSerializer[Claim]):
    """A claim in a list."""

    policy_number = serializers.CharField(source="policy.number")
    model_name = serializers.CharField(source="incident.model.name")

    class Meta:
        model = Claim
        fields = (
            *("id", "number", "organisation", "policy", "policy_number", "incident", "model_name", "state"),
            *("amount_claimed", "currency", "made_on", "reported_at", "severity", "systemic"),
        )


class ClaimOut(ClaimRowOut):
    """A claim with its story. Reserves, checks and open proposals are the insurer's own: null for customers."""

    claimant = serializers.SerializerMethodField(help_text="Null unless you handle the claim.")
    clocks = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField()
    payments = serializers.SerializerMethodField()
    coverage = serializers.SerializerMethodField(help_text="The latest check; null for customers.")
    reserves = serializers.SerializerMethodField(help_text="Null for customers.")
    aggregate = serializers.SerializerMethodField(help_text="Null for customers.")

    class Meta(ClaimRowOut.Meta):
        fields = (
            *ClaimRowOut.Meta.fields,
            *("claimant", "country", "reported_by", "closed_at", "clocks", "decisions", "payments"),
            *("coverage", "reserves", "aggregate"),
        )

    @property
    def _insurer(self) -> bool:
        return bool(self.context["insurer"])

    def get_claimant(self, claim: Claim) -> str | None:
        return claim.claimant if self.context["handler"] else None

    def get_clocks(self, claim: Claim) -> list[dict[str, Any]]:
        now = timezone.now()
        rows = [{"name": c.name, "due": c.due, "done": c.done, "late": c.late(now)} for c in clocks_of(claim)]
        return list(ClockOut(rows, many=True).data)

    def get_decisions(self, claim: Claim) -> list[dict[str, Any]]:
        rows = claim.decisions.order_by("created_at", "id")
        shown = rows if self._insurer else rows.filter(state=Decision.State.APPROVED)
        return list(DecisionOut(shown, many=True).data)

    def get_payments(self, claim: Claim) -> list[dict[str, Any]]:
        return list(PaymentOut(claim.payments.order_by("created_at", "id"), many=True).data)

    def get_coverage(self, claim: Claim) -> dict[str, Any] | None:
        latest = claim.checks.order_by("-created_at", "-id").first() if self._insurer else None
        return CoverageOut(latest).data if latest else None

    def get_reserves(self, claim: Claim) -> dict[str, Any] | None:
        return reserves_view(claim) if self._insurer else None

    def get_aggregate(self, claim: Claim) -> dict[str, Any] | None:
        return AggregateOut(aggregate_of(claim.policy)).data if self._insurer else None


def reserves_view(claim: Claim) -> dict[str, Any]:
    """Reserve by part, incurred and every change."""
    return ReservesOut(
        {
            "parts": list(reserves_of(claim).values()),
            "incurred": incurred_of(claim),
            "currency": claim.currency,
            "changes": claim.reserves.order_by("created_at", "id"),
        }
    ).data
