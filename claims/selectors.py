"""Reading claims. No selector opens a transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from accounts.principal import Principal
from claims.ledger import reserves_of
from claims.models import Claim, Decision, Incident

# EU AI Act, Article 73, from awareness; status as of mid-2026.
REPORT_WITHIN = {
    Incident.Serious.GENERAL: timedelta(days=15),
    Incident.Serious.DEATH: timedelta(days=10),
    Incident.Serious.WIDESPREAD: timedelta(days=2),
}
SHUT = (Claim.State.PAID, Claim.State.CLOSED)


@dataclass(frozen=True)
class SiblingClaim:
    """Another claim that may have the same cause: the same incident, the same model, or a shared upstream part."""

    claim: Claim
    shares: str


def incidents_visible(principal: Principal) -> QuerySet[Incident]:
    """Incidents this caller may see, each with its model and the version live then."""
    return Incident.objects.visible_to(principal).select_related("organisation", "model", "version")


def claims_visible(principal: Principal) -> QuerySet[Claim]:
    """Claims this caller may see, each with policy, incident and model."""
    rows = Claim.objects.visible_to(principal).select_related("organisation", "incident__model", "incident__version")
    return rows.select_related("policy__quote__pricing__order", "policy__model")


def claims_by_state(principal: Principal) -> dict[str, int]:
    """How many claims stand where, every state named."""
    rows = Claim.objects.visible_to(principal).values("state").annotate(count=Count("id"))
    counted = {row["state"]: row["count"] for row in rows}
    return {state: counted.get(state, 0) for state in Claim.State.values}


def claims_open(principal: Principal) -> QuerySet[Claim]:
    """Claims somebody must act on, oldest report first."""
    return claims_visible(principal).exclude(state__in=SHUT).order_by("reported_at")


def claims_stair_stepping(principal: Principal) -> list[Claim]:
    """Open claims of which one reserve was raised three times or more."""
    return [claim for claim in claims_open(principal) if any(r.stair_stepping for r in reserves_of(claim).values())]


def claims_of_policy(policy_id: UUID) -> QuerySet[Claim]:
    """The claims on one policy, oldest first."""
    return Claim.objects.filter(policy_id=policy_id).select_related("incident").order_by("reported_at", "number")


def decisions_waiting(principal: Principal) -> QuerySet[Decision]:
    """Proposals this person may be the second one for: their own, and claims of policies they bound, are left out."""
    rows = Decision.objects.visible_to(principal).filter(state=Decision.State.PROPOSED)
    me = principal.actor.id
    rows = rows.exclude(proposed_by_id=me).exclude(claim__policy__bound_by_id=me)
    return rows.select_related("claim__policy", "claim__incident").order_by("created_at")


def siblings_of(claim: Claim) -> list[SiblingClaim]:
    """Other claims that may share this one's cause, the nearest first."""
    mine = claim.incident
    others = Claim.objects.exclude(pk=claim.pk).select_related("incident__model").order_by("number")
    near = [
        *((other, "incident") for other in others.filter(incident=mine)),
        *((other, "model") for other in others.filter(incident__model=mine.model).exclude(incident=mine)),
    ]
    found = [SiblingClaim(other, shares) for other, shares in near]
    keys = _dependency_keys(mine)
    for other in others.exclude(incident__model=mine.model) if keys else ():
        shared = sorted(keys & _dependency_keys(other.incident))
        found += [SiblingClaim(other, f"dependency {' '.join(shared[0])}")] if shared else []
    return found


def incident_report_due(incident: Incident) -> datetime | None:
    """When the authority must be told of a serious incident (EU AI Act, Article 73); None if it is not one."""
    within = REPORT_WITHIN.get(Incident.Serious(incident.serious))
    return incident.discovered_at + within if within else None


def _dependency_keys(incident: Incident) -> set[tuple[str, str, str]]:
    rows = incident.model.dependencies
    return {(row["kind"], row["name"], row.get("version") or "") for row in rows}
