"""A book to look at: an audited, priced and bound model, and clients logged in to the portal."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from claims.models import Claim
from claims.services import claim_report, incident_report
from policies.models import Policy
from tests.book import CUSTOMER, bound
from tests.portal.results import RESULT

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _clock(now):
    """Pages read the clock; the tests' stands at their own now."""
    with time_machine.travel(now + timedelta(days=10), tick=True):
        yield


@pytest.fixture
def portal(db) -> Callable[[User | None], Client]:
    """portal(user) is a browser of that user, portal(None) one of nobody."""

    def client(user: User | None) -> Client:
        made = Client()
        if user is not None:
            made.force_login(user, backend=BACKEND)
        return made

    return client


@pytest.fixture
def policy(organisation, staff, now) -> Policy:
    """A policy in force whose audit has checks, tables and findings to show."""
    return bound(organisation, staff("underwriter"), now, told=RESULT)


@pytest.fixture
def claim(policy, now) -> Claim:
    """A claim on it, as reported."""
    at = now + timedelta(days=2)
    fields = {
        "occurred_at": now + timedelta(hours=1),
        "discovered_at": at,
        "description": "A refusal.",
        "level": "occurred",
    }
    incident = incident_report(model=policy.model, fields=fields, actor=CUSTOMER, at=at)
    return claim_report(
        policy=policy,
        incident=incident,
        claimant="Jo Doe",
        amount=1500000,
        currency="USD",
        country="US",
        made_on=at.date(),
        actor=CUSTOMER,
        at=at,
    )
