"""Every write of underwriting: guard, atomic change, journal, in that visible order."""

from underwriting.services.auditing import audit_order
from underwriting.services.handover import artifact_hand_over
from underwriting.services.pricing import dimension_remove, price_make, price_replay, rate
from underwriting.services.referrals import referral_decide
from underwriting.services.registry import (
    deployment_switch,
    exposure_change,
    model_change,
    model_register,
    model_retire,
    version_register,
)

__all__ = [
    "artifact_hand_over",
    "audit_order",
    "deployment_switch",
    "dimension_remove",
    "exposure_change",
    "model_change",
    "model_register",
    "model_retire",
    "price_make",
    "price_replay",
    "rate",
    "referral_decide",
    "version_register",
]
