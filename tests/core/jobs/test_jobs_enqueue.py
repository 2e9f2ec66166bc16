"""The job row is part of the business transaction; the bell is not."""

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from core.jobs import bell
from core.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def bells(monkeypatch, settings) -> list[str]:
    settings.CELERY_BROKER_URL = "redis://broker"
    rung: list[str] = []
    monkeypatch.setattr(bell, "ring", rung.append)
    return rung


def test_a_rolled_back_transaction_leaves_no_job_and_no_bell(enqueue, bells, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        enqueue("probe.effect", subject="a")
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert bells == []


def test_the_bell_rings_after_commit_in_the_kind_s_own_queue(enqueue, bells, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        enqueue("probe.audit")
        assert bells == []
    assert bells == ["audits"]


def test_the_same_key_gives_the_job_that_is_there(enqueue, bells, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = enqueue("probe.effect", key="same", subject="a")
        again = enqueue("probe.effect", key="same", subject="a")
    assert first.pk == again.pk
    assert Job.objects.count() == len(bells) == 1


def test_a_key_cannot_stand_for_two_kinds(enqueue):
    enqueue("probe.effect", key="same", subject="a")
    with pytest.raises(ValueError, match="already stands for a job of kind"):
        enqueue("probe.audit", key="same")


def test_a_kind_nobody_registered_is_refused(enqueue):
    with pytest.raises(LookupError, match="no handler is registered"):
        enqueue("probe.nobody")
    assert not Job.objects.exists()


def test_a_broker_that_is_away_costs_the_caller_nothing(monkeypatch, caplog):
    def away(*_words: object, **_options: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(bell.current_app, "send_task", away)
    bell.ring("default")
    assert "connection refused" in caplog.text


def test_the_embedded_web_process_keeps_its_hands_off_the_bell(
    enqueue, bells, settings, django_capture_on_commit_callbacks
):
    settings.CELERY_BROKER_URL = "memory://"
    with django_capture_on_commit_callbacks(execute=True):
        enqueue("probe.effect", subject="a")
    assert bells == []
