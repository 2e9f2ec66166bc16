"""The schedule: named ticks in a table. Any number of timers may ring; (name, tick) is unique, so each runs once."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.actors import Actor, system
from core.errors import NotFound
from core.jobs.models import Due, Job, Schedule
from core.jobs.service import job_enqueue

log = logging.getLogger(__name__)
Ticks = Callable[[datetime, datetime], Iterable[datetime]]


@dataclass(frozen=True)
class Entry:
    """ticks(after, until) gives the moments in (after, until] at which a job of `kind` is due."""

    name: str
    ticks: Ticks
    kind: str


_entries: dict[str, Entry] = {}


def schedule_register(name: str, ticks: Ticks, kind: str) -> None:
    """Add a line to the schedule; called from a room's tasks module. The handler gets tick="<ISO datetime>"."""
    _entries[name] = Entry(name, ticks, kind)


def schedule_ring(at: datetime) -> int:
    """Enqueue every tick that came since the schedule was last rung; how many were new.

    A name seen for the first time starts at `at`. A schedule that fails stops no other.
    """
    marks = dict(Schedule.objects.values_list("name", "rung_until"))
    return sum(_survive(entry, marks.get(entry.name), at) for entry in list(_entries.values()))


def due_run(*, name: str, tick: datetime, at: datetime, actor: Actor) -> Job:
    """Ring one stated tick by hand; a tick that was rung gives the job it has. Raises NotFound for an unknown name.

    A tick in the future is done once more now and still rung in its time: the table keeps no mark of it.
    """
    entry = _entries.get(name)
    if entry is None:
        raise NotFound("There is no such schedule.", field="name", limit=", ".join(sorted(_entries)))
    if tick > at:
        return _enqueue(entry, tick, f"{name}:{tick.isoformat()}:ahead:{at.isoformat()}", at, actor)
    _ring(entry, tick, at, actor)
    return Due.objects.select_related("job").get(name=name, tick=tick).job


def _survive(entry: Entry, rung_until: datetime | None, at: datetime) -> int:
    try:
        return _catch_up(entry, rung_until, at)
    except Exception:
        log.exception("the schedule %s could not be rung and is tried again", entry.name)
        return 0


def _catch_up(entry: Entry, rung_until: datetime | None, at: datetime) -> int:
    if rung_until is None:
        Schedule.objects.get_or_create(name=entry.name, defaults={"rung_until": at})
        return 0
    if rung_until >= at:  # the clock went back: what was rung stays rung
        return 0
    ticks = list(entry.ticks(rung_until, at))
    new = sum(_ring(entry, tick, at, system("schedule")) for tick in ticks)
    if ticks:
        Schedule.objects.filter(name=entry.name, rung_until__lt=at).update(rung_until=at)
    return new


def _ring(entry: Entry, tick: datetime, at: datetime, actor: Actor) -> bool:
    """The tick and its job in one transaction; False if another timer was first."""
    with transaction.atomic():
        job = _enqueue(entry, tick, f"{entry.name}:{tick.isoformat()}", at, actor)
        return Due.objects.get_or_create(name=entry.name, tick=tick, defaults={"job": job})[1]


def _enqueue(entry: Entry, tick: datetime, key: str, at: datetime, actor: Actor) -> Job:
    args = {"tick": tick.isoformat()}
    return job_enqueue(kind=entry.kind, organisation_id=None, args=args, key=key, at=at, actor=actor)
