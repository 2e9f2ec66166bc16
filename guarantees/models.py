"""What guarantees keep: the contract with its price, the measurement that settles it, the payment."""

from decimal import Decimal

from django.db import models

from accounts.models import TenantModel
from core.fields import AMOUNT


class Guarantee(TenantModel):
    """A promise to pay by the harmful-error rate of one version, measured on rows drawn after the window began."""

    class State(models.TextChoices):
        OFFERED = "offered"  # thirty days for the customer's order
        WITHDRAWN = "withdrawn"  # nobody ordered it
        BOUND = "bound"  # the window runs, or its measurement is awaited
        TRIGGERED = "triggered"  # the measured rate lies above the threshold; payment waits for a second person
        PAID = "paid"
        ENDED = "ended"  # measured, and nothing was due

    number = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey("underwriting.ModelVersion", on_delete=models.PROTECT, related_name="guarantees")
    priced_on = models.ForeignKey("underwriting.AuditOrder", on_delete=models.PROTECT, related_name="guarantees")
    policy = models.ForeignKey(  # the liability policy it accompanies: the fixed expense is charged there
        "policies.Policy", null=True, on_delete=models.PROTECT, related_name="guarantees"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFFERED)
    window_start = models.DateField()
    window_end = models.DateField()  # the day after the last
    threshold = models.DecimalField(max_digits=7, decimal_places=6)
    rows = models.PositiveIntegerField()
    tick = models.DecimalField(**AMOUNT)
    cap = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    worksheet = models.JSONField()
    worksheet_digest = models.CharField(max_length=80)
    premium = models.DecimalField(**AMOUNT)
    taxes = models.JSONField(default=list)  # [{"name", "rate", "amount"}]
    total = models.DecimalField(**AMOUNT)
    offered_by = models.CharField(max_length=200)
    order_text = models.TextField(blank=True)
    bound_by = models.CharField(max_length=200, blank=True)
    bound_by_id = models.CharField(max_length=64, blank=True)
    bound_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(window_end__gt=models.F("window_start")), name="guarantee_has_a_window"
            ),
            models.CheckConstraint(condition=models.Q(cap__gt=0), name="guarantee_cap"),
        ]

    def __str__(self) -> str:
        return self.number


class Measurement(TenantModel):
    """What one audit said of the trigger. Append-only; what cannot tell may be measured again."""

    class Verdict(models.TextChoices):
        TRIGGERED = "triggered"
        NOT_TRIGGERED = "not_triggered"
        CANNOT_TELL = "cannot_tell"

    guarantee = models.ForeignKey(Guarantee, on_delete=models.PROTECT, related_name="measurements")
    order = models.ForeignKey("underwriting.AuditOrder", on_delete=models.PROTECT, related_name="+")
    result_digest = models.CharField(max_length=80)  # of the audit's result
    errors = models.PositiveIntegerField(null=True)  # K, as the engine counted
    rows = models.PositiveIntegerField(null=True)  # with an outcome
    verdict = models.CharField(max_length=13, choices=Verdict.choices)
    reason = models.TextField()
    payable = models.DecimalField(**AMOUNT)
    measured_by = models.CharField(max_length=200)
    measured_by_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guarantee", "order"], name="measurement_once")]


class GuaranteePayment(TenantModel):
    """The one payment of a triggered guarantee. Append-only."""

    guarantee = models.OneToOneField(Guarantee, on_delete=models.PROTECT, related_name="payment")
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    payee = models.CharField(max_length=200)
    why = models.TextField()
    paid_by = models.CharField(max_length=200)
    paid_by_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=Decimal(0)), name="guarantee_payment")]
