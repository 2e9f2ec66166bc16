"""What claims keep: incidents, claims, coverage checks, reserves, decisions and payments."""

from django.db import models
from django.db.models import Q

from accounts.models import TenantModel
from core.fields import AMOUNT


class Incident(TenantModel):
    """Something a model did, or nearly did, to somebody. Coded after DOMAIN 4.7."""

    class Level(models.TextChoices):
        OCCURRED = "occurred"  # harm was done
        NEAR_MISS = "near_miss"  # harm was close and did not happen
        ISSUE = "issue"  # it could harm one day

    class Harm(models.TextChoices):
        PHYSICAL_HEALTH = "physical_health"
        PROPERTY = "property"
        INFRASTRUCTURE = "infrastructure"
        ENVIRONMENT = "environment"
        FINANCIAL_LOSS = "financial_loss"
        PRIVACY = "privacy"
        BIAS = "bias"
        CIVIL_RIGHTS = "civil_rights"
        REPUTATIONAL = "reputational"
        PSYCHOLOGICAL = "psychological"
        DETRIMENTAL_CONTENT = "detrimental_content"

    class OecdHarm(models.TextChoices):
        PHYSICAL = "physical"
        PSYCHOLOGICAL = "psychological"
        ECONOMIC_PROPERTY = "economic_property"
        REPUTATIONAL = "reputational"
        RIGHTS = "rights"
        PUBLIC_INTEREST = "public_interest"

    class OecdSeverity(models.TextChoices):
        HAZARD = "hazard"
        INCIDENT = "incident"
        SERIOUS = "serious"

    class Serious(models.TextChoices):
        """EU AI Act, Article 3(49) and the reporting clock of Article 73; status as of mid-2026."""

        NO = "no"  # not a serious incident
        GENERAL = "general"  # 15 days
        DEATH = "death"  # 10 days
        WIDESPREAD = "widespread"  # 2 days

    model = models.ForeignKey("underwriting.RegisteredModel", on_delete=models.PROTECT, related_name="incidents")
    version = models.ForeignKey(  # live when it happened; null: the chain breaks here
        "underwriting.ModelVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    occurred_at = models.DateTimeField()
    discovered_at = models.DateTimeField()
    description = models.TextField()
    level = models.CharField(max_length=10, choices=Level.choices)
    peril = models.CharField(max_length=8, blank=True)  # of the policy's perils
    # CSET's four elements; all four are needed before harm counts as coded.
    entity = models.CharField(max_length=300, blank=True)
    harm_event = models.CharField(max_length=300, blank=True)
    linked_to = models.CharField(max_length=300, blank=True)
    system_behaviour = models.CharField(max_length=300, blank=True)
    harm = models.CharField(max_length=20, choices=Harm.choices, blank=True)
    oecd_harm = models.CharField(max_length=20, choices=OecdHarm.choices, blank=True)
    oecd_severity = models.CharField(max_length=10, choices=OecdSeverity.choices, blank=True)
    business_function = models.CharField(max_length=100, blank=True)
    serious = models.CharField(max_length=10, choices=Serious.choices, default=Serious.NO)
    external_ids = models.JSONField(default=list)  # [{"source": "AIID", "id": "..."}]
    affected = models.PositiveIntegerField(default=1)
    reported_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(discovered_at__gte=models.F("occurred_at")), name="incident_order")
        ]


class Claim(TenantModel):
    """A demand on a policy because of an incident."""

    class State(models.TextChoices):
        REPORTED = "reported"  # first notice; the insurer has not answered
        TRIAGED = "triaged"  # acknowledged, severity known, siblings looked for
        COVERAGE_REVIEW = "coverage_review"  # the checklist is being answered
        RESERVED = "reserved"  # money is set aside
        DECIDED = "decided"  # two people agreed what is paid
        PAID = "paid"  # all that was decided has been paid
        CLOSED = "closed"  # nothing is left to do
        REOPENED = "reopened"  # something new came up; the history stays

    class Severity(models.TextChoices):
        LOW = "low"
        MODERATE = "moderate"
        SEVERE = "severe"

    number = models.CharField(max_length=20, unique=True)
    policy = models.ForeignKey("policies.Policy", on_delete=models.PROTECT, related_name="claims")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="claims")
    state = models.CharField(max_length=16, choices=State.choices, default=State.REPORTED)
    claimant = models.TextField()  # sensitive: shown to the adjuster and to the customer's owner and engineers
    claimant_key = models.CharField(max_length=80)  # digest of the claimant's name: one loss is claimed once
    amount_claimed = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2, blank=True)  # where it is brought
    made_on = models.DateField()  # first made against the insured
    reported_at = models.DateTimeField()
    severity = models.CharField(max_length=10, choices=Severity.choices, blank=True)
    systemic = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reported_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "incident", "claimant_key"], name="claim_loss_once"),
            models.CheckConstraint(condition=Q(amount_claimed__gt=0), name="claim_amount"),
        ]

    def __str__(self) -> str:
        return self.number


class CoverageCheck(TenantModel):
    """The checklist as it was answered once, as of the loss date. Append-only: a new answer is a new check."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="checks")
    as_of = models.DateField()
    answers = models.JSONField()
    result = models.JSONField()  # [{"check", "title", "clause", "outcome", "reason", "evidence"}]
    chain = models.JSONField()  # [{"link", "id", "whole", "text"}]: claim to policy, breaks shown
    outcome = models.CharField(max_length=12)  # covered, not_covered, open
    checked_by = models.CharField(max_length=200)


class ReserveChange(TenantModel):
    """A signed change of what is set aside, with its reason. Append-only; the reserve is the sum."""

    class Part(models.TextChoices):
        INDEMNITY = "indemnity"  # for the claimant
        ALAE = "alae"  # defence and experts of this claim
        ULAE = "ulae"  # own handling

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="reserves")
    part = models.CharField(max_length=10, choices=Part.choices)
    delta = models.DecimalField(**AMOUNT)
    reason = models.TextField()
    changed_by = models.CharField(max_length=200)


class Decision(TenantModel):
    """What one person proposes and another approves."""

    class Outcome(models.TextChoices):
        ACCEPT = "accept"  # the whole claimed loss counts
        PARTIAL = "partial"  # a smaller loss counts
        DENY = "deny"  # nothing is owed, for stated reasons and clause
        WITHDRAW = "withdraw"  # the claimant gave it up

    class State(models.TextChoices):
        PROPOSED = "proposed"  # waits for a second person
        APPROVED = "approved"  # stands
        REJECTED = "rejected"  # the second person disagreed

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="decisions")
    check_used = models.ForeignKey(CoverageCheck, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    loss = models.DecimalField(**AMOUNT)  # established, ground-up
    amount = models.DecimalField(**AMOUNT)  # payable, after limit, deductible and aggregate
    working = models.TextField(blank=True)  # the sum in words
    currency = models.CharField(max_length=3)
    payee = models.CharField(max_length=300, blank=True)
    reason_codes = models.JSONField(default=list)
    clause = models.CharField(max_length=10, blank=True)
    why = models.TextField()
    proposed_by = models.CharField(max_length=200)
    proposed_by_id = models.CharField(max_length=64)
    approved_by = models.CharField(max_length=200, blank=True)
    approved_by_id = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by_id="") | ~Q(approved_by_id=models.F("proposed_by_id")),
                name="decision_two_people",
            ),
            models.UniqueConstraint(fields=["claim"], condition=Q(state="proposed"), name="decision_one_open"),
        ]


class Payment(TenantModel):
    """Money that left. Append-only; what is left of the aggregate is computed from these rows."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payments")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    payee = models.CharField(max_length=300)
    key = models.CharField(max_length=100)  # the payer's reference: the same one pays once
    paid_by = models.CharField(max_length=200)
    paid_by_id = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "key"], name="payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount"),
        ]
