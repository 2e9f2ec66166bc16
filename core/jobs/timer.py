"""The worker's timer: finds what is due in the tables and rings for it, whatever bells were lost."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import close_old_connections, connection
from django.utils import timezone

from core.jobs import bell
from core.jobs.ending import bury
from core.jobs.models import Job
from core.jobs.schedule import schedule_ring
from core.jobs.taking import due

log = logging.getLogger(__name__)
BEAT_SECONDS = 0.2
# The schedule and the burials are looked at less often than the queue.
CHORES_SECONDS = 1.0


class Timer(threading.Thread):
    """Rings for due jobs of `queues`, never more bells than `free()` slots: bells must not pile up behind long work."""

    def __init__(self, *, queues: Sequence[str], free: Callable[[], int]) -> None:
        super().__init__(name="timer", daemon=True)
        self._queues = queues
        self._free = free
        self._stop_asked = threading.Event()
        self._chores_at = 0.0

    def stop(self) -> None:
        """Ask the thread to end after its present beat."""
        self._stop_asked.set()

    def run(self) -> None:
        while not self._stop_asked.wait(BEAT_SECONDS):
            close_old_connections()
            self._survive(self.beat)
        connection.close()

    def beat(self, now: datetime) -> None:
        """One look at the tables."""
        if time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + CHORES_SECONDS
            self._survive(schedule_ring)
            self._survive(bury)
        ready = Job.objects.filter(due(now, self._queues)).order_by("created_at")
        for queue in ready.values_list("queue", flat=True)[: max(0, self._free())]:
            bell.ring(queue)

    def _survive(self, chore: Callable[[datetime], object]) -> None:
        """One chore that fails is logged and comes again; it must not cost the others their turn."""
        try:
            chore(timezone.now())
        except Exception:
            log.exception("the worker's timer: %s failed and is tried again", getattr(chore, "__name__", chore))
