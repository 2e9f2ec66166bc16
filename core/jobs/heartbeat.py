"""The heartbeat: renews a running attempt's lease from a thread of its own, with a connection of its own."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from core.jobs import ending
from core.jobs.models import Job
from core.jobs.work import Work

log = logging.getLogger(__name__)


@contextmanager
def heartbeat(job: Job, work: Work, stop_working: Callable[[], None]) -> Iterator[None]:
    """Keep the lease for the length of a block.

    Past the deadline the job is ended and `stop_working` called: in a pool child it ends the process, so that a
    handler which hangs can't keep the slot.
    """
    done = threading.Event()
    thread = threading.Thread(target=_beats, args=(job, work, done, stop_working), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=settings.JOB_LEASE.total_seconds())


def _beats(job: Job, work: Work, done: threading.Event, stop_working: Callable[[], None]) -> None:
    try:
        while not done.wait(_pause(job, timezone.now())):
            if not _beat(job, work, timezone.now(), stop_working):
                return
    finally:
        connection.close()


def _pause(job: Job, now: datetime) -> float:
    """Seconds to the next beat: a third of the lease, or to the deadline if that is nearer."""
    deadline = job.deadline or now
    return max(0.05, min(settings.JOB_LEASE.total_seconds() / 3, (deadline - now).total_seconds()))


def _beat(job: Job, work: Work, now: datetime, stop_working: Callable[[], None]) -> bool:
    """Renew the lease; False once there is nothing left to renew. A database that is busy gets the next beat."""
    try:
        if job.deadline is not None and now >= job.deadline:
            ending.overrun(job, now)
            stop_working()
            return False
        return work.fenced().update(lease_until=now + settings.JOB_LEASE) == 1
    except Error:
        log.exception("job %s: a heartbeat did not reach the database", work.job_id)
        return True
