"""Making and replaying prices: registration + terms + stored audit -> risk + evidence -> worksheet, kept whole."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from audits.selectors import audit_result
from core.actors import Actor
from core.canonical import canonical_json, digest
from core.errors import Conflict, InputRefused, StateRefused
from core.journal import journal_write
from core.money import to_decimal
from underwriting.evidence_class import class_in_force
from underwriting.models import AuditOrder, Pricing, Referral, RegisteredModel
from underwriting.plan_records import plan_current, plan_get
from underwriting.production import production_sign
from underwriting.rating import Evidence, Plan, Risk, Worksheet, evidence_from_audit, price, replay
from underwriting.rating.changes import Changes, changes
from underwriting.rating.changes.acts import with_measure
from underwriting.selectors import worksheet_bytes
from underwriting.services.registry import required_reason
from underwriting.terms import interval_of, refused_as_sent, risk_of, terms_complete


def price_make(
    *,
    order: AuditOrder,
    terms: Mapping[str, Any],
    plan_name: str | None = None,
    actor: Actor,
    at: datetime,
) -> Pricing:
    """Price the audited version under `terms` (underwriting.terms.KEYS) and store the whole worksheet.

    The audit's age is counted from its completion, also for historic data. Each referral becomes a row to decide.
    """
    model = order.version.model
    _refuse_unready(order, model)
    plan = plan_get(plan_name) if plan_name else plan_current(on=at.date())
    complete = _named_removals(terms_complete(terms=terms, on=at.date()), actor)
    _refuse_out_of_force(plan, complete)
    with refused_as_sent():
        dimensions = audit_result(order.audit_run)["dimensions"]
        risk = risk_of(model=model, terms=complete, dimensions=dimensions, plan=plan)
        worksheet = price(risk, _evidence(order, complete, at), plan)
    with transaction.atomic():
        pricing = _store(order, complete, worksheet, actor, at)
        _refer(pricing, worksheet, at)
        _journal(pricing, worksheet, actor, at)
    return pricing


def dimension_remove(*, terms: Mapping[str, Any], dimension: str, reason: str, actor: Actor) -> dict[str, Any]:
    """`terms` with `dimension` declared not applicable under the actor's name (DOMAIN 1.0 rule 4).

    price_make journals every removal with the price it entered.
    """
    removal = {"dimension": dimension, "by": actor.label, "reason": required_reason(reason)}
    others = [row for row in terms.get("removed") or [] if row["dimension"] != dimension]
    return {**terms, "removed": [*others, removal]}


def price_replay(*, pricing: Pricing) -> str:
    """Compute the worksheet again from the stored row alone; the digest if every byte is the same.

    Raises Conflict if plan, taxes or any byte differ, Unavailable if the stored row or plan fails its own digest.
    """
    worksheet_bytes(pricing)
    plan = plan_of(pricing)
    if (plan.hash, plan.taxes.hash) != (pricing.plan_hash, pricing.taxes_hash):
        raise Conflict(
            "The plan or tax table is not the one this price was made with.",
            field="plan_hash",
            limit=pricing.plan_hash,
            remedy="An administrator must restore the published record.",
        )
    return digest(canonical_json(replay(pricing.worksheet, plan).to_dict()))


def price_changes(*, pricing: Pricing) -> Changes:
    """What would change a stored price, under the plan it was made with. Raises InputRefused where there is none."""
    return changes(*_stored(pricing), plan_of(pricing))


def price_what_if(*, pricing: Pricing, asked: Mapping[str, Any]) -> Worksheet:
    """A stored price under other terms (limit, aggregate, deductible, decisions) or other bounds by dimension.

    Nothing is stored. Raises InputRefused, naming the field as it was sent, for what the plan has no answer to.
    """
    risk, evidence = _stored(pricing)
    for name, bound in (asked.get("bounds") or {}).items():
        if name not in evidence.dimensions:
            raise InputRefused(f"{name} is no dimension.", field=f"bounds.{name}", limit=", ".join(evidence.dimensions))
        most = Decimal(10) if name == "drift" else Decimal(1)
        value = to_decimal(bound, field=f"bounds.{name}")
        if not 0 <= value <= most:
            raise InputRefused(f"{name} is {value}.", field=f"bounds.{name}", limit=f"0 to {most}")
        risk, evidence = with_measure(name, value)(risk, evidence)
    terms = {name: asked[name] for name in ("limit", "aggregate", "deductible", "decisions") if name in asked}
    with refused_as_sent():
        changed = Risk.from_dict({**risk.to_dict(), **terms})
        return price(changed, evidence, plan_of(pricing))


def _stored(pricing: Pricing) -> tuple[Risk, Evidence]:
    return Risk.from_dict(pricing.risk), Evidence.from_dict(pricing.evidence)


def plan_of(pricing: Pricing) -> Plan:
    """The plan and tax table a price was made under."""
    return plan_get(pricing.plan_name, taxes=pricing.taxes_name)


def rate(*, risk: Risk, evidence: Evidence, plan_name: str | None, at: datetime) -> Worksheet:
    """What a risk would cost: nothing is stored."""
    plan = plan_get(plan_name) if plan_name else plan_current(on=at.date())
    return price(risk, evidence, plan)


def _refuse_unready(order: AuditOrder, model: RegisteredModel) -> None:
    if model.state == RegisteredModel.State.RETIRED:
        raise StateRefused("This model is retired.", field="model", remedy="Register it anew to have it priced.")
    if order.audit_run.state != "completed":
        raise StateRefused(
            f"The audit is {order.audit_run.state}, so there is nothing to price.",
            field="audit",
            limit="a completed audit",
            remedy="Wait until GET /audits/{id} says completed, or order a new audit.",
        )


def _refuse_out_of_force(plan: Plan, terms: Mapping[str, Any]) -> None:
    """A price is made under a plan in force on the first day of cover."""
    inception = terms["inception"]
    if plan.effective_from.isoformat() > inception:
        raise InputRefused(
            f"Plan {plan.id} is not in force on {inception}.",
            field="inception",
            limit=f"from {plan.effective_from}",
            remedy="Choose a later first day of cover, or another plan.",
        )


def _named_removals(terms: dict[str, Any], actor: Actor) -> dict[str, Any]:
    asked, named = terms["removed"], {**terms, "removed": []}
    for row in asked:
        named = dimension_remove(terms=named, dimension=row["dimension"], reason=row["reason"], actor=actor)
    return named


def _evidence(order: AuditOrder, terms: Mapping[str, Any], at: datetime) -> Evidence:
    run, result = order.audit_run, audit_result(order.audit_run)
    made = evidence_from_audit(
        result,
        evidence_class=class_in_force(order, result["checks"]).code,
        age_days=(at - (run.completed_at or at)).days,
        interval_years=interval_of(terms),
        independent=terms["independent"],
        drift_withheld=terms["drift_withheld"],
        result_digest=run.result_digest,
    )
    sign = production_sign(order.version)
    return made if sign is None else replace(made, gamed=(*made.gamed, sign))


def _store(order: AuditOrder, terms: Mapping[str, Any], worksheet: Worksheet, actor: Actor, at: datetime) -> Pricing:
    document = worksheet.to_dict()
    standing = worksheet.figures.standing if worksheet.figures else None
    return Pricing.objects.create(
        organisation_id=order.organisation_id,
        created_at=at,
        order=order,
        plan_name=worksheet.plan.id,
        plan_hash=worksheet.plan.hash,
        taxes_name=worksheet.taxes.id,
        taxes_hash=worksheet.taxes.hash,
        terms=dict(terms),
        risk=document["risk"],
        evidence=document["evidence"],
        worksheet=document,
        worksheet_digest=digest(canonical_json(document)),
        outcome=worksheet.decision,
        premium=worksheet.premium,
        total=worksheet.total,
        currency=worksheet.currency,
        score=standing.score if standing else None,
        grade=standing.grade if standing else "",
        priced_by=actor.label,
        priced_by_id=actor.id,
    )


def _refer(pricing: Pricing, worksheet: Worksheet, at: datetime) -> None:
    Referral.objects.bulk_create(
        Referral(
            organisation_id=pricing.organisation_id,
            created_at=at,
            pricing=pricing,
            code=flag.code,
            reason=flag.reason,
            resolves=flag.resolves,
            waivable=flag.waivable,
        )
        for flag in worksheet.referrals
    )


def _journal(pricing: Pricing, worksheet: Worksheet, actor: Actor, at: datetime) -> None:
    write = _writer(pricing, actor, at)
    for gone in worksheet.risk.removed:
        write("pricing.dimension_removed", gone.reason, {"dimension": gone.dimension, "by": gone.by})
    reasons = "; ".join(flag.reason for flag in (*worksheet.declines, *worksheet.referrals))
    detail = {
        "plan": pricing.plan_name,
        "plan_hash": pricing.plan_hash,
        "worksheet_digest": pricing.worksheet_digest,
        "outcome": pricing.outcome,
        "premium": pricing.premium,
    }
    write("pricing.made", reasons, detail)


def _writer(pricing: Pricing, actor: Actor, at: datetime) -> Any:
    def write(action: str, why: str, detail: Mapping[str, Any]) -> None:
        journal_write(
            actor=actor,
            action=action,
            subject_kind="pricing",
            subject_id=pricing.pk,
            organisation_id=pricing.organisation_id,
            at=at,
            why=why,
            detail=detail,
        )

    return write
