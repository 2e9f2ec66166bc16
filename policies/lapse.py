"""Why a quote no longer stands: what it was priced on has changed (DOMAIN 4.1).

Asked when the quote is offered, when it is bound, and whenever something is told that may have changed it, so that a
late event cannot let a stale price be bound.
"""

from datetime import datetime
from decimal import Decimal

from audits.models import AuditRun
from underwriting.models import AuditOrder, Pricing, RegisteredModel
from underwriting.plan_records import plan_current

EXPOSURE_SHARE = Decimal("0.10")


def lapse_reason(*, pricing: Pricing, decisions_at_quote: int, at: datetime) -> str | None:
    """The reason in plain words, or None while the price stands."""
    model = RegisteredModel.objects.get(versions__orders__pricings=pricing)
    if model.state == RegisteredModel.State.RETIRED:
        return "The model was retired."
    return (
        _newer_audit(pricing, model)
        or _other_plan(pricing, at)
        or exposure_lapse(before=decisions_at_quote, now=model.decisions_per_year)
    )


def exposure_lapse(*, before: int, now: int) -> str | None:
    """More than ten per cent of change, up or down, counted from the quote and not from the last step."""
    if abs(now - before) <= before * EXPOSURE_SHARE:
        return None
    return f"The model now makes {now:,} decisions a year; the quote stands for {before:,}, and 10 % either way."


def _newer_audit(pricing: Pricing, model: RegisteredModel) -> str | None:
    priced_on = pricing.order.audit_run
    newer = AuditRun.objects.filter(
        order__version__model=model, state="completed", completed_at__gt=priced_on.completed_at
    ).exclude(order__purpose=AuditOrder.Purpose.CLAIM)
    newer = newer.exclude(pk=priced_on.pk)
    return "A newer audit of the model was completed." if newer.exists() else None


def _other_plan(pricing: Pricing, at: datetime) -> str | None:
    """A plan filed for reference alone is never in force, so its prices do not end with another plan's start."""
    offered_under = plan_current(on=pricing.created_at.date())
    now = plan_current(on=at.date())
    if now.hash == offered_under.hash:
        return None
    return f"The rating plan changed from {offered_under.id} to {now.id}."
