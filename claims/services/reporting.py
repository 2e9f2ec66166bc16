"""First notice: incidents and the claims from them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from claims.models import Claim, Incident
from core.actors import Actor
from core.canonical import digest
from core.errors import Conflict, InputRefused
from core.journal import journal_write
from policies.models import Policy
from policies.numbers import number_next
from underwriting.models import RegisteredModel
from underwriting.selectors import version_live_at


def incident_report(*, model: RegisteredModel, fields: Mapping[str, Any], actor: Actor, at: datetime) -> Incident:
    """Record an incident of `model`; `fields` are those of claims.models.Incident that a person states.

    Which version was live then is looked up, not asked. Raises InputRefused on a future or reversed date.
    """
    occurred, discovered = fields["occurred_at"], fields["discovered_at"]
    _in_order("discovered_at", "occurred_at", occurred, discovered)
    _in_order("discovered_at", "now", discovered, at)
    with transaction.atomic():
        incident = Incident.objects.create(
            organisation_id=model.organisation_id,
            created_at=at,
            model=model,
            version=version_live_at(model=model, at=occurred),
            reported_by=actor.label,
            **fields,
        )
        journal_write(
            actor=actor,
            action="incident.reported",
            subject_kind="incident",
            subject_id=incident.pk,
            organisation_id=incident.organisation_id,
            at=at,
            detail={"model": model.pk, "version": incident.version_id, "level": incident.level},
        )
    return incident


def claim_report(
    *,
    policy: Policy,
    incident: Incident,
    claimant: str,
    amount: Decimal,
    currency: str,
    country: str,
    made_on: date,
    actor: Actor,
    at: datetime,
) -> Claim:
    """First notice of a claim on `policy`. Whether it is covered is asked later; a doubtful claim is still a claim.

    Raises InputRefused on another currency or a date ahead, Conflict if this claimant's loss was reported before.
    """
    _refuse(policy, incident, currency, made_on, at)
    with transaction.atomic():
        claim = _create(policy, incident, claimant, amount, currency, country, made_on, actor, at)
        journal_write(
            actor=actor,
            action="claim.reported",
            subject_kind="claim",
            subject_id=claim.pk,
            organisation_id=claim.organisation_id,
            at=at,
            detail={"number": claim.number, "policy": policy.number, "incident": incident.pk, "amount": amount},
        )
    return claim


def incident_code(*, incident: Incident, changes: Mapping[str, Any], why: str, actor: Actor, at: datetime) -> Incident:
    """Complete or correct how an incident is coded; what it was before stays in the journal."""
    detail = {name: {"from": getattr(incident, name), "to": value} for name, value in changes.items()}
    with transaction.atomic():
        for name, value in changes.items():
            setattr(incident, name, value)
        incident.save(update_fields=list(changes))
        journal_write(
            actor=actor,
            action="incident.coded",
            subject_kind="incident",
            subject_id=incident.pk,
            organisation_id=incident.organisation_id,
            at=at,
            why=why,
            detail=detail,
        )
    return incident


def _refuse(policy: Policy, incident: Incident, currency: str, made_on: date, at: datetime) -> None:
    if incident.organisation_id != policy.organisation_id:
        raise InputRefused(
            "The incident and the policy belong to different organisations.",
            field="incident",
            remedy="Report the incident for the insured of this policy.",
        )
    if currency != policy.currency:
        raise InputRefused(
            f"The policy pays in {policy.currency}.", field="currency", limit=policy.currency, remedy="Convert it."
        )
    if made_on > at.date():
        raise InputRefused("made_on lies ahead.", field="made_on", limit=f"up to {at.date()}")


def _create(
    policy: Policy,
    incident: Incident,
    claimant: str,
    amount: Decimal,
    currency: str,
    country: str,
    made_on: date,
    actor: Actor,
    at: datetime,
) -> Claim:
    try:
        with transaction.atomic():
            return Claim.objects.create(
                organisation_id=policy.organisation_id,
                created_at=at,
                number=number_next(prefix="C", at=at),
                policy=policy,
                incident=incident,
                claimant=claimant.strip(),
                claimant_key=claimant_key(claimant),
                amount_claimed=amount,
                currency=currency,
                country=country,
                made_on=made_on,
                reported_at=at,
                reported_by=actor.label,
            )
    except IntegrityError:
        raise Conflict(
            "This claimant's loss from this incident was reported before.",
            field="claimant",
            limit="one claim a claimant, incident and policy",
            remedy="Add to that claim, or have it reopened.",
        ) from None


def claimant_key(claimant: str) -> str:
    """A digest by which the same claimant is recognised, however the name is spaced or capitalised."""
    return digest(" ".join(claimant.casefold().split()).encode())


def _in_order(field: str, limit: str, first: datetime, second: datetime) -> None:
    if second < first:
        raise InputRefused(
            f"{field} does not fit {limit}.",
            field=field,
            limit=f"{first:%Y-%m-%d %H:%M} <= {second:%Y-%m-%d %H:%M} does not hold",
            remedy="Correct the dates.",
        )
