"""Setting money aside: signed changes with a reason, within authority and within what the policy can pay."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.authority import authority_require
from accounts.models import Authority
from claims.adjustment import ZERO
from claims.ledger import aggregate_of, reserves_of
from claims.models import Claim, ReserveChange
from claims.states import CLAIM
from core.actors import Actor
from core.errors import InputRefused, StateRefused
from core.journal import journal_write
from core.states import state_change
from policies.models import Policy

RESERVABLE = (Claim.State.COVERAGE_REVIEW, Claim.State.RESERVED, Claim.State.DECIDED)


def reserve_set(*, claim: Claim, part: str, delta: Decimal, reason: str, actor: Actor, at: datetime) -> ReserveChange:
    """Change one part of the reserve by `delta` (signed).

    Raises NotAllowed if the claim's whole reserve then exceeds the actor's claim authority, InputRefused if it falls
    below zero or the indemnity part exceeds what the policy can still pay on one claim.
    """
    if claim.state not in RESERVABLE:
        raise StateRefused(
            f"This claim is {claim.state.replace('_', ' ')}.",
            field="state",
            limit=", ".join(RESERVABLE),
            remedy="Run the coverage check first.",
        )
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=claim.policy_id)
        standing = {name: reserve.outstanding for name, reserve in reserves_of(claim).items()}
        standing[part] += delta
        _within(policy, part, standing[part])
        whole = sum(standing.values(), ZERO)
        authority_require(actor=actor, kind=Authority.Kind.CLAIM, amount=whole, currency=claim.currency)
        change = _add(claim, part, delta, reason, actor, at)
        if claim.state == Claim.State.COVERAGE_REVIEW:
            state_change(instance=claim, machine=CLAIM, to=Claim.State.RESERVED, actor=actor, at=at, why=reason)
    return change


def reserves_release(*, claim: Claim, reason: str, actor: Actor, at: datetime) -> None:
    """Take every part to zero, inside the caller's transaction."""
    for part, reserve in reserves_of(claim).items():
        if reserve.outstanding:
            _add(claim, part, -reserve.outstanding, reason, actor, at)


def reserve_spend(*, claim: Claim, amount: Decimal, actor: Actor, at: datetime) -> None:
    """A payment takes its amount out of the indemnity reserve, as far as there is one."""
    spent = min(amount, reserves_of(claim)[ReserveChange.Part.INDEMNITY].outstanding)
    if spent > 0:
        _add(claim, ReserveChange.Part.INDEMNITY, -spent, "Paid.", actor, at)


def _within(policy: Policy, part: str, outstanding: Decimal) -> None:
    if outstanding < 0:
        raise InputRefused("A reserve cannot fall below zero.", field="delta", limit="0", remedy="Release less.")
    most = max(ZERO, min(policy.limit - policy.deductible, aggregate_of(policy).remaining))
    if part == ReserveChange.Part.INDEMNITY and outstanding > most:
        raise InputRefused(
            "The policy cannot pay so much on this claim.",
            field="delta",
            limit=f"{most:,.2f} {policy.currency}",
            remedy="Reserve at most limit less deductible, within the aggregate left.",
        )


def _add(claim: Claim, part: str, delta: Decimal, reason: str, actor: Actor, at: datetime) -> ReserveChange:
    change = ReserveChange.objects.create(
        organisation_id=claim.organisation_id,
        created_at=at,
        claim=claim,
        part=part,
        delta=delta,
        reason=reason,
        changed_by=actor.label,
    )
    journal_write(
        actor=actor,
        action="claim.reserve_changed",
        subject_kind="claim",
        subject_id=claim.pk,
        organisation_id=claim.organisation_id,
        at=at,
        why=reason,
        detail={"part": part, "delta": delta},
    )
    return change
