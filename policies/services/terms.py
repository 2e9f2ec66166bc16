"""The course of a term by the calendar: policies begin and end, subjectivities are met."""

from datetime import datetime

from django.db import transaction

from core.actors import Actor, system
from core.errors import NotFound, StateRefused
from core.journal import journal_write
from core.states import state_change
from policies.models import Policy
from policies.services.guards import BETTER_EVIDENCE
from policies.states import POLICY
from underwriting.evidence_class import VERIFIED, class_in_force
from underwriting.models import AuditOrder

BY_CALENDAR = system("calendar")
BY_AUDIT = system("audit")


def policies_start(*, at: datetime) -> int:
    """Put every bound policy whose inception has come on risk; returns how many."""
    return _move(Policy.State.BOUND, Policy.State.IN_FORCE, at, inception__lte=at.date())


def policies_expire(*, at: datetime) -> int:
    """End every policy whose expiry has come; returns how many."""
    return _move(Policy.State.IN_FORCE, Policy.State.EXPIRED, at, expiry__lte=at.date())


def subjectivity_meet(*, policy: Policy, index: int, why: str, actor: Actor, at: datetime) -> Policy:
    """Note that the customer brought what subjectivity `index` (from 0) asked for."""
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=policy.pk)
        if index >= len(policy.subjectivities):
            raise NotFound("There is no such subjectivity.")
        if policy.subjectivities[index]["met_at"]:
            raise StateRefused("This subjectivity is met already.")
        policy.subjectivities[index]["met_at"] = at.isoformat()
        policy.save(update_fields=["subjectivities"])
        journal_write(
            actor=actor,
            action="policy.subjectivity_met",
            subject_kind="policy",
            subject_id=policy.pk,
            organisation_id=policy.organisation_id,
            at=at,
            why=why,
            detail={"text": policy.subjectivities[index]["text"]},
        )
    return policy


def evidence_met(*, order: AuditOrder, at: datetime) -> int:
    """Meet what was promised when unverified evidence was bound: this audit is verified. Returns how many policies.

    The version counts by its digest: a version registered once more to be handed over is the same artifact.
    """
    found = class_in_force(order)
    if found.code not in VERIFIED:
        return 0
    version = order.version
    policies = Policy.objects.filter(schedule__version__digest=version.digest, model_id=version.model_id)
    why = f"An audit of class {found.code} was completed. {found.reason}"
    return sum(_promise_kept(policy, why, at) for policy in policies.distinct())


def _promise_kept(policy: Policy, why: str, at: datetime) -> bool:
    """Repeating it changes nothing: what is met stays met by what met it first."""
    for index, item in enumerate(policy.subjectivities):
        if item.get("code") == BETTER_EVIDENCE and not item["met_at"]:
            subjectivity_meet(policy=policy, index=index, why=why, actor=BY_AUDIT, at=at)
            return True
    return False


def _move(old: str, new: str, at: datetime, **due: object) -> int:
    moved = 0
    for policy in Policy.objects.filter(state=old, **due):
        with transaction.atomic():
            state_change(instance=policy, machine=POLICY, to=new, actor=BY_CALENDAR, at=at)
        moved += 1
    return moved
