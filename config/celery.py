"""Celery carries bells; the job table holds the work. A timer in the worker rings what is due."""

import logging
import os
import threading
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("plimsoll")
app.config_from_object("django.conf:settings", namespace="CELERY")
log = logging.getLogger(__name__)
QUEUES = ("default", "audits")
TICK_SECONDS = 1.0
# One bell may do a series of short jobs, then lets others have their turn.
JOBS_A_BELL = 20


@app.task(name="jobs.take", ignore_result=True)
def take(queue: str) -> None:
    """Take due jobs of `queue` until none is left or it is somebody else's turn."""
    from core.jobs.runner import run_next

    for _ in range(JOBS_A_BELL):
        if not run_next([queue]):
            return


class Timer(bootsteps.StartStopStep):
    """Once a second: ring the schedule, bury what is spent, ring a bell for every queue with due jobs."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, worker: Any, **_options: Any) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="timer", daemon=True)

    def start(self, worker: Any) -> None:
        self._thread.start()

    def stop(self, worker: Any) -> None:
        self._stop.set()

    def _loop(self) -> None:
        from django.db import Error, close_old_connections

        while not self._stop.wait(TICK_SECONDS):
            try:
                close_old_connections()
                self._tick()
            except Error:
                log.exception("the timer could not read the job table; it tries again in a second")

    def _tick(self) -> None:
        from django.utils import timezone

        from core.jobs import bell
        from core.jobs.models import Job
        from core.jobs.runner import bury, due
        from core.jobs.schedule import schedule_ring

        now = timezone.now()
        schedule_ring(now)
        bury(now)
        for queue in QUEUES:
            for _ in range(min(2, Job.objects.filter(due(now, [queue])).count())):
                bell.ring(queue)


app.steps["worker"].add(Timer)
