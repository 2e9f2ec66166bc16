"""Deciding referrals: a named person takes or leaves a risk for a written reason."""

from datetime import datetime

from django.db import transaction

from core.actors import Actor
from core.errors import NotAllowed, StateRefused
from core.states import state_change
from underwriting.models import Referral
from underwriting.registration import one_of
from underwriting.services.registry import required_reason
from underwriting.states import REFERRAL

DECISIONS = ("accepted", "refused", "withdrawn")
# A schedule beyond the filed share needs a second person (DOMAIN 1.7).
SECOND_PERSON = frozenset({"second-underwriter"})


def referral_decide(*, referral: Referral, decision: str, why: str, actor: Actor, at: datetime) -> Referral:
    """Move an open referral to `decision`; the same person may not price and accept a large schedule."""
    one_of("decision", decision, DECISIONS)
    reason = required_reason(why)
    if decision == "accepted":
        _refuse_acceptance(referral, actor)
    with transaction.atomic():
        state_change(
            instance=referral,
            machine=REFERRAL,
            to=decision,
            actor=actor,
            at=at,
            why=reason,
            changes={"decided_by": actor.label, "why": reason, "decided_at": at},
        )
    return referral


def _refuse_acceptance(referral: Referral, actor: Actor) -> None:
    if not referral.waivable:
        raise StateRefused(
            f"No underwriter may accept this as it stands: {referral.reason}",
            field="decision",
            limit="refused, withdrawn",
            remedy=referral.resolves,
        )
    if referral.code in SECOND_PERSON and referral.pricing.priced_by_id == actor.id:
        raise NotAllowed(
            "Whoever priced this schedule cannot also accept it.",
            limit="two underwriters",
            remedy="Ask another underwriter to decide.",
        )
