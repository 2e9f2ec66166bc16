"""The schedule: each tick once, whatever the timers and the clock do."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from core.actors import system
from core.errors import NotFound
from core.jobs.models import Due, Job, Schedule
from core.jobs.schedule import Entry, due_run, schedule_register, schedule_ring

START = datetime(2026, 10, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACTOR = system("test")


def hourly(after: datetime, until: datetime) -> list[datetime]:
    first = int((after - START) / HOUR) + 1
    return [START + number * HOUR for number in range(first, int((until - START) / HOUR) + 1)]


@pytest.fixture
def clockwork(entries, db) -> dict[str, Entry]:
    """An hourly schedule that was first seen at START."""
    schedule_register("probe.hourly", hourly, "probe.scheduled")
    schedule_ring(START)
    return entries


def test_a_schedule_starts_when_it_is_first_seen(clockwork):
    assert not Due.objects.exists()
    assert Schedule.objects.get().rung_until == START


def test_a_tick_that_came_is_rung_once_and_its_job_is_told_which(clockwork):
    assert schedule_ring(START + HOUR) == 1
    assert schedule_ring(START + HOUR) == 0
    job = Due.objects.get(tick=START + HOUR).job
    assert (job.kind, job.args) == ("probe.scheduled", {"tick": "2026-10-01T01:00:00+00:00"})


def test_ticks_missed_while_nothing_ran_are_made_up(clockwork):
    assert schedule_ring(START + 60 * HOUR) == 60


def test_a_clock_that_jumps_neither_misses_nor_doubles_a_tick(clockwork):
    minutes = [0, 60, 120, 60, 0, 61, 119, 180, 240, 180, 300]
    for minute in minutes:
        schedule_ring(START + timedelta(minutes=minute))
    ticks = Counter(Due.objects.values_list("tick", flat=True))
    assert ticks == {START + number * HOUR: 1 for number in range(1, 6)}
    assert Job.objects.count() == 5


def test_a_tick_rung_by_hand_is_not_rung_again(clockwork):
    now = START + 4 * HOUR
    job = due_run(name="probe.hourly", tick=START + 3 * HOUR, at=now, actor=ACTOR)
    again = due_run(name="probe.hourly", tick=START + 3 * HOUR, at=now, actor=ACTOR)
    assert job.pk == again.pk
    assert schedule_ring(now) == 3


def test_a_tick_done_ahead_by_hand_is_still_rung_in_its_time(clockwork):
    ahead = due_run(name="probe.hourly", tick=START + HOUR, at=START, actor=ACTOR)
    assert ahead.args == {"tick": (START + HOUR).isoformat()}
    assert schedule_ring(START + HOUR) == 1
    assert Due.objects.get().job.pk != ahead.pk


def test_a_schedule_nobody_registered_names_those_there_are(clockwork):
    with pytest.raises(NotFound) as refused:
        due_run(name="probe.never", tick=START, at=START, actor=ACTOR)
    assert refused.value.limit == "probe.hourly"


def test_a_schedule_that_fails_stops_no_other(entries, db, caplog):
    schedule_register("a.broken", lambda _after, _until: 1 / 0, "probe.scheduled")
    schedule_register("b.hourly", hourly, "probe.scheduled")
    schedule_ring(START)
    assert schedule_ring(START + HOUR) == 1
    assert "a.broken could not be rung" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_three_timers_at_once_ring_each_of_a_hundred_ticks_once(entries):
    schedule_register("probe.hourly", hourly, "probe.scheduled")
    schedule_ring(START)
    together = threading.Barrier(3)
    rung: list[int] = []

    def timer() -> None:
        together.wait()
        rung.append(schedule_ring(START + 100 * HOUR))
        connection.close()

    threads = [threading.Thread(target=timer) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(rung), Due.objects.count(), Job.objects.count()) == (100, 100, 100)
