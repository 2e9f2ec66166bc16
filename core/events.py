"""Telling the rooms above that something happened, without knowing them.

A lower room publishes in its own transaction; config/subscriptions.py names the job kinds that listen.
Delivery is a job, so it survives crashes; the job key (event, handler) makes it happen once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from core.actors import system
from core.jobs.service import job_enqueue
from core.models import Event

_subscriptions: dict[str, tuple[str, ...]] = {}


def subscriptions_set(table: Mapping[str, Sequence[str]]) -> None:
    """Install the table event name -> job kinds; called once by the composition root."""
    _subscriptions.clear()
    _subscriptions.update({name: tuple(kinds) for name, kinds in table.items()})


def event_publish(*, name: str, organisation_id: UUID | None, ids: Mapping[str, str], at: datetime) -> Event:
    """Write the event and one delivery job per subscriber into the caller's transaction."""
    event = Event.objects.create(name=name, organisation_id=organisation_id, ids=dict(ids), at=at)
    for kind in _subscriptions.get(name, ()):
        job_enqueue(
            kind=kind,
            organisation_id=organisation_id,
            args=dict(ids),
            key=f"{event.id}:{kind}",
            at=at,
            actor=system("events"),
        )
    return event
