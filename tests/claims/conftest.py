"""A policy in force, its model live for a year, and two adjusters with authority."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Organisation, User
from claims.adjustment import Answers
from claims.models import Claim, Decision, Incident
from claims.services import (
    claim_report,
    claim_triage,
    coverage_check_run,
    decision_approve,
    decision_propose,
    incident_report,
)
from core.actors import Actor
from policies.models import Policy
from tests.book import CUSTOMER, authorised, bound

CODED = {
    "level": "occurred",
    "peril": "ERR",
    "entity": "An applicant.",
    "harm_event": "Refused a loan.",
    "linked_to": "The score decided.",
    "system_behaviour": "Scored a reliable payer as risky.",
}
ANSWERED = Answers(prior_knowledge=False, exclusions=(), other_insurance="none")


@dataclass(frozen=True)
class Desk:
    """One policy's claims, worked on by Ada; Ben is the second person."""

    policy: Policy
    ada: Actor
    ben: Actor
    now: datetime

    def incident(self, **changed: Any) -> Incident:
        when = self.now + timedelta(hours=1)
        fields = {"occurred_at": when, "discovered_at": when, "description": "A refusal.", **CODED, **changed}
        at = max(fields["discovered_at"], self.now) + timedelta(hours=1)
        return incident_report(model=self.policy.model, fields=fields, actor=CUSTOMER, at=at)

    def claim(self, amount: Any = "1500000", *, incident: Incident | None = None, **changed: Any) -> Claim:
        at = self.now + timedelta(days=2)
        given = {"claimant": "Jo Doe", "currency": "USD", "country": "US", "made_on": at.date(), **changed}
        found = incident or self.incident()
        return claim_report(policy=self.policy, incident=found, amount=Decimal(amount), **given, actor=CUSTOMER, at=at)

    def reviewed(self, amount: Any = "1500000", answers: Answers = ANSWERED, **changed: Any) -> Claim:
        claim, at = self.claim(amount, **changed), self.now + timedelta(days=3)
        claim = claim_triage(
            claim=claim, severity="moderate", systemic=False, country="", why="Seen.", actor=self.ada, at=at
        )
        coverage_check_run(claim=claim, answers=answers, actor=self.ada, at=at)
        return claim

    def propose(self, claim: Claim, outcome: str = "accept", **changed: Any) -> Decision:
        given = {"loss": None, "payee": "Jo Doe", "reason_codes": (), "clause": "", "why": "Shown.", **changed}
        given.setdefault("actor", self.ada)
        return decision_propose(claim=claim, outcome=outcome, **given, at=self.now + timedelta(days=4))

    def approve(self, decision: Decision) -> Decision:
        return decision_approve(decision=decision, why="Agreed.", actor=self.ben, at=self.now + timedelta(days=5))

    def decided(self, amount: Any = "1500000", **changed: Any) -> Claim:
        claim = self.reviewed(amount, **changed)
        self.approve(self.propose(claim))
        claim.refresh_from_db()
        return claim


def desk_of(organisation: Organisation, staff: Callable[..., User], at: datetime, **terms: Any) -> Desk:
    policy = bound(organisation, staff("underwriter"), at, terms=terms or None)
    ada, ben = (authorised(staff("adjuster", name), "claim", "9000000") for name in ("ada", "ben"))
    return Desk(policy, ada, ben, at)


@pytest.fixture
def desk(organisation, staff, now) -> Desk:
    return desk_of(organisation, staff, now)
