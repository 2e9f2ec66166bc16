"""Paying what was decided, under the lock of the policy's aggregate."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from claims.adjustment import payment_room
from claims.ledger import decision_standing, paid_on_claim, paid_on_policy
from claims.models import Claim, Decision, Payment
from claims.services.decisions import PAYING
from claims.services.reserves import reserve_spend
from claims.states import CLAIM
from core.actors import Actor
from core.errors import Conflict, InputRefused, NotAllowed, StateRefused
from core.journal import journal_write
from core.states import state_change
from policies.models import Policy


def payment_make(*, claim: Claim, amount: Decimal | None, payee: str, key: str, actor: Actor, at: datetime) -> Payment:
    """Pay `amount` (None: all that may be paid now) to the approved payee, once for each `key`.

    A stated amount needs a key, or a repeat would pay it again; all that may be paid can be paid only once anyway. The
    policy row is locked, so payments on all its claims queue up and never pass its aggregate. The payer is not the
    approver. Raises InputRefused for an amount without a key, StateRefused without an approved decision, Conflict if
    the amount exceeds what is left.
    """
    if amount is not None and not key:
        raise InputRefused(
            "An amount needs a reference, or sending it twice would pay it twice.",
            field="reference",
            limit="a reference or an Idempotency-Key",
            remedy="Send your payment's number as reference; the same reference pays once.",
        )
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=claim.policy_id)
        claim = Claim.objects.select_related("policy").get(pk=claim.pk)
        decision = _decision(claim)
        if actor.id == decision.approved_by_id:
            raise NotAllowed("Whoever approved a decision does not pay it.", remedy="Ask another person.")
        reference = key or f"{decision.pk}:{decision.payments.count() + 1}"
        before = claim.payments.filter(key=reference).first()
        if before:
            return _same(before, amount, payee)
        return _pay(claim, policy, decision, amount, payee, reference, actor, at)


def _pay(
    claim: Claim,
    policy: Policy,
    decision: Decision,
    amount: Decimal | None,
    payee: str,
    reference: str,
    actor: Actor,
    at: datetime,
) -> Payment:
    _to_whom(decision, payee)
    if claim.state != Claim.State.DECIDED:
        raise StateRefused(f"This claim is {claim.state}; nothing is left to pay.", field="state", limit="decided")
    due = _room(claim, policy, decision) if amount is None else amount
    _within(claim, policy, decision, due)
    payment = Payment.objects.create(
        organisation_id=claim.organisation_id,
        created_at=at,
        claim=claim,
        decision=decision,
        amount=due,
        currency=claim.currency,
        payee=decision.payee,
        key=reference,
        paid_by=actor.label,
        paid_by_id=actor.id,
    )
    reserve_spend(claim=claim, amount=due, actor=actor, at=at)
    _journal(payment, actor, at)
    if not _room(claim, policy, decision):
        state_change(instance=claim, machine=CLAIM, to=Claim.State.PAID, actor=actor, at=at, changes={"paid_at": at})
    return payment


def _decision(claim: Claim) -> Decision:
    standing = decision_standing(claim)
    if standing is None or standing.outcome not in PAYING:
        raise StateRefused(
            "No approved decision says that something is paid.",
            field="decision",
            remedy="Propose one and have a second person approve it.",
        )
    return standing


def _same(before: Payment, amount: Decimal | None, payee: str) -> Payment:
    """The payment this reference made before; another amount or payee under it is a mistake, not a repeat."""
    if amount in (None, before.amount) and payee in ("", before.payee):
        return before
    raise Conflict(
        "This reference paid something else before.",
        field="reference",
        limit=f"{before.amount} {before.currency}",
        remedy="Use a new reference for a new payment.",
    )


def _to_whom(decision: Decision, payee: str) -> None:
    if payee.strip() not in ("", decision.payee):
        raise InputRefused(
            "Another payee was approved.",
            field="payee",
            limit="the payee of the approved decision",
            remedy="Leave payee out, or have a new decision approved.",
        )


def _room(claim: Claim, policy: Policy, decision: Decision) -> Decimal:
    return payment_room(
        decided=decision.amount,
        paid_on_claim=paid_on_claim(claim),
        aggregate=policy.aggregate,
        paid_on_policy=paid_on_policy(policy),
    )


def _within(claim: Claim, policy: Policy, decision: Decision, amount: Decimal) -> None:
    room = _room(claim, policy, decision)
    if not room:
        raise StateRefused("Nothing may be paid: the aggregate is used up.", field="amount", remedy="Close the claim.")
    if 0 < amount <= room:
        return
    raise Conflict(
        "This is more than may be paid.",
        field="amount",
        limit=f"{room:,.2f} {claim.currency}: the rest of the decision, within the aggregate left",
        remedy="Leave the amount out to pay all that may be paid.",
    )


def _journal(payment: Payment, actor: Actor, at: datetime) -> None:
    journal_write(
        actor=actor,
        action="claim.payment_made",
        subject_kind="claim",
        subject_id=payment.claim_id,
        organisation_id=payment.organisation_id,
        at=at,
        detail={"payment": payment.pk, "amount": payment.amount, "decision": payment.decision_id},
    )
