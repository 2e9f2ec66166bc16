"""The what-if rating: a risk and evidence as the worksheet stores them, or plain counts for strangers.

Figures are exact decimals sent as text ("0.05") or integers.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from core.api.serializers import StrictSerializer
from core.canonical import plain
from underwriting.api.inputs import ExactField, MoneyField, OversightIn, ScheduleItemIn, filed, levels
from underwriting.rating import Evidence
from underwriting.rating.counts import evidence_from_counts
from underwriting.rating.evidence import CLASSES, STATES

COUNTED = ("error", "robustness", "label", "gap", "ece", "drift")
YEARS = "interval_years", "late_years"
FLAGS = "evidence_class", "age_days", "independent", "drift_withheld", "rerate"


class FactorsIn(StrictSerializer):
    """The level of each filed factor, by its key in the plan."""

    autonomy = serializers.CharField(help_text=levels("autonomy"))
    criticality = serializers.CharField(help_text=levels("criticality"))
    data_sensitivity = serializers.CharField(help_text=levels("data_sensitivity"))
    validation_age = serializers.CharField(help_text=levels("validation_age"))
    third_party = serializers.CharField(help_text=levels("third_party"))
    jurisdiction = serializers.CharField(help_text=levels("jurisdiction"))


class RemovalIn(StrictSerializer):
    """A dimension declared not applicable, by whom and why."""

    dimension = serializers.CharField()
    by = serializers.CharField()
    reason = serializers.CharField()


class RiskIn(StrictSerializer):
    """What is insured, as a worksheet stores it under "risk"."""

    use_class = serializers.CharField(help_text="A key of GET /use-classes; MRL-2026.01 has CREDIT-PRIME only.")
    industry = serializers.CharField(help_text='Code or NAICS code of a row of GET /industries, such as "52".')
    decisions = serializers.IntegerField(min_value=1, help_text="Automated consequential decisions a year.")
    limit = MoneyField(help_text="Per claim; a filed limit.")
    aggregate = MoneyField(help_text="Per period; at least the limit.")
    deductible = MoneyField(help_text="Per claim; a filed deductible, at most a tenth of limit.")
    factors = FactorsIn()
    claims_made_year = serializers.IntegerField(
        min_value=1, help_text="1 + whole years from the retroactive date to inception."
    )
    oversight = OversightIn(required=False, allow_null=True)
    prior_claims = serializers.IntegerField(default=0, min_value=0)
    expected_claims = ExactField(
        default=Decimal("0"), min_value=0, help_text="Ground-up claims expected in the history of prior_claims."
    )
    schedule = ScheduleItemIn(many=True, default=list)
    tax_jurisdiction = serializers.ChoiceField(list(filed().taxes.jurisdictions), default="NONE")
    currency = serializers.CharField(default=filed().currency)
    removed = RemovalIn(many=True, default=list)
    audits_on_time = serializers.BooleanField(default=False)
    inception = serializers.DateField(required=False, allow_null=True, help_text="Decides which taxes are in force.")
    instalments = serializers.IntegerField(default=4, min_value=1, max_value=12)


class CountIn(StrictSerializer):
    """k failures among n rows; the 90 % Clopper-Pearson upper bound is computed, 6 decimals half up."""

    k = serializers.IntegerField(min_value=0)
    n = serializers.IntegerField(min_value=1)


class GapIn(StrictSerializer):
    """Either two groups' counts, or the bound itself. The gap is the reference's rate less the group's."""

    reference = CountIn(required=False, help_text="k with the rated outcome of n, the group with the higher rate.")
    group = CountIn(required=False, help_text="Likewise for the group compared.")
    u = ExactField(required=False, min_value=0, help_text="Upper bound, instead of the counts.")
    point = ExactField(required=False, help_text="Point estimate beside u.")


class BoundIn(StrictSerializer):
    """A stated upper bound and its point estimate."""

    u = ExactField(min_value=0)
    point = ExactField(required=False)


class CircumstancesIn(StrictSerializer):
    """What both forms of evidence share."""

    evidence_class = serializers.ChoiceField(
        CLASSES, default="E4", help_text="E1 caged model on insurer's rows … E4 unverified predictions (an indication)."
    )
    age_days = serializers.IntegerField(default=0, min_value=0, help_text="Days from the audit's completion to now.")
    rerate = serializers.BooleanField(default=False, help_text="A mid-term re-rate: the age limit does not apply.")
    independent = serializers.BooleanField(default=True, help_text="False refers.")
    drift_withheld = serializers.BooleanField(default=False, help_text="Dated history is held but not sent: refers.")


class EvidenceCountsIn(CircumstancesIn):
    """Evidence as plain figures. A dimension left out was not tested and is priced as such."""

    error = CountIn(required=False, help_text="Harmful errors among all labelled decisions.")
    robustness = CountIn(required=False, help_text="Flipped decisions among perturbed rows.")
    label: Any = CountIn(required=False, help_text="Disagreements among blindly re-labelled rows.")
    gap = GapIn(required=False)
    ece = BoundIn(required=False, help_text="u: prudent ECE (90 % bootstrap quantile).")
    drift = BoundIn(required=False, help_text="u: upper bound of d ln(error)/dt a year; point: its estimate.")
    interval_years = ExactField(default=Decimal("0.25"), help_text="Contracted time between audits, T.")
    late_years = ExactField(
        default=Decimal("0"), min_value=0, help_text="Years by which the next audit is overdue: the bounds age."
    )


class MeasureIn(StrictSerializer):
    """One dimension as stored: only u prices it; counts and point serve ageing and the parameter-risk line."""

    state = serializers.ChoiceField(STATES, default="measured")
    u = ExactField(required=False, allow_null=True, help_text="Upper bound; drift: g_U a year.")
    point = ExactField(required=False, allow_null=True)
    k = ExactField(required=False, allow_null=True)
    n = ExactField(required=False, allow_null=True)
    half_width = ExactField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_null=True)
    subject = serializers.CharField(required=False, allow_null=True)
    more_rows: Any = serializers.ListField(default=list, help_text="Bounds at multiples of the rows: [[2, u]].")


class DimensionsIn(StrictSerializer):
    """All six, always."""

    error = MeasureIn()
    gap = MeasureIn()
    ece = MeasureIn()
    robustness = MeasureIn()
    label: Any = MeasureIn()
    drift = MeasureIn()


class WorstSliceIn(StrictSerializer):
    """The worst pre-registered slice and the lower bound of its harmful-error rate."""

    name = serializers.CharField()
    low = ExactField()


class EvidenceDocumentIn(CircumstancesIn):
    """Evidence exactly as a worksheet stores it under "evidence"."""

    rows = serializers.IntegerField(min_value=0, help_text="Labelled decisions audited.")
    dimensions = DimensionsIn()
    result_digest = serializers.CharField(required=False, allow_null=True)
    suite = serializers.CharField(required=False, allow_null=True)
    confidence = ExactField(default=Decimal("0.90"))
    interval = ExactField(default=Decimal("0.25"), help_text="T in years, already lengthened if late.")
    late = ExactField(default=Decimal("0"), help_text="Stated only: stored bounds are aged already.")
    worst_slice = WorstSliceIn(required=False, allow_null=True)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="EvidenceIn",
        serializers=[EvidenceCountsIn, EvidenceDocumentIn],
        resource_type_field_name=None,
    )
)
class EvidenceField(serializers.JSONField):
    """Evidence in either form; the stored form is known by its dimensions."""

    def to_internal_value(self, data: Any) -> Any:
        """The evidence, as rating reads it."""
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("evidence is an object")
        stored = "dimensions" in data
        checked = (EvidenceDocumentIn if stored else EvidenceCountsIn)(data=data)
        checked.is_valid(raise_exception=True)
        body = plain(checked.validated_data)
        return Evidence.from_dict(body) if stored else _from_counts(body)


def _from_counts(body: dict[str, Any]) -> Evidence:
    circumstances: dict[str, Any] = {name: body[name] for name in FLAGS}
    years: dict[str, Any] = {name: Decimal(body[name]) for name in YEARS}
    return evidence_from_counts({name: body[name] for name in COUNTED if name in body}, **circumstances, **years)


class RatingIn(StrictSerializer):
    """A what-if: nothing is stored."""

    plan = serializers.CharField(required=False, help_text="Name of a plan (GET /plans); default: the one in force.")
    risk = RiskIn()
    evidence = EvidenceField()
