"""Another tenant's thing answers, byte for byte, like an id nobody has: on every route, with every method."""

import re

import pytest
from django.apps import apps

from accounts.models import TenantModel
from audits.trials import trial_ask
from core.jobs.runner import drain
from core.models import JournalEntry
from reports.services import report_request
from tests import book
from tests.architecture.routes import routes
from tests.architecture.test_routes import NOBODY_KNOWS
from tests.claims.conftest import desk_of
from tests.handing import handed, linear_file
from underwriting.selectors import file_of

# What differs between any two answers of one page: the script nonce and the form token.
FRESH = re.compile(rb'nonce="[^"]*"|[A-Za-z0-9]{64}')
KEYED = [route for route in routes() if route.has_key]


@pytest.fixture
def keys(organisation, staff, now) -> set[str]:
    """One id of every kind of thing the first organisation owns, and its own."""
    desk = desk_of(organisation, staff, now)
    desk.decided()
    actor = book.CUSTOMER
    report_request(model=desk.policy.model, quarter="2026-Q4", actor=actor, at=now)
    version = handed(organisation, linear_file(), now)
    drain()
    trial_ask(file=file_of(version), inputs={"income": 1}, actor=actor, at=now)
    drain()
    rows = [model.objects.first() for model in apps.get_models() if issubclass(model, TenantModel)]
    return {str(row.pk) for row in rows if row is not None} | {str(organisation.pk)}


def answer(client, route, method, key):
    got = getattr(client, method.lower())(route.url(key), {}, content_type="application/json")
    body = got.content if hasattr(got, "content") else b"".join(got.streaming_content)
    return got.status_code, FRESH.sub(b"", body.replace(key.encode(), b"KEY"))


def test_a_stranger_cannot_tell_a_thing_from_nothing(client, keys, stranger):
    assert len(keys) > 20
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    before = JournalEntry.objects.count()
    told = []
    for route in KEYED:
        for method in sorted(route.methods):
            nothing = answer(client, route, method, NOBODY_KNOWS)
            assert nothing[0] < 500, (method, route.path)
            told += [(method, route.path) for key in keys if answer(client, route, method, key) != nothing]
    assert told == []
    assert JournalEntry.objects.count() == before
