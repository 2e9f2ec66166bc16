"""What the routes of underwriting take. Every field says what it means: /api/v1/schema is enough to use them."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audits.images import LAYOUTS
from audits.interface import HOWS, MEANINGS
from core.api.serializers import StrictSerializer
from underwriting.models import AuditOrder
from underwriting.rating import Plan, plan_load, plan_names
from underwriting.registration import DEPENDENCY_KINDS
from underwriting.services.referrals import DECISIONS

TASKS = ("binary", "multiclass", "regression", "ranking")
DIRECTIONS = ("over", "under", "either")
SOURCES = ("recorded", "self-reported", "proxied")


WHOLE_DIGITS, DECIMALS = 12, 50  # of an exact figure


@lru_cache(maxsize=1)
def filed() -> Plan:
    """The newest plan file: only its lists of allowed values are shown in help texts."""
    return plan_load(plan_names()[-1])


def levels(factor: str) -> str:
    """The allowed levels of one factor, for a help text."""
    rows = filed().factors[factor]
    return f"{rows.title}. One of: " + "; ".join(f"{name} ({row.title})" for name, row in rows.levels.items()) + "."


def amounts(values: tuple[object, ...]) -> str:
    """Filed amounts, for a help text."""
    return ", ".join(str(value) for value in values)


class MoneyField(serializers.DecimalField):
    """An amount to the cent, as text or whole number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=16, decimal_places=2, **options)


class ShareField(serializers.DecimalField):
    """A share from 0 to 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=10, decimal_places=8, min_value=0, max_value=1, **options)


class ExactField(serializers.DecimalField):
    """An exact figure, kept as it was written; beyond a trillion it measures nothing and breaks the arithmetic."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=None, decimal_places=None, **options)

    def validate_precision(self, value: Decimal) -> Decimal:
        if value.adjusted() >= WHOLE_DIGITS or int(value.as_tuple().exponent) < -DECIMALS:
            raise serializers.ValidationError(f"Send at most {WHOLE_DIGITS} digits before the point, {DECIMALS} after.")
        return super().validate_precision(value)


class DecisionRuleIn(StrictSerializer):
    """Which column decides, and (binary, ranking) which cells are the positive decision."""

    column = serializers.CharField(help_text="Column with the decision, score or prediction that decides.")
    op = serializers.ChoiceField(
        [">=", ">", "<=", "<", "=="],
        required=False,
        help_text="binary and ranking: a cell that compares so with value is the POSITIVE decision.",
    )
    value = serializers.CharField(required=False, help_text='Text of the value compared with, such as "5" or "yes".')


class AttributeIn(StrictSerializer):
    """A protected attribute by which gaps are measured."""

    name = serializers.CharField(help_text="Name used in findings, such as race.")
    column = serializers.CharField(help_text="Column of the data set.")
    source: Any = serializers.ChoiceField(SOURCES, default="recorded", help_text="Who stated it; printed.")


class SliceIn(StrictSerializer):
    """A column every value of which is measured on its own."""

    name = serializers.CharField()
    column = serializers.CharField()


class ChanceOfIn(StrictSerializer):
    """The column with each row's chance of one group."""

    name = serializers.CharField(help_text="Name of the group.")
    column = serializers.CharField(help_text="Column with chances from 0 to 1.")


class InferredIn(StrictSerializer):
    """A protected attribute of which only chances are known, such as those that surname and place give (BIFSG)."""

    name = serializers.CharField(help_text="Name used in findings, such as race.")
    source = serializers.CharField(
        max_length=300,
        help_text='How the chances were made; printed: "BIFSG, Census 2010 surnames, block groups 2020".',
    )
    groups = ChanceOfIn(many=True, help_text="Every group; the chances of a row add up to 1, or all are empty.")


class IntervalIn(StrictSerializer):
    """regression: columns of a prediction interval and the coverage it claims."""

    low = serializers.CharField()
    high = serializers.CharField()
    nominal = serializers.CharField(help_text='Claimed coverage, such as "0.9".')


class ReferenceIn(StrictSerializer):
    """Rows whose column equals value are the reference part."""

    column = serializers.CharField()
    value = serializers.CharField()


class DriftIn(StrictSerializer):
    """How time is read for drift; without at least 4 dated, labelled periods drift is priced as untested."""

    timestamp = serializers.CharField(help_text="Column with the time of the decision.")
    period = serializers.ChoiceField(["month", "quarter"], default="month")
    reference = ReferenceIn(required=False, allow_null=True)
    features = serializers.ListField(
        child=serializers.CharField(), default=list, help_text="Columns compared by PSI and KS; may be empty."
    )
    labelled_at = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Column with the time at which the outcome became known; alarms count labels when they arrive.",
    )


class MonotoneIn(StrictSerializer):
    """An input that must never move the answer the other way."""

    column = serializers.CharField()
    way = serializers.ChoiceField(["up", "down"], help_text="up: more of it never lowers the answer.")


class UnitSlipIn(StrictSerializer):
    """A number that is plausibly sent in another unit."""

    column = serializers.CharField()
    factor = serializers.CharField(help_text='What the cell is multiplied by, as text: "1000" for grams.')


class ValidRangeIn(StrictSerializer):
    """The values in which an input is valid; one end may be left open."""

    column = serializers.CharField()
    low = serializers.CharField(required=False, allow_null=True)
    high = serializers.CharField(required=False, allow_null=True)


class SchemaIn(StrictSerializer):
    """How the model's records are to be measured, registered before data is seen. Harm follows from the use class."""

    task = serializers.ChoiceField(TASKS)
    label: Any = serializers.CharField(help_text="Column with the true outcome; empty cells are unlabelled rows.")
    positive_label = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="binary, ranking: the outcome that counts as positive for the use class (GET /use-classes), as text; "
        '1, 1.0, true and "1" agree.',
    )
    decision = DecisionRuleIn()
    probability = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Column with P(positive_label) between 0 and 1 (multiclass: of the predicted class); without it "
        "calibration is not measured and is priced as untested.",
    )
    score = serializers.CharField(
        required=False, allow_null=True, help_text="Column with any score that rises with the positive outcome (AUC)."
    )
    harm_matrix = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        allow_null=True,
        help_text="multiclass: true class -> predicted classes that harm; without it every wrong class harms.",
    )
    tolerance = serializers.CharField(
        required=False, allow_null=True, help_text="PRICE-FORECAST, regression: largest harmless error, as text."
    )
    direction = serializers.ChoiceField(
        DIRECTIONS,
        required=False,
        allow_null=True,
        help_text="PRICE-FORECAST, regression: which error harms: predicted too high (over), too low (under), either.",
    )
    interval = IntervalIn(required=False, allow_null=True)
    attributes = AttributeIn(
        many=True,
        default=list,
        help_text="Protected attributes; with none, a priced gap counts as untested.",
    )
    intersections = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2),
        default=list,
        help_text='Pairs of attribute names, such as [["race", "sex"]].',
    )
    slices = SliceIn(many=True, default=list)
    drift = DriftIn(required=False, allow_null=True)
    row_id = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Column that names each row once; samples for re-labelling and earlier versions are joined by it.",
    )
    weight = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Column with the weight of each row, 0 or more; bounds then turn approximate.",
    )
    cluster = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Column with the person or household of each row; rows that share one are worth fewer.",
    )
    loss = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Column with what a wrong decision costs, not negative; the tail error is then told in its unit.",
    )
    probabilities = SliceIn(many=True, required=False, help_text="multiclass: the column of each class's probability.")
    legitimate = SliceIn(
        many=True, required=False, help_text="Factors within whose values a gap between groups is looked at again."
    )
    inferred = InferredIn(many=True, required=False)
    annotators = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Columns with the labels of single annotators."
    )
    human = serializers.CharField(
        required=False, allow_null=True, help_text="Column with the decision a person took beside the model's."
    )
    monotone = MonotoneIn(many=True, required=False)
    units = UnitSlipIn(many=True, required=False, help_text="Slips of unit that decisions should stand or refuse.")
    ranges = ValidRangeIn(many=True, required=False)


class OversightIn(StrictSerializer):
    """Measured human oversight: credit only from a seeded-error test."""

    coverage = ShareField(help_text="Share of decisions a person reviews, 0 to 1.")
    catch_lcb = ShareField(help_text="Lower confidence bound of seeded errors caught, 0 to 1.")


class DependencyIn(StrictSerializer):
    """Something upstream that many models may share."""

    kind = serializers.ChoiceField(DEPENDENCY_KINDS)
    name = serializers.CharField(max_length=200)
    version = serializers.CharField(required=False, allow_blank=True, max_length=80)


class ModelIn(StrictSerializer):
    """A registration."""

    organisation = serializers.UUIDField(required=False, help_text="Needed only by members of several organisations.")
    name = serializers.CharField(max_length=200, help_text="Unique in the organisation.")
    purpose = serializers.CharField(help_text="What the model decides and for whom, in plain words.")
    population = serializers.CharField(required=False, allow_blank=True, help_text="Whom it decides about.")
    use_class = serializers.CharField(help_text="A key of GET /use-classes, such as JUSTICE-RISK; it fixes the harm.")
    industry = serializers.CharField(help_text='Code or NAICS code of a row of GET /industries, such as "52".')
    harm_text = serializers.CharField(
        required=False, allow_blank=True, help_text="The harm in plain words; default: the use class's own text."
    )
    decisions_per_year = serializers.IntegerField(
        min_value=1, help_text="Automated consequential decisions expected in the policy year: the exposure base."
    )
    autonomy = serializers.CharField(help_text=levels("autonomy"))
    criticality = serializers.CharField(help_text=levels("criticality"))
    data_sensitivity = serializers.CharField(help_text=levels("data_sensitivity"))
    third_party = serializers.CharField(help_text=levels("third_party"))
    jurisdiction = serializers.CharField(help_text=levels("jurisdiction"))
    validation_age = serializers.CharField(help_text=levels("validation_age"))
    oversight = OversightIn(required=False, allow_null=True)
    dependencies = DependencyIn(many=True, required=False)
    currency = serializers.CharField(required=False, help_text=f"Default and only choice: {filed().currency}.")
    schema = SchemaIn()


class ExposureIn(StrictSerializer):
    """A new number of decisions a year."""

    decisions_per_year = serializers.IntegerField(min_value=1)
    why = serializers.CharField(help_text="What changed; kept in the journal.")


class RetireIn(StrictSerializer):
    """Why a model leaves the books."""

    why = serializers.CharField()


class InterfaceInputIn(StrictSerializer):
    """One column and how it becomes what the model gets."""

    column = serializers.CharField(help_text="Column of the data set.")
    categories = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="codes, one_hot: the categories in the model's order."
    )
    missing = serializers.FloatField(
        required=False, help_text="number, codes: what an empty cell or unlisted category becomes; NaN if left out."
    )
    height = serializers.IntegerField(required=False, help_text="image: pixels from top to bottom.")
    width = serializers.IntegerField(required=False, help_text="image: pixels from left to right.")
    channels = serializers.IntegerField(required=False, help_text="image: bytes of a pixel, 1 to 4.")
    layout = serializers.ChoiceField(LAYOUTS, required=False, help_text="image: how the model takes it.")
    scale = serializers.FloatField(required=False, help_text="image: (pixel x scale - mean) / std, by channel.")
    mean = serializers.ListField(child=serializers.FloatField(), required=False, help_text="image: one a channel.")
    std = serializers.ListField(child=serializers.FloatField(), required=False, help_text="image: one a channel.")

    def get_fields(self) -> dict[str, Any]:
        """The declared fields and `as`, a word that Python keeps for itself."""
        how = serializers.ChoiceField(
            HOWS,
            help_text="number: float64; codes: the category's place from 0; one_hot: one feature a category; text: as "
            "it is; image: raw pixels, the only input of an ONNX model.",
        )
        return {**super().get_fields(), "as": how}


class InterfaceOutputIn(StrictSerializer):
    """What the model's answer means. All numbers of a row's answer count from 0."""

    column = serializers.CharField(help_text="The schema's decision, probability or score column.")
    means = serializers.ChoiceField(MEANINGS)
    index = serializers.IntegerField(required=False, help_text="probability, value: which number; default the last.")
    classes = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="class: the labels in the order of the numbers."
    )
    confidence = serializers.CharField(required=False, help_text="class: column for the largest number.")
    tolerance = serializers.CharField(
        required=False, help_text="Largest difference from the recorded answers that counts as the same, as text."
    )


class InterfaceIn(StrictSerializer):
    """How columns and categories reach the model, registered before any data. Label and predictions are no inputs."""

    inputs = InterfaceInputIn(many=True)
    output = InterfaceOutputIn()


@extend_schema_field(InterfaceIn)
class InterfaceField(serializers.JSONField):
    """An interface; audits.interface reads it and names the path of whatever is odd."""


class VersionIn(StrictSerializer):
    """One frozen artifact."""

    label: Any = serializers.CharField(max_length=80, help_text="Your name for it, such as 2026.1; unique.")
    digest = serializers.CharField(help_text="sha256: and the 64 hex digits of the artifact's SHA-256.")
    notes = serializers.CharField(required=False, allow_blank=True)
    interface = InterfaceField(
        required=False, allow_null=True, help_text="Needed to hand the artifact over; frozen with the version."
    )


class TrialIn(StrictSerializer):
    """One row for the model."""

    inputs = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        help_text="Value by input column of the interface: a number where it says number, else a text; null or left "
        "out is an empty cell.",
    )


class DeploymentIn(StrictSerializer):
    """A switch: from a moment on this version, or none, decides."""

    version = serializers.UUIDField(allow_null=True, help_text="Version of this model; null takes it out of use.")
    live_from = serializers.DateTimeField(help_text="With offset or Z. One switch a moment, never changed.")
    notes = serializers.CharField(
        required=False, allow_blank=True, help_text="Required if a later switch is already recorded."
    )


class ProductionIn(StrictSerializer):
    """What production runs: the digest of the file that it has loaded."""

    digest = serializers.CharField(help_text="sha256: and the 64 hex digits of the file's SHA-256.")
    observed_at = serializers.DateTimeField(
        required=False, help_text="When the file was seen, with offset or Z; default now."
    )


class BesideIn(StrictSerializer):
    """Other data sets that the audit reads; each is an id from POST /datasets, ready, of the same organisation."""

    training = serializers.UUIDField(required=False, help_text="What the model was trained on, for leakage.")
    relabelled = serializers.UUIDField(
        required=False,
        help_text="A second reader's labels of the rows that POST /audits/{id}/relabelling drew: row_id and label.",
    )
    reviews = serializers.UUIDField(
        required=False, help_text="Seeded-error test of reviewers: columns case, reviewer, seeded (0/1), caught (0/1)."
    )
    earlier = serializers.UUIDField(
        required=False, help_text="The same rows as an earlier version decided them, by the registered row_id."
    )
    earlier_version = serializers.UUIDField(
        required=False, help_text="Instead: an earlier version of the model whose file was handed over."
    )


class AuditIn(StrictSerializer):
    """An order to measure a version on a data set."""

    dataset = serializers.UUIDField(help_text="Id from POST /datasets; its state must be ready.")
    purpose = serializers.ChoiceField(
        AuditOrder.Purpose.values,
        default="submission",
        help_text="submission: for a first price; quarterly: a policy's audit condition; claim: to examine a loss.",
    )
    beside = BesideIn(required=False, help_text="What else the audit shall read.")


class ChallengeIn(StrictSerializer):
    """Rows that the insurer holds, to be put to the model in every later audit."""

    dataset = serializers.UUIDField(help_text="A ready data set that was uploaded with held_by=insurer.")


class ScheduleItemIn(StrictSerializer):
    """One schedule credit or debit, with reason and evidence."""

    name = serializers.CharField(help_text="Suggested: " + ", ".join(filed().schedule.suggested) + ".")
    pct = serializers.CharField(help_text='Share of premium as text: "-0.05" is a credit of 5 per cent.')
    reason = serializers.CharField()
    evidence = serializers.CharField()


class RemovedIn(StrictSerializer):
    """A dimension declared not applicable; your name is recorded with the reason."""

    dimension = serializers.ChoiceField(filed().relativity.removable)
    reason = serializers.CharField()


class WhatIfIn(StrictSerializer):
    """What shall be different; all that is left out stays as it was priced."""

    limit = MoneyField(required=False, help_text="Per claim, filed.")
    aggregate = MoneyField(required=False)
    deductible = MoneyField(required=False, help_text="Per claim, filed, at most a tenth of the limit.")
    decisions = serializers.IntegerField(required=False, min_value=1, max_value=10**12, help_text="A policy year.")
    bounds = serializers.DictField(
        child=serializers.CharField(max_length=40),
        required=False,
        help_text='Upper bounds by dimension, such as {"gap": "0.06"}: error, gap, ece, robustness, label, drift.',
    )


class TermsIn(StrictSerializer):
    """The cover asked for and the loss history."""

    plan = serializers.CharField(required=False, help_text="Name of a plan (GET /plans); default: the one in force.")
    limit = MoneyField(help_text=f"Per claim. Filed: {amounts(filed().limits)}.")
    aggregate = MoneyField(required=False, help_text="Per period, at least the limit (default).")
    deductible = MoneyField(
        help_text=f"Per claim, at most a tenth of the limit. Filed: {amounts(filed().deductibles)}."
    )
    inception = serializers.DateField(required=False, help_text="First day of cover; default today. Decides the taxes.")
    retro_date = serializers.DateField(
        required=False, allow_null=True, help_text="Retroactive date: gives the claims-made year."
    )
    claims_made_year = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=6, help_text="Instead of retro_date; default 1."
    )
    prior_claims = serializers.IntegerField(default=0, min_value=0, help_text="Ground-up claims in the rated history.")
    expected_claims = ExactField(default=Decimal(0), min_value=0, help_text="Claims expected in that history.")
    schedule = ScheduleItemIn(many=True, default=list)
    tax_jurisdiction = serializers.ChoiceField(list(filed().taxes.jurisdictions), default="NONE")
    instalments = serializers.IntegerField(default=4, min_value=1, max_value=12)
    audit_interval_years = serializers.CharField(default="0.25", help_text="Contracted time between audits, years.")
    audits_on_time = serializers.BooleanField(
        default=False, help_text="Quarterly audits have been kept: the validation-age factor is then 1.00."
    )
    removed = RemovedIn(many=True, default=list, help_text="Dimensions that do not apply to this model.")
    drift_withheld = serializers.BooleanField(
        default=False, help_text="The customer holds dated history and did not send it: refers."
    )
    independent = serializers.BooleanField(default=True, help_text="False: the auditor is not independent: refers.")


class ReferralDecisionIn(StrictSerializer):
    """An underwriter's answer to one referral."""

    decision = serializers.ChoiceField(DECISIONS)
    why = serializers.CharField(help_text="The reasoned ground; kept in the journal and shown with the price.")
