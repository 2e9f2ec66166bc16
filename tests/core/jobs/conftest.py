"""What the tests of the job system share: the probe's handlers, and a shorthand for enqueuing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from core.actors import system
from core.jobs import schedule
from core.jobs.models import Job
from core.jobs.service import job_enqueue
from core.models import JournalEntry
from tests.core.jobs.probe import tasks as _handlers  # noqa: F401 - registers the probe's kinds

PAST = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def enqueue() -> Callable[..., Job]:
    """enqueue("probe.effect", key="a", subject="a") writes one job; organisation_id, at and run_after may be given."""

    def write(kind: str, *, key: str = "one", **given: Any) -> Job:
        names = ("organisation_id", "run_after")
        fields = {"organisation_id": None, "at": given.pop("at", PAST), "actor": system("test")}
        fields |= {name: given.pop(name) for name in names if name in given}
        with transaction.atomic():
            return job_enqueue(kind=kind, key=key, args=given, **fields)

    return write


@pytest.fixture
def effects() -> Callable[[], list[str]]:
    """The subjects of the effects so far, sorted."""
    return lambda: sorted(JournalEntry.objects.filter(action="probe.effect").values_list("subject_id", flat=True))


@pytest.fixture
def entries(monkeypatch) -> dict[str, schedule.Entry]:
    """An empty schedule of the test's own."""
    own: dict[str, schedule.Entry] = {}
    monkeypatch.setattr(schedule, "_entries", own)
    return own
