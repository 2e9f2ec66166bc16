"""The schedule: named ticks in a table. Any number of timers may ring; (name, tick) is unique, so each runs once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from core.actors import Actor, system
from core.errors import NotFound
from core.jobs.models import Due, Job
from core.jobs.service import job_enqueue

Ticks = Callable[[datetime, datetime], Iterable[datetime]]
# How far back a timer looks for ticks it missed while nothing ran.
LOOK_BACK = timedelta(days=35)


@dataclass(frozen=True)
class Entry:
    """ticks(after, until) gives the moments in (after, until] at which a job of `kind` is due."""

    name: str
    ticks: Ticks
    kind: str


_entries: dict[str, Entry] = {}


def schedule_register(name: str, ticks: Ticks, kind: str) -> None:
    """Add a line to the schedule; called from a room's tasks module."""
    _entries[name] = Entry(name, ticks, kind)


def schedule_ring(at: datetime) -> int:
    """Enqueue every tick that has come and was not rung yet; how many were new."""
    since = at - LOOK_BACK
    return sum(_ring(entry, tick, at) for entry in _entries.values() for tick in entry.ticks(since, at))


def due_run(*, name: str, tick: datetime, at: datetime, actor: Actor) -> Job:
    """Ring one stated tick by hand; a tick that was rung gives the job it has. Raises NotFound for an unknown name."""
    entry = _entries.get(name)
    if entry is None:
        raise NotFound("There is no such schedule.", field="name", limit=", ".join(sorted(_entries)))
    _enqueue(entry, tick, at, actor)
    return Due.objects.select_related("job").get(name=name, tick=tick).job


def _ring(entry: Entry, tick: datetime, at: datetime) -> int:
    if Due.objects.filter(name=entry.name, tick=tick).exists():
        return 0
    return int(_enqueue(entry, tick, at, system("schedule")))


def _enqueue(entry: Entry, tick: datetime, at: datetime, actor: Actor) -> bool:
    try:
        with transaction.atomic():
            job = job_enqueue(
                kind=entry.kind,
                organisation_id=None,
                args={"tick": tick.isoformat()},
                key=f"{entry.name}:{tick.isoformat()}",
                at=at,
                actor=actor,
            )
            _, new = Due.objects.get_or_create(name=entry.name, tick=tick, defaults={"job": job})
    except IntegrityError:
        return False
    return new
