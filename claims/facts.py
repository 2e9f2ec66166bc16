"""From rows to the facts of a coverage check, as of the loss date, and the chain they hang on."""

from datetime import UTC, date, datetime
from typing import Any

from audits.models import AuditRun
from claims.adjustment import (
    Answers,
    AuditFacts,
    DeploymentFacts,
    Facts,
    LossFacts,
    PolicyFacts,
    Scheduled,
    Sibling,
)
from claims.ledger import aggregate_for, related_decided
from claims.models import Claim, Incident
from policies.models import Policy
from policies.selectors import cancelled_on
from policies.wording import NOTICE_DAYS, clauses_of
from underwriting.models import AuditOrder, DeploymentSwitch
from underwriting.selectors import switches_of

CSET = ("entity", "harm_event", "linked_to", "system_behaviour")


def facts_of(*, claim: Claim, answers: Answers) -> Facts:
    """All a coverage check reads about `claim`."""
    related_loss, related_amount = related_decided(claim)
    return Facts(
        policy=_policy(claim.policy),
        loss=_loss(claim),
        deployment=_deployment(claim),
        aggregate_remaining=aggregate_for(claim),
        audits=_audits(claim),
        siblings=_siblings(claim),
        related_loss=related_loss,
        related_amount=related_amount,
        answers=answers,
    )


def loss_date(incident: Incident) -> date:
    """The day of the act, in UTC."""
    return _day(incident.occurred_at)


def chain_of(claim: Claim) -> list[dict[str, Any]]:
    """Incident -> live version -> schedule -> audit -> price -> policy; `whole` is False where the chain breaks."""
    incident, policy = claim.incident, claim.policy
    switch = _switch(incident)
    live = switch.version if switch else None
    scheduled = live is not None and policy.schedule.filter(version=live).exists()
    pricing = policy.quote.pricing
    order = pricing.order
    audited = live is not None and order.version_id == live.pk
    label = live.label if live else "none"
    return [
        _link("incident", incident.pk, f"{incident.model.name} acted on {loss_date(incident)}."),
        _link("version", live and live.pk, f"Version {label} was live.", _why_none(switch)),
        _link("schedule", policy.pk if scheduled else None, f"{policy.number} schedules it.", "No scheduled version."),
        _link(
            "audit",
            order.audit_run_id if audited else None,
            f"The audit behind the price measured version {label}.",
            f"The audit behind the price measured version {order.version.label}, not the one that acted.",
        ),
        _link("pricing", pricing.pk, f"Worksheet {pricing.worksheet_digest} under plan {pricing.plan_name}."),
        _link("policy", policy.pk, f"{policy.number}, {policy.inception} to {policy.expiry}."),
    ]


def _link(name: str, pk: object, text: str, broken: str = "") -> dict[str, Any]:
    return {"link": name, "id": str(pk) if pk else None, "whole": bool(pk), "text": text if pk else f"Break: {broken}"}


def _why_none(switch: DeploymentSwitch | None) -> str:
    return "The model was switched off." if switch else "No deployment is on record at or before that moment."


def _policy(policy: Policy) -> PolicyFacts:
    return PolicyFacts(
        id=str(policy.pk),
        inception=policy.inception,
        expiry=policy.expiry,
        cancelled_on=cancelled_on(policy),
        erp_days=policy.erp_days,
        retro_date=policy.retro_date,
        continuity_date=policy.continuity_date,
        limit=policy.limit,
        aggregate=policy.aggregate,
        deductible=policy.deductible,
        currency=policy.currency,
        perils=frozenset(policy.perils),
        territory=frozenset(policy.territory),
        notice_days=NOTICE_DAYS,
        exclusions=frozenset(clause["id"] for clause in clauses_of(policy.clauses, "X")),
    )


def _loss(claim: Claim) -> LossFacts:
    incident = claim.incident
    return LossFacts(
        incident_id=str(incident.pk),
        claim_id=str(claim.pk),
        act_on=loss_date(incident),
        discovered_on=_day(incident.discovered_at),
        made_on=claim.made_on,
        reported_on=_day(claim.reported_at),
        amount=claim.amount_claimed,
        peril=incident.peril or None,
        level=incident.level,
        uncoded=tuple(name for name in CSET if not getattr(incident, name).strip()),
        country=claim.country or None,
        noticed_on=_day(incident.created_at),
    )


def _deployment(claim: Claim) -> DeploymentFacts:
    switch = _switch(claim.incident)
    rows = claim.policy.schedule.select_related("version").order_by("created_at", "id")
    live = switch.version if switch else None
    return DeploymentFacts(
        known=switch is not None,
        version_id=str(live.pk) if live else None,
        label=live.label if live else "",
        scheduled=tuple(Scheduled(str(row.version_id), row.version.label, row.from_date) for row in rows),
        recorded_late=_day(switch.created_at) if switch and switch.created_at > claim.incident.created_at else None,
    )


def _switch(incident: Incident) -> DeploymentSwitch | None:
    return switches_of(incident.model).filter(live_from__lte=incident.occurred_at).first()


def _audits(claim: Claim) -> tuple[AuditFacts, ...]:
    """Audits that keep the audit condition: a claim's own replay does not."""
    rows = AuditRun.objects.filter(order__version__model_id=claim.policy.model_id, state="completed")
    rows = rows.exclude(order__purpose=AuditOrder.Purpose.CLAIM)
    done = rows.exclude(completed_at=None).order_by("completed_at", "id").values_list("pk", "completed_at")
    return tuple(AuditFacts(str(pk), _day(at)) for pk, at in done if at)


def _siblings(claim: Claim) -> tuple[Sibling, ...]:
    rows = Claim.objects.filter(incident_id=claim.incident_id).exclude(pk=claim.pk).order_by("number")
    return tuple(Sibling(str(row.pk), row.number, row.made_on) for row in rows)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
