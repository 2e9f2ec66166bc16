"""The clocks of a claim: acknowledge, decide, pay (DOMAIN 4.6). The days are an assumption, not any state's rule."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from claims.models import Claim

ACKNOWLEDGE, DECIDE, PAY = timedelta(days=15), timedelta(days=30), timedelta(days=30)


@dataclass(frozen=True)
class Clock:
    """One duty: when it fell due and when it was done; due is None while it has not begun."""

    name: str
    due: datetime | None
    done: datetime | None

    def late(self, at: datetime) -> bool:
        return self.due is not None and (self.done or at) > self.due


def clocks_of(claim: Claim) -> tuple[Clock, ...]:
    """Acknowledge after the report, decide after that, pay after the decision."""
    acknowledged, decided = claim.acknowledged_at, claim.decided_at
    return (
        Clock("acknowledge", claim.reported_at + ACKNOWLEDGE, acknowledged),
        Clock("decide", acknowledged + DECIDE if acknowledged else None, decided),
        Clock("pay", decided + PAY if decided and _owes(claim) else None, claim.paid_at),
    )


def _owes(claim: Claim) -> bool:
    return claim.decisions.filter(state="approved", amount__gt=0).exists()
