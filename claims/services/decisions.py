"""Deciding a claim: one person proposes, another approves. The amount is computed, never typed."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.authority import authority_require
from accounts.models import Authority
from claims.adjustment import (
    CANNOT_TELL,
    COVERED,
    NOT_MET,
    ZERO,
    Answers,
    Payable,
    coverage_check,
    coverage_outcome,
    payable,
)
from claims.facts import facts_of
from claims.ledger import aggregate_for, related_decided
from claims.models import Claim, CoverageCheck, Decision
from claims.states import CLAIM, DECISION
from core.actors import Actor
from core.errors import Conflict, InputRefused, NotAllowed, StateRefused
from core.journal import journal_write
from core.states import state_change
from policies.models import Policy

DECIDABLE = (Claim.State.COVERAGE_REVIEW, Claim.State.RESERVED)
PAYING = (Decision.Outcome.ACCEPT, Decision.Outcome.PARTIAL)
# Reasons to deny that rest on the facts of the loss and not on a line of the checklist.
ON_THE_FACTS = ("no_liability", "loss_not_proven")
# The one denial that establishes a loss: it counts towards the deductible that related claims share.
WITHIN_DEDUCTIBLE = "deductible"


def decision_propose(
    *,
    claim: Claim,
    outcome: str,
    loss: Decimal | None,
    payee: str,
    reason_codes: Sequence[str],
    clause: str,
    why: str,
    actor: Actor,
    at: datetime,
) -> Decision:
    """Propose what is paid on the established `loss` (ground-up; accept takes the amount claimed).

    A denial needs reason codes, each a line of the latest checklist that is not met (or one of ON_THE_FACTS, or
    "deductible" where the established loss lies within it), and the policy's clause. Raises StateRefused or
    InputRefused otherwise.
    """
    if claim.state not in DECIDABLE:
        raise StateRefused(
            f"This claim is {claim.state.replace('_', ' ')}.",
            field="state",
            limit=", ".join(DECIDABLE),
            remedy="Run the coverage check first.",
        )
    check = claim.checks.order_by("-created_at", "-id").first()
    counted = _loss(claim, outcome, loss, reason_codes)
    if outcome in PAYING:
        _may_pay(check, payee)
    elif outcome == Decision.Outcome.DENY:
        _may_deny(claim, check, reason_codes, clause, counted)
    with transaction.atomic():
        return _propose(claim, check, outcome, counted, payee, list(reason_codes), clause, why, actor, at)


def decision_approve(*, decision: Decision, why: str, actor: Actor, at: datetime) -> Decision:
    """The second person agrees. Not the proposer, not whoever bound the policy; with authority over the amount.

    Raises Conflict if the payable amount or what the coverage check read has changed since it was proposed.
    """
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=decision.claim.policy_id)
        _second_person(decision, policy, actor)
        authority_require(actor=actor, kind=Authority.Kind.CLAIM, amount=decision.amount, currency=decision.currency)
        _still_covered(decision)
        _still_payable(decision)
        state_change(
            instance=decision,
            machine=DECISION,
            to=Decision.State.APPROVED,
            actor=actor,
            at=at,
            why=why,
            changes={"approved_by": actor.label, "approved_by_id": actor.id, "decided_at": at},
        )
        state_change(
            instance=decision.claim,
            machine=CLAIM,
            to=Claim.State.DECIDED,
            actor=actor,
            at=at,
            why=decision.why,
            changes={"decided_at": at},
        )
    return decision


def decision_reject(*, decision: Decision, why: str, actor: Actor, at: datetime) -> Decision:
    """The second person disagrees; the claim stays where it is and another proposal may follow."""
    _second_person(decision, decision.claim.policy, actor)
    changes = {"approved_by": actor.label, "approved_by_id": actor.id, "decided_at": at}
    with transaction.atomic():
        state_change(
            instance=decision,
            machine=DECISION,
            to=Decision.State.REJECTED,
            actor=actor,
            at=at,
            why=why,
            changes=changes,
        )
    return decision


def payable_on(claim: Claim, loss: Decimal) -> Payable:
    """What the policy pays on `loss` now, together with the related claims decided before."""
    policy = claim.policy
    related_loss, related_amount = related_decided(claim)
    return payable(
        loss=loss,
        limit=policy.limit,
        deductible=policy.deductible,
        aggregate_remaining=aggregate_for(claim),
        related_loss=related_loss,
        related_amount=related_amount,
    )


def _loss(claim: Claim, outcome: str, loss: Decimal | None, reason_codes: Sequence[str]) -> Decimal:
    claimed = claim.amount_claimed
    if outcome == Decision.Outcome.DENY and WITHIN_DEDUCTIBLE in reason_codes:
        if loss is not None and not 0 < loss <= claimed:
            raise InputRefused("loss is not the established one.", field="loss", limit=f"up to the claimed {claimed}")
        return claimed if loss is None else loss
    if outcome == Decision.Outcome.ACCEPT:
        if loss not in (None, claimed):
            raise InputRefused(
                "accept takes the whole amount claimed.",
                field="loss",
                limit=f"{claimed}",
                remedy="Send partial for less.",
            )
        return claimed
    if outcome != Decision.Outcome.PARTIAL:
        return ZERO
    if loss is None or not 0 < loss < claimed:
        raise InputRefused(
            "partial needs the established loss.",
            field="loss",
            limit=f"more than 0 and less than the claimed {claimed}",
            remedy="Send accept for the whole amount, deny for nothing.",
        )
    return loss


def _may_pay(check: CoverageCheck | None, payee: str) -> None:
    if check is None or check.outcome != COVERED:
        open_lines = _lines(check, "not_met") or _lines(check, "cannot_tell")
        raise StateRefused(
            "The latest coverage check does not show cover.",
            field="outcome",
            limit=", ".join(open_lines) or "no check was run",
            remedy="Answer what is open and run it again, or deny with these reasons.",
        )
    if not payee.strip():
        raise InputRefused("Say who is to be paid.", field="payee", remedy="The second person approves the payee too.")


def _may_deny(claim: Claim, check: CoverageCheck | None, codes: Sequence[str], clause: str, counted: Decimal) -> None:
    allowed = [*(line for line in _lines(check, NOT_MET) if line != WITHIN_DEDUCTIBLE), *ON_THE_FACTS]
    if WITHIN_DEDUCTIBLE in codes and not payable_on(claim, counted).net:
        allowed.append(WITHIN_DEDUCTIBLE)
    if not codes or not set(codes) <= set(allowed):
        raise InputRefused(
            "A denial needs reasons that the checklist or the facts bear out.",
            field="reason_codes",
            limit=", ".join(allowed),
            remedy="Send one or more of these; run the coverage check if a reason is missing.",
        )
    known = [row["id"] for row in claim.policy.clauses]
    if clause not in known:
        raise InputRefused("A denial names the policy clause it rests on.", field="clause", limit=", ".join(known))


def _lines(check: CoverageCheck | None, outcome: str) -> list[str]:
    return [line["check"] for line in check.result if line["outcome"] == outcome] if check else []


def _propose(
    claim: Claim,
    check: CoverageCheck | None,
    outcome: str,
    loss: Decimal,
    payee: str,
    reason_codes: list[str],
    clause: str,
    why: str,
    actor: Actor,
    at: datetime,
) -> Decision:
    worked = payable_on(claim, loss)
    if outcome in PAYING and not worked.amount:
        raise StateRefused(
            "Nothing is payable on this loss.",
            field="loss",
            limit=worked.sentence,
            remedy="Deny it: for the deductible with this loss, or with the line that a new coverage check names.",
        )
    try:
        with transaction.atomic():
            decision = Decision.objects.create(
                organisation_id=claim.organisation_id,
                created_at=at,
                claim=claim,
                check_used=check,
                outcome=outcome,
                loss=loss,
                amount=worked.amount if outcome in PAYING else ZERO,
                working=worked.sentence if outcome in PAYING else "",
                currency=claim.currency,
                payee=payee.strip() if outcome in PAYING else "",
                reason_codes=reason_codes,
                clause=clause,
                why=why,
                proposed_by=actor.label,
                proposed_by_id=actor.id,
            )
    except IntegrityError:
        raise Conflict(
            "A proposal waits already.", field="decision", limit="one at a time", remedy="Have it approved or rejected."
        ) from None
    _journal(decision, actor, at)
    return decision


def _second_person(decision: Decision, policy: Policy, actor: Actor) -> None:
    if actor.id == decision.proposed_by_id:
        raise NotAllowed(
            "Whoever proposed a decision does not decide it.", field="actor", remedy="Ask a second person."
        )
    if actor.id == policy.bound_by_id:
        raise NotAllowed(
            "Whoever bound the policy does not decide its claims.", field="actor", remedy="Ask another person."
        )


def _still_covered(decision: Decision) -> None:
    """The check's own answers on today's facts: a deployment recorded late, for instance, may have changed them."""
    if decision.outcome not in PAYING or decision.check_used is None:
        return
    given = decision.check_used.answers
    answers = Answers(**{**given, "exclusions": tuple(given["exclusions"] or ())})
    now = coverage_check(facts_of(claim=decision.claim, answers=answers))
    if coverage_outcome(now) != COVERED:
        raise Conflict(
            "The facts have changed since the coverage check.",
            field="check",
            limit="; ".join(line.reason for line in now if line.outcome in (NOT_MET, CANNOT_TELL)),
            remedy="Reject the proposal and run the coverage check again.",
        )


def _still_payable(decision: Decision) -> None:
    if not decision.loss:
        return
    now = payable_on(decision.claim, decision.loss)
    if now.amount != decision.amount:
        raise Conflict(
            "Other claims were decided or paid since this was proposed, so another amount is payable.",
            field="amount",
            limit=now.sentence,
            remedy="Reject it and propose it again.",
        )


def _journal(decision: Decision, actor: Actor, at: datetime) -> None:
    journal_write(
        actor=actor,
        action="decision.proposed",
        subject_kind="claim",
        subject_id=decision.claim_id,
        organisation_id=decision.organisation_id,
        at=at,
        why=decision.why,
        detail={
            "decision": decision.pk,
            "outcome": decision.outcome,
            "amount": decision.amount,
            "reason_codes": decision.reason_codes,
            "clause": decision.clause,
        },
    )
