"""From an accepted quote to a policy, in one transaction: guards, policy, schedule, ledger line, papers ordered."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.actors import Actor
from core.jobs.service import job_enqueue
from core.journal import journal_write
from core.periods import add_months, year_from
from core.states import state_change
from policies.models import Policy, PolicyModel, PolicyTransaction, Quote
from policies.numbers import number_next
from policies.priced import Priced, priced
from policies.services.capacity import OverCapacity, capacity_guard, capacity_refer
from policies.services.guards import BETTER_EVIDENCE, Acceptance, bind_guard
from policies.states import POLICY, QUOTE
from policies.wording import ERP_DAYS, FORM, TERM_MONTHS, clauses, territory_of
from underwriting.evidence_class import UNVERIFIED
from underwriting.models import RegisteredModel

NOTHING = Decimal("0.00")


def policy_bind(*, quote: Quote, inception: date, acceptance: Acceptance, actor: Actor, at: datetime) -> Policy:
    """Bind `quote` for twelve months from `inception`; on risk at once if that day has come.

    Raises StateRefused, InputRefused, Conflict or NotAllowed, as policies.services.guards tells; then nothing changed.
    Over a dependency's capacity raises OverCapacity, and a referral waits for an actuary.
    """
    try:
        return _bind(quote, inception, acceptance, actor, at)
    except OverCapacity as refused:
        capacity_refer(quote=quote, excesses=refused.excesses, actor=actor, at=at)
        raise


def _bind(quote: Quote, inception: date, acceptance: Acceptance, actor: Actor, at: datetime) -> Policy:
    with transaction.atomic():
        RegisteredModel.objects.select_for_update().get(pk=quote.model_id)
        quote = Quote.objects.select_for_update().get(pk=quote.pk)
        price = priced(quote.pricing)
        retro = bind_guard(quote=quote, price=price, inception=inception, acceptance=acceptance, actor=actor, at=at)
        capacity_guard(quote=quote, price=price)
        state_change(instance=quote, machine=QUOTE, to=Quote.State.BOUND, actor=actor, at=at, why=acceptance.order_text)
        policy = _create(quote, price, inception, retro, acceptance, actor, at)
        _schedule(policy, at)
        _book(policy, at)
        _journal(policy, actor, at)
        documents_order(policy=policy, reason="bound", actor=actor, at=at)
        if inception <= at.date():
            state_change(instance=policy, machine=POLICY, to=Policy.State.IN_FORCE, actor=actor, at=at)
    return policy


def documents_order(*, policy: Policy, reason: str, actor: Actor, at: datetime) -> None:
    """Have the policy's papers made after the caller's transaction; once for each reason."""
    job_enqueue(
        kind="policies.documents",
        organisation_id=policy.organisation_id,
        args={"policy": str(policy.pk)},
        key=f"policies.documents:{policy.pk}:{reason}",
        at=at,
        actor=actor,
    )


def instalment_plan(*, price: Priced, inception: date) -> list[dict[str, str]]:
    """The priced instalments spread evenly over the term, all taxes with the first. They sum to the total exactly."""
    parts, plan = price.instalments, []
    for place, part in enumerate(parts):
        taxes = price.total - price.premium if place == 0 else NOTHING
        due = add_months(inception, TERM_MONTHS * place // len(parts))
        plan.append({"due": due.isoformat(), "premium": str(part), "taxes": str(taxes), "amount": str(part + taxes)})
    return plan


def _create(
    quote: Quote,
    price: Priced,
    inception: date,
    retro: date | None,
    acceptance: Acceptance,
    actor: Actor,
    at: datetime,
) -> Policy:
    return Policy.objects.create(
        organisation_id=quote.organisation_id,
        created_at=at,
        number=number_next(prefix="P", at=at),
        quote=quote,
        model=quote.model,
        form=FORM,
        inception=inception,
        expiry=year_from(inception).end,
        retro_date=retro,
        continuity_date=inception,
        erp_days=ERP_DAYS,
        instalments=instalment_plan(price=price, inception=inception),
        territory=territory_of(quote.organisation.country),
        clauses=clauses(),
        subjectivities=_subjectivities(acceptance, price),
        acceptance_reason=acceptance.reason.strip(),
        order_text=acceptance.order_text.strip(),
        bound_by=actor.label,
        bound_by_id=actor.id,
        bound_at=at,
        **_money(price),
    )


def _money(price: Priced) -> dict[str, Any]:
    return {
        "limit": price.limit,
        "aggregate": price.aggregate,
        "deductible": price.deductible,
        "currency": price.currency,
        "premium": price.premium,
        "taxes": list(price.taxes),
        "total": price.total,
        "perils": list(price.perils),
    }


def _subjectivities(acceptance: Acceptance, price: Priced) -> list[dict[str, Any]]:
    """What is promised when unverified evidence is bound is better evidence: its code lets the next audit meet it."""
    promised = acceptance.subjectivity
    if promised is None:
        return []
    code = BETTER_EVIDENCE if price.evidence_class == UNVERIFIED else ""
    return [{"text": promised.text, "due": promised.due.isoformat(), "met_at": None, "code": code}]


def _schedule(policy: Policy, at: datetime) -> None:
    """The audited version, for acts since the retroactive date: another version of that time is not covered."""
    PolicyModel.objects.create(
        organisation_id=policy.organisation_id,
        created_at=at,
        policy=policy,
        version=policy.quote.pricing.order.version,
        from_date=None,
    )


def _book(policy: Policy, at: datetime) -> None:
    PolicyTransaction.objects.create(
        organisation_id=policy.organisation_id,
        created_at=at,
        policy=policy,
        kind=PolicyTransaction.Kind.NEW_BUSINESS,
        effective=policy.inception,
        booked_at=at,
        premium=policy.premium,
        taxes=policy.total - policy.premium,
        currency=policy.currency,
    )


def _journal(policy: Policy, actor: Actor, at: datetime) -> None:
    journal_write(
        actor=actor,
        action="policy.bound",
        subject_kind="policy",
        subject_id=policy.pk,
        organisation_id=policy.organisation_id,
        at=at,
        why=policy.acceptance_reason,
        detail={
            "number": policy.number,
            "quote": policy.quote.number,
            "inception": policy.inception,
            "limit": policy.limit,
            "total": policy.total,
            "currency": policy.currency,
        },
    )
