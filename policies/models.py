"""What policies keep: quotes, policies, what they schedule, their transactions and their documents."""

from decimal import Decimal

from django.db import models

from accounts.models import TenantModel
from core.fields import AMOUNT


class Series(models.Model):
    """A number series of the insurer, such as P-2026: the last number given out."""

    name = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)


class Capacity(models.Model):
    """How much of the book may lean on one upstream dependency: the latest row of a key stands. Append-only.

    The insurer's own, not a customer's. The key holds for all versions of the dependency.
    """

    created_at = models.DateTimeField()
    kind = models.CharField(max_length=20)  # of a registered model's dependencies
    name = models.CharField(max_length=200)  # in lower case, without blanks at its ends
    amount = models.DecimalField(**AMOUNT)  # aggregate limits of live policies, together
    currency = models.CharField(max_length=3)
    why = models.TextField()
    set_by = models.CharField(max_length=200)
    set_by_id = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "capacities"
        indexes = [models.Index(fields=["currency", "kind", "name"], name="capacity_newest")]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name="capacity_amount")]


class CapacityReferral(TenantModel):
    """A bind that would have taken a dependency over its capacity waits for an actuary, for this excess alone."""

    class State(models.TextChoices):
        OPEN = "open"  # waits for an actuary
        ACCEPTED = "accepted"  # the quote may be bound over the capacity by up to `over`
        REFUSED = "refused"  # it may not

    quote = models.ForeignKey("policies.Quote", on_delete=models.PROTECT, related_name="capacity_referrals")
    kind = models.CharField(max_length=20)  # of the dependency
    name = models.CharField(max_length=200)
    over = models.DecimalField(**AMOUNT)  # what the aggregate limits would exceed the capacity by
    capacity = models.DecimalField(**AMOUNT)  # as it stood when the bind was refused
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_by = models.CharField(max_length=200)
    asked_by_id = models.CharField(max_length=64)
    decided_by = models.CharField(max_length=200, blank=True)
    why = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["quote", "kind", "name"], condition=models.Q(state="open"), name="capacity_referral_open_once"
            ),
            models.CheckConstraint(condition=models.Q(over__gt=0), name="capacity_referral_over"),
        ]


class Quote(TenantModel):
    """An offer of one price for thirty days. One pricing makes at most one quote."""

    class State(models.TextChoices):
        OPEN = "open"  # offered; the customer may accept, the underwriter may bind on the customer's order
        ACCEPTED = "accepted"  # the customer said yes; waits for an underwriter
        BOUND = "bound"  # became a policy
        VOIDED = "voided"  # what it was priced on changed: a new audit, another plan, more decisions
        EXPIRED = "expired"  # thirty days went by
        DECLINED = "declined"  # the customer said no

    model = models.ForeignKey("underwriting.RegisteredModel", on_delete=models.PROTECT, related_name="quotes")
    pricing = models.OneToOneField("underwriting.Pricing", on_delete=models.PROTECT, related_name="quote")
    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    valid_until = models.DateTimeField()
    decisions_per_year = models.PositiveBigIntegerField()  # the exposure it was offered on
    voided_why = models.TextField(blank=True)
    accepted_by = models.CharField(max_length=200, blank=True)
    accepted_at = models.DateTimeField(null=True)
    offered_by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["state", "valid_until"], name="quote_validity")]

    def __str__(self) -> str:
        return self.number


class Policy(TenantModel):
    """Cover from 12:01 a.m. of `inception` to 12:01 a.m. of `expiry`, where the insured is.

    Its terms are copies: a later wording, plan or registration changes nothing here.
    """

    class State(models.TextChoices):
        BOUND = "bound"  # agreed, not yet begun
        IN_FORCE = "in_force"  # on risk
        EXPIRED = "expired"  # its term is over; claims may still be reported for erp_days
        CANCELLED = "cancelled"  # ended before its term

    number = models.CharField(max_length=20, unique=True)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="policy")
    model = models.ForeignKey("underwriting.RegisteredModel", on_delete=models.PROTECT, related_name="policies")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOUND)
    form = models.CharField(max_length=40)
    inception = models.DateField()
    expiry = models.DateField()
    retro_date = models.DateField(null=True)  # null: full prior acts
    continuity_date = models.DateField()
    erp_days = models.PositiveSmallIntegerField()
    limit = models.DecimalField(**AMOUNT)
    aggregate = models.DecimalField(**AMOUNT)
    deductible = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    premium = models.DecimalField(**AMOUNT)
    taxes = models.JSONField(default=list)  # [{"name", "rate", "amount"}]
    total = models.DecimalField(**AMOUNT)
    instalments = models.JSONField(default=list)  # [{"due", "premium", "taxes", "amount"}]
    perils = models.JSONField(default=list)
    territory = models.JSONField(default=list)  # ISO 3166-1 alpha-2
    clauses = models.JSONField(default=list)  # the wording: [{"id", "title", "text"}]
    subjectivities = models.JSONField(default=list)  # [{"text", "due", "met_at", "code"}]; code: see BETTER_EVIDENCE
    acceptance_reason = models.TextField(blank=True)  # why evidence of class E4 was accepted (DOMAIN 1.0 rule 21)
    order_text = models.TextField(blank=True)  # the customer's order, where they did not accept in the portal
    bound_by = models.CharField(max_length=200)
    bound_by_id = models.CharField(max_length=64)
    bound_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.CheckConstraint(condition=models.Q(expiry__gt=models.F("inception")), name="policy_has_a_term"),
            models.CheckConstraint(condition=models.Q(aggregate__gte=models.F("limit")), name="policy_aggregate"),
            models.CheckConstraint(condition=models.Q(deductible__gte=0), name="policy_deductible"),
        ]

    def __str__(self) -> str:
        return self.number


class PolicyModel(TenantModel):
    """A version that a policy schedules, for acts from `from_date` on (null: from the retroactive date)."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="schedule")
    version = models.ForeignKey("underwriting.ModelVersion", on_delete=models.PROTECT, related_name="+")
    from_date = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "version"], name="policy_version_once")]


class PolicyTransaction(TenantModel):
    """One change of what is owed, with the day it takes effect and the moment it was booked. Append-only."""

    class Kind(models.TextChoices):
        NEW_BUSINESS = "new_business"
        ENDORSEMENT = "endorsement"
        CANCELLATION = "cancellation"
        PREMIUM_AUDIT = "premium_audit"  # what the actual decisions of the term changed

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="transactions")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    effective = models.DateField()
    booked_at = models.DateTimeField()
    premium = models.DecimalField(**AMOUNT)  # signed change
    taxes = models.DecimalField(**AMOUNT)  # signed change
    currency = models.CharField(max_length=3)
    why = models.TextField(blank=True)


class ExposureDeclaration(TenantModel):
    """How many decisions the models of a policy really made in its term, as the insured says. Append-only.

    The latest one stands until the premium audit is settled.
    """

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="exposure_declarations")
    decisions = models.PositiveBigIntegerField()
    source = models.TextField()  # where the count comes from: a log, a ledger, its digest
    declared_by = models.CharField(max_length=200)
    declared_by_id = models.CharField(max_length=64)


class PremiumAudit(TenantModel):
    """The deposit premium of an expired policy held against its actual decisions (clause C7). Once, append-only."""

    policy = models.OneToOneField(Policy, on_delete=models.PROTECT, related_name="premium_audit")
    declaration = models.OneToOneField(ExposureDeclaration, on_delete=models.PROTECT, related_name="premium_audit")
    deposit = models.DecimalField(**AMOUNT)
    rated = models.DecimalField(**AMOUNT)  # the premium on actual decisions, same plan, risk and evidence
    minimum_share = models.DecimalField(max_digits=5, decimal_places=4)  # of the deposit, as the plan files it
    adjustment = models.DecimalField(**AMOUNT)  # signed: above nought is billed, below returned
    taxes = models.JSONField(default=list)  # [{"name", "rate", "amount"}], signed
    total = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    referrals = models.JSONField(default=list)  # [{"code", "reason"}] the plan has for the actual exposure alone
    why = models.TextField()
    settled_by = models.CharField(max_length=200)
    settled_by_id = models.CharField(max_length=64)

    @property
    def returned(self) -> Decimal:
        """What goes back to the insured, where the total is below nought."""
        return -self.total


class PolicyDocument(TenantModel):
    """A paper of a policy: the data it was made from and the PDF, both stored by digest. Never changed."""

    class Kind(models.TextChoices):
        DECLARATIONS = "declarations"
        CERTIFICATE = "certificate"
        PREMIUM_AUDIT = "premium_audit"  # the statement of what the actual decisions changed

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    version = models.PositiveIntegerField()
    input = models.ForeignKey("provenance.Artifact", on_delete=models.PROTECT, related_name="+")
    pdf = models.ForeignKey("provenance.Artifact", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=80)  # of the PDF
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "kind", "version"], name="document_once")]
