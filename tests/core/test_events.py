"""Events: told upwards by jobs, in the publisher's transaction, once a subscriber."""

import pytest
from django.db import transaction

from core import events
from core.events import event_publish, subscriptions_set
from core.jobs.models import Job
from core.jobs.runner import drain
from core.models import Event, JournalEntry
from tests.core.jobs.probe import tasks as _handlers  # noqa: F401 - registers the subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _subscribed(monkeypatch):
    monkeypatch.setattr(events, "_subscriptions", {})
    subscriptions_set({"probe.happened/1": ["probe.heard"]})


def publish(now) -> Event:
    return event_publish(name="probe.happened/1", organisation_id=None, ids={"run": "r1"}, at=now)


def heard() -> int:
    return JournalEntry.objects.filter(action="probe.effect", subject_id="r1").count()


def test_a_subscriber_hears_an_event_once(now):
    publish(now)
    drain()
    drain()
    assert heard() == 1


def test_delivery_is_keyed_by_event_and_handler(now):
    event = publish(now)
    assert Job.objects.get().key == f"{event.id}:probe.heard"


def test_an_event_of_a_rolled_back_transaction_was_never_told(now):
    with transaction.atomic():
        publish(now)
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert not Job.objects.exists()


def test_an_event_nobody_listens_to_is_kept_all_the_same(now):
    event_publish(name="probe.unheard/1", organisation_id=None, ids={}, at=now)
    assert Event.objects.count() == 1
    assert not Job.objects.exists()
