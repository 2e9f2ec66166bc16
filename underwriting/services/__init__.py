"""Every write of underwriting: guard, atomic change, journal, in that visible order."""

from underwriting.services.auditing import audit_order
from underwriting.services.beside import challenge_set
from underwriting.services.handover import artifact_hand_over
from underwriting.services.plans import (
    plan_draft_approve,
    plan_draft_publish,
    plan_draft_review,
    plan_draft_save,
    plan_draft_start,
    plan_draft_withdraw,
)
from underwriting.services.pricing import (
    dimension_remove,
    price_changes,
    price_make,
    price_replay,
    price_what_if,
    rate,
)
from underwriting.services.production import production_report
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
    "challenge_set",
    "deployment_switch",
    "dimension_remove",
    "exposure_change",
    "model_change",
    "model_register",
    "model_retire",
    "plan_draft_approve",
    "plan_draft_publish",
    "plan_draft_review",
    "plan_draft_save",
    "plan_draft_start",
    "plan_draft_withdraw",
    "price_changes",
    "price_make",
    "price_replay",
    "price_what_if",
    "production_report",
    "rate",
    "referral_decide",
    "version_register",
]
