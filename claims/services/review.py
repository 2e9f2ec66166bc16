"""Triage, the coverage checklist, closing and reopening."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from claims.adjustment import ZERO, Answers, coverage_check, coverage_outcome, payment_room
from claims.facts import chain_of, facts_of, loss_date
from claims.ledger import decision_standing, paid_on_claim, paid_on_policy
from claims.models import Claim, CoverageCheck, Decision
from claims.selectors import siblings_of
from claims.services.reserves import reserves_release
from claims.states import CLAIM
from core.actors import Actor
from core.errors import InputRefused, StateRefused
from core.journal import journal_write
from core.states import state_change
from policies.models import Policy

CHECKABLE = (Claim.State.TRIAGED, Claim.State.COVERAGE_REVIEW, Claim.State.RESERVED, Claim.State.REOPENED)


def claim_triage(
    *, claim: Claim, severity: str, systemic: bool, country: str, why: str, actor: Actor, at: datetime
) -> Claim:
    """Acknowledge a claim: how severe, whether the cause is systemic, where it is brought (empty: as reported).

    Other claims that may share its cause are searched and noted.
    """
    changes = {
        "severity": severity,
        "systemic": systemic,
        "acknowledged_at": at,
        "country": country or claim.country,
    }
    with transaction.atomic():
        state_change(
            instance=claim, machine=CLAIM, to=Claim.State.TRIAGED, actor=actor, at=at, why=why, changes=changes
        )
        found = [{"claim": str(row.claim.pk), "shares": row.shares} for row in siblings_of(claim)]
        _journal(claim, "claim.siblings_searched", actor, at, detail={"found": found})
    return claim


def coverage_check_run(*, claim: Claim, answers: Answers, actor: Actor, at: datetime) -> CoverageCheck:
    """Answer the checklist as of the loss date and keep the answers, the result and the chain.

    The first check takes the claim into coverage review; later ones stand beside it.
    """
    if claim.state not in CHECKABLE:
        raise StateRefused(
            f"This claim is {claim.state.replace('_', ' ')}.",
            field="state",
            limit=", ".join(CHECKABLE),
            remedy="Triage it first, or reopen it.",
        )
    facts = facts_of(claim=claim, answers=answers)
    _known(answers.exclusions or (), facts.policy.exclusions)
    checks = coverage_check(facts)
    with transaction.atomic():
        if claim.state in (Claim.State.TRIAGED, Claim.State.REOPENED):
            state_change(instance=claim, machine=CLAIM, to=Claim.State.COVERAGE_REVIEW, actor=actor, at=at)
        row = CoverageCheck.objects.create(
            organisation_id=claim.organisation_id,
            created_at=at,
            claim=claim,
            as_of=loss_date(claim.incident),
            answers=asdict(answers),
            result=[asdict(check) for check in checks],
            chain=chain_of(claim),
            outcome=coverage_outcome(checks),
            checked_by=actor.label,
        )
        _journal(claim, "claim.coverage_checked", actor, at, detail={"check": row.pk, "outcome": row.outcome})
    return row


def claim_close(*, claim: Claim, why: str, actor: Actor, at: datetime) -> Claim:
    """Close a claim on which nothing is left to pay; what is still reserved is released."""
    with transaction.atomic():
        Policy.objects.select_for_update().get(pk=claim.policy_id)
        claim.refresh_from_db()
        left = room_left(claim)
        if claim.state == Claim.State.DECIDED and left:
            raise StateRefused(
                "The decided amount is not paid yet.",
                field="amount",
                limit=f"{left:,.2f} {claim.currency} left",
                remedy="Pay it first.",
            )
        state_change(
            instance=claim,
            machine=CLAIM,
            to=Claim.State.CLOSED,
            actor=actor,
            at=at,
            why=why,
            changes={"closed_at": at},
        )
        reserves_release(claim=claim, reason="Closed.", actor=actor, at=at)
    return claim


def claim_reopen(*, claim: Claim, why: str, actor: Actor, at: datetime) -> Claim:
    """Take a closed claim up again; its checks, decisions and payments stay and count."""
    with transaction.atomic():
        state_change(
            instance=claim,
            machine=CLAIM,
            to=Claim.State.REOPENED,
            actor=actor,
            at=at,
            why=why,
            changes={"closed_at": None},
        )
    return claim


def room_left(claim: Claim) -> Decimal:
    """What the standing decision leaves to pay, at most the aggregate; zero where nothing is owed."""
    standing = decision_standing(claim)
    if standing is None or standing.outcome in (Decision.Outcome.DENY, Decision.Outcome.WITHDRAW):
        return ZERO
    return payment_room(
        decided=standing.amount,
        paid_on_claim=paid_on_claim(claim),
        aggregate=claim.policy.aggregate,
        paid_on_policy=paid_on_policy(claim.policy),
    )


def _known(codes: tuple[str, ...], clauses: frozenset[str]) -> None:
    unknown = sorted(set(codes) - clauses)
    if unknown:
        raise InputRefused(
            f"{unknown[0]} is not an exclusion of this policy.", field="exclusions", limit=", ".join(sorted(clauses))
        )


def _journal(claim: Claim, action: str, actor: Actor, at: datetime, *, detail: dict[str, object]) -> None:
    journal_write(
        actor=actor,
        action=action,
        subject_kind="claim",
        subject_id=claim.pk,
        organisation_id=claim.organisation_id,
        at=at,
        detail=detail,
    )
