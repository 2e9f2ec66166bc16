"""Premium audit: what the actual decisions of an expired term bill or return (clause C7; DOMAIN 4.3)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.actors import Actor
from core.errors import InputRefused, NotAllowed, StateRefused
from core.journal import journal_write
from core.money import cents
from policies.models import ExposureDeclaration, Policy, PolicyTransaction, PremiumAudit
from policies.services.binding import documents_order
from underwriting.rating import Worksheet
from underwriting.rating.arithmetic import multiply
from underwriting.rating.midterm import exposure_true_up
from underwriting.services.pricing import plan_of, price_what_if
from underwriting.services.registry import required_reason

MOST_DECISIONS = 10**12


def exposure_declare(*, policy: Policy, decisions: int, source: str, actor: Actor, at: datetime) -> ExposureDeclaration:
    """Say how many decisions the term of `policy` really had; a later declaration replaces it until the settlement.

    Raises StateRefused before expiry or after the settlement, InputRefused for no count or no source.
    """
    if not 1 <= decisions <= MOST_DECISIONS:
        raise InputRefused(
            f"{decisions} is no count of decisions.",
            field="decisions",
            limit=f"1 to {MOST_DECISIONS:,}",
            remedy="Count the automated decisions of the whole term.",
        )
    if not source.strip():
        raise InputRefused(
            "Say where the count comes from.", field="source", limit="text", remedy="Name the log, or its digest."
        )
    with transaction.atomic():
        policy = _locked(policy)
        row = ExposureDeclaration.objects.create(
            organisation_id=policy.organisation_id,
            created_at=at,
            policy=policy,
            decisions=decisions,
            source=source.strip(),
            declared_by=actor.label,
            declared_by_id=actor.id,
        )
        _journal(policy, "policy.exposure_declared", source, {"decisions": decisions}, actor, at)
    return row


def premium_audit_settle(*, policy: Policy, why: str, actor: Actor, at: datetime) -> PremiumAudit:
    """Hold the deposit against the declared decisions, book the difference and order its statement.

    The premium on actual decisions comes from the plan, risk and evidence the policy was bound on; nothing else moves.
    `why` says what was checked. Raises StateRefused without a declaration or a second time, NotAllowed for whoever
    declared, InputRefused where the plan has no price for that many decisions.
    """
    reason = required_reason(why)
    with transaction.atomic():
        policy = _locked(policy)
        declared = declaration_standing(policy)
        if declared is None:
            raise StateRefused(
                "Nobody has declared the actual decisions.",
                field="declaration",
                remedy="Ask the insured to declare them: POST /api/v1/policies/{id}/exposure.",
            )
        if declared.declared_by_id == actor.id:
            raise NotAllowed("Whoever declared the decisions cannot settle them.", remedy="Ask another underwriter.")
        audit = _settled(policy, declared, reason, actor, at)
        PolicyTransaction.objects.create(
            organisation_id=policy.organisation_id,
            created_at=at,
            policy=policy,
            kind=PolicyTransaction.Kind.PREMIUM_AUDIT,
            effective=policy.expiry,
            booked_at=at,
            premium=audit.adjustment,
            taxes=audit.total - audit.adjustment,
            currency=policy.currency,
            why=reason,
        )
        detail = {"decisions": declared.decisions, "adjustment": audit.adjustment, "total": audit.total}
        _journal(policy, "policy.premium_audited", reason, detail, actor, at)
        documents_order(policy=policy, reason="premium_audit", actor=actor, at=at)
    return audit


def declaration_standing(policy: Policy) -> ExposureDeclaration | None:
    """The latest declaration of actual decisions."""
    return policy.exposure_declarations.order_by("-created_at", "-id").first()


def taxes_on(amount: Decimal, taxes: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """The taxes of a policy on one further transaction, each rounded by itself, negative on a return (rule 17)."""
    return [
        {"name": line["name"], "rate": line["rate"], "amount": str(cents(multiply(amount, Decimal(line["rate"]))))}
        for line in taxes
    ]


def _settled(policy: Policy, declared: ExposureDeclaration, reason: str, actor: Actor, at: datetime) -> PremiumAudit:
    pricing = policy.quote.pricing
    sheet = price_what_if(pricing=pricing, asked={"decisions": declared.decisions})
    if sheet.premium is None:
        raise InputRefused(
            f"The plan has no price for {declared.decisions:,} decisions.", field="decisions", remedy="See the plan."
        )
    share = plan_of(pricing).midterm.minimum_deposit_share
    adjustment = exposure_true_up(policy.premium, sheet.premium, share)
    taxes = taxes_on(adjustment, policy.taxes)
    return PremiumAudit.objects.create(
        organisation_id=policy.organisation_id,
        created_at=at,
        policy=policy,
        declaration=declared,
        deposit=policy.premium,
        rated=sheet.premium,
        minimum_share=share,
        adjustment=adjustment,
        taxes=taxes,
        total=adjustment + sum((Decimal(line["amount"]) for line in taxes), Decimal(0)),
        currency=policy.currency,
        referrals=_new_referrals(sheet, pricing.worksheet),
        why=reason,
        settled_by=actor.label,
        settled_by_id=actor.id,
    )


def _new_referrals(sheet: Worksheet, bound_on: dict[str, Any]) -> list[dict[str, str]]:
    """What the plan would refer at the actual exposure and did not at the declared one, such as E > 100 (rule 20)."""
    known = {flag["code"] for flag in bound_on["referrals"]}
    return [{"code": flag.code, "reason": flag.reason} for flag in sheet.referrals if flag.code not in known]


def _locked(policy: Policy) -> Policy:
    """The policy under lock: expired, and not settled yet."""
    row = Policy.objects.select_for_update().get(pk=policy.pk)
    if row.state != Policy.State.EXPIRED:
        raise StateRefused(
            f"This policy is {row.state}: its decisions are counted at expiry.",
            field="policy",
            limit=f"from {row.expiry}",
            remedy="Declare once the term is over.",
        )
    settled = PremiumAudit.objects.filter(policy=row).first()
    if settled is not None:
        raise StateRefused(
            f"The premium audit was settled on {settled.created_at:%Y-%m-%d} by {settled.settled_by}.", field="policy"
        )
    return row


def _journal(policy: Policy, action: str, why: str, detail: dict[str, Any], actor: Actor, at: datetime) -> None:
    journal_write(
        actor=actor,
        action=action,
        subject_kind="policy",
        subject_id=policy.pk,
        organisation_id=policy.organisation_id,
        at=at,
        why=why.strip(),
        detail=detail,
    )
