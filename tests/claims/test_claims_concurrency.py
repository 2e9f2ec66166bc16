"""Payments that race: threads against one aggregate, on whatever database the tests run."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from claims.ledger import paid_on_policy
from claims.models import Payment
from claims.services import decision_approve, payment_make
from core.errors import Conflict
from core.models import JournalEntry
from tests.claims.conftest import desk_of
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def racing(organisation, staff, now):
    return desk_of(organisation, staff, now)


def paying(desk, claim, amount=None, key=""):
    return lambda: payment_make(
        claim=claim, amount=amount, payee="", key=key, actor=desk.ada, at=desk.now + timedelta(days=6)
    )


def test_racing_payments_stop_exactly_at_the_aggregate(racing):
    """Each claim is worth a fifth of the aggregate; PostgreSQL, which really runs them at once, gets more of them."""
    count = 24 if connection.vendor == "postgresql" else 8
    claims = [racing.decided("425000", incident=racing.incident()) for _ in range(count)]
    errors = race([paying(racing, claim) for claim in claims])
    assert paid_on_policy(racing.policy) == racing.policy.aggregate
    assert len(errors) == count - 5
    assert Payment.objects.count() == JournalEntry.objects.filter(action="claim.payment_made").count() == 5


def test_the_same_payment_sent_eight_times_at_once_pays_once(racing):
    claim = racing.decided("425000")
    errors = race([paying(racing, claim, Decimal("100000"), "INV-1")] * 8)
    assert (errors, paid_on_policy(racing.policy)) == ([], Decimal("100000.00"))


def test_racing_part_payments_never_pass_the_decision(racing):
    claim = racing.decided("125000")
    errors = race([paying(racing, claim, Decimal("30000"), f"INV-{n}") for n in range(6)])
    assert (len(errors), paid_on_policy(racing.policy)) == (3, Decimal("90000.00"))


def test_racing_decisions_on_related_claims_share_one_limit(racing):
    incident = racing.incident()
    claims = [racing.reviewed("1500000", incident=incident, claimant=name) for name in "ab"]
    decisions = [racing.propose(claim) for claim in claims]
    at = racing.now + timedelta(days=5)
    errors = race(
        [lambda row=row: decision_approve(decision=row, why="Yes.", actor=racing.ben, at=at) for row in decisions]
    )
    assert [type(error) for error in errors] == [Conflict]
